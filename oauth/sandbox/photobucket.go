package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"photolink/oauth"
)

const photobucketLogin = "/apilogin/login"

// photobucket is the API that Photobucket had until 2018, after its own help pages. It is of the first edition, OAuth 1.0:
// there is no verifier, and the callback is the registered one whatever a request says.
var photobucket = newPhotobucket()

func newPhotobucket() *service {
	v := &service{
		name:        "photobucket",
		title:       "Photobucket",
		approveWord: "Accept",
		declineWord: "Deny",
		permissions: []string{"full"},
		lifetime:    5 * time.Minute,   // Photobucket's was not known
		maxAge:      300 * time.Second, // nor was this
		newToken:    func() string { return "req_" + manyHex(40) },
		newSecret:   func() string { return manyHex(40) },
		form:        photobucketLogin,
		ask: func(query url.Values) question {
			return question{
				permission: "full",
				asks:       "use your account",
				may:        []string{"see your albums, private ones too", "upload, change and delete photos and albums"},
				extra:      query.Get("extra"),
			}
		},
		approved: func(s *Server, token string, t temporary) string {
			person := s.personAt(EndpointOf("photobucket", Authorize))
			return "oauth_token=" + token + "&username=" + encode(person.UserName) + "&subdomain=" + encode(t.subdomain) +
				t.extraParameter()
		},
		// What "Deny" sends was never written down. This is an invention of this server.
		declined: func(_ *Server, token string, t temporary) (string, bool) {
			return "oauth_token=" + token + "&status=denied&denied=" + token + t.extraParameter(), true
		},
		issue: issuePhotobucket,
	}
	v.callback = func(client Client, _ string) (*url.URL, error) { return v.registered(client), nil }
	v.granted = grantedKept(v)
	return v
}

func (t temporary) extraParameter() string {
	if t.extra == "" {
		return ""
	}
	return "&extra=" + encode(t.extra)
}

// issuePhotobucket makes token credentials whose secret alone is hard to guess.
func issuePhotobucket(s *Server, t temporary) oauth.TokenCredentials {
	newToken := func() string {
		for n := 281; ; n++ {
			token := fmt.Sprintf("%d.%d", n/10, n%10)
			if _, taken := s.tokens[token]; !taken && !s.revoked[token] {
				return token
			}
		}
	}
	return issueKept(newToken, func() string { return manyHex(40) })(s, t)
}

func isPhotobucket(r *http.Request) bool {
	return slices.Contains([]string{
		"/login/request", "/login/access", photobucketLogin, "/apilogin/logout", "/ping", "/time",
	}, r.URL.Path) || strings.HasPrefix(r.URL.Path, "/user/")
}

func (s *Server) servePhotobucket(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login/request":
		s.serveAt(photobucket.at(RequestToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.servePhotobucketToken(w, r, s.photobucketRequest)
		})
	case "/login/access":
		s.serveAt(photobucket.at(AccessToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.servePhotobucketToken(w, r, s.photobucketAccess)
		})
	case photobucketLogin:
		s.serveAt(photobucket.at(Authorize), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.serveAuthorize(photobucket, w, r)
		})
	case "/apilogin/logout":
		if allow(w, r, http.MethodGet, http.MethodHead) {
			show(w, "home", page{Service: photobucket.title, Person: s.person}, "'none'")
		}
	case "/ping":
		s.servePhotobucketCall(w, r, s.photobucketPing, http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete)
	case "/time":
		s.servePhotobucketCall(w, r, s.photobucketTime, http.MethodGet)
	default:
		s.serveAt(photobucket.at(Login), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.servePhotobucketCall(w, r, s.photobucketUser, http.MethodGet)
		})
	}
}

