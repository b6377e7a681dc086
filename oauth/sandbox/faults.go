package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Faults are what goes wrong at a server, for tests of programs that are to cope with it. The zero value is a server
// without faults. Some need no switch: [Config.Now] sets the clock wrong, and [Config.Person] takes any name.
type Faults struct {
	// At spoils the answers of single endpoints. An endpoint that is not in it answers well.
	At map[Endpoint]Fault
	// PersonAt names somebody else than Config.Person at AccessToken, Login or CheckToken.
	PersonAt map[Endpoint]Person

	// KeyRefusedByPage lets the token endpoint accept a key that the authorize page does not: only the person sees it.
	KeyRefusedByPage bool
	// CallbackUnconfirmed leaves oauth_callback_confirmed out, as services of the first edition do.
	CallbackUnconfirmed bool
	// CallbackMadeSecure turns http callbacks into https, as Flickr did from 2019 to 2023.
	CallbackMadeSecure bool
	// NeverReturns leaves the browser on a page of the service after the approval.
	NeverReturns bool
	// DenialReturns leads "No, thanks" to the callback, with denied=TOKEN as some other services do.
	DenialReturns bool
	// ApprovalExpires makes each approval too old as soon as it is given.
	ApprovalExpires bool
	// RevokedAtOnce revokes token credentials as soon as they are issued.
	RevokedAtOnce bool
	// AtMost is the most that is granted, whatever the page says: "read" or "write". Empty means what was asked for.
	AtMost string
}

// Endpoint names an address of a server, or a method of its REST API. The constants are Flickr's; those of the other
// services are made by [EndpointOf].
type Endpoint string

// EndpointOf names an endpoint of a service other than Flickr: RequestToken, Authorize, AccessToken, or Login for the
// call that tells who is signed in. service is the ID by which Photolink knows it, such as "smugmug".
func EndpointOf(service string, endpoint Endpoint) Endpoint {
	return Endpoint(strings.TrimPrefix(service+" "+string(endpoint), " "))
}

// The endpoints.
const (
	RequestToken Endpoint = "request_token"
	Authorize    Endpoint = "authorize" // the page, and its form
	AccessToken  Endpoint = "access_token"
	Echo         Endpoint = "flickr.test.echo"
	Login        Endpoint = "flickr.test.login"
	CheckToken   Endpoint = "flickr.auth.oauth.checkToken"
	PersonInfo   Endpoint = "flickr.people.getInfo"
	BuddyIcon    Endpoint = "buddyicon" // the person's picture
)

// Fault answers in place of an endpoint, whose right answer it can have from the handler. The functions of this package
// make the usual ones.
type Fault func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc)

// Answer makes an endpoint answer something else and do nothing. fields are names and values of the header, in turn; an
// empty value leaves the field out, also the Date that is sent otherwise.
func Answer(status int, body string, fields ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for field := range slices.Chunk(fields, 2) {
			w.Header()[http.CanonicalHeaderKey(field[0])] = slices.DeleteFunc(field[1:], func(v string) bool { return v == "" })
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// Drop makes an endpoint close the connection without an answer.
func Drop() Fault {
	return func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }
}

// CutOff makes an endpoint close the connection in the middle of its answer. What was asked for is done.
func CutOff() Fault {
	return func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		w.Header().Set("Content-Length", strconv.Itoa(1<<20)) // a promise that the connection does not outlive
		right(halfWriter{w}, r)
	}
}

type halfWriter struct{ http.ResponseWriter }

func (w halfWriter) Write(text []byte) (int, error) {
	if _, err := w.ResponseWriter.Write(text[:len(text)/2]); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Flood makes an endpoint answer with so many bytes of no meaning.
func Flood(bytes int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		chunk := []byte(strings.Repeat("=", 64<<10))
		for left := bytes; left > 0; left -= len(chunk) {
			if _, err := w.Write(chunk[:min(left, len(chunk))]); err != nil {
				return // the client has seen enough
			}
		}
	}
}

// Hold makes an endpoint call wait before it answers. The context ends when the client hangs up. What a slow service does
// after minutes, a test does when it likes.
func Hold(wait func(context.Context)) Fault {
	return func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		wait(r.Context())
		right(w, r)
	}
}

// serveAt answers at an endpoint: well, unless there is a fault.
func (s *Server) serveAt(endpoint Endpoint, w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
	if fault := s.faults.At[endpoint]; fault != nil {
		fault(w, r, right)
		return
	}
	right(w, r)
}

// personAt returns whom an endpoint names.
func (s *Server) personAt(endpoint Endpoint) Person {
	if person, found := s.faults.PersonAt[endpoint]; found {
		return person
	}
	return s.person
}
