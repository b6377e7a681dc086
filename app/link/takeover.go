package link

import (
	"cmp"
	"context"
	"errors"

	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// ErrKeyMissing means that a token was found without the API key that it belongs to.
var ErrKeyMissing = errors.New("the API key that the token belongs to is missing")

// TakeOverRequest says which credentials of another program to take over.
type TakeOverRequest struct {
	Provider provider.Provider
	Key      oauth.ClientCredentials // those that the token was issued to; zero means the provider's own
	KeyName  string                  // what the person calls Key; may be empty
	Token    oauth.TokenCredentials
	Vault    string // name of the vault that is to hold the secrets
}

// TakeOver makes an account of credentials that another program has: it asks the service who they belong to, with a
// signed call, and saves them. Where they were found, nothing changes. The error is a *[StepError]; nothing is stored then.
func (l *Linker) TakeOver(ctx context.Context, request TakeOverRequest) (account.Account, error) {
	a := &attempt{
		Linker:  l,
		Request: Request{Provider: request.Provider, Key: request.Key, KeyName: request.KeyName, Vault: request.Vault},
		client:  l.client(request.Provider, cmp.Or(request.Key, request.Provider.Key)),
	}
	identity, err := request.Provider.Service.Identify(ctx, a.client, request.Token, provider.Told{})
	if err != nil {
		return account.Account{}, &StepError{Step: Identify, Err: withClock(a.client, err)}
	}
	a.Permission = identity.Permission
	saved, err := a.save(ctx, identity, request.Token)
	if err != nil {
		return account.Account{}, &StepError{Step: Save, Err: err}
	}
	return saved, nil
}
