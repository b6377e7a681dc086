package account

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Handover says that an account was handed to a backup tool: where its secrets lie beside the vault.
type Handover struct {
	AccountID string    `json:"account"`
	Tool      string    `json:"tool"` // ID of the tool
	Path      string    `json:"path"`
	At        time.Time `json:"at,omitzero"`
}

// sameFile reports whether both are about the same account in the same file.
func (h Handover) sameFile(other Handover) bool {
	return h.AccountID == other.AccountID && h.Tool == other.Tool && h.Path == other.Path
}

// Handovers lists what an account was handed to, the oldest first.
func (s *Store) Handovers(accountID string) ([]Handover, error) {
	var found []Handover
	for _, shelf := range s.shelves() {
		index, err := shelf.read()
		if err != nil {
			return nil, err
		}
		for _, h := range index.Handovers {
			if h.Value.AccountID == accountID {
				found = append(found, h.Value)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Handover) int { return a.At.Compare(b.At) })
	return found, nil
}

// AddHandover notes that an account was handed over, in place of what was noted for the same file. The error is
// [ErrNotFound] if there is no account of that ID.
func (s *Store) AddHandover(h Handover) error {
	h.At = h.At.UTC().Round(0)
	return s.changeHandovers(h, func(index *contents) { index.Handovers = append(index.Handovers, extensible[Handover]{Value: h}) })
}

// RemoveHandover notes that what was handed over is gone from its file.
func (s *Store) RemoveHandover(h Handover) error { return s.changeHandovers(h, func(*contents) {}) }

// changeHandovers forgets h and then applies edit, on the shelf that has the account.
func (s *Store) changeHandovers(h Handover, edit func(*contents)) error {
	for _, shelf := range s.shelves() {
		err := shelf.change(func(index *contents) error {
			if index.findAccount(h.AccountID) < 0 {
				return ErrNotFound
			}
			index.Handovers = slices.DeleteFunc(index.Handovers, func(known extensible[Handover]) bool { return known.Value.sameFile(h) })
			edit(index)
			return nil
		})
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("account %q: %w", h.AccountID, ErrNotFound)
}
