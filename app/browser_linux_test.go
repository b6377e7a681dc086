package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// opener puts a script in place of the program that opens the browser.
func opener(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
}

func TestOpenBrowser(t *testing.T) {
	const address = "http://127.0.0.1:40123/start/ABC"
	t.Run("the address arrives as it is", func(t *testing.T) {
		seen := filepath.Join(t.TempDir(), "seen")
		opener(t, `printf %s "$*" > '`+seen+`'`)
		if err := openBrowser(context.Background(), "", address); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(seen); string(got) != address || err != nil {
			t.Errorf("got %q, error %v", got, err)
		}
	})
	t.Run("failure", func(t *testing.T) {
		opener(t, "exit 3")
		if err := openBrowser(context.Background(), "", address); err == nil {
			t.Error("no error")
		}
	})
	t.Run("cancelled while the opener waits for the browser", func(t *testing.T) {
		browser := filepath.Join(t.TempDir(), "browser")
		if err := syscall.Mkfifo(browser, 0o600); err != nil {
			t.Fatal(err)
		}
		opener(t, `read closed < '`+browser+`'`)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := openBrowser(ctx, "", address); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		closed, err := os.OpenFile(browser, os.O_WRONLY, 0) // opens when the opener has opened it too
		if err != nil {
			t.Fatal(err)
		}
		_ = closed.Close()
	})
}

// program makes a program and returns its path.
func program(t *testing.T, folder, name, script string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestChosenBrowser(t *testing.T) {
	const address = "https://www.flickr.com/services/oauth/authorize?oauth_token=1&perms=read"
	opener(t, "exit 3") // that of the system is not asked
	folder := t.TempDir()
	seen := filepath.Join(folder, "seen")
	path := program(t, folder, "my browser", `printf %s "$*" > '`+seen+`'`)
	if err := openBrowser(context.Background(), path, address); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(seen); string(got) != address || err != nil {
		t.Errorf("got %q, error %v", got, err)
	}
	t.Setenv("PATH", folder)
	if err := openBrowser(context.Background(), "my browser", address+`"|calc %`); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(seen); string(got) != address+"%22%7Ccalc%20%" || err != nil {
		t.Errorf("got %q, error %v", got, err)
	}
	t.Run("missing", func(t *testing.T) {
		for _, name := range []string{"netscape", filepath.Join(folder, "netscape")} {
			err := openBrowser(context.Background(), name, address)
			if !errors.Is(err, ErrNoBrowser) || !strings.HasSuffix(err.Error(), ": netscape") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	t.Run("failure", func(t *testing.T) {
		err := openBrowser(context.Background(), program(t, folder, "ill", "exit 3"), address)
		if err == nil || errors.Is(err, ErrNoBrowser) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("setting", func(t *testing.T) {
		photolink, err := New(Config{Folder: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if err := photolink.SaveSettings(Settings{Browser: path}); err != nil {
			t.Fatal(err)
		}
		if err := photolink.OpenPage(context.Background(), "https://example.com/help"); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(seen); string(got) != "https://example.com/help" || err != nil {
			t.Errorf("got %q, error %v", got, err)
		}
	})
}

func TestBrowsersOfThisComputer(t *testing.T) {
	photolink, err := New(Config{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	if got := photolink.Browsers(); len(got) != 0 {
		t.Errorf("got %v on a computer without any", got)
	}
	for _, name := range []string{"falkon", "chromium", "editor"} {
		program(t, folder, name, "")
	}
	if err := os.WriteFile(filepath.Join(folder, "opera"), nil, 0o600); err != nil { // no program
		t.Fatal(err)
	}
	want := []Browser{{"Chromium", "chromium"}, {"Falkon", "falkon"}}
	if got := photolink.Browsers(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, known := range photolink.Browsers() {
		if err := (Settings{Browser: known.Program}).Check(); err != nil {
			t.Errorf("%s: %v", known.Name, err)
		}
	}
}
