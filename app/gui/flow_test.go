//go:build !nogui

package gui

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// keyring is a vault in memory that goes by the name of the system keyring, as long as it is there.
type keyring struct {
	account.Vault
	absent bool
	fails  int // counts down with each Put; the one that brings it to 0 fails, and all after it

	mutex  sync.Mutex
	held   map[string]bool // the records
	tokens []string        // that were put in
}

func (*keyring) Name() string { return account.KeyringVault }

func (k *keyring) Put(ctx context.Context, record string, secret []byte) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.fails--
	if k.absent || k.fails == 0 {
		k.absent = true
		return &account.VaultError{Vault: account.KeyringVault, State: account.VaultAbsent}
	}
	var content struct{ Token string }
	if json.Unmarshal(secret, &content) == nil && content.Token != "" {
		k.tokens = append(k.tokens, content.Token)
	}
	k.held[record] = true
	return k.Vault.Put(ctx, record, secret)
}

func (k *keyring) Delete(ctx context.Context, record string) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.held, record)
	return k.Vault.Delete(ctx, record)
}

// person works the window as a person would: by the words on it and by keys. The window's goroutine is the test's own.
type person struct {
	*testing.T
	*window
	calls   chan func()
	service string   // the address of the service
	opened  []string // addresses that the program opened in the browser, and nobody took yet
}

// newPerson opens the window of a program with Flickr's shape behind an API key, and the practice account.
func newPerson(t *testing.T, vault *keyring) (*person, *sandbox.Server) {
	t.Helper()
	return newPersonAt(t, vault, sandbox.Config{})
}

// newPersonAt does the same with a service of this configuration.
func newPersonAt(t *testing.T, vault *keyring, config sandbox.Config) (*person, *sandbox.Server) {
	t.Helper()
	service := sandbox.New(config)
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	keyed := provider.Practice(server.URL, oauth.ClientCredentials{})
	keyed.ID, keyed.Name, keyed.NeedsKey, keyed.KeyPage = "keyed", "Keyed", true, "http://127.0.0.1/keys"
	keyed.RevokePage, keyed.SignOutPage = "http://127.0.0.1/revoke", "http://127.0.0.1/home"

	p := &person{T: t, calls: make(chan func(), 1000), service: server.URL}
	vault.Vault, vault.held = account.Session(), map[string]bool{}
	photolink, err := app.New(app.Config{
		Folder: t.TempDir(),
		Vaults: []account.Vault{vault, account.Session(), account.File(
			filepath.Join(t.TempDir(), "secrets.age"),
			func(ctx context.Context, creating bool) (oauth.Secret, error) { return p.askPassphrase(ctx, creating) },
		)},
		Open: func(_ context.Context, address string) error {
			p.calls <- func() { p.opened = append(p.opened, address) }
			return nil
		},
		Providers: []provider.Provider{keyed, provider.Practice("", sandbox.PracticeClient)},
	})
	if err != nil {
		t.Fatal(err)
	}
	application := test.NewTempApp(t)
	p.window = newWindow(photolink, application, func(call func()) { p.calls <- call })
	t.Cleanup(func() {
		p.finish(30 * time.Second)
		photolink.Close()
	})
	p.showHome()
	p.sees("Link your photo accounts to this computer")
	return p, service
}

// until runs the window's goroutine until the condition holds.
func (p *person) until(what string, condition func() bool) {
	p.Helper()
	deadline := time.After(30 * time.Second)
	for !condition() {
		select {
		case call := <-p.calls:
			call()
		case <-deadline:
			p.Fatalf("never: %s; the window %q shows %q", what, p.window.window.Title(), p.texts())
		}
	}
}

// sees waits until the text is somewhere in the window.
func (p *person) sees(text string) {
	p.Helper()
	p.until("sees "+text, func() bool { return strings.Contains(strings.Join(p.texts(), "\n"), text) })
}

// taps presses the button or the row that shows the text, once it is there.
func (p *person) taps(text string) {
	p.Helper()
	var found fyne.Tappable
	p.until("taps "+text, func() bool {
		p.walk(func(object fyne.CanvasObject) {
			switch o := object.(type) {
			case *push:
				if o.Text == text && !o.Disabled() {
					found = o
				}
			case *widget.Button: // of a dialog
				if o.Text == text && !o.Disabled() {
					found = o
				}
			case *row:
				walk(o.Content, func(inner fyne.CanvasObject) {
					if label, ok := inner.(*widget.Label); ok && label.Text == text {
						found = o
					}
				})
			}
		})
		return found != nil
	})
	found.Tapped(&fyne.PointEvent{})
}

