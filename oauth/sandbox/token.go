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
)

const (
	maxTemporary = 1000
	maxTokens    = 10_000
)

// temporary is what temporary credentials stand for (RFC 5849 section 2.1).
type temporary struct {
	service    *service
	client     Client
	secret     string
	callback   *url.URL // nil: "oob", or nothing that can be called
	outOfBand  bool
	expires    time.Time
	formToken  string // proves that the answer comes from the authorize page; empty once it was given
	approved   bool
	permission string // what the person granted
	verifier   string // empty until the person approved, and for a service without verifiers
	extra      string // what comes back with the answer
	subdomain  string // Photobucket's server for this person
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
