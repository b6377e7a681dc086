package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

const (
	wordPressCallback = "http://127.0.0.1:8714/wordpress" // registered for the practice client
	wordPressMe       = "/wp-json/wp/v2/users/me"
)

var wordPressSteps = steps{
	"/oauth1/request", "/oauth1/authorize", "/oauth1/access", way{http.MethodPost, "header"}, wordPressCallback,
}

func TestWordPressLinks(t *testing.T) {
	temporaryBody := regexp.MustCompile(
		`^oauth_token=[0-9A-Za-z]{24}&oauth_token_secret=[0-9A-Za-z]{48}&oauth_callback_confirmed=true$`)
	location := regexp.MustCompile(`^http://127\.0\.0\.1:8714/wordpress\?nonce=a%20b` +
		`&oauth_token=[0-9A-Za-z]{24}&oauth_verifier=[0-9A-Za-z]{24}&wp_scope=%2A$`)
	tokenBody := regexp.MustCompile(`^oauth_token=[0-9A-Za-z]{24}&oauth_token_secret=[0-9A-Za-z]{48}$`)
	const contentType = "application/x-www-form-urlencoded; charset=utf-8"
	for _, way := range []way{
		{http.MethodGet, "header"},
		{http.MethodGet, "query"},
		{http.MethodPost, "header"},
		{http.MethodPost, "form"},
	} {
		t.Run(way.method+" "+way.place, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			s := wordPressSteps
			s.way, s.callback = way, wordPressCallback+"?nonce=a%20b"
			check(t, "request token", send(server, s.asking(way)), contentType, temporaryBody)
			temporary := s.temporary(t, server)
			callback := s.approve(t, server, temporary.Token, "")
			if !location.MatchString(callback.String()) {
				t.Errorf("callback %q", callback)
			}
			got := send(server, s.exchanging(way, temporary, callback.Query().Get("oauth_verifier")))
			check(t, "access token", got, contentType, tokenBody)

			const known = `"id": 12345678, "name": "Ada Practice", "slug": "adapractice", "url": "", "description": "",
				"link": "http://sandbox.example/author/adapractice/", "avatar_urls": {
					"24": "http://sandbox.example/buddyicons/12345678@N00.jpg",
					"48": "http://sandbox.example/buddyicons/12345678@N00.jpg",
					"96": "http://sandbox.example/buddyicons/12345678@N00.jpg"
				}`
			token := tokenIn(t, got)
			checkJSON(t, send(server, api(s, wordPressMe, token, nil)), 200, "{"+known+"}")
			checkJSON(t, send(server, api(s, wordPressMe, token, url.Values{"context": {"edit"}})), 200,
				"{"+known+`, "username": "adapractice", "email": "adapractice@photos.example"}`)
		})
	}
}

func TestWordPressSaysWhereItsEndpointsAre(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	for _, test := range []struct{ address, site string }{
		{"http://sandbox.example/wp-json/", "http://sandbox.example"},
		{"http://127.0.0.1:8080/wp-json", "http://127.0.0.1:8080"},
		{"https://sandbox.example/wp-json/", "https://sandbox.example"},
	} {
		t.Run(test.address, func(t *testing.T) {
			checkJSON(t, send(server, httptest.NewRequest(http.MethodGet, test.address, nil)), 200,
				strings.ReplaceAll(`{
					"name": "Ada Practice", "description": "", "url": "SITE", "home": "SITE", "namespaces": ["wp/v2"],
					"authentication": {"oauth1": {
						"request": "SITE/oauth1/request", "authorize": "SITE/oauth1/authorize",
						"access": "SITE/oauth1/access", "version": "0.1"
					}}
				}`, "SITE", test.site))
		})
	}
	if got := send(server, httptest.NewRequest(http.MethodPost, "/wp-json/", nil)); got.status != 405 {
		t.Errorf("wrong method: status %d", got.status)
	}
}

func TestWordPressRefusesWrongRequests(t *testing.T) {
	checkRefusals(t, wordPressSteps, []refusal{
		{
			"nothing at all", func(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
				return get(server, s.request)
			}, 400, "No OAuth parameters supplied",
		},
		{
			"nothing at all at the third step", func(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
				return get(server, s.access)
			}, 400, "No OAuth parameters supplied",
		},
		{"no nonce", asked(map[string]string{"oauth_nonce": ""}), 401, "Missing OAuth parameter oauth_nonce"},
		{
			"another version", asked(map[string]string{"oauth_version": "2.0"}), 400,
			"version_rejected",
		},
		{
			"another signature method", asked(map[string]string{"oauth_signature_method": "PLAINTEXT"}), 401,
			"Signature method is invalid",
		},
		{"unknown key", asked(map[string]string{"oauth_consumer_key": "x"}), 401, "Consumer Key is invalid"},
		{"old timestamp", asked(map[string]string{"oauth_timestamp": "1699999099"}), 401, "Invalid timestamp"},
		{"timestamp ahead", asked(map[string]string{"oauth_timestamp": "1700000901"}), 401, "Invalid timestamp"},
		{"wrong signature", asked(map[string]string{"oauth_signature": "x"}), 401, "OAuth signature does not match"},
		{"replay", askedTwice, 401, "Invalid nonce - nonce has already been used"},
		{"wrong method at the first step", askedWithPut, 405, "method not allowed\n"},
		{"wrong method at the third step", exchangedWithPut, 405, "method not allowed\n"},
		{"no token and no verifier", exchangedNothing, 401, "Missing OAuth parameters oauth_token, oauth_verifier"},
		{"unknown token", exchangedUnknown, 400, "Invalid token"},
		{"token of another service", exchangedTokenOfFlickr, 400, "Invalid token"},
		{"not approved", exchangedUnapproved, 400, "OAuth verifier does not match"},
		{"denied", exchangedDenied, 400, "Invalid token"},
		{"wrong verifier", exchangedWrongVerifier, 400, "OAuth verifier does not match"},
		{"second exchange", exchangedTwice, 400, "Invalid token"},
		{"after a day", exchangedAfter(24 * time.Hour), 401, "OAuth request token has expired"},
	})
}

