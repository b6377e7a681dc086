package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"photolink/oauth"
)

const (
	maxFileBytes = 1 << 20 // of the encrypted file: some hundred accounts
	lockRetry    = 20 * time.Millisecond

	// fileVersion is the version of the file that this program reads and writes. A newer one says so in the encrypted
	// object, as a number named "version", which no record is; version 1 says nothing.
	fileVersion = 1
)

// File returns the vault that is the file at path, encrypted with a passphrase: an age file (age-encryption.org/v1) of
// one scrypt recipient, around a JSON object of record names and base64. Use it where there is no keyring. Programs may
// share the file; the folder must exist.
//
// passphrase is called when the passphrase is first needed, and again after a wrong one; creating says that there is no
// file yet, so that the person chooses one and had better type it twice. It may wait for the person until its context
// ends. An error, or nothing typed, makes the vault locked. The passphrase is kept in memory as long as the vault.
//
// To open a file takes about a second and 256 MB, and so does each change, but not to read one that was open before.
func File(path string, passphrase func(ctx context.Context, creating bool) (oauth.Secret, error)) Vault {
	return newFile(path, passphrase)
}

type fileVault struct {
	path       string
	ask        func(ctx context.Context, creating bool) (oauth.Secret, error)
	workFactor int // scrypt does this power of two of work; 0 stands for the default of age
	turns      turns

	// These belong to the call whose turn it is.
	passphrase oauth.Secret      // empty if it is not known
	sealed     []byte            // the file as it was when it was last open
	open       map[string][]byte // what sealed holds, by record
}

func newFile(path string, passphrase func(ctx context.Context, creating bool) (oauth.Secret, error)) *fileVault {
	return &fileVault{path: path, ask: passphrase, turns: newTurns()}
}

func (*fileVault) Name() string { return FileVault }

func (f *fileVault) Put(ctx context.Context, record string, secret []byte) error {
	if len(secret) > maxSecretBytes {
		return fileError(VaultTooBig, nil)
	}
	secret = bytes.Clone(secret)
	return f.turns.call(ctx, FileVault, func() error {
		return f.change(ctx, func(records map[string][]byte) { records[record] = secret })
	}, func() { _ = f.remove(context.WithoutCancel(ctx), record) })
}

func (f *fileVault) Get(ctx context.Context, record string) ([]byte, error) {
	var secret []byte
	err := f.turns.call(ctx, FileVault, func() error {
		records, err := f.read(ctx)
		if err != nil {
			return err
		}
		stored, ok := records[record]
		if !ok {
			return fileError(VaultNotFound, nil)
		}
		secret = bytes.Clone(stored)
		return nil
	}, nil)
	if err != nil {
		return nil, err // without a look at secret: an abandoned call may still write it
	}
	return secret, nil
}

func (f *fileVault) Delete(ctx context.Context, record string) error {
	return f.turns.call(ctx, FileVault, func() error { return f.remove(ctx, record) }, nil)
}

func (f *fileVault) remove(ctx context.Context, record string) error {
	records, err := f.read(ctx)
	if _, ok := records[record]; err != nil || !ok {
		return err
	}
	return f.change(ctx, func(records map[string][]byte) { delete(records, record) })
}

// read returns the records, none if there is no file. It asks for the passphrase if need be, without a lock on the file,
// for which other programs would wait.
func (f *fileVault) read(ctx context.Context) (map[string][]byte, error) {
	lock := f.lock()
	if _, err := lock.TryRLockContext(ctx, lockRetry); err != nil {
		return nil, err
	}
	sealed, err := f.load()
	_ = lock.Unlock()
	if err != nil || sealed == nil {
		return nil, err
	}
	return f.unseal(ctx, sealed)
}

// change edits the records and writes the file.
func (f *fileVault) change(ctx context.Context, edit func(records map[string][]byte)) error {
	if _, err := f.read(ctx); err != nil {
		return err
	}
	if f.passphrase == "" { // there is no file, or it would be known
		if err := f.askPassphrase(ctx, true); err != nil {
			return err
		}
	}
	lock := f.lock()
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()

	records := make(map[string][]byte)
	sealed, err := f.load()
	if err != nil {
		return err
	}
	if sealed != nil {
		open, err := f.unseal(ctx, sealed) // by now, another program may have written it
		if err != nil {
			return err
		}
		maps.Copy(records, open)
	}
	edit(records)
	if sealed, err = f.seal(records); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := writeFile(f.path, sealed); err != nil {
		return err
	}
	if stored, err := f.load(); err != nil || !bytes.Equal(stored, sealed) {
		return fileError(VaultNotStored, err)
	}
	f.sealed, f.open = sealed, records
	return nil
}

// lock is taken for reading too, because Windows does not replace a file that is open.
func (f *fileVault) lock() *flock.Flock { return flock.New(f.path + ".lock") }

// load returns the file, nil if there is none.
func (f *fileVault) load() ([]byte, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	sealed, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err == nil && len(sealed) > maxFileBytes {
		err = fileError(VaultDamaged, errors.New("the file is too large"))
	}
	return sealed, err
}

// unseal returns the records in an encrypted file.
func (f *fileVault) unseal(ctx context.Context, sealed []byte) (_ map[string][]byte, err error) {
	if f.open != nil && bytes.Equal(sealed, f.sealed) {
		return f.open, nil
	}
	if f.passphrase == "" {
		if err := f.askPassphrase(ctx, false); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil { // a passphrase that did not open the file is not one to write it with
			f.passphrase, f.sealed, f.open = "", nil, nil
		}
	}()
	identity, err := age.NewScryptIdentity(f.passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if mismatch, ok := errors.AsType[*age.NoIdentityMatchError](err); ok &&
		slices.Equal(mismatch.StanzaTypes, []string{"scrypt"}) {
		return nil, fileError(VaultWrongPassphrase, nil)
	}
	var content []byte
	if err == nil {
		content, err = io.ReadAll(plain)
	}
	if isNewerFile(content) {
		return nil, fileError(VaultNewer, nil)
	}
	var records map[string][]byte
	if err == nil {
		err = json.Unmarshal(content, &records)
	}
	if err != nil || records == nil {
		return nil, fileError(VaultDamaged, nil) // without err, which may quote what should have been encrypted
	}
	f.sealed, f.open = sealed, records
	return records, nil
}

// isNewerFile reports whether a newer version of this program wrote what was encrypted.
func isNewerFile(content []byte) bool {
	var head struct{ Version int }
	return json.Unmarshal(content, &head) == nil && head.Version > fileVersion
}

func (f *fileVault) seal(records map[string][]byte) ([]byte, error) {
	content, err := json.Marshal(records)
	if err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(f.passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	if f.workFactor != 0 {
		recipient.SetWorkFactor(f.workFactor)
	}
	var sealed bytes.Buffer
	plain, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	_, err = plain.Write(content)
	if err = errors.Join(err, plain.Close()); err != nil {
		return nil, err
	}
	if sealed.Len() > maxFileBytes {
		return nil, fileError(VaultTooBig, nil)
	}
	return sealed.Bytes(), nil
}

func (f *fileVault) askPassphrase(ctx context.Context, creating bool) error {
	passphrase, err := f.ask(ctx, creating)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || passphrase == "" {
		return fileError(VaultLocked, err)
	}
	f.passphrase = passphrase
	return nil
}

func fileError(state VaultState, err error) error {
	return &VaultError{Vault: FileVault, State: state, Err: err}
}
