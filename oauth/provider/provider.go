// Package provider describes photo services that speak OAuth 1.0: their addresses, permission words and pages as data,
// and as code only what differs from service to service, the call that tells who is signed in.
//
// Use [BuiltIn] for the services that come with the program, [Parse] for one that a person describes in a file,
// [FindWordPress] for a site of their own, and [Practice] for a service that runs on this computer.
package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"photolink/oauth"
)

// Provider is one photo service. RFC 5849 says "server" for it.
type Provider struct {
	ID      string // stable, kept with accounts: "flickr"
	Name    string // as people know it: "Flickr"
	Needs   string // what a person needs before linking, in a few words
	Warning string // what a person has to know before linking, in whole sentences; may be empty

	Endpoint  oauth.Endpoint
	Placement oauth.Placement
	Method    string // HTTP method of both credential requests; empty means POST
	// WithoutVerifier marks a service of the first edition, OAuth 1.0. Who is signed in has to be confirmed by the
	// person then.
	WithoutVerifier bool
	SignedHost      string // see [oauth.Client]
	Accept          string // see [oauth.Client]
	// Refusals are what the service says in words of its own where others send an oauth_problem.
	Refusals []Refusal
	// Spurious are problems that the service is known to report without cause now and then: worth a second try.
	Spurious []oauth.Problem

	Callback Callback
	// CodeLooks is what the code looks like that the service shows to those who approve on another device, such as
	// "123-456-789". It is empty for services that have no such code.
	CodeLooks string
	// Patience is how long an approval can take before the service forgets the request; 0 means longer than people wait.
	Patience time.Duration

	// Permissions that can be asked for, least first. There is at least one.
	Permissions    []Permission
	PermissionNote string // what to know before choosing one
	// AuthorizationParameters go to the authorization page, whatever the permission. "{key}" stands for the key.
	AuthorizationParameters map[string]string
	// NextStep says that the answer with the temporary credentials names the authorization page, as next_step.
	NextStep bool

	// NeedsKey says that people bring client credentials of their own; Key is what is used otherwise.
	NeedsKey bool
	Key      oauth.ClientCredentials
	// KeyIsFixed says that Key is the same for ever, so that accounts need not remember it.
	KeyIsFixed bool
	KeyNote    string // what to know before going to get a key
	// CallsPerHour is how often the service can be called with one key; 0 means 3,600.
	CallsPerHour int

	KeyPage     string // where a person gets client credentials
	RevokePage  string // where a person takes the access back
	SignOutPage string // where a person signs out, to sign in as somebody else; may be empty
	ApproveWord string // the button on the service's page that grants access
	DeclineWord string // the button that does not
	Decline     Decline

	Service Service
}

// Refusal is a text of a service and what it means.
type Refusal struct {
	Text    string // part of the answer, as it is written
	Problem oauth.Problem
}

// Callback says which callback addresses a service accepts.
type Callback struct {
	Rule CallbackRule
	// Registered is the address to register with the key, http://HOST:PORT/PATH with HOST 127.0.0.1 or localhost. A
	// person may have registered another one. It is empty for AnyCallback, unless the service demands a host or path.
	Registered string
}

// CallbackRule says how much of the registered address a service compares.
type CallbackRule string

// The callback rules.
const (
	AnyCallback       CallbackRule = ""       // nothing is registered, or it does not matter
	CallbackPrefix    CallbackRule = "prefix" // anything that begins with the registered address; port 1 stands for all
	CallbackWithQuery CallbackRule = "query"  // the registered address, with any query
	CallbackFixed     CallbackRule = "fixed"  // the registered address and nothing else; "extra" comes back
)

// Decline says how a program learns that the person declined.
type Decline string

// The ways to learn of it.
const (
	DeclineSilent Decline = ""      // not at all: only the person knows
	DeclineNamed  Decline = "named" // the callback comes with a parameter that says so
	DeclineBare   Decline = "bare"  // the callback comes without any parameter
)

// Permission is one level of access.
type Permission struct {
	ID         string            // stable, kept with accounts: "read"
	Parameters map[string]string // what the authorization page is told; may be empty
	Name       string            // short: "Read only"
	Words      string            // what the application may do, completing "Photolink may …"
}

// Service is the part of a provider that is code.
type Service interface {
	// CheckKey finds out, without a signature, whether the service answers, and if it can, whether it knows the client's
	// key. A key that it refuses is ErrKeyRefused.
	CheckKey(ctx context.Context, client *oauth.Client) error

	// Identify asks the service who token belongs to and what it may do. told is what the service said before. A token
	// that does not work is ErrTokenRefused; answers that name different people are ErrIdentityDiffers.
	Identify(ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, told Told) (Identity, error)

	// FirstCalls returns the addresses that Identify begins with, one for each call that it makes at once, as far as they
	// are known before anybody has signed in. Use it to have connections ready.
	FirstCalls() []string
}

// Told is what a service said of a person before it was asked.
type Told struct {
	Token    url.Values // with the token credentials; nil when an account is checked later
	Callback url.Values // with the browser; nil likewise
	Server   string     // Identity.Server of earlier; empty when the account is linked for the first time
}

