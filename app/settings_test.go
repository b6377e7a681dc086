package app_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/language"
	"photolink/app/link"
)

func settingsIn(folder string) string { return filepath.Join(folder, "settings.json") }

func writeSettings(t *testing.T, folder, text string) {
	t.Helper()
	if err := os.WriteFile(settingsIn(folder), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSettingsOutliveTheProgram(t *testing.T) {
	folder := t.TempDir()
	first := start(t, folder, newKeyring(), account.Session())
	if got := first.Settings(); got != (app.Settings{}) || first.SettingsProblem() != nil {
		t.Errorf("got %+v, problem %v, before anything was chosen", got, first.SettingsProblem())
	}
	if _, err := os.Stat(settingsIn(folder)); !os.IsNotExist(err) {
		t.Errorf("there is a file before anything was chosen: %v", err)
	}
	want := app.Settings{
		Language: "pt-BR", Theme: app.HighContrastTheme, TextSize: 150, Vault: account.SessionVault, Browser: "firefox",
		Port: 8714, Proxy: "socks5://127.0.0.1:1080", Log: true,
	}
	if err := first.SaveSettings(want); err != nil {
		t.Fatal(err)
	}
	want.Window = app.Window{Width: 800, Height: 600, X: -20, Y: 30, HasPlace: true}
	first.SaveWindow(want.Window)
	for name, photolink := range map[string]*app.App{
		"at once": first, "in the next run": start(t, folder, newKeyring(), account.Session()),
	} {
		if diff := cmp.Diff(want, photolink.Settings()); diff != "" || photolink.SettingsProblem() != nil {
			t.Errorf("%s: problem %v, - want, + got:\n%s", name, photolink.SettingsProblem(), diff)
		}
	}
	if runtime.GOOS != "windows" {
		found, err := os.Stat(settingsIn(folder))
		if err != nil || found.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, error %v", found.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(settingsIn(folder) + "?*"); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	proxy := func(address string) app.Settings { return app.Settings{Proxy: address} }
	for _, row := range []struct {
		name     string
		settings app.Settings
		field    string // empty if the settings are good
		reason   app.SettingReason
	}{
		{"zero value", app.Settings{}, "", ""},
		{"language with a region", app.Settings{Language: "de-AT"}, "", ""},
		{"language that Photolink does not speak", app.Settings{Language: "nl"}, "", ""},
		{"language by its name", app.Settings{Language: "Deutsch bitte"}, "Language", app.NotALanguage},
		{"theme", app.Settings{Theme: "pink"}, "Theme", app.NotOffered},
		{"small text", app.Settings{TextSize: 99}, "TextSize", app.NotOffered},
		{"negative text", app.Settings{TextSize: -100}, "TextSize", app.NotOffered},
		{"browser by its path", app.Settings{Browser: `C:\Program Files (x86)\My Browser\browser.exe`}, "", ""},
		{"browser with an option", app.Settings{Browser: "--new-window"}, "Browser", app.NotAProgram},
		{"browser that is a command", app.Settings{Browser: "firefox & calc"}, "Browser", app.NotAProgram},
		{"browser in two lines", app.Settings{Browser: "firefox\ncalc"}, "Browser", app.NotAProgram},
		{"browser of a blank", app.Settings{Browser: " "}, "Browser", app.NotAProgram},
		{"lowest port", app.Settings{Port: 1024}, "", ""},
		{"highest port", app.Settings{Port: 65535}, "", ""},
		{"port of the system", app.Settings{Port: 1023}, "Port", app.PortOutOfRange},
		{"port too high", app.Settings{Port: 65536}, "Port", app.PortOutOfRange},
		{"negative port", app.Settings{Port: -1}, "Port", app.PortOutOfRange},
		{"no proxy", proxy(app.NoProxy), "", ""},
		{"proxy over http", proxy("http://proxy.example:8080"), "", ""},
		{"proxy with a slash", proxy("https://proxy.example/"), "", ""},
		{"proxy at an IPv6 address", proxy("socks5://[::1]:1080"), "", ""},
		{"proxy without a scheme", proxy("proxy.example:8080"), "Proxy", app.NotAProxyAddress},
		{"proxy half typed", proxy("http://"), "Proxy", app.NotAProxyAddress},
		{"proxy over ftp", proxy("ftp://proxy.example"), "Proxy", app.NotAProxyAddress},
		{"proxy with a path", proxy("http://proxy.example/auto.pac"), "Proxy", app.NotAProxyAddress},
		{"proxy with a query", proxy("http://proxy.example?a=b"), "Proxy", app.NotAProxyAddress},
		{"proxy with port 0", proxy("http://proxy.example:0"), "Proxy", app.NotAProxyAddress},
		{"proxy with too high a port", proxy("http://proxy.example:65536"), "Proxy", app.NotAProxyAddress},
		{"proxy that is no address", proxy("http://proxy example\x00"), "Proxy", app.NotAProxyAddress},
		{"proxy with a password", proxy("http://ada:pass-word@proxy.example:8080"), "Proxy", app.ProxyWithLogin},
		{"proxy with a user name", proxy("socks5://ada@proxy.example"), "Proxy", app.ProxyWithLogin},
		{"proxy with a password that is no address", proxy("http://ada:pass%word@proxy.example"), "Proxy", app.ProxyWithLogin},
	} {
		t.Run(row.name, func(t *testing.T) {
			photolink := start(t, t.TempDir(), newKeyring())
			for name, check := range map[string]func(app.Settings) error{
				"Check": app.Settings.Check, "SaveSettings": photolink.SaveSettings,
			} {
				err := check(row.settings)
				if row.field == "" {
					if err != nil {
						t.Errorf("%s: got %v", name, err)
					}
					continue
				}
				wrong, ok := errors.AsType[*app.SettingError](err)
				if !ok || wrong.Field != row.field || wrong.Reason != row.reason {
					t.Fatalf("%s: got %v, want %s: %s", name, err, row.field, row.reason)
				}
				for _, said := range []string{err.Error(), wrong.Words(nil)} {
					if said == "" || strings.Contains(said, "word@") || strings.Contains(said, "ada") {
						t.Errorf("%s says %q", name, said)
					}
				}
			}
			kept := row.settings
			if row.field != "" {
				kept = app.Settings{}
			}
			if got := photolink.Settings(); got != kept {
				t.Errorf("the settings are %+v, want %+v", got, kept)
			}
		})
	}
}

func TestEachWrongSettingHasWords(t *testing.T) {
	seen := make(map[string]app.SettingReason)
	for _, reason := range []app.SettingReason{
		app.NotOffered, app.NotALanguage, app.PortOutOfRange, app.NotAProxyAddress, app.ProxyWithLogin, app.NotAProgram,
	} {
		words := (&app.SettingError{Field: "Field", Reason: reason}).Words(language.For("en"))
		if other, taken := seen[words]; taken {
			t.Errorf("%q is said for %q and %q", words, reason, other)
		}
		seen[words] = reason
	}
}

func TestFileOfSettings(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       app.Settings
		broken     bool
	}{
		{"of the first version", `{"version": 1, "theme": "dark", "port": 9000}`, app.Settings{Theme: "dark", Port: 9000}, false},
		{"unknown vault", `{"version": 1, "vault": "later"}`, app.Settings{Vault: "later"}, false},
		{"empty", ``, app.Settings{}, true},
		{"half written", `{"version": 1, "theme": "da`, app.Settings{}, true},
		{"no object", `"dark"`, app.Settings{}, true},
		{"null", `null`, app.Settings{}, true},
		{"without a version", `{"theme": "dark"}`, app.Settings{}, true},
		{"other types", `{"version": 1, "port": "9000"}`, app.Settings{}, true},
		{"a value that cannot be", `{"version": 1, "theme": "dark", "port": 80}`, app.Settings{}, true},
		{"a password", `{"version": 1, "proxy": "http://ada:pw@proxy.example"}`, app.Settings{}, true},
		{"a window as large as a house", `{"version": 1, "window": {"width": 1000000}}`, app.Settings{}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			writeSettings(t, folder, row.text)
			photolink := start(t, folder, newKeyring())
			if got := photolink.Settings(); got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
			broken, isBroken := errors.AsType[*app.BrokenSettingsError](photolink.SettingsProblem())
			if isBroken != row.broken || isBroken && (broken.Path != settingsIn(folder) || broken.Err == nil) {
				t.Errorf("problem %v, broken: %v", photolink.SettingsProblem(), row.broken)
			}
			if photolink.Vault() != account.KeyringVault {
				t.Errorf("the vault for new secrets is %q", photolink.Vault())
			}
			if !row.broken {
				return
			}
			if got := readFile(t, settingsIn(folder)); got != row.text {
				t.Errorf("reading changed the file to %s", got)
			}
			photolink.SaveWindow(app.Window{Width: 300})
			if got := readFile(t, settingsIn(folder)); got != row.text {
				t.Errorf("the window changed the file to %s", got)
			}
			for _, aside := range []string{".broken", ".broken-2"} { // the second time, the first is not lost
				writeSettings(t, folder, row.text+" ")
				if err := photolink.SaveSettings(app.Settings{Theme: "light"}); err != nil {
					t.Fatal(err)
				}
				if got := readFile(t, settingsIn(folder)+aside); got != row.text+" " {
					t.Errorf("%s holds %s", aside, got)
				}
			}
			if err := photolink.SettingsProblem(); err != nil {
				t.Errorf("a problem is left: %v", err)
			}
			if got := start(t, folder, newKeyring()).Settings(); got.Theme != "light" || got.Window.Width != 300 {
				t.Errorf("the next run has %+v", got)
			}
		})
	}
}

func TestSettingsOfANewerVersion(t *testing.T) {
	const text = `{"version": 2, "theme": {"name": "dark"}}`
	folder := t.TempDir()
	writeSettings(t, folder, text)
	photolink := start(t, folder, newKeyring())
	photolink.SaveWindow(app.Window{Width: 300})
	err := photolink.SaveSettings(app.Settings{Theme: "light"})
	for name, err := range map[string]error{"read": photolink.SettingsProblem(), "save": err} {
		if newer, ok := errors.AsType[*app.NewerSettingsError](err); !ok || newer.Version != 2 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := photolink.Settings(); got.Theme != "" {
		t.Errorf("got %+v", got)
	}
	if got := readFile(t, settingsIn(folder)); got != text {
		t.Errorf("the file is now %s", got)
	}
}

func TestUnknownSettingsAreKept(t *testing.T) {
	folder := t.TempDir()
	writeSettings(t, folder, `{"version": 1, "theme": "dark", "sound": {"volume": 11}, "window": {"width": 300, "screen": "left"}}`)
	photolink := start(t, folder, newKeyring())
	photolink.SaveWindow(app.Window{Width: 400})
	if err := photolink.SaveSettings(app.Settings{Theme: "light"}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version int
		Theme   string
		Sound   struct{ Volume int }
		Window  struct {
			Width  int
			Screen string
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, settingsIn(folder))), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.Theme != "light" || got.Sound.Volume != 11 || got.Window.Width != 400 || got.Window.Screen != "left" {
		t.Errorf("kept %+v", got)
	}
}

func TestWindowDoesNotBringBackOldSettings(t *testing.T) {
	folder := t.TempDir()
	window, commandLine := start(t, folder, newKeyring()), start(t, folder, newKeyring())
	if err := commandLine.SaveSettings(app.Settings{Theme: "dark"}); err != nil {
		t.Fatal(err)
	}
	window.SaveWindow(app.Window{Width: 300, Height: 200})
	if got := start(t, folder, newKeyring()).Settings(); got.Theme != "dark" || got.Window.Width != 300 {
		t.Errorf("got %+v", got)
	}
	window.SaveWindow(app.Window{Width: -1})
	if got := window.Settings().Window.Width; got != 300 {
		t.Errorf("a window of width %d is kept", got)
	}
}

func TestSettingsThatCannotBeKeptAreNotUsed(t *testing.T) {
	folder := t.TempDir()
	photolink := start(t, folder, newKeyring())
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := photolink.SaveSettings(app.Settings{Theme: "dark"}); err == nil || photolink.Settings().Theme != "" {
		t.Errorf("error %v, settings %+v", err, photolink.Settings())
	}
}

func TestChosenVault(t *testing.T) {
	folder := t.TempDir()
	photolink := start(t, folder, newKeyring(), account.Session())
	if got := photolink.Vault(); got != account.KeyringVault {
		t.Errorf("the best is %q", got)
	}
	err := photolink.SaveSettings(app.Settings{Vault: "elsewhere"})
	if wrong, ok := errors.AsType[*app.SettingError](err); !ok || wrong.Field != "Vault" {
		t.Errorf("a vault that is not there: got %v", err)
	}
	if err := photolink.SaveSettings(app.Settings{Vault: account.SessionVault}); err != nil {
		t.Fatal(err)
	}
	if got := photolink.Vault(); got != account.SessionVault {
		t.Errorf("the chosen one is %q", got)
	}
	if linked := linkPractice(t, photolink, app.Wish{}); linked.Vault != account.SessionVault {
		t.Errorf("linked in %q", linked.Vault)
	}
	wish := app.Wish{Request: link.Request{Vault: account.KeyringVault}}
	if linked := linkPractice(t, photolink, wish); linked.Vault != account.KeyringVault {
		t.Errorf("linked in %q, although the wish names the other", linked.Vault)
	}
	if got := start(t, folder, newKeyring()).Vault(); got != account.KeyringVault { // which has no other
		t.Errorf("without the chosen one it is %q", got)
	}
}

func TestChosenLanguage(t *testing.T) {
	folder := t.TempDir()
	photolink := start(t, folder, newKeyring())
	system := language.For(language.System()...).Tag()
	if got := photolink.Speaker().Tag(); got != system {
		t.Errorf("got %q, the system wants %q", got, system)
	}
	for _, row := range []struct{ chosen, want string }{{"de", "de"}, {"ja-JP", "ja"}, {"pt", "pt-BR"}, {"", system}, {"it", "it"}} {
		if err := photolink.SaveSettings(app.Settings{Language: row.chosen}); err != nil {
			t.Fatal(err)
		}
		if got := language.For(photolink.Speaker().Tag()).Tag(); got != language.For(row.want).Tag() {
			t.Errorf("%q: got %q, want %q", row.chosen, got, row.want)
		}
	}
	if got := start(t, folder, newKeyring()).Speaker().Tag(); got != "it" {
		t.Errorf("the next run speaks %q", got)
	}
}
