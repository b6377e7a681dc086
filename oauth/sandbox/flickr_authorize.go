package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const authorizePath = "/services/oauth/authorize"

// Flickr's headings, word for word. They are HTML so that the quotes in them stay as they are.
const (
	oopsNoToken    template.HTML = `Oops! There's no oauth_token parameter.`
	oopsToken      template.HTML = `Oops! Flickr doesn't recognise the "oauth_token" this application is trying to use.`
	oopsPermission template.HTML = `Oops! Flickr doesn't recognise the permission set.`
	oopsCallback   template.HTML = `Oops! Flickr can't find a valid callback URL.`
)

//go:embed flickr_pages.html
var pagesSource string

var pages = template.Must(template.New("pages").Parse(pagesSource))

// page is what the pages show; each page uses the fields that it needs.
type page struct {
	Style       string // the nonce of the style element
	Heading     template.HTML
	Person      Person
	Application string
	Permission  string
	Token       string
	FormToken   string
	Code        string
	Declined    bool
}

// show answers with a page. formAction is where its form may lead, in words of a Content-Security-Policy: browsers
// hold redirects against it too.
func show(w http.ResponseWriter, name string, p page, formAction string) {
	p.Style = randomHex()
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'nonce-%s'; img-src 'self'; "+
		"form-action %s; frame-ancestors 'self'; base-uri 'none'", p.Style, formAction))
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	_, _ = b.WriteTo(w)
}

// showOops answers with an error page. Flickr sends them with status 200.
func showOops(w http.ResponseWriter, heading template.HTML) {
	show(w, "oops", page{Heading: heading}, "'none'")
}

// serveHome is where "No, thanks" leads: Flickr never calls the callback then.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	show(w, "home", page{Person: s.person, Declined: r.URL.Query().Has("declined")}, "'none'")
}

// serveAuthorize asks the person (RFC 5849 section 2.2), and takes the answer.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, err)
		return
	}
	if r.Method == http.MethodPost {
		s.takeAnswer(w, r.PostForm)
	} else {
		s.ask(w, r.Form)
	}
}

func (s *Server) ask(w http.ResponseWriter, query url.Values) {
	token, permission := query.Get("oauth_token"), query.Get("perms")
	if permission == "" {
		permission = permissions[0] // Flickr looks the permission up in the application's settings then
	}
	s.mu.Lock()
	t, oops := s.pending(token, permission)
	s.mu.Unlock()
	if oops != "" {
		showOops(w, oops)
		return
	}
	show(w, "authorize", page{
		Person:      s.person,
		Application: t.client.Application,
		Permission:  permission,
		Token:       token,
		FormToken:   t.formToken,
	}, "'self'"+t.formAction())
}

func (s *Server) takeAnswer(w http.ResponseWriter, form url.Values) {
	token := form.Get("oauth_token")
	t, oops := s.decide(token, form.Get("perms"), form.Get("form_token"), form.Has("approve"))
	switch {
	case oops != "":
		showOops(w, oops)
	case t.verifier == "" && s.faults.DenialReturns && t.callback != nil:
		seeOther(w, t.location("denied="+token))
	case t.verifier == "":
		seeOther(w, "/?declined")
	case s.faults.NeverReturns:
		seeOther(w, "/")
	case t.outOfBand:
		show(w, "code", page{Application: t.client.Application, Code: t.verifier}, "'none'")
	default:
		seeOther(w, t.location("oauth_token="+token+"&oauth_verifier="+t.verifier))
	}
}

// pending returns the temporary credentials that the person is to decide on, or the heading that says why there are
// none. s.mu must be held.
func (s *Server) pending(token, permission string) (temporary, template.HTML) {
	t := s.temporary[token]
	switch {
	case token == "":
		return temporary{}, oopsNoToken
	case t == nil || t.formToken == "" || s.now().After(t.expires), s.faults.KeyRefusedByPage:
		return temporary{}, oopsToken
	case !slices.Contains(permissions, permission):
		return temporary{}, oopsPermission
	case t.callback == nil && !t.outOfBand:
		return temporary{}, oopsCallback
	}
	return *t, ""
}

// decide writes the person's answer down, once. The returned credentials have a verifier if the person approved.
func (s *Server) decide(token, permission, formToken string, approved bool) (temporary, template.HTML) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, oops := s.pending(token, permission)
	if oops != "" {
		return temporary{}, oops
	}
	if !equal(formToken, t.formToken) {
		return temporary{}, oopsToken
	}
	if !approved {
		delete(s.temporary, token)
		return t, ""
	}
	t.formToken = ""
	t.permission = s.grant(permission)
	if s.faults.ApprovalExpires {
		t.expires = time.Time{}
	}
	t.verifier = randomHex()
	if t.outOfBand {
		digits := randomDecimal(9)
		t.verifier = digits[:3] + "-" + digits[3:6] + "-" + digits[6:]
	}
	s.temporary[token] = &t
	return t, ""
}

// location returns the callback with query after whatever query it has.
func (t temporary) location(query string) string {
	location := *t.callback
	if location.Host != "" && location.Path == "" {
		location.Path = "/"
	}
	if location.RawQuery != "" {
		location.RawQuery += "&"
	}
	location.RawQuery += query
	return location.String()
}

// formAction returns the callback's origin, for the policy of the page whose form leads there.
func (t temporary) formAction() string {
	switch {
	case t.callback == nil:
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
