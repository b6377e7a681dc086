//go:build !nogui

package gui

import (
	"image/color"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/resources"
)

var (
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ada  = account.Account{
		ID: "ada", Provider: "flickr", UserID: "12345678@N00", UserName: "adapractice", Name: "Ada Practice",
		Permission: "read", PermissionAsked: "read", Vault: account.KeyringVault,
		State: account.StateWorks, CheckedAt: noon.Add(-2 * time.Minute),
	}
)

func flickr() provider.Provider { return provider.Flickr() }

// service returns one that comes with Photolink.
func service(id string) provider.Provider {
	for _, p := range provider.BuiltIn() {
		if p.ID == id {
			return p
		}
	}
	panic("no service " + id)
}

// changed returns a copy of an account.
func changed(a account.Account, change func(*account.Account)) account.Account {
	change(&a)
	return a
}

// homeOf lists accounts.
func homeOf(say *language.Speaker, cards ...accountCard) *homeView {
	return &homeView{Speaker: say, Count: len(cards), Card: func(place int) accountCard { return cards[place] }}
}

func approving(say *language.Speaker, events ...link.Event) fyne.CanvasObject {
	v := &approveView{Speaker: say, Provider: flickr(), Permission: flickr().Permission("read"), Elapsed: 14 * time.Second}
	screen := v.build()
	for _, event := range events {
		v.apply(event)
	}
	return screen
}

// toAuthorize are the events up to the open browser.
func toAuthorize(more ...link.Event) []link.Event {
	return append([]link.Event{
		{Kind: link.StepStarted, Step: link.Prepare},
		{Kind: link.StepDone, Step: link.Prepare},
		{Kind: link.StepStarted, Step: link.Ask},
		{Kind: link.StepDone, Step: link.Ask},
		{Kind: link.StepStarted, Step: link.Authorize},
		{Kind: link.BrowserOpening, Step: link.Authorize, StartURL: "http://127.0.0.1:1/start/x"},
	}, more...)
}

