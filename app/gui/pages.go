//go:build !nogui

package gui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/resources"
	"photolink/resources/licences"
)

// showSettings lets the person change the settings.
func (w *window) showSettings() {
	title := w.say().Say("Settings · Photolink")
	w.show(title, widget.NewLabel(""), nil, w.showHome)
	start(w, func(context.Context) settingsView {
		view := settingsView{
			Settings: w.photolink.Settings(), Vaults: w.photolink.Vaults(), Browsers: w.photolink.Browsers(),
			Folder: w.photolink.Folder(), LogFile: w.photolink.LogFile(),
		}
		if problem := w.photolink.SettingsProblem(); problem != nil {
			view.Problem = "! " + link.Explain(w.say(), problem, provider.Provider{}).What
			if _, broken := errors.AsType[*app.BrokenSettingsError](problem); broken {
				view.Problem = w.say().Say("! The settings of the last time cannot be read, so the usual ones hold. What was there is kept beside them when you save.")
			}
		}
		system := language.For(language.System()...).Tag()
		for _, l := range language.All() {
			if l.Tag == system {
				view.System = l.Name
			}
		}
		return view
	}, w.editSettings)
}

// editSettings shows the settings as the person has changed them so far.
func (w *window) editSettings(view settingsView) {
	view.Speaker = w.say()
	view.OnChange = func(changed app.Settings) { view.Settings = changed }
	view.OnCopy = w.copy
	view.OnCancel, view.OnAbout, view.OnRemove = w.showHome, w.showAbout, w.showRemove
	view.OnKeys = func() { w.showKeys("", nil) }
	view.OnSave = func() {
		settings := view.Settings
		start(w, func(context.Context) error { return w.photolink.SaveSettings(settings) }, func(err error) {
			if wrong, ok := errors.AsType[*app.SettingError](err); ok {
				view.Problem = "! " + wrong.Words(w.say())
				w.editSettings(view)
				return
			}
			if err != nil {
				w.showProblem(err, func() { w.editSettings(view) }, w.showHome)
				return
			}
			w.showHome() // which is empty at first, so that there is little to paint anew
			w.applySettings()
		})
	}
	content, first := view.build()
	w.show(w.say().Say("Settings · Photolink"), content, view.OnSave, view.OnCancel)
	w.window.Canvas().Focus(first)
}

// applySettings makes the window look as the settings say. A screen that would take long to paint anew is made anew.
func (w *window) applySettings() {
	if w.anew != nil {
		w.anew()
	}
	w.fyne.Settings().SetTheme(newTheme(w.photolink.Settings(), w.moreContrast))
	w.readFont(fyne.TextStyle{}) // Fyne forgets its fonts then
	w.readFont(fyne.TextStyle{Bold: true})
}

// readFont gives a font, which takes a while to read, a turn of its own before text asks for all at once.
func (w *window) readFont(style fyne.TextStyle) {
	w.do(func() { fyne.MeasureText("A", usualText, style) })
}

// showKeys lists the API keys. news says what was done last, trouble what went wrong.
func (w *window) showKeys(news string, trouble *link.Trouble) {
	title := w.say().Say("API keys · Photolink")
	w.show(title, widget.NewLabel(""), nil, w.showHome)
	type result struct {
		keys []app.KeyUse
		err  error
	}
	start(w, func(context.Context) result {
		keys, err := w.photolink.AllKeys()
		return result{keys, err}
	}, func(r result) {
		if r.err != nil {
			w.showProblem(r.err, func() { w.showKeys("", nil) }, w.showHome)
			return
		}
		view := keysView{Speaker: w.say(), Keys: r.keys, News: news, Trouble: trouble, OnBack: w.showHome, OnAdd: w.showAddKey}
		view.OnKey = func(key app.KeyUse) { w.showKeyPage(keyPageView{Key: key, Name: key.Name, Callback: key.Callback}) }
		w.show(title, view.build(), view.OnAdd, view.OnBack)
	})
}

// showAddKey begins with the choice of a service, since a key belongs to one.
func (w *window) showAddKey() {
	say := w.say()
	title := say.Say("Add a key · Photolink")
	w.show(title, widget.NewLabel(""), nil, func() { w.showKeys("", nil) })
	start(w, func(context.Context) []provider.Provider { return w.providers() }, func(all []provider.Provider) {
		view := chooseView{Speaker: say, Title: say.Say("Which service is the key for?"), OnCancel: func() { w.showKeys("", nil) }}
		for _, p := range all {
			if !p.KeyIsFixed {
				view.Services = append(view.Services, serviceRow{Provider: p})
			}
		}
		view.OnChoose = func(p provider.Provider) { w.typeKey(p, keyView{}) }
		w.show(title, view.build(), nil, view.OnCancel)
	})
}

