package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// The folders testdata/schema-N are data that Photolink wrote, one for each form that any of the files ever had: what lies
// in its folder, a bundle, and in keyring.json what it put into the keyring. All hold the same. Never change one; a new form
// is one more folder. What is named "later" is of a version that there is not yet.

const (
	schemaPassphrase = "correct horse"

	flickrAccount   = "WT3NYBVU4F5I53DY65A54UW545"
	ownAccount      = "V5ATAZ6TE3FUTVKES3SPM3OX3E"
	practiceAccount = "442QULAAU4MJZC5UNLW4UGDM4F" // in the encrypted file, as that of Photobucket
	flickrKey       = "JAUJFE4X7ZSRAANWVOBG5VHB4T"
	practiceKey     = "R4A2SCC3UQOT5LLQT6P5LIT2HW"
	tumblrKey       = "THESJF4NR77JWR5IHGI2AJ62ZC"
	halfLinked      = "account-WT3NYBVU4F5I53DY65A54UW545-UIPCAW5QW7JLZQMTCFPQDYIJ3J" // the record of a link that was cut short
)

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return parsed
}

var (
	schemaAccounts = []account.Account{
		{
			ID: flickrAccount, Provider: "flickr", KeyID: flickrKey, UserID: "12345678@N00", UserName: "ada",
			Name: "Ada Fixture", ProfileURL: "https://www.flickr.com/people/ada/", Plan: "Pro", PhotoCount: 1815,
			PermissionAsked: "write", Permission: "read", Vault: account.KeyringVault, State: account.StateWithdrawn,
			LinkedAt: at("2026-10-01T10:00:00Z"), CheckedAt: at("2026-10-02T11:30:00.5Z"),
		},
		{
			ID: ownAccount, Provider: "my-photos", KeyID: "OE6L6MVAR2YC2K26X3OTII2EJL", UserID: "7", UserName: "ada",
			PermissionAsked: "full", Permission: "full", Vault: account.KeyringVault, LinkedAt: at("2026-10-03T10:00:00Z"),
		},
		{
			ID: "CG3TCNWSU27NBYD5UXQS37U4FU", Provider: "photobucket", KeyID: "GWCHWSOS22TBG5B5SRDOMVR5H6", UserID: "grace",
			UserName: "grace", Name: "Grace Fixture", ProfileURL: "https://photobucket.example/grace",
			Server: "api8.photobucket.example", PermissionAsked: "full", Permission: "full", Vault: account.FileVault,
			State: account.StateWorks, LinkedAt: at("2026-10-04T10:00:00Z"), CheckedAt: at("2026-10-04T10:00:00Z"),
		},
		{
			ID: practiceAccount, Provider: "practice", KeyID: practiceKey, UserID: "12345678@N00", UserName: "adapractice",
			Name: "Ada Practice", Plan: "Free", PhotoCount: 128, PermissionAsked: "write", Permission: "write",
			Vault: account.FileVault, State: account.StateWorks,
			LinkedAt: at("2026-11-22T13:14:23.68342131Z"), CheckedAt: at("2026-11-22T13:14:23.68342136Z"),
		},
	}
	schemaKeys = []account.Key{
		{
			ID: flickrKey, Provider: "flickr", Name: "Backup key", Hint: "f1c0…f1c4", Vault: account.KeyringVault, BuiltIn: true,
			AddedAt: at("2026-10-01T10:00:00Z"),
		},
		{
			ID: "OE6L6MVAR2YC2K26X3OTII2EJL", Provider: "my-photos", Hint: "my-p…-key", Vault: account.KeyringVault,
			AddedAt: at("2026-10-03T10:00:00Z"),
		},
		{
			ID: "GWCHWSOS22TBG5B5SRDOMVR5H6", Provider: "photobucket", Name: "Old key", Hint: "phot…-key", Vault: account.FileVault,
			Callback: "http://127.0.0.1:8713/callback", AddedAt: at("2026-10-04T10:00:00Z"),
		},
		{
			ID: practiceKey, Provider: "practice", Name: "Practice key", Hint: "7072…6e74", Vault: account.FileVault,
			AddedAt: at("2026-11-22T13:14:23.68342131Z"),
		},
		{
			ID: tumblrKey, Provider: "tumblr", Name: "Blog key", Hint: "tumb…-key", Vault: account.KeyringVault,
			Callback: "http://localhost:8715/callback", AddedAt: at("2026-11-22T13:14:24.868729058Z"),
		},
	}
	schemaHandover = account.Handover{
		AccountID: practiceAccount, Tool: "gallery-dl", Path: "/home/ada/.config/gallery-dl/config.json",
		At: at("2026-11-22T13:14:24.877775247Z"),
	}
	schemaSettings = app.Settings{
		Language: "pt-BR", Theme: app.DarkTheme, TextSize: 130, Vault: account.FileVault, Browser: "firefox", Port: 8714,
		Proxy: "socks5://127.0.0.1:1080", Window: app.Window{Width: 800, Height: 600, X: -20, Y: 30, HasPlace: true},
	}
	// The secrets by the service of their account: key, its secret, token, its secret.
	schemaSecrets = map[string][4]string{
		"flickr":      {"f1c0ffee00000000000000000000f1c4", "flickr-key-secret", "flickr-token", "flickr-token-secret"},
		"my-photos":   {"my-photos-key", "my-photos-key-secret", "my-photos-token", "my-photos-token-secret"},
		"photobucket": {"photobucket-key", "photobucket-key-secret", "photobucket-token", "photobucket-token-secret"},
		"practice": {
			sandbox.PracticeClient.Key, sandbox.PracticeClient.Secret.Reveal(), "72157412671137101-4f2913adef63bac1", "3eba254addc6162e",
		},
	}
)

