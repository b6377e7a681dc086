//go:build !nogui

package gui

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/sandbox"
)

func TestSeveralKeysOfOneService(t *testing.T) {
	second := oauth.ClientCredentials{Key: "00112233445566778899aabbccddeeff", Secret: "0011223344556677"}
	clients := append(sandbox.PracticeClients(nil), sandbox.Client{ClientCredentials: second, Application: "Second"})
	p, _ := newPersonAt(t, &keyring{}, sandbox.Config{Clients: clients})
	p.linksKeyed()
	p.taps("Done")

	p.taps("Link an account")
	p.taps("Keyed")
	p.taps("Use another key than 7072…6e74")
	p.sees("Key 7072…6e74")
	p.sees("Another key")
	fields := p.entries()
	fields[0].SetText(second.Key + " " + second.Secret.Reveal())
	fields[2].SetText("the second")
	p.taps("Next")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("0011…eeff") // the account remembers which key its access belongs to
	p.taps("Done")

	p.taps("Link an account")
	p.taps("Keyed") // two keys: which one?
	p.sees("the second")
	p.taps("Key 7072…6e74")
	p.sees("Use another key than 7072…6e74")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("7072…6e74")
	if keys, err := p.photolink.Keys("keyed"); err != nil || len(keys) != 2 || keys[1].Name != "the second" {
		t.Errorf("keys %+v, error %v", keys, err)
	}
}

func TestKeyFromAFile(t *testing.T) {
	key := oauth.ClientCredentials{Key: "keyed-application-1", Secret: "keyed-secret-1"}
	p, _ := newPersonAt(t, &keyring{}, sandbox.Config{Clients: []sandbox.Client{{ClientCredentials: key}}})
	p.taps("Link an account")
	p.taps("Keyed")
	p.sees("Your API key for Keyed")
	read := func(content string) {
		name := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		keyed, err := p.photolink.Provider("keyed")
		if err != nil {
			t.Fatal(err)
		}
		p.importKey(journey{provider: keyed, vault: account.KeyringVault}, keyView{}, name)
	}
	read("nothing of use\n")
	p.sees("× This is not a file that Photolink knows")
	read("API_KEY=" + key.Key + "\nAPI_SECRET=" + key.Secret.Reveal() + "\n")
	p.sees("✓ Read from a file")
	p.taps("Next")
	p.taps("Open the browser")
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
}

const oldToken = "72157600000000001-0123456789abcdef"

// exchanges goes to the exchange of an old token.
func (p *person) exchanges(token string) {
	p.Helper()
	p.taps("Link an account")
	p.taps("Keyed")
	p.sees("Your API key for Keyed")
	p.entries()[0].SetText(sandbox.PracticeClient.Key + " " + sandbox.PracticeClient.Secret.Reveal())
	p.taps("Old token…")
	p.sees("stops working within 24 hours")
	p.entries()[0].SetText(token)
	p.taps("Exchange it")
}

func TestOldTokenIsExchanged(t *testing.T) {
	config := sandbox.Config{LegacyTokens: map[string]string{oldToken: "write"}}
	p, _ := newPersonAt(t, &keyring{}, config)
	p.exchanges(oldToken)
	p.sees("You are signed in as Ada Practice")
	p.sees("Read and upload")
	p.taps("Done")
	p.sees("✓ Works · checked just now")
}

func TestUnknownOldTokenChangesNothing(t *testing.T) {
	vault := &keyring{}
	p, _ := newPersonAt(t, vault, sandbox.Config{LegacyTokens: map[string]string{oldToken: "write"}})
	p.exchanges("72157600000000002-0123456789abcdef")
	p.sees("Keyed does not know this old token")
	p.nothingStored(vault)
	p.taps("Back")
	p.sees("Your API key for Keyed")
}

// The old token may be dead by the time that the keyring refuses: what came for it must not be lost.
func TestExchangedTokenIsKeptWhenTheKeyringFails(t *testing.T) {
	p, _ := newPersonAt(t, &keyring{fails: 2}, sandbox.Config{LegacyTokens: map[string]string{oldToken: "write"}})
	p.exchanges(oldToken) // the first Put is the probe
	p.sees("The new access is not saved yet")
	p.taps("Save it")
	p.sees("The new access is not saved yet")
	p.taps("This session only")
	p.sees("You are signed in as Ada Practice")
	p.sees("memory, for this session only")
}

func TestAWordPressSiteIsAddedByItsAddress(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.taps("Link an account")
	p.taps("Another service…")
	p.sees("A WordPress site of your own")
	p.entries()[0].SetText(p.service + "/services/oauth")
	p.taps("Find it")
	p.sees("as Photolink knows it")
	if got := p.entries()[0].Text; got != p.service+"/services/oauth" {
		t.Errorf("the address that was typed became %q", got)
	}
	p.entries()[0].SetText(p.service)
	p.taps("Find it")
	p.sees("Your API key for Ada Practice")
	fields := p.entries()
	if got := fields[3].Text; got != "http://127.0.0.1:8714/wordpress" {
		t.Errorf("callback %q", got)
	}
	fields[0].SetText("key secret")
	for _, bad := range []string{"https://127.0.0.1:8714/x", "http://example.com:8714/x", "http://127.0.0.1/x", "%"} {
		p.entries()[3].SetText(bad)
		p.taps("Next")
		p.sees("× This callback cannot work")
		if got := p.entries()[0].Text; got != "key" {
			t.Errorf("the key that was typed became %q", got)
		}
	}
	p.entries()[3].SetText("http://localhost:8715/elsewhere")
	p.taps("Next")
	p.sees("knows one kind of access only")
	p.taps("Back")
	p.taps("Cancel")
	p.taps("Link an account")
	p.sees("Needs a key that the administrator of the site makes") // it is in the list from now on
}

func TestABrokenServiceDoesNotHideTheOthers(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	folder := p.photolink.ServicesFolder()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "mine.toml"), []byte("name = \"Mine\"\ncolour = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.taps("Link an account")
	p.sees("! A service cannot be used: mine.toml, line 2: ")
	p.sees("Keyed")
}

func TestEverythingIsRemoved(t *testing.T) {
	vault := &keyring{}
	p, _ := newPerson(t, vault)
	p.linksKeyed()
	p.taps("Done")
	p.taps("Settings")
	p.taps("Remove everything…")
	p.sees("One account goes: adapractice.")
	p.taps("Back")
	p.taps("Remove everything…")
	p.sees("One account goes")
	p.taps("Remove everything")
	p.sees("Photolink has forgotten everything")
	p.nothingStored(vault)
	p.taps("Done")
	p.sees("Link your photo accounts to this computer")
	p.window.window.Close()
	p.finish(10 * time.Second)
	p.photolink.Close()
	if _, err := os.Stat(p.photolink.Folder()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("closing the window left the folder: %v", err)
	}
}
