package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

const (
	photobucketRequestPath = "/login/request"
	photobucketAccessPath  = "/login/access"
	photobucketCallback    = "http://127.0.0.1:8713/photobucket"
	photobucketAPI         = "api.photobucket.com"
	photobucketSilo        = "api123.photobucket.com"
	here                   = "sandbox.example"
)

// signedFor returns a request to host whose signature names another one.
func signedFor(
	named, host string, way way, path string, protocol map[string]string, fields url.Values, tokenSecret string,
) *http.Request {
	all := maps.Clone(protocol)
	for name := range fields {
		all[name] = fields.Get(name)
	}
	var text []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text = append(text, escape(name)+"="+escape(all[name]))
	}
	mac := hmac.New(sha1.New, []byte(sandbox.PracticeClient.Secret.Reveal()+"&"+tokenSecret))
	io.WriteString(mac, way.method+"&"+escape("http://"+named+path)+"&"+escape(strings.Join(text, "&")))
	protocol = maps.Clone(protocol)
	protocol["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	r := unsigned(way, path, protocol, fields)
	r.Host = host
	return r
}

var (
	photobucketPost = way{http.MethodPost, "form"}
	photobucketGet  = way{http.MethodGet, "query"}
)

// photobucketTemporary walks the first step.
func photobucketTemporary(t *testing.T, server http.Handler, host string) (oauth.TemporaryCredentials, url.Values) {
	t.Helper()
	named := host
	if strings.HasSuffix(host, "photobucket.com") {
		named = photobucketAPI
	}
	r := signedFor(named, host, photobucketPost, photobucketRequestPath, protocolParameters(""), nil, "")
	got := send(server, r)
	check(t, "login/request", got, "text/plain; charset=utf-8", regexp.MustCompile(
		`^oauth_token=req_[0-9a-f]{40}&oauth_token_secret=[0-9a-f]{40}&next_step=[^&]+$`))
	values := parse(t, got.body)
	return oauth.TemporaryCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}, values
}

func photobucketExchange(host string, temporary oauth.TemporaryCredentials) *http.Request {
	protocol := protocolParameters(temporary.Token)
	return signedFor(host, host, photobucketPost, photobucketAccessPath, protocol, nil, temporary.Secret.Reveal())
}

// photobucketApprove walks the second step and returns the callback address.
func photobucketApprove(t *testing.T, server http.Handler, page string) string {
	t.Helper()
	visit, err := visitorOf(server).ApproveOnly(t.Context(), page)
	if err != nil || visit.URL == nil {
		t.Fatalf("approve: %v\n%s", err, visit.Body)
	}
	return visit.URL.String()
}

