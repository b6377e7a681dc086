//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
)

// toolsView lists the backup tools that an account can be handed to, and those that have it.
type toolsView struct {
	Account account.Account
	Tools   []handover.Tool
	Handed  []account.Handover
	Trouble *link.Trouble // what taking back met; nil if all went well
	Busy    bool

	OnTool     func(handover.Tool)
	OnTakeBack func(account.Handover)
	OnBack     func()
}

func (v toolsView) build() fyne.CanvasObject {
	body := list()
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	for _, handed := range v.Handed {
		tool, _ := handover.ToolFor(handed.Tool)
		takeBack := button("Take it back", func() { v.OnTakeBack(handed) })
		if v.Busy {
			takeBack.Disable()
		}
		body.Add(box(colorTint, container.NewBorder(nil, nil, nil, container.NewCenter(takeBack),
			stack(heading("✓ "+tool.Name+" has it", theme.SizeNameText), small(handed.Path)))))
	}
	var rows []*row
	for _, tool := range v.Tools {
		content := container.NewBorder(nil, nil, nil, container.NewCenter(widget.NewIcon(theme.NavigateNextIcon())),
			stack(heading(tool.Name, theme.SizeNameText), small(tool.Form)))
		r := newRow(content, func() { v.OnTool(tool) })
		rows = append(rows, r)
		body.Add(r)
	}
	if len(v.Tools) == 0 {
		body.Add(words("Photolink knows no tool that takes accounts of this service."))
	}
	return frame{
		Title:   "Hand " + v.Account.Name + " over to a backup tool",
		Body:    body,
		Rows:    rows,
		Foot:    footnote("You see what changes before anything is written."),
		Actions: []fyne.CanvasObject{button("Back", v.OnBack)},
	}.build()
}

// previewView shows what handing over would change, and asks.
type previewView struct {
	Account account.Account
	Tool    handover.Tool
	Path    string // empty where the person has to choose
	Preview string
	Warning string
	Busy    bool
	Trouble *link.Trouble

	OnPath   func(path string)
	OnFolder func() // chooses the folder of the path
	OnGo     func()
	OnBack   func()
}

func (v previewView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	path := newField(v.OnBack)
	path.SetText(v.Path)
	path.SetPlaceHolder("Where the file is to be")
	path.OnSubmitted = v.OnPath
	body := container.NewVBox(
		container.NewBorder(nil, nil, nil,
			side(button("Show what changes", func() { v.OnPath(path.Text) }), button("Folder…", v.OnFolder)), path),
	)
	if v.Tool.Note != "" {
		body.Add(soft(v.Tool.Note))
	}
	if v.Warning != "" {
		body.Add(warning("! " + v.Warning))
	}
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Preview != "" {
		text := &widget.Label{Text: v.Preview, TextStyle: fyne.TextStyle{Monospace: true}, Selectable: true}
		text.SizeName = theme.SizeNameCaptionText
		body.Add(box(colorCard, container.NewHScroll(text)))
	}
	write := mainButton("Hand over", v.OnGo)
	if v.Preview == "" || v.Busy {
		write.Disable()
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   v.Tool.Name + " · " + v.Tool.Form,
		Body:    body,
		Foot:    footnote("The secrets are shown in part only. What was there before is kept beside it."),
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), write},
	}.build(), path
}

// handedView says what was written.
type handedView struct {
	Account account.Account
	Tool    handover.Tool
	Written handover.Written
	OnMore  func()
	OnDone  func()
}

func (v handedView) build() fyne.CanvasObject {
	title := heading(v.Tool.Name+" has the account "+v.Account.Name+" now", theme.SizeNameHeadingText)
	title.Wrapping = fyne.TextWrapWord
	body := list(title, words("✓ Written, read back and compared: "+strings.Join(v.Written.Paths, ", ")))
	if len(v.Written.Backups) > 0 {
		body.Add(words("✓ What was there before is kept in " + strings.Join(v.Written.Backups, ", ")))
	}
	if v.Tool.Note != "" {
		body.Add(box(colorTint, words(v.Tool.Note)))
	}
	body.Add(soft("The file holds the access in the clear, because the tool needs it so: only you can read it. “Take it back” on the " +
		"page of the account removes it again."))
	return frame{
		Title:   "Handed over",
		Body:    body,
		Foot:    container.NewHBox(quietButton("Another tool…", v.OnMore)),
		Actions: []fyne.CanvasObject{mainButton("Done", v.OnDone)},
	}.build()
}

// takeOverView lists what was found in the files of other tools.
type takeOverView struct {
	Rows    []foundRow
	News    string
	Busy    bool
	Trouble *link.Trouble

	OnLook func() // looks in the usual places
	OnFile func()
	OnText func(text string) // pasted
	OnBack func()
}

// foundRow is one find.
type foundRow struct {
	Title, Detail, Action string
	On                    func() // nil where nothing can be done with it
}

func (v takeOverView) build() fyne.CanvasObject {
	pasted := widget.NewMultiLineEntry()
	pasted.SetPlaceHolder("Paste keys or tokens, or the text of a settings file; or drop a file on this window")
	pasted.SetMinRowsVisible(3)
	body := list()
	if v.News != "" {
		body.Add(box(colorTint, words(v.News)))
	}
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	for _, found := range v.Rows {
		var right fyne.CanvasObject
		if found.On != nil {
			take := button(found.Action, found.On)
			if v.Busy {
				take.Disable()
			}
			right = container.NewCenter(take)
		}
		detail := small(found.Detail)
		body.Add(box(colorCard, container.NewBorder(nil, nil, nil, right, stack(heading(found.Title, theme.SizeNameText), detail))))
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	body.Add(pasted)
	body.Add(container.NewHBox(button("Read what is pasted", func() { v.OnText(pasted.Text) })))
	return frame{
		Title:   "Take over from another tool",
		Body:    body,
		Foot:    footnote("Nothing is changed where it was found. Access is tried with a signed call before it is kept."),
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), button("Choose a file…", v.OnFile), mainButton("Look on this computer", v.OnLook)},
	}.build()
}
