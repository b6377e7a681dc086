package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
)

// The credentials of every test; none of their texts may show up where it does not belong.
var (
	client    = oauth.ClientCredentials{Key: "canary-client-key", Secret: "canary-client-secret"}
	temporary = oauth.TemporaryCredentials{Token: "canary-temporary-token", Secret: "canary-temporary-secret"}
	token     = oauth.TokenCredentials{Token: "canary-token", Secret: "canary-token-secret"}
)

// service answers every request with the same status, header and body, and keeps what it was sent.
type service struct {
	status int
	header http.Header
	body   string

	mutex    sync.Mutex
	received []*http.Request
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mutex.Lock()
	s.received = append(s.received, r)
	s.mutex.Unlock()
	for name, values := range s.header {
		w.Header()[name] = values
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	_, _ = w.Write([]byte(s.body))
}

func serve(t *testing.T, s http.Handler) (*httptest.Server, *oauth.Client) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server, &oauth.Client{
		Credentials: client,
		Endpoint: oauth.Endpoint{
			TemporaryCredentials: server.URL + "/request_token",
			Authorization:        server.URL + "/authorize?from=photolink",
			TokenCredentials:     server.URL + "/access_token",
		},
		HTTPClient: server.Client(),
		Now:        func() time.Time { return time.Unix(1305586162, 0) },
		Nonce:      func() string { return "canary-nonce" },
	}
}

func TestParametersTravelWhereTheyShould(t *testing.T) {
	for _, test := range []struct {
		name      string
		placement oauth.Placement
		method    string
		inHeader  bool
		inQuery   bool
		inBody    bool
	}{
		{"header", oauth.AuthorizationHeader, "POST", true, false, false},
		{"query", oauth.Query, "POST", false, true, false},
		{"body", oauth.FormBody, "POST", false, false, true},
		{"a GET request has no body, so the query takes them", oauth.FormBody, "GET", false, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &service{body: "ok"}
			server, c := serve(t, s)
			c.Placement, c.UserAgent = test.placement, "Photolink/1"
			var err error
			if test.method == "GET" {
				_, err = c.Get(t.Context(), server.URL+"/rest?a=b%20c", token)
			} else {
				_, err = c.Post(t.Context(), server.URL+"/rest?a=b%20c", url.Values{"title": {"x y+z"}}, token)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := s.received[0]
			if has := strings.HasPrefix(got.Header.Get("Authorization"), `OAuth oauth_consumer_key="canary-client-key", `); has != test.inHeader {
				t.Errorf("header: %q", got.Header.Get("Authorization"))
			}
			if has := got.URL.Query().Get("oauth_signature") != ""; has != test.inQuery {
				t.Errorf("query: %s", got.URL.RawQuery)
			}
			if has := got.PostForm.Get("oauth_signature") != ""; has != test.inBody {
				t.Errorf("body: %v", got.PostForm)
			}
			if got.Form.Get("a") != "b c" || test.method == "POST" && got.PostForm.Get("title") != "x y+z" {
				t.Errorf("own parameters: %v", got.Form)
			}
			if got.UserAgent() != "Photolink/1" {
				t.Errorf("user agent %q", got.UserAgent())
			}
		})
	}
}

func TestCredentialRequestsKeepExtraFields(t *testing.T) {
	s := &service{body: "oauth_callback_confirmed=true&oauth_token=t&oauth_token_secret=s&next_step=http%3A%2F%2Fx%2F"}
	_, c := serve(t, s)
	first, err := c.RequestTemporaryCredentials(t.Context(), "http://127.0.0.1:1/a?b=c", url.Values{"scope": {"all"}})
	want := oauth.TemporaryCredentialsResponse{
		Credentials: oauth.TemporaryCredentials{Token: "t", Secret: "s"},
		Extra:       url.Values{"oauth_callback_confirmed": {"true"}, "next_step": {"http://x/"}},
	}
	if diff := cmp.Diff(want, first); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got := s.received[0].PostForm; got.Get("scope") != "all" {
		t.Errorf("extra parameter not sent: %v", got)
	}

	s.body = "fullname=Jamal%20Fanaian&oauth_token=72-08&oauth_token_secret=a2&user_nsid=21207597%40N07&username=jamalfanaian"
	second, err := c.RequestTokenCredentials(t.Context(), temporary, "verifier")
	if err != nil || second.Extra.Get("user_nsid") != "21207597@N07" || second.Extra.Get("fullname") != "Jamal Fanaian" {
		t.Errorf("got %v, %v", second, err)
	}
	if second.Credentials != (oauth.TokenCredentials{Token: "72-08", Secret: "a2"}) {
		t.Errorf("token credentials %q", second.Credentials.Token)
	}
}

