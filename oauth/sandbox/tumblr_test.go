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

var tumblrSteps = steps{
	"/oauth/request_token", "/oauth/authorize", "/oauth/access_token", way{http.MethodPost, "header"}, callbackURL,
}

const tumblrUserInfo = "/v2/user/info"

func TestTumblrLinks(t *testing.T) {
	temporaryBody := regexp.MustCompile(
		`^oauth_token=[0-9A-Za-z]{50}&oauth_token_secret=[0-9A-Za-z]{50}&oauth_callback_confirmed=true$`)
	location := regexp.MustCompile(`^http://127\.0\.0\.1:5000/callback\?keep=a%20b` +
		`&oauth_token=[0-9A-Za-z]{50}&oauth_verifier=[0-9A-Za-z]{50}#_=_$`)
	tokenBody := regexp.MustCompile(`^oauth_token=[0-9A-Za-z]{50}&oauth_token_secret=[0-9A-Za-z]{50}$`)
	const contentType = "application/x-www-form-urlencoded"
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			s := tumblrSteps
			s.way.method = method
			check(t, "request token", send(server, s.asking(s.way)), contentType, temporaryBody)
			temporary := s.temporary(t, server)
			callback := s.approve(t, server, temporary.Token, "&source=x")
			if !location.MatchString(callback.String()) {
				t.Errorf("callback %q", callback)
			}
			got := send(server, s.exchanging(s.way, temporary, callback.Query().Get("oauth_verifier")))
			check(t, "access token", got, contentType, tokenBody)

			checkJSON(t, send(server, api(s, tumblrUserInfo, tokenIn(t, got), nil)), 200, `{
				"meta": {"status": 200, "msg": "OK"},
				"response": {"user": {
					"following": 0, "default_post_format": "html", "name": "adapractice", "likes": 0,
					"blogs": [{
						"name": "adapractice", "title": "Ada Practice", "url": "https://adapractice.tumblr.com/",
						"tweet": "auto", "primary": true, "followers": 0
					}]
				}}
			}`)
		})
	}
}

func TestTumblrRefusesWrongRequests(t *testing.T) {
	checkRefusals(t, tumblrSteps, []refusal{
		{
			"parameters in the form", func(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
				return send(server, s.asking(way{http.MethodPost, "form"}))
			}, 400, "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_consumer_key%26oauth_signature" +
				"%26oauth_signature_method%26oauth_nonce%26oauth_timestamp",
		},
		{
			"another signature method", asked(map[string]string{"oauth_signature_method": "PLAINTEXT"}), 400,
			"oauth_problem=signature_method_rejected",
		},
		{"unknown key", asked(map[string]string{"oauth_consumer_key": "x"}), 401, "oauth_problem=consumer_key_unknown"},
		{"old timestamp", asked(map[string]string{"oauth_timestamp": "1699999699"}), 401, "oauth_problem=timestamp_refused"},
		{"replay", askedTwice, 401, "oauth_problem=nonce_used"},
		{"wrong method at the first step", askedWithPut, 405, "method not allowed\n"},
		{"wrong method at the third step", exchangedWithPut, 405, "method not allowed\n"},
		{
			"no token and no verifier", exchangedNothing, 400,
			"oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token%26oauth_verifier",
		},
		{"unknown token", exchangedUnknown, 401, "oauth_problem=token_rejected"},
		{"token of another service", exchangedTokenOfFlickr, 401, "oauth_problem=token_rejected"},
		{"not approved", exchangedUnapproved, 401, "oauth_problem=verifier_invalid"},
		{"denied", exchangedDenied, 401, "oauth_problem=token_rejected"},
		{"wrong verifier", exchangedWrongVerifier, 401, "oauth_problem=verifier_invalid"},
		{"second exchange", exchangedTwice, 401, "oauth_problem=token_rejected"},
		{"after ten minutes", exchangedAfter(10 * time.Minute), 401, "oauth_problem=token_expired"},
	})
}

func TestTumblrTellsTheSignatureThatItExpected(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	temporary := tumblrSteps.temporary(t, server)
	verifier := tumblrSteps.approve(t, server, temporary.Token, "").Query().Get("oauth_verifier")
	for _, test := range []struct {
		name, path string
		protocol   map[string]string
		secret     string
	}{
		{"first step", tumblrSteps.request, protocolParameters(""), ""},
		{"third step", tumblrSteps.access, protocolParameters(temporary.Token), temporary.Secret.Reveal()},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.secret != "" {
				test.protocol["oauth_verifier"] = verifier
			}
			right := signed(tumblrSteps.way, test.path, test.protocol, nil, test.secret)
			expected := regexp.MustCompile(`oauth_signature="([^"]*)"`).FindStringSubmatch(right.Header.Get("Authorization"))
			want, _ := url.PathUnescape(expected[1])
			test.protocol["oauth_signature"] = "wrong+one="
			checkProblem(t, send(server, signed(tumblrSteps.way, test.path, test.protocol, nil, test.secret)), 401,
				"oauth_signature [wrong+one=] does not match expected value ["+want+"]")
			ok(t, send(server, right))
		})
	}
}

