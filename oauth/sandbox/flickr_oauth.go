package sandbox

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"photolink/oauth"
)

const authorizePath = "/services/oauth/authorize"

// flickrPermissions are what a person can grant, least first; each includes those before it.
var flickrPermissions = []string{"read", "write", "delete"}

// flickr is the service that the server is known for.
var flickr = &service{
	approveWord: "OK, I'll authorize it",
	declineWord: "No, thanks",
	permissions: flickrPermissions,
	lifetime:    10 * time.Minute, // Flickr's is not known
	maxAge:      300 * time.Second,
	newToken:    func() string { return randomDigits() + "-" + randomHex() },
	newSecret:   randomHex,
	newVerifier: randomHex,
	newCode: func() string {
		digits := randomDecimal(9)
		return digits[:3] + "-" + digits[3:6] + "-" + digits[6:]
	},
	callback: anyCallback,
	form:     authorizePath,
	ask:      askFlickr,
	approved: func(_ *Server, token string, t temporary) string {
		return "oauth_token=" + token + "&oauth_verifier=" + t.verifier
	},
	declined: func(*Server, string, temporary) (string, bool) { return "", false },
	issue:    issueFlickr,
	granted:  (*Server).grantedFlickr,
	refuse:   writeProblem,
}

func askFlickr(query url.Values) question {
	see := "see your photos and albums, private ones too"
	upload := "upload photos, and change titles, tags and albums"
	remove := "delete photos and albums"
	switch permission := query.Get("perms"); permission {
	case "read", "": // Flickr looks the permission up in the application's settings then
		return question{
			permission: "read", asks: "see your photos",
			may: []string{see}, mayNo: []string{"not upload or change anything", "not delete anything"},
		}
	case "write":
		return question{
			permission: permission, asks: "see and upload photos",
			may: []string{see, upload}, mayNo: []string{"not delete anything"},
		}
	case "delete":
		return question{permission: permission, asks: "see, upload and delete photos", may: []string{see, upload, remove}}
	}
	return question{oops: oopsPermission}
}

// serveFlickr finds the handler for a path. It is not an http.ServeMux, which redirects paths that it finds unclean:
// no signature survives that.
func (s *Server) serveFlickr(w http.ResponseWriter, r *http.Request) {
	const contentType = "text/plain;charset=UTF-8"
	path := r.URL.Path
	switch {
	case path == "/services/oauth/request_token":
		s.serveAt(RequestToken, w, r, func(w http.ResponseWriter, r *http.Request) {
			flickr.serveToken(w, r, contentType, s.requestToken, http.MethodGet, http.MethodPost)
		})
	case path == "/services/oauth/access_token":
		s.serveAt(AccessToken, w, r, func(w http.ResponseWriter, r *http.Request) {
			flickr.serveToken(w, r, contentType, s.accessToken, http.MethodGet, http.MethodPost)
		})
	case path == authorizePath:
		s.serveAt(Authorize, w, r, func(w http.ResponseWriter, r *http.Request) { s.serveAuthorize(flickr, w, r) })
	case path == "/services/rest", path == "/services/rest/":
		s.serveREST(w, r)
	case isUpload(r):
		s.serveAt(Upload, w, r, s.serveUpload)
	case strings.HasSuffix(path, "/buddyicons/"+s.person.ID+".jpg"): // on Flickr's picture servers below a number
		s.serveAt(BuddyIcon, w, r, serveBuddyIcon)
	case path == "/":
		s.serveHome(w, r)
	default:
		http.NotFound(w, r)
	}
}

// serveHome is where "No, thanks" leads: Flickr never calls the callback then.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	show(w, "home", page{Person: s.person, Declined: r.URL.Query().Has("declined")}, "'none'")
}

// refuse answers a request that could not be read.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	http.Error(w, err.Error(), status)
}

// asProblem returns the problem that err is, or an unknown one.
func asProblem(err error) problem {
	p := unauthorized("unknown_problem&code=503")
	errors.As(err, &p)
	return p
}

func writeProblem(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.body)
}

func (s *Server) requestToken(m message) (string, error) {
	token, t, err := s.requestTemporary(flickr, m, "oauth_callback")
	if err != nil {
		return "", err
	}
	parts := []string{s.confirmed(), "oauth_token=" + token, "oauth_token_secret=" + t.secret}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "&"), nil
}

// hostName leaves out what has a meaning in a Content-Security-Policy.
var hostName = regexp.MustCompile(`^[A-Za-z0-9._:\[\]-]+$`)

func (s *Server) accessToken(m message) (string, error) {
	credentials, err := s.exchange(flickr, m)
	if err != nil {
		return "", err
	}
	person := s.personAt(AccessToken)
	return "fullname=" + encode(person.Name) +
		"&oauth_token=" + credentials.Token +
		"&oauth_token_secret=" + credentials.Secret.Reveal() +
		"&user_nsid=" + encode(person.ID) +
		"&username=" + encode(person.UserName), nil
}

// issueFlickr returns token credentials for what the person granted to a client. Nothing is kept: all of it can be
// derived again.
func issueFlickr(s *Server, t temporary) oauth.TokenCredentials {
	digits := randomDigits()
	return oauth.TokenCredentials{
		Token:  digits + "-" + s.derive("token", digits, t.permission, t.client.Key),
		Secret: oauth.Secret(s.derive("secret", digits, t.permission, t.client.Key)),
	}
}

// grantedFlickr returns what token allows a client to do, and its secret; ok is false for a token that was not issued to
// this client, or has been revoked. s.mu must be held.
func (s *Server) grantedFlickr(token, clientKey string) (permission, secret string, ok bool) {
	if s.revoked[token] {
		return "", "", false
	}
	digits, mark, _ := strings.Cut(token, "-")
	for _, permission := range flickrPermissions {
		if equal(mark, s.derive("token", digits, permission, clientKey)) {
			return permission, s.derive("secret", digits, permission, clientKey), true
		}
	}
	return "", "", false
}
