package oauth

import (
	"bytes"
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
	scheme := strings.ToLower(target.Scheme)
	if scheme != "http" && scheme != "https" {
		return "", fmt.Errorf("signature base string: scheme %q is neither http nor https", target.Scheme)
	}
	if target.Host == "" || target.Opaque != "" {
		return "", errors.New("signature base string: the address names no host")
	}
	path := target.EscapedPath()
	if path == "" {
		path = "/"
	}

	list := newParameterList(target.RawQuery, params)
	if err := list.addQuery(target.RawQuery); err != nil {
		return "", fmt.Errorf("signature base string: query: %w", err)
	}
	list.sort()

	where := make([]byte, 0, 128)
	where = appendEscaped(where, authority(scheme, target.Host))
	where = appendEscaped(where, path)
	var base strings.Builder
	base.Grow(len(method) + len("&https%3A%2F%2F&") + len(where) + list.normalizedSize())
	base.WriteString(strings.ToUpper(method))
	base.WriteByte('&')
	base.WriteString(scheme)
	base.WriteString("%3A%2F%2F")
	base.Write(where)
	base.WriteByte('&')
	list.writeNormalized(&base)
	return base.String(), nil
}

// SignHMACSHA1 returns the base64 signature of text (RFC 5849 section 3.4.2).
func SignHMACSHA1(text, clientSecret, tokenSecret string) string {
	key := make([]byte, 0, 3*(len(clientSecret)+len(tokenSecret))+1)
	key = appendEscaped(key, clientSecret)
	key = append(key, '&')
	key = appendEscaped(key, tokenSecret)
	mac := hmac.New(sha1.New, key)
	mac.Write([]byte(text))
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

// parameterList holds percent-encoded names and values in one buffer, so that a request with many parameters costs
// two allocations and not two for each.
type parameterList struct {
	text  []byte
	pairs []parameter
}

// parameter says where an encoded name and its encoded value stand in the buffer of the list, in 32 bits: half the memory,
// and no request has two gigabytes of parameters.
type parameter struct{ start, middle, end int32 }

// newParameterList takes params in; query is what addQuery will bring, so that both slices are made once. 48 bytes are
// what a protocol parameter takes on average.
func newParameterList(query string, params url.Values) parameterList {
	list := parameterList{
		text:  make([]byte, 0, len(query)+len(query)/4+48*len(params)),
		pairs: make([]parameter, 0, strings.Count(query, "&")+1+len(params)),
	}
	for name, values := range params {
		if name == "oauth_signature" { // RFC 5849 section 3.4.1.3.1: never part of what is signed
			continue
		}
		for _, value := range values {
			list.add(name, value)
		}
	}
	return list
}

func (l *parameterList) add(name, value string) {
	start := len(l.text)
	l.text = appendEscaped(l.text, name)
	middle := len(l.text)
	l.text = appendEscaped(l.text, value)
	l.pairs = append(l.pairs, parameter{int32(start), int32(middle), int32(len(l.text))})
}

// addQuery adds the parameters of a query as it stands in an address. It brings each byte into the form that is signed
// without decoding the whole first, because every signed call goes through here.
func (l *parameterList) addQuery(query string) error {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		start := len(l.text)
		var err error
		if l.text, err = appendReescaped(l.text, name); err != nil {
			return err
		}
		middle := len(l.text)
		if l.text, err = appendReescaped(l.text, value); err != nil {
			return err
		}
		if string(l.text[start:middle]) == "oauth_signature" {
			l.text = l.text[:start]
			continue
		}
		l.pairs = append(l.pairs, parameter{int32(start), int32(middle), int32(len(l.text))})
	}
	return nil
}

// sort orders by encoded name, then by encoded value, byte by byte (RFC 5849 section 3.4.1.3.2).
func (l *parameterList) sort() {
	slices.SortFunc(l.pairs, func(a, b parameter) int {
		if order := bytes.Compare(l.text[a.start:a.middle], l.text[b.start:b.middle]); order != 0 {
			return order
		}
		return bytes.Compare(l.text[a.middle:a.end], l.text[b.middle:b.end])
	})
}

func (l *parameterList) normalizedSize() int {
	return len(l.text) + 2*bytes.Count(l.text, []byte{'%'}) + len("%3D%26")*len(l.pairs)
}

// writeNormalized writes the parameters joined by = and &, the whole percent-encoded once more. All that is left to
// encode in a name or value is the percent sign.
func (l *parameterList) writeNormalized(to *strings.Builder) {
	for i, pair := range l.pairs {
		if i > 0 {
			to.WriteString("%26")
		}
		writePercentEscaped(to, l.text[pair.start:pair.middle])
		to.WriteString("%3D")
		writePercentEscaped(to, l.text[pair.middle:pair.end])
	}
}

func writePercentEscaped(to *strings.Builder, encoded []byte) {
	for {
		at := bytes.IndexByte(encoded, '%')
		if at < 0 {
			to.Write(encoded)
			return
		}
		to.Write(encoded[:at])
		to.WriteString("%25")
		encoded = encoded[at+1:]
	}
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

// appendEscaped appends text percent-encoded as RFC 5849 section 3.6 demands, which is stricter than any function of
// net/url: every byte but the unreserved ones, in upper case.
func appendEscaped(to []byte, text string) []byte {
	done := 0
	for i := range len(text) {
		if c := text[i]; !plain[c] {
			to = append(to, text[done:i]...)
			to = appendEscapedByte(to, c)
			done = i + 1
		}
	}
	return append(to, text[done:]...)
}

func appendEscapedByte(to []byte, c byte) []byte {
	if plain[c] {
		return append(to, c)
	}
	return append(to, '%', upperHex[c>>4], upperHex[c&15])
}

// appendReescaped appends the percent-encoding of what encoded, a part of a query, stands for. A plus sign is a space.
func appendReescaped(to []byte, encoded string) ([]byte, error) {
	done := 0
	for i := 0; i < len(encoded); i++ {
		c := encoded[i]
		if plain[c] {
			continue
		}
		to = append(to, encoded[done:i]...)
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 >= len(encoded) || !isHex(encoded[i+1]) || !isHex(encoded[i+2]) {
				return nil, url.EscapeError(encoded[i:min(i+3, len(encoded))])
			}
			c = unhex(encoded[i+1])<<4 | unhex(encoded[i+2])
			i += 2
		}
		to = appendEscapedByte(to, c)
		done = i + 1
	}
	return append(to, encoded[done:]...), nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
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
