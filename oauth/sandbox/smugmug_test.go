package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

// steps is where a service has its three OAuth endpoints, and how its clients like to send their requests.
type steps struct {
	request, authorize, access string
	way                        way
	callback                   string
}

var smugMugSteps = steps{
	"/services/oauth/1.0a/getRequestToken", "/services/oauth/1.0a/authorize", "/services/oauth/1.0a/getAccessToken",
	plainWay, callbackURL,
}

func (s steps) asking(way way) *http.Request {
	protocol := protocolParameters("")
	protocol["oauth_callback"] = s.callback
	return signed(way, s.request, protocol, nil, "")
}

func (s steps) exchanging(way way, temporary oauth.TemporaryCredentials, verifier string) *http.Request {
	protocol := protocolParameters(temporary.Token)
	protocol["oauth_verifier"] = verifier
	return signed(way, s.access, protocol, nil, temporary.Secret.Reveal())
}

func (s steps) temporary(t *testing.T, server http.Handler) oauth.TemporaryCredentials {
	t.Helper()
	values := parse(t, ok(t, send(server, s.asking(s.way))).body)
	return oauth.TemporaryCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

// page is the address where the person decides.
func (s steps) page(token, query string) string {
	return "http://sandbox.example" + s.authorize + "?oauth_token=" + token + query
}

// approve returns where the browser is sent when the person approves.
func (s steps) approve(t *testing.T, server http.Handler, token, query string) *url.URL {
	t.Helper()
	visit, err := sandbox.Visitor{Transport: inProcess{server}}.ApproveOnly(t.Context(), s.page(token, query))
	if err != nil || visit.URL == nil {
		t.Fatalf("approve: %v, to %v", err, visit.URL)
	}
	return visit.URL
}

func (s steps) link(t *testing.T, server http.Handler, query string) oauth.TokenCredentials {
	t.Helper()
	temporary := s.temporary(t, server)
	verifier := s.approve(t, server, temporary.Token, query).Query().Get("oauth_verifier")
	return tokenIn(t, send(server, s.exchanging(s.way, temporary, verifier)))
}

func tokenIn(t *testing.T, got answer) oauth.TokenCredentials {
	t.Helper()
	values := parse(t, ok(t, got).body)
	return oauth.TokenCredentials{
		Token: values.Get("oauth_token"), Secret: oauth.Secret(values.Get("oauth_token_secret")),
	}
}

func ok(t *testing.T, got answer) answer {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("status %d, body %q", got.status, got.body)
	}
	return got
}

