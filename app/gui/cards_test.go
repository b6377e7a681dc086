//go:build !nogui

package gui

import (
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth"
)

// personOf is one of many.
func personOf(place int) account.Account {
	return account.Account{
		ID: fmt.Sprintf("account%05d", place), Provider: "flickr", KeyID: "key", UserID: fmt.Sprint(place, "@N00"),
		UserName: fmt.Sprintf("person%05d", place), Name: fmt.Sprintf("Person %05d of many", place), PhotoCount: 1000 + place,
		PermissionAsked: "read", Permission: "read", Vault: account.KeyringVault, State: account.StateWorks, CheckedAt: noon,
	}
}

// listOf writes the list of accounts of somebody who has many.
func listOf(t testing.TB, folder string, many int) {
	t.Helper()
	type entry struct {
		account.Account
		Record string `json:"record"`
	}
	list := struct {
		Version  int           `json:"version"`
		Accounts []entry       `json:"accounts"`
		Keys     []account.Key `json:"keys"`
	}{Version: 1, Keys: []account.Key{{ID: "key", Provider: "flickr", Hint: "0123…cdef", Vault: account.KeyringVault}}}
	for place := range many {
		list.Accounts = append(list.Accounts, entry{personOf(place), fmt.Sprint("record", place)})
	}
	content, err := json.Marshal(list)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "accounts.json"), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// crowd is the list of many accounts, whose cards are of different heights in a narrow window.
func crowd(many int) *homeView {
	found := &homeData{}
	for place := range many {
		a := personOf(place)
		found.names = append(found.names, strings.ToLower(a.Name+"\n"+a.UserName+"\nFlickr"))
	}
	return &homeView{Count: many, Card: func(place int) accountCard {
		a := personOf(place)
		a.UserName += strings.Repeat(" and so on", place%7*2)
		return accountCard{Account: a, Service: "Flickr", Permission: "Read only", Now: noon}
	}, Find: found.find}
}

// rowsIn are the rows that exist in an object, from top to bottom.
func rowsIn(object fyne.CanvasObject) []*row {
	switch o := object.(type) {
	case *row:
		return []*row{o}
	case *fyne.Container:
		var rows []*row
		for _, part := range o.Objects {
			rows = append(rows, rowsIn(part)...)
		}
		return rows
	case *container.Scroll:
		return rowsIn(o.Content)
	}
	return nil
}

// inSight are those that can be seen, if only in part, with where they begin in the window.
func inSight(body *container.Scroll) (rows []*row, tops []float32) {
	for _, r := range rowsIn(body) {
		top := margin + r.Position().Y - body.Offset.Y
		if top+r.Size().Height > 0 && top < body.Size().Height {
			rows, tops = append(rows, r), append(tops, top)
		}
	}
	return rows, tops
}

// nameOn is the name of the account that a row shows.
func nameOn(r *row) string {
	name, _, _ := strings.Cut(r.AccessibilityLabel(), ", ")
	if first, rest, found := strings.Cut(r.AccessibilityLabel(), ", "); found && len(first) <= 2 { // initials
		name, _, _ = strings.Cut(rest, ", ")
	}
	return name
}

func namesOn(rows []*row) []string {
	var names []string
	for _, r := range rows {
		names = append(names, nameOn(r))
	}
	return names
}

func wheel(body *container.Scroll, by float32) {
	body.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DY: -by}})
}

// notTorn fails if the cards in sight are not the next ones of each other, overlap, or leave room where there is a card.
func notTorn(t *testing.T, body *container.Scroll) {
	t.Helper()
	rows, tops := inSight(body)
	first := -1
	for i, r := range rows {
		var place int
		if _, err := fmt.Sscanf(nameOn(r), "Person %d", &place); err != nil {
			t.Fatalf("a card says %q", nameOn(r))
		}
		if i == 0 {
			first = place
		} else if below := tops[i-1] + rows[i-1].Size().Height + gap; math.Abs(float64(tops[i]-below)) > 0.5 || place != first+i {
			t.Fatalf("%q at %.1f follows %q, which ends at %.1f", nameOn(r), tops[i], nameOn(rows[i-1]), below)
		}
		if need := r.MinSize().Height; math.Abs(float64(need-r.Size().Height)) > 0.5 {
			t.Fatalf("%q needs a height of %.1f and has %.1f", nameOn(r), need, r.Size().Height)
		}
	}
	last := len(rows) - 1
	if last < 0 || tops[0] > margin+1 && first > 0 || tops[last]+rows[last].Size().Height < body.Size().Height-margin-1 {
		t.Fatalf("there is room among %q at %.1f", namesOn(rows), tops)
	}
}

