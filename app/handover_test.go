package app_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

func tool(t *testing.T, id string) handover.Tool {
	t.Helper()
	found, known := handover.ToolFor(id)
	if !known {
		t.Fatalf("no tool %q", id)
	}
	return found
}

func TestHandOverAndTakeBack(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	linked := linkPractice(t, photolink, app.Wish{})
	path := filepath.Join(t.TempDir(), "gallery-dl.json")
	before := []byte("{\n    \"downloader\": {\"rate\": \"1M\"}\n}\n")
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}

	planned, err := photolink.PlanHandover(t.Context(), linked.ID, tool(t, "gallery-dl-file"), path)
	if err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, before) || planned.Plan.Preview() == "" {
		t.Errorf("planning wrote %q", now)
	}
	written, err := photolink.HandOver(planned)
	if err != nil || len(written.Paths) != 1 || len(written.Backups) != 1 {
		t.Fatalf("written %+v, error %v", written, err)
	}
	handed, err := photolink.Handovers(linked.ID)
	if err != nil || len(handed) != 1 || handed[0].Tool != "gallery-dl-file" || handed[0].Path != path || handed[0].At.IsZero() {
		t.Fatalf("handed %+v, error %v", handed, err)
	}

	// What was written is enough to take the account over elsewhere.
	found, err := handover.RecogniseFile(path)
	if err != nil || len(found) != 1 || found[0].Service != "flickr" {
		t.Fatalf("found %+v, error %v", found, err)
	}
	other := start(t, t.TempDir(), newKeyring())
	taken, err := other.TakeOver(t.Context(), found[0], "practice", "", "")
	if err != nil || taken.UserID != linked.UserID || taken.Permission != "write" || taken.PermissionAsked != "write" {
		t.Errorf("taken over %+v, error %v", taken, err)
	}

	if err := photolink.TakeBack(t.Context(), handed[0]); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, before) {
		t.Errorf("after taking back:\n%s\nwant\n%s", now, before)
	}
	if handed, err := photolink.Handovers(linked.ID); err != nil || len(handed) != 0 {
		t.Errorf("handed %+v, error %v", handed, err)
	}
}

func TestHandOverNeedsAPlace(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	linked := linkPractice(t, photolink, app.Wish{})
	if _, err := photolink.PlanHandover(t.Context(), linked.ID, tool(t, "env"), ""); !errors.Is(err, app.ErrChoosePlace) {
		t.Errorf("got %v", err)
	}
	if _, err := photolink.PlanHandover(t.Context(), "none", tool(t, "env"), ""); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTakeOverStoresNothingThatDoesNotWork(t *testing.T) {
	client := sandbox.PracticeClient
	for _, row := range []struct {
		name  string
		found handover.Found
		want  error
	}{
		{"a token of nobody", handover.Found{Client: client, Token: oauth.TokenCredentials{Token: "1-2", Secret: "3"}}, provider.ErrTokenRefused},
		{"a key alone", handover.Found{Client: client}, app.ErrNothingToTakeOver},
		{"a token of before OAuth", handover.Found{Client: client, LegacyToken: "1-2"}, app.ErrNothingToTakeOver},
	} {
		t.Run(row.name, func(t *testing.T) {
			vault := newKeyring()
			photolink := start(t, t.TempDir(), vault)
			if _, err := photolink.TakeOver(t.Context(), row.found, "practice", "", ""); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if accounts, err := photolink.Accounts(); len(accounts) != 0 || err != nil || vault.size() != 0 {
				t.Errorf("accounts %+v, error %v, %d records", accounts, err, vault.size())
			}
		})
	}
}

func TestBundleForAnotherMachine(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	linked := linkPractice(t, photolink, app.Wish{})
	var file bytes.Buffer
	if err := photolink.Export(t.Context(), []string{linked.ID}, "correct horse", &file); err != nil {
		t.Fatal(err)
	}
	if !app.IsBundle(file.Bytes()) || bytes.Contains(file.Bytes(), []byte(linked.UserName)) {
		t.Error("the bundle is no encrypted file")
	}

	vault := newKeyring()
	other := start(t, t.TempDir(), vault)
	if _, err := other.Import(t.Context(), bytes.NewReader(file.Bytes()), "wrong", ""); !errors.Is(err, app.ErrBadBundle) || vault.size() != 0 {
		t.Errorf("with a wrong passphrase: %v, %d records", err, vault.size())
	}
	if _, err := other.Import(t.Context(), bytes.NewReader(file.Bytes()[:len(file.Bytes())-5]), "correct horse", ""); !errors.Is(err, app.ErrBadBundle) || vault.size() != 0 {
		t.Errorf("cut off: %v, %d records", err, vault.size())
	}
	for range 2 { // once more changes nothing
		imported, err := other.Import(t.Context(), bytes.NewReader(file.Bytes()), "correct horse", "")
		if err != nil || len(imported) != 1 {
			t.Fatalf("imported %+v, error %v", imported, err)
		}
		if diff := cmp.Diff(linked, imported[0], cmpopts.IgnoreFields(account.Account{}, "ID")); diff != "" {
			t.Errorf("- exported, + imported:\n%s", diff)
		}
		if checked, err := other.Check(t.Context(), imported[0]); err != nil || checked.State != account.StateWorks {
			t.Errorf("checked %+v, error %v", checked, err)
		}
	}
	if accounts, err := other.Accounts(); len(accounts) != 1 || err != nil {
		t.Errorf("accounts %+v, error %v", accounts, err)
	}
}
