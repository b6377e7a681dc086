package oauth_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"photolink/oauth"
)

// vector is a line of testdata: signatures made by oauthlib and confirmed by unrelated implementations
// (isolated.jsonl), or published in standards, documents and test suites (published.jsonl).
type vector struct {
	ID              int         `json:"id"`
	Source          string      `json:"source"`
	Classes         []string    `json:"classes"`
	Method          string      `json:"method"`
	URL             string      `json:"url"`
	Params          [][2]string `json:"params"`
	ClientKey       string      `json:"client_key"`
	ClientSecret    string      `json:"client_secret"`
	Token           string      `json:"token"`
	TokenSecret     string      `json:"token_secret"`
	Nonce           string      `json:"nonce"`
	Timestamp       string      `json:"timestamp"`
	Callback        string      `json:"callback"`
	Verifier        string      `json:"verifier"`
	Version         *string     `json:"oauth_version"`
	SignatureMethod string      `json:"signature_method"`
	BaseString      string      `json:"base_string"`
	Signature       string      `json:"signature"`
}

// parameters returns what takes part in the signature beside the query of the address.
func (v vector) parameters() url.Values {
	params := url.Values{
		"oauth_consumer_key":     {v.ClientKey},
		"oauth_nonce":            {v.Nonce},
		"oauth_timestamp":        {v.Timestamp},
		"oauth_signature_method": {"HMAC-SHA1"},
		"oauth_version":          {"1.0"},
	}
	if v.SignatureMethod != "" {
		params.Set("oauth_signature_method", v.SignatureMethod)
	}
	if v.Version != nil {
		params.Set("oauth_version", *v.Version)
	}
	for name, value := range map[string]string{
		"oauth_token": v.Token, "oauth_callback": v.Callback, "oauth_verifier": v.Verifier, "oauth_version": params.Get("oauth_version"),
	} {
		if value == "" {
			params.Del(name)
		} else {
			params.Set(name, value)
		}
	}
	for _, pair := range v.Params {
		params.Add(pair[0], pair[1])
	}
	return params
}

func vectors(tb testing.TB, file string) []vector {
	tb.Helper()
	opened, err := os.Open("testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	defer opened.Close()
	var all []vector
	lines := bufio.NewScanner(opened)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func TestVectors(t *testing.T) {
	for file, want := range map[string]int{"isolated.jsonl": 1540, "published.jsonl": 42} {
		all := vectors(t, file)
		if len(all) != want {
			t.Errorf("%s holds %d vectors, want %d", file, len(all), want)
		}
		for _, v := range all {
			target, err := url.Parse(v.URL)
			if err != nil {
				t.Fatal(err)
			}
			base, err := oauth.SignatureBaseString(v.Method, target, v.parameters())
			if err != nil {
				t.Errorf("%s %d %v: %v", file, v.ID, v.Classes, err)
			}
			if base != v.BaseString {
				t.Errorf("%s %d %v %s:\n got %s\nwant %s", file, v.ID, v.Classes, v.Source, base, v.BaseString)
			}
			if v.SignatureMethod != "" && v.SignatureMethod != "HMAC-SHA1" {
				continue
			}
			if got := oauth.SignHMACSHA1(base, v.ClientSecret, v.TokenSecret); got != v.Signature {
				t.Errorf("%s %d %v: signature %s, want %s", file, v.ID, v.Classes, got, v.Signature)
			}
		}
	}
}

func TestSignatureBaseStringRefuses(t *testing.T) {
	for name, target := range map[string]*url.URL{
		"a bad escape in the query":       {Scheme: "https", Host: "a.example", RawQuery: "a=%zz"},
		"a bad escape in a query name":    {Scheme: "https", Host: "a.example", RawQuery: "%4=1"},
		"another scheme":                  {Scheme: "ftp", Host: "a.example"},
		"no scheme":                       {Host: "a.example"},
		"no host":                         {Scheme: "https", Path: "/x"},
		"an opaque address without slash": {Scheme: "https", Opaque: "a.example/x"},
	} {
		if base, err := oauth.SignatureBaseString("GET", target, nil); err == nil {
			t.Errorf("%s: got %q, want an error", name, base)
		}
	}
}

func TestSignatureIsNotPartOfItself(t *testing.T) {
	target, _ := url.Parse("https://a.example/?oauth_signature=old&b=1")
	got, err := oauth.SignatureBaseString("GET", target, url.Values{"oauth_signature": {"older"}, "realm": {"Photos"}})
	if want := "GET&https%3A%2F%2Fa.example%2F&b%3D1%26realm%3DPhotos"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// FuzzEscape holds the encoder against net/url, whose form encoding differs in exactly one character.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "abcABC123-._~", " +%&=*!'()", "\x00\x7f\xff", "私のさえずり🚀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := string(oauth.AppendEscaped(nil, text))
		if want := strings.ReplaceAll(url.QueryEscape(text), "+", "%20"); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	})
}