// typeKey takes a key that is kept without an account.
func (w *window) typeKey(p provider.Provider, view keyView) {
	if view.Given.Callback == "" {
		view.Given.Callback = p.Callback.Registered
	}
	view.Speaker, view.Provider, view.KeepOnly = w.say(), p, true
	view.OnGetKey = func() { w.openPage(p.KeyPage) }
	view.OnCopy = w.copy
	view.OnBack = func() { w.showKeys("", nil) }
	view.OnFile = func() {
		w.chooseFile(func(name string) {
			w.readKey(p, view, name, func(next keyView) { w.typeKey(p, next) }, nil)
		})
	}
	view.OnNext = func(given typedKey) {
		view.Given = given
		if err := link.CheckCallback(p, given.Callback); err != nil {
			view.News = w.callbackWords()
			w.typeKey(p, view)
			return
		}
		if given.Callback == p.Callback.Registered {
			given.Callback = ""
		}
		start(w, func(ctx context.Context) error {
			_, err := w.photolink.SaveKey(ctx, account.Key{Provider: p.ID, Name: given.Name, Callback: given.Callback}, given.Credentials)
			return err
		}, func(err error) {
			if err != nil {
				w.showProblem(err, func() { w.typeKey(p, view) }, view.OnBack)
				return
			}
			w.showKeys(w.say().Say("✓ The key is kept."), nil)
		})
	}
	content, first := view.build()
	w.show(w.say().Say("Add a key · Photolink"), content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
}

// showKeyPage shows one key. view holds what is on the screen.
func (w *window) showKeyPage(view keyPageView) {
	title := w.say().Say("API key · Photolink")
	key := view.Key
	view.Speaker = w.say()
	view.Provider, _ = w.provider(key.Provider)
	if view.Callback == "" {
		view.Callback = view.Provider.Callback.Registered
	}
	if view.Provider.KeyPage != "" {
		view.OnPage = func() { w.openPage(view.Provider.KeyPage) }
	}
	view.OnBack = func() { w.showKeys("", nil) }
	work := func(what func(context.Context) error, done func()) {
		busy := view
		busy.Busy, busy.Trouble, busy.News = true, nil, ""
		content, _ := busy.build()
		w.show(title, content, nil, view.OnBack)
		start(w, what, func(err error) {
			if view.Trouble, view.News = w.troubleOf(err, view.Provider), ""; err != nil {
				w.showKeyPage(view)
				return
			}
			done()
		})
	}
	view.OnTest = func() {
		work(func(ctx context.Context) error { return w.photolink.TestKey(ctx, key.ID) }, func() {
			view.News = w.say().Say("✓ {{.Service}} knows this key.", language.Values{"Service": key.Service})
			w.showKeyPage(view)
		})
	}
	view.OnSave = func(name, callback string) {
		view.Name, view.Callback = name, callback
		if callback == view.Provider.Callback.Registered {
			callback = ""
		}
		work(func(context.Context) error { return w.photolink.RenameKey(key.ID, name, callback) }, func() {
			w.showKeys(w.say().Say("✓ Saved."), nil)
		})
	}
	view.OnDelete = func() {
		work(func(ctx context.Context) error { return w.photolink.DeleteKey(ctx, key.ID) }, func() {
			w.showKeys(w.say().Say("✓ The key is forgotten."), nil)
		})
	}
	content, first := view.build()
	w.show(title, content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
}

// showAbout says what this program is.
func (w *window) showAbout() { w.aboutPage(aboutView{}) }

// showReport makes a diagnostic report and shows it.
func (w *window) showReport() {
	w.aboutPage(aboutView{Shown: true})
	w.readFont(fyne.TextStyle{Monospace: true}) // not at the start: it takes 7 MB
	display := w.display()
	start(w, func(ctx context.Context) string { return w.photolink.Report(ctx, display) }, func(report string) {
		w.aboutPage(aboutView{Shown: true, Report: report})
	})
}

func (w *window) aboutPage(view aboutView) {
	view.Speaker, view.Version, view.Icon = w.say(), app.Version, fyne.NewStaticResource("photolink.svg", resources.Icon)
	view.OnBack, view.OnLicences, view.OnReport, view.OnCopy = w.showHome, w.showLicences, w.showReport, w.copy
	main := view.OnReport
	if view.Shown {
		main = func() { w.copy(view.Report) }
	}
	w.show(w.say().Say("About Photolink"), view.build(), main, view.OnBack)
}

// showLicences shows the terms of the parts.
func (w *window) showLicences() {
	view := licencesView{Speaker: w.say(), OnBack: w.showAbout, Later: w.do}
	for _, group := range licences.Groups() {
		name := group.Name + " · " + group.Modules[0]
		if len(group.Modules) > 1 {
			name += " …"
		}
		view.Parts = append(view.Parts, licencePart{name, strings.Join(group.Modules, "\n") + "\n\n" + group.Text})
	}
	w.show(w.say().Say("Licences · Photolink"), view.build(), view.OnBack, view.OnBack)
}
