//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// keyView asks for client credentials, or which of the stored ones to use.
type keyView struct {
	*language.Speaker
	Provider provider.Provider
	Stored   []account.Key
	Given    typedKey // what the fields hold at first
	News     string   // what became of an import; may be empty
	KeepOnly bool     // the key is kept, and no account linked with it

	OnStored func(account.Key)
	OnGetKey func()
	OnCopy   func(callback string)
	OnFile   func()
	OnLegacy func(typedKey) // nil for services that had no other tokens before OAuth
	OnBack   func()
	OnNext   func(typedKey)
}

// typedKey is what a person types about a key.
type typedKey struct {
	Credentials oauth.ClientCredentials
	Name        string
	Callback    string // the address registered with it
}

func (v keyView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	key, secret, name, callback := newField(v.OnBack), newSecretField(v.OnBack), newField(v.OnBack), newField(v.OnBack)
	key.SetText(v.Given.Credentials.Key)
	secret.SetText(v.Given.Credentials.Secret.Reveal())
	name.SetText(v.Given.Name)
	callback.SetText(v.Given.Callback)
	key.SetPlaceHolder(v.Say("Key"))
	secret.SetPlaceHolder(v.Say("Secret"))
	name.SetPlaceHolder(v.Say("For yourself, such as: my backup"))
	problem := &widget.Label{Importance: widget.DangerImportance, Wrapping: fyne.TextWrapWord}
	problem.Hide()
	with := func(use func(typedKey)) func() {
		return func() {
			given := typedKey{
				Credentials: oauth.ClientCredentials{
					Key: strings.TrimSpace(key.Text), Secret: oauth.Secret(strings.TrimSpace(secret.Text)),
				},
				Name: strings.TrimSpace(name.Text), Callback: strings.TrimSpace(callback.Text),
			}
			switch {
			case given.Credentials.Key == "":
				problem.SetText(v.Say("× The key is missing."))
			case given.Credentials.Secret == "":
				problem.SetText(v.Say("× The secret is missing."))
			default:
				use(given)
				return
			}
			problem.Show()
		}
	}
	next := with(v.OnNext)
	for _, entry := range []*field{key, secret, name, callback} {
		entry.OnSubmitted = func(string) { next() }
	}
	key.OnChanged = func(text string) { // both values, pasted at once
		if parts := strings.Fields(text); len(parts) == 2 {
			key.SetText(parts[0])
			secret.SetText(parts[1])
		}
	}

	body := list(
		headline(v.Say("Your API key for {{.Service}}", language.Values{"Service": v.Provider.Name})),
		soft(v.about()),
	)
	if v.Provider.KeyNote != "" {
		body.Add(warning("! " + v.Say(v.Provider.KeyNote)))
	}
	for _, stored := range v.Stored {
		body.Add(newRow(container.NewBorder(nil, nil, nil, widget.NewIcon(theme.NavigateNextIcon()),
			stack(heading(keyTitle(v.Speaker, stored), theme.SizeNameText),
				small(v.Say("Stored on this computer · {{.Key}}", language.Values{"Key": stored.Hint})))),
			func() { v.OnStored(stored) }))
	}
	if len(v.Stored) > 0 {
		body.Add(heading(v.Say("Another key"), theme.SizeNameText))
	}
	body.Add(labelled(v.Say("API key"), key, v.Say("You can paste key and secret here at once")))
	body.Add(labelled(v.Say("API secret"), secret, ""))
	body.Add(labelled(v.Say("Name"), name, ""))
	if v.Provider.Callback.Rule != provider.AnyCallback {
		body.Add(labelled(v.Say("Callback"),
			container.NewBorder(nil, nil, nil, quietButton(v.Say("Copy"), func() { v.OnCopy(callback.Text) }), callback),
			v.Say("Register this address with the key, letter by letter; or enter the one that is registered")))
	}
	body.Add(problem)
	if v.News != "" {
		body.Add(box(colorTint, words(v.News)))
	}
	foot := side()
	if v.Provider.KeyPage != "" {
		foot.Add(quietButton(v.Say("Get a key…"), v.OnGetKey))
	}
	foot.Add(quietButton(v.Say("From a file…"), v.OnFile))
	if v.OnLegacy != nil {
		foot.Add(quietButton(v.Say("Old token…"), with(v.OnLegacy)))
	}
	title, main := v.Say("Link {{.Service}}", language.Values{"Service": v.Provider.Name}), v.Say("Next")
	if v.KeepOnly {
		title, main = v.Say("Add a key"), v.Say("Keep the key")
	}
	return frame{
		Title:   title,
		Body:    body,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), mainButton(main, next)},
	}.build(), key
}

// about says what the key is for, and what is done with it.
func (v keyView) about() string {
	if v.KeepOnly {
		return v.Say("The key tells {{.Service}} which program asks. It is yours alone. Photolink keeps it with your other secrets.",
			language.Values{"Service": v.Provider.Name})
	}
	return v.Say("The key tells {{.Service}} which program asks. It is yours alone. Photolink tries it before the browser opens, "+
		"and keeps it with your other secrets once you are signed in.", language.Values{"Service": v.Provider.Name})
}

// keyTitle is what a key is called.
func keyTitle(say *language.Speaker, key account.Key) string {
	if key.Name != "" {
		return key.Name
	}
	return say.Say("Key {{.Key}}", language.Values{"Key": key.Hint})
}