func TestTumblrCallsTheRegisteredAddressUnlessToldAnother(t *testing.T) {
	const registered = "http://photos.example/registered"
	const nowhere = "Oops! Tumblr can't find a valid callback URL."
	for _, test := range []struct{ name, registered, callback, want string }{
		{"none told", registered, "", registered + "?oauth_token="},
		{"another one told", registered, "http://127.0.0.1:5000/x", "http://127.0.0.1:5000/x?oauth_token="},
		{"none registered, none told", "", "", nowhere},
		{"none registered, one told", "", "http://127.0.0.1:5000/x", "http://127.0.0.1:5000/x?oauth_token="},
		{"registered address that is none", "photos", "", nowhere},
		{"told a code is wanted", registered, "oob", nowhere},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Clients: []sandbox.Client{{
				ClientCredentials: sandbox.PracticeClient, Callbacks: map[string]string{"tumblr": test.registered},
			}}})
			protocol := protocolParameters("")
			if test.callback != "" {
				protocol["oauth_callback"] = test.callback
			}
			token := parse(t, ok(t, send(server, signed(tumblrSteps.way, tumblrSteps.request, protocol, nil, ""))).body)
			page := tumblrSteps.page(token.Get("oauth_token"), "")
			if test.want == nowhere {
				checkOops(t, send(server, httptest.NewRequest(http.MethodGet, page, nil)), nowhere)
				return
			}
			got := tumblrSteps.approve(t, server, token.Get("oauth_token"), "").String()
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("callback %q", got)
			}
		})
	}
}

func TestTumblrDenialCallsBackWithNothing(t *testing.T) {
	for _, test := range []struct{ callback, want string }{
		{"http://127.0.0.1:5000/callback", "http://127.0.0.1:5000/callback#_=_"},
		{callbackURL, callbackURL + "#_=_"},
	} {
		t.Run(test.callback, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			s := tumblrSteps
			s.callback = test.callback
			visit, err := sandbox.Visitor{Transport: inProcess{server}}.Deny(t.Context(), s.page(s.temporary(t, server).Token, ""))
			if err != nil || visit.URL.String() != test.want {
				t.Errorf("%v, at %v", err, visit.URL)
			}
		})
	}
}

func TestTumblrAPIRefuses(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token, revoked := tumblrSteps.link(t, server, ""), tumblrSteps.link(t, server, "")
	server.Revoke(revoked.Token)
	forged := oauth.TokenCredentials{Token: token.Token, Secret: "guess"}
	const blog = "/v2/blog/adapractice/info"
	const unauthorized = `{"meta":{"status":401,"msg":"Unauthorized"},` +
		`"errors":[{"title":"Unauthorized","code":0,"detail":"Got an error. Try again."}],"response":[]}`
	const notFound = `{"meta":{"status":404,"msg":"Not Found"},` +
		`"errors":[{"title":"Not Found","code":0,"detail":"Not Found"}],"response":[]}`
	const forbidden = `{"meta":{"status":403,"msg":"Forbidden"},` +
		`"errors":[{"title":"Forbidden","code":0,"detail":"User-Agent is required."}],"response":[]}`
	inQuery := tumblrSteps
	inQuery.way = plainWay
	unsigned := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "http://sandbox.example"+path, nil)
		r.Header.Set("User-Agent", "test")
		return r
	}
	nameless := api(tumblrSteps, tumblrUserInfo, token, nil)
	nameless.Header.Del("User-Agent")
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"no User-Agent", nameless, 403, forbidden},
		{"unsigned", unsigned(tumblrUserInfo), 401, unauthorized},
		{"signed in the query", api(inQuery, tumblrUserInfo, token, nil), 401, unauthorized},
		{"wrong signature", api(tumblrSteps, tumblrUserInfo, forged, nil), 401, unauthorized},
		{"revoked token", api(tumblrSteps, tumblrUserInfo, revoked, nil), 401, unauthorized},
		{"something else", api(tumblrSteps, blog, token, nil), 404, notFound},
		{"something else with fields", api(tumblrSteps, blog, token, url.Values{"limit": {"50"}}), 404, notFound},
		{"something else unsigned", unsigned(blog + "?api_key=x"), 404, notFound},
		{"something else with a wrong signature", api(tumblrSteps, blog, forged, nil), 401, unauthorized},
	} {
		t.Run(test.name, func(t *testing.T) { checkJSON(t, send(server, test.r), test.status, test.body) })
	}
	if got := send(server, httptest.NewRequest(http.MethodPost, tumblrUserInfo, nil)); got.status != 405 {
		t.Errorf("wrong method: status %d", got.status)
	}
	if got := get(server, "/oauth/"); got.status != 404 {
		t.Errorf("another path: status %d", got.status)
	}
}
