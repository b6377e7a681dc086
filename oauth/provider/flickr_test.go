package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// answer is what the service says to one method. The status 0 means 200.
type answer struct {
	status int
	body   string
}

// recorded answers the REST methods of Flickr, each with what it is recorded to answer unless a test says otherwise.
type recorded map[string]answer

const (
	loginBody = `{"user":{"id":"21207597@N07", "username":{"_content":"jamalfanaian"}}, "stat":"ok"}`
	checkBody = `{"oauth":{"token":{"_content":"72157627611980735-09e87c3024f733da"},"perms":{"_content":"write"},` +
		`"user":{"nsid":"21207597@N07","username":"jamalfanaian","fullname":"Jamal Fanaian"}},"stat":"ok"}`
	infoBody = `{"person":{"id":"21207597@N07","nsid":"21207597@N07","ispro":0,"is_deleted":0,"iconserver":"65535",` +
		`"iconfarm":66,"path_alias":"jamal","username":{"_content":"jamalfanaian"},"realname":{"_content":"Jamal F"},` +
		`"photos":{"firstdatetaken":{"_content":"2011-01-01 00:00:00"},"count":{"_content":1234}}},"stat":"ok"}`
	echoBody = `{"method":{"_content":"flickr.test.echo"},"stat":"ok"}`
	failBody = `{"stat":"fail","code":%CODE%,"message":"%MESSAGE%"}`
	htmlBody = "<!doctype html>\n<html><body>Sign in to the airport network</body></html>"
)

func fail(code, message string) answer {
	return answer{body: strings.NewReplacer("%CODE%", code, "%MESSAGE%", message).Replace(failBody)}
}

func (s recorded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.URL.Query().Get("method")
	said, found := s[method]
	if !found {
		said.body = map[string]string{
			"flickr.test.echo":             echoBody,
			"flickr.test.login":            loginBody,
			"flickr.auth.oauth.checkToken": checkBody,
			"flickr.people.getInfo":        infoBody,
		}[method]
	}
	if said.status != 0 {
		w.WriteHeader(said.status)
	}
	_, _ = w.Write([]byte(said.body))
}

// RoundTrip answers without a network, so that the addresses of the live service can be used.
func (s recorded) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

var (
	key   = oauth.ClientCredentials{Key: "653e7a6ecc1d528c516cc8f92cf98611", Secret: "0123456789abcdef"}
	token = oauth.TokenCredentials{Token: "72157627611980735-09e87c3024f733da", Secret: "fedcba9876543210"}
)

func identify(transport http.RoundTripper, extra url.Values) (provider.Identity, error) {
	flickr := provider.Flickr()
	client := flickr.Client(key)
	client.HTTPClient = &http.Client{Transport: transport}
	return flickr.Service.Identify(context.Background(), client, token, provider.Told{Token: extra})
}

