//go:build !nogui

package gui

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"rsc.io/qr"

	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// approveView shows a link on its way: the six steps at the left, at the right what is asked of the person now. It is a
// fold of the events so far.
type approveView struct {
	*language.Speaker
	Provider   provider.Provider
	Permission provider.Permission
	Progress   link.Progress
	Elapsed    time.Duration
	OutOfBand  bool // the person approves on another device and brings a code

	OnOpenAgain, OnCopyLink, OnPaste, OnDeclined, OnElsewhere, OnCancel func()
	OnCode                                                              func(text string)

	steps   *fyne.Container
	now     *fyne.Container
	elapsed *widget.Label
	copied  bool
	since   time.Duration // elapsed when the browser was sent out, or arrived, whichever was later
	overdue bool          // the help for what does not happen is shown
}

// How long nothing may happen before the window offers help.
const (
	browserOverdue = 6 * time.Second  // for the browser to arrive
	answerOverdue  = 90 * time.Second // for an approval to come back
)

// stepNames are what the list says of each step.
func (v *approveView) stepName(step link.Step) string {
	return map[link.Step]string{
		link.Prepare:   v.Say("Get ready"),
		link.Ask:       v.Say("Ask {{.Service}} for a request", language.Values{"Service": v.Provider.Name}),
		link.Authorize: v.Say("Approve in your browser"),
		link.Exchange:  v.Say("Collect the access"),
		link.Identify:  v.Say("See who you are"),
		link.Save:      v.Say("Save and read back"),
	}[step]
}

func (v *approveView) build() fyne.CanvasObject {
	v.steps = container.NewVBox()
	v.now = list()
	v.elapsed = &widget.Label{Importance: widget.LowImportance, SizeName: theme.SizeNameCaptionText}
	v.refresh()
	return frame{
		Title:    v.Say("Link {{.Service}}", language.Values{"Service": v.Provider.Name}),
		TopRight: v.elapsed,
		Body:     container.New(&columns{left: 230, narrow: 320}, v.steps, v.now, widget.NewSeparator()),
		Foot:     footnote(v.Say("Nothing is stored until you are signed in.")),
		Actions:  []fyne.CanvasObject{button(v.Say("Cancel"), v.OnCancel)},
	}.build()
}

// tick shows the time that passed.
func (v *approveView) tick(elapsed time.Duration) {
	v.Elapsed = elapsed
	v.elapsed.SetText(fmt.Sprintf("%d:%02d", int(elapsed.Minutes()), int(elapsed.Seconds())%60))
	limit := browserOverdue
	if v.Progress.BrowserReached {
		limit = answerOverdue
	}
	waiting := v.Progress.Current == link.Authorize && v.Progress.StartURL != ""
	if overdue := waiting && v.Elapsed-v.since >= limit; overdue != v.overdue {
		v.overdue = overdue
		v.refresh()
	}
}

// apply adds an event and shows what changed.
func (v *approveView) apply(event link.Event) {
	v.Progress.Apply(event)
	if event.Kind == link.BrowserOpening || event.Kind == link.BrowserReached {
		v.since, v.overdue = v.Elapsed, false
	}
	v.refresh()
}

func (v *approveView) refresh() {
	v.steps.RemoveAll()
	for i, step := range link.Steps() {
		sign := &widget.Label{Text: strconv.Itoa(i + 1), Alignment: fyne.TextAlignCenter, Importance: widget.LowImportance}
		name := &widget.Label{Text: v.stepName(step), Importance: widget.LowImportance, Wrapping: fyne.TextWrapWord}
		switch {
		case v.Progress.Done[step]:
			sign.Text, sign.Importance, name.Importance = "✓", widget.SuccessImportance, widget.MediumImportance
		case v.Progress.Current == step:
			sign.Importance, name.Importance, name.TextStyle.Bold = widget.HighImportance, widget.MediumImportance, true
		}
		v.steps.Add(container.NewBorder(nil, nil, container.New(minWidth(32), sign), nil, name))
	}
	keep := keepFocus(v.now)
	v.now.RemoveAll()
	for _, part := range v.buildNow() {
		v.now.Add(part)
	}
	keep()
	v.tick(v.Elapsed)
}

func (v *approveView) buildNow() []fyne.CanvasObject {
	service := language.Values{"Service": v.Provider.Name}
	ready := !v.OutOfBand || v.Progress.Page != ""
	switch current := v.Progress.Current; {
	case current == "", current == link.Prepare, current == link.Authorize && !ready:
		return []fyne.CanvasObject{
			headline(v.Say("Getting ready")),
			soft(v.Say("Photolink asks whether {{.Service}} answers and knows your key, and whether the keyring keeps what it is given. "+
				"If the system asks for the password of the keyring, please answer.", service)),
			widget.NewProgressBarInfinite(),
		}
	case current == link.Authorize:
		if v.OutOfBand {
			return v.buildElsewhere()
		}
		return v.buildAuthorize()
	}
	return []fyne.CanvasObject{
		headline(v.Say("Finishing")),
		soft(v.Say("Photolink asks {{.Service}} who is signed in, with a signed test call.", service)),
		widget.NewProgressBarInfinite(),
	}
}

