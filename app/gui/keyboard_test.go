//go:build !nogui

package gui

import (
	"image"
	"image/color"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/language"
	"photolink/oauth/sandbox"
)

// themed is an application that looks like the program.
func themed(t *testing.T) fyne.App {
	t.Helper()
	application := test.NewTempApp(t)
	test.ApplyTheme(t, newTheme(app.Settings{Theme: app.LightTheme}, false))
	return application
}

// usable are the things on a screen that the keyboard should reach, in the order of the tree. Fyne's own are among them,
// so that one of them that slips in is noticed.
func usable(screen fyne.CanvasObject) []fyne.Focusable {
	var found []fyne.Focusable
	walk(screen, func(object fyne.CanvasObject) {
		if disabled, ok := object.(fyne.Disableable); ok && disabled.Disabled() {
			return
		}
		if one, ok := object.(fyne.Focusable); ok {
			found = append(found, one)
		}
	})
	return found
}

// stops are what the keyboard reaches until it comes to a thing for the second time.
func stops(t *testing.T, canvas fyne.Canvas, step func(), arrived func(fyne.Focusable)) []fyne.Focusable {
	t.Helper()
	var reached []fyne.Focusable
	for {
		step()
		now := canvas.Focused()
		if now == nil || slices.Contains(reached, now) {
			return reached
		}
		reached = append(reached, now)
		arrived(now)
	}
}

func place(object fyne.Focusable) (at fyne.Position, size fyne.Size) {
	shown := object.(fyne.CanvasObject)
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(shown), shown.Size()
}

// Tab reaches all that can be used, each thing once, in the order of reading, and Shift+Tab goes the same way back. What it
// reaches can be seen.
func TestTabReachesEverything(t *testing.T) {
	themed(t)
	for sizeName, size := range map[string]fyne.Size{"usual": usualSize, "smallest": smallestSize} {
		for name, build := range views(nil) {
			t.Run(name+", "+sizeName, func(t *testing.T) {
				window := shown(t, build(), size)
				canvas := window.Canvas()
				body := bodyOf(window.Content())
				var before fyne.Focusable
				forth := stops(t, canvas, canvas.FocusNext, func(now fyne.Focusable) {
					at, has := place(now)
					if body != nil && holds(body.Content, now.(fyne.CanvasObject)) {
						top := fyne.CurrentApp().Driver().AbsolutePositionForObject(body).Y
						cut := at.Y+has.Height > top+body.Size().Height && has.Height < body.Size().Height
						if at.Y < top || cut {
							t.Errorf("%q is at %.0f to %.0f, and %.0f to %.0f can be seen", said(now), at.Y, at.Y+has.Height, top, top+body.Size().Height)
						}
					}
					if before != nil && !follows(before, now) {
						t.Errorf("%q comes after %q", said(now), said(before))
					}
					before = now
				})
				want := usable(window.Content())
				if len(forth) != len(want) {
					t.Errorf("Tab reaches %d of %d things", len(forth), len(want))
				}
				for _, one := range want {
					if !slices.Contains(forth, one) {
						t.Errorf("Tab does not reach %q", said(one))
					}
				}
				if len(want) == 0 {
					t.Error("nothing can be used")
				}
				canvas.Unfocus()
				back := stops(t, canvas, canvas.FocusPrevious, func(fyne.Focusable) {})
				slices.Reverse(back)
				if !slices.Equal(back, forth) {
					t.Errorf("Shift+Tab reaches %d things in another order than Tab, which reaches %d", len(back), len(forth))
				}
			})
		}
	}
}

// follows tells whether one thing comes after another for somebody who reads.
func follows(before, now fyne.Focusable) bool {
	at1, size1 := place(before)
	at2, size2 := place(now)
	together := min(at1.Y+size1.Height, at2.Y+size2.Height) - max(at1.Y, at2.Y)
	if together > min(size1.Height, size2.Height)/2 { // in one line
		return at2.X > at1.X
	}
	return at2.Y > at1.Y
}