// atPhotobucket reports whether a request was sent to the service by its own name, not to a port of this computer.
func atPhotobucket(host string) bool {
	return strings.HasSuffix("."+withoutPort(host), ".photobucket.com")
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

const (
	photobucketAPI  = "api.photobucket.com"    // all calls are signed for it, whichever server they are sent to
	photobucketSilo = "api123.photobucket.com" // the one with the person's data
)

// photobucketSigned runs what verifies a request, with the host that the signature names. On a port of this computer
// clients may sign for the port too.
func photobucketSigned(m message, run func(message) error) error {
	named := m
	named.host = photobucketAPI
	if atPhotobucket(m.host) {
		return run(named)
	}
	err := run(m)
	if p := (problem{}); errors.As(err, &p) && p.reason() == "signature_invalid" {
		return run(named)
	}
	return err
}

// exception is a refusal in Photobucket's envelope.
type exception struct {
	status, code int
	message      string
}

func (e exception) Error() string { return fmt.Sprintf("%s (code %d)", e.message, e.code) }

// photobucketException returns the exception for err. Code 7 and "Authorization required" are known of tokens that do not
// work. What else the service refused, and how, is not known: the same status and code stand for all of it here.
func photobucketException(m message, err error) exception {
	if e := (exception{}); errors.As(err, &e) {
		return e
	}
	reason := asProblem(err).reason()
	words := strings.ReplaceAll(reason, "_", " ")
	switch reason {
	case "token_rejected", "token_expired", "parameter_absent":
		words = "Authorization required"
	case "timestamp_refused":
		words = "timestamp invalid -" + m.value("oauth_timestamp")
	}
	return exception{http.StatusUnauthorized, 7, words}
}

// servePhotobucketToken answers at one of the token endpoints: plainly if all is well, else in an envelope.
func (s *Server) servePhotobucketToken(
	w http.ResponseWriter, r *http.Request, issue func(*http.Request, message) (string, error),
) {
	if r.Method != http.MethodPost { // other methods are other calls, which do not exist
		http.NotFound(w, r)
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	var body string
	err = photobucketSigned(m, func(m message) (err error) {
		body, err = issue(r, m)
		return err
	})
	if err != nil {
		s.writeException(w, m, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

func (s *Server) photobucketRequest(r *http.Request, m message) (string, error) {
	token, t, err := s.requestTemporary(photobucket, m)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	t.subdomain = photobucketSubdomain(r.Host)
	s.mu.Unlock()
	nextStep := origin(r) + photobucketLogin
	if atPhotobucket(r.Host) {
		nextStep = "http://www.photobucket.com" + photobucketLogin
	}
	return "oauth_token=" + token + "&oauth_token_secret=" + t.secret + "&next_step=" + encode(nextStep), nil
}

func (s *Server) photobucketAccess(r *http.Request, m message) (string, error) {
	credentials, err := s.exchange(photobucket, m)
	if err != nil {
		return "", err
	}
	person := s.personAt(photobucket.at(AccessToken))
	return "oauth_token=" + credentials.Token +
		"&oauth_token_secret=" + credentials.Secret.Reveal() +
		"&username=" + encode(person.UserName) +
		"&subdomain=" + encode(photobucketSubdomain(r.Host)) +
		"&homeurl=" + encode(photobucketAlbum(r, person)), nil
}

// photobucketSubdomain returns the host that has the person's data, given the host of a request.
func photobucketSubdomain(host string) string {
	if atPhotobucket(host) {
		return photobucketSilo
	}
	return host
}

// photobucketAlbum returns the page of the person's albums. On a port of this computer it is on this server, so that
// nobody is led to a stranger's photos.
func photobucketAlbum(r *http.Request, person Person) string {
	server := origin(r)
	if atPhotobucket(r.Host) {
		server = "http://s123.photobucket.com"
	}
	return server + "/albums/cc276/" + url.PathEscape(person.UserName)
}

// servePhotobucketCall answers with what run returns, in an envelope.
func (s *Server) servePhotobucketCall(
	w http.ResponseWriter, r *http.Request, run func(*http.Request, message) (node, error), methods ...string,
) {
	if !slices.Contains(methods, r.Method) {
		http.NotFound(w, r)
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/user/") && atPhotobucket(r.Host) && withoutPort(r.Host) != photobucketSilo {
		const server = "http://" + photobucketSilo
		w.Header().Set("Location", server+r.URL.RequestURI())
		s.writeEnvelope(w, m, http.StatusMovedPermanently,
			text("status", "OK"), element("content", text("subdomain", server)))
		return
	}
	content, err := run(r, m)
	if err != nil {
		s.writeException(w, m, err)
		return
	}
	s.writeEnvelope(w, m, http.StatusOK, text("status", "OK"), content)
}

// photobucketPing needs neither key nor signature.
func (s *Server) photobucketPing(_ *http.Request, m message) (node, error) {
	did := map[string]string{
		http.MethodGet: " (read)", // the others are guesses
		http.MethodPut: " (update)", http.MethodPost: " (create)", http.MethodDelete: " (delete)",
	}
	return element("content", text("PONG", did[m.method]), element("REQUEST", echo(m.fields)...)), nil
}

func (s *Server) photobucketTime(*http.Request, message) (node, error) {
	return text("content", s.now().Unix()), nil
}

// photobucketUser answers for the person that the token belongs to: at their name, or at the empty name.
func (s *Server) photobucketUser(r *http.Request, m message) (node, error) {
	err := photobucketSigned(m, func(m message) error {
		_, err := s.authenticate(photobucket, m)
		return err
	})
	if err != nil {
		return node{}, err
	}
	person := s.personAt(photobucket.at(Login))
	name, addresses := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/user/"), "/url")
	if !slices.Contains([]string{"", s.personAt(photobucket.at(AccessToken)).UserName, person.UserName}, name) {
		// The code is one of those for what could not be had; the status and the words are a guess.
		return node{}, exception{http.StatusInternalServerError, 102, "Could not get user"}
	}
	if addresses {
		return element(
			"content",
			text("username", person.UserName),
			element("subdomain", text("album", "s123"), text("image", "i123"), text("api", "api123"), text("feed", "feed123")),
			text("path", "albums/cc276/"+person.UserName),
		), nil
	}
	premium := 0
	if person.Pro {
		premium = 1
	}
	return element(
		"content",
		text("username", person.UserName),
		text("album_url", photobucketAlbum(r, person)),
		text("megabytes_used", 64),
		text("megabytes_allowed", 1024),
		text("premium", premium),
		text("public", 1),
		text("total_pictures", person.PhotoCount),
		text("preferred_picture_size", 1024),
	), nil
}

func (s *Server) writeException(w http.ResponseWriter, m message, err error) {
	e := photobucketException(m, err)
	s.writeEnvelope(w, m, e.status, text("status", "Exception"), text("message", e.message), text("code", e.code))
}

// writeEnvelope writes an answer in XML or JSON, whichever was asked for.
func (s *Server) writeEnvelope(w http.ResponseWriter, m message, status int, parts ...node) {
	format := "xml"
	if m.value("format") == "json" {
		format = "json"
	}
	parts = append(parts, text("format", format), text("method", m.method), text("timestamp", s.now().Unix()))
	if format == "json" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, plainJSON(parts))
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	writeElements(&b, "", []node{element("response", parts...)})
	_, _ = io.WriteString(w, b.String())
}

// plainJSON returns elements as members of an object, without what Flickr puts around texts.
func plainJSON(nodes []node) string {
	var members []string
	for _, n := range nodes {
		value := plainJSON(n.nodes)
		if n.kind == textNode {
			quoted, _ := json.Marshal(n.value) // strings and ints never fail
			value = string(quoted)
		}
		members = append(members, quoteJSON(n.name)+":"+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}
