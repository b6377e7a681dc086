package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"photolink/oauth"
)

// writing puts the secrets of one account, or of a probe, into a vault and tells the index, or leaves neither changed.
// Records are pending from before they are stored until the index refers to them.
type writing struct {
	shelf   shelf
	vault   Vault
	release func()   // to be called at the end
	before  contents // the index as it was
	undo    undoList
	pending []string

	// What store makes and add puts into the index.
	saved    extensible[entry]
	newKey   *extensible[Key] // nil if the vault has the client credentials already, or there are none
	replaced *entry           // what the account was in this index before
}

// begin finds out that the index can be used before anything is stored.
func (s *Store) begin(vaultName string) (*writing, error) {
	vault, err := s.vault(vaultName)
	if err != nil {
		return nil, err
	}
	w := &writing{shelf: s.shelf(vaultName), vault: vault}
	if w.before, err = w.shelf.read(); err != nil {
		return nil, err
	}
	if w.release, err = w.shelf.hold(); err != nil {
		return nil, err
	}
	return w, nil
}

// store puts key, token and picture where they belong, all but the index.
func (w *writing) store(ctx context.Context, linked Linked) (err error) {
	account := linked.Account
	account.KeyID, err = w.chooseKey(ctx, linked.Client, Key{
		Provider: account.Provider, Name: linked.KeyName, Callback: linked.KeyCallback,
		BuiltIn: linked.KeyBuiltIn, AddedAt: account.LinkedAt,
	})
	if err != nil {
		return err
	}
	w.saved.Value.Account = account
	return w.storeSaved(ctx, linked)
}

// storeSaved is store once account and key are chosen; w.saved gets the name of its record.
func (w *writing) storeSaved(ctx context.Context, linked Linked) error {
	account := w.saved.Value.Account
	token := "account-" + account.ID + "-" + rand.Text()
	w.saved.Value.Record = token
	if err := w.announceWithKey(token); err != nil {
		return err
	}
	if err := w.putKey(ctx, linked.Client); err != nil {
		return err
	}
	record := tokenRecord{Token: linked.Token.Token, Secret: linked.Token.Secret.Reveal(), KeyID: account.KeyID}
	if err := w.put(ctx, token, record); err != nil {
		return fmt.Errorf("store the token credentials: %w", err)
	}

	if linked.Picture != nil {
		old := w.shelf.picture(account.ID)
		w.undo.add(func(context.Context) error { return w.shelf.setPicture(account.ID, old) })
		if err := w.shelf.setPicture(account.ID, linked.Picture); err != nil {
			return fmt.Errorf("store the picture: %w", err)
		}
	}
	return ctx.Err()
}

// chooseKey returns the ID of the key that holds client, which is a new one unless the vault has it already, or "" where
// there are no client credentials.
func (w *writing) chooseKey(ctx context.Context, client oauth.ClientCredentials, key Key) (string, error) {
	if client == (oauth.ClientCredentials{}) {
		return "", nil
	}
	known, err := findKey(ctx, w.before.Keys, w.vault, key.Provider, client)
	if err != nil {
		return "", fmt.Errorf("look for the client credentials: %w", err)
	}
	if known != "" {
		return known, nil
	}
	key.ID, key.Hint, key.Vault = rand.Text(), hint(client.Key), w.vault.Name()
	w.newKey = &extensible[Key]{Value: key}
	return key.ID, nil
}

// announceWithKey announces the records, and that of a new key.
func (w *writing) announceWithKey(records ...string) error {
	if w.newKey != nil {
		records = append(records, keyRecordName(w.newKey.Value.ID))
	}
	return w.announce(records...)
}

// putKey stores client if it is that of a new key.
func (w *writing) putKey(ctx context.Context, client oauth.ClientCredentials) error {
	if w.newKey == nil {
		return nil
	}
	record := keyRecord{Key: client.Key, Secret: client.Secret.Reveal()}
	if err := w.put(ctx, keyRecordName(w.newKey.Value.ID), record); err != nil {
		return fmt.Errorf("store the client credentials: %w", err)
	}
	return nil
}

func (w *writing) announce(records ...string) error {
	w.pending = records
	return indexError(w.shelf.change(func(index *contents) error {
		index.addPending(w.vault.Name(), records...)
		return nil
	}))
}

func indexError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write the index of accounts: %w", err)
}

func (w *writing) put(ctx context.Context, record string, content any) error {
	return w.undo.put(ctx, w.vault, record, content, func(ctx context.Context) error {
		if index, err := w.shelf.read(); err == nil && index.refersTo(w.vault.Name(), record) {
			return nil // a key that somebody else has begun to use
		}
		return w.vault.Delete(ctx, record)
	})
}

// add is an edit of the index.
func (w *writing) add(index *contents) error {
	index.removePending(w.vault.Name(), w.pending...)
	if w.newKey != nil {
		index.Keys = append(index.Keys, *w.newKey)
	} else if keyID := w.saved.Value.KeyID; keyID != "" && index.findKey(keyID) < 0 {
		return fmt.Errorf("key %q: %w", keyID, ErrChanged)
	}
	i := index.findAccount(w.saved.Value.ID)
	if i < 0 {
		index.Accounts = append(index.Accounts, w.saved)
		return nil
	}
	old := index.Accounts[i].Value
	w.replaced, index.Accounts[i].Value = &old, w.saved.Value
	index.addPending(old.Vault, old.Record)
	return nil
}

// takeBack removes what was stored and returns cause.
func (w *writing) takeBack(ctx context.Context, cause error) error {
	cause = w.undo.run(ctx, cause)
	w.settle(cause)
	return cause
}

// settle ends what announce began, unless err means that a record may be in the vault, now or once a prompt is answered.
func (w *writing) settle(err error) {
	_, leftover := errors.AsType[*leftoverError](err)
	if leftover || vaultState(err) == VaultUnanswered {
		return
	}
	_ = w.shelf.amend(func(index *contents) error { // a name too many does no harm
		index.removePending(w.vault.Name(), w.pending...)
		return nil
	})
}

// discard removes a record that is pending on shelf.
func (s *Store) discard(ctx context.Context, shelf shelf, vaultName, record string) error {
	vault, err := s.vault(vaultName)
	if err == nil {
		err = asVaultError(vaultName, vault.Delete(ctx, record))
	}
	if err != nil {
		return err
	}
	return shelf.amend(func(index *contents) error {
		index.removePending(vaultName, record)
		return nil
	})
}

// CleanUp removes secrets that no account and no key refers to: those of a program that was killed while it saved, and
// those that a vault did not let go of. It returns how many records are gone for certain by now.
//
// It looks into the vaults of these names, or into all if there are none. As a vault may ask the person for a password,
// best name one that was used just now. It does nothing while any program with the same folder is in the middle of
// saving. A record whose vault fails, or is not one of this store, is left to the next time; the error is then of type
// [*VaultError].
func (s *Store) CleanUp(ctx context.Context, vaultNames ...string) (removed int, err error) {
	abandoned, err := s.disk.abandoned()
	if err != nil {
		return 0, err
	}
	failed := make(map[string]bool) // one question for a password is enough
	var errs []error
	for _, p := range abandoned {
		if failed[p.Vault] || len(vaultNames) > 0 && !slices.Contains(vaultNames, p.Vault) {
			continue
		}
		if err := s.discard(ctx, s.disk, p.Vault, p.Record); err != nil {
			failed[p.Vault] = true
			errs = append(errs, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(errs...)
}