// said is what a screen reader would say.
func said(object fyne.Focusable) string {
	if accessible, ok := object.(fyne.Accessible); ok {
		return accessible.AccessibilityLabel()
	}
	return ""
}

// The focus shows: around what has it many points of the picture change to a colour of 3 to 1 against what was there.
func TestFocusShows(t *testing.T) {
	test.NewTempApp(t)
	some := []string{"home", "key-page-unused", "permission"}
	for name, look := range map[string]struct {
		theme   string
		screens []string
	}{
		"light":         {app.LightTheme, append(some, "unlink", "take-over")},
		"dark":          {app.DarkTheme, some},
		"high contrast": {app.HighContrastTheme, some},
	} {
		test.ApplyTheme(t, newTheme(app.Settings{Theme: look.theme}, false))
		for _, screen := range look.screens {
			t.Run(screen+", "+name, func(t *testing.T) {
				window := shown(t, views(nil)[screen](), fyne.NewSize(usualSize.Width, 800)) // nothing has to scroll
				without := window.Canvas().Capture()
				stops(t, window.Canvas(), window.Canvas().FocusNext, func(now fyne.Focusable) {
					if at, size := place(now); !ringed(without, window.Canvas().Capture(), at, size) {
						t.Errorf("%q does not show that it has the focus", said(now))
					}
				})
			})
		}
	}
}

// ringed tells whether a line stands around a place in one picture that is not in the other: most points of each side
// changed, with enough contrast, at some distance from the edge.
func ringed(without, with image.Image, at fyne.Position, size fyne.Size) bool {
	left, top := int(at.X), int(at.Y)
	right, bottom := int(math.Ceil(float64(at.X+size.Width))), int(math.Ceil(float64(at.Y+size.Height)))
	const corner = 10
	side := func(length int, point func(along, out int) (x, y int)) bool {
		for out := -1; out <= ringGap+1; out++ {
			changed, all := 0, 0
			for along := corner; along < length-corner; along++ {
				x, y := point(along, out)
				all++
				if before, now := without.At(x, y), with.At(x, y); before != now && contrast(before, now) >= 3 {
					changed++
				}
			}
			if all == 0 || changed*4 >= all*3 {
				return true
			}
		}
		return false
	}
	return side(right-left, func(along, out int) (x, y int) { return left + along, top - out }) &&
		side(right-left, func(along, out int) (x, y int) { return left + along, bottom - 1 + out }) &&
		side(bottom-top, func(along, out int) (x, y int) { return left - out, top + along }) &&
		side(bottom-top, func(along, out int) (x, y int) { return right - 1 + out, top + along })
}

// What has the focus is tinted by Fyne; the words on it can still be read.
func TestWordsOnTintedGroundsHaveContrast(t *testing.T) {
	for name, settings := range map[string]app.Settings{"usual": {}, "high contrast": {Theme: app.HighContrastTheme}} {
		colours := newTheme(settings, false)
		for variantName, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
			for words, ground := range map[fyne.ThemeColorName]fyne.ThemeColorName{
				theme.ColorNameForeground: theme.ColorNameButton, theme.ColorNameForegroundOnPrimary: theme.ColorNamePrimary,
				theme.ColorNameForegroundOnError: theme.ColorNameError,
			} {
				for _, tint := range []fyne.ThemeColorName{theme.ColorNameFocus, theme.ColorNameHover} {
					under := over(colours.Color(tint, variant), colours.Color(ground, variant))
					if ratio := contrast(colours.Color(words, variant), under); ratio < 4.5 {
						t.Errorf("%s, %s: %s on %s with %s has %.2f, not 4.5", name, variantName, words, ground, tint, ratio)
					}
				}
			}
		}
	}
}

// over is a colour that can be seen through, on a ground.
func over(tint, ground color.Color) color.Color {
	r, g, b, a := tint.RGBA()
	r2, g2, b2, _ := ground.RGBA()
	mix := func(above, under uint32) uint16 { return uint16(above + under*(0xffff-a)/0xffff) }
	return color.RGBA64{mix(r, r2), mix(g, g2), mix(b, b2), 0xffff}
}

