package account_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Variables of the environment that make the program of the tests play another process.
const (
	roleVariable   = "PHOTOLINK_TEST_ROLE"
	folderVariable = "PHOTOLINK_TEST_FOLDER" // of the store
	deathVariable  = "PHOTOLINK_TEST_DEATH"  // see dyingVault
)

// roles are what another process can do in a store that this one made, or will look at.
var roles = map[string]func(ctx context.Context, folder string) error{
	"save in keyring": saveInKeyring,
	"read in keyring": readInKeyring,
	"die":             die,
}

// TestMain plays a role, or runs all tests.
func TestMain(m *testing.M) {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(context.Background(), os.Getenv(folderVariable)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// play runs a role in a process of its own. It reports whether that came to its end, and ends the test if the role found
// an error.
func play(t *testing.T, role, folder string, environment ...string) (completed bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), roleVariable+"="+role, folderVariable+"="+folder)
	command.Env = append(command.Env, environment...)
	output, err := command.CombinedOutput()
	if _, died := errors.AsType[*exec.ExitError](err); err != nil && !died || len(output) > 0 {
		t.Fatalf("%s: %v\n%s", role, err, output)
	}
	return err == nil
}
