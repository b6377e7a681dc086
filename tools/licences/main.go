// Command licences writes the licences of all that is linked into Photolink, for any system it is built for, to
// resources/licences/licences.txt. Run it in the root of the project when the modules of go.mod have changed:
//
//	go run -C tools ./licences
//
// It refuses a module without a licence file, and a licence that it does not know: somebody has to read that one, and say
// in known what it is.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	root   = ".." // of Photolink: the program is run in the folder of its own module
	target = "../resources/licences/licences.txt"
)

// systems are those that Photolink is built for.
var systems = []string{"linux", "windows", "darwin"}

// isLicence tells files with licences by their names.
var isLicence = regexp.MustCompile(`(?i)^(un)?licen[sc]e|^copying|^notice|^ofl`)

// left are files that look like licences but say nothing about what is linked.
var left = []string{
	"modernc.org/memory/LICENSE-LOGO",         // a picture in its documentation
	"modernc.org/sqlite/LICENSE-3RD-PARTY.md", // licences of other modules, which are here by themselves
	"modernc.org/sqlite/LICENSE-SQLITE_VEC",   // a part that is not imported
}

// known are the short names of licences, by words that only they have. The first one that fits counts.
var known = []struct{ name, words string }{
	{"MIT AND Apache-2.0", "covered by two different licenses: MIT and Apache"},
	{"Unlicense OR BSD-3-Clause", "SPDX-License-Identifier: Unlicense OR BSD-3-Clause"},
	{"notices", "Third-Party Software Notices"},
	{"Apache-2.0", "Apache License Version 2.0, January 2004"},
	{"notices", `Licensed under the Apache License, Version 2.0 (the "License"); you may not use`},
	{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
	{"Bitstream-Vera", "Bitstream Vera Fonts Copyright"},
	{"MIT-Modern-Variant", "Permission is hereby granted, without written agreement and without license or royalty fees"},
	{"Zlib", "Altered source versions must be plainly marked as such"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"},
	{"BSD-3-Clause", "may be used to endorse or promote products derived from this software without specific prior"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms, with or without modification"},
	{"public domain", "dedicated to the public domain by the authors"},
}

// module is what go list tells about one.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// block is a licence with all that has it.
type block struct {
	name, text string
	users      []string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("licences: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	linked, packages, err := list()
	if err != nil {
		return err
	}
	blocks := map[string]*block{} // by the text without its line breaks
	add := func(user, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		plain := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "//", "")), " ")
		if blocks[plain] == nil {
			i := slices.IndexFunc(known, func(k struct{ name, words string }) bool { return strings.Contains(plain, k.words) })
			if i < 0 || strings.Contains(string(text), rule) {
				return fmt.Errorf("%s: %s is a licence that is not known", user, file)
			}
			blocks[plain] = &block{name: known[i].name, text: tidy(string(text))}
		}
		blocks[plain].users = append(blocks[plain].users, user)
		return nil
	}
	standard, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	if err := errors.Join(
		add("Photolink", filepath.Join(root, "LICENSE")),
		add("Go", filepath.Join(strings.TrimSpace(string(standard)), "LICENSE")),
	); err != nil {
		return err
	}
	for _, m := range linked {
		files, err := licenceFiles(m, packages)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("%s has no licence", m.Path)
		}
		for _, file := range files {
			user := m.Path + " " + m.Version
			if strings.Contains(file, "/") { // of a part
				user += " (" + file + ")"
			}
			if err := add(user, filepath.Join(m.Dir, filepath.FromSlash(file))); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(target, format(blocks), 0o644) //nolint:gosec // it is part of the source, for all to read
}

// list returns the modules that are linked for any of the systems, by path, and the packages.
func list() (linked []module, packages map[string]bool, err error) {
	packages = map[string]bool{}
	for _, system := range systems {
		command := exec.Command("go", "list", "-deps", "-json=ImportPath,Module", ".")
		command.Dir, command.Stderr = root, os.Stderr
		command.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=1", "GOFLAGS=")
		out, err := command.Output()
		if err != nil {
			return nil, nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var found struct {
				ImportPath string
				Module     *module
			}
			if err := decoder.Decode(&found); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, nil, err
			}
			if found.Module == nil || found.Module.Main {
				continue
			}
			packages[found.ImportPath] = true
			if !slices.Contains(linked, *found.Module) {
				linked = append(linked, *found.Module)
			}
		}
	}
	slices.SortFunc(linked, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return linked, packages, nil
}

// licenceFiles returns the licences of a module and of those parts of it that are linked.
func licenceFiles(m module, packages map[string]bool) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(m.Dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if base := path.Base(name); base == "testdata" || name != "." && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
		case isLicence.MatchString(path.Base(name)) && path.Ext(name) != ".go" &&
			!slices.Contains(left, m.Path+"/"+name) && isLinked(m, path.Dir(name), packages):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// isLinked reports whether a folder is of the program: it holds a package that is linked, or one in a folder below, or it
// belongs to one above, as fonts and C sources do.
func isLinked(m module, folder string, packages map[string]bool) bool {
	if folder == "." {
		return true
	}
	for name := range packages {
		if strings.HasPrefix(name, m.Path+"/"+folder+"/") {
			return true
		}
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if packages[m.Path+"/"+folder] {
			return true
		}
		if sources, _ := filepath.Glob(filepath.Join(m.Dir, folder, "*.go")); len(sources) > 0 {
			return false // a package that is not linked
		}
	}
	return packages[m.Path]
}

// rule stands between the licences in the file.
var rule = "\n" + strings.Repeat("=", 80) + "\n"

// tidy removes the signs of comments, spaces at the ends of lines, and empty lines at the ends of the text.
func tidy(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimPrefix(line, "// "), "//")
		lines = append(lines, strings.TrimRight(line, " \t\r\n\f"))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// format writes the file: Photolink first, then the others by name of the licence and first module.
func format(blocks map[string]*block) []byte {
	var order []*block
	for _, b := range blocks {
		slices.Sort(b.users)
		order = append(order, b)
	}
	rank := func(b *block) string {
		if slices.Contains(b.users, "Photolink") {
			return ""
		}
		return b.name + "\n" + b.users[0]
	}
	slices.SortFunc(order, func(a, b *block) int { return strings.Compare(rank(a), rank(b)) })
	var file strings.Builder
	file.WriteString("Photolink and the software that it is made with. Each licence stands below those it is of.\n")
	for _, b := range order {
		fmt.Fprintf(&file, "%s%s\n\n%s\n\n%s\n", rule, b.name, strings.Join(b.users, "\n"), b.text)
	}
	return []byte(file.String())
}
