package account_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
)

// write puts content into a file of folder, unless content is empty.
func write(t testing.TB, folder, name, content string) {
	t.Helper()
	if content == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(content)
}

func TestUnknownFieldsAreKept(t *testing.T) {
	const before = `{
		"version": 1, "colour": {"deep": [1, 2.50]},
		"accounts": [{"id": "z"} ,
			{"id": "a", "provider": "flickr", "vault": "keyring", "record": "r", "stars": 12345678901234567890}],
		"keys": [{"id": "k", "provider": "flickr", "vault": "keyring", "expires": null}]
	}`
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	write(t, folder, "accounts.json", before)
	store := open(t, folder, vault)
	b := batch(t, store)
	if err := errors.Join(b.Update("a", func(a *account.Account) { a.Name = "Some One" }), b.Write()); err != nil {
		t.Fatal(err)
	}
	again := linked()
	again.Account.ID = "a"
	save(t, store, again)

	var got struct {
		Colour   json.RawMessage
		Accounts []struct {
			Name, Record string
			Stars        json.RawMessage
		}
		Keys []struct{ Expires json.RawMessage }
	}
	if err := json.Unmarshal([]byte(read(t, folder, "accounts.json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Accounts) != 2 || len(got.Keys) != 2 {
		t.Fatalf("got %d accounts and %d keys, want 2 and 2", len(got.Accounts), len(got.Keys))
	}
	for name, value := range map[string][2]string{
		"of the index":   {compact(t, got.Colour), `{"deep":[1,2.50]}`},
		"of an account":  {string(got.Accounts[1].Stars), "12345678901234567890"},
		"of a key":       {string(got.Keys[0].Expires), "null"},
		"known, changed": {got.Accounts[1].Name, "Some One"},
	} {
		if value[0] != value[1] {
			t.Errorf("field %s: got %s, want %s", name, value[0], value[1])
		}
	}
	if got.Accounts[1].Record == "r" {
		t.Error("linking again left the old record in the index")
	}
}

func compact(t *testing.T, data json.RawMessage) string {
	t.Helper()
	compacted, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(compacted)
}

const (
	goodIndex   = `{"version": 1, "accounts": [{"id": "good", "vault": "keyring"}], "keys": []}`
	backupIndex = `{"version": 1, "accounts": [{"id": "backup", "vault": "keyring"}], "keys": []}`
	newerIndex  = `{"version": 2, "accounts": "elsewhere"}`
)

func TestBrokenIndexFallsBackToTheBackup(t *testing.T) {
	const inBackup = "backup"
	for _, test := range []struct {
		name          string
		index, backup string
		want          string // ID of the account that is found, "" if the index cannot be used
	}{
		{"good", goodIndex, backupIndex, "good"},
		{"good, broken backup", goodIndex, "{", "good"},
		{"missing", "", backupIndex, inBackup},
		{"cut off", goodIndex[:40], backupIndex, inBackup},
		{"zero bytes after a power cut", "\x00\x00\x00\x00", backupIndex, inBackup},
		{"something after the end", goodIndex + "{", backupIndex, inBackup},
		{"a field after the end", goodIndex + `, "keys": []`, backupIndex, inBackup},
		{"no version", `{"accounts": []}`, backupIndex, inBackup},
		{"accounts are no list", `{"version": 1, "accounts": "none"}`, backupIndex, inBackup},
		{"accounts are an object", `{"version": 1, "accounts": {"id": "good"}}`, backupIndex, inBackup},
		{"no object", `[]`, backupIndex, inBackup},
		{"account is no object", `{"version": 1, "accounts": [1]}`, backupIndex, inBackup},
		{"account is null", `{"version": 1, "accounts": [null]}`, backupIndex, inBackup},
		{"ID is a path", `{"version": 1, "accounts": [{"id": "../x"}]}`, backupIndex, inBackup},
		{"both broken", "{", "{", ""},
		{"broken, no backup", "{", "", ""},
		{"missing, broken backup", "", "{", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			write(t, folder, "accounts.json", test.index)
			write(t, folder, "accounts.json.backup", test.backup)
			store := open(t, folder, vault)
			before := files(t, folder)

			accounts, err := store.Accounts()
			if test.want == "" {
				if _, ok := errors.AsType[*account.IndexError](err); !ok {
					t.Errorf("accounts: got %v, want an index error", err)
				}
				if _, err := store.Save(t.Context(), linked()); err == nil {
					t.Error("save: got no error")
				}
				if left := vault.left(); len(left) > 0 {
					t.Errorf("records left: %v", left)
				}
				after := files(t, folder)
				delete(after, filepath.Join(folder, "accounts.json.lock"))
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("files (-before +after):\n%s", diff)
				}
				return
			}
			if err != nil || len(accounts) != 1 || accounts[0].ID != test.want {
				t.Fatalf("got %v and %v, want account %q", accounts, err, test.want)
			}

			save(t, store, linked())
			if accounts, err := store.Accounts(); err != nil || len(accounts) != 2 {
				t.Errorf("after save: got %v and %v, want 2 accounts", accounts, err)
			}
			wantBackup, wantAside := test.index, ""
			if test.want == inBackup {
				wantBackup, wantAside = test.backup, test.index
			}
			if got := read(t, folder, "accounts.json.backup"); got != wantBackup {
				t.Errorf("backup after save: got %s, want %s", got, wantBackup)
			}
			aside, err := filepath.Glob(filepath.Join(folder, "accounts.json.broken-*"))
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, name := range aside {
				got += read(t, folder, filepath.Base(name))
			}
			if got != wantAside {
				t.Errorf("put aside: got %q, want %q", got, wantAside)
			}
		})
	}
}

