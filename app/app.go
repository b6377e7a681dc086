// Package app puts the parts of Photolink together for its two faces, the window and the command line: which services
// there are, where accounts lie, and what can be done with them.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
	"photolink/resources"
)

// Version is told to services and shown to people. It is the one of FyneApp.toml.
const Version = "0.1.0"

// Config names the outside world. The zero value is the real one.
type Config struct {
	Folder    string          // where the list of accounts lies; empty means Photolink's folder of this system
	Vaults    []account.Vault // what can keep secrets, best first; none means the system keyring and memory
	Transport http.RoundTripper
	Open      func(ctx context.Context, address string) error // opens the browser; nil means the system's
	Providers []provider.Provider                             // in place of those that come with Photolink
	Metadata  []byte                                          // FyneApp.toml, whose table [Release] may hold API keys
}

// App is a running Photolink. Its methods may be called from any goroutine; those with a context can take long.
type App struct {
	accounts *account.Store
	linker   link.Linker // what all calls share; see currentLinker
	vaults   []string    // the names of all, best first
	services *services
	folder   string
	logFile  logFile
	settings atomic.Pointer[Settings]

	forgotten atomic.Bool // everything was removed since the start
	speaker   atomic.Pointer[language.Speaker]

	saving          sync.Mutex // of the settings
	settingsProblem error

	mutex      sync.Mutex
	practice   *sandbox.Running
	passphrase func(ctx context.Context, creating bool) (oauth.Secret, error)
}

// PracticeService is the ID of the service that runs inside Photolink.
const PracticeService = "practice"

// ErrUnknownService means that an account belongs to a service that this version does not know.
var ErrUnknownService = link.ErrUnknownService

// New returns an App. It touches neither the network nor a keyring.
func New(config Config) (*App, error) {
	folder := config.Folder
	if folder == "" {
		var err error
		if folder, err = DefaultFolder(); err != nil {
			return nil, err
		}
	}
	a := &App{folder: folder}
	vaults := config.Vaults
	if len(vaults) == 0 {
		vaults = []account.Vault{
			account.Keyring(), account.Session(), account.File(filepath.Join(folder, "secrets.age"), a.askPassphrase),
		}
	}
	accounts, err := account.Open(folder, vaults...)
	if err != nil {
		return nil, err
	}
	keys, err := builtInKeys(config.Metadata)
	if err != nil {
		return nil, err
	}
	known := &services{folder: filepath.Join(folder, "services"), fixed: sync.OnceValue(func() []provider.Provider {
		if config.Providers != nil {
			return config.Providers
		}
		return builtIn(keys)
	})}
	open := config.Open
	if open == nil {
		open = func(ctx context.Context, address string) error {
			return openBrowser(ctx, a.Settings().Browser, address)
		}
	}
	transport := config.Transport
	if transport == nil {
		transport = newTransport(a.proxyFor)
	}
	a.accounts, a.services = accounts, known
	for _, vault := range vaults {
		a.vaults = append(a.vaults, vault.Name())
	}
	a.linker = link.Linker{Store: accounts, Open: open, Transport: transport, UserAgent: "Photolink/" + Version}
	a.logFile.path = a.LogFile()
	settings, _, err := readSettings(a.settingsFile())
	a.settingsProblem = err
	a.use(settings)
	return a, nil
}

// currentLinker returns what links as the person wants it now. What has begun goes on as it was wanted then.
func (a *App) currentLinker() *link.Linker {
	linker := a.linker
	linker.Speaker, linker.Port = a.Speaker(), a.Settings().Port
	linker.Render = resources.RenderPage(linker.Speaker)
	return &linker
}

// OnPassphrase sets who asks the person for the passphrase of the encrypted file. creating says that there is no file
// yet. Without it, the file is locked.
func (a *App) OnPassphrase(ask func(ctx context.Context, creating bool) (oauth.Secret, error)) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.passphrase = ask
}

func (a *App) askPassphrase(ctx context.Context, creating bool) (oauth.Secret, error) {
	a.mutex.Lock()
	ask := a.passphrase
	a.mutex.Unlock()
	if ask == nil {
		return "", errors.New("nobody to ask for the passphrase")
	}
	return ask(ctx, creating)
}

// DefaultFolder is where this system keeps the settings of programs, or what PHOTOLINK_HOME names.
func DefaultFolder() (string, error) {
	if folder := os.Getenv("PHOTOLINK_HOME"); folder != "" {
		return folder, nil
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder for settings: %w", err)
	}
	return filepath.Join(folder, "photolink"), nil
}

// Folder is where the list of accounts, the settings and the person's own services lie.
func (a *App) Folder() string { return a.folder }

// Vaults lists the names of the vaults that can keep secrets, the best one first.
func (a *App) Vaults() []string { return slices.Clone(a.vaults) }

// Speaker speaks the language of the person.
func (a *App) Speaker() *language.Speaker { return a.speaker.Load() }

