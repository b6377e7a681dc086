package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth"
)

// chatty is a keyring that fails with a text, once it has one.
type chatty struct {
	*keyring
	says string
}

func (c *chatty) Put(ctx context.Context, record string, secret []byte) error {
	if c.says != "" {
		return &account.VaultError{Vault: c.Name(), State: account.VaultRefused, Err: errors.New(c.says)}
	}
	return c.keyring.Put(ctx, record, secret)
}

// silent is a keyring that never answers.
type silent struct{ *keyring }

func (silent) Put(ctx context.Context, _ string, _ []byte) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestReportTellsNothingPrivate fills all that a report looks at with words that must not be in it.
func TestReportTellsNothingPrivate(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home-of-zanzibar")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	t.Setenv("APPDATA", filepath.Join(home, "AppData"))
	t.Setenv("USERPROFILE", home)
	t.Setenv("HTTPS_PROXY", "http://zanzibar:open-sesame@proxy.zanzibar.example:3128")
	usual, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(usual, "photolink")
	vault := &chatty{keyring: newKeyring()}
	accounts, err := account.Open(folder, vault)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		service string
		state   account.State
	}{
		{"flickr", account.StateWorks},
		{"flickr", account.StateWorks},
		{"flickr", account.StateWithdrawn},
		{"removed-service", account.StateUnknown},
	} {
		number := string(rune('1' + len(words(t, accounts))))
		_, err := accounts.Save(t.Context(), account.Linked{
			Account: account.Account{
				Provider: row.service, UserID: "8675309" + number + "@N00", UserName: "zanzibar-user", Name: "Zoë Zanzibar",
				ProfileURL: "https://www.flickr.com/people/zanzibar/", Server: "farm.zanzibar.example", Vault: account.KeyringVault,
				State: row.state,
			},
			Token:   oauth.TokenCredentials{Token: "72157720000000-token" + number, Secret: "secret0of0token" + oauth.Secret(number)},
			Client:  oauth.ClientCredentials{Key: "0123zanzibarkey0123zanzibarkey", Secret: "secret0of0client"},
			KeyName: "Zanzibar backup",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	photolink := start(t, folder, vault)
	if err := os.MkdirAll(photolink.ServicesFolder(), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"zanzibar.toml":        strings.Replace(ownService, "Mine", "Photos of Zanzibar", 1),
		"broken-zanzibar.toml": strings.Replace(ownService, "name", "z-colour", 1),
		"no-zanzibar.toml":     `id = "Zanzibar!"` + "\n" + ownService,
		"not-zanzibar.toml":    "name = 'zanzibar\n",
	} {
		if err := os.WriteFile(filepath.Join(photolink.ServicesFolder(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := photolink.SaveSettings(app.Settings{
		Theme: app.DarkTheme, TextSize: 130, Proxy: "http://proxy.zanzibar.example:3128", Log: true, Port: 8713,
		Browser: filepath.Join(home, "bin", "firefox"),
	}); err != nil {
		t.Fatal(err)
	}
	log := []string{
		`time=2026-01-02T03:04:05.678+01:00 level=INFO msg=link service=zanzibar step=ask`,
		`level=INFO msg=link service=gone-service`,
		`level=INFO msg=link service=flickr event=removed`,
		`level=ERROR msg=failed error="Post \"https://www.flickr.com\": dial tcp 192.0.2.77:443: i/o timeout"`,
		`level=ERROR error="proxyconnect tcp: dial tcp: lookup fritzbox-z on 192.0.2.53:53: no such host"`,
		`level=ERROR error="dial tcp fritzbox-z:3128: refused" other="dial tcp [2001:db8::77]:443"`,
		`level=ERROR error="Get \"http://nas.private-z.example:8080\": EOF" mail=z-mail@private-z.example id=55512@N00`,
		`level=ERROR error="open ` + home + `/photos/z-album.jpg: no such file"`,
		`level=ERROR error="open D:\z-album\photos.jpg: refused"`,
		`level=ERROR error="oauth_token=72157720000000-token1&oauth_signature=c2VjcmV0MDAwMDAwMDAwMDA%3D"`,
		`level=ERROR error="the user Zoë Zanzibar, zanzibar-user"`,
	}
	file, err := os.OpenFile(photolink.LogFile(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(strings.Join(log, "\n") + "\n")
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	vault.says = "org.freedesktop.Secret.Error.IsLocked: " + home + "/.local/share/z-album of zanzibar-user at nas.private-z.example"

	report := photolink.Report(t.Context(), "X11, scale 2")
	for _, wanted := range []string{
		"Photolink " + app.Version, "Display: X11, scale 2", "Data folder: ~/", "List of accounts: can be read, 4 in it",
		"2 x flickr, works, in keyring", "1 x flickr, withdrawn, in keyring",
		"1 x another service, unknown, in keyring",
		"Vault: keyring, fails after", "org.freedesktop.Secret.Error.IsLocked",
		"Setting theme: dark", "Setting size of text: 130 %", "Setting browser: firefox", "Setting port: 8713",
		"Setting proxy: an address", "Environment: HTTPS_PROXY is set", "Services of the person: 1",
		"line 1: ", "https://www.flickr.com", "i/o timeout", "no such host", "step=ask", "03:04:05.678",
		"service=flickr event=removed",
	} {
		if !strings.Contains(report, wanted) {
			t.Errorf("does not say %q", wanted)
		}
	}
	private := []string{
		"zanzibar", "zoë", "8675309", "72157720000000", "token1", "secret0", "0123", "sesame", home, "fritzbox", "z-album",
		"private-z", "192.0.2.", "2001:db8", "c2VjcmV0", "photos of", "removed-service", "gone-service", "z-mail", "55512", "z-colour",
	}
	if host, err := os.Hostname(); err == nil {
		private = append(private, host)
	}
	for _, known := range words(t, accounts) {
		private = append(private, known.ID, known.KeyID)
	}
	for _, word := range private {
		if strings.Contains(strings.ToLower(report), strings.ToLower(word)) {
			t.Errorf("tells %q", word)
		}
	}
	if t.Failed() {
		t.Log(report)
	}
}

func words(t *testing.T, accounts *account.Store) []account.Account {
	t.Helper()
	all, err := accounts.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestReportOfANewPhotolink(t *testing.T) {
	report := start(t, t.TempDir(), newKeyring()).Report(t.Context(), "")
	for _, wanted := range []string{
		"Display: none", "Data folder: where the person wants it\n", "List of accounts: can be read, 0 in it",
		"Vault: keyring, answers", "Services of the person: 0",
	} {
		if !strings.Contains(report, wanted) {
			t.Errorf("does not say %q:\n%s", wanted, report)
		}
	}
	for _, unwanted := range []string{"Setting", "Log"} {
		if slices.ContainsFunc(strings.Split(report, "\n"), func(line string) bool { return strings.HasPrefix(line, unwanted) }) {
			t.Errorf("has lines of %s:\n%s", unwanted, report)
		}
	}
}

func TestReportWaitsNoLongerThanItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := start(t, t.TempDir(), silent{newKeyring()}).Report(ctx, "")
	if !strings.Contains(report, "Vault: keyring, fails after") {
		t.Errorf("got\n%s", report)
	}
}

func TestReportOfFilesThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct{ name, file, text, want string }{
		{"a broken list", "accounts.json", "zanzibar", "List of accounts: cannot be understood"},
		{"a newer list", "accounts.json", `{"version": 99}`, "List of accounts: is of a newer version, 99"},
		{"broken settings", "settings.json", "zanzibar", "Settings: cannot be understood"},
		{"newer settings", "settings.json", `{"version": 99}`, "Settings: of a newer version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, test.file), []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			report := start(t, folder, newKeyring()).Report(t.Context(), "")
			if !strings.Contains(report, test.want) || strings.Contains(report, "zanzibar") {
				t.Errorf("want %q:\n%s", test.want, report)
			}
		})
	}
}

// The file of secrets asks for a passphrase; a report is no reason to.
func TestReportDoesNotAskForThePassphrase(t *testing.T) {
	folder := t.TempDir()
	asked := false
	ask := func(context.Context, bool) (oauth.Secret, error) { asked = true; return "", errors.New("declined") }
	photolink := start(t, folder, account.File(filepath.Join(folder, "secrets.age"), ask))
	if report := photolink.Report(t.Context(), ""); asked || !strings.Contains(report, "Vault: file, there: no") {
		t.Errorf("asked: %v, got\n%s", asked, report)
	}
}
