//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/language"
	"photolink/app/link"
)

// troubleView says what happened, what it means and what to do. Its texts come in the language of the person.
type troubleView struct {
	*language.Speaker
	Title   string
	Badge   string // at the top right; "× Not linked"
	Trouble link.Trouble
	Stored  string // what is and is not stored now

	ActionName string // the button of Trouble.Action; empty for none
	OnAction   func()
	Others     []choice // other ways on
	OnClose    func()

	OnCopyReport func() // nil where there is nothing to report but the technical line
}

// choice is a way on and its name.
type choice struct {
	Name string
	On   func()
}

func (v troubleView) build() fyne.CanvasObject {
	body := list(headline(v.Trouble.What), words(v.Trouble.Meaning))
	if v.Trouble.Remedy != "" {
		body.Add(box(colorWarm, words(v.Say("What to do: {{.Remedy}}", language.Values{"Remedy": v.Trouble.Remedy}))))
	}
	body.Add(soft(v.Stored))
	actions := []fyne.CanvasObject{button(v.Say("Close"), v.OnClose)}
	for _, other := range v.Others {
		actions = append(actions, button(other.Name, other.On))
	}
	if v.ActionName != "" {
		actions = append(actions, mainButton(v.ActionName, v.OnAction))
	}
	var badge fyne.CanvasObject
	if v.Badge != "" {
		badge = &widget.Label{Text: v.Badge, Importance: widget.DangerImportance}
	}
	var report fyne.CanvasObject
	if v.OnCopyReport != nil {
		copied := quietButton(v.Say("Copy diagnostic report"), nil)
		copied.OnTapped = func() {
			v.OnCopyReport()
			copied.SetText(v.Say("✓ Copied"))
		}
		report = copied
	}
	body.Add(container.NewBorder(nil, nil, nil, report, copyable(v.Trouble.Technical)))
	return frame{Title: v.Title, TopRight: badge, Body: body, Actions: actions}.build()
}

// headline says what a screen is about.
func headline(text string) *widget.Label {
	label := heading(text, theme.SizeNameHeadingText)
	label.Wrapping = fyne.TextWrapWord
	return label
}
