package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/cli"
	"photolink/oauth/sandbox"
)

const passphrase = "correct horse battery staple"

// wants runs a command and compares its exit code. Neither of its outputs may hold a secret.
func wants(t *testing.T, code int, secrets []string, typed string, args ...string) (out, errors string) {
	t.Helper()
	got, out, errors := runWith(t, typed, args...)
	if got != code {
		t.Fatalf("photolink %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errors)
	}
	for _, secret := range secrets {
		if strings.Contains(out+errors, secret) {
			t.Errorf("photolink %s shows %q", strings.Join(args, " "), secret)
		}
	}
	return out, errors
}

// An account lives from its link to its end, on one computer and on another.
func TestAccountFromLinkToUnlink(t *testing.T) {
	home(t)
	t.Setenv("PHOTOLINK_PASSPHRASE", passphrase)
	secrets := []string{passphrase, "bundle phrase", sandbox.PracticeClient.Secret.Reveal()}
	wants(t, 0, secrets, "", "link", "practice", "--vault", "file", "--yes")

	text, _ := wants(t, 0, nil, "", "handover", "adapractice", "env", "--path", "-")
	for _, name := range []string{"FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET"} {
		value := regexp.MustCompile(`(?m)^` + name + `="(.+)"$`).FindStringSubmatch(text)
		if value == nil {
			t.Fatalf("no %s in what was asked for by name", name)
		}
		secrets = append(secrets, value[1])
	}

	out, _ := wants(t, 0, secrets, "", "accounts", "--json")
	var accounts []map[string]any
	if err := json.Unmarshal([]byte(out), &accounts); err != nil || len(accounts) != 1 {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, made := range []string{"id", "linked_at", "checked_at"} {
		if accounts[0][made] == "" {
			t.Errorf("no %s", made)
		}
		delete(accounts[0], made)
	}
	want := map[string]any{
		"service": "practice", "service_name": "Practice account", "user_id": "12345678@N00", "user_name": "adapractice",
		"name": "Ada Practice", "profile_url": "", "plan": "Free", "photo_count": 128.0, "permission": "read", "key_id": "",
		"vault": "file", "state": "works",
	}
	if diff := cmp.Diff(want, accounts[0]); diff != "" {
		t.Error(diff)
	}
	out, _ = wants(t, 0, secrets, "", "check", "--all")
	if !strings.Contains(out, "works") {
		t.Errorf("check printed %q", out)
	}

	folder := t.TempDir()
	file := filepath.Join(folder, "gallery-dl.conf")
	out, _ = wants(t, 0, secrets, "", "handover", "practice/adapractice", "gallery-dl-file", "--path", file, "--preview")
	if _, err := os.Stat(file); err == nil || !strings.Contains(out, file) {
		t.Errorf("the preview wrote the file, or does not name it: %q", out)
	}
	wants(t, 3, secrets, "no\n", "handover", "adapractice", "gallery-dl-file", "--path", file)
	wants(t, 0, secrets, "y\n", "handover", "adapractice", "gallery-dl-file", "--path", file)
	content, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(content), secrets[len(secrets)-1]) {
		t.Errorf("the file does not hold the token secret; %v", err)
	}
	wants(t, 2, secrets, "", "handover", "adapractice", "env")

	bundle := filepath.Join(folder, "bundle.age")
	wants(t, 0, secrets, "bundle phrase\n", "export", bundle, "adapractice")
	wants(t, 2, secrets, "bundle phrase\n", "export", bundle, "adapractice")
	first := os.Getenv("PHOTOLINK_HOME")
	t.Setenv("PHOTOLINK_HOME", t.TempDir())
	wants(t, 5, secrets, "another phrase\n", "import", bundle, "--vault", "file")
	out, _ = wants(t, 0, secrets, "bundle phrase\n", "import", bundle, "--vault", "file")
	if out != "practice/adapractice\n" {
		t.Errorf("import printed %q", out)
	}
	wants(t, 0, secrets, "", "check", "adapractice")

	t.Setenv("PHOTOLINK_HOME", first)
	wants(t, 0, secrets, "", "handover", "adapractice", "gallery-dl-file", "--remove")
	if _, err := os.Stat(file); err == nil {
		t.Error("what was handed over is still there")
	}
	t.Setenv("PHOTOLINK_PASSPHRASE", "wrong")
	wants(t, 5, secrets, "", "check", "adapractice")
	t.Setenv("PHOTOLINK_PASSPHRASE", "")
	t.Setenv("PHOTOLINK_PASSPHRASE_COMMAND", "echo "+passphrase)
	wants(t, 0, secrets, "", "unlink", "adapractice")
	if out, _ = wants(t, 0, secrets, "", "accounts", "--json"); out != "[]\n" {
		t.Errorf("still there: %s", out)
	}
}

func TestKeys(t *testing.T) {
	home(t)
	t.Setenv("PHOTOLINK_PASSPHRASE", passphrase)
	const key, secret = "0123456789abcdef0123456789abcdef", "fedcba9876543210"
	secrets := []string{key, secret, passphrase}
	out, _ := wants(t, 0, secrets, key+"\n"+secret+"\n", "key", "add", "flickr", "--name", "mine", "--vault", "file")
	id := strings.TrimSpace(out)
	if out, _ = wants(t, 0, secrets, "", "key", "list"); out != "Flickr  mine  0123…cdef  "+id+"\n" {
		t.Errorf("listed as %q", out)
	}
	out, _ = wants(t, 0, secrets, "", "key", "list", "--json")
	var keys []map[string]any
	if err := json.Unmarshal([]byte(out), &keys); err != nil || len(keys) != 1 {
		t.Fatalf("%v:\n%s", err, out)
	}
	delete(keys[0], "added_at")
	want := map[string]any{
		"id": id, "service": "flickr", "name": "mine", "hint": "0123…cdef", "vault": "file", "callback": "", "built_in": false,
	}
	if diff := cmp.Diff(want, keys[0]); diff != "" {
		t.Error(diff)
	}
	wants(t, 2, secrets, key+"\n", "key", "add", "flickr", "--vault", "file")
	wants(t, 2, secrets, key+"\n"+secret+"\n", "key", "add", "commons", "--callback", "https://example.org", "--vault", "file")
	wants(t, 0, secrets, "", "key", "remove", id)
	if out, _ = wants(t, 0, secrets, "", "key", "list"); out != "" {
		t.Errorf("still there: %q", out)
	}
}

func TestDoctor(t *testing.T) {
	folder := home(t)
	out, _ := wants(t, 0, nil, "", "doctor", "--vault", "session")
	for _, line := range []string{"ok      folder " + folder, "ok      vault session", "ok      connections within this computer"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in:\n%s", line, out)
		}
	}
	out, errors := wants(t, 5, nil, "", "doctor", "--vault", "file")
	if !strings.Contains(out, "failed  vault file\n") || !strings.Contains(errors, "PHOTOLINK_PASSPHRASE_COMMAND") {
		t.Errorf("out %q, errors %q", out, errors)
	}
}

