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

	"photolink/app/link"
	"photolink/oauth/provider"
)

// approveView shows a link on its way: the six steps at the left, at the right what is asked of the person now. It is a
// fold of the events so far.
type approveView struct {
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
		link.Prepare:   "Prepare",
		link.Ask:       "Ask for a request",
		link.Authorize: "Approve in your browser",
		link.Exchange:  "Exchange for access",
		link.Identify:  "See who you are",
		link.Save:      "Save and read back",
	}[step]
}

func (v *approveView) build() fyne.CanvasObject {
	v.steps = container.NewVBox()
	v.now = list()
	v.elapsed = &widget.Label{Importance: widget.LowImportance, SizeName: theme.SizeNameCaptionText}
	v.refresh()
	left := container.New(minWidth(230), v.steps)
	return frame{
		Title:    "Link " + v.Provider.Name,
		TopRight: v.elapsed,
		Body:     container.NewBorder(nil, nil, container.NewHBox(left, widget.NewSeparator()), nil, inset(4, v.now)),
		Foot:     footnote("Nothing is stored until you are signed in."),
		Actions:  []fyne.CanvasObject{button("Cancel", v.OnCancel)},
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
		name := &widget.Label{Text: v.stepName(step), Importance: widget.LowImportance}
		switch {
		case v.Progress.Done[step]:
			sign.Text, sign.Importance, name.Importance = "✓", widget.SuccessImportance, widget.SuccessImportance
		case v.Progress.Current == step:
			sign.Importance, name.Importance, name.TextStyle.Bold = widget.HighImportance, widget.MediumImportance, true
		}
		v.steps.Add(container.NewBorder(nil, nil, container.New(minWidth(32), sign), nil, name))
	}
	v.now.RemoveAll()
	for _, part := range v.buildNow() {
		v.now.Add(part)
	}
	v.tick(v.Elapsed)
}

func (v *approveView) buildNow() []fyne.CanvasObject {
	service := v.Provider.Name
	ready := !v.OutOfBand || v.Progress.Page != ""
	switch current := v.Progress.Current; {
	case current == "", current == link.Prepare, current == link.Authorize && !ready:
		return []fyne.CanvasObject{
			heading("Getting ready", theme.SizeNameHeadingText),
			soft("Photolink asks whether " + service + " answers and knows your key, and whether the keyring keeps what it is given. " +
				"If the system asks for the password of the keyring, please answer."),
			widget.NewProgressBarInfinite(),
		}
	case current == link.Authorize:
		if v.OutOfBand {
			return v.buildElsewhere()
		}
		return v.buildAuthorize()
	}
	return []fyne.CanvasObject{
		heading("Finishing", theme.SizeNameHeadingText),
		soft("Photolink asks " + service + " who is signed in, with a signed test call."),
		widget.NewProgressBarInfinite(),
	}
}

func (v *approveView) buildAuthorize() []fyne.CanvasObject {
	service := v.Provider.Name
	ways := side(
		button("Open again", v.OnOpenAgain),
		button(v.copyWord(), v.copy),
		button("Paste the address…", v.OnPaste),
	)
	if v.Provider.CodeLooks != "" {
		ways.Add(button("Use a phone…", v.OnElsewhere))
	}
	parts := []fyne.CanvasObject{
		heading("Approve in your browser", theme.SizeNameHeadingText),
		words(fmt.Sprintf("%s is asking whether Photolink may %s. Choose “%s” there; this window goes on by itself.",
			service, v.Permission.Words, v.Provider.ApproveWord)),
		v.buildNews(),
		ways,
	}
	if offset := v.Progress.ClockOffset; offset != 0 {
		parts = append(parts, soft(link.ClockWords(nil, offset)+"; Photolink allows for it."))
	}
	if v.Provider.Decline == provider.DeclineSilent {
		parts = append(parts, soft(fmt.Sprintf("%s does not tell us when you choose “%s”. If you did, say so here:",
			service, v.Provider.DeclineWord)),
			container.NewHBox(quietButton("I chose No", v.OnDeclined)))
	}
	return parts
}

