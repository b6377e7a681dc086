//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// keyView asks for client credentials, or which of the stored ones to use.
type keyView struct {
	Provider provider.Provider
	Stored   []account.Key
	Given    typedKey // what the fields hold at first
	News     string   // what became of an import; may be empty

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
	key.SetPlaceHolder("Key")
	secret.SetPlaceHolder("Secret")
	name.SetPlaceHolder("For yourself, such as: my backup")
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
				problem.SetText("× The key is missing.")
			case given.Credentials.Secret == "":
				problem.SetText("× The secret is missing.")
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

	body := container.NewVBox(
		heading("Your API key for "+v.Provider.Name, theme.SizeNameHeadingText),
		soft("The key tells "+v.Provider.Name+" which program asks. It is yours alone. Photolink tries it before the browser opens, "+
			"and keeps it with your other secrets once you are signed in."),
	)
	for _, stored := range v.Stored {
		body.Add(newRow(container.NewBorder(nil, nil, nil, widget.NewIcon(theme.NavigateNextIcon()),
			stack(heading(keyTitle(stored), theme.SizeNameText), small("Stored on this computer · "+stored.Hint))),
			func() { v.OnStored(stored) }))
	}
	items := []*widget.FormItem{
		{Text: "API key", Widget: key, HintText: "You can paste key and secret here at once"},
		{Text: "API secret", Widget: secret},
		{Text: "Name", Widget: name},
	}
	if v.Provider.Callback.Rule != provider.AnyCallback {
		items = append(items, &widget.FormItem{
			Text: "Callback", HintText: "Register this address with the key, letter by letter; or enter the one that is registered",
			Widget: container.NewBorder(nil, nil, nil, quietButton("Copy", func() { v.OnCopy(callback.Text) }), callback),
		})
	}
	if len(v.Stored) > 0 {
		body.Add(heading("Another key", theme.SizeNameText))
	}
	body.Add(&widget.Form{Items: items})
	body.Add(problem)
	if v.News != "" {
		body.Add(box(colorTint, words(v.News)))
	}
	if v.Provider.KeyNote != "" {
		body.Add(warning(v.Provider.KeyNote))
	}
	foot := container.NewHBox()
	if v.Provider.KeyPage != "" {
		foot.Add(quietButton("Get a key…", v.OnGetKey))
	}
	foot.Add(quietButton("From a file…", v.OnFile))
	if v.OnLegacy != nil {
		foot.Add(quietButton("Old token…", with(v.OnLegacy)))
	}
	return frame{
		Title:   "Link " + v.Provider.Name,
		Body:    body,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), mainButton("Next", next)},
	}.build(), key
}

// keyTitle is what a key is called.
func keyTitle(key account.Key) string {
	if key.Name != "" {
		return key.Name
	}
	return "Key " + key.Hint
}
