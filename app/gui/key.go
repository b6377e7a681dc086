//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// keyView asks for client credentials.
type keyView struct {
	Provider provider.Provider
	OnGetKey func()
	OnBack   func()
	OnNext   func(oauth.ClientCredentials)
}

func (v keyView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	key, secret := widget.NewEntry(), widget.NewPasswordEntry()
	key.SetPlaceHolder("Key")
	secret.SetPlaceHolder("Secret")
	problem := &widget.Label{Importance: widget.DangerImportance, Wrapping: fyne.TextWrapWord}
	problem.Hide()
	next := func() {
		credentials := oauth.ClientCredentials{
			Key: strings.TrimSpace(key.Text), Secret: oauth.Secret(strings.TrimSpace(secret.Text)),
		}
		switch {
		case credentials.Key == "":
			problem.SetText("× The key is missing.")
		case credentials.Secret == "":
			problem.SetText("× The secret is missing.")
		default:
			v.OnNext(credentials)
			return
		}
		problem.Show()
	}
	key.OnSubmitted = func(string) { next() }
	secret.OnSubmitted = func(string) { next() }
	key.OnChanged = func(text string) { // both values, pasted at once
		if parts := strings.Fields(text); len(parts) == 2 {
			key.SetText(parts[0])
			secret.SetText(parts[1])
		}
	}

	form := container.NewVBox(
		heading("Your API key for "+v.Provider.Name, theme.SizeNameHeadingText),
		soft("The key tells "+v.Provider.Name+" which program asks. It is yours alone and is kept in the keyring once you are signed in."),
		&widget.Form{Items: []*widget.FormItem{
			{Text: "API key", Widget: key, HintText: "You can paste key and secret here at once"},
			{Text: "API secret", Widget: secret},
		}},
		problem,
	)
	if v.Provider.KeyNote != "" {
		form.Add(box(colorWarm, container.NewVBox(&widget.Label{
			Text: v.Provider.KeyNote, Wrapping: fyne.TextWrapWord, Importance: widget.WarningImportance,
		})))
	}
	return frame{
		Title:   "Link " + v.Provider.Name,
		Body:    form,
		Foot:    container.NewHBox(quietButton("Get a key…", v.OnGetKey)),
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), mainButton("Next", next)},
	}.build(), key
}
