package oauth

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

var (
	// ErrCallbackNotConfirmed means that the service did not say oauth_callback_confirmed=true, so that it may send
	// the browser elsewhere (RFC 5849 section 2.1). Going on would give up the protection of edition 1.0a.
	ErrCallbackNotConfirmed = errors.New("the service did not confirm the callback")

	// ErrMalformedResponse means that an answer is not the form-encoded text of RFC 5849 with one token and its secret.
	ErrMalformedResponse = errors.New("the answer holds no credentials")

	// ErrResponseTooLarge means that an answer exceeds 1 MiB.
	ErrResponseTooLarge = errors.New("the answer is larger than 1 MiB")

	// ErrRedirected means that the service answered with a redirect, which a signed request must not follow.
	ErrRedirected = errors.New("the service redirects elsewhere")
)

// Problem is a value of oauth_problem, the vocabulary of the OAuth Problem Reporting extension. Use it with
// [errors.Is]; services send values beyond these.
type Problem string

// The problems that services are known to report.
const (
	ProblemCallbackRejected        Problem = "callback_rejected"
	ProblemConsumerKeyRefused      Problem = "consumer_key_refused"
	ProblemConsumerKeyUnknown      Problem = "consumer_key_unknown"
	ProblemNonceUsed               Problem = "nonce_used"
	ProblemParameterAbsent         Problem = "parameter_absent"
	ProblemPermissionDenied        Problem = "permission_denied"
	ProblemSignatureInvalid        Problem = "signature_invalid"
	ProblemSignatureMethodRejected Problem = "signature_method_rejected"
	ProblemTimestampRefused        Problem = "timestamp_refused"
	ProblemTokenExpired            Problem = "token_expired"
	ProblemTokenRejected           Problem = "token_rejected"
	ProblemTokenRevoked            Problem = "token_revoked"
	ProblemTokenUsed               Problem = "token_used"
	ProblemUserRefused             Problem = "user_refused"
	ProblemVerifierInvalid         Problem = "verifier_invalid"
)

// Error returns the value itself.
func (p Problem) Error() string { return string(p) }

// Error is an answer that a request could not go on with.
type Error struct {
	Status  int     // HTTP status code; an oauth_problem can come with 200
	Problem Problem // oauth_problem, or what [Client.FindProblem] recognised, or empty
	Body    string  // what the service said: at most 512 bytes, without credentials, signatures and control characters
	Err     error   // what else was wrong, such as [ErrRedirected]; may be nil

	RetryAfter string // the Retry-After header as sent: seconds or a date; or empty
}

// Error names the problem, the status and the cause, but not the body.
func (e *Error) Error() string {
	text := fmt.Sprintf("HTTP status %d", e.Status)
	if e.Problem != "" {
		text = string(e.Problem) + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives errors.Is and errors.As the problem and the cause.
func (e *Error) Unwrap() []error {
	var causes []error
	if e.Problem != "" {
		causes = append(causes, e.Problem)
	}
	if e.Err != nil {
		causes = append(causes, e.Err)
	}
	return causes
}

// judge finds out whether an answer is a failure: a problem at any status, a redirect, or a status other than 2xx.
func (c *Client) judge(answer *http.Response, body []byte) *Error {
	problem := findProblem(answer.Header, body)
	if problem == "" && c.FindProblem != nil {
		problem = c.FindProblem(answer.StatusCode, body)
	}
	failure := &Error{Status: answer.StatusCode, Problem: problem, RetryAfter: answer.Header.Get("Retry-After")}
	switch status := answer.StatusCode; {
	case status >= 300 && status < 400:
		failure.Err = ErrRedirected
		return failure
	case problem != "", status < 200 || status > 299:
		return failure
	}
	return nil
}

// findProblem looks for oauth_problem in a form-encoded body and in the WWW-Authenticate header, where the Problem
// Reporting extension puts it.
func findProblem(header http.Header, body []byte) Problem {
	for _, challenge := range header.Values("WWW-Authenticate") {
		if _, after, found := strings.Cut(challenge, `oauth_problem="`); found {
			value, _, _ := strings.Cut(after, `"`)
			return problem(value)
		}
	}
	text := strings.TrimSpace(string(body))
	if text == "" || strings.ContainsRune("{[<", rune(text[0])) { // JSON, XML and HTML are no form
		return ""
	}
	for pair := range strings.SplitSeq(text, "&") {
		if value, found := strings.CutPrefix(pair, "oauth_problem="); found {
			return problem(value)
		}
	}
	return ""
}

// problem takes a value as it came, if it looks like a word of the vocabulary; the rest could be anything.
func problem(value string) Problem {
	if len(value) > 64 || strings.ContainsFunc(value, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return "unreadable"
	}
	return Problem(value)
}

// parseCredentials reads the form-encoded answer of both credential requests.
func parseCredentials(body []byte) (url.Values, error) {
	values, err := parseForm(strings.TrimSpace(string(body)))
	if err != nil || values.Get("oauth_token") == "" ||
		len(values["oauth_token"]) != 1 || len(values["oauth_token_secret"]) != 1 {
		return nil, ErrMalformedResponse
	}
	return values, nil
}

// transportError takes the address out of errors of net/http: its query may carry a signature and a token.
func transportError(err error) error {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return err
	}
	host := "the service"
	if target, parseErr := url.Parse(failed.URL); parseErr == nil {
		host = target.Host
	}
	return fmt.Errorf("%s %s: %w", strings.ToUpper(failed.Op), host, failed.Err)
}

const maxQuoted = 512

// secretParameter finds credentials by their names, in form-encoded text, also escaped, in JSON and in XML alike.
var secretParameter = regexp.MustCompile(
	`(?i)((?:oauth_(?:token|token_secret|verifier|signature|nonce|consumer_key)|access_token|auth_token|api_sig|` +
		`api_key|secret|password)["']?\s*(?:[=:>]|%3D)\s*["']?)[^&"'\s<>,}]+`)

// redactBody returns the beginning of body, fit to be shown: without the given secrets in any encoding, without values
// that look like credentials, and without debug_sbs, the base string that Flickr appends to a signature_invalid.
func redactBody(body []byte, secrets []string) string {
	body, _, _ = bytes.Cut(body, []byte("debug_sbs="))
	text := string(body)
	for _, secret := range secrets {
		once := string(appendEscaped(nil, secret))
		for _, form := range []string{string(appendEscaped(nil, once)), once, url.QueryEscape(secret), secret} {
			if form != "" {
				text = strings.ReplaceAll(text, form, redacted)
			}
		}
	}
	text = secretParameter.ReplaceAllString(text, "${1}"+redacted)
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxQuoted {
		text = strings.ToValidUTF8(text[:maxQuoted], "")
	}
	return text
}
