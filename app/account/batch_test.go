package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
)

func batch(t *testing.T, store *account.Store) *account.Batch {
	t.Helper()
	b, err := store.Batch()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// works is what a check finds out.
func works(a *account.Account) { a.State, a.CheckedAt = account.StateWorks, linkedAt.Add(time.Hour) }

func TestBatchIsWrittenTogether(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault, account.Session())
	var want []account.Account
	for _, name := range []string{"a", "b", "c"} {
		l := linked()
		l.Account.UserName, l.Account.State = name, account.StateUnknown
		if name == "b" {
			l.Account.Vault = account.SessionVault
		}
		want = append(want, save(t, store, l))
	}
	before := read(t, folder, "accounts.json")
	b := batch(t, store)
	if diff := cmp.Diff(want, b.Accounts()); diff != "" {
		t.Errorf("accounts of the batch (-want +got):\n%s", diff)
	}
	for i := range want {
		err := b.Update(want[i].ID, func(a *account.Account) {
			works(a)
			a.ID, a.KeyID, a.Vault = "other", "other", "other"
		})
		works(&want[i])
		if got, gotErr := b.Account(want[i].ID); err != nil || gotErr != nil || got != want[i] {
			t.Errorf("in the batch: got %+v, errors %v and %v, want %+v", got, err, gotErr, want[i])
		}
	}
	if read(t, folder, "accounts.json") != before {
		t.Error("the index was written at once")
	}
	if err := b.Write(); err != nil {
		t.Fatal(err)
	}
	expectAccounts(t, store, want...)
	if got := read(t, folder, "accounts.json.backup"); got != before {
		t.Errorf("the index was written more than once: the backup is %s", got)
	}
	written := files(t, folder)
	if err := b.Write(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, files(t, folder)); diff != "" {
		t.Errorf("there was nothing to write (-before +after):\n%s", diff)
	}
}

func TestBatchKeepsWhatOthersChange(t *testing.T) {
	for _, test := range []struct {
		name   string
		others func(t *testing.T, other *account.Store, known account.Account) (want []account.Account)
	}{
		{"unlinked", func(t *testing.T, other *account.Store, known account.Account) []account.Account {
			if err := other.Delete(t.Context(), known.ID, true); err != nil {
				t.Fatal(err)
			}
			return nil
		}},
		{"linked again", func(t *testing.T, other *account.Store, known account.Account) []account.Account {
			again := linked()
			again.Account.ID, again.Account.State, again.Token.Token = known.ID, account.StateUnknown, "token-2"
			return []account.Account{save(t, other, again)}
		}},
		{"changed", func(t *testing.T, other *account.Store, known account.Account) []account.Account {
			if err := other.Update(known.ID, func(a *account.Account) { a.Name = "Changed" }); err != nil {
				t.Fatal(err)
			}
			known.Name = "Changed"
			works(&known)
			return []account.Account{known}
		}},
		{"another one linked", func(t *testing.T, other *account.Store, known account.Account) []account.Account {
			works(&known)
			l := linked()
			l.Account.UserName = "zoe"
			return []account.Account{known, save(t, other, l)}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, vault := t.TempDir(), newVault(account.KeyringVault)
			store := open(t, folder, vault)
			known := linked()
			known.Account.State = account.StateUnknown
			saved := save(t, store, known)
			b := batch(t, store)
			if err := b.Update(saved.ID, works); err != nil {
				t.Fatal(err)
			}
			want := test.others(t, open(t, folder, vault), saved)
			if err := b.Write(); err != nil {
				t.Fatal(err)
			}
			expectAccounts(t, store, want...)
		})
	}
}

func TestBatchFindsNewCredentials(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	again, gone := save(t, store, linked()), save(t, store, linked())
	b := batch(t, store)
	for _, id := range []string{again.ID, gone.ID} {
		if got, err := b.Credentials(t.Context(), id); err != nil || got != credentials(linked()) {
			t.Errorf("got %v and %v", got, err)
		}
	}
	newer := relinked()
	newer.Account.ID = again.ID
	save(t, store, newer)
	if err := store.Delete(t.Context(), gone.ID, true); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Credentials(t.Context(), again.ID); err != nil || got != credentials(newer) {
		t.Errorf("linked again: got %v and %v", got, err)
	}
	if _, err := b.Credentials(t.Context(), gone.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unlinked: got %v, want %v", err, account.ErrNotFound)
	}
	if err := b.Update(again.ID, works); err != nil { // which is about the new token
		t.Fatal(err)
	}
	if err := b.Write(); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Account(again.ID); err != nil || got.CheckedAt.IsZero() {
		t.Errorf("got %+v and %v", got, err)
	}
}

func TestBatchTriesAgainToWrite(t *testing.T) {
	folder, vault := t.TempDir(), newVault(account.KeyringVault)
	store := open(t, folder, vault)
	saved := save(t, store, linked())
	b := batch(t, store)
	if err := b.Update(saved.ID, works); err != nil {
		t.Fatal(err)
	}
	index := read(t, folder, "accounts.json")
	write(t, folder, "accounts.json", "{")
	write(t, folder, "accounts.json.backup", "{")
	if _, ok := errors.AsType[*account.IndexError](b.Write()); !ok {
		t.Error("the index is broken, and the error is not an index error")
	}
	if err := b.Update(saved.ID, func(a *account.Account) { a.State, a.Name = account.StateUnknown, "Later" }); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "accounts.json", index)
	if err := b.Write(); err != nil {
		t.Fatal(err)
	}
	works(&saved)
	saved.State, saved.Name = account.StateUnknown, "Later"
	expectAccounts(t, store, saved)
}

func TestBatchOfAnUnknownID(t *testing.T) {
	b := batch(t, open(t, t.TempDir(), newVault(account.KeyringVault)))
	_, accountErr := b.Account("x")
	_, credentialsErr := b.Credentials(t.Context(), "x")
	for name, err := range map[string]error{
		"account": accountErr, "credentials": credentialsErr, "update": b.Update("x", works),
	} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", name, err, account.ErrNotFound)
		}
	}
}
