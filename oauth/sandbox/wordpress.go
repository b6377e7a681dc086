package sandbox

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	wordPressOAuth = "/oauth1/"
	wordPressAPI   = "/wp-json"
	wordPressMe    = wordPressAPI + "/wp/v2/users/me"
)

// wordpress is a WordPress site with the OAuth 1.0a server plugin, after its source at https://github.com/WP-API/OAuth1.
var wordpress = newWordPress()

func newWordPress() *service {
	v := &service{
		name:        "wordpress",
		title:       "WordPress",
		approveWord: "Authorize",
		declineWord: "Cancel",
		permissions: []string{"all"}, // the plugin knows no levels
		lifetime:    24 * time.Hour,
		maxAge:      15 * time.Minute,
		maxAhead:    15 * time.Minute,
		newToken:    alphanumeric(24),
		newSecret:   alphanumeric(48),
		newVerifier: alphanumeric(24),
		newCode:     alphanumeric(24),
		callback:    wordPressCallback,
		form:        wordPressOAuth + "authorize",
		ask:         askWordPress,
		approved: func(_ *Server, token string, t temporary) string {
			return "oauth_token=" + token + "&oauth_verifier=" + t.verifier + "&wp_scope=%2A"
		},
		declined: func(*Server, string, temporary) (string, bool) { return "", false },
		issue:    issueKept(alphanumeric(24), alphanumeric(48)),
		refuse: func(w http.ResponseWriter, p problem) {
			refusal := asWordPress(p)
			writeProblem(w, problem{refusal.status, refusal.message})
		},
	}
	v.granted = grantedKept(v)
	return v
}

// wordPressCallback takes the registered address alone, with any query. Without a callback address the plugin shows a code;
// here that takes "oob".
func wordPressCallback(client Client, text string) (*url.URL, error) {
	registered := client.Callbacks["wordpress"]
	if text == "" || text == "oob" && registered == "oob" {
		return nil, nil
	}
	known, err := url.Parse(registered)
	callback, _ := anyCallback(client, text)
	if err != nil || callback == nil || callback.Host == "" || callback.User != nil ||
		strings.HasPrefix(callback.Host, "[") || callback.Scheme != known.Scheme || callback.Host != known.Host ||
		callback.EscapedPath() != known.EscapedPath() {
		return nil, problem{http.StatusInternalServerError, "Callback URL is invalid"}
	}
	return callback, nil
}

func askWordPress(url.Values) question {
	return question{
		permission: "all",
		asks:       "see and change this site",
		may:        []string{"see posts and pictures, private ones too", "write, change and delete in your name"},
	}
}

// wordPressRefusal is an error of WordPress. Its API has the code too, the plugin's own pages only the message.
type wordPressRefusal struct {
	status        int
	code, message string
}

var wordPressRefusals = map[string]wordPressRefusal{
	"consumer_key_unknown":      {401, "json_consumer_notfound", "Consumer Key is invalid"},
	"nonce_used":                {401, "json_oauth1_nonce_already_used", "Invalid nonce - nonce has already been used"},
	"signature_invalid":         {401, "json_oauth1_signature_mismatch", "OAuth signature does not match"},
	"signature_method_rejected": {401, "json_oauth1_invalid_signature_method", "Signature method is invalid"},
	"timestamp_refused":         {401, "json_oauth1_invalid_timestamp", "Invalid timestamp"},
	"token_expired":             {401, "json_oauth1_expired_token", "OAuth request token has expired"},
	"token_rejected":            {400, "json_oauth1_invalid_token", "Invalid token"},
	"verifier_invalid":          {400, "json_oauth1_invalid_verifier", "OAuth verifier does not match"},
}

func asWordPress(p problem) wordPressRefusal {
	if missing, found := strings.CutPrefix(p.body, "oauth_problem=parameter_absent&oauth_parameters_absent="); found {
		names := strings.Split(missing, "%26")
		message := "Missing OAuth parameters "
		if len(names) == 1 {
			message = "Missing OAuth parameter "
		}
		return wordPressRefusal{401, "json_oauth1_missing_parameter", message + strings.Join(names, ", ")}
	}
	if refusal, found := wordPressRefusals[p.reason()]; found {
		return refusal
	}
	return wordPressRefusal{p.status, "json_oauth1_error", p.reason()} // what the plugin would let pass, mostly
}