func (p *person) texts() []string {
	var texts []string
	p.walk(func(object fyne.CanvasObject) {
		switch o := object.(type) {
		case *widget.Label:
			texts = append(texts, o.Text)
		case *push:
			texts = append(texts, o.Text)
		case *widget.Button:
			texts = append(texts, o.Text)
		}
	})
	return texts
}

// entries are the fields on the screen, in their order.
func (p *person) entries() []*widget.Entry {
	var entries []*widget.Entry
	p.walk(func(object fyne.CanvasObject) {
		switch o := object.(type) {
		case *widget.Entry:
			entries = append(entries, o)
		case *field:
			entries = append(entries, &o.Entry)
		}
	})
	return entries
}

// walk visits what the person can use: a dialog if there is one, else the screen.
func (p *person) walk(visit func(fyne.CanvasObject)) {
	if top := p.window.window.Canvas().Overlays().Top(); top != nil {
		walk(top, visit)
		return
	}
	walk(p.window.window.Content(), visit)
}

func walk(object fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if object == nil || !object.Visible() {
		return
	}
	visit(object)
	switch o := object.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			walk(inner, visit)
		}
	case *container.Scroll:
		walk(o.Content, visit)
	case fyne.Widget:
		for _, inner := range test.WidgetRenderer(o).Objects() {
			walk(inner, visit)
		}
	}
}

// accounts are those that the program keeps.
func (p *person) accounts() []account.Account {
	p.Helper()
	accounts, err := p.photolink.Accounts()
	if err != nil {
		p.Fatal(err)
	}
	return accounts
}

// nothingStored fails if an account or a secret was kept.
func (p *person) nothingStored(vault *keyring) {
	p.Helper()
	if accounts := p.accounts(); len(accounts) > 0 {
		p.Errorf("stored: %v", accounts)
	}
	keys, err := p.photolink.Keys("keyed")
	if err != nil || len(keys) > 0 {
		p.Errorf("keys stored: %v, %v", keys, err)
	}
	p.until("the keyring is empty", func() bool { // what was cancelled cleans up behind the person's back
		vault.mutex.Lock()
		defer vault.mutex.Unlock()
		return len(vault.held) == 0
	})
}

// browser waits for the program to open an address.
func (p *person) browser() string {
	p.Helper()
	p.until("the browser opens", func() bool { return len(p.opened) > 0 })
	address := p.opened[0]
	p.opened = p.opened[1:]
	return address
}

// approves plays the browser on a goroutine of its own, as the real one runs beside the window.
func (p *person) approves(visitor sandbox.Visitor) {
	p.Helper()
	address := p.browser()
	ctx := p.Context()
	go func() { _, _ = visitor.Approve(ctx, address) }()
}

func (p *person) linksPractice() {
	p.Helper()
	p.taps("Link an account")
	p.taps("Practice account")
	p.taps("Open the browser")
	p.sees("this window goes on by itself")
}

// linksKeyed links an account of the service that needs an API key, up to the identity.
func (p *person) linksKeyed() {
	p.Helper()
	p.taps("Link an account")
	p.taps("Keyed")
	p.entries()[0].SetText(sandbox.PracticeClient.Key + " " + sandbox.PracticeClient.Secret.Reveal())
	p.taps("Next")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
}

func TestLinkPracticeAccount(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	for _, want := range []string{"✓ Linked", "adapractice", "12345678@N00", "Read only", "the system keyring, read back and compared"} {
		p.sees(want)
	}
	if p.Title() != "Signed in as Ada Practice · Photolink" {
		t.Errorf("title %q", p.Title())
	}
	p.taps("Done")
	p.sees("✓ Works · checked just now")
	if accounts := p.accounts(); len(accounts) != 1 || accounts[0].Name != "Ada Practice" {
		t.Errorf("accounts %v", accounts)
	}
}

func (p *person) Title() string { return p.window.window.Title() }

func TestLinkWithKeysAlone(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	canvas := p.window.window.Canvas()
	press := func(key fyne.KeyName) {
		if focused := canvas.Focused(); focused != nil {
			focused.TypedKey(&fyne.KeyEvent{Name: key})
		} else {
			p.onTypedKey(&fyne.KeyEvent{Name: key})
		}
	}
	press(fyne.KeyReturn)
	p.sees("Which account do you want to link?")
	p.sees("Practice account")
	canvas.FocusNext()
	canvas.FocusNext()
	press(fyne.KeyReturn)
	p.sees("What may Photolink do?")
	press(fyne.KeyReturn)
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	press(fyne.KeyEscape)
	p.sees("✓ Works")
}