func TestWordPressTakesTimestampsOfFifteenMinutes(t *testing.T) {
	for _, test := range []struct{ name, stamp string }{
		{"old", "1699999100"},
		{"ahead", "1700000900"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, now := newServer(sandbox.Config{})
			ok(t, asked(map[string]string{"oauth_timestamp": test.stamp})(t, wordPressSteps, server, now))
		})
	}
}

func TestWordPressCallsTheRegisteredAddressAlone(t *testing.T) {
	for _, test := range []struct {
		name, registered, callback string
		taken                      bool
	}{
		{"the same", wordPressCallback, wordPressCallback, true},
		{"with a query", wordPressCallback, wordPressCallback + "?nonce=1", true},
		{"another query", wordPressCallback + "?a=b", wordPressCallback + "?c=d", true},
		{"another scheme", wordPressCallback, "https://127.0.0.1:8714/wordpress", false},
		{"another host", wordPressCallback, "http://localhost:8714/wordpress", false},
		{"another port", wordPressCallback, "http://127.0.0.1:8715/wordpress", false},
		{"another path", wordPressCallback, wordPressCallback + "/", false},
		{"with a user", wordPressCallback, "http://user@127.0.0.1:8714/wordpress", false},
		{"IPv6, which the plugin refuses", "http://[::1]:8714/", "http://[::1]:8714/", false},
		{"a scheme without host", "photos:/x", "photos:/x", false},
		{"no address", wordPressCallback, "test", false},
		{"a code, but an address is registered", wordPressCallback, "oob", false},
		{"an address, but a code is registered", "oob", wordPressCallback, false},
		{"a code, as registered", "oob", "oob", true},
		{"nothing registered", "", wordPressCallback, false},
		{"nothing registered, a code", "", "oob", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Clients: []sandbox.Client{{
				ClientCredentials: sandbox.PracticeClient, Callbacks: map[string]string{"wordpress": test.registered},
			}}})
			s := wordPressSteps
			s.callback = test.callback
			if got := send(server, s.asking(s.way)); test.taken {
				ok(t, got)
			} else {
				checkProblem(t, got, 500, "Callback URL is invalid")
			}
		})
	}
	t.Run("none told", func(t *testing.T) {
		server, _ := newServer(sandbox.Config{})
		values := parse(t, ok(t, send(server, signed(wordPressSteps.way, wordPressSteps.request, protocolParameters(""),
			nil, ""))).body)
		checkOops(t, get(server, wordPressSteps.authorize+"?oauth_token="+values.Get("oauth_token")),
			"Oops! WordPress can't find a valid callback URL.")
	})
}

func TestWordPressShowsACodeWhereThatIsRegistered(t *testing.T) {
	server, _ := newServer(sandbox.Config{Clients: []sandbox.Client{{
		ClientCredentials: sandbox.PracticeClient, Callbacks: map[string]string{"wordpress": "oob"},
	}}})
	s := wordPressSteps
	s.callback = "oob"
	temporary := s.temporary(t, server)
	visit, err := sandbox.Visitor{Transport: inProcess{server}}.Approve(t.Context(), s.page(temporary.Token, ""))
	shown := regexp.MustCompile(`<p id="code">([0-9A-Za-z]{24})</p>`).FindStringSubmatch(visit.Body)
	if err != nil || shown == nil {
		t.Fatalf("%v, page:\n%s", err, visit.Body)
	}
	tokenIn(t, send(server, s.exchanging(s.way, temporary, shown[1])))
}

func TestWordPressDenialLeadsNowhere(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	page := wordPressSteps.page(wordPressSteps.temporary(t, server).Token, "")
	visit, err := sandbox.Visitor{Transport: inProcess{server}}.Deny(t.Context(), page)
	if err != nil || visit.URL.Host != "sandbox.example" || !strings.Contains(visit.Body, "You chose not to authorize it") {
		t.Errorf("%v, at %v:\n%s", err, visit.URL, visit.Body)
	}
}

func TestWordPressAPIRefuses(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token, revoked := wordPressSteps.link(t, server, ""), wordPressSteps.link(t, server, "")
	server.Revoke(revoked.Token)
	forged := oauth.TokenCredentials{Token: token.Token, Secret: "guess"}
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{
			"unsigned", httptest.NewRequest(http.MethodGet, wordPressMe, nil), 401,
			`{"code":"rest_not_logged_in","message":"You are not currently logged in.","data":{"status":401}}`,
		},
		{
			"wrong signature", api(wordPressSteps, wordPressMe, forged, nil), 401,
			`{"code":"json_oauth1_signature_mismatch","message":"OAuth signature does not match","data":{"status":401}}`,
		},
		{
			"revoked token", api(wordPressSteps, wordPressMe, revoked, nil), 401, `{"code":"json_oauth1_consumer_mismatch",
				"message":"Token is not registered for the given consumer","data":{"status":401}}`,
		},
		{
			"something else", api(wordPressSteps, "/wp-json/wp/v2/posts", token, nil), 404, `{"code":"rest_no_route",
				"message":"No route was found matching the URL and request method.","data":{"status":404}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) { checkJSON(t, send(server, test.r), test.status, test.body) })
	}
	if got := send(server, httptest.NewRequest(http.MethodPost, wordPressMe, nil)); got.status != 405 {
		t.Errorf("wrong method: status %d", got.status)
	}
}
