// Package callback receives one oauth_callback of OAuth 1.0 (RFC 5849 section 2.2) on a port of the loopback
// interface. Use it in a program without a web server of its own, when a person approves access in a browser on the
// same machine.
//
// Listen before asking for temporary credentials, because the service wants the CallbackURL with that request. Then
// call Expect, open StartURL in the browser, Wait for the answer, and Finish with what became of it. The listener takes
// any number of foreign, repeated, forged or half-finished requests: none of them ends the wait or changes its answer.
// Check tells beforehand whether requests arrive at all.
//
// Three things protect the answer: the callback address holds a random part that only the service is told, the token
// has to be the expected one, and a cookie tells whether the browser that comes back is the one that was sent out.
package callback

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Errors that callers branch on.
var (
	// ErrDeclined is returned by Wait when the person chose not to link.
	ErrDeclined = errors.New("authorization declined")
	// ErrClosed is returned by Check, Wait and Finish when the listener was closed before they were done.
	ErrClosed = errors.New("callback listener closed")
	// ErrPortTaken is returned by Listen when the port of Config.Registered cannot be had.
	ErrPortTaken = errors.New("callback port taken")
	// ErrUnreachable is returned by Check when the listener does not get what is sent to it.
	ErrUnreachable = errors.New("callback listener unreachable")
)

// RandomPart says where the unguessable part of the callback address travels. OAuth 1.0 has no state parameter, so it
// depends on how much of the callback address the service lets its client choose.
type RandomPart int

// The places of the random part.
const (
	// InPath makes it the last segment of the path.
	InPath RandomPart = iota
	// InQuery makes it the parameter "attempt" of the callback address, for services that compare the path.
	InQuery
	// InExtra leaves the callback address alone: the caller adds Extra to the authorization URL as the parameter
	// "extra", which the service hands back, as the legacy Photobucket API did.
	InExtra
)

// Config says how to listen. The zero value suits services that redirect to whatever address they are given.
type Config struct {
	// Registered is the address registered with a service that redirects to no other: http://HOST:PORT/PATH, where HOST
	// is 127.0.0.1 or localhost. Port 0 takes any free port. Empty means http://127.0.0.1:0/callback.
	Registered string
	RandomPart RandomPart
	// AllowLocalhost makes localhost the host of the addresses, for services that demand the name. It is implied by a
	// Registered address with that host.
	AllowLocalhost bool
	// Render draws the pages for the browser. It may be called by several goroutines at once. Pages may use a style
	// element with the attribute nonce="StyleNonce", and nothing else from outside the document. Nil, or an error, gives
	// a plain built-in page.
	Render func(w io.Writer, page Page) error
	// Observe is told, one call at a time, what happens while waiting. It runs on the goroutine of a request: it should
	// return quickly and may call Close, but neither Wait nor Finish. Nil ignores the signals.
	Observe func(Signal)

	timing timing
}

// timing holds the time-outs. Zero values stand for the defaults.
type timing struct {
	read time.Duration // for a whole request, 5 seconds
	hold time.Duration // for the result of an answer, before the browser gets a page that asks again, 2 seconds
}

// Signal is something that happened while waiting. It holds nothing of the request.
type Signal struct {
	Kind   SignalKind
	Reason Reason // only for Ignored
}

// SignalKind is the kind of a Signal.
type SignalKind string

// The kinds of signals.
const (
	// BrowserReached means that a browser asked for StartURL for the first time.
	BrowserReached SignalKind = "browser reached"
	// TLSHello means that a client tried https. Flickr turned http callbacks into https from 2019 to 2023.
	TLSHello SignalKind = "tls hello"
	// DeclinedElsewhere means that a denial came from a browser other than the one that was sent out. Ask the person.
	DeclinedElsewhere SignalKind = "declined elsewhere"
	// Returned means that the callback arrived.
	Returned SignalKind = "returned"
	// Ignored means that a request was answered but had no effect.
	Ignored SignalKind = "ignored"
)

