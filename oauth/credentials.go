package oauth

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// ClientCredentials identify and authenticate the application (RFC 5849 section 1.1). Services call them consumer key
// and secret, or API key and secret.
type ClientCredentials struct {
	Key    string
	Secret Secret
}

// TemporaryCredentials stand for one authorization request until it is approved (RFC 5849 section 2.1). Services call
// them a request token. They are of no use as [TokenCredentials], and the compiler says so.
type TemporaryCredentials struct {
	Token  string
	Secret Secret
}

// TokenCredentials stand for the access that the resource owner granted (RFC 5849 section 2.3). Services call them an
// access token.
type TokenCredentials struct {
	Token  string
	Secret Secret
}

// Secret is text that must not show up in a log, an error or a report. Every way of printing it gives "redacted";
// only [Secret.Reveal] gives the text, so a search for Reveal finds each place where a secret is used.
//
// The one thing that a type cannot prevent is package fmt reaching into an unexported struct field: keep secrets in
// exported fields.
type Secret string

const redacted = "redacted"

// Reveal returns the secret text itself.
func (s Secret) Reveal() string { return string(s) }

// Equal reports whether both secrets hold the same text. It takes the same time wherever they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(other)) == 1
}

// String returns "redacted".
func (Secret) String() string { return redacted }

// GoString returns "redacted".
func (Secret) GoString() string { return redacted }

// Format writes "redacted" for every verb; without it, fmt would print the text for verbs that it finds unfitting.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redacted)) }

// MarshalText returns "redacted", which covers encoding/json and encoding/xml too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns "redacted".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
