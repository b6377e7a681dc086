package app

import (
	"context"
	"sync"
	"time"

	"photolink/app/account"
	"photolink/app/link"
)

// UndoTime is how long an account that was unlinked can be brought back.
const UndoTime = 30 * time.Second

// ErrTooLate means that an account was unlinked longer than UndoTime ago.
var ErrTooLate = link.ErrTooLate

// Unlink removes an account and its secrets from this computer, with its API key if forgetKey is set and no other
// account needs it. The service is not told: it has a page where the person takes the access back. The Farewell tells
// whether that was done, and can bring the account back; it is nil if the secrets could not be read any more.
func (a *App) Unlink(ctx context.Context, known account.Account, forgetKey bool) (farewell *Farewell, err error) {
	defer func() { a.logFailure("unlink", known.Provider, err) }()
	removed, err := a.accounts.Remove(ctx, known.ID, forgetKey)
	if err != nil || removed == nil {
		return nil, err
	}
	return &Farewell{
		app: a, account: known, credentials: removed.Credentials(), until: time.Now().Add(UndoTime), removed: removed,
	}, nil
}

// Farewell remembers, in memory alone, an account that was unlinked. When the program ends, the account is gone for good.
type Farewell struct {
	app         *App
	account     account.Account
	credentials account.Credentials
	until       time.Time

	mutex   sync.Mutex
	removed *account.Removed // nil once it is too late
}

// CanUndoUntil is when it becomes too late for Undo.
func (f *Farewell) CanUndoUntil() time.Time { return f.until }

// Undo brings the account back as it was: under its ID, with its secrets, key, picture and the notes of what it was handed
// to. If that fails, the account stays unlinked, and Undo can be tried again. The error is [ErrTooLate] from CanUndoUntil
// on, and otherwise one of [account.Store.Restore]. What AccessIsGone asks for stays known, so that it answers as before.
func (f *Farewell) Undo(ctx context.Context) (account.Account, error) {
	f.mutex.Lock()
	if !time.Now().Before(f.until) {
		f.removed = nil
	}
	removed := f.removed
	f.mutex.Unlock()
	if removed == nil {
		return account.Account{}, ErrTooLate
	}
	return f.app.accounts.Restore(ctx, removed)
}

// AccessIsGone asks the service whether the access was taken back there.
func (f *Farewell) AccessIsGone(ctx context.Context) (bool, error) {
	p, err := f.app.running(f.account.Provider)
	if err != nil {
		return false, err
	}
	return f.app.linker.AccessIsGone(ctx, p, f.account, f.credentials)
}
