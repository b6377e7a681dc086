package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
		if err := openBrowser(context.Background(), address); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(seen); string(got) != address || err != nil {
			t.Errorf("got %q, error %v", got, err)
		}
	})
	t.Run("failure", func(t *testing.T) {
		opener(t, "exit 3")
		if err := openBrowser(context.Background(), address); err == nil {
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
		if err := openBrowser(ctx, address); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		closed, err := os.OpenFile(browser, os.O_WRONLY, 0) // opens when the opener has opened it too
		if err != nil {
			t.Fatal(err)
		}
		_ = closed.Close()
	})
}
