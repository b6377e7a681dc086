//go:build !nogui

package gui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The widgets of Fyne keep Enter and Escape to themselves, show the focus by a faint colour, and do not scroll to where it
// is. These do better: a line shows the focus, what has it is scrolled into view, and keys that they have no use for go on
// to the window.

// focus is whether the keyboard is on a widget.
type focus struct{ here bool }

func (f *focus) hasFocus() bool { return f.here }

// focusable is a widget that can have the keyboard.
type focusable interface {
	fyne.Widget
	fyne.Focusable
	hasFocus() bool
}

// ring draws a line around a widget while the keyboard is on it. It lies outside of the widget, where its colour stands
// against the ground, whatever the colour of the widget.
type ring struct {
	fyne.WidgetRenderer
	of   focusable
	line *canvas.Rectangle
	edge bool // there is a thin line around the widget when it has not the focus
}

// ringWidth is that of the line, and ringGap how far outside it begins.
const ringWidth, ringGap = 2, 3

func newRing(of focusable, renderer fyne.WidgetRenderer) *ring {
	line := canvas.NewRectangle(nil)
	line.StrokeWidth = ringWidth
	line.Hide()
	return &ring{WidgetRenderer: renderer, of: of, line: line}
}

// Layout places the line around the widget.
func (r *ring) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.place(size)
}

func (r *ring) place(size fyne.Size) {
	var gap float32
	if r.of.hasFocus() {
		gap = ringGap
	}
	r.line.Move(fyne.NewPos(-gap, -gap))
	r.line.Resize(size.AddWidthHeight(2*gap, 2*gap))
}

// Objects are those of the widget and the line.
func (r *ring) Objects() []fyne.CanvasObject {
	return append(slices.Clip(r.WidgetRenderer.Objects()), r.line)
}

// Refresh shows or hides the line.
func (r *ring) Refresh() {
	radius := theme.SizeForWidget(theme.SizeNameInputRadius, r.of)
	if r.of.hasFocus() {
		r.line.Hidden, r.line.StrokeWidth, r.line.CornerRadius = false, ringWidth, radius+ringGap
		r.line.StrokeColor = theme.ColorForWidget(theme.ColorNamePrimary, r.of)
	} else {
		r.line.Hidden, r.line.StrokeWidth, r.line.CornerRadius = !r.edge, 1, radius
		r.line.StrokeColor = theme.ColorForWidget(theme.ColorNameInputBorder, r.of)
	}
	r.place(r.of.Size())
	r.line.Refresh()
	r.WidgetRenderer.Refresh()
}

// bodyOf is what scrolls on a screen; nil where nothing does.
func bodyOf(screen fyne.CanvasObject) *container.Scroll {
	if c, ok := screen.(*fyne.Container); ok {
		if l, ok := c.Layout.(frameLayout); ok {
			body, _ := l.body.(*container.Scroll)
			return body
		}
	}
	return nil
}

// holds tells whether an object lies in a tree.
func holds(tree, object fyne.CanvasObject) bool {
	switch t := tree.(type) {
	case *fyne.Container:
		return slices.ContainsFunc(t.Objects, func(part fyne.CanvasObject) bool { return holds(part, object) })
	case *container.Scroll:
		return holds(t.Content, object)
	}
	return tree == object
}

// keepFocus remembers which thing in an object has the keyboard. What it returns puts the keyboard back there when the
// parts have been made anew.
func keepFocus(object fyne.CanvasObject) func() {
	shown := fyne.CurrentApp().Driver().CanvasForObject(object)
	if shown == nil {
		return func() {}
	}
	had, ok := shown.Focused().(fyne.CanvasObject)
	place := slices.Index(focusablesIn(object), had)
	if !ok || place < 0 {
		return func() {}
	}
	return func() {
		if now := focusablesIn(object); place < len(now) {
			shown.Focus(now[place].(fyne.Focusable))
		} else {
			shown.Unfocus()
		}
	}
}

