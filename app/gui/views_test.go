//go:build !nogui

package gui

import (
	"image/color"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/resources"
)

// variantTheme is the theme of the program, held in light or dark whatever the test driver says.
type variantTheme struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (v variantTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return v.Theme.Color(name, v.variant)
}

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

func approving(events ...link.Event) fyne.CanvasObject {
	v := &approveView{Provider: flickr(), Permission: flickr().Permission("read"), Elapsed: 14 * time.Second}
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
func views() map[string]func() fyne.CanvasObject {
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
	noPlugin := link.Explain(nil, provider.ErrNoOAuth, provider.Provider{Name: "The site"})
	unsaved := link.Explain(nil, &link.UnsavedError{
		Err: &account.VaultError{Vault: account.KeyringVault, State: account.VaultLocked},
	}, flickr())
	wrongSecret := link.Explain(nil, &link.StepError{Step: link.Ask, Err: oauth.ProblemSignatureInvalid}, flickr())
	return map[string]func() fyne.CanvasObject{
		"home-empty": homeView{Icon: fyne.NewStaticResource("photolink.svg", resources.Icon)}.build,
		"home": homeView{Cards: []accountCard{
			{Account: ada, Service: "Flickr", Permission: "Read only", Now: noon},
			{Account: changed(ada, func(a *account.Account) {
				a.Name, a.UserName, a.State = "Sam Sample", "samsample", account.StateWithdrawn
			}), Service: "Flickr", Permission: "Read and upload", Now: noon},
			{Account: changed(ada, func(a *account.Account) {
				a.Name, a.State, a.Vault = strings.Repeat("A name that does not end ", 8), account.StateUnknown, account.SessionVault
			}), Service: "Practice account", Permission: "Read only", Now: noon},
		}}.build,
		"choose": func() fyne.CanvasObject {
			rows := []serviceRow{}
			for _, p := range provider.BuiltIn() {
				rows = append(rows, serviceRow{Provider: p, KeyKnown: p.ID == "flickr"})
			}
			return chooseView{Services: append(rows, serviceRow{Provider: provider.Practice("", oauth.ClientCredentials{})})}.build()
		},
		"choose-broken": chooseView{
			Services: []serviceRow{{Provider: flickr()}}, Broken: []string{"mine.toml, line 7: name is missing"},
		}.build,
		"add-service": func() fyne.CanvasObject {
			screen, _ := addServiceView{Address: "blog.example.org", Trouble: &noPlugin}.build()
			return screen
		},
		"key": keyScreen(keyView{Provider: flickr(), OnLegacy: func(typedKey) {}}),
		"key-stored": keyScreen(keyView{Provider: flickr(), Stored: []account.Key{
			{Name: "my backup", Hint: "0123…cdef"}, {Hint: "4567…89ab"},
		}}),
		"key-commons":     keyScreen(keyView{Provider: service("commons")}),
		"key-photobucket": keyScreen(keyView{Provider: service("photobucket"), News: "✓ Read from a file of gallery-dl. The file was not changed."}),
		"permission":      permissionScreen(permissionView{Provider: flickr(), Chosen: "read", KeyHint: "0123…cdef"}),
		"permission-smugmug": permissionScreen(permissionView{
			Provider: service("smugmug"), Chosen: service("smugmug").Permissions[0].ID, OwnKey: true,
		}),
		"permission-tumblr":      permissionScreen(permissionView{Provider: service("tumblr"), Chosen: service("tumblr").Permissions[0].ID}),
		"permission-photobucket": permissionScreen(permissionView{Provider: service("photobucket"), Chosen: service("photobucket").Permissions[0].ID}),
		"legacy":                 legacyScreen(legacyView{}),
		"legacy-busy":            legacyScreen(legacyView{Busy: true}),
		"legacy-unsaved":         legacyScreen(legacyView{Unsaved: true, Trouble: &unsaved, Others: otherVaults(func(string) func() { return nil })}),
		"approve-preparing": func() fyne.CanvasObject {
			return approving(link.Event{Kind: link.StepStarted, Step: link.Prepare})
		},
		"approve-practice": func() fyne.CanvasObject { // the longest name of a service
			practice := provider.Practice("", oauth.ClientCredentials{})
			v := &approveView{Provider: practice, Permission: practice.Permission("delete")}
			screen := v.build()
			for _, event := range toAuthorize() {
				v.apply(event)
			}
			return screen
		},
		"approve-waiting": func() fyne.CanvasObject { return approving(toAuthorize()...) },
		"approve": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.BrowserReached})...)
		},
		"approve-no-browser": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.BrowserFailed, Err: account.ErrNotFound})...)
		},
		"approve-https": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.SecureAddressTried})...)
		},
		"approve-paste-refused": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.PasteRefused, Err: link.ErrPasteForeign})...)
		},
		"approve-declined-elsewhere": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.DeclinedElsewhere})...)
		},
		"approve-incomplete": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.AnswerIncomplete})...)
		},
		"approve-no-browser-yet": func() fyne.CanvasObject {
			v := &approveView{Provider: flickr(), Permission: flickr().Permission("read")}
			screen := v.build()
			for _, event := range toAuthorize(link.Event{Kind: link.ClockCorrected, ClockOffset: 22 * time.Minute}) {
				v.apply(event)
			}
			v.tick(browserOverdue)
			return screen
		},
		"approve-no-answer-yet": func() fyne.CanvasObject {
			v := &approveView{Provider: flickr(), Permission: flickr().Permission("read")}
			screen := v.build()
			v.tick(5 * time.Second)
			for _, event := range toAuthorize(link.Event{Kind: link.BrowserReached}) {
				v.apply(event)
			}
			v.tick(5*time.Second + answerOverdue)
			return screen
		},
		"approve-elsewhere": func() fyne.CanvasObject {
			v := &approveView{Provider: flickr(), Permission: flickr().Permission("read"), OutOfBand: true}
			screen := v.build()
			v.apply(link.Event{Kind: link.StepStarted, Step: link.Authorize})
			v.apply(link.Event{Kind: link.CodeAwaited, Page: "https://www.flickr.com/services/oauth/authorize?oauth_token=1&perms=read"})
			return screen
		},
		"approve-finishing": func() fyne.CanvasObject {
			return approving(toAuthorize(link.Event{Kind: link.StepDone, Step: link.Authorize},
				link.Event{Kind: link.StepStarted, Step: link.Exchange})...)
		},
		"identity":       identityView{Account: ada, Provider: flickr(), KeyHint: "0123…cdef"}.build,
		"identity-again": identityView{Account: ada, Provider: flickr(), Again: true}.build,
		"identity-whole": identityView{
			Account: changed(ada, func(a *account.Account) { a.Plan, a.PhotoCount = "Pro", 12345 }), Provider: flickr(), KeyHint: "0123…cdef",
		}.build,
		"identity-smugmug-less": identityView{
			Account:  changed(ada, func(a *account.Account) { a.Permission, a.PermissionAsked = "read", "modify" }),
			Provider: service("smugmug"),
		}.build,
		"identity-less-than-asked": identityView{
			Account: changed(ada, func(a *account.Account) { a.PermissionAsked = "write" }), Provider: flickr(),
		}.build,
		"account":          accountView{Account: ada, Provider: flickr(), KeyHint: "0123…cdef", Now: noon}.build,
		"account-checking": accountView{Account: ada, Provider: flickr(), Checking: true, Now: noon}.build,
		"account-withdrawn": func() fyne.CanvasObject {
			trouble := link.Explain(nil, provider.ErrTokenRefused, flickr())
			return accountView{
				Account: changed(ada, func(a *account.Account) { a.State = account.StateWithdrawn }), Provider: flickr(),
				Trouble: &trouble, Now: noon,
			}.build()
		},
		"handover-tools": toolsView{
			Account: ada, Tools: app.ToolsFor("flickr"),
			Handed: []account.Handover{{Tool: "gallery-dl", Path: "/home/ada/.gallery-dl.conf"}},
		}.build,
		"handover-preview": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("flickcurl")
			screen, _ := previewView{
				Account: ada, Tool: tool, Path: "/home/ada/.flickcurl.conf", Warning: "It needs more than reading.",
				Preview: "+ [flickr]\n+ oauth_client_key=0123…\n+ oauth_client_secret=fedc…\n",
			}.build()
			return screen
		},
		"handover-choose-path": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("env")
			screen, _ := previewView{Account: ada, Tool: tool}.build()
			return screen
		},
		"handover-done": func() fyne.CanvasObject {
			tool, _ := handover.ToolFor("flickcurl")
			return handedView{Account: ada, Tool: tool, Written: handover.Written{
				Paths: []string{"/home/ada/.flickcurl.conf"}, Backups: []string{"/home/ada/.flickcurl.conf.photolink-backup"},
			}}.build()
		},
		"take-over": takeOverView{News: "✓ The key is kept.", Rows: []foundRow{
			{Title: "gallery-dl · Flickr", Detail: "/home/ada/.config/gallery-dl/config.json", Action: "Take over the account", On: func() {}},
			{Title: "× /home/ada/.smugcli", Detail: "expected a settings file, found a picture"},
		}}.build,
		"unlink": unlinkView{Account: ada, Provider: flickr(), KeyHint: "0123…cdef"}.build,
		"account-handed": accountView{
			Account: ada, Provider: flickr(), Now: noon, Handed: []account.Handover{{Tool: "gallery-dl"}, {Tool: "env"}},
		}.build,
		"unlink-handed":  unlinkView{Account: ada, Provider: flickr(), Handed: []string{"/home/ada/.gallery-dl.conf"}}.build,
		"unlinked":       unlinkedView{Account: ada, Provider: flickr()}.build,
		"unlinked-gone":  unlinkedView{Account: ada, Provider: flickr(), Checked: true, Gone: true}.build,
		"unlinked-works": unlinkedView{Account: ada, Provider: flickr(), Checked: true}.build,
		"trouble-no-keyring": troubleView{
			Title: "Link Flickr", Badge: "× Not linked", Stored: "Nothing was stored.", OnCopyReport: func() {},
			Trouble:    link.Explain(nil, &account.VaultError{Vault: account.KeyringVault, State: account.VaultAbsent}, flickr()),
			ActionName: "Try again", Others: []choice{{Name: "Encrypted file…"}, {Name: "This session only"}},
		}.build,
		"trouble": troubleView{
			OnCopyReport: func() {},
			Title:        "Link Flickr", Badge: "× Not linked", Trouble: wrongSecret, Stored: "Nothing was stored.",
			ActionName: "Change the key", Others: []choice{{Name: "Another way"}},
		}.build,
	}
}