// inProcess takes a visitor's requests to the server. All other hosts have an empty page.
type inProcess struct{ server http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	if r.URL.Host == "sandbox.example" {
		p.server.ServeHTTP(recorder, r)
	}
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// mistake does something wrong at an OAuth endpoint of a service.
type mistake func(t *testing.T, s steps, server *sandbox.Server, now *time.Time) answer

// asked is a request for temporary credentials with some parameters changed.
func asked(change map[string]string) mistake {
	return func(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
		protocol := protocolParameters("")
		protocol["oauth_callback"] = s.callback
		for name, value := range change {
			protocol[name] = value
			if value == "" {
				delete(protocol, name)
			}
		}
		return send(server, signed(s.way, s.request, protocol, nil, ""))
	}
}

func askedTwice(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	protocol := protocolParameters("")
	protocol["oauth_callback"] = s.callback
	send(server, signed(s.way, s.request, protocol, nil, ""))
	return send(server, signed(s.way, s.request, protocol, nil, ""))
}

func askedWithPut(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	return send(server, httptest.NewRequest(http.MethodPut, s.request, nil))
}

func exchangedWithPut(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	return send(server, httptest.NewRequest(http.MethodPut, s.access, nil))
}

func exchangedNothing(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	return send(server, signed(s.way, s.access, protocolParameters(""), nil, ""))
}

func exchangedUnknown(_ *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	return send(server, s.exchanging(s.way, oauth.TemporaryCredentials{Token: "unknown"}, "x"))
}

func exchangedTokenOfFlickr(t *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	temporary := requestToken(t, server, plainWay, callbackURL)
	return send(server, s.exchanging(s.way, temporary, approve(t, server, temporary.Token, "read")))
}

func exchangedUnapproved(t *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	return send(server, s.exchanging(s.way, s.temporary(t, server), "x"))
}

func exchangedDenied(t *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	temporary := s.temporary(t, server)
	if _, err := (sandbox.Visitor{Transport: inProcess{server}}).Deny(t.Context(), s.page(temporary.Token, "")); err != nil {
		t.Fatal(err)
	}
	return send(server, s.exchanging(s.way, temporary, "x"))
}

func exchangedWrongVerifier(t *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	temporary := s.temporary(t, server)
	s.approve(t, server, temporary.Token, "")
	return send(server, s.exchanging(s.way, temporary, "x"))
}

func exchangedTwice(t *testing.T, s steps, server *sandbox.Server, _ *time.Time) answer {
	temporary := s.temporary(t, server)
	verifier := s.approve(t, server, temporary.Token, "").Query().Get("oauth_verifier")
	ok(t, send(server, s.exchanging(s.way, temporary, verifier)))
	return send(server, s.exchanging(s.way, temporary, verifier))
}

// exchangedAfter waits so long, and so long only after which it is too late.
func exchangedAfter(lifetime time.Duration) mistake {
	return func(t *testing.T, s steps, server *sandbox.Server, now *time.Time) answer {
		exchange := func(after time.Duration) answer {
			begin := *now
			defer func() { *now = begin }()
			temporary := s.temporary(t, server)
			verifier := s.approve(t, server, temporary.Token, "").Query().Get("oauth_verifier")
			*now = now.Add(after)
			protocol := protocolParameters(temporary.Token)
			protocol["oauth_verifier"] = verifier
			protocol["oauth_timestamp"] = strconv.FormatInt(now.Unix(), 10)
			return send(server, signed(s.way, s.access, protocol, nil, temporary.Secret.Reveal()))
		}
		ok(t, exchange(lifetime))
		return exchange(lifetime + time.Second)
	}
}

// refusal is what a mistake leads to.
type refusal struct {
	name   string
	do     mistake
	status int
	body   string
}

func checkRefusals(t *testing.T, s steps, refusals []refusal) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			server, now := newServer(sandbox.Config{})
			checkProblem(t, test.do(t, s, server, now), test.status, test.body)
		})
	}
}

// api is a signed call of a service's API.
func api(s steps, path string, token oauth.TokenCredentials, fields url.Values) *http.Request {
	get := way{http.MethodGet, s.way.place}
	if get.place == "form" {
		get.place = "query"
	}
	r := signed(get, path, protocolParameters(token.Token), fields, token.Secret.Reveal())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "test")
	return r
}

// checkJSON compares an answer with JSON text.
func checkJSON(t *testing.T, got answer, status int, want string) {
	t.Helper()
	var gotValue, wantValue any
	if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got.body), &gotValue); err != nil || got.status != status {
		t.Fatalf("status %d, want %d; %v; body %q", got.status, status, err, got.body)
	}
	if diff := cmp.Diff(wantValue, gotValue); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if got := got.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
}

func TestSmugMugLinks(t *testing.T) {
	temporaryBody := regexp.MustCompile(
		`^oauth_token=[0-9A-Za-z]{32}&oauth_token_secret=[0-9A-Za-z]{64}&oauth_callback_confirmed=true$`)
	location := regexp.MustCompile(
		`^http://127\.0\.0\.1:5000/callback\?keep=a%20b&oauth_token=[0-9A-Za-z]{32}&oauth_verifier=[0-9A-Za-z]{32}$`)
	tokenBody := regexp.MustCompile(`^oauth_token=[0-9A-Za-z]{32}&oauth_token_secret=[0-9A-Za-z]{64}$`)
	const contentType = "application/x-www-form-urlencoded"
	for _, way := range []way{
		{http.MethodGet, "header"},
		{http.MethodGet, "query"},
		{http.MethodPost, "header"},
		{http.MethodPost, "form"},
	} {
		t.Run(way.method+" "+way.place, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			s := smugMugSteps
			s.way = way
			check(t, "request token", send(server, s.asking(way)), contentType, temporaryBody)
			temporary := s.temporary(t, server)
			callback := s.approve(t, server, temporary.Token, "")
			if !location.MatchString(callback.String()) {
				t.Errorf("callback %q", callback)
			}
			got := send(server, s.exchanging(way, temporary, callback.Query().Get("oauth_verifier")))
			check(t, "access token", got, contentType, tokenBody)

			checkJSON(t, send(server, api(s, smugMugAuthUser, tokenIn(t, got), url.Values{"_verbosity": {"1"}})), 200, `{
				"Code": 200, "Message": "Ok", "Response": {
					"EndpointType": "AuthUser", "Locator": "User", "LocatorType": "Object", "Uri": "/api/v2!authuser",
					"UriDescription": "Currently authenticated user",
					"User": {
						"AccountStatus": "Active", "Domain": "", "FirstName": "", "ImageCount": 128, "LastName": "",
						"Name": "Ada Practice", "NickName": "adapractice", "Plan": "Basic", "RefTag": "TEjaxa2MF2LJ6",
						"ResponseLevel": "Public", "Uri": "/api/v2/user/adapractice",
						"WebUri": "https://adapractice.smugmug.com",
						"Uris": {
							"UserProfile": {"Uri": "/api/v2/user/adapractice!profile"},
							"UserAlbums": {"Uri": "/api/v2/user/adapractice!albums"},
							"Node": {"Uri": "/api/v2/node/zx4Fx"},
							"Folder": {"Uri": "/api/v2/folder/user/adapractice"}
						}
					}
				}
			}`)
		})
	}
}

