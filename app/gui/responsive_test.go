//go:build !nogui

package gui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/trace"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/gofrs/flock"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
	"photolink/resources"
)

// frameTime is the longest that the goroutine of the GUI may be away: one picture of a screen that shows 60 a second.
const frameTime = 16 * time.Millisecond

// longWait is what a loaded computer and the garbage collector never make a thread wait for.
const longWait = 100 * time.Millisecond

// world is all that is outside of the window: network, vault and browser. It is slow, in that nothing of it answers before
// the window has done something else in between. A window that waits for it would wait for ever.
type world struct {
	gui   string // the goroutine that must not ask it
	calls chan<- func()
	ended chan struct{} // closed: it is slow no longer

	mutex  sync.Mutex
	caught []string // what the goroutine of the GUI asked it
}

// answers waits until the window has shown that it does not.
func (w *world) answers(what string) {
	if goroutine() == w.gui {
		w.mutex.Lock()
		w.caught = append(w.caught, what)
		w.mutex.Unlock()
		return
	}
	alive := make(chan struct{})
	select {
	case w.calls <- func() { close(alive) }:
	case <-w.ended:
		return
	}
	select {
	case <-alive:
	case <-w.ended:
	}
}

// goroutine names the goroutine that calls it, as Go names it in a trace of the stack.
func goroutine() string {
	stack := make([]byte, 64)
	name, _, _ := strings.Cut(strings.TrimPrefix(string(stack[:runtime.Stack(stack, false)]), "goroutine "), " ")
	return name
}

// slowVault is a vault of a slow world.
type slowVault struct {
	account.Vault
	world *world
}

func (v slowVault) Put(ctx context.Context, record string, secret []byte) error {
	v.world.answers("the vault: Put")
	if ctx.Err() != nil { // nobody waits for it any more
		return &account.VaultError{Vault: v.Name(), State: account.VaultUnanswered, Err: ctx.Err()}
	}
	return v.Vault.Put(ctx, record, secret)
}

func (v slowVault) Get(ctx context.Context, record string) ([]byte, error) {
	v.world.answers("the vault: Get")
	return v.Vault.Get(ctx, record)
}

func (v slowVault) Delete(ctx context.Context, record string) error {
	v.world.answers("the vault: Delete")
	return v.Vault.Delete(ctx, record)
}

// slowNetwork is the network of a slow world.
type slowNetwork struct {
	http.Transport
	world *world
}

// RoundTrip is called by net/http.
func (n *slowNetwork) RoundTrip(request *http.Request) (*http.Response, error) {
	n.world.answers("the network: " + request.URL.Path)
	return n.Transport.RoundTrip(request)
}

// walker is a person whose every step is measured.
type walker struct {
	*person
	world  *world
	vault  *keyring
	folder string // of the data

	worst   step // the step that worked or waited longest
	blocked []step
}

// step is one thing that the goroutine of the GUI did.
type step struct {
	what         string
	work, waited time.Duration
	read         int64
}

func (s step) String() string {
	return fmt.Sprintf("%.1f ms of work: %s", float64(s.work.Microseconds())/1000, s.what)
}

