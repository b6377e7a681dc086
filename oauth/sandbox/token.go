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

// How much a server remembers, so that its memory is bounded.
const (
	maxTemporary = 1000
	maxTokens    = 10_000
	maxNonces    = 8192 // more than honest clients use before the timestamps are too old anyway (RFC 5849 section 3.3)
)

// latest tells in which order keys came, of the last so many.
type latest[Key any] struct {
	keys []Key // a ring
	next int
}

func newLatest[Key any](limit int) *latest[Key] { return &latest[Key]{keys: make([]Key, limit)} }

// replaceOldest puts key in the place of the oldest one, which it returns: the zero value while there are fewer.
func (l *latest[Key]) replaceOldest(key Key) (oldest Key) {
	oldest, l.keys[l.next] = l.keys[l.next], key
	l.next = (l.next + 1) % len(l.keys)
	return oldest
}

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
	delete(s.temporary, s.latestTemporary.replaceOldest(token))
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