// Of ten thousand accounts, only as many cards are ever made as the window has room for, and some more. Each account comes
// into sight once, in order, on the way down, and on the way up.
func TestOnlyCardsInSightExist(t *testing.T) {
	many := 10_000
	if underRaceDetector { // which makes it ten times slower
		many = 1000
	}
	themed(t)
	window := shown(t, crowd(many).build(), fyne.NewSize(smallestSize.Width, 1000))
	body := bodyOf(window.Content())
	made := map[*row]bool{}
	most := 0
	look := func() {
		rows := rowsIn(body)
		most = max(most, len(rows))
		for _, r := range rows {
			made[r] = true
		}
	}
	var seen []string
	add := func(names []string) {
		for _, name := range names {
			if !slices.Contains(seen[max(0, len(seen)-20):], name) {
				seen = append(seen, name)
			}
		}
	}
	everyone := make([]string, many)
	for place := range everyone {
		everyone[place] = personOf(place).Name
	}
	for before := float32(-1); body.Offset.Y > before; {
		before = body.Offset.Y
		look()
		notTorn(t, body)
		rows, _ := inSight(body)
		add(namesOn(rows))
		scrollByKey(window.Content(), fyne.KeyPageDown)
	}
	if !slices.Equal(seen, everyone) {
		t.Errorf("on the way down %d accounts were seen, not %d in order", len(seen), many)
	}
	seen = nil
	slices.Reverse(everyone)
	for before := body.Offset.Y + 1; body.Offset.Y < before; {
		before = body.Offset.Y
		look()
		notTorn(t, body)
		rows, _ := inSight(body)
		names := namesOn(rows)
		slices.Reverse(names)
		add(names)
		scrollByKey(window.Content(), fyne.KeyPageUp)
	}
	if !slices.Equal(seen, everyone) {
		t.Errorf("on the way up %d accounts were seen, not %d in order", len(seen), many)
	}
	rows, _ := inSight(body)
	list := listIn(t, window)
	if all, room := len(list.rows)+len(list.spare), len(rows)+2*cardsAround+8; most > room || len(made) > room || all > room {
		t.Errorf("%d cards at once, %d in all and %d kept, where there is room for %d", most, len(made), all, len(rows))
	}
}

// What is in sight moves as far as the person scrolls, although cards above it turn out to be higher than was thought.
func TestCardsDoNotJump(t *testing.T) {
	themed(t)
	window := shown(t, crowd(1000).build(), smallestSize)
	body := bodyOf(window.Content())
	scrollByKey(window.Content(), fyne.KeyEnd)
	notTorn(t, body)
	rows, tops := inSight(body)
	if last := len(rows) - 1; nameOn(rows[last]) != personOf(999).Name ||
		math.Abs(float64(tops[last]+rows[last].Size().Height-(body.Size().Height-margin))) > 1 {
		t.Fatalf("End shows %q at %.1f", namesOn(rows), tops)
	}
	for range 60 {
		before := map[string]float32{}
		rows, tops = inSight(body)
		for i, r := range rows {
			before[nameOn(r)] = tops[i]
		}
		wheel(body, -37)
		notTorn(t, body)
		rows, tops = inSight(body)
		for i, r := range rows {
			if top, was := before[nameOn(r)]; was && math.Abs(float64(tops[i]-top-37)) > 0.5 {
				t.Fatalf("%q moved by %.1f, not by 37", nameOn(r), tops[i]-top)
			}
		}
	}
	first, _ := inSight(body)
	top := nameOn(first[0])
	layOut(window, usualSize) // where cards have other heights
	notTorn(t, body)
	if rows, _ := inSight(body); !slices.Contains(namesOn(rows), top) {
		t.Errorf("%q was at the top of a narrow window, and %q are in sight of a wide one", top, namesOn(rows))
	}
	scrollByKey(window.Content(), fyne.KeyHome)
	notTorn(t, body)
	if rows, _ := inSight(body); nameOn(rows[0]) != personOf(0).Name || body.Offset.Y != 0 {
		t.Errorf("Home shows %q", namesOn(rows))
	}
	layOut(window, fyne.NewSize(usualSize.Width, 1000))
	notTorn(t, body)
}

