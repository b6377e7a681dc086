package provider

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"photolink/oauth"
)

// mediaWiki asks Special:OAuth/identify of MediaWiki's OAuth extension, which answers a signed call with a JSON Web Token
// (RFC 7519). What it answers is taken from the source, github.com/wikimedia/mediawiki-extensions-OAuth.
type mediaWiki struct {
	identify string // the address, with the title in its query: the short form redirects, and a signature does not survive that
	issuer   string // the canonical server of the wiki: "https://commons.wikimedia.org"
}

// CheckKey cannot tell whether the wiki knows the key: without a signature it refuses every call, with status 200.
func (m mediaWiki) CheckKey(ctx context.Context, client *oauth.Client) error {
	_, err := client.UnsignedGet(ctx, m.identify)
	return unlessAnswered(err)
}

// unlessAnswered returns the error of a call that only finds out whether a service answers: nil where it refused in
// person. A redirect is no answer; the sign-in page of a public network begins with one.
func unlessAnswered(err error) error {
	if failure, ok := errors.AsType[*oauth.Error](err); ok && failure.Status < 500 && failure.Err == nil {
		return nil
	}
	return err
}

func (m mediaWiki) FirstCalls() []string { return []string{m.identify} }

func (m mediaWiki) Identify(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, _ Told,
) (Identity, error) {
	response, err := client.Get(ctx, m.identify, token)
	if err != nil {
		return Identity{}, fmt.Errorf("identify: %w", withMeaning(err))
	}
	if err := mediaWikiFailure(response.Body, token); err != nil {
		return Identity{}, fmt.Errorf("identify: %w", err)
	}
	said, err := openStatement(response.Body, client.Credentials.Secret)
	if err == nil {
		err = said.check(m.issuer, client.Credentials.Key, response.Nonce, client.Time())
	}
	if err != nil {
		return Identity{}, fmt.Errorf("identify: %w: %w", ErrNotUnderstood, err)
	}

	id, name := clean(jsonScalar(said.Subject)), clean(said.UserName)
	if id == "" || id == "0" { // 0 stands for somebody without a central account
		return Identity{}, fmt.Errorf("identify: %w: no user id", ErrNotUnderstood)
	}
	identity := Identity{
		UserID: id, UserName: name, Name: cmp.Or(clean(said.RealName), name, id), Permission: "registered", PhotoCount: -1,
	}
	if name != "" { // persons whom the wiki hides have none
		title := "User:" + url.PathEscape(strings.ReplaceAll(name, " ", "_"))
		identity.ProfileURL = strings.TrimSuffix(m.issuer, "/") + "/wiki/" + title
	}
	return identity, nil
}

// withMeaning adds what the problem in a refusal means, where that is the key or the token.
func withMeaning(err error) error {
	failure, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	switch failure.Problem {
	case oauth.ProblemConsumerKeyUnknown, oauth.ProblemConsumerKeyRefused:
		return fmt.Errorf("%w: %w", ErrKeyRefused, err)
	case oauth.ProblemTokenRejected, oauth.ProblemTokenRevoked, oauth.ProblemTokenExpired:
		return fmt.Errorf("%w: %w", ErrTokenRefused, err)
	}
	return err
}

// statement is what the wiki says of a person: the claims of a JSON Web Token.
type statement struct {
	Issuer   string          `json:"iss"`
	Audience string          `json:"aud"`
	IssuedAt *float64        `json:"iat"` // seconds since 1970, as Expires
	Expires  *float64        `json:"exp"`
	Nonce    string          `json:"nonce"`
	Subject  json.RawMessage `json:"sub"` // number or text
	UserName string          `json:"username"`
	RealName string          `json:"realname"` // only for keys that ask for private data
}

