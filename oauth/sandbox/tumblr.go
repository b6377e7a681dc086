package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	tumblrOAuth    = "/oauth/"
	tumblrAPI      = "/v2/"
	tumblrUserInfo = tumblrAPI + "user/info"
)

// tumblr is Tumblr, after https://github.com/tumblr/docs. Its limit of requests is the fault Answer(429, "Limit Exceeded").
var tumblr = newTumblr()

func newTumblr() *service {
	random := alphanumeric(50)
	v := &service{
		name:        "tumblr",
		title:       "Tumblr",
		approveWord: "Allow",
		declineWord: "Deny",
		permissions: []string{"all"},  // Tumblr knows no levels
		lifetime:    10 * time.Minute, // Tumblr's is not known
		maxAge:      5 * time.Minute,  // likewise
		newToken:    random,
		newSecret:   random,
		newVerifier: random,
		form:        tumblrOAuth + "authorize",
		ask:         askTumblr,
		approved: func(_ *Server, token string, t temporary) string {
			return "oauth_token=" + token + "&oauth_verifier=" + t.verifier + "#_=_"
		},
		declined: func(*Server, string, temporary) (string, bool) { return "#_=_", true },
		issue:    issueKept(random, random),
		refuse:   writeProblem,
	}
	// Whether another host than the registered one is refused is not known. It is not here.
	v.callback = func(client Client, text string) (*url.URL, error) {
		if text == "" {
			return v.registered(client), nil
		}
		return anyCallback(client, text)
	}
	v.granted = grantedKept(v)
	return v
}

func askTumblr(url.Values) question {
	return question{
		permission: "all",
		asks:       "see and change your blogs",
		may:        []string{"see your blogs, private posts too", "post, change and delete in your name"},
	}
}

func ownsTumblr(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, tumblrOAuth) || strings.HasPrefix(r.URL.Path, tumblrAPI)
}

func (s *Server) serveTumblr(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/x-www-form-urlencoded"
	switch path := r.URL.Path; {
	case path == tumblrOAuth+"request_token":
		s.serveAt(tumblr.at(RequestToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			issue := s.likeTumblr(s.issueTemporary(tumblr))
			tumblr.serveToken(w, r, contentType, issue, http.MethodGet, http.MethodPost)
		})
	case path == tumblrOAuth+"access_token":
		s.serveAt(tumblr.at(AccessToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			issue := s.likeTumblr(s.issueToken(tumblr))
			tumblr.serveToken(w, r, contentType, issue, http.MethodGet, http.MethodPost)
		})
	case path == tumblr.form:
		s.serveAt(tumblr.at(Authorize), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.serveAuthorize(tumblr, w, r)
		})
	case path == tumblrUserInfo:
		s.serveAt(tumblr.at(Login), w, r, s.serveTumblrAPI)
	case strings.HasPrefix(path, tumblrAPI):
		s.serveTumblrAPI(w, r)
	default:
		http.NotFound(w, r)
	}
}

// likeTumblr makes a token endpoint take the protocol parameters from the Authorization header and tell the signature
// that it expected. Those that name the callback, the token and the verifier may travel elsewhere: gallery-dl, which
// works with Tumblr, has them in the query.
func (s *Server) likeTumblr(issue func(message) (string, error)) func(message) (string, error) {
	return func(m message) (string, error) {
		m = m.headerOnly("oauth_callback", "oauth_token", "oauth_verifier")
		body, err := issue(m)
		if err != nil && asProblem(err).reason() == "signature_invalid" {
			return "", problem{http.StatusUnauthorized, fmt.Sprintf(
				"oauth_signature [%s] does not match expected value [%s]", m.value("oauth_signature"), s.expected(m),
			)}
		}
		return body, err
	}
}

// headerOnly leaves out the protocol parameters that do not travel in the Authorization header, but for the exceptions.
func (m message) headerOnly(exceptions ...string) message {
	m.fields = slices.DeleteFunc(slices.Clone(m.fields), func(p parameter) bool {
		return strings.HasPrefix(p.name, "oauth_") && !slices.Contains(exceptions, p.name)
	})
	return m
}

// expected returns the signature that a request at a token endpoint should have.
func (s *Server) expected(m message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var clientSecret, tokenSecret string
	for _, client := range s.clients {
		if client.Key == m.value("oauth_consumer_key") {
			clientSecret = client.Secret.Reveal()
		}
	}
	if t := s.temporary[m.value("oauth_token")]; t != nil {
		tokenSecret = t.secret
	}
	return signature(m.baseString(), clientSecret, tokenSecret)
}

// serveTumblrAPI tells who is signed in. There is nothing else behind the API, but it looks at the signature first, so
// that clients that do not ask who is signed in can still tell a good token from a bad one.
func (s *Server) serveTumblrAPI(w http.ResponseWriter, r *http.Request) {
	userInfo := r.URL.Path == tumblrUserInfo
	if userInfo && !allow(w, r, http.MethodGet) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	m = m.headerOnly()
	if userInfo || m.signed() {
		_, err = s.authenticate(tumblr, m)
	}
	switch {
	case r.UserAgent() == "":
		refuseTumblr(w, http.StatusForbidden, "User-Agent is required.") // Tumblr's own answer is not known
	case err != nil:
		refuseTumblr(w, http.StatusUnauthorized, "Got an error. Try again.")
	case !userInfo:
		refuseTumblr(w, http.StatusNotFound, "Not Found")
	default:
		person := s.personAt(tumblr.at(Login))
		sendJSON(w, http.StatusOK, object{
			"meta": object{"status": http.StatusOK, "msg": "OK"},
			"response": object{"user": object{
				"following":           0,
				"default_post_format": "html",
				"name":                person.UserName,
				"likes":               0,
				"blogs": []object{{
					"name":      person.UserName,
					"title":     person.Name,
					"url":       "https://" + url.PathEscape(person.UserName) + ".tumblr.com/",
					"tweet":     "auto",
					"primary":   true,
					"followers": 0,
				}},
			}},
		})
	}
}

func refuseTumblr(w http.ResponseWriter, status int, detail string) {
	sendJSON(w, status, object{
		"meta":     object{"status": status, "msg": http.StatusText(status)},
		"errors":   []object{{"title": http.StatusText(status), "code": 0, "detail": detail}},
		"response": []object{},
	})
}
