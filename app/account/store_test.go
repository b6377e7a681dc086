package account_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/oauth"
)

// faultyVault is a vault in memory that can be told to fail.
type faultyVault struct {
	account.Vault // a session vault
	name          string

	mu      sync.Mutex
	records map[string]bool

	// These, if not nil, come before the real call and take its place if they return done.
	put func(ctx context.Context, record string, secret []byte) (done bool, err error)
	get func(ctx context.Context, record string) (done bool, err error)
	del func(ctx context.Context, record string) (done bool, err error)
}

func newVault(name string) *faultyVault {
	return &faultyVault{Vault: account.Session(), name: name, records: make(map[string]bool)}
}

func (v *faultyVault) Name() string { return v.name }

func (v *faultyVault) Put(ctx context.Context, record string, secret []byte) error {
	if v.put != nil {
		if done, err := v.put(ctx, record, secret); done {
			return err
		}
	}
	return v.store(ctx, record, secret)
}

func (v *faultyVault) store(ctx context.Context, record string, secret []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.records[record] = true
	return v.Vault.Put(ctx, record, secret)
}

func (v *faultyVault) Get(ctx context.Context, record string) ([]byte, error) {
	if v.get != nil {
		if done, err := v.get(ctx, record); done {
			return nil, err
		}
	}
	return v.Vault.Get(ctx, record)
}

func (v *faultyVault) Delete(ctx context.Context, record string) error {
	if v.del != nil {
		if done, err := v.del(ctx, record); done {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.records, record)
	return v.Vault.Delete(ctx, record)
}

func (v *faultyVault) left() map[string]bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.records)
}

// The secrets of linked. None may show up anywhere but in a vault.
var canaries = []string{"client-canary", "token-canary", "newer-canary"}

var linkedAt = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func linked() account.Linked {
	return account.Linked{
		Account: account.Account{
			Provider: "flickr", UserID: "12@N34", UserName: "someone", Name: "Some One",
			PermissionAsked: "read", Permission: "read",
			Vault: account.KeyringVault, State: account.StateWorks, LinkedAt: linkedAt,
		},
		Token:   oauth.TokenCredentials{Token: "token-1", Secret: "token-canary"},
		Client:  oauth.ClientCredentials{Key: "0123456789abcdef", Secret: "client-canary"},
		Picture: []byte("picture"),
	}
}

func credentials(l account.Linked) account.Credentials {
	return account.Credentials{Client: l.Client, Token: l.Token}
}