func (v *approveView) buildAuthorize() []fyne.CanvasObject {
	ways := side(
		button(v.Say("Open again"), v.OnOpenAgain),
		button(v.copyWord(), v.copy),
		button(v.Say("Paste the address…"), v.OnPaste),
	)
	if v.Provider.CodeLooks != "" {
		ways.Add(button(v.Say("Use a phone…"), v.OnElsewhere))
	}
	parts := []fyne.CanvasObject{
		headline(v.Say("Approve in your browser")),
		words(v.Say("{{.Service}} is asking whether Photolink may {{.Do}}. Choose “{{.Approve}}” there; this window goes on by itself.",
			language.Values{"Service": v.Provider.Name, "Do": v.Say(v.Permission.Words), "Approve": v.Provider.ApproveWord})),
		v.buildNews(),
		ways,
	}
	if v.Progress.ClockOffset != 0 {
		parts = append(parts, soft(v.clockWords()))
	}
	if v.Provider.Decline == provider.DeclineSilent {
		parts = append(parts, soft(v.Say("{{.Service}} does not tell us when you choose “{{.Decline}}”. If you did, say so here:",
			language.Values{"Service": v.Provider.Name, "Decline": v.Provider.DeclineWord})),
			container.NewHBox(quietButton(v.Say("I chose No"), v.OnDeclined)))
	}
	return parts
}

// clockWords says how wrong the clock of this computer is. A service that is ahead of it makes it slow.
func (v *approveView) clockWords() string {
	offset := language.Values{"Duration": v.Duration(v.Progress.ClockOffset.Abs())}
	if v.Progress.ClockOffset < 0 {
		return v.Say("Your computer’s clock is {{.Duration}} fast; Photolink allows for it.", offset)
	}
	return v.Say("Your computer’s clock is {{.Duration}} slow; Photolink allows for it.", offset)
}

// buildElsewhere is for a browser on a phone or another machine: the address as a picture, and a field for the code.
func (v *approveView) buildElsewhere() []fyne.CanvasObject {
	code := newField(v.OnCancel)
	code.SetPlaceHolder(v.Provider.CodeLooks)
	use := func() { v.OnCode(code.Text) }
	code.OnSubmitted = func(string) { use() }
	parts := []fyne.CanvasObject{
		headline(v.Say("Approve on another device")),
		words(v.Say("Open this picture with the camera, or copy the link. Choose “{{.Approve}}”, then enter the code that {{.Service}} shows.",
			language.Values{"Approve": v.Provider.ApproveWord, "Service": v.Provider.Name})),
	}
	if picture, err := qr.Encode(v.Progress.Page, qr.M); err == nil {
		shown := canvas.NewImageFromResource(fyne.NewStaticResource("authorize.png", picture.PNG()))
		shown.FillMode = canvas.ImageFillContain
		shown.SetMinSize(fyne.NewSquareSize(170))
		parts = append(parts, container.NewHBox(shown, container.NewCenter(button(v.copyWord(), v.copy))))
	}
	if v.Progress.PasteRefused != nil {
		parts = append(parts, v.buildNews())
	}
	return append(parts,
		labelled(v.Say("Code"), container.NewBorder(nil, nil, nil, button(v.Say("Use the code"), use), code), ""),
		soft(v.Say("Never give this code to anybody: it opens your account.")))
}

func (v *approveView) copy() {
	v.copied = true
	v.OnCopyLink()
	v.refresh()
}

func (v *approveView) copyWord() string {
	if v.copied {
		return v.Say("✓ Copied")
	}
	return v.Say("Copy link")
}

// buildNews says the one thing that matters most now.
func (v *approveView) buildNews() fyne.CanvasObject {
	service := language.Values{"Service": v.Provider.Name}
	switch p := v.Progress; {
	case errors.Is(p.PasteRefused, link.ErrPasteForeign):
		return warning(v.Say("! What you pasted belongs to another sign-in. Copy the address of the tab that opened last."))
	case p.PasteRefused != nil:
		return warning(v.Say("! There is no code in what you pasted. Copy the whole address of the tab, from http to the end."))
	case p.SecureAddress:
		return warning(v.Say("! {{.Service}} sent your browser to an address that begins with https, which cannot work on this computer. "+
			"Change https to http in the address bar, or copy the address and choose “Paste the address”.", service))
	case p.DeclinedElsewhere:
		return warning(v.Say("! Another browser says that you chose No. If that was you, choose “I chose No” here; otherwise ignore it."))
	case p.AnswerIncomplete:
		return warning(v.Say("! The browser came back without the code that proves your approval. Choose “Open again” and approve once more."))
	case p.BrowserReached && v.overdue:
		return warning(v.Say("! Approved, and nothing happens here? Copy the address of the tab and choose “Paste the address”. If you chose not to link, choose Cancel."))
	case p.BrowserReached:
		return notice(colorTint, widget.SuccessImportance,
			v.Say("✓ Your browser has reached Photolink and was sent on to {{.Service}}.", service))
	case p.BrowserFailed:
		return warning(v.Say("! The browser did not open. Choose “Copy link” and paste it into the address bar of a browser on this computer."))
	}
	if v.overdue {
		return warning(v.Say("! No browser has arrived yet. Choose “Open again”, or “Copy link” and paste it into any browser on this computer."))
	}
	return notice(colorTint, widget.MediumImportance,
		v.Say("… Waiting for your browser. If none opens, copy the link into one on this computer."))
}

// notice is one thing that a person should know now.
func notice(fill fyne.ThemeColorName, importance widget.Importance, text string) fyne.CanvasObject {
	return box(fill, &widget.Label{Text: text, Importance: importance, Wrapping: fyne.TextWrapWord})
}

// minWidth is a layout that gives its content at least this width.
type minWidth float32

// Layout fills the space.
func (minWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, object := range objects {
		object.Resize(size)
	}
}

// MinSize is that of the content, but not narrower.
func (w minWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(w), 0)
	for _, object := range objects {
		size = size.Max(object.MinSize())
	}
	return size
}
