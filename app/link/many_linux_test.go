package link_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// A program that runs for months links as well at its end as at its beginning.
func TestManyLinksLeaveNothing(t *testing.T) {
	const inARow, atOnce = 1000, 100
	store, err := account.Open(t.TempDir(), account.Session())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(sandbox.New(sandbox.Config{}))
	defer server.Close()
	transport := server.Client().Transport.(*http.Transport)
	// One connection for all that are linked at once would have to shake hands again and again.
	transport.MaxIdleConnsPerHost = atOnce
	transport.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	practice := provider.Practice(server.URL, sandbox.PracticeClient)

	linkOnce := func() error {
		failed := make(chan error, 1)
		linker := link.Linker{Store: store, Transport: transport, Open: func(ctx context.Context, start string) error {
			browser := transport.Clone() // a transport never forgets a host, and each listener is one
			defer browser.CloseIdleConnections()
			// The context ends with the wait for the callback, and the browser stays for the last page.
			_, err := sandbox.Visitor{Transport: browser}.Approve(context.WithoutCancel(ctx), start)
			failed <- err
			return err
		}}
		request := link.Request{Provider: practice, Permission: "read", Vault: account.SessionVault}
		linked, err := linker.Link(t.Context(), request, func(link.Event) {})
		if err == nil && linked.UserID != ada().UserID {
			err = errors.New("linked " + linked.UserID)
		}
		return errors.Join(err, <-failed)
	}
	measure := func() figures {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		return takeFigures(t)
	}

	for range 10 { // what is made once and kept
		if err := linkOnce(); err != nil {
			t.Fatal(err)
		}
	}
	before, began := measure(), time.Now()
	for range inARow {
		if err := linkOnce(); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(began)
	after := measure()
	t.Logf("%d links in a row: %v; before %+v, after %+v", inARow, took.Round(time.Millisecond), before, after)
	wantBack(t, before, after)

	began = time.Now()
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			if err := linkOnce(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	took = time.Since(began)
	after = measure()
	t.Logf("%d links at once: %v; before %+v, after %+v", atOnce, took.Round(time.Millisecond), before, after)
	wantBack(t, before, after)
	if accounts, err := store.Accounts(); err != nil || len(accounts) != 1 {
		t.Errorf("%d accounts of one person, error %v", len(accounts), err)
	}
}

// figures are what a process uses up.
type figures struct {
	Goroutines, Files, Ports int
	HeapBytes                uint64
}

// takeFigures waits until what was closed is gone, and counts what is left.
func takeFigures(t *testing.T) figures {
	t.Helper()
	wantNoGoroutine(t)
	took := figures{Goroutines: 1 << 30}
	for calm := 0; calm < 20; calm++ { // connections end on goroutines of their own
		if now := runtime.NumGoroutine(); now < took.Goroutines {
			took.Goroutines, calm = now, 0
		}
		runtime.GC()
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	took.HeapBytes = memory.HeapAlloc
	took.Files, took.Ports = openFiles(t) // reads a table of all connections of the system: not before the memory
	return took
}

func wantBack(t *testing.T, before, after figures) {
	t.Helper()
	const growth = 4 << 20 // bytes, of which the nonces that the service remembers are some
	if after.Goroutines > before.Goroutines || after.Files > before.Files || after.Ports != before.Ports ||
		after.HeapBytes > before.HeapBytes+growth {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// openFiles returns how many files this process has open, and how many of them are ports that it listens on.
func openFiles(t *testing.T) (files, ports int) {
	t.Helper()
	listening := make(map[string]bool)
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // a system without IPv6
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			const state, inode, listen = 3, 9, "0A"
			if fields := strings.Fields(line); len(fields) > inode && fields[state] == listen {
				listening["socket:["+fields[inode]+"]"] = true
			}
		}
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		target, err := os.Readlink("/proc/self/fd/" + entry.Name())
		if err != nil {
			continue // the one that read the folder
		}
		files++
		if listening[target] {
			ports++
		}
	}
	return files, ports
}