func open(t *testing.T, folder string, vaults ...account.Vault) *account.Store {
	t.Helper()
	store, err := account.Open(folder, vaults...)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func save(t *testing.T, store *account.Store, l account.Linked) account.Account {
	t.Helper()
	saved, err := store.Save(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func cleanUp(t *testing.T, store *account.Store) {
	t.Helper()
	if _, err := store.CleanUp(t.Context()); err != nil {
		t.Errorf("clean up: %v", err)
	}
}

// expectAccounts compares the accounts of store, which are few, with want.
func expectAccounts(t *testing.T, store *account.Store, want ...account.Account) {
	t.Helper()
	got, err := store.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// expectCredentials compares without printing.
func expectCredentials(t *testing.T, store *account.Store, id string, want account.Credentials) {
	t.Helper()
	got, err := store.Credentials(t.Context(), id)
	if err != nil {
		t.Errorf("credentials: %v", err)
	} else if got != want {
		t.Errorf("credentials of %s differ from those saved; got token %q, want %q", id, got.Token.Token, want.Token.Token)
	}
}

// expectNoSecretIn looks for the canaries in all files of folder, names and content.
func expectNoSecretIn(t *testing.T, folder string) {
	t.Helper()
	for name, content := range files(t, folder) {
		for _, canary := range canaries {
			if strings.Contains(name+content, canary) {
				t.Errorf("%s holds the secret %q", name, canary)
			}
		}
	}
}

// files returns the content of all files below folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, item os.DirEntry, err error) error {
		if err != nil || item.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestSavedAccountOutlivesTheStore(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	saved := save(t, open(t, folder, vault), linked())

	store := open(t, folder, vault)
	expectAccounts(t, store, saved)
	expectCredentials(t, store, saved.ID, credentials(linked()))
	if got := string(store.Picture(saved.ID)); got != "picture" {
		t.Errorf("picture: got %q", got)
	}
	want := linked().Account
	want.ID, want.KeyID = saved.ID, saved.KeyID
	if got, err := store.Account(saved.ID); err != nil || got != want {
		t.Errorf("account: got %v and %v, want %v", got, err, want)
	}
	expectNoSecretIn(t, folder)
}

func TestOpenTouchesNoVault(t *testing.T) {
	vault := newVault(account.KeyringVault)
	touched := func(context.Context, string) (bool, error) { t.Error("vault touched"); return false, nil }
	vault.get, vault.del = touched, touched
	vault.put = func(ctx context.Context, record string, _ []byte) (bool, error) { return touched(ctx, record) }
	store := open(t, t.TempDir(), vault)
	expectAccounts(t, store)
	if keys, err := store.Keys(""); err != nil || len(keys) > 0 {
		t.Errorf("keys: got %v and %v", keys, err)
	}
}

// saveFaults are ways in which Save fails. Each prepares a store and may end its context.
var saveFaults = []struct {
	name  string
	spoil func(vault *faultyVault, folder string, cancel func())
	want  account.VaultState // "" if the fault is not the vault's
}{
	{"vault refuses the key", func(v *faultyVault, _ string, _ func()) {
		v.put = onRecord("key-", errRefused)
	}, account.VaultRefused},
	{"vault refuses the token", func(v *faultyVault, _ string, _ func()) {
		v.put = onRecord("account-", errRefused)
	}, account.VaultRefused},
	{"vault stores the token and says no", func(v *faultyVault, _ string, _ func()) {
		v.put = func(ctx context.Context, record string, secret []byte) (bool, error) {
			if !strings.HasPrefix(record, "account-") {
				return false, nil
			}
			return true, errors.Join(errRefused, v.store(ctx, record, secret))
		}
	}, account.VaultRefused},
	{"vault loses the token", func(v *faultyVault, _ string, _ func()) {
		v.put = onRecord("account-", nil)
	}, account.VaultNotStored},
	{"vault stores something else", func(v *faultyVault, _ string, _ func()) {
		v.put = func(ctx context.Context, record string, secret []byte) (bool, error) {
			return true, v.store(ctx, record, secret[1:])
		}
	}, account.VaultNotStored},
	{"token cannot be read back", func(v *faultyVault, _ string, _ func()) {
		v.get = func(_ context.Context, record string) (bool, error) {
			return strings.HasPrefix(record, "account-"), errRefused
		}
	}, account.VaultRefused},
	{"vault locks itself before the token", func(v *faultyVault, _ string, _ func()) {
		v.put = onRecord("account-", &account.VaultError{Vault: v.name, State: account.VaultLocked})
	}, account.VaultLocked},
	{"person gives up while the token is stored", func(v *faultyVault, _ string, cancel func()) {
		v.put = func(ctx context.Context, record string, _ []byte) (bool, error) {
			if !strings.HasPrefix(record, "account-") {
				return false, nil
			}
			cancel()
			<-ctx.Done()
			return true, ctx.Err()
		}
	}, account.VaultUnanswered},
	{"person gives up while the token is read back", func(v *faultyVault, _ string, cancel func()) {
		v.get = func(ctx context.Context, record string) (bool, error) {
			if !strings.HasPrefix(record, "account-") {
				return false, nil
			}
			cancel()
			<-ctx.Done()
			return true, ctx.Err()
		}
	}, account.VaultUnanswered},
	{"person gives up before the index", func(v *faultyVault, _ string, cancel func()) {
		v.get = func(_ context.Context, record string) (bool, error) {
			if strings.HasPrefix(record, "account-") {
				cancel()
			}
			return false, nil
		}
	}, ""},
	{"picture cannot be written", func(_ *faultyVault, folder string, _ func()) {
		pictures := filepath.Join(folder, "pictures")
		must(os.RemoveAll(pictures + ".away"))
		if _, err := os.Stat(pictures); err == nil {
			must(os.Rename(pictures, pictures+".away"))
		}
		must(os.WriteFile(pictures, nil, 0o600))
	}, ""},
	{"index cannot be written", func(v *faultyVault, folder string, _ func()) {
		v.put = func(_ context.Context, record string, _ []byte) (bool, error) {
			if strings.HasPrefix(record, "account-") {
				index := filepath.Join(folder, "accounts.json")
				if _, err := os.Stat(index); err == nil {
					must(os.Rename(index, index+".away"))
				}
				must(os.Mkdir(index, 0o700))
			}
			return false, nil
		}
	}, ""},
}

var errRefused = errors.New("no")

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// onRecord answers err in place of storing records whose name starts with prefix.
func onRecord(prefix string, err error) func(context.Context, string, []byte) (bool, error) {
	return func(_ context.Context, record string, _ []byte) (bool, error) {
		return strings.HasPrefix(record, prefix), err
	}
}

// mend takes back what saveFaults did to the folder.
func mend(folder string) {
	for _, name := range []string{"pictures", "accounts.json"} {
		path := filepath.Join(folder, name)
		if item, err := os.Stat(path); err == nil && item.IsDir() != (name == "pictures") {
			must(os.Remove(path))
		}
		if _, err := os.Stat(path + ".away"); err == nil {
			must(os.Rename(path+".away", path))
		}
	}
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	for _, test := range saveFaults {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			store := open(t, folder, vault)
			test.spoil(vault, folder, cancel)

			_, err := store.Save(ctx, linked())
			expectFault(t, err, test.want)
			vault.put, vault.get = nil, nil
			mend(folder)
			cleanUp(t, store)
			expectAccounts(t, store)
			if keys, err := store.Keys(""); err != nil || len(keys) > 0 {
				t.Errorf("keys left: %v, %v", keys, err)
			}
			if left := vault.left(); len(left) > 0 {
				t.Errorf("records left: %v", left)
			}
			for name, content := range files(t, folder) {
				if filepath.Base(name) != "accounts.json" && content != "" || strings.Contains(content, "account-") {
					t.Errorf("file left: %s %q", name, content)
				}
			}
		})
	}
}

func TestFailedRelinkKeepsTheOld(t *testing.T) {
	for _, test := range saveFaults {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			store := open(t, folder, vault)
			old := save(t, store, linked())
			before := vault.left()

			again := linked()
			again.Account.ID = old.ID
			again.Account.UserName = "someone else"
			again.Token = oauth.TokenCredentials{Token: "token-2", Secret: "newer-canary"}
			again.Client.Secret = "newer-canary" // a new secret for the same key, so that a key is stored too
			again.Picture = []byte("newer picture")
			test.spoil(vault, folder, cancel)
			_, err := store.Save(ctx, again)
			expectFault(t, err, test.want)

			vault.put, vault.get = nil, nil
			mend(folder)
			cleanUp(t, store)
			expectAccounts(t, store, old)
			expectCredentials(t, store, old.ID, credentials(linked()))
			if got := string(store.Picture(old.ID)); got != "picture" {
				t.Errorf("picture: got %q", got)
			}
			if diff := cmp.Diff(before, vault.left()); diff != "" {
				t.Errorf("records (-before +after):\n%s", diff)
			}
			expectNoSecretIn(t, folder)
		})
	}
}

