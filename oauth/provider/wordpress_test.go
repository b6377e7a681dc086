package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// wordPress is a site as far as it is asked. "BASE" in a body or header stands for the site's own address.
type wordPress map[string]page

type page struct {
	status int
	header http.Header
	body   string
}

const (
	indexBody = `{"name":"Ada &amp; friends","description":"","url":"BASE/wp","home":"BASE","gmt_offset":"0",` +
		`"namespaces":["oembed/1.0","wp/v2"],"authentication":{"oauth1":{"request":"BASE/oauth1/request",` +
		`"authorize":"BASE/oauth1/authorize","access":"BASE/oauth1/access","version":"0.1"}},"routes":{}}`
	userBody = `{"id":1,"name":"Ada Practice","url":"","description":"","link":"BASE/author/ada/","slug":"ada",` +
		`"avatar_urls":{"24":"https://secure.gravatar.com/avatar/a?s=24","96":"https://secure.gravatar.com/avatar/a?s=96"}}`
	notLoggedIn = `{"code":"rest_not_logged_in","message":"You are not currently logged in.","data":{"status":401}}`
)

// RoundTrip answers at any address, without a network.
func (s wordPress) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

func (s wordPress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base := "http://" + r.Host
	if r.URL.IsAbs() { // as it comes without a network
		base = r.URL.Scheme + "://" + r.URL.Host
	}
	found, ok := s[base+r.URL.RequestURI()]
	if !ok {
		found, ok = s[r.URL.RequestURI()]
	}
	if !ok {
		found.status = http.StatusNotFound
	}
	for name, values := range found.header {
		w.Header().Set(name, strings.ReplaceAll(values[0], "BASE", base))
	}
	if found.status != 0 {
		w.WriteHeader(found.status)
	}
	_, _ = w.Write([]byte(strings.ReplaceAll(found.body, "BASE", base)))
}

func redirect(target string) page { return page{302, http.Header{"Location": {target}}, ""} }

func TestFindWordPress(t *testing.T) {
	linked := http.Header{"Link": {`<BASE/>; rel="shortlink", <BASE/index.php?rest_route=/>; rel="https://api.w.org/"`}}
	for _, row := range []struct {
		name    string
		site    wordPress
		typed   string
		id      string
		title   string
		request string
		warns   bool
	}{
		{
			"a host",
			wordPress{"/wp-json/": {body: indexBody}},
			" blog.Example.org ",
			"wordpress-blog-example-org", "Ada & friends (blog.example.org)", "https://blog.example.org/oauth1/request", false,
		},
		{
			"an address with a path",
			wordPress{"/my-wp/wp-json/": {body: indexBody}},
			"https://blog.example.org/my-wp/?p=1#top",
			"wordpress-blog-example-org-my--wp", "Ada & friends (blog.example.org)", "https://blog.example.org/oauth1/request", false,
		},
		{
			"a port",
			wordPress{"/wp-json/": {body: indexBody}},
			"my-blog.example:8443",
			"wordpress-my--blog-example-8443", "Ada & friends (my-blog.example:8443)", "https://my-blog.example:8443/oauth1/request", false,
		},
		{
			"redirected to another host",
			wordPress{
				"https://blog.example.org/wp-json/": redirect("https://www.example.org/wp-json/"),
				"https://www.example.org/wp-json/":  {body: indexBody},
			},
			"blog.example.org",
			"wordpress-www-example-org", "Ada & friends (www.example.org)", "https://www.example.org/oauth1/request", false,
		},
		{
			"redirected to https",
			wordPress{
				"http://blog.example.org/wp-json/":  redirect("https://blog.example.org/wp-json/"),
				"https://blog.example.org/wp-json/": {body: indexBody},
			},
			"http://blog.example.org",
			"wordpress-blog-example-org", "Ada & friends (blog.example.org)", "https://blog.example.org/oauth1/request", false,
		},
		{
			"plain http, as typed",
			wordPress{"/wp-json/": {body: indexBody}},
			"http://blog.example.org",
			"wordpress-blog-example-org", "Ada & friends (blog.example.org)", "http://blog.example.org/oauth1/request", true,
		},
		{
			"without pretty addresses",
			wordPress{
				"/": {header: linked, body: htmlBody}, "/index.php?rest_route=/": {body: indexBody},
			},
			"blog.example.org",
			"wordpress-blog-example-org", "Ada & friends (blog.example.org)", "https://blog.example.org/oauth1/request", false,
		},
		{
			"no name",
			wordPress{"/wp-json/": {body: strings.Replace(indexBody, "Ada &amp; friends", `\u202e`, 1)}},
			"blog.example.org",
			"wordpress-blog-example-org", "blog.example.org", "https://blog.example.org/oauth1/request", false,
		},
		{
			"a long name",
			wordPress{"/wp-json/": {body: strings.Replace(indexBody, "Ada &amp; friends", strings.Repeat("ä", 200), 1)}},
			"blog.example.org", "wordpress-blog-example-org", strings.Repeat("ä", 61) + " (blog.example.org)",
			"https://blog.example.org/oauth1/request", false,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := provider.FindWordPress(context.Background(), &http.Client{Transport: row.site}, row.typed)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != row.id || got.Name != row.title || got.Endpoint.TemporaryCredentials != row.request ||
				(got.Warning != "") != row.warns {
				t.Errorf("got %q, %q, %q, warning %q", got.ID, got.Name, got.Endpoint.TemporaryCredentials, got.Warning)
			}
			text, err := provider.Encode(got)
			if err != nil {
				t.Fatal(err)
			}
			again, err := provider.Parse("x.toml", text)
			if diff := cmp.Diff(got, again, samePackage); err != nil || diff != "" {
				t.Errorf("%v, - found, + written and read:\n%s", err, diff)
			}
		})
	}
}

