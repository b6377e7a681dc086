package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"photolink/oauth"
)

// Store keeps accounts. Several stores, in one program or in several, may use the same folder at the same time, and
// all methods may be called from any goroutine. Those with a context talk to a vault and may wait for the person; the
// others read or write a small file.
type Store struct {
	vaults map[string]Vault
	memory shelf     // what the session vault keeps
	disk   diskShelf // everything else

	restoring chan struct{} // holds one value while an account is restored
}

// Open returns the store in folder, which it makes for the person alone if it is missing. It does not touch the vaults:
// they are the ones that accounts can be saved to and read from, each known by its name.
func Open(folder string, vaults ...Vault) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for accounts: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil { // it may have been there with another mode
		return nil, fmt.Errorf("close the folder for accounts to others: %w", err)
	}
	s := &Store{
		vaults: make(map[string]Vault),
		memory: &memoryShelf{pictures: make(map[string][]byte)},
		disk:   diskShelf{folder},

		restoring: make(chan struct{}, 1),
	}
	for _, vault := range vaults {
		s.vaults[vault.Name()] = vault
	}
	return s, nil
}

// shelves are in the order of precedence: an account that was linked again for this session hides the one on disk,
// which is there again in the next.
func (s *Store) shelves() []shelf { return []shelf{s.memory, s.disk} }

func (s *Store) shelf(vault string) shelf {
	if vault == SessionVault {
		return s.memory
	}
	return s.disk
}

func (s *Store) vault(name string) (Vault, error) {
	vault, ok := s.vaults[name]
	if !ok {
		return nil, &VaultError{Vault: name, State: VaultAbsent}
	}
	return vault, nil
}

// Probe finds out whether the vault of this name works; see the function [Probe]. The error is an [*IndexError] or
// [*NewerIndexError] if the index cannot be used, since nothing can then be saved.
func (s *Store) Probe(ctx context.Context, name string) error {
	w, err := s.begin(name)
	if err != nil {
		return err
	}
	defer w.release()
	record := probeRecordName()
	if err := w.announce(record); err != nil {
		return err
	}
	err = probe(ctx, w.vault, record)
	w.settle(err)
	return err
}

// Accounts returns all accounts, sorted by provider, user name and ID. The error is an [*IndexError] or
// [*NewerIndexError] if the index cannot be used.
func (s *Store) Accounts() ([]Account, error) {
	accounts, _, err := s.Overview()
	return accounts, err
}

func sortAccounts(accounts []Account) {
	slices.SortFunc(accounts, func(a, b Account) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.UserName, b.UserName), cmp.Compare(a.ID, b.ID))
	})
}

// Account returns one account. The error is [ErrNotFound] if there is none of that ID.
func (s *Store) Account(id string) (Account, error) {
	found, err := s.entry(id)
	return found.Value.Account, err
}

func (s *Store) entry(id string) (extensible[entry], error) {
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return extensible[entry]{}, err
		}
		if i := index.findAccount(id); i >= 0 {
			return index.Accounts[i], nil
		}
	}
	return extensible[entry]{}, fmt.Errorf("account %q: %w", id, ErrNotFound)
}

// The records in the vaults, as JSON.
type (
	tokenRecord struct {
		Token  string `json:"token"`
		Secret string `json:"secret"`
		KeyID  string `json:"key"` // ID of the Key that issued the token
	}
	keyRecord struct {
		Key    string `json:"key"`
		Secret string `json:"secret"`
	}
)

func keyRecordName(keyID string) string { return "key-" + keyID }

// Save stores what a link brought and returns the account as it is now listed. The account's Vault says where the
// secrets go; the session vault keeps the whole account off the disk.
//
// It stores client credentials, unless that vault has them already, then the token, reading each back to compare, then
// the picture, and last the index. If a step fails or ctx ends, everything stored so far is removed again. An account
// that is linked again keeps its old token until the index has the new one. What a vault does not let go of is left to
// [Store.CleanUp]. Vault failures are of type [*VaultError].
func (s *Store) Save(ctx context.Context, linked Linked) (Account, error) {
	account := &linked.Account
	if account.ID == "" {
		account.ID = rand.Text()
	} else if !validID(account.ID) {
		return Account{}, fmt.Errorf("account ID %q is not usable", account.ID)
	}
	if account.LinkedAt.IsZero() {
		account.LinkedAt = time.Now()
	}
	// As they will be read from the index.
	account.LinkedAt, account.CheckedAt = account.LinkedAt.UTC().Round(0), account.CheckedAt.UTC().Round(0)

	w, err := s.begin(account.Vault)
	if err != nil {
		return Account{}, err
	}
	defer w.release()
	err = w.store(ctx, linked)
	if err == nil {
		err = indexError(w.shelf.amend(w.add))
	}
	if err != nil {
		return Account{}, w.takeBack(ctx, err)
	}
	s.forgetReplaced(ctx, w)
	return w.saved.Value.Account, nil
}

