package provider_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

const (
	photobucketAPI = "http://api.photobucket.com"
	userJSON       = `{"status":"OK","content":{"username":"pbapi",` +
		`"album_url":"http:\/\/s123.photobucket.com\/albums\/cc276\/pbapi",` +
		`"megabytes_used":"3","megabytes_allowed":"1024","premium":"0","public":"1","total_pictures":"42",` +
		`"preferred_picture_size":"1024"},"format":"json","method":"GET","timestamp":1208290131}`
	userXML = `<?xml version="1.0" encoding="UTF-8"?>
<response><status>OK</status><content><megabytes_used>3</megabytes_used><premium>0</premium>
<album_url>http://s123.photobucket.com/albums/cc276/pbapi</album_url><total_pictures>42</total_pictures>
<username>pbapi</username></content><format>xml</format><method>GET</method><timestamp>1208290131</timestamp></response>`
	exceptionJSON = `{"status":"Exception","message":"token expired","code":7,"format":"json","timestamp":1208290131}`
	exceptionXML  = `<response><status>Exception</status><message>token expired</message><code>7</code></response>`
	wrongServer   = `{"status":"OK","content":{"subdomain":"http:\/\/api123.photobucket.com"},"format":"json"}`
)

// toldByPhotobucket is what comes with the token credentials, with the subdomain.
func toldByPhotobucket(subdomain string) url.Values {
	return url.Values{
		"username": {"pbapi"}, "subdomain": {subdomain}, "homeurl": {"http://s123.photobucket.com/albums/cc276/pbapi"},
	}
}

// servers answers by host, and notes the addresses called.
type servers struct {
	said  map[string]answer
	calls []string
}

func (s *servers) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls = append(s.calls, r.URL.String())
	said, found := s.said[r.URL.Host]
	if !found {
		said = answer{404, "no such server"}
	}
	return saying(said, func(*http.Request) {})(r)
}

func photobucketClient(transport http.RoundTripper) *oauth.Client {
	return &oauth.Client{
		Credentials: key, WithoutVerifier: true, SignedHost: "api.photobucket.com",
		HTTPClient: &http.Client{Transport: transport},
	}
}

func identifyPhotobucket(transport http.RoundTripper, told provider.Told) (provider.Identity, error) {
	return provider.Photobucket(photobucketAPI).Identify(context.Background(), photobucketClient(transport), token, told)
}

func pbapi() provider.Identity {
	return provider.Identity{
		UserID: "pbapi", UserName: "pbapi", Name: "pbapi", ProfileURL: "http://s123.photobucket.com/albums/cc276/pbapi",
		Permission: "full", Plan: "Free", PhotoCount: 42, Server: "api123.photobucket.com",
	}
}

