package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"filippo.io/age"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// bundle is what an encrypted file for another machine holds, as JSON inside of age's format.
type bundle struct {
	Version  int             `json:"version"`
	Accounts []bundleAccount `json:"accounts"`
}

type bundleAccount struct {
	Account     account.Account `json:"account"`
	Key         string          `json:"key,omitempty"`
	KeySecret   string          `json:"key_secret,omitempty"`
	KeyName     string          `json:"key_name,omitempty"`
	Callback    string          `json:"callback,omitempty"`
	Token       string          `json:"token"`
	TokenSecret string          `json:"token_secret"`
	Service     string          `json:"service,omitempty"` // the file that describes a service of one's own
}

const (
	bundleVersion = 1
	maxBundle     = 4 << 20 // bytes
)

var (
	// ErrBadBundle means that a file is no whole bundle, or that the passphrase is wrong.
	ErrBadBundle = link.ErrBadBundle
	// ErrNewerBundle means that a newer version of this program made a bundle. Nothing was taken from it.
	ErrNewerBundle = link.ErrNewerBundle
)

// Export writes accounts with their secrets to out, encrypted with a passphrase (age). Whoever has both can use the
// accounts.
func (a *App) Export(ctx context.Context, ids []string, passphrase oauth.Secret, out io.Writer) error {
	contents := bundle{Version: bundleVersion}
	for _, id := range ids {
		known, err := a.Account(id)
		if err != nil {
			return err
		}
		credentials, err := a.accounts.Credentials(ctx, id)
		if err != nil {
			return err
		}
		packed := bundleAccount{
			Account: known, Key: credentials.Client.Key, KeySecret: credentials.Client.Secret.Reveal(),
			Token: credentials.Token.Token, TokenSecret: credentials.Token.Secret.Reveal(),
		}
		keys, err := a.accounts.Keys(known.Provider)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key.ID == known.KeyID {
				packed.KeyName, packed.Callback = key.Name, key.Callback
			}
		}
		if own, _ := a.services.ofPerson(); has(own, known.Provider) {
			p, err := a.Provider(known.Provider)
			if err != nil {
				return err
			}
			text, err := provider.Encode(p)
			if err != nil {
				return err
			}
			packed.Service = string(text)
		}
		contents.Accounts = append(contents.Accounts, packed)
	}
	recipient, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return fmt.Errorf("passphrase: %w", err)
	}
	encrypted, err := age.Encrypt(out, recipient)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(encrypted).Encode(contents); err != nil {
		return err
	}
	return encrypted.Close()
}

// Import saves the accounts of a bundle in a vault, the best one if vault is empty, and returns them. Accounts that are
// here already get the access of the bundle. What was saved before an error stays. No service is asked: see [App.Check].
func (a *App) Import(ctx context.Context, in io.Reader, passphrase oauth.Secret, vault string) ([]account.Account, error) {
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadBundle, err)
	}
	plain, err := age.Decrypt(in, identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadBundle, err)
	}
	text, err := io.ReadAll(io.LimitReader(plain, maxBundle))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadBundle, err)
	}
	var head struct{ Version int }
	if json.Unmarshal(text, &head) == nil && head.Version > bundleVersion {
		return nil, fmt.Errorf("%w: version %d", ErrNewerBundle, head.Version)
	}
	var contents bundle
	if err := json.Unmarshal(text, &contents); err != nil || contents.Version != bundleVersion {
		return nil, fmt.Errorf("%w: version %d", ErrBadBundle, contents.Version)
	}
	var saved []account.Account
	for _, packed := range contents.Accounts {
		one, err := a.unpack(ctx, packed, cmp.Or(vault, a.Vault()))
		if err != nil {
			return saved, err
		}
		saved = append(saved, one)
	}
	return saved, nil
}

func (a *App) unpack(ctx context.Context, packed bundleAccount, vault string) (account.Account, error) {
	if packed.Service != "" && !has(a.Providers(), packed.Account.Provider) {
		text := []byte(packed.Service)
		p, err := provider.Parse(packed.Account.Provider+".toml", text)
		if err != nil {
			return account.Account{}, err
		}
		if err := a.addService(p, text); err != nil {
			return account.Account{}, err
		}
	}
	known := packed.Account
	known.ID, known.KeyID, known.Vault = "", "", vault
	accounts, err := a.accounts.Accounts()
	if err != nil {
		return account.Account{}, err
	}
	for _, here := range accounts {
		if here.Provider == known.Provider && here.UserID == known.UserID && here.Vault == vault {
			known.ID = here.ID
		}
	}
	return a.accounts.Save(ctx, account.Linked{
		Account: known, Token: oauth.TokenCredentials{Token: packed.Token, Secret: oauth.Secret(packed.TokenSecret)},
		Client:  oauth.ClientCredentials{Key: packed.Key, Secret: oauth.Secret(packed.KeySecret)},
		KeyName: packed.KeyName, KeyCallback: packed.Callback,
	})
}

// IsBundle tells whether content begins as an encrypted file of age does.
func IsBundle(content []byte) bool {
	return bytes.HasPrefix(content, []byte("age-encryption.org/v1\n"))
}
