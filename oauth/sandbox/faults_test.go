package sandbox_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

var grace = sandbox.Person{ID: "87654321@N00", UserName: "gracepractice", Name: "Grace Practice"}

func at(endpoint sandbox.Endpoint, fault sandbox.Fault) sandbox.Config {
	return sandbox.Config{Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{endpoint: fault}}}
}

// request returns a request that reaches an endpoint.
func request(base string, endpoint sandbox.Endpoint) *http.Request {
	target := base + restPath + "?method=" + string(endpoint)
	switch endpoint {
	case sandbox.RequestToken, sandbox.Authorize, sandbox.AccessToken:
		target = base + "/services/oauth/" + string(endpoint)
	case sandbox.BuddyIcon:
		target = base + "/buddyicons/12345678@N00.jpg"
	}
	return httptest.NewRequest(http.MethodGet, target, nil)
}

var endpoints = []sandbox.Endpoint{
	sandbox.RequestToken, sandbox.Authorize, sandbox.AccessToken, sandbox.Echo, sandbox.Login, sandbox.CheckToken,
	sandbox.PersonInfo, sandbox.BuddyIcon,
}

func TestFaultIsAtItsEndpointAlone(t *testing.T) {
	for _, faulty := range endpoints {
		server, _ := newServer(at(faulty, sandbox.Answer(http.StatusTeapot, "fault", "Retry-After", "120", "Date", "")))
		for _, asked := range endpoints {
			got := send(server, request("http://sandbox.example", asked))
			switch broken := got.status == http.StatusTeapot; {
			case broken != (asked == faulty):
				t.Errorf("fault at %s: status %d from %s", faulty, got.status, asked)
			case broken && (got.body != "fault" || got.header.Get("Retry-After") != "120" || got.header.Get("Date") != ""):
				t.Errorf("fault at %s: header %v, body %q", faulty, got.header, got.body)
			}
		}
	}
}

func TestMethodsThatArePostedGoWrongToo(t *testing.T) {
	server, _ := newServer(at(sandbox.Echo, sandbox.Answer(http.StatusTeapot, "")))
	got := send(server, unsigned(way{http.MethodPost, "form"}, restPath, nil, url.Values{"method": {"flickr.test.echo"}}))
	if got.status != http.StatusTeapot {
		t.Errorf("status %d", got.status)
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault sandbox.Fault
		bytes int64 // of the body
		err   error
	}{
		{"dropped", sandbox.Drop(), 0, io.EOF},
		{"cut off", sandbox.CutOff(), 39, io.ErrUnexpectedEOF}, // half of the refusal of a call without a key
		{"flooded", sandbox.Flood(3 << 20), 3 << 20, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(sandbox.New(at(sandbox.Echo, test.fault)))
			defer server.Close()
			var bytes int64
			address := server.URL + restPath + "?method=flickr.test.echo&format=json&nojsoncallback=1"
			response, err := http.Get(address)
			if err == nil {
				bytes, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			if bytes != test.bytes || !errors.Is(err, test.err) {
				t.Errorf("%d bytes and %v, want %d and %v", bytes, err, test.bytes, test.err)
			}
		})
	}
}

func TestHeldAnswerComesWhenItIsReleased(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server, _ := newServer(at(sandbox.BuddyIcon, sandbox.Hold(func(context.Context) {
		close(arrived)
		<-release
	})))
	answers := make(chan answer)
	go func() { answers <- send(server, request("http://sandbox.example", sandbox.BuddyIcon)) }()
	<-arrived
	select {
	case got := <-answers:
		t.Fatalf("status %d before the release", got.status)
	default:
	}
	close(release)
	if got := <-answers; got.status != http.StatusOK {
		t.Errorf("status %d", got.status)
	}
}

func TestHeldAnswerLearnsThatTheClientIsGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	server := httptest.NewServer(sandbox.New(at(sandbox.BuddyIcon, sandbox.Hold(func(held context.Context) {
		cancel()
		<-held.Done()
		close(gone)
	}))))
	defer server.Close()
	asked := request(server.URL, sandbox.BuddyIcon).WithContext(ctx)
	asked.RequestURI = "" // which makes it a client's
	if _, err := http.DefaultClient.Do(asked); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-gone
}