// Each screen is drawn as markup, which shows what is on it, where, and in which colour of the theme.
func TestScreensAsMarkup(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, variantTheme{newTheme(), theme.VariantLight})
	for name, build := range views() {
		t.Run(name, func(t *testing.T) {
			window := test.NewTempWindow(t, build())
			settle(window)
			test.AssertRendersToMarkup(t, name+".xml", window.Canvas())
		})
	}
}

// settle lays the window out twice, as the real driver does: text that wraps knows its height only once it has a width.
func settle(window fyne.Window) {
	window.SetPadded(false)
	window.Resize(fyne.NewSize(761, 541))
	window.Resize(fyne.NewSize(760, 540))
}

func TestScreensAsPictures(t *testing.T) {
	test.NewTempApp(t)
	for suffix, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
		test.ApplyTheme(t, variantTheme{newTheme(), variant})
		for _, name := range []string{"home", "approve", "approve-elsewhere", "identity", "trouble"} {
			t.Run(name+"-"+suffix, func(t *testing.T) {
				window := test.NewTempWindow(t, views()[name]())
				settle(window)
				test.AssertRendersToImage(t, name+"-"+suffix+".png", window.Canvas())
			})
		}
	}
}

// No screen may need more room than the smallest window that people use.
func TestScreensFitSmallWindows(t *testing.T) {
	test.NewTempApp(t)
	test.ApplyTheme(t, newTheme())
	for name, build := range views() {
		if size := build().MinSize(); size.Width > 760 || size.Height > 540 {
			t.Errorf("%s needs %v", name, size)
		}
	}
}

