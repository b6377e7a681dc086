package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

const (
	requestTokenPath = "/services/oauth/request_token"
	authorizePath    = "/services/oauth/authorize"
	accessTokenPath  = "/services/oauth/access_token"
	restPath         = "/services/rest"
	callbackURL      = "http://127.0.0.1:5000/callback?keep=a%20b"
)

// newServer returns a server at a fixed time, and the time, which tests may change.
func newServer(config sandbox.Config) (*sandbox.Server, *time.Time) {
	now := time.Unix(1_700_000_000, 0)
	config.Now = func() time.Time { return now }
	return sandbox.New(config), &now
}

// way is how a client sends a request and where its protocol parameters travel.
type way struct {
	method string
	place  string // "header", "query" or "form"
}

var plainWay = way{http.MethodGet, "query"}

var nonceCount atomic.Int64

// protocolParameters returns what each signed request carries, but for the signature, with a nonce of its own.
func protocolParameters(token string) map[string]string {
	parameters := map[string]string{
		"oauth_consumer_key":     sandbox.PracticeClient.Key,
		"oauth_nonce":            fmt.Sprint("nonce", nonceCount.Add(1)),
		"oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp":        "1700000000",
	}
	if token != "" {
		parameters["oauth_token"] = token
	}
	return parameters
}

// signed returns a request with the signature that a client would put on it. The signer here knows the easy half of
// RFC 5849 only: parameters with different names. The published vectors check the rest.
func signed(way way, target string, protocol map[string]string, fields url.Values, tokenSecret string) *http.Request {
	all := maps.Clone(protocol)
	for name := range fields {
		all[name] = fields.Get(name)
	}
	var text []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text = append(text, escape(name)+"="+escape(all[name]))
	}
	base := way.method + "&" + escape("http://sandbox.example"+target) + "&" + escape(strings.Join(text, "&"))
	mac := hmac.New(sha1.New, []byte(sandbox.PracticeClient.Secret.Reveal()+"&"+tokenSecret))
	io.WriteString(mac, base)
	protocol = maps.Clone(protocol)
	if _, given := protocol["oauth_signature"]; !given {
		protocol["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return unsigned(way, target, protocol, fields)
}

// unsigned returns a request with these parameters as they are.
func unsigned(way way, target string, protocol map[string]string, fields url.Values) *http.Request {
	query, form, header := url.Values{}, url.Values{}, []string{}
	if way.method == http.MethodPost {
		form = maps.Clone(fields)
	} else {
		query = maps.Clone(fields)
	}
	for name, value := range protocol {
		switch way.place {
		case "header":
			header = append(header, fmt.Sprintf("%s=%q", name, escape(value)))
		case "query":
			if query == nil {
				query = url.Values{}
			}
			query.Set(name, value)
		case "form":
			if form == nil {
				form = url.Values{}
			}
			form.Set(name, value)
		}
	}
	r := httptest.NewRequest(way.method, "http://sandbox.example"+target+"?"+query.Encode(), strings.NewReader(form.Encode()))
	if way.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if len(header) > 0 {
		r.Header.Set("Authorization", "OAuth "+strings.Join(header, ", "))
	}
	return r
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   string
}

func send(server http.Handler, r *http.Request) answer {
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Header(), recorder.Body.String()}
}

func get(server http.Handler, target string) answer {
	return send(server, httptest.NewRequest(http.MethodGet, "http://sandbox.example"+target, nil))
}

// requestToken walks the first step.
func requestToken(t testing.TB, server http.Handler, way way, callback string) oauth.TemporaryCredentials {
	t.Helper()
	protocol := protocolParameters("")
	protocol["oauth_callback"] = callback
	got := send(server, signed(way, requestTokenPath, protocol, nil, ""))
	if got.status != http.StatusOK {
		t.Fatalf("request token: status %d, body %q", got.status, got.body)
	}
	values := parse(t, got.body)
	return oauth.TemporaryCredentials{
		Token:  values.Get("oauth_token"),
		Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

var formTokenInput = regexp.MustCompile(`name="form_token" value="([0-9a-f]+)"`)

// answerForm opens the authorize page and presses one of its buttons.
func answerForm(t testing.TB, server http.Handler, token, permission, button string) answer {
	t.Helper()
	asked := get(server, authorizePath+"?oauth_token="+token+"&perms="+permission)
	input := formTokenInput.FindStringSubmatch(asked.body)
	if input == nil {
		t.Fatalf("no form on the authorize page:\n%s", asked.body)
	}
	return send(server, unsigned(way{http.MethodPost, "form"}, authorizePath, nil, url.Values{
		"oauth_token": {token}, "perms": {permission}, "form_token": {input[1]}, button: {"1"},
	}))
}

// approve walks the second step and returns the verifier.
func approve(t testing.TB, server http.Handler, token, permission string) string {
	t.Helper()
	got := answerForm(t, server, token, permission, "approve")
	location, err := url.Parse(got.header.Get("Location"))
	if err != nil || !location.Query().Has("oauth_verifier") {
		t.Fatalf("approve: status %d, location %q", got.status, got.header.Get("Location"))
	}
	return location.Query().Get("oauth_verifier")
}

// exchange returns the request of the third step.
func exchange(way way, temporary oauth.TemporaryCredentials, verifier string) *http.Request {
	protocol := protocolParameters(temporary.Token)
	protocol["oauth_verifier"] = verifier
	return signed(way, accessTokenPath, protocol, nil, temporary.Secret.Reveal())
}

// link walks all three steps.
func link(t testing.TB, server http.Handler, permission string) oauth.TokenCredentials {
	t.Helper()
	temporary := requestToken(t, server, plainWay, callbackURL)
	verifier := approve(t, server, temporary.Token, permission)
	got := send(server, exchange(plainWay, temporary, verifier))
	if got.status != http.StatusOK {
		t.Fatalf("access token: status %d, body %q", got.status, got.body)
	}
	values := parse(t, got.body)
	return oauth.TokenCredentials{
		Token:  values.Get("oauth_token"),
		Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

// call returns the request of a signed method call.
func call(way way, token oauth.TokenCredentials, fields url.Values) *http.Request {
	return signed(way, restPath, protocolParameters(token.Token), fields, token.Secret.Reveal())
}

// login is the method call that tells whether a token is any good.
func login(server http.Handler, token oauth.TokenCredentials) string {
	fields := url.Values{"method": {"flickr.test.login"}, "format": {"json"}, "nojsoncallback": {"1"}}
	return send(server, call(plainWay, token, fields)).body
}

func parse(t testing.TB, body string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(body)
	if err != nil {
		t.Fatalf("parse %q: %v", body, err)
	}
	return values
}
