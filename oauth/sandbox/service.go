package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"html/template"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"photolink/oauth"
)

// service is one photo service as the server plays it: what all of them do, each in its own manner. Its functions are
// called with s.mu held where they say so.
type service struct {
	name        string // begins the names of its endpoints, see [EndpointOf]; empty for Flickr
	title       string // as the pages call it
	approveWord string // the button that grants access
	declineWord string

	permissions []string      // what a person can grant, least first; each includes those before it
	lifetime    time.Duration // of temporary credentials
	maxAge      time.Duration // how old a timestamp may be
	maxAhead    time.Duration // how far a timestamp may be in the future; 0 means any distance

	// What credentials look like. newVerifier is nil for a service without verifiers, newCode for one that shows no code
	// to those who approve on another device.
	newToken, newSecret, newVerifier, newCode func() string

	// callback finds out where to call back. It returns nil for what cannot be called, such as "oob", and an error for
	// what the service refuses at once.
	callback func(client Client, text string) (*url.URL, error)

	form string // where the form of the authorize page leads: a path, with a query where need be
	// ask says what the authorize page asks for, given its query.
	ask func(query url.Values) question
	// approved returns the query that is added to the callback address when the person has approved.
	approved func(s *Server, token string, t temporary) string
	// declined returns the same for a refusal; ok is false where the service then calls nobody.
	declined func(s *Server, token string, t temporary) (query string, ok bool)

	// issue makes token credentials for what was granted, and granted finds them again; s.mu is held.
	issue   func(s *Server, t temporary) oauth.TokenCredentials
	granted func(s *Server, token, clientKey string) (permission, secret string, ok bool)

	// refuse answers in the words of the service.
	refuse func(w http.ResponseWriter, p problem)
}

// question is what an authorize page asks.
type question struct {
	permission string
	asks       template.HTML // completes "It asks to"
	may, mayNo []string
	oops       template.HTML // a heading in place of the question; empty if all is well
	extra      string        // comes back with the answer
}

// at names an endpoint of the service.
func (v *service) at(endpoint Endpoint) Endpoint { return EndpointOf(v.name, endpoint) }

// allow answers 405 and reports false for any other method.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return false
}

// serveToken answers at one of the two token endpoints with the body that issue returns.
func (v *service) serveToken(
	w http.ResponseWriter, r *http.Request, contentType string, issue func(message) (string, error), methods ...string,
) {
	if !allow(w, r, methods...) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	body, err := issue(m)
	if err != nil {
		v.refuse(w, asProblem(err))
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body)
}

// requestTemporary issues temporary credentials (RFC 5849 section 2.1).
func (s *Server) requestTemporary(v *service, m message, required ...string) (token string, t *temporary, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client, err := s.verify(v, m, required, nil)
	if err != nil {
		return "", nil, err
	}
	t = &temporary{
		service:   v,
		client:    client,
		secret:    v.newSecret(),
		outOfBand: m.value("oauth_callback") == "oob" && v.newCode != nil,
		expires:   s.now().Add(v.lifetime),
		formToken: randomHex(),
	}
	if t.callback, err = v.callback(client, m.value("oauth_callback")); err != nil {
		return "", nil, err
	}
	if s.faults.CallbackMadeSecure && t.callback != nil && t.callback.Scheme == "http" {
		t.callback.Scheme = "https"
	}
	token = v.newToken()
	s.keep(token, t)
	return token, t, nil
}

// confirmed is the part of an answer that tells 1.0a from 1.0, unless a fault leaves it out.
func (s *Server) confirmed() string {
	if s.faults.CallbackUnconfirmed {
		return ""
	}
	return "oauth_callback_confirmed=true"
}

// issueTemporary returns the usual answer with temporary credentials, for serveToken.
func (s *Server) issueTemporary(v *service, required ...string) func(message) (string, error) {
	return func(m message) (string, error) {
		token, t, err := s.requestTemporary(v, m, required...)
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix("oauth_token="+token+"&oauth_token_secret="+t.secret+"&"+s.confirmed(), "&"), nil
	}
}

// issueToken returns the usual answer with token credentials, for serveToken. It does not say whose they are.
func (s *Server) issueToken(v *service) func(message) (string, error) {
	return func(m message) (string, error) {
		credentials, err := s.exchange(v, m)
		if err != nil {
			return "", err
		}
		return "oauth_token=" + credentials.Token + "&oauth_token_secret=" + credentials.Secret.Reveal(), nil
	}
}

