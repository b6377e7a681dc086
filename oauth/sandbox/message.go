package sandbox

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is the method of RFC 5849 section 3.4.2.
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxRequest bounds the header and the body of a request, in bytes each. OAuth requests are far smaller.
const maxRequest = 32 << 10

// message is a received request, taken apart for verification (RFC 5849 section 3.4.1).
type message struct {
	method, scheme, host, path string
	header                     []parameter // from the Authorization header, without realm
	fields                     []parameter // from the query, then from the form body
}

// parameter is a name and a value, decoded.
type parameter struct{ name, value string }

// receive takes a request apart. An error means that the body is too large or could not be read.
func receive(r *http.Request) (message, error) {
	m := message{
		method: strings.ToUpper(r.Method),
		scheme: "http",
		path:   cmp.Or(r.URL.EscapedPath(), "/"),
		header: collectHeader(r.Header.Get("Authorization")),
		fields: collectFields(r.URL.RawQuery),
	}
	defaultPort := ":80"
	if r.TLS != nil {
		m.scheme, defaultPort = "https", ":443"
	}
	m.host = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(r.Host), defaultPort), ":")

	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return message{}, fmt.Errorf("read form body: %w", err)
		}
		m.fields = append(m.fields, collectFields(string(body))...)
	}
	return m, nil
}

var headerParameter = regexp.MustCompile(`([^\s",=]+)\s*=\s*"([^"]*)"`)

// collectHeader decodes the parameters of an Authorization header (RFC 5849 section 3.5.1). A header of another scheme
// has none.
func collectHeader(header string) []parameter {
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "OAuth") {
		return nil
	}
	var collected []parameter
	for _, match := range headerParameter.FindAllStringSubmatch(rest, -1) {
		if strings.EqualFold(match[1], "realm") {
			continue
		}
		collected = append(collected, parameter{
			name:  decode(match[1], url.PathUnescape),
			value: decode(match[2], url.PathUnescape),
		})
	}
	return collected
}

// collectFields decodes a query or a form body, which are written alike (RFC 5849 section 3.4.1.3.1).
func collectFields(raw string) []parameter {
	var collected []parameter
	for segment := range strings.SplitSeq(raw, "&") {
		if segment == "" {
			continue
		}
		name, value, _ := strings.Cut(segment, "=")
		collected = append(collected, parameter{
			name:  decode(name, url.QueryUnescape),
			value: decode(value, url.QueryUnescape),
		})
	}
	return collected
}

// decode leaves text with a bad escape as it is: whoever sent it finds out by the signature.
func decode(raw string, unescape func(string) (string, error)) string {
	decoded, err := unescape(raw)
	if err != nil {
		return raw
	}
	return decoded
}

// lookUp returns the first parameter of that name, wherever it travelled.
func (m message) lookUp(name string) (value string, present bool) {
	for _, part := range [][]parameter{m.header, m.fields} {
		for _, p := range part {
			if p.name == name {
				return p.value, true
			}
		}
	}
	return "", false
}

// value returns the first parameter of that name, or "".
func (m message) value(name string) string {
	value, _ := m.lookUp(name)
	return value
}

// repeated returns the name of a protocol parameter that was sent more than once (RFC 5849 section 3.1), or "".
// Protocol parameters that travel in two ways are fine: gallery-dl has oauth_callback in the query, the others in
// the header.
func (m message) repeated() string {
	seen := make(map[string]bool)
	for _, p := range slices.Concat(m.header, m.fields) {
		if !strings.HasPrefix(p.name, "oauth_") {
			continue
		}
		if seen[p.name] {
			return p.name
		}
		seen[p.name] = true
	}
	return ""
}

// baseString returns the text that the client must have signed (RFC 5849 section 3.4.1).
func (m message) baseString() string {
	var pairs []parameter
	for _, p := range slices.Concat(m.header, m.fields) {
		if p.name != "oauth_signature" {
			pairs = append(pairs, parameter{encode(p.name), encode(p.value)})
		}
	}
	slices.SortFunc(pairs, func(a, b parameter) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value))
	})
	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p.name + "=" + p.value
	}
	return m.method + "&" + encode(m.scheme+"://"+m.host+m.path) + "&" + encode(strings.Join(joined, "&"))
}

// signature returns the HMAC-SHA1 signature of text (RFC 5849 section 3.4.2).
func signature(text, clientSecret, tokenSecret string) string {
	mac := hmac.New(sha1.New, []byte(encode(clientSecret)+"&"+encode(tokenSecret)))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// encode escapes every byte that is not unreserved (RFC 5849 section 3.6).
func encode(text string) string {
	const hexDigits = "0123456789ABCDEF"
	encoded := make([]byte, 0, 2*len(text))
	for _, c := range []byte(text) {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			encoded = append(encoded, c)
		default:
			encoded = append(encoded, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(encoded)
}
