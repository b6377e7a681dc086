package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"photolink/app"
	"photolink/app/cli"
)

func run(args ...string) (code int, out, errors string) {
	var o, e bytes.Buffer
	code = cli.Run(args, nil, &o, &e)
	return code, o.String(), e.String()
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
			out: "Flickr            jamalfanaian  21207597@N07  Jamal Fanaian  Read and upload\n" +
				"Practice account  adapractice   12345678@N00  Ada Practice   Read only\n" +
				"unheard-of        grace         7             Grace          all\n",
		},
		{
			name: "accounts of a newer version", args: []string{"accounts"}, index: `{"version": 99}`,
			code: 1, says: "photolink: The list of accounts was written by a newer Photolink. ",
		},
		{name: "too many words", args: []string{"version", "now"}, code: 1, says: `unknown command "now"`},
		{name: "unknown command", args: []string{"frobnicate"}, code: 1, says: `unknown command "frobnicate"`},
		{name: "unknown flag", args: []string{"accounts", "--secrets"}, code: 1, says: "unknown flag: --secrets"},
		{name: "any address", args: []string{"sandbox", "--listen", ":0"}, code: 1, says: "no loopback address"},
		{name: "every address", args: []string{"sandbox", "--listen", "0.0.0.0:0"}, code: 1, says: "no loopback address"},
		{name: "address of a network", args: []string{"sandbox", "--listen", "192.0.2.1:8080"}, code: 1, says: "no loopback address"},
		{name: "name of an address", args: []string{"sandbox", "--listen", "localhost:0"}, code: 1, says: "no loopback address"},
		{name: "no port", args: []string{"sandbox", "--listen", "127.0.0.1"}, code: 1, says: "no loopback address"},
		{name: "unknown fault", args: []string{"sandbox", "--fault", "rain"}, code: 1, says: `there is no fault "rain"; there are: approval-expires, `},
		{name: "a file in place of the folder", args: []string{"sandbox", "--tls", os.DevNull}, code: 1, says: "not a directory"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("PHOTOLINK_HOME", folder)
			if row.index != "" {
				if err := os.WriteFile(filepath.Join(folder, "accounts.json"), []byte(row.index), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errors := run(row.args...)
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
	code, out, errors := run("accounts")
	if code != 1 || out != "" || !strings.Contains(errors, "cannot use its list of accounts") || !strings.Contains(errors, file) {
		t.Errorf("exit code %d, out %q, errors %q", code, out, errors)
	}
}
