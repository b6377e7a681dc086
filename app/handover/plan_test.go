package handover_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/handover"
	"photolink/oauth"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const stamp = ".photolink-backup-20261122-120000"

// accountOf is an account with everything that a tool could want.
func accountOf(service string) handover.Account {
	a := handover.Account{
		Service: service, UserID: "12345678@N00", UserName: "fakeuser", Name: "Fake User", Permission: "write",
	}
	switch service {
	case "flickr":
		a.Client, a.Token = flickrClient, flickrToken
	case "smugmug":
		a.Client, a.Token, a.Permission = smugmugClient, smugmugToken, "add"
	case "tumblr":
		a.Client, a.Token, a.Permission = tumblrClient, tumblrToken, ""
	default:
		a.Client = oauth.ClientCredentials{Key: "CommonsKey0000000000000000000001", Secret: "$ecret`0"}
		a.Token = oauth.TokenCredentials{
			Token: "CommonsToken00000000000000000003", Secret: "CommonsTokenSecret00000000000004",
		}
	}
	return a
}

// another is another account of the same service, with another key.
func another(service string) handover.Account {
	a := accountOf(service)
	a.Client.Key, a.Client.Secret = "ffffffffffffffffffffffffffffffff", "ffffffffffffffff"
	a.Token.Token, a.Token.Secret = "72157699999999999-9999999999999999", "8888888888888888"
	return a
}

func toolFor(t testing.TB, id string) handover.Tool {
	t.Helper()
	tool, ok := handover.ToolFor(id)
	if !ok {
		t.Fatalf("there is no tool %q", id)
	}
	return tool
}

