package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/oauth"
)

func move(t *testing.T, store *account.Store, id, vault string) account.Account {
	t.Helper()
	moved, err := store.Move(t.Context(), id, vault)
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

func TestMoveTakesTheWholeAccount(t *testing.T) {
	for _, test := range []struct{ from, to string }{
		{account.SessionVault, account.KeyringVault},
		{account.SessionVault, account.FileVault},
		{account.KeyringVault, account.FileVault},
		{account.KeyringVault, account.SessionVault},
		{account.FileVault, account.KeyringVault},
		{account.FileVault, account.SessionVault},
	} {
		t.Run(test.from+" to "+test.to, func(t *testing.T) {
			folder := t.TempDir()
			vaults := map[string]*faultyVault{}
			var all []account.Vault
			for _, name := range []string{account.KeyringVault, account.FileVault, account.SessionVault} {
				vaults[name] = newVault(name)
				all = append(all, vaults[name])
			}
			store := open(t, folder, all...)
			l := linked()
			l.Account.Vault, l.KeyName = test.from, "my key"
			saved := save(t, store, l)
			key := onlyKey(t, store)

			moved := move(t, store, saved.ID, test.to)
			want := saved
			want.Vault, want.KeyID = test.to, moved.KeyID
			if moved != want {
				t.Errorf("got %v, want %v", moved, want)
			}
			key.ID, key.Vault = moved.KeyID, test.to
			if got := onlyKey(t, store); got != key {
				t.Errorf("key: got %v, want %v", got, key)
			}
			expectAccounts(t, store, moved)
			expectCredentials(t, store, saved.ID, credentials(l))
			if got := string(store.Picture(saved.ID)); got != "picture" {
				t.Errorf("picture: got %q", got)
			}
			if left := vaults[test.from].left(); len(left) > 0 {
				t.Errorf("records left in the old vault: %v", left)
			}
			if there := vaults[test.to].left(); len(there) != 2 {
				t.Errorf("records in the new vault: got %v, want a key and a token", there)
			}
			if test.to == account.SessionVault {
				expectAccounts(t, open(t, folder, all...))
				for name, content := range files(t, folder) {
					if strings.Contains(name+content, saved.ID) && !strings.HasSuffix(name, ".backup") {
						t.Errorf("%s still knows the account: %s", name, content)
					}
				}
			} else {
				expectAccounts(t, open(t, folder, all...), moved)
			}
			if removed, err := store.CleanUp(t.Context()); removed != 0 || err != nil {
				t.Errorf("clean up: got %d and %v, want nothing to do", removed, err)
			}
			expectNoSecretIn(t, folder)

			if again := move(t, store, saved.ID, test.to); again != moved {
				t.Errorf("moved to where it is: got %v, want %v", again, moved)
			}
			move(t, store, saved.ID, test.from) // and back
			expectCredentials(t, store, saved.ID, credentials(l))
			if left := vaults[test.to].left(); len(left) > 0 {
				t.Errorf("records left after moving back: %v", left)
			}
		})
	}
}

func onlyKey(t *testing.T, store *account.Store) account.Key {
	t.Helper()
	keys, err := store.Keys("")
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys: got %v and %v, want one", keys, err)
	}
	return keys[0]
}

func TestMoveCopiesASharedKey(t *testing.T) {
	keyring, file := newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, t.TempDir(), keyring, file)
	one, two := save(t, store, linked()), save(t, store, linked())

	one = move(t, store, one.ID, account.FileVault)
	if one.KeyID == two.KeyID {
		t.Error("accounts in two vaults share one key")
	}
	expectCredentials(t, store, one.ID, credentials(linked()))
	expectCredentials(t, store, two.ID, credentials(linked()))

	two = move(t, store, two.ID, account.FileVault)
	if one.KeyID != two.KeyID {
		t.Error("accounts in one vault do not share their key")
	}
	expectCredentials(t, store, one.ID, credentials(linked()))
	expectCredentials(t, store, two.ID, credentials(linked()))
	if left := keyring.left(); len(left) > 0 {
		t.Errorf("records left in the old vault: %v", left)
	}
	if there := file.left(); len(there) != 3 {
		t.Errorf("records in the new vault: got %v, want a key and two tokens", there)
	}
}

func TestMoveOfAnAccountWithoutKey(t *testing.T) {
	keyring, file := newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, t.TempDir(), keyring, file)
	l := linked()
	l.Client = oauth.ClientCredentials{}
	saved := save(t, store, l)
	move(t, store, saved.ID, account.FileVault)
	expectCredentials(t, store, saved.ID, credentials(l))
	if left := keyring.left(); len(left) > 0 {
		t.Errorf("records left in the old vault: %v", left)
	}
}

func TestFailedMoveChangesNothing(t *testing.T) {
	for _, test := range saveFaults {
		if test.name == "picture cannot be written" {
			continue // it is not, where it stays in the folder
		}
		t.Run(test.name, func(t *testing.T) {
			expectFailedMove(t, test.want, func(_, file *faultyVault, folder string, cancel func()) {
				test.spoil(file, folder, cancel)
			})
		})
	}
	for _, test := range []struct {
		name  string
		spoil func(keyring, file *faultyVault, folder string, cancel func())
		want  account.VaultState
	}{
		{"old vault is locked", func(keyring, _ *faultyVault, _ string, _ func()) {
			keyring.get = func(context.Context, string) (bool, error) {
				return true, &account.VaultError{Vault: keyring.name, State: account.VaultLocked}
			}
		}, account.VaultLocked},
		{"old vault does not let go", func(keyring, _ *faultyVault, _ string, _ func()) {
			keyring.del = func(context.Context, string) (bool, error) { return true, errRefused }
		}, account.VaultRefused},
		{"neither vault lets go", func(keyring, file *faultyVault, _ string, _ func()) {
			refuse := func(context.Context, string) (bool, error) { return true, errRefused }
			keyring.del, file.del = refuse, refuse
		}, account.VaultRefused},
		{"person gives up while the old vault lets go", func(keyring, _ *faultyVault, _ string, cancel func()) {
			keyring.del = func(ctx context.Context, _ string) (bool, error) {
				cancel()
				return true, ctx.Err()
			}
		}, account.VaultUnanswered},
	} {
		t.Run(test.name, func(t *testing.T) { expectFailedMove(t, test.want, test.spoil) })
	}
}

