// Package provider describes photo services that speak OAuth 1.0: their addresses, permission words and pages as data,
// and as code only what differs from service to service, the call that tells who is signed in.
//
// Use [Flickr] for the live service and [Practice] for one that runs on this computer.
package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"photolink/oauth"
)

// Provider is one photo service. RFC 5849 says "server" for it.
type Provider struct {
	ID    string // stable, kept with accounts: "flickr"
	Name  string // as people know it: "Flickr"
	Needs string // what a person needs before linking, in a few words

	Endpoint  oauth.Endpoint
	Placement oauth.Placement

	// Permissions that can be asked for, least first.
	Permissions []Permission
	// PermissionParameter is the parameter of the authorization page that carries Permission.Value.
	PermissionParameter string

	// NeedsKey says that people bring client credentials of their own; Key is what is used otherwise.
	NeedsKey bool
	Key      oauth.ClientCredentials
	KeyNote  string // what to know before going to get a key

	KeyPage     string // where a person gets client credentials
	RevokePage  string // where a person takes the access back
	SignOutPage string // where a person signs out, to sign in as somebody else; may be empty
	ApproveWord string // the button on the service's page that grants access
	DeclineWord string // the button that does not
	// DeclineCallsBack is false for services that tell nobody about a refusal: only the person knows.
	DeclineCallsBack bool

	Service Service
}

// Permission is one level of access.
type Permission struct {
	ID    string // stable, kept with accounts: "read"
	Value string // what the service calls it
	Name  string // short: "Read only"
	Words string // what the application may do, completing "Photolink may …"
}

// Service is the part of a provider that is code.
type Service interface {
	// CheckKey finds out, without a signature, whether the service answers and knows the client's key. A key that it
	// refuses is ErrKeyRefused.
	CheckKey(ctx context.Context, client *oauth.Client) error

	// Identify asks the service who token belongs to and what it may do. extra is what came with the token. A token that
	// does not work is ErrTokenRefused; answers that name different people are ErrIdentityDiffers.
	Identify(ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, extra url.Values) (Identity, error)
}

// Identity is who is signed in. All texts come from the service; they are bounded and hold no control characters.
type Identity struct {
	UserID     string
	UserName   string
	Name       string // the full name, or the user name where the person gave none
	ProfileURL string // may be empty
	PictureURL string // may be empty
	Permission string // ID of the permission granted; empty where the service does not tell
	PhotoCount int    // -1 where the service does not tell
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
	// ErrNotUnderstood means that an answer is not what the service documents.
	ErrNotUnderstood = errors.New("the answer of the service is not understood")
)

// ServiceError is a failure that a service reports in an answer of its own form.
type ServiceError struct {
	Code    int    // the service's own number
	Message string // the service's own words, cleaned and bounded
	Err     error  // one of the errors of this package, or nil
}

// Error gives the service's words and number.
func (e *ServiceError) Error() string { return fmt.Sprintf("%s (code %d)", e.Message, e.Code) }

// Unwrap returns Err.
func (e *ServiceError) Unwrap() error { return e.Err }

// Client returns a client that speaks to this service with the given credentials. The caller may still change its
// HTTPClient, Now, Nonce and UserAgent.
func (p Provider) Client(credentials oauth.ClientCredentials) *oauth.Client {
	return &oauth.Client{Credentials: credentials, Endpoint: p.Endpoint, Placement: p.Placement}
}

// Permission returns the permission with this ID, or a bare one that shows the ID if the service has none such.
func (p Provider) Permission(id string) Permission {
	for _, permission := range p.Permissions {
		if permission.ID == id {
			return permission
		}
	}
	return Permission{ID: id, Value: id, Name: id, Words: id}
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
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
	}), " ")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText-1]) + "…"
	}
	return text
}
