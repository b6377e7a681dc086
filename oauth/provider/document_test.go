package provider_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// The answers of SmugMug and Tumblr as they are recorded in github.com/graveljp/smugcli and in github.com/tumblr/docs.
const (
	smugMugBody = `{"Code":200,"Message":"Ok","Response":{"EndpointType":"AuthUser","Locator":"User","LocatorType":"Object",` +
		`"Uri":"/api/v2!authuser","UriDescription":"Currently authenticated user","User":{"AccountStatus":"Active","Domain":"",` +
		`"FirstName":"","ImageCount":8,"LastName":"","Name":"Chris MacAskill (Baldy)","NickName":"cmac",` +
		`"Plan":"Business $35/mo","RefTag":"TEjaxa2MF2LJ6","ResponseLevel":"Public","Uri":"/api/v2/user/cmac",` +
		`"WebUri":"https://cmac.smugmug.com","Uris":{"UserProfile":{"Uri":"/api/v2/user/cmac!profile"},"UserAlbums":{}}}}}`
	tumblrBody = `{"meta":{"status":200,"msg":"OK"},"response":{"user":{"following":263,"default_post_format":"html",` +
		`"name":"derekg","likes":606,"blogs":[{"name":"derekg","title":"Derek Gottfrid","url":"https://derekg.org/",` +
		`"tweet":"auto","primary":true,"followers":33004929}]}}}`
	tumblrRefusal = `{"meta":{"status":401,"msg":"Unauthorized"},"errors":[{"title":"Unauthorized","code":0,` +
		`"detail":"Got an error. Try again."}],"response":[]}`
	smugMugTerms = `{"Code":401,"Message":"API key lacks v2 access; please accept the terms of service at ` +
		`https://api.smugmug.com/api/developer/accept"}`
)

// ServeHTTP answers every request alike.
func (a answer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if a.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "60")
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write([]byte(a.body))
}

// RoundTrip does so without a network.
func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func identifyAt(p provider.Provider, transport http.RoundTripper) (provider.Identity, error) {
	client := p.Client(key)
	client.HTTPClient = &http.Client{Transport: transport}
	return p.Service.Identify(context.Background(), client, token, provider.Told{})
}