func TestKeyIsAskedForAndKept(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.taps("Link an account")
	p.taps("Keyed")
	p.taps("Next")
	p.sees("× The key is missing.")
	p.taps("Get a key…")
	if address := p.browser(); address != "http://127.0.0.1/keys" {
		t.Errorf("opened %s", address)
	}
	p.entries()[0].SetText(sandbox.PracticeClient.Key + "\n" + sandbox.PracticeClient.Secret.Reveal())
	if got := p.entries()[1].Text; got != sandbox.PracticeClient.Secret.Reveal() {
		t.Errorf("pasting both at once left %q as the secret", got)
	}
	p.taps("Next")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	p.sees("7072…6e74")
	p.taps("Done")

	p.taps("Link an account")
	p.sees("key stored")
	p.taps("Keyed")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("You were linked before: the account has the new access now.")
	if accounts := p.accounts(); len(accounts) != 1 {
		t.Errorf("the same person twice: %v", accounts)
	}
}

// Each way that does not lead to an account ends in words, in a way on, and in nothing stored.
func TestWaysThatEndInNothing(t *testing.T) {
	wrongKey := func(key, secret string) func(*person) {
		return func(p *person) {
			p.taps("Link an account")
			p.taps("Keyed")
			p.entries()[0].SetText(key)
			p.entries()[1].SetText(secret)
			p.taps("Next")
			p.taps("Open the browser")
		}
	}
	practice := func(then func(*person)) func(*person) {
		return func(p *person) { p.linksPractice(); then(p) }
	}
	for name, test := range map[string]struct {
		do    func(*person)
		sees  string
		wayOn string
		then  string
	}{
		"wrong key": {
			wrongKey(strings.Repeat("f", 32), "7072616374696365"),
			"Keyed does not accept this API key", "Change the key", "Your API key for Keyed",
		},
		"wrong secret": {
			wrongKey(sandbox.PracticeClient.Key, "ffffffffffffffff"),
			"The API secret does not fit the key", "Change the key", "Your API key for Keyed",
		},
		"chose No": {
			practice(func(p *person) { p.taps("I chose No") }),
			"You chose not to link", "Try again", "Approve in your browser",
		},
		"approved in another browser, and it was not me": {
			practice(func(p *person) {
				p.approves(sandbox.Visitor{Forgetful: true})
				p.sees("The approval came from another browser")
				p.taps("No")
			}),
			"You did not confirm the account", "Try again", "Approve in your browser",
		},
		"cancelled": {
			practice(func(p *person) { p.taps("Cancel") }),
			"Link your photo accounts to this computer", "Link an account", "Which account do you want to link?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			vault := &keyring{}
			p, _ := newPerson(t, vault)
			test.do(p)
			p.sees(test.sees)
			p.nothingStored(vault)
			p.taps(test.wayOn)
			p.sees(test.then)
		})
	}
}

func TestApprovedInAnotherBrowserIsSavedWhenThePersonSaysSo(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.approves(sandbox.Visitor{Forgetful: true})
	p.taps("Yes, link it")
	p.sees("You are signed in as Ada Practice")
}

func TestPasteTheAddress(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	visit, err := sandbox.Visitor{}.ApproveOnly(t.Context(), p.browser())
	if err != nil {
		t.Fatal(err)
	}
	p.taps("Paste the address…")
	p.entries()[0].SetText("https://127.0.0.1/?oauth_token=another&oauth_verifier=1")
	p.taps("Use it")
	p.sees("belongs to another sign-in")
	p.taps("Paste the address…")
	p.entries()[0].SetText(" “" + strings.Replace(visit.URL.String(), "http:", "https:", 1) + "#_=_” ")
	p.taps("Use it")
	p.sees("You are signed in as Ada Practice")
}

// There is one sign-in at a time: starting another one, or closing the window, closes the port of the first.
func TestWhatReplacesASignInEndsIt(t *testing.T) {
	for name, replace := range map[string]func(*person){
		"another sign-in": func(p *person) { p.showChoose() },
		"Escape":          func(p *person) { p.onTypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) },
		"closing":         func(p *person) { p.window.window.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			vault := &keyring{}
			p, _ := newPerson(t, vault)
			p.linksPractice()
			start, err := url.Parse(p.browser())
			if err != nil {
				t.Fatal(err)
			}
			replace(p)
			p.working.Wait()
			if connection, err := net.Dial("tcp", start.Host); err == nil {
				_ = connection.Close()
				t.Error("the port is still open")
			}
			p.nothingStored(vault)
		})
	}
}

func TestApproveOnAPhone(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.browser() // the one on this computer is left alone
	p.taps("Use a phone…")
	p.sees("Open this picture with the camera")
	p.taps("Copy link")
	visit, err := sandbox.Visitor{}.Approve(t.Context(), p.fyne.Clipboard().Content())
	if err != nil {
		t.Fatal(err)
	}
	p.entries()[0].SetText("oauth_token=another&oauth_verifier=1")
	p.taps("Use the code")
	p.sees("belongs to another sign-in")
	p.entries()[0].SetText(regexp.MustCompile(`\d{3}-\d{3}-\d{3}`).FindString(visit.Body))
	p.taps("Use the code")
	p.sees("You are signed in as Ada Practice")
}

