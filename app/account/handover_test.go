package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/oauth"
)

func TestHandoversAreNoted(t *testing.T) {
	folder := t.TempDir()
	store, err := account.Open(folder, account.Session(), named{account.Session()})
	if err != nil {
		t.Fatal(err)
	}
	for _, vault := range []string{account.SessionVault, "named"} {
		t.Run(vault, func(t *testing.T) {
			linked := account.Linked{Account: account.Account{Provider: "flickr", UserID: vault, Vault: vault}}
			a, err := store.Save(t.Context(), linked)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			first := account.Handover{AccountID: a.ID, Tool: "gallery-dl", Path: "/a", At: at}
			second := account.Handover{AccountID: a.ID, Tool: "env", Path: "/b", At: at.Add(time.Hour)}
			for _, h := range []account.Handover{second, first, second} {
				if err := store.AddHandover(h); err != nil {
					t.Fatal(err)
				}
			}
			want := func(want ...account.Handover) {
				t.Helper()
				got, err := store.Handovers(a.ID)
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("error %v, - want, + got:\n%s", err, diff)
				}
			}
			want(first, second)
			if err := store.RemoveHandover(account.Handover{AccountID: a.ID, Tool: "gallery-dl", Path: "/a"}); err != nil {
				t.Fatal(err)
			}
			want(second)
			if err := store.Delete(t.Context(), a.ID, true); err != nil {
				t.Fatal(err)
			}
			want()
			if err := store.AddHandover(first); !errors.Is(err, account.ErrNotFound) {
				t.Errorf("of an account that is gone: %v", err)
			}
		})
	}
}

// named is a vault whose accounts go on the disk.
type named struct{ account.Vault }

func (named) Name() string { return "named" }

func TestKeyWithoutAnAccount(t *testing.T) {
	store, err := account.Open(t.TempDir(), named{account.Session()})
	if err != nil {
		t.Fatal(err)
	}
	credentials := oauth.ClientCredentials{Key: "653e7a6ecc1d528c516cc8f92cf98611", Secret: "0123456789abcdef"}
	key, err := store.SaveKey(t.Context(), account.Key{
		Provider: "flickr", Name: "mine", Callback: "http://127.0.0.1:1/x", Vault: "named",
	}, credentials)
	if err != nil || key.ID == "" || key.Hint == "" || key.AddedAt.IsZero() {
		t.Fatalf("got %+v, error %v", key, err)
	}
	again, err := store.SaveKey(t.Context(), account.Key{Provider: "flickr", Name: "other", Vault: "named"}, credentials)
	if diff := cmp.Diff(key, again); diff != "" || err != nil {
		t.Errorf("the same key twice: error %v, - want, + got:\n%s", err, diff)
	}
	if got, err := store.ClientCredentials(t.Context(), key.ID); got != credentials || err != nil {
		t.Errorf("error %v", err)
	}
	if err := store.UpdateKey(key.ID, "renamed", ""); err != nil {
		t.Error(err)
	}
	keys, err := store.Keys("flickr")
	if err != nil || len(keys) != 1 || keys[0].Name != "renamed" || keys[0].Callback != "" || keys[0].Hint != key.Hint {
		t.Errorf("keys %+v, error %v", keys, err)
	}
	if err := store.UpdateKey("none", "", ""); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("no such key: %v", err)
	}
	if err := store.DeleteKey(t.Context(), key.ID); err != nil {
		t.Error(err)
	}
}