const smugMugAuthUser = "/api/v2!authuser"

func TestSmugMugRefusesWrongRequests(t *testing.T) {
	checkRefusals(t, smugMugSteps, []refusal{
		{
			"no callback", asked(map[string]string{"oauth_callback": ""}), 400,
			"oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback",
		},
		{
			"another signature method", asked(map[string]string{"oauth_signature_method": "RSA-SHA1"}), 400,
			"oauth_problem=signature_method_rejected",
		},
		{"unknown key", asked(map[string]string{"oauth_consumer_key": "x"}), 401, "oauth_problem=consumer_key_unknown"},
		{"old timestamp", asked(map[string]string{"oauth_timestamp": "1699999699"}), 401, "oauth_problem=timestamp_refused"},
		{
			"wrong signature", asked(map[string]string{
				"oauth_signature": "wrong", "oauth_nonce": "fixed", "oauth_callback": "oob",
			}), 401, "oauth_problem=signature_invalid&debug_sbs=GET&" +
				"http%3A%2F%2Fsandbox.example%2Fservices%2Foauth%2F1.0a%2FgetRequestToken&oauth_callback%3Doob" +
				"%26oauth_consumer_key%3D70726163746963652d6163636f756e74%26oauth_nonce%3Dfixed" +
				"%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000",
		},
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
		{"after five minutes", exchangedAfter(5 * time.Minute), 401, "oauth_problem=token_expired"},
	})
}

func TestSmugMugShowsSixDigits(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	s := smugMugSteps
	s.callback = "oob"
	temporary := s.temporary(t, server)
	visit, err := sandbox.Visitor{Transport: inProcess{server}}.Approve(t.Context(), s.page(temporary.Token, ""))
	shown := regexp.MustCompile(`<p id="code">(\d{6})</p>`).FindStringSubmatch(visit.Body)
	if err != nil || shown == nil {
		t.Fatalf("%v, page:\n%s", err, visit.Body)
	}
	tokenIn(t, send(server, s.exchanging(s.way, temporary, shown[1])))
}

func TestSmugMugDenialLeadsNowhere(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := smugMugSteps.temporary(t, server).Token
	visit, err := sandbox.Visitor{Transport: inProcess{server}}.Deny(t.Context(), smugMugSteps.page(token, ""))
	if err != nil || visit.URL.Host != "sandbox.example" || !strings.Contains(visit.Body, "You chose not to authorize it") {
		t.Errorf("%v, at %v:\n%s", err, visit.URL, visit.Body)
	}
}