// Identity is who is signed in. All texts come from the service; they are bounded and hold no control characters.
type Identity struct {
	UserID     string
	UserName   string
	Name       string // the full name, or the user name where the person gave none
	ProfileURL string // may be empty
	PictureURL string // may be empty
	Permission string // ID of the permission granted; empty where the service does not tell
	Plan       string // what kind of member the person is, such as "Pro"; empty where the service does not tell
	PhotoCount int    // -1 where the service does not tell
	Server     string // host that has to be asked about this person, where a service has many; may be empty
}

var (
	// ErrKeyRefused means that the service does not know the client credentials, or has disabled them.
	ErrKeyRefused = errors.New("the service refuses the API key")
	// ErrTokenRefused means that the access was withdrawn or never existed.
	ErrTokenRefused = errors.New("the service refuses the access token")
	// ErrIdentityDiffers means that the service named one person with the token and another one in the test call.
	ErrIdentityDiffers = errors.New("the service names two different people")
	// ErrUnavailable means that the service says it is out of order for now.
	ErrUnavailable = errors.New("the service is out of order for now")
	// ErrIDTaken means that another service has the ID of this one.
	ErrIDTaken = errors.New("another service has this id")
	// ErrNotUnderstood means that an answer is not what the service documents.
	ErrNotUnderstood = errors.New("the answer of the service is not understood")
)

// ServiceError is a failure that a service reports in an answer of its own form.
type ServiceError struct {
	Code    int    // the service's own number; 0 where it has none
	Message string // the service's own words, cleaned and bounded
	Err     error  // one of the errors of this package, or nil
}

// Error gives the service's words and number.
func (e *ServiceError) Error() string {
	if e.Code == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

// Unwrap returns Err.
func (e *ServiceError) Unwrap() error { return e.Err }

// Client returns a client that speaks to this service with the given credentials. The caller may still change its
// HTTPClient, Now, Nonce and UserAgent.
func (p Provider) Client(credentials oauth.ClientCredentials) *oauth.Client {
	return &oauth.Client{
		Credentials: credentials, Endpoint: p.Endpoint, Placement: p.Placement, Method: p.Method,
		WithoutVerifier: p.WithoutVerifier, SignedHost: p.SignedHost, Accept: p.Accept, FindProblem: p.findProblem,
	}
}

// findProblem looks for the refusals. A success that brings data is none, whatever names and texts are in it.
func (p Provider) findProblem(status int, body []byte) oauth.Problem {
	data := bytes.HasPrefix(body, []byte("{")) && !bytes.HasPrefix(body, []byte(`{"error"`))
	if status/100 == 2 && (data || bytes.Contains(body, []byte("oauth_token_secret="))) {
		return ""
	}
	for _, refusal := range p.Refusals {
		if bytes.Contains(body, []byte(refusal.Text)) {
			return refusal.Problem
		}
	}
	return ""
}

// AuthorizationParametersFor returns what the authorization page is told beside the temporary token.
func (p Provider) AuthorizationParametersFor(key string, permission Permission) url.Values {
	params := url.Values{}
	for name, value := range p.AuthorizationParameters {
		params.Set(name, strings.ReplaceAll(value, "{key}", key))
	}
	for name, value := range permission.Parameters {
		params.Set(name, value)
	}
	return params
}

// AuthorizationPage returns the page where the person decides, given what came with the temporary credentials. A
// next_step counts only if it leads to the same site: anybody on the way can write it into an answer without encryption.
func (p Provider) AuthorizationPage(extra url.Values) string {
	if !p.NextStep || !extra.Has("next_step") {
		return p.Endpoint.Authorization
	}
	known, knownErr := url.Parse(p.Endpoint.Authorization)
	next, err := url.Parse(extra.Get("next_step"))
	if err != nil || knownErr != nil || next.Scheme != known.Scheme || next.User != nil || next.Port() != known.Port() ||
		next.Hostname() != known.Hostname() && !strings.HasSuffix(next.Hostname(), "."+known.Hostname()) {
		return p.Endpoint.Authorization
	}
	return next.String()
}

// Permission returns the permission with this ID, or a bare one that shows the ID if the service has none such.
func (p Provider) Permission(id string) Permission {
	for _, permission := range p.Permissions {
		if permission.ID == id {
			return permission
		}
	}
	return Permission{ID: id, Name: id, Words: id}
}

// Includes reports whether the permission granted covers the one asked for.
func (p Provider) Includes(granted, asked string) bool {
	grantedAt, askedAt := -1, -1
	for at, permission := range p.Permissions {
		if permission.ID == granted {
			grantedAt = at
		}
		if permission.ID == asked {
			askedAt = at
		}
	}
	return granted == "" || grantedAt >= askedAt
}

// maxText bounds what a service can make us show, in characters.
const maxText = 120

// clean makes text from a service fit to be shown: one line, bounded, without control and text-direction characters.
func clean(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unseen(r) }), " ")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText-1]) + "…"
	}
	return text
}

// unseen reports whether a character plays tricks on a screen: it controls, turns the text around, or stands for a fault.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
}
