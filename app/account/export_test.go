package account

import (
	"context"

	"photolink/oauth"
)

// KeyringAPI and NewKeyring let tests put a keyring of their own under the vault.
type KeyringAPI = keyringAPI

func NewKeyring(api KeyringAPI) Vault { return newKeyring(api) }

// NewFile makes the vault of File faster, by a scrypt work factor of almost nothing.
func NewFile(path string, passphrase func(ctx context.Context, creating bool) (oauth.Secret, error)) Vault {
	vault := newFile(path, passphrase)
	vault.workFactor = 2
	return vault
}

// WorkFactor is that of a vault of File, 0 for the default of age.
func WorkFactor(vault Vault) int { return vault.(*fileVault).workFactor }
