package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	bcp47 "golang.org/x/text/language"

	"photolink/app/language"
	"photolink/app/link"
)

// Settings are what a person chose. The zero value is what Photolink does when nobody chose anything. They lie in
// settings.json in the data folder, which holds no secret.
type Settings struct {
	Language string `json:"language"` // BCP 47 tag, such as "pt-BR"; empty means the languages of the system
	Theme    string `json:"theme"`    // one of Themes; empty means that of the system
	TextSize int    `json:"textSize"` // one of TextSizes, in percent; 0 means 100
	Vault    string `json:"vault"`    // name of the vault for new secrets; empty means the best one
	Browser  string `json:"browser"`  // a program or its path, see [App.Browsers]; empty means the system's
	Port     int    `json:"port"`     // for the callback, 1024 to 65535; 0 means any free one
	Proxy    string `json:"proxy"`    // NoProxy, or an address of http, https or socks5; empty means that of the environment
	Log      bool   `json:"log"`      // whether to keep a log, see [App.LogFile]
	Window   Window `json:"window"`
}

// Window is where the window was last, in the units of the window.
type Window struct {
	Width    int  `json:"width"` // 0 means as large as it likes
	Height   int  `json:"height"`
	X        int  `json:"x"`
	Y        int  `json:"y"`
	HasPlace bool `json:"hasPlace"` // whether X and Y say something: some systems do not tell
}

// The themes. The empty one is that of the system.
const (
	LightTheme        = "light"
	DarkTheme         = "dark"
	HighContrastTheme = "high-contrast"
)

// NoProxy is the Settings.Proxy that asks services without any, whatever the environment says.
const NoProxy = "none"

// Themes lists the themes to choose from, that of the system first.
func Themes() []string { return []string{"", LightTheme, DarkTheme, HighContrastTheme} }

// TextSizes lists the sizes of text to choose from, in percent.
func TextSizes() []int { return []int{100, 115, 130, 150, 200} }

// The ports that Settings.Port may name: those below need rights that Photolink does not have.
const (
	MinPort = 1024
	MaxPort = 65535
)

// settingsVersion is the version of settings.json that this program reads and writes.
const settingsVersion = 1

// SettingError means that a setting cannot be what it should become. It does not hold the value.
type SettingError struct {
	Field  string // of Settings, such as "Proxy"
	Reason SettingReason
}

// SettingReason says what is wrong with a setting.
type SettingReason string

// The reasons.
const (
	NotOffered       SettingReason = "not one to choose from"
	NotALanguage     SettingReason = "not the tag of a language"
	PortOutOfRange   SettingReason = "not a port from 1024 to 65535"
	NotAProxyAddress SettingReason = "not an address of http, https or socks5 with a host"
	ProxyWithLogin   SettingReason = "holds a user name or a password"
	NotAProgram      SettingReason = "not the name or the path of a program"
	NotAWindow       SettingReason = "not the size of a window"
)

// Error names the setting and what is wrong with it.
func (e *SettingError) Error() string { return fmt.Sprintf("setting %s: %s", e.Field, e.Reason) }

// Words says to a person, below the field, what the setting should be.
func (e *SettingError) Words(say *language.Speaker) string {
	switch e.Reason {
	case NotALanguage:
		return say.Say("Photolink does not know this language.")
	case PortOutOfRange:
		return say.Say("Type a number from 1024 to 65535, or nothing for any free port.")
	case NotAProxyAddress:
		return say.Say("Type an address such as http://proxy.example:8080 or socks5://127.0.0.1:1080.")
	case ProxyWithLogin:
		return say.Say("Leave out the user name and the password: Photolink keeps no passwords in a file that can be read.")
	case NotAProgram:
		return say.Say("Type the name of a program or its path, without options.")
	}
	return say.Say("Choose one of the list.")
}

// NewerSettingsError means that a newer version of this program wrote the settings. They are not used, and not changed.
type NewerSettingsError struct {
	Path    string
	Version int // the version of the file
}

// Error names the file and its version.
func (e *NewerSettingsError) Error() string {
	return fmt.Sprintf("settings %s have version %d, this program knows %d", e.Path, e.Version, settingsVersion)
}

// Is says that this is [link.ErrNewerSettings], which has the words for it.
func (e *NewerSettingsError) Is(target error) bool { return target == link.ErrNewerSettings }