// focusablesIn are the things in an object that can have the keyboard.
func focusablesIn(object fyne.CanvasObject) []fyne.CanvasObject {
	if c, ok := object.(*fyne.Container); ok {
		var found []fyne.CanvasObject
		for _, part := range c.Objects {
			found = append(found, focusablesIn(part)...)
		}
		return found
	}
	if _, ok := object.(fyne.Focusable); ok {
		return []fyne.CanvasObject{object}
	}
	return nil
}

// aboveRevealed is the room that is shown above what has the keyboard: enough for the name of a field.
const aboveRevealed = 3 * margin

// reveal scrolls the body of the screen so that an object in it can be seen.
func reveal(object fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	shown := driver.CanvasForObject(object)
	if shown == nil {
		return
	}
	body := bodyOf(shown.Content())
	if body == nil || !holds(body.Content, object) {
		return
	}
	top := driver.AbsolutePositionForObject(object).Y - driver.AbsolutePositionForObject(body.Content).Y
	bottom := top + object.Size().Height + margin
	height := body.Size().Height
	switch {
	case top-ringGap < body.Offset.Y, bottom-top+aboveRevealed > height:
		body.ScrollToOffset(fyne.NewPos(0, max(0, top-aboveRevealed)))
	case bottom > body.Offset.Y+height:
		body.ScrollToOffset(fyne.NewPos(0, bottom-height))
	}
}

// scrollByKey scrolls the body of a screen by the keys that are for that, and tells whether it was one of them.
func scrollByKey(screen fyne.CanvasObject, key fyne.KeyName) bool {
	body := bodyOf(screen)
	if body == nil {
		return false
	}
	page := body.Size().Height - aboveRevealed
	by := map[fyne.KeyName]float32{
		fyne.KeyUp: -aboveRevealed, fyne.KeyDown: aboveRevealed, fyne.KeyPageUp: -page, fyne.KeyPageDown: page,
		fyne.KeyHome: -body.Content.Size().Height, fyne.KeyEnd: body.Content.Size().Height,
	}[key]
	body.ScrollToOffset(body.Offset.AddXY(0, by))
	return by != 0
}

// passOn gives a key to the window that the widget which has the keyboard does not want.
func passOn(from fyne.CanvasObject, event *fyne.KeyEvent) {
	shown := fyne.CurrentApp().Driver().CanvasForObject(from)
	if shown == nil || scrollByKey(shown.Content(), event.Name) {
		return
	}
	if wanted := shown.OnTypedKey(); wanted != nil {
		wanted(event)
	}
}

// push is a button that Enter presses too.
type push struct {
	widget.Button
	focus
}

func newPush(text string, importance widget.Importance, tapped func()) *push {
	b := &push{}
	b.Text, b.Importance, b.OnTapped = text, importance, tapped
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer makes the picture of the button; Fyne calls it.
func (b *push) CreateRenderer() fyne.WidgetRenderer { return newRing(b, b.Button.CreateRenderer()) }

// FocusGained shows that the keyboard is here.
func (b *push) FocusGained() { b.here = true; b.Button.FocusGained(); reveal(b) }

// FocusLost shows that it is elsewhere.
func (b *push) FocusLost() { b.here = false; b.Button.FocusLost() }

// TypedKey presses the button by Space and Enter. The keyboard stays on it, which Fyne's own button gives up.
func (b *push) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !b.Disabled() && b.Visible() && b.OnTapped != nil {
			b.OnTapped()
		}
	default:
		passOn(b, event)
	}
}

// named is an input that a screen reader has to be told the name of.
type named interface{ setName(name string) }

// setName names the first input in an object.
func setName(object fyne.CanvasObject, name string) bool {
	switch o := object.(type) {
	case named:
		o.setName(name)
		return true
	case *fyne.Container:
		return slices.ContainsFunc(o.Objects, func(part fyne.CanvasObject) bool { return setName(part, name) })
	}
	return false
}

