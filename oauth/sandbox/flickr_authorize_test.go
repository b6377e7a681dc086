package sandbox_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"photolink/oauth/sandbox"
)

const oopsToken = `Oops! Flickr doesn't recognise the "oauth_token" this application is trying to use.`

func TestAuthorizePageSaysWhoAndWhat(t *testing.T) {
	server, _ := newServer(sandbox.Config{
		Clients: []sandbox.Client{{ClientCredentials: sandbox.PracticeClient, Application: "Photos <& more>"}},
		Person:  sandbox.Person{ID: "1@N01", UserName: "gracie", Name: "Grace <b>", PhotoCount: 7},
	})
	for _, test := range []struct{ query, words string }{
		{"&perms=read", "see your photos</strong>"},
		{"&perms=write", "see and upload photos</strong>"},
		{"&perms=delete", "see, upload and delete photos</strong>"},
		{"", "see your photos</strong>"},
	} {
		t.Run("permission "+test.query, func(t *testing.T) {
			temporary := requestToken(t, server, plainWay, callbackURL)
			got := get(server, authorizePath+"?oauth_token="+temporary.Token+test.query)
			for _, want := range []string{
				"Practice service", "Photos &lt;&amp; more&gt;", "Grace &lt;b&gt;", "gracie", "7 photos", test.words,
				`id="approve"`, `id="deny"`,
			} {
				if !strings.Contains(got.body, want) {
					t.Errorf("page does not say %q:\n%s", want, got.body)
				}
			}
			if strings.Contains(got.body, "<script") {
				t.Error("page has a script")
			}
			if got := got.header.Get("X-Frame-Options"); got != "SAMEORIGIN" {
				t.Errorf("X-Frame-Options %q", got)
			}
		})
	}
}

func TestPolicyLetsTheFormLeadToTheCallback(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	for _, test := range []struct{ callback, formAction string }{
		{"http://127.0.0.1:5000/callback", "form-action 'self' http://127.0.0.1:5000;"},
		{"https://photos.example/a?b=c", "form-action 'self' https://photos.example;"},
		{"http://[::1]:5000/", "form-action 'self' http:;"},
		{"shotwell-auth://local-callback", "form-action 'self' shotwell-auth:;"},
		{"oob", "form-action 'self';"},
	} {
		t.Run(test.callback, func(t *testing.T) {
			temporary := requestToken(t, server, plainWay, test.callback)
			got := get(server, authorizePath+"?oauth_token="+temporary.Token).header.Get("Content-Security-Policy")
			if !strings.HasPrefix(got, "default-src 'none'; ") || !strings.Contains(got, test.formAction) {
				t.Errorf("policy %q, want %q in it", got, test.formAction)
			}
		})
	}
}

func TestErrorPages(t *testing.T) {
	server, now := newServer(sandbox.Config{})
	fresh := func(callback string) string { return requestToken(t, server, plainWay, callback).Token }
	answered := func(button string) string {
		token := fresh(callbackURL)
		answerForm(t, server, token, "read", button)
		return token
	}
	for _, test := range []struct{ name, query, want string }{
		{"no token", "perms=read", "Oops! There's no oauth_token parameter."},
		{"unknown token", "oauth_token=x&perms=read", oopsToken},
		{"approved token", "oauth_token=" + answered("approve"), oopsToken},
		{"declined token", "oauth_token=" + answered("deny"), oopsToken},
		{
			"unknown permission", "perms=admin&oauth_token=" + fresh(callbackURL),
			"Oops! Flickr doesn't recognise the permission set.",
		},
		{
			"callback that is no URL", "oauth_token=" + fresh("test"),
			"Oops! Flickr can't find a valid callback URL.",
		},
		{
			"callback that would get into the policy", "oauth_token=" + fresh("http://a;b/"),
			"Oops! Flickr can't find a valid callback URL.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkOops(t, get(server, authorizePath+"?"+test.query), test.want)
		})
	}
	t.Run("expired token", func(t *testing.T) {
		token := fresh(callbackURL)
		*now = now.Add(10*time.Minute + time.Second)
		checkOops(t, get(server, authorizePath+"?oauth_token="+token), oopsToken)
	})
}

func checkOops(t *testing.T, got answer, want string) {
	t.Helper()
	if got.status != http.StatusOK || !strings.Contains(got.body, "<h1>"+want+"</h1>") {
		t.Errorf("status %d, want 200 and %q in\n%s", got.status, want, got.body)
	}
}

func TestFormTokenIsNeededAndWorksOnce(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	temporary := requestToken(t, server, plainWay, callbackURL)
	post := func(formToken string) answer {
		return send(server, unsigned(way{http.MethodPost, "form"}, authorizePath, nil, url.Values{
			"oauth_token": {temporary.Token}, "perms": {"read"}, "form_token": {formToken}, "approve": {"1"},
		}))
	}
	checkOops(t, post(""), oopsToken)
	checkOops(t, post("0123456789abcdef"), oopsToken)

	asked := get(server, authorizePath+"?oauth_token="+temporary.Token)
	formToken := formTokenInput.FindStringSubmatch(asked.body)[1]
	if got := post(formToken); got.status != http.StatusSeeOther {
		t.Errorf("right form token: status %d", got.status)
	}
	checkOops(t, post(formToken), oopsToken)
	checkOops(t, post(""), oopsToken)
}

func TestDenyLeadsHomeAndNeverToTheCallback(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	temporary := requestToken(t, server, plainWay, callbackURL)
	got := answerForm(t, server, temporary.Token, "read", "deny")
	if location := got.header.Get("Location"); got.status != http.StatusSeeOther || location != "/?declined" {
		t.Fatalf("status %d, location %q", got.status, location)
	}
	if home := get(server, "/?declined"); !strings.Contains(home.body, "You chose not to authorize it") {
		t.Errorf("home page:\n%s", home.body)
	}
	if home := get(server, "/"); strings.Contains(home.body, "You chose not") {
		t.Errorf("home page without a choice:\n%s", home.body)
	}
	checkProblem(t, send(server, exchange(plainWay, temporary, "")), 401, "oauth_problem=token_rejected")
}

var code = regexp.MustCompile(`<p id="code">(\d{3}-\d{3}-\d{3})</p>`)

func TestOutOfBandShowsACode(t *testing.T) {
	for _, test := range []struct {
		name  string
		typed func(string) string
	}{
		{"with dashes", func(code string) string { return code }},
		{"without", func(code string) string { return strings.ReplaceAll(code, "-", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{})
			temporary := requestToken(t, server, plainWay, "oob")
			got := answerForm(t, server, temporary.Token, "read", "approve")
			shown := code.FindStringSubmatch(got.body)
			if got.status != http.StatusOK || shown == nil {
				t.Fatalf("status %d, page:\n%s", got.status, got.body)
			}
			if got := send(server, exchange(plainWay, temporary, test.typed(shown[1]))); got.status != http.StatusOK {
				t.Errorf("exchange: status %d, body %q", got.status, got.body)
			}
		})
	}
}
