package account

import (
	"context"
	"fmt"
	"slices"
)

// Removed is an account that [Store.Remove] removed, with all that it takes to restore it. It holds secrets, so keep it in
// memory alone, and not for long.
type Removed struct {
	entries []removedEntry // two if an account of this session hid one on disk; the one that was seen comes first
	others  []string       // IDs of other accounts of the same person at that time
}

// removedEntry is what an account was on one shelf.
type removedEntry struct {
	entry       extensible[entry]
	key         *extensible[Key] // nil if it had none
	handovers   []extensible[Handover]
	picture     []byte
	credentials *Credentials // nil if they were not asked for, or the vault did not show them
}

// Account returns the account as it was.
func (r *Removed) Account() Account { return r.entries[0].entry.Value.Account }

// Credentials returns what it took to sign a request for the account.
func (r *Removed) Credentials() Credentials { return *r.entries[0].credentials }

// String hides the secrets.
func (r *Removed) String() string { return "removed account " + r.Account().ID }

// GoString hides the secrets.
func (r *Removed) GoString() string { return "account.Removed{" + r.Account().ID + "}" }

// Remove is [Store.Delete] for an account that may have to come back: it reads the secrets first and returns them with all
// else that was removed. It returns nil if the vault let go of the secrets without showing them.
func (s *Store) Remove(ctx context.Context, id string, forgetKey bool) (*Removed, error) {
	before, err := s.Account(id)
	if err != nil {
		return nil, err
	}
	others, err := s.accountsOf(before)
	if err != nil {
		return nil, err
	}
	entries, err := s.delete(ctx, id, forgetKey, true)
	if err != nil || entries[0].credentials == nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e removedEntry) bool { return e.credentials == nil })
	return &Removed{entries: entries, others: slices.DeleteFunc(others, func(other string) bool { return other == id })}, nil
}

// accountsOf returns the IDs of the accounts of the person that known is about, and of known itself.
func (s *Store) accountsOf(known Account) ([]string, error) {
	var ids []string
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return nil, err
		}
		for _, e := range index.Accounts {
			if e.Value.isAbout(known) {
				ids = append(ids, e.Value.ID)
			}
		}
	}
	return ids, nil
}

// isAbout reports whether both are one account, or accounts of one person.
func (a Account) isAbout(other Account) bool {
	return a.ID == other.ID || a.Provider == other.Provider && a.UserID == other.UserID && a.UserID != ""
}

// Restore brings back an account as it was when it was removed: under the same ID, in the same vault, with its picture and
// the notes of what it was handed to. Its key comes back too if it is gone by now, under the same ID as far as that is
// free; if the vault has the same client credentials under another ID, the account gets that.
//
// It stores and compares as [Store.Save] does, and if a step fails or ctx ends, the account stays removed; Restore can
// then be tried again. The error is [ErrLinkedAgain] if the person was linked in the meantime, [ErrChanged] if another program
// changed the same things at this moment, and a [*VaultError] if the vault fails.
func (s *Store) Restore(ctx context.Context, removed *Removed) (Account, error) {
	account, err := s.restore(ctx, removed)
	if err != nil {
		return Account{}, fmt.Errorf("restore account %q: %w", removed.Account().ID, err)
	}
	return account, nil
}

func (s *Store) restore(ctx context.Context, removed *Removed) (Account, error) {
	// One at a time: a key comes back under its old ID, and two accounts may both miss the same one.
	select {
	case s.restoring <- struct{}{}:
		defer func() { <-s.restoring }()
	case <-ctx.Done():
		return Account{}, ctx.Err()
	}
	now, err := s.accountsOf(removed.Account())
	if err != nil {
		return Account{}, err
	}
	for _, id := range now {
		if !slices.Contains(removed.others, id) {
			return Account{}, ErrLinkedAgain
		}
	}

	var account Account
	var done []*restoration
	for _, entry := range slices.Backward(removed.entries) {
		r, err := s.restoreEntry(ctx, entry, removed.others)
		if err != nil {
			for _, r := range done {
				s.removeAgain(ctx, r)
			}
			return Account{}, err
		}
		done = append(done, r)
		account = r.saved.Value.Account
	}
	return account, nil
}

// restoration is the writing of an account that comes back.
type restoration struct {
	*writing
	removed removedEntry
	others  []string
}

func (s *Store) restoreEntry(ctx context.Context, removed removedEntry, others []string) (*restoration, error) {
	w, err := s.begin(removed.entry.Value.Vault)
	if err != nil {
		return nil, err
	}
	defer w.release()
	r := &restoration{writing: w, removed: removed, others: others}
	r.saved = removed.entry
	err = r.chooseOldKey(ctx)
	if err == nil {
		err = r.storeSaved(ctx, Linked{
			Token: removed.credentials.Token, Client: removed.credentials.Client, Picture: removed.picture,
		})
	}
	if err == nil {
		err = indexError(r.shelf.amend(r.comeBack))
	}
	if err != nil {
		return nil, r.takeBack(ctx, err)
	}
	return r, nil
}

// chooseOldKey finds out which key the account has from now on: its old one, which has to be stored anew if it is gone, or
// another one with the same client credentials.
func (r *restoration) chooseOldKey(ctx context.Context) error {
	key := r.removed.key
	if key == nil || r.before.findKey(key.Value.ID) >= 0 {
		return nil
	}
	keyID, err := r.chooseKey(ctx, r.removed.credentials.Client, key.Value)
	if err != nil {
		return err
	}
	if r.newKey != nil {
		*r.newKey = *key
		if pending := (pendingRecord{key.Value.Vault, keyRecordName(key.Value.ID)}); !slices.Contains(r.before.Pending, pending) {
			keyID = key.Value.ID
		} // otherwise a clean-up may be about to remove a record of that name
		r.newKey.Value.ID = keyID
	}
	r.saved.Value.KeyID = keyID
	return nil
}

// comeBack is an edit of the index.
func (r *restoration) comeBack(index *contents) error {
	for _, e := range index.Accounts {
		if e.Value.isAbout(r.saved.Value.Account) && !slices.Contains(r.others, e.Value.ID) {
			return ErrLinkedAgain
		}
	}
	if err := r.add(index); err != nil {
		return err
	}
	index.Handovers = append(index.Handovers, r.removed.handovers...)
	return nil
}

// removeAgain undoes restoreEntry.
func (s *Store) removeAgain(ctx context.Context, r *restoration) {
	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	_, _ = s.deleteFrom(ctx, r.shelf, r.saved.Value.ID, false)
	if r.newKey != nil {
		_ = s.deleteKeyFrom(ctx, r.shelf, r.newKey.Value.ID)
	}
}