func TestIndexOfANewerVersionIsLeftAlone(t *testing.T) {
	for _, test := range []struct{ name, index, backup string }{
		{"index", newerIndex, backupIndex},
		{"backup of a broken index", "{", newerIndex},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			write(t, folder, "accounts.json", test.index)
			write(t, folder, "accounts.json.backup", test.backup)
			store := open(t, folder, vault)

			_, listErr := store.Accounts()
			_, saveErr := store.Save(t.Context(), linked())
			for name, err := range map[string]error{
				"accounts": listErr, "save": saveErr,
				"update":     store.Update("good", func(*account.Account) {}),
				"delete":     store.Delete(t.Context(), "good", true),
				"delete key": store.DeleteKey(t.Context(), "good"),
			} {
				newer, ok := errors.AsType[*account.NewerIndexError](err)
				if !ok || newer.Version != 2 {
					t.Errorf("%s: got %v, want a newer index of version 2", name, err)
				}
			}
			if left := vault.left(); len(left) > 0 {
				t.Errorf("records left: %v", left)
			}
			if got := read(t, folder, "accounts.json"); got != test.index {
				t.Errorf("index: got %s, want %s", got, test.index)
			}
			if got := read(t, folder, "accounts.json.backup"); got != test.backup {
				t.Errorf("backup: got %s, want %s", got, test.backup)
			}
		})
	}
}

func TestFilesAreForThePersonAlone(t *testing.T) {
	wantFile, wantFolder := fs.FileMode(0o600), fs.FileMode(0o700)
	if runtime.GOOS == "windows" { // which has no such modes; access follows from the folder that this one is in
		wantFile, wantFolder = 0o666, 0o777
	}
	folder := filepath.Join(t.TempDir(), "a", "b")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	store := open(t, folder, newVault(account.KeyringVault))
	save(t, store, linked())
	save(t, store, linked())
	seen := 0
	err := filepath.WalkDir(folder, func(path string, item fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := item.Info()
		if err != nil {
			return err
		}
		want := wantFile
		if item.IsDir() {
			want = wantFolder
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %o, want %o", path, got, want)
		}
		seen++
		return nil
	})
	if err != nil || seen != 8 { // two folders, index, backup, two locks, two pictures
		t.Errorf("got %d files and folders and %v, want 8", seen, err)
	}
}
