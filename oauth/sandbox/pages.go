package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages.html
var pagesSource string

var pages = template.Must(template.New("pages").Parse(pagesSource))

// page is what the pages show; each page uses the fields that it needs.
type page struct {
	Style       string // the nonce of the style element
	Service     string // empty for Flickr, whose shape is the usual one
	Heading     template.HTML
	Person      Person
	Application string
	Asks        template.HTML
	May, MayNo  []string
	Form        string
	Fields      map[string]string // the hidden ones
	Approve     string
	Decline     string
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
func showOops(w http.ResponseWriter, v *service, heading template.HTML) {
	if v.title != "" {
		heading = template.HTML(strings.ReplaceAll(string(heading), "Flickr", v.title))
	}
	show(w, "oops", page{Service: v.title, Heading: heading}, "'none'")
}
