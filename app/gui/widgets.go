//go:build !nogui

package gui

import (
	"bytes"
	"image"
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/language"
	"photolink/app/link"
)

// frame is what all screens share: a bar that says where you are, the body, and a bar with a quiet line and the ways on.
type frame struct {
	Title    string
	TopRight fyne.CanvasObject // may be nil
	Body     fyne.CanvasObject
	Foot     fyne.CanvasObject   // a quiet line or quiet actions; may be nil
	Actions  []fyne.CanvasObject // ways out first, the main action last
}

func (f frame) build() fyne.CanvasObject {
	title := heading(f.Title, theme.SizeNameSubHeadingText)
	title.Wrapping = fyne.TextWrapWord
	body := container.NewVScroll(inset(margin, f.Body))
	l := frameLayout{
		top:     inset(barPadding, container.NewBorder(nil, nil, nil, inMiddle(f.TopRight), title)),
		topLine: widget.NewSeparator(), voice: newVoice(f.Body), body: body, bottomLine: widget.NewSeparator(),
		foot: f.Foot, actions: container.New(&flow{right: true}, f.Actions...),
	}
	parts := []fyne.CanvasObject{l.top, l.topLine, l.voice, l.body, l.bottomLine}
	if f.Foot != nil {
		parts = append(parts, f.Foot)
	}
	return container.New(l, append(parts, l.actions)...)
}

// inMiddle keeps its content at the height of the middle of what stands beside it.
func inMiddle(content fyne.CanvasObject) fyne.CanvasObject {
	if content == nil {
		return nil
	}
	return container.NewCenter(content)
}

// margin is the room around the body of a frame.
const margin = 16

func inset(by float32, content fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), content)
}

// stack puts lines of text closer together than their own padding would.
func stack(lines ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-11), lines...)
}

// side puts things side by side, with room between, in more than one line where they need it.
func side(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{}, objects...)
}

// list puts cards below each other, with room between.
func list(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// addInTurns adds parts to a list, a few at once and the next few when the window has time for them: to make many takes
// longer than the window may keep a person waiting. Without later, all are added at once.
func addInTurns(list *fyne.Container, parts []fyne.CanvasObject, few int, later func(func())) {
	if later == nil {
		few = len(parts)
	}
	now := min(few, len(parts))
	if list.Size().IsZero() { // it is laid out when it is shown
		list.Objects = append(list.Objects, parts[:now]...)
	} else {
		list.Objects = append(list.Objects, parts[:now-1]...)
		list.Add(parts[now-1])
		canvas.Refresh(list.Objects[0]) // one that is drawn already: with it, what scrolls learns how long the list is now
	}
	if rest := parts[now:]; len(rest) > 0 {
		later(func() { addInTurns(list, rest, few, later) })
	}
}

func heading(text string, size fyne.ThemeSizeName) *widget.Label {
	return &widget.Label{Text: text, TextStyle: fyne.TextStyle{Bold: true}, SizeName: size}
}

// words is text that wraps.
func words(text string) *widget.Label {
	return &widget.Label{Text: text, Wrapping: fyne.TextWrapWord}
}

// soft is text of second rank that wraps.
func soft(text string) *widget.Label {
	return &widget.Label{Text: text, Wrapping: fyne.TextWrapWord, Importance: widget.LowImportance}
}

// small is text of second rank, in small letters, that wraps.
func small(text string) *widget.Label {
	return &widget.Label{
		Text: text, Wrapping: fyne.TextWrapWord, Importance: widget.LowImportance, SizeName: theme.SizeNameCaptionText,
	}
}

// copyable is small text that can be selected: addresses, paths and what is reported.
func copyable(text string) fyne.CanvasObject { return selectable(small(text)) }

// footnote is the quiet line at the bottom.
func footnote(text string) fyne.CanvasObject { return small(text) }

// labelled is an input with its name above it, and a hint below if there is one.
func labelled(name string, input fyne.CanvasObject, hint string) fyne.CanvasObject {
	parts := container.New(layout.NewCustomPaddedVBoxLayout(0),
		&widget.Label{Text: name, TextStyle: fyne.TextStyle{Bold: true}, Wrapping: fyne.TextWrapWord}, input)
	setName(input, name)
	if hint != "" {
		parts.Add(small(hint))
	}
	return parts
}

func button(text string, tapped func()) *push { return newPush(text, widget.MediumImportance, tapped) }

func mainButton(text string, tapped func()) *push {
	return newPush(text, widget.HighImportance, tapped)
}

func quietButton(text string, tapped func()) *push {
	return newPush(text, widget.LowImportance, tapped)
}

// dangerButton is for what takes something away.
func dangerButton(text string, tapped func()) *push {
	return newPush(text, widget.DangerImportance, tapped)
}

// panel is a rounded ground in a colour of the theme, with or without a thin line.
type panel struct {
	widget.BaseWidget
	Fill   fyne.ThemeColorName
	Line   bool
	Radius float32
}

func newPanel(fill fyne.ThemeColorName, line bool, radius float32) *panel {
	p := &panel{Fill: fill, Line: line, Radius: radius}
	p.ExtendBaseWidget(p)
	return p
}

// CreateRenderer makes the picture of the panel; Fyne calls it.
func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, ground: canvas.NewRectangle(nil)}
	r.WidgetRenderer = widget.NewSimpleRenderer(r.ground)
	r.Refresh()
	return r
}

