// Package account keeps linked accounts: an index of what may be shown, and a vault that holds their secrets.
//
// Start with [Open]. Save an account once its identity is known and its token has been tried; ask for its [Credentials]
// each time a request has to be signed. The index is a file without secrets; the secrets lie in the system keyring
// ([Keyring]) or, where there is none, in a file behind a passphrase ([File]) or in memory for as long as the program
// runs ([Session]).
package account

import (
	"errors"
	"time"

	"photolink/oauth"
)

var (
	// ErrNotFound means that the index has no account, or no key, of that ID.
	ErrNotFound = errors.New("not found")
	// ErrKeyInUse means that a key cannot be deleted because an account still signs with it.
	ErrKeyInUse = errors.New("key is used by an account")
	// ErrChanged means that another window or program changed the same account or key in the meantime, and that its
	// change was kept.
	ErrChanged = errors.New("changed by another program in the meantime")
	// ErrLinkedAgain means that an account cannot be restored because its person is linked again.
	ErrLinkedAgain = errors.New("linked again in the meantime")
)

// Account is one person's account at one photo service, as far as it may be shown: it holds no secret.
type Account struct {
	ID         string `json:"id"`       // random; stays the same when the account is linked again
	Provider   string `json:"provider"` // ID of the service, such as "flickr"
	KeyID      string `json:"key_id"`   // ID of the Key that issued the token, empty if the service needs none
	UserID     string `json:"user_id"`
	UserName   string `json:"user_name"`
	Name       string `json:"name"`
	ProfileURL string `json:"profile_url"`
	Plan       string `json:"plan,omitempty"`        // kind of member, such as "Pro"; empty if the service does not tell
	PhotoCount int    `json:"photo_count,omitempty"` // 0 also if the service does not tell
	Server     string `json:"server,omitempty"`      // host that has to be asked about this person, where there are many

	PermissionAsked string `json:"permission_asked"` // permission ID, such as "read"
	Permission      string `json:"permission"`       // the permission that was granted

	Vault     string    `json:"vault"` // name of the vault that holds the secrets
	State     State     `json:"state"`
	LinkedAt  time.Time `json:"linked_at,omitzero"`
	CheckedAt time.Time `json:"checked_at,omitzero"`
}

// State is what the last check of an account found.
type State string

// The states of an account.
const (
	StateUnknown   State = ""          // not checked, or the check got no answer
	StateWorks     State = "works"     // the service accepted a signed request
	StateWithdrawn State = "withdrawn" // the service says that the token was revoked
)

// Key is a set of client credentials that the person obtained from a service, as far as it may be shown.
type Key struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Name     string    `json:"name"`
	Hint     string    `json:"hint"`               // enough of the key to recognise it: "0123…cdef"
	Vault    string    `json:"vault"`              // name of the vault that holds key and secret
	Callback string    `json:"callback,omitempty"` // the address registered with it; empty means the service's usual one
	BuiltIn  bool      `json:"built_in,omitempty"` // it came with the program, and is kept for the accounts that it linked
	AddedAt  time.Time `json:"added_at,omitzero"`
}

// Linked is what [Store.Save] keeps: the outcome of a link.
type Linked struct {
	Account Account // an empty ID makes a new account, the ID of a known one links that again
	Token   oauth.TokenCredentials
	Client  oauth.ClientCredentials // zero for a service that needs none
	Picture []byte                  // image file; nil leaves an earlier picture in place

	// For Client, if it was not stored before; may be empty.
	KeyName     string // what the person calls it
	KeyCallback string // the address registered with it
	KeyBuiltIn  bool   // it came with the program
}

// Credentials are what it takes to sign a request for an account.
type Credentials struct {
	Client oauth.ClientCredentials // zero for a service that needs none
	Token  oauth.TokenCredentials
}

// hint shortens a client key to what is needed to recognise it. A short key would be given away, so it is all dots.
func hint(key string) string {
	runes := []rune(key)
	if len(runes) < 12 {
		return "••••"
	}
	return string(runes[:4]) + "…" + string(runes[len(runes)-4:])
}
