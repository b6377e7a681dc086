package callback

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
)

// maxConnections is how many connections are open at once. A browser opens six at most to one host.
const maxConnections = 32

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
	onTLSHello func()

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

// connection notices a TLS handshake in its first byte.
type connection struct {
	*net.TCPConn
	connections *connections
	kept        bool // it asked for a secret address; guarded by connections.mu
	started     bool // the first byte was read; net/http reads from one goroutine at a time
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

// keepConnection makes the connection of a request one that is not closed in favor of another.
func keepConnection(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.connections.mu.Lock()
		defer c.connections.mu.Unlock()
		c.kept = true
	}
}