// newWalker opens the window in a slow world, with the practice account and a service that needs an API key.
func newWalker(t *testing.T, config sandbox.Config) *walker {
	t.Helper()
	runtime.LockOSThread() // the stopwatch is one of threads
	config.LegacyTokens = map[string]string{oldToken: "write"}
	service := sandbox.New(config)
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	keyed := provider.Practice(server.URL, oauth.ClientCredentials{})
	keyed.ID, keyed.Name, keyed.NeedsKey, keyed.KeyIsFixed = "flickr", "Keyed", true, false
	keyed.KeyPage, keyed.RevokePage, keyed.SignOutPage = server.URL+"/keys", server.URL+"/revoke", server.URL+"/home"

	p := &person{T: t, calls: make(chan func(), 1000), service: server.URL}
	w := &walker{
		person: p, folder: t.TempDir(),
		vault: &keyring{Vault: account.Session(), held: map[string]bool{}},
		world: &world{gui: goroutine(), calls: p.calls, ended: make(chan struct{})},
	}
	network := &slowNetwork{world: w.world}
	photolink, err := app.New(app.Config{
		Folder: w.folder,
		Vaults: []account.Vault{slowVault{w.vault, w.world}, slowVault{account.Session(), w.world}, account.File(
			filepath.Join(w.folder, "secrets.age"),
			func(ctx context.Context, creating bool) (oauth.Secret, error) { return p.askPassphrase(ctx, creating) },
		)},
		Transport: network,
		Open: func(_ context.Context, address string) error {
			w.world.answers("the browser")
			p.calls <- func() { p.opened = append(p.opened, address) }
			return nil
		},
		Providers: []provider.Provider{keyed, provider.Practice("", sandbox.PracticeClient)},
	})
	if err != nil {
		t.Fatal(err)
	}
	application := test.NewTempApp(t)
	application.SetIcon(fyne.NewStaticResource("photolink.png", resources.WindowIcon))
	running := false
	p.window = newWindow(photolink, application, func(call func()) {
		if !running { // as Fyne does it before the window is open
			call()
			return
		}
		p.calls <- func() { w.does(nameOf(call), call) }
	})
	t.Cleanup(func() {
		close(w.world.ended)
		p.finish(30 * time.Second)
		photolink.Close()
		network.CloseIdleConnections()
		if len(w.world.caught) > 0 {
			t.Errorf("the goroutine of the GUI asked: %q", w.world.caught)
		}
	})
	// A script that nothing was written in yet makes Fyne read a font of the system, once.
	fyne.MeasureText("Ελένη Жанна 高橋 美咲 🌸 ✓×→", usualText, fyne.TextStyle{})
	fyne.MeasureText("Ελένη Жанна 高橋 美咲 🌸 ✓×→", usualText, fyne.TextStyle{Bold: true})
	running = true
	w.does("showHome", p.showHome)
	return w
}

// nameOf says of a function where it was made.
func nameOf(call func()) string {
	name := strings.TrimPrefix(runtime.FuncForPC(reflect.ValueOf(call).Pointer()).Name(), "photolink/app/gui.")
	if strings.HasPrefix(name, "start[") {
		return "shows a result"
	}
	return name
}

// does lets the goroutine of the GUI do something.
func (w *walker) does(what string, act func()) {
	watch := startStopwatch()
	trace.WithRegion(w.Context(), "gui", act)
	s := step{what: what + ", then “" + w.Title() + "”"}
	s.work, s.waited, s.read = watch.stop()
	if s.work > w.worst.work {
		w.worst = s
	}
	if s.waited > longWait && !underRaceDetector || s.read > 0 {
		w.blocked = append(w.blocked, s)
	}
}

// taps is the person's, measured.
func (w *walker) taps(text string) {
	w.Helper()
	var tap func()
	w.until("taps "+text, func() bool {
		w.walk(func(object fyne.CanvasObject) {
			switch o := object.(type) {
			case *push:
				if o.Text == text && !o.Disabled() {
					tap = func() { o.Tapped(&fyne.PointEvent{}) }
				}
			case *widget.Button: // of a dialog
				if o.Text == text && !o.Disabled() {
					tap = func() { o.Tapped(&fyne.PointEvent{}) }
				}
			case *row:
				walk(o.Content, func(inner fyne.CanvasObject) {
					if label, ok := inner.(*widget.Label); ok && label.Text == text {
						tap = func() { o.Tapped(&fyne.PointEvent{}) }
					}
				})
			}
		})
		return tap != nil
	})
	w.does("taps "+text, tap)
}

// presses a key where the focus is.
func (w *walker) presses(key fyne.KeyName) {
	w.does("presses "+string(key), func() {
		if focused := w.window.window.Canvas().Focused(); focused != nil {
			focused.TypedKey(&fyne.KeyEvent{Name: key})
		} else {
			w.onTypedKey(&fyne.KeyEvent{Name: key})
		}
	})
}

// tabs goes on with the keyboard.
func (w *walker) tabs(times int) {
	for range times {
		w.does("goes on", func() { w.window.window.Canvas().FocusNext() })
	}
}