// expectFault checks the state of a vault error, and that no error holds a secret.
func expectFault(t *testing.T, err error, want account.VaultState) {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	if got := stateOf(err); got != want {
		t.Errorf("state of %v: got %q, want %q", err, got, want)
	}
	for _, canary := range canaries {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
			t.Errorf("the error holds the secret %q", canary)
		}
	}
}

func TestRelinkReplacesTheToken(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	old := save(t, store, linked())

	again := linked()
	again.Account.ID = old.ID
	again.Token.Token = "token-2"
	again.Picture = nil
	vault.del = func(context.Context, string) (bool, error) {
		// The moment in which the old token goes: by now, another program would find the new one.
		expectCredentials(t, open(t, folder, vault), old.ID, credentials(again))
		return false, nil
	}
	saved := save(t, store, again)
	expectAccounts(t, store, saved)
	if saved.ID != old.ID || saved.KeyID != old.KeyID {
		t.Errorf("got account %s with key %s, want %s with %s", saved.ID, saved.KeyID, old.ID, old.KeyID)
	}
	if left := vault.left(); len(left) != 2 {
		t.Errorf("records: got %v, want a key and a token", left)
	}
	if got := string(store.Picture(old.ID)); got != "picture" {
		t.Errorf("picture: got %q, want the old one", got)
	}
}