// withValue is what a screen reader says of an input.
func withValue(name, value string) string {
	if value == "" {
		return name
	}
	return name + ": " + value
}

// field is an entry that lets Tab and Escape through to the window.
type field struct {
	widget.Entry
	focus
	name     string
	onEscape func() // may be nil
}

func newField(onEscape func()) *field {
	f := &field{onEscape: onEscape}
	f.ExtendBaseWidget(f)
	return f
}

func newSecretField(onEscape func()) *field {
	f := newField(onEscape)
	f.Password = true
	return f
}

// newTextField is a field of some lines.
func newTextField(lines int, onEscape func()) *field {
	f := newField(onEscape)
	f.MultiLine, f.Wrapping = true, fyne.TextWrapWord
	f.SetMinRowsVisible(lines)
	return f
}

// CreateRenderer makes the picture of the field; Fyne calls it.
func (f *field) CreateRenderer() fyne.WidgetRenderer { return newRing(f, f.Entry.CreateRenderer()) }

// AcceptsTab is always false: Tab leads on, from a field of some lines too.
func (f *field) AcceptsTab() bool { return false }

// FocusGained shows that the keyboard is here.
func (f *field) FocusGained() { f.here = true; f.Entry.FocusGained(); reveal(f) }

// FocusLost shows that it is elsewhere.
func (f *field) FocusLost() { f.here = false; f.Entry.FocusLost() }

// TypedKey is called by Fyne.
func (f *field) TypedKey(event *fyne.KeyEvent) {
	switch {
	case event.Name != fyne.KeyEscape:
		f.Entry.TypedKey(event)
	case f.onEscape != nil:
		f.onEscape()
	default:
		passOn(f, event)
	}
}

func (f *field) setName(name string) { f.name = name }

// AccessibilityLabel is the name of the field and what it holds, unless that is a secret.
func (f *field) AccessibilityLabel() string {
	if f.Password {
		return f.name
	}
	return withValue(f.name, f.Text)
}

// AccessibilityRole is that of text: Fyne knows none of a field.
func (f *field) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// chooser lets the person choose one of a list that opens.
type chooser struct {
	widget.Select
	focus
	name string
}

func newChooser(options []string) *chooser {
	c := &chooser{}
	c.Options = options
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer makes the picture of the chooser; Fyne calls it.
func (c *chooser) CreateRenderer() fyne.WidgetRenderer {
	r := newRing(c, c.Select.CreateRenderer())
	r.edge = true
	r.Refresh()
	return r
}

// FocusGained shows that the keyboard is here.
func (c *chooser) FocusGained() { c.here = true; c.Select.FocusGained(); reveal(c) }

// FocusLost shows that it is elsewhere.
func (c *chooser) FocusLost() { c.here = false; c.Select.FocusLost() }

// TypedKey opens the list by Space and the arrows up and down, and changes the choice by those to the sides.
func (c *chooser) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight:
		c.Select.TypedKey(event)
	default:
		passOn(c, event)
	}
}

func (c *chooser) setName(name string) { c.name = name }

// AccessibilityLabel is the name of the list and what is chosen.
func (c *chooser) AccessibilityLabel() string { return withValue(c.name, c.Selected) }

// AccessibilityRole is that of a button, which opens the list.
func (c *chooser) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// tickBox is the box of a tick.
type tickBox struct {
	widget.Check
	focus
	name string
}

// CreateRenderer makes the picture of the box; Fyne calls it.
func (b *tickBox) CreateRenderer() fyne.WidgetRenderer { return newRing(b, b.Check.CreateRenderer()) }

// FocusGained shows that the keyboard is here.
func (b *tickBox) FocusGained() { b.here = true; b.Check.FocusGained(); reveal(b) }

// FocusLost shows that it is elsewhere.
func (b *tickBox) FocusLost() { b.here = false; b.Check.FocusLost() }