func TestWithoutKeyringThePersonChooses(t *testing.T) {
	vault := &keyring{absent: true}
	p, _ := newPerson(t, vault)
	p.taps("Link an account")
	p.taps("Practice account")
	p.taps("Open the browser")
	p.sees("This computer has no keyring that Photolink can use")
	p.nothingStored(vault)
	p.taps("Encrypted file…")
	p.sees("Choose a passphrase for the encrypted file")
	p.taps("Cancel")
	p.sees("The encrypted file is locked")
	p.taps("Close")
	p.taps("Link an account")
	p.taps("Practice account")
	p.taps("Open the browser")
	p.taps("This session only")
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	p.sees("memory, for this session only")
	p.taps("Done")

	vault.mutex.Lock()
	vault.absent = false
	vault.mutex.Unlock()
	p.taps("Ada Practice")
	p.taps("Move to the keyring")
	p.sees("the system keyring, read back and compared")
}

func TestNotYouRemovesTheAccountAtOnce(t *testing.T) {
	vault := &keyring{}
	p, _ := newPerson(t, vault)
	p.linksPractice()
	p.approves(sandbox.Visitor{})
	p.taps("Not you?")
	p.sees("The account was removed")
	p.nothingStored(vault)
}

func TestCheckAndUnlink(t *testing.T) {
	vault := &keyring{}
	p, service := newPerson(t, vault)
	p.linksKeyed()
	p.taps("Done")
	p.taps("Ada Practice")
	p.taps("Check now")
	p.sees("✓ Works · checked just now")

	service.Revoke(vault.tokens[0])
	p.taps("Check now")
	p.sees("Access was withdrawn on Keyed")
	p.sees("× Access was withdrawn · link again")

	p.taps("Unlink…")
	p.sees("Unlink Ada Practice?")
	p.taps("Unlink")
	p.sees("✓ Nothing of the account is left on this computer.")
	p.nothingStored(vault)
	p.taps("Open the page")
	if address := p.browser(); address != "http://127.0.0.1/revoke" {
		t.Errorf("opened %s", address)
	}
	p.taps("Check that it is gone")
	p.sees("✓ The access is gone: Keyed refuses it.")
	p.taps("Done")
	p.sees("Link your photo accounts to this computer")
}

func TestUnlinkSaysWhenTheAccessStillWorks(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksKeyed()
	p.taps("Done")
	p.taps("Ada Practice")
	p.taps("Unlink…")
	p.taps("Unlink")
	p.taps("Check that it is gone")
	p.sees("! The access still works.")
}

// The report tells those who help what happened when, and nothing of the person.
func TestDiagnosticReport(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.taps("I chose No")
	p.taps("Copy diagnostic report")
	report := p.fyne.Clipboard().Content()
	for _, want := range []string{"Photolink " + app.Version, "You chose not to link", "authorize  started", "authorize  failed"} {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in the report:\n%s", want, report)
		}
	}
	if start := p.browser(); strings.Contains(report, strings.TrimPrefix(start, "http://127.0.0.1:")) {
		t.Errorf("an address in the report:\n%s", report)
	}
}

func TestBrowserThatDoesNotOpenIsSaid(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.photolink.Close()
	broken, err := app.New(app.Config{
		Folder: t.TempDir(), Vaults: []account.Vault{&keyring{Vault: account.Session(), held: map[string]bool{}}},
		Open: func(context.Context, string) error { return errors.New("no browser") },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broken.Close)
	p.photolink = broken
	p.linksPractice()
	p.sees("! The browser did not open.")
	p.taps("Copy link")
	p.sees("✓ Copied")
	if copied := p.fyne.Clipboard().Content(); !strings.HasPrefix(copied, "http://127.0.0.1:") {
		t.Errorf("copied %q", copied)
	}
}

func TestUnlinkingCanBeUndone(t *testing.T) {
	vault := &keyring{}
	p, _ := newPerson(t, vault)
	p.linksKeyed()
	p.taps("Done")
	before := p.accounts()
	p.taps("Ada Practice")
	p.taps("Unlink…")
	p.taps("Unlink")
	p.sees("✓ Nothing of the account is left on this computer.")
	p.nothingStored(vault)
	p.sees("Undo (")
	var undo string
	for _, text := range p.texts() {
		if strings.HasPrefix(text, "Undo (") {
			undo = text
		}
	}
	p.taps(undo)
	p.sees("✓ Works")
	if diff := cmp.Diff(before, p.accounts()); diff != "" {
		t.Errorf("what came back (-before +now):\n%s", diff)
	}
}
