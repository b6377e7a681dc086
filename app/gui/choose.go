//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/link"
	"photolink/oauth/provider"
)

// chooseView lists the services.
type chooseView struct {
	Services []serviceRow
	Broken   []string // what is wrong with files of services that cannot be used
	OnChoose func(provider.Provider)
	OnCancel func()

	OnAdd      func() // another service
	OnTakeOver func() // what another tool has
}

type serviceRow struct {
	Provider provider.Provider
	KeyKnown bool // client credentials are stored
}

func (v chooseView) build() fyne.CanvasObject {
	rows := list()
	var shown []*row
	for _, service := range v.Services {
		name := heading(service.Provider.Name, theme.SizeNameText)
		var right fyne.CanvasObject = container.NewCenter(widget.NewIcon(theme.NavigateNextIcon()))
		if service.KeyKnown {
			right = container.NewHBox(pill("key stored"), right)
		}
		content := container.NewBorder(nil, nil,
			container.NewCenter(avatar(service.Provider.Name, nil, 40)), right,
			stack(name, small(service.Provider.Needs)))
		shown = append(shown, newRow(content, func() { v.OnChoose(service.Provider) }))
		rows.Add(shown[len(shown)-1])
	}
	for _, reason := range v.Broken {
		rows.Add(warning("! A service cannot be used: " + reason))
	}
	return frame{
		Title:   "Which account do you want to link?",
		Body:    rows,
		Rows:    shown,
		Foot:    container.NewHBox(quietButton("Another service…", v.OnAdd), quietButton("From another tool…", v.OnTakeOver)),
		Actions: []fyne.CanvasObject{button("Cancel", v.OnCancel)},
	}.build()
}

// addServiceView adds a service that Photolink does not know.
type addServiceView struct {
	Busy    bool
	Trouble *link.Trouble // what the last try met; nil if all went well
	Address string        // what was typed before

	OnWordPress func(address string)
	OnFile      func()
	OnBack      func()
}

func (v addServiceView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	address := newField(v.OnBack)
	address.SetPlaceHolder("blog.example.org")
	address.SetText(v.Address)
	find := func() { v.OnWordPress(address.Text) }
	address.OnSubmitted = func(string) { find() }
	search, file := button("Find it", find), button("Choose a file…", v.OnFile)
	body := list(
		heading("A WordPress site of your own", theme.SizeNameText),
		soft("With the plugin “OAuth 1.0a Server”. Its address is all that Photolink needs."),
		container.NewBorder(nil, nil, nil, search, address),
		heading("Any other service that speaks OAuth 1.0", theme.SizeNameText),
		soft("A small text file describes it. docs/services.md shows how to write one, with a private MediaWiki as an example."),
		container.NewHBox(file),
	)
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Busy {
		search.Disable()
		file.Disable()
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   "Another service",
		Body:    body,
		Foot:    footnote("Nothing is asked of a service before you link an account."),
		Actions: []fyne.CanvasObject{button("Back", v.OnBack)},
	}.build(), address
}
