package callback

import (
	"net/http"
	"time"
)

// WithTiming returns config with other time-outs.
func WithTiming(config Config, read, hold time.Duration) Config {
	config.timing = timing{read: read, hold: hold}
	return config
}

// CheckAt makes Check end up at another address.
func (l *Listener) CheckAt(address string) { l.checkURL = address }

// Forget makes the next callback the first one again.
func (l *Listener) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcome = nil
	l.settled = make(chan struct{})
}

// Serve answers a request that needs no socket.
func (l *Listener) Serve(w http.ResponseWriter, r *http.Request) { l.serve(w, r) }
