package account_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/oauth"
)

const passphrase = "passphrase-canary"

func knowsPassphrase(context.Context, bool) (oauth.Secret, error) { return passphrase, nil }

// sharedVaults are two vaults that processes share, of which one passes for the keyring.
func sharedVaults(folder string) []account.Vault {
	file := func(name string) account.Vault {
		return account.NewFile(filepath.Join(folder, name+".age"), knowsPassphrase)
	}
	return []account.Vault{&dyingVault{Vault: file(account.KeyringVault), name: account.KeyringVault}, file(account.FileVault)}
}

// dyingVault kills its program at a given moment.
type dyingVault struct {
	account.Vault
	name    string
	moments *moments
}

// moments counts those before and after each call of a vault.
type moments struct{ passed, death int }

func (m *moments) pass() {
	if m == nil {
		return
	}
	m.passed++
	if m.passed != m.death {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

func (v *dyingVault) Name() string { return v.name }

func (v *dyingVault) Put(ctx context.Context, record string, secret []byte) error {
	v.moments.pass()
	defer v.moments.pass()
	return v.Vault.Put(ctx, record, secret)
}

func (v *dyingVault) Get(ctx context.Context, record string) ([]byte, error) {
	v.moments.pass()
	defer v.moments.pass()
	return v.Vault.Get(ctx, record)
}

func (v *dyingVault) Delete(ctx context.Context, record string) error {
	v.moments.pass()
	defer v.moments.pass()
	return v.Vault.Delete(ctx, record)
}

// onlyAccount is the account of the scenes below.
const onlyAccount = "theOne"

func relinked() account.Linked {
	again := linked()
	again.Account.ID = onlyAccount
	again.Token = oauth.TokenCredentials{Token: "token-2", Secret: "newer-canary"}
	return again
}

// scenes are what a program was doing when it was killed.
var scenes = []struct {
	name    string
	prepare func(ctx context.Context, store *account.Store) error // before; may be nil
	play    func(ctx context.Context, store *account.Store) error
	// The credentials that the account may have afterwards; none means that the account may be gone.
	old, new account.Credentials
}{
	{
		name: "save",
		play: saves(relinked), new: credentials(relinked()),
	},
	{
		name: "link again", prepare: saves(first),
		play: saves(relinked), old: credentials(first()), new: credentials(relinked()),
	},
	{
		name: "link again with another key", prepare: saves(first),
		play: saves(rekeyed), old: credentials(first()), new: credentials(rekeyed()),
	},
	{
		name: "move", prepare: saves(first),
		play: func(ctx context.Context, store *account.Store) error {
			_, err := store.Move(ctx, onlyAccount, account.FileVault)
			return err
		},
		old: credentials(first()), new: credentials(first()),
	},
	{
		name: "delete with key", prepare: saves(first),
		play: func(ctx context.Context, store *account.Store) error { return store.Delete(ctx, onlyAccount, true) },
		old:  credentials(first()),
	},
	{
		name: "restore with key",
		play: func(ctx context.Context, store *account.Store) error {
			folder := os.Getenv(folderVariable)
			quiet, err := account.Open(folder, sharedVaults(folder)...) // that it is killed while it removes is the scene above
			if err != nil {
				return err
			}
			if err := saves(first)(ctx, quiet); err != nil {
				return err
			}
			removed, err := quiet.Remove(ctx, onlyAccount, true)
			if err != nil {
				return err
			}
			_, err = store.Restore(ctx, removed)
			return err
		},
		new: credentials(first()),
	},
	{
		name: "probe", prepare: saves(first),
		play: func(ctx context.Context, store *account.Store) error { return store.Probe(ctx, account.KeyringVault) },
		old:  credentials(first()), new: credentials(first()),
	},
}

func first() account.Linked {
	l := linked()
	l.Account.ID = onlyAccount
	return l
}

func rekeyed() account.Linked {
	l := relinked()
	l.Client.Secret = "newer-canary"
	return l
}

func saves(l func() account.Linked) func(context.Context, *account.Store) error {
	return func(ctx context.Context, store *account.Store) error {
		_, err := store.Save(ctx, l())
		return err
	}
}

// die plays a scene until its moment has come. The variable holds the numbers of both.
func die(ctx context.Context, folder string) error {
	var scene int
	m := new(moments)
	if _, err := fmt.Sscan(os.Getenv(deathVariable), &scene, &m.death); err != nil {
		return err
	}
	vaults := sharedVaults(folder)
	for i, vault := range vaults {
		vaults[i] = &dyingVault{vault, vault.Name(), m}
	}
	store, err := account.Open(folder, vaults...)
	if err != nil {
		return err
	}
	return scenes[scene].play(ctx, store)
}

// TestKilledProgramLeavesNothing kills a program at each moment that there is before and after a call of a vault, and
// cleans up in this one.
func TestKilledProgramLeavesNothing(t *testing.T) {
	for i, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			completed := false
			death := 0
			for !completed {
				death++
				folder := t.TempDir()
				store := open(t, folder, sharedVaults(folder)...)
				if scene.prepare != nil {
					must(scene.prepare(t.Context(), store))
				}
				completed = play(t, "die", folder, deathVariable+"="+strconv.Itoa(i)+" "+strconv.Itoa(death))

				store = open(t, folder, sharedVaults(folder)...)
				cleanUp(t, store)
				got, err := store.Credentials(t.Context(), onlyAccount)
				switch {
				case errors.Is(err, account.ErrNotFound):
					if scene.old != none && scene.new != none || completed && scene.new != none {
						t.Errorf("killed at %d: the account is lost", death)
					}
				case stateOf(err) == account.VaultNotFound && scene.new == none:
					if err := store.Delete(t.Context(), onlyAccount, true); err != nil {
						t.Errorf("killed at %d: the account cannot be deleted once more: %v", death, err)
					}
				case err != nil:
					t.Errorf("killed at %d: %v", death, err)
				case got != scene.new && (completed || got != scene.old):
					t.Errorf("killed at %d: the credentials are neither the old nor the new", death)
				}
				expectAgreement(t, folder, death)
				if t.Failed() {
					return
				}
			}
			if death < 5 {
				t.Errorf("the program was killed at %d moments only", death-1)
			}
		})
	}
}

