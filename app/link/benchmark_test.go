package link_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"photolink/app/link"
	"photolink/oauth/sandbox"
)

// roundTrip is how far away the service of the benchmarks is.
const roundTrip = 50 * time.Millisecond

// noMeeting lets the calls before the browser opens be answered each on its own.
var noMeeting = at(sandbox.Echo, sandbox.Hold(func(context.Context) {})).Faults

// BenchmarkCallbackToIdentity measures how long a person waits who comes back: from the request of the browser for the
// callback to the name on the screen. The floor is a bare client on open connections: one exchange, and then the calls
// that tell who is signed in, which need nothing of each other, side by side.
func BenchmarkCallbackToIdentity(b *testing.B) {
	b.Run("photolink", func(b *testing.B) {
		d := newDistance(b, roundTrip, false, sandbox.Faults{})
		d.read = func() { d.way.await(3) }
		benchmarkIdentity(b, d)
	})
	b.Run("photolink over HTTP 2", func(b *testing.B) {
		d := newDistance(b, roundTrip, true, sandbox.Faults{})
		d.read = func() { d.way.await(1) }
		benchmarkIdentity(b, d)
	})
	b.Run("photolink without any connection left", func(b *testing.B) {
		d := newDistance(b, roundTrip, false, sandbox.Faults{})
		d.read = func() {
			d.way.await(3)
			d.interrupt()
		}
		benchmarkIdentity(b, d)
	})
	b.Run("floor", func(b *testing.B) {
		d := newDistance(b, roundTrip, false, noMeeting)
		d.transport.MaxIdleConnsPerHost = 3
		identify := func() {
			var calls sync.WaitGroup
			for range 3 {
				calls.Go(func() { bare(b, d, http.MethodGet, "/services/rest/?method=flickr.test.echo&format=json") })
			}
			calls.Wait()
		}
		identify()
		var took time.Duration
		d.way.forget()
		for b.Loop() {
			began := time.Now()
			bare(b, d, http.MethodPost, "/services/oauth/access_token")
			identify()
			took += time.Since(began)
		}
		report(b, took, d.way.forget())
	})
	// What it would be without any of this: the service has closed the connections of before.
	b.Run("cold", func(b *testing.B) {
		d := newDistance(b, roundTrip, false, sandbox.Faults{})
		d.linker.Transport = struct{ http.RoundTripper }{d.transport} // has nothing but RoundTrip
		d.read = d.transport.CloseIdleConnections
		benchmarkIdentity(b, d)
	})
}

// benchmarkIdentity links, and takes the time of that part.
func benchmarkIdentity(b *testing.B, d *distance) {
	var took time.Duration
	var handshakes int
	for b.Loop() {
		linked, err := d.linker.Link(b.Context(), d.request, func(event link.Event) {
			if event.Kind != link.StepDone {
				return
			}
			switch event.Step {
			case link.Ask, link.Authorize:
				d.way.forget()
			case link.Identify:
				took += time.Since(time.Unix(0, d.returned.Load()))
				handshakes += d.way.forget()
			}
		})
		if err != nil || linked.UserID != ada().UserID {
			b.Fatalf("linked %+v, error %v", linked, err)
		}
	}
	report(b, took, handshakes)
}

// BenchmarkClickToBrowser measures how long a person waits for the browser: from the click to the call that opens it. The
// floor is a bare request on an open connection, and on a new one.
func BenchmarkClickToBrowser(b *testing.B) {
	for _, row := range []struct {
		name   string
		before func(*distance)
	}{
		{"warm", func(*distance) {}},
		{"cold", func(d *distance) { d.transport.CloseIdleConnections() }},
	} {
		b.Run("photolink/"+row.name, func(b *testing.B) {
			d := newDistance(b, roundTrip, false, noMeeting)
			click := func() (took time.Duration, handshakes int) {
				row.before(d)
				d.way.forget()
				ctx, cancel := context.WithCancel(b.Context())
				var began time.Time
				d.linker.Open = func(context.Context, string) error {
					took, handshakes = time.Since(began), d.way.forget()
					cancel()
					return nil
				}
				began = time.Now()
				if _, err := d.linker.Link(ctx, d.request, nil); !errors.Is(err, context.Canceled) {
					b.Fatal(err)
				}
				return took, handshakes
			}
			click()
			var took time.Duration
			var handshakes int
			for b.Loop() {
				t, h := click()
				took, handshakes = took+t, handshakes+h
			}
			report(b, took, handshakes)
		})
		b.Run("floor/"+row.name, func(b *testing.B) {
			d := newDistance(b, roundTrip, false, noMeeting)
			var took time.Duration
			var handshakes int
			bare(b, d, http.MethodPost, "/services/oauth/request_token")
			for b.Loop() {
				row.before(d)
				d.way.forget()
				began := time.Now()
				bare(b, d, http.MethodPost, "/services/oauth/request_token")
				took += time.Since(began)
				handshakes += d.way.forget()
			}
			report(b, took, handshakes)
		})
	}
}

// report says how long a part took, in place of the whole.
func report(b *testing.B, took time.Duration, handshakes int) {
	b.ReportMetric(float64(took)/float64(b.N), "ns/op")
	b.ReportMetric(took.Seconds()/roundTrip.Seconds()/float64(b.N), "round-trips/op")
	b.ReportMetric(float64(handshakes)/float64(b.N), "handshakes/op")
}