func prepare(t testing.TB, id string, a handover.Account, path string) *handover.Plan {
	t.Helper()
	plan, err := handover.Prepare(toolFor(t, id), a, path, noon)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func write(t testing.TB, plan *handover.Plan) *handover.Written {
	t.Helper()
	written, err := plan.Write()
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// handOver writes, and takeBack takes back.
func handOver(t testing.TB, id string, a handover.Account, path string) *handover.Written {
	t.Helper()
	return write(t, prepare(t, id, a, path))
}

func takeBack(t testing.TB, id string, a handover.Account, path string) {
	t.Helper()
	plan, err := handover.PrepareRemoval(toolFor(t, id), a, path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, plan)
}

// folderOf lists a folder: content by path.
func folderOf(t testing.TB, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = "(folder)"
		if entry.Type().IsRegular() {
			content, err := os.ReadFile(path)
			files[filepath.ToSlash(name)] = string(content)
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			link, err := os.Readlink(path)
			files[filepath.ToSlash(name)] = "-> " + link
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func expectFolder(t testing.TB, folder string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, folderOf(t, folder)); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

func put(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newFiles has a row for each tool and service: the files that it gets where there are none.
var newFiles = []struct {
	tool, service string
	name          string            // of the path, within a folder
	want          map[string]string // files of testdata/written, by name
	finds         []string          // the tool that Recognise names for each file
}{
	{"gallery-dl", "flickr", "g.conf", map[string]string{"g.conf": "gallery-dl.flickr"}, []string{"gallery-dl"}},
	{"gallery-dl", "smugmug", "g.conf", map[string]string{"g.conf": "gallery-dl.smugmug"}, []string{"gallery-dl"}},
	{"gallery-dl", "tumblr", "g.conf", map[string]string{"g.conf": "gallery-dl.tumblr"}, []string{"gallery-dl"}},
	{"gallery-dl-file", "flickr", "g.conf", map[string]string{"g.conf": "gallery-dl.flickr"}, []string{"gallery-dl"}},
	{
		"flickr-download", "flickr", ".flickr_download",
		map[string]string{".flickr_download": "flickr-download", ".flickr_token": "flickr_api-token"},
		[]string{"flickr-download", "flickr_api"},
	},
	{"flickr_api", "flickr", "auth.txt", map[string]string{"auth.txt": "flickr_api"}, []string{"flickr_api"}},
	{"flickr_api-token", "flickr", "auth.txt", map[string]string{"auth.txt": "flickr_api-token"}, []string{"flickr_api"}},
	{"flickcurl", "flickr", ".flickcurl.conf", map[string]string{".flickcurl.conf": "flickcurl"}, []string{"flickcurl"}},
	{
		"flickr_upload", "flickr", ".flickroauth.st",
		map[string]string{".flickroauth.st": "flickr_upload"},
		[]string{"flickr_upload"},
	},
	{"flickr-api-perl", "flickr", "f.st", map[string]string{"f.st": "flickr_upload"}, []string{"Flickr::API"}},
	{"flickr-cli", "flickr", "config.yml", map[string]string{"config.yml": "flickr-cli"}, []string{"flickr-cli"}},
	{
		"apikeys", "flickr", "seeds",
		map[string]string{"seeds/apikeys": "apikeys", "seeds/token": "flickr_api-token"},
		[]string{"", ""},
	},
	{
		"smugmug-backup", "smugmug", "config.toml",
		map[string]string{"config.toml": "smugmug-backup"},
		[]string{"smugmug-backup"},
	},
	{"smugcli", "smugmug", ".smugcli", map[string]string{".smugcli": "smugcli"}, []string{"smugcli"}},
	{"smuploader", "smugmug", ".smugmug.cfg", map[string]string{".smugmug.cfg": "smuploader"}, []string{"smuploader"}},
	{"pytumblr", "tumblr", ".tumblr", map[string]string{".tumblr": "pytumblr"}, []string{"pytumblr"}},
	{"tumblr-backup", "tumblr", "config.json", map[string]string{"config.json": "tumblr-backup"}, []string{"tumblr-backup"}},
	{"env", "flickr", ".env", map[string]string{".env": "env.flickr"}, []string{""}},
	{"env", "smugmug", ".env", map[string]string{".env": "env.smugmug"}, []string{"smugmug-backup"}},
	{"env", "tumblr", ".env", map[string]string{".env": "env.tumblr"}, []string{""}},
	{"env", "my-wiki", ".env", map[string]string{".env": "env.my-wiki"}, nil},
	{"powershell", "smugmug", "s.ps1", map[string]string{"s.ps1": "powershell.smugmug"}, []string{"smugmug-backup"}},
	{"json", "flickr", "f.json", map[string]string{"f.json": "json.flickr"}, []string{""}},
}

// TestNewFiles writes each form where there is nothing, byte for byte, finds the account in it, and takes it back.
func TestNewFiles(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	seen := map[string]bool{}
	for _, row := range newFiles {
		seen[row.tool] = true
		t.Run(row.tool+" "+row.service, func(t *testing.T) {
			folder, a := t.TempDir(), accountOf(row.service)
			path := filepath.Join(folder, "new", row.name)
			plan := prepare(t, row.tool, a, path)
			expectFolder(t, folder, map[string]string{}) // before Write
			written := write(t, plan)

			want := map[string]string{"new": "(folder)"}
			var names []string
			for name, golden := range row.want {
				want["new/"+name] = string(read(t, "written/"+golden))
				if parent := filepath.Dir(name); parent != "." {
					want["new/"+parent] = "(folder)"
				}
				names = append(names, filepath.Join(folder, "new", name))
			}
			expectFolder(t, folder, want)
			slices.Sort(names)
			if diff := cmp.Diff(names, slices.Sorted(slices.Values(written.Paths))); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
			if len(written.Backups) > 0 {
				t.Errorf("backups %q of nothing", written.Backups)
			}
			for _, path := range append(names, filepath.Join(folder, "new")) {
				expectPrivate(t, path)
			}
			expectAccount(t, a, row.finds, toolFor(t, row.tool).OnlyKey, written.Paths...)
			if again := prepare(t, row.tool, a, path); len(again.Files) > 0 {
				t.Errorf("the second time: %s", again.Preview())
			}

			takeBack(t, row.tool, a, path)
			for name, content := range folderOf(t, folder) {
				if content != "(folder)" {
					t.Errorf("%s is left: %s", name, content)
				}
			}
		})
	}
	for _, tool := range handover.Tools() {
		database := tool.ID == "flickrapi" || tool.ID == "gallery-dl-cache" // which have tests of their own
		if !seen[tool.ID] && !database {
			t.Errorf("%s has no row", tool.ID)
		}
	}
}

func expectPrivate(t testing.TB, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		t.Errorf("%s has mode %v", path, mode)
	}
}

// expectAccount looks whether Recognise finds the four values, over all files together.
func expectAccount(t testing.TB, a handover.Account, tools []string, onlyKey bool, paths ...string) {
	t.Helper()
	if tools == nil {
		return
	}
	var got handover.Found
	for i, path := range paths {
		all, err := handover.RecogniseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range all {
			if found.Tool != tools[i] {
				t.Errorf("%s belongs to %q, want %q", path, found.Tool, tools[i])
			}
			if found.Service != a.Service && found.Service != "" {
				continue
			}
			if found.Client.Key != "" {
				got.Client = found.Client
			}
			if found.Token.Token != "" {
				got.Token = found.Token
			}
		}
	}
	want := handover.Found{Client: a.Client, Token: a.Token}
	if onlyKey {
		want.Client.Secret, want.Token = "", oauth.TokenCredentials{}
	}
	if len(paths) == 1 && tools[0] == "flickr_api" && got.Client.Key == "" {
		want.Client = oauth.ClientCredentials{} // the form without
	}
	if got.Client != want.Client || got.Token != want.Token {
		t.Errorf("found another account than was handed over")
	}
}

// TestWriteKeepsWhatWasThere has a row for each way in which a file can be there before.
func TestWriteKeepsWhatWasThere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, ".flickcurl.conf")
	put(t, path, "[other]\na=1\n")
	written := handOver(t, "flickcurl", accountOf("flickr"), path)
	after := "[other]\na=1\n\n" + string(read(t, "written/flickcurl"))
	expectFolder(t, folder, map[string]string{".flickcurl.conf": after, ".flickcurl.conf" + stamp: "[other]\na=1\n"})
	expectPrivate(t, path)
	expectPrivate(t, path+stamp)
	if diff := cmp.Diff([]string{path + stamp}, written.Backups); diff != "" {
		t.Errorf("backups (-want +got):\n%s", diff)
	}

	handOver(t, "flickcurl", another("flickr"), path) // within the same second
	files := folderOf(t, folder)
	if got := files[".flickcurl.conf"+stamp+"-2"]; got != after {
		t.Errorf("second backup: %q", got)
	}
	if len(files) != 3 {
		t.Errorf("files %v", files)
	}
	takeBack(t, "flickcurl", another("flickr"), path)
	if got := folderOf(t, folder)[".flickcurl.conf"]; got != "[other]\na=1\n" {
		t.Errorf("after removal: %q", got)
	}
	if after := folderOf(t, folder); len(after) != 3 {
		t.Errorf("the removal left %v", after)
	}
}

func TestSymbolicLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	golden := string(read(t, "written/flickcurl"))
	tests := []struct {
		name   string
		target string            // of the link, relative to its folder
		before string            // content of the target, if it exists
		want   map[string]string // beside the link
	}{
		{
			name: "to a file", target: "../dotfiles/f", before: "# mine\n",
			want: map[string]string{"dotfiles/f": "# mine\n\n" + golden, "dotfiles/f" + stamp: "# mine\n"},
		},
		{name: "to nothing yet", target: "../dotfiles/f", want: map[string]string{"dotfiles/f": golden}},
		{name: "to a folder that is missing", target: "../dotfiles/x/f", want: map[string]string{
			"dotfiles/x/f": golden, "dotfiles/x": "(folder)",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			link := filepath.Join(folder, "home", ".flickcurl.conf")
			put(t, filepath.Join(folder, "home", "x"), "")
			put(t, filepath.Join(folder, "dotfiles", "x0"), "")
			if test.before != "" {
				put(t, filepath.Join(folder, "home", test.target), test.before)
			}
			if err := os.Symlink(test.target, link); err != nil {
				t.Fatal(err)
			}
			handOver(t, "flickcurl", accountOf("flickr"), link)
			want := map[string]string{
				"home": "(folder)", "dotfiles": "(folder)", "home/x": "", "dotfiles/x0": "",
				"home/.flickcurl.conf": "-> " + test.target,
			}
			for name, content := range test.want {
				want[name] = content
			}
			expectFolder(t, folder, want)
			takeBack(t, "flickcurl", accountOf("flickr"), link)
			if got := folderOf(t, folder)["dotfiles/f"]; got != test.before {
				t.Errorf("after removal: %q", got)
			}
		})
	}
}

// TestRefused has a row for each thing that can be in the way. Nothing may change.
func TestRefused(t *testing.T) {
	broken := func(err error) bool { _, ok := errors.AsType[*handover.BrokenError](err); return ok }
	tests := []struct {
		name, tool string
		before     string
		arrange    func(t *testing.T, path string)
		want       string // in the error
		broken     bool
	}{
		{
			name: "broken JSON", tool: "gallery-dl", before: "{\n  \"extractor\": {,}\n}",
			want: "line 2: not valid JSON", broken: true,
		},
		{name: "JSON with a comment", tool: "gallery-dl", before: "{\n// x\n}", want: "line 2: not valid JSON", broken: true},
		{name: "JSON with a byte order mark", tool: "gallery-dl", before: "\ufeff{}", want: "byte order mark", broken: true},
		{name: "JSON that is a list", tool: "gallery-dl", before: "[]", want: "not a JSON object", broken: true},
		{
			name: "JSON with another kind inside", tool: "gallery-dl", before: `{"extractor": 1}`,
			want: "extractor is not an object", broken: true,
		},
		{
			name: "JSON with another kind further inside", tool: "gallery-dl", before: `{"extractor": {"flickr": null}}`,
			want: "extractor.flickr is not an object", broken: true,
		},
		{name: "broken YAML", tool: "flickr-download", before: "a: [\n", want: "not valid YAML", broken: true},
		{name: "YAML that is a list", tool: "pytumblr", before: "- a\n", want: "names and values", broken: true},
		{name: "YAML in braces", tool: "pytumblr", before: "{a: b}\n", want: "cannot change", broken: true},
		{name: "YAML after its end", tool: "pytumblr", before: "a: b\n...\n", want: "cannot change", broken: true},
		{name: "section of YAML in braces", tool: "flickr-cli", before: "flickr: {a: b}\n", want: "cannot change", broken: true},
		{name: "broken TOML", tool: "smugmug-backup", before: "[store\n", want: "line 2: not valid TOML", broken: true},
		{
			name: "TOML with a byte order mark", tool: "smugmug-backup", before: "\ufeff[store]\n",
			want: "byte order mark", broken: true,
		},
		{
			name: "inline table of TOML", tool: "smugmug-backup", before: "authentication = {api_key = \"x\"}\n",
			want: "cannot change", broken: true,
		},
		{
			name: "heading in a text of TOML", tool: "smugmug-backup", before: "a = \"\"\"\n[authentication]\n\"\"\"\n",
			want: "cannot change", broken: true,
		},
		{name: "UTF-16", tool: "env", before: inUTF16("\ufeffA=1\n", false), want: "not UTF-8", broken: true},
		{name: "a long text", tool: "flickr_api", before: "Dear diary,\ntoday\n", want: "something else"},
		{name: "a picture", tool: "flickr_upload", before: "\x89PNG", want: "something else"},
		{name: "too large", tool: "env", before: strings.Repeat("#\n", 1<<19+1), want: "larger"},
		{name: "a folder", tool: "env", arrange: func(t *testing.T, path string) {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, want: "there is a folder of this name"},
		{name: "a folder in the way of the second file", tool: "flickr-download", arrange: func(t *testing.T, path string) {
			if err := os.MkdirAll(filepath.Join(filepath.Dir(path), ".flickr_token"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, want: "there is a folder of this name"},
		{name: "a file where the folder should be", tool: "apikeys", before: "x", want: "not a directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "file")
			if test.before != "" {
				put(t, path, test.before)
			}
			if test.arrange != nil {
				test.arrange(t, path)
			}
			before := folderOf(t, folder)
			tool := toolFor(t, test.tool)
			_, err := handover.Prepare(tool, accountOf(serviceOf(tool)), path, noon)
			if err == nil || !strings.Contains(err.Error(), test.want) || broken(err) != test.broken {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
			if _, ok := errors.AsType[*handover.PathError](err); !ok {
				t.Errorf("the error does not name the path: %v", err)
			}
			expectFolder(t, folder, before)
		})
	}
}

func serviceOf(tool handover.Tool) string {
	if tool.Services == nil {
		return "flickr"
	}
	return tool.Services[0]
}

func TestChangedSince(t *testing.T) {
	tests := []struct {
		name   string
		before string
		change func(path string) error
	}{
		{name: "other content", before: "{}", change: func(path string) error { return os.WriteFile(path, []byte("{ }"), 0o600) }},
		{name: "there by now", change: func(path string) error { return os.WriteFile(path, []byte("{}"), 0o600) }},
		{name: "gone", before: "{}", change: os.Remove},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "config.json")
			if test.before != "" {
				put(t, path, test.before)
			}
			plan := prepare(t, "gallery-dl-file", accountOf("flickr"), path)
			if err := test.change(path); err != nil {
				t.Fatal(err)
			}
			before := folderOf(t, folder)
			if _, err := plan.Write(); !errors.Is(err, handover.ErrChanged) {
				t.Errorf("got error %v", err)
			}
			expectFolder(t, folder, before)
		})
	}
}

// TestAllOrNothing lets the last step of the second file fail.
func TestAllOrNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		before map[string]string
	}{
		{name: "new files"},
		{name: "files that were there", before: map[string]string{
			".flickr_download": "verbose: true\n", ".flickr_token": "72157600000000001-0000000000000000\n0000000000000000",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, content := range test.before {
				put(t, filepath.Join(folder, "home", name), content)
			}
			before := folderOf(t, folder)
			plan := prepare(t, "flickr-download", accountOf("flickr"), filepath.Join(folder, "home", ".flickr_download"))
			renames := 0
			plan.SetRename(func(from, to string) error {
				if renames++; renames == 2 {
					return &os.LinkError{Op: "rename", Old: from, New: to, Err: errors.New("disk full")}
				}
				return os.Rename(from, to)
			})
			_, err := plan.Write()
			if err == nil || !strings.HasSuffix(err.Error(), ".flickr_token: disk full") {
				t.Errorf("got error %v", err)
			}
			if renames != 2 {
				t.Errorf("%d renames", renames)
			}
			expectFolder(t, folder, before)
		})
	}
}

