package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Move takes an account, with its token and its key, to the vault of this name, and returns it as it is now listed. Use
// it when a keyring has become available, or is no longer wanted. An account that is there already stays as it is.
//
// It stores and compares as [Store.Save] does, then changes the index, then removes the secrets from the old vault. A
// key that other accounts of the old vault sign with is copied. If a step fails or ctx ends, the account stays as it
// was. The one exception is an old vault that does not let go of the token and does not show it any more either: the
// account has then moved, and the rest is left to [Store.CleanUp]. The error is [ErrNotFound] if there is no account of
// that ID, [ErrChanged] if it was linked again in the meantime, and a [*VaultError] if a vault fails.
func (s *Store) Move(ctx context.Context, accountID, vaultName string) (Account, error) {
	old, err := s.entry(accountID)
	if err != nil || old.Value.Vault == vaultName {
		return old.Value.Account, err
	}
	moved, err := s.move(ctx, old, vaultName)
	if err != nil {
		return Account{}, fmt.Errorf("move account %q: %w", accountID, err)
	}
	return moved, nil
}

func (s *Store) move(ctx context.Context, old extensible[entry], vaultName string) (Account, error) {
	credentials, err := s.Credentials(ctx, old.Value.ID)
	if err != nil {
		return Account{}, err
	}
	w, err := s.begin(vaultName)
	if err != nil {
		return Account{}, err
	}
	defer w.release()
	m := &moving{writing: w, source: s.shelf(old.Value.Vault), old: old}
	release, err := m.source.hold()
	if err != nil {
		return Account{}, err
	}
	defer release()

	linked := Linked{Account: old.Value.Account, Token: credentials.Token, Client: credentials.Client}
	linked.Account.Vault = vaultName
	if m.source != m.shelf {
		linked.Picture = s.Picture(old.Value.ID)
	}
	err = m.store(ctx, linked)
	if err == nil {
		err = indexError(m.commit())
	}
	if err != nil {
		return Account{}, m.takeBack(ctx, err)
	}
	if err := s.discard(ctx, m.source, old.Value.Vault, old.Value.Record); err != nil {
		if s.holds(ctx, old.Value, credentials) && m.rollBack() == nil {
			return Account{}, m.takeBack(ctx, err)
		}
		return m.saved.Value.Account, nil
	}

	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	if m.oldKey != nil {
		_ = s.discard(ctx, m.source, old.Value.Vault, keyRecordName(m.oldKey.Value.ID))
	}
	if m.replaced != nil { // an account on disk, which one of this session had hidden
		_ = s.discard(ctx, m.shelf, m.replaced.Vault, m.replaced.Record)
	}
	if m.source != m.shelf {
		_ = m.source.setPicture(old.Value.ID, nil)
	}
	return m.saved.Value.Account, nil
}

// holds reports whether the old vault certainly has the token still.
func (s *Store) holds(ctx context.Context, old entry, credentials Credentials) bool {
	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	vault, err := s.vault(old.Vault)
	if err != nil {
		return false
	}
	var record tokenRecord
	err = readRecord(ctx, vault, old.Record, &record)
	return err == nil && record.Token == credentials.Token.Token && record.Secret == credentials.Token.Secret.Reveal()
}

// moving is the writing of an account that leaves another vault for it.
type moving struct {
	*writing
	source shelf // where the account was, which may be the shelf where it will be
	old    extensible[entry]
	oldKey *extensible[Key] // nil if there is none, or if it stays for other accounts
}

// commit changes the index, or both, from the old to the new.
func (m *moving) commit() error {
	if m.source == m.shelf {
		return m.shelf.amend(func(index *contents) error {
			m.takeOver(index)
			return cmp.Or(m.leave(index), m.add(index))
		})
	}
	before, err := m.source.read()
	if err != nil {
		return err
	}
	m.takeOver(&before)
	if err := m.shelf.amend(m.add); err != nil {
		return err
	}
	err = m.source.amend(m.leave)
	if err != nil {
		err = errors.Join(err, m.shelf.amend(m.remove))
	}
	return err
}

// rollBack undoes commit.
func (m *moving) rollBack() error {
	if m.source == m.shelf {
		return m.shelf.amend(func(index *contents) error { return cmp.Or(m.remove(index), m.comeBack(index)) })
	}
	if err := m.source.amend(m.comeBack); err != nil {
		return err
	}
	return m.shelf.amend(m.remove)
}

// takeOver gives the new account and its key what the index says about the old ones by now.
func (m *moving) takeOver(index *contents) {
	if i := index.findAccount(m.old.Value.ID); i >= 0 {
		moved := index.Accounts[i]
		moved.Value.Vault, moved.Value.KeyID = m.saved.Value.Vault, m.saved.Value.KeyID
		moved.Value.Record = m.saved.Value.Record
		m.saved = moved
	}
	if i := index.findKey(m.old.Value.KeyID); i >= 0 && m.newKey != nil {
		moved := index.Keys[i]
		moved.Value.ID, moved.Value.Vault = m.newKey.Value.ID, m.newKey.Value.Vault
		m.newKey = &moved
	}
}

// leave is an edit of the index where the account was.
func (m *moving) leave(index *contents) error {
	i := index.findAccount(m.old.Value.ID)
	if i < 0 || index.Accounts[i].Value.Record != m.old.Value.Record {
		return ErrChanged
	}
	m.old = index.Accounts[i]
	index.Accounts = slices.Delete(index.Accounts, i, i+1)
	index.addPending(m.old.Value.Vault, m.old.Value.Record)
	if i := index.findKey(m.old.Value.KeyID); i >= 0 && !index.isKeyUsed(m.old.Value.KeyID) {
		key := index.Keys[i]
		m.oldKey = &key
		index.Keys = slices.Delete(index.Keys, i, i+1)
		index.addPending(key.Value.Vault, keyRecordName(key.Value.ID))
	}
	return nil
}

// comeBack undoes leave.
func (m *moving) comeBack(index *contents) error {
	if index.findAccount(m.old.Value.ID) >= 0 {
		return ErrChanged
	}
	index.Accounts = append(index.Accounts, m.old)
	index.removePending(m.old.Value.Vault, m.old.Value.Record)
	if m.oldKey != nil {
		index.Keys = append(index.Keys, *m.oldKey)
		index.removePending(m.oldKey.Value.Vault, keyRecordName(m.oldKey.Value.ID))
	}
	return nil
}

// remove undoes add.
func (m *moving) remove(index *contents) error {
	i := index.findAccount(m.saved.Value.ID)
	if i < 0 || index.Accounts[i].Value.Record != m.saved.Value.Record {
		return ErrChanged
	}
	index.Accounts = slices.Delete(index.Accounts, i, i+1)
	if m.newKey != nil && !index.isKeyUsed(m.newKey.Value.ID) {
		if i := index.findKey(m.newKey.Value.ID); i >= 0 {
			index.Keys = slices.Delete(index.Keys, i, i+1)
		}
	}
	index.addPending(m.vault.Name(), m.pending...)
	return nil
}
