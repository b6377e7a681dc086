//go:build !nogui

package gui

import (
	"cmp"
	"image"
	"maps"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/language"
)

// accountCard is what a list shows of an account.
type accountCard struct {
	Account    account.Account
	Service    string
	Permission string   // its name, in the language of the person
	Handed     []string // names of the tools that have the access
	Now        time.Time
}

// cardRow is a row that shows an account, and another one when it is wanted elsewhere in the list.
type cardRow struct {
	*row
	content, lines     *fyne.Container
	face               *face
	name, about, state *widget.Label
	permission         fyne.CanvasObject
	permissionName     *widget.Label

	account string  // ID of the one that is shown
	pending bool    // its picture was not read yet
	width   float32 // that it was laid out for since it shows this account; 0 for none
}

func newCardRow() *cardRow {
	r := &cardRow{face: newFace(44), name: heading("", theme.SizeNameText), about: small(""), state: small("")}
	r.name.Truncation = fyne.TextTruncateEllipsis
	r.permission, r.permissionName = pill("")
	r.lines = stack(r.name, r.about, r.state)
	r.content = container.NewBorder(nil, nil,
		container.NewCenter(r.face.shown),
		container.NewHBox(r.permission, container.NewCenter(widget.NewIcon(theme.NavigateNextIcon()))),
		r.lines)
	r.row = newRow(r.content, nil)
	return r
}

// show makes the row show an account.
func (r *cardRow) show(say *language.Speaker, card accountCard) {
	r.account, r.width = card.Account.ID, 0
	r.name.SetText(card.Account.Name)
	about := card.Service + " · " + card.Account.UserName
	if count := card.Account.PhotoCount; count > 0 {
		about += " · " + say.Count(count, "one photo", "{{.Count}} photos")
	}
	r.about.SetText(about)
	state := stateLabel(say, card.Account, card.Handed, card.Now)
	r.state.Importance = state.Importance
	r.state.SetText(state.Text)
	r.permission.Hide()
	if card.Permission != "" { // some services do not tell
		r.permissionName.SetText(card.Permission)
		r.permission.Show()
	}
	if r.hovered {
		r.MouseOut()
	}
}

// heightFor lays the row out in a width, and returns the height that it needs there. It is quicker if that is the guess.
func (r *cardRow) heightFor(width, guess float32) float32 {
	if r.width != width {
		r.Resize(fyne.NewSize(width, cmp.Or(guess, r.MinSize().Height)))
		for _, part := range []*fyne.Container{r.content, r.lines} { // their sizes may be the same, what they hold is not
			part.Layout.Layout(part.Objects, part.Size())
		}
		r.width = width
	}
	return r.MinSize().Height
}

const (
	cardsRead    = 50 // how many cards at most are read aloud, whether they can be seen or not
	cardsAround  = 3  // how many cards there are above and below those that can be seen
	picturesKept = 32 // how many pictures are kept of cards that went out of sight
)

// cardList is a layout of some parts and, below them, the cards of any number of accounts. Only the cards exist that can be
// seen, some around them, and those that the keyboard can go to next: the first, the last, and those beside the one that
// has it. It is a part of something that scrolls, which asks for the least size whenever it has scrolled or has another
// size: that is when the cards are chosen anew.
//
// The height of a card is known when the card was laid out. Until then it is taken to be as high as another one.
type cardList struct {
	view        *homeView
	parts       []fyne.CanvasObject
	places      []int // which cards of the view are shown
	box         *fyne.Container
	body        *container.Scroll // nil until it is known
	heights     []float32         // 0 for one that is not known
	usualHeight float32           // what an unknown one is taken for
	usualWidth  float32           // the width where it was measured
	height      float32           // of all

	rows  map[int]*cardRow // those that exist, by their place in the list
	spare []*cardRow
	seen  sight // what the rows were chosen for

	pictures map[string]image.Image // by ID; nil for an account that has none
	reading  bool                   // a picture is being read
}

// sight is what decides about the cards that are shown.
type sight struct {
	width, top, height float32 // of what can be seen
	focused            int     // place of the card that has the keyboard; -1 for none
}