// views are the screens in the states that a person can meet.
func views(say *language.Speaker) map[string]func() fyne.CanvasObject {
	keyScreen := func(v keyView) func() fyne.CanvasObject {
		v.Given.Callback = v.Provider.Callback.Registered
		return func() fyne.CanvasObject { screen, _ := v.build(); return screen }
	}
	permissionScreen := func(v permissionView) func() fyne.CanvasObject {
		return func() fyne.CanvasObject { screen, _ := v.build(); return screen }
	}
	legacyScreen := func(v legacyView) func() fyne.CanvasObject {
		v.Provider = flickr()
		return func() fyne.CanvasObject { screen, _ := v.build(); return screen }
	}
	noPlugin := link.Explain(say, provider.ErrNoOAuth, provider.Provider{Name: "blog.example.org"})
	unsaved := link.Explain(say, &link.UnsavedError{
		Err: &account.VaultError{Vault: account.KeyringVault, State: account.VaultLocked},
	}, flickr())
	wrongSecret := link.Explain(say, &link.StepError{Step: link.Ask, Err: oauth.ProblemSignatureInvalid}, flickr())
	return map[string]func() fyne.CanvasObject{
		"home-empty": (&homeView{Speaker: say, Icon: fyne.NewStaticResource("photolink.png", resources.WindowIcon)}).build,
		"home": homeOf(say,
			accountCard{Account: ada, Service: "Flickr", Permission: "Read only", Now: noon},
			accountCard{Account: changed(ada, func(a *account.Account) {
				a.Name, a.UserName, a.State = "Sam Sample", "samsample", account.StateWithdrawn
			}), Service: "Flickr", Permission: "Read and upload", Now: noon},
			accountCard{Account: changed(ada, func(a *account.Account) {
				a.Name, a.State, a.Vault = strings.Repeat("A name that does not end ", 8), account.StateUnknown, account.SessionVault
			}), Service: "Practice account", Permission: "Read only", Now: noon},
		).build,
		"choose": func() fyne.CanvasObject {
			rows := []serviceRow{}
			for _, p := range provider.BuiltIn() {
				rows = append(rows, serviceRow{Provider: p, KeyKnown: p.ID == "flickr"})
			}
			return chooseView{Speaker: say, Services: append(rows, serviceRow{Provider: provider.Practice("", oauth.ClientCredentials{})})}.build()
		},
		"choose-broken": chooseView{
			Speaker:  say,
			Services: []serviceRow{{Provider: flickr()}}, Broken: []string{"mine.toml, line 7: name is missing"},
		}.build,
		"add-service": func() fyne.CanvasObject {
			screen, _ := addServiceView{Speaker: say, Address: "blog.example.org", Trouble: &noPlugin}.build()
			return screen
		},
		"key": keyScreen(keyView{Speaker: say, Provider: flickr(), OnLegacy: func(typedKey) {}}),
		"key-stored": keyScreen(keyView{Speaker: say, Provider: flickr(), Stored: []account.Key{
			{Name: "my backup", Hint: "0123…cdef"}, {Hint: "4567…89ab"},
		}}),
		"key-commons":     keyScreen(keyView{Speaker: say, Provider: service("commons")}),
		"key-photobucket": keyScreen(keyView{Speaker: say, Provider: service("photobucket"), News: "✓ Read from a file of gallery-dl. The file was not changed."}),
		"permission":      permissionScreen(permissionView{Speaker: say, Provider: flickr(), Chosen: "read", KeyHint: "0123…cdef"}),
		"permission-smugmug": permissionScreen(permissionView{
			Speaker:  say,
			Provider: service("smugmug"), Chosen: service("smugmug").Permissions[0].ID, OwnKey: true,
		}),
		"permission-tumblr":      permissionScreen(permissionView{Speaker: say, Provider: service("tumblr"), Chosen: service("tumblr").Permissions[0].ID}),
		"permission-photobucket": permissionScreen(permissionView{Speaker: say, Provider: service("photobucket"), Chosen: service("photobucket").Permissions[0].ID}),
		"legacy":                 legacyScreen(legacyView{Speaker: say}),
		"legacy-busy":            legacyScreen(legacyView{Speaker: say, Busy: true}),
		"legacy-unsaved":         legacyScreen(legacyView{Speaker: say, Unsaved: true, Trouble: &unsaved, Others: otherVaults(say, func(string) func() { return nil })}),
		"approve-preparing": func() fyne.CanvasObject {
			return approving(say, link.Event{Kind: link.StepStarted, Step: link.Prepare})
		},
		"approve-practice": func() fyne.CanvasObject { // the longest name of a service
			practice := provider.Practice("", oauth.ClientCredentials{})
			v := &approveView{Speaker: say, Provider: practice, Permission: practice.Permission("delete")}
			screen := v.build()
			for _, event := range toAuthorize() {
				v.apply(event)
			}
			return screen
		},
		"approve-waiting": func() fyne.CanvasObject { return approving(say, toAuthorize()...) },
		"approve": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.BrowserReached})...)
		},
		"approve-no-browser": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.BrowserFailed, Err: account.ErrNotFound})...)
		},
		"approve-https": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.SecureAddressTried})...)
		},
		"approve-paste-refused": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.PasteRefused, Err: link.ErrPasteForeign})...)
		},
		"approve-declined-elsewhere": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.DeclinedElsewhere})...)
		},
		"approve-incomplete": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.AnswerIncomplete})...)
		},
		"approve-no-browser-yet": func() fyne.CanvasObject {
			v := &approveView{Speaker: say, Provider: flickr(), Permission: flickr().Permission("read")}
			screen := v.build()
			for _, event := range toAuthorize(link.Event{Kind: link.ClockCorrected, ClockOffset: 22 * time.Minute}) {
				v.apply(event)
			}
			v.tick(browserOverdue)
			return screen
		},
		"approve-no-answer-yet": func() fyne.CanvasObject {
			v := &approveView{Speaker: say, Provider: flickr(), Permission: flickr().Permission("read")}
			screen := v.build()
			v.tick(5 * time.Second)
			for _, event := range toAuthorize(link.Event{Kind: link.BrowserReached}) {
				v.apply(event)
			}
			v.tick(5*time.Second + answerOverdue)
			return screen
		},
		"approve-elsewhere": func() fyne.CanvasObject {
			v := &approveView{Speaker: say, Provider: flickr(), Permission: flickr().Permission("read"), OutOfBand: true}
			screen := v.build()
			v.apply(link.Event{Kind: link.StepStarted, Step: link.Authorize})
			v.apply(link.Event{Kind: link.CodeAwaited, Page: "https://www.flickr.com/services/oauth/authorize?oauth_token=1&perms=read"})
			return screen
		},
		"approve-finishing": func() fyne.CanvasObject {
			return approving(say, toAuthorize(link.Event{Kind: link.StepDone, Step: link.Authorize},
				link.Event{Kind: link.StepStarted, Step: link.Exchange})...)
		},
		"identity":       identityView{Speaker: say, Account: ada, Provider: flickr(), KeyHint: "0123…cdef"}.build,
		"identity-again": identityView{Speaker: say, Account: ada, Provider: flickr(), Again: true}.build,
		"identity-whole": identityView{
			Speaker: say,
			Account: changed(ada, func(a *account.Account) { a.Plan, a.PhotoCount = "Pro", 12345 }), Provider: flickr(), KeyHint: "0123…cdef",
		}.build,
		"identity-smugmug-less": identityView{
			Speaker:  say,
			Account:  changed(ada, func(a *account.Account) { a.Permission, a.PermissionAsked = "read", "modify" }),
			Provider: service("smugmug"),
		}.build,
		"identity-less-than-asked": identityView{
			Speaker: say,
			Account: changed(ada, func(a *account.Account) { a.PermissionAsked = "write" }), Provider: flickr(),
		}.build,
		"account":          accountView{Speaker: say, Account: ada, Provider: flickr(), KeyHint: "0123…cdef", Now: noon}.build,
		"account-checking": accountView{Speaker: say, Account: ada, Provider: flickr(), Checking: true, Now: noon}.build,
		"account-withdrawn": func() fyne.CanvasObject {
			trouble := link.Explain(say, provider.ErrTokenRefused, flickr())
			return accountView{
				Speaker: say,
				Account: changed(ada, func(a *account.Account) { a.State = account.StateWithdrawn }), Provider: flickr(),
				Trouble: &trouble, Now: noon,
			}.build()
		},
		"handover-tools": toolsView{
			Speaker: say,
			Account: ada, Tools: app.ToolsFor("flickr"),
			Handed: []account.Handover{{Tool: "gallery-dl", Path: "/home/ada/.gallery-dl.conf"}},
		}.build,
		"handover-preview": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("flickcurl")
			screen, _ := previewView{
				Speaker: say,
				Account: ada, Tool: tool, Path: "/home/ada/.flickcurl.conf", Warning: "It needs more than reading.",
				Preview: "+ [flickr]\n+ oauth_client_key=0123…\n+ oauth_client_secret=fedc…\n",
			}.build()
			return screen
		},
		"handover-choose-path": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("env")
			screen, _ := previewView{Speaker: say, Account: ada, Tool: tool}.build()
			return screen
		},
		"handover-done": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("flickcurl")
			return handedView{Speaker: say, Account: ada, Tool: tool, Written: handover.Written{
				Paths: []string{"/home/ada/.flickcurl.conf"}, Backups: []string{"/home/ada/.flickcurl.conf.photolink-backup"},
			}}.build()
		},
		"take-over": takeOverView{Speaker: say, News: "✓ The key is kept.", Rows: []foundRow{
			{Title: "gallery-dl · Flickr", Detail: "/home/ada/.config/gallery-dl/config.json", Action: "Take over the account", On: func() {}},
			{Title: "× /home/ada/.smugcli", Detail: "expected a settings file, found a picture"},
		}}.build,
		"unlink": unlinkView{Speaker: say, Account: ada, Provider: flickr(), KeyHint: "0123…cdef"}.build,
		"account-handed": accountView{
			Speaker: say,
			Account: ada, Provider: flickr(), Now: noon, Handed: []account.Handover{{Tool: "gallery-dl"}, {Tool: "env"}},
		}.build,
		"unlink-handed": unlinkView{Speaker: say, Account: ada, Provider: flickr(), Handed: []string{"/home/ada/.gallery-dl.conf"}}.build,
		"unlinked":      (&unlinkedView{Speaker: say, Account: ada, Provider: flickr()}).build,
		"unlinked-handed": (&unlinkedView{
			Speaker: say, Account: ada, Provider: flickr(), Handed: []string{"/home/ada/.gallery-dl.conf"},
		}).build,
		"unlinked-gone":  (&unlinkedView{Speaker: say, Account: ada, Provider: flickr(), Checked: true, Gone: true}).build,
		"unlinked-works": (&unlinkedView{Speaker: say, Account: ada, Provider: flickr(), Checked: true}).build,
		"home-checking": func() fyne.CanvasObject {
			v := &homeView{Speaker: say, Checking: true, Icon: fyne.NewStaticResource("photolink.png", resources.WindowIcon)}
			screen := v.build()
			v.checked(12)
			return screen
		},
		"unlinked-undo": func() fyne.CanvasObject {
			v := &unlinkedView{Speaker: say, Account: ada, Provider: flickr(), OnUndo: func() {}}
			screen := v.build()
			v.tick(27 * time.Second)
			return screen
		},
		"settings": func() fyne.CanvasObject {
			screen, _ := settingsView{
				Speaker: say, System: "English", Vaults: []string{account.KeyringVault, account.SessionVault, account.FileVault},
				Browsers: []app.Browser{{Name: "Firefox", Program: "firefox"}, {Name: "Chromium", Program: "chromium"}},
				Folder:   "/home/ada/.config/photolink", LogFile: "/home/ada/.config/photolink/photolink.log",
			}.build()
			return screen
		},
		"settings-refused": func() fyne.CanvasObject {
			screen, _ := settingsView{
				Speaker: say, System: "English", Folder: "/home/ada", LogFile: "/home/ada/photolink.log", Settings: app.Settings{Port: 80, Proxy: app.NoProxy, Language: "fr", Log: true},
				Problem: "! " + say.Say("Type a number from 1024 to 65535, or nothing for any free port."),
			}.build()
			return screen
		},
		"keys": keysView{Speaker: say, News: say.Say("✓ The key is kept."), Keys: []app.KeyUse{
			{Key: account.Key{Provider: "flickr", Name: "my backup", Hint: "0123…cdef"}, Service: "Flickr", Accounts: []account.Account{ada}},
			{Key: account.Key{Provider: "smugmug", Hint: "4567…89ab"}, Service: "SmugMug"},
		}}.build,
		"keys-none": keysView{Speaker: say}.build,
		"key-page": func() fyne.CanvasObject {
			screen, _ := keyPageView{
				Speaker: say, Name: "my backup", Provider: flickr(), OnPage: func() {},
				Key: app.KeyUse{
					Key:     account.Key{Provider: "flickr", Name: "my backup", Hint: "0123…cdef", Vault: account.KeyringVault},
					Service: "Flickr", Accounts: []account.Account{ada},
				},
			}.build()
			return screen
		},
		"key-page-unused": func() fyne.CanvasObject {
			screen, _ := keyPageView{
				Speaker: say, Provider: service("commons"), Callback: "http://127.0.0.1:1/", Trouble: &wrongSecret,
				Key: app.KeyUse{Key: account.Key{Provider: "commons", Hint: "0123…cdef", Vault: account.FileVault}, Service: "Wikimedia Commons"},
			}.build()
			return screen
		},
		"remove": removeView{
			Speaker: say, Folder: "/home/ada/.config/photolink", Accounts: []string{"adapractice", "samsample"},
		}.build,
		"removed": removeView{Speaker: say, Done: &app.Leftovers{
			Handed: []string{"/home/ada/.gallery-dl.conf"}, Files: []string{"/home/ada/.config/photolink/diary.txt"},
		}}.build,
		"about": aboutView{
			Speaker: say, Version: "0.1.0", Icon: fyne.NewStaticResource("photolink.svg", resources.Icon),
		}.build,
		"about-report": aboutView{
			Speaker: say, Version: "0.1.0", Icon: fyne.NewStaticResource("photolink.svg", resources.Icon), Shown: true,
			Report: "Photolink 0.1.0, linux/amd64\naccounts: Flickr 1\n",
		}.build,
		"licences": licencesView{Speaker: say, Parts: []licencePart{{Name: "MIT · Photolink", Text: "Permission is hereby granted."}}}.build,
		"trouble-no-keyring": troubleView{
			Speaker: say,
			Title:   "Link Flickr", Badge: "× Not linked", Stored: "Nothing was stored.", OnCopyReport: func() {},
			Trouble:    link.Explain(say, &account.VaultError{Vault: account.KeyringVault, State: account.VaultAbsent}, flickr()),
			ActionName: "Try again", Others: []choice{{Name: "Encrypted file…"}, {Name: "This session only"}},
		}.build,
		"trouble": troubleView{
			Speaker:      say,
			OnCopyReport: func() {},
			Title:        "Link Flickr", Badge: "× Not linked", Trouble: wrongSecret, Stored: "Nothing was stored.",
			ActionName: "Change the key", Others: []choice{{Name: "Another way"}},
		}.build,
	}
}

