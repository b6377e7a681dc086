package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

const (
	wikiPath     = "/w/index.php"
	wikiCallback = "http://127.0.0.1:5000/callback?keep=a%20b"
)

// direct lets a visitor's requests reach a server without a network, whatever host they name.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

func visitorOf(server http.Handler) sandbox.Visitor {
	return sandbox.Visitor{Transport: direct{server}}
}

// wikiRequest returns a signed request for a page of the OAuth extension. The title is in the query of POST requests too.
func wikiRequest(way way, page string, protocol map[string]string, tokenSecret string) *http.Request {
	title := url.Values{"title": {"Special:OAuth/" + page}}
	r := signed(way, wikiPath, protocol, title, tokenSecret)
	if way.method == http.MethodPost {
		r.URL.RawQuery, r.Body = title.Encode(), http.NoBody
	}
	return r
}

// wikiInitiate walks the first step.
func wikiInitiate(t *testing.T, server http.Handler, way way, callback string) oauth.TemporaryCredentials {
	t.Helper()
	protocol := protocolParameters("")
	protocol["oauth_callback"] = callback
	got := send(server, wikiRequest(way, "initiate", protocol, ""))
	check(t, "initiate", got, "text/plain;charset=UTF-8", regexp.MustCompile(
		`^oauth_token=[0-9a-f]{32}&oauth_token_secret=[0-9a-f]{32}&oauth_callback_confirmed=true$`))
	values := parse(t, got.body)
	return oauth.TemporaryCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

func wikiAuthorize(token string) string {
	return "http://sandbox.example" + wikiPath + "?title=Special:OAuth/authorize&oauth_token=" + token +
		"&oauth_consumer_key=" + sandbox.PracticeClient.Key
}

// wikiApprove walks the second step and returns the callback address.
func wikiApprove(t *testing.T, server http.Handler, token string) *url.URL {
	t.Helper()
	visit, err := visitorOf(server).ApproveOnly(t.Context(), wikiAuthorize(token))
	if err != nil || visit.URL == nil {
		t.Fatalf("approve: %v\n%s", err, visit.Body)
	}
	return visit.URL
}

func wikiExchange(way way, temporary oauth.TemporaryCredentials, verifier string) *http.Request {
	protocol := protocolParameters(temporary.Token)
	protocol["oauth_verifier"] = verifier
	return wikiRequest(way, "token", protocol, temporary.Secret.Reveal())
}

// wikiLink walks all three steps.
func wikiLink(t *testing.T, server http.Handler, way way) oauth.TokenCredentials {
	t.Helper()
	temporary := wikiInitiate(t, server, way, wikiCallback)
	callback := wikiApprove(t, server, temporary.Token)
	got := send(server, wikiExchange(way, temporary, callback.Query().Get("oauth_verifier")))
	check(t, "token", got, "text/plain;charset=UTF-8", regexp.MustCompile(
		`^oauth_token=[0-9a-f]{32}&oauth_token_secret=[0-9a-f]{40}&oauth_callback_confirmed=true$`))
	values := parse(t, got.body)
	return oauth.TokenCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

func TestCommonsWholeWay(t *testing.T) {
	for _, way := range []way{{http.MethodGet, "header"}, {http.MethodGet, "query"}, {http.MethodPost, "header"}} {
		t.Run(way.method+" "+way.place, func(t *testing.T) {
			server, now := newServer(sandbox.Config{Person: sandbox.Person{ID: "4711@N01", UserName: "émile", PhotoCount: 7}})
			token := wikiLink(t, server, way)
			protocol := protocolParameters(token.Token)
			got := send(server, wikiRequest(way, "identify", protocol, token.Secret.Reveal()))
			if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" {
				t.Fatalf("identify: status %d, type %q, body %q", got.status, got.header.Get("Content-Type"), got.body)
			}
			want := map[string]any{
				"iss": "https://commons.wikimedia.org", "aud": sandbox.PracticeClient.Key,
				"exp": float64(now.Unix() + 100), "iat": float64(now.Unix()),
				"sub": 4711.0, "username": "Émile", "editcount": 7.0, "confirmed_email": true, "blocked": false,
				"registered": "20200229120000", "groups": []any{"*", "user", "autoconfirmed"},
				"rights": []any{"read", "edit", "upload"}, "grants": []any{"mwoauth-authonly"},
				"nonce": protocol["oauth_nonce"],
			}
			if diff := cmp.Diff(want, claims(t, got.body)); diff != "" {
				t.Errorf("claims, - want, + got:\n%s", diff)
			}
		})
	}
}

// claims checks a JSON Web Token and returns what it says.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JSON Web Token: %q", token)
	}
	mac := hmac.New(sha256.New, []byte(sandbox.PracticeClient.Secret.Reveal()))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); parts[2] != want {
		t.Errorf("signature %q, want %q", parts[2], want)
	}
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if diff := cmp.Diff(`{"typ":"JWT","alg":"HS256"}`, string(header)); diff != "" {
		t.Errorf("header, - want, + got:\n%s", diff)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var said map[string]any
	if err := json.Unmarshal(payload, &said); err != nil {
		t.Fatalf("payload %q: %v", payload, err)
	}
	return said
}

