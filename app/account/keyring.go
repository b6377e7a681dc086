package account

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/zalando/go-keyring"
)

const (
	// keyringService is the name under which the system's own keyring program lists the records.
	keyringService = "Photolink"
	// maxSecretBytes is what the Windows Credential Manager takes, the least of the systems.
	maxSecretBytes = 2560
)

// Keyring returns the vault that is the keyring of the system: Secret Service on Linux and BSD, Keychain on macOS,
// Credential Manager on Windows. One is enough for a program; it makes one call at a time.
//
// A keyring may ask the person to unlock it and wait for ever. When the context of a call ends, the call returns, and
// the next one waits until the keyring has answered the abandoned one.
func Keyring() Vault {
	return newKeyring(systemKeyring{})
}

// keyringAPI is the part of go-keyring that is used. Tests put a keyring of their own in its place.
type keyringAPI interface {
	Set(service, user, password string) error
	Get(service, user string) (string, error)
	Delete(service, user string) error
}

type keyringVault struct {
	api  keyringAPI
	turn chan struct{} // holds one value while a call is under way
}

func newKeyring(api keyringAPI) *keyringVault {
	return &keyringVault{api: api, turn: make(chan struct{}, 1)}
}

func (*keyringVault) Name() string { return KeyringVault }

func (k *keyringVault) Put(ctx context.Context, record string, secret []byte) error {
	if len(secret) > maxSecretBytes {
		return keyringError(keyring.ErrSetDataTooBig)
	}
	remove := func() { _ = k.api.Delete(keyringService, record) }
	return k.call(ctx, func() error {
		if err := k.api.Set(keyringService, record, string(secret)); err != nil {
			return keyringError(err)
		}
		// A dismissed prompt, or a macOS command of just the wrong length, is reported as success.
		stored, err := k.api.Get(keyringService, record)
		if err == nil && stored == string(secret) {
			return nil
		}
		remove()
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return keyringError(err)
		}
		return &VaultError{Vault: KeyringVault, State: VaultNotStored}
	}, remove)
}

func (k *keyringVault) Get(ctx context.Context, record string) ([]byte, error) {
	var secret string
	err := k.call(ctx, func() (err error) {
		secret, err = k.api.Get(keyringService, record)
		return keyringError(err)
	}, nil)
	if err != nil {
		return nil, err // without a look at secret: an abandoned call may still write it
	}
	return []byte(secret), nil
}

func (k *keyringVault) Delete(ctx context.Context, record string) error {
	return k.call(ctx, func() error {
		err := k.api.Delete(keyringService, record)
		if errors.Is(err, keyring.ErrNotFound) {
			return nil
		}
		return keyringError(err)
	}, nil)
}

// call runs operation in a goroutine of its own, once it is its turn, and waits for it or for the end of ctx. If ctx
// ends first and operation succeeds nevertheless, late (which may be nil) takes it back before the next call.
func (k *keyringVault) call(ctx context.Context, operation func() error, late func()) error {
	if ctx.Err() != nil {
		return asVaultError(KeyringVault, ctx.Err())
	}
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return asVaultError(KeyringVault, ctx.Err())
	}

	answer := make(chan error) // unbuffered, so that the result is either received or known to be abandoned
	go func() {
		defer func() { <-k.turn }()
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
		return err
	case <-ctx.Done():
		return asVaultError(KeyringVault, ctx.Err())
	}
}

// withoutPanic turns a panic into an error. go-keyring panics when the session bus goes away while a prompt is open,
// and on a goroutine of its own that would end the program.
func withoutPanic(operation func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = &VaultError{Vault: KeyringVault, State: VaultRefused, Err: fmt.Errorf("panic: %v", reason)}
		}
	}()
	return operation()
}

// keyringError says what an error of go-keyring means.
func keyringError(err error) error {
	if err == nil {
		return nil
	}
	return &VaultError{Vault: KeyringVault, State: keyringState(err), Err: err}
}

// Windows error codes that have no name in package syscall on other systems.
const (
	errorNoSuchLogonSession = syscall.Errno(1312) // a network logon has no credential store
	rpcBadStubData          = syscall.Errno(1783) // Credential Manager's answer to data that is too long
)

func keyringState(err error) VaultState {
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return VaultNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig), errors.Is(err, rpcBadStubData):
		return VaultTooBig
	case errors.Is(err, keyring.ErrUnsupportedPlatform), errors.Is(err, errNoSessionBus),
		errors.Is(err, errorNoSuchLogonSession):
		return VaultAbsent
	}
	text := strings.ToLower(err.Error())
	for _, known := range keyringTexts {
		if strings.Contains(text, known.part) {
			return known.state
		}
	}
	return VaultRefused
}

// keyringTexts tell apart the errors that go-keyring hands on as text alone: those of the session bus and the Secret
// Service, and the exit status of the macOS command security, which is the low byte of an OSStatus.
var keyringTexts = []struct {
	part  string // in lower case
	state VaultState
}{
	{"failed to unlock correct collection", VaultLocked}, // prompt dismissed or impossible, or no collection yet
	{"locked collection", VaultLocked},
	{"locked object", VaultLocked},
	{"secret.error.islocked", VaultLocked},
	{"exit status 36", VaultLocked},  // errSecInteractionNotAllowed
	{"exit status 51", VaultLocked},  // errSecAuthFailed
	{"exit status 128", VaultLocked}, // errSecUserCanceled

	{"bus address", VaultAbsent}, // DBUS_SESSION_BUS_ADDRESS=disabled:
	{"address of session bus", VaultAbsent},
	{"dbus-launch", VaultAbsent},
	{"dial unix", VaultAbsent},
	{"not provided by any .service files", VaultAbsent}, // a bus, but no keyring program
	{"error.serviceunknown", VaultAbsent},
	{"not activatable", VaultAbsent},
	{"no such name", VaultAbsent},
	{"failed to activate service", VaultAbsent},
	{"exited with status", VaultAbsent}, // the keyring program does not start
	{"exit status 37", VaultAbsent},     // errSecNoDefaultKeychain
	{"exit status 50", VaultAbsent},     // errSecNoSuchKeychain
}

// systemKeyring is go-keyring, asked only where that starts nothing.
type systemKeyring struct{}

var errNoSessionBus = errors.New("no session bus")

func (systemKeyring) Set(service, user, password string) error {
	if !haveSessionBus() {
		return errNoSessionBus
	}
	return keyring.Set(service, user, password)
}

func (systemKeyring) Get(service, user string) (string, error) {
	if !haveSessionBus() {
		return "", errNoSessionBus
	}
	return keyring.Get(service, user)
}

func (systemKeyring) Delete(service, user string) error {
	if !haveSessionBus() {
		return errNoSessionBus
	}
	return keyring.Delete(service, user)
}

// haveSessionBus reports whether go-keyring will find a session bus, by the same rules as its D-Bus library. Without
// one that library starts dbus-launch, whose bus outlives the program and has no one to answer a prompt.
func haveSessionBus() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true // their keyrings need none
	}
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return true
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), name)); err == nil {
			return true
		}
	}
	return false
}