// Each screen is drawn as markup, which shows what is on it, where, and in which colour of the theme.
func TestScreensAsMarkup(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, newTheme(app.Settings{Theme: app.LightTheme}, false))
	for name, build := range views(nil) {
		t.Run(name, func(t *testing.T) {
			window := shown(t, build(), usualSize)
			test.AssertRendersToMarkup(t, name+".xml", window.Canvas())
		})
	}
}

// The same in an invented language of longer words, in the smallest window. Nothing may be cut off there, and everything
// must be said in that language.
func TestScreensInLongerWordsAndASmallWindow(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, newTheme(app.Settings{Theme: app.LightTheme}, false))
	for name, build := range views(language.Pseudo()) {
		t.Run(name, func(t *testing.T) {
			window := shown(t, build(), smallestSize)
			notCutOff(t, window, smallestSize)
			test.AssertRendersToMarkup(t, "pseudo/"+name+".xml", window.Canvas())
		})
	}
}

// With the largest text the usual window must do.
func TestScreensWithLargeText(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, newTheme(app.Settings{TextSize: 200}, false))
	for name, build := range views(nil) {
		t.Run(name, func(t *testing.T) { notCutOff(t, shown(t, build(), usualSize), usualSize) })
	}
}

// shown shows a screen in a window of a size. It is laid out more than once, as by the real driver: text that wraps knows
// its height only once it has a width.
func shown(t *testing.T, screen fyne.CanvasObject, size fyne.Size) fyne.Window {
	t.Helper()
	window := test.NewTempWindow(t, screen)
	window.SetPadded(false)
	layOut(window, size)
	return window
}