// TestReadsBack lets the disk keep something else than was written.
func TestReadsBack(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.json")
	put(t, path, "{}")
	plan := prepare(t, "gallery-dl", accountOf("flickr"), path)
	plan.SetRename(func(from, to string) error {
		return errors.Join(os.Remove(from), os.WriteFile(to, []byte("{\"extractor\""), 0o600))
	})
	if _, err := plan.Write(); err == nil || !strings.Contains(err.Error(), "reads back differently") {
		t.Errorf("got error %v", err)
	}
	expectFolder(t, folder, map[string]string{"config.json": "{}"})
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("restored with mode %v, error %v", info.Mode(), err)
	}
}

// TestDatabases hands two accounts over to each database, with a copy kept, and takes them back.
func TestDatabases(t *testing.T) {
	for _, test := range []struct{ tool, table string }{
		{"flickrapi", "oauth_tokens"}, {"gallery-dl-cache", "data"},
	} {
		t.Run(test.tool, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "new", "tokens.sqlite")
			a, b := accountOf("flickr"), another("flickr")
			plan := prepare(t, test.tool, a, path)
			want := "new file " + path + "\n  + row in " + test.table + ": API key 0123…, token 7215…, token secret eeee…\n"
			if diff := cmp.Diff(want, plan.Preview()); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
			expectFolder(t, folder, map[string]string{})
			write(t, plan)
			expectRows(t, path, a)
			expectPrivate(t, path)

			written := handOver(t, test.tool, b, path)
			expectRows(t, path, a, b)
			if diff := cmp.Diff([]string{path + stamp}, written.Backups); diff != "" {
				t.Errorf("backups (-want +got):\n%s", diff)
			}
			expectRows(t, path+stamp, a)

			relinked := a
			relinked.Token = b.Token
			plan = prepare(t, test.tool, relinked, path)
			want = "change " + path + "\n  - row in " + test.table + ": API key 0123…, token 7215…, token secret eeee…\n" +
				"  + row in " + test.table + ": API key 0123…, token 7215…, token secret 8888…\n"
			if diff := cmp.Diff(want, plan.Preview()); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}

			takeBack(t, test.tool, a, path)
			expectRows(t, path, b)
			if files := folderOf(t, folder); len(files) != 3 {
				t.Errorf("files are left: %v", files)
			}
			content, err := os.ReadFile(path)
			if err != nil || strings.Contains(string(content), a.Token.Token) {
				t.Errorf("the token is still in the file, error %v", err)
			}
			if _, err := handover.PrepareRemoval(toolFor(t, test.tool), a, path); !errors.Is(err, handover.ErrNotThere) {
				t.Errorf("got error %v", err)
			}

			plan = prepare(t, test.tool, a, path)
			put(t, path+"-journal", "x") // another program begins to write
			if _, err := plan.Write(); err == nil || !strings.Contains(err.Error(), "program") {
				t.Errorf("got error %v", err)
			}
			expectRows(t, path+stamp, a)
			put(t, path+"-journal", "")
			expectRows(t, path, b)

			put(t, path, "no database")
			if _, err := handover.Prepare(toolFor(t, test.tool), a, path, noon); err == nil {
				t.Error("another file was taken")
			}
			put(t, path, "")
			handOver(t, test.tool, a, path)
			expectRows(t, path, a)
		})
	}
}