// Text has a contrast of at least 4.5 to 1 on each ground that it stands on (WCAG 2.2, 1.4.3).
func TestColoursHaveContrast(t *testing.T) {
	grounds := map[fyne.ThemeColorName][]fyne.ThemeColorName{
		theme.ColorNameForeground: {
			theme.ColorNameBackground, colorCard, colorTint, colorWarm, theme.ColorNameButton, theme.ColorNameInputBackground,
		},
		theme.ColorNameDisabled:            {theme.ColorNameBackground, colorCard, theme.ColorNameButton},
		theme.ColorNamePlaceHolder:         {theme.ColorNameInputBackground},
		theme.ColorNameSuccess:             {theme.ColorNameBackground, colorCard, colorTint},
		theme.ColorNameWarning:             {theme.ColorNameBackground, colorCard, colorWarm},
		theme.ColorNameError:               {theme.ColorNameBackground, colorCard},
		theme.ColorNamePrimary:             {theme.ColorNameBackground, colorCard, colorTint},
		theme.ColorNameForegroundOnPrimary: {theme.ColorNamePrimary},
	}
	for variantName, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
		for text, under := range grounds {
			for _, ground := range under {
				ratio := contrast(newTheme().Color(text, variant), newTheme().Color(ground, variant))
				if ratio < 4.5 {
					t.Errorf("%s: %s on %s has %.2f", variantName, text, ground, ratio)
				}
			}
		}
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