func TestFaultsOfTheFlow(t *testing.T) {
	// walk goes as far as the exchange and returns its answer.
	walk := func(t *testing.T, server *sandbox.Server) answer {
		temporary := requestToken(t, server, plainWay, callbackURL)
		return send(server, exchange(plainWay, temporary, approve(t, server, temporary.Token, "delete")))
	}
	// press answers the form and returns where that leads, with TOKEN for the token.
	press := func(t *testing.T, server *sandbox.Server, button string) string {
		token := requestToken(t, server, plainWay, callbackURL).Token
		location := answerForm(t, server, token, "read", button).header.Get("Location")
		return strings.ReplaceAll(location, token, "TOKEN")
	}
	signedIn := func(t *testing.T, server *sandbox.Server, fields url.Values) string {
		credentials := parse(t, walk(t, server).body)
		token := oauth.TokenCredentials{
			Token: credentials.Get("oauth_token"), Secret: oauth.Secret(credentials.Get("oauth_token_secret")),
		}
		fields = maps.Clone(fields)
		fields.Set("format", "json")
		fields.Set("nojsoncallback", "1")
		return send(server, call(plainWay, token, fields)).body
	}
	named := func(endpoint sandbox.Endpoint) sandbox.Faults {
		return sandbox.Faults{PersonAt: map[sandbox.Endpoint]sandbox.Person{endpoint: grace}}
	}
	checkToken := url.Values{"method": {"flickr.auth.oauth.checkToken"}}
	testLogin := url.Values{"method": {"flickr.test.login"}}
	for _, test := range []struct {
		name   string
		faults sandbox.Faults
		do     func(*testing.T, *sandbox.Server) string
		want   string // a part of what do returns
	}{
		{"key refused by the page", sandbox.Faults{KeyRefusedByPage: true}, func(t *testing.T, server *sandbox.Server) string {
			token := requestToken(t, server, plainWay, callbackURL).Token
			return get(server, authorizePath+"?oauth_token="+token).body
		}, "<h1>" + oopsToken},
		{"callback unconfirmed", sandbox.Faults{CallbackUnconfirmed: true}, func(_ *testing.T, server *sandbox.Server) string {
			protocol := protocolParameters("")
			protocol["oauth_callback"] = callbackURL
			body := send(server, signed(plainWay, requestTokenPath, protocol, nil, "")).body
			return "begins " + body
		}, "begins oauth_token="},
		{"callback made secure", sandbox.Faults{CallbackMadeSecure: true}, func(t *testing.T, server *sandbox.Server) string {
			return press(t, server, "approve")
		}, strings.Replace(callbackURL, "http:", "https:", 1) + "&oauth_token=TOKEN&oauth_verifier="},
		{"never returns", sandbox.Faults{NeverReturns: true}, func(t *testing.T, server *sandbox.Server) string {
			return "to " + press(t, server, "approve") + "."
		}, "to /."},
		{"denial returns", sandbox.Faults{DenialReturns: true}, func(t *testing.T, server *sandbox.Server) string {
			return press(t, server, "deny")
		}, callbackURL + "&denied=TOKEN"},
		{"approval expires", sandbox.Faults{ApprovalExpires: true}, func(t *testing.T, server *sandbox.Server) string {
			return walk(t, server).body
		}, "oauth_problem=token_expired"},
		{"revoked at once", sandbox.Faults{RevokedAtOnce: true}, func(t *testing.T, server *sandbox.Server) string {
			return signedIn(t, server, testLogin)
		}, `"code":98`},
		{"less granted", sandbox.Faults{AtMost: "write"}, func(t *testing.T, server *sandbox.Server) string {
			return signedIn(t, server, checkToken)
		}, `"perms":{"_content":"write"}`},
		{"not more than asked for", sandbox.Faults{AtMost: "delete"}, func(t *testing.T, server *sandbox.Server) string {
			token := link(t, server, "read")
			return send(server, call(plainWay, token, maps.Clone(checkToken))).body
		}, "<perms>read</perms>"},
		{"somebody else in the token response", named(sandbox.AccessToken), func(t *testing.T, server *sandbox.Server) string {
			return walk(t, server).body
		}, "user_nsid=87654321%40N00&username=gracepractice"},
		{"somebody else signed in", named(sandbox.Login), func(t *testing.T, server *sandbox.Server) string {
			return signedIn(t, server, testLogin)
		}, `"id":"87654321@N00"`},
		{"somebody else's token", named(sandbox.CheckToken), func(t *testing.T, server *sandbox.Server) string {
			return signedIn(t, server, checkToken)
		}, `"nsid":"87654321@N00"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Faults: test.faults})
			if got := test.do(t, server); !strings.Contains(got, test.want) {
				t.Errorf("got %s\nwant %s in it", got, test.want)
			}
		})
	}
}