func ownsWordPress(r *http.Request) bool {
	path := r.URL.Path
	return strings.HasPrefix(path, wordPressOAuth) || path == wordPressAPI || strings.HasPrefix(path, wordPressAPI+"/")
}

func (s *Server) serveWordPress(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/x-www-form-urlencoded; charset=utf-8"
	switch r.URL.Path {
	case wordPressOAuth + "request":
		s.serveAt(wordpress.at(RequestToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			issue := likeWordPress(s.issueTemporary(wordpress))
			wordpress.serveToken(w, r, contentType, issue, http.MethodGet, http.MethodPost)
		})
	case wordPressOAuth + "access":
		s.serveAt(wordpress.at(AccessToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			issue := likeWordPress(s.issueToken(wordpress))
			wordpress.serveToken(w, r, contentType, issue, http.MethodGet, http.MethodPost)
		})
	case wordpress.form:
		s.serveAt(wordpress.at(Authorize), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.serveAuthorize(wordpress, w, r)
		})
	case wordPressAPI, wordPressAPI + "/":
		s.serveWordPressIndex(w, r)
	case wordPressMe:
		s.serveAt(wordpress.at(Login), w, r, s.serveWordPressMe)
	default:
		refuseWordPress(w, wordPressRefusal{
			404, "rest_no_route", "No route was found matching the URL and request method.",
		})
	}
}

// likeWordPress tells requests without any protocol parameter from those that lack some.
func likeWordPress(issue func(message) (string, error)) func(message) (string, error) {
	return func(m message) (string, error) {
		if !slices.ContainsFunc(slices.Concat(m.header, m.fields), func(p parameter) bool {
			return strings.HasPrefix(p.name, "oauth_")
		}) {
			return "", problem{http.StatusBadRequest, "No OAuth parameters supplied"}
		}
		return issue(m)
	}
}

// serveWordPressIndex says where the endpoints are.
func (s *Server) serveWordPressIndex(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	site := origin(r)
	sendJSON(w, http.StatusOK, object{
		"name":        s.person.Name,
		"description": "",
		"url":         site,
		"home":        site,
		"namespaces":  []string{"wp/v2"},
		"authentication": object{"oauth1": object{
			"request":   site + wordPressOAuth + "request",
			"authorize": site + wordPressOAuth + "authorize",
			"access":    site + wordPressOAuth + "access",
			"version":   "0.1",
		}},
	})
}

// serveWordPressMe tells who is signed in.
func (s *Server) serveWordPressMe(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	if !m.signed() {
		refuseWordPress(w, wordPressRefusal{401, "rest_not_logged_in", "You are not currently logged in."})
		return
	}
	if _, err := s.authenticate(wordpress, m); err != nil {
		refusal := asWordPress(asProblem(err))
		if errors.Is(err, unauthorized("token_rejected")) {
			refusal = wordPressRefusal{401, "json_oauth1_consumer_mismatch", "Token is not registered for the given consumer"}
		}
		refuseWordPress(w, refusal)
		return
	}
	person, site := s.personAt(wordpress.at(Login)), origin(r)
	digits, _, _ := strings.Cut(person.ID, "@")
	number, _ := strconv.Atoi(digits)
	slug := cmp.Or(person.PathAlias, strings.ToLower(person.UserName))
	picture := site + "/buddyicons/" + s.person.ID + ".jpg"
	user := object{
		"id":          number,
		"name":        person.Name,
		"url":         "",
		"description": "",
		"link":        site + "/author/" + slug + "/",
		"slug":        slug,
		"avatar_urls": object{"24": picture, "48": picture, "96": picture},
	}
	if m.value("context") == "edit" {
		user["username"], user["email"] = person.UserName, slug+"@photos.example"
	}
	sendJSON(w, http.StatusOK, user)
}

func refuseWordPress(w http.ResponseWriter, refusal wordPressRefusal) {
	sendJSON(w, refusal.status, object{
		"code": refusal.code, "message": refusal.message, "data": object{"status": refusal.status},
	})
}
