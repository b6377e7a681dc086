//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// keysView lists the API keys that are kept.
type keysView struct {
	*language.Speaker
	Keys    []app.KeyUse
	News    string
	Trouble *link.Trouble // what the last action met; nil if all went well
	Busy    bool

	OnKey  func(app.KeyUse)
	OnAdd  func()
	OnBack func()
}

func (v keysView) build() fyne.CanvasObject {
	body := list(soft(v.Say("An API key tells a service which program asks. Photolink keeps yours with the other secrets, and shows no more of it than the beginning and the end.")))
	if v.News != "" {
		body.Add(box(colorTint, words(v.News)))
	}
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	for _, key := range v.Keys {
		used := v.Say("No account uses it")
		if len(key.Accounts) > 0 {
			var names []string
			for _, a := range key.Accounts {
				names = append(names, a.UserName)
			}
			used = v.Say("Used by {{.Accounts}}", language.Values{"Accounts": someNames(v.Speaker, names)})
		}
		body.Add(newRow(container.NewBorder(nil, nil, container.NewCenter(serviceIcon(key.Provider, 40)),
			container.NewCenter(widget.NewIcon(theme.NavigateNextIcon())),
			stack(heading(keyTitle(v.Speaker, key.Key), theme.SizeNameText), small(key.Service+" · "+key.Hint), small(used))),
			func() { v.OnKey(key) }))
	}
	if len(v.Keys) == 0 {
		body.Add(words(v.Say("No key is kept. You are asked for one when you link an account that needs it.")))
	}
	return frame{
		Title: v.Say("API keys"), Body: body,
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), mainButton(v.Say("Add a key"), v.OnAdd)},
	}.build()
}

// keyPageView is the page of one API key.
type keyPageView struct {
	*language.Speaker
	Key      app.KeyUse
	Provider provider.Provider
	Name     string // as on the screen
	Callback string
	News     string
	Trouble  *link.Trouble
	Busy     bool

	OnSave           func(name, callback string)
	OnTest, OnDelete func()
	OnPage           func() // the service's page for keys; nil where it has none
	OnBack           func()
}

func (v keyPageView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	name, callback := newField(v.OnBack), newField(v.OnBack)
	name.SetText(v.Name)
	callback.SetText(v.Callback)
	save := func() { v.OnSave(strings.TrimSpace(name.Text), strings.TrimSpace(callback.Text)) }
	name.OnSubmitted = func(string) { save() }
	callback.OnSubmitted = name.OnSubmitted
	var users []string
	for _, a := range v.Key.Accounts {
		users = append(users, a.UserName)
	}
	body := list(
		facts(
			[2]string{v.Say("Service"), v.Key.Service},
			[2]string{v.Say("API key"), v.Key.Hint},
			[2]string{v.Say("Kept in"), vaultWords(v.Speaker, v.Key.Vault)},
			[2]string{v.Say("Used by"), someNames(v.Speaker, users)},
		),
		labelled(v.Say("Name"), name, v.Say("What you call it, such as: my backup")),
	)
	if v.Provider.Callback.Rule != provider.AnyCallback {
		body.Add(labelled(v.Say("Callback"), callback, v.Say("The address that is registered with the key, letter by letter")))
	}
	test := button(v.Say("Try it now"), v.OnTest)
	remove := dangerButton(v.Say("Forget this key"), v.OnDelete)
	switch {
	case v.Busy:
		test.Disable()
		remove.Disable()
		body.Add(widget.NewProgressBarInfinite())
	case v.Trouble != nil:
		body.Add(troubleBox(*v.Trouble))
	case v.News != "":
		body.Add(box(colorTint, words(v.News)))
	}
	if len(v.Key.Accounts) > 0 {
		remove.Disable()
		body.Add(soft(v.Say("A key that an account uses cannot be forgotten: unlink the account first.")))
	}
	body.Add(side(test, remove))
	foot := side()
	if v.OnPage != nil {
		foot.Add(quietButton(v.Say("Keys on {{.Service}}…", language.Values{"Service": v.Key.Service}), v.OnPage))
	}
	return frame{
		Title: keyTitle(v.Speaker, v.Key.Key), Body: body, Foot: foot,
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), mainButton(v.Say("Save"), save)},
	}.build(), name
}