type panelRenderer struct {
	fyne.WidgetRenderer
	panel  *panel
	ground *canvas.Rectangle
}

func (r *panelRenderer) Refresh() {
	r.ground.FillColor = theme.ColorForWidget(r.panel.Fill, r.panel)
	r.ground.CornerRadius = r.panel.Radius
	if r.panel.Line {
		r.ground.StrokeColor = theme.ColorForWidget(theme.ColorNameSeparator, r.panel)
		r.ground.StrokeWidth = 1
	}
	r.ground.Refresh()
}

// box is content on a rounded ground.
func box(fill fyne.ThemeColorName, content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newPanel(fill, false, 8), inset(4, content))
}

// card is content on a ground with one thin line.
func card(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newPanel(colorCard, true, 10), inset(8, content))
}

// copyButton copies something, and says that it did.
func copyButton(say *language.Speaker, onCopy func()) fyne.CanvasObject {
	b := quietButton(say.Say("Copy"), nil)
	b.OnTapped = func() {
		onCopy()
		b.SetText(say.Say("✓ Copied"))
	}
	return container.NewCenter(b)
}

// warning is text that a person should read before going on.
func warning(text string) fyne.CanvasObject {
	return box(colorWarm, &widget.Label{Text: text, Wrapping: fyne.TextWrapWord, Importance: widget.WarningImportance})
}

// troubleBox says what went wrong on a screen that stays.
func troubleBox(trouble link.Trouble) fyne.CanvasObject {
	return container.NewVBox(
		box(colorWarm, stack(
			&widget.Label{Text: trouble.What, TextStyle: fyne.TextStyle{Bold: true}, Wrapping: fyne.TextWrapWord},
			words(trouble.Meaning+" "+trouble.Remedy))),
		small(trouble.Technical))
}

// pill is a short word in a rounded line.
func pill(text string) (shown fyne.CanvasObject, label *widget.Label) {
	label = &widget.Label{Text: text, SizeName: theme.SizeNameCaptionText, Importance: widget.LowImportance}
	return container.NewCenter(container.NewStack(newPanel(colorCard, true, 14), container.New(layout.NewCustomPaddedLayout(-3, -3, 3, 3), label))), label
}

// face is a person's picture in a square with round corners, or the initials of the name.
type face struct {
	shown    *fyne.Container
	letters  *widget.Label
	initials fyne.CanvasObject
	picture  *canvas.Image
}

func newFace(side float32) *face {
	f := &face{picture: canvas.NewImageFromImage(nil)}
	f.picture.FillMode = canvas.ImageFillCover
	f.picture.CornerRadius = side / 2
	f.letters = &widget.Label{
		Alignment: fyne.TextAlignCenter, TextStyle: fyne.TextStyle{Bold: true}, Importance: widget.HighImportance,
	}
	if side > 48 {
		f.letters.SizeName = theme.SizeNameHeadingText
	}
	f.initials = container.NewCenter(f.letters)
	f.shown = container.NewGridWrap(fyne.NewSquareSize(side),
		container.NewStack(newPanel(colorTint, false, side/2), f.initials, f.picture))
	return f
}

