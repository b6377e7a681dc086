package link_test

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// newHastyWorld returns a world in which the request for temporary credentials need not wait for its step.
func newHastyWorld(t *testing.T) *world {
	w := newWorld(t)
	w.wire.atOnce = true
	w.linker.Patience = 10 * time.Second // with a person who does nothing
	return w
}

// after makes an endpoint wait, before it answers, until something has happened.
func after(happened <-chan struct{}, answer sandbox.Fault) sandbox.Fault {
	return func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		select {
		case <-happened:
		case <-r.Context().Done():
			return
		}
		if answer == nil {
			right(w, r)
			return
		}
		answer(w, r, right)
	}
}

// first makes an endpoint tell when it has been asked, and answer at once.
func first(happened chan<- struct{}, answer sandbox.Fault) sandbox.Fault {
	return func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		defer close(happened)
		if answer == nil {
			right(w, r)
			return
		}
		answer(w, r, right)
	}
}

func faultsAt(echo, request sandbox.Fault) sandbox.Config {
	return sandbox.Config{Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{
		sandbox.Echo: echo, sandbox.RequestToken: request,
	}}}
}

var keyUnknown = sandbox.Answer(200, `{"stat":"fail","code":100,"message":"Invalid API Key (Key not found)"}`)

func TestPreflightDoesNotHoldUpTheBrowser(t *testing.T) {
	w := newHastyWorld(t)
	opened, late := make(chan struct{}), make(chan struct{})
	w.serve(faultsAt(func(_ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		<-r.Context().Done() // it never answers
		select {
		case <-opened:
		default:
			close(late)
		}
	}, nil))
	w.person = func(start string) error {
		close(opened)
		return w.approve(start)
	}
	if linked, err := w.link(); err != nil || linked.UserID != ada().UserID {
		t.Errorf("got %+v, error %v", linked, err)
	}
	select {
	case <-late:
		t.Error("the browser opened after the preflight was given up")
	default:
	}
}

func TestRefusedKeyEndsTheLinkWhenItIsKnown(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(w *world, opened <-chan struct{})
		step    link.Step
		opens   bool
	}{
		{
			name: "before the request is answered",
			arrange: func(w *world, _ <-chan struct{}) {
				w.serve(faultsAt(keyUnknown, after(nil, nil)))
			},
			step: link.Prepare,
		},
		{
			name: "when the browser is open",
			arrange: func(w *world, opened <-chan struct{}) {
				w.serve(faultsAt(after(opened, keyUnknown), nil))
			},
			step: link.Authorize, opens: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newHastyWorld(t)
			opened := make(chan struct{})
			row.arrange(w, opened)
			w.person = func(string) error {
				close(opened)
				return nil
			}
			_, err := w.link()
			wantFailure(t, w, err, row.step, provider.ErrKeyRefused, keyNotAccepted)
			opens := slices.ContainsFunc(w.events, func(event link.Event) bool { return event.Kind == link.BrowserOpening })
			if opens != row.opens {
				t.Errorf("the browser opened: %v", opens)
			}
		})
	}
}

// Whichever comes first, what the service says of the key goes before what it says to the request.
func TestPreflightExplainsARefusedRequest(t *testing.T) {
	refused := sandbox.Answer(401, "oauth_problem=consumer_key_unknown")
	for _, row := range []struct {
		name         string
		requestFirst bool
		service      func(happened chan struct{}) sandbox.Config
		step         link.Step
		is           error
	}{
		{"the preflight comes first", false, func(happened chan struct{}) sandbox.Config {
			return faultsAt(first(happened, keyUnknown), after(happened, refused))
		}, link.Prepare, provider.ErrKeyRefused},
		{"the request comes first", true, func(happened chan struct{}) sandbox.Config {
			return faultsAt(after(happened, keyUnknown), refused)
		}, link.Prepare, provider.ErrKeyRefused},
		{"the preflight comes first, and finds nothing", false, func(happened chan struct{}) sandbox.Config {
			return faultsAt(first(happened, nil), after(happened, refused))
		}, link.Ask, oauth.ProblemConsumerKeyUnknown},
		{"the request comes first, and the preflight finds nothing", true, func(happened chan struct{}) sandbox.Config {
			return faultsAt(after(happened, nil), refused)
		}, link.Ask, oauth.ProblemConsumerKeyUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newHastyWorld(t)
			happened := make(chan struct{})
			w.serve(row.service(happened))
			w.wire.faults[sandbox.RequestToken] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
				if row.requestFirst {
					close(happened)
				}
				return answer, nil
			}
			_, err := w.link()
			wantFailure(t, w, err, row.step, row.is, keyNotAccepted)
		})
	}
}

// A vault that asks for a password can take longer than temporary credentials are good for.
func TestRequestIsMadeAnewAfterALongWaitForTheVault(t *testing.T) {
	for _, row := range []struct {
		name     string
		waits    time.Duration
		requests int
	}{
		{"half a minute", 30 * time.Second, 1},
		{"two minutes", 2 * time.Minute, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newHastyWorld(t)
			var passed atomic.Int64
			w.linker.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
			answered := make(chan struct{})
			w.wire.faults[sandbox.RequestToken] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
				if passed.Load() == 0 {
					close(answered)
				}
				return answer, nil
			}
			w.vault.put = func(_ context.Context, n int) (bool, error) {
				if n == 1 {
					<-answered
					passed.Store(int64(row.waits))
				}
				return true, nil
			}
			if _, err := w.link(); err != nil {
				t.Fatal(err)
			}
			requests := 0
			for _, call := range w.wire.calls {
				if call == sandbox.RequestToken {
					requests++
				}
			}
			if requests != row.requests {
				t.Errorf("%d requests, want %d", requests, row.requests)
			}
		})
	}
}