// described is a service that a file with these tables of its own describes.
func described(t *testing.T, tables string) provider.Provider {
	t.Helper()
	p, err := provider.Parse("example.toml", []byte(`name = "Example"
[oauth]
request_token = "https://example.org/request"
authorize = "https://example.org/authorize"
access_token = "https://example.org/access"
`+tables))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const everyPlace = `
[identity]
speaks = "json"
address = "https://example.org/me"
id = "me.id"
user_name = "me.login"
name = "me.name"
page = "me.page"
picture = "me.pictures.96"
photos = "me.photos"
plan = "me.plan"
permission = "me.level"
[errors]
code = "code"
message = "error.0"
[[permissions]]
id = "read"
name = "Read"
may = "see"
[[permissions]]
id = "write"
name = "Write"
may = "change"
`

func TestIdentifyFromADocument(t *testing.T) {
	example := described(t, everyPlace)
	templates := described(t, `
[identity]
speaks = "json"
address = "https://example.org/me"
id = "id"
user_name = "login"
page = "https://{user_name}.example.org/by/{id}"
picture = "https://example.org/{id}.jpg"
`)
	marked := described(t, `
[identity]
speaks = "xml"
address = "https://example.org/me"
id = "rsp.user.@id"
user_name = "rsp.user.login"
name = "rsp.user.name"
photos = "rsp.user.count"
page = "rsp.user.link.1.@href"
plan = "rsp.user.plan"
`)
	for _, row := range []struct {
		name    string
		service provider.Provider
		body    string
		want    provider.Identity
	}{
		{
			"SmugMug as recorded", builtIn(t, "smugmug"), smugMugBody,
			provider.Identity{
				UserID: "cmac", UserName: "cmac", Name: "Chris MacAskill (Baldy)", ProfileURL: "https://cmac.smugmug.com",
				Plan: "Business $35/mo", PhotoCount: 8,
			},
		},
		{
			"SmugMug without a count", builtIn(t, "smugmug"), `{"Response":{"User":{"NickName":"cmac"}}}`,
			provider.Identity{UserID: "cmac", UserName: "cmac", Name: "cmac", PhotoCount: -1},
		},
		{
			"Tumblr as recorded", builtIn(t, "tumblr"), tumblrBody,
			provider.Identity{
				UserID: "derekg", UserName: "derekg", Name: "Derek Gottfrid", ProfileURL: "https://derekg.org/",
				Permission: "full", PhotoCount: -1,
			},
		},
		{
			"Tumblr without a blog", builtIn(t, "tumblr"), `{"response":{"user":{"name":"derekg","blogs":[]}}}`,
			provider.Identity{UserID: "derekg", UserName: "derekg", Name: "derekg", Permission: "full", PhotoCount: -1},
		},
		{
			"every place", example,
			`{"me":{"id":12345678901234567890,"login":"ada","name":"Ada","page":"https://example.org/ada","photos":"7",` +
				`"pictures":{"96":"https://cdn.example.org/a.jpg"},"plan":"Pro","level":"write"}}`,
			provider.Identity{
				UserID: "12345678901234567890", UserName: "ada", Name: "Ada", ProfileURL: "https://example.org/ada",
				PictureURL: "https://cdn.example.org/a.jpg", Plan: "Pro", PhotoCount: 7, Permission: "write",
			},
		},
		{
			"values that do not fit", example,
			`{"me":{"id":"1","login":{"a":1},"name":[],"page":"javascript:alert(1)","photos":-1,"plan":true,"level":"root",` +
				`"pictures":{"96":"http://127.0.0.1:8080/x"}}}`,
			provider.Identity{UserID: "1", Name: "1", PhotoCount: -1},
		},
		{
			"addresses that do not fit", example,
			`{"me":{"id":"1","page":"https://a@b.example/","pictures":{"96":"https://example.org/\u202egpj"},"photos":1e3}}`,
			provider.Identity{UserID: "1", Name: "1", PhotoCount: -1},
		},
		{
			"texts to be cleaned", example, `{"me":{"id":" 1\n2 ","login":"a\u202eb","name":"` + strings.Repeat("x", 500) + `"}}`,
			provider.Identity{UserID: "1 2", UserName: "a b", Name: strings.Repeat("x", 119) + "…", PhotoCount: -1},
		},
		{
			"templates", templates, `{"id":"a/b?","login":"ada"}`,
			provider.Identity{
				UserID: "a/b?", UserName: "ada", Name: "ada", ProfileURL: "https://ada.example.org/by/a%2Fb%3F",
				PictureURL: "https://example.org/a%2Fb%3F.jpg", Permission: "full", PhotoCount: -1,
			},
		},
		{
			"a template that leads elsewhere", templates, `{"id":"1","login":"evil.example/"}`,
			provider.Identity{
				UserID: "1", UserName: "evil.example/", Name: "evil.example/", PictureURL: "https://example.org/1.jpg",
				Permission: "full", PhotoCount: -1,
			},
		},
		{
			"XML", marked, `<?xml version="1.0"?><rsp xmlns:x="urn:y"><user x:id="7"><login> ada </login><name>A &amp; B<i/></name>` +
				`<link href="no"/><link href="https://example.org/7"/><count>12</count><plan/></user></rsp>`,
			provider.Identity{
				UserID: "7", UserName: "ada", Name: "A & B", ProfileURL: "https://example.org/7", Permission: "full", PhotoCount: 12,
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := identifyAt(row.service, answer{body: row.body})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

func TestIdentifyFromNoDocument(t *testing.T) {
	smugMug, tumblr, example := builtIn(t, "smugmug"), builtIn(t, "tumblr"), described(t, everyPlace)
	marked := described(t, "[identity]\nspeaks = \"xml\"\naddress = \"https://example.org/me\"\nid = \"rsp.id\"\n")
	type said struct {
		code    int
		message string
	}
	for _, row := range []struct {
		name    string
		service provider.Provider
		answer  answer
		want    error
		said    said // of the ServiceError; the zero value means that there is none
		status  int  // of the oauth.Error; 0 means that there is none
	}{
		{"SmugMug refuses the key", smugMug, answer{401, smugMugTerms}, provider.ErrKeyRefused, said{
			401, "API key lacks v2 access; please accept the terms of service at https://api.smugmug.com/api/developer/accept",
		}, 401},
		{"SmugMug refuses the token", smugMug, answer{401, `{"Code":401,"Message":"No"}`}, provider.ErrTokenRefused, said{401, "No"}, 401},
		{"SmugMug does not find it", smugMug, answer{404, `{"Code":404,"Message":"Not Found"}`}, nil, said{404, "Not Found"}, 404},
		{"SmugMug has had enough", smugMug, answer{429, `{"Code":429,"Message":"Slow down"}`}, nil, said{429, "Slow down"}, 429},
		{"Tumblr refuses the token", tumblr, answer{401, tumblrRefusal}, provider.ErrTokenRefused, said{0, "Got an error. Try again."}, 401},
		{"Tumblr has had enough", tumblr, answer{429, "Limit Exceeded"}, nil, said{}, 429},
		{"401 without words", tumblr, answer{401, ""}, provider.ErrTokenRefused, said{}, 401},
		{
			"token_rejected with status 200", tumblr,
			answer{200, "oauth_problem=token_rejected"},
			errors.Join(provider.ErrTokenRefused, oauth.ProblemTokenRejected),
			said{},
			200,
		},
		{"signature_invalid is about neither", tumblr, answer{401, "oauth_problem=signature_invalid"}, oauth.ProblemSignatureInvalid, said{}, 401},
		{"key unknown", tumblr, answer{401, "oauth_problem=consumer_key_unknown"}, provider.ErrKeyRefused, said{}, 401},
		{"redirect", tumblr, answer{302, ""}, oauth.ErrRedirected, said{}, 302},
		{"down", tumblr, answer{500, "oops"}, nil, said{}, 500},
		{"page of another", tumblr, answer{body: htmlBody}, provider.ErrNotUnderstood, said{}, 0},
		{"two values", example, answer{body: `{"me":{"id":1}}{}`}, provider.ErrNotUnderstood, said{}, 0},
		{"cut off", example, answer{body: `{"me":{"id":1}`}, provider.ErrNotUnderstood, said{}, 0},
		{"nobody", example, answer{body: `{"me":{}}`}, provider.ErrNotUnderstood, said{}, 0},
		{"no text", example, answer{body: `{"me":{"id":{"id":["7"]}}}`}, provider.ErrNotUnderstood, said{}, 0},
		{"a list", example, answer{body: `[]`}, provider.ErrNotUnderstood, said{}, 0},
		{"null", example, answer{body: `null`}, provider.ErrNotUnderstood, said{}, 0},
		{"an ID that nobody can see", example, answer{body: `{"me":{"id":"\u202e"}}`}, provider.ErrNotUnderstood, said{}, 0},
		{"an ID that would be cut", example, answer{body: `{"me":{"id":"` + strings.Repeat("1", 121) + `"}}`}, provider.ErrNotUnderstood, said{}, 0},
		{"an error with status 200", example, answer{body: `{"error":["no\u0000such user"],"code":"5"}`}, provider.ErrNotUnderstood, said{5, "no such user"}, 0},
		{"no XML", marked, answer{body: "rsp"}, provider.ErrNotUnderstood, said{}, 0},
		{"XML cut off", marked, answer{body: "<rsp><id>7</id>"}, provider.ErrNotUnderstood, said{}, 0},
		{"deep XML", marked, answer{body: strings.Repeat("<rsp>", 200_000)}, provider.ErrNotUnderstood, said{}, 0},
		{"JSON in place of XML", marked, answer{body: `{"rsp":{"id":"7"}}`}, provider.ErrNotUnderstood, said{}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := identifyAt(row.service, row.answer)
			wantRefusal(t, got, err, row.want)
			failure, _ := errors.AsType[*provider.ServiceError](err)
			if failure == nil {
				failure = &provider.ServiceError{}
			}
			if diff := cmp.Diff(row.said, said{failure.Code, failure.Message}, cmp.AllowUnexported(said{})); diff != "" {
				t.Errorf("service error, - want, + got:\n%s", diff)
			}
			refused, _ := errors.AsType[*oauth.Error](err)
			if refused == nil {
				refused = &oauth.Error{}
			}
			if refused.Status != row.status || (refused.RetryAfter == "60") != (row.status == 429) {
				t.Errorf("status %d, retry after %q; want %d", refused.Status, refused.RetryAfter, row.status)
			}
		})
	}
}

func TestCheckKeyOfADocument(t *testing.T) {
	tumblr := builtIn(t, "tumblr")
	for _, row := range []struct {
		name   string
		answer answer
		well   bool
	}{
		{"answers without a signature", answer{body: "{}"}, true},
		{"wants a signature", answer{401, tumblrRefusal}, true},
		{"has had enough", answer{429, ""}, true},
		{"another's page", answer{302, ""}, false},
		{"is down", answer{503, ""}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			client := tumblr.Client(key)
			client.HTTPClient = &http.Client{Transport: row.answer}
			if err := tumblr.Service.CheckKey(context.Background(), client); (err == nil) != row.well {
				t.Errorf("got %v, want success %v", err, row.well)
			}
		})
	}
	t.Run("signs and asks as described", func(t *testing.T) {
		spy := roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.String() != "https://api.smugmug.com/api/v2!authuser?_verbosity=1" || r.Method != http.MethodGet ||
				r.Header.Get("Accept") != "application/json" || !strings.HasPrefix(r.Header.Get("Authorization"), "OAuth ") {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
			return answer{body: smugMugBody}.RoundTrip(r)
		})
		if _, err := identifyAt(builtIn(t, "smugmug"), spy); err != nil {
			t.Error(err)
		}
	})
}