func TestAuthorizationURLKeepsItsOwnQuery(t *testing.T) {
	_, c := serve(t, &service{})
	got, err := c.AuthorizationURL(oauth.TemporaryCredentials{Token: "a b&c"}, url.Values{"perms": {"read"}})
	if want := c.Endpoint.Authorization + "&oauth_token=a%20b%26c&perms=read"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestFailures(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   error
		text   string // a part of Error.Body
	}{
		{"problem with 401", 401, nil, "oauth_problem=consumer_key_unknown", oauth.ProblemConsumerKeyUnknown, "oauth_problem="},
		{
			"problem with 400", 400, nil, "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback",
			oauth.ProblemParameterAbsent, "oauth_callback",
		},
		{"problem with 200", 200, nil, "oauth_problem=token_rejected", oauth.ProblemTokenRejected, ""},
		{
			"problem in the challenge", 401,
			http.Header{"Www-Authenticate": {`OAuth realm="x", oauth_problem="nonce_used"`}},
			"",
			oauth.ProblemNonceUsed, "",
		},
		{"a problem that is no word", 401, nil, "oauth_problem=<script>", oauth.Problem("unreadable"), ""},
		{
			"problem with the base string", 401, nil,
			"oauth_problem=signature_invalid&debug_sbs=GET&https%3A%2F%2Fx&oauth_token%3Dcanary-temporary-token",
			oauth.ProblemSignatureInvalid, "oauth_problem=signature_invalid&",
		},
		{"redirect", 302, http.Header{"Location": {"http://elsewhere.example/?a"}}, "", oauth.ErrRedirected, ""},
		{"callback not confirmed", 200, nil, "oauth_token=canary-new&oauth_token_secret=canary-new-secret", oauth.ErrCallbackNotConfirmed, ""},
		{"callback denied", 200, nil, "oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=false", oauth.ErrCallbackNotConfirmed, ""},
		{"a page instead of credentials", 200, html, "<html>Welcome</html>", oauth.ErrMalformedResponse, "Welcome"},
		{"no secret", 200, nil, "oauth_token=canary-new&oauth_callback_confirmed=true", oauth.ErrMalformedResponse, "oauth_token=redacted"},
		{
			"credentials in JSON", 200, nil, `{"oauth_token": "canary-new", "oauth_token_secret": "canary-new-secret"}`,
			oauth.ErrMalformedResponse, `"oauth_token": "redacted"`,
		},
		{
			"credentials in XML", 200, nil,
			"<oauth_token>canary-new</oauth_token> <oauth_token_secret>canary-new-secret</oauth_token_secret>",
			oauth.ErrMalformedResponse, "<oauth_token>redacted</oauth_token>",
		},
		{
			"credentials escaped once more", 200, nil, "oauth_token%3Dcanary-new%26oauth_token_secret%3Dcanary-new-secret",
			oauth.ErrMalformedResponse, "oauth_token%3Dredacted",
		},
		{"two tokens", 200, nil, "oauth_token=a&oauth_token=b&oauth_token_secret=c", oauth.ErrMalformedResponse, ""},
		{"empty", 200, nil, "", oauth.ErrMalformedResponse, ""},
		{"server error", 503, html, "<p>down", nil, "down"},
		{"rate limit", 429, http.Header{"Retry-After": {"17"}}, "", nil, ""},
		{"endless answer", 200, nil, strings.Repeat("x", 2<<20), oauth.ErrResponseTooLarge, ""},
		{
			"quotes what it was sent", 400, nil,
			"canary-client-key canary-client-secret canary-nonce \x00\n" + strings.Repeat("long ", 1000), nil, "redacted redacted redacted",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, c := serve(t, &service{status: test.status, header: test.header, body: test.body})
			_, err := c.RequestTemporaryCredentials(t.Context(), "http://127.0.0.1:1/", nil)
			if err == nil {
				t.Fatal("no error")
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			failure := new(oauth.Error)
			if errors.As(err, &failure) {
				if failure.Status != test.status || !strings.Contains(failure.Body, test.text) || len(failure.Body) > 512 {
					t.Errorf("status %d, body %q (%d bytes)", failure.Status, failure.Body, len(failure.Body))
				}
				if failure.RetryAfter != test.header.Get("Retry-After") {
					t.Errorf("retry after %q", failure.RetryAfter)
				}
			} else if !errors.Is(err, oauth.ErrCallbackNotConfirmed) {
				t.Errorf("%v is no *oauth.Error", err)
			}
			if text := fmt.Sprintf("%v %+v", err, failure.Body); strings.Contains(text, "canary") {
				t.Errorf("leaks: %s", text)
			}
		})
	}
}