func layOut(window fyne.Window, size fyne.Size) {
	for range 3 {
		window.Resize(size.AddWidthHeight(1, 1))
		window.Resize(size)
	}
}

// notCutOff fails if something is larger than its place or outside of the window. Below the bottom of what scrolls, and
// to the right of what scrolls sideways, there may be more.
func notCutOff(t *testing.T, window fyne.Window, size fyne.Size) {
	t.Helper()
	if got := window.Canvas().Size(); got.Width > size.Width || got.Height > size.Height {
		t.Errorf("the window has to be %v", got)
	}
	var visit func(object fyne.CanvasObject, at fyne.Position, sideways bool)
	visit = func(object fyne.CanvasObject, at fyne.Position, sideways bool) {
		if object == nil || !object.Visible() {
			return
		}
		at = at.Add(object.Position())
		what := ""
		switch o := object.(type) {
		case *widget.Label:
			what = o.Text
			if o.Truncation != fyne.TextTruncateOff {
				what = ""
			}
		case *push:
			what = o.Text
		case *tickBox:
			what = o.Text
		case *chooser:
			what = o.Selected
		}
		if min := object.MinSize(); what != "" {
			if min.Width > object.Size().Width+1 || min.Height > object.Size().Height+1 {
				t.Errorf("%q needs %v and has %v", what, min, object.Size())
			}
			if right := at.X + object.Size().Width; right > size.Width+1 && !sideways {
				t.Errorf("%q ends at %.0f, beyond the window", what, right)
			}
		}
		switch o := object.(type) {
		case *fyne.Container:
			for _, inner := range o.Objects {
				visit(inner, at, sideways)
			}
		case *container.Scroll:
			visit(o.Content, at, sideways || o.Direction != container.ScrollVerticalOnly)
		case *row, *copyText:
			for _, inner := range test.WidgetRenderer(o.(fyne.Widget)).Objects() {
				visit(inner, at, sideways)
			}
		}
	}
	visit(window.Content(), fyne.Position{}, false)
}