// photobucketLink walks all three steps.
func photobucketLink(t *testing.T, server http.Handler) oauth.TokenCredentials {
	t.Helper()
	temporary, values := photobucketTemporary(t, server, here)
	photobucketApprove(t, server, values.Get("next_step")+"?oauth_token="+temporary.Token)
	values = parse(t, send(server, photobucketExchange(here, temporary)).body)
	return oauth.TokenCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

func photobucketUser(named, host, path string, token oauth.TokenCredentials, fields url.Values) *http.Request {
	return signedFor(named, host, photobucketGet, path, protocolParameters(token.Token), fields, token.Secret.Reveal())
}

func TestPhotobucketWholeWay(t *testing.T) {
	for _, test := range []struct {
		name                   string
		host, userHost, signed string
		nextStep, subdomain    string
		home                   string
	}{
		{
			name: "by its own name", host: photobucketAPI, userHost: photobucketSilo, signed: photobucketAPI,
			nextStep: "http://www.photobucket.com/apilogin/login", subdomain: photobucketSilo,
			home: "http://s123.photobucket.com/albums/cc276/adapractice",
		},
		{
			name: "on a port of this computer", host: "127.0.0.1:40123", userHost: "127.0.0.1:40123", signed: "127.0.0.1:40123",
			nextStep: "http://127.0.0.1:40123/apilogin/login", subdomain: "127.0.0.1:40123",
			home: "http://127.0.0.1:40123/albums/cc276/adapractice",
		},
		{
			name: "on a port of this computer, signed for the service", host: "127.0.0.1:40123", userHost: "127.0.0.1:40123",
			signed: photobucketAPI, nextStep: "http://127.0.0.1:40123/apilogin/login", subdomain: "127.0.0.1:40123",
			home: "http://127.0.0.1:40123/albums/cc276/adapractice",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			r := signedFor(test.signed, test.host, photobucketPost, photobucketRequestPath, protocolParameters(""), nil, "")
			values := parse(t, send(server, r).body)
			if got := values.Get("next_step"); got != test.nextStep {
				t.Errorf("next step %q, want %q", got, test.nextStep)
			}
			if values.Has("oauth_callback_confirmed") {
				t.Error("the callback is confirmed")
			}
			token, secret := values.Get("oauth_token"), values.Get("oauth_token_secret")

			callback := photobucketApprove(t, server, test.nextStep+"?oauth_token="+token+"&extra=a+b%26c")
			want := photobucketCallback + "?oauth_token=" + token + "&username=adapractice&subdomain=" + escape(test.subdomain) +
				"&extra=a%20b%26c"
			if callback != want {
				t.Errorf("callback %q, want %q", callback, want)
			}

			r = signedFor(test.signed, test.host, photobucketPost, photobucketAccessPath, protocolParameters(token), nil, secret)
			got := send(server, r)
			check(t, "login/access", got, "text/plain; charset=utf-8", regexp.MustCompile(
				`^oauth_token=28\.1&oauth_token_secret=[0-9a-f]{40}&username=adapractice&subdomain=`+
					regexp.QuoteMeta(escape(test.subdomain))+`&homeurl=`+regexp.QuoteMeta(escape(test.home))+`$`))
			values = parse(t, got.body)

			granted := oauth.TokenCredentials{
				Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
			}
			got = send(server, photobucketUser(test.signed, test.userHost, "/user/adapractice", granted, nil))
			wantUser := `<?xml version="1.0" encoding="UTF-8"?>
<response>
	<status>OK</status>
	<content>
		<username>adapractice</username>
		<album_url>` + test.home + `</album_url>
		<megabytes_used>64</megabytes_used>
		<megabytes_allowed>1024</megabytes_allowed>
		<premium>0</premium>
		<public>1</public>
		<total_pictures>128</total_pictures>
		<preferred_picture_size>1024</preferred_picture_size>
	</content>
	<format>xml</format>
	<method>GET</method>
	<timestamp>1700000000</timestamp>
</response>
`
			if diff := cmp.Diff(wantUser, got.body); diff != "" || got.status != http.StatusOK {
				t.Errorf("status %d, body, - want, + got:\n%s", got.status, diff)
			}
		})
	}
}

// The request of Photobucket's own help pages, with the secret that its library for PHP shows for the key.
func TestPhotobucketsDocumentedRequestIsAccepted(t *testing.T) {
	for _, host := range []string{photobucketAPI, photobucketSilo, "127.0.0.1:40123"} {
		t.Run(host, func(t *testing.T) {
			server := sandbox.New(sandbox.Config{
				Clients: []sandbox.Client{{ClientCredentials: oauth.ClientCredentials{
					Key: "1020304", Secret: "9eb84090956c484e32cb6c08455a667b",
				}}},
				Now: func() time.Time { return time.Unix(1208290131, 0) },
			})
			r := unsigned(photobucketPost, photobucketRequestPath, nil, url.Values{
				"oauth_consumer_key": {"1020304"}, "oauth_nonce": {"5c4b38eb7e7f0a0603452dfb3bf149d7"},
				"oauth_signature": {"jjF2U5hzxxEkTPFrX6GUkr8yl80="}, "oauth_signature_method": {"HMAC-SHA1"},
				"oauth_timestamp": {"1208290131"}, "oauth_version": {"1.0"},
			})
			r.Host = host
			if got := send(server, r); !strings.HasPrefix(got.body, "oauth_token=req_") {
				t.Errorf("status %d, body %q", got.status, got.body)
			}
		})
	}
}

