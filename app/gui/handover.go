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
	"photolink/app/language"
	"photolink/app/link"
)

// toolsView lists the backup tools that an account can be handed to, and those that have it.
type toolsView struct {
	*language.Speaker
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
		takeBack := button(v.Say("Take it back"), func() { v.OnTakeBack(handed) })
		if v.Busy {
			takeBack.Disable()
		}
		body.Add(box(colorTint, container.NewBorder(nil, nil, nil, container.NewCenter(takeBack),
			stack(heading(v.Say("✓ {{.Tool}} has it", language.Values{"Tool": tool.Name}), theme.SizeNameText), copyable(handed.Path)))))
	}
	for _, tool := range v.Tools {
		content := container.NewBorder(nil, nil, nil, container.NewCenter(widget.NewIcon(theme.NavigateNextIcon())),
			stack(heading(tool.Name, theme.SizeNameText), small(v.Say(tool.Form))))
		body.Add(newRow(content, func() { v.OnTool(tool) }))
	}
	if len(v.Tools) == 0 {
		body.Add(words(v.Say("Photolink knows no tool that takes accounts of this service.")))
	}
	return frame{
		Title:   v.Say("Hand {{.Name}} over to a backup tool", language.Values{"Name": v.Account.Name}),
		Body:    body,
		Foot:    footnote(v.Say("You see what changes before anything is written.")),
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack)},
	}.build()
}

// previewView shows what handing over would change, and asks.
type previewView struct {
	*language.Speaker
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
	path.SetPlaceHolder(v.Say("Where the file is to be"))
	path.OnSubmitted = v.OnPath
	body := container.NewVBox(
		labelled(v.Say("File or folder"), path, ""),
		side(button(v.Say("Show what changes"), func() { v.OnPath(path.Text) }), button(v.Say("Folder…"), v.OnFolder)),
	)
	if v.Tool.Note != "" {
		body.Add(soft(v.Say(v.Tool.Note)))
	}
	if v.Warning != "" {
		body.Add(warning("! " + v.Warning))
	}
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Preview != "" {
		text := &widget.Label{Text: strings.TrimRight(v.Preview, "\n"), TextStyle: fyne.TextStyle{Monospace: true}}
		text.SizeName = theme.SizeNameCaptionText
		body.Add(card(container.NewHScroll(selectable(text))))
	}
	write := mainButton(v.Say("Hand over"), v.OnGo)
	if v.Preview == "" || v.Busy {
		write.Disable()
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   v.Tool.Name + " · " + v.Say(v.Tool.Form),
		Body:    body,
		Foot:    footnote(v.Say("The secrets are shown in part only. What was there before is kept beside it.")),
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), write},
	}.build(), path
}

// handedView says what was written.
type handedView struct {
	*language.Speaker
	Account account.Account
	Tool    handover.Tool
	Written handover.Written
	OnMore  func()
	OnDone  func()
}

func (v handedView) build() fyne.CanvasObject {
	title := headline(v.Say("{{.Tool}} has the account {{.Name}} now", language.Values{"Tool": v.Tool.Name, "Name": v.Account.Name}))
	comma := v.Say(", ")
	body := list(title, selectable(words(v.Say("✓ Written, read back and compared: {{.Files}}", language.Values{
		"Files": strings.Join(v.Written.Paths, comma),
	}))))
	if len(v.Written.Backups) > 0 {
		body.Add(selectable(words(v.Say("✓ What was there before is kept in {{.Files}}", language.Values{
			"Files": strings.Join(v.Written.Backups, comma),
		}))))
	}
	if v.Tool.Note != "" {
		body.Add(box(colorTint, words(v.Say(v.Tool.Note))))
	}
	body.Add(soft(v.Say("The file holds the access in the clear, because the tool needs it so: only you can read it. “Take it back”, under " +
		"“Hand over…” on the page of the account, removes it again.")))
	return frame{
		Title:   v.Say("Handed over"),
		Body:    body,
		Foot:    side(quietButton(v.Say("Another tool…"), v.OnMore)),
		Actions: []fyne.CanvasObject{mainButton(v.Say("Done"), v.OnDone)},
	}.build()
}

// takeOverView lists what was found in the files of other tools.
type takeOverView struct {
	*language.Speaker
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
	pasted := newTextField(3, v.OnBack)
	pasted.SetPlaceHolder(v.Say("Paste keys or tokens, or the text of a settings file; or drop a file on this window"))
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
		body.Add(card(container.NewBorder(nil, nil, nil, right,
			stack(selectable(heading(found.Title, theme.SizeNameText)), copyable(found.Detail)))))
	}
	if v.Busy {
		body.Add(widget.NewProgressBarInfinite())
	}
	body.Add(labelled(v.Say("Keys, tokens or settings as text"), pasted, ""))
	body.Add(container.NewHBox(button(v.Say("Read what is pasted"), func() { v.OnText(pasted.Text) })))
	return frame{
		Title:   v.Say("Take over from another tool"),
		Body:    body,
		Foot:    footnote(v.Say("Nothing is changed where it was found. Access is tried with a signed call before it is kept.")),
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), button(v.Say("Choose a file…"), v.OnFile), mainButton(v.Say("Look on this computer"), v.OnLook)},
	}.build()
}
