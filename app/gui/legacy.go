//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// legacyView exchanges a token of before OAuth.
type legacyView struct {
	*language.Speaker
	Provider provider.Provider
	Token    oauth.Secret  // what the field holds at first
	Busy     bool          // the exchange is under way
	Unsaved  bool          // the token was exchanged, and what came for it is not saved yet
	Trouble  *link.Trouble // what the last try met; nil if there was none

	OnFile     func()
	OnExchange func(oauth.Secret)
	Others     []choice // other ways to save what is unsaved
	OnSave     func()   // the same way once more
	OnBack     func()
}

func (v legacyView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	token := newSecretField(v.OnBack)
	token.SetText(v.Token.Reveal())
	token.SetPlaceHolder("72157…-…")
	exchange := func() {
		if text := strings.TrimSpace(token.Text); text != "" {
			v.OnExchange(oauth.Secret(text))
		}
	}
	token.OnSubmitted = func(string) { exchange() }
	body := container.NewVBox(
		headline(v.Say("Exchange an old token")),
		soft(v.Say("Before OAuth, {{.Service}} gave other tokens to programs. Such a token can be exchanged for an account here, "+
			"with the key of the program that it was given to, and without the browser.", language.Values{"Service": v.Provider.Name})),
	)
	back := button(v.Say("Back"), v.OnBack)
	actions := []fyne.CanvasObject{back}
	foot := side()
	if !v.Unsaved {
		body.Add(labelled(v.Say("Old token"), token, ""))
		body.Add(warning("! " + v.Say("The old token stops working within 24 hours after the exchange. Programs that still use it then need the "+
			"new access: hand it over to them.")))
		main := mainButton(v.Say("Exchange it"), exchange)
		file := quietButton(v.Say("From a file…"), v.OnFile)
		if v.Busy {
			main.Disable()
			back.Disable()
			file.Disable()
		}
		foot.Add(file)
		actions = append(actions, main)
	} else {
		for _, other := range v.Others {
			actions = append(actions, button(other.Name, other.On))
		}
		main := mainButton(v.Say("Save it"), v.OnSave)
		if v.Busy {
			main.Disable()
		}
		actions = append(actions[1:], main)
	}
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{Title: v.Say("Link {{.Service}}", language.Values{"Service": v.Provider.Name}), Body: body, Foot: foot, Actions: actions}.build(), token
}
