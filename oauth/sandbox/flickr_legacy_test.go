package sandbox_test

import (
	"crypto/md5"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

// legacySignature signs as it was done before OAuth.
func legacySignature(secret string, fields url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		secret += name + fields.Get(name)
	}
	return fmt.Sprintf("%x", md5.Sum([]byte(secret)))
}

// The example of Flickr's own page on signing: what it says of the signer here holds for the server that agrees with it.
func TestLegacySignature(t *testing.T) {
	got := legacySignature("000005fab4534d05", url.Values{
		"method": {"flickr.auth.getFrob"}, "api_key": {"9a0554259914a86fb9e7eb014e4e5d52"},
	})
	if want := "8ad70cd3888ce493c8dde4931f7d6bd0"; got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
}

const legacyName = "72157600000000000-1234567890abcdef"

// legacyCall returns a call that exchanges a legacy token. change is made before it is signed; "" takes an argument away.
func legacyCall(method string, change map[string]string) *http.Request {
	arguments := map[string]string{
		"method": "flickr.auth.oauth.getAccessToken", "api_key": sandbox.PracticeClient.Key, "auth_token": legacyName,
		"format": "json", "nojsoncallback": "1",
	}
	maps.Copy(arguments, change)
	fields := url.Values{}
	for name, value := range arguments {
		if value != "" {
			fields.Set(name, value)
		}
	}
	if !fields.Has("api_sig") {
		fields.Set("api_sig", legacySignature(sandbox.PracticeClient.Secret.Reveal(), fields))
	}
	return unsigned(way{method, "query"}, restPath, nil, fields)
}

func TestLegacyTokenIsExchanged(t *testing.T) {
	const token, secret = `72157\d{12}-[0-9a-f]{16}`, `[0-9a-f]{16}`
	for _, test := range []struct {
		name, method, permission string
		change                   map[string]string
		contentType, body        string
	}{
		{
			name: "JSON", method: http.MethodGet, permission: "write", contentType: "application/json",
			body: `^{"auth":{"access_token":{"oauth_token":"` + token + `","oauth_token_secret":"` + secret + `"}},"stat":"ok"}$`,
		},
		{
			name: "XML", method: http.MethodPost, permission: "delete", contentType: "text/xml; charset=utf-8",
			change: map[string]string{"format": "", "nojsoncallback": ""},
			body: `^<\?xml version="1.0" encoding="utf-8" \?>\n<rsp stat="ok">\n<auth>\n` +
				"\t" + `<access_token oauth_token="` + token + `" oauth_token_secret="` + secret + `" />\n</auth>\n</rsp>\n$`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, _ := newServer(sandbox.Config{LegacyTokens: map[string]string{legacyName: test.permission}})
			got := send(server, legacyCall(test.method, test.change))
			check(t, "getAccessToken", got, test.contentType, regexp.MustCompile(test.body))
			found := regexp.MustCompile(`oauth_token"?[:=]"([^"]*)".*oauth_token_secret"?[:=]"([^"]*)"`).FindStringSubmatch(got.body)
			credentials := oauth.TokenCredentials{Token: found[1], Secret: oauth.Secret(found[2])}
			got = send(server, call(plainWay, credentials, url.Values{"method": {"flickr.auth.oauth.checkToken"}}))
			if want := "<perms>" + test.permission + "</perms>"; !strings.Contains(got.body, want) {
				t.Errorf("checkToken: body %q, want %q in it", got.body, want)
			}
		})
	}
}

func TestLegacyTokenEndsADayAfterTheExchange(t *testing.T) {
	server, now := newServer(sandbox.Config{LegacyTokens: map[string]string{legacyName: "read"}})
	exchanged := func() bool {
		return strings.Contains(send(server, legacyCall(http.MethodGet, nil)).body, `"stat":"ok"`)
	}
	for _, step := range []struct {
		name string
		wait time.Duration
		want bool
	}{
		{"after years", 9999 * time.Hour, true},
		{"a day after that", 24 * time.Hour, true},
		{"more than a day after that", time.Second, false},
	} {
		*now = now.Add(step.wait)
		if got := exchanged(); got != step.want {
			t.Errorf("%s: exchanged is %t", step.name, got)
		}
	}
}

func TestLegacyTokenIsRefused(t *testing.T) {
	server, _ := newServer(sandbox.Config{LegacyTokens: map[string]string{legacyName: "read", "revoked": "read"}})
	server.Revoke("revoked")
	missing := legacyCall(http.MethodGet, nil)
	query := missing.URL.Query()
	query.Del("api_sig")
	missing.URL.RawQuery = query.Encode()
	for _, test := range []struct {
		name string
		r    *http.Request
		want string
	}{
		{
			"no key", legacyCall("GET", map[string]string{"api_key": ""}),
			`"code":100,"message":"Invalid API Key (Key has invalid format)"`,
		},
		{
			"unknown key", legacyCall("GET", map[string]string{"api_key": strings.Repeat("0", 32)}),
			`"code":100,"message":"Invalid API Key (Key not found)"`,
		},
		{"no signature", missing, `"code":97,"message":"Missing signature"`},
		{"wrong signature", legacyCall("GET", map[string]string{"api_sig": "x"}), `"code":96,"message":"Invalid signature"`},
		{"no token", legacyCall("GET", map[string]string{"auth_token": ""}), `"code":98,"message":"Invalid auth token"`},
		{"unknown token", legacyCall("GET", map[string]string{"auth_token": "x"}), `"code":98,"message":"Invalid auth token"`},
		{
			"revoked token", legacyCall("GET", map[string]string{"auth_token": "revoked"}),
			`"code":98,"message":"Invalid auth token"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `{"stat":"fail",` + test.want + `}`
			if got := send(server, test.r); got.status != http.StatusOK || got.body != want {
				t.Errorf("status %d, body %q, want %q", got.status, got.body, want)
			}
		})
	}
	t.Run("another HTTP method", func(t *testing.T) {
		got := send(server, httptest.NewRequest(http.MethodPut, restPath+"?method=flickr.auth.oauth.getAccessToken", nil))
		if got.status != http.StatusMethodNotAllowed {
			t.Errorf("status %d", got.status)
		}
	})
}