// What is told in a colour is told in a sign and words too.
func TestStateIsNeverColourAlone(t *testing.T) {
	themed(t)
	for name, build := range views(nil) {
		t.Run(name, func(t *testing.T) {
			walk(shown(t, build(), usualSize).Content(), func(object fyne.CanvasObject) {
				label, ok := object.(*widget.Label)
				if !ok {
					return
				}
				switch label.Importance {
				case widget.SuccessImportance, widget.WarningImportance, widget.DangerImportance:
				default:
					return
				}
				if label.Text == "✓" { // beside the name of a step that is done
					return
				}
				sign, words, _ := strings.Cut(label.Text, " ")
				if !strings.Contains("✓×!?…", sign) || !strings.ContainsFunc(words, unicode.IsLetter) {
					t.Errorf("%q has a colour and no sign", label.Text)
				}
			})
		})
	}
}

// Every input has a name in words above or beside it, and a screen reader is told it. Nothing that can be used is without a
// name there.
func TestEverythingHasAName(t *testing.T) {
	themed(t)
	for name, build := range views(nil) {
		t.Run(name, func(t *testing.T) {
			screen := shown(t, build(), usualSize).Content()
			var texts []string
			walk(screen, func(object fyne.CanvasObject) {
				switch o := object.(type) {
				case *widget.Label:
					texts = append(texts, o.Text)
				case *tappableLabel:
					texts = append(texts, o.Text)
				}
			})
			for _, one := range usable(screen) {
				own := ""
				switch o := one.(type) {
				case *field:
					own = o.name
				case *chooser:
					own = o.name
				case *tickBox:
					own = o.name
				case *dot:
					own = o.name
				case *push, *row, *copyText:
					if b, ok := o.(*push); ok && b.Text == "" {
						t.Error("a button is a drawing alone")
					}
					own = said(o)
					if !strings.ContainsFunc(own, unicode.IsLetter) && !strings.ContainsFunc(own, unicode.IsNumber) {
						t.Errorf("%T says %q", o, own)
					}
					continue
				default:
					t.Errorf("%T is not one of ours: it keeps Enter and Escape, and hides the focus", o)
				}
				if own == "" || !slices.Contains(texts, own) {
					t.Errorf("%T has the name %q, which does not stand beside it", one, own)
				}
			}
		})
	}
}

// A screen reader gets all texts of the body in one piece, without what is hidden, and no secret.
func TestBodyIsReadAloud(t *testing.T) {
	themed(t)
	for name, build := range views(nil) {
		t.Run(name, func(t *testing.T) {
			window := shown(t, build(), usualSize)
			body := bodyOf(window.Content())
			if body == nil {
				t.Fatal("no body")
			}
			var read string
			for _, part := range window.Content().(*fyne.Container).Objects {
				if v, ok := part.(*voice); ok {
					read = v.AccessibilityLabel()
				}
			}
			walk(body.Content, func(object fyne.CanvasObject) {
				if label, ok := object.(*widget.Label); ok && !strings.Contains(read, label.Text) {
					t.Errorf("%q is not read", label.Text)
				}
			})
		})
	}
	secret := newSecretField(nil)
	secret.SetText("hush")
	labelled("API secret", secret, "")
	if got := secret.AccessibilityLabel(); got != "API secret" {
		t.Errorf("a field of a secret says %q", got)
	}
}

// Text can be copied without the mouse.
func TestCopyTextByKeys(t *testing.T) {
	application := themed(t)
	window := shown(t, container.NewVBox(copyable("12345678@N00")), usualSize)
	window.Canvas().FocusNext()
	text, ok := window.Canvas().Focused().(*copyText)
	if !ok {
		t.Fatalf("the focus is on %T", window.Canvas().Focused())
	}
	text.TypedShortcut(&fyne.ShortcutCopy{Clipboard: application.Clipboard()})
	if got := application.Clipboard().Content(); got != "12345678@N00" {
		t.Errorf("copied %q", got)
	}
	text.MouseIn(&desktop.MouseEvent{})
	if !text.label.Selectable {
		t.Error("the mouse cannot select")
	}
	text.MouseOut()
	if text.label.Selectable {
		t.Error("a second stop of the keyboard is left behind by the mouse")
	}
}

