package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"photolink/app/account"
)

// Leftovers is what [App.RemoveEverything] leaves, since it is not Photolink's own.
type Leftovers struct {
	Handed []string // files of backup tools that still have the access of an account
	Files  []string // what else lies in the folder of Photolink
}

// ownFiles are the names of everything that Photolink puts into its folder.
func ownFiles() []string {
	return []string{
		"accounts.json*", "pictures", "services", "secrets.age*", "settings.json*", "photolink.log*", "instance.*",
	}
}

// RemoveEverything removes all accounts, their secrets and API keys, and all files of Photolink. Secrets go first: if a
// vault does not open, what it holds stays listed, the error says why, and it can be tried again. What was handed to
// backup tools is theirs and stays. The empty folder goes with [App.Close].
func (a *App) RemoveEverything(ctx context.Context) (left Leftovers, err error) {
	defer func() { a.logFailure("remove everything", "", err) }()
	accounts, handovers, err := a.accounts.Overview()
	if err != nil {
		return left, err
	}
	// The encrypted file goes as a whole, so that nobody is asked for a passphrase that may be forgotten.
	if err := a.removeOwn("secrets.age*"); err != nil {
		return left, err
	}
	for _, known := range accounts {
		for _, h := range handovers[known.ID] {
			left.Handed = append(left.Handed, h.Path)
		}
		// A session account hides one on the disk, which is listed when the first is gone.
		for err = nil; err == nil; {
			err = a.accounts.Delete(ctx, known.ID, true)
		}
		if !errors.Is(err, account.ErrNotFound) {
			return left, err
		}
	}
	keys, err := a.accounts.Keys("")
	if err != nil {
		return left, err
	}
	for _, key := range keys {
		if err := a.accounts.DeleteKey(ctx, key.ID); err != nil && !errors.Is(err, account.ErrNotFound) {
			return left, err
		}
	}
	if _, err := a.accounts.CleanUp(ctx, a.vaults...); err != nil {
		return left, err
	}
	if err := a.removeFiles(&left); err != nil {
		return left, err
	}
	a.use(Settings{})
	a.forgotten.Store(true)
	return left, os.MkdirAll(a.folder, 0o700) // for what is done until the end of the program; Close removes it again
}

// Forgotten reports whether everything was removed since the start.
func (a *App) Forgotten() bool { return a.forgotten.Load() }

// removeOwn removes what has a name of this pattern in the folder of Photolink.
func (a *App) removeOwn(pattern string) error {
	names, err := fs.Glob(os.DirFS(a.folder), pattern)
	if err != nil {
		return fmt.Errorf("find the files of Photolink: %w", err)
	}
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(a.folder, name)); err != nil {
			return fmt.Errorf("remove what Photolink keeps: %w", err)
		}
	}
	return nil
}

// forgetAgain removes what has come back to the folder since everything was removed, such as an empty list of accounts.
func (a *App) forgetAgain() {
	accounts, err := a.accounts.Accounts()
	keys, keysErr := a.accounts.Keys("")
	if err == nil && keysErr == nil && len(accounts)+len(keys) == 0 && a.Settings() == (Settings{}) {
		_ = a.removeFiles(&Leftovers{})
	}
}

func (a *App) removeFiles(left *Leftovers) error {
	a.saving.Lock() // so that no settings are written meanwhile
	defer a.saving.Unlock()
	for _, pattern := range ownFiles() {
		if err := a.removeOwn(pattern); err != nil {
			return err
		}
	}
	others, err := os.ReadDir(a.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look what is left: %w", err)
	}
	for _, other := range others {
		left.Files = append(left.Files, filepath.Join(a.folder, other.Name()))
	}
	if len(others) == 0 {
		return os.Remove(a.folder)
	}
	return nil
}
