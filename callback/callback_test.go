package callback_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func ignored(reason callback.Reason) []callback.Signal {
	return []callback.Signal{{Kind: callback.Ignored, Reason: reason}}
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

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   string
}

// send writes a request as it stands, after filling in {host}, {port}, {callback} and {start}.
func send(t *testing.T, l *callback.Listener, request string) reply {
	t.Helper()
	here, start := parse(t, l.CallbackURL()), parse(t, l.StartURL())
	request = strings.NewReplacer(
		"{host}", here.Host, "{port}", here.Port(), "{callback}", here.Path, "{start}", start.Path,
	).Replace(request)

	conn := dial(t, l)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("answer to %q: %v", request, err)
	}
	defer response.Body.Close()
	if !response.Close {
		t.Errorf("the connection stays open after %q", request)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
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

// start opens StartURL and returns the header line that sends its cookie back.
func start(t *testing.T, l *callback.Listener) string {
	t.Helper()
	pair, _, _ := strings.Cut(send(t, l, get("{start}")).header.Get("Set-Cookie"), ";")
	return "Cookie: " + pair
}

// complete sends the real callback and reads the result, as the browser of the person does.
func complete(t *testing.T, l *callback.Listener) {
	t.Helper()
	returned := send(t, l, get(approved))
	if returned.status != http.StatusSeeOther {
		t.Fatalf("real callback: got status %d, want 303", returned.status)
	}
	got, err := l.Wait(patient(t))
	if err != nil || got.Verifier != verifier {
		t.Fatalf("Wait: got verifier %q and error %v, want %q", got.Verifier, err, verifier)
	}
	finished := make(chan error, 1)
	go func() { finished <- l.Finish(patient(t), callback.Result{Account: "jamalfanaian"}) }()
	if page := send(t, l, get(returned.header.Get("Location"))); !strings.Contains(page.body, "Linked as jamalfanaian") {
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
		nonce, _, _ := strings.Cut(strings.SplitAfter(policy, "style-src 'nonce-")[1], "'")
		if !strings.Contains(got.body, `<style nonce="`+nonce+`">`) {
			t.Errorf("style has no nonce %q: %s", nonce, got.body)
		}
	}
}

func TestStrangersHaveNoEffect(t *testing.T) {
	for _, row := range []struct {
		name    string
		request string
		status  int
		signals []callback.Signal
	}{
		{"foreign host", request("GET", "evil.example:{port}", approved), 421, ignored(callback.ForeignHost)},
		{"host without port", request("GET", "127.0.0.1", approved), 421, ignored(callback.ForeignHost)},
		{"localhost", request("GET", "localhost:{port}", approved), 421, ignored(callback.ForeignHost)},
		{"HTTP/1.0 without host", "GET " + approved + " HTTP/1.0\r\n\r\n", 421, ignored(callback.ForeignHost)},
		{"proxy request", get("http://evil.example{callback}" + answer), 421, ignored(callback.ForeignHost)},
		{"foreign host on start", request("GET", "evil.example", "{start}"), 421, ignored(callback.ForeignHost)},

		{"HEAD of the callback", request("HEAD", "{host}", approved), 200, ignored(callback.WrongMethod)},
		{"HEAD of start", request("HEAD", "{host}", "{start}"), 200, ignored(callback.WrongMethod)},
		{"HEAD elsewhere", request("HEAD", "{host}", "/"), 404, ignored(callback.UnknownPath)},
		{
			"POST", request("POST", "{host}", approved, "Content-Length: 4") + "body", 405,
			ignored(callback.WrongMethod),
		},
		{
			"POST without its body", request("POST", "{host}", approved, "Content-Length: 4"), 405,
			ignored(callback.WrongMethod),
		},
		{
			"preflight", request("OPTIONS", "{host}", approved, "Origin: https://evil.example"), 405,
			ignored(callback.WrongMethod),
		},
		{"OPTIONS *", request("OPTIONS", "{host}", "*"), 405, ignored(callback.WrongMethod)},
		{"CONNECT", request("CONNECT", "{host}", "{host}"), 405, ignored(callback.WrongMethod)},

		{"script of another page", get(approved, "Origin: https://evil.example"), 403, ignored(callback.FromAnotherPage)},
		{"fetch", get(approved, "Sec-Fetch-Mode: no-cors"), 403, ignored(callback.FromAnotherPage)},
		{"image", get(approved, "Sec-Fetch-Dest: image"), 403, ignored(callback.FromAnotherPage)},
		{
			"frame", get("{start}", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"), 403,
			ignored(callback.FromAnotherPage),
		},
		{
			"second origin", get(approved, "Origin: null", "Origin: https://evil.example"), 403,
			ignored(callback.FromAnotherPage),
		},
		{"prefetch", get(approved, "Sec-Purpose: prefetch;prerender"), 204, ignored(callback.Prefetched)},
		{"prefetch of old browsers", get(approved, "Purpose: prefetch"), 204, ignored(callback.Prefetched)},
		{"prefetch of start", get("{start}", "Sec-Purpose: prefetch"), 204, ignored(callback.Prefetched)},

		{"favicon", get("/favicon.ico"), 404, ignored(callback.UnknownPath)},
		{"robots", get("/robots.txt"), 404, ignored(callback.UnknownPath)},
		{"root", get("/" + answer), 404, ignored(callback.UnknownPath)},
		{"callback without random part", get("/callback" + answer), 404, ignored(callback.UnknownPath)},
		{"path below the callback", get("{callback}/x" + answer), 404, ignored(callback.UnknownPath)},
		{"two slashes", get("/{callback}" + answer), 404, ignored(callback.UnknownPath)},

		{"wrong token", get("{callback}?oauth_token=other&oauth_verifier=" + verifier), 403, ignored(callback.WrongToken)},
		{"wrong token denied", get("{callback}?denied=other"), 403, ignored(callback.WrongToken)},
		{"no token", get("{callback}?oauth_verifier=" + verifier), 403, ignored(callback.MissingToken)},
		{"empty token", get("{callback}?oauth_token=&oauth_verifier=" + verifier), 403, ignored(callback.MissingToken)},
		{"error without token", get("{callback}?error=access_denied"), 403, ignored(callback.MissingToken)},
		{"repeated token", get(approved + "&oauth_token=" + token), 400, ignored(callback.BadParameters)},
		{"repeated verifier", get(approved + "&oauth_verifier=other"), 400, ignored(callback.BadParameters)},
		{"bad escape", get(approved + "&x=%zz"), 400, ignored(callback.BadParameters)},
		{"long verifier", get(approved + strings.Repeat("0", 512)), 400, ignored(callback.BadParameters)},
		{"long query", get(approved + strings.Repeat("&", 4096)), 400, ignored(callback.BadParameters)},
		{"no verifier", get("{callback}?oauth_token=" + token), 400, ignored(callback.MissingVerifier)},
		{"empty verifier", get("{callback}?oauth_verifier=&oauth_token=" + token), 400, ignored(callback.MissingVerifier)},

		{"denied without cookie", get("{callback}?denied=" + token), 303, signals(callback.DeclinedElsewhere)},
		{
			"problem without cookie", get(approved + "&oauth_problem=user_refused"), 303,
			signals(callback.DeclinedElsewhere),
		},
		{"error without cookie", get(approved + "&error=access_denied"), 303, signals(callback.DeclinedElsewhere)},
		{
			"denied with another cookie", get("{callback}?denied="+token, "Cookie: attempt=1"), 303,
			signals(callback.DeclinedElsewhere),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var observed recorder
			l := listen(t, callback.Config{Observe: observed.observe})
			l.Expect(expectation)
			got := send(t, l, row.request)
			if got.status != row.status {
				t.Errorf("got status %d, want %d", got.status, row.status)
			}
			if diff := cmp.Diff(row.signals, observed.seen()); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
			if got.status == http.StatusMethodNotAllowed && !strings.Contains(got.header.Get("Allow"), http.MethodGet) {
				t.Errorf("Allow: got %q, want GET in it", got.header.Get("Allow"))
			}
			if got.header.Get("Set-Cookie") != "" {
				t.Error("a stranger got a cookie")
			}
			wantSecure(t, got)
			told := fmt.Sprint(got.header, got.body)
			random := strings.TrimPrefix(parse(t, l.CallbackURL()).Path, "/callback/")
			for _, secret := range []string{token, verifier, random, "service.example"} {
				if strings.Contains(told, secret) {
					t.Errorf("the answer holds %q: %s", secret, told)
				}
			}
			complete(t, l)
		})
	}
}

// net/http answers these by itself.
func TestMalformedRequestsHaveNoEffect(t *testing.T) {
	for _, row := range []struct {
		name, request string
		status        int
	}{
		{"no host", "GET " + approved + " HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET " + approved + " HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", 400},
		{"not HTTP", "hello\r\n\r\n", 400},
		{"huge header", get(approved, "X: "+strings.Repeat("x", 1<<14)), 431},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			if got := send(t, l, row.request); got.status != row.status || strings.Contains(got.body, token) {
				t.Errorf("got status %d and %q, want %d", got.status, got.body, row.status)
			}
			complete(t, l)
		})
	}
}