// exchange turns temporary credentials and the verifier into token credentials, once (RFC 5849 section 2.3).
func (s *Server) exchange(v *service, m message) (oauth.TokenCredentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := m.value("oauth_token")
	t := s.temporary[token]
	required := []string{"oauth_token"}
	if v.newVerifier != nil {
		required = append(required, "oauth_verifier")
	}
	client, err := s.verify(v, m, required, func(client Client) (string, error) {
		switch {
		case t == nil || t.service != v || t.client.Key != client.Key: // used ones too, which are forgotten
			return "", unauthorized("token_rejected")
		case s.now().After(t.expires):
			return "", unauthorized("token_expired")
		case v.newVerifier == nil && !t.approved:
			return "", unauthorized("token_rejected")
		case v.newVerifier == nil:
		case !t.approved || !equal(withoutDashes(t.verifier), withoutDashes(m.value("oauth_verifier"))):
			return "", unauthorized("verifier_invalid")
		}
		return t.secret, nil
	})
	if err != nil {
		return oauth.TokenCredentials{}, err
	}
	delete(s.temporary, token)
	granted := *t
	granted.client = client
	credentials := v.issue(s, granted)
	if s.faults.RevokedAtOnce {
		s.revoked[credentials.Token] = true
	}
	return credentials, nil
}

// withoutDashes: a code that was read off the page may be typed as 123-456-789 or 123456789.
func withoutDashes(verifier string) string { return strings.ReplaceAll(verifier, "-", "") }

// caller is who calls a method; the zero value is anyone.
type caller struct {
	client     Client
	token      string
	permission string
}

// authenticate finds out who signed a request with token credentials (RFC 5849 section 3.2).
func (s *Server) authenticate(v *service, m message) (caller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := caller{token: m.value("oauth_token")}
	client, err := s.verify(v, m, []string{"oauth_token"}, func(client Client) (secret string, err error) {
		var ok bool
		if from.permission, secret, ok = v.granted(s, from.token, client.Key); !ok {
			return "", unauthorized("token_rejected")
		}
		return secret, nil
	})
	from.client = client
	return from, err
}

// signed reports whether a request claims to be signed, well or not.
func (m message) signed() bool {
	return m.value("oauth_consumer_key") != "" || m.value("oauth_signature") != ""
}

// reason returns the word of the OAuth Problem Reporting extension, or the whole text of a problem without one.
func (p problem) reason() string {
	reason, _, _ := strings.Cut(strings.TrimPrefix(p.body, "oauth_problem="), "&")
	return reason
}

// object is a JSON object.
type object map[string]any

// sendJSON answers with value, which is made of objects.
func sendJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body := json.NewEncoder(w)
	body.SetEscapeHTML(false)
	_ = body.Encode(value) // only the connection can fail
}

// serveAuthorize asks the person (RFC 5849 section 2.2), and takes the answer.
func (s *Server) serveAuthorize(v *service, w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, err)
		return
	}
	if r.Method == http.MethodPost {
		s.takeAnswer(v, w, r.PostForm)
	} else {
		s.ask(v, w, r.Form)
	}
}

func (s *Server) ask(v *service, w http.ResponseWriter, query url.Values) {
	token, asked := query.Get("oauth_token"), v.ask(query)
	s.mu.Lock()
	t, oops := s.pending(v, token, asked.oops)
	s.mu.Unlock()
	if oops != "" {
		showOops(w, v, oops)
		return
	}
	show(w, "authorize", page{
		Service:     v.title,
		Person:      s.person,
		Application: t.client.Application,
		Asks:        asked.asks,
		May:         asked.may,
		MayNo:       asked.mayNo,
		Form:        v.form,
		Approve:     v.approveWord,
		Decline:     v.declineWord,
		Fields: map[string]string{
			"oauth_token": token, "perms": asked.permission, "extra": asked.extra, "form_token": t.formToken,
		},
	}, "'self'"+t.formAction())
}

func (s *Server) takeAnswer(v *service, w http.ResponseWriter, form url.Values) {
	token := form.Get("oauth_token")
	t, oops := s.decide(v, token, form)
	if oops != "" {
		showOops(w, v, oops)
		return
	}
	if !t.approved {
		query, returns := v.declined(s, token, t)
		if s.faults.DenialReturns {
			query, returns = "denied="+token, true
		}
		switch {
		case returns && t.callback != nil:
			seeOther(w, t.location(query))
		case v.name == "":
			seeOther(w, "/?declined")
		default:
			show(w, "home", page{Service: v.title, Person: s.person, Declined: true}, "'none'")
		}
		return
	}
	switch {
	case s.faults.NeverReturns:
		seeOther(w, "/")
	case t.outOfBand || t.callback == nil:
		show(w, "code", page{Service: v.title, Application: t.client.Application, Code: t.verifier}, "'none'")
	default:
		seeOther(w, t.location(v.approved(s, token, t)))
	}
}

// The headings of the error pages, word for word as Flickr's. They are HTML so that the quotes in them stay as they are.
const (
	oopsNoToken    template.HTML = `Oops! There's no oauth_token parameter.`
	oopsToken      template.HTML = `Oops! Flickr doesn't recognise the "oauth_token" this application is trying to use.`
	oopsPermission template.HTML = `Oops! Flickr doesn't recognise the permission set.`
	oopsCallback   template.HTML = `Oops! Flickr can't find a valid callback URL.`
)