// Reason says why a request was ignored.
type Reason string

// The reasons for ignoring a request.
const (
	Malformed       Reason = "malformed" // not HTTP/1, or too large
	ForeignHost     Reason = "foreign host"
	WrongMethod     Reason = "wrong method"
	FromAnotherPage Reason = "from another page" // a script, image or frame, not a person following a redirect
	Prefetched      Reason = "prefetched"
	UnknownPath     Reason = "unknown path"
	BadParameters   Reason = "bad parameters" // repeated, oversized or not decodable
	// MissingToken is a callback at the right address without a token, unless Expectation.BareDeclines is set.
	MissingToken    Reason = "missing token"
	WrongToken      Reason = "wrong token" // or the wrong random part
	MissingVerifier Reason = "missing verifier"
)

// Expectation is what the callback has to match.
type Expectation struct {
	Token            string // the identifier of the temporary credentials
	AuthorizationURL string // where StartURL sends the browser
	VerifierOptional bool   // for services that speak OAuth 1.0 without revision A, which has no verifiers
	// BareDeclines takes a callback without token and verifier as a denial, which is how Tumblr tells of one.
	BareDeclines bool
}

// Answer is what the callback brought. It prints as "redacted", because the verifier is a secret until it is used.
type Answer struct {
	Verifier string // empty only with Expectation.VerifierOptional
	// SameBrowser tells whether the callback came from the browser that opened StartURL. If not, somebody else may have
	// approved: ask the person before storing anything.
	SameBrowser bool
	// Parameters holds what the service sent besides the token, the verifier and the random part.
	Parameters url.Values
}

// String hides the verifier.
func (Answer) String() string { return "redacted" }

// GoString hides the verifier.
func (Answer) GoString() string { return "redacted" }

// MarshalText hides the verifier.
func (Answer) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

// LogValue hides the verifier.
func (Answer) LogValue() slog.Value { return slog.StringValue("redacted") }

// Result is what became of the answer.
type Result struct {
	Account string // the name of the linked account; empty if nothing was linked
	Reason  string // why nothing was linked, in a sentence for the person
}

// Listener waits for one callback. All methods may be called from any goroutine.
type Listener struct {
	config      Config
	connections *connections
	callbackURL string
	startURL    string
	hosts       []string // the values of the Host header that mean this listener

	routes                                        map[string]http.HandlerFunc
	callbackPath, startPath, donePath, deniedPath string
	random                                        string
	randomParameter                               string // the parameter that has to hold random; none if empty
	cookieName, cookieValue                       string
	checkURL, checkProof                          string // where Check asks, and the only right answer

	observing sync.Mutex // makes Observe calls one at a time; mu is never held during them

	mu       sync.Mutex // guards what follows
	expected Expectation
	reached  bool
	outcome  *outcome
	result   *Result
	ignored  map[Reason]int

	settled  chan struct{} // closed when outcome is set and observed
	finished chan struct{} // closed when result is set
	told     chan struct{} // closed when a browser was given the final page
	tell     func()        // closes told
	closed   chan struct{}
	close    func() error
}

// outcome is how the wait ended. The first one stays.
type outcome struct {
	answer Answer
	err    error
	path   string // where every valid callback is redirected to
}

