package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// importRules say who may import whom.
var importRules = []struct {
	name   string
	reason string
	breaks func(file sourceFile, imported string) bool
	// An import that the rule must find, so that a slip in breaks is noticed.
	examplePath, exampleImport string
}{
	{
		name:   "fyne.io only in app/gui",
		reason: "everything else builds without cgo for every system, under the build tag nogui",
		breaks: func(file sourceFile, imported string) bool {
			return within(imported, "fyne.io") && file.folder() != "app/gui"
		},
		examplePath: "app/link/link.go", exampleImport: "fyne.io/fyne/v2",
	},
	{
		name:   "oauth and callback use the standard library alone",
		reason: "they hold the protocol: who audits or reuses them reads nothing else",
		breaks: func(file sourceFile, imported string) bool {
			folder := file.folder()
			if folder != "oauth" && folder != "callback" || isStandard(imported) {
				return false
			}
			return !file.isTest() || !slices.Contains([]string{
				"photolink/" + folder, "photolink/oauth/sandbox", "github.com/google/go-cmp/cmp",
			}, imported)
		},
		examplePath: "oauth/client.go", exampleImport: "photolink/callback",
	},
	{
		name:   "nothing of Photolink below oauth and callback",
		reason: "they are libraries: the application knows them, not the other way round",
		breaks: func(file sourceFile, imported string) bool {
			return within(file.path, "oauth") && within(imported, "photolink") && !within(imported, "photolink/oauth") ||
				within(file.path, "callback") && within(imported, "photolink") && !within(imported, "photolink/callback")
		},
		examplePath: "oauth/provider/flickr.go", exampleImport: "photolink/app/account",
	},
	{
		name:   "app/link takes its outside world as fields",
		reason: "linking is tested whole, without a window, a keyring or a browser",
		breaks: func(file sourceFile, imported string) bool {
			return within(file.path, "app/link") && slices.ContainsFunc(
				[]string{"fyne.io", "photolink/app/gui", "photolink/app/cli", keyring, browserOpener},
				func(outside string) bool { return within(imported, outside) },
			)
		},
		examplePath: "app/link/link.go", exampleImport: keyring,
	},
	{
		name:   "the keyring only in app/account",
		reason: "go-keyring can hang and can lie; what guards against that is in one place",
		breaks: func(file sourceFile, imported string) bool {
			return within(imported, keyring) && file.folder() != "app/account"
		},
		examplePath: "app/cli/cli.go", exampleImport: keyring,
	},
	{
		name:   "the browser opened by one file",
		reason: "it decides which addresses reach the system, and waits for no browser",
		breaks: func(file sourceFile, imported string) bool {
			return within(imported, browserOpener) && file.path != "app/browser.go"
		},
		examplePath: "app/app.go", exampleImport: browserOpener + "/open",
	},
	{
		name:   "app/gui and app/cli do not know each other",
		reason: "they are two faces of the same use cases: what both need belongs in app",
		breaks: func(file sourceFile, imported string) bool {
			return within(file.path, "app/gui") && imported == "photolink/app/cli" ||
				within(file.path, "app/cli") && imported == "photolink/app/gui"
		},
		examplePath: "app/cli/cli.go", exampleImport: "photolink/app/gui",
	},
}

const (
	keyring       = "github.com/zalando/go-keyring"
	browserOpener = "github.com/skratchdot/open-golang"
)

func TestImports(t *testing.T) {
	files := parseProject(t)
	for _, rule := range importRules {
		t.Run(rule.name, func(t *testing.T) {
			if !rule.breaks(sourceFile{path: rule.examplePath}, rule.exampleImport) {
				t.Errorf("the rule lets %s import %s", rule.examplePath, rule.exampleImport)
			}
			for _, file := range files {
				for _, imported := range file.imports(t) {
					if rule.breaks(file, imported) {
						t.Errorf("%s imports %s, but %s", file.path, imported, rule.reason)
					}
				}
			}
		})
	}
}

// TestSandboxSharesOnlyNames keeps the practice service and its tests from signing with the code that they are to check:
// a mistake made on both sides would cancel out.
func TestSandboxSharesOnlyNames(t *testing.T) {
	shared := []string{"ClientCredentials", "TemporaryCredentials", "TokenCredentials", "Secret"}
	for _, file := range parseProject(t) {
		if file.folder() != "oauth/sandbox" {
			continue
		}
		for _, name := range file.selected("oauth") {
			if !slices.Contains(shared, name) {
				t.Errorf("%s uses oauth.%s; it may only share %v", file.path, name, shared)
			}
		}
	}
}

// TestOneHopToTheWindow keeps one way onto the goroutine of the GUI: every second one is a place where a test cannot
// follow, and DoAndWait blocks for ever when the window's goroutine waits too.
func TestOneHopToTheWindow(t *testing.T) {
	var hops []string
	for _, file := range parseProject(t) {
		for _, name := range file.selected("fyne") {
			switch name {
			case "Do":
				hops = append(hops, file.path)
			case "DoAndWait":
				t.Errorf("%s uses fyne.DoAndWait", file.path)
			}
		}
	}
	if len(hops) != 1 || path.Dir(hops[0]) != "app/gui" {
		t.Errorf("fyne.Do is used in %v, want it once, in app/gui", hops)
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	documented := map[string]bool{}
	for _, file := range parseProject(t) {
		if !file.isTest() {
			documented[file.folder()] = documented[file.folder()] || file.syntax.Doc != nil
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", folder)
		}
	}
}

type sourceFile struct {
	path   string // below the root of the module, with slashes
	syntax *ast.File
}

func (f sourceFile) folder() string { return path.Dir(f.path) }

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f sourceFile) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range f.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, imported)
	}
	return paths
}

// selected returns the names that the file takes from a package, one for each use.
func (f sourceFile) selected(packageName string) []string {
	var names []string
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == packageName {
				names = append(names, selector.Sel.Name)
			}
		}
		return true
	})
	return names
}

// parseProject reads all Go files, whatever their build tags say.
func parseProject(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	set := token.NewFileSet()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if base := entry.Name(); name != "." && (base[0] == '.' || base == "testdata" || base == "build") {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		syntax, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, sourceFile{name, syntax})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// within reports whether name is folder or below it.
func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// isStandard reports whether an import path is of the standard library, which has no dot in its first part.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return first != "photolink" && !strings.Contains(first, ".")
}