func TestIdentify(t *testing.T) {
	for _, row := range []struct {
		name               string
		login, check, info answer // the zero value is the recorded answer
		extra              url.Values
		want               func(*provider.Identity) // changes what the recorded answers mean
	}{
		{name: "as recorded"},
		{
			name:  "with the token response",
			extra: url.Values{"user_nsid": {"21207597@N07"}, "username": {"jamalfanaian"}, "fullname": {"Jamal Fanaian"}},
		},
		{
			name:  "path_alias is there, absent or null",
			login: answer{body: `{"user":{"id":"21207597@N07","username":{"_content":"jamalfanaian"},"path_alias":null},"stat":"ok"}`},
			info:  answer{body: strings.Replace(infoBody, `"path_alias":"jamal",`, "", 1)},
		},
		{
			name:  "user name as text",
			login: answer{body: `{"user":{"id":"21207597@N07","username":"jamalfanaian"},"stat":"ok"}`},
		},
		{
			name:  "user name made of digits, written as numbers",
			login: answer{body: `{"user":{"id":"21207597@N07","username":{"_content":2026}},"stat":"ok"}`},
			want:  func(i *provider.Identity) { i.UserName = "2026" },
		},
		{
			name:  "user name null",
			login: answer{body: `{"user":{"id":"21207597@N07","username":null},"stat":"ok"}`},
		},
		{
			name: "every field of checkToken in the other form",
			check: answer{body: `{"oauth":{"token":"x","perms":"write","user":{"nsid":{"_content":"21207597@N07"},` +
				`"username":{"_content":"jamalfanaian"},"fullname":{"_content":"Jamal Fanaian"}}},"stat":"ok"}`},
		},
		{
			name: "every field of getInfo in the other form",
			info: answer{body: `{"person":{"ispro":"0","iconserver":65535,"iconfarm":"66","realname":"Jamal F",` +
				`"photos":{"count":"1234"}},"stat":"ok"}`},
		},
		{
			name:  "full name from the token response alone",
			check: answer{body: strings.Replace(checkBody, "Jamal Fanaian", "", 1)},
			extra: url.Values{"fullname": {"Jamal from the token"}},
			want:  func(i *provider.Identity) { i.Name = "Jamal from the token" },
		},
		{
			name:  "full name from getInfo alone",
			check: answer{body: strings.Replace(checkBody, "Jamal Fanaian", "", 1)},
			want:  func(i *provider.Identity) { i.Name = "Jamal F" },
		},
		{
			name:  "no full name at all",
			check: answer{body: strings.Replace(checkBody, "Jamal Fanaian", " ", 1)},
			info:  answer{body: strings.Replace(infoBody, "Jamal F", "", 1)},
			want:  func(i *provider.Identity) { i.Name = "jamalfanaian" },
		},
		{
			name:  "no name at all",
			login: answer{body: `{"user":{"id":"21207597@N07"},"stat":"ok"}`},
			check: answer{body: `{"oauth":{"user":{"nsid":"21207597@N07"}},"stat":"ok"}`},
			info:  answer{body: `{"person":{},"stat":"ok"}`},
			want: func(i *provider.Identity) {
				*i = provider.Identity{
					UserID: "21207597@N07", Name: "21207597@N07", ProfileURL: i.ProfileURL, PhotoCount: -1,
				}
			},
		},
		{name: "getInfo fails", info: fail("1", "User not found"), want: withoutProfile},
		{name: "getInfo is down", info: answer{500, "oops"}, want: withoutProfile},
		{name: "getInfo is a page", info: answer{body: htmlBody}, want: withoutProfile},
		{name: "getInfo is of another form", info: answer{body: `{"person":[1],"stat":"ok"}`}, want: withoutProfile},
		{name: "icon server 0", info: icon(`0`, `0`), want: withoutPicture},
		{name: "icon server 0 as text", info: icon(`"0"`, `66`), want: withoutPicture},
		{name: "icon server empty", info: icon(`""`, `66`), want: withoutPicture},
		{name: "icon server null", info: icon(`null`, `66`), want: withoutPicture},
		{name: "icon server negative", info: icon(`-1`, `66`), want: withoutPicture},
		{name: "icon server leads elsewhere", info: icon(`"../../x"`, `66`), want: withoutPicture},
		{name: "icon farm leads elsewhere", info: icon(`1`, `".example/?"`), want: withoutPicture},
		{name: "icon farm is no number", info: icon(`1`, `"x@y"`), want: withoutPicture},
		{
			name: "icon server of old",
			info: icon(`"2735"`, `"3"`),
			want: func(i *provider.Identity) {
				i.PictureURL = "https://farm3.staticflickr.com/2735/buddyicons/21207597@N07.jpg"
			},
		},
		{
			name: "photo count too large",
			info: answer{body: strings.Replace(infoBody, "1234", "1e400", 1)},
			want: func(i *provider.Identity) { i.PhotoCount = -1 },
		},
		{
			name: "photo count negative",
			info: answer{body: strings.Replace(infoBody, "1234", "-1", 1)},
			want: func(i *provider.Identity) { i.PhotoCount = -1 },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := recorded{}
			for method, said := range map[string]answer{
				"flickr.test.login": row.login, "flickr.auth.oauth.checkToken": row.check, "flickr.people.getInfo": row.info,
			} {
				if said != (answer{}) {
					answers[method] = said
				}
			}
			want := provider.Identity{
				UserID: "21207597@N07", UserName: "jamalfanaian", Name: "Jamal Fanaian",
				ProfileURL: "https://www.flickr.com/people/21207597@N07/",
				PictureURL: "https://farm66.staticflickr.com/65535/buddyicons/21207597@N07.jpg",
				Permission: "write", Plan: "Free", PhotoCount: 1234,
			}
			if row.want != nil {
				row.want(&want)
			}
			got, err := identify(answers, row.extra)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

func withoutProfile(i *provider.Identity) { i.PictureURL, i.Plan, i.PhotoCount = "", "", -1 }
func withoutPicture(i *provider.Identity) { i.PictureURL = "" }

func icon(server, farm string) answer {
	return answer{body: strings.NewReplacer(`"65535"`, server, `66`, farm).Replace(infoBody)}
}

var sentinels = []error{
	provider.ErrKeyRefused, provider.ErrTokenRefused, provider.ErrIdentityDiffers, provider.ErrUnavailable,
	provider.ErrNotUnderstood, oauth.ProblemTokenRejected, oauth.ProblemSignatureInvalid, oauth.ErrRedirected,
}

// wantRefusal checks that err is want and no other of the sentinels, and that it tells nothing that it must not.
func wantRefusal(t *testing.T, got provider.Identity, err, want error) {
	t.Helper()
	if err == nil || got != (provider.Identity{}) {
		t.Fatalf("got %+v and error %v, want nobody and an error", got, err)
	}
	for _, sentinel := range sentinels {
		if errors.Is(err, sentinel) != errors.Is(want, sentinel) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if strings.Contains(err.Error(), token.Token) || strings.Contains(err.Error(), "debug_sbs") {
		t.Errorf("error holds what it must not: %q", err)
	}
}

func TestIdentifyWithoutAnAnswer(t *testing.T) {
	for _, row := range []struct {
		name string
		said answer
		want error // nil means none of the sentinels
	}{
		{"invalid token", fail("98", "Invalid auth token"), provider.ErrTokenRefused},
		{"insufficient permission", fail("99", "Insufficient permissions."), provider.ErrTokenRefused},
		{"key expired", fail("100", "Invalid API Key (Key has expired)"), provider.ErrKeyRefused},
		{"out of order", fail("105", "Service currently unavailable"), provider.ErrUnavailable},
		{"write failed", fail("106", "Write operation failed"), provider.ErrUnavailable},
		{"unknown method", fail("112", `Method \"flickr.test.login\" not found`), nil},
		{"problem with status 401", answer{401, "oauth_problem=token_rejected"}, oauth.ProblemTokenRejected},
		{"problem with status 200", answer{200, "oauth_problem=token_rejected"}, oauth.ProblemTokenRejected},
		{
			"problem with the base string",
			answer{401, "oauth_problem=signature_invalid&debug_sbs=GET&https%3A%2F%2Fapi.flickr.com&oauth_token%3D" + token.Token},
			oauth.ProblemSignatureInvalid,
		},
		{"page of another", answer{body: htmlBody}, provider.ErrNotUnderstood},
		{"page of another, status 500", answer{500, htmlBody}, nil},
		{"redirect", answer{302, ""}, oauth.ErrRedirected},
		{"nothing", answer{body: "\n"}, provider.ErrNotUnderstood},
		{"cut off", answer{body: loginBody[:40]}, provider.ErrNotUnderstood},
		{"JSONP", answer{body: "jsonFlickrApi(" + loginBody + ")"}, provider.ErrNotUnderstood},
		{"no stat", answer{body: `{"user":{"id":"21207597@N07"}}`}, provider.ErrNotUnderstood},
		{"unknown stat", answer{body: `{"stat":"perhaps"}`}, provider.ErrNotUnderstood},
		{"no user", answer{body: `{"stat":"ok"}`}, provider.ErrNotUnderstood},
		{"another form", answer{body: `{"user":7,"oauth":7,"stat":"ok"}`}, provider.ErrNotUnderstood},
		{
			"id of another form",
			answer{body: `{"user":{"id":["21207597@N07"]},"oauth":{"user":{"nsid":true}},"stat":"ok"}`},
			provider.ErrNotUnderstood,
		},
	} {
		for _, method := range []string{"flickr.test.login", "flickr.auth.oauth.checkToken"} {
			t.Run(row.name+" from "+method, func(t *testing.T) {
				got, err := identify(recorded{method: row.said}, nil)
				wantRefusal(t, got, err, row.want)
			})
		}
	}
}

func TestIdentifyOfSomebodyElse(t *testing.T) {
	for _, row := range []struct {
		name         string
		login, check string // the ID that each names
		extra        url.Values
		want         error
	}{
		{"test.login differs", "1@N01", "21207597@N07", nil, provider.ErrIdentityDiffers},
		{"checkToken differs", "21207597@N07", "1@N01", nil, provider.ErrIdentityDiffers},
		{"both differ from the token response", "1@N01", "1@N01", url.Values{"user_nsid": {"2@N02"}}, provider.ErrIdentityDiffers},
		{"the token response names nobody", "1@N01", "1@N01", url.Values{"user_nsid": {""}}, provider.ErrIdentityDiffers},
		{
			"different only where the text is cut to be shown",
			strings.Repeat("1", 500), strings.Repeat("1", 501), nil, provider.ErrIdentityDiffers,
		},
		{"nobody", "", "", nil, provider.ErrNotUnderstood},
		{"checkToken names nobody", "1@N01", "", nil, provider.ErrNotUnderstood},
		{"an ID that nobody can see", `\u202e\u0000`, `\u202e\u0000`, nil, provider.ErrNotUnderstood},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := identify(recorded{
				"flickr.test.login":            {body: strings.Replace(loginBody, "21207597@N07", row.login, 1)},
				"flickr.auth.oauth.checkToken": {body: strings.Replace(checkBody, "21207597@N07", row.check, 1)},
			}, row.extra)
			wantRefusal(t, got, err, row.want)
		})
	}
}

func TestServiceErrorKeepsCodeAndWords(t *testing.T) {
	_, err := identify(recorded{"flickr.test.login": fail("112", `Method\u202e\nnot found`+strings.Repeat("!", 10_000))}, nil)
	failure, ok := errors.AsType[*provider.ServiceError](err)
	if !ok {
		t.Fatalf("got %T, want a ServiceError: %[1]v", err)
	}
	want := "Method not found" + strings.Repeat("!", 103) + "…"
	if failure.Code != 112 || failure.Message != want {
		t.Errorf("got code %d, message %q, want 112, %q", failure.Code, failure.Message, want)
	}
	if failure.Err != nil || errors.Unwrap(failure) != nil {
		t.Errorf("a code without a meaning of ours wraps %v", failure.Err)
	}
}

func TestTextsAreCleaned(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"plain", "Jamal Fanaian", "Jamal Fanaian"},
		{"control characters", "Ja\x00mal\x1b[31m\x7f", "Ja mal [31m"},
		{"lines", "  Jamal\r\n\t\u2028Fanaian\u00a0", "Jamal Fanaian"},
		{"text direction", "\u202ePayPal\u2066\u200f", "PayPal"},
		{"not UTF-8", "Jamal\xff\xfe", "Jamal"},
		{"script", "<script>alert(1)</script>", "<script>alert(1)</script>"}, // escaped where it is shown
		{"other writing", "जमाल 👩‍👩‍👧", "जमाल 👩‍👩‍👧"},
		{"long", strings.Repeat("é", 10_000), strings.Repeat("é", 119) + "…"},
		{"longest", strings.Repeat("é", 120), strings.Repeat("é", 120)},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := jsonText(row.text)
			got, err := identify(recorded{
				"flickr.test.login": {body: `{"user":{"id":"1@N01","username":{"_content":` + text + `}},"stat":"ok"}`},
				"flickr.auth.oauth.checkToken": {body: `{"oauth":{"perms":` + text + `,"user":{"nsid":"1@N01","fullname":` +
					text + `}},"stat":"ok"}`},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range map[string]string{"UserName": got.UserName, "Name": got.Name, "Permission": got.Permission} {
				if value != row.want {
					t.Errorf("%s is %q, want %q", field, value, row.want)
				}
			}
		})
	}
}