// BrokenSettingsError means that the settings cannot be read or understood. They are not used. The next time that settings
// are saved, the file is kept under another name.
type BrokenSettingsError struct {
	Path string
	Err  error
}

// Error names the file and what is wrong with it.
func (e *BrokenSettingsError) Error() string {
	return fmt.Sprintf("settings %s cannot be understood: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong with the file.
func (e *BrokenSettingsError) Unwrap() error { return e.Err }

// Check finds out whether the settings can be saved, as far as they tell by themselves. The error is a *[SettingError] of
// the first field that is wrong. It is quick enough to be called at each key.
func (s Settings) Check() error {
	for _, field := range []struct {
		name  string
		check func() SettingReason
	}{
		{"Language", s.checkLanguage},
		{"Theme", func() SettingReason { return offered(slices.Contains(Themes(), s.Theme)) }},
		{"TextSize", func() SettingReason {
			return offered(s.TextSize == 0 || slices.Contains(TextSizes(), s.TextSize))
		}},
		{"Browser", s.checkBrowser},
		{"Port", s.checkPort},
		{"Proxy", s.checkProxy},
		{"Window", s.checkWindow},
	} {
		if reason := field.check(); reason != "" {
			return &SettingError{field.name, reason}
		}
	}
	return nil
}

func offered(yes bool) SettingReason {
	if yes {
		return ""
	}
	return NotOffered
}

func (s Settings) checkLanguage() SettingReason {
	if _, err := bcp47.Parse(s.Language); s.Language != "" && err != nil {
		return NotALanguage
	}
	return ""
}

// checkBrowser refuses what could be taken for an option, and what the command processor of Windows would act upon.
func (s Settings) checkBrowser() SettingReason {
	name := s.Browser
	special := func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`"%&<>^|`, r) }
	if strings.HasPrefix(name, "-") || strings.TrimSpace(name) != name || strings.ContainsFunc(name, special) || len(name) > 1024 {
		return NotAProgram
	}
	return ""
}

func (s Settings) checkPort() SettingReason {
	if s.Port != 0 && (s.Port < MinPort || s.Port > MaxPort) {
		return PortOutOfRange
	}
	return ""
}

func (s Settings) checkProxy() SettingReason {
	if s.Proxy == "" || s.Proxy == NoProxy {
		return ""
	}
	address, err := url.Parse(s.Proxy)
	switch {
	case strings.Contains(s.Proxy, "@"): // also where the rest is no address yet
		return ProxyWithLogin
	case err != nil, !slices.Contains([]string{"http", "https", "socks5"}, address.Scheme), address.Hostname() == "",
		strings.Trim(address.Path, "/") != "", address.RawQuery != "", address.Fragment != "", address.Opaque != "",
		strings.ContainsAny(address.Host, "\"<> \t"):
		return NotAProxyAddress
	}
	if _, port, err := net.SplitHostPort(address.Host); err == nil {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return NotAProxyAddress
		}
	}
	return ""
}

func (s Settings) checkWindow() SettingReason {
	const most = 1 << 15 // no screen is that large
	w := s.Window
	if w.Width < 0 || w.Height < 0 || w.Width > most || w.Height > most || max(w.X, -w.X, w.Y, -w.Y) > most {
		return NotAWindow
	}
	return ""
}

// Settings returns what the person chose.
func (a *App) Settings() Settings { return *a.settings.Load() }

// SettingsProblem tells why the settings of the last time are not used: a *[BrokenSettingsError], a *[NewerSettingsError],
// or nil. It is nil again once settings were saved.
func (a *App) SettingsProblem() error {
	a.saving.Lock()
	defer a.saving.Unlock()
	return a.settingsProblem
}

// SaveSettings keeps what the person chose, and lets it take effect at once. The error is a *[SettingError], a
// *[NewerSettingsError], or that of the file system; nothing has changed then. The window is SaveWindow's: s.Window is not
// looked at.
func (a *App) SaveSettings(s Settings) error {
	a.saving.Lock()
	defer a.saving.Unlock()
	s.Window = a.Settings().Window
	if err := s.Check(); err != nil {
		return err
	}
	if s.Vault != "" && !slices.Contains(a.vaults, s.Vault) {
		return &SettingError{"Vault", NotOffered}
	}
	_, others, err := readSettings(a.settingsFile())
	if _, broken := errors.AsType[*BrokenSettingsError](err); broken {
		err = putAside(a.settingsFile())
	}
	if err == nil {
		err = writeSettings(a.settingsFile(), s, others)
	}
	if err != nil {
		return fmt.Errorf("keep the settings: %w", err)
	}
	a.use(s)
	a.settingsProblem = nil
	return nil
}

