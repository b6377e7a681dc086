//go:build !nogui

package gui

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"photolink/app/language"
)

// command is something that can be done from anywhere, by the menu or by its keys.
type command struct {
	name    string
	key     fyne.KeyName // with Control, or Command on a Mac; empty for none
	shift   bool
	off     bool // it makes no sense now
	quits   bool // it is what the system calls Quit
	perform func()
}

// keys are what the menu shows beside the name.
func (c command) keys(say *language.Speaker) string {
	switch {
	case c.key == "":
		return ""
	case c.shift:
		return say.Say("Ctrl+Shift+{{.Key}}", language.Values{"Key": c.key})
	}
	return say.Say("Ctrl+{{.Key}}", language.Values{"Key": c.key})
}

// readable is a shortcut that Fyne does not draw: its own drawing is too faint to be read.
type readable struct{ name string }

// ShortcutName is that of the keys.
func (r readable) ShortcutName() string { return r.name }

// shortcut is nil where there is none.
func (c command) shortcut() *desktop.CustomShortcut {
	if c.key == "" {
		return nil
	}
	s := &desktop.CustomShortcut{KeyName: c.key, Modifier: fyne.KeyModifierShortcutDefault}
	if c.shift {
		s.Modifier |= fyne.KeyModifierShift
	}
	return s
}

// updateMenu makes the menu for what the window shows now. While an account is being linked, nothing that leaves the
// screen can be chosen: it would give the link up without a question.
func (w *window) updateMenu() {
	say, page := w.say(), w.page
	noPage := page == nil || w.linking
	ofPage := func(perform func(accountView)) func() {
		return func() {
			if w.page != nil {
				perform(*w.page)
			}
		}
	}
	menu := func(name string, commands ...command) *fyne.Menu {
		var items []*fyne.MenuItem
		for _, c := range commands {
			item := &fyne.MenuItem{Label: c.name, Action: c.perform, Disabled: c.off, IsQuit: c.quits}
			if c.off {
				item.Action = func() {} // Fyne performs what is disabled, if its keys are pressed
			}
			if keys := c.shortcut(); keys != nil && runtime.GOOS == "darwin" { // the system draws it
				item.Shortcut = keys
			} else if keys != nil {
				item.Label += "    " + c.keys(say)
				item.Shortcut = readable{keys.ShortcutName()}
			}
			items = append(items, item)
		}
		return fyne.NewMenu(name, items...)
	}
	w.window.SetMainMenu(fyne.NewMainMenu(
		menu("Photolink",
			command{name: say.Say("Link an account…"), key: fyne.KeyN, off: w.linking, perform: w.showChoose},
			command{name: say.Say("Take over from another tool…"), key: fyne.KeyO, off: w.linking, perform: func() { w.showTakeOver(takeOverView{}) }},
			command{name: say.Say("Check all accounts"), key: fyne.KeyR, off: w.linking, perform: w.checkAll},
			command{name: say.Say("Settings…"), key: fyne.KeyComma, off: w.linking, perform: w.showSettings},
			command{name: say.Say("Quit"), key: fyne.KeyQ, quits: true, perform: w.window.Close},
		),
		menu(say.Say("Account"),
			command{name: say.Say("Check now"), key: fyne.KeyK, off: noPage, perform: ofPage(w.check)},
			command{name: say.Say("Hand over…"), key: fyne.KeyE, off: noPage, perform: ofPage(func(v accountView) { w.showTools(v.Account, nil) })},
			command{name: say.Say("Link again"), key: fyne.KeyL, off: noPage, perform: ofPage(func(v accountView) { w.linkAgain(v.Account, v.Provider) })},
			command{name: say.Say("Copy the account id"), key: fyne.KeyI, off: noPage, perform: ofPage(func(v accountView) { w.copy(v.Account.UserID) })},
			command{name: say.Say("Unlink…"), key: fyne.KeyU, off: noPage, perform: ofPage(w.showUnlink)},
		),
		menu(say.Say("View"),
			command{name: say.Say("Your accounts"), key: fyne.Key1, off: w.linking, perform: w.showHome},
			command{name: say.Say("API keys"), key: fyne.Key2, off: w.linking, perform: func() { w.showKeys("", nil) }},
		),
		menu(say.Say("Help"),
			command{name: say.Say("About Photolink"), key: fyne.KeyA, shift: true, off: w.linking, perform: w.showAbout},
			command{name: say.Say("Diagnostic report"), key: fyne.KeyD, shift: true, off: w.linking, perform: w.showReport},
			command{name: say.Say("Licences"), off: w.linking, perform: w.showLicences},
		),
	))
}