func TestOldAndNewBrowsersGetThrough(t *testing.T) {
	for _, row := range []struct{ name, request string }{
		{"no fetch metadata", get(approved)},
		{"navigation", get(approved, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")},
		{"redirect of a posted form", get(approved, "Origin: null")},
		{"IPv6 host", request("GET", "[::1]:{port}", approved)},
		{"own address as to a proxy", get("http://{host}{callback}" + answer)},
		{"further parameters", get(approved + "&wp_scope=%2A&source=")},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			if got := send(t, l, row.request); got.status != http.StatusSeeOther {
				t.Errorf("got status %d, want 303", got.status)
			}
			if got, err := l.Wait(patient(t)); err != nil || got.Verifier != verifier {
				t.Errorf("got verifier %q and error %v", got.Verifier, err)
			}
		})
	}
}

func TestTLSHelloIsSignalled(t *testing.T) {
	var observed recorder
	l := listen(t, callback.Config{Observe: observed.observe})
	l.Expect(expectation)
	conn := dial(t, l)
	if _, err := conn.Write([]byte{0x16, 3, 1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(conn); len(got) > 0 {
		t.Errorf("got the answer %q, want none", got)
	}
	if diff := cmp.Diff(signals(callback.TLSHello), observed.seen()); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	complete(t, l)
}

func TestIdleConnectionsDoNotBlock(t *testing.T) {
	for _, row := range []struct{ name, begin string }{
		{"silent", ""},
		{"half a request", "GET / HTTP/1.1\r\nHost:"},
		{"body never sent", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.WithTiming(callback.Config{}, 2*patience, 0))
			l.Expect(expectation)
			first := dial(t, l)
			for range 64 {
				_, _ = io.WriteString(dial(t, l), row.begin) // those closed already cannot be written to
			}
			if _, err := io.ReadAll(first); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the oldest connection is still open")
			}
			complete(t, l)
		})
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
	for range 64 {
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

func TestDenialWithCookieDeclines(t *testing.T) {
	for _, query := range []string{
		"?denied=" + token,
		"?oauth_token=" + token + "&denied=1",
		"?oauth_token=" + token + "&oauth_problem=user_refused",
		"?oauth_token=" + token + "&error=access_denied",
		answer + "&error=access_denied",
	} {
		t.Run(query, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			cookie := start(t, l)
			denied := send(t, l, get("{callback}"+query, cookie))
			wantSecure(t, denied)
			if _, err := l.Wait(patient(t)); !errors.Is(err, callback.ErrDeclined) {
				t.Errorf("got error %v, want ErrDeclined", err)
			}
			finished := make(chan error, 1)
			go func() { finished <- l.Finish(patient(t), callback.Result{}) }()
			location := denied.header.Get("Location")
			page := send(t, l, get(location, cookie))
			if !strings.Contains(page.body, "You chose not to link") || strings.Contains(location, "?") {
				t.Errorf("at %s: got %q", location, page.body)
			}
			if err := <-finished; err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
	}
}

func TestDenialElsewhereTellsItsBrowser(t *testing.T) {
	l := listen(t, callback.Config{})
	l.Expect(expectation)
	location := send(t, l, get("{callback}?denied="+token)).header.Get("Location")
	if page := send(t, l, get(location)); !strings.Contains(page.body, "You chose not to link") {
		t.Errorf("got %q", page.body)
	}
	complete(t, l) // and that page was not taken for the final one
}

func TestBrowserIsRecognizedByItsCookie(t *testing.T) {
	for _, row := range []struct {
		name   string
		start  bool
		config callback.Config
		want   bool
	}{
		{"same browser", true, callback.Config{}, true},
		{"same browser by name", true, callback.Config{AllowLocalhost: true}, true},
		{"another browser", false, callback.Config{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var observed recorder
			row.config.Observe = observed.observe
			l := listen(t, row.config)
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, l.CallbackURL()+answer, http.StatusFound)
			}))
			defer service.Close()
			expected := expectation
			expected.AuthorizationURL = service.URL + "/authorize?a=1&b=2"
			l.Expect(expected)

			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			browser := &http.Client{Jar: jar, Timeout: patience}
			open, want := expected.AuthorizationURL, signals(callback.Returned)
			if row.start {
				open, want = l.StartURL(), signals(callback.BrowserReached, callback.Returned)
			}
			landed := make(chan *url.URL, 1)
			go func() {
				defer close(landed)
				if response, err := browser.Get(open); err == nil {
					landed <- response.Request.URL
					_ = response.Body.Close()
				}
			}()
			got, err := l.Wait(patient(t))
			if err != nil || got.SameBrowser != row.want || got.Verifier != verifier {
				t.Errorf("got verifier %q, same browser %t, error %v", got.Verifier, got.SameBrowser, err)
			}
			if err := l.Finish(patient(t), callback.Result{Account: "jamalfanaian"}); err != nil {
				t.Errorf("Finish: %v", err)
			}
			if at := <-landed; at == nil || !strings.HasPrefix(at.Path, "/done/") || at.RawQuery != "" {
				t.Errorf("browser ended at %v, want /done without a query", at)
			}
			if diff := cmp.Diff(want, observed.seen()); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStart(t *testing.T) {
	var observed recorder
	l := listen(t, callback.Config{Observe: observed.observe})
	if strings.ContainsAny(l.StartURL(), "&?=%") {
		t.Errorf("StartURL %q could be changed on its way to the browser", l.StartURL())
	}

	early := send(t, l, get("{start}"))
	wantSecure(t, early)
	refresh := early.header.Get("Refresh")
	if want := "1; url=" + parse(t, l.StartURL()).Path; early.status != 200 || refresh != want {
		t.Errorf("before Expect: got status %d and refresh %q, want 200 and %q", early.status, refresh, want)
	}
	l.Expect(expectation)
	for range 2 { // "open again" works
		got := send(t, l, get("{start}"))
		wantSecure(t, got)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != expectation.AuthorizationURL {
			t.Errorf("while waiting: got status %d to %q", got.status, got.header.Get("Location"))
		}
		cookie, err := http.ParseSetCookie(got.header.Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure ||
			cookie.Path != parse(t, l.CallbackURL()).Path || len(cookie.Value) < 26 {
			t.Errorf("got cookie %v", cookie)
		}
	}
	send(t, l, get(approved))
	late := send(t, l, get("{start}"))
	wantSecure(t, late)
	if late.status != 200 || late.header.Get("Set-Cookie") != "" || !strings.Contains(late.body, "has been answered") {
		t.Errorf("afterwards: got status %d and %q", late.status, late.body)
	}
	if diff := cmp.Diff(signals(callback.BrowserReached, callback.Returned), observed.seen()); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
}

func TestCallbackBeforeExpectIsIgnored(t *testing.T) {
	var observed recorder
	l := listen(t, callback.Config{Observe: observed.observe})
	for _, query := range []string{answer, "?oauth_token=&oauth_verifier=" + verifier} {
		if got := send(t, l, get("{callback}"+query)); got.status != http.StatusForbidden {
			t.Errorf("%s: got status %d, want 403", query, got.status)
		}
	}
	l.Expect(expectation)
	complete(t, l)
}

func TestVerifierIsOptionalWithoutRevisionA(t *testing.T) {
	l := listen(t, callback.Config{})
	l.Expect(callback.Expectation{Token: token, AuthorizationURL: expectation.AuthorizationURL, VerifierOptional: true})
	send(t, l, get("{callback}?oauth_token="+token+"&username=pbapi&subdomain=api123.photobucket.com"))
	got, err := l.Wait(patient(t))
	want := callback.Answer{Parameters: url.Values{"username": {"pbapi"}, "subdomain": {"api123.photobucket.com"}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, answer (-want +got):\n%s", err, diff)
	}
}

func TestFirstAnswerWins(t *testing.T) {
	l := listen(t, callback.Config{})
	l.Expect(expectation)
	first := send(t, l, get(approved))
	for _, query := range []string{
		answer,
		"?oauth_token=" + token + "&oauth_verifier=other",
		"?oauth_token=" + token,
		"?denied=" + token,
	} {
		got := send(t, l, get("{callback}"+query))
		if got.status != http.StatusSeeOther || got.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%s: got status %d to %q, want the place of the first", query, got.status, got.header.Get("Location"))
		}
	}
	if got, err := l.Wait(patient(t)); err != nil || got.Verifier != verifier {
		t.Errorf("got verifier %q and error %v, want that of the first", got.Verifier, err)
	}
}

func TestFiftyCallbacksAtOnceGiveOneAnswer(t *testing.T) {
	var observed recorder
	l := listen(t, callback.Config{Observe: observed.observe})
	l.Expect(expectation)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			response, err := client.Get(fmt.Sprintf("%s?oauth_token=%s&oauth_verifier=%d", l.CallbackURL(), token, i))
			if err != nil {
				return // more than the allowed connections at once: a browser would have tried again
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusSeeOther {
				t.Errorf("got status %d, want 303", response.StatusCode)
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

func TestDoneTellsTheTruthInOrder(t *testing.T) {
	for _, row := range []struct {
		name   string
		result callback.Result
		want   []string
	}{
		{"linked", callback.Result{Account: "Jamal <b>&"}, []string{"Linked as Jamal &lt;b&gt;&amp;"}},
		{"not linked", callback.Result{Reason: "Clock <11> min fast."}, []string{"Not linked", "&lt;11&gt; min fast."}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.WithTiming(callback.Config{}, 0, time.Nanosecond))
			l.Expect(expectation)
			location := send(t, l, get(approved)).header.Get("Location")
			for range 2 {
				waiting := send(t, l, get(location))
				wantSecure(t, waiting)
				refresh := waiting.header.Get("Refresh")
				if refresh != "1; url="+location || strings.Contains(strings.ToLower(waiting.body), "linked") {
					t.Errorf("before Finish: got refresh %q and %q", refresh, waiting.body)
				}
			}
			finished := make(chan error, 1)
			go func() { finished <- l.Finish(patient(t), row.result) }()
			page := send(t, l, get(location))
			for page.header.Get("Refresh") != "" { // Finish has not begun
				page = send(t, l, get(location))
			}
			wantSecure(t, page)
			for _, want := range row.want {
				if !strings.Contains(page.body, want) {
					t.Errorf("got %q, want %q in it", page.body, want)
				}
			}
			if err := <-finished; err != nil {
				t.Errorf("Finish: %v", err)
			}
			wantClosed(t, l)
		})
	}
}

func TestPagesAreRenderedByTheCaller(t *testing.T) {
	for _, row := range []struct {
		name   string
		render func(io.Writer, callback.Page) error
		want   string
	}{
		{"own page", func(w io.Writer, page callback.Page) error {
			_, err := fmt.Fprintf(w, `%s <style nonce="%s">`, page.Kind, page.StyleNonce)
			return err
		}, "not-found"},
		{"built-in page after an error", func(w io.Writer, _ callback.Page) error {
			_, _ = io.WriteString(w, "half a page")
			return errors.New("template broken")
		}, "Nothing here"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{Render: row.render})
			got := send(t, l, get("/"))
			wantSecure(t, got)
			if !strings.Contains(got.body, row.want) || strings.Contains(got.body, "half") {
				t.Errorf("got %q, want %q in it", got.body, row.want)
			}
		})
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

func TestOnlyLoopbackListens(t *testing.T) {
	l := listen(t, callback.Config{})
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	port := parse(t, l.CallbackURL()).Port()
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if !ok || network.IP.IsLoopback() || network.IP.IsLinkLocalUnicast() {
			continue
		}
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(network.IP.String(), port), patience); err == nil {
			_ = conn.Close()
			t.Errorf("%s answers", network.IP)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	// On Linux every address in 127.0.0.0/8 is this machine, so this fails for a wide bind even without a network.
	if conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.2", port), patience); err == nil {
		_ = conn.Close()
		t.Error("127.0.0.2 answers")
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

func TestAddresses(t *testing.T) {
	for _, row := range []struct {
		name   string
		config callback.Config
		prefix string // of CallbackURL without the port
		secret func(l *callback.Listener, callbackURL *url.URL) string
		add    func(l *callback.Listener) string // to the query of the real callback
	}{
		{
			"free",
			callback.Config{},
			"http://127.0.0.1/callback/",
			func(_ *callback.Listener, u *url.URL) string { return strings.TrimPrefix(u.Path, "/callback/") },
			func(*callback.Listener) string { return "" },
		},
		{
			"free by name",
			callback.Config{AllowLocalhost: true},
			"http://localhost/callback/",
			func(_ *callback.Listener, u *url.URL) string { return strings.TrimPrefix(u.Path, "/callback/") },
			func(*callback.Listener) string { return "" },
		},
		{
			"registered prefix",
			callback.Config{Registered: "http://localhost:0/a/"},
			"http://localhost/a/",
			func(_ *callback.Listener, u *url.URL) string { return strings.TrimPrefix(u.Path, "/a/") },
			func(*callback.Listener) string { return "" },
		},
		{
			"registered path",
			callback.Config{Registered: "http://127.0.0.1:0/a?b=c", RandomPart: callback.InQuery},
			"http://127.0.0.1/a?b=c&attempt=",
			func(_ *callback.Listener, u *url.URL) string { return u.Query().Get("attempt") },
			func(*callback.Listener) string { return "" },
		},
		{
			"registered address",
			callback.Config{Registered: "http://127.0.0.1:0", RandomPart: callback.InExtra},
			"http://127.0.0.1",
			func(l *callback.Listener, _ *url.URL) string { return l.Extra() },
			func(l *callback.Listener) string { return "&extra=" + l.Extra() },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, row.config)
			l.Expect(expectation)
			address := parse(t, l.CallbackURL())
			if got := strings.Replace(l.CallbackURL(), ":"+address.Port(), "", 1); !strings.HasPrefix(got, row.prefix) {
				t.Errorf("got callback %q, want prefix %q", got, row.prefix)
			}
			if !strings.HasPrefix(l.StartURL(), "http://"+address.Host+"/start/") {
				t.Errorf("got start %q, want the host %s, whose cookies the callback gets", l.StartURL(), address.Host)
			}
			if secret := row.secret(l, address); len(secret) < 26 { // 5 bits a character
				t.Errorf("got random part %q, want 128 bits", secret)
			}

			genuine := address.RequestURI() + "?" + answer[1:] + row.add(l)
			if address.RawQuery != "" {
				genuine = address.RequestURI() + "&" + answer[1:]
			}
			forged := strings.Replace(genuine, row.secret(l, address), "AAAAAAAAAAAAAAAAAAAAAAAAAA", 1)
			if got := send(t, l, get(forged)); got.status != http.StatusNotFound && got.status != http.StatusForbidden {
				t.Errorf("forged callback: got status %d", got.status)
			}
			if got := send(t, l, get(genuine)); got.status != http.StatusSeeOther {
				t.Errorf("real callback: got status %d, want 303", got.status)
			}
			got, err := l.Wait(patient(t))
			if err != nil || got.Verifier != verifier || got.Parameters.Has("attempt") || got.Parameters.Has("extra") {
				t.Errorf("got verifier %q, parameters %v, error %v", got.Verifier, got.Parameters, err)
			}
		})
	}
}

func TestListenRefusesAddresses(t *testing.T) {
	for _, address := range []string{
		"https://127.0.0.1:0/callback",
		"http://192.0.2.1:0/callback",
		"http://callback.example:0/callback",
		"http://127.0.0.1/callback",
		"http://127.0.0.1:65536/callback",
		"http://[::1]:0/callback",
		"127.0.0.1:0",
		":",
	} {
		if l, err := callback.Listen(callback.Config{Registered: address}); err == nil {
			_ = l.Close()
			t.Errorf("%s: got no error", address)
		}
	}
}

func TestTakenPortIsTold(t *testing.T) {
	taken := parse(t, listen(t, callback.Config{}).CallbackURL())
	_, err := callback.Listen(callback.Config{Registered: "http://" + taken.Host + "/callback"})
	if !errors.Is(err, callback.ErrPortTaken) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got error %v, want ErrPortTaken and its cause", err)
	}
}

func TestAnswerPrintsRedacted(t *testing.T) {
	secret := callback.Answer{Verifier: verifier}
	encoded, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("answer", "answer", secret)
	for _, text := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%+v", secret), fmt.Sprintf("%#v", secret), string(encoded), log.String(),
	} {
		if strings.Contains(text, verifier) || !strings.Contains(text, "redacted") {
			t.Errorf("got %q", text)
		}
	}
}

func FuzzCallbackQuery(f *testing.F) {
	for _, query := range []string{
		answer[1:],
		"denied=" + token,
		answer[1:] + "&oauth_problem=user_refused",
		answer[1:] + "&oauth_token=" + token,
		"oauth_token=" + token + "&oauth_verifier=123-456-789&wp_scope=%2A",
		"oauth_token=%zz;&",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var observed recorder
		l := listen(t, callback.Config{Observe: observed.observe})
		l.Expect(expectation)
		here := parse(t, l.CallbackURL())
		w := httptest.NewRecorder()
		l.Serve(w, &http.Request{Method: http.MethodGet, Host: here.Host, URL: &url.URL{Path: here.Path, RawQuery: query}})
		_ = l.Close()
		got, err := l.Wait(t.Context())

		parameters, bad := url.ParseQuery(query)
		want := bad == nil && len(query) <= 4096 && parameters.Get("oauth_token") == token &&
			parameters.Get("oauth_verifier") != ""
		for _, values := range parameters {
			want = want && len(values) == 1 && len(values[0]) <= 512
		}
		for _, name := range []string{"denied", "oauth_problem", "error"} {
			want = want && parameters.Get(name) == ""
		}
		if want != (err == nil) || want && got.Verifier != parameters.Get("oauth_verifier") {
			t.Errorf("got verifier %q and error %v, want an answer: %t", got.Verifier, err, want)
		}
		if len(observed.seen()) != 1 {
			t.Errorf("got signals %v, want one", observed.seen())
		}
		wantSecure(t, reply{w.Code, w.Header(), w.Body.String()})
		if strings.Contains(fmt.Sprint(w.Header(), w.Body), token) {
			t.Errorf("the answer holds the token: %v %s", w.Header(), w.Body)
		}
	})
}