func TestPhotobucketUser(t *testing.T) {
	server, _ := newServer(sandbox.Config{Person: sandbox.Person{ID: "1@N01", UserName: "grace", PhotoCount: 7, Pro: true}})
	token := photobucketLink(t, server)
	const user = `{"username":"grace","album_url":"http://sandbox.example/albums/cc276/grace","megabytes_used":64,` +
		`"megabytes_allowed":1024,"premium":1,"public":1,"total_pictures":7,"preferred_picture_size":1024}`
	const addresses = `{"username":"grace","subdomain":{"album":"s123","image":"i123","api":"api123","feed":"feed123"},` +
		`"path":"albums/cc276/grace"}`
	for _, test := range []struct {
		name, path string
		status     int
		body       string // without what ends it
	}{
		{"by name", "/user/grace", 200, `{"status":"OK","content":` + user},
		{"the current one", "/user/", 200, `{"status":"OK","content":` + user},
		{"the addresses", "/user/grace/url", 200, `{"status":"OK","content":` + addresses},
		{"somebody else", "/user/ada", 500, `{"status":"Exception","message":"Could not get user","code":102`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := send(server, photobucketUser(here, here, test.path, token, url.Values{"format": {"json"}}))
			want := test.body + `,"format":"json","method":"GET","timestamp":1700000000}`
			if diff := cmp.Diff(want, got.body); diff != "" || got.status != test.status {
				t.Errorf("status %d, want %d, body, - want, + got:\n%s", got.status, test.status, diff)
			}
			if got := got.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("type %q", got)
			}
		})
	}
}

func TestPhotobucketLeadsToThePersonsServer(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := photobucketLink(t, server)
	for _, host := range []string{photobucketAPI, "photobucket.com", "api7.photobucket.com:80"} {
		t.Run(host, func(t *testing.T) {
			r := photobucketUser(photobucketAPI, host, "/user/adapractice", token, url.Values{"format": {"json"}})
			got := send(server, r)
			want := `{"status":"OK","content":{"subdomain":"http://api123.photobucket.com"},` +
				`"format":"json","method":"GET","timestamp":1700000000}`
			if diff := cmp.Diff(want, got.body); diff != "" || got.status != http.StatusMovedPermanently {
				t.Errorf("status %d, want 301, body, - want, + got:\n%s", got.status, diff)
			}
			if got, want := got.header.Get("Location"), "http://"+photobucketSilo+r.URL.RequestURI(); got != want {
				t.Errorf("location %q, want %q", got, want)
			}
			r.Host = photobucketSilo // the same request, signature and all, works there
			if got := send(server, r); got.status != http.StatusOK {
				t.Errorf("there: status %d, body %q", got.status, got.body)
			}
		})
	}
	t.Run("named on a port", func(t *testing.T) {
		r := photobucketUser(photobucketAPI, photobucketSilo+":8080", "/user/adapractice", token, nil)
		if got := send(server, r); got.status != http.StatusOK {
			t.Errorf("status %d, body %q", got.status, got.body)
		}
	})
	t.Run("signed for the person's server", func(t *testing.T) {
		r := photobucketUser(photobucketSilo, photobucketSilo, "/user/adapractice", token, nil)
		checkException(t, send(server, r), "GET", "signature invalid")
	})
}

func checkException(t *testing.T, got answer, method, words string) {
	t.Helper()
	want := `<?xml version="1.0" encoding="UTF-8"?>
<response>
	<status>Exception</status>
	<message>` + words + `</message>
	<code>7</code>
	<format>xml</format>
	<method>` + method + `</method>
	<timestamp>1700000000</timestamp>
</response>
`
	if diff := cmp.Diff(want, got.body); diff != "" || got.status != http.StatusUnauthorized {
		t.Errorf("status %d, want 401, body, - want, + got:\n%s", got.status, diff)
	}
	if got := got.header.Get("Content-Type"); got != "text/xml; charset=utf-8" {
		t.Errorf("type %q", got)
	}
}