// A screen that is longer than the window can be read by keys where nothing on it can be chosen.
func TestKeysScroll(t *testing.T) {
	themed(t)
	window := shown(t, frame{Body: copyable(strings.Repeat("Terms. ", 2000)), Actions: []fyne.CanvasObject{button("Back", nil)}}.build(), smallestSize)
	body := bodyOf(window.Content())
	window.Canvas().FocusNext()
	end := body.Content.Size().Height - body.Size().Height
	for _, row := range []struct {
		key  fyne.KeyName
		want float32
	}{
		{fyne.KeyDown, aboveRevealed},
		{fyne.KeyUp, 0},
		{fyne.KeyPageDown, body.Size().Height - aboveRevealed},
		{fyne.KeyPageUp, 0},
		{fyne.KeyEnd, end},
		{fyne.KeyHome, 0},
	} {
		window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: row.key})
		if math.Abs(float64(body.Offset.Y-row.want)) > 1 {
			t.Errorf("%s scrolls to %.0f, not to %.0f", row.key, body.Offset.Y, row.want)
		}
	}
}

// keys works the window without a mouse.
type keys struct{ *person }

// press presses a key where the focus is.
func (k keys) press(key fyne.KeyName) {
	k.Helper()
	if focused := k.window.window.Canvas().Focused(); focused != nil {
		focused.TypedKey(&fyne.KeyEvent{Name: key})
		return
	}
	k.onTypedKey(&fyne.KeyEvent{Name: key})
}

// types types text where the focus is.
func (k keys) types(text string) {
	k.Helper()
	for _, letter := range text {
		focused := k.window.window.Canvas().Focused()
		if focused == nil {
			k.Fatalf("nothing takes %q", text)
		}
		focused.TypedRune(letter)
	}
}

// goes presses Tab until the focus is on what says the text, once that is there.
func (k keys) goes(text string) {
	k.Helper()
	k.until("goes to "+text, func() bool {
		canvas := k.window.window.Canvas()
		for range usable(k.window.window.Content()) {
			if focused := canvas.Focused(); focused != nil && strings.Contains(said(focused), text) {
				return true
			}
			canvas.FocusNext()
		}
		return canvas.Focused() != nil && strings.Contains(said(canvas.Focused()), text)
	})
}

// does goes to what says the text and presses Enter.
func (k keys) does(text string) {
	k.Helper()
	k.goes(text)
	k.press(fyne.KeyReturn)
}

func (k keys) escapesTo(text string) {
	k.Helper()
	k.press(fyne.KeyEscape)
	k.sees(text)
}

// command chooses from the menu, as its keys do.
func (k keys) command(name string) {
	k.Helper()
	for _, menu := range k.window.window.MainMenu().Items {
		for _, item := range menu.Items {
			if item.Label == name || strings.HasPrefix(item.Label, name+"    ") { // with its keys
				if item.Disabled {
					k.Fatalf("%q cannot be chosen now", name)
				}
				item.Action()
				return
			}
		}
	}
	k.Fatalf("no command %q", name)
}

const (
	firstScreen = "Link your photo accounts to this computer"
	whichOne    = "Which account do you want to link?"
	whatMay     = "What may Photolink do?"
)