// expectFailedMove moves an account from the keyring to the file, with something spoilt.
func expectFailedMove(
	t *testing.T, want account.VaultState, spoil func(keyring, file *faultyVault, folder string, cancel func()),
) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	folder, keyring, file := t.TempDir(), newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, folder, keyring, file)
	saved := save(t, store, linked())
	before, key := keyring.left(), onlyKey(t, store)

	spoil(keyring, file, folder, cancel)
	_, err := store.Move(ctx, saved.ID, account.FileVault)
	expectFault(t, err, want)
	for _, vault := range []*faultyVault{keyring, file} {
		vault.put, vault.get, vault.del = nil, nil, nil
	}
	mend(folder)
	cleanUp(t, store)
	expectAccounts(t, store, saved)
	expectCredentials(t, store, saved.ID, credentials(linked()))
	if got := onlyKey(t, store); got != key {
		t.Errorf("key: got %v, want %v", got, key)
	}
	if diff := cmp.Diff(before, keyring.left()); diff != "" {
		t.Errorf("records of the old vault (-before +after):\n%s", diff)
	}
	if left := file.left(); len(left) > 0 {
		t.Errorf("records left in the new vault: %v", left)
	}
}

func TestMoveStandsIfTheOldVaultIsGone(t *testing.T) {
	keyring, file := newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, t.TempDir(), keyring, file)
	saved := save(t, store, linked())
	errGone := &account.VaultError{Vault: account.KeyringVault, State: account.VaultGone}
	keyring.del = func(context.Context, string) (bool, error) {
		keyring.get = func(context.Context, string) (bool, error) { return true, errGone }
		return true, errGone
	}
	moved := move(t, store, saved.ID, account.FileVault)
	expectAccounts(t, store, moved)
	expectCredentials(t, store, saved.ID, credentials(linked()))

	keyring.del, keyring.get = nil, nil
	if removed, err := store.CleanUp(t.Context()); removed != 2 || err != nil {
		t.Errorf("clean up: got %d and %v, want 2", removed, err)
	}
	if left := keyring.left(); len(left) > 0 {
		t.Errorf("records left in the old vault: %v", left)
	}
}

func TestRelinkDuringMoveWins(t *testing.T) {
	folder, keyring, file := t.TempDir(), newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, folder, keyring, file)
	saved := save(t, store, linked())
	again := linked()
	again.Account.ID, again.Token.Token = saved.ID, "token-2"
	file.put = func(context.Context, string, []byte) (bool, error) {
		file.put = nil
		save(t, open(t, folder, keyring, file), again)
		return false, nil
	}
	if _, err := store.Move(t.Context(), saved.ID, account.FileVault); !errors.Is(err, account.ErrChanged) {
		t.Errorf("got %v, want a change in the meantime", err)
	}
	expectCredentials(t, store, saved.ID, credentials(again))
	if left := file.left(); len(left) > 0 {
		t.Errorf("records left in the new vault: %v", left)
	}
}

func TestKeyTakenUpDuringAMoveStays(t *testing.T) {
	folder, keyring, file := t.TempDir(), newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, folder, keyring, file)
	saved := save(t, store, linked())
	other := linked()
	other.Account.Vault = account.FileVault
	keyring.del = func(context.Context, string) (bool, error) {
		other.Account = save(t, open(t, folder, keyring, file), other) // with the key that is there by now
		return true, errRefused
	}
	_, err := store.Move(t.Context(), saved.ID, account.FileVault)
	expectFault(t, err, account.VaultRefused)
	expectCredentials(t, store, saved.ID, credentials(linked()))
	expectCredentials(t, store, other.Account.ID, credentials(other))
	if there := file.left(); len(there) != 2 {
		t.Errorf("records in the new vault: got %v, want a key and a token", there)
	}
}

func TestUpdateDuringMoveIsKept(t *testing.T) {
	folder, keyring, file := t.TempDir(), newVault(account.KeyringVault), newVault(account.FileVault)
	store := open(t, folder, keyring, file)
	saved := save(t, store, linked())
	file.put = func(context.Context, string, []byte) (bool, error) {
		return false, store.Update(saved.ID, func(a *account.Account) { a.State = account.StateWithdrawn })
	}
	if moved := move(t, store, saved.ID, account.FileVault); moved.State != account.StateWithdrawn {
		t.Errorf("got %v, want the state of the update", moved)
	}
}

func TestMoveOfWhatIsNotThere(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	if _, err := store.Move(t.Context(), "x", account.KeyringVault); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unknown account: got %v, want not found", err)
	}
	saved := save(t, store, linked())
	_, err := store.Move(t.Context(), saved.ID, "nowhere")
	expectFault(t, err, account.VaultAbsent)
	expectCredentials(t, store, saved.ID, credentials(linked()))
}