// buildElsewhere is for a browser on a phone or another machine: the address as a picture, and a field for the code.
func (v *approveView) buildElsewhere() []fyne.CanvasObject {
	code := widget.NewEntry()
	code.SetPlaceHolder(v.Provider.CodeLooks)
	use := func() { v.OnCode(code.Text) }
	code.OnSubmitted = func(string) { use() }
	parts := []fyne.CanvasObject{
		heading("Approve on another device", theme.SizeNameHeadingText),
		words(fmt.Sprintf("Open this picture with the camera, or copy the link. Choose “%s”, then enter the code that %s shows.",
			v.Provider.ApproveWord, v.Provider.Name)),
	}
	if picture, err := qr.Encode(v.Progress.Page, qr.M); err == nil {
		shown := canvas.NewImageFromResource(fyne.NewStaticResource("authorize.png", picture.PNG()))
		shown.FillMode = canvas.ImageFillContain
		shown.SetMinSize(fyne.NewSquareSize(170))
		parts = append(parts, container.NewHBox(shown))
	}
	if v.Progress.PasteRefused != nil {
		parts = append(parts, v.buildNews())
	}
	return append(parts,
		container.NewBorder(nil, nil, nil, side(button("Use the code", use), button(v.copyWord(), v.copy)), code),
		soft("Never give this code to anybody: it opens your account."))
}

func (v *approveView) copy() {
	v.copied = true
	v.OnCopyLink()
	v.refresh()
}

func (v *approveView) copyWord() string {
	if v.copied {
		return "✓ Copied"
	}
	return "Copy link"
}

// buildNews says the one thing that matters most now.
func (v *approveView) buildNews() fyne.CanvasObject {
	service := v.Provider.Name
	say := func(fill fyne.ThemeColorName, importance widget.Importance, text string) fyne.CanvasObject {
		return box(fill, &widget.Label{Text: text, Importance: importance, Wrapping: fyne.TextWrapWord})
	}
	switch p := v.Progress; {
	case errors.Is(p.PasteRefused, link.ErrPasteForeign):
		return say(colorWarm, widget.WarningImportance, "! What you pasted belongs to another sign-in. Copy the address of the tab that opened last.")
	case p.PasteRefused != nil:
		return say(colorWarm, widget.WarningImportance, "! There is no code in what you pasted. Copy the whole address of the tab, from http to the end.")
	case p.SecureAddress:
		return say(colorWarm, widget.WarningImportance, "! "+service+" sent your browser to an address that begins with https, which cannot work on this computer. "+
			"Change https to http in the address bar, or copy the address and choose “Paste the address”.")
	case p.DeclinedElsewhere:
		return say(colorWarm, widget.WarningImportance, "! Another browser says that you chose No. If that was you, choose “I chose No” here; otherwise ignore it.")
	case p.AnswerIncomplete:
		return say(colorWarm, widget.WarningImportance, "! The browser came back without the code that proves your approval. Choose “Open again” and approve once more.")
	case p.BrowserReached && v.overdue:
		return say(colorWarm, widget.WarningImportance, "! Approved, and nothing happens here? Copy the address of the tab and choose “Paste the address”. If you chose not to link, choose Cancel.")
	case p.BrowserReached:
		return say(colorTint, widget.SuccessImportance, "✓ Your browser has reached Photolink and was sent on to "+service+".")
	case p.BrowserFailed:
		return say(colorWarm, widget.WarningImportance, "! The browser did not open. Choose “Copy link” and paste it into the address bar of a browser on this computer.")
	}
	if v.overdue {
		return say(colorWarm, widget.WarningImportance, "! No browser has arrived yet. Choose “Open again”, or “Copy link” and paste it into any browser on this computer.")
	}
	return say(colorTint, widget.MediumImportance, "… Waiting for your browser. If none opens, copy the link into one on this computer.")
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