// SaveKey stores client credentials without an account, reading them back to compare, and returns how they are listed.
// The key's Provider, Name, Callback and Vault count, the rest is made. Credentials that the vault has already are not
// stored twice: the key that is there is returned as it is. The session vault keeps all of it off the disk.
func (s *Store) SaveKey(ctx context.Context, key Key, client oauth.ClientCredentials) (Key, error) {
	w, err := s.begin(key.Vault)
	if err != nil {
		return Key{}, err
	}
	defer w.release()
	key.AddedAt = time.Now().UTC().Round(0)
	known, err := w.chooseKey(ctx, client, key)
	if err != nil {
		return Key{}, err
	}
	if w.newKey == nil {
		if i := w.before.findKey(known); i >= 0 {
			return w.before.Keys[i].Value, nil
		}
		return Key{}, errors.New("the client credentials are empty")
	}
	if err := w.announceWithKey(); err != nil {
		return Key{}, err
	}
	err = w.putKey(ctx, client)
	if err == nil {
		err = indexError(w.shelf.amend(func(index *contents) error {
			index.removePending(w.vault.Name(), w.pending...)
			index.Keys = append(index.Keys, *w.newKey)
			return nil
		}))
	}
	if err != nil {
		return Key{}, w.takeBack(ctx, err)
	}
	return w.newKey.Value, nil
}