func TestAccountsShareAKey(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	first := linked()
	first.KeyName = "my key"
	one, two := save(t, store, first), save(t, store, linked())
	if one.KeyID != two.KeyID {
		t.Errorf("the same client credentials are keys %s and %s", one.KeyID, two.KeyID)
	}
	other := linked()
	other.Client.Secret = "newer-canary"
	save(t, store, other)
	elsewhere := linked()
	elsewhere.Account.Provider = "smugmug"
	save(t, store, elsewhere)
	short := linked()
	short.Account.Provider = "commons"
	short.Client.Key = "0123456789a"
	save(t, store, short)
	practice := linked()
	practice.Account.Provider, practice.Client = "practice", oauth.ClientCredentials{}
	if saved := save(t, store, practice); saved.KeyID != "" {
		t.Errorf("got key %s, want none for a service without keys", saved.KeyID)
	} else {
		expectCredentials(t, store, saved.ID, credentials(practice))
	}

	for provider, want := range map[string]int{"flickr": 2, "smugmug": 1, "practice": 0, "": 4} {
		if keys, err := store.Keys(provider); err != nil || len(keys) != want {
			t.Errorf("keys of %q: got %v and %v, want %d", provider, keys, err, want)
		}
	}
	keys, err := store.Keys("commons")
	if err != nil || len(keys) != 1 || keys[0].Hint != "••••" {
		t.Errorf("short key: got %v and %v", keys, err)
	}
	keys, err = store.Keys("flickr")
	if err != nil {
		t.Fatal(err)
	}
	want := account.Key{
		ID: one.KeyID, Provider: "flickr", Name: "my key", Hint: "0123…cdef",
		Vault: account.KeyringVault, AddedAt: linkedAt,
	}
	if keys[0] != want && keys[1] != want {
		t.Errorf("keys: got %v, want %v among them", keys, want)
	}
	if client, err := store.ClientCredentials(t.Context(), one.KeyID); err != nil || client != linked().Client {
		t.Errorf("client credentials: %v, or not those saved", err)
	}
}

func TestDeleteRemovesEverything(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	one, two := save(t, store, linked()), save(t, store, linked())

	if err := store.DeleteKey(t.Context(), one.KeyID); !errors.Is(err, account.ErrKeyInUse) {
		t.Errorf("delete key: got %v, want a key in use", err)
	}
	if err := store.Delete(t.Context(), one.ID, true); err != nil {
		t.Errorf("delete the first: %v", err)
	}
	expectAccounts(t, store, two)
	expectCredentials(t, store, two.ID, credentials(linked()))
	if err := store.Delete(t.Context(), two.ID, true); err != nil {
		t.Errorf("delete the second: %v", err)
	}
	expectAccounts(t, store)
	if left := vault.left(); len(left) > 0 {
		t.Errorf("records left: %v", left)
	}
	for _, id := range []string{one.ID, two.ID} {
		if store.Picture(id) != nil {
			t.Errorf("picture of %s left", id)
		}
	}
}

func TestDeleteKeepsTheKey(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	saved := save(t, store, linked())
	if err := store.Delete(t.Context(), saved.ID, false); err != nil {
		t.Fatal(err)
	}
	if client, err := store.ClientCredentials(t.Context(), saved.KeyID); err != nil || client != linked().Client {
		t.Errorf("client credentials: %v, or not those saved", err)
	}
	if err := store.DeleteKey(t.Context(), saved.KeyID); err != nil {
		t.Errorf("delete key: %v", err)
	}
	if _, err := store.ClientCredentials(t.Context(), saved.KeyID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("client credentials after delete: got %v, want not found", err)
	}
}

func TestWhatTheVaultKeepsStaysInTheIndex(t *testing.T) {
	vault := newVault(account.KeyringVault)
	store := open(t, t.TempDir(), vault)
	saved, gone := save(t, store, linked()), linked()
	gone.Account.Provider = "smugmug"
	goneID := save(t, store, gone)
	if err := store.Delete(t.Context(), goneID.ID, false); err != nil {
		t.Fatal(err)
	}

	vault.del = func(context.Context, string) (bool, error) { return true, errRefused }
	expectFault(t, store.Delete(t.Context(), saved.ID, true), account.VaultRefused)
	expectFault(t, store.DeleteKey(t.Context(), goneID.KeyID), account.VaultRefused)
	vault.del = nil
	expectAccounts(t, store, saved)
	expectCredentials(t, store, saved.ID, credentials(linked()))
	if client, err := store.ClientCredentials(t.Context(), goneID.KeyID); err != nil || client != gone.Client {
		t.Errorf("client credentials: %v, or not those saved", err)
	}
}

