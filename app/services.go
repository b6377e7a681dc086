package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// services are those that come with Photolink, those that files of the person describe, and the practice service.
// They are read when they are needed first: a start without accounts needs none.
type services struct {
	folder  string
	fixed   func() []provider.Provider
	reading sync.Once // of the first time

	mutex  sync.Mutex
	own    []provider.Provider
	broken []error
}

// builtIn returns the services that come with Photolink, with the keys that came with it.
func builtIn(keys map[string]oauth.ClientCredentials) []provider.Provider {
	services := provider.BuiltIn()
	for i, p := range services {
		if key, found := keys[p.ID]; found {
			services[i].Key, services[i].NeedsKey = key, false
			services[i].Needs = "Needs no key: Photolink brings one. Your own can be used instead"
		}
	}
	return append(services, provider.Practice("", sandbox.PracticeClient))
}

// read reads the files. One that is no use does not keep the others from being used.
func (s *services) read() {
	var own []provider.Provider
	var broken []error
	names, _ := filepath.Glob(filepath.Join(s.folder, "*.toml")) // of a folder that may not be there
	for _, name := range names {
		p, _, err := readService(name)
		switch {
		case err != nil:
			broken = append(broken, err)
		case has(s.fixed(), p.ID), has(own, p.ID):
			broken = append(broken, &provider.FileError{
				File: filepath.Base(name), Line: 1, Reason: fmt.Sprintf("there is another service with the id %q", p.ID),
			})
		default:
			own = append(own, p)
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.own, s.broken = own, broken
}

func has(services []provider.Provider, id string) bool {
	return slices.ContainsFunc(services, func(p provider.Provider) bool { return p.ID == id })
}

// maxServiceFile bounds what is read of a file, in bytes.
const maxServiceFile = 64 << 10

func readService(name string) (p provider.Provider, text []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return p, nil, err
	}
	defer func() { _ = file.Close() }()
	if text, err = io.ReadAll(io.LimitReader(file, maxServiceFile+1)); err != nil { // one byte too many is refused later
		return p, nil, err
	}
	p, err = provider.Parse(filepath.Base(name), text)
	return p, text, err
}

// list returns all services, the practice service last.
func (s *services) list() []provider.Provider {
	own, _ := s.ofPerson()
	fixed := s.fixed()
	last := max(0, len(fixed)-1)
	return slices.Concat(fixed[:last], own, fixed[last:])
}

// ofPerson returns the services that files of the person describe, and what is wrong with the other files.
func (s *services) ofPerson() (own []provider.Provider, broken []error) {
	s.reading.Do(s.read)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.own, s.broken
}

// Providers lists the services in the order of the choice. It looks for new files of the person.
func (a *App) Providers() []provider.Provider {
	a.services.read()
	return a.services.list()
}

// BrokenServices returns what is wrong with the files of services that cannot be used, as of the last call of Providers.
// Most are of type *[provider.FileError] or *[provider.NewerFileError].
func (a *App) BrokenServices() []error {
	_, broken := a.services.ofPerson()
	return slices.Clone(broken)
}

// ServicesFolder is where the files of services lie.
func (a *App) ServicesFolder() string { return a.services.folder }

// AddService copies a file that describes a service to the folder of services. The error is [provider.ErrIDTaken] or what
// [provider.Parse] says; nothing has changed then.
func (a *App) AddService(file string) (provider.Provider, error) {
	p, text, err := readService(file)
	if err != nil {
		return provider.Provider{}, err
	}
	return p, a.addService(p, text)
}

// AddWordPress asks a WordPress site for the addresses of its OAuth plugin and adds it as a service. A site that is there
// already stays as it is. See [provider.FindWordPress] for errors.
func (a *App) AddWordPress(ctx context.Context, address string) (added provider.Provider, err error) {
	defer func() { a.logFailure("add WordPress", "", err) }()
	client := &http.Client{Transport: a.linker.Transport, Timeout: 30 * time.Second}
	p, err := provider.FindWordPress(ctx, client, address)
	if err != nil {
		return provider.Provider{}, err
	}
	text, err := provider.Encode(p)
	if err != nil {
		return provider.Provider{}, err
	}
	if err := a.addService(p, text); err != nil && !errors.Is(err, provider.ErrIDTaken) {
		return provider.Provider{}, err
	}
	return a.Provider(p.ID)
}

func (a *App) addService(p provider.Provider, text []byte) error {
	if has(a.Providers(), p.ID) {
		return fmt.Errorf("%w: %s", provider.ErrIDTaken, p.ID)
	}
	if err := os.MkdirAll(a.services.folder, 0o700); err != nil {
		return fmt.Errorf("make the folder for services: %w", err)
	}
	name := filepath.Join(a.services.folder, p.ID+".toml")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // which is not in use: it is broken, or of a newer version
		return fmt.Errorf("%w: %s", provider.ErrIDTaken, p.ID)
	}
	if err != nil {
		return fmt.Errorf("keep the service: %w", err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("keep the service: %w", err), os.Remove(name))
	}
	a.services.read()
	return nil
}

// builtInKeys reads the client credentials that a distributor has put into the table [Release] of FyneApp.toml, Fyne's
// place for custom metadata: flickr-key and flickr-secret for the service with the ID flickr.
func builtInKeys(metadata []byte) (map[string]oauth.ClientCredentials, error) {
	var file struct{ Release map[string]string }
	if err := toml.Unmarshal(metadata, &file); err != nil {
		return nil, fmt.Errorf("FyneApp.toml: %w", err)
	}
	keys := make(map[string]oauth.ClientCredentials)
	for name, value := range file.Release {
		id, found := strings.CutSuffix(name, "-key")
		secret := file.Release[id+"-secret"]
		if !found || value == "" || secret == "" {
			continue
		}
		keys[id] = oauth.ClientCredentials{Key: value, Secret: oauth.Secret(secret)}
	}
	return keys, nil
}
