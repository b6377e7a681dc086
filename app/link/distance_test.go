package link_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// distance is a service that is far away, the way there, and a person who approves as soon as they have read.
type distance struct {
	service   *httptest.Server
	way       *way
	transport *http.Transport // leads over the way
	linker    link.Linker
	request   link.Request
	read      func()       // what the person does between the start of the browser and the approval
	returned  atomic.Int64 // when the browser asked for the callback, in nanoseconds since 1970
}

// newDistance plays the practice service over TLS, at a distance of a round trip.
func newDistance(tb testing.TB, roundTrip time.Duration, secondEdition bool, faults sandbox.Faults) *distance {
	tb.Helper()
	store, err := account.Open(tb.TempDir(), account.Session())
	if err != nil {
		tb.Fatal(err)
	}
	if faults.At[sandbox.Echo] == nil {
		// Both calls before the browser opens meet at the service, so that no connection is opened and not used.
		meeting := make(chan struct{})
		both := maps.Clone(faults.At)
		if both == nil {
			both = make(map[sandbox.Endpoint]sandbox.Fault)
		}
		both[sandbox.Echo] = sandbox.Hold(func(ctx context.Context) {
			select {
			case meeting <- struct{}{}:
			case <-ctx.Done():
			}
		})
		both[sandbox.RequestToken] = sandbox.Hold(func(ctx context.Context) {
			select {
			case <-meeting:
			case <-ctx.Done():
			}
		})
		faults.At = both
	}
	service := httptest.NewUnstartedServer(sandbox.New(sandbox.Config{Faults: faults}))
	service.EnableHTTP2 = secondEdition
	service.Config.ErrorLog = log.New(io.Discard, "", 0)
	service.StartTLS()
	tb.Cleanup(service.Close)

	d := &distance{service: service, way: newWay(roundTrip, service.Listener.Addr().String()), read: func() {}}
	near := service.Client().Transport.(*http.Transport)
	d.transport = near.Clone()
	d.transport.DialContext = d.way.dial
	d.transport.TLSClientConfig.VerifyConnection = func(tls.ConnectionState) error {
		d.way.handshakes <- struct{}{}
		return nil
	}
	tb.Cleanup(d.transport.CloseIdleConnections)
	if secondEdition { // one connection does for everything, if it is there
		bare(tb, d, http.MethodGet, "/services/rest/")
	}
	browser := callbackWatch{near, &d.returned}
	d.linker = link.Linker{Store: store, Transport: d.transport, Open: func(ctx context.Context, start string) error {
		d.read()
		_, err := sandbox.Visitor{Transport: browser}.Approve(context.WithoutCancel(ctx), start)
		return err
	}}
	d.request = link.Request{
		Provider: provider.Practice(service.URL, sandbox.PracticeClient), Permission: "read", Vault: account.SessionVault,
	}
	return d
}

// bare makes a call without any of Photolink. That it is refused takes as long.
func bare(tb testing.TB, d *distance, method, path string) {
	request, err := http.NewRequestWithContext(tb.Context(), method, d.service.URL+path, strings.NewReader(""))
	if err != nil {
		tb.Error(err)
		return
	}
	answer, err := d.transport.RoundTrip(request)
	if err != nil {
		tb.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
}

// callbackWatch notes when the browser comes back.
type callbackWatch struct {
	http.RoundTripper
	returned *atomic.Int64
}

func (c callbackWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("oauth_verifier") {
		c.returned.Store(time.Now().UnixNano())
	}
	return c.RoundTripper.RoundTrip(r)
}

// way is a network. All that goes over it takes its time, and nothing waits for what went before.
type way struct {
	to         string // wherever somebody wants to go
	oneWay     time.Duration
	handshakes chan struct{} // one value for each
	down       atomic.Bool

	mu    sync.Mutex
	empty *sync.Cond
	open  int // connections
}

func newWay(roundTrip time.Duration, to string) *way {
	w := &way{to: to, oneWay: roundTrip / 2, handshakes: make(chan struct{}, 1000)}
	w.empty = sync.NewCond(&w.mu)
	return w
}

// forget forgets the handshakes until now, and returns how many there were.
func (w *way) forget() int {
	for n := 0; ; n++ {
		select {
		case <-w.handshakes:
		default:
			return n
		}
	}
}

// await waits for so many handshakes.
func (w *way) await(n int) {
	for range n {
		<-w.handshakes
	}
}

// interrupt closes all connections, and lets nobody open new ones until it is over.
func (d *distance) interrupt() {
	d.way.down.Store(true)
	d.service.CloseClientConnections()
	d.transport.CloseIdleConnections()
	d.way.awaitEmpty()
	d.way.down.Store(false)
}

// awaitEmpty waits until all connections are closed.
func (w *way) awaitEmpty() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.open > 0 {
		w.empty.Wait()
	}
}

func (w *way) count(change int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open += change
	w.empty.Broadcast()
}

func (w *way) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	if w.down.Load() {
		return nil, syscall.ENETUNREACH
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, w.to)
	if err != nil {
		return nil, err
	}
	w.count(1)
	far := &farConn{
		Conn: conn, oneWay: w.oneWay,
		there: make(chan parcel, 1000), back: make(chan parcel, 1000), closed: make(chan struct{}),
	}
	far.gone = sync.OnceFunc(func() {
		close(far.closed)
		w.count(-1)
	})
	go far.send()
	go far.receive()
	if !far.pass(time.Now().Add(2*w.oneWay), ctx.Done()) { // for the handshake of TCP
		_ = far.Close()
		return nil, ctx.Err()
	}
	return far, nil
}

// farConn is a connection to a service that is far away.
type farConn struct {
	net.Conn
	oneWay      time.Duration
	there, back chan parcel
	rest        parcel // of what was read last
	closed      chan struct{}
	gone        func()
}

// parcel is under way.
type parcel struct {
	content []byte
	err     error
	due     time.Time
}

// pass returns true at the time due, or false at the end of the connection or of what else ends.
func (c *farConn) pass(due time.Time, end <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.closed:
	case <-end:
	}
	return false
}

func (c *farConn) post(queue chan<- parcel, content []byte, err error) bool {
	select {
	case queue <- parcel{content, err, time.Now().Add(c.oneWay)}:
		return true
	case <-c.closed:
		return false
	}
}

func (c *farConn) await(queue <-chan parcel) (parcel, bool) {
	select {
	case p := <-queue:
		return p, c.pass(p.due, nil)
	case <-c.closed:
		return parcel{}, false
	}
}

func (c *farConn) send() {
	for {
		p, ok := c.await(c.there)
		if !ok {
			return
		}
		if _, err := c.Conn.Write(p.content); err != nil {
			return
		}
	}
}

func (c *farConn) receive() {
	for {
		content := make([]byte, 32<<10)
		n, err := c.Conn.Read(content)
		if !c.post(c.back, content[:n], err) || err != nil {
			return
		}
	}
}

func (c *farConn) Write(content []byte) (int, error) {
	if !c.post(c.there, bytes.Clone(content), nil) {
		return 0, net.ErrClosed
	}
	return len(content), nil
}

func (c *farConn) Read(into []byte) (int, error) {
	if len(c.rest.content) == 0 && c.rest.err == nil {
		var ok bool
		if c.rest, ok = c.await(c.back); !ok {
			return 0, net.ErrClosed
		}
	}
	n := copy(into, c.rest.content)
	c.rest.content = c.rest.content[n:]
	if n == 0 {
		return 0, c.rest.err
	}
	return n, nil
}

func (c *farConn) Close() error {
	defer c.gone()
	return c.Conn.Close()
}
