package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

func TestTokensComeAsFlickrSendsThem(t *testing.T) {
	temporaryBody := regexp.MustCompile(
		`^oauth_callback_confirmed=true&oauth_token=72157\d{12}-[0-9a-f]{16}&oauth_token_secret=[0-9a-f]{16}$`)
	location := regexp.MustCompile(
		`^http://127\.0\.0\.1:5000/callback\?keep=a%20b&oauth_token=72157\d{12}-[0-9a-f]{16}&oauth_verifier=[0-9a-f]{16}$`)
	tokenBody := regexp.MustCompile(`^fullname=Ada%20Practice&oauth_token=72157\d{12}-[0-9a-f]{16}` +
		`&oauth_token_secret=[0-9a-f]{16}&user_nsid=12345678%40N00&username=adapractice$`)

	for _, way := range []way{
		{http.MethodGet, "header"},
		{http.MethodGet, "query"},
		{http.MethodPost, "header"},
		{http.MethodPost, "query"},
		{http.MethodPost, "form"},
	} {
		t.Run(way.method+" "+way.place, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			protocol := protocolParameters("")
			protocol["oauth_callback"] = callbackURL
			got := send(server, signed(way, requestTokenPath, protocol, nil, ""))
			check(t, "request token", got, "text/plain;charset=UTF-8", temporaryBody)
			values := parse(t, got.body)
			temporary := oauth.TemporaryCredentials{
				Token:  values.Get("oauth_token"),
				Secret: oauth.Secret(values.Get("oauth_token_secret")),
			}

			approved := answerForm(t, server, temporary.Token, "write", "approve")
			if approved.status != http.StatusSeeOther || !location.MatchString(approved.header.Get("Location")) {
				t.Fatalf("approve: status %d, location %q", approved.status, approved.header.Get("Location"))
			}
			callback, _ := url.Parse(approved.header.Get("Location"))
			if got := callback.Query().Get("oauth_token"); got != temporary.Token {
				t.Errorf("callback token %q, want %q", got, temporary.Token)
			}

			got = send(server, exchange(way, temporary, callback.Query().Get("oauth_verifier")))
			check(t, "access token", got, "text/plain;charset=UTF-8", tokenBody)
			values = parse(t, got.body)
			token := oauth.TokenCredentials{
				Token:  values.Get("oauth_token"),
				Secret: oauth.Secret(values.Get("oauth_token_secret")),
			}

			got = send(server, call(way, token, url.Values{"method": {"flickr.auth.oauth.checkToken"}}))
			check(t, "checkToken", got, "text/xml; charset=utf-8", regexp.MustCompile(`<perms>write</perms>`))
		})
	}
}

func check(t *testing.T, step string, got answer, contentType string, body *regexp.Regexp) {
	t.Helper()
	if got.status != http.StatusOK || got.header.Get("Content-Type") != contentType || !body.MatchString(got.body) {
		t.Fatalf("%s: status %d, type %q, body %q", step, got.status, got.header.Get("Content-Type"), got.body)
	}
}

// The request of Flickr's own documentation, with the secret that flickcurl's tests know for it.
func TestDocumentedRequestIsAccepted(t *testing.T) {
	server := sandbox.New(sandbox.Config{
		Clients: []sandbox.Client{{ClientCredentials: oauth.ClientCredentials{
			Key: "653e7a6ecc1d528c516cc8f92cf98611", Secret: "a9567d986a7539fe",
		}}},
		Now: func() time.Time { return time.Unix(1305586162, 0) },
	})
	got := send(server, httptest.NewRequest(http.MethodGet, "http://www.flickr.com/services/oauth/request_token"+
		"?oauth_nonce=95613465&oauth_timestamp=1305586162&oauth_consumer_key=653e7a6ecc1d528c516cc8f92cf98611"+
		"&oauth_signature_method=HMAC-SHA1&oauth_version=1.0&oauth_signature=7w18YS2bONDPL%2FzgyzP5XTr5af4%3D"+
		"&oauth_callback=http%3A%2F%2Fwww.example.com", nil))
	if got.status != http.StatusOK {
		t.Fatalf("status %d, body %q", got.status, got.body)
	}
	location := answerForm(t, server, parse(t, got.body).Get("oauth_token"), "read", "approve").header.Get("Location")
	if !strings.HasPrefix(location, "http://www.example.com/?oauth_token=72157") {
		t.Errorf("location %q", location)
	}
}

