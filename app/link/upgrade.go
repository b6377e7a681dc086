package link

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// UpgradeRequest says which token of before OAuth to exchange.
type UpgradeRequest struct {
	Provider    provider.Provider // its Service has to be a provider.LegacyExchanger
	Key         oauth.ClientCredentials
	KeyName     string // what the person calls Key; may be empty
	LegacyToken oauth.Secret
	Vault       string // name of the vault that is to hold the secrets
}

// UnsavedError means that a legacy token was exchanged, and that the new credentials could not be identified or saved. They
// are in here and nowhere else: the old token may be dead already.
type UnsavedError struct {
	Err error

	attempt *attempt
	token   oauth.TokenCredentials
}

// Error gives the cause.
func (e *UnsavedError) Error() string { return "exchanged, not saved: " + e.Err.Error() }

// GoString hides the credentials.
func (e *UnsavedError) GoString() string { return "link.UnsavedError{" + e.Error() + "}" }

// Unwrap returns Err.
func (e *UnsavedError) Unwrap() error { return e.Err }

// ErrLegacyRefused means that the service does not know the token of before OAuth.
var ErrLegacyRefused = errors.New("the service does not know the legacy token")

// upgradeLimit bounds the exchange, and what is done after it, when giving up would lose the new credentials.
const upgradeLimit = 2 * time.Minute

// Upgrade exchanges a token of before OAuth for an account, which is saved when it returns. It tries vault, list and key
// first. From the exchange on, the end of ctx no longer stops it. Before the exchange the error is a *[StepError], and
// nothing has changed; after it, an *[UnsavedError], whose Save tries again.
func (l *Linker) Upgrade(ctx context.Context, request UpgradeRequest) (account.Account, error) {
	a := &attempt{
		Linker:  l,
		Request: Request{Provider: request.Provider, Key: request.Key, KeyName: request.KeyName, Vault: request.Vault},
		client:  l.client(request.Provider, cmp.Or(request.Key, request.Provider.Key)),
	}
	exchanger, ok := request.Provider.Service.(provider.LegacyExchanger)
	if !ok {
		return account.Account{}, &StepError{Step: Prepare, Err: provider.ErrNotOffered}
	}
	if err := cmp.Or(l.Store.Probe(ctx, request.Vault), request.Provider.Service.CheckKey(ctx, a.client)); err != nil {
		return account.Account{}, &StepError{Step: Prepare, Err: err}
	}
	exchange, cancel := context.WithTimeout(context.WithoutCancel(ctx), upgradeLimit)
	defer cancel()
	token, err := exchanger.ExchangeLegacy(exchange, a.client, request.LegacyToken)
	if errors.Is(err, provider.ErrTokenRefused) {
		err = fmt.Errorf("%w: %w", ErrLegacyRefused, err)
	}
	if err != nil {
		return account.Account{}, &StepError{Step: Ask, Err: err}
	}
	return (&UnsavedError{attempt: a, token: token}).Save(ctx, request.Vault)
}

// Save identifies and saves what was exchanged, with its secrets in the vault of this name. The error is e itself, with
// the new cause.
func (e *UnsavedError) Save(ctx context.Context, vault string) (account.Account, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), upgradeLimit)
	defer cancel()
	e.attempt.Vault = vault
	identity, err := e.attempt.Provider.Service.Identify(ctx, e.attempt.client, e.token, provider.Told{})
	if err == nil {
		e.attempt.Permission = identity.Permission
		var saved account.Account
		if saved, err = e.attempt.save(ctx, identity, e.token); err == nil {
			return saved, nil
		}
	}
	e.Err = err
	return account.Account{}, e
}
