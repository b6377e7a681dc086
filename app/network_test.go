package app_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"photolink/app"
	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// proxy is one that gets nowhere, and counts who asks it for the host photos.example.
type proxy struct {
	*httptest.Server
	asked atomic.Int32
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := new(proxy)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "photos.example" {
			p.asked.Add(1)
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(p.Close)
	return p
}

// startFarAway starts a program with a service at photos.example, which is not to be found, and the practice service.
func startFarAway(t *testing.T) *app.App {
	t.Helper()
	far := provider.Practice("http://photos.example", sandbox.PracticeClient)
	far.ID = "far"
	photolink, err := app.New(app.Config{
		Folder: t.TempDir(), Providers: []provider.Provider{far, provider.Practice("", sandbox.PracticeClient)},
		Open: start(t, t.TempDir(), newKeyring()).OpenPage,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	return photolink
}

func linkFarAway(t *testing.T, photolink *app.App) {
	t.Helper()
	wish := app.Wish{Service: "far", Request: link.Request{Permission: "read", Vault: "session"}}
	if _, err := photolink.Link(t.Context(), wish, nil); err == nil {
		t.Error("linked at a service that is not there")
	}
}

func TestChosenProxy(t *testing.T) {
	photolink := startFarAway(t)
	first, second := newProxy(t), newProxy(t)
	for _, p := range []*proxy{first, second} { // takes effect at once, also the second time
		if err := photolink.SaveSettings(app.Settings{Proxy: p.URL}); err != nil {
			t.Fatal(err)
		}
		linkFarAway(t, photolink)
		if p.asked.Load() == 0 {
			t.Error("the proxy was not asked")
		}
	}
	before := first.asked.Load()
	linkFarAway(t, photolink)
	if first.asked.Load() != before {
		t.Error("the proxy of before is asked still")
	}
	linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: "session"}}) // on this computer
}

// The environment is read once by a program, so that each row is a program of its own.
func TestProxyOfTheEnvironment(t *testing.T) {
	if chosen, child := os.LookupEnv("CHOSEN_PROXY"); child {
		photolink := startFarAway(t)
		if err := photolink.SaveSettings(app.Settings{Proxy: chosen}); err != nil {
			t.Fatal(err)
		}
		linkFarAway(t, photolink)
		linkPractice(t, photolink, app.Wish{Request: link.Request{Vault: "session"}})
		return
	}
	for _, row := range []struct {
		name, chosen string
		asked        bool
	}{
		{"unless another is chosen", "", true},
		{"not if none is chosen", app.NoProxy, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newProxy(t)
			program := exec.Command(os.Args[0], "-test.run=^TestProxyOfTheEnvironment$", "-test.timeout=1m")
			program.Env = append(os.Environ(), "CHOSEN_PROXY="+row.chosen, "HTTP_PROXY="+p.URL, "http_proxy="+p.URL, "NO_PROXY=", "no_proxy=")
			if said, err := program.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if asked := p.asked.Load() > 0; asked != row.asked {
				t.Errorf("the proxy was asked: %v, want %v", asked, row.asked)
			}
		})
	}
}

// A transport that was given is used as it is.
func TestGivenTransportKnowsNoProxy(t *testing.T) {
	p := newProxy(t)
	var asked atomic.Int32
	photolink, err := app.New(app.Config{
		Folder: t.TempDir(), Providers: []provider.Provider{provider.Practice("http://photos.example", sandbox.PracticeClient)},
		Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			return nil, errors.New("no way there")
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	if err := photolink.SaveSettings(app.Settings{Proxy: p.URL}); err != nil {
		t.Fatal(err)
	}
	_, err = photolink.AddWordPress(t.Context(), "photos.example")
	if err == nil || asked.Load() == 0 || p.asked.Load() != 0 {
		t.Errorf("error %v; the transport was asked %d times, the proxy %d times", err, asked.Load(), p.asked.Load())
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestChosenPort(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	port, err := strconv.Atoi(taken.URL[strings.LastIndex(taken.URL, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	if err := photolink.SaveSettings(app.Settings{Port: port}); err != nil {
		t.Fatal(err)
	}
	wish := app.Wish{Service: "practice", Request: link.Request{Permission: "read"}}
	if _, err := photolink.Link(t.Context(), wish, nil); !errors.Is(err, callback.ErrPortTaken) {
		t.Errorf("got %v, want %v", err, callback.ErrPortTaken)
	}
	if err := photolink.SaveSettings(app.Settings{}); err != nil {
		t.Fatal(err)
	}
	linkPractice(t, photolink, app.Wish{})
}
