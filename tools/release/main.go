// Command release makes what goes beside the program in a release. It is run in the folder tools:
//
//	go run ./release icns FILE   # the icon of the app for macOS
//	go run ./release sbom FILE   # what the program is made of, as CycloneDX
//	go run ./release notes       # prints what CHANGELOG.md says of this version
//
// The same source gives the same bytes; $SOURCE_DATE_EPOCH is the time that is written into them.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// root is the folder of Photolink.
const root = ".."

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 2 && arguments[0] == "icns":
		content, err := icns(os.DirFS(filepath.Join(root, "resources", "icons")))
		return write(arguments[1], content, err)
	case len(arguments) == 2 && arguments[0] == "sbom":
		content, err := sbom(os.DirFS(root))
		return write(arguments[1], content, err)
	case len(arguments) == 1 && arguments[0] == "notes":
		about, err := readMetadata(os.DirFS(root))
		if err != nil {
			return err
		}
		changes, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
		if err != nil {
			return err
		}
		text, err := notes(string(changes), about.Version)
		fmt.Print(text)
		return err
	}
	return errors.New("usage: release icns FILE | sbom FILE | notes")
}

func write(file string, content []byte, err error) error {
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644) //nolint:gosec // a part of a release, for everybody
}

// metadata is what FyneApp.toml says of the program. The version is taken from there alone.
type metadata struct{ Name, Version string }

func readMetadata(project fs.FS) (metadata, error) {
	var file struct{ Details metadata }
	text, err := fs.ReadFile(project, "FyneApp.toml")
	if err != nil {
		return metadata{}, err
	}
	if err := toml.Unmarshal(text, &file); err != nil {
		return metadata{}, fmt.Errorf("FyneApp.toml: %w", err)
	}
	if file.Details.Version == "" || file.Details.Name == "" {
		return metadata{}, errors.New("FyneApp.toml lacks the name or the version")
	}
	return file.Details, nil
}

// notes cuts what changes says of a version, without its heading.
func notes(changes, version string) (string, error) {
	_, text, found := strings.Cut("\n"+changes, "\n## "+version)
	if !found || text == "" || text[0] != ' ' && text[0] != '\n' {
		return "", fmt.Errorf("CHANGELOG.md says nothing of %s", version)
	}
	_, text, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "\n## ")
	return strings.TrimSpace(text) + "\n", nil
}