// From the first start to an account that is gone again, without a mouse.
func TestWholeLifeByKeysAlone(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	k := keys{p}

	k.press(fyne.KeyReturn) // the main action of the first screen
	k.sees(whichOne)
	k.sees("Practice account")
	k.does("Keyed")
	k.sees("Your API key for Keyed")
	k.escapesTo(whichOne)
	k.does("Practice account")
	k.sees(whatMay)
	k.goes("Open the browser")
	k.escapesTo(whichOne) // Escape works while a button has the focus
	k.does("Practice account")
	k.sees(whatMay)
	k.goes("Read only")
	k.press(fyne.KeyDown)
	if focused, ok := k.window.window.Canvas().Focused().(*dot); !ok || !focused.chosen || strings.Contains(said(focused), "Read only") {
		t.Errorf("the arrow leads to %v", k.window.window.Canvas().Focused())
	}
	k.press(fyne.KeyUp)
	k.press(fyne.KeyReturn) // the main action, while a choice has the focus
	k.sees("this window goes on by itself")
	k.browser()
	k.escapesTo(firstScreen)
	k.press(fyne.KeyReturn)
	k.sees("Practice account")
	k.does("Practice account")
	k.sees(whatMay)
	k.press(fyne.KeyReturn)
	k.approves(sandbox.Visitor{})
	k.sees("You are signed in as Ada Practice")
	k.press(fyne.KeyReturn)
	k.sees("✓ Works")

	k.does("Ada Practice")
	k.sees("Account id")
	k.press(fyne.KeyReturn) // Check now
	k.sees("checked just now")
	k.sees("Unlink…")
	k.does("Hand over…")
	k.sees("to a backup tool")
	k.escapesTo("Unlink…")
	k.does("Hand over…")
	k.does("settings file of its own")
	k.sees("Show what changes")
	k.types(filepath.Join(t.TempDir(), "gallery-dl.json"))
	k.press(fyne.KeyReturn)
	k.sees("access-token-secret")
	k.press(fyne.KeyReturn)
	k.sees("gallery-dl has the account Ada Practice now")
	k.press(fyne.KeyReturn)
	k.sees("Unlink…")
	k.does("Unlink…")
	k.sees("Unlink Ada Practice?")
	k.escapesTo("Check now")
	k.does("Unlink…")
	k.sees("Unlink Ada Practice?")
	k.press(fyne.KeyReturn) // nothing: what takes something away is never the main action
	k.sees("Unlink Ada Practice?")
	k.goes("Unlink")
	k.press(fyne.KeySpace)
	k.sees("Ada Practice is unlinked")
	k.does("Undo")
	k.sees("Account id")
	k.escapesTo("✓ Works")

	k.command("About Photolink")
	k.does("Licences")
	k.sees("Choose one to read its terms.")
	k.goes("Part")
	k.press(fyne.KeyRight)
	k.escapesTo("Links your photo accounts")
	k.press(fyne.KeyReturn) // Show a diagnostic report
	k.sees("Copy the report")
	k.escapesTo("✓ Works")
	k.command("Take over from another tool…")
	k.goes("Keys, tokens or settings as text")
	k.window.window.Canvas().FocusNext()
	if focused := k.window.window.Canvas().Focused(); focused == nil || said(focused) != "Read what is pasted" {
		t.Errorf("Tab leads from the field of some lines to %v", focused)
	}
	k.escapesTo("✓ Works")
}

// The API key's page, typed into by keys alone.
func TestKeyPagesByKeysAlone(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	k := keys{p}
	k.does("Link an account")
	k.does("Keyed")
	k.sees("Your API key for Keyed")
	k.types(sandbox.PracticeClient.Key)
	k.window.window.Canvas().FocusNext()
	k.types(sandbox.PracticeClient.Secret.Reveal())
	k.press(fyne.KeyReturn)
	k.sees(whatMay)
	k.press(fyne.KeyReturn)
	k.approves(sandbox.Visitor{})
	k.sees("You are signed in as Ada Practice")
	k.does("Done")
	k.sees("✓ Works")
	k.command("API keys")
	k.does("Key 7072")
	k.sees("A key that an account uses cannot be forgotten")
	k.types("mine")
	k.press(fyne.KeyReturn)
	k.sees("✓ Saved.")
	k.sees("mine")
	k.escapesTo("✓ Works")

	k.command("Settings…")
	k.sees("Size of text")
	k.goes("Keep a log")
	k.types(" ")
	k.press(fyne.KeyReturn) // Save, while a box has the focus
	k.sees("✓ Works")
	if !k.photolink.Settings().Log {
		t.Error("Space did not tick the box, or Enter did not save")
	}
	k.command("Settings…")
	k.sees("Size of text")
	k.goes("Colours")
	k.press(fyne.KeyRight)
	k.escapesTo("✓ Works")
	if k.photolink.Settings().Theme != "" {
		t.Error("Escape saved")
	}
}

