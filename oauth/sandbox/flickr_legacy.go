package sandbox

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// legacyLifetime is how long a legacy token works after its first exchange. Flickr's documents contradict each other: the
// page of the method has the token deleted by the exchange, the page about OAuth 24 hours later.
const legacyLifetime = 24 * time.Hour

// legacyToken is a token of the way in that Flickr had before OAuth.
type legacyToken struct {
	permission string
	ends       time.Time // zero until the first exchange
}

func newLegacyTokens(permissions map[string]string) map[string]*legacyToken {
	tokens := make(map[string]*legacyToken)
	for token, permission := range permissions {
		tokens[token] = &legacyToken{permission: permission}
	}
	return tokens
}

// exchangeLegacy turns a legacy token into token credentials, in a call that is signed as it was done before OAuth.
func (s *Server) exchangeLegacy(m message) ([]node, error) {
	if err := s.checkAPIKey(m.value("api_key")); err != nil {
		return nil, err
	}
	client := s.clients[slices.IndexFunc(s.clients, func(c Client) bool { return c.Key == m.value("api_key") })]
	signature, signed := m.lookUp("api_sig")
	switch {
	case !signed:
		return nil, failure{97, "Missing signature"}
	case !equal(signature, legacySignature(client.Secret.Reveal(), m.fields)):
		return nil, failure{96, "Invalid signature"}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	name := m.value("auth_token")
	token := s.legacy[name]
	if token == nil || s.revoked[name] || !token.ends.IsZero() && s.now().After(token.ends) {
		return nil, failure{98, "Invalid auth token"}
	}
	if token.ends.IsZero() {
		token.ends = s.now().Add(legacyLifetime)
	}
	credentials := issueFlickr(s, temporary{client: client, permission: token.permission})
	return []node{element("auth", element(
		"access_token",
		attribute("oauth_token", credentials.Token),
		attribute("oauth_token_secret", credentials.Secret.Reveal()),
	))}, nil
}

// legacySignature returns the api_sig of a call: the MD5 sum of the secret and all arguments in the order of their names,
// without anything in between.
func legacySignature(secret string, fields []parameter) string {
	sorted := slices.SortedFunc(slices.Values(fields), func(a, b parameter) int { return cmp.Compare(a.name, b.name) })
	text := strings.Builder{}
	text.WriteString(secret)
	for _, p := range sorted {
		if p.name != "api_sig" {
			text.WriteString(p.name + p.value)
		}
	}
	sum := md5.Sum([]byte(text.String())) //nolint:gosec // Flickr's signatures before OAuth are made of it
	return hex.EncodeToString(sum[:])
}
