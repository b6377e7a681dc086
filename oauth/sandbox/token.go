package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"

	"photolink/oauth"
)

// permissions are what a person can grant, least first; each includes those before it.
var permissions = []string{"read", "write", "delete"}

const (
	temporaryLifetime = 10 * time.Minute // Flickr's is not known
	maxTemporary      = 1000
)

// temporary is what temporary credentials stand for (RFC 5849 section 2.1).
type temporary struct {
	client     Client
	secret     string
	callback   *url.URL // nil: "oob", or nothing that can be called
	outOfBand  bool
	expires    time.Time
	formToken  string // proves that the answer comes from the authorize page; empty once it was given
	permission string // what the person granted
	verifier   string // empty until the person approved
}

// keep remembers new temporary credentials, in place of the oldest ones where there are too many.
func (s *Server) keep(token string, t *temporary) {
	if len(s.temporary) >= maxTemporary {
		var oldest string
		for candidate := range s.temporary {
			if oldest == "" || s.temporary[candidate].expires.Before(s.temporary[oldest].expires) {
				oldest = candidate
			}
		}
		delete(s.temporary, oldest)
	}
	s.temporary[token] = t
}

// issue returns token credentials for what the person granted to a client (RFC 5849 section 2.3). Nothing is kept:
// all of it can be derived again.
func (s *Server) issue(permission, clientKey string) oauth.TokenCredentials {
	digits := randomDigits()
	return oauth.TokenCredentials{
		Token:  digits + "-" + s.derive("token", digits, permission, clientKey),
		Secret: oauth.Secret(s.derive("secret", digits, permission, clientKey)),
	}
}

// granted returns what token allows a client to do, and its secret; ok is false for a token that was not issued to
// this client, or has been revoked. s.mu must be held.
func (s *Server) granted(token, clientKey string) (permission, secret string, ok bool) {
	if s.revoked[token] {
		return "", "", false
	}
	digits, mark, _ := strings.Cut(token, "-")
	for _, permission := range permissions {
		if equal(mark, s.derive("token", digits, permission, clientKey)) {
			return permission, s.derive("secret", digits, permission, clientKey), true
		}
	}
	return "", "", false
}

// derive returns 16 hexadecimal digits that only this server's seed gives.
func (s *Server) derive(label, digits, permission, clientKey string) string {
	mac := hmac.New(sha256.New, s.seed)
	mac.Write([]byte(strings.Join([]string{label, digits, permission, clientKey}, "\x00")))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// randomDigits returns the 17 digits that Flickr's tokens start with, the first five of which never change.
func randomDigits() string { return "72157" + randomDecimal(12) }

// randomDecimal returns so many random decimal digits.
func randomDecimal(digits int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, _ := rand.Int(rand.Reader, limit) // never fails: it ends the program instead
	return fmt.Sprintf("%0*d", digits, n)
}

// randomHex returns 16 random hexadecimal digits.
func randomHex() string {
	var random [8]byte
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}