// UpdateKey changes the name of a key and the callback that is registered with it. The error is [ErrNotFound] if there is
// no key of that ID.
func (s *Store) UpdateKey(keyID, name, callback string) error {
	for _, shelf := range s.shelves() {
		err := shelf.change(func(index *contents) error {
			i := index.findKey(keyID)
			if i < 0 {
				return ErrNotFound
			}
			index.Keys[i].Value.Name, index.Keys[i].Value.Callback = name, callback
			return nil
		})
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("key %q: %w", keyID, ErrNotFound)
}

// forgetReplaced removes what an account was before it was saved again. The account is linked by now, so a failure
// changes nothing for the person.
func (s *Store) forgetReplaced(ctx context.Context, w *writing) {
	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	if w.replaced != nil {
		_ = s.discard(ctx, w.shelf, w.replaced.Vault, w.replaced.Record)
	}
	if w.vault.Name() != SessionVault { // it would be hidden by the account of this session
		_, _ = s.deleteFrom(ctx, s.memory, w.saved.Value.ID, false)
	}
}

// findKey returns the ID of the key in vault that holds client, or "" if there is none.
func findKey(
	ctx context.Context, keys []extensible[Key], vault Vault, provider string, client oauth.ClientCredentials,
) (string, error) {
	for _, k := range keys {
		key := k.Value
		if key.Provider != provider || key.Vault != vault.Name() || key.Hint != hint(client.Key) {
			continue
		}
		stored, err := readClient(ctx, vault, key.ID)
		if state := vaultState(err); state == VaultNotFound || state == VaultDamaged {
			continue
		}
		if err != nil {
			return "", err
		}
		if stored.Key == client.Key && stored.Secret.Equal(client.Secret) {
			return key.ID, nil
		}
	}
	return "", nil
}

// Update changes what the index says about an account, such as the result of a check. The fields ID, Vault and KeyID
// belong to the stored secrets and stay as they are. The error is [ErrNotFound] if there is no account of that ID.
func (s *Store) Update(id string, change func(*Account)) error {
	for _, shelf := range s.shelves() {
		err := shelf.change(func(index *contents) error {
			i := index.findAccount(id)
			if i < 0 {
				return ErrNotFound
			}
			index.Accounts[i].Value.change(change)
			return nil
		})
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("account %q: %w", id, ErrNotFound)
}

// Credentials returns what it takes to sign requests for an account. The error is [ErrNotFound] if there is no account
// of that ID, and a [*VaultError] if a vault does not give them.
func (s *Store) Credentials(ctx context.Context, id string) (Credentials, error) {
	found, err := s.entry(id)
	if err != nil {
		return Credentials{}, err
	}
	return s.credentials(ctx, found.Value, s.keyVault)
}

// credentials asks the vaults. keyVault says which one has a key.
func (s *Store) credentials(
	ctx context.Context, found entry, keyVault func(keyID string) (string, error),
) (Credentials, error) {
	vault, err := s.vault(found.Vault)
	if err != nil {
		return Credentials{}, err
	}
	var record tokenRecord
	if err := readRecord(ctx, vault, found.Record, &record); err != nil {
		return Credentials{}, fmt.Errorf("read the token credentials: %w", err)
	}
	credentials := Credentials{
		Token: oauth.TokenCredentials{Token: record.Token, Secret: oauth.Secret(record.Secret)},
	}
	if record.KeyID != "" {
		credentials.Client, err = s.clientCredentials(ctx, record.KeyID, keyVault)
	}
	if err != nil {
		return Credentials{}, err
	}
	return credentials, nil
}

// readRecord reads JSON from a record. What is in the record never shows up in the error.
func readRecord(ctx context.Context, vault Vault, record string, content any) error {
	secret, err := vault.Get(ctx, record)
	if err != nil {
		return asVaultError(vault.Name(), err)
	}
	if json.Unmarshal(secret, content) != nil {
		return &VaultError{Vault: vault.Name(), State: VaultDamaged}
	}
	return nil
}

func readClient(ctx context.Context, vault Vault, keyID string) (oauth.ClientCredentials, error) {
	var record keyRecord
	err := readRecord(ctx, vault, keyRecordName(keyID), &record)
	if err != nil {
		return oauth.ClientCredentials{}, err
	}
	return oauth.ClientCredentials{Key: record.Key, Secret: oauth.Secret(record.Secret)}, nil
}

// Delete removes an account: its token, its picture and its place in the index. With forgetKey the client credentials
// go too, unless another account uses them. If the vault cannot be reached, the account stays, and the error is a
// [*VaultError]. The error is [ErrNotFound] if there is no account of that ID. A program that is killed in the middle
// leaves an account without secrets, which can be deleted once more.
func (s *Store) Delete(ctx context.Context, id string, forgetKey bool) error {
	_, err := s.delete(ctx, id, forgetKey, false)
	return err
}

// delete returns what it removed, from each shelf, with the secrets if readSecrets is set.
func (s *Store) delete(ctx context.Context, id string, forgetKey, readSecrets bool) ([]removedEntry, error) {
	var removed []removedEntry
	for _, shelf := range s.shelves() {
		one, err := s.deleteFrom(ctx, shelf, id, readSecrets)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("delete account %q: %w", id, err)
		}
		removed = append(removed, one)
	}
	if removed == nil {
		return nil, fmt.Errorf("account %q: %w", id, ErrNotFound)
	}
	if !forgetKey {
		return removed, nil
	}
	for _, one := range removed {
		err := s.DeleteKey(ctx, one.entry.Value.KeyID)
		if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrKeyInUse) {
			return nil, err
		}
	}
	return removed, nil
}

// deleteFrom removes an account from one shelf and returns what it was, with its secrets if readSecrets is set and the
// vault shows them.
func (s *Store) deleteFrom(ctx context.Context, shelf shelf, id string, readSecrets bool) (removedEntry, error) {
	before, err := shelf.read()
	if err != nil {
		return removedEntry{}, err
	}
	i := before.findAccount(id)
	if i < 0 {
		return removedEntry{}, ErrNotFound
	}
	found := before.Accounts[i].Value
	vault, err := s.vault(found.Vault)
	if err != nil {
		return removedEntry{}, err
	}
	var removed removedEntry
	if readSecrets {
		if credentials, err := s.credentials(ctx, found, s.keyVault); err == nil {
			removed.credentials, removed.picture = &credentials, shelf.picture(id)
		}
	}
	if err := vault.Delete(ctx, found.Record); err != nil {
		return removedEntry{}, asVaultError(found.Vault, err)
	}
	if err := shelf.setPicture(id, nil); err != nil {
		return removedEntry{}, err
	}
	removed.entry = before.Accounts[i]
	err = shelf.change(func(index *contents) error {
		i := index.findAccount(id)
		if i < 0 {
			return nil
		}
		if index.Accounts[i].Value.Record != found.Record {
			return ErrChanged // linked again since, with a token that is not deleted
		}
		removed.entry = index.Accounts[i]
		if k := index.findKey(found.KeyID); k >= 0 {
			key := index.Keys[k]
			removed.key = &key
		}
		isItsOwn := func(h extensible[Handover]) bool { return h.Value.AccountID == id }
		for _, h := range index.Handovers {
			if isItsOwn(h) {
				removed.handovers = append(removed.handovers, h)
			}
		}
		index.Accounts = slices.Delete(index.Accounts, i, i+1)
		index.Handovers = slices.DeleteFunc(index.Handovers, isItsOwn)
		return nil
	})
	return removed, err
}