// openStatement reads a JSON Web Token that is signed with HMAC-SHA256 and secret, and no other way, whatever its header
// says of how to read it.
func openStatement(body []byte, secret oauth.Secret) (statement, error) {
	text := strings.TrimSpace(string(body))
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 {
		return statement{}, errors.New("no JSON Web Token")
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") { // line ends are skipped even where decoding is strict
			return statement{}, errors.New("the JSON Web Token is not base64url")
		}
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	if err := json.Unmarshal(decoded[0], &header); err != nil || header.Algorithm != "HS256" {
		return statement{}, errors.New("the JSON Web Token is not signed with HS256")
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if !hmac.Equal(mac.Sum(nil), decoded[2]) {
		return statement{}, errors.New("the signature of the JSON Web Token is wrong")
	}
	var said statement
	if err := json.Unmarshal(decoded[1], &said); err != nil {
		return statement{}, errors.New("the JSON Web Token is of unexpected form")
	}
	return said, nil
}

// leeway is how far the clocks of a wiki's servers may be apart.
const leeway = 60 * time.Second

// check finds out whether the statement was made by issuer for the client with this key, now, as the answer to the
// request with this nonce.
func (s statement) check(issuer, key, nonce string, now time.Time) error {
	known, knownErr := url.Parse(issuer)
	said, err := url.Parse(s.Issuer)
	switch {
	case knownErr != nil, err != nil, said.Host == "", !strings.EqualFold(said.Host, known.Host):
		return errors.New("the JSON Web Token comes from another wiki")
	case s.Audience != key:
		return errors.New("the JSON Web Token is meant for another key")
	case s.IssuedAt == nil, *s.IssuedAt > float64(now.Add(leeway).Unix()):
		return errors.New("the JSON Web Token is from the future")
	case s.Expires == nil, *s.Expires <= float64(now.Add(-leeway).Unix()):
		return errors.New("the JSON Web Token has expired")
	case s.Nonce != nonce:
		return errors.New("the JSON Web Token answers another request")
	}
	return nil
}

// mediaWikiRefusals are parts of message keys and of messages, and what they mean. The messages of keys come in the
// language of the wiki; those of the OAuth protocol are always English.
var mediaWikiRefusals = []struct {
	text string
	err  error
}{
	{"access-token-not-found", ErrTokenRefused}, // withdrawn, or given to another key
	{"No approved grant was found", ErrTokenRefused},
	{"Invalid access token", ErrTokenRefused},
	{"Invalid consumer", ErrKeyRefused}, // also "Invalid consumer key"
	{"mwoauthserver-bad-consumer", ErrKeyRefused},
	{"is not approved as a Connected App", ErrKeyRefused},
	{"invalid-authorization-not-approved", ErrKeyRefused}, // not yet, no longer, or a key for its owner alone
	{"seems to be set up incorrectly", ErrKeyRefused},
	{"invalid-authorization-wrong-wiki", ErrKeyRefused},
	{"headers in your request are not valid for", ErrKeyRefused},
	{"mwoauth-db-readonly", ErrUnavailable},
	{"database is temporarily locked", ErrUnavailable},
}

// mediaWikiFailure reads a refusal, which comes with status 200: {"error":KEY,"message":TEXT} or "Error: TEXT". It returns
// nil for anything else.
func mediaWikiFailure(body []byte, token oauth.TokenCredentials) error {
	var said struct {
		Key     string `json:"error"`
		Message string `json:"message"`
	}
	text := strings.TrimSpace(string(body))
	if message, found := strings.CutPrefix(text, "Error: "); found {
		said.Message = message
	} else if err := json.Unmarshal([]byte(text), &said); err != nil || said.Key == "" {
		return nil
	}
	failure := &ServiceError{Message: quoted(cmp.Or(said.Message, said.Key), token)}
	for _, refusal := range mediaWikiRefusals {
		if strings.Contains(said.Key+" "+said.Message, refusal.text) {
			failure.Err = refusal.err
			break
		}
	}
	return failure
}

// quoted makes words of a service fit to be shown: clean, and without the token, which some messages repeat.
func quoted(words string, token oauth.TokenCredentials) string {
	if token.Token != "" {
		words = strings.ReplaceAll(words, token.Token, "redacted")
	}
	return clean(words)
}

// jsonScalar returns the text of a JSON string or number, and nothing for the rest.
func jsonScalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
