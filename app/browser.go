package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/skratchdot/open-golang/open"
	"photolink/app/link"
)

// ErrNoBrowser means that the browser that the person chose is not on this computer.
var ErrNoBrowser = link.ErrNoBrowser

// Browser is a browser that was found on this computer.
type Browser struct {
	Name    string // what people call it
	Program string // for [Settings].Browser
}

// Browsers lists the well-known browsers that are on this computer.
func (a *App) Browsers() []Browser {
	var there []Browser
	for _, known := range knownBrowsers() {
		if isProgram(known.Program) {
			there = append(there, known)
		}
	}
	return there
}

// knownBrowsers lists where browsers are on this system, if they are there.
func knownBrowsers() []Browser {
	switch runtime.GOOS {
	case "darwin":
		var all []Browser
		for _, name := range []string{
			"Firefox", "Safari", "Google Chrome", "Chromium", "Brave Browser", "Microsoft Edge", "Vivaldi", "Opera",
		} {
			all = append(all, Browser{name, name})
		}
		return all
	case "windows":
		programs := cmp.Or(os.Getenv("ProgramFiles"), `C:\Program Files`)
		programs32 := cmp.Or(os.Getenv("ProgramFiles(x86)"), `C:\Program Files (x86)`)
		local := os.Getenv("LocalAppData")
		return []Browser{
			{"Firefox", filepath.Join(programs, "Mozilla Firefox", "firefox.exe")},
			{"Google Chrome", filepath.Join(programs, "Google", "Chrome", "Application", "chrome.exe")},
			{"Microsoft Edge", filepath.Join(programs32, "Microsoft", "Edge", "Application", "msedge.exe")},
			{"Brave", filepath.Join(programs, "BraveSoftware", "Brave-Browser", "Application", "brave.exe")},
			{"Vivaldi", filepath.Join(local, "Vivaldi", "Application", "vivaldi.exe")},
			{"Opera", filepath.Join(local, "Programs", "Opera", "opera.exe")},
		}
	}
	return []Browser{
		{"Firefox", "firefox"},
		{"Chromium", "chromium"},
		{"Google Chrome", "google-chrome"},
		{"Brave", "brave-browser"},
		{"Microsoft Edge", "microsoft-edge"},
		{"Vivaldi", "vivaldi"},
		{"Opera", "opera"},
		{"GNOME Web", "epiphany"},
		{"Falkon", "falkon"},
	}
}

// isProgram tells whether a browser is there. macOS knows programs by the names of their folders.
func isProgram(program string) bool {
	if runtime.GOOS == "darwin" && !filepath.IsAbs(program) {
		folders := []string{"/Applications", "/System/Applications", "/System/Cryptexes/App/System/Applications"}
		if home, err := os.UserHomeDir(); err == nil {
			folders = append(folders, filepath.Join(home, "Applications"))
		}
		for _, folder := range folders {
			if exists(filepath.Join(folder, program+".app")) {
				return true
			}
		}
		return false
	}
	if runtime.GOOS == "darwin" && filepath.Ext(program) == ".app" {
		return exists(program)
	}
	_, err := exec.LookPath(program)
	return err == nil
}

// openBrowser opens address in a program, or in the system browser if program is empty. Only http and https go to the
// system, which would start a program for any other scheme. The word of the system that all went well proves nothing, and
// on some it waits for the browser: after three seconds it is taken for a yes.
func openBrowser(ctx context.Context, program, address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("open the browser: not a web address")
	}
	if program != "" && !isProgram(program) {
		return fmt.Errorf("open the browser: %w: %s", ErrNoBrowser, filepath.Base(program))
	}
	address = inCode(parsed.String())
	done := make(chan error, 1)
	go func() {
		if program == "" {
			done <- open.Run(address)
		} else {
			done <- open.RunWith(address, program)
		}
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("open the browser: %w", err)
		}
		return nil
	case <-time.After(3 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inCode percent-encodes what has no place in an address (RFC 3986 section 2). On Windows a chosen browser is started by
// the command processor, which would act upon some of it.
func inCode(address string) string {
	var safe strings.Builder
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&safe, "%%%02X", c)
		} else {
			safe.WriteByte(c)
		}
	}
	return safe.String()
}