func TestCommonsCallbacks(t *testing.T) {
	const refused = "Error: oauth_callback must be set, and must be set to &quot;oob&quot; (case-sensitive), " +
		"or the configured callback must be a prefix of the supplied callback."
	for _, test := range []struct {
		name, registered, sent string
		location               string // with the parameters after it; empty means refused
	}{
		{"the same", "http://a.example/b", "http://a.example/b", "http://a.example/b?"},
		{"longer path", "http://a.example/b", "http://a.example/b/c?d=e", "http://a.example/b/c?d=e&"},
		{"made secure", "http://a.example/b", "https://a.example/b", "https://a.example/b?"},
		{"no longer secure", "https://a.example/b", "http://a.example/b", ""},
		{"another path", "http://a.example/b", "http://a.example/c", ""},
		{"another host", "http://a.example/b", "http://b.example/b", ""},
		{"host as user", "http://a.example/b", "http://a.example@b.example/b", ""},
		{"another port", "http://a.example:8080/b", "http://a.example:8081/b", ""},
		{"port that was not registered", "http://a.example/b", "http://a.example:8081/b", ""},
		{"any port", "http://127.0.0.1:1/b", "http://127.0.0.1:40123/b", "http://127.0.0.1:40123/b?"},
		{"any port, another host", "http://127.0.0.1:1/b", "http://localhost:40123/b", ""},
		{"registered with a query", "http://a.example/b?c", "http://a.example/b?c=d", "http://a.example/b?c=d&"},
		{"registered with a query, another one", "http://a.example/b?c", "http://a.example/b?d", ""},
		{"registered with a query, longer path", "http://a.example/b?c", "http://a.example/b/?c", ""},
		{"no address", "http://a.example/b", "::", ""},
		{"empty", "http://a.example/b", "", ""},
		{"nothing registered", "", "http://a.example/b", ""},
		{"out of band", "http://a.example/b", "oob", "http://a.example/b?"},
		{"out of band, any port", "http://127.0.0.1:1/b", "oob", wikiPath + "?title=Special:OAuth/verified&"},
		{"out of band, nothing registered", "", "oob", wikiPath + "?title=Special:OAuth/verified&"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Clients: []sandbox.Client{{
				ClientCredentials: sandbox.PracticeClient, Callbacks: map[string]string{"commons": test.registered},
			}}})
			if test.location == "" {
				protocol := protocolParameters("")
				protocol["oauth_callback"] = test.sent
				checkWiki(t, send(server, wikiRequest(plainWay, "initiate", protocol, "")), refused)
				return
			}
			temporary := wikiInitiate(t, server, plainWay, test.sent)
			got := wikiApprove(t, server, temporary.Token).String()
			got = strings.TrimPrefix(got, "http://sandbox.example")
			pattern := "^" + regexp.QuoteMeta(test.location) + "oauth_verifier=[0-9a-f]{32}&oauth_token=" + temporary.Token + "$"
			if !regexp.MustCompile(pattern).MatchString(got) {
				t.Errorf("location %q, want %s", got, pattern)
			}
		})
	}
	t.Run("left out", func(t *testing.T) {
		server, _ := newServer(sandbox.Config{})
		checkWiki(t, send(server, wikiRequest(plainWay, "initiate", protocolParameters(""), "")), refused)
	})
}

func checkWiki(t *testing.T, got answer, body string) {
	t.Helper()
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/plain;charset=UTF-8" || got.body != body {
		t.Errorf("status %d, type %q, body\n%s\nwant 200 and\n%s", got.status, got.header.Get("Content-Type"), got.body, body)
	}
}

