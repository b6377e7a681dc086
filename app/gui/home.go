//go:build !nogui

package gui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
)

// homeView lists the linked accounts.
type homeView struct {
	Cards     []accountCard
	Icon      fyne.Resource
	OnLink    func()
	OnAccount func(id string)
}

// accountCard is what a list shows of an account.
type accountCard struct {
	Account    account.Account
	Service    string
	Permission string
	Picture    []byte
	Now        time.Time
}

func (v homeView) build() fyne.CanvasObject {
	if len(v.Cards) == 0 {
		return v.buildEmpty()
	}
	cards := list()
	var shown []*row
	for _, card := range v.Cards {
		shown = append(shown, newRow(card.build(), func() { v.OnAccount(card.Account.ID) }))
		cards.Add(shown[len(shown)-1])
	}
	return frame{
		Title:   "Photolink",
		Body:    cards,
		Rows:    shown,
		Foot:    footnote("Secrets are kept in the system keyring, or in memory where you chose so."),
		Actions: []fyne.CanvasObject{mainButton("Link an account", v.OnLink)},
	}.build()
}

// buildEmpty is the first thing that a person sees.
func (v homeView) buildEmpty() fyne.CanvasObject {
	icon := canvas.NewImageFromResource(v.Icon)
	icon.SetMinSize(fyne.NewSquareSize(96))
	icon.FillMode = canvas.ImageFillContain
	title := heading("Link your photo accounts to this computer", theme.SizeNameHeadingText)
	title.Alignment = fyne.TextAlignCenter
	title.Wrapping = fyne.TextWrapWord
	promise := soft("You approve in your browser, and Photolink does the rest. Nothing to copy, no code to type, no file to edit.")
	promise.Alignment = fyne.TextAlignCenter
	action := mainButton("Link an account", v.OnLink)
	return frame{
		Title: "Photolink",
		Body: container.NewVBox(
			layout.NewSpacer(), inset(12, icon), title, promise,
			container.NewCenter(inset(8, action)), layout.NewSpacer(),
		),
		Foot: footnote("Nothing is stored until you are signed in. Try it with the practice account: no key, no internet."),
	}.build()
}

func (c accountCard) build() fyne.CanvasObject {
	name := heading(c.Account.Name, theme.SizeNameText)
	name.Truncation = fyne.TextTruncateEllipsis
	state := stateLabel(c.Account, c.Now)
	state.Truncation = fyne.TextTruncateEllipsis
	right := container.NewHBox()
	if c.Permission != "" { // some services do not tell
		right.Add(pill(c.Permission))
	}
	right.Add(container.NewCenter(widget.NewIcon(theme.NavigateNextIcon())))
	return container.NewBorder(nil, nil,
		container.NewCenter(avatar(c.Account.Name, c.Picture, 44)),
		right,
		stack(name, small(c.Service+" · "+c.Account.UserName), state))
}

// stateLabel says in a sign and a word whether an account works.
func stateLabel(a account.Account, now time.Time) *widget.Label {
	label := &widget.Label{SizeName: theme.SizeNameCaptionText}
	switch a.State {
	case account.StateWorks:
		label.Text, label.Importance = "✓ Works · checked "+ago(a.CheckedAt, now), widget.SuccessImportance
	case account.StateWithdrawn:
		label.Text, label.Importance = "× Access was withdrawn · link again", widget.DangerImportance
	default:
		label.Text, label.Importance = "? Not checked · the last check got no answer", widget.WarningImportance
	}
	if a.Vault == account.SessionVault {
		label.Text += " · this session only"
	}
	return label
}

// ago is how long ago something was, roughly.
func ago(then, now time.Time) string {
	switch d := now.Sub(then); {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Minute:
		return "a minute ago"
	case d < time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 2*time.Hour:
		return "an hour ago"
	case d < 24*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	case d < 48*time.Hour:
		return "yesterday"
	}
	return "on " + then.Local().Format("2 January 2006")
}