// pending returns the temporary credentials that the person is to decide on, or the heading that says why there are
// none; wrong is one that takes effect if all else is well. s.mu must be held.
func (s *Server) pending(v *service, token string, wrong template.HTML) (temporary, template.HTML) {
	t := s.temporary[token]
	switch {
	case token == "":
		return temporary{}, oopsNoToken
	case t == nil || t.service != v || t.formToken == "" || s.now().After(t.expires), s.faults.KeyRefusedByPage:
		return temporary{}, oopsToken
	case wrong != "":
		return temporary{}, wrong
	case t.callback == nil && !t.outOfBand && v.newVerifier != nil:
		return temporary{}, oopsCallback
	}
	return *t, ""
}

// decide writes the person's answer down, once.
func (s *Server) decide(v *service, token string, form url.Values) (temporary, template.HTML) {
	s.mu.Lock()
	defer s.mu.Unlock()
	permission := form.Get("perms")
	var wrong template.HTML
	if !slices.Contains(v.permissions, permission) {
		wrong = oopsPermission
	}
	t, oops := s.pending(v, token, wrong)
	if oops != "" {
		return temporary{}, oops
	}
	if !equal(form.Get("form_token"), t.formToken) {
		return temporary{}, oopsToken
	}
	t.extra = form.Get("extra")
	if !form.Has("approve") {
		delete(s.temporary, token)
		return t, ""
	}
	t.formToken, t.approved, t.permission = "", true, s.grant(v, permission)
	if s.faults.ApprovalExpires {
		t.expires = time.Time{}
	}
	switch {
	case t.outOfBand:
		t.verifier = v.newCode()
	case v.newVerifier != nil:
		t.verifier = v.newVerifier()
	}
	s.temporary[token] = &t
	return t, ""
}

// grant returns what the person's consent to permission is worth.
func (s *Server) grant(v *service, permission string) string {
	most := slices.Index(v.permissions, s.faults.AtMost)
	if most < 0 {
		return permission
	}
	return v.permissions[min(most, slices.Index(v.permissions, permission))]
}

// location returns the callback with query after whatever query it has.
func (t temporary) location(query string) string {
	location := *t.callback
	if location.Host != "" && location.Path == "" {
		location.Path = "/"
	}
	query, location.Fragment, _ = strings.Cut(query, "#")
	if location.RawQuery != "" && query != "" {
		location.RawQuery += "&"
	}
	location.RawQuery += query
	return location.String()
}

// formAction returns the callback's origin, for the policy of the page whose form leads there.
func (t temporary) formAction() string {
	switch {
	case t.callback == nil, t.callback.Scheme == "": // a page of this server
		return ""
	case t.callback.Scheme != "http" && t.callback.Scheme != "https", strings.HasPrefix(t.callback.Host, "["):
		return " " + t.callback.Scheme + ":" // a policy cannot name an IPv6 address
	default:
		return " " + t.callback.Scheme + "://" + t.callback.Host
	}
}

func seeOther(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}

// anyCallback takes what can be called. Flickr takes private schemes, such as shotwell-auth:, too.
func anyCallback(_ Client, text string) (*url.URL, error) {
	callback, err := url.Parse(text)
	if err != nil || callback.Scheme == "" {
		return nil, nil
	}
	if web := callback.Scheme == "http" || callback.Scheme == "https"; web && !hostName.MatchString(callback.Host) {
		return nil, nil
	}
	return callback, nil
}

// registered returns the callback address that a client has registered with the service, or nil.
func (v *service) registered(client Client) *url.URL {
	address, err := url.Parse(client.Callbacks[v.name])
	if err != nil || address.Scheme == "" {
		return nil
	}
	return address
}

// alphanumeric makes random texts of so many letters and digits.
func alphanumeric(length int) func() string {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return func() string {
		text := make([]byte, length)
		for i := range text {
			n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(characters)))) // never fails: it ends the program instead
			text[i] = characters[n.Int64()]
		}
		return string(text)
	}
}

// issueKept makes token credentials that the server remembers: for services whose tokens cannot hold anything. s.mu is
// held.
func issueKept(newToken, newSecret func() string) func(*Server, temporary) oauth.TokenCredentials {
	return func(s *Server, t temporary) oauth.TokenCredentials {
		credentials := oauth.TokenCredentials{Token: newToken(), Secret: oauth.Secret(newSecret())}
		if len(s.tokens) >= maxTokens {
			for token := range s.tokens { // any: nobody practises that much
				delete(s.tokens, token)
				break
			}
		}
		s.tokens[credentials.Token] = grant{t.service, t.client.Key, t.permission, credentials.Secret.Reveal()}
		return credentials
	}
}

// grant is what token credentials that are kept stand for.
type grant struct {
	service               *service
	clientKey, permission string
	secret                string
}

// grantedKept finds what issueKept has issued for v. s.mu is held.
func grantedKept(v *service) func(*Server, string, string) (string, string, bool) {
	return func(s *Server, token, clientKey string) (permission, secret string, ok bool) {
		kept, found := s.tokens[token]
		if !found || kept.service != v || kept.clientKey != clientKey || s.revoked[token] {
			return "", "", false
		}
		return kept.permission, kept.secret, true
	}
}