// FuzzSignatureBaseString holds the base string against a plain reading of RFC 5849 section 3.4.1 that shares no code
// with the package.
func FuzzSignatureBaseString(f *testing.F) {
	f.Add("GET", "https://a.example/x?b=2&a=1&&c", "name", "value")
	f.Add("post", "HTTP://A.example:80?a=~&a=%C3%A9", "a", "é")
	f.Add("PUT", "http://[::1]:8080/a%2Fb//c?a+b=c;d#e", "oauth_token", "")
	for _, v := range vectors(f, "published.jsonl") {
		f.Add(v.Method, v.URL, "oauth_nonce", v.Nonce)
	}
	escape := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	f.Fuzz(func(t *testing.T, method, address, name, value string) {
		target, err := url.Parse(address)
		if err != nil {
			return
		}
		got, err := oauth.SignatureBaseString(method, target, url.Values{name: {value}})
		if err != nil {
			return
		}
		pairs := [][2]string{}
		if name != "oauth_signature" {
			pairs = append(pairs, [2]string{escape(name), escape(value)})
		}
		for _, part := range strings.Split(target.RawQuery, "&") {
			key, text, _ := strings.Cut(part, "=")
			key, keyErr := url.QueryUnescape(key)
			text, textErr := url.QueryUnescape(text)
			if keyErr != nil || textErr != nil {
				t.Fatalf("%q: a bad escape was accepted", target.RawQuery)
			}
			if part != "" && key != "oauth_signature" {
				pairs = append(pairs, [2]string{escape(key), escape(text)})
			}
		}
		slices.SortFunc(pairs, func(a, b [2]string) int {
			if a[0] != b[0] {
				return strings.Compare(a[0], b[0])
			}
			return strings.Compare(a[1], b[1])
		})
		var joined []string
		for _, pair := range pairs {
			joined = append(joined, pair[0]+"="+pair[1])
		}
		scheme, host := strings.ToLower(target.Scheme), strings.TrimSuffix(strings.ToLower(target.Host), ":")
		host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
		path := target.EscapedPath()
		if path == "" {
			path = "/"
		}
		want := strings.ToUpper(method) + "&" + escape(scheme+"://"+host+path) + "&" + escape(strings.Join(joined, "&"))
		if got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", method, address, got, want)
		}
	})
}

// FuzzParseCredentials holds the parser against net/url and lets nothing but one whole pair of credentials through.
func FuzzParseCredentials(f *testing.F) {
	for _, seed := range []string{
		"oauth_callback_confirmed=true&oauth_token=t&oauth_token_secret=s",
		"fullname=Ada%20Practice&oauth_token=t&oauth_token_secret=s&user_nsid=1%40N07&username=ada+p",
		"oauth_token=a&oauth_token=b&oauth_token_secret=", "oauth_token=%", "<html>", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := oauth.ParseCredentials(body)
		if strings.ContainsRune(string(body), ';') { // net/url refuses it; RFC 5849 knows no such separator
			return
		}
		want, parseErr := url.ParseQuery(strings.TrimSpace(string(body)))
		whole := parseErr == nil && want.Get("oauth_token") != "" &&
			len(want["oauth_token"]) == 1 && len(want["oauth_token_secret"]) == 1
		if whole != (err == nil) {
			t.Fatalf("%q: error %v, but net/url reads %v, %v", body, err, want, parseErr)
		}
		if whole && got.Encode() != want.Encode() {
			t.Errorf("%q: got %v, want %v", body, got, want)
		}
	})
}

// FuzzRedactBody: no credential survives in what an error quotes, whatever surrounds it.
func FuzzRedactBody(f *testing.F) {
	f.Add([]byte("oauth_problem=signature_invalid&debug_sbs=GET&x"), []byte("<p>"), "s%20e/c=r")
	f.Add([]byte(strings.Repeat("x", 511)), []byte("\xff\x00"), "0123456789abcdef")
	f.Fuzz(func(t *testing.T, before, after []byte, secret string) {
		if len(secret) < 8 || strings.Contains("redacted", secret) {
			return
		}
		body := slices.Concat(before, []byte(secret), []byte(" "), []byte(url.QueryEscape(secret)), after)
		got := oauth.RedactBody(body, []string{secret})
		if strings.Contains(got, secret) || len(got) > 512 || !utf8.ValidString(got) {
			t.Errorf("%q with %q: got %q", body, secret, got)
		}
	})
}

// BenchmarkSigning measures what the client adds to a call with 10 parameters of its own, as a backup tool makes thousands
// of: from the request as net/http makes it to the same request with its Authorization header, fresh nonce and timestamp
// included. The floor is the one thing that cannot be saved: HMAC-SHA1 over the same text with a fresh key, in base64.
func BenchmarkSigning(b *testing.B) {
	all := vectors(b, "isolated.jsonl")
	v := all[slices.IndexFunc(all, func(v vector) bool { return slices.Contains(v.Classes, "flickr-search-10") })]
	client := oauth.Client{Credentials: oauth.ClientCredentials{Key: v.ClientKey, Secret: oauth.Secret(v.ClientSecret)}}
	token := oauth.TokenCredentials{Token: v.Token, Secret: oauth.Secret(v.TokenSecret)}
	request, err := http.NewRequest(v.Method, v.URL, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("photolink", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := client.Sign(request, token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		key, text := []byte(v.ClientSecret+"&"+v.TokenSecret), []byte(v.BaseString)
		b.ReportAllocs()
		for b.Loop() {
			mac := hmac.New(sha1.New, key)
			mac.Write(text)
			base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
	})
}
