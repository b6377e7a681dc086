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

// Serve answers a request that needs no socket.
func (l *Listener) Serve(w http.ResponseWriter, r *http.Request) { l.serve(w, r) }
