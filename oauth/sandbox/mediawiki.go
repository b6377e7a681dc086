package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The addresses of the OAuth extension of MediaWiki are pages of the wiki, whose title is in the query.
const (
	wikiIndex    = "/w/index.php"
	wikiShort    = "/wiki/Special:OAuth/" // redirects, which no signature survives
	wikiSpecial  = "Special:OAuth/"
	wikiVerified = wikiIndex + "?title=" + wikiSpecial + "verified"
)

// commons is Wikimedia Commons. What it does is taken from the source, github.com/wikimedia/mediawiki-extensions-OAuth.
var commons = newCommons()

func newCommons() *service {
	v := &service{
		name:        "commons",
		title:       "Wikimedia Commons",
		approveWord: "Allow",
		declineWord: "Cancel",
		permissions: []string{"registered"}, // what can be done is registered with the key
		lifetime:    600 * time.Second,
		maxAge:      300 * time.Second,
		maxAhead:    300 * time.Second,
		newToken:    func() string { return manyHex(32) },
		newSecret:   func() string { return manyHex(32) },
		newVerifier: func() string { return manyHex(32) },
		form:        wikiIndex + "?title=" + wikiSpecial + "authorize",
		ask: func(url.Values) question {
			return question{
				permission: "registered",
				asks:       "access information on your behalf",
				may:        []string{"know who you are on all projects of the site"},
				mayNo:      []string{"not make any change with your account"},
			}
		},
		approved: func(_ *Server, token string, t temporary) string {
			return "oauth_verifier=" + t.verifier + "&oauth_token=" + token
		},
		declined: func(*Server, string, temporary) (string, bool) { return "", false },
		issue:    issueKept(func() string { return manyHex(32) }, func() string { return manyHex(40) }),
		refuse:   writeWikiRefusal,
	}
	v.callback = v.prefixCallback
	v.granted = grantedKept(v)
	return v
}

// manyHex returns so many random hexadecimal digits.
func manyHex(digits int) string {
	var b strings.Builder
	for b.Len() < digits {
		b.WriteString(randomHex())
	}
	return b.String()[:digits]
}

// prefixCallback takes addresses that begin with the registered one. "oob" stands for the registered address itself, and
// where that is only a prefix, for a page of the wiki that shows the code.
func (v *service) prefixCallback(client Client, text string) (*url.URL, error) {
	known := v.registered(client)
	if text == "oob" {
		if known == nil || known.Port() == anyPort {
			return url.Parse(wikiVerified)
		}
		return known, nil
	}
	callback, err := url.Parse(text)
	if known == nil || err != nil || !beginsWith(callback, known) {
		return nil, wikiRefusal{
			key: "mwoauth-callback-not-oob-or-prefix",
			message: `oauth_callback must be set, and must be set to "oob" (case-sensitive), ` +
				`or the configured callback must be a prefix of the supplied callback.`,
		}
	}
	return callback, nil
}

// anyPort is the port to register for a callback on any port: for demonstrations on one's own computer, says the source.
const anyPort = "1"

// beginsWith reports whether callback is fine where known is registered as a prefix.
func beginsWith(callback, known *url.URL) bool {
	sameScheme := callback.Scheme == known.Scheme || callback.Scheme == "https" && known.Scheme == "http"
	samePort := callback.Port() == known.Port() || known.Port() == anyPort
	samePath := strings.HasPrefix(callback.EscapedPath(), known.EscapedPath())
	if known.RawQuery != "" {
		samePath = callback.EscapedPath() == known.EscapedPath() && strings.HasPrefix(callback.RawQuery, known.RawQuery)
	}
	return sameScheme && callback.Hostname() == known.Hostname() && samePort && samePath
}

func isWiki(r *http.Request) bool {
	return r.URL.Path == wikiIndex || strings.HasPrefix(r.URL.Path, wikiShort)
}

