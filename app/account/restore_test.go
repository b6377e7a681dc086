package account_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
)

func remove(t *testing.T, store *account.Store, id string, forgetKey bool) *account.Removed {
	t.Helper()
	removed, err := store.Remove(t.Context(), id, forgetKey)
	if err != nil || removed == nil {
		t.Fatalf("remove: got %v, error %v", removed, err)
	}
	return removed
}

func restore(t *testing.T, store *account.Store, removed *account.Removed) account.Account {
	t.Helper()
	restored, err := store.Restore(t.Context(), removed)
	if err != nil {
		t.Fatal(err)
	}
	return restored
}

// lived is what makes an account more than what a link brought: a check that failed, and a tool that has its secrets.
func lived(t *testing.T, store *account.Store, id string) (account.Account, []account.Handover) {
	t.Helper()
	must(store.Update(id, func(a *account.Account) {
		a.State, a.CheckedAt = account.StateWithdrawn, linkedAt.Add(time.Hour)
		a.Plan, a.PhotoCount, a.Server = "Pro", 12, "api.example"
	}))
	must(store.AddHandover(account.Handover{AccountID: id, Tool: "env", Path: "/b", At: linkedAt.Add(2 * time.Hour)}))
	must(store.AddHandover(account.Handover{AccountID: id, Tool: "gallery-dl", Path: "/a", At: linkedAt}))
	known, err := store.Account(id)
	must(err)
	handovers, err := store.Handovers(id)
	must(err)
	return known, handovers
}

// expectWhole compares everything that there is about an account.
func expectWhole(
	t *testing.T, store *account.Store, l account.Linked, want account.Account, handovers []account.Handover,
) {
	t.Helper()
	if got, err := store.Account(want.ID); got != want || err != nil {
		t.Errorf("account: got %v and %v, want %v", got, err, want)
	}
	expectCredentials(t, store, want.ID, credentials(l))
	if got := string(store.Picture(want.ID)); got != "picture" {
		t.Errorf("picture: got %q", got)
	}
	got, err := store.Handovers(want.ID)
	if diff := cmp.Diff(handovers, got); diff != "" || err != nil {
		t.Errorf("handovers: error %v, - want, + got:\n%s", err, diff)
	}
}

func TestRestoreBringsBackEverything(t *testing.T) {
	for _, vault := range []struct {
		name string
		make func(folder string) account.Vault
	}{
		{account.KeyringVault, func(string) account.Vault { return account.NewKeyring(newFakeKeyring()) }},
		{account.SessionVault, func(string) account.Vault { return account.Session() }},
		{account.FileVault, func(folder string) account.Vault {
			return account.NewFile(filepath.Join(folder, "secrets.age"), knowsPassphrase)
		}},
	} {
		for _, key := range []struct {
			name      string
			forgetKey bool
			sharers   int  // other accounts with the same key
			withoutIt bool // the service needs no key
		}{
			{name: "key forgotten", forgetKey: true},
			{name: "key kept"},
			{name: "key shared", forgetKey: true, sharers: 1},
			{name: "no key", forgetKey: true, withoutIt: true},
		} {
			t.Run(vault.name+", "+key.name, func(t *testing.T) {
				folder := t.TempDir()
				vaults := []account.Vault{vault.make(folder)}
				store := open(t, folder, vaults...)
				l := linked()
				l.Account.Vault, l.KeyName, l.KeyCallback = vault.name, "my key", "http://127.0.0.1:8714/callback"
				for range key.sharers {
					other := l
					other.Account.UserID = "other"
					save(t, store, other)
				}
				if key.withoutIt {
					l.Client.Key, l.Client.Secret = "", ""
				}
				saved, handovers := lived(t, store, save(t, store, l).ID)
				before, err := store.Accounts()
				must(err)
				keys, err := store.Keys("")
				must(err)

				removed := remove(t, store, saved.ID, key.forgetKey)
				if removed.Account() != saved || removed.Credentials() != credentials(l) {
					t.Errorf("removed %v, want %v", removed.Account(), saved)
				}
				if _, err := store.Account(saved.ID); !errors.Is(err, account.ErrNotFound) {
					t.Errorf("the account is still there: %v", err)
				}

				if restored := restore(t, store, removed); restored != saved {
					t.Errorf("restored %v, want %v", restored, saved)
				}
				expectAccounts(t, store, before...)
				after, err := store.Keys("")
				if diff := cmp.Diff(keys, after); diff != "" || err != nil {
					t.Errorf("keys: error %v, - before, + after:\n%s", err, diff)
				}
				expectWhole(t, store, l, saved, handovers)
				if removed, err := store.CleanUp(t.Context()); removed != 0 || err != nil {
					t.Errorf("clean up: got %d and %v, want nothing to do", removed, err)
				}
				if vault.name == account.SessionVault {
					expectAccounts(t, open(t, folder, vaults...))
				} else {
					expectAccounts(t, open(t, folder, vaults...), before...)
				}
				expectNoSecretIn(t, folder)

				// And once more, as nothing of the first time may be in the way.
				if again := restore(t, store, remove(t, store, saved.ID, true)); again != saved {
					t.Errorf("restored again %v, want %v", again, saved)
				}
			})
		}
	}
}

