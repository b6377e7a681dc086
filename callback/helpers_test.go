package callback_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"photolink/callback"
)

const (
	token    = "72157626737672178-022bbd2f4c2f3432"
	verifier = "5d1b96a26b494074"
	answer   = "?oauth_token=" + token + "&oauth_verifier=" + verifier
	approved = "{callback}" + answer // the target of the real callback, for send
)

// patience bounds what a test waits for, and no test that passes waits that long.
const patience = 10 * time.Second

var expectation = callback.Expectation{
	Token:            token,
	AuthorizationURL: "https://service.example/authorize?oauth_token=" + token + "&perms=read",
}

// recorder keeps the signals of a listener.
type recorder struct {
	mu      sync.Mutex
	signals []callback.Signal
}

func (r *recorder) observe(signal callback.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.signals = append(r.signals, signal)
}

func (r *recorder) seen() []callback.Signal {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]callback.Signal(nil), r.signals...)
}

func signals(kinds ...callback.SignalKind) []callback.Signal {
	all := make([]callback.Signal, len(kinds))
	for i, kind := range kinds {
		all[i].Kind = kind
	}
	return all
}

func listen(t *testing.T, config callback.Config) *callback.Listener {
	t.Helper()
	l, err := callback.Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// patient returns a context that ends before the test binary is killed.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func dial(t *testing.T, l *callback.Listener) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+parse(t, l.CallbackURL()).Port())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// reply is an answer as it came. Its status is 0 if the connection was closed without one.
type reply struct {
	status int
	header http.Header
	body   string
}

// fill puts the addresses of the listener into a request that has {host}, {port}, {callback} and {start} for them.
func fill(t *testing.T, l *callback.Listener, request string) string {
	t.Helper()
	here, start := parse(t, l.CallbackURL()), parse(t, l.StartURL())
	return strings.NewReplacer(
		"{host}", here.Host, "{port}", here.Port(), "{callback}", here.Path, "{start}", start.Path,
	).Replace(request)
}

// send writes a request as it stands, after filling it in, and reads the answer.
func send(t *testing.T, l *callback.Listener, request string) reply {
	t.Helper()
	request = fill(t, l, request)
	conn := dial(t, l)
	go func() { _, _ = io.WriteString(conn, request) }() // fails when the answer comes before the end of the request
	return read(t, bufio.NewReader(conn), request)
}

// read reads one answer.
func read(t *testing.T, conn *bufio.Reader, request string) reply {
	t.Helper()
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(conn, &http.Request{Method: method})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.Fatalf("no answer to %.200q", request)
	case err != nil:
		return reply{}
	}
	defer response.Body.Close()
	if !response.Close {
		t.Errorf("the connection stays open after %.200q", request)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("answer to %.200q: %v", request, err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

// get returns the text of the request that a browser sends.
func get(target string, headers ...string) string {
	return request("GET", "{host}", target, headers...)
}

func request(method, host, target string, headers ...string) string {
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: " + host}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// cookie returns the header line that sends the cookie of an answer back.
func cookie(got reply) string {
	pair, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	return "Cookie: " + pair
}

// complete signs in as the browser of the person does, while strangers send their requests once more before the result
// is known. It returns what only that browser was told.
func complete(t *testing.T, l *callback.Listener, strangers ...string) (secrets []string) {
	t.Helper()
	cookie := cookie(send(t, l, get("{start}")))
	returned := send(t, l, get(approved, cookie))
	location := returned.header.Get("Location")
	if returned.status != http.StatusSeeOther || !strings.HasPrefix(location, "/done/") {
		t.Fatalf("real callback: got status %d to %q, want 303 to /done", returned.status, location)
	}
	for _, stranger := range strangers {
		send(t, l, stranger)
	}
	got, err := l.Wait(patient(t))
	if err != nil || got.Verifier != verifier || !got.SameBrowser {
		t.Fatalf("Wait: got verifier %q, same browser %t and error %v", got.Verifier, got.SameBrowser, err)
	}
	finish(t, l, location, "Linked as jamalfanaian")
	name, value, _ := strings.Cut(strings.TrimPrefix(cookie, "Cookie: "), "=")
	return []string{name, value, location}
}

// finish has the browser read the final page, which has to hold text, after which the port is closed.
func finish(t *testing.T, l *callback.Listener, location, text string) {
	t.Helper()
	finished := make(chan error, 1)
	go func() { finished <- l.Finish(patient(t), callback.Result{Account: "jamalfanaian"}) }()
	if page := send(t, l, get(location)); !strings.Contains(page.body, text) {
		t.Errorf("final page: got %q", page.body)
	}
	if err := <-finished; err != nil {
		t.Errorf("Finish: %v", err)
	}
	wantClosed(t, l)
}

func wantClosed(t *testing.T, l *callback.Listener) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, parse(t, l.CallbackURL()).Port()))
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s still answers", host)
		}
	}
}

func wantSecure(t *testing.T, got reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control":              "no-store",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Referrer-Policy":            "no-referrer",
		"X-Content-Type-Options":     "nosniff",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.header.Get(name), want)
		}
	}
	policy := got.header.Get("Content-Security-Policy")
	for _, name := range []string{"default-src", "frame-ancestors", "base-uri", "form-action"} {
		if !strings.Contains(policy, name+" 'none'") {
			t.Errorf("Content-Security-Policy: got %q, want %s 'none' in it", policy, name)
		}
	}
	if got.body != "" {
		_, after, _ := strings.Cut(policy, "style-src 'nonce-")
		nonce, _, _ := strings.Cut(after, "'")
		if !strings.Contains(got.body, `<style nonce="`+nonce+`">`) {
			t.Errorf("style has no nonce %q: %s", nonce, got.body)
		}
	}
}
