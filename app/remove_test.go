package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/sandbox"
)

// bolted is a vault that lets nothing go.
type bolted struct {
	*keyring
	bolted bool
}

func (b *bolted) Delete(ctx context.Context, record string) error {
	if b.bolted {
		return &account.VaultError{Vault: b.Name(), State: account.VaultLocked}
	}
	return b.keyring.Delete(ctx, record)
}

func TestRemoveEverything(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "photolink")
	vault := &bolted{keyring: newKeyring()}
	asked := 0
	file := account.File(filepath.Join(folder, "secrets.age"), func(context.Context, bool) (oauth.Secret, error) {
		asked++
		return "correct horse", nil
	})
	photolink := start(t, folder, vault, account.Session(), file)
	settings := photolink.Settings()
	settings.Log = true
	if err := photolink.SaveSettings(settings); err != nil {
		t.Fatal(err)
	}
	linked := linkPractice(t, photolink, app.Wish{Request: link.Request{Key: sandbox.PracticeClient}})
	linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: account.SessionVault}})
	if _, err := photolink.Move(t.Context(), linked.ID, account.FileVault); err != nil {
		t.Fatal(err)
	}
	if _, err := photolink.SaveKey(t.Context(), account.Key{Provider: "flickr"}, oauth.ClientCredentials{Key: "k", Secret: "s"}); err != nil {
		t.Fatal(err)
	}
	tool, _ := handover.ToolFor("gallery-dl")
	handed := filepath.Join(t.TempDir(), "config.json")
	planned, err := photolink.PlanHandover(t.Context(), linked.ID, tool, handed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := photolink.HandOver(planned); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(folder, "diary.txt")
	if err := os.WriteFile(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}

	vault.bolted = true
	if _, err := photolink.RemoveEverything(t.Context()); !errors.As(err, new(*account.VaultError)) {
		t.Errorf("with a locked keyring: error %v", err)
	}
	if keys, err := photolink.Keys("flickr"); err != nil || len(keys) != 1 {
		t.Errorf("with a locked keyring: keys %v, error %v", keys, err)
	}

	vault.bolted = false
	before := asked
	left, err := photolink.RemoveEverything(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if asked != before {
		t.Error("asked for the passphrase of what is thrown away")
	}
	if n := vault.size(); n != 0 {
		t.Errorf("%d records in the keyring", n)
	}
	if diff := cmp.Diff([]string{own}, left.Files); diff != "" {
		t.Errorf("files left (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(handed); err != nil {
		t.Errorf("the file of the tool: %v", err)
	}
	if accounts, err := photolink.Accounts(); err != nil || len(accounts) != 0 {
		t.Errorf("accounts %v, error %v", accounts, err)
	}

	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	if _, err := photolink.RemoveEverything(t.Context()); err != nil {
		t.Errorf("once more: %v", err)
	}
	photolink.Close()
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}
