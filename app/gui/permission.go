//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/oauth/provider"
)

// permissionView asks how much Photolink may do.
type permissionView struct {
	Provider provider.Provider
	Chosen   string // ID of the permission that is chosen at first
	KeyHint  string // the stored key that will be used; empty where there is none
	OnKey    func() // another key
	OnBack   func()
	OnNext   func(permission string)
}

func (v permissionView) build() (screen fyne.CanvasObject, next func()) {
	chosen := v.Provider.Permission(v.Chosen)
	meaning := words("Photolink may " + chosen.Words + ".")
	names := []string{}
	for _, permission := range v.Provider.Permissions {
		names = append(names, permission.Name)
	}
	group := widget.NewRadioGroup(names, func(name string) {
		for _, permission := range v.Provider.Permissions {
			if permission.Name == name {
				chosen = permission
			}
		}
		meaning.SetText("Photolink may " + chosen.Words + ".")
	})
	group.Required = true
	group.SetSelected(chosen.Name)
	var foot fyne.CanvasObject
	if v.KeyHint != "" {
		foot = container.NewHBox(quietButton("Use another key than "+v.KeyHint, v.OnKey))
	}
	next = func() { v.OnNext(chosen.ID) }
	return frame{
		Title: "Link " + v.Provider.Name,
		Body: list(
			heading("What may Photolink do?", theme.SizeNameHeadingText),
			soft("A backup needs no more than reading. You can link again with more later."),
			group,
			box(colorTint, meaning),
		),
		Foot:    foot,
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), mainButton("Open the browser", next)},
	}.build(), next
}
