package link_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/link"
	"photolink/oauth/sandbox"
)

func TestNoHandshakeAfterTheCallback(t *testing.T) {
	for _, row := range []struct {
		name          string
		secondEdition bool // of HTTP
		connections   int
		closes        bool // the service closes all connections while the person reads
	}{
		{"over HTTP/1.1", false, 3, false},
		{"over HTTP/2", true, 1, false},
		{"over HTTP/1.1, when the service closed idle connections", false, 3, true},
		{"over HTTP/2, when the service closed idle connections", true, 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDistance(t, 0, row.secondEdition, sandbox.Faults{})
			d.read = func() {
				d.way.await(row.connections)
				if row.closes {
					d.service.CloseClientConnections()
					d.way.await(row.connections)
				}
			}
			late := -1
			linked, err := d.linker.Link(t.Context(), d.request, func(event link.Event) {
				switch {
				case event.Kind == link.StepDone && event.Step == link.Ask:
					d.way.forget()
				case event.Kind == link.StepDone && event.Step == link.Identify:
					late = d.way.forget()
				}
			})
			if err != nil || linked.UserID != ada().UserID {
				t.Fatalf("linked %+v, error %v", linked, err)
			}
			if late != 0 {
				t.Errorf("%d handshakes after the callback", late)
			}
			d.transport.CloseIdleConnections()
			d.way.awaitEmpty()
		})
	}
}

func TestVerifierIsSentOnce(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*distance, *sandbox.Fault)
		fails   bool
	}{
		{
			name: "when all connections are gone",
			arrange: func(d *distance, _ *sandbox.Fault) {
				d.read = func() {
					d.way.await(3)
					d.interrupt()
				}
			},
		},
		{
			name:    "when the service hangs up",
			arrange: func(_ *distance, fault *sandbox.Fault) { *fault = sandbox.Drop() },
			fails:   true,
		},
		{
			name: "when the service hangs up, with a method that net/http repeats",
			arrange: func(d *distance, fault *sandbox.Fault) {
				*fault = sandbox.Drop()
				d.request.Provider.Method = http.MethodGet
			},
			fails: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var fault sandbox.Fault
			var exchanges atomic.Int32
			d := newDistance(t, 0, false, sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{
				sandbox.AccessToken: func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
					exchanges.Add(1)
					if fault != nil {
						fault(w, r, right)
						return
					}
					right(w, r)
				},
			}})
			d.read = func() { d.way.await(3) }
			row.arrange(d, &fault)
			_, err := d.linker.Link(t.Context(), d.request, func(event link.Event) {
				if event.Kind == link.StepDone && event.Step == link.Ask {
					d.way.forget()
				}
			})
			if failed := err != nil; failed != row.fails {
				t.Errorf("error %v", err)
			}
			if row.fails {
				if what := link.Explain(nil, err, d.request.Provider).What; what != cannotBeReached {
					t.Errorf("got %q, want %q, for %v", what, cannotBeReached, err)
				}
			}
			if exchanges.Load() != 1 {
				t.Errorf("%d exchanges", exchanges.Load())
			}
		})
	}
}

// Where nothing could be kept ready, the connections for the calls after the exchange are opened during the exchange.
func TestMissingConnectionsAreOpenedWhenThePersonIsBack(t *testing.T) {
	var d *distance
	d = newDistance(t, 0, false, sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{
		sandbox.AccessToken: func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
			d.way.await(3 + 1)
			right(w, r)
		},
	}})
	d.request.Provider.Endpoint.TokenCredentials = "https://example.com/services/oauth/access_token" // another host
	d.read = func() {
		d.way.await(3 + 1)
		d.interrupt()
		d.way.forget()
	}
	_, err := d.linker.Link(t.Context(), d.request, func(event link.Event) {
		if event.Kind == link.StepDone && event.Step == link.Ask {
			d.way.forget()
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOldConnectionIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := new(pipes)
		transport := service.transport()
		ctx, cancel := context.WithCancel(t.Context())
		w := link.NewWarm(transport)
		w.Keep(ctx, "http://www.example.com/token", nil)
		time.Sleep(time.Hour) // in the time of the bubble
		kept := service.connections()
		wantAnswer(t, w, "http://www.example.com/token")
		if after := service.connections(); after != kept+1 {
			t.Errorf("%d connections were opened for the call", after-kept)
		}
		cancel()
		w.Close()
	})
}

func TestConnectionsAreKeptByWayOfTheProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := new(pipes)
		transport := service.transport()
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example.com:3128"})
		w := link.NewWarm(transport)
		w.Keep(t.Context(), "http://www.example.com/token", []string{"http://api.example.com/"})
		w.Hurry()
		synctest.Wait()
		wantAnswer(t, w, "http://www.example.com/token")
		w.Close()
		if diff := cmp.Diff([]string{"proxy.example.com:3128", "proxy.example.com:3128"}, service.hosts); diff != "" {
			t.Errorf("hosts, - want, + got:\n%s", diff)
		}
		if diff := cmp.Diff([]string{"http://www.example.com/token"}, service.targets); diff != "" {
			t.Errorf("targets, - want, + got:\n%s", diff)
		}
	})
}

func TestCancelLeavesNoConnection(t *testing.T) {
	for _, secondEdition := range []bool{false, true} {
		d := newDistance(t, 0, secondEdition, sandbox.Faults{})
		ctx, cancel := context.WithCancel(t.Context())
		d.linker.Open = func(context.Context, string) error {
			d.way.await(1)
			cancel() // while others may be under way
			return nil
		}
		_, err := d.linker.Link(ctx, d.request, func(event link.Event) {
			if event.Kind == link.StepDone && event.Step == link.Ask {
				d.way.forget()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		wantNoGoroutine(t)
		d.transport.CloseIdleConnections()
		d.way.awaitEmpty()
	}
}

// pipes is a service in the time of a bubble, which counts its connections.
type pipes struct {
	patience time.Duration // with a connection without a request; 0 means endless
	down     bool

	mu      sync.Mutex
	opened  []time.Time
	hosts   []string // that were dialled
	calls   []int    // for each, the connection that it came on, from 1
	targets []string // of the calls, as they were written
}

func (p *pipes) transport() *http.Transport {
	return &http.Transport{DialContext: func(_ context.Context, _, host string) (net.Conn, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hosts = append(p.hosts, host)
		p.opened = append(p.opened, time.Now())
		if p.down {
			return nil, syscall.ECONNREFUSED
		}
		here, there := net.Pipe()
		go p.serve(there, len(p.opened))
		return here, nil
	}}
}

func (p *pipes) serve(conn net.Conn, number int) {
	defer func() { _ = conn.Close() }()
	requests := bufio.NewReader(conn)
	for {
		p.mu.Lock()
		if p.patience > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(p.patience))
		}
		p.mu.Unlock()
		request, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.calls, p.targets = append(p.calls, number), append(p.targets, request.RequestURI)
		p.mu.Unlock()
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return
		}
	}
}

func (p *pipes) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.opened)
}

func TestConnectionsAreKeptWithoutImportunity(t *testing.T) {
	const exchange, api = "http://www.example.com/token", "http://api.example.com/"
	for _, row := range []struct {
		name        string
		service     *pipes
		reads       time.Duration
		most, least int  // connections until the person is back, to two hosts
		ready       bool // no connection has to be opened then
	}{
		{"a minute", &pipes{}, time.Minute, 4, 4, true},
		{"a quarter of an hour, the longest that anybody waits", &pipes{}, 15*time.Minute - time.Second, 40, 40, true},
		{"as long, and the service closes what is silent for 20 seconds", &pipes{patience: 20 * time.Second}, 6*time.Minute + 5*time.Second, 40, 36, true},
		{"half a minute, and the service closes what is silent for 5 seconds", &pipes{patience: 5 * time.Second}, 29 * time.Second, 12, 10, true},
		{"an hour, and the service closes at once", &pipes{patience: time.Nanosecond}, time.Hour, 40, 40, false},
		{"an hour, and the service is down", &pipes{down: true}, time.Hour, 40, 40, false},
		{"an hour", &pipes{}, time.Hour, 40, 40, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := row.service
				transport := service.transport()
				w := link.NewWarm(transport)
				w.Keep(t.Context(), exchange, []string{api})
				time.Sleep(row.reads) // in the time of the bubble
				kept := service.connections()
				if kept > row.most || kept < row.least {
					t.Errorf("%d connections, want %d to %d", kept, row.least, row.most)
				}
				service.mu.Lock()
				service.down, service.patience = false, 0
				service.mu.Unlock()
				w.Hurry()
				synctest.Wait()
				began := service.connections()
				if ready := began == kept; ready != row.ready {
					t.Errorf("%d connections were opened when the person was back", began-kept)
				}
				for _, call := range []string{exchange, api, api} {
					wantAnswer(t, w, call)
				}
				if after := service.connections(); after != began {
					t.Errorf("%d connections were opened for the calls", after-began)
				}
				for _, call := range service.calls {
					if age := time.Since(service.opened[call-1]); age > time.Minute {
						t.Errorf("a call on a connection that is %v old", age)
					}
				}
				w.Close()
				transport.CloseIdleConnections()
				synctest.Wait() // and the bubble bursts if a goroutine is left
			})
		})
	}
}

func wantAnswer(t *testing.T, transport http.RoundTripper, address string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		t.Error(err)
		return
	}
	_ = answer.Body.Close()
}
