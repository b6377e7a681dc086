// Package sandbox is an OAuth 1.0a server (RFC 5849) in the shape of Flickr: its addresses, bodies, status codes and
// error texts. It is the practice service of a desktop application, and the test double for everything that talks to
// such a service, with [Faults] that can be switched on.
//
// Use [New] for an http.Handler to put behind a server of your own, or [Server.Start] for a practice service on a free
// loopback port. The package shares the names of credentials with package oauth, never its signing code: a mistake
// made on both sides would cancel out.
//
// What Flickr is known to answer is answered byte for byte. Where nothing is known, the answer is that of the PECL
// OAuthProvider extension for PHP, whose bodies Flickr's are; the few things that neither settles say so in the code.
package sandbox

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"photolink/oauth"
)

// PracticeClient are the client credentials that a server without configured clients accepts. They are published and
// guard nothing.
var PracticeClient = oauth.ClientCredentials{
	Key:    "70726163746963652d6163636f756e74",
	Secret: "7072616374696365",
}

// Config says whom a server knows. The zero value works: it knows [PracticeClient] and an invented person.
type Config struct {
	// Clients are the accepted client credentials; none means PracticeClient alone.
	Clients []Client
	// Person is who signs in and whose photos the methods speak of; the zero value means an invented person.
	Person Person
	// Seed is what token credentials are derived from. A server with the same seed accepts the tokens that this one
	// issued, so an application that keeps the seed keeps its practice account over a restart. Empty means random.
	Seed []byte
	// LegacyTokens are tokens of the way in that Flickr had before OAuth, with their permissions: "read", "write" or
	// "delete". They can be exchanged for token credentials.
	LegacyTokens map[string]string
	// Now is the server's clock, also told in the Date header; nil means time.Now.
	Now func() time.Time
	// Faults are what goes wrong on purpose; the zero value means nothing.
	Faults Faults
}

// Client is an application that may ask for access.
type Client struct {
	oauth.ClientCredentials
	// Application is the name that the authorize page shows.
	Application string
	// Callbacks are the callback addresses registered with services that demand it, by their IDs.
	Callbacks map[string]string
}

// PracticeClients are the clients of a server that is configured with none: PracticeClient, with the callbacks registered
// that Photolink usually listens at. callbacks replaces those of the services that it names.
func PracticeClients(callbacks map[string]string) []Client {
	registered := map[string]string{
		"commons":     "http://127.0.0.1:1/callback",
		"photobucket": "http://127.0.0.1:8713/photobucket",
		"wordpress":   "http://127.0.0.1:8714/wordpress",
	}
	maps.Copy(registered, callbacks)
	return []Client{{ClientCredentials: PracticeClient, Application: "Photolink", Callbacks: registered}}
}

// Person is the resource owner.
type Person struct {
	ID         string // Flickr's NSID, such as "12345678@N00"
	UserName   string
	Name       string
	PathAlias  string // the name in addresses; empty where the person never chose one
	PhotoCount int
	Pro        bool
}

// Server is a service with one person and any number of clients. It is an http.Handler, safe for concurrent use;
// make one with [New].
type Server struct {
	clients []Client
	person  Person
	seed    []byte
	now     func() time.Time
	faults  Faults

	mu              sync.Mutex // guards what follows
	temporary       map[string]*temporary
	latestTemporary *latest[string]
	nonces          map[[32]byte]bool
	latestNonces    *latest[[32]byte]
	revoked         map[string]bool
	tokens          map[string]grant // token credentials of services other than Flickr
	legacy          map[string]*legacyToken
}

// New returns a server. It listens nowhere until it is put behind an http.Server or [Server.Start] is called.
func New(config Config) *Server {
	s := &Server{
		clients: config.Clients,
		person: cmp.Or(config.Person, Person{
			ID:         "12345678@N00",
			UserName:   "adapractice",
			Name:       "Ada Practice",
			PathAlias:  "adapractice",
			PhotoCount: 128,
		}),
		seed:            config.Seed,
		now:             config.Now,
		faults:          config.Faults,
		temporary:       make(map[string]*temporary),
		latestTemporary: newLatest[string](maxTemporary),
		nonces:          make(map[[32]byte]bool),
		latestNonces:    newLatest[[32]byte](maxNonces),
		revoked:         make(map[string]bool),
		tokens:          make(map[string]grant),
		legacy:          newLegacyTokens(config.LegacyTokens),
	}
	if len(s.clients) == 0 {
		s.clients = PracticeClients(nil)
	}
	if len(s.seed) == 0 {
		s.seed = make([]byte, 32)
		_, _ = rand.Read(s.seed) // never fails: it ends the program instead
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Revoke ends the access that token stands for, as the person can on the service's own pages. It lasts as long as the
// server: revoked tokens are not written down anywhere.
func (s *Server) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}

// ServeHTTP answers one request. The Host header is not checked: www.flickr.com and api.flickr.com are one here.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody(r))
	for _, other := range others {
		if other.owns(r) {
			other.serve(s, w, r)
			return
		}
	}
	s.serveFlickr(w, r)
}

// others are the services beside Flickr. Their addresses have no path in common, so that one server plays all of them.
var others = []struct {
	owns  func(r *http.Request) bool
	serve func(s *Server, w http.ResponseWriter, r *http.Request)
}{
	{isWiki, (*Server).serveCommons},
	{isPhotobucket, (*Server).servePhotobucket},
	{ownsSmugMug, (*Server).serveSmugMug},
	{ownsTumblr, (*Server).serveTumblr},
	{ownsWordPress, (*Server).serveWordPress},
}

// Running is a server that listens on a loopback port.
type Running struct {
	// URL is the address without a path, such as "http://127.0.0.1:40123".
	URL string

	server *http.Server
	done   chan struct{}
}

// Start serves plain HTTP on a free port of 127.0.0.1, for practice, until [Running.Close].
func (s *Server) Start() (*Running, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start practice service: %w", err)
	}
	running := &Running{
		URL: "http://" + listener.Addr().String(),
		server: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      10 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    maxRequest,
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(running.done)
		_ = running.server.Serve(listener) // always ErrServerClosed, from Close
	}()
	return running, nil
}

// Close frees the port at once, cutting off requests under way. It returns when the server's goroutine has ended.
func (r *Running) Close() error {
	err := r.server.Close()
	<-r.done
	return err
}
