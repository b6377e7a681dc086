package oauth

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is the method that RFC 5849 and the services prescribe.
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// SignatureBaseString returns the text to sign (RFC 5849 section 3.4.1). target may carry a query of its own, which
// takes part as sent (its raw text is split on & alone); params are the form-body and protocol parameters as decoded
// text, without oauth_signature and realm. A bad percent-escape, or a scheme other than http and https, is an error.
func SignatureBaseString(method string, target *url.URL, params url.Values) (string, error) {
	base, err := signatureBase(method, target, params, nil)
	return string(base), err
}

// SignHMACSHA1 returns the base64 signature of text (RFC 5849 section 3.4.2).
func SignHMACSHA1(text, clientSecret, tokenSecret string) string {
	return signHMACSHA1([]byte(text), clientSecret, tokenSecret)
}

// parameter is a name with one value.
type parameter struct{ name, value string }

// signatureBase is SignatureBaseString with the protocol parameters, whose names need no encoding, apart from the form.
func signatureBase(method string, target *url.URL, form url.Values, protocol []parameter) ([]byte, error) {
	scheme := strings.ToLower(target.Scheme)
	if scheme != "http" && scheme != "https" {
		return nil, fmt.Errorf("signature base string: scheme %q is neither http nor https", target.Scheme)
	}
	if target.Host == "" || target.Opaque != "" {
		return nil, errors.New("signature base string: the address names no host")
	}
	path := target.EscapedPath()
	if path == "" {
		path = "/"
	}

	pairs := make([]parameter, 0, 32) // percent-encoded; most requests have fewer, and a constant needs no heap
	for pair := range strings.SplitSeq(target.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := reescape(name)
		value, valueErr := reescape(value)
		if err := cmp.Or(nameErr, valueErr); err != nil {
			return nil, fmt.Errorf("signature base string: query: %w", err)
		}
		pairs = append(pairs, parameter{name, value})
	}
	for name, values := range form {
		for _, value := range values {
			pairs = append(pairs, parameter{escape(name), escape(value)})
		}
	}
	for _, p := range protocol {
		pairs = append(pairs, parameter{p.name, escape(p.value)})
	}
	// By encoded name, then by encoded value, byte by byte (RFC 5849 section 3.4.1.3.2). Places are moved, not pairs: the
	// garbage collector has no interest in numbers.
	order := make([]int, 0, 32)
	size := len(method) + len(target.Host) + len(path) + 64 // for separators, and for what is encoded twice
	for i, p := range pairs {
		order = append(order, i)
		size += len(p.name) + len(p.value) + len("%3D%26")
	}
	slices.SortFunc(order, func(i, j int) int {
		if names := strings.Compare(pairs[i].name, pairs[j].name); names != 0 {
			return names
		}
		return strings.Compare(pairs[i].value, pairs[j].value)
	})

	base := make([]byte, 0, size)
	base = append(base, strings.ToUpper(method)...)
	base = append(base, '&')
	base = append(base, scheme...)
	base = append(base, "%3A%2F%2F"...)
	base = appendEscaped(base, authority(scheme, target.Host))
	base = appendEscaped(base, path)
	separator := "&"
	for _, i := range order { // joined by = and &, the whole percent-encoded once more
		p := pairs[i]
		if p.name == "oauth_signature" { // RFC 5849 section 3.4.1.3.1: never part of what is signed
			continue
		}
		base = append(base, separator...)
		base = appendEscaped(base, p.name)
		base = append(base, "%3D"...)
		base = appendEscaped(base, p.value)
		separator = "%26"
	}
	return base, nil
}

func signHMACSHA1(text []byte, clientSecret, tokenSecret string) string {
	key := make([]byte, 0, 128)
	key = appendEscaped(key, clientSecret)
	key = append(key, '&')
	key = appendEscaped(key, tokenSecret)
	mac := hmac.New(sha1.New, key)
	mac.Write(text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authority is the host in lower case, without the port where that is the default of the scheme or empty
// (RFC 5849 section 3.4.1.2).
func authority(scheme, host string) string {
	host = strings.ToLower(host)
	host = strings.TrimSuffix(host, ":")
	if scheme == "http" {
		return strings.TrimSuffix(host, ":80")
	}
	return strings.TrimSuffix(host, ":443")
}

// parseForm reads a form-urlencoded text. It splits on & alone: net/url would refuse a semicolon, which is a letter like any other here.
func parseForm(encoded string) (url.Values, error) {
	values := url.Values{}
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, err
		}
		values.Add(name, value)
	}
	return values, nil
}

const (
	upperHex   = "0123456789ABCDEF"
	unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" // RFC 3986 section 2.3
)

// plain tells which bytes stand for themselves.
var plain = func() (table [256]bool) {
	for i := range len(unreserved) {
		table[unreserved[i]] = true
	}
	return table
}()

// escape returns text percent-encoded as RFC 5849 section 3.6 demands, which is stricter than any function of net/url:
// every byte but the unreserved ones, in upper case.
func escape(text string) string {
	for i := range len(text) {
		if !plain[text[i]] {
			return string(appendEscaped(nil, text))
		}
	}
	return text // the usual case, and the text itself is free
}

// appendEscaped appends what escape returns.
func appendEscaped(to []byte, text string) []byte {
	done := 0
	for i := range len(text) {
		if c := text[i]; !plain[c] {
			to = append(to, text[done:i]...)
			to = append(to, '%', upperHex[c>>4], upperHex[c&15])
			done = i + 1
		}
	}
	return append(to, text[done:]...)
}

// reescape returns what escape does with the text that encoded, a part of a query, stands for. A plus sign is a space.
func reescape(encoded string) (string, error) {
	if isEscaped(encoded) {
		return encoded, nil
	}
	text, err := url.QueryUnescape(encoded)
	return escape(text), err
}

// isEscaped tells whether text could have come out of escape.
func isEscaped(text string) bool {
	for i := 0; i < len(text); i++ {
		if plain[text[i]] {
			continue
		}
		if text[i] != '%' || i+2 >= len(text) {
			return false
		}
		high, low := strings.IndexByte(upperHex, text[i+1]), strings.IndexByte(upperHex, text[i+2])
		if high < 0 || low < 0 || plain[high<<4|low] {
			return false
		}
		i += 2
	}
	return true
}

// encodeForm returns params as a query or a form body. It escapes as in signatures: some services compare the text
// and do not decode a plus sign.
func encodeForm(params url.Values) string {
	var encoded []byte
	for _, name := range slices.Sorted(maps.Keys(params)) {
		for _, value := range params[name] {
			if len(encoded) > 0 {
				encoded = append(encoded, '&')
			}
			encoded = appendEscaped(encoded, name)
			encoded = append(encoded, '=')
			encoded = appendEscaped(encoded, value)
		}
	}
	return string(encoded)
}
