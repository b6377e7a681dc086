//go:build !nogui

package gui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/language"
)

// aboutView says what this program is, who wrote its parts, and what to report.
type aboutView struct {
	*language.Speaker
	Version string
	Icon    fyne.Resource
	Report  string // the diagnostic report; empty while it is made
	Shown   bool   // the report is shown

	OnReport   func() // shows it
	OnCopy     func(text string)
	OnLicences func()
	OnBack     func()
}

func (v aboutView) build() fyne.CanvasObject {
	icon := canvas.NewImageFromResource(v.Icon)
	icon.SetMinSize(fyne.NewSquareSize(72))
	icon.FillMode = canvas.ImageFillContain
	version := soft(v.Say("Version {{.Version}}", language.Values{"Version": v.Version}))
	body := list(
		container.NewBorder(nil, nil, inset(4, icon), nil,
			container.NewVBox(heading("Photolink", theme.SizeNameHeadingText), selectable(version))),
		words(v.Say("Links your photo accounts to this computer, keeps the access safe, and hands it to your backup tools.")),
		soft(v.Say("Photolink talks to the services that you link and to nobody else. It counts nothing and reports nothing.")),
	)
	if v.Shown {
		body.Add(heading(v.Say("Diagnostic report"), theme.SizeNameSubHeadingText))
		body.Add(soft(v.Say("For somebody who helps you. It holds no secret, no token and no name; read it before you send it.")))
		if v.Report == "" {
			body.Add(widget.NewProgressBarInfinite())
		} else {
			body.Add(card(container.NewHScroll(selectable(&widget.Label{
				Text: v.Report, TextStyle: fyne.TextStyle{Monospace: true}, SizeName: theme.SizeNameCaptionText,
			}))))
		}
	}
	main := mainButton(v.Say("Show a diagnostic report"), v.OnReport)
	if v.Shown {
		main = mainButton(v.Say("Copy the report"), nil)
		main.OnTapped = func() {
			v.OnCopy(v.Report)
			main.SetText(v.Say("✓ Copied"))
		}
		if v.Report == "" {
			main.Disable()
		}
	}
	return frame{
		Title: v.Say("About Photolink"), Body: body,
		Foot:    side(quietButton(v.Say("Licences"), v.OnLicences)),
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), main},
	}.build()
}

// licencesView shows under which terms the parts of the program may be used. The texts are long, so only the one that is
// chosen is laid out, a piece at a time.
type licencesView struct {
	*language.Speaker
	Parts  []licencePart
	OnBack func()
	Later  func(func()) // does something when the window has time for it; nil does it at once
}

type licencePart struct{ Name, Text string }

func (v licencesView) build() fyne.CanvasObject {
	body := list(soft(v.Say("Photolink is made of these parts. Choose one to read its terms.")))
	text := container.NewStack()
	var names []string
	for _, part := range v.Parts {
		names = append(names, part.Name)
	}
	choose := newChooser(names)
	choose.OnChanged = func(string) {
		var pieces []fyne.CanvasObject
		for _, piece := range inPieces(v.Parts[choose.SelectedIndex()].Text, pieceAtOnce) {
			label := words(piece)
			label.SizeName = theme.SizeNameCaptionText
			pieces = append(pieces, selectable(label))
		}
		shown := container.New(layout.NewCustomPaddedVBoxLayout(0))
		shown.Resize(text.Size())
		addInTurns(shown, pieces, 1, v.Later)
		text.Objects = []fyne.CanvasObject{shown}
		text.Refresh()
	}
	if len(v.Parts) > 0 {
		choose.SetSelectedIndex(0)
	}
	body.Add(labelled(v.Say("Part"), choose, ""))
	body.Add(card(text))
	return frame{
		Title: v.Say("Licences"), Body: body, Actions: []fyne.CanvasObject{mainButton(v.Say("Back"), v.OnBack)},
	}.build()
}

// pieceAtOnce is how much of a text is laid out before the window looks after the person again, in bytes.
const pieceAtOnce = 2000

// inPieces cuts a text between paragraphs, into pieces that are not much longer than size.
func inPieces(text string, size int) []string {
	var pieces []string
	for len(text) > size {
		paragraph := strings.Index(text[size:], "\n\n")
		if paragraph < 0 {
			break
		}
		pieces = append(pieces, text[:size+paragraph+1])
		text = text[size+paragraph+2:]
	}
	return append(pieces, text)
}
