package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Names of the vaults of this package, as [Account].Vault holds them.
const (
	KeyringVault = "keyring"
	FileVault    = "file"
	SessionVault = "session"
)

// maxSecretBytes is what the Windows Credential Manager takes, the least of all vaults.
const maxSecretBytes = 2560

// Vault keeps small secrets, each under the name of a record. Its methods may be called from any goroutine, may wait
// for a person to answer a prompt, and return soon after their context ends. Their errors are best a *[VaultError].
type Vault interface {
	// Name identifies the vault in the index, so it never changes.
	Name() string
	// Put stores secret, of up to 2,560 bytes, in place of what the record held. If the context ends first, or the
	// vault is absent, damaged, or locked in one way or the other, the secret is not stored, not even later.
	Put(ctx context.Context, record string, secret []byte) error
	// Get returns the secret. A record that is not there is a VaultError in state VaultNotFound.
	Get(ctx context.Context, record string) ([]byte, error)
	// Delete removes the record. A record that is not there is not an error.
	Delete(ctx context.Context, record string) error
}

// VaultState says why a vault did not do what it was asked to.
type VaultState string

// The states of a vault. Each calls for something else from the person.
const (
	VaultAbsent          VaultState = "absent"           // there is no such vault on this computer
	VaultLocked          VaultState = "locked"           // it is locked, and the person was not asked or would not say
	VaultDismissed       VaultState = "dismissed"        // the keyring's own prompt was closed, or could not be shown
	VaultWrongPassphrase VaultState = "wrong passphrase" // the vault is whole, and asks again the next time
	VaultUnanswered      VaultState = "unanswered"       // the wait was given up; a prompt may still be open
	VaultGone            VaultState = "gone"             // it went away during the call, and may be back for the next
	VaultRefused         VaultState = "refused"          // the vault said no, for a reason of its own
	VaultTooBig          VaultState = "too big"          // the secret is larger than the vault takes
	VaultNotStored       VaultState = "not stored"       // it said yes, and what it then held was something else
	VaultNotFound        VaultState = "not found"        // the vault has no such record
	VaultDamaged         VaultState = "damaged"          // record or vault are not as this program wrote them
	VaultNewer           VaultState = "newer"            // a newer version of this program wrote it; it is left alone
)

// VaultError is a failure of a vault. It never holds a secret.
type VaultError struct {
	Vault string // name of the vault
	State VaultState
	Err   error // what the vault said; may be nil
}

// Error returns the name of the vault, its state and what it said.
func (e *VaultError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Vault, e.State)
	}
	return fmt.Sprintf("%s: %s: %v", e.Vault, e.State, e.Err)
}

// Unwrap returns what the vault said. It matches context.Canceled if the caller gave up.
func (e *VaultError) Unwrap() error { return e.Err }

// asVaultError makes err, which vault returned, a VaultError if it is not one.
func asVaultError(vault string, err error) error {
	if err == nil || vaultState(err) != "" {
		return err
	}
	state := VaultRefused
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		state = VaultUnanswered
	}
	return &VaultError{Vault: vault, State: state, Err: err}
}

// vaultState returns the state in err, or "" if err is not from a vault.
func vaultState(err error) VaultState {
	if vaultErr, ok := errors.AsType[*VaultError](err); ok {
		return vaultErr.State
	}
	return ""
}

// Probe finds out whether vault works: it writes a record, reads it back, compares and deletes it. Use it before
// asking a person for anything that needs the vault. The error is a *[VaultError].
func Probe(ctx context.Context, vault Vault) error {
	return probe(ctx, vault, probeRecordName())
}

func probeRecordName() string { return "probe-" + rand.Text() }

func probe(ctx context.Context, vault Vault, record string) error {
	var undo undoList
	err := undo.put(ctx, vault, record, rand.Text(), func(ctx context.Context) error { return vault.Delete(ctx, record) })
	if err == nil {
		err = asVaultError(vault.Name(), vault.Delete(ctx, record))
	}
	if err != nil {
		return undo.run(ctx, err)
	}
	return nil
}

// undoList takes back what an unfinished call did, last step first.
type undoList []func(context.Context) error

func (u *undoList) add(step func(context.Context) error) { *u = append(*u, step) }

