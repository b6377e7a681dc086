package provider_test

import (
	"errors"
	"net/http"
	"testing"

	"photolink/oauth"
	"photolink/oauth/provider"
)

const legacyToken = "72157600000000001-0123456789abcdef"

func exchangeLegacy(t *testing.T, transport http.RoundTripper) (oauth.TokenCredentials, error) {
	t.Helper()
	flickr := provider.Flickr()
	exchanger, ok := flickr.Service.(provider.LegacyExchanger)
	if !ok {
		t.Fatal("Flickr exchanges no legacy tokens")
	}
	client := flickr.Client(key)
	client.HTTPClient = &http.Client{Transport: transport}
	return exchanger.ExchangeLegacy(t.Context(), client, legacyToken)
}

func TestExchangeLegacy(t *testing.T) {
	const method = "flickr.auth.oauth.getAccessToken"
	granted := answer{body: `{"auth":{"access_token":{"oauth_token":"72157607082540144-8d5d7ea7696629bf",` +
		`"oauth_token_secret":"f38bf58b2d95bc8b"}},"stat":"ok"}`}
	for _, row := range []struct {
		name string
		said answer
		want error
	}{
		{"exchanged", granted, nil},
		{"unknown token", fail("98", "Invalid auth token"), provider.ErrTokenRefused},
		{"wrong secret", fail("96", "Invalid signature"), oauth.ProblemSignatureInvalid},
		{"unknown key", fail("100", "Invalid API Key (Key not found)"), provider.ErrKeyRefused},
		{"method withdrawn", fail("112", `Method \"flickr.auth.oauth.getAccessToken\" not found`), provider.ErrNotOffered},
		{"no token in it", answer{body: `{"auth":{},"stat":"ok"}`}, provider.ErrNotUnderstood},
		{"no secret in it", answer{body: `{"auth":{"access_token":{"oauth_token":"t"}},"stat":"ok"}`}, provider.ErrNotUnderstood},
		{"a page", answer{body: htmlBody}, provider.ErrNotUnderstood},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := exchangeLegacy(t, recorded{method: row.said})
			if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			want := oauth.TokenCredentials{}
			if row.want == nil {
				want = oauth.TokenCredentials{Token: "72157607082540144-8d5d7ea7696629bf", Secret: "f38bf58b2d95bc8b"}
			}
			if got != want {
				t.Errorf("got token %q", got.Token)
			}
		})
	}
}

// The sum is the one that the md5 program gives for the text that Flickr's documents describe.
func TestLegacySignature(t *testing.T) {
	const want = "bdf540ea87c59746cfa754cd9400bb8e"
	spy := roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.URL.Query().Get("api_sig"); got != want {
			t.Errorf("signature %s, want %s", got, want)
		}
		if r.URL.Host != "api.flickr.com" || r.URL.Scheme != "https" || r.Header.Get("Authorization") != "" {
			t.Errorf("called %s with %v", r.URL, r.Header)
		}
		return recorded{}.RoundTrip(r)
	})
	_, _ = exchangeLegacy(t, spy)
}