func TestFindWordPressSaysWhereToGo(t *testing.T) {
	site := wordPress{"/wp-json/": {body: indexBody}}
	got, err := provider.FindWordPress(context.Background(), &http.Client{Transport: site}, "blog.example.org")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"key page":  "https://blog.example.org/wp/wp-admin/users.php?page=rest-oauth1-apps",
		"revoke":    "https://blog.example.org/wp/wp-admin/profile.php",
		"authorize": "https://blog.example.org/oauth1/authorize",
		"access":    "https://blog.example.org/oauth1/access",
		"callback":  "query http://127.0.0.1:8714/wordpress",
		"code":      "",
	}
	if diff := cmp.Diff(want, map[string]string{
		"key page": got.KeyPage, "revoke": got.RevokePage, "authorize": got.Endpoint.Authorization,
		"access": got.Endpoint.TokenCredentials, "code": got.CodeLooks,
		"callback": string(got.Callback.Rule) + " " + got.Callback.Registered,
	}); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	for text, problem := range map[string]oauth.Problem{
		"Callback URL is invalid":                        oauth.ProblemCallbackRejected,
		"OAuth signature does not match":                 oauth.ProblemSignatureInvalid,
		"Invalid timestamp":                              oauth.ProblemTimestampRefused,
		"Invalid nonce - nonce has already been used":    oauth.ProblemNonceUsed,
		"OAuth verifier does not match":                  oauth.ProblemVerifierInvalid,
		"OAuth request token has expired":                oauth.ProblemTokenExpired,
		"No OAuth parameters supplied":                   oauth.ProblemParameterAbsent,
		"Consumer Key is invalid":                        oauth.ProblemConsumerKeyUnknown,
		"Token is not registered for the given consumer": oauth.ProblemTokenRejected,
	} {
		if got := got.Client(key).FindProblem(401, []byte(text)); got != problem {
			t.Errorf("%s: got %q, want %q", text, got, problem)
		}
	}
}

