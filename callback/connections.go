package callback

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxConnections is how many connections are open at once. A browser opens six at most to one host.
const maxConnections = 64

// door is a listening socket that knows its connections.
type door struct {
	*net.TCPListener
	connections *connections
}

// Accept waits for the next connection. It never waits for one of those accepted before.
func (d door) Accept() (net.Conn, error) {
	socket, err := d.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return d.connections.add(socket), nil
}

// connections holds what is open.
type connections struct {
	onTLSHello, onMalformed func()

	mu     sync.Mutex
	closed bool
	open   []*connection // oldest first
}

// add takes a connection in. If there are too many it closes the oldest one that has not asked for a secret address, so
// that idle and slow strangers keep nobody out: a browser whose early connection is gone opens another.
func (c *connections) add(socket *net.TCPConn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	added := &connection{TCPConn: socket, connections: c}
	if c.closed {
		_ = socket.Close()
		return added
	}
	if len(c.open) >= maxConnections {
		oldest := max(0, slices.IndexFunc(c.open, func(open *connection) bool { return !open.kept }))
		_ = c.open[oldest].TCPConn.Close()
		c.open = slices.Delete(c.open, oldest, oldest+1)
	}
	c.open = append(c.open, added)
	return added
}

func (c *connections) remove(gone *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(open *connection) bool { return open == gone })
}

// closeAll closes all connections, and each that is added later.
func (c *connections) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, open := range c.open {
		_ = open.TCPConn.Close()
	}
	c.open = nil
}

// connection notices a TLS handshake in its first byte, and a request that net/http refuses by itself.
type connection struct {
	*net.TCPConn
	connections *connections
	kept        bool // it asked for a secret address; guarded by connections.mu
	started     bool // the first byte was read; net/http reads from one goroutine at a time
	handled     bool // the request came as far as the handler; written and read on the goroutine that answers
}

// Read reads like the socket, but ends before a TLS handshake (record type 22, RFC 8446 section 5.1).
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n > 0 && !c.started {
		c.started = true
		if p[0] == 0x16 {
			c.connections.onTLSHello()
			return 0, io.EOF // net/http then closes without an answer
		}
	}
	return n, err
}

// Write writes like the socket, but replaces an answer that no handler gave: net/http refuses malformed requests by
// itself, without the security headers and with its reason in the text. Only its status is kept.
func (c *connection) Write(p []byte) (int, error) {
	if c.handled {
		return c.TCPConn.Write(p)
	}
	c.connections.onMalformed()
	var version string
	status := http.StatusBadRequest
	_, _ = fmt.Sscan(string(p), &version, &status)
	refusal := http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: securityHeaders, Close: true}
	if err := refusal.Write(c.TCPConn); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close closes the socket.
func (c *connection) Close() error {
	c.connections.remove(c)
	return c.TCPConn.Close()
}

type connectionKey struct{}

// withConnection is the ConnContext of the server.
func withConnection(ctx context.Context, socket net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, socket)
}

// passAnswer lets what is written from now on reach the connection of a request as it is.
func passAnswer(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.handled = true
	}
}

// keepConnection makes the connection of a request one that is not closed in favor of another.
func keepConnection(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.connections.mu.Lock()
		defer c.connections.mu.Unlock()
		c.kept = true
	}
}
