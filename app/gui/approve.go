//go:build !nogui

package gui

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

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

	OnOpenAgain, OnCopyLink, OnPaste, OnDeclined, OnCancel func()

	steps   *fyne.Container
	now     *fyne.Container
	elapsed *widget.Label
	copied  bool
}

// stepNames are what the list says of each step.
func (v *approveView) stepName(step link.Step) string {
	return map[link.Step]string{
		link.Prepare:   "Prepare",
		link.Ask:       "Ask " + v.Provider.Name + " for a request",
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
}

// apply adds an event and shows what changed.
func (v *approveView) apply(event link.Event) {
	v.Progress.Apply(event)
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
	switch v.Progress.Current {
	case "", link.Prepare:
		return []fyne.CanvasObject{
			heading("Getting ready", theme.SizeNameHeadingText),
			soft("Photolink asks whether " + service + " answers and knows your key, and whether the keyring keeps what it is given. " +
				"If the system asks for the password of the keyring, please answer."),
			widget.NewProgressBarInfinite(),
		}
	case link.Authorize:
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
	parts := []fyne.CanvasObject{
		heading("Approve in your browser", theme.SizeNameHeadingText),
		words(fmt.Sprintf("%s is asking whether Photolink may %s. Choose “%s” there; this window goes on by itself.",
			service, v.Permission.Words, v.Provider.ApproveWord)),
		v.buildNews(),
		side(
			button("Open again", v.OnOpenAgain),
			button(v.copyWord(), func() { v.copied = true; v.OnCopyLink(); v.refresh() }),
			button("Paste the address…", v.OnPaste),
		),
	}
	if !v.Provider.DeclineCallsBack {
		parts = append(parts, soft(fmt.Sprintf("%s does not tell us when you choose “%s”. If you did, say so here:",
			service, v.Provider.DeclineWord)),
			container.NewHBox(quietButton("I chose No", v.OnDeclined)))
	}
	return parts
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
	case p.BrowserReached:
		return say(colorTint, widget.SuccessImportance, "✓ Your browser has reached Photolink and was sent on to "+service+".")
	case p.BrowserFailed:
		return say(colorWarm, widget.WarningImportance, "! The browser did not open. Choose “Copy link” and paste it into the address bar of a browser on this computer.")
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