func (s *Server) serveCommons(w http.ResponseWriter, r *http.Request) {
	const contentType = "text/plain;charset=UTF-8"
	if strings.HasPrefix(r.URL.Path, wikiShort) {
		location := wikiIndex + "?title=" + strings.TrimPrefix(r.URL.Path, "/wiki/")
		if r.URL.RawQuery != "" {
			location += "&" + r.URL.RawQuery
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	page, special := strings.CutPrefix(r.URL.Query().Get("title"), wikiSpecial)
	switch {
	case !special:
		http.NotFound(w, r)
	case page == "initiate":
		s.serveAt(commons.at(RequestToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			commons.serveToken(w, r, contentType, s.wikiInitiate, http.MethodGet, http.MethodPost)
		})
	case page == "token":
		s.serveAt(commons.at(AccessToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			commons.serveToken(w, r, contentType, s.wikiToken, http.MethodGet, http.MethodPost)
		})
	case page == "authorize", page == "authenticate":
		s.serveAt(commons.at(Authorize), w, r, s.serveWikiAuthorize)
	case page == "identify":
		s.serveAt(commons.at(Login), w, r, s.serveWikiIdentify)
	case page == "verified":
		s.serveWikiVerified(w, r)
	default:
		showOops(w, commons, "Sorry, something went wrong, you'll need to contact the application author for help with this. "+
			"Unknown URL, E002")
	}
}

func (s *Server) wikiInitiate(m message) (string, error) {
	body, err := s.issueTemporary(commons)(m)
	if err != nil {
		return "", s.wikiProblem(m, err)
	}
	return body, nil
}

func (s *Server) wikiToken(m message) (string, error) {
	body, err := s.issueToken(commons)(m)
	if err != nil {
		return "", s.wikiProblem(m, err)
	}
	return body + "&oauth_callback_confirmed=true", nil
}

// serveWikiAuthorize asks for the key beside the token, in the address. Newer versions of the extension find it out by
// the token, but the documents have always demanded it.
func (s *Server) serveWikiAuthorize(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		query := r.URL.Query()
		s.mu.Lock()
		t := s.temporary[query.Get("oauth_token")]
		foreign := t != nil && t.client.Key != query.Get("oauth_consumer_key")
		s.mu.Unlock()
		if foreign {
			showOops(w, commons, "Sorry, something went wrong connecting this application. Unknown OAuth key, E006")
			return
		}
	}
	s.serveAuthorize(commons, w, r)
}

// serveWikiVerified shows the code to those who sent "oob".
func (s *Server) serveWikiVerified(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	query := r.URL.Query()
	s.mu.Lock()
	t := s.temporary[query.Get("oauth_token")]
	shown := page{Service: commons.title, Code: query.Get("oauth_verifier")}
	// The wiki shows whatever the address says.
	right := t != nil && t.service == commons && t.approved && equal(t.verifier, shown.Code)
	if right {
		shown.Application = t.client.Application
	}
	s.mu.Unlock()
	if !right {
		showOops(w, commons, "Sorry, something went wrong configuring this connected application. "+
			"OAuth missing parameters, E001")
		return
	}
	show(w, "code", shown, "'none'")
}

// serveWikiIdentify says who the token belongs to, in a JSON Web Token. Whatever the format asked for, what it refuses
// comes as JSON.
func (s *Server) serveWikiIdentify(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodPost) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	from, err := s.authenticate(commons, m)
	if err != nil {
		refusal := s.wikiRefusal(m, err, wikiRefusal{
			key: "mwoauthdatastore-access-token-not-found", message: "No approved grant was found for that authorization token.",
		})
		sendJSON(w, http.StatusOK, object{"error": refusal.key, "message": refusal.message})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, s.wikiStatement(m, from.client))
}

// wikiStatement returns what the wiki says of the person.
func (s *Server) wikiStatement(m message, client Client) string {
	person, now := s.personAt(commons.at(Login)), s.now().Unix()
	number, _, _ := strings.Cut(person.ID, "@")
	subject, _ := strconv.Atoi(number) // 0 stands for somebody without a central account
	first, size := utf8.DecodeRuneInString(person.UserName)
	return webToken(client.Secret.Reveal(), struct {
		Issuer         string   `json:"iss"`
		Audience       string   `json:"aud"`
		Expires        int64    `json:"exp"`
		IssuedAt       int64    `json:"iat"`
		Subject        int      `json:"sub"`
		UserName       string   `json:"username"`
		EditCount      int      `json:"editcount"`
		ConfirmedEmail bool     `json:"confirmed_email"`
		Blocked        bool     `json:"blocked"`
		Registered     string   `json:"registered"`
		Groups         []string `json:"groups"`
		Rights         []string `json:"rights"`
		Grants         []string `json:"grants"`
		Nonce          string   `json:"nonce"`
	}{
		Issuer:         "https://commons.wikimedia.org",
		Audience:       client.Key,
		Expires:        now + 100,
		IssuedAt:       now,
		Subject:        subject,
		UserName:       string(unicode.ToUpper(first)) + person.UserName[size:], // as all titles in a wiki
		EditCount:      person.PhotoCount,
		ConfirmedEmail: true,
		Registered:     "20200229120000",
		Groups:         []string{"*", "user", "autoconfirmed"},
		Rights:         []string{"read", "edit", "upload"},
		Grants:         []string{"mwoauth-authonly"},
		Nonce:          m.value("oauth_nonce"),
	})
}

