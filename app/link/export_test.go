package link

import (
	"context"
	"net/http"
	"time"
)

// WaitForService sets how long the service has to tell whether it knows the key.
func (l *Linker) WaitForService(d time.Duration) { l.preflight = d }

// PauseBetweenTries sets how long to wait before a request is made once more.
func (l *Linker) PauseBetweenTries(d time.Duration) { l.pause = d }

// Warm is the transport of a link.
type Warm struct{ warm *warm }

// NewWarm returns one over next.
func NewWarm(next http.RoundTripper) Warm { return Warm{newWarm(next)} }

// Keep opens connections.
func (w Warm) Keep(ctx context.Context, exchange string, calls []string) {
	w.warm.keep(ctx, exchange, calls)
}

// Hurry is called when the person is back.
func (w Warm) Hurry() { w.warm.hurry() }

// RoundTrip makes a call.
func (w Warm) RoundTrip(r *http.Request) (*http.Response, error) { return w.warm.RoundTrip(r) }

// Close closes what is kept.
func (w Warm) Close() { w.warm.close() }
