// Package resources holds what is embedded in the program or packaged with it: icons and the pages that the browser
// shows at the end of a sign-in. It has no logic beyond filling in a page.
package resources

import (
	_ "embed"
	"html/template"
	"io"

	"photolink/callback"
)

// Icon is the icon of the application, as SVG.
//
//go:embed icons/photolink.svg
var Icon []byte

//go:embed pages/callback.html
var callbackPage string

var page = template.Must(template.New("callback").Parse(callbackPage))

// RenderPage writes what the browser shows for a page of the listener. Its style carries the nonce of the page, because
// the listener forbids every other.
func RenderPage(to io.Writer, p callback.Page) error { return page.Execute(to, p) }