func newCardList(view *homeView) *cardList {
	l := &cardList{view: view, rows: map[int]*cardRow{}, pictures: map[string]image.Image{}}
	maps.Copy(l.pictures, view.Pictures)
	l.box = &fyne.Container{Layout: l}
	places := make([]int, view.Count)
	for place := range places {
		places[place] = place
	}
	l.list(places)
	return l
}

// list shows these cards, from the first one.
func (l *cardList) list(places []int) {
	l.places, l.heights = places, make([]float32, len(places))
	for _, row := range l.rows {
		l.spare = append(l.spare, row)
	}
	clear(l.rows)
	l.seen = sight{}
	if l.body == nil {
		l.choose()
		return
	}
	l.body.Offset.Y = -1 // so that it has to scroll, and learns how long the list is now
	l.body.ScrollToTop()
}

// Layout places the parts and the cards.
func (l *cardList) Layout([]fyne.CanvasObject, fyne.Size) {
	l.seen.height = -1 // what is shown may have another height now
	l.choose()
}

// MinSize is that of all cards, below the parts.
func (l *cardList) MinSize([]fyne.CanvasObject) fyne.Size {
	l.choose()
	var width float32
	for _, object := range l.box.Objects {
		width = max(width, object.MinSize().Width)
	}
	return fyne.NewSize(width, l.height)
}

// focused is the place of the card that has the keyboard, or -1.
func (l *cardList) focused() int {
	shown := fyne.CurrentApp().Driver().CanvasForObject(l.box)
	if shown == nil {
		return -1
	}
	for place, row := range l.rows {
		if shown.Focused() == fyne.Focusable(row.row) {
			return place
		}
	}
	return -1
}

// choose makes the cards that are wanted now, and places them.
func (l *cardList) choose() {
	now := sight{width: l.box.Size().Width, focused: l.focused()}
	if l.body != nil {
		now.top, now.height = l.body.Offset.Y, l.body.Size().Height
	}
	if now == l.seen {
		return
	}
	lowest := func() float32 { return max(0, l.height+2*margin-now.height) }
	top := max(0, min(now.top, lowest()))
	atEnd := top > 0 && top >= lowest()-1
	first, into := l.at(top)
	if now.width != l.seen.width {
		clear(l.heights)
	}
	for range 5 { // what turns out to be lower than it was taken for brings others into view
		changed := l.take(l.wanted(top, now), now.width)
		switch { // what is seen must not move
		case atEnd:
			top = lowest()
		case first >= 0:
			top = l.topOf(first) + min(into, l.heightOf(first)+gap)
		}
		if !changed {
			break
		}
	}
	l.place(now.width)
	if l.body != nil {
		l.body.Offset.Y = top
	}
	now.top = top
	l.seen = now
	l.readPictures()
}

// heightOf is the height of the card in a place, as far as it is known.
func (l *cardList) heightOf(place int) float32 {
	if height := l.heights[place]; height > 0 {
		return height
	}
	return l.usualHeight
}

// partsHeight is the room that the parts need, and the gap below them.
func (l *cardList) partsHeight() float32 {
	var height float32
	for _, part := range l.parts {
		if part.Visible() {
			height += part.MinSize().Height + gap
		}
	}
	return height
}

// topOf is where the card in a place begins, in what scrolls.
func (l *cardList) topOf(place int) float32 {
	y := margin + l.partsHeight()
	for before := range place {
		y += l.heightOf(before) + gap
	}
	return y
}

// at is the place of the card at a height of what scrolls, and how far below its top that is; -1 above the first card.
func (l *cardList) at(height float32) (place int, into float32) {
	y := margin + l.partsHeight()
	if height < y || len(l.places) == 0 {
		return -1, 0
	}
	for place := range l.places {
		next := y + l.heightOf(place) + gap
		if height < next || place == len(l.places)-1 {
			return place, height - y
		}
		y = next
	}
	return -1, 0
}