// put stores content as JSON in vault, and reads it back to compare. Undone, it calls remove.
func (u *undoList) put(
	ctx context.Context, vault Vault, record string, content any, remove func(context.Context) error,
) error {
	secret, err := json.Marshal(content)
	if err != nil {
		return err
	}
	err = asVaultError(vault.Name(), vault.Put(ctx, record, secret))
	switch vaultState(err) {
	case VaultAbsent, VaultLocked, VaultDismissed, VaultWrongPassphrase, VaultDamaged, VaultNewer, VaultUnanswered:
		return err // nothing is stored, and a vault that is asked to delete would ask its question again
	}
	u.add(remove)
	if err != nil {
		return err
	}
	return readBack(ctx, vault, record, secret)
}

// run takes everything back and returns cause, as a *leftoverError if something could not be taken back. It does so even
// if the person gave up the call, but not for long, because the person waits for it.
func (u undoList) run(ctx context.Context, cause error) error {
	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	var left error
	for _, step := range slices.Backward(u) {
		left = errors.Join(left, step(ctx))
	}
	if left != nil {
		return &leftoverError{cause, left}
	}
	return cause
}

// leftoverError means that what was done before cause could not be taken back.
type leftoverError struct{ cause, left error }

func (e *leftoverError) Error() string {
	return fmt.Sprintf("%v (and a part could not be removed again: %v)", e.cause, e.left)
}

func (e *leftoverError) Unwrap() []error { return []error{e.cause, e.left} }

// readBack proves that a record holds secret: a vault may say that it stored what it did not.
func readBack(ctx context.Context, vault Vault, record string, secret []byte) error {
	stored, err := vault.Get(ctx, record)
	if err != nil && vaultState(err) != VaultNotFound {
		return asVaultError(vault.Name(), err)
	}
	if err != nil || !bytes.Equal(stored, secret) {
		return &VaultError{Vault: vault.Name(), State: VaultNotStored}
	}
	return nil
}

// cleanupContext is for removing what is left over, which a call does at its end even if ctx has ended.
func cleanupContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// turns lets one call at a time through to a vault that can keep its caller waiting for ever. It holds one value while
// a call is under way.
type turns chan struct{}

func newTurns() turns { return make(turns, 1) }

// call runs operation in a goroutine of its own, once it is its turn, and waits for it or for the end of ctx. If ctx
// ends first and operation succeeds nevertheless, late (which may be nil) takes it back before the next call.
func (t turns) call(ctx context.Context, vault string, operation func() error, late func()) error {
	if ctx.Err() != nil {
		return asVaultError(vault, ctx.Err())
	}
	select {
	case t <- struct{}{}:
	case <-ctx.Done():
		return asVaultError(vault, ctx.Err())
	}

	answer := make(chan error) // unbuffered, so that the result is either received or known to be abandoned
	go func() {
		defer func() { <-t }()
		err := withoutPanic(operation)
		select {
		case answer <- err:
		case <-ctx.Done():
			if err == nil && late != nil {
				_ = withoutPanic(func() error { late(); return nil })
			}
		}
	}()
	select {
	case err := <-answer:
		return asVaultError(vault, err)
	case <-ctx.Done():
		return asVaultError(vault, ctx.Err())
	}
}

// withoutPanic turns a panic into an error. go-keyring panics when the session bus goes away while a prompt is open,
// and on a goroutine of its own that would end the program.
func withoutPanic(operation func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	return operation()
}

// Session returns a vault that holds its secrets in memory and forgets them when the program ends. Use it when the
// person prefers that to a keyring that is not available.
func Session() Vault {
	return &sessionVault{records: make(map[string][]byte)}
}

type sessionVault struct {
	mu      sync.Mutex
	records map[string][]byte
}

func (*sessionVault) Name() string { return SessionVault }

func (v *sessionVault) Put(ctx context.Context, record string, secret []byte) error {
	if err := ctx.Err(); err != nil {
		return asVaultError(SessionVault, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.records[record] = bytes.Clone(secret)
	return nil
}

func (v *sessionVault) Get(_ context.Context, record string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	secret, ok := v.records[record]
	if !ok {
		return nil, &VaultError{Vault: SessionVault, State: VaultNotFound}
	}
	return bytes.Clone(secret), nil
}

func (v *sessionVault) Delete(_ context.Context, record string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.records, record)
	return nil
}
