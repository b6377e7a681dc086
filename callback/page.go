package callback

import (
	"html/template"
	"io"
)

// contentSecurityPolicy allows nothing. Pages get a nonce for their style on top.
const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Page is what the browser is shown. Its texts come from the caller, never from a request.
type Page struct {
	Kind       PageKind
	Account    string // the name of the account, for Linked
	Reason     string // why nothing was linked, for NotLinked; may be empty
	RefreshURL string // where the browser goes by itself after a second, for Waiting; worth a link on the page
	StyleNonce string // the value of the nonce attribute that a style element needs, new for each page
}

// PageKind says which page the browser is shown.
type PageKind string

// The kinds of pages.
const (
	Waiting          PageKind = "waiting"              // the result is not known yet
	Linked           PageKind = "linked"               // Finish said so
	NotLinked        PageKind = "not-linked"           // Finish said so
	Declined         PageKind = "declined"             // the person chose not to link
	AlreadyAnswered  PageKind = "already-answered"     // StartURL was opened after the callback
	NotForThisSignIn PageKind = "not-for-this-sign-in" // a callback with another token
	Incomplete       PageKind = "incomplete"           // a callback without a verifier
	NotFound         PageKind = "not-found"            // an unknown address, such as one of an earlier sign-in
	Refused          PageKind = "refused"              // a request that no browser sends when a person follows a redirect
)

// words are the heading and the text of the built-in pages.
var words = map[PageKind][2]string{
	Waiting:         {"One moment", "This page goes on by itself."},
	Linked:          {"Linked", "You can close this tab and go back to the application."},
	NotLinked:       {"Not linked", "You can close this tab and go back to the application."},
	Declined:        {"You chose not to link", "You can close this tab and go back to the application."},
	AlreadyAnswered: {"This sign-in has been answered", "You can close this tab and go back to the application."},
	NotForThisSignIn: {
		"This is not for the sign-in that is waiting",
		"Go back to the application, which still waits. If you chose not to link, cancel there.",
	},
	Incomplete: {
		"The answer of the service is incomplete",
		"The code that proves your approval is missing. Go back to the application and open the browser again.",
	},
	NotFound: {"Nothing here", "Go back to the application. If this tab is from an earlier sign-in, you can close it."},
	Refused:  {"Refused", "This request was not answered."},
}

var plain = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Heading}}</title>
<style nonce="{{.StyleNonce}}">
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
main { max-width: 32rem; margin: 20vh auto; padding: 0 1rem }
</style>
</head>
<body>
<main>
<h1>{{.Heading}}{{with .Account}} as {{.}}{{end}}</h1>
{{with .Reason}}<p>{{.}}</p>
{{end}}<p>{{.Text}}</p>
{{with .RefreshURL}}<p><a href="{{.}}">Go on now</a></p>
{{end}}</main>
</body>
</html>
`))

// renderPlain writes the built-in page.
func renderPlain(w io.Writer, page Page) error {
	return plain.Execute(w, struct {
		Page
		Heading, Text string
	}{page, words[page.Kind][0], words[page.Kind][1]})
}