func TestCommonsShowsACode(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	temporary := wikiInitiate(t, server, plainWay, "oob")
	visit, err := visitorOf(server).Approve(t.Context(), wikiAuthorize(temporary.Token))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`<p id="code">([0-9a-f]{32})</p>`).FindStringSubmatch(visit.Body)
	if shown == nil || !strings.Contains(visit.Body, "You approved Photolink") {
		t.Fatalf("no code on the page:\n%s", visit.Body)
	}
	forged := get(server, wikiPath+"?title=Special:OAuth/verified&oauth_verifier=forged&oauth_token="+temporary.Token)
	if strings.Contains(forged.body, "forged") {
		t.Errorf("the page shows what the address says:\n%s", forged.body)
	}
	if got := send(server, wikiExchange(plainWay, temporary, shown[1])); !strings.HasPrefix(got.body, "oauth_token=") {
		t.Errorf("exchange: body %q", got.body)
	}
}

const (
	protocolError = "Error: An error occurred in the OAuth protocol: "
	noTemporary   = "Error: Sorry, something went wrong connecting this application.\n" +
		"Go back and try to connect your account again, or contact the application author.\n\n" +
		"&lt;span class=&quot;plainlinks mw-mwoautherror-details&quot;&gt;OAuth token not found, " +
		`<a class="external" href="https://www.mediawiki.org/wiki/Help:OAuth/Errors#E004">E004</a>&lt;/span&gt;`
	wrongVerifier   = "Error: The verification code provided was not valid."
	noGrant         = "No approved grant was found for that authorization token."
	protocolProblem = "An error occurred in the OAuth protocol: "
)

func TestCommonsRefusesToInitiate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change map[string]string // "" takes the parameter away
		body   string
	}{
		{"no key", map[string]string{"oauth_consumer_key": "", "oauth_nonce": ""}, protocolError + "Invalid consumer key"},
		{"unknown key", map[string]string{"oauth_consumer_key": "x"}, protocolError + "Invalid consumer"},
		{
			"another version",
			map[string]string{"oauth_version": "2.0"},
			protocolError + "OAuth version &#039;2.0&#039; not supported",
		},
		{
			"no timestamp",
			map[string]string{"oauth_timestamp": ""},
			protocolError + "Missing timestamp parameter. The parameter is required",
		},
		{"no nonce", map[string]string{"oauth_nonce": ""}, protocolError + "Missing nonce parameter. The parameter is required"},
		{
			"no signature method",
			map[string]string{"oauth_signature_method": ""},
			protocolError + "No signature method parameter. This parameter is required",
		},
		{"another signature method", map[string]string{"oauth_signature_method": "PLAINTEXT"}, protocolError +
			"Signature method &#039;PLAINTEXT&#039; not supported try one of the following: HMAC-SHA1, RSA-SHA1"},
		{"no signature", map[string]string{"oauth_signature": ""}, protocolError + "Invalid signature"},
		{"wrong signature", map[string]string{"oauth_signature": "x"}, protocolError + "Invalid signature"},
		{
			"late",
			map[string]string{"oauth_timestamp": "1699999699"},
			protocolError + "Expired timestamp, yours 1699999699, ours 1700000000",
		},
		{
			"early",
			map[string]string{"oauth_timestamp": "1700000301"},
			protocolError + "Expired timestamp, yours 1700000301, ours 1700000000",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			protocol := protocolParameters("")
			protocol["oauth_callback"] = wikiCallback
			maps.Copy(protocol, test.change)
			r := wikiRequest(plainWay, "initiate", protocol, "")
			query := r.URL.Query()
			for name, value := range test.change {
				if value == "" {
					query.Del(name)
				}
			}
			r.URL.RawQuery = query.Encode()
			checkWiki(t, send(server, r), test.body)
		})
	}
	t.Run("repeated parameter", func(t *testing.T) {
		server, _ := newServer(sandbox.Config{})
		r := wikiRequest(plainWay, "initiate", protocolParameters(""), "")
		r.URL.RawQuery += "&oauth_nonce=x"
		checkWiki(t, send(server, r), "Error: There was an error in your OAuth request.")
	})
	t.Run("replay", func(t *testing.T) {
		server, _ := newServer(sandbox.Config{})
		protocol := protocolParameters("")
		protocol["oauth_callback"] = wikiCallback
		send(server, wikiRequest(plainWay, "initiate", protocol, ""))
		got := send(server, wikiRequest(plainWay, "initiate", protocol, ""))
		checkWiki(t, got, protocolError+"Nonce already used: "+protocol["oauth_nonce"])
	})
	t.Run("timestamps that pass", func(t *testing.T) {
		server, _ := newServer(sandbox.Config{})
		for _, stamp := range []string{"1699999700", "1700000300"} {
			protocol := protocolParameters("")
			protocol["oauth_callback"], protocol["oauth_timestamp"] = wikiCallback, stamp
			got := send(server, wikiRequest(plainWay, "initiate", protocol, ""))
			if !strings.HasPrefix(got.body, "oauth_token=") {
				t.Errorf("%s: body %q", stamp, got.body)
			}
		}
	})
}

