package main_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"photolink/app/language"
)

// TestReleaseHasOneVersion keeps the version of FyneApp.toml the only one that has to be raised, beside those of the program
// and of CHANGELOG.md, which TestVersion of app compares: what is packaged has signs in its place.
func TestReleaseHasOneVersion(t *testing.T) {
	version := readDetails(t).Version
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
		t.Errorf("%q is not a version of three numbers, which all systems take", version)
	}
	for _, row := range []struct{ file, pattern string }{
		{"packaging/linux/control", `(?m)^Version: @VERSION@$`},
		{"packaging/linux/org.photolink.Photolink.metainfo.xml", `<releases>\s*@RELEASES@\s*</releases>`},
		{"packaging/macos/Info.plist", `<key>CFBundleShortVersionString</key>\s*<string>@VERSION@</string>`},
		{"packaging/macos/Info.plist", `<key>CFBundleVersion</key>\s*<string>@VERSION@</string>`},
		{"packaging/windows/photolink.rc", `VALUE "ProductVersion", "@VERSION@"`},
	} {
		if !regexp.MustCompile(row.pattern).MatchString(readText(t, row.file)) {
			t.Errorf("%s has no %s", row.file, row.pattern)
		}
	}
	written := regexp.MustCompile(`(^|[^\d.])` + regexp.QuoteMeta(version) + `($|[^\d.])`)
	err := fs.WalkDir(os.DirFS("packaging"), ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && written.MatchString(readText(t, path.Join("packaging", file))) {
			t.Errorf("packaging/%s has the version %s in it, which somebody will forget", file, version)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReleaseTag compares the version with the tag of this commit, if it has one: a release is built from it.
func TestReleaseTag(t *testing.T) {
	for _, row := range []struct {
		name, version, heading string
		tags                   []string
		wrong                  bool
	}{
		{"no tag", "1.2.3", "## 1.2.3 (unreleased)", nil, false},
		{"the tag", "1.2.3", "## 1.2.3 (2026-11-22)", []string{"v1.2.3"}, false},
		{"another tag beside it", "1.2.3", "## 1.2.3 (2026-11-22)", []string{"tested", "v1.2.3"}, false},
		{"a tag that is no version", "1.2.3", "## 1.2.3 (unreleased)", []string{"very-old"}, false},
		{"the tag of another version", "1.2.3", "## 1.2.3 (2026-11-22)", []string{"v1.2.4"}, true},
		{"the changes have no date", "1.2.3", "## 1.2.3 (unreleased)", []string{"v1.2.3"}, true},
		{"the changes end with another version", "1.2.3", "## 1.2.2 (2026-11-22)", []string{"v1.2.3"}, true},
	} {
		if err := tagFits(row.version, row.heading, row.tags); (err != nil) != row.wrong {
			t.Errorf("%s: got %v", row.name, err)
		}
	}

	if _, err := os.Stat(".git"); errors.Is(err, fs.ErrNotExist) {
		return // the source without its history, such as an archive: there is no tag either
	}
	tags, err := exec.CommandContext(t.Context(), "git", "tag", "--points-at", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`(?m)^## .*$`).FindString(readText(t, "CHANGELOG.md"))
	if err := tagFits(readDetails(t).Version, heading, strings.Fields(string(tags))); err != nil {
		t.Error(err)
	}
}

// tagFits says what is wrong with the tags of a commit. heading is the first one of CHANGELOG.md.
func tagFits(version, heading string, tags []string) error {
	isVersion := regexp.MustCompile(`^v\d`)
	for _, tag := range tags {
		if !isVersion.MatchString(tag) {
			continue
		}
		if tag != "v"+version {
			return fmt.Errorf("the tag is %s, FyneApp.toml has %s", tag, version)
		}
		if !regexp.MustCompile(`^## ` + regexp.QuoteMeta(version) + ` \(\d{4}-\d\d-\d\d\)$`).MatchString(heading) {
			return fmt.Errorf("the tag is %s, and CHANGELOG.md begins with %q, without a date", tag, heading)
		}
	}
	return nil
}

// TestReleaseForMacOS keeps what macOS is told in step with the program, and its questions in all languages.
func TestReleaseForMacOS(t *testing.T) {
	const folder = "packaging/macos"
	info := readPropertyList(t, folder+"/Info.plist")
	details := readDetails(t)
	if info["CFBundleIdentifier"] != details.ID || info["CFBundleName"] != details.Name {
		t.Errorf("Info.plist is of %v, %v", info["CFBundleIdentifier"], info["CFBundleName"])
	}
	var tags, folders []string
	for _, known := range language.All() {
		tags, folders = append(tags, known.Tag), append(folders, known.Tag+".lproj")
	}
	if diff := cmp.Diff(tags, info["CFBundleLocalizations"]); diff != "" {
		t.Errorf("languages of the program (-) and of Info.plist (+):\n%s", diff)
	}
	found, err := fs.Glob(os.DirFS(folder), "*.lproj")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(folders, found); diff != "" {
		t.Errorf("languages of the program (-) and folders (+):\n%s", diff)
	}

	questions := map[string]string{}
	for key, value := range info {
		if strings.HasSuffix(key, "UsageDescription") {
			questions[key], _ = value.(string)
		}
	}
	if len(questions) == 0 {
		t.Error("Info.plist has no words for the questions of macOS")
	}
	for _, name := range found {
		words := map[string]string{}
		for _, line := range strings.Split(strings.TrimSpace(readText(t, path.Join(folder, name, "InfoPlist.strings"))), "\n")[1:] {
			fields := regexp.MustCompile(`^"(\w+)" = "([^"\\]+)";$`).FindStringSubmatch(line)
			if fields == nil {
				t.Fatalf("%s: %s", name, line)
			}
			words[fields[1]] = fields[2]
			if name != "en.lproj" && fields[2] == questions[fields[1]] {
				t.Errorf("%s: %s is English", name, fields[1])
			}
		}
		for key := range questions {
			if words[key] == "" {
				t.Errorf("%s lacks %s", name, key)
			}
		}
		if len(words) != len(questions) {
			t.Errorf("%s has words for %d questions, want %d", name, len(words), len(questions))
		}
		if name == "en.lproj" {
			if diff := cmp.Diff(questions, words); diff != "" {
				t.Errorf("Info.plist (-) and %s (+):\n%s", name, diff)
			}
		}
	}

	rights := readPropertyList(t, folder+"/entitlements.plist")
	if rights["com.apple.security.network.client"] != true || rights["com.apple.security.network.server"] != true {
		t.Errorf("the rights are %v", rights)
	}
	if _, found := rights["keychain-access-groups"]; found {
		t.Error("macOS does not start a program with keychain-access-groups that has no provisioning profile")
	}
}

// TestReleaseWorkflows keeps the workflows from taking code that can change under its name, and from having more rights
// than they need.
func TestReleaseWorkflows(t *testing.T) {
	files, err := fs.Glob(os.DirFS(".github/workflows"), "*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, error %v", files, err)
	}
	writers := map[string][]string{} // of a right, the jobs that have it
	for _, file := range files {
		text := readText(t, path.Join(".github/workflows", file))
		var workflow struct {
			Permissions map[string]string
			Concurrency map[string]any
			Jobs        map[string]struct {
				Permissions map[string]string
				Timeout     int `yaml:"timeout-minutes"`
				Container   struct{ Image string }
				Steps       []struct {
					Uses string
					With map[string]any
				}
			}
		}
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if workflow.Permissions == nil || len(workflow.Permissions) > 0 || workflow.Concurrency == nil {
			t.Errorf("%s: want no rights at the top, and a group of which one runs at a time", file)
		}
		for name, job := range workflow.Jobs {
			if job.Permissions == nil || job.Timeout == 0 {
				t.Errorf("%s: %s does not say its rights, or its time", file, name)
			}
			for right, level := range job.Permissions {
				if level == "write" {
					writers[right] = append(writers[right], name)
				}
			}
			if job.Container.Image != "" && !strings.Contains(job.Container.Image, "@sha256:") {
				t.Errorf("%s: %s runs in %s, which can change", file, name, job.Container.Image)
			}
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
					t.Errorf("%s: %s leaves its credentials in the checkout", file, name)
				}
			}
		}
		pinned := regexp.MustCompile(`^\s*-? *uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
		for line := range strings.Lines(text) {
			if strings.Contains(line, "uses:") && !pinned.MatchString(strings.TrimRight(line, "\n")) {
				t.Errorf("%s: not a commit with its version behind it: %s", file, strings.TrimSpace(line))
			}
		}
	}
	want := map[string][]string{"attestations": {"attest"}, "id-token": {"attest"}, "contents": {"draft"}}
	if diff := cmp.Diff(want, writers); diff != "" {
		t.Errorf("who may write what, wanted (-) and found (+):\n%s", diff)
	}
}

// details are those of FyneApp.toml.
type details struct{ ID, Name, Version string }

func readDetails(t *testing.T) details {
	t.Helper()
	var file struct{ Details details }
	if _, err := toml.DecodeFile("FyneApp.toml", &file); err != nil {
		t.Fatal(err)
	}
	return file.Details
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readPropertyList reads a dictionary of texts, truth values and lists of texts.
func readPropertyList(t *testing.T, file string) map[string]any {
	t.Helper()
	all := map[string]any{}
	var key string
	var list []string
	inList := false
	for decoder := xml.NewDecoder(strings.NewReader(readText(t, file))); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			var text string
			switch element.Name.Local {
			case "plist", "dict":
				continue
			case "array":
				list, inList = nil, true
				continue
			}
			if err := decoder.DecodeElement(&text, &element); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			switch kind := element.Name.Local; {
			case kind == "key":
				if _, twice := all[text]; twice {
					t.Errorf("%s has %s twice", file, text)
				}
				key = text
			case kind == "true" || kind == "false":
				all[key] = kind == "true"
			case kind == "string" && inList:
				list = append(list, text)
			case kind == "string":
				all[key] = text
			default:
				t.Fatalf("%s has <%s>, which this does not read", file, kind)
			}
		case xml.EndElement:
			if element.Name.Local == "array" {
				all[key], inList = slices.Clone(list), false
			}
		}
	}
}