// SaveWindow keeps where the window is, and nothing else. What cannot be kept is forgotten: a window can be moved again. A
// file of settings that is broken stays as it is.
func (a *App) SaveWindow(w Window) {
	if a.forgotten.Load() {
		return // the person wants nothing kept
	}
	a.saving.Lock()
	defer a.saving.Unlock()
	s := a.Settings()
	s.Window = w
	if s.Check() != nil {
		return
	}
	a.settings.Store(&s)
	// The file may have changed since it was read: the command line is a program of its own.
	if kept, others, err := readSettings(a.settingsFile()); err == nil {
		kept.Window = w
		_ = writeSettings(a.settingsFile(), kept, others)
	}
}

// use lets settings take effect. The caller holds saving, or nobody else knows the App yet.
func (a *App) use(s Settings) {
	before := a.settings.Swap(&s)
	if before == nil || before.Language != s.Language {
		preferred := []string{s.Language}
		if s.Language == "" {
			preferred = language.System()
		}
		a.speaker.Store(language.For(preferred...))
	}
	if before != nil && before.Proxy != s.Proxy {
		a.forgetConnections()
	}
	if s.Log && (before == nil || !before.Log) {
		a.logStart()
	}
}

func (a *App) settingsFile() string { return filepath.Join(a.folder, "settings.json") }

// readSettings reads what was kept. Without a file, it is nothing.
func readSettings(path string) (s Settings, others map[string]json.RawMessage, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{}, nil, nil
	}
	var head struct{ Version int }
	if err == nil {
		err = json.Unmarshal(text, &head)
	}
	if head.Version > settingsVersion {
		return Settings{}, nil, &NewerSettingsError{Path: path, Version: head.Version}
	}
	if err == nil && head.Version < 1 {
		err = errors.New("no version")
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err == nil {
		err = json.Unmarshal(text, &others)
	}
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		return Settings{}, nil, &BrokenSettingsError{Path: path, Err: err}
	}
	return s, others, nil
}

// putAside gives a broken file another name. One that was put aside before keeps its own.
func putAside(path string) error {
	aside := path + ".broken"
	for n := 2; exists(aside); n++ {
		aside = path + ".broken-" + strconv.Itoa(n)
	}
	return os.Rename(path, aside)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// writeSettings replaces the file. others are the fields that it has now; those that this version does not know stay.
func writeSettings(path string, s Settings, others map[string]json.RawMessage) error {
	fields, err := json.Marshal(struct {
		Version int `json:"version"`
		Settings
	}{settingsVersion, s})
	if err != nil {
		return err
	}
	var known map[string]json.RawMessage
	if err := json.Unmarshal(fields, &known); err != nil {
		return err
	}
	text, err := json.MarshalIndent(over(others, known), "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return replaceFile(path, append(text, '\n'))
}

// over returns old with the fields of fresh, and does the same to the objects in them.
func over(old, fresh map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(fresh)
	for name, value := range old {
		if _, known := fresh[name]; !known {
			all[name] = value
			continue
		}
		var was, is map[string]json.RawMessage
		if json.Unmarshal(value, &was) != nil || json.Unmarshal(fresh[name], &is) != nil || is == nil {
			continue
		}
		if merged, err := json.Marshal(over(was, is)); err == nil {
			all[name] = merged
		}
	}
	return all
}

// replaceFile replaces the file at path, which only the person may read: after a crash it holds either the old content or
// the new.
func replaceFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // of no effect after the rename
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	// The rename itself reaches the disk with the folder. Windows does that by itself and lets no one ask for it.
	if runtime.GOOS != "windows" {
		if folder, err := os.Open(filepath.Dir(path)); err == nil {
			_ = folder.Sync()
			_ = folder.Close()
		}
	}
	return nil
}

// Vault is the name of the vault for new secrets: the one that the person chose, or else the best one.
func (a *App) Vault() string {
	if chosen := a.Settings().Vault; slices.Contains(a.vaults, chosen) {
		return chosen
	}
	return a.vaults[0]
}
