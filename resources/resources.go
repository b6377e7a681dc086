// Package resources holds what is embedded in the program or packaged with it: icons and the pages that the browser
// shows at the end of a sign-in. It has no logic beyond choosing and filling in.
package resources

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"io"
	"strings"

	"photolink/app/language"
	"photolink/callback"
)

// Icon is the icon of the application, as SVG. A simpler drawing for 16 pixels is packaged with the program.
//
//go:embed icons/photolink.svg
var Icon []byte

// WindowIcon is the same as PNG, 128 by 128, for windows: to draw the other takes 30 ms.
//
//go:embed icons/photolink-128.png
var WindowIcon []byte

//go:embed icons/services/*.svg
var serviceIcons embed.FS

// ServiceIcon returns the icon of a service as SVG, 24 by 24, with black lines that a theme can recolour. The drawings are
// Photolink's own, not the marks of the services. A service without one has a plug.
func ServiceIcon(id string) []byte {
	name := id
	if strings.HasPrefix(id, "wordpress-") { // each site is a service of its own
		name = "wordpress"
	}
	icon, err := serviceIcons.ReadFile("icons/services/" + name + ".svg")
	if err != nil {
		icon, _ = serviceIcons.ReadFile("icons/services/service.svg")
	}
	return icon
}

//go:embed pages/callback.html
var callbackPage string

var frame = template.Must(template.New("callback").Parse(callbackPage))

// mark is the icon as a part of a page, where SVG needs no namespace.
var mark = template.HTML(bytes.Replace(Icon, []byte(`xmlns="http://www.w3.org/2000/svg"`), nil, 1))

// words are what a page says.
type words struct {
	Title   string   // what the tab and the history of the browser are called; without names of people
	Heading string   // the news
	Reason  string   // why, for callback.NotLinked; may be empty
	Texts   []string // what follows from it, in paragraphs
}

// RenderPage returns what writes the pages that the listener shows in the browser, in the language of the person. The
// style of a page carries its nonce, because the listener forbids every other. It may be used by several goroutines.
func RenderPage(say *language.Speaker) func(io.Writer, callback.Page) error {
	return func(to io.Writer, page callback.Page) error {
		content := struct {
			words
			Kind            string
			Language, Nonce string
			Mark            template.HTML
			On, OnAddress   string // the way on that a page has while it waits
			Footer          string
		}{
			words: wordsOf(say, page), Kind: string(page.Kind), Language: say.Tag(), Nonce: page.StyleNonce, Mark: mark,
			Footer: say.Say("This page comes from Photolink on your own computer."),
		}
		content.Title = cmp.Or(content.Title, content.Heading)
		if page.Kind == callback.Waiting {
			content.On, content.OnAddress = say.Say("Go on now"), page.RefreshURL
		}
		return frame.Execute(to, content)
	}
}

// wordsOf also has words for a kind that is not known: those for an address that leads nowhere.
func wordsOf(say *language.Speaker, page callback.Page) words {
	goBack := say.Say("You can close this tab and go back to Photolink. If its window has not come to the front, look for it " +
		"among your open windows.")
	switch page.Kind {
	case callback.Waiting:
		return words{Heading: say.Say("One moment"), Texts: []string{
			say.Say("Photolink is still talking with the service. Nothing is linked yet; this page goes on by itself."),
		}}
	case callback.Linked:
		return words{
			Title: say.Say("Linked"), Heading: say.Say("Linked as {{.Account}}", language.Values{"Account": page.Account}),
			Texts: []string{goBack},
		}
	case callback.NotLinked:
		return words{Heading: say.Say("Not linked"), Reason: page.Reason, Texts: []string{
			say.Say("Nothing was stored. Photolink says what to do next."), goBack,
		}}
	case callback.Declined:
		return words{
			Title: say.Say("Not linked"), Heading: say.Say("You chose not to link"),
			Texts: []string{say.Say("Nothing was stored."), goBack},
		}
	case callback.AlreadyAnswered:
		return words{Heading: say.Say("This sign-in has been answered"), Texts: []string{goBack}}
	case callback.NotForThisSignIn:
		return words{Heading: say.Say("This answer is not for the sign-in that is waiting"), Texts: []string{
			say.Say("Photolink still waits for the right one. Go back to it and choose “Open again”, or “Cancel” if you chose " +
				"not to link."),
		}}
	case callback.Incomplete:
		return words{Heading: say.Say("The answer of the service is incomplete"), Texts: []string{
			say.Say("The code that proves your approval is missing. Go back to Photolink and choose “Open again”."),
		}}
	}
	return words{Heading: say.Say("Nothing to do here"), Texts: []string{
		say.Say("Go back to Photolink. If this tab is left over from an earlier sign-in, you can close it."),
	}}
}