func TestPhotobucketIdentify(t *testing.T) {
	replaced := func(old, with string) string { return strings.Replace(userJSON, old, with, 1) }
	withoutPage := func(i *provider.Identity) { i.ProfileURL = "" }
	withoutCount := func(i *provider.Identity) { i.PhotoCount = -1 }
	for _, row := range []struct {
		name, body string
		want       func(*provider.Identity)
	}{
		{"JSON", userJSON, nil},
		{"XML", userXML, nil},
		{"XML after blanks", "\r\n " + userXML, nil},
		{
			"XML with attributes",
			`<response><status>OK</status><content username="pbapi" premium="0" total_pictures="0"><premium>1</premium></content></response>`,
			func(i *provider.Identity) { i.ProfileURL, i.Plan, i.PhotoCount = "", "Pro", 0 },
		},
		{
			"JSON with attributes",
			`{"status":"OK","content":{"_attribs":{"username":"pbapi","premium":0,"total_pictures":0},"premium":1}}`,
			func(i *provider.Identity) { i.ProfileURL, i.Plan, i.PhotoCount = "", "Pro", 0 },
		},
		{"numbers as numbers", strings.NewReplacer(`"0"`, `0`, `"42"`, `42`).Replace(userJSON), nil},
		{"premium", replaced(`"premium":"0"`, `"premium":"1"`), func(i *provider.Identity) { i.Plan = "Pro" }},
		{"premium of another kind", replaced(`"premium":"0"`, `"premium":"2"`), func(i *provider.Identity) { i.Plan = "" }},
		{"premium missing", replaced(`"premium"`, `"x"`), func(i *provider.Identity) { i.Plan = "" }},
		{"count missing", replaced(`"total_pictures"`, `"x"`), withoutCount},
		{"count negative", replaced(`"42"`, `"-42"`), withoutCount},
		{"count no number", replaced(`"42"`, `["42"]`), withoutCount},
		{"page missing", replaced(`"album_url"`, `"x"`), withoutPage},
		{"page over HTTPS", replaced(`http:`, `https:`), func(i *provider.Identity) {
			i.ProfileURL = "https://s123.photobucket.com/albums/cc276/pbapi"
		}},
		{"page of the service itself", replaced(`s123.`, ``), func(i *provider.Identity) {
			i.ProfileURL = "http://photobucket.com/albums/cc276/pbapi"
		}},
		{"page elsewhere", replaced(`s123.photobucket.com`, `photobucket.com.example`), withoutPage},
		{"page of a name that ends alike", replaced(`s123.photobucket.com`, `notphotobucket.com`), withoutPage},
		{"page with another port", replaced(`.com\/`, `.com:8080\/`), withoutPage},
		{"page with a user", replaced(`s123.`, `photobucket.com@s123.`), withoutPage},
		{"page is a script", replaced(`http:`, `javascript:`), withoutPage},
		{"page on two lines", replaced(`\/pbapi`, `\/pb\u000aapi`), withoutPage},
		{"page too long to show", replaced(`cc276`, strings.Repeat("c", 200)), withoutPage},
	} {
		t.Run(row.name, func(t *testing.T) {
			want := pbapi()
			if row.want != nil {
				row.want(&want)
			}
			service := &servers{said: map[string]answer{"api123.photobucket.com": {body: row.body}}}
			got, err := identifyPhotobucket(service, provider.Told{Token: toldByPhotobucket("api123.photobucket.com")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

func TestPhotobucketAsksTheRightServer(t *testing.T) {
	const (
		user    = "/user/pbapi?format=json"
		current = "/user/?format=json"
	)
	ok, moved := answer{body: userJSON}, answer{301, wrongServer}
	for _, row := range []struct {
		name  string
		told  provider.Told
		said  map[string]answer
		calls []string
		want  string // Identity.Server
	}{
		{
			"named with the token",
			provider.Told{Token: toldByPhotobucket("api123.photobucket.com")},
			map[string]answer{"api123.photobucket.com": ok},
			[]string{"http://api123.photobucket.com" + user},
			"api123.photobucket.com",
		},
		{
			"named in capitals",
			provider.Told{Token: toldByPhotobucket("API123.Photobucket.com")},
			map[string]answer{"api123.photobucket.com": ok},
			[]string{"http://api123.photobucket.com" + user},
			"api123.photobucket.com",
		},
		{
			"named by the browser alone",
			provider.Told{Callback: toldByPhotobucket("api7.photobucket.com")},
			map[string]answer{"api7.photobucket.com": ok},
			[]string{"http://api7.photobucket.com" + current},
			"api7.photobucket.com",
		},
		{
			"the token before the browser",
			provider.Told{
				Token: toldByPhotobucket("api123.photobucket.com"), Callback: toldByPhotobucket("api7.photobucket.com"),
			},
			map[string]answer{"api123.photobucket.com": ok, "api7.photobucket.com": {500, ""}},
			[]string{"http://api123.photobucket.com" + user},
			"api123.photobucket.com",
		},
		{
			"known from earlier",
			provider.Told{Server: "api9.photobucket.com"},
			map[string]answer{"api9.photobucket.com": ok},
			[]string{"http://api9.photobucket.com" + current},
			"api9.photobucket.com",
		},
		{
			"nothing told",
			provider.Told{},
			map[string]answer{"api.photobucket.com": ok},
			[]string{photobucketAPI + current},
			"api.photobucket.com",
		},
		{
			"the main server knows better",
			provider.Told{},
			map[string]answer{"api.photobucket.com": moved, "api123.photobucket.com": ok},
			[]string{photobucketAPI + current, "http://api123.photobucket.com" + current},
			"api123.photobucket.com",
		},
		{
			"moved since",
			provider.Told{Server: "api9.photobucket.com", Token: toldByPhotobucket("api8.photobucket.com")},
			map[string]answer{
				"api9.photobucket.com": {301, `<response><status>OK</status><content>
<subdomain>http://api123.photobucket.com/</subdomain></content></response>`},
				"api123.photobucket.com": ok,
			},
			[]string{"http://api9.photobucket.com" + user, "http://api123.photobucket.com" + user},
			"api123.photobucket.com",
		},
		{
			"told at length",
			provider.Told{},
			map[string]answer{
				"api.photobucket.com":    {301, wrongServer[:len(wrongServer)-1] + `,"x":"` + strings.Repeat("x", 1000) + `"}`},
				"api123.photobucket.com": ok,
			},
			[]string{photobucketAPI + current, "http://api123.photobucket.com" + current},
			"api123.photobucket.com",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &servers{said: row.said}
			got, err := identifyPhotobucket(service, row.told)
			if err != nil {
				t.Fatal(err)
			}
			if got.Server != row.want {
				t.Errorf("server is %s, want %s", got.Server, row.want)
			}
			if diff := cmp.Diff(row.calls, service.calls); diff != "" {
				t.Errorf("calls, - want, + got:\n%s", diff)
			}
		})
	}
}

// A server elsewhere never gets a call: the call would carry a signature.
func TestPhotobucketKeepsToItsServers(t *testing.T) {
	for _, row := range []struct{ name, server string }{
		{"another domain", "api123.example.org"},
		{"a domain that begins alike", "api123.photobucket.com.example.org"},
		{"a domain that ends alike", "api123.notphotobucket.com"},
		{"the domain itself", "photobucket.com"},
		{"nothing before the domain", ".photobucket.com"},
		{"a server of a server", "a.b.photobucket.com"},
		{"another port", "api123.photobucket.com:8080"},
		{"an address", "http://api123.photobucket.com"},
		{"a path", "example.org/api123.photobucket.com"},
		{"a path escaped", "example.org%2Fapi123.photobucket.com"},
		{"a user", "example.org@api123.photobucket.com"},
		{"a query", "example.org?.photobucket.com"},
		{"a fragment", "example.org#.photobucket.com"},
		{"a blank", "api123 .photobucket.com"},
		{"a line end", "api123\r\n.photobucket.com"},
		{"other letters", "аpi.photobucket.com"},
		{"this computer", "127.0.0.1"},
	} {
		for source, told := range map[string]provider.Told{
			"with the token": {Token: url.Values{"subdomain": {row.server}}},
			"by the browser": {Callback: url.Values{"subdomain": {row.server}}},
			"earlier":        {Server: row.server},
		} {
			t.Run(row.name+", named "+source, func(t *testing.T) {
				service := &servers{}
				got, err := identifyPhotobucket(service, told)
				wantRefusal(t, got, err, provider.ErrNotUnderstood)
				if len(service.calls) != 0 {
					t.Errorf("called %v", service.calls)
				}
			})
		}
		t.Run(row.name+", named by the wrong server", func(t *testing.T) {
			body := `{"status":"OK","content":{"subdomain":` + jsonText("http://"+row.server) + `}}`
			service := &servers{said: map[string]answer{"api.photobucket.com": {301, body}}}
			got, err := identifyPhotobucket(service, provider.Told{})
			if err == nil || got != (provider.Identity{}) || len(service.calls) != 1 {
				t.Errorf("got %+v, %v, calls %v; want one call and an error", got, err, service.calls)
			}
		})
	}
}

func TestPhotobucketIsSentOnOnce(t *testing.T) {
	for _, row := range []struct {
		name          string
		first, second answer
		want          error
		calls         int
	}{
		{"sent on for ever", answer{301, wrongServer}, answer{301, wrongServer}, oauth.ErrRedirected, 2},
		{"sent to a server that refuses", answer{301, wrongServer}, answer{body: exceptionJSON}, provider.ErrTokenRefused, 2},
		{"sent nowhere", answer{301, "Moved Permanently"}, answer{}, oauth.ErrRedirected, 1},
		{"no redirect", answer{500, wrongServer}, answer{}, nil, 1},
		{"elsewhere", answer{301, `"subdomain":"http://example.org"`}, answer{}, provider.ErrNotUnderstood, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &servers{said: map[string]answer{"api.photobucket.com": row.first, "api123.photobucket.com": row.second}}
			got, err := identifyPhotobucket(service, provider.Told{})
			wantRefusal(t, got, err, row.want)
			if len(service.calls) != row.calls {
				t.Errorf("called %v, want %d calls", service.calls, row.calls)
			}
		})
	}
}

// At an address without siblings, as a sandbox has it, the main server is the only one. Elsewhere they share its port.
func TestPhotobucketAtOtherAddresses(t *testing.T) {
	for _, row := range []struct {
		name, api, subdomain string
		call                 string // empty means that the server is refused
	}{
		{"port added", "http://api.photos.localhost:8080", "api5.photos.localhost", "http://api5.photos.localhost:8080"},
		{"port named", "http://api.photos.localhost:8080", "api5.photos.localhost:8080", "http://api5.photos.localhost:8080"},
		{"another port", "http://api.photos.localhost:8080", "api5.photos.localhost:8081", ""},
		{"localhost is nobody else's", "http://api.localhost:8080", "api5.localhost", "http://api5.localhost:8080"},
		{"HTTPS", "https://api.example.org", "api5.example.org", "https://api5.example.org"},
		{"a top-level domain is no domain", "http://api.com", "example.com", ""},
		{"the loopback address", "http://127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"an address is no domain", "http://127.0.0.1:8080", "126.0.0.1:8080", ""},
		{"an address of the sixth version", "http://[::1]:8080", "", "http://[::1]:8080"},
		{"localhost", "http://localhost:8080", "localhost", "http://localhost:8080"},
		{"localhost has no siblings", "http://localhost:8080", "api5.localhost", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			called := ""
			client := photobucketClient(saying(answer{body: userJSON}, func(r *http.Request) {
				called = r.URL.Scheme + "://" + r.URL.Host
			}))
			_, err := provider.Photobucket(row.api).Identify(context.Background(), client, token,
				provider.Told{Token: toldByPhotobucket(row.subdomain)})
			if called != row.call || errors.Is(err, provider.ErrNotUnderstood) != (row.call == "") {
				t.Errorf("called %q, error %v, want a call of %q", called, err, row.call)
			}
		})
	}
}

func TestPhotobucketNamesDiffer(t *testing.T) {
	for _, row := range []struct {
		name string
		told provider.Told
		want error
	}{
		{"with the token", provider.Told{Token: url.Values{"username": {"another"}}}, provider.ErrIdentityDiffers},
		{"by the browser", provider.Told{Callback: url.Values{"username": {"another"}}}, provider.ErrIdentityDiffers},
		{
			"by the browser alone",
			provider.Told{Token: url.Values{"username": {"pbapi"}}, Callback: url.Values{"username": {"another"}}},
			provider.ErrIdentityDiffers,
		},
		{"in capitals", provider.Told{Token: url.Values{"username": {"PBAPI"}}}, provider.ErrIdentityDiffers},
		{"with the token, empty", provider.Told{Token: url.Values{"username": {""}}}, provider.ErrIdentityDiffers},
		{"by the browser, empty", provider.Told{Callback: url.Values{"username": {""}}}, provider.ErrIdentityDiffers},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &servers{said: map[string]answer{"api.photobucket.com": {body: userJSON}}}
			got, err := identifyPhotobucket(service, row.told)
			wantRefusal(t, got, err, row.want)
		})
	}
	t.Run("nobody differs", func(t *testing.T) {
		service := &servers{said: map[string]answer{"api.photobucket.com": {body: userJSON}}}
		told := url.Values{"username": {"pbapi"}}
		if _, err := identifyPhotobucket(service, provider.Told{Token: told, Callback: told}); err != nil {
			t.Error(err)
		}
	})
}

func TestPhotobucketRefuses(t *testing.T) {
	coded := func(code string) string { return strings.Replace(exceptionJSON, `7`, code, 1) }
	for _, row := range []struct {
		name string
		said answer
		want error // nil means none of the sentinels
		code int   // of the ServiceError; 0 means that there is none
	}{
		{"token expired, JSON", answer{body: exceptionJSON}, provider.ErrTokenRefused, 7},
		{"token expired, XML", answer{body: exceptionXML}, provider.ErrTokenRefused, 7},
		{"token expired, code as text", answer{body: coded(`"7"`)}, provider.ErrTokenRefused, 7},
		{"token expired, status 500", answer{500, exceptionXML}, provider.ErrTokenRefused, 7},
		{"not permitted", answer{body: coded("9")}, nil, 9},
		{"could not get", answer{body: coded("102")}, nil, 102},
		{"could not get, status 500", answer{500, coded("102")}, nil, 102},
		{"authorization required", answer{401, "Authorization required"}, provider.ErrTokenRefused, 0},
		{"authorization required, JSON", answer{401, coded("102")}, provider.ErrTokenRefused, 102},
		{
			"token rejected with status 401",
			answer{401, "oauth_problem=token_rejected"},
			errors.Join(provider.ErrTokenRefused, oauth.ProblemTokenRejected), 0,
		},
		{"problem with status 401", answer{401, "oauth_problem=signature_invalid"}, oauth.ProblemSignatureInvalid, 0},
		{"wrong method", answer{404, "404 Not Found"}, provider.ErrNotUnderstood, 0},
		{"out of order", answer{503, htmlBody}, nil, 0},
		{"page of another", answer{body: htmlBody}, provider.ErrNotUnderstood, 0},
		{"plain text", answer{body: "OK"}, provider.ErrNotUnderstood, 0},
		{"nothing", answer{}, provider.ErrNotUnderstood, 0},
		{"JSON cut off", answer{body: userJSON[:100]}, provider.ErrNotUnderstood, 0},
		{"XML cut off", answer{body: userXML[:200]}, provider.ErrNotUnderstood, 0},
		{"XML of another", answer{body: `<rsp stat="ok"/>`}, provider.ErrNotUnderstood, 0},
		{"JSONP", answer{body: "callback(" + userJSON + ")"}, provider.ErrNotUnderstood, 0},
		{"no status", answer{body: `{"content":{"username":"pbapi"}}`}, provider.ErrNotUnderstood, 0},
		{"unknown status", answer{body: `{"status":"ok","content":{"username":"pbapi"}}`}, provider.ErrNotUnderstood, 0},
		{"status of another form", answer{body: `{"status":["OK"]}`}, provider.ErrNotUnderstood, 0},
		{"no content", answer{body: `{"status":"OK"}`}, provider.ErrNotUnderstood, 0},
		{"content of another form", answer{body: `{"status":"OK","content":["pbapi"]}`}, provider.ErrNotUnderstood, 0},
		{"no user name", answer{body: `{"status":"OK","content":{"premium":1}}`}, provider.ErrNotUnderstood, 0},
		{"user name not seen", answer{body: `{"status":"OK","content":{"username":"\u202e"}}`}, provider.ErrNotUnderstood, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &servers{said: map[string]answer{"api.photobucket.com": row.said}}
			got, err := identifyPhotobucket(service, provider.Told{})
			wantRefusal(t, got, err, row.want)
			code := 0
			if failure, ok := errors.AsType[*provider.ServiceError](err); ok {
				code = failure.Code
			}
			if code != row.code {
				t.Errorf("got code %d from %v, want %d", code, err, row.code)
			}
			failure, ok := errors.AsType[*oauth.Error](err)
			if row.said.status != 0 && (!ok || failure.Status != row.said.status) {
				t.Errorf("got %v, want it to tell status %d", err, row.said.status)
			}
		})
	}
}

func TestPhotobucketWordsAreCleaned(t *testing.T) {
	service := &servers{said: map[string]answer{"api.photobucket.com": {
		body: `{"status":"Exception","message":"\u202eno\ntoken ` + token.Token + `","code":1}`,
	}}}
	_, err := identifyPhotobucket(service, provider.Told{})
	wantWords(t, err, "user: no token redacted (code 1)")
	name := "Zoë\u202e " + strings.Repeat("!", 200)
	service.said["api.photobucket.com"] = answer{body: `{"status":"OK","content":{"username":` + jsonText(name) + `}}`}
	got, err := identifyPhotobucket(service, provider.Told{Token: url.Values{"username": {name}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{got.UserID, got.UserName, got.Name} {
		wantClean(t, "user name", text)
	}
}

func TestPhotobucketCheckKey(t *testing.T) {
	for _, row := range []struct {
		name string
		said answer
		want string // empty means that the service answers
	}{
		{"pong", answer{body: `{"status":"OK","content":{"PONG":" (read)"}}`}, ""},
		{"exception", answer{401, exceptionXML}, ""},
		{"not found", answer{404, "404 Not Found"}, ""},
		{"out of order", answer{500, exceptionXML}, "HTTP status 500"},
		{"redirect", answer{301, ""}, "HTTP status 301: the service redirects elsewhere"},
	} {
		t.Run(row.name, func(t *testing.T) {
			client := photobucketClient(saying(row.said, func(r *http.Request) {
				if r.Method != http.MethodGet || r.URL.String() != photobucketAPI+"/ping?format=json" ||
					r.Header.Get("Authorization") != "" {
					t.Errorf("called %s %s with %v", r.Method, r.URL, r.Header)
				}
			}))
			wantWords(t, provider.Photobucket(photobucketAPI).CheckKey(context.Background(), client), row.want)
		})
	}
}

// Calls go to the server of the person and are signed for the main one.
func TestPhotobucketSignsForTheMainServer(t *testing.T) {
	client := photobucketClient(nil)
	client.Placement = oauth.Query
	client.HTTPClient.Transport = saying(answer{body: userJSON}, func(r *http.Request) {
		if r.URL.Host != "api123.photobucket.com" {
			t.Errorf("called %s", r.URL.Host)
		}
		params := r.URL.Query()
		got := params.Get("oauth_signature")
		params.Del("oauth_signature")
		target := &url.URL{Scheme: "http", Host: "api.photobucket.com", Path: "/user/pbapi"}
		base, err := oauth.SignatureBaseString("GET", target, params)
		if err != nil {
			t.Fatal(err)
		}
		if want := oauth.SignHMACSHA1(base, key.Secret.Reveal(), token.Secret.Reveal()); got != want {
			t.Errorf("signature is %s, want %s", got, want)
		}
	})
	told := provider.Told{Token: toldByPhotobucket("api123.photobucket.com")}
	if _, err := provider.Photobucket(photobucketAPI).Identify(context.Background(), client, token, told); err != nil {
		t.Error(err)
	}
}

// The vendor's example: its demonstration key, one request for temporary credentials, and the signature.
func TestPhotobucketExample(t *testing.T) {
	const (
		base = "POST&http%3A%2F%2Fapi.photobucket.com%2Flogin%2Frequest&oauth_consumer_key%3D1020304%26" +
			"oauth_nonce%3D5c4b38eb7e7f0a0603452dfb3bf149d7%26oauth_signature_method%3DHMAC-SHA1%26" +
			"oauth_timestamp%3D1208290131%26oauth_version%3D1.0"
		signature = "jjF2U5hzxxEkTPFrX6GUkr8yl80="
		secret    = "9eb84090956c484e32cb6c08455a667b"
		address   = photobucketAPI + "/login/request"
	)
	params := url.Values{
		"oauth_consumer_key": {"1020304"}, "oauth_nonce": {"5c4b38eb7e7f0a0603452dfb3bf149d7"},
		"oauth_signature_method": {"HMAC-SHA1"}, "oauth_timestamp": {"1208290131"}, "oauth_version": {"1.0"},
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := oauth.SignatureBaseString("POST", target, params)
	if err != nil || text != base {
		t.Errorf("got  %s, %v\nwant %s", text, err, base)
	}
	if got := oauth.SignHMACSHA1(base, secret, ""); got != signature {
		t.Errorf("signature is %s, want %s", got, signature)
	}

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != "POST" || r.URL.Path != "/login/request" {
			t.Errorf("called %s %s, %v", r.Method, r.URL, err)
		}
		want := url.Values{"oauth_signature": {signature}}
		for name, values := range params {
			want[name] = values
		}
		if diff := cmp.Diff(want, r.PostForm); diff != "" {
			t.Errorf("form, - want, + got:\n%s", diff)
		}
		_, _ = io.WriteString(w, "oauth_token=req_495c96a95b95e95f95_27502645&oauth_token_secret=a60ab06c06402d528ff&"+
			"next_step=http%3A%2F%2Fapi.photobucket.com%2Fapilogin%2Flogin")
	}))
	defer server.Close()
	client := &oauth.Client{
		Credentials:     oauth.ClientCredentials{Key: "1020304", Secret: secret},
		Endpoint:        oauth.Endpoint{TemporaryCredentials: server.URL + "/login/request"},
		Placement:       oauth.FormBody,
		WithoutVerifier: true,
		SignedHost:      "api.photobucket.com",
		Now:             func() time.Time { return time.Unix(1208290131, 0) },
		Nonce:           func() string { return "5c4b38eb7e7f0a0603452dfb3bf149d7" },
	}
	got, err := client.RequestTemporaryCredentials(context.Background(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Credentials.Token != "req_495c96a95b95e95f95_27502645" || got.Credentials.Secret.Reveal() != "a60ab06c06402d528ff" {
		t.Errorf("got %+v", got)
	}
	if next := got.Extra.Get("next_step"); next != "http://api.photobucket.com/apilogin/login" {
		t.Errorf("next step is %q", next)
	}
}

// Whatever is said: no panic, no call of a server elsewhere, and no text that is too long or plays tricks on a screen.
func FuzzPhotobucketIdentity(f *testing.F) {
	f.Add(userJSON, 200, "api123.photobucket.com", "pbapi")
	f.Add(userXML, 200, "", "pbapi")
	f.Add(exceptionJSON, 200, "", "")
	f.Add(exceptionXML, 500, "", "")
	f.Add(wrongServer, 301, "", "")
	f.Add(`"subdomain":"http://a@b.photobucket.com:80/x"`, 302, "api1.photobucket.com", "../..")
	f.Add(`{"status":"OK","content":{"username":"\u202e7","album_url":"http://photobucket.com"}}`, 200, "x", "?")
	f.Add(`<response><status>OK</status><content username="a"><a><username>b</username></a></content></response>`, 200, "", "a")
	f.Fuzz(func(t *testing.T, body string, status int, subdomain, name string) {
		if status < 200 || status > 599 {
			status = 200
		}
		calls := 0
		got, err := identifyPhotobucket(saying(answer{status, body}, func(r *http.Request) {
			calls++
			label, found := strings.CutSuffix(r.URL.Host, ".photobucket.com")
			odd := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-")
			if !found || label == "" || odd != "" || r.URL.User != nil {
				t.Errorf("called %s", r.URL)
			}
		}), provider.Told{Token: url.Values{"username": {name}, "subdomain": {subdomain}}})
		if calls > 2 {
			t.Errorf("%d calls", calls)
		}
		if err != nil {
			if got != (provider.Identity{}) {
				t.Errorf("got %+v with an error", got)
			}
			if failure, ok := errors.AsType[*provider.ServiceError](err); ok {
				wantClean(t, "message", failure.Message)
			}
			return
		}
		if got.UserID == "" || got.Name == "" || got.PhotoCount < -1 || got.Server == "" {
			t.Errorf("nobody: %+v", got)
		}
		for field, text := range map[string]string{
			"UserID": got.UserID, "UserName": got.UserName, "Name": got.Name, "ProfileURL": got.ProfileURL,
		} {
			wantClean(t, field, text)
		}
		page, err := url.Parse(got.ProfileURL)
		if err != nil || got.ProfileURL != "" && !strings.HasSuffix("."+page.Hostname(), ".photobucket.com") {
			t.Errorf("page is %q", got.ProfileURL)
		}
	})
}