// TypedKey passes all on: Fyne ticks the box by the letter that Space types.
func (b *tickBox) TypedKey(event *fyne.KeyEvent) { passOn(b, event) }

// AccessibilityLabel is what the box is for, with the sign of a tick if it has one.
func (b *tickBox) AccessibilityLabel() string { return signed(b.Checked, b.name) }

// AccessibilityRole is that of a button: Fyne knows none of a box.
func (b *tickBox) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func signed(on bool, name string) string {
	if on {
		return "✓ " + name
	}
	return name
}

// tick is a box to tick, with words beside it that wrap. A click on the words ticks it too.
func tick(text string, on bool, changed func(bool)) (shown fyne.CanvasObject, box *tickBox) {
	box = &tickBox{name: text}
	box.Checked, box.OnChanged = on, changed
	box.ExtendBaseWidget(box)
	return beside(box, text, func() {
		if !box.Disabled() {
			box.SetChecked(!box.Checked)
		}
	}), box
}

// beside puts words that can be clicked beside what they are about.
func beside(box fyne.CanvasObject, text string, tapped func()) fyne.CanvasObject {
	label := &tappableLabel{tapped: tapped}
	label.Text, label.Wrapping = text, fyne.TextWrapWord
	label.ExtendBaseWidget(label)
	return container.NewBorder(nil, nil, container.NewVBox(box), nil, label)
}

// tappableLabel is words that can be clicked.
type tappableLabel struct {
	widget.Label
	tapped func()
}

// Tapped is called by Fyne.
func (l *tappableLabel) Tapped(*fyne.PointEvent) { l.tapped() }

// dot marks the one that is chosen of some that are all shown.
type dot struct {
	widget.BaseWidget
	focus
	name   string
	chosen bool
	icon   *widget.Icon
	choose func()
	move   func(by int) // chooses one before or after this one
}

// oneOf shows some names, of which one is chosen.
func oneOf(names []string, chosen int, changed func(chosen int)) fyne.CanvasObject {
	lines := container.NewVBox()
	var dots []*dot
	choose := func(chosen int) {
		for i, d := range dots {
			d.chosen = i == chosen
			d.Refresh()
		}
		changed(chosen)
	}
	for i, name := range names {
		d := &dot{name: name, chosen: i == chosen, icon: widget.NewIcon(nil)}
		d.choose = func() { choose(i) }
		d.move = func(by int) {
			next := (i + by + len(dots)) % len(dots)
			choose(next)
			if shown := fyne.CurrentApp().Driver().CanvasForObject(d); shown != nil {
				shown.Focus(dots[next])
			}
		}
		d.ExtendBaseWidget(d)
		dots = append(dots, d)
		lines.Add(beside(d, name, d.choose))
	}
	return lines
}

// CreateRenderer makes the picture of the dot; Fyne calls it.
func (d *dot) CreateRenderer() fyne.WidgetRenderer {
	r := &dotRenderer{dot: d, ring: newRing(d, widget.NewSimpleRenderer(inset(8, d.icon)))}
	r.Refresh()
	return r
}

type dotRenderer struct {
	*ring
	dot *dot
}

func (r *dotRenderer) Refresh() {
	icon := theme.NewColoredResource(theme.RadioButtonIcon(), theme.ColorNameInputBorder)
	if r.dot.chosen {
		icon = theme.NewColoredResource(theme.RadioButtonCheckedIcon(), theme.ColorNamePrimary)
	}
	r.dot.icon.SetResource(icon)
	r.ring.Refresh()
}

// Tapped chooses this one; Fyne calls it.
func (d *dot) Tapped(*fyne.PointEvent) { d.choose() }

// FocusGained shows that the keyboard is here.
func (d *dot) FocusGained() { d.here = true; d.Refresh(); reveal(d) }

// FocusLost shows that it is elsewhere.
func (d *dot) FocusLost() { d.here = false; d.Refresh() }

// TypedRune ignores text.
func (d *dot) TypedRune(rune) {}

