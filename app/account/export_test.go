package account

// KeyringAPI and NewKeyring let tests put a keyring of their own under the vault.
type KeyringAPI = keyringAPI

func NewKeyring(api KeyringAPI) Vault { return newKeyring(api) }
