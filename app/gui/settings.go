//go:build !nogui

package gui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/language"
)

// settingsView is the page of settings. Nothing is changed before Save.
type settingsView struct {
	*language.Speaker
	Settings app.Settings
	System   string        // the language that the system asks for, in its own words
	Vaults   []string      // the names of those that there are, best first
	Browsers []app.Browser // those that were found on this computer
	Folder   string        // where the data lies
	LogFile  string
	Problem  string // why they cannot be saved; empty for nothing

	OnSave, OnKeys, OnAbout, OnRemove, OnCancel func()
	// OnChange is called with the settings as they are on the screen, each time that one changes.
	OnChange func(app.Settings)
	OnCopy   func(text string)
}

// option is a choice and what it is called.
type option struct{ value, name string }

// selection lets the person choose one of some.
func selection(options []option, chosen string, onChange func(string)) *chooser {
	var names []string
	for _, o := range options {
		names = append(names, o.name)
	}
	choose := newChooser(names)
	choose.SetSelectedIndex(max(0, slices.IndexFunc(options, func(o option) bool { return o.value == chosen })))
	choose.OnChanged = func(string) { onChange(options[choose.SelectedIndex()].value) }
	return choose
}

func (v settingsView) build() (screen fyne.CanvasObject, first fyne.Focusable) {
	now := v.Settings
	changed := func(change func()) func(string) {
		return func(string) { change(); v.OnChange(now) }
	}
	var languageOf, themeOf, sizeOf, vaultOf *chooser

	languages := []option{{"", v.Say("As the system ({{.Language}})", language.Values{"Language": v.System})}}
	for _, l := range language.All() {
		languages = append(languages, option{l.Tag, l.Name})
	}
	languageOf = selection(languages, now.Language, func(tag string) { now.Language = tag; v.OnChange(now) })
	themeOf = selection([]option{
		{"", v.Say("As the system")},
		{app.LightTheme, v.Say("Light")},
		{app.DarkTheme, v.Say("Dark")},
		{app.HighContrastTheme, v.Say("High contrast")},
	}, now.Theme, func(name string) { now.Theme = name; v.OnChange(now) })
	var sizes []option
	for _, percent := range app.TextSizes() {
		sizes = append(sizes, option{strconv.Itoa(percent), v.Say("{{.Percent}} %", language.Values{"Percent": percent})})
	}
	sizeOf = selection(sizes, strconv.Itoa(now.TextSize), func(percent string) {
		now.TextSize, _ = strconv.Atoi(percent)
		v.OnChange(now)
	})

	vaults := []option{{"", v.Say("Automatic: the best that this computer has")}}
	for _, name := range v.Vaults {
		vaults = append(vaults, option{name, vaultName(v.Speaker, name)})
	}
	vaultOf = selection(vaults, now.Vault, func(name string) { now.Vault = name; v.OnChange(now) })

	browser := newField(v.OnCancel)
	browser.SetText(now.Browser)
	browser.SetPlaceHolder(v.Say("The browser of the system"))
	browser.OnChanged = func(text string) { changed(func() { now.Browser = strings.TrimSpace(text) })("") }
	browsers := side()
	for _, found := range append([]app.Browser{{Name: v.Say("The system’s")}}, v.Browsers...) {
		browsers.Add(button(found.Name, func() { browser.SetText(found.Program) }))
	}

	port := newField(v.OnCancel)
	if now.Port != 0 {
		port.SetText(strconv.Itoa(now.Port))
	}
	port.SetPlaceHolder(v.Say("Any free one"))
	port.OnChanged = func(text string) {
		changed(func() {
			number, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil && strings.TrimSpace(text) != "" {
				number = -1 // what Check refuses in words
			}
			now.Port = number
		})("")
	}

	proxy := newField(v.OnCancel)
	if now.Proxy != app.NoProxy {
		proxy.SetText(now.Proxy)
	}
	proxy.SetPlaceHolder("http://proxy.example.org:3128")
	proxy.OnChanged = func(text string) { changed(func() { now.Proxy = strings.TrimSpace(text) })("") }
	var direct *tickBox
	enable := func() {
		if direct.Checked {
			proxy.Disable()
		} else {
			proxy.Enable()
		}
	}
	directLine, direct := tick(v.Say("Connect without a proxy, whatever the system says"), now.Proxy == app.NoProxy, func(on bool) {
		now.Proxy = strings.TrimSpace(proxy.Text)
		if on {
			now.Proxy = app.NoProxy
		}
		enable()
		v.OnChange(now)
	})
	enable()
	log, _ := tick(v.Say("Keep a log"), now.Log, func(on bool) { now.Log = on; v.OnChange(now) })
	for _, entry := range []*field{browser, port, proxy} {
		entry.OnSubmitted = func(string) { v.OnSave() }
	}

	section := func(title string, parts ...fyne.CanvasObject) fyne.CanvasObject {
		return card(list(append([]fyne.CanvasObject{heading(title, theme.SizeNameSubHeadingText)}, parts...)...))
	}
	body := list()
	if v.Problem != "" {
		body.Add(warning(v.Problem))
	}
	body.Add(section(v.Say("Look"),
		labelled(v.Say("Language"), languageOf, ""),
		labelled(v.Say("Colours"), themeOf, ""),
		labelled(v.Say("Size of text"), sizeOf, "")))
	body.Add(section(v.Say("Secrets"),
		labelled(v.Say("Where new ones are kept"), vaultOf, v.Say("Accounts that are linked already stay where they are; their own page can move them.")),
		container.NewHBox(button(v.Say("API keys…"), v.OnKeys))))
	body.Add(section(v.Say("Browser"),
		labelled(v.Say("Program that opens pages"), browser, v.Say("Its name, or the path of the program. Leave it empty for the browser of the system.")),
		browsers))
	body.Add(section(v.Say("Connection"),
		labelled(v.Say("Proxy"), proxy, v.Say("Leave it empty to do as the system does. A proxy that asks for a password has to be set up in the system.")),
		directLine,
		labelled(v.Say("Port that Photolink listens on while you approve"), port,
			v.Say("Only for a firewall that has to know it: a number from 1024 to 65535. It is open on this computer alone, and closed as soon as you are signed in."))))
	body.Add(section(v.Say("Log"),
		log,
		soft(v.Say("Steps, times and errors of what Photolink does, to find out what went wrong. Never a secret, a token or your name.")),
		pathLine(v.Speaker, v.LogFile, v.OnCopy)))
	body.Add(section(v.Say("Your data"),
		soft(v.Say("The list of accounts, settings and your own services lie in this folder. Secrets do not.")),
		pathLine(v.Speaker, v.Folder, v.OnCopy),
		side(button(v.Say("Remove everything…"), v.OnRemove))))
	return frame{
		Title: v.Say("Settings"), Body: body,
		Foot:    side(quietButton(v.Say("About Photolink"), v.OnAbout)),
		Actions: []fyne.CanvasObject{button(v.Say("Cancel"), v.OnCancel), mainButton(v.Say("Save"), v.OnSave)},
	}.build(), languageOf
}

// pathLine is a path with a button that copies it.
func pathLine(say *language.Speaker, path string, onCopy func(string)) fyne.CanvasObject {
	return container.NewBorder(nil, nil, nil, copyButton(say, func() { onCopy(path) }), copyable(path))
}

// vaultName is what a vault is called in a list.
func vaultName(say *language.Speaker, vault string) string {
	switch vault {
	case account.KeyringVault:
		return say.Say("The keyring of the system")
	case account.FileVault:
		return say.Say("A file encrypted with a passphrase")
	case account.SessionVault:
		return say.Say("Nowhere: forget them when Photolink is closed")
	}
	return vault
}