// In a field of some lines Tab leads on, as everywhere.
func TestTabIsNotCaught(t *testing.T) {
	themed(t)
	for name, build := range views(nil) {
		for _, one := range usable(shown(t, build(), usualSize).Content()) {
			if tabbed, ok := one.(fyne.Tabbable); ok && tabbed.AcceptsTab() {
				t.Errorf("%s: %q keeps Tab", name, said(one))
			}
		}
	}
}

// Every command of the menu has keys of its own, and leads where it says.
func TestMenuByKeys(t *testing.T) {
	for name, row := range map[string]struct {
		sees string // what the command shows; empty where it shows nothing
		page bool   // it is about the account on the screen
	}{
		"Link an account…":             {sees: whichOne},
		"Take over from another tool…": {sees: "Look on this computer"},
		"Check all accounts":           {sees: "✓ All accounts were checked."},
		"Settings…":                    {sees: "Size of text"},
		"Quit":                         {},
		"Check now":                    {sees: "checked just now", page: true},
		"Hand over…":                   {sees: "to a backup tool", page: true},
		"Link again":                   {sees: whatMay, page: true},
		"Copy the account id":          {page: true},
		"Unlink…":                      {sees: "Unlink Ada Practice?", page: true},
		"Your accounts":                {sees: "✓ Works"},
		"API keys":                     {sees: "Add a key"},
		"About Photolink":              {sees: "Links your photo accounts"},
		"Diagnostic report":            {sees: "Copy the report"},
		"Licences":                     {sees: "Choose one to read its terms."},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := newPerson(t, &keyring{})
			k := keys{p}
			k.linksPractice()
			for _, menu := range k.window.window.MainMenu().Items {
				for _, item := range menu.Items {
					if !item.Disabled && !item.IsQuit {
						t.Errorf("%q can be chosen while an account is being linked", item.Label)
					}
					if item.Disabled {
						item.Action() // Fyne does, by its keys
					}
				}
			}
			k.approves(sandbox.Visitor{})
			k.sees("You are signed in as Ada Practice")
			k.press(fyne.KeyReturn)
			k.sees("✓ Works")
			if row.page {
				k.does("Ada Practice")
				k.sees("Account id")
			}
			if name == "Quit" {
				return // what it does is to close the window, which the end of the test does
			}
			k.command(name)
			switch {
			case row.sees != "":
				k.sees(row.sees)
			case k.fyne.Clipboard().Content() != "12345678@N00":
				t.Errorf("copied %q", k.fyne.Clipboard().Content())
			}
		})
	}
	p, _ := newPerson(t, &keyring{})
	taken := map[string]string{}
	for _, menu := range p.window.window.MainMenu().Items {
		for _, item := range menu.Items {
			shortcut := item.Shortcut
			if shortcut == nil || !strings.Contains(item.Label, "Ctrl+") && runtime.GOOS != "darwin" {
				if item.Label != "Licences" {
					t.Errorf("%q has no keys", item.Label)
				}
				continue
			}
			if other, found := taken[shortcut.ShortcutName()]; found {
				t.Errorf("%q and %q have the same keys", item.Label, other)
			}
			taken[shortcut.ShortcutName()] = item.Label
		}
	}
}

// What a screen reader is told is in the language of the person too.
func TestNamesAreTranslated(t *testing.T) {
	themed(t)
	english, other := views(nil), views(language.Pseudo())
	for name := range english {
		for i, one := range usable(shown(t, other[name](), usualSize).Content()) {
			if c, ok := one.(*chooser); ok {
				if was := usable(shown(t, english[name](), usualSize).Content())[i].(*chooser); was.name == c.name {
					t.Errorf("%s: the list is called %q in both languages", name, c.name)
				}
			}
		}
	}
}
