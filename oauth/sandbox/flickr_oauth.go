package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// serveFlickr finds the handler for a path. It is not an http.ServeMux, which redirects paths that it finds unclean:
// no signature survives that.
func (s *Server) serveFlickr(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == "/services/oauth/request_token":
		s.serveAt(RequestToken, w, r, func(w http.ResponseWriter, r *http.Request) { serveToken(w, r, s.requestToken) })
	case path == "/services/oauth/access_token":
		s.serveAt(AccessToken, w, r, func(w http.ResponseWriter, r *http.Request) { serveToken(w, r, s.accessToken) })
	case path == authorizePath:
		s.serveAt(Authorize, w, r, s.serveAuthorize)
	case path == "/services/rest", path == "/services/rest/":
		s.serveREST(w, r)
	case strings.HasSuffix(path, "/buddyicons/"+s.person.ID+".jpg"): // on Flickr's picture servers below a number
		s.serveAt(BuddyIcon, w, r, serveBuddyIcon)
	case path == "/":
		s.serveHome(w, r)
	default:
		http.NotFound(w, r)
	}
}

// allow answers 405 and reports false for any other method.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return false
}

// refuse answers a request that could not be read.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	http.Error(w, err.Error(), status)
}

// serveToken answers at one of the two token endpoints with the body that issue returns.
func serveToken(w http.ResponseWriter, r *http.Request, issue func(message) (string, error)) {
	if !allow(w, r, http.MethodGet, http.MethodPost) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	body, err := issue(m)
	if err != nil {
		writeProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	_, _ = io.WriteString(w, body)
}

func writeProblem(w http.ResponseWriter, err error) {
	p := problem{http.StatusUnauthorized, "oauth_problem=unknown_problem&code=503"}
	errors.As(err, &p)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.body)
}

// requestToken issues temporary credentials (RFC 5849 section 2.1).
func (s *Server) requestToken(m message) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	client, err := s.verify(m, []string{"oauth_callback"}, nil)
	if err != nil {
		return "", err
	}
	t := &temporary{
		client:    client,
		secret:    randomHex(),
		callback:  parseCallback(m.value("oauth_callback")),
		outOfBand: m.value("oauth_callback") == "oob",
		expires:   s.now().Add(temporaryLifetime),
		formToken: randomHex(),
	}
	if s.faults.CallbackMadeSecure && t.callback != nil && t.callback.Scheme == "http" {
		t.callback.Scheme = "https"
	}
	token := randomDigits() + "-" + randomHex()
	s.keep(token, t)
	confirmed := "oauth_callback_confirmed=true&"
	if s.faults.CallbackUnconfirmed {
		confirmed = ""
	}
	return confirmed + "oauth_token=" + token + "&oauth_token_secret=" + t.secret, nil
}

// hostName leaves out what has a meaning in a Content-Security-Policy.
var hostName = regexp.MustCompile(`^[A-Za-z0-9._:\[\]-]+$`)

// parseCallback returns nil for what cannot be called. Flickr takes private schemes, such as shotwell-auth:, too.
func parseCallback(text string) *url.URL {
	callback, err := url.Parse(text)
	if err != nil || callback.Scheme == "" {
		return nil
	}
	if web := callback.Scheme == "http" || callback.Scheme == "https"; web && !hostName.MatchString(callback.Host) {
		return nil
	}
	return callback
}

// accessToken exchanges temporary credentials and verifier for token credentials, once (RFC 5849 section 2.3).
func (s *Server) accessToken(m message) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := m.value("oauth_token")
	t := s.temporary[token]
	client, err := s.verify(m, []string{"oauth_token", "oauth_verifier"}, func(client Client) (string, error) {
		switch {
		case t == nil || t.client.Key != client.Key: // used ones too, which are forgotten
			return "", unauthorized("token_rejected")
		case s.now().After(t.expires):
			return "", unauthorized("token_expired")
		case t.verifier == "" || !equal(withoutDashes(t.verifier), withoutDashes(m.value("oauth_verifier"))):
			return "", unauthorized("verifier_invalid")
		}
		return t.secret, nil
	})
	if err != nil {
		return "", err
	}
	delete(s.temporary, token)
	credentials := s.issue(t.permission, client.Key)
	if s.faults.RevokedAtOnce {
		s.revoked[credentials.Token] = true
	}
	person := s.personAt(AccessToken)
	return "fullname=" + encode(person.Name) +
		"&oauth_token=" + credentials.Token +
		"&oauth_token_secret=" + credentials.Secret.Reveal() +
		"&user_nsid=" + encode(person.ID) +
		"&username=" + encode(person.UserName), nil
}

// withoutDashes: a code that was read off the page may be typed as 123-456-789 or 123456789.
func withoutDashes(verifier string) string { return strings.ReplaceAll(verifier, "-", "") }
