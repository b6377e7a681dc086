package link

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

var (
	// ErrPasteEmpty means that what was pasted holds no verifier.
	ErrPasteEmpty = errors.New("the text holds no code")
	// ErrPasteForeign means that what was pasted belongs to another sign-in.
	ErrPasteForeign = errors.New("the text belongs to another sign-in")
)

// maxVerifier bounds a verifier, in bytes. Those that are known have at most 32.
const maxVerifier = 512

// ParsePasted finds the verifier in what a person pasted: the address that the browser ended on, with http or https; a
// part of it, such as oauth_verifier=...; or the code alone, as 123-456-789 or otherwise. Quotes and white space around
// and within are forgiven. token is the one of this sign-in: text that names another is [ErrPasteForeign].
func ParsePasted(text, token string) (string, error) {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	text = strings.Map(func(r rune) rune {
		if blank(r) || strings.ContainsRune("\"'<>`“”‘’«»", r) {
			return -1
		}
		return r
	}, text)
	text, _, _ = strings.Cut(text, "#") // Tumblr appends #_=_
	if _, query, found := strings.Cut(text, "?"); found {
		text = query
	}
	verifier := text
	if strings.Contains(text, "=") {
		values, err := url.ParseQuery(text)
		if err != nil {
			return "", ErrPasteEmpty
		}
		if values.Has("oauth_token") && values.Get("oauth_token") != token {
			return "", ErrPasteForeign
		}
		verifier = values.Get("oauth_verifier")
	}
	if verifier == "" || len(verifier) > maxVerifier || strings.ContainsAny(verifier, "/:&?") ||
		strings.ContainsFunc(verifier, blank) { // escaped in what was pasted
		return "", ErrPasteEmpty
	}
	return verifier, nil
}