// pastes puts text into a field, all at once.
func (w *walker) pastes(field int, text string) {
	w.Helper()
	w.until("field", func() bool { return len(w.entries()) > field })
	w.does("pastes", func() {
		w.fyne.Clipboard().SetContent(text)
		w.entries()[field].TypedShortcut(&fyne.ShortcutPaste{Clipboard: w.fyne.Clipboard()})
	})
}

// types puts text into a field, letter by letter.
func (w *walker) types(field int, text string) {
	w.Helper()
	w.until("field", func() bool { return len(w.entries()) > field })
	for _, letter := range text {
		w.does("types", func() { w.entries()[field].TypedRune(letter) })
	}
}

// chooses one of each list on the screen after the other, the first one last.
func (w *walker) choosesEach() {
	w.Helper()
	var lists []*chooser
	w.walk(func(object fyne.CanvasObject) {
		if list, ok := object.(*chooser); ok {
			lists = append(lists, list)
		}
	})
	for _, list := range lists {
		for i := range list.Options {
			at := len(list.Options) - 1 - i
			w.does("chooses "+list.Options[at], func() { list.SetSelectedIndex(at) })
		}
	}
}

// linksPractice links the practice account, up to the identity.
func (w *walker) linksPractice() {
	w.Helper()
	w.approvesPractice(func() { w.approves(sandbox.Visitor{}) })
	w.sees("You are signed in as")
}

func (w *walker) approvesPractice(approve func()) {
	w.Helper()
	w.taps("Link an account")
	w.taps("Practice account")
	w.taps("Open the browser")
	w.sees("this window goes on by itself")
	approve()
}

// linksKeyed links an account of the service that needs an API key, up to the identity.
func (w *walker) linksKeyed() {
	w.Helper()
	w.taps("Link an account")
	w.taps("Keyed")
	w.pastes(0, sandbox.PracticeClient.Key+" "+sandbox.PracticeClient.Secret.Reveal())
	w.taps("Next")
	w.taps("Open the browser")
	w.approves(sandbox.Visitor{})
	w.sees("You are signed in as")
}

// keeps puts accounts into the list, as links of earlier would have.
func (w *walker) keeps(many int) {
	w.Helper()
	store, err := account.Open(w.folder, w.vault)
	if err != nil {
		w.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 300, 300))); err != nil {
		w.Fatal(err)
	}
	for i := range many {
		name := fmt.Sprintf("Person %02d of many", i)
		if _, err := store.Save(w.Context(), account.Linked{
			Account: account.Account{
				Provider: "flickr", UserID: fmt.Sprint(i, "@N00"), UserName: strings.ToLower(name), Name: name, PhotoCount: 1000 + i,
				PermissionAsked: "read", Permission: "read", Vault: account.KeyringVault, State: account.StateWorks, CheckedAt: time.Now(),
			},
			Token:  oauth.TokenCredentials{Token: fmt.Sprint("token", i), Secret: "secret"},
			Client: sandbox.PracticeClient, Picture: picture.Bytes(),
		}); err != nil {
			w.Fatal(err)
		}
	}
}