// jsonText quotes text but leaves bytes that are not UTF-8 as they are.
func jsonText(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(text) {
		if c < 0x20 || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(string(rune(c)))
			b.Write(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}

func TestCheckKey(t *testing.T) {
	for _, row := range []struct {
		name string
		said answer
		want error // nil means that the key is fine
	}{
		{"known", answer{body: echoBody}, nil},
		{"unknown", fail("100", "Invalid API Key (Key has invalid format)"), provider.ErrKeyRefused},
		{"expired", fail("100", "Invalid API Key (Key has expired)"), provider.ErrKeyRefused},
		{"out of order", fail("105", "Service currently unavailable"), provider.ErrUnavailable},
		{"page of another", answer{body: htmlBody}, provider.ErrNotUnderstood},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := checkKey(recorded{"flickr.test.echo": row.said}); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
	t.Run("SSL is required", func(t *testing.T) {
		said := answer{403, `{"stat":"fail", "code":95, "message":"SSL is required"}`}
		failure, ok := errors.AsType[*oauth.Error](checkKey(recorded{"flickr.test.echo": said}))
		if !ok || failure.Status != http.StatusForbidden {
			t.Errorf("got %v, want HTTP status 403", failure)
		}
	})
}

func checkKey(transport http.RoundTripper) error {
	flickr := provider.Flickr()
	client := flickr.Client(key)
	client.HTTPClient = &http.Client{Transport: transport}
	return flickr.Service.CheckKey(context.Background(), client)
}

// The addresses stand here once more so that a slip of the hand is noticed: nothing else that tests run would.
func TestFlickrAddresses(t *testing.T) {
	flickr := provider.Flickr()
	want := oauth.Endpoint{
		TemporaryCredentials: "https://www.flickr.com/services/oauth/request_token",
		Authorization:        "https://www.flickr.com/services/oauth/authorize",
		TokenCredentials:     "https://www.flickr.com/services/oauth/access_token",
	}
	if diff := cmp.Diff(want, flickr.Endpoint); diff != "" {
		t.Errorf("endpoint, - want, + got:\n%s", diff)
	}
	for what, addresses := range map[string][2]string{
		"key page":    {flickr.KeyPage, "https://www.flickr.com/services/apps/create/apply/"},
		"revoke page": {flickr.RevokePage, "https://www.flickr.com/services/auth/list.gne"},
	} {
		if addresses[0] != addresses[1] {
			t.Errorf("%s is %s, want %s", what, addresses[0], addresses[1])
		}
	}

	var mu sync.Mutex // calls are made at once
	called := make(map[string]string)
	spy := roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		query := r.URL.Query()
		called[query.Get("method")] = r.Method + " " + r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
		if query.Get("format") != "json" || query.Get("nojsoncallback") != "1" {
			t.Errorf("%s does not ask for plain JSON: %v", query.Get("method"), query)
		}
		if signed := r.Header.Get("Authorization") != ""; signed != (query.Get("method") != "flickr.test.echo") {
			t.Errorf("%s: signed is %v", query.Get("method"), signed)
		}
		return recorded{}.RoundTrip(r)
	})
	if _, err := identify(spy, nil); err != nil {
		t.Error(err)
	}
	if err := checkKey(spy); err != nil {
		t.Error(err)
	}
	const rest = "GET https://api.flickr.com/services/rest/"
	wantCalled := map[string]string{
		"flickr.test.echo": rest, "flickr.test.login": rest, "flickr.auth.oauth.checkToken": rest, "flickr.people.getInfo": rest,
	}
	if diff := cmp.Diff(wantCalled, called); diff != "" {
		t.Errorf("calls, - want, + got:\n%s", diff)
	}
}

func TestFlickrIsAskedAtOnce(t *testing.T) {
	for _, row := range []struct {
		name  string
		extra url.Values
		calls int
	}{
		{"when it has named the person", url.Values{"user_nsid": {"21207597@N07"}}, len(provider.Flickr().Service.FirstCalls())},
		{"when nobody is named yet, for all but the profile", nil, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var calls atomic.Int32
			all := make(chan struct{})
			meeting := roundTrip(func(r *http.Request) (*http.Response, error) {
				if int(calls.Add(1)) == row.calls {
					close(all)
				}
				select {
				case <-all:
					return recorded{}.RoundTrip(r)
				case <-ctx.Done():
					return nil, errors.New("the others do not come")
				}
			})
			got, err := identify(meeting, row.extra)
			if err != nil || got.UserID != "21207597@N07" || got.PhotoCount != 1234 {
				t.Errorf("got %+v, error %v", got, err)
			}
		})
	}
}

