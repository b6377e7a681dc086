// Command performance writes docs/performance.md from figures in the format of Go benchmarks, as tools/bench.sh collects
// them:
//
//	performance FIGURES >docs/performance.md
//
// The words of the page are those of page.md.tmpl, the goals those of goals.go. A goal that is missed shows as missed, and
// a figure that the run did not give as not measured.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/template"
	"time"
)

//go:embed page.md.tmpl
var page string

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func run(arguments []string, to io.Writer) error {
	if len(arguments) != 1 {
		return errors.New("name the file of figures, and no other")
	}
	file, err := os.Open(arguments[0])
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	figures, err := read(file)
	if err != nil {
		return err
	}
	here, err := thisMachine("..")
	if err != nil {
		return err
	}
	return write(to, figures, here, time.Now())
}

// write fills in the page. A section that it does not ask for, or asks for by a wrong name, is an error.
func write(to io.Writer, figures figures, here machine, now time.Time) error {
	asked := map[string]bool{}
	filled, err := template.New("page").Funcs(template.FuncMap{
		"table": func(section string) (string, error) {
			asked[section] = true
			return table(section, figures)
		},
	}).Parse(page)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := filled.Execute(&text, map[string]any{
		"Machine": here, "Date": now.UTC().Format(time.DateOnly), "Load": figures.load, "LeftOut": figures.leftOut,
	}); err != nil {
		return err
	}
	for _, m := range measurements {
		if !asked[m.section] {
			return fmt.Errorf("the page has no place for %q", m.section)
		}
	}
	_, err = io.WriteString(to, text.String())
	return err
}
