package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// keyring is a vault in memory that goes by the name of the system keyring, so that its accounts go on the disk.
type keyring struct {
	account.Vault
	mu      sync.Mutex
	records map[string]bool
}

func newKeyring() *keyring { return &keyring{Vault: account.Session(), records: make(map[string]bool)} }

func (*keyring) Name() string { return account.KeyringVault }

func (k *keyring) Put(ctx context.Context, record string, secret []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records[record] = true
	return k.Vault.Put(ctx, record, secret)
}

func (k *keyring) Delete(ctx context.Context, record string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.records, record)
	return k.Vault.Delete(ctx, record)
}

func (k *keyring) size() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.records)
}

// start starts a program whose person approves everything.
func start(t testing.TB, folder string, vaults ...account.Vault) *app.App {
	t.Helper()
	photolink, err := app.New(app.Config{
		Folder: folder,
		Vaults: vaults,
		Open: func(_ context.Context, address string) error {
			_, err := sandbox.Visitor{}.Approve(t.Context(), address)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	return photolink
}

func linkPractice(t testing.TB, photolink *app.App, wish app.Wish) account.Account {
	t.Helper()
	wish.Service, wish.Permission = "practice", "write"
	var last link.Event
	linked, err := photolink.Link(t.Context(), wish, func(event link.Event) { last = event })
	if err != nil {
		t.Fatal(err)
	}
	if last.Kind != link.StepDone || last.Step != link.Save {
		t.Errorf("the last event is %+v", last)
	}
	return linked
}

func TestPracticeAccountOutlivesTheProgram(t *testing.T) {
	folder, vault := t.TempDir(), newKeyring()
	first := start(t, folder, vault)
	linked := linkPractice(t, first, app.Wish{})
	if linked.Name != "Ada Practice" || linked.Permission != "write" || linked.Vault != account.KeyringVault ||
		linked.State != account.StateWorks {
		t.Errorf("linked %+v", linked)
	}
	first.Close()

	second := start(t, folder, vault)
	listed, err := second.Accounts()
	if diff := cmp.Diff([]account.Account{linked}, listed); diff != "" || err != nil {
		t.Fatalf("error %v, - linked, + listed:\n%s", err, diff)
	}
	if len(second.Picture(linked.ID)) == 0 {
		t.Error("no picture")
	}
	checked, err := second.Check(t.Context(), linked)
	if err != nil || checked.State != account.StateWorks || checked.CheckedAt.Before(linked.CheckedAt) {
		t.Errorf("checked %+v, error %v", checked, err)
	}

	farewell, err := second.Unlink(t.Context(), linked, true)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := farewell.AccessIsGone(t.Context()); gone || err != nil { // nobody told the service
		t.Errorf("the access is gone: %v, %v", gone, err)
	}
	if listed, err := second.Accounts(); len(listed) != 0 || err != nil {
		t.Errorf("listed %+v, error %v", listed, err)
	}
	if vault.size() != 0 || second.Picture(linked.ID) != nil {
		t.Errorf("left: %d records, a picture of %d bytes", vault.size(), len(second.Picture(linked.ID)))
	}
	if _, err := second.Unlink(t.Context(), linked, true); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unlink again: got %v, want %v", err, account.ErrNotFound)
	}
}

func TestPracticeServiceStartsAgainAfterClose(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	linked := linkPractice(t, photolink, app.Wish{})
	photolink.Close()
	photolink.Close()
	if _, err := photolink.Check(t.Context(), linked); err != nil {
		t.Error(err)
	}
}

func TestLinkTakesTheBestVault(t *testing.T) {
	photolink := start(t, t.TempDir(), account.Session(), newKeyring())
	if linked := linkPractice(t, photolink, app.Wish{}); linked.Vault != account.SessionVault {
		t.Errorf("linked in %q", linked.Vault)
	}
	wish := app.Wish{Request: link.Request{Vault: account.KeyringVault}}
	if linked := linkPractice(t, photolink, wish); linked.Vault != account.KeyringVault {
		t.Errorf("linked in %q", linked.Vault)
	}
}

func TestStoredKeyIsUsedAgain(t *testing.T) {
	vault := newKeyring()
	photolink := start(t, t.TempDir(), vault)
	first := linkPractice(t, photolink, app.Wish{Request: link.Request{Key: sandbox.PracticeClient}})
	keys, err := photolink.Keys("practice")
	if err != nil || len(keys) != 1 || keys[0].ID != first.KeyID {
		t.Fatalf("keys %+v, error %v, want one of ID %q", keys, err, first.KeyID)
	}
	second := linkPractice(t, photolink, app.Wish{KeyID: first.KeyID})
	if second.ID != first.ID || second.KeyID != first.KeyID || vault.size() != 2 {
		t.Errorf("linked %+v, %d records, want ID %q, key %q, 2 records", second, vault.size(), first.ID, first.KeyID)
	}
	if _, err := photolink.Unlink(t.Context(), first, true); err != nil || vault.size() != 0 {
		t.Errorf("unlink: error %v, %d records left", err, vault.size())
	}
	_, err = photolink.Link(t.Context(), app.Wish{Service: "practice", KeyID: first.KeyID}, nil)
	if !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a key that is gone: got %v, want %v", err, account.ErrNotFound)
	}
}

func TestServices(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	var ids []string
	for _, p := range photolink.Providers() {
		ids = append(ids, p.ID)
		if got, err := photolink.Provider(p.ID); err != nil || got.Name != p.Name || p.Needs == "" || len(p.Permissions) == 0 {
			t.Errorf("%s: got %+v, error %v", p.ID, got, err)
		}
	}
	if want := []string{"flickr", "smugmug", "tumblr", "commons", "photobucket", "practice"}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}

func TestAccountOfAnUnknownService(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	p, err := photolink.Provider("later")
	if p.Name != "later" || !errors.Is(err, app.ErrUnknownService) {
		t.Errorf("got %+v, error %v", p, err)
	}
	if _, err := photolink.Link(t.Context(), app.Wish{Service: "later"}, nil); !errors.Is(err, app.ErrUnknownService) {
		t.Errorf("link: got %v", err)
	}
	known := account.Account{ID: "A", Provider: "later"}
	if got, err := photolink.Check(t.Context(), known); got != known || !errors.Is(err, app.ErrUnknownService) {
		t.Errorf("check: got %+v, error %v", got, err)
	}
}

func TestConfiguredServices(t *testing.T) {
	own := provider.Practice("http://127.0.0.1:1", oauth.ClientCredentials{})
	own.ID, own.Name = "own", "My own"
	photolink, err := app.New(app.Config{Folder: t.TempDir(), Providers: []provider.Provider{own}})
	if err != nil {
		t.Fatal(err)
	}
	if got := photolink.Providers(); len(got) != 1 || got[0].Name != "My own" {
		t.Errorf("got %+v", got)
	}
}

func TestDefaultFolder(t *testing.T) {
	t.Setenv("PHOTOLINK_HOME", "/somewhere/else")
	if folder, err := app.DefaultFolder(); folder != "/somewhere/else" || err != nil {
		t.Errorf("got %q, error %v", folder, err)
	}
	t.Setenv("PHOTOLINK_HOME", "")
	if folder, err := app.DefaultFolder(); filepath.Base(folder) != "photolink" || !filepath.IsAbs(folder) || err != nil {
		t.Errorf("got %q, error %v", folder, err)
	}
}

func TestNewWithAFileInTheWay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "photolink")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PHOTOLINK_HOME", folder)
	_, err := app.New(app.Config{})
	if what := link.Explain(nil, err, provider.Provider{}).What; what != "Photolink cannot use its list of accounts" {
		t.Errorf("got %q for %v", what, err)
	}
}

// The version stands in three places, because each is read by another tool.
func TestVersion(t *testing.T) {
	for _, row := range []struct{ file, pattern string }{
		{"FyneApp.toml", `(?m)^Version = "([^"]+)"$`},
		{"CHANGELOG.md", `(?m)^## (\S+)`},
	} {
		content, err := os.ReadFile(filepath.Join("..", row.file))
		if err != nil {
			t.Error(err)
			continue
		}
		found := regexp.MustCompile(row.pattern).FindSubmatch(content)
		if found == nil || strings.Trim(string(found[1]), "[]") != app.Version {
			t.Errorf("%s says %q, the program %q", row.file, found, app.Version)
		}
	}
}