func TestUnknownIDs(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	ctx := t.Context()
	_, accountErr := store.Account("x")
	_, credentialsErr := store.Credentials(ctx, "x")
	_, clientErr := store.ClientCredentials(ctx, "x")
	for name, err := range map[string]error{
		"account": accountErr, "credentials": credentialsErr, "client credentials": clientErr,
		"update": store.Update("x", func(*account.Account) {}),
		"delete": store.Delete(ctx, "x", true), "delete key": store.DeleteKey(ctx, "x"),
	} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: got %v, want not found", name, err)
		}
	}
}

func TestIDsAreNoPaths(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "outside"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	vault := newVault(account.KeyringVault)
	store := open(t, filepath.Join(folder, "store"), vault)
	for _, id := range []string{"../../outside", "..", "a/b", `a\b`, "a:b", "a b", strings.Repeat("a", 65)} {
		l := linked()
		l.Account.ID = id
		if _, err := store.Save(t.Context(), l); err == nil {
			t.Errorf("save: ID %q accepted", id)
		}
		if picture := store.Picture(id); picture != nil {
			t.Errorf("picture: ID %q leads to %q", id, picture)
		}
	}
	if left := vault.left(); len(left) > 0 {
		t.Errorf("records left: %v", left)
	}
}

func TestUpdateChangesTheIndexOnly(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	saved := save(t, store, linked())
	err := store.Update(saved.ID, func(a *account.Account) {
		a.State, a.CheckedAt = account.StateWithdrawn, linkedAt.Add(time.Hour)
		a.ID, a.KeyID, a.Vault = "other", "other", "other"
	})
	if err != nil {
		t.Fatal(err)
	}
	want := saved
	want.State, want.CheckedAt = account.StateWithdrawn, linkedAt.Add(time.Hour)
	expectAccounts(t, open(t, folder, vault), want)
	expectCredentials(t, store, saved.ID, credentials(linked()))
}

func TestAccountsAreSorted(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault), account.Session())
	for _, name := range []string{"smugmug b", "flickr c", "flickr a", "smugmug a"} {
		l := linked()
		l.Account.Provider, l.Account.UserName, _ = strings.Cut(name, " ")
		if name == "flickr a" {
			l.Account.Vault = account.SessionVault
		}
		save(t, store, l)
	}
	accounts, err := store.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range accounts {
		got = append(got, a.Provider+" "+a.UserName)
	}
	if diff := cmp.Diff([]string{"flickr a", "flickr c", "smugmug a", "smugmug b"}, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestStoresShareAFolder(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	var all sync.WaitGroup
	const each = 8
	for range 2 {
		store := open(t, folder, vault)
		for range each {
			all.Go(func() {
				saved, err := store.Save(t.Context(), linked())
				if err != nil {
					t.Errorf("save: %v", err)
					return
				}
				if err := store.Update(saved.ID, func(a *account.Account) { a.State = account.StateUnknown }); err != nil {
					t.Errorf("update: %v", err)
				}
			})
		}
	}
	all.Wait()
	store := open(t, folder, vault)
	accounts, err := store.Accounts()
	if err != nil || len(accounts) != 2*each {
		t.Fatalf("got %d accounts and %v, want %d", len(accounts), err, 2*each)
	}
	for _, a := range accounts {
		expectCredentials(t, store, a.ID, credentials(linked()))
		if a.State != account.StateUnknown {
			t.Errorf("account %s: update lost", a.ID)
		}
	}
}

func TestRelinkDuringDeleteWins(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	old := save(t, store, linked())
	again := linked()
	again.Account.ID, again.Token.Token = old.ID, "token-2"
	vault.del = func(context.Context, string) (bool, error) {
		vault.del = nil
		save(t, open(t, folder, vault), again)
		return false, nil
	}
	if err := store.Delete(t.Context(), old.ID, true); !errors.Is(err, account.ErrChanged) {
		t.Errorf("delete: got %v, want a change in the meantime", err)
	}
	expectCredentials(t, store, old.ID, credentials(again))
}

func TestKeyDeletedDuringSaveIsNoticed(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	first := save(t, store, linked())
	if err := store.Delete(t.Context(), first.ID, false); err != nil {
		t.Fatal(err)
	}
	vault.put = func(ctx context.Context, _ string, _ []byte) (bool, error) {
		return false, open(t, folder, vault).DeleteKey(ctx, first.KeyID)
	}
	if _, err := store.Save(t.Context(), linked()); !errors.Is(err, account.ErrChanged) {
		t.Errorf("save: got %v, want a change in the meantime", err)
	}
	if left := vault.left(); len(left) > 0 {
		t.Errorf("records left: %v", left)
	}
}

func TestSessionAccountsNeverReachTheDisk(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault, account.Session())
	l := linked()
	l.Account.Vault = account.SessionVault
	saved := save(t, store, l)

	expectAccounts(t, store, saved)
	expectCredentials(t, store, saved.ID, credentials(l))
	if got := string(store.Picture(saved.ID)); got != "picture" {
		t.Errorf("picture: got %q", got)
	}
	if keys, err := store.Keys("flickr"); err != nil || len(keys) != 1 {
		t.Errorf("keys: got %v and %v, want one", keys, err)
	}
	for name, content := range files(t, folder) {
		if content != "" {
			t.Errorf("%s holds %q", name, content)
		}
	}
	expectAccounts(t, open(t, folder, vault, account.Session()))

	if err := store.Delete(t.Context(), saved.ID, true); err != nil {
		t.Errorf("delete: %v", err)
	}
	expectAccounts(t, store)
	if store.Picture(saved.ID) != nil {
		t.Error("picture left after delete")
	}
}