// Keys returns the keys of a provider, or all if provider is empty, sorted by the time they were added.
func (s *Store) Keys(provider string) ([]Key, error) {
	var keys []Key
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return nil, err
		}
		for _, k := range index.Keys {
			if provider == "" || k.Value.Provider == provider {
				keys = append(keys, k.Value)
			}
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(a.AddedAt.Compare(b.AddedAt), cmp.Compare(a.ID, b.ID)) })
	return keys, nil
}

// KeyUsers returns the accounts that need each key, by its ID: also those that an account of this session hides.
func (s *Store) KeyUsers() (map[string][]Account, error) {
	users := make(map[string][]Account)
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return nil, err
		}
		for _, e := range index.Accounts {
			if id := e.Value.KeyID; id != "" {
				users[id] = append(users[id], e.Value.Account)
			}
		}
	}
	return users, nil
}

// ClientCredentials returns the credentials of a stored key. The error is [ErrNotFound] if there is no key of that ID,
// and a [*VaultError] if the vault does not give them.
func (s *Store) ClientCredentials(ctx context.Context, keyID string) (oauth.ClientCredentials, error) {
	return s.clientCredentials(ctx, keyID, s.keyVault)
}

func (s *Store) clientCredentials(
	ctx context.Context, keyID string, keyVault func(keyID string) (string, error),
) (oauth.ClientCredentials, error) {
	name, err := keyVault(keyID)
	if err != nil {
		return oauth.ClientCredentials{}, err
	}
	vault, err := s.vault(name)
	if err != nil {
		return oauth.ClientCredentials{}, err
	}
	client, err := readClient(ctx, vault, keyID)
	if err != nil {
		return oauth.ClientCredentials{}, fmt.Errorf("read the client credentials: %w", err)
	}
	return client, nil
}

// keyVault returns the name of the vault that has a key.
func (s *Store) keyVault(keyID string) (string, error) {
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return "", err
		}
		if i := index.findKey(keyID); i >= 0 {
			return index.Keys[i].Value.Vault, nil
		}
	}
	return "", fmt.Errorf("key %q: %w", keyID, ErrNotFound)
}

// DeleteKey removes client credentials. The error is [ErrKeyInUse] while an account signs with them, [ErrNotFound] if
// there is no key of that ID, and a [*VaultError] if the vault cannot be reached; the key then stays.
func (s *Store) DeleteKey(ctx context.Context, keyID string) error {
	for _, shelf := range s.shelves() {
		err := s.deleteKeyFrom(ctx, shelf, keyID)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("key %q: %w", keyID, ErrNotFound)
}

func (s *Store) deleteKeyFrom(ctx context.Context, shelf shelf, keyID string) error {
	release, err := shelf.hold()
	if err != nil {
		return err
	}
	defer release()
	var removed extensible[Key]
	err = shelf.change(func(index *contents) error {
		i := index.findKey(keyID)
		if i < 0 {
			return ErrNotFound
		}
		if index.isKeyUsed(keyID) {
			return ErrKeyInUse
		}
		removed = index.Keys[i]
		index.Keys = slices.Delete(index.Keys, i, i+1)
		index.addPending(removed.Value.Vault, keyRecordName(keyID))
		return nil
	})
	if err != nil {
		return fmt.Errorf("key %q: %w", keyID, err)
	}

	// The index went first, so that no account can be linked with a key that is about to go.
	if err := s.discard(ctx, shelf, removed.Value.Vault, keyRecordName(keyID)); err != nil {
		back := shelf.amend(func(index *contents) error {
			index.Keys = append(index.Keys, removed)
			index.removePending(removed.Value.Vault, keyRecordName(keyID))
			return nil
		})
		return fmt.Errorf("delete key %q: %w", keyID, errors.Join(err, back))
	}
	return nil
}

// Picture returns the image file of an account, or nil if there is none.
func (s *Store) Picture(id string) []byte {
	if picture := s.memory.picture(id); picture != nil {
		return picture
	}
	return s.disk.picture(id)
}