func TestSmugMugAsksForAccessAndPermissions(t *testing.T) {
	const refused = "<h1>Oops! SmugMug doesn't recognise the permission set.</h1>"
	for _, test := range []struct{ query, words string }{
		{"", `value="Public Read"`},
		{"&perms=read", `value="Public Read"`}, // which gallery-dl sends to everybody
		{"&Access=Full", `value="Full Read"`},
		{"&Permissions=Add", `value="Public Add"`},
		{"&Access=Full&Permissions=Modify", "see, upload and change photos</strong>"},
		{"&Access=Full&Permissions=Read", "see all your photos, private ones too"},
		{"&Access=All", refused},
		{"&Permissions=Delete", refused},
	} {
		t.Run("query "+test.query, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			token := smugMugSteps.temporary(t, server).Token
			got := get(server, smugMugSteps.authorize+"?oauth_token="+token+test.query)
			if !strings.Contains(got.body, test.words) {
				t.Errorf("page does not say %q:\n%s", test.words, got.body)
			}
		})
	}
}

func TestSmugMugKeepsTheLevelUntilThePersonTakesItBack(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	level := func(token oauth.TokenCredentials) string {
		var got struct {
			Response struct {
				User struct{ ResponseLevel string }
			}
		}
		if err := json.Unmarshal([]byte(send(server, api(smugMugSteps, smugMugAuthUser, token, nil)).body), &got); err != nil {
			t.Fatal(err)
		}
		return got.Response.User.ResponseLevel
	}
	first := smugMugSteps.link(t, server, "&Access=Public")
	second := smugMugSteps.link(t, server, "&Access=Full")
	if got := level(second); got != "Public" {
		t.Errorf("asked for more: level %q, want Public", got)
	}
	server.Revoke(first.Token)
	server.Revoke(second.Token)
	if got := level(smugMugSteps.link(t, server, "&Access=Full")); got != "Full" {
		t.Errorf("asked anew: level %q, want Full", got)
	}
}