func TestFirstEditionNeedsNoConfirmationAndSendsNoVerifier(t *testing.T) {
	s := &service{body: "oauth_token=t&oauth_token_secret=s"}
	_, c := serve(t, s)
	c.WithoutVerifier, c.Placement = true, oauth.FormBody
	if _, err := c.RequestTemporaryCredentials(t.Context(), "", nil); err != nil {
		t.Error(err)
	}
	if _, err := c.RequestTokenCredentials(t.Context(), temporary, ""); err != nil {
		t.Error(err)
	}
	for _, request := range s.received {
		if request.PostForm.Has("oauth_verifier") || request.PostForm.Has("oauth_callback") {
			t.Errorf("%s: sent %v", request.URL.Path, request.PostForm)
		}
	}
}

func TestAnotherHostIsSignedThanCalled(t *testing.T) {
	s := &service{body: "ok"}
	server, c := serve(t, s)
	c.SignedHost = "api.photobucket.com"
	answer, err := c.Get(t.Context(), server.URL+"/user/?format=json", token)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Nonce != "canary-nonce" {
		t.Errorf("nonce %q", answer.Nonce)
	}
	got := s.received[0]
	signed := url.Values{
		"oauth_consumer_key": {client.Key}, "oauth_nonce": {"canary-nonce"}, "oauth_signature_method": {"HMAC-SHA1"},
		"oauth_timestamp": {"1305586162"}, "oauth_token": {token.Token}, "oauth_version": {"1.0"},
	}
	target := &url.URL{Scheme: "http", Host: "api.photobucket.com", Path: "/user/", RawQuery: "format=json"}
	text, err := oauth.SignatureBaseString(http.MethodGet, target, signed)
	if err != nil {
		t.Fatal(err)
	}
	want := url.QueryEscape(oauth.SignHMACSHA1(text, client.Secret.Reveal(), token.Secret.Reveal()))
	if header := got.Header.Get("Authorization"); !strings.Contains(header, `oauth_signature="`+want+`"`) {
		t.Errorf("called %s with %s, want the signature %s", got.Host, header, want)
	}
}