func TestScreensAsPictures(t *testing.T) {
	for suffix, look := range map[string]struct {
		settings app.Settings
		say      *language.Speaker
		size     fyne.Size
	}{
		"light":    {app.Settings{Theme: app.LightTheme}, nil, usualSize},
		"dark":     {app.Settings{Theme: app.DarkTheme}, nil, usualSize},
		"contrast": {app.Settings{Theme: app.HighContrastTheme}, nil, usualSize},
		"pseudo":   {app.Settings{Theme: app.LightTheme}, language.Pseudo(), smallestSize},
	} {
		names := []string{"home", "approve", "trouble"}
		if suffix != "contrast" {
			names = append(names, "home-empty", "choose", "key", "approve-elsewhere", "identity", "handover-preview", "account", "keys", "settings")
		}
		for _, name := range names {
			t.Run(name+"-"+suffix, func(t *testing.T) {
				test.NewTempApp(t) // one for each: Fyne applies a change of the theme a little later
				test.ApplyTheme(t, newTheme(look.settings, false))
				// Before it paints, Fyne throws away what it has known of widgets for a minute: let it do that with another window.
				shown(t, views(look.say)[name](), look.size).Canvas().Capture()
				window := shown(t, views(look.say)[name](), look.size)
				test.AssertRendersToImage(t, name+"-"+suffix+".png", window.Canvas())
			})
		}
	}
}

