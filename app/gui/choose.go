//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/oauth/provider"
)

// chooseView lists the services.
type chooseView struct {
	Services []serviceRow
	OnChoose func(provider.Provider)
	OnCancel func()
}

type serviceRow struct {
	Provider provider.Provider
	KeyKnown bool // client credentials are stored
}

func (v chooseView) build() fyne.CanvasObject {
	rows := list()
	for _, service := range v.Services {
		name := heading(service.Provider.Name, theme.SizeNameText)
		var right fyne.CanvasObject = container.NewCenter(widget.NewIcon(theme.NavigateNextIcon()))
		if service.KeyKnown {
			right = container.NewHBox(pill("key stored"), right)
		}
		content := container.NewBorder(nil, nil,
			container.NewCenter(avatar(service.Provider.Name, nil, 40)), right,
			stack(name, small(service.Provider.Needs)))
		rows.Add(newRow(content, func() { v.OnChoose(service.Provider) }))
	}
	return frame{
		Title:   "Which account do you want to link?",
		Body:    rows,
		Foot:    footnote("Nothing is stored until you are signed in."),
		Actions: []fyne.CanvasObject{button("Cancel", v.OnCancel)},
	}.build()
}
