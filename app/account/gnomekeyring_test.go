package account_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"photolink/app/account"
	"photolink/oauth"
)

// Variables of the program's environment that make it a part of TestKeyringAgainstSecretService.
const (
	keyringVariable = "PHOTOLINK_TEST_KEYRING" // "real" if the keyring may be written to
	stepVariable    = "PHOTOLINK_TEST_STEP"
	folderVariable  = "PHOTOLINK_TEST_FOLDER"
)

// TestMain runs one step of TestKeyringAgainstSecretService in a process of its own, or all tests.
func TestMain(m *testing.M) {
	step, ok := map[string]func(context.Context, *account.Store) error{
		"save": saveStep, "read": readStep,
	}[os.Getenv(stepVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	store, err := account.Open(os.Getenv(folderVariable), account.Keyring())
	if err == nil {
		err = step(context.Background(), store)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// TestKeyringAgainstSecretService links an account, and reads and deletes it in another process, with the keyring of
// the system. It uses processes of its own because the tests with go-keyring's mock cannot be undone in this one.
func TestKeyringAgainstSecretService(t *testing.T) {
	if os.Getenv(keyringVariable) != "real" {
		t.Skip("keyring of the system: not asked for; set " + keyringVariable + "=real where it may be written to")
	}
	folder := t.TempDir()
	for _, step := range []string{"save", "read"} {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), stepVariable+"="+step, folderVariable+"="+folder)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step, err, output)
		}
	}
}

var practised = account.Linked{
	Account: account.Account{Provider: "practice", UserName: "someone", Vault: account.KeyringVault},
	Client:  oauth.ClientCredentials{Key: "0123456789abcdef", Secret: "client canary"},
	Token:   oauth.TokenCredentials{Token: "token", Secret: "token canary"},
}

func saveStep(ctx context.Context, store *account.Store) error {
	if err := account.Probe(ctx, account.Keyring()); err != nil {
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

func readStep(ctx context.Context, store *account.Store) error {
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
		return fmt.Errorf("the credentials differ from those saved")
	}
	if err := store.Delete(ctx, id, true); err != nil {
		return err
	}
	if _, err := store.Credentials(ctx, id); err == nil {
		return fmt.Errorf("credentials are there after delete")
	}
	return nil
}