func TestPhotobucketRefusals(t *testing.T) {
	server, now := newServer(sandbox.Config{})
	token, revoked := photobucketLink(t, server), photobucketLink(t, server)
	server.Revoke(revoked.Token)
	approved := func() oauth.TemporaryCredentials {
		temporary, values := photobucketTemporary(t, server, here)
		photobucketApprove(t, server, values.Get("next_step")+"?oauth_token="+temporary.Token)
		return temporary
	}
	first := func(change map[string]string) *http.Request {
		protocol := protocolParameters("")
		maps.Copy(protocol, change)
		return signed(photobucketPost, photobucketRequestPath, protocol, nil, "")
	}
	pending, _ := photobucketTemporary(t, server, here)
	used := approved()
	if got := send(server, photobucketExchange(here, used)); got.status != http.StatusOK {
		t.Fatalf("exchange: status %d, body %q", got.status, got.body)
	}
	forged := approved()
	forged.Secret = "guess"
	replayed := first(nil)
	send(server, first(map[string]string{"oauth_nonce": "again"}))
	unsignedCall := httptest.NewRequest(http.MethodGet, "http://sandbox.example/user/", nil)

	for _, test := range []struct {
		name  string
		r     *http.Request
		words string
	}{
		{"unknown key", first(map[string]string{"oauth_consumer_key": "x"}), "consumer key unknown"},
		{"wrong signature", first(map[string]string{"oauth_signature": "x"}), "signature invalid"},
		{"another signature method", first(map[string]string{"oauth_signature_method": "x"}), "signature method rejected"},
		{"another version", first(map[string]string{"oauth_version": "2.0"}), "version rejected"},
		{"late", first(map[string]string{"oauth_timestamp": "1699999699"}), "timestamp invalid -1699999699"},
		{"replay", first(map[string]string{"oauth_nonce": "again"}), "nonce used"},
		{"exchange before the approval", photobucketExchange(here, pending), "Authorization required"},
		{
			"exchange of a token that nobody issued",
			photobucketExchange(here, oauth.TemporaryCredentials{Token: "req_x"}), "Authorization required",
		},
		{"second exchange", photobucketExchange(here, used), "Authorization required"},
		{"exchange with a wrong secret", photobucketExchange(here, forged), "signature invalid"},
		{"call without a signature", unsignedCall, "Authorization required"},
		{"call without a token", photobucketUser(here, here, "/user/", oauth.TokenCredentials{}, nil), "Authorization required"},
		{
			"call with an unknown token",
			photobucketUser(here, here, "/user/", oauth.TokenCredentials{Token: "1.1"}, nil), "Authorization required",
		},
		{
			"call with a request token",
			photobucketUser(here, here, "/user/", oauth.TokenCredentials(pending), nil), "Authorization required",
		},
		{"call with a revoked token", photobucketUser(here, here, "/user/", revoked, nil), "Authorization required"},
		{
			"call with a wrong secret",
			photobucketUser(here, here, "/user/", oauth.TokenCredentials{Token: token.Token, Secret: "x"}, nil), "signature invalid",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkException(t, send(server, test.r), test.r.Method, test.words)
		})
	}
	t.Run("what was not replayed", func(t *testing.T) {
		if got := send(server, replayed); got.status != http.StatusOK {
			t.Errorf("status %d, body %q", got.status, got.body)
		}
	})
	for _, test := range []struct{ method, path string }{
		{http.MethodGet, photobucketRequestPath},
		{http.MethodGet, photobucketAccessPath},
		{http.MethodPost, "/user/adapractice"},
		{http.MethodPatch, "/ping"},
		{http.MethodPost, "/time"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			got := send(server, httptest.NewRequest(test.method, test.path, nil))
			if got.status != http.StatusNotFound || got.body != "404 page not found\n" {
				t.Errorf("status %d, body %q", got.status, got.body)
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		temporary := approved()
		*now = now.Add(5*time.Minute + time.Second)
		if got := send(server, photobucketExchange(here, temporary)); got.status != http.StatusUnauthorized ||
			!strings.Contains(got.body, "Authorization required") {
			t.Errorf("status %d, body %q", got.status, got.body)
		}
	})
}

func TestPhotobucketDenial(t *testing.T) {
	for _, test := range []struct{ name, extra, added string }{
		{"with extra", "&extra=abc", "&extra=abc"},
		{"without", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			temporary, values := photobucketTemporary(t, server, here)
			address := values.Get("next_step") + "?oauth_token=" + temporary.Token + test.extra
			visit, err := visitorOf(server).Deny(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			want := photobucketCallback + "?oauth_token=" + temporary.Token + "&status=denied&denied=" + temporary.Token + test.added
			if got := visit.URL.String(); got != want {
				t.Errorf("ended at %q, want %q", got, want)
			}
			checkException(t, send(server, photobucketExchange(here, temporary)), "POST", "Authorization required")
		})
	}
}