// fileOf writes a file that the person has.
func (w *walker) fileOf(name, text string) string {
	w.Helper()
	path := filepath.Join(w.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

// flows are the ways through the program.
var flows = []struct {
	name   string
	config sandbox.Config
	walk   func(*walker)
}{
	{name: "first run", walk: func(w *walker) {
		w.sees("Link your photo accounts to this computer")
		w.tabs(6)
		w.presses(fyne.KeyEscape)
	}},
	{name: "link the practice account", walk: func(w *walker) {
		w.linksPractice()
		w.taps("Done")
		w.sees("✓ Works · checked just now")
	}},
	{name: "link with keys alone", walk: func(w *walker) {
		w.sees("Link an account")
		w.presses(fyne.KeyReturn)
		w.sees("Practice account")
		w.tabs(2)
		w.presses(fyne.KeyReturn)
		w.sees("What may Photolink do?")
		w.presses(fyne.KeyReturn)
		w.approves(sandbox.Visitor{})
		w.sees("You are signed in as")
		w.presses(fyne.KeyEscape)
		w.sees("✓ Works")
	}},
	{name: "link with a key", walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Done")
		w.sees("✓ Works")
	}},
	{name: "link a person of another script", config: sandbox.Config{Person: sandbox.Person{
		ID: "1@N00", UserName: "Ελένη Жанна", Name: "高橋 美咲 🌸", PhotoCount: 70000,
	}}, walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Done")
		w.taps("高橋 美咲 🌸")
		w.sees("Check now")
	}},
	{name: "wrong secret", walk: func(w *walker) {
		w.taps("Link an account")
		w.taps("Keyed")
		w.sees("Your API key for Keyed")
		w.types(0, sandbox.PracticeClient.Key)
		w.types(1, "ffffffffffffffff")
		w.taps("Next")
		w.taps("Open the browser")
		w.sees("The API secret does not fit the key")
		w.taps("Copy diagnostic report")
		w.taps("Change the key")
		w.sees("Your API key for Keyed")
		w.presses(fyne.KeyEscape)
		w.sees("Which account do you want to link?")
	}},
	{name: "declined", walk: func(w *walker) {
		w.approvesPractice(func() {
			w.browser()
			w.taps("I chose No")
		})
		w.sees("You chose not to link")
		w.taps("Try again")
		w.approves(sandbox.Visitor{Forgetful: true})
		w.taps("No")
		w.sees("You did not confirm the account")
		w.taps("Close")
		w.sees("Link an account")
	}},
	{name: "cancel in each step", walk: func(w *walker) {
		w.taps("Link an account")
		w.taps("Cancel")
		w.taps("Link an account")
		w.taps("Keyed")
		w.sees("Your API key for Keyed")
		w.taps("Back")
		w.taps("Practice account")
		w.taps("Back")
		w.taps("Practice account")
		w.taps("Open the browser")
		w.taps("Cancel") // before anything of the world has answered
		w.approvesPractice(func() { w.taps("Cancel") })
		w.approvesPractice(func() {
			w.taps("Paste the address…")
			w.sees("Use it")
			w.taps("Cancel")
			w.presses(fyne.KeyEscape)
		})
		w.approvesPractice(func() {
			w.taps("Use a phone…")
			w.sees("Open this picture with the camera")
			w.taps("Copy link")
			w.taps("Cancel")
		})
		w.sees("Link your photo accounts to this computer")
		w.nothingStored(w.vault)
	}},
	{name: "paste the address", walk: func(w *walker) {
		w.approvesPractice(func() {
			visit, err := sandbox.Visitor{}.ApproveOnly(w.Context(), w.browser())
			if err != nil {
				w.Fatal(err)
			}
			w.taps("Paste the address…")
			w.pastes(0, visit.URL.String())
			w.taps("Use it")
			w.sees("You are signed in as")
		})
	}},
	{name: "identity and Not you", walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Not you?")
		w.sees("The account was removed")
	}},
	{name: "account, check and link again", walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Done")
		w.taps("Ada Practice")
		w.taps("Check now")
		w.sees("✓ Works · checked just now")
		w.taps("Access on Keyed…")
		w.taps("Link again")
		w.sees("What may Photolink do?")
		w.taps("Back")
	}},
	{name: "fifty accounts: list, check all and stop", walk: func(w *walker) {
		w.keeps(50)
		w.does("showHome", w.showHome)
		w.sees("Person 49 of many")
		w.tabs(54)
		w.taps("Check all")
		w.sees("Checking 1 of 50…")
		w.taps("Stop")
		w.taps("Person 49 of many")
		w.taps("Back")
		w.taps("Settings")
		w.taps("API keys…")
		w.sees("Used by")
		w.taps("Back")
	}},
	{name: "ten thousand accounts: list, find, scroll, check all and stop", walk: func(w *walker) {
		listOf(w, w.folder, 10_000)
		w.does("showHome", w.showHome)
		w.sees("Person 09999 of many")
		w.tabs(60)
		for _, key := range []fyne.KeyName{fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyUp, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyDown} {
			w.presses(key)
			w.turns()
		}
		body := bodyOf(w.window.window.Content())
		for range 200 {
			w.does("turns the wheel", func() { wheel(body, 100) })
		}
		for _, part := range []float32{0.5, 0.1, 0.9, 0.3} {
			w.does("pulls the bar", func() { body.ScrollToOffset(fyne.NewPos(0, part*body.Content.Size().Height)) })
		}
		w.types(0, "PERSON 01234")
		w.taps("Person 01234 of many")
		w.taps("Back")
		w.sees("Person 09999 of many")
		w.types(0, "nobody")
		w.sees("No account has this in its name.")
		w.presses(fyne.KeyEscape)
		w.taps("Check all")
		w.sees(" of 10,000…")
		w.taps("Stop")
		w.sees("Person 09999 of many")
		w.does("showKeys", func() { w.showKeys("", nil) })
		w.sees("person00009 and 9,990 more")
		w.taps("Key 0123…cdef")
		w.sees("A key that an account uses cannot be forgotten")
		w.does("showRemove", w.showRemove)
		w.sees("10,000 accounts go: ")
	}},
	{name: "check all", walk: func(w *walker) {
		w.linksPractice()
		w.taps("Done")
		w.taps("Check all")
		w.sees("✓ All accounts were checked.")
	}},
	{name: "encrypted file, session and move", walk: func(w *walker) {
		w.vault.mutex.Lock()
		w.vault.absent = true
		w.vault.mutex.Unlock()
		w.taps("Link an account")
		w.taps("Practice account")
		w.taps("Open the browser")
		w.taps("Encrypted file…")
		w.sees("Choose a passphrase for the encrypted file")
		w.taps("Cancel")
		w.taps("Close")
		w.taps("Link an account")
		w.taps("Practice account")
		w.taps("Open the browser")
		w.taps("This session only")
		w.approves(sandbox.Visitor{})
		w.sees("You are signed in as")
		w.taps("Done")
		w.vault.mutex.Lock()
		w.vault.absent = false
		w.vault.mutex.Unlock()
		w.taps("Ada Practice")
		w.taps("Move to the keyring")
		w.sees("the system keyring, read back and compared")
	}},
	{name: "hand over and take back", walk: func(w *walker) {
		path := w.fileOf("gallery-dl.json", `{"extractor": {"flickr": {"access-token": null, "more": "`+strings.Repeat("x", 1<<18)+`"}}}`)
		w.linksPractice()
		w.taps("Hand over…")
		w.taps("settings file of its own")
		w.sees("Show what changes")
		w.does("empties", func() { w.entries()[0].SetText("") })
		w.types(0, path)
		w.taps("Show what changes")
		w.sees("access-token-secret")
		w.taps("Hand over")
		w.sees("gallery-dl has the account Ada Practice now")
		w.taps("Another tool…")
		w.sees("✓ gallery-dl has it")
		w.taps("Take it back")
		w.until("it is taken back", func() bool {
			text, err := os.ReadFile(path)
			return err == nil && !bytes.Contains(text, []byte("access-token-secret"))
		})
	}},
	{name: "take over: look, drop, paste", walk: func(w *walker) {
		w.Setenv("HOME", w.TempDir())
		w.taps("I already use a backup tool…")
		w.taps("Look on this computer")
		w.sees("Nothing was found in the usual places.")
		key := sandbox.PracticeClient
		settings := `{"api_key": "` + key.Key + `", "api_secret": "` + key.Secret.Reveal() + `"}`
		for name, text := range map[string]string{
			"settings.json": settings, "picture.png": "\x89PNG\r\n\x1a\n", "long.json": strings.Repeat("{\"api_key\": 1}\n", 20_000),
		} {
			file := w.fileOf(name, text)
			w.does("drops a file", func() { w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(file)}) })
			w.sees(name)
		}
		w.pastes(0, settings)
		w.taps("Read what is pasted")
		w.taps("Keep the key")
		w.sees("✓ The key is kept.")
		w.pastes(0, strings.Repeat("a line of a settings file = of no use at all\n", 200))
		w.taps("Read what is pasted")
		w.sees("× what was pasted")
	}},
	{name: "keys: add, rename, test, delete", walk: func(w *walker) {
		w.does("showKeys", func() { w.showKeys("", nil) })
		w.taps("Add a key")
		w.taps("Keyed")
		w.sees("API secret")
		w.pastes(0, sandbox.PracticeClient.Key+" "+sandbox.PracticeClient.Secret.Reveal())
		w.types(2, "my backup")
		w.taps("Keep the key")
		w.taps("my backup")
		w.taps("Try it now")
		w.sees("✓ Keyed knows this key.")
		w.types(0, "2")
		w.taps("Save")
		w.sees("✓ Saved.")
		w.taps("2my backup")
		w.taps("Forget this key")
		w.sees("✓ The key is forgotten.")
	}},
	{name: "old token", walk: func(w *walker) {
		w.taps("Link an account")
		w.taps("Keyed")
		w.pastes(0, sandbox.PracticeClient.Key+" "+sandbox.PracticeClient.Secret.Reveal())
		w.taps("Old token…")
		w.pastes(0, oldToken)
		w.taps("Exchange it")
		w.sees("You are signed in as Ada Practice")
	}},
	{name: "settings", walk: func(w *walker) {
		w.keeps(20)
		w.does("showHome", w.showHome)
		w.taps("Settings")
		w.sees("Size of text")
		w.choosesEach()
		w.types(1, "99")
		w.taps("Save")
		w.sees("! ")
		w.does("empties", func() { w.entries()[1].SetText("") })
		w.taps("Save")
		w.sees("Person 19 of many")
		for _, settings := range []app.Settings{{Theme: app.DarkTheme, TextSize: 200, Language: "de"}, {}} {
			if err := w.photolink.SaveSettings(settings); err != nil {
				w.Fatal(err)
			}
			w.does("applySettings", w.applySettings)
			w.does("showHome", w.showHome)
			w.sees("Person 19 of many")
		}
	}},
	{name: "about, report and licences", walk: func(w *walker) {
		w.does("showAbout", w.showAbout)
		w.taps("Show a diagnostic report")
		w.taps("Copy the report")
		w.taps("Licences")
		w.sees("Photolink is made of these parts.")
		w.choosesEach()
		w.taps("Back")
	}},
	{name: "unlink and undo", walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Done")
		w.taps("Ada Practice")
		w.taps("Unlink…")
		w.taps("Unlink")
		w.taps("Check that it is gone")
		w.sees("! The access still works.")
		until := w.now().Add(app.UndoTime)
		w.until("there is an undo", func() bool { return strings.Contains(strings.Join(w.texts(), "\n"), "Undo (") })
		w.walk(func(object fyne.CanvasObject) {
			if b, ok := object.(*push); ok && strings.HasPrefix(b.Text, "Undo (") {
				w.does("taps Undo", b.OnTapped)
			}
		})
		w.sees("Check now")
		if w.now().After(until) {
			w.Error("the undo came too late to be one")
		}
	}},
	{name: "add a service by its address, and by a file", walk: func(w *walker) {
		w.taps("Link an account")
		w.taps("Another service…")
		w.pastes(0, w.service+"/services/oauth")
		w.taps("Find it")
		w.sees("as Photolink knows it")
		w.does("empties", func() { w.entries()[0].SetText("") })
		w.pastes(0, w.service)
		w.taps("Find it")
		w.sees("Your API key for Ada Practice")
		w.taps("Back")
		w.sees("Needs a key that the administrator of the site makes")
		broken := w.fileOf("mine.toml", "name = \"Mine\"\ncolour = 1\n")
		if err := os.Rename(broken, filepath.Join(w.photolink.ServicesFolder(), "mine.toml")); err != nil {
			w.Fatal(err)
		}
		w.taps("Cancel")
		w.taps("Link an account")
		w.sees("! A service cannot be used: mine.toml, line 2: ")
	}},
	{name: "all screens while the disk hangs", walk: (*walker).whileTheDiskHangs},
	{name: "close while an account is linked", walk: func(w *walker) {
		w.approvesPractice(func() { w.does("closes", w.window.window.Close) })
		w.endsItsWork()
	}},
	{name: "close while an account is saved", walk: func(w *walker) {
		w.linksKeyed()
		w.taps("Not you?")
		w.does("closes", w.window.window.Close)
		w.endsItsWork()
	}},
}

