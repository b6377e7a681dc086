package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/oauth/sandbox"
)

// stubborn is a vault that stores nothing while it is shut.
type stubborn struct {
	*keyring
	shut bool
}

func (s *stubborn) Put(ctx context.Context, record string, secret []byte) error {
	if s.shut {
		return &account.VaultError{Vault: s.Name(), State: account.VaultLocked}
	}
	return s.keyring.Put(ctx, record, secret)
}

func TestUndoBringsTheAccountBack(t *testing.T) {
	for _, vault := range []account.Vault{newKeyring(), account.Session()} {
		t.Run(vault.Name(), func(t *testing.T) {
			photolink := start(t, t.TempDir(), vault)
			linked := linkPractice(t, photolink, app.Wish{Request: link.Request{Key: sandbox.PracticeClient}})
			picture := photolink.Picture(linked.ID)
			tool, _ := handover.ToolFor("gallery-dl")
			planned, err := photolink.PlanHandover(t.Context(), linked.ID, tool, filepath.Join(t.TempDir(), "config.json"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := photolink.HandOver(planned); err != nil {
				t.Fatal(err)
			}
			handovers, err := photolink.Handovers(linked.ID)
			if err != nil || len(handovers) != 1 {
				t.Fatalf("handovers %v, error %v", handovers, err)
			}
			keys, err := photolink.AllKeys()
			if err != nil || len(keys) != 1 {
				t.Fatalf("keys %v, error %v", keys, err)
			}

			began := time.Now()
			farewell, err := photolink.Unlink(t.Context(), linked, true)
			if err != nil {
				t.Fatal(err)
			}
			if left := farewell.CanUndoUntil().Sub(began); left < app.UndoTime || left > app.UndoTime+time.Minute {
				t.Errorf("can be undone for %v", left)
			}
			if accounts, err := photolink.Accounts(); len(accounts) != 0 || err != nil {
				t.Errorf("unlinked, and still there: %v, %v", accounts, err)
			}
			if restored, err := farewell.Undo(t.Context()); restored != linked || err != nil {
				t.Errorf("got %+v and %v, want %+v", restored, err, linked)
			}
			accounts, err := photolink.Accounts()
			if diff := cmp.Diff([]account.Account{linked}, accounts); diff != "" || err != nil {
				t.Errorf("accounts: error %v, - want, + got:\n%s", err, diff)
			}
			again, err := photolink.Handovers(linked.ID)
			if diff := cmp.Diff(handovers, again); diff != "" || err != nil {
				t.Errorf("handovers: error %v, - want, + got:\n%s", err, diff)
			}
			keysAgain, err := photolink.AllKeys()
			if diff := cmp.Diff(keys, keysAgain); diff != "" || err != nil {
				t.Errorf("keys: error %v, - want, + got:\n%s", err, diff)
			}
			if diff := cmp.Diff(picture, photolink.Picture(linked.ID)); diff != "" || len(picture) == 0 {
				t.Errorf("picture of %d bytes:\n%s", len(picture), diff)
			}
			if checked, err := photolink.Check(t.Context(), linked); checked.State != account.StateWorks || err != nil {
				t.Errorf("checked %+v, error %v", checked, err)
			}
			if gone, err := farewell.AccessIsGone(t.Context()); gone || err != nil {
				t.Errorf("the access is gone: %v, %v", gone, err)
			}
			if _, err := farewell.Undo(t.Context()); !errors.Is(err, account.ErrLinkedAgain) {
				t.Errorf("a second time: got %v, want %v", err, account.ErrLinkedAgain)
			}
		})
	}
}

func TestUndoAfterTheAccountWasLinkedAgain(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	farewell, err := photolink.Unlink(t.Context(), linkPractice(t, photolink, app.Wish{}), true)
	if err != nil {
		t.Fatal(err)
	}
	again := linkPractice(t, photolink, app.Wish{})
	if _, err := farewell.Undo(t.Context()); !errors.Is(err, account.ErrLinkedAgain) {
		t.Errorf("got %v, want %v", err, account.ErrLinkedAgain)
	}
	if accounts, err := photolink.Accounts(); err != nil || len(accounts) != 1 || accounts[0] != again {
		t.Errorf("accounts %+v, error %v, want %+v", accounts, err, again)
	}
}

func TestUndoCanBeTriedAgain(t *testing.T) {
	vault := &stubborn{keyring: newKeyring()}
	photolink := start(t, t.TempDir(), vault)
	linked := linkPractice(t, photolink, app.Wish{})
	farewell, err := photolink.Unlink(t.Context(), linked, true)
	if err != nil {
		t.Fatal(err)
	}
	vault.shut = true
	_, err = farewell.Undo(t.Context())
	if locked, ok := errors.AsType[*account.VaultError](err); !ok || locked.State != account.VaultLocked {
		t.Errorf("got %v", err)
	}
	if accounts, err := photolink.Accounts(); len(accounts) != 0 || err != nil || vault.size() != 0 {
		t.Errorf("half restored: %v, %v, %d records", accounts, err, vault.size())
	}
	vault.shut = false
	if restored, err := farewell.Undo(t.Context()); restored != linked || err != nil {
		t.Errorf("got %+v and %v, want %+v", restored, err, linked)
	}
}

func TestUndoHasATime(t *testing.T) {
	for _, row := range []struct {
		name  string
		after time.Duration
		want  error
	}{
		{"at once", 0, nil},
		{"at the last moment", app.UndoTime - 1, nil},
		{"just too late", app.UndoTime, app.ErrTooLate},
		{"long after", time.Hour, app.ErrTooLate},
	} {
		t.Run(row.name, func(t *testing.T) {
			photolink := start(t, t.TempDir(), newKeyring())
			linked := linkPractice(t, photolink, app.Wish{})
			var farewell *app.Farewell
			synctest.Test(t, func(t *testing.T) {
				var err error
				if farewell, err = photolink.Unlink(t.Context(), linked, true); err != nil {
					t.Fatal(err)
				}
				time.Sleep(row.after) // of the bubble, which takes no time
				for range 2 {
					_, err = farewell.Undo(t.Context())
					if row.want == nil {
						break
					}
				}
				if !errors.Is(err, row.want) {
					t.Errorf("got %v, want %v", err, row.want)
				}
			})
			if accounts, err := photolink.Accounts(); (len(accounts) == 1) != (row.want == nil) || err != nil {
				t.Errorf("accounts %v, error %v", accounts, err)
			}
			if gone, err := farewell.AccessIsGone(t.Context()); gone || err != nil {
				t.Errorf("the access is gone: %v, %v", gone, err)
			}
		})
	}
}

func TestUnlinkWithoutSecretsCannotBeUndone(t *testing.T) {
	folder := t.TempDir()
	linked := linkPractice(t, start(t, folder, newKeyring()), app.Wish{})
	photolink := start(t, folder, newKeyring()) // one that lost everything
	if farewell, err := photolink.Unlink(t.Context(), linked, true); farewell != nil || err != nil {
		t.Errorf("got %v and %v", farewell, err)
	}
}