func TestCommonsRefusesToExchange(t *testing.T) {
	server, now := newServer(sandbox.Config{})
	approved := func() (oauth.TemporaryCredentials, string) {
		temporary := wikiInitiate(t, server, plainWay, wikiCallback)
		return temporary, wikiApprove(t, server, temporary.Token).Query().Get("oauth_verifier")
	}
	t.Run("wrong verifier", func(t *testing.T) {
		temporary, _ := approved()
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, "x")), wrongVerifier)
	})
	t.Run("no verifier", func(t *testing.T) {
		temporary, _ := approved()
		r := wikiRequest(plainWay, "token", protocolParameters(temporary.Token), temporary.Secret.Reveal())
		checkWiki(t, send(server, r), wrongVerifier)
	})
	t.Run("not approved", func(t *testing.T) {
		temporary := wikiInitiate(t, server, plainWay, wikiCallback)
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, "")), wrongVerifier)
	})
	t.Run("no token", func(t *testing.T) {
		checkWiki(t, send(server, wikiRequest(plainWay, "token", protocolParameters(""), "")), noTemporary)
	})
	t.Run("token that nobody issued", func(t *testing.T) {
		checkWiki(t, send(server, wikiExchange(plainWay, oauth.TemporaryCredentials{Token: "x"}, "x")), noTemporary)
	})
	t.Run("token of Flickr", func(t *testing.T) {
		temporary := requestToken(t, server, plainWay, callbackURL)
		verifier := approve(t, server, temporary.Token, "read")
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, verifier)), noTemporary)
	})
	t.Run("wrong secret", func(t *testing.T) {
		temporary, verifier := approved()
		forged := oauth.TemporaryCredentials{Token: temporary.Token, Secret: "guess"}
		checkWiki(t, send(server, wikiExchange(plainWay, forged, verifier)), protocolError+"Invalid signature")
	})
	t.Run("second exchange", func(t *testing.T) {
		temporary, verifier := approved()
		send(server, wikiExchange(plainWay, temporary, verifier))
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, verifier)), noTemporary)
	})
	t.Run("declined", func(t *testing.T) {
		temporary := wikiInitiate(t, server, plainWay, wikiCallback)
		visit, err := visitorOf(server).Deny(t.Context(), wikiAuthorize(temporary.Token))
		if err != nil || visit.URL.Host != "sandbox.example" || !strings.Contains(visit.Body, "You chose not to authorize it") {
			t.Fatalf("ended at %s: %v\n%s", visit.URL, err, visit.Body)
		}
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, "x")), noTemporary)
	})
	t.Run("expired", func(t *testing.T) {
		temporary, verifier := approved()
		*now = now.Add(600*time.Second + 1)
		checkWiki(t, send(server, wikiExchange(plainWay, temporary, verifier)), noTemporary)
	})
}

func TestCommonsRefusesToIdentify(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token, revoked := wikiLink(t, server, plainWay), wikiLink(t, server, plainWay)
	server.Revoke(revoked.Token)
	temporary := wikiInitiate(t, server, plainWay, wikiCallback)
	flickrs := link(t, server, "read")
	for _, test := range []struct {
		name         string
		token        oauth.TokenCredentials
		key, message string
	}{
		{"no token", oauth.TokenCredentials{}, "mwoauthdatastore-access-token-not-found", noGrant},
		{"unknown token", oauth.TokenCredentials{Token: "x"}, "mwoauthdatastore-access-token-not-found", noGrant},
		{"request token", oauth.TokenCredentials(temporary), "mwoauthdatastore-access-token-not-found", noGrant},
		{"token of Flickr", flickrs, "mwoauthdatastore-access-token-not-found", noGrant},
		{"revoked token", revoked, "mwoauthdatastore-access-token-not-found", noGrant},
		{
			"wrong secret",
			oauth.TokenCredentials{Token: token.Token, Secret: "guess"},
			"mwoauth-oauth-exception", protocolProblem + "Invalid signature",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := wikiRequest(plainWay, "identify", protocolParameters(test.token.Token), test.token.Secret.Reveal())
			got := send(server, r)
			want := `{"error":"` + test.key + `","message":"` + test.message + `"}` + "\n"
			if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" || got.body != want {
				t.Errorf("status %d, type %q, body %q, want %q", got.status, got.header.Get("Content-Type"), got.body, want)
			}
		})
	}
}

