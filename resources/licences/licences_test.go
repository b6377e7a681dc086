package licences_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/resources/licences"
)

// root is the folder of the project.
const root = "../.."

// free are the licences that a program under the MIT licence can be linked with, and shipped as one file.
var free = []string{
	"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT AND Apache-2.0", "Unlicense OR BSD-3-Clause", "Zlib",
	"Bitstream-Vera", "OFL-1.1", // of fonts, which they bind and not the program
	"notices", "public domain",
}

// TestEveryModuleIsThere compares the list with what is linked, for each system. When it fails, run
// "go run -C tools ./licences".
func TestEveryModuleIsThere(t *testing.T) {
	if _, err := os.ReadFile(root + "/go.mod"); err != nil { // so that no earlier result stands when it has changed
		t.Fatal(err)
	}
	want := []string{"Go", "Photolink"}
	for _, system := range []string{"linux", "windows", "darwin"} {
		const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}"
		command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, ".")
		command.Dir, command.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1", "GOFLAGS=")
		out, err := command.Output()
		if err != nil {
			t.Fatalf("go list for %s: %v", system, err)
		}
		want = append(want, strings.Split(strings.TrimSpace(string(out)), "\n")...)
	}
	slices.Sort(want)
	want = slices.DeleteFunc(slices.Compact(want), func(line string) bool { return line == "" })
	var got []string
	for _, module := range licences.Modules() {
		got = append(got, strings.TrimSpace(module.Path+" "+module.Version))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("linked (-) and listed (+):\n%s", diff)
	}
}

func TestLicencesAreFree(t *testing.T) {
	for _, group := range licences.Groups() {
		if !slices.Contains(free, group.Name) {
			t.Errorf("%v: is %q compatible with the licence of Photolink?", group.Modules, group.Name)
		}
		if len(group.Modules) == 0 || len(group.Text) < 100 {
			t.Errorf("%v: %d characters of %s", group.Modules, len(group.Text), group.Name)
		}
	}
	for _, module := range licences.Modules() {
		if module.Licence == "notices" {
			t.Errorf("%s has notices and no licence", module.Path)
		}
	}
}

func TestLicenceOfPhotolinkIsFirst(t *testing.T) {
	own, err := os.ReadFile(root + "/LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	want := licences.Group{Name: "MIT", Modules: []string{"Photolink"}, Text: strings.TrimSpace(string(own))}
	if diff := cmp.Diff(want, licences.Groups()[0]); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if first := licences.Modules()[0].Path; first != "Photolink" {
		t.Errorf("the list begins with %s", first)
	}
}

// TestAllIsShown keeps what is cut into groups from losing a word.
func TestAllIsShown(t *testing.T) {
	shown := 0
	for _, group := range licences.Groups() {
		shown += len(group.Name) + len(strings.Join(group.Modules, "\n")) + len(group.Text)
	}
	if rest := len(licences.Text()) - shown; rest < 0 || rest > 90*len(licences.Groups())+100 {
		t.Errorf("%d characters are in no group", rest)
	}
	if size := len(licences.Text()); size > 200_000 {
		t.Errorf("%d characters, which is much to embed and to read", size)
	}
}