// whileTheDiskHangs goes to all screens that need the list of accounts, and leaves them. Another program can hold the list,
// or the disk can hang: the screens are empty for a while then.
func (w *walker) whileTheDiskHangs() {
	w.keeps(3)
	w.does("showHome", w.showHome)
	w.taps("Person 00 of many")
	w.sees("Check now")
	page := *w.page

	held := flock.New(filepath.Join(w.folder, "accounts.json.lock"))
	if err := held.Lock(); err != nil {
		w.Fatal(err)
	}
	release := sync.OnceFunc(func() { _ = held.Unlock() })
	defer release()
	defer time.AfterFunc(5*time.Second, release).Stop() // for a window that waits, so that the test ends

	for _, act := range []func(){
		w.showHome, w.showChoose, w.checkAll, w.showSettings, w.showAddKey, w.showReport, w.applySettings,
		func() { w.showKeys("", nil) },
		func() { w.showAccount(page.Account.ID) },
		func() { w.check(page) },
		func() { w.move(page) },
		func() { w.linkAgain(page.Account, page.Provider) },
		func() { w.showUnlink(page) },
		func() { w.showTools(page.Account, nil) },
		func() { w.planHandover(previewView{Account: page.Account, Tool: app.ToolsFor("flickr")[0]}) },
		func() { w.undo(journey{provider: page.Provider}, page.Account) },
		func() { w.showApprove(journey{provider: page.Provider, vault: account.KeyringVault}) },
	} {
		w.does(nameOf(act), act)
		w.turns()
		w.presses(fyne.KeyEscape)
		w.turns()
	}
	w.does("showHome", w.showHome)
	w.turns()
	if text := strings.Join(w.texts(), ""); text != "" {
		w.Errorf("the disk does not hang: the window shows %q", text)
	}
	release()
	w.sees("Person 01 of many")
}

