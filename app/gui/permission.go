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
	OwnKey   bool   // a key of one's own can be used in place of the one that came with the program
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
	switch {
	case v.KeyHint != "":
		foot = container.NewHBox(quietButton("Use another key than "+v.KeyHint, v.OnKey))
	case v.OwnKey:
		foot = container.NewHBox(quietButton("Use a key of your own…", v.OnKey))
	}
	body := list(heading("What may Photolink do?", theme.SizeNameHeadingText))
	if len(v.Provider.Permissions) > 1 {
		body.Add(soft("A backup needs no more than reading. You can link again with more later."))
		body.Add(group)
	} else {
		body.Add(soft(v.Provider.Name + " knows one kind of access only."))
	}
	body.Add(box(colorTint, meaning))
	if v.Provider.PermissionNote != "" {
		body.Add(soft(v.Provider.PermissionNote))
	}
	if v.Provider.Warning != "" {
		body.Add(warning("! " + v.Provider.Warning))
	}
	next = func() { v.OnNext(chosen.ID) }
	return frame{
		Title:   "Link " + v.Provider.Name,
		Body:    body,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), mainButton("Open the browser", next)},
	}.build(), next
}
