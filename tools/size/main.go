// Command size tells what the megabytes of a Go program are for, as a table for docs/dependencies.md:
//
//	size PROGRAM [WITHOUT]
//
// PROGRAM is an ELF file that is not stripped; what stripping takes away is not counted. Each symbol counts for the module
// of its package, and the table of functions, which the runtime needs for stack traces, for the modules of its functions. With
// WITHOUT, a second program, the table has a column for what each module takes there.
package main

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"debug/gosym"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Names of what belongs to no module.
const (
	standard = "Go’s standard library and runtime"
	rest     = "C code, types, strings and what else has no name"
	small    = "all others"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(arguments []string, to io.Writer) error {
	if len(arguments) < 1 || len(arguments) > 2 {
		return errors.New("name one program, or two")
	}
	var programs []map[string]int64
	for _, name := range arguments {
		sizes, err := measure(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		programs = append(programs, sizes)
	}
	write(to, programs)
	return nil
}

// measure returns how many bytes each module takes.
func measure(name string) (map[string]int64, error) {
	info, err := buildinfo.ReadFile(name)
	if err != nil {
		return nil, err
	}
	modules := []string{info.Main.Path}
	for _, dependency := range info.Deps {
		modules = append(modules, dependency.Path)
	}
	file, err := elf.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err // it is stripped
	}
	sizes, code := map[string]int64{}, map[string]int64{}
	var left, table, allCode int64
	for _, section := range file.Sections {
		if section.Flags&elf.SHF_ALLOC == 0 || section.Type == elf.SHT_NOBITS {
			continue
		}
		if section.Name == ".gopclntab" {
			table = int64(section.Size)
			continue
		}
		left += int64(section.Size)
	}
	for _, symbol := range symbols {
		if symbol.Section >= elf.SectionIndex(len(file.Sections)) || symbol.Section == elf.SHN_UNDEF {
			continue
		}
		section := file.Sections[symbol.Section]
		module := moduleOf(symbol.Name, modules)
		if module == "" || section.Flags&elf.SHF_ALLOC == 0 || section.Type == elf.SHT_NOBITS || section.Name == ".gopclntab" {
			continue
		}
		size := int64(symbol.Size)
		sizes[module] += size
		left -= size
		if section.Flags&elf.SHF_EXECINSTR != 0 {
			code[module] += size
			allCode += size
		}
	}
	for module, size := range code {
		sizes[module] += table * size / allCode
	}
	sizes[rest] = left
	return sizes, nil
}

// moduleOf returns the module that a symbol is of, and nothing for one that is of no package.
func moduleOf(symbol string, modules []string) string {
	if strings.HasPrefix(symbol, "vendor/") {
		return standard
	}
	if strings.HasPrefix(symbol, "go:") {
		return ""
	}
	folder := (&gosym.Sym{Name: symbol}).PackageName()
	folder, err := url.PathUnescape(folder) // dots in the last element are escaped
	if err != nil || folder == "" {
		return ""
	}
	best := ""
	for _, module := range modules {
		if (folder == module || strings.HasPrefix(folder, module+"/")) && len(module) > len(best) {
			best = module
		}
	}
	if best == "" && folder == "main" {
		return modules[0]
	}
	if first, _, _ := strings.Cut(folder, "/"); best == "" && !strings.Contains(first, ".") {
		return standard
	}
	return best
}

// write prints the largest first, and what takes less than a tenth of a megabyte in one row.
func write(to io.Writer, programs []map[string]int64) {
	const megabyte, least = 1e6, 1e5
	shown := make([]map[string]int64, len(programs))
	for i, sizes := range programs {
		shown[i] = map[string]int64{}
		for module, size := range sizes {
			if programs[0][module] < least {
				module = small
			}
			shown[i][module] += size
			shown[i]["**all**"] += size
		}
	}
	names := slices.SortedFunc(maps.Keys(shown[0]), func(a, b string) int {
		return cmp.Or(-cmp.Compare(shown[0][a], shown[0][b]), cmp.Compare(a, b))
	})
	_, _ = fmt.Fprintf(to, "| part |%s\n| --- |%s\n", strings.Repeat(" MB |", len(programs)), strings.Repeat(" ---: |", len(programs)))
	for _, name := range names {
		_, _ = fmt.Fprintf(to, "| %s |", name)
		for _, sizes := range shown {
			_, _ = fmt.Fprintf(to, " %.1f |", float64(sizes[name])/megabyte)
		}
		_, _ = fmt.Fprintln(to)
	}
}