// expectRows looks whether a database holds these accounts.
func expectRows(t testing.TB, path string, want ...handover.Account) {
	t.Helper()
	found, err := handover.RecogniseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, wanted := map[string]oauth.TokenCredentials{}, map[string]oauth.TokenCredentials{}
	for _, f := range found {
		got[f.Client.Key] = f.Token
	}
	for _, a := range want {
		wanted[a.Client.Key] = a.Token
	}
	if !maps.Equal(got, wanted) {
		t.Errorf("found %d accounts, want %d", len(got), len(wanted))
	}
}

func TestPreview(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "config.json")
	put(t, path, `{"password": "hunter2hunter2", "extractor": {"flickr": {
		"api-key": "ffffffffffffffff", "api-secret": "short", "access-token": null}}}`)
	plan := prepare(t, "gallery-dl", accountOf("flickr"), path)
	want := "change " + path + `
  ~ extractor.flickr.api-key = 0123…, was ffff…
  ~ extractor.flickr.api-secret = fedc…, was …
  ~ extractor.flickr.access-token = 7215…, was …
  + extractor.flickr.access-token-secret = eeee…
`
	if diff := cmp.Diff(want, plan.Preview()); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	write(t, plan)
	if diff := cmp.Diff("nothing to change\n", prepare(t, "gallery-dl", accountOf("flickr"), path).Preview()); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}

	both := prepare(t, "smugmug-backup", accountOf("smugmug"), filepath.Join(folder, "a\nb.toml")).Preview()
	want = "new file " + filepath.Join(folder, "a?b.toml") + `
  + authentication.api_key = Smug…
  + authentication.api_secret = Smug…
  + authentication.user_token = Smug…
  + authentication.user_secret = Smug…
  + store.destination = /path/to/your/photos
`
	if diff := cmp.Diff(want, both); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	removal, err := handover.PrepareRemoval(toolFor(t, "env"), accountOf("flickr"), path)
	if !errors.Is(err, handover.ErrNotThere) {
		t.Errorf("got %v, error %v", removal, err)
	}
}