func TestRestoreOfAnAccountThatHidAnother(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(session *faultyVault)
		want  account.VaultState // "" if both come back
	}{
		{"both come back", func(*faultyVault) {}, ""},
		{"neither comes back", func(v *faultyVault) { v.put = onRecord("account-", errRefused) }, account.VaultRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, keyring, session := t.TempDir(), newVault(account.KeyringVault), newVault(account.SessionVault)
			store := open(t, folder, keyring, session)
			stored := save(t, store, linked())
			l := linked()
			l.Account.ID, l.Account.Vault, l.Token.Token = stored.ID, account.SessionVault, "token-2"
			forSession := save(t, store, l)

			removed := remove(t, store, stored.ID, true)
			expectAccounts(t, store)
			test.spoil(session)
			restored, err := store.Restore(t.Context(), removed)
			if test.want != "" {
				expectFault(t, err, test.want)
				expectAccounts(t, store)
				if left := len(keyring.left()) + len(session.left()); left != 0 {
					t.Errorf("%d records left", left)
				}
				session.put = nil
				restored, err = store.Restore(t.Context(), removed)
			}
			if restored != forSession || err != nil {
				t.Errorf("got %v and %v, want %v", restored, err, forSession)
			}
			expectCredentials(t, store, stored.ID, credentials(l))
			next := open(t, folder, keyring)
			expectAccounts(t, next, stored)
			expectCredentials(t, next, stored.ID, credentials(linked()))
		})
	}
}

func TestRestoreAfterRelink(t *testing.T) {
	newcomer := func(change func(*account.Linked)) func(string) account.Linked {
		return func(string) account.Linked {
			l := relinked()
			l.Account.ID = ""
			change(&l)
			return l
		}
	}
	for _, test := range []struct {
		name    string
		before  bool // the newcomer was there all the time
		linked  func(id string) account.Linked
		refused bool
	}{
		{"same ID", false, func(id string) account.Linked { l := relinked(); l.Account.ID = id; return l }, true},
		{"same person", false, newcomer(func(*account.Linked) {}), true},
		{"same person in another vault", false, newcomer(func(l *account.Linked) { l.Account.Vault = account.SessionVault }), true},
		{"same person, all the time", true, newcomer(func(l *account.Linked) { l.Account.Vault = account.SessionVault }), false},
		{"another person", false, newcomer(func(l *account.Linked) { l.Account.UserID = "other" }), false},
		{"same name at another service", false, newcomer(func(l *account.Linked) { l.Account.Provider = "smugmug" }), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := open(t, t.TempDir(), newVault(account.KeyringVault), account.Session())
			saved := save(t, store, linked())
			var other account.Account
			if test.before {
				other = save(t, store, test.linked(saved.ID))
			}
			removed := remove(t, store, saved.ID, true)
			if !test.before {
				other = save(t, store, test.linked(saved.ID))
			}

			_, err := store.Restore(t.Context(), removed)
			if test.refused {
				if !errors.Is(err, account.ErrLinkedAgain) {
					t.Errorf("got %v, want %v", err, account.ErrLinkedAgain)
				}
				expectAccounts(t, store, other)
			} else {
				if err != nil {
					t.Error(err)
				}
				expectCredentials(t, store, saved.ID, credentials(linked()))
			}
			expectCredentials(t, store, other.ID, credentials(test.linked(saved.ID)))
		})
	}
}

// A person who is linked again at the last moment, while the vault is busy, is not overwritten either.
func TestRelinkDuringRestoreWins(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	removed := remove(t, store, save(t, store, linked()).ID, true)
	var other account.Account
	vault.put = func(context.Context, string, []byte) (bool, error) {
		vault.put = nil
		l := relinked()
		l.Account.ID = ""
		other = save(t, open(t, folder, vault), l)
		return false, nil
	}
	if _, err := store.Restore(t.Context(), removed); !errors.Is(err, account.ErrLinkedAgain) {
		t.Errorf("got %v, want %v", err, account.ErrLinkedAgain)
	}
	expectAccounts(t, store, other)
	expectCredentials(t, store, other.ID, credentials(relinked()))
	if left := vault.left(); len(left) != 2 {
		t.Errorf("records: got %v, want a key and a token", left)
	}
}

