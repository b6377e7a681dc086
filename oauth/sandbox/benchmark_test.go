package sandbox_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"photolink/oauth/sandbox"
)

// BenchmarkSandbox measures one client on one kept connection that calls flickr.test.login, each time with another nonce and
// signature, which were made beforehand. The floor is a bare handler of net/http that answers the same bytes.
func BenchmarkSandbox(b *testing.B) {
	signed := signedLogins(b)
	for _, served := range []struct {
		name    string
		handler http.Handler
	}{{"photolink", signed.server}, {"floor", signed.bare(b)}} {
		b.Run(served.name, func(b *testing.B) {
			caller, err := dial(start(b, served.handler))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := caller.call(signed.next()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkSandboxParallel is BenchmarkSandbox with eight clients for each processor.
func BenchmarkSandboxParallel(b *testing.B) {
	signed := signedLogins(b)
	for _, served := range []struct {
		name    string
		handler http.Handler
	}{{"photolink", signed.server}, {"floor", signed.bare(b)}} {
		b.Run(served.name, func(b *testing.B) {
			address := start(b, served.handler)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(loop *testing.PB) {
				caller, err := dial(address)
				for err == nil && loop.Next() {
					err = caller.call(signed.next())
				}
				if err != nil {
					b.Error(err)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkSandboxLink measures whole links, by turns: request token, authorize page, approval and access token. What the
// client does, signing included, is in it.
func BenchmarkSandboxLink(b *testing.B) {
	b.Run("photolink", func(b *testing.B) {
		server, _ := newServer(sandbox.Config{})
		address := start(b, server)
		wire := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
		}}
		b.ReportAllocs()
		for b.Loop() {
			link(b, wire, "read")
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "links/s")
	})
}

// logins are requests as they go over the wire. There are more of them than the server remembers nonces, so that they can be
// sent over and over.
type logins struct {
	server   *sandbox.Server
	requests [10_000][]byte
	sent     atomic.Int64
}

func signedLogins(b *testing.B) *logins {
	b.Helper()
	server, _ := newServer(sandbox.Config{})
	token := link(b, server, "read")
	all := &logins{server: server}
	for i := range all.requests {
		var text bytes.Buffer
		request := call(way{http.MethodGet, "header"}, token, url.Values{
			"method": {"flickr.test.login"}, "format": {"json"}, "nojsoncallback": {"1"},
		})
		if err := request.Write(&text); err != nil {
			b.Fatal(err)
		}
		all.requests[i] = text.Bytes()
	}
	return all
}

func (l *logins) next() []byte { return l.requests[int(l.sent.Add(1))%len(l.requests)] }

// bare returns a handler that answers what the server answers, and looks at nothing.
func (l *logins) bare(b *testing.B) http.Handler {
	b.Helper()
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(l.next())))
	if err != nil {
		b.Fatal(err)
	}
	right := send(l.server, request)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range right.header {
			w.Header()[name] = values
		}
		_, _ = io.WriteString(w, right.body)
	})
}

// start serves on a loopback port.
func start(b *testing.B, handler http.Handler) (address string) {
	b.Helper()
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// caller is a client with as little to do as possible: both ends share the processors.
type caller struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dial(address string) (*caller, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &caller{conn, bufio.NewReader(conn)}, nil
}

func (c *caller) call(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"stat":"ok"`)) {
		return fmt.Errorf("got status %d, body %q and error %w", response.StatusCode, body, err)
	}
	return nil
}
