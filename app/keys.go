package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
)

// ErrCannotTest means that a service said neither that it knows an API key nor that it refuses it.
var ErrCannotTest = link.ErrCannotTest

// keyPatience is how long a service may take over one request about a key.
const keyPatience = 30 * time.Second

// KeyUse is a stored API key and what it is used for.
type KeyUse struct {
	account.Key
	Service  string            // name of the service; its ID if this version does not know it
	Accounts []account.Account // those that sign with the key
}

// AllKeys lists the stored API keys of all services, the oldest first. It reads no secret.
func (a *App) AllKeys() ([]KeyUse, error) {
	keys, err := a.accounts.Keys("")
	if err != nil {
		return nil, err
	}
	users, err := a.accounts.KeyUsers()
	if err != nil {
		return nil, err
	}
	uses := make([]KeyUse, 0, len(keys))
	for _, key := range keys {
		p, _ := a.Provider(key.Provider) // an unknown service has its ID for a name
		uses = append(uses, KeyUse{Key: key, Service: p.Name, Accounts: users[key.ID]})
	}
	return uses, nil
}

// SaveKey stores an API key without an account, in the best vault if the key names none. See [account.Store.SaveKey].
func (a *App) SaveKey(ctx context.Context, key account.Key, client oauth.ClientCredentials) (saved account.Key, err error) {
	defer func() { a.logFailure("save key", key.Provider, err) }()
	key.Vault = cmp.Or(key.Vault, a.Vault())
	return a.accounts.SaveKey(ctx, key, client)
}

// RenameKey changes what a key is called and the callback that is registered with it; an empty one is the service's usual.
// The error is [link.ErrCallback] if Photolink cannot listen there, and [account.ErrNotFound] if there is no key of that ID.
func (a *App) RenameKey(keyID, name, callback string) error {
	key, err := a.key(keyID)
	if err != nil {
		return err
	}
	if callback != "" && callback != key.Callback {
		p, err := a.Provider(key.Provider)
		if err != nil {
			return err
		}
		if err := link.CheckCallback(p, callback); err != nil {
			return err
		}
	}
	return a.accounts.UpdateKey(keyID, name, callback)
}

func (a *App) key(id string) (account.Key, error) {
	keys, err := a.accounts.Keys("")
	if err != nil {
		return account.Key{}, err
	}
	for _, key := range keys {
		if key.ID == id {
			return key, nil
		}
	}
	return account.Key{}, fmt.Errorf("key %q: %w", id, account.ErrNotFound)
}

// TestKey asks the service whether it accepts a stored API key: first whether it knows the key, then for temporary
// credentials, which nobody approves and which lapse. Only the second proves the secret (RFC 5849 section 2.1). It returns
// nil if the key works, a [*link.StepError] as linking would if the service refuses, and [ErrCannotTest] if it said neither.
func (a *App) TestKey(ctx context.Context, keyID string) (err error) {
	key, err := a.key(keyID)
	defer func() { a.logFailure("test key", key.Provider, err) }()
	if err != nil {
		return err
	}
	p, err := a.running(key.Provider)
	if err != nil {
		return err
	}
	credentials, err := a.accounts.ClientCredentials(ctx, keyID)
	if err != nil {
		return err
	}
	client := p.Client(credentials)
	client.HTTPClient = &http.Client{Transport: a.linker.Transport, Timeout: keyPatience}
	client.UserAgent = a.linker.UserAgent
	if err := p.Service.CheckKey(ctx, client); err != nil {
		return &link.StepError{Step: link.Prepare, Err: err}
	}
	// Nobody will be sent to this address, so nothing has to listen there.
	callback := cmp.Or(key.Callback, p.Callback.Registered, "oob")
	_, err = client.RequestTemporaryCredentials(ctx, callback, nil)
	switch {
	case err == nil, errors.Is(err, oauth.ErrCallbackNotConfirmed):
		return nil // the signature was accepted; what the answer lacks is not about the key
	case callback == "oob" && errors.Is(err, oauth.ProblemCallbackRejected):
		return fmt.Errorf("%w: %w", ErrCannotTest, err)
	case errors.Is(err, oauth.ProblemTimestampRefused):
		err = &link.ClockError{Offset: client.ClockOffset(), Err: err}
	}
	return &link.StepError{Step: link.Ask, Err: err}
}

// DeleteKey removes an API key that no account needs. See [account.Store.DeleteKey].
func (a *App) DeleteKey(ctx context.Context, keyID string) error {
	err := a.accounts.DeleteKey(ctx, keyID)
	a.logFailure("delete key", "", err)
	return err
}