func TestFindWordPressFindsNone(t *testing.T) {
	with := func(old, replacement string) wordPress {
		return wordPress{"/wp-json/": {body: strings.ReplaceAll(indexBody, old, replacement)}}
	}
	oauth1 := indexBody[strings.Index(indexBody, `{"oauth1"`):strings.Index(indexBody, `,"routes"`)]
	linkedTo := func(target string) wordPress {
		header := http.Header{"Link": {fmt.Sprintf(`<%s>; rel="https://api.w.org/"`, target)}}
		return wordPress{"/": {header: header}, "https://evil.example/wp-json/": {body: indexBody}}
	}
	for _, row := range []struct {
		name  string
		site  wordPress
		typed string
		want  error
	}{
		{"no plugin", with(oauth1, "[]"), "blog.example.org", provider.ErrNoOAuth},
		{"another plugin", with("oauth1", "application-passwords"), "blog.example.org", provider.ErrNoOAuth},
		{"no site", wordPress{}, "blog.example.org", provider.ErrNotUnderstood},
		{"another site", wordPress{"/wp-json/": {body: htmlBody}, "/": {body: htmlBody}}, "blog.example.org", provider.ErrNotUnderstood},
		{"another API", wordPress{"/wp-json/": {body: "{}"}}, "blog.example.org", provider.ErrNotUnderstood},
		{"endpoints elsewhere", with("BASE/oauth1/access", "https://evil.example/oauth1/access"), "blog.example.org", provider.ErrNotUnderstood},
		{"endpoints without encryption", with("BASE/oauth1/access", "http://blog.example.org/oauth1/access"), "blog.example.org", provider.ErrNotUnderstood},
		{"endpoints with a password", with("BASE/oauth1/access", "https://a:b@blog.example.org/"), "blog.example.org", provider.ErrNotUnderstood},
		{"one endpoint missing", with("BASE/oauth1/access", ""), "blog.example.org", provider.ErrNotUnderstood},
		{"linked elsewhere", linkedTo("https://evil.example/wp-json/"), "blog.example.org", provider.ErrNotUnderstood},
		{"linked nowhere", linkedTo("::"), "blog.example.org", provider.ErrNotUnderstood},
		{
			"redirected to http",
			wordPress{"https://blog.example.org/wp-json/": redirect("http://blog.example.org/wp-json/")},
			"blog.example.org", provider.ErrNotUnderstood,
		},
		{"redirected for ever", wordPress{"/wp-json/": redirect("/wp-json/")}, "blog.example.org", provider.ErrNotUnderstood},
		{"too large", with("Ada", strings.Repeat("a", 1<<20)), "blog.example.org", provider.ErrNotUnderstood},
		{"down", wordPress{"/wp-json/": {status: 503}}, "blog.example.org", provider.ErrUnavailable},
		{"nothing typed", wordPress{}, " ", provider.ErrNotUnderstood},
		{"not the web", wordPress{}, "ftp://blog.example.org", provider.ErrNotUnderstood},
		{"a password typed", wordPress{}, "https://ada:pw@blog.example.org", provider.ErrNotUnderstood},
		{"a host of too many letters", with("x", "x"), strings.Repeat("a", 80) + ".example", provider.ErrNotUnderstood},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := provider.FindWordPress(context.Background(), &http.Client{Transport: row.site}, row.typed)
			if !errors.Is(err, row.want) || got.ID != "" {
				t.Errorf("got %+v and %v, want %v", got, err, row.want)
			}
			if strings.Contains(fmt.Sprint(err), "pw@") {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
}

func TestFindWordPressOnThisComputer(t *testing.T) {
	site := wordPress{
		"/wp-json/":               {body: indexBody},
		"/wp-json/wp/v2/users/me": {body: userBody},
	}
	server := httptest.NewServer(site)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	found, err := provider.FindWordPress(context.Background(), nil, host)
	if err != nil {
		t.Fatal(err)
	}
	if found.Warning != "" || found.ID != "wordpress-"+strings.NewReplacer(".", "-", ":", "-").Replace(host) {
		t.Errorf("got %q with warning %q", found.ID, found.Warning)
	}
	client := found.Client(key)
	if err := found.Service.CheckKey(context.Background(), client); err != nil {
		t.Error(err)
	}
	got, err := found.Service.Identify(context.Background(), client, token, provider.Told{})
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Identity{
		UserID: "1", UserName: "ada", Name: "Ada Practice", ProfileURL: server.URL + "/author/ada/",
		PictureURL: "https://secure.gravatar.com/avatar/a?s=96", Permission: "full", PhotoCount: -1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}

	site["/wp-json/wp/v2/users/me"] = page{status: 401, body: notLoggedIn}
	if err := found.Service.CheckKey(context.Background(), client); err != nil {
		t.Error(err)
	}
	_, err = found.Service.Identify(context.Background(), client, token, provider.Told{})
	failure, ok := errors.AsType[*provider.ServiceError](err)
	if !errors.Is(err, provider.ErrTokenRefused) || !ok || failure.Error() != "You are not currently logged in." {
		t.Errorf("got %v, want %v with the words of the site", err, provider.ErrTokenRefused)
	}
}
