package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"photolink/oauth"
)

const (
	smugMugOAuth    = "/services/oauth/1.0a/"
	smugMugAPI      = "/api/v2"
	smugMugAuthUser = smugMugAPI + "!authuser"
)

// smugmug is SmugMug, after its tutorial and reference at https://api.smugmug.com/api/v2/doc. The server has no
// PLAINTEXT signatures, which SmugMug takes too.
var smugmug = newSmugMug()

func newSmugMug() *service {
	v := &service{
		name:        "smugmug",
		title:       "SmugMug",
		approveWord: "Authorize",
		declineWord: "Cancel",
		// Access and Permissions of the authorize page.
		permissions: []string{"Public Read", "Public Add", "Public Modify", "Full Read", "Full Add", "Full Modify"},
		lifetime:    5 * time.Minute,
		maxAge:      5 * time.Minute, // SmugMug's is not known
		newToken:    alphanumeric(32),
		newSecret:   alphanumeric(64),
		newVerifier: alphanumeric(32), // what SmugMug's looks like is not known
		newCode:     func() string { return randomDecimal(6) },
		callback:    anyCallback,
		form:        smugMugOAuth + "authorize",
		ask:         askSmugMug,
		approved: func(_ *Server, token string, t temporary) string {
			return "oauth_token=" + token + "&oauth_verifier=" + t.verifier
		},
		declined: func(*Server, string, temporary) (string, bool) { return "", false }, // what SmugMug does is not known
		issue:    issueSmugMug,
		refuse:   writeProblem,
	}
	v.granted = grantedKept(v)
	return v
}

func askSmugMug(query url.Values) question {
	access, permission := cmp.Or(query.Get("Access"), "Public"), cmp.Or(query.Get("Permissions"), "Read")
	see := map[string]string{"Public": "see your public photos", "Full": "see all your photos, private ones too"}[access]
	level := slices.Index([]string{"Read", "Add", "Modify"}, permission)
	if see == "" || level < 0 {
		return question{oops: oopsPermission}
	}
	asked := question{
		permission: access + " " + permission,
		asks:       []template.HTML{"see your photos", "see and upload photos", "see, upload and change photos"}[level],
		may:        []string{see, "upload photos", "change and delete photos and galleries"}[:level+1],
		mayNo:      []string{"not upload anything", "not change or delete anything"}[level:],
	}
	if access == "Public" {
		asked.mayNo = append(asked.mayNo, "not see private photos")
	}
	return asked
}

// issueSmugMug gives a client that has access already no other level than it has: only the person can change that, in
// the account settings.
func issueSmugMug(s *Server, t temporary) oauth.TokenCredentials {
	for token, kept := range s.tokens {
		if kept.service == t.service && kept.clientKey == t.client.Key && !s.revoked[token] {
			t.permission = kept.permission
			break
		}
	}
	return issueKept(alphanumeric(32), alphanumeric(64))(s, t)
}

func ownsSmugMug(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, smugMugOAuth) || strings.HasPrefix(r.URL.Path, smugMugAPI)
}

func (s *Server) serveSmugMug(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/x-www-form-urlencoded"
	switch path := r.URL.Path; {
	case path == smugMugOAuth+"getRequestToken":
		s.serveAt(smugmug.at(RequestToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			issue := s.issueTemporary(smugmug, "oauth_callback")
			smugmug.serveToken(w, r, contentType, issue, http.MethodGet, http.MethodPost)
		})
	case path == smugMugOAuth+"getAccessToken":
		s.serveAt(smugmug.at(AccessToken), w, r, func(w http.ResponseWriter, r *http.Request) {
			smugmug.serveToken(w, r, contentType, s.issueToken(smugmug), http.MethodGet, http.MethodPost)
		})
	case path == smugmug.form:
		s.serveAt(smugmug.at(Authorize), w, r, func(w http.ResponseWriter, r *http.Request) {
			s.serveAuthorize(smugmug, w, r)
		})
	case strings.HasPrefix(path, smugMugAPI):
		// An hour's worth of calls; what SmugMug's limits are is not known.
		w.Header().Set("X-RateLimit-Remaining", "4999")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(s.now().Add(time.Hour).Unix(), 10))
		if path == smugMugAuthUser {
			s.serveAt(smugmug.at(Login), w, r, s.serveSmugMugAPI)
		} else {
			s.serveSmugMugAPI(w, r)
		}
	default:
		http.NotFound(w, r)
	}
}

// serveSmugMugAPI tells who is signed in. There is nothing else behind the API, but it looks at the signature first, so
// that clients that do not ask who is signed in can still tell a good token from a bad one.
func (s *Server) serveSmugMugAPI(w http.ResponseWriter, r *http.Request) {
	authUser := r.URL.Path == smugMugAuthUser
	if authUser && !allow(w, r, http.MethodGet) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	var from caller
	switch {
	case m.signed():
		from, err = s.authenticate(smugmug, m)
	case authUser:
		err = unauthorized("Unauthorized")
	}
	switch p := asProblem(err); {
	case err != nil: // the words of SmugMug are not known
		sendSmugMug(w, r, p.status, object{"Code": p.status, "Message": p.reason()})
	case !authUser:
		sendSmugMug(w, r, http.StatusNotFound, object{"Code": http.StatusNotFound, "Message": "Not Found"})
	default:
		sendSmugMug(w, r, http.StatusOK, object{"Code": http.StatusOK, "Message": "Ok", "Response": object{
			"EndpointType":   "AuthUser",
			"Locator":        "User",
			"LocatorType":    "Object",
			"Uri":            smugMugAuthUser,
			"UriDescription": "Currently authenticated user",
			"User":           smugMugUser(s.personAt(smugmug.at(Login)), from.permission),
		}})
	}
}

func smugMugUser(person Person, permission string) object {
	// That the level is that of the access granted is a guess: one answer is known, and it says Public.
	level, _, _ := strings.Cut(permission, " ")
	plan := "Basic"
	if person.Pro {
		plan = "Pro"
	}
	nick := url.PathEscape(person.UserName)
	user := smugMugAPI + "/user/" + nick
	return object{
		"AccountStatus": "Active",
		"Domain":        "",
		"FirstName":     "",
		"ImageCount":    person.PhotoCount,
		"LastName":      "",
		"Name":          person.Name,
		"NickName":      person.UserName,
		"Plan":          plan,
		"RefTag":        "TEjaxa2MF2LJ6",
		"ResponseLevel": level,
		"Uri":           user,
		"WebUri":        "https://" + nick + ".smugmug.com",
		"Uris": object{
			"UserProfile": object{"Uri": user + "!profile"},
			"UserAlbums":  object{"Uri": user + "!albums"},
			"Node":        object{"Uri": smugMugAPI + "/node/zx4Fx"},
			"Folder":      object{"Uri": smugMugAPI + "/folder/user/" + nick},
		},
	}
}

// sendSmugMug answers with a web page, SmugMug's API browser, unless the client asks for JSON.
func sendSmugMug(w http.ResponseWriter, r *http.Request, status int, value object) {
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		sendJSON(w, status, value)
		return
	}
	var text bytes.Buffer
	body := json.NewEncoder(&text)
	body.SetIndent("", "  ")
	_ = body.Encode(value) // objects always can be
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<!DOCTYPE html>\n<title>SmugMug API</title>\n<pre>"+html.EscapeString(text.String())+"</pre>\n")
}