// Tab and Shift+Tab lead through many accounts as through a few: from each to the next, from the last thing on the screen to
// the last account, and on from where the keyboard was although that was scrolled out of sight.
func TestKeysReachEveryCard(t *testing.T) {
	const many = 10_000
	themed(t)
	view := crowd(many)
	var opened []string
	view.OnAccount = func(id string) { opened = append(opened, id) }
	window := shown(t, view.build(), usualSize)
	canvas, body := window.Canvas(), bodyOf(window.Content())
	at := func(place int) {
		t.Helper()
		focused, ok := canvas.Focused().(*row)
		if !ok || nameOn(focused) != personOf(place).Name {
			t.Fatalf("the keyboard is on %q, not on the card in place %d", said(canvas.Focused()), place)
		}
		if rows, _ := inSight(body); !slices.Contains(rows, focused) {
			t.Fatalf("%q has the keyboard and is not in sight", nameOn(focused))
		}
	}
	canvas.FocusNext() // Settings
	canvas.FocusNext() // Link an account
	canvas.FocusNext() // Find an account
	for place := range 60 {
		canvas.FocusNext()
		at(place)
	}
	scrollByKey(window.Content(), fyne.KeyEnd)
	notTorn(t, body)
	canvas.FocusNext()
	at(60)
	scrollByKey(window.Content(), fyne.KeyEnd)
	canvas.FocusPrevious()
	at(59)
	canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})

	canvas.Unfocus()
	canvas.FocusPrevious() // Check all
	for place := many - 1; place > many-60; place-- {
		canvas.FocusPrevious()
		at(place)
	}
	canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	for range 50 {
		canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
		notTorn(t, body)
	}
	rows, _ := inSight(body)
	rows[1].Tapped(&fyne.PointEvent{})
	var third int
	_, _ = fmt.Sscanf(nameOn(rows[1]), "Person %d", &third)
	if want := []string{personOf(59).ID, personOf(many - 59).ID, personOf(third).ID}; !slices.Equal(opened, want) {
		t.Errorf("opened %q, want %q", opened, want)
	}
}

// Among many accounts a person finds one by a part of a name, and opens it by Enter. Among a few there is nothing to find.
func TestFindAnAccount(t *testing.T) {
	themed(t)
	if few := shown(t, crowd(fewCards).build(), usualSize); slices.ContainsFunc(usable(few.Content()), isField) {
		t.Errorf("there is a field to find one of %d accounts", fewCards)
	}
	view := crowd(1000)
	opened := ""
	view.OnAccount = func(id string) { opened = id }
	window := shown(t, view.build(), usualSize)
	canvas, body := window.Canvas(), bodyOf(window.Content())
	scrollByKey(window.Content(), fyne.KeyEnd)
	all := usable(window.Content())
	find := all[slices.IndexFunc(all, isField)].(*field)
	if find.AccessibilityLabel() != "Find an account" {
		t.Errorf("the field is called %q", find.AccessibilityLabel())
	}
	canvas.Focus(find)
	for _, row := range []struct {
		text string
		want []string
	}{
		{"n 0012", []string{"00120", "00121", "00122", "00123", "00124", "00125", "00126", "00127", "00128", "00129"}},
		{"PERSON00777", []string{"00777"}},
		{"  flickr ", nil}, // all of them
		{"nobody", []string{}},
		{"00999", []string{"00999"}},
	} {
		find.SetText(row.text)
		layOut(window, fyne.NewSize(usualSize.Width, 1400))
		rows, _ := inSight(body)
		var got []string
		for _, name := range namesOn(rows) {
			got = append(got, strings.Fields(name)[1])
		}
		if row.want == nil {
			notTorn(t, body)
			if len(got) == 0 || got[0] != "00000" {
				t.Errorf("%q finds %q", row.text, got)
			}
		} else if !slices.Equal(got, row.want) {
			t.Errorf("%q finds %q, want %q", row.text, got, row.want)
		}
		if none := strings.Contains(strings.Join(textsOf(body), "\n"), "No account has this in its name."); none != (row.text == "nobody") {
			t.Errorf("%q: nothing is found: %t", row.text, none)
		}
	}
	find.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if opened != personOf(999).ID {
		t.Errorf("Enter opens %q", opened)
	}
	find.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if layOut(window, usualSize); find.Text != "" || canvas.Focused() != fyne.Focusable(find) {
		t.Errorf("after Escape the field holds %q", find.Text)
	}
	notTorn(t, body)
}

func isField(one fyne.Focusable) bool {
	_, ok := one.(*field)
	return ok
}