func TestRestoreTwice(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	saved := save(t, store, linked())
	removed := remove(t, store, saved.ID, true)
	errs := make(chan error)
	for range 2 {
		go func() { _, err := store.Restore(t.Context(), removed); errs <- err }()
	}
	one, two := <-errs, <-errs
	if (one == nil) == (two == nil) || !errors.Is(errors.Join(one, two), account.ErrLinkedAgain) {
		t.Errorf("got %v and %v, want one %v", one, two, account.ErrLinkedAgain)
	}
	expectAccounts(t, store, saved)
	expectCredentials(t, store, saved.ID, credentials(linked()))
}

func TestRestoredAccountGetsAKeyThatWorks(t *testing.T) {
	for _, test := range []struct {
		name      string
		forgetKey bool
		meanwhile func(store *account.Store, keyID string) error
		sameKey   bool // under the same ID as before
	}{
		{"stored anew in the meantime", true, func(store *account.Store, _ string) error {
			_, err := store.SaveKey(context.Background(), account.Key{Provider: "flickr", Vault: account.KeyringVault}, linked().Client)
			return err
		}, false},
		{"deleted in the meantime", false, func(store *account.Store, keyID string) error {
			return store.DeleteKey(context.Background(), keyID)
		}, true},
		{"renamed in the meantime", false, func(store *account.Store, keyID string) error {
			return store.UpdateKey(keyID, "renamed", "")
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := open(t, t.TempDir(), newVault(account.KeyringVault))
			saved := save(t, store, linked())
			removed := remove(t, store, saved.ID, test.forgetKey)
			if err := test.meanwhile(store, saved.KeyID); err != nil {
				t.Fatal(err)
			}
			there, err := store.Keys("")
			must(err)

			restored := restore(t, store, removed)
			key := onlyKey(t, store)
			if restored.KeyID != key.ID || (key.ID == saved.KeyID) != test.sameKey {
				t.Errorf("the account has key %q, the store %q, it was %q", restored.KeyID, key.ID, saved.KeyID)
			}
			if len(there) == 1 && key != there[0] {
				t.Errorf("key: got %v, want %v", key, there[0])
			}
			expectCredentials(t, store, saved.ID, credentials(linked()))
		})
	}
}

func TestTwoAccountsComeBackWithTheKeyThatTheyShared(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	l := linked()
	l.Account.UserID = "other"
	one, two := save(t, store, linked()), save(t, store, l)
	removed := []*account.Removed{remove(t, store, one.ID, true), remove(t, store, two.ID, true)}
	errs := make(chan error)
	for _, r := range removed {
		go func() { _, err := store.Restore(t.Context(), r); errs <- err }()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if key := onlyKey(t, store); key.ID != one.KeyID {
		t.Errorf("key: got %q, want %q", key.ID, one.KeyID)
	}
	expectCredentials(t, store, one.ID, credentials(linked()))
	expectCredentials(t, store, two.ID, credentials(linked()))
}

func TestFailedRestoreLeavesNothing(t *testing.T) {
	for _, test := range saveFaults {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			store := open(t, folder, vault)
			saved, handovers := lived(t, store, save(t, store, linked()).ID)
			removed := remove(t, store, saved.ID, true)
			test.spoil(vault, folder, cancel)

			_, err := store.Restore(ctx, removed)
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
			if got := store.Picture(saved.ID); got != nil {
				t.Errorf("picture left: %q", got)
			}
			if got, err := store.Handovers(saved.ID); len(got) > 0 || err != nil {
				t.Errorf("handovers left: %v, %v", got, err)
			}

			if restored := restore(t, store, removed); restored != saved {
				t.Errorf("tried again: got %v, want %v", restored, saved)
			}
			expectWhole(t, store, linked(), saved, handovers)
		})
	}
}

