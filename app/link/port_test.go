package link_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// portOf returns the port of an address HOST:PORT.
func portOf(t *testing.T, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestChosenPort(t *testing.T) {
	for _, row := range []struct {
		name    string
		service string
		change  func(w *world, other string) // other is an address that is free as well
		chosen  bool                         // whether the chosen port is used, and not another
		path    string                       // that the callback address begins with
	}{
		{name: "service that takes any callback", service: "flickr", chosen: true, path: "/callback/"},
		{
			name: "service that demands a path", service: "flickr", chosen: true, path: "/photos/",
			change: func(w *world, _ string) { w.request.Provider.Callback.Registered = "http://127.0.0.1:0/photos" },
		},
		{
			name: "person wants another address this time", service: "flickr", path: "/own/",
			change: func(w *world, other string) { w.request.Callback = "http://" + other + "/own" },
		},
		{name: "registered with any port", service: "commons", chosen: true, path: "/callback/"},
		{
			name: "registered with a port", service: "commons", path: "/callback/",
			change: func(w *world, other string) {
				w.request.Callback = "http://" + other + "/callback"
				w.serve(sandbox.Config{}) // with what the person registered
			},
		},
		{name: "registered with a query", service: "wordpress", path: "/wordpress"},
		{name: "registered as it is", service: "photobucket", path: "/photobucket"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var port int
			w, linked, err := linkAt(t, row.service, func(w *world) {
				port = portOf(t, freePort(t))
				w.linker.Port = port
				if row.change != nil {
					row.change(w, freePort(t))
				}
			})
			if err != nil || linked.ID == "" {
				t.Fatalf("linked %+v, error %v", linked, err)
			}
			address := w.wire.callbackAddress()
			if got := address.Port() == strconv.Itoa(port); got != row.chosen {
				t.Errorf("the chosen port %d is used in %s: %v, want %v", port, address.Host, got, row.chosen)
			}
			if !strings.HasPrefix(address.Path, row.path) {
				t.Errorf("the callback is at %s, want it below %s", address.Path, row.path)
			}
		})
	}
}

func TestChosenPortIsTaken(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, service := range []string{"flickr", "commons"} {
		t.Run(service, func(t *testing.T) {
			w := newWorldAt(t, service)
			w.linker.Port = portOf(t, listener.Addr().String())
			_, err := w.link()
			failed := new(link.StepError)
			if !errors.Is(err, callback.ErrPortTaken) || !errors.As(err, &failed) || failed.Step != link.Prepare {
				t.Errorf("got %v, want %v in %s", err, callback.ErrPortTaken, link.Prepare)
			}
		})
	}
}

// What a person registered is judged by itself, whatever port was chosen.
func TestCheckCallbackOfAnyPort(t *testing.T) {
	for _, row := range []struct {
		name, address string
		rule          provider.CallbackRule
		good          bool
	}{
		{"any port, where that is known", "http://127.0.0.1:1/callback", provider.CallbackPrefix, true},
		{"any port, where nothing is registered", "http://127.0.0.1:0/callback", provider.AnyCallback, true},
		{"of another computer", "http://example.com:1/callback", provider.CallbackPrefix, false},
		{"no address", "http://127.0.0.1:port/", provider.CallbackPrefix, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := link.CheckCallback(provider.Provider{Callback: provider.Callback{Rule: row.rule}}, row.address)
			if good := err == nil; good != row.good {
				t.Errorf("got %v, good: %v", err, row.good)
			}
		})
	}
}