// Listen binds 127.0.0.1, and the same port of [::1] if it can, and starts to answer. Call Close, Finish or a Wait that
// ends by its context to release the port. The error wraps ErrPortTaken if Config.Registered names a port that cannot
// be bound.
func Listen(config Config) (*Listener, error) {
	address, err := config.address()
	if err != nil {
		return nil, fmt.Errorf("callback address: %w", err)
	}
	sockets, port, err := bind(address.Port())
	if err != nil {
		return nil, err
	}
	address.Host = net.JoinHostPort(address.Hostname(), port)

	l := &Listener{
		config:      config,
		hosts:       []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)},
		startPath:   "/start/" + rand.Text(),
		donePath:    "/done/" + rand.Text(),
		deniedPath:  "/declined/" + rand.Text(),
		random:      rand.Text(),
		cookieName:  rand.Text(),
		cookieValue: rand.Text(),
		checkProof:  rand.Text(),
		ignored:     map[Reason]int{},
		settled:     make(chan struct{}),
		finished:    make(chan struct{}),
		told:        make(chan struct{}),
		closed:      make(chan struct{}),
	}
	if address.Hostname() == "localhost" {
		l.hosts = append(l.hosts, address.Host)
	}
	l.startURL = "http://" + address.Host + l.startPath // the host of the callback, which gets the cookie
	checkPath := "/check/" + rand.Text()
	l.checkURL = "http://" + address.Host + checkPath
	switch config.RandomPart {
	case InPath:
		address = address.JoinPath(l.random)
	case InQuery:
		l.randomParameter = "attempt"
		if address.RawQuery != "" {
			address.RawQuery += "&"
		}
		address.RawQuery += "attempt=" + l.random
	case InExtra:
		l.randomParameter = "extra"
	}
	l.callbackURL = address.String()
	l.callbackPath = cmp.Or(address.Path, "/")
	l.routes = map[string]http.HandlerFunc{
		l.callbackPath: l.serveCallback,
		l.startPath:    l.serveStart,
		l.donePath:     l.serveDone,
		l.deniedPath:   l.serveDeclined,
		checkPath:      l.serveCheck,
	}
	l.connections = &connections{
		onTLSHello:  func() { l.observe(Signal{Kind: TLSHello}) },
		onMalformed: func() { l.ignore(Malformed) },
	}
	l.tell = sync.OnceFunc(func() { close(l.told) })
	l.close = sync.OnceValue(func() error {
		errs := []error{}
		for _, socket := range sockets {
			errs = append(errs, socket.Close())
		}
		l.connections.closeAll()
		close(l.closed)
		l.settle(outcome{err: ErrClosed, path: l.donePath})
		return errors.Join(errs...)
	})

	read := cmp.Or(config.timing.read, 5*time.Second)
	server := &http.Server{
		Handler:                      http.HandlerFunc(l.serve),
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            read,
		ReadTimeout:                  read, // net/http drains a body that nobody reads
		WriteTimeout:                 10 * time.Second,
		MaxHeaderBytes:               maxHeader,
		ErrorLog:                     log.New(io.Discard, "", 0), // what strangers send belongs in no log
		ConnContext:                  withConnection,
	}
	server.SetKeepAlivesEnabled(false)
	for _, socket := range sockets {
		go func() { _ = server.Serve(door{socket, l.connections}) }() // ends when the socket is closed
	}
	return l, nil
}

// Validate tells what is wrong with Registered, or nil. Listen would say the same.
func (c Config) Validate() error {
	_, err := c.address()
	return err
}

// address returns the callback address as configured, yet without port and random part.
func (c Config) address() (*url.URL, error) {
	address, err := url.Parse(cmp.Or(c.Registered, "http://127.0.0.1:0/callback"))
	if err != nil {
		return nil, err
	}
	if c.AllowLocalhost {
		address.Host = net.JoinHostPort("localhost", address.Port())
	}
	switch {
	case address.Scheme != "http":
		return nil, errors.New("scheme is not http")
	case address.Hostname() != "127.0.0.1" && address.Hostname() != "localhost":
		return nil, errors.New("host is neither 127.0.0.1 nor localhost")
	case address.Port() == "":
		return nil, errors.New("no port")
	}
	return address, nil
}

// bind listens on the loopback interface only. A machine without IPv6 is fine.
func bind(port string) ([]*net.TCPListener, string, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, "", fmt.Errorf("callback port: %w", err)
	}
	v4, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(number)})
	switch {
	case err != nil && number != 0:
		return nil, "", fmt.Errorf("%w: %w", ErrPortTaken, err)
	case err != nil:
		return nil, "", err
	}
	bound := v4.Addr().(*net.TCPAddr).Port
	sockets := []*net.TCPListener{v4}
	if v6, err := net.ListenTCP("tcp6", &net.TCPAddr{IP: net.IPv6loopback, Port: bound}); err == nil {
		sockets = append(sockets, v6)
	}
	return sockets, strconv.Itoa(bound), nil
}