func TestSameUserNameNeedsTheService(t *testing.T) {
	folder := home(t)
	same := strings.NewReplacer("grace", "adapractice", `"unheard-of"`, `"flickr"`).Replace(index)
	if err := os.WriteFile(filepath.Join(folder, "accounts.json"), []byte(same), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errors := wants(t, 2, nil, "", "handover", "adapractice", "--list")
	for _, line := range []string{"B  practice/adapractice (keyring)", "C  flickr/adapractice (keyring)"} {
		if !strings.Contains(errors, line) {
			t.Errorf("%q is not among the candidates:\n%s", line, errors)
		}
	}
	for _, name := range []string{"B", "practice/adapractice"} {
		if out, _ := wants(t, 0, nil, "", "handover", name, "--list"); !strings.Contains(out, "gallery-dl-file") {
			t.Errorf("%s: tools are %q", name, out)
		}
	}
}

func TestImportOfAFileOfAnotherTool(t *testing.T) {
	const withdrawn = `FLICKR_API_KEY="70726163746963652d6163636f756e74"
FLICKR_API_SECRET="7072616374696365"
FLICKR_OAUTH_TOKEN="72157380557302963-0000000000000000"
FLICKR_OAUTH_TOKEN_SECRET="0000000000000000"
`
	for _, row := range []struct {
		name, typed string
		args        []string
		code        int
		out, says   string
	}{
		{name: "withdrawn access", typed: withdrawn, args: []string{"--service", "practice"}, code: 4, says: "Access was withdrawn"},
		{
			name: "a key alone", typed: "FLICKR_API_KEY=0123456789abcdef0123456789abcdef\nFLICKR_API_SECRET=0123456789abcdef\n",
			out: "API key of Flickr: ",
		},
		{name: "neither", typed: "Dear diary", code: 1, says: "This is not a file that Photolink knows"},
		{name: "a bundle without its passphrase", typed: "age-encryption.org/v1\n", code: 5, says: "PHOTOLINK_BUNDLE_PASSPHRASE"},
		{name: "no such service", typed: withdrawn, args: []string{"--service", "polaroid"}, code: 2, says: `no service "polaroid"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			home(t)
			secrets := []string{"7072616374696365\"", "0123456789abcdef", "0000000000000000"}
			out, errors := wants(t, row.code, secrets, row.typed, append([]string{"import", "-", "--vault", "session"}, row.args...)...)
			if !strings.HasPrefix(out, row.out) || !strings.Contains(errors, row.says) {
				t.Errorf("out %q, errors %q", out, errors)
			}
		})
	}
}

func TestLookFindsTheFilesOfOtherTools(t *testing.T) {
	home(t)
	file := filepath.Join(os.Getenv("HOME"), ".flickr_download")
	const text = "api_key: 0123456789abcdef0123456789abcdef\napi_secret: fedcba9876543210\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := wants(t, 0, []string{"fedcba9876543210"}, "", "import", "--look")
	if !strings.Contains(out, file+"  flickr-download  flickr  API key\n") {
		t.Errorf("found %q", out)
	}
}

// linking is a link that waits for what the person says.
type linking struct {
	t      *testing.T
	says   chan string
	typing io.WriteCloser
	code   chan int
	out    strings.Builder
}

func startLink(t *testing.T, args ...string) *linking {
	t.Helper()
	home(t)
	typed, typing := io.Pipe()
	says, errors := io.Pipe()
	l := &linking{t: t, says: make(chan string, 100), typing: typing, code: make(chan int, 1)}
	go func() { // the program must not wait for the test
		defer close(l.says)
		for lines := bufio.NewScanner(says); lines.Scan(); {
			l.says <- lines.Text()
		}
	}()
	go func() {
		l.code <- cli.Run(append([]string{"link", "practice", "--vault", "session"}, args...), nil, typed, &l.out, errors)
		_ = errors.Close()
	}()
	guard := time.AfterFunc(limit, func() { _ = errors.CloseWithError(os.ErrDeadlineExceeded) })
	t.Cleanup(func() { guard.Stop(); _ = typing.Close() })
	return l
}

// awaits reads until a line holds part, and returns what follows it.
func (l *linking) awaits(part string) string {
	l.t.Helper()
	for line := range l.says {
		if _, after, found := strings.Cut(line, part); found {
			return after
		}
	}
	l.t.Fatalf("it never says %q", part)
	return ""
}

func (l *linking) types(text string) {
	l.t.Helper()
	if _, err := io.WriteString(l.typing, text+"\n"); err != nil {
		l.t.Fatal(err)
	}
}

// ends reads what is left and compares the exit code.
func (l *linking) ends(code int) {
	l.t.Helper()
	for range l.says {
	}
	if got := <-l.code; got != code {
		l.t.Errorf("exit code %d, want %d", got, code)
	}
}

func TestPastedAnswers(t *testing.T) {
	t.Run("the address on which the browser ended", func(t *testing.T) {
		l := startLink(t, "--no-browser")
		address := l.awaits("in a browser of this computer: ")
		visit, err := sandbox.Visitor{}.ApproveOnly(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		l.awaits("paste the address")
		l.types("something else?")
		l.awaits("That is not it")
		l.types(visit.URL.String())
		l.ends(0)
		if want := "Linked practice/adapractice: Ada Practice (Practice account), Read only\n"; l.out.String() != want {
			t.Errorf("got %q, want %q", l.out.String(), want)
		}
	})
	t.Run("no", func(t *testing.T) {
		l := startLink(t, "--no-browser")
		l.awaits("or type no")
		l.types("No")
		l.ends(3)
	})
	for name, row := range map[string]struct {
		answer string
		code   int
	}{"another browser, confirmed": {"yes", 0}, "another browser, not confirmed": {"no", 3}} {
		t.Run(name, func(t *testing.T) {
			l := startLink(t, "--no-browser")
			address := l.awaits("in a browser of this computer: ")
			visited := make(chan struct{})
			go func() {
				defer close(visited)
				_, _ = sandbox.Visitor{Forgetful: true}.Approve(t.Context(), address)
			}()
			l.awaits("Asking Practice account who this is")
			l.types(row.answer)
			l.ends(row.code)
			<-visited
		})
	}
	t.Run("ssh", func(t *testing.T) {
		l := startLink(t, "--port", "38715")
		if line := l.awaits("ssh -L "); !strings.HasPrefix(line, "38715:127.0.0.1:38715 ") {
			t.Errorf("it says ssh -L %s", line)
		}
		if _, err := (sandbox.Visitor{}).Approve(t.Context(), l.awaits("Then open there: ")); err != nil {
			t.Error(err)
		}
		l.ends(0)
	})
}

func TestUnreachableService(t *testing.T) {
	folder := home(t)
	services := filepath.Join(folder, "services")
	if err := os.Mkdir(services, 0o700); err != nil {
		t.Fatal(err)
	}
	// Nothing listens at port 1.
	const text = `
name = "Own"

[oauth]
request_token = "http://127.0.0.1:1/request"
authorize = "http://127.0.0.1:1/authorize"
access_token = "http://127.0.0.1:1/access"

[identity]
speaks = "json"
address = "http://127.0.0.1:1/me"
id = "id"
`
	if err := os.WriteFile(filepath.Join(services, "own.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errors := wants(t, 6, []string{"topsecret"}, "ownkey\ntopsecret\n", "link", "own", "--vault", "session")
	if !strings.Contains(errors, "Own cannot be reached") {
		t.Error(errors)
	}
	out, _ := wants(t, 0, nil, "", "services", "--json")
	var list struct {
		Services []struct{ ID string }
		Broken   []string
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Broken) != 0 {
		t.Fatalf("%v: %v", err, list.Broken)
	}
	if at := len(list.Services) - 2; at < 0 || list.Services[at].ID != "own" {
		t.Errorf("services are %v", list.Services)
	}
}

// The page about the command line names every command that there is.
func TestDocumentNamesEveryCommand(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "command-line.md"))
	if err != nil {
		t.Fatal(err)
	}
	manual, _ := wants(t, 0, nil, "", "man")
	commands := regexp.MustCompile(`(?m)^\.SS ([a-z]+(?: [a-z]+)?)`).FindAllStringSubmatch(manual, -1)
	if len(commands) < 12 {
		t.Fatalf("the manual has %d commands:\n%s", len(commands), manual)
	}
	for _, command := range commands {
		if !strings.Contains(string(page), "photolink "+command[1]) {
			t.Errorf("docs/command-line.md does not name photolink %s", command[1])
		}
	}
}
