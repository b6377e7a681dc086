// Package licences holds the licences of Photolink and of all that is linked into it, for the page that shows them. They
// are written by tools/licences.
package licences

import (
	_ "embed" // for the text
	"slices"
	"strings"
)

//go:embed licences.txt
var text string

// Group is a licence with all that has it, in the same words.
type Group struct {
	Name    string   // short, such as "MIT"; "notices" for what some licences want passed on
	Modules []string // path and version, and in brackets the file of a part that has a licence of its own
	Text    string
}

// Module is a part of the program.
type Module struct {
	Path    string // as go.mod has it, or "Photolink" or "Go"
	Version string // empty for Photolink and Go
	Licence string // a short name, such as "MIT"; several with commas between
}

// rule stands between the groups in the text.
const rule = "\n================================================================================\n"

// Text returns all licences, each with what it is of.
func Text() string { return text }

// Groups returns all licences, that of Photolink first.
func Groups() []Group {
	var all []Group
	for _, block := range strings.Split(text, rule)[1:] {
		name, rest, _ := strings.Cut(block, "\n\n")
		modules, terms, _ := strings.Cut(rest, "\n\n")
		all = append(all, Group{name, strings.Split(modules, "\n"), strings.TrimRight(terms, "\n")})
	}
	return all
}

// Modules lists the parts of the program, Photolink first.
func Modules() []Module {
	var all []Module
	for _, group := range Groups() {
		for _, module := range group.Modules {
			path, version, _ := strings.Cut(module, " ")
			version, _, _ = strings.Cut(version, " ") // without the part
			i := slices.IndexFunc(all, func(m Module) bool { return m.Path == path })
			switch {
			case i < 0:
				all = append(all, Module{path, version, group.Name})
			case !slices.Contains(strings.Split(all[i].Licence, ", "), group.Name):
				all[i].Licence += ", " + group.Name
			}
		}
	}
	slices.SortStableFunc(all[1:], func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return all
}