// CallbackURL returns the address to send as oauth_callback. Only the service may learn it.
func (l *Listener) CallbackURL() string { return l.callbackURL }

// StartURL returns the address to open in the browser. It holds no secret, and no character that a shell or an opener
// would change.
func (l *Listener) StartURL() string { return l.startURL }

// Extra returns the value of the parameter "extra" to add to the authorization URL with InExtra, and "" otherwise.
func (l *Listener) Extra() string {
	if l.config.RandomPart != InExtra {
		return ""
	}
	return l.random
}

// Expect says which callback to accept and where to send the browser. Call it when the temporary credentials are known,
// before opening the browser: until then every callback is ignored.
func (l *Listener) Expect(expected Expectation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected = expected
}

// Check proves that a request of this computer reaches the listener, before a person is sent to a browser that may not
// get back: some security programs block the loopback interface. It uses no proxy and leaves no trace. Give ctx a
// deadline of a few seconds. The error wraps ErrUnreachable and the cause, or is ErrClosed, or that of a cancelled ctx.
func (l *Listener) Check(ctx context.Context) error {
	err := l.check(ctx)
	select {
	case <-l.closed:
		return ErrClosed
	default:
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

func (l *Listener) check(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.checkURL, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	switch proof, err := io.ReadAll(io.LimitReader(response.Body, 1<<10)); {
	case err != nil:
		return err
	case string(proof) != l.checkProof:
		return fmt.Errorf("another program answers, with status %d", response.StatusCode)
	}
	return nil
}

// Wait blocks until the callback arrives. The error is ErrDeclined if the person declined in the browser, ErrClosed if
// Close came first, or that of ctx, whose end closes the listener.
func (l *Listener) Wait(ctx context.Context) (Answer, error) {
	select {
	case <-l.settled:
	case <-ctx.Done():
		_ = l.Close()
		return Answer{}, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.outcome.answer, l.outcome.err
}

// Finish lets the browser tab tell the result, then closes the listener. It returns when the tab was given its final
// page, or at once if no callback sent a browser there. A tab that the person closed never asks: give ctx a deadline of
// a few seconds. The error is that of ctx, or ErrClosed if Close came first; the result counts all the same.
func (l *Listener) Finish(ctx context.Context, result Result) error {
	l.mu.Lock()
	if l.result == nil {
		l.result = &result
		close(l.finished)
	}
	awaited := l.outcome != nil
	l.mu.Unlock()

	defer func() { _ = l.Close() }()
	if !awaited {
		return nil
	}
	select {
	case <-l.told:
		return nil
	case <-l.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the port and all connections at once. It may be called again.
func (l *Listener) Close() error { return l.close() }

// settle ends the wait, unless it has ended before, and returns how it ended.
func (l *Listener) settle(o outcome) outcome {
	l.mu.Lock()
	if l.outcome != nil {
		defer l.mu.Unlock()
		return *l.outcome
	}
	l.outcome = &o
	l.mu.Unlock()

	if o.err == nil {
		l.observe(Signal{Kind: Returned})
	}
	close(l.settled)
	return o
}

// Ignored returns how many requests had no effect so far, by reason, for a diagnostic report.
func (l *Listener) Ignored() map[Reason]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.ignored)
}

func (l *Listener) ignore(reason Reason) {
	l.mu.Lock()
	l.ignored[reason]++
	l.mu.Unlock()
	l.observe(Signal{Ignored, reason})
}

func (l *Listener) observe(signal Signal) {
	if l.config.Observe == nil {
		return
	}
	l.observing.Lock()
	defer l.observing.Unlock()
	l.config.Observe(signal)
}
