package account_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"photolink/app/account"
	"photolink/oauth"
)

// startGnomeKeyring starts GNOME Keyring on the session bus of the test, with its files in home. With a password it
// unlocks its collection of secrets, which it makes if there is none. The test is skipped where it is not installed.
func startGnomeKeyring(t *testing.T, home, password string) (stop func()) {
	t.Helper()
	program, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		t.Skip("GNOME Keyring: gnome-keyring-daemon is not installed")
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	changes := make(chan *dbus.Signal, 16)
	bus.Signal(changes)
	if err := bus.AddMatchSignal(
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, "org.freedesktop.secrets"),
	); err != nil {
		t.Fatal(err)
	}

	daemon := exec.Command(program, "--foreground", "--components=secrets")
	if password != "" {
		daemon.Args = append(daemon.Args, "--unlock")
		daemon.Stdin = strings.NewReader(password)
	}
	daemon.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = daemon.Wait()
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		_ = daemon.Process.Kill()
		<-ended
	})
	t.Cleanup(stop)
	for {
		select {
		case change := <-changes:
			if strings.HasSuffix(change.Name, ".NameOwnerChanged") && change.Body[2] != "" {
				return stop
			}
		case <-ended:
			t.Fatal("GNOME Keyring ended before it was ready")
		}
	}
}

func TestGnomeKeyringKeepsRecords(t *testing.T) {
	startBus(t)
	startGnomeKeyring(t, t.TempDir(), "password")
	testVault(t, account.Keyring())
}

// TestGnomeKeyringOutlivesTheProgram links an account in one process, and reads and deletes it in another.
func TestGnomeKeyringOutlivesTheProgram(t *testing.T) {
	startBus(t)
	startGnomeKeyring(t, t.TempDir(), "password")
	folder := t.TempDir()
	for _, role := range []string{"save in keyring", "read in keyring"} {
		if !play(t, role, folder) {
			t.Fatalf("%s: ended without a word", role)
		}
	}
}

// TestGnomeKeyringLocked has no one who could show the prompt, which GNOME Keyring takes for a prompt dismissed.
func TestGnomeKeyringLocked(t *testing.T) {
	startBus(t)
	home := t.TempDir()
	stop := startGnomeKeyring(t, home, "password")
	vault := account.Keyring()
	if err := vault.Put(t.Context(), "record", []byte("canary")); err != nil {
		t.Fatal(err)
	}
	stop()

	stop = startGnomeKeyring(t, home, "")
	_, err := vault.Get(t.Context(), "record")
	expectVaultError(t, err, account.VaultDismissed)
	expectVaultError(t, vault.Put(t.Context(), "record", []byte("canary")), account.VaultDismissed)
	stop()

	startGnomeKeyring(t, home, "password")
	if secret, err := vault.Get(t.Context(), "record"); err != nil || string(secret) != "canary" {
		t.Errorf("unlocked again: got %q and %v", secret, err)
	}
}

// TestGnomeKeyringWithoutCollection is a keyring that nobody has set up.
func TestGnomeKeyringWithoutCollection(t *testing.T) {
	startBus(t)
	startGnomeKeyring(t, t.TempDir(), "")
	expectVaultError(t, account.Probe(t.Context(), account.Keyring()), account.VaultLocked)
}

var practised = account.Linked{
	Account: account.Account{Provider: "practice", UserName: "someone", Vault: account.KeyringVault},
	Client:  oauth.ClientCredentials{Key: "0123456789abcdef", Secret: "client canary"},
	Token:   oauth.TokenCredentials{Token: "token", Secret: "token canary"},
}

func saveInKeyring(ctx context.Context, folder string) error {
	store, err := account.Open(folder, account.Keyring())
	if err != nil {
		return err
	}
	if err := store.Probe(ctx, account.KeyringVault); err != nil {
		return err
	}
	first, err := store.Save(ctx, practised)
	if err != nil {
		return err
	}
	again := practised
	again.Account.ID = first.ID
	again.Token.Token = "second token"
	_, err = store.Save(ctx, again)
	return err
}

func readInKeyring(ctx context.Context, folder string) error {
	store, err := account.Open(folder, account.Keyring())
	if err != nil {
		return err
	}
	accounts, err := store.Accounts()
	if err != nil {
		return err
	}
	if len(accounts) != 1 {
		return fmt.Errorf("got %d accounts, want 1", len(accounts))
	}
	id := accounts[0].ID
	got, err := store.Credentials(ctx, id)
	if err != nil {
		return err
	}
	want := account.Credentials{
		Client: practised.Client,
		Token:  oauth.TokenCredentials{Token: "second token", Secret: practised.Token.Secret},
	}
	if got != want {
		return errors.New("the credentials differ from those saved")
	}
	if err := store.Delete(ctx, id, true); err != nil {
		return err
	}
	index, err := os.ReadFile(filepath.Join(folder, "accounts.json"))
	if err != nil {
		return err
	}
	if strings.Contains(string(index), id) {
		return fmt.Errorf("the index still knows the account: %s", index)
	}
	return nil
}