func TestHostsAndSchemesAreOneService(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	protocol := protocolParameters("")
	protocol["oauth_callback"] = "oob"
	protocol["oauth_signature"] = "wrong"
	r := unsigned(plainWay, requestTokenPath, protocol, nil)
	r = httptest.NewRequest(http.MethodGet, "https://API.flickr.com:443"+requestTokenPath+"?"+r.URL.RawQuery, nil)
	want := "oauth_problem=signature_invalid&debug_sbs=GET&" +
		"https%3A%2F%2Fapi.flickr.com%2Fservices%2Foauth%2Frequest_token&oauth_callback%3Doob%26"
	if got := send(server, r).body; !strings.HasPrefix(got, want) {
		t.Errorf("body %q, want it to start with %q", got, want)
	}
}

func TestProblemsAtRequestToken(t *testing.T) {
	for _, test := range []struct {
		name   string
		change map[string]string // "" takes the parameter away
		status int
		body   string
	}{
		{
			name: "nothing at all",
			change: map[string]string{
				"oauth_consumer_key": "", "oauth_signature": "", "oauth_signature_method": "",
				"oauth_nonce": "", "oauth_timestamp": "", "oauth_callback": "",
			},
			status: 400,
			body: "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_consumer_key%26oauth_signature" +
				"%26oauth_signature_method%26oauth_nonce%26oauth_timestamp%26oauth_callback",
		},
		{
			name:   "no callback",
			change: map[string]string{"oauth_callback": ""},
			status: 400,
			body:   "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback",
		},
		{
			name:   "missing parameters come before the signature method",
			change: map[string]string{"oauth_callback": "", "oauth_signature_method": "PLAINTEXT"},
			status: 400,
			body:   "oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback",
		},
		{
			name:   "another version",
			change: map[string]string{"oauth_version": "2.0"},
			status: 400,
			body:   "oauth_problem=version_rejected&oauth_acceptable_versions=1.0-1.0",
		},
		{
			name:   "the signature method comes before the client",
			change: map[string]string{"oauth_signature_method": "PLAINTEXT", "oauth_consumer_key": "unknown"},
			status: 400,
			body:   "oauth_problem=signature_method_rejected",
		},
		{
			name:   "the client comes before the timestamp",
			change: map[string]string{"oauth_consumer_key": "unknown", "oauth_timestamp": "1"},
			status: 401,
			body:   "oauth_problem=consumer_key_unknown",
		},
		{
			name:   "the timestamp comes before the signature",
			change: map[string]string{"oauth_timestamp": "1699999699", "oauth_signature": "wrong"},
			status: 401,
			body:   "oauth_problem=timestamp_refused",
		},
		{
			name:   "a timestamp that is no number",
			change: map[string]string{"oauth_timestamp": "yesterday"},
			status: 401,
			body:   "oauth_problem=timestamp_refused",
		},
		{
			name:   "a wrong signature, with the base string as it is",
			change: map[string]string{"oauth_signature": "wrong", "oauth_nonce": "fixed", "oauth_callback": "oob"},
			status: 401,
			body: "oauth_problem=signature_invalid&debug_sbs=GET&" +
				"http%3A%2F%2Fsandbox.example%2Fservices%2Foauth%2Frequest_token&oauth_callback%3Doob" +
				"%26oauth_consumer_key%3D70726163746963652d6163636f756e74%26oauth_nonce%3Dfixed" +
				"%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			protocol := protocolParameters("")
			protocol["oauth_callback"] = callbackURL
			for name, value := range test.change {
				protocol[name] = value
			}
			r := signed(plainWay, requestTokenPath, protocol, nil, "")
			query := r.URL.Query()
			for name, value := range test.change {
				if value == "" {
					query.Del(name)
				}
			}
			r.URL.RawQuery = query.Encode()
			checkProblem(t, send(server, r), test.status, test.body)
		})
	}
}

func checkProblem(t *testing.T, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("status %d, body %q\nwant   %d,      %q", got.status, got.body, status, body)
	}
	if got := got.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
}

func TestTimestampsThatPass(t *testing.T) {
	for _, test := range []struct{ name, stamp string }{
		{"300 seconds old", "1699999700"},
		{"half an hour ahead", "1700001800"},
		{"milliseconds", "1700000000000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			protocol := protocolParameters("")
			protocol["oauth_callback"] = "oob"
			protocol["oauth_timestamp"] = test.stamp
			protocol["oauth_version"] = "1.0"
			if got := send(server, signed(plainWay, requestTokenPath, protocol, nil, "")); got.status != http.StatusOK {
				t.Errorf("status %d, body %q", got.status, got.body)
			}
		})
	}
}