// show shows a picture, or the initials of a name where there is none.
func (f *face) show(name string, picture image.Image) {
	if picture == nil {
		f.letters.SetText(initials(name))
		f.initials.Show()
		f.picture.Hide()
		return
	}
	f.initials.Hide()
	f.picture.Image = picture
	f.picture.Show()
	f.picture.Refresh()
}

// avatar is the face of a person who stays the same.
func avatar(name string, picture image.Image, side float32) fyne.CanvasObject {
	f := newFace(side)
	f.show(name, picture)
	return f.shown
}

// decodePicture returns what an account's picture shows, or nil. It takes its time: not on the goroutine of the GUI.
func decodePicture(picture []byte) image.Image {
	decoded, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil
	}
	return decoded
}

// namesShown is how many names a person reads in one line.
const namesShown = 10

// someNames returns names in one line, and how many more there are.
func someNames(say *language.Speaker, names []string) string {
	if more := len(names) - namesShown; more > 1 {
		names = append(slices.Clone(names[:namesShown]), say.Say("{{.Number}} more", language.Values{"Number": say.Number(more)}))
	}
	return say.List(names)
}

// initials are the first letters of the first and the last word.
func initials(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	switch len(parts) {
	case 0:
		return "?"
	case 1:
		runes := []rune(parts[0])
		return strings.ToUpper(string(runes[:min(2, len(runes))]))
	}
	return strings.ToUpper(string([]rune(parts[0])[:1]) + string([]rune(parts[len(parts)-1])[:1]))
}

// row is a card that can be chosen by mouse and keyboard.
type row struct {
	widget.BaseWidget
	Content  fyne.CanvasObject
	OnTapped func()

	focus
	hovered bool
}

func newRow(content fyne.CanvasObject, tapped func()) *row {
	r := &row{Content: content, OnTapped: tapped}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer makes the picture of the row; Fyne calls it.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	ground, over := newPanel(colorCard, true, 10), canvas.NewRectangle(nil)
	over.CornerRadius = 10
	content := container.NewStack(ground, over, inset(6, r.Content))
	return &rowRenderer{ring: newRing(r, widget.NewSimpleRenderer(content)), row: r, over: over}
}

type rowRenderer struct {
	*ring
	row  *row
	over *canvas.Rectangle
}

func (r *rowRenderer) Refresh() {
	r.over.FillColor = nil
	if r.row.hovered {
		r.over.FillColor = theme.ColorForWidget(theme.ColorNameHover, r.row)
	}
	r.over.Refresh()
	r.ring.Refresh()
}

// Tapped calls OnTapped; Fyne calls it.
func (r *row) Tapped(*fyne.PointEvent) {
	if r.OnTapped != nil {
		r.OnTapped()
	}
}

// TypedKey makes Space and Enter choose the row.
func (r *row) TypedKey(event *fyne.KeyEvent) {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		r.Tapped(nil)
	default:
		passOn(r, event)
	}
}

// TypedRune ignores text.
func (r *row) TypedRune(rune) {}

// FocusGained shows that the keyboard is here.
func (r *row) FocusGained() {
	r.here = true
	r.Refresh()
	reveal(r)
}

// FocusLost shows that it is elsewhere.
func (r *row) FocusLost() { r.here = false; r.Refresh() }

// MouseIn shows that a click would choose the row.
func (r *row) MouseIn(*desktop.MouseEvent) { r.hovered = true; r.Refresh() }

// MouseMoved does nothing.
func (r *row) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes back what MouseIn showed.
func (r *row) MouseOut() { r.hovered = false; r.Refresh() }

// Cursor is the hand.
func (r *row) Cursor() desktop.Cursor { return desktop.PointerCursor }

// AccessibilityLabel is what a screen reader says of the row: all its texts.
func (r *row) AccessibilityLabel() string { return strings.Join(textsOf(r.Content), ", ") }

// AccessibilityRole is that of a button: a row can be chosen.
func (r *row) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// closer takes some of the room above and below that text has of its own.
func closer(text fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(-3, -3, 0, 0), text)
}

// facts is a table of names and values.
func facts(pairs ...[2]string) fyne.CanvasObject {
	table := container.New(layout.NewFormLayout())
	for _, pair := range pairs {
		if pair[1] == "" {
			continue
		}
		table.Add(closer(&widget.Label{Text: pair[0], Importance: widget.LowImportance}))
		table.Add(closer(selectable(&widget.Label{Text: pair[1], Truncation: fyne.TextTruncateEllipsis})))
	}
	return table
}