var none account.Credentials

// expectAgreement compares the records in the vaults with those that the index knows.
func expectAgreement(t *testing.T, folder string, death int) {
	t.Helper()
	var index struct {
		Accounts []struct{ Vault, Record string }
		Keys     []struct{ Vault, ID string }
		Pending  []any
	}
	if err := json.Unmarshal([]byte(read(t, folder, "accounts.json")), &index); err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, a := range index.Accounts {
		want = append(want, a.Vault+" "+a.Record)
	}
	for _, k := range index.Keys {
		want = append(want, k.Vault+" key-"+k.ID)
	}
	got := []string{}
	for _, vault := range []string{account.KeyringVault, account.FileVault} {
		for record := range unsealed(t, filepath.Join(folder, vault+".age")) {
			got = append(got, vault+" "+record)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("killed at %d: records (-index +vaults):\n%s", death, diff)
	}
	if len(index.Pending) > 0 {
		t.Errorf("killed at %d: still pending: %v", death, index.Pending)
	}
}

// unsealed reads an age file as any program does that knows its passphrase.
func unsealed(t *testing.T, path string) map[string][]byte {
	t.Helper()
	sealed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	var records map[string][]byte
	if err := json.Unmarshal(content, &records); err != nil {
		t.Fatal(err)
	}
	return records
}

func TestCleanUpSparesARunningProgram(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store, other := open(t, folder, vault), open(t, folder, vault)
	put := 0
	vault.put = func(context.Context, string, []byte) (bool, error) {
		put++
		if removed, err := other.CleanUp(t.Context()); removed != 0 || err != nil {
			t.Errorf("clean up in the middle: got %d and %v, want nothing done", removed, err)
		}
		return false, nil
	}
	saved := save(t, store, linked())
	if put != 2 {
		t.Errorf("got %d records stored, want 2", put)
	}
	if removed, err := other.CleanUp(t.Context()); removed != 0 || err != nil {
		t.Errorf("clean up at the end: got %d and %v, want nothing to do", removed, err)
	}
	expectCredentials(t, other, saved.ID, credentials(linked()))
}

func TestCleanUpTriesAgainWhatAVaultDidNotLetGo(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	again := linked()
	again.Account.ID = save(t, store, linked()).ID
	asked := 0
	vault.del = func(context.Context, string) (bool, error) {
		asked++
		return true, &account.VaultError{Vault: vault.name, State: account.VaultLocked}
	}
	for range 2 { // the old tokens of both stay
		save(t, store, again)
	}
	asked = 0
	removed, err := store.CleanUp(t.Context())
	if removed != 0 || stateOf(err) != account.VaultLocked || asked != 1 {
		t.Errorf("locked: got %d and %v after %d questions; want 0, a locked vault, 1", removed, err, asked)
	}
	vault.del = nil

	removed, err = open(t, folder).CleanUp(t.Context())
	if removed != 0 || stateOf(err) != account.VaultAbsent {
		t.Errorf("without the vault: got %d and %v, want 0 and an absent vault", removed, err)
	}
	if removed, err := store.CleanUp(t.Context(), account.FileVault); removed != 0 || err != nil {
		t.Errorf("another vault: got %d and %v, want nothing done", removed, err)
	}
	if left := vault.left(); len(left) != 4 {
		t.Errorf("records: got %v, want a key and three tokens", left)
	}
	if removed, err := store.CleanUp(t.Context(), account.KeyringVault); removed != 2 || err != nil {
		t.Errorf("unlocked: got %d and %v, want 2", removed, err)
	}
	if left := vault.left(); len(left) != 2 {
		t.Errorf("records: got %v, want a key and a token", left)
	}
	expectCredentials(t, store, again.Account.ID, credentials(again))
}

func TestCleanUpOfACallGivenUp(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	ctx, cancel := context.WithCancel(t.Context())
	var late func()
	vault.put = func(ctx context.Context, record string, secret []byte) (bool, error) {
		late = func() { must(vault.store(context.WithoutCancel(ctx), record, secret)) }
		cancel()
		return true, ctx.Err()
	}
	_, err := store.Save(ctx, linked())
	expectFault(t, err, account.VaultUnanswered)
	vault.put = nil
	late() // the person answered the prompt after the program had ended
	if removed, err := store.CleanUp(t.Context()); removed == 0 || err != nil {
		t.Errorf("got %d and %v", removed, err)
	}
	if left := vault.left(); len(left) > 0 {
		t.Errorf("records left: %v", left)
	}
	expectNoSecretIn(t, folder)
}

func TestStoreProbe(t *testing.T) {
	broken := func(t *testing.T, folder string) { write(t, folder, "accounts.json", "{") }
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, folder string) // may be nil
		put     func(context.Context, string, []byte) (bool, error)
		vault   string
		want    account.VaultState
		works   bool
	}{
		{name: "works", vault: account.KeyringVault, works: true},
		{name: "session works", vault: account.SessionVault, works: true},
		{name: "not a vault of this store", vault: account.FileVault, want: account.VaultAbsent},
		{name: "refuses", vault: account.KeyringVault, put: onRecord("probe-", errRefused), want: account.VaultRefused},
		{name: "stores nothing", vault: account.KeyringVault, put: onRecord("probe-", nil), want: account.VaultNotStored},
		{
			name: "locked", vault: account.KeyringVault, want: account.VaultLocked,
			put: onRecord("probe-", &account.VaultError{Vault: account.KeyringVault, State: account.VaultLocked}),
		},
		{name: "index that cannot be used", vault: account.KeyringVault, prepare: broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			vault.put = test.put
			if test.prepare != nil {
				test.prepare(t, folder)
			}
			store := open(t, folder, vault, account.Session())
			err := store.Probe(t.Context(), test.vault)
			if stateOf(err) != test.want || (err == nil) != test.works {
				t.Errorf("got %v, want state %q", err, test.want)
			}
			if left := vault.left(); len(left) > 0 {
				t.Errorf("records left: %v", left)
			}
			if index := read(t, folder, "accounts.json"); strings.Contains(index, "probe-") {
				t.Errorf("the index still waits for the probe: %s", index)
			}
		})
	}
}
