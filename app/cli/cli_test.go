package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"photolink/app"
	"photolink/app/cli"
)

// limit is how long a command may take. Scrypt is slow on purpose.
const limit = 2 * time.Minute

// run executes a command that needs nothing typed.
func run(t *testing.T, args ...string) (code int, out, errors string) {
	t.Helper()
	return runWith(t, "", args...)
}

// runWith executes a command with what is piped into it.
func runWith(t *testing.T, typed string, args ...string) (code int, out, errors string) {
	t.Helper()
	var o, e bytes.Buffer
	done := make(chan int, 1)
	go func() { done <- cli.Run(args, nil, strings.NewReader(typed), &o, &e) }()
	select {
	case code = <-done:
	case <-time.After(limit):
		t.Fatalf("photolink %s does not end", strings.Join(args, " "))
	}
	return code, o.String(), e.String()
}

// home makes a folder for Photolink, and keeps the test away from the browser and the files of whoever runs it.
func home(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, value := range map[string]string{
		"PHOTOLINK_HOME": folder, "HOME": t.TempDir(), "DISPLAY": "", "WAYLAND_DISPLAY": "",
		"PHOTOLINK_PASSPHRASE": "", "PHOTOLINK_PASSPHRASE_COMMAND": "", "PHOTOLINK_BUNDLE_PASSPHRASE": "",
	} {
		t.Setenv(name, value)
	}
	return folder
}

const index = `{"version": 1, "accounts": [
	{"id": "A", "provider": "flickr", "user_id": "21207597@N07", "user_name": "jamalfanaian", "name": "Jamal Fanaian",
		"permission": "write", "vault": "keyring", "record": "account-A-1"},
	{"id": "B", "provider": "practice", "user_id": "12345678@N00", "user_name": "adapractice", "name": "Ada Practice",
		"permission": "read", "vault": "keyring", "record": "account-B-1"},
	{"id": "C", "provider": "unheard-of", "user_id": "7", "user_name": "grace", "name": "Grace",
		"permission": "all", "vault": "keyring", "record": "account-C-1"}
]}`

func TestRun(t *testing.T) {
	for _, row := range []struct {
		name  string
		args  []string
		index string // the list of accounts; empty for none
		code  int
		out   string
		says  string // a part of what goes to the errors; empty if that is empty
	}{
		{name: "version", args: []string{"version"}, out: app.Version + "\n"},
		{name: "no accounts", args: []string{"accounts"}},
		{
			name: "accounts", args: []string{"accounts"}, index: index,
			out: "Flickr            jamalfanaian  21207597@N07  Jamal Fanaian  Read and upload  unknown  A\n" +
				"Practice account  adapractice   12345678@N00  Ada Practice   Read only        unknown  B\n" +
				"unheard-of        grace         7             Grace          all              unknown  C\n",
		},
		{
			name: "accounts of a newer version", args: []string{"accounts"}, index: `{"version": 99}`,
			code: 1, says: "photolink: The list of accounts was written by a newer Photolink. ",
		},
		{name: "too many words", args: []string{"version", "now"}, code: 2, says: `unknown command "now"`},
		{name: "unknown command", args: []string{"frobnicate"}, code: 2, says: `unknown command "frobnicate"`},
		{name: "unknown flag", args: []string{"accounts", "--secrets"}, code: 2, says: "unknown flag: --secrets"},
		{name: "unknown vault", args: []string{"accounts", "--vault", "pocket"}, code: 2, says: `there is no vault "pocket"`},
		{name: "check of nothing", args: []string{"check"}, code: 2, says: "--all"},
		{name: "check of no account", args: []string{"check", "ada"}, code: 2, says: `there is no account "ada"`},
		{name: "link to nothing known", args: []string{"link", "polaroid"}, code: 2, says: `there is no service "polaroid"`},
		{
			name: "link with an unknown permission", args: []string{"link", "practice", "--permission", "all"},
			code: 2, says: "it has: read, write, delete",
		},
		{name: "link without a key", args: []string{"link", "flickr", "--vault", "session"}, code: 2, says: "API key of Flickr: "},
		{name: "link with an unknown key", args: []string{"link", "flickr", "--key", "mine"}, code: 2, says: `no API key "mine"`},
		{name: "link at no port", args: []string{"link", "practice", "--port", "70000"}, code: 2, says: "no port"},
		{name: "handover to nothing known", args: []string{"handover", "ada", "picasa"}, code: 2, says: `there is no tool "picasa"`},
		{name: "import of nothing", args: []string{"import"}, code: 2, says: "--look"},
		{name: "import of a file that is not there", args: []string{"import", "gone"}, code: 1, says: "gone"},
		{name: "removal of an unknown key", args: []string{"key", "remove", "mine"}, code: 2, says: `no API key "mine"`},
		{
			name: "encrypted file without a passphrase", args: []string{"link", "practice", "--yes", "--vault", "file"},
			code: 5, says: "The encrypted file is locked",
		},
		{
			name: "linked for nobody but this command", args: []string{"link", "practice", "--yes", "--vault", "session"},
			out: "Linked practice/adapractice: Ada Practice (Practice account), Read only\n", says: "Keeping the access",
		},
		{
			name: "linked by phone", args: []string{"link", "practice", "--yes", "--phone", "--vault", "session", "--permission", "write"},
			out: "Linked practice/adapractice: Ada Practice (Practice account), Read and upload\n", says: "Type the code that it shows",
		},
		{
			name: "linked through a port", args: []string{"link", "practice", "--yes", "--port", "38714", "--vault", "session"},
			out: "Linked practice/adapractice: Ada Practice (Practice account), Read only\n", says: "Getting the access",
		},
		{name: "any address", args: []string{"sandbox", "--listen", ":0"}, code: 1, says: "no loopback address"},
		{name: "every address", args: []string{"sandbox", "--listen", "0.0.0.0:0"}, code: 1, says: "no loopback address"},
		{name: "address of a network", args: []string{"sandbox", "--listen", "192.0.2.1:8080"}, code: 1, says: "no loopback address"},
		{name: "name of an address", args: []string{"sandbox", "--listen", "localhost:0"}, code: 1, says: "no loopback address"},
		{name: "no port", args: []string{"sandbox", "--listen", "127.0.0.1"}, code: 1, says: "no loopback address"},
		{name: "unknown fault", args: []string{"sandbox", "--fault", "rain"}, code: 1, says: `there is no fault "rain"; there are: approval-expires, `},
		{name: "a file in place of the folder", args: []string{"sandbox", "--tls", os.DevNull}, code: 1, says: "not a directory"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := home(t)
			if row.index != "" {
				if err := os.WriteFile(filepath.Join(folder, "accounts.json"), []byte(row.index), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errors := run(t, row.args...)
			if code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			if out != row.out && (row.code == 0 || !strings.HasPrefix(out, row.out)) {
				t.Errorf("out:\n%s\nwant:\n%s", out, row.out)
			}
			if !strings.Contains(errors, row.says) || (errors == "") != (row.says == "") {
				t.Errorf("errors %q, want %q", errors, row.says)
			}
		})
	}
}

func TestAccountsWithAFileInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PHOTOLINK_HOME", file)
	code, out, errors := run(t, "accounts")
	if code != 1 || out != "" || !strings.Contains(errors, "cannot use its list of accounts") || !strings.Contains(errors, file) {
		t.Errorf("exit code %d, out %q, errors %q", code, out, errors)
	}
}