func TestReplayedRequestIsRefused(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	protocol := protocolParameters("")
	protocol["oauth_callback"] = "oob"
	protocol["oauth_signature"] = "wrong"
	if got := send(server, signed(plainWay, requestTokenPath, protocol, nil, "")); got.status != http.StatusUnauthorized {
		t.Fatalf("wrong signature: status %d", got.status)
	}
	delete(protocol, "oauth_signature")
	if got := send(server, signed(plainWay, requestTokenPath, protocol, nil, "")); got.status != http.StatusOK {
		t.Fatalf("a wrong signature used the nonce up: body %q", got.body)
	}
	got := send(server, signed(plainWay, requestTokenPath, protocol, nil, ""))
	checkProblem(t, got, http.StatusUnauthorized, "oauth_problem=nonce_used")

	protocol["oauth_timestamp"] = "1700000001"
	if got := send(server, signed(plainWay, requestTokenPath, protocol, nil, "")); got.status != http.StatusOK {
		t.Errorf("the same nonce in another second: body %q", got.body)
	}
}

func TestProtocolParametersMayTravelInTwoWaysButNotTwice(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	mixed := func() *http.Request {
		return signed(way{http.MethodGet, "header"}, requestTokenPath, protocolParameters(""),
			url.Values{"oauth_callback": {"oob"}}, "")
	}
	if got := send(server, mixed()); got.status != http.StatusOK {
		t.Errorf("callback in the query: status %d, body %q", got.status, got.body)
	}
	r := mixed()
	r.URL.RawQuery += "&oauth_callback=oob"
	checkProblem(t, send(server, r), http.StatusBadRequest,
		"oauth_problem=parameter_rejected&oauth_parameters_rejected=oauth_callback")
}

func TestProblemsAtAccessToken(t *testing.T) {
	server, now := newServer(sandbox.Config{Clients: []sandbox.Client{
		{ClientCredentials: sandbox.PracticeClient},
		{ClientCredentials: oauth.ClientCredentials{Key: "other", Secret: "other"}},
	}})
	approved := func() (oauth.TemporaryCredentials, string) {
		temporary := requestToken(t, server, plainWay, callbackURL)
		return temporary, approve(t, server, temporary.Token, "read")
	}

	t.Run("no token and no verifier", func(t *testing.T) {
		checkProblem(t, send(server, signed(plainWay, accessTokenPath, protocolParameters(""), nil, "")), 400,
			"oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token%26oauth_verifier")
	})
	t.Run("unknown token", func(t *testing.T) {
		unknown := oauth.TemporaryCredentials{Token: "72157000000000000-0000000000000000"}
		checkProblem(t, send(server, exchange(plainWay, unknown, "x")), 401, "oauth_problem=token_rejected")
	})
	t.Run("token of another client", func(t *testing.T) {
		temporary, verifier := approved()
		protocol := protocolParameters(temporary.Token)
		protocol["oauth_consumer_key"] = "other"
		protocol["oauth_verifier"] = verifier
		checkProblem(t, send(server, signed(plainWay, accessTokenPath, protocol, nil, "")), 401,
			"oauth_problem=token_rejected")
	})
	t.Run("wrong verifier", func(t *testing.T) {
		temporary, _ := approved()
		checkProblem(t, send(server, exchange(plainWay, temporary, "x")), 401, "oauth_problem=verifier_invalid")
	})
	t.Run("not approved, empty verifier", func(t *testing.T) {
		temporary := requestToken(t, server, plainWay, callbackURL)
		checkProblem(t, send(server, exchange(plainWay, temporary, "")), 401, "oauth_problem=verifier_invalid")
	})
	t.Run("the token comes before the timestamp", func(t *testing.T) {
		protocol := protocolParameters("unknown")
		protocol["oauth_verifier"], protocol["oauth_timestamp"] = "x", "1"
		checkProblem(t, send(server, signed(plainWay, accessTokenPath, protocol, nil, "")), 401,
			"oauth_problem=token_rejected")
	})
	t.Run("second exchange", func(t *testing.T) {
		temporary, verifier := approved()
		if got := send(server, exchange(plainWay, temporary, verifier)); got.status != http.StatusOK {
			t.Fatalf("first exchange: body %q", got.body)
		}
		checkProblem(t, send(server, exchange(plainWay, temporary, verifier)), 401, "oauth_problem=token_rejected")
	})
	t.Run("a wrong secret leaves the token alone", func(t *testing.T) {
		temporary, verifier := approved()
		forged := oauth.TemporaryCredentials{Token: temporary.Token, Secret: "guess"}
		if got := send(server, exchange(plainWay, forged, verifier)); got.status != http.StatusUnauthorized {
			t.Fatalf("wrong secret: status %d", got.status)
		}
		if got := send(server, exchange(plainWay, temporary, verifier)); got.status != http.StatusOK {
			t.Errorf("right secret: body %q", got.body)
		}
	})
	t.Run("expired token", func(t *testing.T) {
		temporary, verifier := approved()
		*now = now.Add(10*time.Minute + time.Second)
		checkProblem(t, send(server, exchange(plainWay, temporary, verifier)), 401, "oauth_problem=token_expired")
	})
}

