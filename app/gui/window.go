//go:build !nogui

package gui

import (
	"context"
	"errors"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// window is the one window of the program. Its fields belong to the goroutine of the GUI.
type window struct {
	photolink *app.App
	fyne      fyne.App
	window    fyne.Window

	// do runs a function on the goroutine of the GUI: fyne.Do in the program, a loop of the test's own in tests. It is
	// the only way there.
	do func(func())
	// now is the clock.
	now func() time.Time

	ctx     context.Context // ends with the window
	cancel  context.CancelFunc
	working sync.WaitGroup // work that is under way

	moreContrast bool         // the system asks for high contrast
	page         *accountView // the account that the window is about; nil for none
	anew         func()       // shows the same screen anew; nil for one that is quick to paint anew
	linking      bool         // a link is under way, which must not be given up unasked

	stopWork context.CancelFunc // stops the work that the screen started; nil if there is none
	screen   int                // counts screens, so that late results of an earlier one are dropped
	mainKey  func()             // what Enter does on this screen; nil for nothing
	backKey  func()             // what Escape does
}

func newWindow(photolink *app.App, application fyne.App, do func(func())) *window {
	ctx, cancel := context.WithCancel(context.Background())
	w := &window{
		photolink: photolink, fyne: application, window: application.NewWindow("Photolink"),
		do: do, now: time.Now, ctx: ctx, cancel: cancel,
	}
	w.window.SetMaster()
	w.window.SetPadded(false) // the bars reach the edges
	w.applySettings()
	w.recallPlace()
	photolink.OnPassphrase(w.askPassphrase)
	w.window.SetOnClosed(func() {
		w.rememberPlace()
		cancel()
	})
	w.window.SetOnDropped(w.dropped)
	w.window.Canvas().SetOnTypedKey(w.onTypedKey)
	return w
}

// say speaks the language of the person.
func (w *window) say() *language.Speaker { return w.photolink.Speaker() }

// provider describes a service, for showing. The practice account has its name in the language of the person.
func (w *window) provider(id string) (provider.Provider, error) {
	p, err := w.photolink.Provider(id)
	return w.named(p), err
}

func (w *window) providers() []provider.Provider {
	all := w.photolink.Providers()
	for i := range all {
		all[i] = w.named(all[i])
	}
	return all
}

func (w *window) named(p provider.Provider) provider.Provider {
	if p.ID == app.PracticeService {
		p.Name = w.say().Say("Practice account")
	}
	return p
}

// copy puts text into the clipboard.
func (w *window) copy(text string) { w.fyne.Clipboard().SetContent(text) }

// onTypedKey gets the keys that no widget wants.
func (w *window) onTypedKey(event *fyne.KeyEvent) {
	if w.window.Canvas().Overlays().Top() != nil || scrollByKey(w.window.Content(), event.Name) {
		return // a dialog is not about the screen below it
	}
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if w.mainKey != nil {
			w.mainKey()
		}
	case fyne.KeyEscape:
		if w.backKey != nil {
			w.backKey()
		}
	}
}

// show replaces the screen. enter and escape are what these keys do. What the screen before was working on is stopped.
func (w *window) show(title string, content fyne.CanvasObject, enter, escape func()) {
	if w.stopWork != nil {
		w.stopWork()
		w.stopWork = nil
	}
	w.screen++
	w.page, w.anew, w.linking = nil, nil, false
	for overlays := w.window.Canvas().Overlays(); overlays.Top() != nil; { // a dialog belongs to its screen
		overlays.Remove(overlays.Top())
	}
	w.mainKey, w.backKey = enter, escape
	w.window.SetTitle(title)
	w.window.SetContent(content)
	w.window.Canvas().Unfocus()
	w.updateMenu()
}

// start runs work on a goroutine of its own, with a context that ends when the screen is replaced. done gets the result
// on the goroutine of the GUI, unless the screen was replaced before.
func start[Result any](w *window, work func(context.Context) Result, done func(Result)) {
	ctx, cancel := context.WithCancel(w.ctx)
	w.stopWork = cancel
	screen := w.screen
	w.working.Go(func() {
		defer cancel()
		result := work(ctx)
		w.do(func() {
			if screen == w.screen && w.ctx.Err() == nil {
				done(result)
			}
		})
	})
}

// finish ends all work and waits until it has cleaned up behind itself, but not for ever: a keyring can hang.
func (w *window) finish(atMost time.Duration) {
	w.cancel()
	done := make(chan struct{})
	go func() {
		w.working.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(atMost):
	}
}

// openPage opens a page in the browser without waiting for it.
func (w *window) openPage(address string) {
	ctx := w.ctx
	go func() {
		if err := w.photolink.OpenPage(ctx, address); err != nil {
			w.do(func() {
				dialog.ShowInformation(w.say().Say("The browser did not open"),
					w.say().Say("The address is {{.Address}}", language.Values{"Address": address}), w.window)
			})
		}
	}()
}

// showProblem shows an error outside of a link.
func (w *window) showProblem(err error, again, closed func()) {
	say := w.say()
	trouble := link.Explain(say, err, provider.Provider{})
	view := troubleView{
		Speaker: say, Title: "Photolink", Trouble: trouble, Stored: say.Say("Nothing was changed."),
		ActionName: link.TryAgain.Name(say), OnAction: again, OnClose: closed,
	}
	if closed == nil {
		view.OnClose = w.window.Close
	}
	w.show(say.Say("{{.What}} · Photolink", language.Values{"What": trouble.What}), view.build(), view.OnAction, view.OnClose)
}

// chooseFile lets the person choose a file to read.
func (w *window) chooseFile(chosen func(name string)) {
	choice := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return
		}
		_ = file.Close() // it is read off the goroutine of the GUI
		chosen(file.URI().Path())
	}, w.window)
	choice.Show()
}

// everySecond calls tick on the goroutine of the GUI until ctx ends.
func (w *window) everySecond(ctx context.Context, tick func()) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.do(tick)
		case <-ctx.Done():
			return
		}
	}
}

// askPassphrase asks for the passphrase of the encrypted file and waits for it. It is called on the goroutine of the work
// that needs it.
func (w *window) askPassphrase(ctx context.Context, creating bool) (oauth.Secret, error) {
	reply := make(chan oauth.Secret, 1)
	w.do(func() {
		if ctx.Err() != nil {
			return
		}
		first, second := widget.NewPasswordEntry(), widget.NewPasswordEntry()
		say := w.say()
		title, items := say.Say("Open the encrypted file"), []*widget.FormItem{{Text: say.Say("Passphrase"), Widget: first}}
		if creating {
			title = say.Say("Choose a passphrase for the encrypted file")
			items = append(items, &widget.FormItem{
				Text: say.Say("Once more"), Widget: second, HintText: say.Say("Nobody can open the file without it"),
			})
			second.Validator = func(text string) error {
				if text != first.Text {
					return errors.New(say.Say("The two are not the same"))
				}
				return nil
			}
		}
		first.Validator = func(text string) error {
			if text == "" {
				return errors.New(say.Say("Please type a passphrase"))
			}
			return nil
		}
		ask := dialog.NewForm(title, say.Say("Go on"), say.Say("Cancel"), items, func(goOn bool) {
			if !goOn {
				first.Text = ""
			}
			reply <- oauth.Secret(first.Text)
		}, w.window)
		submit := func(string) { ask.Submit() }
		first.OnSubmitted, second.OnSubmitted = submit, submit
		ask.Resize(fyne.NewSize(480, 240))
		ask.Show()
		w.window.Canvas().Focus(first)
	})
	select {
	case passphrase := <-reply:
		return passphrase, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