// Provider describes a service. It is for showing only: nothing may be asked of the practice service that it returns.
func (a *App) Provider(id string) (provider.Provider, error) {
	for _, p := range a.services.list() {
		if p.ID == id {
			return p, nil
		}
	}
	return provider.Provider{ID: id, Name: id}, fmt.Errorf("%w: %s", ErrUnknownService, id)
}

// running returns a service that answers: the practice service is started when it is needed first.
func (a *App) running(id string) (provider.Provider, error) {
	p, err := a.Provider(id)
	if err != nil || p.ID != PracticeService {
		return p, err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.practice == nil {
		// The seed is no secret: it makes practice accounts outlive the program, and they guard nothing.
		started, err := sandbox.New(sandbox.Config{Seed: []byte("photolink practice")}).Start()
		if err != nil {
			return p, err
		}
		a.practice = started
	}
	return provider.Practice(a.practice.URL, p.Key), nil
}

// Accounts lists the linked accounts.
func (a *App) Accounts() ([]account.Account, error) { return a.accounts.Accounts() }

// Picture returns the picture of an account, or nil.
func (a *App) Picture(id string) []byte { return a.accounts.Picture(id) }

// Keys lists the stored API keys of a service.
func (a *App) Keys(service string) ([]account.Key, error) { return a.accounts.Keys(service) }

// Wish is what a person wants linked.
type Wish struct {
	Service      string // ID of the service
	KeyID        string // a stored key; empty means the one in the request, or the service's own
	link.Request        // all but the Provider, which the ID of the service stands for
}

// Link links an account; see [link.Linker.Link]. A stored key is read from its vault first. Afterwards, when the vault is
// open, it removes what an earlier run may have left there when it was killed.
func (a *App) Link(ctx context.Context, wish Wish, observe func(link.Event)) (linked account.Account, err error) {
	defer func() { a.logFailure("link", wish.Service, err) }()
	p, err := a.running(wish.Service)
	if err != nil {
		return account.Account{}, err
	}
	request := wish.Request
	request.Provider, request.Vault = p, cmp.Or(request.Vault, a.Vault())
	if wish.KeyID != "" {
		if request.Key, err = a.accounts.ClientCredentials(ctx, wish.KeyID); err != nil {
			return account.Account{}, err
		}
		keys, err := a.accounts.Keys(wish.Service)
		if err != nil {
			return account.Account{}, err
		}
		for _, key := range keys {
			if key.ID == wish.KeyID {
				request.Callback = cmp.Or(request.Callback, key.Callback)
			}
		}
	}
	linked, err = a.currentLinker().Link(ctx, request, func(event link.Event) {
		a.logEvent(wish.Service, event)
		if observe != nil {
			observe(event)
		}
	})
	if err == nil {
		_, _ = a.accounts.CleanUp(ctx, linked.Vault) // what cannot be removed now is left to the next time
	}
	return linked, err
}

// Upgrade exchanges a token of before OAuth for an account; see [link.Linker.Upgrade]. A stored key is read from its vault
// first.
func (a *App) Upgrade(ctx context.Context, service, keyID string, request link.UpgradeRequest) (upgraded account.Account, err error) {
	defer func() { a.logFailure("upgrade", service, err) }()
	if request.Provider, err = a.running(service); err != nil {
		return account.Account{}, err
	}
	request.Vault = cmp.Or(request.Vault, a.Vault())
	if keyID != "" {
		if request.Key, err = a.accounts.ClientCredentials(ctx, keyID); err != nil {
			return account.Account{}, err
		}
	}
	return a.currentLinker().Upgrade(ctx, request)
}

// Check asks the service whether an account still works; see [link.Linker.Check].
func (a *App) Check(ctx context.Context, known account.Account) (checked account.Account, err error) {
	defer func() { a.logFailure("check", known.Provider, err) }()
	p, err := a.running(known.Provider)
	if err != nil {
		return known, err
	}
	return a.linker.Check(ctx, p, known.ID)
}

// Probe finds out whether a vault keeps what it is given. See [account.Store.Probe].
func (a *App) Probe(ctx context.Context, vault string) (err error) {
	defer func() { a.logFailure("probe", "", err) }()
	return a.accounts.Probe(ctx, vault)
}

// Move keeps the secrets of an account in another vault from now on.
func (a *App) Move(ctx context.Context, id, vault string) (moved account.Account, err error) {
	defer func() { a.logFailure("move", moved.Provider, err) }()
	return a.accounts.Move(ctx, id, vault)
}

// OpenPage opens a page in the browser.
func (a *App) OpenPage(ctx context.Context, address string) error { return a.linker.Open(ctx, address) }

// Close stops the practice service, and closes the connections that nobody uses. Where everything was removed, it leaves
// nothing behind.
func (a *App) Close() {
	if a.forgotten.Load() {
		a.forgetAgain()
	}
	a.forgetConnections()
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.practice != nil {
		_ = a.practice.Close()
		a.practice = nil
	}
}