func TestPhotobucketWithoutCallback(t *testing.T) {
	server, _ := newServer(sandbox.Config{Clients: []sandbox.Client{{
		ClientCredentials: sandbox.PracticeClient, Application: "Photolink",
	}}})
	temporary, values := photobucketTemporary(t, server, here)
	address := values.Get("next_step") + "?oauth_token=" + temporary.Token
	visit, err := visitorOf(server).Approve(t.Context(), address)
	if err != nil || !strings.Contains(visit.Body, "Login Complete") || strings.Contains(visit.Body, `id="code"`) {
		t.Errorf("%v\n%s", err, visit.Body)
	}
	if got := send(server, photobucketExchange(here, temporary)); got.status != http.StatusOK {
		t.Errorf("exchange: status %d, body %q", got.status, got.body)
	}

	temporary, values = photobucketTemporary(t, server, here)
	visit, err = visitorOf(server).Deny(t.Context(), values.Get("next_step")+"?oauth_token="+temporary.Token)
	if err != nil || !strings.Contains(visit.Body, "You chose not to authorize it") {
		t.Errorf("%v\n%s", err, visit.Body)
	}
}

func TestPhotobucketIgnoresTheCallbackOfARequest(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	protocol := protocolParameters("")
	protocol["oauth_callback"] = "http://elsewhere.example/"
	values := parse(t, send(server, signed(photobucketPost, photobucketRequestPath, protocol, nil, "")).body)
	got := photobucketApprove(t, server, values.Get("next_step")+"?oauth_token="+values.Get("oauth_token"))
	if !strings.HasPrefix(got, photobucketCallback+"?") {
		t.Errorf("callback %q", got)
	}
}

func TestPhotobucketPages(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	for _, test := range []struct{ name, method, target, body string }{
		{
			"unknown token", "GET", "/apilogin/login?oauth_token=x",
			`Oops! Photobucket doesn't recognise the "oauth_token" this application is trying to use.`,
		},
		{"signed out", "GET", "/apilogin/logout?oauth_consumer_key=x", "in the shape of Photobucket"},
		{"ping", "GET", "/ping?foo=b%2Fr&format=json", `{"status":"OK","content":{"PONG":" (read)",` +
			`"REQUEST":{"foo":"b/r","format":"json"}},"format":"json","method":"GET","timestamp":1700000000}`},
		{"ping in XML", "PUT", "/ping", "<content>\n\t\t<PONG> (update)</PONG>\n\t\t<REQUEST />\n\t</content>"},
		{"time", "GET", "/time", "<content>1700000000</content>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := send(server, httptest.NewRequest(test.method, test.target, nil))
			if got.status != http.StatusOK || !strings.Contains(got.body, test.body) {
				t.Errorf("status %d, want 200 and %q in\n%s", got.status, test.body, got.body)
			}
		})
	}
}

func TestPhotobucketFaults(t *testing.T) {
	for _, endpoint := range []sandbox.Endpoint{sandbox.Authorize, sandbox.AccessToken, sandbox.Login} {
		t.Run("somebody else at "+string(endpoint), func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Faults: sandbox.Faults{
				PersonAt: map[sandbox.Endpoint]sandbox.Person{sandbox.EndpointOf("photobucket", endpoint): grace},
			}})
			temporary, values := photobucketTemporary(t, server, here)
			callback := photobucketApprove(t, server, values.Get("next_step")+"?oauth_token="+temporary.Token)
			exchanged := send(server, photobucketExchange(here, temporary)).body
			values = parse(t, exchanged)
			token := oauth.TokenCredentials{
				Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
			}
			user := send(server, photobucketUser(here, here, "/user/"+values.Get("username"), token, nil)).body
			for named, text := range map[sandbox.Endpoint]string{
				sandbox.Authorize: callback, sandbox.AccessToken: exchanged, sandbox.Login: user,
			} {
				if got := strings.Contains(text, grace.UserName); got != (named == endpoint) {
					t.Errorf("%s says %q", named, text)
				}
			}
		})
	}
	for target, endpoint := range map[string]sandbox.Endpoint{
		photobucketRequestPath: sandbox.RequestToken, "/apilogin/login": sandbox.Authorize,
		photobucketAccessPath: sandbox.AccessToken, "/user/": sandbox.Login,
	} {
		server, _ := newServer(at(sandbox.EndpointOf("photobucket", endpoint), sandbox.Answer(http.StatusTeapot, "")))
		if got := get(server, target); got.status != http.StatusTeapot {
			t.Errorf("%s: status %d", target, got.status)
		}
	}
}
