package link

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// How connections are kept ready while a person reads. docs/adr/0008-connections-that-wait.md has the reasons.
const (
	renewAfter = 45 * time.Second // before the service, or a router on the way, forgets a connection without traffic
	tooOld     = time.Minute      // to be used: nothing tells whether there still is an other end
	mostFills  = 20               // for each host: enough for the longest wait of a person
)

// warm is a transport that has connections ready for the calls that follow an approval. Until keep is called, and for all
// other addresses, it is the transport next.
type warm struct {
	next    http.RoundTripper
	connect connect // nil keeps nothing ready
	keepers sync.WaitGroup
	back    chan struct{} // closed when the person is back
	hurry   func()        // closes back

	mu     sync.Mutex // guards what follows
	places []*place
}

// connect opens a connection of net/http that belongs to the caller; see [http.Transport.NewClientConn].
type connect func(ctx context.Context, scheme, address string) (*http.ClientConn, error)

// newWarm returns a transport over next; nil means http.DefaultTransport. One that opens no connections of their own for
// others is used as it is.
func newWarm(next http.RoundTripper) *warm {
	if next == nil {
		next = http.DefaultTransport
	}
	w := &warm{next: next, back: make(chan struct{})}
	w.hurry = sync.OnceFunc(func() { close(w.back) })
	if transport, ok := w.next.(interface {
		NewClientConn(ctx context.Context, scheme, address string) (*http.ClientConn, error)
	}); ok {
		w.connect = transport.NewClientConn
	}
	return w
}

// keep opens connections, and replaces those that close or grow old until hurry is called or ctx ends: one for the
// exchange, and one for each of the calls that are made at once after it. It does not wait for them.
func (w *warm) keep(ctx context.Context, exchange string, calls []string) {
	if w.connect == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, call := range append(slices.Clone(calls), exchange) {
		target, err := url.Parse(call)
		if err != nil || strings.ContainsFunc(target.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
			continue // net/http knows how to write such a host
		}
		p := w.place(target)
		if p == nil {
			p = &place{connect: w.connect, scheme: target.Scheme, address: address(target), closed: make(chan struct{}, 1)}
			w.places = append(w.places, p)
		}
		if call != exchange || p.need == 0 { // it is over when the others begin
			p.need++
		}
	}
	for _, p := range w.places {
		w.keepers.Go(func() { p.keep(ctx, w.back) })
	}
}

// close closes all connections, after the end of the context that keep was given. The transport is next from now on.
func (w *warm) close() {
	w.keepers.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.places {
		p.closeIf(func(openConn) bool { return true })
	}
	w.places = nil
}

// place returns where connections to target are kept, or nil. w.mu is held.
func (w *warm) place(target *url.URL) *place {
	at := slices.IndexFunc(w.places, func(p *place) bool { return p.scheme == target.Scheme && p.address == address(target) })
	if at < 0 {
		return nil
	}
	return w.places[at]
}

func address(target *url.URL) string {
	port := map[string]string{"http": "80", "https": "443"}[target.Scheme]
	return net.JoinHostPort(target.Hostname(), cmp.Or(target.Port(), port))
}

type onceKey struct{}

// once returns a context for a call that nothing may repeat.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// RoundTrip makes a call on a connection that is ready or, if there is none, on a new one.
func (w *warm) RoundTrip(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	p := w.place(request.URL)
	w.mu.Unlock()
	if p == nil {
		return w.next.RoundTrip(request)
	}
	ctx := request.Context()
	conn, err := p.take(ctx)
	if err != nil {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, err
	}
	answer, err := conn.RoundTrip(request)
	if err != nil && conn.Err() != nil && ctx.Err() == nil && request.Method == http.MethodGet && ctx.Value(onceKey{}) == nil {
		return w.next.RoundTrip(request) // the other end closed at the same moment; net/http would try again as well
	}
	return answer, err
}

