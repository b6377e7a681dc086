//go:build !nogui

package gui

import (
	"slices"

	"fyne.io/fyne/v2"

	"photolink/app/language"
	"photolink/oauth/provider"
)

// permissionView asks how much Photolink may do.
type permissionView struct {
	*language.Speaker
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
	meaning := words(v.meaning(chosen))
	names := []string{}
	for _, permission := range v.Provider.Permissions {
		names = append(names, v.Say(permission.Name))
	}
	group := oneOf(names, slices.Index(names, v.Say(chosen.Name)), func(i int) {
		chosen = v.Provider.Permissions[i]
		meaning.SetText(v.meaning(chosen))
	})
	var foot fyne.CanvasObject
	switch {
	case v.KeyHint != "":
		foot = side(quietButton(v.Say("Use another key than {{.Key}}", language.Values{"Key": v.KeyHint}), v.OnKey))
	case v.OwnKey:
		foot = side(quietButton(v.Say("Use a key of your own…"), v.OnKey))
	}
	body := list(headline(v.Say("What may Photolink do?")))
	if len(v.Provider.Permissions) > 1 {
		body.Add(soft(v.Say("A backup needs no more than reading. You can link again with more later.")))
		body.Add(group)
	} else {
		body.Add(soft(v.Say("{{.Service}} knows one kind of access only.", language.Values{"Service": v.Provider.Name})))
	}
	body.Add(box(colorTint, meaning))
	if v.Provider.PermissionNote != "" {
		body.Add(soft(v.Say(v.Provider.PermissionNote)))
	}
	if v.Provider.Warning != "" {
		body.Add(warning("! " + v.Say(v.Provider.Warning)))
	}
	next = func() { v.OnNext(chosen.ID) }
	return frame{
		Title:   v.Say("Link {{.Service}}", language.Values{"Service": v.Provider.Name}),
		Body:    body,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), mainButton(v.Say("Open the browser"), next)},
	}.build(), next
}

// meaning says what a permission allows.
func (v permissionView) meaning(permission provider.Permission) string {
	return v.Say("Photolink may {{.Do}}.", language.Values{"Do": v.Say(permission.Words)})
}