func schemas(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("testdata", "schema-*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("found %v, error %v", folders, err)
	}
	return folders
}

// startSchema starts a program with a copy of such a folder.
func startSchema(t *testing.T, schema string) (photolink *app.App, vault *keyring) {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(schema)); err != nil {
		t.Fatal(err)
	}
	return restartSchema(t, folder)
}

func restartSchema(t *testing.T, folder string) (photolink *app.App, vault *keyring) {
	t.Helper()
	vault = newKeyring()
	var records map[string]string
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(folder, "keyring.json"))), &records); err != nil {
		t.Fatal(err)
	}
	for record, secret := range records {
		if err := vault.Put(t.Context(), record, []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	file := account.File(filepath.Join(folder, "secrets.age"), func(context.Context, bool) (oauth.Secret, error) {
		return schemaPassphrase, nil
	})
	return start(t, folder, vault, account.Session(), file), vault
}

func unseal(t *testing.T, name string) []byte {
	t.Helper()
	identity, err := age.NewScryptIdentity(schemaPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(strings.NewReader(readFile(t, name)), identity)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func seal(t *testing.T, name string, content []byte) {
	t.Helper()
	recipient, err := age.NewScryptRecipient(schemaPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(8) // ready at once
	var sealed bytes.Buffer
	plain, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, sealed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDataOfEachVersionIsOpened(t *testing.T) {
	for _, schema := range schemas(t) {
		t.Run(filepath.Base(schema), func(t *testing.T) {
			photolink, _ := startSchema(t, schema)
			accounts, err := photolink.Accounts()
			if diff := cmp.Diff(schemaAccounts, accounts); diff != "" || err != nil {
				t.Errorf("accounts: error %v, - want, + got:\n%s", err, diff)
			}
			keys, err := photolink.Keys("")
			if diff := cmp.Diff(schemaKeys, keys); diff != "" || err != nil {
				t.Errorf("keys: error %v, - want, + got:\n%s", err, diff)
			}
			handed, err := photolink.Handovers(practiceAccount)
			if diff := cmp.Diff([]account.Handover{schemaHandover}, handed); diff != "" || err != nil {
				t.Errorf("handovers: error %v, - want, + got:\n%s", err, diff)
			}
			if diff := cmp.Diff(schemaSettings, photolink.Settings()); diff != "" || photolink.SettingsProblem() != nil {
				t.Errorf("settings: problem %v, - want, + got:\n%s", photolink.SettingsProblem(), diff)
			}
			if picture := photolink.Picture(practiceAccount); !bytes.HasPrefix(picture, []byte("\xff\xd8\xff")) {
				t.Errorf("the picture begins with % x", picture[:min(len(picture), 4)])
			}
			own, err := photolink.Provider("my-photos")
			if own.Name != "My photos" || own.Endpoint.Authorization != "https://photos.example/authorize" || err != nil {
				t.Errorf("service %+v, error %v", own, err)
			}
			expectSecrets(t, photolink)
			expectUnusedKey(t, photolink)
		})
	}
}

// expectSecrets sees the secrets of all accounts as a backup tool would be given them.
func expectSecrets(t *testing.T, photolink *app.App) {
	t.Helper()
	accounts, err := photolink.Accounts()
	if err != nil || len(accounts) != len(schemaSecrets) {
		t.Errorf("%d accounts, error %v", len(accounts), err)
	}
	for _, known := range accounts {
		planned, err := photolink.PlanHandover(t.Context(), known.ID, tool(t, "json"), filepath.Join(t.TempDir(), "f.json"))
		if err != nil {
			t.Errorf("%s: %v", known.Provider, err)
			continue
		}
		text, err := planned.Plan.Text()
		if err != nil {
			t.Fatal(err)
		}
		var services map[string]map[string]string
		if err := json.Unmarshal([]byte(text), &services); err != nil {
			t.Fatal(err)
		}
		for _, given := range services {
			got := [4]string{given["api_key"], given["api_secret"], given["access_token"], given["access_token_secret"]}
			if got != schemaSecrets[known.Provider] {
				t.Errorf("%s: got %q", known.Provider, got)
			}
		}
	}
}

// expectUnusedKey sees the secret of a key that no account uses: only then the same credentials are not stored twice.
func expectUnusedKey(t *testing.T, photolink *app.App) {
	t.Helper()
	client := oauth.ClientCredentials{Key: "tumblr-consumer-key", Secret: "tumblr-consumer-secret"}
	saved := saveKey(t, photolink, account.Key{Provider: "tumblr", Vault: account.KeyringVault}, client)
	if saved.ID != tumblrKey {
		t.Errorf("the key of Tumblr is now %+v", saved)
	}
}

func TestBundleOfEachVersionIsOpened(t *testing.T) {
	for _, schema := range schemas(t) {
		t.Run(filepath.Base(schema), func(t *testing.T) {
			photolink := start(t, t.TempDir(), newKeyring())
			imported, err := importBundle(t, photolink, schema)
			unlike := cmpopts.IgnoreFields(account.Account{}, "ID", "KeyID", "Vault")
			if diff := cmp.Diff(schemaAccounts, imported, unlike); diff != "" || err != nil {
				t.Errorf("error %v, - want, + imported:\n%s", err, diff)
			}
			if own, err := photolink.Provider("my-photos"); own.Name != "My photos" || err != nil {
				t.Errorf("service %+v, error %v", own, err)
			}
			expectSecrets(t, photolink)
		})
	}
}

func importBundle(t *testing.T, photolink *app.App, folder string) ([]account.Account, error) {
	t.Helper()
	bundle := readFile(t, filepath.Join(folder, "bundle.age"))
	return photolink.Import(t.Context(), strings.NewReader(bundle), schemaPassphrase, account.KeyringVault)
}

func TestChangesKeepWhatALaterVersionWrote(t *testing.T) {
	for _, schema := range schemas(t) {
		t.Run(filepath.Base(schema), func(t *testing.T) {
			photolink, vault := startSchema(t, schema)
			folder := photolink.Folder()
			if err := tryRename(t, photolink); err != nil {
				t.Error(err)
			}
			settings := photolink.Settings()
			settings.Theme = app.LightTheme
			if err := photolink.SaveSettings(settings); err != nil {
				t.Error(err)
			}
			photolink.SaveWindow(app.Window{Width: 500, Height: 400})
			if err := trySaveKey(account.FileVault)(t, photolink); err != nil {
				t.Error(err)
			}
			again := link.Request{AccountID: practiceAccount, Vault: account.KeyringVault}
			linkPractice(t, photolink, app.Wish{Request: again})

			if _, err := vault.Get(t.Context(), halfLinked); err == nil {
				t.Error("the record of the link that was cut short is still there")
			}
			for _, name := range []string{"accounts.json", "settings.json"} {
				before, after := later(t, filepath.Join(schema, name)), later(t, filepath.Join(folder, name))
				if diff := cmp.Diff(before, after); diff != "" || len(before) == 0 {
					t.Errorf("%s: %d values of later, - before, + after:\n%s", name, len(before), diff)
				}
			}
			var records map[string][]byte
			if err := json.Unmarshal(unseal(t, filepath.Join(folder, "secrets.age")), &records); err != nil {
				t.Fatal(err)
			}
			if string(records["later"]) != "of the encrypted file" {
				t.Error("the later record is gone from the encrypted file")
			}
			next := start(t, folder, vault)
			if keys, err := next.Keys("flickr"); len(keys) != 2 || keys[0].Name != "Renamed" || err != nil {
				t.Errorf("keys %+v, error %v", keys, err)
			}
			if got := next.Settings(); got.Theme != app.LightTheme || got.Window.Width != 500 || got.Proxy != settings.Proxy {
				t.Errorf("settings %+v", got)
			}
		})
	}
}

// later returns what is named "later" in a JSON file, in its order.
func later(t *testing.T, name string) []string {
	t.Helper()
	var found []string
	var look func(content []byte)
	look = func(content []byte) {
		var list []json.RawMessage
		if json.Unmarshal(content, &list) == nil {
			for _, value := range list {
				look(value)
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(content, &object) == nil {
			for key, value := range object {
				if key == "later" {
					var compact bytes.Buffer
					if err := json.Compact(&compact, value); err != nil {
						t.Fatal(err)
					}
					found = append(found, compact.String())
				} else {
					look(value)
				}
			}
		}
	}
	look([]byte(readFile(t, name)))
	slices.Sort(found)
	return found
}

// attempt is something that a person asks of the program.
type attempt struct {
	name string
	do   func(t *testing.T, photolink *app.App) error
	what string // the first words of the refusal
}

const (
	newerList     = "The list of accounts was written by a newer Photolink"
	newerSettings = "A newer Photolink wrote the settings"
	newerFile     = "The encrypted file was written by a newer Photolink"
	newerService  = "This file is for a newer Photolink"
	newerBundle   = "A newer Photolink made this file"
)

// only leaves the first result of a call out.
func only[T any](_ T, err error) error { return err }

func known(id string) account.Account {
	return schemaAccounts[slices.IndexFunc(schemaAccounts, func(a account.Account) bool { return a.ID == id })]
}

func tryLink(vault string) func(t *testing.T, photolink *app.App) error {
	return func(t *testing.T, photolink *app.App) error {
		wish := app.Wish{Service: "practice", Request: link.Request{Permission: "write", Vault: vault}}
		return only(photolink.Link(t.Context(), wish, nil))
	}
}

func tryMove(id, vault string) func(t *testing.T, photolink *app.App) error {
	return func(t *testing.T, photolink *app.App) error { return only(photolink.Move(t.Context(), id, vault)) }
}

func trySaveKey(vault string) func(t *testing.T, photolink *app.App) error {
	return func(t *testing.T, photolink *app.App) error {
		client := oauth.ClientCredentials{Key: "another-key", Secret: "another-secret"}
		return only(photolink.SaveKey(t.Context(), account.Key{Provider: "flickr", Vault: vault}, client))
	}
}

func tryCheck(id string) func(t *testing.T, photolink *app.App) error {
	return func(t *testing.T, photolink *app.App) error { return only(photolink.Check(t.Context(), known(id))) }
}

func tryUnlink(t *testing.T, photolink *app.App) error {
	return only(photolink.Unlink(t.Context(), known(practiceAccount), true))
}

func tryHandOver(t *testing.T, photolink *app.App) error {
	path := filepath.Join(t.TempDir(), "f.json")
	return only(photolink.PlanHandover(t.Context(), practiceAccount, tool(t, "json"), path))
}

func tryTakeBack(t *testing.T, photolink *app.App) error {
	return photolink.TakeBack(t.Context(), schemaHandover)
}

func tryExport(t *testing.T, photolink *app.App) error {
	return photolink.Export(t.Context(), []string{practiceAccount}, schemaPassphrase, io.Discard)
}

func tryImport(t *testing.T, photolink *app.App) error {
	return only(importBundle(t, photolink, photolink.Folder()))
}

func tryProbe(vault string) func(t *testing.T, photolink *app.App) error {
	return func(t *testing.T, photolink *app.App) error { return photolink.Probe(t.Context(), vault) }
}

func tryTestKey(t *testing.T, photolink *app.App) error {
	return photolink.TestKey(t.Context(), practiceKey)
}

func tryRename(_ *testing.T, photolink *app.App) error {
	return photolink.RenameKey(flickrKey, "Renamed", "")
}

// everythingWithTheList is all that needs the list of accounts.
var everythingWithTheList = []attempt{
	{"list the accounts", func(_ *testing.T, photolink *app.App) error { return only(photolink.Accounts()) }, newerList},
	{"list the keys", func(_ *testing.T, photolink *app.App) error { return only(photolink.AllKeys()) }, newerList},
	{"list what was handed over", func(_ *testing.T, photolink *app.App) error {
		return only(photolink.Handovers(practiceAccount))
	}, newerList},
	{"link", tryLink(account.KeyringVault), newerList},
	{"link into the encrypted file", tryLink(account.FileVault), newerList},
	{"link for this session", tryLink(account.SessionVault), newerList},
	{"check", tryCheck(practiceAccount), newerList},
	{"check all", func(t *testing.T, photolink *app.App) error { return photolink.CheckAll(t.Context(), nil) }, newerList},
	{"move", tryMove(practiceAccount, account.KeyringVault), newerList},
	{"test a key", tryTestKey, newerList},
	{"rename a key", tryRename, newerList},
	{"save a key", trySaveKey(account.FileVault), newerList},
	{"delete a key", func(t *testing.T, photolink *app.App) error {
		return photolink.DeleteKey(t.Context(), tumblrKey)
	}, newerList},
	{"unlink", tryUnlink, newerList},
	{"hand over", tryHandOver, newerList},
	{"take back", tryTakeBack, newerList},
	{"write a bundle", tryExport, newerList},
	{"open a bundle", tryImport, newerList},
	{"probe a vault", tryProbe(account.FileVault), newerList},
	{"remove everything", func(t *testing.T, photolink *app.App) error {
		return only(photolink.RemoveEverything(t.Context()))
	}, newerList},
}

// raise gives a file of JSON the next version.
func raise(t *testing.T, name string) {
	t.Helper()
	text := readFile(t, name)
	const version = `"version": 1`
	if strings.Count(text, version) != 1 {
		t.Fatalf("%s does not state version 1 once", name)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(text, version, `"version": 2`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// raiseSealed gives an encrypted file the next version, which it may not have stated before.
func raiseSealed(t *testing.T, name string) {
	t.Helper()
	var content map[string]json.RawMessage
	if err := json.Unmarshal(unseal(t, name), &content); err != nil {
		t.Fatal(err)
	}
	content["version"] = json.RawMessage("2")
	raised, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	seal(t, name, raised)
}

func raiseService(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(name, []byte("version = 2\n"+readFile(t, name)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What the next version may write is the newest data, with the version of one file raised by one.
func TestDataOfANewerVersionIsRefusedInWordsAndLeftAlone(t *testing.T) {
	all := schemas(t)
	newest := all[len(all)-1]
	for _, row := range []struct {
		name     string
		file     string
		raise    func(t *testing.T, name string)
		prepare  func(t *testing.T, folder string)
		attempts []attempt
		despite  func(t *testing.T, photolink *app.App) error // what goes well beside such a file
		changes  []string                                     // the other files that an attempt may change
	}{
		{name: "list of accounts", file: "accounts.json", raise: raise, attempts: everythingWithTheList},
		{
			name: "list of accounts of which only the copy is left", file: "accounts.json.backup", raise: raise,
			prepare: func(t *testing.T, folder string) {
				if err := os.Remove(filepath.Join(folder, "accounts.json")); err != nil {
					t.Fatal(err)
				}
			},
			attempts: everythingWithTheList,
		},
		{
			name: "settings", file: "settings.json", raise: raise,
			attempts: []attempt{
				{"read", func(_ *testing.T, photolink *app.App) error { return photolink.SettingsProblem() }, newerSettings},
				{"save", func(_ *testing.T, photolink *app.App) error {
					return photolink.SaveSettings(app.Settings{Theme: app.LightTheme})
				}, newerSettings},
				{"move the window", func(_ *testing.T, photolink *app.App) error {
					photolink.SaveWindow(app.Window{Width: 500, Height: 400})
					return photolink.SettingsProblem()
				}, newerSettings},
			},
			despite: tryLink(account.KeyringVault),
		},
		{
			name: "encrypted file", file: "secrets.age", raise: raiseSealed,
			attempts: []attempt{
				{"check", tryCheck(practiceAccount), newerFile},
				{"link", tryLink(account.FileVault), newerFile},
				{"probe", tryProbe(account.FileVault), newerFile},
				{"save a key", trySaveKey(account.FileVault), newerFile},
				{"test a key", tryTestKey, newerFile},
				{"move into it", tryMove(flickrAccount, account.FileVault), newerFile},
				{"move out of it", tryMove(practiceAccount, account.KeyringVault), newerFile},
				{"unlink", tryUnlink, newerFile},
				{"hand over", tryHandOver, newerFile},
				{"take back", tryTakeBack, newerFile},
				{"write a bundle", tryExport, newerFile},
			},
			despite: trySaveKey(account.KeyringVault),
			changes: []string{"accounts.json.backup"}, // by the note that a record may be in the file soon
		},
		{
			name: "file of a service", file: filepath.Join("services", "my-photos.toml"), raise: raiseService,
			attempts: []attempt{
				{"list the services", func(t *testing.T, photolink *app.App) error {
					photolink.Providers()
					broken := photolink.BrokenServices()
					if len(broken) != 1 {
						t.Fatalf("broken services: %v", broken)
					}
					return broken[0]
				}, newerService},
				{"add it", func(_ *testing.T, photolink *app.App) error {
					return only(photolink.AddService(filepath.Join(photolink.ServicesFolder(), "my-photos.toml")))
				}, newerService},
				{"add another one in its place", func(t *testing.T, photolink *app.App) error {
					name := filepath.Join(t.TempDir(), "my-photos.toml")
					if err := os.WriteFile(name, []byte(ownService), 0o600); err != nil {
						t.Fatal(err)
					}
					return only(photolink.AddService(name))
				}, "There is a service of this id already"},
				{"check its account", tryCheck(ownAccount), "This Photolink does not know the service"},
			},
			despite: tryLink(account.KeyringVault),
		},
		{
			name: "bundle", file: "bundle.age", raise: raiseSealed,
			attempts: []attempt{{"open", tryImport, newerBundle}},
			despite:  tryRename,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(newest)); err != nil {
				t.Fatal(err)
			}
			if row.prepare != nil {
				row.prepare(t, folder)
			}
			row.raise(t, filepath.Join(folder, row.file))
			before := contentsOf(t, folder)
			photolink, vault := restartSchema(t, folder)
			records := vault.size()
			for _, try := range row.attempts {
				t.Run(try.name, func(t *testing.T) {
					err := try.do(t, photolink)
					if err == nil {
						t.Error("it was not refused")
					} else if said := link.Explain(nil, err, provider.Provider{}); said.What != try.what || said.Meaning == "" || said.Remedy == "" {
						t.Errorf("said %q, %q, %q for %v; want %q", said.What, said.Meaning, said.Remedy, err, try.what)
					}
					after := contentsOf(t, folder)
					for _, name := range row.changes {
						after[name] = before[name]
					}
					if diff := cmp.Diff(before, after); diff != "" {
						t.Errorf("- before, + after:\n%s", diff)
					}
				})
			}
			if vault.size() != records {
				t.Errorf("%d records in the keyring, there were %d", vault.size(), records)
			}
			if row.despite == nil {
				return
			}
			if err := row.despite(t, photolink); err != nil {
				t.Errorf("what has nothing to do with it: %v", err)
			}
			photolink.Close()
			if readFile(t, filepath.Join(folder, row.file)) != before[filepath.ToSlash(row.file)] {
				t.Error("the file has changed")
			}
		})
	}
}

// contentsOf returns the content of all files in a folder but the locks, which hold nothing.
func contentsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	contents := make(map[string]string)
	files := os.DirFS(folder)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".lock") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		contents[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}