// A screen reader is told of all accounts, in order, of which only some can be seen; of too many to listen to, of those.
func TestCardsAreReadAloud(t *testing.T) {
	themed(t)
	for many, most := range map[int]int{30: 30, 10_000: 20} {
		window := shown(t, crowd(many).build(), usualSize)
		var names []string
		for _, text := range textsOf(bodyOf(window.Content())) {
			for _, part := range strings.Split(text, ", ") {
				if strings.HasPrefix(part, "Person ") {
					names = append(names, part)
				}
			}
		}
		if !slices.IsSorted(names) || len(slices.Compact(names)) != len(names) || len(names) > most || many == most && len(names) < many {
			t.Errorf("of %d accounts these are read: %q", many, names)
		}
	}
}

// Pictures are read for cards that exist, one at a time, and shown on the card of their account wherever that is by then.
func TestPicturesOfCards(t *testing.T) {
	themed(t)
	view := crowd(1000)
	reads := map[string]int{}
	var wanted string
	var answer func(image.Image)
	view.ReadPicture = func(id string, done func(image.Image)) {
		if wanted != "" {
			t.Errorf("%s is read while %s is", id, wanted)
		}
		reads[id]++
		wanted, answer = id, done
	}
	picture := image.NewRGBA(image.Rect(0, 0, 4, 4))
	window := shown(t, view.build(), usualSize)
	list := listIn(t, window)
	read := func() {
		for wanted != "" {
			done := answer
			if strings.HasSuffix(wanted, "1") { // this one has none
				wanted = ""
				done(nil)
			} else {
				wanted = ""
				done(picture)
			}
		}
	}
	late := answer
	first := wanted
	for range 100 {
		scrollByKey(window.Content(), fyne.KeyPageDown)
	}
	wanted = ""
	late(picture) // of a card that shows another account now, or that is the first or the last
	for place := range list.rows {
		row := list.rows[place]
		if row.face.picture.Visible() && row.account != first {
			t.Errorf("%s has the picture of %s", row.account, first)
		}
	}
	read()
	check := func() {
		t.Helper()
		for _, row := range list.rows {
			if got, want := row.face.picture.Visible(), !strings.HasSuffix(row.account, "1"); got != want || row.face.initials.Visible() == want {
				t.Errorf("%s: picture %t, initials %t", row.account, got, row.face.initials.Visible())
			}
		}
	}
	check()
	if len(reads) > len(list.rows)+1 {
		t.Errorf("%d pictures were read for %d cards", len(reads), len(list.rows))
	}
	for range 100 {
		scrollByKey(window.Content(), fyne.KeyPageUp)
		read()
		check()
	}
	if most := picturesKept + len(list.rows); len(list.pictures) > most {
		t.Errorf("%d pictures are kept, more than %d", len(list.pictures), most)
	}
}

// listIn is the list of cards in a window.
func listIn(t *testing.T, window fyne.Window) *cardList {
	t.Helper()
	inset := bodyOf(window.Content()).Content.(*fyne.Container)
	list, ok := inset.Objects[0].(*fyne.Container).Layout.(*cardList)
	if !ok {
		t.Fatal("no list of cards")
	}
	return list
}

// After all were checked, the cards show what was found.
func TestCardsShowWhatWasFound(t *testing.T) {
	vault := &keyring{}
	p, _ := newPerson(t, vault)
	store, err := account.Open(p.photolink.Folder(), vault)
	if err != nil {
		t.Fatal(err)
	}
	const many = 30
	for place := range many {
		a := personOf(place)
		a.ID, a.Provider, a.KeyID = "", app.PracticeService, ""
		linked := account.Linked{Account: a, Token: oauth.TokenCredentials{Token: fmt.Sprint("token", place), Secret: "secret"}}
		if _, err := store.Save(t.Context(), linked); err != nil {
			t.Fatal(err)
		}
	}
	p.showHome()
	p.sees("✓ Works")
	p.taps("Check all")
	p.sees("✓ All accounts were checked.")
	scrollByKey(p.window.window.Content(), fyne.KeyEnd)
	rows, _ := inSight(bodyOf(p.window.window.Content()))
	for i, r := range rows {
		text := r.AccessibilityLabel()
		if name := personOf(many - len(rows) + i).Name; nameOn(r) != name || !strings.Contains(text, "× Access was withdrawn") {
			t.Errorf("the card of %s says %q", name, text)
		}
	}
}