// turns lets the goroutine of the GUI do what is there to be done.
func (w *walker) turns() {
	w.Helper()
	for n := len(w.calls); n > 0; n-- {
		(<-w.calls)()
	}
}

// endsItsWork waits until all that was under way has ended.
func (w *walker) endsItsWork() {
	w.Helper()
	ended := false
	go func() {
		w.working.Wait()
		w.calls <- func() { ended = true }
	}()
	w.until("the work ends", func() bool { return ended })
}

// Whatever the person does and however slow the world is, the goroutine of the GUI waits for nothing, reads nothing and is
// back within frameTime. Each call, tap, key and text is measured by itself, by the time that its thread worked, so that
// other work on this computer does not count. Under the race detector no time is judged, only what is asked and read.
//
// Three things of Fyne's are not in it: painting; the dialogs for files, which read folders on the goroutine of the GUI; and
// the first text in a script that the fonts of Fyne lack, for which it reads one of the system there, once.
//
// To look at a flow, run
//
//	go test ./app/gui -run 'TestWindowNeverFreezes/hand_over' -trace gui.trace -v
//	go tool trace gui.trace
//
// and choose “User-defined regions”: the region gui is one step.
func TestWindowNeverFreezes(t *testing.T) {
	for _, flow := range flows {
		name := flow.name
		if underRaceDetector {
			name += ", the time not judged"
		}
		t.Run(name, func(t *testing.T) {
			const tries = 3 // the garbage collector makes each goroutine help, now and then
			for try := 1; ; try++ {
				var w *walker
				t.Run(fmt.Sprint("try ", try), func(t *testing.T) {
					w = newWalker(t, flow.config)
					flow.walk(w)
				})
				slow := w.worst.work > frameTime && !underRaceDetector
				if t.Failed() || try == tries || !slow && len(w.blocked) == 0 {
					t.Logf("%s: longest %v", name, w.worst)
					if slow {
						t.Errorf("longer than %v: %v", frameTime, w.worst)
					}
					for _, s := range w.blocked {
						t.Errorf("waited %v, read %d bytes: %v", s.waited, s.read, s)
					}
					return
				}
			}
		})
	}
}
