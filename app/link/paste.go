package link

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"unicode"

	"photolink/callback"
)

var (
	// ErrPasteEmpty means that what was pasted holds no verifier.
	ErrPasteEmpty = errors.New("the text holds no code")
	// ErrPasteForeign means that what was pasted belongs to another sign-in.
	ErrPasteForeign = errors.New("the text belongs to another sign-in")
)

// maxVerifier bounds a verifier, in bytes. Those that are known have at most 32.
const maxVerifier = 512

// ParsePasted reads what a person pasted: the address that the browser ended on, with http or https; a part of it, such as
// oauth_verifier=...; or the code alone, as 123-456-789 or otherwise. Quotes and white space around and within are
// forgiven. token is the one of this sign-in: text that names another is [ErrPasteForeign]. An address that tells of a
// denial is [ErrDeclined]. A service without verifiers has to name the token instead.
func ParsePasted(text, token string, withoutVerifier bool) (callback.Answer, error) {
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
	answer := callback.Answer{Verifier: text, SameBrowser: true} // it came by the person's own hand
	if strings.Contains(text, "=") {
		values, err := url.ParseQuery(text)
		if err != nil {
			return callback.Answer{}, ErrPasteEmpty
		}
		named := cmp.Or(values.Get("oauth_token"), values.Get("denied"))
		switch {
		case (values.Has("oauth_token") || values.Has("denied")) && named != token:
			return callback.Answer{}, ErrPasteForeign
		case values.Has("denied"), named != "" && (values.Has("oauth_problem") || values.Has("error")):
			return callback.Answer{}, ErrDeclined
		case withoutVerifier && named != "":
			values.Del("oauth_token")
			return callback.Answer{SameBrowser: true, Parameters: values}, nil
		}
		answer.Verifier = values.Get("oauth_verifier")
	}
	if verifier := answer.Verifier; verifier == "" || withoutVerifier || len(verifier) > maxVerifier ||
		strings.ContainsAny(verifier, "/:&?") || strings.ContainsFunc(verifier, blank) { // escaped in what was pasted
		return callback.Answer{}, ErrPasteEmpty
	}
	return answer, nil
}