// webToken returns a JSON Web Token (RFC 7519), signed with HMAC-SHA256.
func webToken(secret string, claims any) string {
	said, _ := json.Marshal(claims) // strings and numbers never fail
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(said)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// wikiRefusal is a refusal in the words of MediaWiki, which travels with status 200.
type wikiRefusal struct {
	key, message string
	help         string // number of the page about it, linked where the message has $1
}

func (r wikiRefusal) Error() string { return r.message }

// protocolRefusal has the words of the library that the extension is built on.
func protocolRefusal(words string) wikiRefusal {
	return wikiRefusal{key: "mwoauth-oauth-exception", message: "An error occurred in the OAuth protocol: " + words}
}

// wikiMissing says what is wrong without a parameter. The first that is missing counts.
var wikiMissing = []struct {
	name    string
	refusal wikiRefusal
}{
	{"oauth_consumer_key", protocolRefusal("Invalid consumer key")},
	{"oauth_token", wikiRefusal{}}, // as one that nobody issued
	{"oauth_timestamp", protocolRefusal("Missing timestamp parameter. The parameter is required")},
	{"oauth_nonce", protocolRefusal("Missing nonce parameter. The parameter is required")},
	{"oauth_signature_method", protocolRefusal("No signature method parameter. This parameter is required")},
	{"oauth_signature", protocolRefusal("Invalid signature")},
	{"oauth_verifier", badVerifier},
}

var badVerifier = wikiRefusal{key: "mwoauthdatastore-bad-verifier", message: "The verification code provided was not valid."}

// wikiRefusal returns the words for err; noToken are those for a token that nobody issued.
func (s *Server) wikiRefusal(m message, err error, noToken wikiRefusal) wikiRefusal {
	if refusal := (wikiRefusal{}); errors.As(err, &refusal) {
		return refusal
	}
	p := asProblem(err)
	switch p.reason() {
	case "parameter_absent":
		_, names, _ := strings.Cut(p.body, "oauth_parameters_absent=")
		absent := strings.Split(names, "%26")
		for _, missing := range wikiMissing {
			switch {
			case !slices.Contains(absent, missing.name):
			case missing.name == "oauth_token":
				return noToken
			default:
				return missing.refusal
			}
		}
	case "version_rejected":
		return protocolRefusal("OAuth version '" + m.value("oauth_version") + "' not supported")
	case "signature_method_rejected":
		return protocolRefusal("Signature method '" + m.value("oauth_signature_method") +
			"' not supported try one of the following: HMAC-SHA1, RSA-SHA1")
	case "consumer_key_unknown":
		return protocolRefusal("Invalid consumer")
	case "token_rejected", "token_expired":
		return noToken
	case "verifier_invalid":
		return badVerifier
	case "timestamp_refused":
		return protocolRefusal(fmt.Sprintf("Expired timestamp, yours %s, ours %d", m.value("oauth_timestamp"), s.now().Unix()))
	case "nonce_used":
		return protocolRefusal("Nonce already used: " + m.value("oauth_nonce"))
	case "signature_invalid":
		return protocolRefusal("Invalid signature")
	}
	return wikiRefusal{key: "mwoauthgrants-general-error", message: "There was an error in your OAuth request."}
}

// wikiProblem returns what the token endpoints answer. This server forgets used temporary credentials, so that it has not
// the words that the wiki has for them.
func (s *Server) wikiProblem(m message, err error) problem {
	refusal := s.wikiRefusal(m, err, wikiRefusal{
		key: "mwoauthdatastore-request-token-not-found",
		message: "Sorry, something went wrong connecting this application.\n" +
			"Go back and try to connect your account again, or contact the application author.\n\n" +
			`<span class="plainlinks mw-mwoautherror-details">OAuth token not found, $1</span>`,
		help: "E004",
	})
	// As PHP's htmlspecialchars does it, which leaves links alone that come later.
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;").Replace(refusal.message)
	if refusal.help != "" {
		link := `<a class="external" href="https://www.mediawiki.org/wiki/Help:OAuth/Errors#` + refusal.help + `">` +
			refusal.help + "</a>"
		text = strings.Replace(text, "$1", link, 1)
	}
	return problem{status: http.StatusOK, body: "Error: " + text}
}

func writeWikiRefusal(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.body)
}
