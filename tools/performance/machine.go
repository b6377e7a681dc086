package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
)

// machine is what figures depend on besides the program. It names no computer and no person.
type machine struct {
	Processor, Memory, System, Go, Fyne string
	Cores                               int
}

// thisMachine describes the computer that it runs on, and the version of Fyne in the go.mod of the project.
func thisMachine(project string) (machine, error) {
	module, err := os.ReadFile(filepath.Join(project, "go.mod"))
	if err != nil {
		return machine{}, err
	}
	m := machine{
		Processor: cmp.Or(field("/proc/cpuinfo", `model name\s*: (.*)`), runtime.GOARCH),
		System:    cmp.Or(field("/etc/os-release", `PRETTY_NAME="(.*)"`), runtime.GOOS),
		Cores:     runtime.NumCPU(), Go: runtime.Version(), Memory: "unknown", Fyne: "unknown",
	}
	if kilobytes, err := strconv.ParseFloat(field("/proc/meminfo", `MemTotal:\s*(\d+)`), 64); err == nil {
		m.Memory = fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
	}
	if found := regexp.MustCompile(`fyne\.io/fyne/v2 (v\S+)`).FindSubmatch(module); found != nil {
		m.Fyne = string(found[1])
	}
	return m, nil
}

// field returns what pattern finds in a file that not every system has.
func field(file, pattern string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if found := regexp.MustCompile(`(?m)^` + pattern).FindSubmatch(content); found != nil {
		return string(found[1])
	}
	return ""
}
