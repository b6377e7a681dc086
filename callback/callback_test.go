package callback_test

import (
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
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/callback"
)

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

func TestDenialElsewhereTellsItsBrowser(t *testing.T) {
	l := listen(t, callback.Config{})
	l.Expect(expectation)
	location := send(t, l, get("{callback}?denied="+token)).header.Get("Location")
	if page := send(t, l, get(location)); !strings.Contains(page.body, "You chose not to link") {
		t.Errorf("got %q", page.body)
	}
	complete(t, l) // and that page was not taken for the final one
}

func TestCheckLeavesNoTrace(t *testing.T) {
	for _, config := range []callback.Config{{}, {AllowLocalhost: true}} {
		var observed recorder
		config.Observe = observed.observe
		l := listen(t, config)
		for range 2 {
			if err := l.Check(patient(t)); err != nil {
				t.Errorf("Check: %v", err)
			}
		}
		if len(observed.seen()) > 0 || len(l.Ignored()) > 0 {
			t.Errorf("got signals %v and counts %v, want none", observed.seen(), l.Ignored())
		}
		l.Expect(expectation)
		complete(t, l)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	another := httptest.NewServer(http.NotFoundHandler())
	defer another.Close()

	nothing := func(*callback.Listener, context.CancelFunc) {}
	for _, row := range []struct {
		name  string
		at    string // where the request ends up
		limit time.Duration
		end   func(*callback.Listener, context.CancelFunc)
		want  []error
	}{
		{"refused", "http://127.0.0.1:1", patience, nothing, []error{callback.ErrUnreachable, syscall.ECONNREFUSED}},
		{
			"silence", "http://" + silent.Addr().String(), 20 * time.Millisecond, nothing,
			[]error{callback.ErrUnreachable, context.DeadlineExceeded},
		},
		{"another program", another.URL, patience, nothing, []error{callback.ErrUnreachable}},
		{
			"cancelled", another.URL, patience, func(_ *callback.Listener, cancel context.CancelFunc) { cancel() },
			[]error{context.Canceled},
		},
		{
			"closed", another.URL, patience, func(l *callback.Listener, _ context.CancelFunc) { _ = l.Close() },
			[]error{callback.ErrClosed},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.CheckAt(row.at)
			ctx, cancel := context.WithTimeout(t.Context(), row.limit)
			defer cancel()
			row.end(l, cancel)
			err := l.Check(ctx)
			for _, want := range row.want {
				if !errors.Is(err, want) {
					t.Errorf("got error %v, want %v in it", err, want)
				}
			}
			if errors.Is(err, callback.ErrUnreachable) != slices.Contains(row.want, callback.ErrUnreachable) {
				t.Errorf("got error %v, want %v", err, row.want)
			}
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