// place keeps connections to one host.
type place struct {
	connect         connect
	scheme, address string
	need            int           // calls that are made at once
	closed          chan struct{} // holds one value when the other end has closed a connection

	filling sync.Mutex // held during a fill, and taken before mu
	mu      sync.Mutex // guards what follows
	each    int        // calls that one connection carries at once; 0 until the first is there
	conns   []openConn // oldest first
}

type openConn struct {
	*http.ClientConn
	opened time.Time // without the monotonic clock, which can stand still while the computer sleeps
}

// carries returns how many calls the connection takes, those under way included, if it is younger than limit.
func (c openConn) carries(limit time.Duration) int {
	age := time.Now().Round(0).Sub(c.opened)
	if c.Err() != nil || age < 0 || age >= limit {
		return 0
	}
	return c.Available() + c.InFlight()
}

// keep fills the place, again when a connection is gone or old, and for the last time when the person is back. A service
// that closes connections at once is left alone for longer each time.
func (p *place) keep(ctx context.Context, back <-chan struct{}) {
	wait := func(d time.Duration, early <-chan struct{}) bool {
		select {
		case <-time.After(d):
			return true
		case <-early:
			return true
		case <-back:
		case <-ctx.Done():
		}
		return false
	}
	for n := range mostFills {
		err := p.fill(ctx)
		least := time.Duration(n) * time.Second
		if !wait(least, nil) || err == nil && !wait(renewAfter-least, p.closed) {
			break
		}
	}
	select {
	case <-back:
		_ = p.fill(ctx) // what is missing still, its call opens
	case <-ctx.Done():
	}
}

// fill opens what is missing, and then closes what has grown old.
func (p *place) fill(ctx context.Context) error {
	p.filling.Lock()
	defer p.filling.Unlock()
	select {
	case <-p.closed:
	default:
	}
	for {
		p.mu.Lock()
		lacking := p.need
		for _, conn := range p.conns {
			lacking -= conn.carries(renewAfter)
		}
		each := cmp.Or(p.each, p.need)
		p.mu.Unlock()
		if lacking <= 0 {
			break
		}
		errs := make([]error, (lacking+each-1)/each)
		var group sync.WaitGroup
		for n := range errs {
			group.Go(func() { _, errs[n] = p.open(ctx) })
		}
		group.Wait()
		if err := cmp.Or(errs...); err != nil {
			return err
		}
	}
	p.closeIf(func(conn openConn) bool { return conn.carries(renewAfter) == 0 && conn.InFlight() == 0 })
	return nil
}

func (p *place) open(ctx context.Context) (*http.ClientConn, error) {
	conn, err := p.connect(ctx, p.scheme, p.address)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.each = max(1, conn.Available())
	p.conns = append(p.conns, openConn{conn, time.Now().Round(0)})
	p.mu.Unlock()
	conn.SetStateHook(func(conn *http.ClientConn) {
		if conn.Err() != nil {
			select {
			case p.closed <- struct{}{}:
			default:
			}
		}
	})
	return conn, nil
}

// take returns a connection for one call: one that was opened lately, or a new one.
func (p *place) take(ctx context.Context) (*http.ClientConn, error) {
	if conn := p.reserve(); conn != nil {
		return conn, nil
	}
	if err := p.fill(ctx); err != nil {
		return nil, err
	}
	if conn := p.reserve(); conn != nil {
		return conn, nil
	}
	return p.open(ctx) // more calls at once than were foreseen
}

func (p *place) reserve() *http.ClientConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range slices.Backward(p.conns) {
		if conn.carries(tooOld) > 0 && conn.Reserve() == nil {
			return conn.ClientConn
		}
	}
	return nil
}

func (p *place) closeIf(condition func(openConn) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = slices.DeleteFunc(p.conns, func(conn openConn) bool {
		if condition(conn) {
			conn.SetStateHook(nil) // p knows
			_ = conn.Close()
			return true
		}
		return false
	})
}