// Text has a contrast of at least 4.5 to 1 on each ground that it stands on (WCAG 2.2, 1.4.3), and of 7 to 1 in high
// contrast (1.4.6); what shows the edge of an input or the focus has 3 to 1 (1.4.11).
func TestColoursHaveContrast(t *testing.T) {
	everywhere := []fyne.ThemeColorName{
		theme.ColorNameBackground, colorCard, colorTint, colorWarm, theme.ColorNameButton, theme.ColorNameInputBackground,
		theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground,
	}
	texts := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		theme.ColorNameForeground: everywhere,
		theme.ColorNameDisabled: { // text of second rank, and of what cannot be used now
			theme.ColorNameBackground, colorCard, colorTint, theme.ColorNameButton, theme.ColorNameDisabledButton,
			theme.ColorNameInputBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground,
		},
		theme.ColorNamePlaceHolder:         {theme.ColorNameInputBackground},
		theme.ColorNameSuccess:             {theme.ColorNameBackground, colorCard, colorTint},
		theme.ColorNameWarning:             {theme.ColorNameBackground, colorCard, colorWarm},
		theme.ColorNameError:               {theme.ColorNameBackground, colorCard, theme.ColorNameInputBackground, theme.ColorNameOverlayBackground},
		theme.ColorNamePrimary:             {theme.ColorNameBackground, colorCard, colorTint},
		theme.ColorNameHyperlink:           {theme.ColorNameBackground, colorCard},
		theme.ColorNameForegroundOnPrimary: {theme.ColorNamePrimary},
		theme.ColorNameForegroundOnError:   {theme.ColorNameError},
	}
	edges := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		theme.ColorNameInputBorder: {theme.ColorNameBackground, colorCard, theme.ColorNameInputBackground},
		theme.ColorNamePrimary:     {theme.ColorNameBackground, colorCard}, // of a row that has the focus
	}
	for name, look := range map[string]struct {
		settings app.Settings
		text     float64
	}{
		"usual": {app.Settings{}, 4.5}, "high contrast": {app.Settings{Theme: app.HighContrastTheme}, 7},
	} {
		colours := newTheme(look.settings, false)
		for variantName, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
			check := func(pairs map[fyne.ThemeColorName][]fyne.ThemeColorName, least float64) {
				for above, under := range pairs {
					for _, ground := range under {
						if ratio := contrast(colours.Color(above, variant), colours.Color(ground, variant)); ratio < least {
							t.Errorf("%s, %s: %s on %s has %.2f, not %.1f", name, variantName, above, ground, ratio, least)
						}
					}
				}
			}
			check(texts, look.text)
			check(edges, 3)
		}
	}
}

