package account_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
)

// The overview tells what the accounts and the handovers of each tell one by one, of both places where accounts are kept.
func TestOverviewTellsAllAtOnce(t *testing.T) {
	store, err := account.Open(t.TempDir(), account.Session(), named{account.Session()})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, vault := range []string{account.SessionVault, "named"} {
		for _, user := range []string{"b", "a", "without"} {
			a, err := store.Save(t.Context(), account.Linked{
				Account: account.Account{Provider: "flickr", UserID: vault + user, UserName: user, Vault: vault},
			})
			if err != nil {
				t.Fatal(err)
			}
			if user == "without" {
				continue
			}
			for i, path := range []string{"/late", "/early"} {
				h := account.Handover{AccountID: a.ID, Tool: "env", Path: path + user, At: at.Add(-time.Duration(i) * time.Hour)}
				if err := store.AddHandover(h); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	accounts, handovers, err := store.Overview()
	if err != nil {
		t.Fatal(err)
	}
	want, err := store.Accounts()
	if diff := cmp.Diff(want, accounts); diff != "" || err != nil || len(want) != 6 {
		t.Errorf("%d accounts, error %v, - want, + got:\n%s", len(want), err, diff)
	}
	for _, a := range want {
		handed, err := store.Handovers(a.ID)
		if diff := cmp.Diff(handed, handovers[a.ID]); diff != "" || err != nil {
			t.Errorf("%s: error %v, - want, + got:\n%s", a.UserID, err, diff)
		}
	}
	if len(handovers) != 4 {
		t.Errorf("handovers of %d accounts, not of 4", len(handovers))
	}
}