func TestFirstCalls(t *testing.T) {
	want := map[string][]string{
		"flickr": {
			"https://api.flickr.com/services/rest/", "https://api.flickr.com/services/rest/", "https://api.flickr.com/services/rest/",
		},
		"smugmug":     {"https://api.smugmug.com/api/v2!authuser?_verbosity=1"},
		"tumblr":      {"https://api.tumblr.com/v2/user/info"},
		"commons":     {"https://commons.wikimedia.org/w/index.php?title=Special:OAuth/identify"},
		"photobucket": nil, // the server is not known before
	}
	for _, p := range provider.BuiltIn() {
		if diff := cmp.Diff(want[p.ID], p.Service.FirstCalls()); diff != "" {
			t.Errorf("%s, - want, + got:\n%s", p.ID, diff)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whatever a service answers: no panic, and no text that is too long or plays tricks on a screen.
func FuzzIdentify(f *testing.F) {
	f.Add(loginBody, checkBody, infoBody)
	f.Add(`{"user":{"id":7,"username":{"_content":8}},"stat":"ok"}`, `{"oauth":{"user":{"nsid":"7"}},"stat":"ok"}`, `{`)
	f.Add(`{"user":{"id":"a/../b","username":"\u202e\u0000"},"stat":"ok"}`,
		`{"oauth":{"perms":{"_content":null},"user":{"nsid":"a/../b"}},"stat":"ok"}`,
		`{"person":{"iconserver":"1","iconfarm":1e3,"photos":{"count":"99999999999999999999"}},"stat":"ok"}`)
	f.Add(`{"stat":"fail","code":98,"message":"\u2066"}`, "[]", "null")
	f.Fuzz(func(t *testing.T, login, check, info string) {
		got, err := identify(recorded{
			"flickr.test.login":            {body: login},
			"flickr.auth.oauth.checkToken": {body: check},
			"flickr.people.getInfo":        {body: info},
		}, nil)
		if err != nil {
			if got != (provider.Identity{}) {
				t.Errorf("got %+v with an error", got)
			}
			if failure, ok := errors.AsType[*provider.ServiceError](err); ok {
				wantClean(t, "message", failure.Message)
			}
			return
		}
		if got.UserID == "" || got.Name == "" {
			t.Errorf("nobody: %+v", got)
		}
		for field, text := range map[string]string{
			"UserID": got.UserID, "UserName": got.UserName, "Name": got.Name, "Permission": got.Permission,
		} {
			wantClean(t, field, text)
		}
		wantAddress(t, got.ProfileURL, "www.flickr.com")
		if got.PictureURL != "" {
			wantAddress(t, got.PictureURL, ".staticflickr.com")
		}
		if got.PhotoCount < -1 {
			t.Errorf("photo count %d", got.PhotoCount)
		}
	})
}

func wantClean(t *testing.T, field, text string) {
	t.Helper()
	dirty := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.IsSpace(r) && r != ' '
	}
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > 120 || strings.ContainsFunc(text, dirty) ||
		strings.TrimSpace(text) != text {
		t.Errorf("%s is not clean: %q", field, text)
	}
}

func wantAddress(t *testing.T, address, host string) {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || !strings.HasSuffix(parsed.Host, host) || parsed.User != nil ||
		parsed.RawQuery != "" || parsed.Fragment != "" || len(address) > 2000 {
		t.Errorf("address %q, want one at %s", address, host)
	}
}