// The settings decide about light and dark where they say something.
func TestThemeFollowsSettings(t *testing.T) {
	for _, row := range []struct {
		name     string
		settings app.Settings
		contrast bool // the system wants it
		system   fyne.ThemeVariant
		want     color.Color // of the ground
	}{
		{"as the system, light", app.Settings{}, false, theme.VariantLight, light[theme.ColorNameBackground]},
		{"as the system, dark", app.Settings{}, false, theme.VariantDark, dark[theme.ColorNameBackground]},
		{"light, whatever the system says", app.Settings{Theme: app.LightTheme}, false, theme.VariantDark, light[theme.ColorNameBackground]},
		{"dark, whatever the system says", app.Settings{Theme: app.DarkTheme}, false, theme.VariantLight, dark[theme.ColorNameBackground]},
		{"high contrast by the settings", app.Settings{Theme: app.HighContrastTheme}, false, theme.VariantDark, darkContrast[theme.ColorNameBackground]},
		{"high contrast by the system", app.Settings{}, true, theme.VariantDark, darkContrast[theme.ColorNameBackground]},
		{"dark, and high contrast by the system", app.Settings{Theme: app.DarkTheme}, true, theme.VariantLight, darkContrast[theme.ColorNameBackground]},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := newTheme(row.settings, row.contrast).Color(theme.ColorNameBackground, row.system)
			if got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
	if usual, large := newTheme(app.Settings{}, false), newTheme(app.Settings{TextSize: 150}, false); large.Size(theme.SizeNameText) != 1.5*usual.Size(theme.SizeNameText) {
		t.Errorf("text of 150 %% is %v", large.Size(theme.SizeNameText))
	}
}

// contrast is the ratio that WCAG 2.2 defines.
func contrast(a, b color.Color) float64 {
	lighter, darker := luminance(a), luminance(b)
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Practice": "AP", "ada": "AD", "": "?", "…": "?", "Ana María de la Cruz": "AC", "李": "李", "42nd street": "4S",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
