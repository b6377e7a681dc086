// Package benchmark measures other OAuth 1.0 libraries beside Photolink's: run it together with the benchmarks of package
// oauth. It is a module of its own, so that the program depends on none of them.
package benchmark

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/dghubble/oauth1"
	mrjones "github.com/mrjones/oauth"

	"photolink/oauth"
)

// call is a signed call with 10 parameters of its own, the one that package oauth measures as well.
type call struct {
	Method       string   `json:"method"`
	URL          string   `json:"url"`
	ClientKey    string   `json:"client_key"`
	ClientSecret string   `json:"client_secret"`
	Token        string   `json:"token"`
	TokenSecret  string   `json:"token_secret"`
	Classes      []string `json:"classes"`
}

func flickrSearch(tb testing.TB) call {
	tb.Helper()
	file, err := os.Open("../../oauth/testdata/isolated.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var c call
		if err := lines.Decode(&c); err != nil {
			tb.Fatal("no call with 10 parameters: ", err)
		}
		if slices.Contains(c.Classes, "flickr-search-10") {
			return c
		}
	}
}

// service takes every request and answers at once, without a network.
type service struct {
	last   *http.Request
	answer http.Response
}

func newService() *service {
	return &service{answer: http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}}
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.last = r
	return &s.answer, nil
}

// Do takes the place of a whole http.Client, where a library allows that.
func (s *service) Do(r *http.Request) (*http.Response, error) { return s.RoundTrip(r) }

// libraries make a client of other people that signs calls to service.
var libraries = []struct {
	name   string
	client func(c call, to *service) *http.Client
}{
	{"dghubble", func(c call, to *service) *http.Client {
		config := oauth1.NewConfig(c.ClientKey, c.ClientSecret)
		ctx := context.WithValue(context.Background(), oauth1.HTTPClient, &http.Client{Transport: to})
		return config.Client(ctx, oauth1.NewToken(c.Token, c.TokenSecret))
	}},
	{"mrjones", func(c call, to *service) *http.Client {
		consumer := mrjones.NewConsumer(c.ClientKey, c.ClientSecret, mrjones.ServiceProvider{})
		consumer.HttpClient = to
		client, _ := consumer.MakeHttpClient(&mrjones.AccessToken{Token: c.Token, Secret: c.TokenSecret}) // never fails
		return client
	}},
}

// BenchmarkSigning is what goes beside BenchmarkSigning of package oauth: from a request of net/http to the request that is
// sent, with its Authorization header. The copy of the request, which an http.RoundTripper owes its caller, is included.
func BenchmarkSigning(b *testing.B) {
	c := flickrSearch(b)
	for _, library := range libraries {
		b.Run(library.name, func(b *testing.B) {
			transport := library.client(c, newService()).Transport
			request := c.request(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := transport.RoundTrip(request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCall measures a whole call as a program makes it, from the text of the address to the body of the answer, but for
// the network. The floor is the same call without a signature.
func BenchmarkCall(b *testing.B) {
	c := flickrSearch(b)
	get := func(client *http.Client) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answer, err := client.Get(c.URL)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadAll(answer.Body); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("photolink", func(b *testing.B) {
		client, token := photolink(c, newService())
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Get(b.Context(), c.URL, token); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, library := range libraries {
		b.Run(library.name, get(library.client(c, newService())))
	}
	b.Run("floor", get(&http.Client{Transport: newService()}))
}

// TestSameSignature proves that all do the same work: with the nonce and the time that a library chose, Photolink signs as
// that library did.
func TestSameSignature(t *testing.T) {
	c := flickrSearch(t)
	for _, library := range libraries {
		t.Run(library.name, func(t *testing.T) {
			to := newService()
			if _, err := library.client(c, to).Get(c.URL); err != nil {
				t.Fatal(err)
			}
			params := headerParameters(t, to.last)
			want := params.Get("oauth_signature")
			base, err := oauth.SignatureBaseString(c.Method, to.last.URL, params)
			if err != nil {
				t.Fatal(err)
			}
			if got := oauth.SignHMACSHA1(base, c.ClientSecret, c.TokenSecret); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func photolink(c call, to *service) (*oauth.Client, oauth.TokenCredentials) {
	return &oauth.Client{
		Credentials: oauth.ClientCredentials{Key: c.ClientKey, Secret: oauth.Secret(c.ClientSecret)},
		HTTPClient:  &http.Client{Transport: to},
	}, oauth.TokenCredentials{Token: c.Token, Secret: oauth.Secret(c.TokenSecret)}
}

func (c call) request(tb testing.TB) *http.Request {
	tb.Helper()
	request, err := http.NewRequest(c.Method, c.URL, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return request
}

var headerParameter = regexp.MustCompile(`(\w+)="([^"]*)"`)

// headerParameters reads the protocol parameters, the signature among them.
func headerParameters(t *testing.T, request *http.Request) url.Values {
	t.Helper()
	params := url.Values{}
	for _, match := range headerParameter.FindAllStringSubmatch(request.Header.Get("Authorization"), -1) {
		value, err := url.PathUnescape(match[2])
		if err != nil {
			t.Fatal(err)
		}
		params.Set(match[1], value)
	}
	return params
}
