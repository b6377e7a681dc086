//go:build !nogui

package gui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"photolink/oauth/sandbox"
)

func TestHandOverShowsWhatChangesFirst(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	p.taps("Hand over…")
	p.taps("settings file of its own")
	p.sees("You see what changes") // not yet: there is no path
	path := filepath.Join(t.TempDir(), "gallery-dl.json")
	p.sees("Show what changes")
	p.entries()[0].SetText(path)
	p.taps("Show what changes")
	p.sees("access-token-secret")
	for _, text := range p.texts() {
		if strings.Contains(text, sandbox.PracticeClient.Secret.Reveal()) {
			t.Errorf("the preview holds a secret: %s", text)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the preview wrote the file")
	}
	p.taps("Hand over")
	p.sees("gallery-dl has the account Ada Practice now")
	written, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(written), sandbox.PracticeClient.Secret.Reveal()) {
		t.Errorf("written %q, error %v", written, err)
	}
	p.taps("Done")

	p.taps("Hand over…")
	p.sees("✓ gallery-dl has it")
	p.sees(path)
	p.taps("Take it back")
	p.until("takes it back", func() bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

func TestHandOverToAPlaceThatIsNoUse(t *testing.T) {
	p, _ := newPerson(t, &keyring{})
	p.linksPractice()
	p.approves(sandbox.Visitor{})
	p.sees("You are signed in as Ada Practice")
	p.taps("Hand over…")
	p.taps("settings file of its own")
	p.sees("Show what changes")
	p.entries()[0].SetText(t.TempDir())
	p.taps("Show what changes")
	p.sees("This file cannot be used")
	p.taps("Back")
	p.sees("Hand Ada Practice over to a backup tool")
}

func TestADroppedFileIsTakenOver(t *testing.T) {
	vault := &keyring{}
	p, _ := newPerson(t, vault)
	name := filepath.Join(t.TempDir(), "settings.json")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(name)})
	}
	write("\x89PNG\r\n\x1a\n")
	p.sees("× " + name)
	p.sees("a picture")
	p.nothingStored(vault)

	key := sandbox.PracticeClient
	write(`{"api_key": "` + key.Key + `", "api_secret": "` + key.Secret.Reveal() + `", "access_token": "1-2", "access_token_secret": "3"}`)
	p.sees(name)
	p.nothingStored(vault)
}
