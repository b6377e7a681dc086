package callback_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/callback"
)

func TestIdleAndSlowConnectionsDoNotBlock(t *testing.T) {
	for _, row := range []struct{ name, begin, forever string }{
		{"silent", "", ""},
		{"half a request", "GET / HTTP/1.1\r\nHost:", ""},
		{"body never sent", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", ""},
		{"one byte at a time", "GET /", "x"},
		{"header without end", "GET / HTTP/1.1\r\n", "X: x\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.WithTiming(callback.Config{}, 2*patience, 0)) // no time-out comes to help
			l.Expect(expectation)
			conns := make([]net.Conn, 200)
			for i := range conns {
				conns[i] = dial(t, l)
				_, _ = io.WriteString(conns[i], row.begin) // those closed already cannot be written to
			}
			go func() {
				for open := len(conns); open > 0; {
					open = 0
					for _, conn := range conns {
						if _, err := io.WriteString(conn, row.forever); err == nil && row.forever != "" {
							open++
						}
					}
				}
			}()
			complete(t, l)
		})
	}
}

func TestOldestConnectionGivesWay(t *testing.T) {
	l := listen(t, callback.WithTiming(callback.Config{}, 2*patience, 0))
	oldest := dial(t, l)
	for range 200 {
		dial(t, l)
	}
	if _, err := io.ReadAll(oldest); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the oldest connection is still open")
	}
}

func TestSlowCallbackOutlivesAnsweredRequests(t *testing.T) {
	l := listen(t, callback.WithTiming(callback.Config{}, 2*patience, 0))
	l.Expect(expectation)
	slow := dial(t, l)
	begin, end, _ := strings.Cut(fill(t, l, get(approved)), "Host")
	if _, err := io.WriteString(slow, begin); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		conn := dial(t, l)
		_, _ = io.WriteString(conn, fill(t, l, get("/favicon.ico")))
		_, _ = io.ReadAll(conn)
	}
	if _, err := io.WriteString(slow, "Host"+end); err != nil {
		t.Fatal(err)
	}
	if got := read(t, bufio.NewReader(slow), "GET"); got.status != http.StatusSeeOther {
		t.Errorf("got status %d, want 303", got.status)
	}
}

func TestWaitingTabOutlivesIdleConnections(t *testing.T) {
	l := listen(t, callback.WithTiming(callback.Config{}, patience, patience))
	l.Expect(expectation)
	location := send(t, l, get(approved)).header.Get("Location")
	tab := dial(t, l)
	if _, err := io.WriteString(tab, request("GET", parse(t, l.CallbackURL()).Host, location)); err != nil {
		t.Fatal(err)
	}
	send(t, l, get("/favicon.ico")) // the connection before was accepted
	for range 200 {
		dial(t, l)
	}
	send(t, l, get("/favicon.ico")) // the connections before were accepted
	if err := l.Finish(patient(t), callback.Result{Account: "jamalfanaian"}); err != nil {
		t.Errorf("Finish: %v", err)
	}
	if got, err := io.ReadAll(tab); err != nil || !strings.Contains(string(got), "Linked as jamalfanaian") {
		t.Errorf("got %q and error %v", got, err)
	}
}

func TestSlowConnectionIsClosed(t *testing.T) {
	l := listen(t, callback.WithTiming(callback.Config{}, time.Millisecond, 0))
	conn := dial(t, l)
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got error %v, want EOF", err)
	}
}

func TestFiftyCallbacksAtOnceGiveOneAnswer(t *testing.T) {
	var observed recorder
	l := listen(t, callback.Config{Observe: observed.observe})
	l.Expect(expectation)
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			got := send(t, l, get(fmt.Sprintf("{callback}?oauth_token=%s&oauth_verifier=%d", token, i)))
			if location := got.header.Get("Location"); got.status != 303 || !strings.HasPrefix(location, "/done/") {
				t.Errorf("got status %d to %q, want 303 to /done", got.status, location)
			}
		})
	}
	first, err := l.Wait(patient(t))
	group.Wait()
	again, _ := l.Wait(patient(t))
	if err != nil || first.Verifier == "" || first.Verifier != again.Verifier {
		t.Errorf("got %q, then %q, error %v", first.Verifier, again.Verifier, err)
	}
	if diff := cmp.Diff(signals(callback.Returned), observed.seen()); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
}

func TestOnlyLoopbackListens(t *testing.T) {
	addresses := []string{"127.0.0.2"} // on Linux an address of each machine, so this needs no network
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range interfaces {
		own, err := device.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range own {
			network, ok := address.(*net.IPNet)
			switch {
			case !ok || network.IP.IsLoopback():
			case network.IP.IsLinkLocalUnicast() && network.IP.To4() == nil:
				addresses = append(addresses, network.IP.String()+"%"+device.Name)
			default:
				addresses = append(addresses, network.IP.String())
			}
		}
	}
	l := listen(t, callback.Config{})
	port := parse(t, l.CallbackURL()).Port()
	for _, address := range addresses {
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(address, port), patience); err == nil {
			_ = conn.Close()
			t.Errorf("%s answers", address)
		}
	}
}