func TestSmugMugAPIRefuses(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token, revoked := smugMugSteps.link(t, server, ""), smugMugSteps.link(t, server, "")
	server.Revoke(revoked.Token)
	forged := oauth.TokenCredentials{Token: token.Token, Secret: "guess"}
	unsigned := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "http://sandbox.example"+path, nil)
		r.Header.Set("Accept", "text/html, application/json")
		return r
	}
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		body   string
	}{
		{"unsigned", unsigned(smugMugAuthUser), 401, `{"Code":401,"Message":"Unauthorized"}`},
		{
			"wrong signature", api(smugMugSteps, smugMugAuthUser, forged, nil),
			401, `{"Code":401,"Message":"signature_invalid"}`,
		},
		{
			"revoked token", api(smugMugSteps, smugMugAuthUser, revoked, nil),
			401, `{"Code":401,"Message":"token_rejected"}`,
		},
		{"something else", api(smugMugSteps, "/api/v2/album/x", token, nil), 404, `{"Code":404,"Message":"Not Found"}`},
		{"something else unsigned", unsigned("/api/v2/album/x"), 404, `{"Code":404,"Message":"Not Found"}`},
		{
			"something else with a wrong signature", api(smugMugSteps, "/api/v2/album/x", forged, nil),
			401, `{"Code":401,"Message":"signature_invalid"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := send(server, test.r)
			checkJSON(t, got, test.status, test.body)
			if left, reset := got.header.Get("X-RateLimit-Remaining"), got.header.Get("X-RateLimit-Reset"); left != "4999" ||
				reset != "1700003600" {
				t.Errorf("rate limit %q until %q", left, reset)
			}
		})
	}
	if got := send(server, httptest.NewRequest(http.MethodPost, smugMugAuthUser, nil)); got.status != 405 {
		t.Errorf("wrong method: status %d", got.status)
	}
	if got := get(server, "/services/oauth/1.0a/"); got.status != 404 {
		t.Errorf("another path: status %d", got.status)
	}
}

func TestSmugMugAnswersWithPagesUnlessAskedForJSON(t *testing.T) {
	server, _ := newServer(sandbox.Config{Person: sandbox.Person{UserName: "gracie", Name: "Grace <b>", Pro: true}})
	token := smugMugSteps.link(t, server, "")
	r := api(smugMugSteps, smugMugAuthUser, token, nil)
	r.Header.Set("Accept", "*/*")
	page := "<!DOCTYPE html>\n<title>SmugMug API</title>\n<pre>"
	if got := send(server, r); got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" ||
		!strings.HasPrefix(got.body, page) || strings.Contains(got.body, "<b>") || !strings.Contains(got.body, "Pro") {
		t.Errorf("status %d, header %v, body:\n%s", got.status, got.header, got.body)
	}
	if got := get(server, smugMugAuthUser); got.status != 401 || !strings.HasPrefix(got.body, page) {
		t.Errorf("unsigned: status %d, body:\n%s", got.status, got.body)
	}
}

// gallery-dl puts into the query what it wants to say and into the header what its signer adds.
func TestWayOfGalleryDLIsAccepted(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps steps
	}{
		{"smugmug", smugMugSteps},
		{"tumblr", tumblrSteps},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			way := way{http.MethodGet, "header"}
			got := send(server, signed(way, test.steps.request, protocolParameters(""), url.Values{
				"oauth_callback": {"http://localhost:6414/"},
			}, ""))
			temporary := parse(t, ok(t, got).body)
			callback := test.steps.approve(t, server, temporary.Get("oauth_token"), "&perms=read")
			if got := callback.Scheme + "://" + callback.Host + callback.Path; got != "http://localhost:6414/" {
				t.Errorf("callback %q", got)
			}
			tokenIn(t, send(server, signed(way, test.steps.access, protocolParameters(""), callback.Query(),
				temporary.Get("oauth_token_secret"))))
		})
	}
}

func TestFaultsOfOneServiceAreNotThoseOfAnother(t *testing.T) {
	services := map[string]map[sandbox.Endpoint]string{
		"smugmug": {
			sandbox.RequestToken: smugMugSteps.request, sandbox.Authorize: smugMugSteps.authorize,
			sandbox.AccessToken: smugMugSteps.access, sandbox.Login: smugMugAuthUser,
		},
		"tumblr": {
			sandbox.RequestToken: tumblrSteps.request, sandbox.Authorize: tumblrSteps.authorize,
			sandbox.AccessToken: tumblrSteps.access, sandbox.Login: tumblrUserInfo,
		},
		"wordpress": {
			sandbox.RequestToken: wordPressSteps.request, sandbox.Authorize: wordPressSteps.authorize,
			sandbox.AccessToken: wordPressSteps.access, sandbox.Login: wordPressMe,
		},
	}
	for faulty, endpoints := range services {
		for endpoint := range endpoints {
			t.Run(faulty+" "+string(endpoint), func(t *testing.T) {
				fault := sandbox.Answer(http.StatusTooManyRequests, "Limit Exceeded", "Retry-After", "120")
				server, _ := newServer(at(sandbox.EndpointOf(faulty, endpoint), fault))
				for service, endpoints := range services {
					for asked, path := range endpoints {
						broken := get(server, path).body == "Limit Exceeded"
						if want := service == faulty && asked == endpoint; broken != want {
							t.Errorf("%s %s: broken %v, want %v", service, asked, broken, want)
						}
					}
				}
			})
		}
	}
}

func TestSomebodyElseIsSignedIn(t *testing.T) {
	for _, test := range []struct {
		service string
		steps   steps
		path    string
		want    string
	}{
		{"smugmug", smugMugSteps, smugMugAuthUser, `"NickName":"gracepractice"`},
		{"tumblr", tumblrSteps, tumblrUserInfo, `"name":"gracepractice"`},
		{"wordpress", wordPressSteps, wordPressMe, `"id":87654321,`},
	} {
		t.Run(test.service, func(t *testing.T) {
			login := sandbox.EndpointOf(test.service, sandbox.Login)
			server, _ := newServer(sandbox.Config{
				Faults: sandbox.Faults{PersonAt: map[sandbox.Endpoint]sandbox.Person{login: grace}},
			})
			got := send(server, api(test.steps, test.path, test.steps.link(t, server, ""), nil))
			if !strings.Contains(got.body, test.want) {
				t.Errorf("status %d, body %q, want %s in it", got.status, got.body, test.want)
			}
		})
	}
}

func TestUnreadableRequestsOfOtherServices(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	for _, path := range []string{
		smugMugSteps.request, "/api/v2/album/x", tumblrSteps.request, "/v2/blog/x/post", wordPressSteps.request,
	} {
		t.Run(path, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, path, io.LimitReader(endless{}, 1<<20))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := send(server, r); got.status != http.StatusRequestEntityTooLarge {
				t.Errorf("status %d", got.status)
			}
		})
	}
}

type endless struct{}

func (endless) Read(text []byte) (int, error) { return len(text), nil }
