package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Batch is the accounts of a [Store] as they were at one moment, with changes that are written together. Use it to work
// through many accounts, where it would take too long to read and write the index for each. Its methods may be called
// from any goroutine.
type Batch struct {
	store *Store

	mutex   sync.Mutex
	entries map[string]entry // by account ID
	keys    map[string]Key   // by ID
	changes map[string][]func(*entry)
}

// Batch reads the index. The error is an [*IndexError] or [*NewerIndexError] if that cannot be used.
func (s *Store) Batch() (*Batch, error) {
	b := &Batch{store: s, entries: make(map[string]entry), keys: make(map[string]Key), changes: make(map[string][]func(*entry))}
	for _, shelf := range slices.Backward(s.shelves()) { // so that the first one counts
		index, err := shelf.read()
		if err != nil {
			return nil, err
		}
		for _, e := range index.Accounts {
			b.entries[e.Value.ID] = e.Value
		}
		for _, k := range index.Keys {
			b.keys[k.Value.ID] = k.Value
		}
	}
	return b, nil
}

// Accounts returns all accounts in the order of [Store.Accounts].
func (b *Batch) Accounts() []Account {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	accounts := make([]Account, 0, len(b.entries))
	for _, e := range b.entries {
		accounts = append(accounts, e.Account)
	}
	sortAccounts(accounts)
	return accounts
}

// Account returns one account, with the changes that are not written yet. The error is [ErrNotFound] if there was none of
// that ID.
func (b *Batch) Account(id string) (Account, error) {
	found, err := b.entry(id)
	return found.Account, err
}

func (b *Batch) entry(id string) (entry, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	found, ok := b.entries[id]
	if !ok {
		return entry{}, fmt.Errorf("account %q: %w", id, ErrNotFound)
	}
	return found, nil
}

// Credentials is [Store.Credentials]. It reads the index again only if the vault no longer has what the index named.
func (b *Batch) Credentials(ctx context.Context, id string) (Credentials, error) {
	found, err := b.entry(id)
	if err != nil {
		return Credentials{}, err
	}
	credentials, err := b.store.credentials(ctx, found, b.keyVault)
	if vaultState(err) != VaultNotFound && !errors.Is(err, ErrNotFound) {
		return credentials, err
	}
	// It is lost, or the account was linked again, moved or removed in the meantime.
	fresh, err := b.store.entry(id)
	if err != nil {
		return Credentials{}, err
	}
	b.mutex.Lock()
	b.entries[id] = fresh.Value
	b.mutex.Unlock()
	return b.store.credentials(ctx, fresh.Value, b.store.keyVault)
}

func (b *Batch) keyVault(keyID string) (string, error) {
	key, ok := b.keys[keyID]
	if !ok {
		return "", fmt.Errorf("key %q: %w", keyID, ErrNotFound)
	}
	return key.Vault, nil
}

// Update is [Store.Update], but for the time: change is called now, and again by [Batch.Write].
func (b *Batch) Update(id string, change func(*Account)) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	found, ok := b.entries[id]
	if !ok {
		return fmt.Errorf("account %q: %w", id, ErrNotFound)
	}
	record := found.Record
	found.change(change)
	b.entries[id] = found
	b.changes[id] = append(b.changes[id], func(e *entry) {
		if e.Record == record { // otherwise it was linked again, and what was found out is about another token
			e.change(change)
		}
	})
	return nil
}

// Write writes the changes since the last time to the index, upon what others changed in the meantime. An account that was
// unlinked stays unlinked, and one that was linked again stays as it is. After an error, the next Write tries again.
func (b *Batch) Write() error {
	b.mutex.Lock()
	changes := b.changes
	b.changes = make(map[string][]func(*entry))
	b.mutex.Unlock()

	left := maps.Clone(changes)
	for _, shelf := range b.store.shelves() {
		if len(left) == 0 {
			break
		}
		err := shelf.change(func(index *contents) error {
			before := len(left)
			for i := range index.Accounts {
				e := &index.Accounts[i].Value
				for _, change := range left[e.ID] {
					change(e)
				}
				delete(left, e.ID)
			}
			if len(left) == before {
				return ErrNotFound
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrNotFound) {
			b.mutex.Lock()
			defer b.mutex.Unlock()
			for id, earlier := range changes {
				b.changes[id] = append(earlier, b.changes[id]...)
			}
			return err
		}
	}
	return nil
}
