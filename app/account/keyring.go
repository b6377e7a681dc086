package account

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/zalando/go-keyring"
)

// keyringService is the name under which the system's own keyring program lists the records.
const keyringService = "Photolink"

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
	api   keyringAPI
	turns turns
}

func newKeyring(api keyringAPI) *keyringVault {
	return &keyringVault{api: api, turns: newTurns()}
}

func (*keyringVault) Name() string { return KeyringVault }

func (k *keyringVault) Put(ctx context.Context, record string, secret []byte) error {
	if len(secret) > maxSecretBytes {
		return keyringError(keyring.ErrSetDataTooBig)
	}
	remove := func() { _ = k.api.Delete(keyringService, record) }
	return k.turns.call(ctx, KeyringVault, func() error {
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
	err := k.turns.call(ctx, KeyringVault, func() (err error) {
		secret, err = k.api.Get(keyringService, record)
		return keyringError(err)
	}, nil)
	if err != nil {
		return nil, err // without a look at secret: an abandoned call may still write it
	}
	return []byte(secret), nil
}

func (k *keyringVault) Delete(ctx context.Context, record string) error {
	return k.turns.call(ctx, KeyringVault, func() error {
		err := k.api.Delete(keyringService, record)
		if errors.Is(err, keyring.ErrNotFound) {
			return nil
		}
		return keyringError(err)
	}, nil)
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
	case errors.Is(err, errPromptDismissed):
		return VaultDismissed
	case errors.Is(err, errKeyringLeft):
		return VaultGone
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
	{"failed to unlock correct collection", VaultLocked}, // or no collection yet
	{"locked collection", VaultLocked},
	{"locked object", VaultLocked},
	{"secret.error.islocked", VaultLocked},
	{"exit status 36", VaultLocked}, // errSecInteractionNotAllowed
	{"exit status 51", VaultLocked}, // errSecAuthFailed

	{"exit status 128", VaultDismissed}, // errSecUserCanceled

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

	{"disconnected from message bus without replying", VaultGone},
	{"connection closed", VaultGone},
}
