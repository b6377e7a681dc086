package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/oauth/provider"
)

// What a report waits for, and what it repeats of the log.
const (
	reportPatience = 10 * time.Second
	reportLines    = 40
	reportTail     = 16 << 10 // bytes of the log that are looked at
)

// reportModules are the parts that most faults have to do with.
var reportModules = []string{
	"fyne.io/fyne/v2", "github.com/zalando/go-keyring", "github.com/godbus/dbus/v5", "github.com/skratchdot/open-golang",
	"modernc.org/sqlite", "filippo.io/age",
}

// Report describes this computer and this Photolink in English, for people who look for a fault. It can be shown to
// everybody: it counts accounts and names none, and what others have worded goes without names, hosts, and anything that
// could be a secret. display says what draws the window; it is empty for the command line. The vault is tried, so that the
// system may ask the person to unlock it; what does not answer in ten seconds is reported so.
func (a *App) Report(ctx context.Context, display string) string {
	a.Providers() // looks for files of the person, whose words are private
	r := &report{app: a, private: a.privateWords()}
	r.program(display)
	r.folder()
	r.index()
	r.vault(ctx)
	r.settings()
	r.brokenServices()
	r.log()
	return r.text.String()
}

// TryFolder finds out whether files can be written where the list of accounts lies.
func (a *App) TryFolder() error {
	file, err := os.CreateTemp(a.folder, "try-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

type report struct {
	app     *App
	text    strings.Builder
	private []string // see privateWords
}

func (r *report) line(format string, values ...any) {
	_, _ = fmt.Fprintf(&r.text, format+"\n", values...)
}

func (r *report) program(display string) {
	r.line("Photolink %s, %s on %s/%s", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	for _, setting := range info.Settings {
		if slices.Contains([]string{"vcs.revision", "vcs.modified", "-tags", "CGO_ENABLED"}, setting.Key) {
			r.line("Built with %s=%s", setting.Key, setting.Value)
		}
	}
	for _, module := range info.Deps {
		if slices.Contains(reportModules, module.Path) {
			r.line("Uses %s %s", module.Path, module.Version)
		}
	}
	r.line("Display: %s", cmp.Or(display, "none"))
	if runtime.GOOS == "linux" {
		_, bus := os.LookupEnv("DBUS_SESSION_BUS_ADDRESS")
		r.line("Desktop: %s, session %s, session bus named: %s", r.publicly(cmp.Or(os.Getenv("XDG_CURRENT_DESKTOP"), "none")),
			r.publicly(cmp.Or(os.Getenv("XDG_SESSION_TYPE"), "none")), yesNo(bus))
	}
	r.line("Languages of the system: %s", cmp.Or(strings.Join(language.System(), ", "), "none"))
	r.line("Language of Photolink: %s", r.app.Speaker().Tag())
}

// folder tells where the data is, unless the person chose a place, which can have any name.
func (r *report) folder() {
	place := "where the person wants it"
	usual, err := os.UserConfigDir()
	home, homeErr := os.UserHomeDir()
	if err == nil && homeErr == nil && r.app.folder == filepath.Join(usual, "photolink") {
		if inside, err := filepath.Rel(home, r.app.folder); err == nil && filepath.IsLocal(inside) {
			place = "~/" + filepath.ToSlash(inside)
		}
	}
	if err := r.app.TryFolder(); err != nil {
		place += ", cannot be written to: " + r.publicly(err.Error())
	}
	r.line("Data folder: %s", place)
}

// index tells what the list of accounts is like, and how many accounts of which service are in which state.
func (r *report) index() {
	accounts, err := r.app.Accounts()
	if err != nil {
		state := "cannot be read"
		if newer, ok := errors.AsType[*account.NewerIndexError](err); ok {
			state = fmt.Sprintf("is of a newer version, %d", newer.Version)
		} else if _, ok := errors.AsType[*account.IndexError](err); ok {
			state = "cannot be understood"
		}
		r.line("List of accounts: %s", state)
		return
	}
	r.line("List of accounts: can be read, %d in it", len(accounts))
	counts := map[string]int{}
	for _, known := range accounts {
		state := cmp.Or(known.State, "unknown")
		counts[fmt.Sprintf("%s, %s, in %s", r.serviceName(known.Provider), state, r.vaultName(known.Vault))]++
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		r.line("  %d x %s", counts[kind], kind)
	}
}

// serviceName is the ID of a service that comes with Photolink. That of another one can hold the name of a person's host.
func (r *report) serviceName(id string) string {
	if has(r.app.services.fixed(), id) {
		return id
	}
	return "another service"
}

func (r *report) vaultName(name string) string {
	if slices.Contains(r.app.vaults, name) {
		return name
	}
	return "another vault"
}

// vault tries the vault for new secrets. The encrypted file would ask for its passphrase, so that it is only looked for.
func (r *report) vault(ctx context.Context) {
	name := r.app.Vault()
	if name == account.FileVault {
		_, err := os.Stat(filepath.Join(r.app.folder, "secrets.age"))
		r.line("Vault: %s, there: %s", name, yesNo(err == nil))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reportPatience)
	defer cancel()
	began := time.Now()
	if err := r.app.Probe(ctx, name); err != nil {
		r.line("Vault: %s, fails after %s: %s", name, time.Since(began).Round(10*time.Millisecond), r.publicly(err.Error()))
		return
	}
	r.line("Vault: %s, answers", name)
}

// settings tells what differs from the usual ones.
func (r *report) settings() {
	if err := r.app.SettingsProblem(); err != nil {
		state := "cannot be understood"
		if _, newer := errors.AsType[*NewerSettingsError](err); newer {
			state = "of a newer version"
		}
		r.line("Settings: %s", state)
	}
	s := r.app.Settings()
	for _, setting := range []struct {
		name, value string
		usual       bool
	}{
		{"language", s.Language, s.Language == ""},
		{"theme", s.Theme, s.Theme == ""},
		{"size of text", fmt.Sprintf("%d %%", s.TextSize), s.TextSize == 0 || s.TextSize == 100},
		{"vault", r.vaultName(s.Vault), s.Vault == ""},
		{"browser", r.publicly(s.Browser[strings.LastIndexAny(s.Browser, `/\`)+1:]), s.Browser == ""},
		{"port", fmt.Sprint(s.Port), s.Port == 0},
		{"proxy", map[bool]string{true: "none", false: "an address"}[s.Proxy == NoProxy], s.Proxy == ""},
		{"log", "on", !s.Log},
	} {
		if !setting.usual {
			r.line("Setting %s: %s", setting.name, setting.value)
		}
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		if cmp.Or(os.Getenv(name), os.Getenv(strings.ToLower(name))) != "" {
			r.line("Environment: %s is set", name)
		}
	}
}

// brokenServices tells why files of services cannot be used, without what the person wrote into them.
func (r *report) brokenServices() {
	own, _ := r.app.services.ofPerson()
	r.line("Services of the person: %d", len(own))
	for _, err := range r.app.BrokenServices() {
		if broken, ok := errors.AsType[*provider.FileError](err); ok {
			r.line("A file of a service cannot be used: line %d: %s", broken.Line, r.withoutPrivateWords(unquoted(broken.Reason)))
		} else {
			r.line("A file of a service cannot be read")
		}
	}
}

// log repeats the end of the log, if the person wants one.
func (r *report) log() {
	if !r.app.Settings().Log {
		return
	}
	lines, err := lastLines(r.app.LogFile())
	if err != nil {
		r.line("Log: cannot be read")
		return
	}
	r.line("Log, its last lines:")
	for _, line := range lines {
		line = serviceInLog.ReplaceAllStringFunc(line, func(found string) string {
			if _, id, _ := strings.Cut(found, "="); !has(r.app.services.fixed(), strings.Trim(id, `"`)) {
				return "service=" + hidden
			}
			return found
		})
		r.line("  %s", r.publicly(line))
	}
}

// lastLines returns the end of the log.
func lastLines(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	whole := true
	if info, err := file.Stat(); err == nil && info.Size() > reportTail {
		whole = false
		if _, err := file.Seek(-reportTail, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	text, err := io.ReadAll(io.LimitReader(file, reportTail))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if !whole {
		lines = lines[1:] // of which only the end is there
	}
	return lines[max(0, len(lines)-reportLines):], nil
}

// hidden stands for what a report does not repeat.
const hidden = "[…]"

var (
	quoted = regexp.MustCompile(`"[^"]*"?|'[^']*'?|“[^”]*”?|‘[^’]*’?` + "|`[^`]*`?")
	// serviceInLog finds the ID of a service in a line of the log.
	serviceInLog = regexp.MustCompile(`\bservice=("[^"]+"|[^\s"]+)`)
)

// private finds what could name a host or a person, or be a secret: names with dots, numbers of the internet, who@where,
// what is looked up or called, folders, and long words with digits.
type private struct{ nameOfHost, numbered, whoWhere, lookedUp, folders, longWord *regexp.Regexp }

// findPrivate is made for the first report: each start would wait for it.
var findPrivate = sync.OnceValue(func() private {
	return private{
		nameOfHost: regexp.MustCompile(`(?i)[\pL\d_-]+(?:\.[\pL\d_-]+)*\.(?:\pL[\pL\d-]*\pL|xn--[\pL\d-]+)\.?`),
		numbered:   regexp.MustCompile(`(?i)\b\d{1,3}(?:\.\d{1,3}){3}\b|\[?\b[\da-f]{0,4}(?::[\da-f]{0,4}){3,7}\b\]?`),
		whoWhere:   regexp.MustCompile(`\S+(?:@|%40)\S+`),
		lookedUp:   regexp.MustCompile(`\b(lookup|dial \w+) [^\s:]+`),
		folders:    regexp.MustCompile(`(^|[\s"'(=:])(?:[A-Za-z]:\\|\\\\|~/|/\w)[^\s"':,;]*`),
		longWord:   regexp.MustCompile(`[\pL\d_+%~-]{16,}`),
	}
})

// publicly returns what others have worded, without what is nobody's business.
func (r *report) publicly(text string) string {
	text = r.withoutPrivateWords(withoutPlaces(text))
	find := findPrivate()
	text = find.whoWhere.ReplaceAllString(text, hidden)
	text = find.nameOfHost.ReplaceAllStringFunc(text, func(name string) string {
		if r.isKnownHost(strings.ToLower(strings.TrimSuffix(name, "."))) {
			return name
		}
		return hidden
	})
	text = find.numbered.ReplaceAllStringFunc(text, func(number string) string {
		if strings.HasPrefix(number, "127.") {
			return number
		}
		return hidden
	})
	text = find.lookedUp.ReplaceAllString(text, "$1 "+hidden)
	text = find.folders.ReplaceAllString(text, "$1"+hidden)
	text = find.longWord.ReplaceAllStringFunc(text, func(word string) string {
		if strings.ContainsAny(word, "0123456789") {
			return hidden
		}
		return word
	})
	return strings.ToValidUTF8(text, hidden)
}

// isKnownHost reports whether a name is public: of a service that comes with Photolink, or of the session bus.
func (r *report) isKnownHost(name string) bool {
	for _, bus := range []string{"org.freedesktop.", "org.gnome.", "org.kde."} {
		if strings.HasPrefix(name, bus) {
			return true
		}
	}
	return slices.ContainsFunc(r.app.services.fixed(), func(p provider.Provider) bool {
		for _, address := range []string{
			p.Endpoint.TemporaryCredentials, p.Endpoint.Authorization, p.Endpoint.TokenCredentials,
		} {
			if parsed, err := url.Parse(address); err == nil && parsed.Hostname() == name {
				return true
			}
		}
		return false
	})
}

func (r *report) withoutPrivateWords(text string) string {
	for _, word := range r.private {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(word)).ReplaceAllString(text, hidden)
	}
	return text
}

// unquoted leaves out what is quoted.
func unquoted(text string) string { return quoted.ReplaceAllString(text, hidden) }

// privateWords are what this Photolink knows to be of the person: names and numbers of accounts, keys and services of
// their own, of this computer and who uses it. The longest come first, since one can be part of another.
func (a *App) privateWords() []string {
	var words []string
	var services []string
	for _, p := range a.services.list() {
		services = append(services, p.ID)
		if !has(a.services.fixed(), p.ID) {
			words = append(words, p.ID, p.Name)
		}
	}
	accounts, _ := a.Accounts() // what cannot be read is in no text either
	for _, known := range accounts {
		words = append(words, known.ID, known.UserID, known.UserName, known.Name, known.Server, known.ProfileURL)
		if !slices.Contains(services, known.Provider) { // one that was removed
			words, services = append(words, known.Provider), append(services, known.Provider)
		}
	}
	for _, service := range services {
		keys, _ := a.Keys(service)
		for _, key := range keys {
			words = append(words, key.ID, key.Name, key.Hint)
		}
	}
	if host, err := os.Hostname(); err == nil {
		words = append(words, host)
	}
	if me, err := user.Current(); err == nil {
		words = append(words, me.Name, me.Username, me.Username[strings.LastIndexByte(me.Username, '\\')+1:])
	}
	words = slices.DeleteFunc(words, func(word string) bool { return len(word) < 3 }) // it would be found everywhere
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(words)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