func TestRelinkForThisSessionHidesTheStoredAccount(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault, account.Session())
	stored := save(t, store, linked())
	l := linked()
	l.Account.ID, l.Account.Vault, l.Token.Token = stored.ID, account.SessionVault, "token-2"
	forSession := save(t, store, l)

	expectAccounts(t, store, forSession)
	expectCredentials(t, store, stored.ID, credentials(l))
	expectAccounts(t, open(t, folder, vault), stored)
	expectCredentials(t, open(t, folder, vault), stored.ID, credentials(linked()))

	l.Account.Vault, l.Token.Token = account.KeyringVault, "token-3"
	storedAgain := save(t, store, l)
	expectAccounts(t, store, storedAgain)
	expectCredentials(t, store, stored.ID, credentials(l))
	if err := store.Delete(t.Context(), stored.ID, true); err != nil {
		t.Errorf("delete: %v", err)
	}
	expectAccounts(t, store)
}

func TestVaultThatIsNotThere(t *testing.T) {
	folder := t.TempDir()
	saved := save(t, open(t, folder, newVault(account.KeyringVault)), linked())
	store := open(t, folder, account.Session())
	expectAccounts(t, store, saved)
	_, err := store.Credentials(t.Context(), saved.ID)
	expectFault(t, err, account.VaultAbsent)
	_, err = store.Save(t.Context(), linked())
	expectFault(t, err, account.VaultAbsent)
	expectFault(t, store.Delete(t.Context(), saved.ID, true), account.VaultAbsent)
	expectAccounts(t, store, saved)
}

func TestLostAndDamagedRecords(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(vault *faultyVault, record string) error
		want   account.VaultState
	}{
		{"deleted in the keyring's own program", func(v *faultyVault, record string) error {
			return v.Delete(context.Background(), record)
		}, account.VaultNotFound},
		{"overwritten", func(v *faultyVault, record string) error {
			return v.Put(context.Background(), record, []byte("token-canary"))
		}, account.VaultDamaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			vault := newVault(account.KeyringVault)
			store := open(t, t.TempDir(), vault)
			saved := save(t, store, linked())
			for record := range vault.left() {
				if err := test.damage(vault, record); err != nil {
					t.Fatal(err)
				}
			}
			_, err := store.Credentials(t.Context(), saved.ID)
			expectFault(t, err, test.want)
			_, err = store.ClientCredentials(t.Context(), saved.KeyID)
			expectFault(t, err, test.want)

			again := linked() // linking again helps
			again.Account.ID = saved.ID
			saved = save(t, store, again)
			expectCredentials(t, store, saved.ID, credentials(again))
		})
	}
}
