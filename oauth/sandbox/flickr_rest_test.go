package sandbox_test

import (
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

func TestMethods(t *testing.T) {
	server, _ := newServer(sandbox.Config{
		Person: sandbox.Person{ID: "1@N01", UserName: "o'grace", Name: `Grace <"&é`, PhotoCount: 7, Pro: true},
	})
	token := link(t, server, "delete")
	for _, test := range []struct {
		name, method, userID string
		json, xml            string
	}{
		{
			name:   "login",
			method: "flickr.test.login",
			json:   `{"user":{"id":"1@N01","username":{"_content":"o'grace"},"path_alias":null},"stat":"ok"}`,
			xml: `<rsp stat="ok">
<user id="1@N01" path_alias="">
	<username>o&#39;grace</username>
</user>
</rsp>
`,
		},
		{
			name:   "checkToken",
			method: "flickr.auth.oauth.checkToken",
			json: `{"oauth":{"token":{"_content":"TOKEN"},"perms":{"_content":"delete"},` +
				`"user":{"nsid":"1@N01","username":"o'grace","fullname":"Grace \u003c\"\u0026é"}},"stat":"ok"}`,
			xml: `<rsp stat="ok">
<oauth>
	<token>TOKEN</token>
	<perms>delete</perms>
	<user nsid="1@N01" username="o&#39;grace" fullname="Grace &lt;&#34;&amp;é" />
</oauth>
</rsp>
`,
		},
		{
			name:   "getInfo",
			method: "flickr.people.getInfo", userID: "1@N01",
			json: `{"person":{"id":"1@N01","nsid":"1@N01","ispro":1,"is_deleted":0,"iconserver":"65535","iconfarm":66,` +
				`"path_alias":null,"username":{"_content":"o'grace"},"realname":{"_content":"Grace \u003c\"\u0026é"},` +
				`"location":{"_content":""},"description":{"_content":""},` +
				`"photosurl":{"_content":"http:\/\/sandbox.example\/photos\/1@N01\/"},` +
				`"profileurl":{"_content":"http:\/\/sandbox.example\/people\/1@N01\/"},` +
				`"photos":{"count":{"_content":7}}},"stat":"ok"}`,
			xml: `<rsp stat="ok">
<person id="1@N01" nsid="1@N01" ispro="1" is_deleted="0" iconserver="65535" iconfarm="66" path_alias="">
	<username>o&#39;grace</username>
	<realname>Grace &lt;&#34;&amp;é</realname>
	<location></location>
	<description></description>
	<photosurl>http://sandbox.example/photos/1@N01/</photosurl>
	<profileurl>http://sandbox.example/people/1@N01/</profileurl>
	<photos>
		<count>7</count>
	</photos>
</person>
</rsp>
`,
		},
		{
			name:   "getInfo of a stranger",
			method: "flickr.people.getInfo", userID: "2@N01",
			json: `{"stat":"fail","code":1,"message":"User not found"}`,
			xml: `<rsp stat="fail">
	<err code="1" msg="User not found" />
</rsp>
`,
		},
		{
			name:   "unknown method",
			method: "flickr.fakeMethod",
			json:   `{"stat":"fail","code":112,"message":"Method \"flickr.fakeMethod\" not found"}`,
			xml: `<rsp stat="fail">
	<err code="112" msg="Method &#34;flickr.fakeMethod&#34; not found" />
</rsp>
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			fields := url.Values{"method": {test.method}}
			if test.userID != "" {
				fields.Set("user_id", test.userID)
			}
			compare := func(contentType, want string) {
				t.Helper()
				got := send(server, call(plainWay, token, fields))
				if got.status != http.StatusOK || got.header.Get("Content-Type") != contentType {
					t.Errorf("status %d, type %q, want 200, %q", got.status, got.header.Get("Content-Type"), contentType)
				}
				want = strings.ReplaceAll(want, "TOKEN", token.Token)
				if diff := cmp.Diff(want, got.body); diff != "" {
					t.Errorf("body, - want, + got:\n%s", diff)
				}
			}
			compare("text/xml; charset=utf-8", `<?xml version="1.0" encoding="utf-8" ?>`+"\n"+test.xml)
			fields.Set("format", "json")
			compare("text/javascript; charset=utf-8", "jsonFlickrApi("+test.json+")")
			fields.Set("nojsoncallback", "1")
			compare("application/json", test.json)
		})
	}
}

func TestLookUpUser(t *testing.T) {
	const (
		found    = `{"user":{"id":"1@N01","username":{"_content":"o'grace"}},"stat":"ok"}`
		notFound = `{"stat":"fail","code":1,"message":"User not found"}`
	)
	grace := sandbox.Person{ID: "1@N01", UserName: "o'grace", PathAlias: "grace"}
	nobody := sandbox.Person{ID: "1@N01", UserName: "o'grace"} // without a name in addresses
	for _, test := range []struct {
		name, url string
		person    sandbox.Person
		want      string
	}{
		{"photos", "https://www.flickr.com/photos/grace/", grace, found},
		{"without the slash", "https://www.flickr.com/photos/grace", grace, found},
		{"profile", "http://flickr.com/people/grace/", grace, found},
		{"by ID", "https://www.flickr.com/photos/1@N01/", grace, found},
		{"by ID, without alias", "https://www.flickr.com/photos/1@N01/", nobody, found},
		{"a stranger", "https://www.flickr.com/photos/ada/", grace, notFound},
		{"nobody's name", "https://www.flickr.com/photos//", nobody, notFound},
		{"an album", "https://www.flickr.com/photos/grace/albums/1", grace, notFound},
		{"no address", "", grace, notFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{Person: test.person})
			got := get(server, restPath+"?method=flickr.urls.lookupUser&format=json&nojsoncallback=1&api_key="+
				sandbox.PracticeClient.Key+"&url="+url.QueryEscape(test.url))
			if got.status != http.StatusOK || got.body != test.want {
				t.Errorf("status %d, body %q, want %q", got.status, got.body, test.want)
			}
		})
	}
}

func TestUnsignedCalls(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	key := sandbox.PracticeClient.Key
	for _, test := range []struct{ name, query, want string }{
		{
			"echo", "method=flickr.test.echo&foo=b%2Fr&api_key=" + key,
			`{"method":{"_content":"flickr.test.echo"},"foo":{"_content":"b\/r"},"api_key":{"_content":"` + key + `"},` +
				`"format":{"_content":"json"},"nojsoncallback":{"_content":"1"},"stat":"ok"}`,
		},
		{
			"login", "method=flickr.test.login&api_key=" + key,
			`{"stat":"fail","code":99,"message":"Insufficient permissions. Method requires read privileges; none granted."}`,
		},
		{
			"checkToken", "method=flickr.auth.oauth.checkToken&oauth_token=x&api_key=" + key,
			`{"stat":"fail","code":97,"message":"Missing signature"}`,
		},
		{
			"no key", "method=flickr.test.echo",
			`{"stat":"fail","code":100,"message":"Invalid API Key (Key has invalid format)"}`,
		},
		{
			"key of another shape", "method=flickr.test.echo&api_key=abc",
			`{"stat":"fail","code":100,"message":"Invalid API Key (Key has invalid format)"}`,
		},
		{
			"unknown key", "method=flickr.test.echo&api_key=00000000000000000000000000000000",
			`{"stat":"fail","code":100,"message":"Invalid API Key (Key not found)"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := get(server, "/services/rest/?"+test.query+"&format=json&nojsoncallback=1")
			if got.status != http.StatusOK || got.body != test.want {
				t.Errorf("status %d, body\n%s\nwant\n%s", got.status, got.body, test.want)
			}
		})
	}
	t.Run("unknown format", func(t *testing.T) {
		got := get(server, restPath+"?method=flickr.test.echo&format=yaml&api_key="+key)
		if want := `<err code="111" msg="Format &#34;yaml&#34; not found" />`; !strings.Contains(got.body, want) {
			t.Errorf("body %q, want %q in it", got.body, want)
		}
	})
	t.Run("echo keeps markup out of XML", func(t *testing.T) {
		got := get(server, restPath+"?method=flickr.test.echo&a%3Cb=1&c=%3Cd%3E%00&api_key="+key)
		want := `<?xml version="1.0" encoding="utf-8" ?>
<rsp stat="ok">
<method>flickr.test.echo</method>
<c>&lt;d&gt;` + "\uFFFD" + `</c>
<api_key>` + key + `</api_key>
</rsp>
`
		if diff := cmp.Diff(want, got.body); diff != "" {
			t.Errorf("body, - want, + got:\n%s", diff)
		}
	})
}

// Whatever format is asked for, what is wrong with the OAuth parameters comes as oauth_problem.
func TestProblemsOfSignedCalls(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := link(t, server, "read")
	temporary := requestToken(t, server, plainWay, callbackURL)
	fields := url.Values{"method": {"flickr.test.login"}, "format": {"json"}, "nojsoncallback": {"1"}}

	t.Run("no token", func(t *testing.T) {
		checkProblem(t, send(server, signed(plainWay, restPath, protocolParameters(""), fields, "")), 400,
			"oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token")
	})
	t.Run("request token", func(t *testing.T) {
		misused := oauth.TokenCredentials(temporary)
		checkProblem(t, send(server, call(plainWay, misused, fields)), 401, "oauth_problem=verifier_invalid")
	})
	t.Run("unknown client", func(t *testing.T) {
		protocol := protocolParameters(token.Token)
		protocol["oauth_consumer_key"] = "unknown"
		checkProblem(t, send(server, signed(plainWay, restPath, protocol, fields, "")), 401,
			"oauth_problem=consumer_key_unknown")
	})
	t.Run("stale timestamp", func(t *testing.T) {
		protocol := protocolParameters(token.Token)
		protocol["oauth_timestamp"] = "1699990000"
		checkProblem(t, send(server, signed(plainWay, restPath, protocol, fields, token.Secret.Reveal())), 401,
			"oauth_problem=timestamp_refused")
	})
	t.Run("wrong secret", func(t *testing.T) {
		got := send(server, call(plainWay, oauth.TokenCredentials{Token: token.Token, Secret: "guess"}, fields))
		want := "oauth_problem=signature_invalid&debug_sbs=GET&http%3A%2F%2Fsandbox.example%2Fservices%2Frest&format%3Djson%26"
		if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.body, want) {
			t.Errorf("status %d, body %q, want it to start with %q", got.status, got.body, want)
		}
	})
	t.Run("token that nobody issued", func(t *testing.T) {
		unknown := oauth.TokenCredentials{Token: "72157000000000000-0000000000000000"}
		if got := login(server, unknown); got != invalidToken {
			t.Errorf("body %q", got)
		}
	})
}

func TestBuddyIcon(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	got := get(server, "/buddyicons/12345678%40N00.jpg")
	picture, err := jpeg.DecodeConfig(strings.NewReader(got.body))
	if err != nil || got.header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("status %d, type %q: %v", got.status, got.header.Get("Content-Type"), err)
	}
	if picture.Width != 96 || picture.Height != 96 {
		t.Errorf("%d x %d pixels", picture.Width, picture.Height)
	}
	if got := get(server, "/buddyicons/87654321%40N00.jpg"); got.status != http.StatusNotFound {
		t.Errorf("stranger: status %d", got.status)
	}
}