func TestOnlyOneOfManyExchangesWins(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	temporary := requestToken(t, server, plainWay, callbackURL)
	verifier := approve(t, server, temporary.Token, "read")

	answers := make([]answer, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = send(server, exchange(plainWay, temporary, verifier)) })
	}
	group.Wait()
	won := 0
	for _, got := range answers {
		if got.status == http.StatusOK {
			won++
		} else if got.body != "oauth_problem=token_rejected" {
			t.Errorf("body %q", got.body)
		}
	}
	if won != 1 {
		t.Errorf("%d exchanges won, want 1", won)
	}
}

func TestOldestTemporaryCredentialsMakeRoom(t *testing.T) {
	server, now := newServer(sandbox.Config{})
	first := requestToken(t, server, plainWay, callbackURL)
	*now = now.Add(time.Second)
	second := requestToken(t, server, plainWay, callbackURL)
	for range 999 {
		requestToken(t, server, plainWay, callbackURL)
	}
	checkProblem(t, send(server, exchange(plainWay, first, "x")), 401, "oauth_problem=token_rejected")
	checkProblem(t, send(server, exchange(plainWay, second, "x")), 401, "oauth_problem=verifier_invalid")
}

func TestRequestsThatAreNotOAuth(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	post := func(path string) *http.Request {
		return httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("a", 1<<20)))
	}
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"huge form at a token endpoint", post(requestTokenPath), 413},
		{"huge form at the methods", post(restPath), 413},
		{"huge form at the authorize page", post(authorizePath), 413},
		{"another method", httptest.NewRequest(http.MethodPut, requestTokenPath, nil), 405},
		{"another path", httptest.NewRequest(http.MethodGet, "/services/upload", nil), 404},
		{"a path that a mux would clean", httptest.NewRequest(http.MethodGet, "//services/rest", nil), 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := send(server, test.r); got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
		})
	}
}

func TestTokensSurviveARestart(t *testing.T) {
	for _, permission := range []string{"read", "write", "delete"} {
		t.Run(permission, func(t *testing.T) {
			before, _ := newServer(sandbox.Config{Seed: []byte("seed")})
			token := link(t, before, permission)

			after, _ := newServer(sandbox.Config{Seed: []byte("seed")})
			got := send(after, call(plainWay, token, url.Values{"method": {"flickr.auth.oauth.checkToken"}}))
			if want := "<perms>" + permission + "</perms>"; !strings.Contains(got.body, want) {
				t.Errorf("same seed: body %q, want %q in it", got.body, want)
			}

			other, _ := newServer(sandbox.Config{Seed: []byte("another")})
			if got := login(other, token); got != invalidToken {
				t.Errorf("another seed: body %q", got)
			}
		})
	}
}

const invalidToken = `{"stat":"fail","code":98,"message":"Invalid auth token"}`

func TestRevokedTokenIsInvalid(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	revoked, kept := link(t, server, "read"), link(t, server, "read")
	server.Revoke(revoked.Token)
	if got := login(server, revoked); got != invalidToken {
		t.Errorf("revoked: body %q", got)
	}
	if got := login(server, kept); !strings.Contains(got, `"stat":"ok"`) {
		t.Errorf("kept: body %q", got)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	var group sync.WaitGroup
	for range 8 {
		temporary := requestToken(t, server, plainWay, callbackURL)
		verifier := approve(t, server, temporary.Token, "write")
		group.Go(func() {
			values, _ := url.ParseQuery(send(server, exchange(plainWay, temporary, verifier)).body)
			token := oauth.TokenCredentials{
				Token:  values.Get("oauth_token"),
				Secret: oauth.Secret(values.Get("oauth_token_secret")),
			}
			if got := login(server, token); !strings.Contains(got, `"stat":"ok"`) {
				t.Errorf("body %q", got)
			}
			server.Revoke(token.Token)
			if got := login(server, token); got != invalidToken {
				t.Errorf("revoked: body %q", got)
			}
		})
	}
	group.Wait()
}

func TestStartAndClose(t *testing.T) {
	server, now := newServer(sandbox.Config{})
	running, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(running.URL + "/services/rest?method=flickr.test.echo&api_key=" + sandbox.PracticeClient.Key)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
	if got, want := response.Header.Get("Date"), now.UTC().Format(http.TimeFormat); got != want {
		t.Errorf("date %q, want the server's own clock, %q", got, want)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if response, err := http.Get(running.URL); err == nil {
		response.Body.Close()
		t.Error("still answers after Close")
	}
}