func TestCommonsPages(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := wikiInitiate(t, server, plainWay, wikiCallback).Token
	key := sandbox.PracticeClient.Key
	const unknownKey = "<h1>Sorry, something went wrong connecting this application. Unknown OAuth key, E006</h1>"
	for _, test := range []struct {
		name, target string
		status       int
		body         string
	}{
		{
			"the question", "?title=Special:OAuth/authorize&oauth_token=" + token + "&oauth_consumer_key=" + key, 200,
			"<strong>access information on your behalf</strong>",
		},
		{
			"authenticate", "?title=Special:OAuth/authenticate&oauth_token=" + token + "&oauth_consumer_key=" + key, 200,
			">Allow</button>",
		},
		{"no key", "?title=Special:OAuth/authorize&oauth_token=" + token, 200, unknownKey},
		{"another key", "?title=Special:OAuth/authorize&oauth_token=" + token + "&oauth_consumer_key=x", 200, unknownKey},
		{
			"unknown token", "?title=Special:OAuth/authorize&oauth_token=x&oauth_consumer_key=" + key, 200,
			`<h1>Oops! Wikimedia Commons doesn't recognise the "oauth_token" this application is trying to use.</h1>`,
		},
		{"no such page", "?title=Special:OAuth/grant", 200, "Unknown URL, E002</h1>"},
		{"a code without token", "?title=Special:OAuth/verified&oauth_verifier=x", 200, "OAuth missing parameters, E001</h1>"},
		{"a page of the wiki", "?title=Main_Page", 404, "404 page not found"},
		{"no title", "", 404, "404 page not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := get(server, wikiPath+test.target)
			if got.status != test.status || !strings.Contains(got.body, test.body) {
				t.Errorf("status %d, want %d and %q in\n%s", got.status, test.status, test.body, got.body)
			}
		})
	}
	t.Run("short address", func(t *testing.T) {
		got := get(server, "/wiki/Special:OAuth/initiate?oauth_nonce=a%20b")
		want := wikiPath + "?title=Special:OAuth/initiate&oauth_nonce=a%20b"
		if location := got.header.Get("Location"); got.status != http.StatusMovedPermanently || location != want {
			t.Errorf("status %d, location %q, want 301, %q", got.status, location, want)
		}
	})
	for _, page := range []string{"initiate", "token", "authorize", "identify", "verified"} {
		t.Run("another method at "+page, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodDelete, wikiPath+"?title=Special:OAuth/"+page, nil)
			if got := send(server, r); got.status != http.StatusMethodNotAllowed {
				t.Errorf("status %d, want 405", got.status)
			}
		})
	}
}

func TestCommonsFaults(t *testing.T) {
	named := sandbox.EndpointOf("commons", sandbox.Login)
	server, _ := newServer(sandbox.Config{Faults: sandbox.Faults{PersonAt: map[sandbox.Endpoint]sandbox.Person{named: grace}}})
	token := wikiLink(t, server, plainWay)
	got := send(server, wikiRequest(plainWay, "identify", protocolParameters(token.Token), token.Secret.Reveal()))
	if name := claims(t, got.body)["username"]; name != "Gracepractice" {
		t.Errorf("user name %q", name)
	}
	server, _ = newServer(sandbox.Config{Faults: sandbox.Faults{CallbackUnconfirmed: true}})
	protocol := protocolParameters("")
	protocol["oauth_callback"] = wikiCallback
	if got := send(server, wikiRequest(plainWay, "initiate", protocol, "")); strings.Contains(got.body, "confirmed") ||
		strings.HasSuffix(got.body, "&") {
		t.Errorf("body %q", got.body)
	}
	for page, endpoint := range map[string]sandbox.Endpoint{
		"initiate": sandbox.RequestToken, "authorize": sandbox.Authorize, "token": sandbox.AccessToken, "identify": sandbox.Login,
	} {
		server, _ := newServer(at(sandbox.EndpointOf("commons", endpoint), sandbox.Answer(http.StatusTeapot, "")))
		if got := get(server, wikiPath+"?title=Special:OAuth/"+page); got.status != http.StatusTeapot {
			t.Errorf("%s: status %d", page, got.status)
		}
	}
}
