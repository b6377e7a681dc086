package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"photolink/app"
	"photolink/app/link"
	"photolink/oauth/sandbox"
)

// listener notes the secrets that pass over the wire.
type listener struct {
	mutex   sync.Mutex
	secrets map[string]string // names by their value
	fail    error             // what each call ends with, if it is set
}

var credential = regexp.MustCompile(`\b(oauth_(?:token|token_secret|verifier|signature|nonce|consumer_key|callback))="?([^"&,\s]+)`)

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mutex.Lock()
	fail := l.fail
	l.mutex.Unlock()
	if fail != nil {
		return nil, fail
	}
	l.note(r.Header.Get("Authorization"))
	l.note(r.URL.RawQuery)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	l.note(string(body))
	answer.Body = io.NopCloser(strings.NewReader(string(body)))
	return answer, err
}

func (l *listener) note(text string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, found := range credential.FindAllStringSubmatch(text, -1) {
		value, err := url.QueryUnescape(found[2])
		if err != nil || found[1] == "oauth_callback" {
			value = found[2]
		}
		l.secrets[value] = found[1]
	}
}

// startLogged starts a program that keeps a log, on a wire that is listened to.
func startLogged(t *testing.T, folder string) (*app.App, *listener) {
	t.Helper()
	wire := &listener{secrets: map[string]string{sandbox.PracticeClient.Secret.Reveal(): "client secret"}}
	photolink, err := app.New(app.Config{
		Folder: folder, Transport: wire,
		Open: func(_ context.Context, address string) error {
			wire.mutex.Lock()
			wire.secrets[address[strings.LastIndex(address, "/")+1:]] = "nonce of the start address"
			wire.mutex.Unlock()
			_, err := sandbox.Visitor{}.Approve(t.Context(), address)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	return photolink, wire
}

func TestLogHoldsNoSecret(t *testing.T) {
	folder := t.TempDir()
	for _, variable := range []string{"HOME", "USERPROFILE"} { // of Unix, and of Windows: the name of the person is part of it
		t.Setenv(variable, folder)
	}
	photolink, wire := startLogged(t, folder)
	if err := photolink.SaveSettings(app.Settings{Log: true}); err != nil {
		t.Fatal(err)
	}
	linked := linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: "session"}})
	wire.mutex.Lock()
	wire.fail = errors.New("no way to https://ada:pw@photos.example:8080/rest?oauth_token=TOKEN from " + folder + "/file")
	wire.mutex.Unlock()
	if _, err := photolink.Check(t.Context(), linked); err == nil {
		t.Fatal("no error")
	}

	log := readFile(t, photolink.LogFile())
	for _, want := range []string{
		"msg=started version=" + app.Version + " system=" + runtime.GOOS,
		"msg=link service=practice step=prepare event=started",
		`step=authorize event="browser reached"`,
		"step=save event=done",
		"level=ERROR msg=failed call=check service=practice error=",
		"https://photos.example:8080 from ~",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is not in the log", want)
		}
	}
	wire.secrets["TOKEN"] = "token of an error"
	for _, name := range []string{linked.Name, linked.UserName, linked.UserID, "Ada", "pw@", folder, linked.ID} {
		wire.secrets[name] = "what tells who it is"
	}
	names := make(map[string]bool)
	for secret, name := range wire.secrets {
		names[name] = true
		if strings.Contains(log, secret) || strings.Contains(log, url.QueryEscape(secret)) {
			t.Errorf("%s %q is in the log", name, secret)
		}
	}
	for _, name := range []string{"oauth_token", "oauth_token_secret", "oauth_verifier", "oauth_signature", "oauth_callback", "nonce of the start address"} {
		if !names[name] {
			t.Errorf("no %s was seen: it is not looked for", name)
		}
	}
	if t.Failed() {
		t.Log(log)
	}
	if found, err := os.Stat(photolink.LogFile()); err != nil || runtime.GOOS != "windows" && found.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", found.Mode(), err)
	}
}

func TestLogOnlyIfWanted(t *testing.T) {
	folder := t.TempDir()
	photolink, _ := startLogged(t, folder)
	fails := func() {
		t.Helper()
		linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: "session"}})
		if _, err := photolink.Link(t.Context(), app.Wish{Service: "later"}, nil); err == nil {
			t.Fatal("no error")
		}
	}
	fails()
	if _, err := os.Stat(photolink.LogFile()); !os.IsNotExist(err) {
		t.Errorf("there is a log that nobody wants: %v", err)
	}
	for _, wanted := range []bool{true, false} {
		if err := photolink.SaveSettings(app.Settings{Log: wanted}); err != nil {
			t.Fatal(err)
		}
		if wanted {
			fails()
		}
	}
	before := readFile(t, photolink.LogFile())
	fails()
	if after := readFile(t, photolink.LogFile()); after != before {
		t.Errorf("written after it was turned off: %s", strings.TrimPrefix(after, before))
	}

	if err := photolink.SaveSettings(app.Settings{Log: true}); err != nil {
		t.Fatal(err)
	}
	start(t, folder, newKeyring())
	if started := strings.Count(readFile(t, photolink.LogFile()), "msg=started"); started != 3 {
		t.Errorf("%d starts are in the log, want 3: twice turned on, and the next run", started)
	}
}

func TestLogDoesNotGrowForEver(t *testing.T) {
	photolink, _ := startLogged(t, t.TempDir())
	for n, size := range []int{1<<20 - 10, 1 << 20} { // the second time, there is an old one already
		full := strings.Repeat(string(rune('a'+n)), size)
		if err := os.WriteFile(photolink.LogFile(), []byte(full), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, wanted := range []bool{true, false} {
			if err := photolink.SaveSettings(app.Settings{Log: wanted}); err != nil {
				t.Fatal(err)
			}
		}
		if got := readFile(t, photolink.LogFile()+".1"); got != full {
			t.Errorf("put aside: %d bytes, want %d", len(got), len(full))
		}
		if got := readFile(t, photolink.LogFile()); strings.Count(got, "\n") != 1 || !strings.Contains(got, "msg=started") {
			t.Errorf("the new log is %q", got)
		}
	}
}

// A log that cannot be written stops nothing.
func TestLogThatCannotBeWritten(t *testing.T) {
	photolink, _ := startLogged(t, t.TempDir())
	if err := os.Mkdir(photolink.LogFile(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := photolink.SaveSettings(app.Settings{Log: true}); err != nil {
		t.Fatal(err)
	}
	linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: "session"}})
	if _, err := photolink.Link(t.Context(), app.Wish{Service: "later"}, nil); !errors.Is(err, app.ErrUnknownService) {
		t.Errorf("got %v", err)
	}
}