// TestPreviewsHoldNoSecrets looks at every tool.
func TestPreviewsHoldNoSecrets(t *testing.T) {
	rows := append(slices.Clone(newFiles), newFiles[0], newFiles[0])
	rows[len(rows)-1].tool, rows[len(rows)-2].tool = "flickrapi", "gallery-dl-cache"
	for _, row := range rows {
		a, path := accountOf(row.service), filepath.Join(t.TempDir(), row.name)
		preview := prepare(t, row.tool, a, path).Preview()
		handOver(t, row.tool, another(row.service), path)
		plan := prepare(t, row.tool, a, path)
		preview += plan.Preview() + fmt.Sprintf("%v %+v %#v", plan, plan, plan)
		for _, account := range []handover.Account{a, another(row.service)} {
			for _, secret := range []string{
				account.Client.Key, account.Client.Secret.Reveal(), account.Token.Token, account.Token.Secret.Reveal(),
			} {
				if strings.Contains(preview, secret[:6]) {
					t.Errorf("%s: the preview has %q in it", row.tool, secret[:6])
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	for tool, golden := range map[string]string{
		"env": "env.flickr", "gallery-dl-file": "gallery-dl.flickr", "flickcurl": "flickcurl",
	} {
		plan := prepare(t, tool, accountOf("flickr"), "")
		got, err := plan.Text()
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(string(read(t, "written/"+golden)), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tool, diff)
		}
		if written, err := plan.Write(); err == nil {
			t.Errorf("%s wrote %v", tool, written)
		}
	}
	for _, tool := range []string{"flickr-download", "apikeys", "flickrapi"} {
		if text, err := prepare(t, tool, accountOf("flickr"), "").Text(); err == nil {
			t.Errorf("%s gives %d bytes", tool, len(text))
		}
	}
}

func TestUnfitAccounts(t *testing.T) {
	tests := []struct {
		name, tool string
		account    handover.Account
		want       string
	}{
		{
			name: "another service", tool: "smugcli", account: accountOf("flickr"),
			want: "smugcli takes no accounts of this service",
		},
		{
			name: "no secret", tool: "env", account: without(func(a *handover.Account) { a.Client.Secret = "" }),
			want: ".env needs the API secret, which is missing",
		},
		{
			name: "no token", tool: "env", account: without(func(a *handover.Account) { a.Token.Token = "" }),
			want: ".env needs the token, which is missing",
		},
		{
			name: "a line in the token", tool: "env", account: without(func(a *handover.Account) { a.Token.Token = "a\nb" }),
			want: "the token has white space inside",
		},
		{
			name: "a quotation mark", tool: "json", account: without(func(a *handover.Account) { a.Token.Secret = `"` }),
			want: "the token secret has characters",
		},
		{
			name: "unknown permission", tool: "flickrapi", account: without(func(a *handover.Account) { a.Permission = "" }),
			want: "permission",
		},
		{
			name: "too long", tool: "flickcurl",
			account: without(func(a *handover.Account) { a.Token.Token = strings.Repeat("a", 250) }), want: "longer",
		},
		{name: "no user name", tool: "smuploader", account: func() handover.Account {
			a := accountOf("smugmug")
			a.UserName = ""
			return a
		}(), want: "user name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := handover.Prepare(toolFor(t, test.tool), test.account, filepath.Join(t.TempDir(), "f"), noon)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := handover.Prepare(handover.Tool{ID: "else"}, accountOf("flickr"), "x", noon); err == nil {
		t.Error("a tool that does not exist took the account")
	}
	onlyKey := accountOf("tumblr")
	onlyKey.Client.Secret, onlyKey.Token = "", oauth.TokenCredentials{}
	prepare(t, "tumblr-backup", onlyKey, "")
}

// without is an account of Flickr that is not whole.
func without(change func(*handover.Account)) handover.Account {
	a := accountOf("flickr")
	change(&a)
	return a
}

func TestWarnings(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	overlay := filepath.Join(home, ".gallery-dl.conf")
	put(t, overlay, `{"extractor": {"flickr": {"api-key": "0000000000000000"}}}`)
	tests := []struct {
		name, tool, permission, before, beside string
		path                                   string // in place of a new one
		want                                   string // empty: no warning
	}{
		{name: "reading is enough", tool: "flickcurl", permission: "read"},
		{name: "more is needed", tool: "flickr_upload", permission: "read", want: "flickr_upload needs the permission to upload"},
		{name: "enough", tool: "flickr_upload", permission: "write"},
		{name: "more than enough", tool: "flickr_upload", permission: "delete"},
		{name: "not known", tool: "flickr_upload"},
		{name: "SmugMug", tool: "smuploader", permission: "read", want: "permission to upload"},
		{name: "SmugMug with enough", tool: "smuploader", permission: "add"},
		{name: "old token", tool: "flickr_upload", beside: "auth_token=1\n", want: "auth_token"},
		{name: "no old token", tool: "flickr_upload", beside: "key=1\n"},
		{name: "no folder for photos", tool: "smugmug-backup", want: "set destination"},
		{
			name: "placeholder for photos", tool: "smugmug-backup", before: "[store]\ndestination = \"/path/to/your/photos\"\n",
			want: "set destination",
		},
		{name: "folder for photos", tool: "smugmug-backup", before: "[store]\ndestination = \"/photos\"\n"},
		{name: "a file that is read later", tool: "gallery-dl", want: "gallery-dl reads " + overlay + " last"},
		{name: "the file that is read last", tool: "gallery-dl", path: overlay},
		{
			name: "keys for a part", tool: "gallery-dl", before: `{"extractor": {"flickr": {"user": {"api-key": "00000000"}}}}`,
			want: "for a part of the service",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "file")
			if test.before != "" {
				put(t, path, test.before)
			}
			if test.beside != "" {
				put(t, filepath.Join(folder, ".flickrrc"), test.beside)
			}
			if test.path != "" {
				path = test.path
			}
			a := accountOf(serviceOf(toolFor(t, test.tool)))
			a.Permission = test.permission
			got := prepare(t, test.tool, a, path).Warning(nil)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDefaultPaths(t *testing.T) {
	windows := map[string]string{"APPDATA": `C:\Users\me\AppData\Roaming`}
	tests := []struct {
		tool, system string
		env          map[string]string
		want         string
	}{
		{tool: "gallery-dl", system: "linux", want: "/home/me/.gallery-dl.conf"},
		{tool: "gallery-dl", system: "windows", want: `C:\Users\me\.gallery-dl.conf`},
		{tool: "gallery-dl-file", system: "linux"},
		{tool: "gallery-dl-cache", system: "linux", want: "/home/me/.cache/gallery-dl/cache.sqlite3"},
		{
			tool: "gallery-dl-cache", system: "linux", env: map[string]string{"XDG_CACHE_HOME": "/c"},
			want: "/c/gallery-dl/cache.sqlite3",
		},
		{tool: "gallery-dl-cache", system: "windows", env: windows, want: `C:\Users\me\AppData\Roaming\gallery-dl\cache.sqlite3`},
		{tool: "flickr-download", system: "darwin", want: "/home/me/.flickr_download"},
		{tool: "flickrapi", system: "windows", want: `C:\Users\me\.flickr\oauth-tokens.sqlite`},
		{tool: "flickr_api", system: "linux"},
		{tool: "flickr-cli", system: "linux"},
		{tool: "flickr-cli", system: "linux", env: map[string]string{"FLICKRCLI_CONFIG": "/f.yml"}, want: "/f.yml"},
		{tool: "apikeys", system: "linux"},
		{tool: "smugmug-backup", system: "windows", want: `C:\Users\me\.smgmg\config.toml`},
		{tool: "tumblr-backup", system: "linux", want: "/home/me/.config/tumblr-backup/config.json"},
		{
			tool: "tumblr-backup", system: "linux", env: map[string]string{"XDG_CONFIG_HOME": "/s"},
			want: "/s/tumblr-backup/config.json",
		},
		{tool: "tumblr-backup", system: "darwin", want: "/home/me/Library/Application Support/tumblr-backup/config.json"},
		{
			tool: "tumblr-backup", system: "windows", env: windows,
			want: `C:\Users\me\AppData\Roaming\tumblr-backup\tumblr-backup\config.json`,
		},
		{tool: "env", system: "linux"},
		{tool: "else", system: "linux"},
	}
	for _, test := range tests {
		home := "/home/me"
		if test.system == "windows" {
			home = `C:\Users\me`
		}
		tool, _ := handover.ToolFor(test.tool)
		got := tool.DefaultPath(handover.System{
			Home: home, OS: test.system, Env: func(name string) string { return test.env[name] },
		}, accountOf("flickr"))
		if got != test.want {
			t.Errorf("%s on %s: got %q, want %q", test.tool, test.system, got, test.want)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	got := toolFor(t, "smugcli").DefaultPath(handover.System{}, accountOf("smugmug"))
	if got != filepath.Join(home, ".smugcli") {
		t.Errorf("on this computer: %q", got)
	}
}

func TestPytumblrPath(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{name: "nothing there", want: ".tumblr"},
		{name: "the shared file", file: ".tumblr", want: ".tumblr"},
		{name: "its own file", file: ".pytumblr", want: ".pytumblr"},
		{name: "a folder of the shared name", file: ".tumblr/x", want: ".pytumblr"},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			if test.file != "" {
				put(t, filepath.Join(home, test.file), "")
			}
			got := toolFor(t, "pytumblr").DefaultPath(handover.System{Home: home}, accountOf("tumblr"))
			if want := filepath.Join(home, test.want); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestTools(t *testing.T) {
	seen := map[string]bool{}
	for _, tool := range handover.Tools() {
		if seen[tool.ID] || tool.ID == "" || tool.Name == "" || tool.Form == "" {
			t.Errorf("tool %+v", tool)
		}
		seen[tool.ID] = true
		if found, ok := handover.ToolFor(tool.ID); !ok || !cmp.Equal(tool, found) {
			t.Errorf("%s is not found by its ID", tool.ID)
		}
	}
	if tool, ok := handover.ToolFor("else"); ok {
		t.Errorf("found %v", tool)
	}
}