// wanted are the places whose cards have to be there, in order.
func (l *cardList) wanted(top float32, now sight) []int {
	first, _ := l.at(top)
	last, _ := l.at(top + now.height)
	places := []int{0, now.focused - 1, now.focused, now.focused + 1, len(l.places) - 1}
	for place := first - cardsAround; place <= last+cardsAround; place++ {
		places = append(places, place)
	}
	places = slices.DeleteFunc(places, func(place int) bool { return place < 0 || place >= len(l.places) })
	slices.Sort(places)
	return slices.Compact(places)
}

// take makes the cards for these places, and no others, from those that are not wanted any more. It tells whether one of
// them has another height than it was taken for.
func (l *cardList) take(wanted []int, width float32) (changed bool) {
	for place, row := range l.rows {
		if !slices.Contains(wanted, place) {
			l.spare = append(l.spare, row)
			delete(l.rows, place)
		}
	}
	l.box.Objects = slices.Clone(l.parts)
	for _, place := range wanted {
		row, found := l.rows[place]
		if !found {
			row = l.newRow()
			l.rows[place] = row
			l.fill(row, l.places[place])
		}
		if height := row.heightFor(width, l.heightOf(place)); height != l.heights[place] {
			l.heights[place], changed = height, true
		}
		if l.usualHeight == 0 || l.usualWidth != width {
			l.usualHeight, l.usualWidth = l.heights[place], width
		}
		l.box.Objects = append(l.box.Objects, row.row)
	}
	l.height = l.partsHeight() - gap
	for place := range l.places {
		l.height += l.heightOf(place) + gap
	}
	return changed
}

// toRead are the parts and the cards that are read aloud: all, unless there are too many to listen to.
func (l *cardList) toRead() []fyne.CanvasObject {
	if len(l.places) > cardsRead {
		return l.box.Objects
	}
	all := slices.Clone(l.parts)
	for place, index := range l.places {
		row, found := l.rows[place]
		if !found {
			row = newCardRow()
			l.fill(row, index)
		}
		all = append(all, row.row)
	}
	return all
}

// newRow returns a row that is not wanted any more, or a new one.
func (l *cardList) newRow() *cardRow {
	last := len(l.spare) - 1
	if last < 0 {
		return newCardRow()
	}
	row := l.spare[last]
	l.spare = l.spare[:last]
	return row
}

// fill makes a row show a card of the view.
func (l *cardList) fill(row *cardRow, index int) {
	card := l.view.Card(index)
	row.show(l.view.Speaker, card)
	row.OnTapped = func() { l.view.OnAccount(card.Account.ID) }
	picture, known := l.pictures[card.Account.ID]
	row.pending = !known
	row.face.show(card.Account.Name, picture)
}

// place puts the parts and the cards where they belong.
func (l *cardList) place(width float32) {
	var y float32
	put := func(object fyne.CanvasObject, height float32) {
		object.Move(fyne.NewPos(0, y))
		object.Resize(fyne.NewSize(width, height))
	}
	for _, part := range l.parts {
		if part.Visible() {
			height := part.MinSize().Height
			put(part, height)
			y += height + gap
		}
	}
	for place := range l.places {
		if row, found := l.rows[place]; found {
			put(row.row, l.heights[place])
		}
		y += l.heightOf(place) + gap
	}
}

// readPictures reads the pictures of the cards that are there, one after the other.
func (l *cardList) readPictures() {
	if l.reading || l.view.ReadPicture == nil {
		return
	}
	for _, row := range l.rows {
		if !row.pending {
			continue
		}
		id := row.account
		l.reading = true
		l.view.ReadPicture(id, func(picture image.Image) {
			l.reading = false
			l.pictureRead(id, picture)
			l.readPictures()
		})
		return
	}
}

// pictureRead shows a picture, and keeps it for when its card comes into sight again.
func (l *cardList) pictureRead(id string, picture image.Image) {
	there := map[string]bool{}
	for _, row := range l.rows {
		there[row.account] = true
		if row.account == id {
			row.pending = false
			row.face.show(row.name.Text, picture)
		}
	}
	if len(l.pictures) >= picturesKept {
		maps.DeleteFunc(l.pictures, func(id string, _ image.Image) bool { return !there[id] })
	}
	l.pictures[id] = picture
}