// TypedKey chooses this one by Space, and others by the arrows.
func (d *dot) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace:
		d.choose()
	case fyne.KeyUp, fyne.KeyLeft:
		d.move(-1)
	case fyne.KeyDown, fyne.KeyRight:
		d.move(1)
	default:
		passOn(d, event)
	}
}

// AccessibilityLabel is what is chosen by it, with a sign if it is chosen.
func (d *dot) AccessibilityLabel() string { return signed(d.chosen, d.name) }

// AccessibilityRole is that of a button: Fyne knows none of a dot.
func (d *dot) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// copyText is text to copy: a part of it with the mouse, all of it with the keyboard. Fyne lets the keyboard onto text that
// can be selected but shows nothing then, so it may be selected only while the mouse is there.
type copyText struct {
	widget.BaseWidget
	focus
	label *widget.Label
}

// selectable lets a person select what a label says, and copy it.
func selectable(label *widget.Label) fyne.CanvasObject {
	c := &copyText{label: label}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer makes the picture of the text; Fyne calls it.
func (c *copyText) CreateRenderer() fyne.WidgetRenderer {
	return newRing(c, widget.NewSimpleRenderer(c.label))
}

// MouseIn lets the text be selected.
func (c *copyText) MouseIn(*desktop.MouseEvent) { c.setSelectable(true) }

// MouseMoved does nothing.
func (c *copyText) MouseMoved(*desktop.MouseEvent) {}

// MouseOut keeps what is selected.
func (c *copyText) MouseOut() { c.setSelectable(c.label.SelectedText() != "") }

func (c *copyText) setSelectable(on bool) {
	c.label.Selectable = on
	c.label.Refresh()
}

// FocusGained shows that the keyboard is here.
func (c *copyText) FocusGained() { c.here = true; c.Refresh(); reveal(c) }

// FocusLost shows that it is elsewhere.
func (c *copyText) FocusLost() { c.here = false; c.Refresh() }

// TypedRune ignores text.
func (c *copyText) TypedRune(rune) {}

// TypedKey passes all on.
func (c *copyText) TypedKey(event *fyne.KeyEvent) { passOn(c, event) }

// TypedShortcut copies all of the text.
func (c *copyText) TypedShortcut(shortcut fyne.Shortcut) {
	if s, ok := shortcut.(*fyne.ShortcutCopy); ok {
		s.Clipboard.SetContent(c.label.Text)
	}
}

// AccessibilityLabel is the text.
func (c *copyText) AccessibilityLabel() string { return c.label.Text }

// AccessibilityRole is that of text.
func (c *copyText) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// voice says the body of a screen to a screen reader. Fyne does not show one what scrolls.
type voice struct {
	widget.BaseWidget
	of fyne.CanvasObject
}

func newVoice(of fyne.CanvasObject) *voice {
	v := &voice{of: of}
	v.ExtendBaseWidget(v)
	return v
}

// CreateRenderer makes no picture.
func (v *voice) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewWithoutLayout())
}

// AccessibilityLabel is all that the body says, a line for each part.
func (v *voice) AccessibilityLabel() string { return strings.Join(textsOf(v.of), "\n") }

// AccessibilityRole is that of text.
func (v *voice) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// textsOf are the texts of what can be seen in an object, in order.
func textsOf(object fyne.CanvasObject) []string {
	if !object.Visible() {
		return nil
	}
	switch o := object.(type) {
	case *fyne.Container:
		parts := o.Objects
		if cards, ok := o.Layout.(*cardList); ok {
			parts = cards.toRead()
		}
		var texts []string
		for _, part := range parts {
			texts = append(texts, textsOf(part)...)
		}
		return texts
	case *container.Scroll:
		return textsOf(o.Content)
	case *tickBox, *dot, *field, *chooser: // their names stand beside them
		return nil
	case fyne.Accessible:
		if text := o.AccessibilityLabel(); text != "" {
			return []string{text}
		}
	}
	return nil
}