func TestIPv6AnswersOnTheSamePort(t *testing.T) {
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Logf("this machine has no IPv6: %v", err)
		return
	}
	_ = probe.Close()
	l := listen(t, callback.Config{})
	response, err := http.Get("http://" + net.JoinHostPort("::1", parse(t, l.CallbackURL()).Port()))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("got status %d, want 404", response.StatusCode)
	}
}

func TestEndsClosePortAndGoroutines(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(*testing.T, *callback.Listener) error
		want error
	}{
		{"close", func(t *testing.T, l *callback.Listener) error {
			if err := errors.Join(l.Close(), l.Close()); err != nil {
				t.Error(err)
			}
			_, err := l.Wait(patient(t))
			return err
		}, callback.ErrClosed},
		{"close while waiting", func(t *testing.T, l *callback.Listener) error {
			go func() { _ = l.Close() }()
			_, err := l.Wait(patient(t))
			_ = l.Close() // returns when the other one is done
			return err
		}, callback.ErrClosed},
		{"cancel", func(t *testing.T, l *callback.Listener) error {
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			_, err := l.Wait(ctx)
			return err
		}, context.Canceled},
		{"time-out", func(t *testing.T, l *callback.Listener) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
			defer cancel()
			_, err := l.Wait(ctx)
			return err
		}, context.DeadlineExceeded},
		{"finish without a callback", func(t *testing.T, l *callback.Listener) error {
			return l.Finish(patient(t), callback.Result{Reason: "The service is down."})
		}, nil},
		{"finish after close", func(t *testing.T, l *callback.Listener) error {
			_ = l.Close()
			return l.Finish(patient(t), callback.Result{})
		}, callback.ErrClosed},
		{"finish twice", func(t *testing.T, l *callback.Listener) error {
			if err := l.Finish(patient(t), callback.Result{}); err != nil {
				t.Error(err)
			}
			return l.Finish(patient(t), callback.Result{})
		}, callback.ErrClosed},
		{"finish without a tab", func(t *testing.T, l *callback.Listener) error {
			send(t, l, get(approved))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return l.Finish(ctx, callback.Result{Account: "jamalfanaian"})
		}, context.Canceled},
		{"answer before close", func(t *testing.T, l *callback.Listener) error {
			send(t, l, get(approved))
			_ = l.Close()
			_, err := l.Wait(patient(t))
			return err
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			l := listen(t, callback.WithTiming(callback.Config{}, 2*patience, 0))
			l.Expect(expectation)
			dial(t, l)                      // idle
			send(t, l, get("/favicon.ico")) // the idle connection was accepted
			if err := row.end(t, l); !errors.Is(err, row.want) {
				t.Errorf("got error %v, want %v", err, row.want)
			}
			wantClosed(t, l)
			for limit := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
				if time.Now().After(limit) {
					t.Fatalf("%d goroutines left of %d", runtime.NumGoroutine(), before)
				}
			}
		})
	}
}

func TestTwoHundredListenersLeaveNothing(t *testing.T) {
	ends := []func(*testing.T, *callback.Listener){
		func(t *testing.T, l *callback.Listener) { complete(t, l) },
		func(t *testing.T, l *callback.Listener) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, _ = l.Wait(ctx)
		},
		func(t *testing.T, l *callback.Listener) {
			go func() { _ = l.Close() }()
			_, _ = l.Wait(patient(t))
			_ = l.Close()
		},
		func(_ *testing.T, l *callback.Listener) { _ = l.Close() },
	}
	use := func(t *testing.T) {
		for _, end := range ends {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			dial(t, l) // idle
			end(t, l)
			wantClosed(t, l)
		}
	}
	t.Run("first", use) // what the runtime opens for its first connection stays open
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for range 50 {
		t.Run("again", use)
	}
	limit := time.Now().Add(patience)
	for ; runtime.NumGoroutine() > goroutines || openFiles() > files; runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines left of %d, %d files of %d", runtime.NumGoroutine(), goroutines, openFiles(), files)
		}
	}
}

// openFiles returns how many file descriptors this program has open, 0 where the system does not tell.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestObserveMayClose(t *testing.T) {
	var l *callback.Listener
	ready := make(chan struct{}) // closed when l is set
	l = listen(t, callback.Config{Observe: func(callback.Signal) {
		<-ready
		_ = l.Close()
	}})
	close(ready)
	l.Expect(expectation)
	_, _ = io.WriteString(dial(t, l), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
	if _, err := l.Wait(patient(t)); !errors.Is(err, callback.ErrClosed) {
		t.Errorf("got error %v, want ErrClosed", err)
	}
}