func TestRefusalsInTheServicesOwnWords(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   oauth.Problem
	}{
		{"with a status of success", 200, "Error: The signature is wrong", oauth.ProblemSignatureInvalid},
		{"with a status of failure", 401, "Error: The signature is wrong", oauth.ProblemSignatureInvalid},
		{"an oauth_problem goes first", 401, "oauth_problem=nonce_used&text=The signature is wrong", oauth.ProblemNonceUsed},
		{"no refusal", 200, "oauth_token=t&oauth_token_secret=s", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, c := serve(t, &service{status: row.status, body: row.body})
			c.WithoutVerifier = true
			c.FindProblem = func(status int, body []byte) oauth.Problem {
				if status != row.status || string(body) != row.body {
					t.Errorf("asked about status %d, %q", status, body)
				}
				if strings.Contains(string(body), "The signature is wrong") {
					return oauth.ProblemSignatureInvalid
				}
				return ""
			}
			_, err := c.RequestTemporaryCredentials(t.Context(), "", nil)
			failure, _ := errors.AsType[*oauth.Error](err)
			if row.want == "" && err != nil || row.want != "" && (failure == nil || failure.Problem != row.want || failure.Status != row.status) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

func TestHeadersAndTime(t *testing.T) {
	s := &service{body: "{}"}
	server, c := serve(t, s)
	c.Accept, c.UserAgent = "application/json", "Photolink/test"
	if _, err := c.UnsignedGet(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	if got := s.received[0].Header; got.Get("Accept") != "application/json" || got.Get("User-Agent") != "Photolink/test" {
		t.Errorf("sent %v", got)
	}
	if got := c.Time(); !got.Equal(time.Unix(1305586162, 0)) {
		t.Errorf("time %v", got)
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	elsewhere := &service{}
	other, _ := serve(t, elsewhere)
	server, c := serve(t, &service{status: 307, header: http.Header{"Location": {other.URL + "/stolen"}}})
	if _, err := c.Post(t.Context(), server.URL, url.Values{"a": {"b"}}, token); !errors.Is(err, oauth.ErrRedirected) {
		t.Error(err)
	}
	if len(elsewhere.received) > 0 {
		t.Errorf("a signed request reached %s", elsewhere.received[0].URL)
	}
}

func TestUnreachableServiceLeaksNoAddress(t *testing.T) {
	server, c := serve(t, &service{})
	c.Placement = oauth.Query
	server.Close()
	_, err := c.Get(t.Context(), server.URL, token)
	if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "oauth_") {
		t.Errorf("got %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	_, c := serve(t, &service{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.RequestTemporaryCredentials(ctx, "oob", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// clockedService refuses timestamps that are more than five minutes off its own clock, and tells its time.
func clockedService(ahead time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := time.Unix(1305586162, 0).Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		_ = r.ParseForm()
		var sent int64
		_, _ = fmt.Sscan(r.Form.Get("oauth_timestamp"), &sent)
		if now.Sub(time.Unix(sent, 0)).Abs() > 5*time.Minute {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte("oauth_problem=timestamp_refused"))
		}
	}
}

func TestWrongClockIsCorrectedOverHTTPSOnly(t *testing.T) {
	for _, ahead := range []time.Duration{20 * time.Minute, -20 * time.Minute, 0} {
		secure := httptest.NewTLSServer(clockedService(ahead))
		plain := httptest.NewServer(clockedService(ahead))
		for _, server := range []*httptest.Server{secure, plain} {
			_, c := serve(t, &service{})
			c.HTTPClient, c.Placement = server.Client(), oauth.Query
			_, err := c.Get(t.Context(), server.URL, token)
			if server == secure || ahead == 0 {
				if err != nil {
					t.Errorf("%v ahead over %s: %v", ahead, server.URL, err)
				}
			} else if !errors.Is(err, oauth.ProblemTimestampRefused) {
				t.Errorf("%v ahead over http: %v", ahead, err)
			}
			want := ahead
			if server == plain {
				want = 0
			}
			if c.ClockOffset() != want {
				t.Errorf("offset %v, want %v", c.ClockOffset(), want)
			}
		}
		secure.Close()
		plain.Close()
	}
}

func TestConcurrentUse(t *testing.T) {
	s := &service{body: "ok"}
	server, c := serve(t, s)
	c.Nonce, c.Placement = nil, oauth.Query
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := c.Get(t.Context(), server.URL, token); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	nonces := map[string]bool{}
	for _, request := range s.received {
		nonces[request.Form.Get("oauth_nonce")] = true
	}
	if len(nonces) != 50 {
		t.Errorf("%d different nonces in 50 requests", len(nonces))
	}
}

func TestSecretsRedactThemselves(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T%v", "%5.2s", "%t"} {
		for _, value := range []any{client, temporary, token, &token, client.Secret, []oauth.Secret{token.Secret}} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "secret") || strings.Contains(text, "736563726574") {
				t.Errorf("%s shows %s", verb, text)
			}
		}
	}
	encoded, err := json.Marshal(client)
	if err != nil || strings.Contains(string(encoded), "secret") {
		t.Errorf("JSON: %s, %v", encoded, err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", client.Secret, "all", token)
	if strings.Contains(log.String(), "secret") {
		t.Errorf("slog: %s", log.String())
	}
	if client.Secret.Reveal() != "canary-client-secret" || !client.Secret.Equal("canary-client-secret") || client.Secret.Equal("x") {
		t.Error("Reveal or Equal does not look at the text")
	}
}