// Whoever cleans up may be about to remove the key of an attempt that was given up.
func TestRestoreAfterOneThatWasGivenUpTakesAnotherKeyID(t *testing.T) {
	vault := newVault(account.KeyringVault)
	store := open(t, t.TempDir(), vault)
	saved := save(t, store, linked())
	removed := remove(t, store, saved.ID, true)
	ctx, cancel := context.WithCancel(t.Context())
	vault.put = func(ctx context.Context, _ string, _ []byte) (bool, error) {
		cancel()
		return true, ctx.Err()
	}
	_, err := store.Restore(ctx, removed)
	expectFault(t, err, account.VaultUnanswered)

	vault.put = nil
	restored := restore(t, store, removed)
	cleanUp(t, store)
	if restored.KeyID == saved.KeyID || onlyKey(t, store).ID != restored.KeyID {
		t.Errorf("the account has key %q, the store %q, it was %q", restored.KeyID, onlyKey(t, store).ID, saved.KeyID)
	}
	expectCredentials(t, store, saved.ID, credentials(linked()))
}

func TestRemoveWithoutSecretsGivesNothingBack(t *testing.T) {
	vault := newVault(account.KeyringVault)
	store := open(t, t.TempDir(), vault)
	saved := save(t, store, linked())
	vault.get = func(context.Context, string) (bool, error) { return true, errRefused }
	if removed, err := store.Remove(t.Context(), saved.ID, true); removed != nil || err != nil {
		t.Errorf("got %v and %v, want nothing", removed, err)
	}
	expectAccounts(t, store)
	if removed, err := store.Remove(t.Context(), saved.ID, true); removed != nil || !errors.Is(err, account.ErrNotFound) {
		t.Errorf("again: got %v and %v, want %v", removed, err, account.ErrNotFound)
	}
}

func TestFailedRemoveChangesNothing(t *testing.T) {
	vault := newVault(account.KeyringVault)
	store := open(t, t.TempDir(), vault)
	saved := save(t, store, linked())
	vault.del = func(context.Context, string) (bool, error) { return true, errRefused }
	removed, err := store.Remove(t.Context(), saved.ID, true)
	expectFault(t, err, account.VaultRefused)
	if removed != nil {
		t.Errorf("got %v", removed)
	}
	expectWhole(t, store, linked(), saved, nil)
}

func TestRemovedShowsNoSecret(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	removed := remove(t, store, save(t, store, linked()).ID, true)
	shown := fmt.Sprintf("%v %+v %#v %s", removed, removed, removed, removed)
	for _, canary := range append(slices.Clone(canaries), "token-1") {
		if strings.Contains(shown, canary) {
			t.Errorf("%q in %s", canary, shown)
		}
	}
}

func TestRestoreKeepsUnknownFields(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	saved, _ := lived(t, open(t, folder, vault), save(t, open(t, folder, vault), linked()).ID)
	index := filepath.Join(folder, "accounts.json")
	content, err := os.ReadFile(index)
	must(err)
	for _, field := range []string{`"user_id": `, `"hint": `, `"tool": "env"`} { // of account, key and handover
		if !strings.Contains(string(content), field) {
			t.Fatalf("no %s in %s", field, content)
		}
		content = []byte(strings.Replace(string(content), field, `"stars": 5, `+field, 1))
	}
	must(os.WriteFile(index, content, 0o600))

	store := open(t, folder, vault)
	restore(t, store, remove(t, store, saved.ID, true))
	if got := strings.Count(read(t, folder, "accounts.json"), `"stars": 5`); got != 3 {
		t.Errorf("got %d of 3 fields:\n%s", got, read(t, folder, "accounts.json"))
	}
}

func TestKeyUsers(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault), account.Session())
	l := linked()
	l.Account.UserID, l.Account.UserName = "other", "zoe"
	one, two := save(t, store, linked()), save(t, store, l)
	hidden := save(t, store, linked())
	again := linked()
	again.Account.ID, again.Account.Vault = hidden.ID, account.SessionVault
	hiding := save(t, store, again)
	users, err := store.KeyUsers()
	want := map[string][]account.Account{one.KeyID: {one, two, hidden}, hiding.KeyID: {hiding}}
	if diff := cmp.Diff(want, users); diff != "" || err != nil {
		t.Errorf("error %v, - want, + got:\n%s", err, diff)
	}
}

// Two people of whom a service tells nothing are not one.
func TestRestoreOfAPersonWithoutID(t *testing.T) {
	store := open(t, t.TempDir(), newVault(account.KeyringVault))
	l := linked()
	l.Account.UserID = ""
	saved := save(t, store, l)
	removed := remove(t, store, saved.ID, true)
	save(t, store, l)
	if restored := restore(t, store, removed); restored.ID != saved.ID {
		t.Errorf("got %v, want %v", restored, saved)
	}
}
