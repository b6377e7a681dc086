//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/resources"
)

// chooseView lists the services.
type chooseView struct {
	*language.Speaker
	Title    string // another question than which account to link; other ways to a service are left out then
	Services []serviceRow
	Broken   []string // what is wrong with files of services that cannot be used
	OnChoose func(provider.Provider)
	OnCancel func()

	OnAdd      func() // another service
	OnTakeOver func() // what another tool has
}

type serviceRow struct {
	Provider provider.Provider
	KeyKnown bool // client credentials are stored
}

func (v chooseView) build() fyne.CanvasObject {
	rows := list()
	for _, service := range v.Services {
		lines := stack(heading(service.Provider.Name, theme.SizeNameText))
		if service.Provider.Needs != "" {
			lines.Add(small(v.Say(service.Provider.Needs)))
		}
		var right fyne.CanvasObject = container.NewCenter(widget.NewIcon(theme.NavigateNextIcon()))
		if service.KeyKnown {
			stored, _ := pill(v.Say("key stored"))
			right = container.NewHBox(stored, right)
		}
		content := container.NewBorder(nil, nil,
			container.NewCenter(serviceIcon(service.Provider.ID, 40)), right, lines)
		rows.Add(newRow(content, func() { v.OnChoose(service.Provider) }))
	}
	for _, reason := range v.Broken {
		rows.Add(warning(
			v.Say("! A service cannot be used: {{.Reason}}", language.Values{"Reason": reason})))
	}
	title, foot := v.Title, side()
	if title == "" {
		title = v.Say("Which account do you want to link?")
		foot.Add(quietButton(v.Say("Another service…"), v.OnAdd))
		foot.Add(quietButton(v.Say("From another tool…"), v.OnTakeOver))
	}
	return frame{
		Title:   title,
		Body:    rows,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button(v.Say("Cancel"), v.OnCancel)},
	}.build()
}

// serviceIcon is the drawing of a service on a round ground.
func serviceIcon(id string, side float32) fyne.CanvasObject {
	drawing := fyne.NewStaticResource("service-"+id+".svg", resources.ServiceIcon(id))
	shown := canvas.NewImageFromResource(theme.NewColoredResource(drawing, theme.ColorNamePrimary))
	shown.FillMode = canvas.ImageFillContain
	shown.SetMinSize(fyne.NewSquareSize(side * 0.6))
	return container.NewGridWrap(fyne.NewSquareSize(side),
		container.NewStack(newPanel(colorTint, false, side/2), container.NewCenter(shown)))
}

// addServiceView adds a service that Photolink does not know.
type addServiceView struct {
	*language.Speaker
	Busy    bool
	Trouble *link.Trouble // what the last try met; nil if all went well
	Address string        // what was typed before

	OnWordPress func(address string)
	OnFile      func()
	OnBack      func()
}

func (v addServiceView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	address := newField(v.OnBack)
	address.SetPlaceHolder("blog.example.org")
	address.SetText(v.Address)
	find := func() { v.OnWordPress(address.Text) }
	address.OnSubmitted = func(string) { find() }
	search, file := button(v.Say("Find it"), find), button(v.Say("Choose a file…"), v.OnFile)
	body := list(
		heading(v.Say("A WordPress site of your own"), theme.SizeNameText),
		soft(v.Say("With the plugin “OAuth 1.0a Server”. Its address is all that Photolink needs.")),
		labelled(v.Say("Address"), container.NewBorder(nil, nil, nil, search, address), ""),
		heading(v.Say("Any other service that speaks OAuth 1.0"), theme.SizeNameText),
		soft(v.Say("A small text file describes it. docs/services.md shows how to write one, with a private MediaWiki as an example.")),
		container.NewHBox(file),
	)
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	if v.Busy {
		search.Disable()
		file.Disable()
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   v.Say("Another service"),
		Body:    body,
		Foot:    footnote(v.Say("Nothing is asked of a service before you link an account.")),
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack)},
	}.build(), address
}
