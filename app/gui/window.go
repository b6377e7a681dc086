//go:build !nogui

package gui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
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
	w.window.Resize(fyne.NewSize(760, 540))
	w.window.SetMaster()
	photolink.OnPassphrase(w.askPassphrase)
	w.window.SetOnClosed(cancel)
	w.window.SetOnDropped(w.dropped)
	w.window.Canvas().SetOnTypedKey(w.onTypedKey)
	w.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyN, Modifier: fyne.KeyModifierShortcutDefault},
		func(fyne.Shortcut) { w.showChoose() })
	return w
}

// onTypedKey gets the keys that no widget wants.
func (w *window) onTypedKey(event *fyne.KeyEvent) {
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
	for overlays := w.window.Canvas().Overlays(); overlays.Top() != nil; { // a dialog belongs to its screen
		overlays.Remove(overlays.Top())
	}
	w.mainKey, w.backKey = enter, escape
	w.window.SetTitle(title)
	w.window.SetContent(content)
	w.window.Canvas().Unfocus()
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
			w.do(func() { dialog.ShowInformation("The browser did not open", "The address is "+address, w.window) })
		}
	}()
}

type homeData struct {
	cards []accountCard
	err   error
}

func (w *window) showHome() {
	w.show("Photolink", widget.NewLabel(""), nil, nil)
	start(w, func(context.Context) homeData {
		accounts, err := w.photolink.Accounts()
		data := homeData{err: err}
		for _, a := range accounts {
			p, _ := w.photolink.Provider(a.Provider)
			data.cards = append(data.cards, accountCard{
				Account: a, Service: p.Name, Permission: p.Permission(a.Permission).Name,
				Picture: w.photolink.Picture(a.ID), Now: w.now(),
			})
		}
		return data
	}, func(data homeData) {
		if data.err != nil {
			w.showProblem(data.err, w.showHome, nil)
			return
		}
		view := homeView{Cards: data.cards, Icon: w.fyne.Icon(), OnLink: w.showChoose, OnAccount: w.showAccount}
		w.show("Photolink", view.build(), view.OnLink, nil)
	})
}

// showProblem shows an error outside of a link.
func (w *window) showProblem(err error, again, closed func()) {
	trouble := link.Explain(w.photolink.Speaker(), err, provider.Provider{Name: "The service"})
	view := troubleView{
		Title: "Photolink", Trouble: trouble, Stored: "Nothing was changed.",
		ActionName: "Try again", OnAction: again, OnClose: closed,
	}
	if closed == nil {
		view.OnClose = w.window.Close
	}
	w.show(trouble.What+" · Photolink", view.build(), view.OnAction, view.OnClose)
}

// journey is what a person has chosen on the way to a linked account.
type journey struct {
	provider   provider.Provider
	key        oauth.ClientCredentials // typed in; zero if a stored one is used or none is needed
	keyName    string                  // what the person calls that one
	callback   string                  // the address registered with it; empty for the service's usual one
	storedKey  account.Key             // the stored one that is used; zero for none
	keys       []account.Key           // all that are stored
	permission string
	vault      string
	again      *account.Account // the account that is linked again
	elsewhere  bool             // the person approves on another device
}

func (w *window) showChoose() {
	w.show("Choose a service · Photolink", widget.NewLabel(""), nil, w.showHome)
	type data struct {
		rows   []serviceRow
		keys   map[string][]account.Key
		broken []string
	}
	start(w, func(context.Context) data {
		found := data{keys: map[string][]account.Key{}}
		for _, p := range w.photolink.Providers() {
			keys := w.ownKeys(p.ID)
			found.keys[p.ID] = keys
			found.rows = append(found.rows, serviceRow{Provider: p, KeyKnown: len(keys) > 0})
		}
		for _, err := range w.photolink.BrokenServices() {
			found.broken = append(found.broken, err.Error())
		}
		return found
	}, func(found data) {
		view := chooseView{Services: found.rows, Broken: found.broken, OnCancel: w.showHome}
		view.OnAdd = func() { w.showAddService(addServiceView{}) }
		view.OnTakeOver = func() { w.showTakeOver(takeOverView{}) }
		view.OnChoose = func(p provider.Provider) { w.begin(p, found.keys[p.ID]) }
		w.show("Choose a service · Photolink", view.build(), nil, view.OnCancel)
	})
}

// begin begins the way to a linked account, for which the person has these keys.
func (w *window) begin(p provider.Provider, keys []account.Key) {
	j := journey{provider: p, keys: keys, vault: account.KeyringVault}
	switch {
	case len(keys) == 1:
		j.storedKey = keys[0]
		w.showPermission(j)
	case len(keys) > 1, p.NeedsKey:
		w.showKey(j, keyView{})
	default:
		w.showPermission(j)
	}
}

// ownKeys returns the keys of a service that the person has stored, without those that came with the program.
func (w *window) ownKeys(service string) []account.Key {
	keys, _ := w.photolink.Keys(service) // an index that cannot be read is told on the way home
	return slices.DeleteFunc(keys, func(key account.Key) bool { return key.BuiltIn })
}

// showAddService adds a service that Photolink does not know.
func (w *window) showAddService(view addServiceView) {
	type added struct {
		service provider.Provider
		keys    []account.Key
		err     error
	}
	add := func(work func(context.Context) (provider.Provider, error)) {
		busy := view
		busy.Busy, busy.Trouble = true, nil
		content, _ := busy.build()
		w.show("Another service · Photolink", content, nil, w.showChoose)
		start(w, func(ctx context.Context) added {
			p, err := work(ctx)
			return added{p, w.ownKeys(p.ID), err}
		}, func(result added) {
			if result.err == nil {
				w.begin(result.service, result.keys)
				return
			}
			trouble := link.Explain(w.photolink.Speaker(), result.err, provider.Provider{Name: "The site"})
			view.Trouble = &trouble
			w.showAddService(view)
		})
	}
	view.OnBack = w.showChoose
	view.OnWordPress = func(address string) {
		view.Address = address
		add(func(ctx context.Context) (provider.Provider, error) { return w.photolink.AddWordPress(ctx, address) })
	}
	view.OnFile = func() {
		w.chooseFile(func(name string) {
			add(func(context.Context) (provider.Provider, error) { return w.photolink.AddService(name) })
		})
	}
	content, first := view.build()
	w.show("Another service · Photolink", content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
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

// showKey asks for a key. view holds what is to be in the fields at first.
func (w *window) showKey(j journey, view keyView) {
	if view.Given.Callback == "" {
		view.Given.Callback = cmp.Or(j.callback, j.provider.Callback.Registered)
	}
	view.Provider = j.provider
	view.Stored = j.keys
	view.OnGetKey = func() { w.openPage(j.provider.KeyPage) }
	view.OnCopy = w.fyne.Clipboard().SetContent
	view.OnBack = w.showChoose
	view.OnFile = func() {
		w.chooseFile(func(name string) { w.importKey(j, view, name) })
	}
	view.OnStored = func(key account.Key) {
		j.key, j.keyName, j.callback, j.storedKey = oauth.ClientCredentials{}, "", "", key
		w.showPermission(j)
	}
	take := func(given typedKey) bool {
		if given.Callback == j.provider.Callback.Registered {
			given.Callback = ""
		}
		if err := link.CheckCallback(j.provider, given.Callback); err != nil {
			view.Given, view.News = given, "× The callback is "+err.Error()+"."
			w.showKey(j, view)
			return false
		}
		j.key, j.keyName, j.callback, j.storedKey = given.Credentials, given.Name, given.Callback, account.Key{}
		return true
	}
	view.OnNext = func(given typedKey) {
		if take(given) {
			w.showPermission(j)
		}
	}
	if _, ok := j.provider.Service.(provider.LegacyExchanger); ok {
		view.OnLegacy = func(given typedKey) {
			if take(given) {
				w.showLegacy(j, legacyView{})
			}
		}
	}
	content, first := view.build()
	w.show("API key · Photolink", content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
}

// importKey reads a key, and perhaps a token of before OAuth, from a file of another tool.
func (w *window) importKey(j journey, view keyView, name string) {
	type result struct {
		found handover.Found
		err   error
	}
	start(w, func(context.Context) result {
		found, err := handover.ReadKey(name, j.provider.ID)
		return result{found, err}
	}, func(r result) {
		if r.err != nil {
			view.News = "× " + r.err.Error()
			w.showKey(j, view)
			return
		}
		view.Given.Credentials, view.Given.Name = r.found.Client, r.found.Tool
		view.News = "✓ Read from a file of " + r.found.Tool + ". The file was not changed."
		if _, ok := j.provider.Service.(provider.LegacyExchanger); ok && r.found.LegacyToken != "" {
			j.key, j.keyName, j.storedKey = r.found.Client, r.found.Tool, account.Key{}
			w.showLegacy(j, legacyView{Token: r.found.LegacyToken})
			return
		}
		w.showKey(j, view)
	})
}

// showLegacy exchanges a token of before OAuth.
func (w *window) showLegacy(j journey, view legacyView) {
	const title = "Exchange an old token · Photolink"
	view.Provider = j.provider
	view.OnBack = func() {
		w.showKey(j, keyView{Given: typedKey{Credentials: j.key, Name: j.keyName, Callback: j.callback}})
	}
	view.OnFile = func() {
		w.chooseFile(func(name string) { w.importKey(j, keyView{Given: typedKey{Credentials: j.key, Name: j.keyName}}, name) })
	}
	var attempt func(work func(context.Context) (account.Account, error))
	attempt = func(work func(context.Context) (account.Account, error)) {
		busy := view
		busy.Busy, busy.Trouble = true, nil
		content, _ := busy.build()
		w.show(title, content, nil, nil)
		start(w, func(context.Context) linkResult {
			saved, err := work(w.ctx) // it is not given up with the screen
			return linkResult{saved, err}
		}, func(r linkResult) {
			if r.err == nil {
				w.showIdentity(j, r.account, false)
				return
			}
			trouble := link.Explain(w.photolink.Speaker(), r.err, j.provider)
			view.Trouble, view.Unsaved, view.OnSave, view.Others = &trouble, false, nil, nil
			if unsaved, ok := errors.AsType[*link.UnsavedError](r.err); ok {
				into := func(vault string) func() {
					return func() {
						attempt(func(ctx context.Context) (account.Account, error) { return unsaved.Save(ctx, vault) })
					}
				}
				view.Unsaved, view.OnSave = true, into(j.vault)
				if trouble.Action == link.OtherVault {
					view.Others = otherVaults(into)
				}
			}
			w.showLegacy(j, view)
		})
	}
	view.OnExchange = func(token oauth.Secret) {
		view.Token = token
		attempt(func(ctx context.Context) (account.Account, error) {
			return w.photolink.Upgrade(ctx, j.provider.ID, j.storedKey.ID, link.UpgradeRequest{
				Key: j.key, KeyName: j.keyName, LegacyToken: token, Vault: j.vault,
			})
		})
	}
	content, first := view.build()
	var back func()
	if !view.Unsaved {
		back = view.OnBack
	}
	w.show(title, content, view.OnSave, back)
	w.window.Canvas().Focus(first)
}

func (w *window) showPermission(j journey) {
	if j.permission == "" {
		j.permission = j.provider.Permissions[0].ID
	}
	view := permissionView{
		Provider: j.provider, Chosen: j.permission, KeyHint: j.storedKey.Hint,
		OwnKey: !j.provider.NeedsKey && !j.provider.KeyIsFixed && j.key.Key == "",
		OnKey:  func() { w.showKey(j, keyView{}) },
		OnBack: w.showChoose,
		OnNext: func(permission string) {
			j.permission = permission
			w.showApprove(j)
		},
	}
	content, next := view.build()
	w.show("Permission · Photolink", content, next, view.OnBack)
}

type linkResult struct {
	account account.Account
	err     error
}

func (w *window) showApprove(j journey) {
	answers := make(chan link.Answer, 1)
	answer := func(a link.Answer) {
		select {
		case answers <- a:
		default: // one is on its way already
		}
	}
	view := &approveView{Provider: j.provider, Permission: j.provider.Permission(j.permission), OutOfBand: j.elsewhere}
	view.OnOpenAgain = func() { w.openPage(view.Progress.StartURL) }
	view.OnCopyLink = func() { w.fyne.Clipboard().SetContent(cmp.Or(view.Progress.StartURL, view.Progress.Page)) }
	view.OnCode = func(text string) { answer(link.Answer{Pasted: text}) }
	view.OnElsewhere = func() {
		j.elsewhere = true
		w.showApprove(j)
	}
	view.OnDeclined = func() { answer(link.Answer{Declined: true}) }
	view.OnPaste = func() { w.askPaste(func(text string) { answer(link.Answer{Pasted: text}) }) }
	view.OnCancel = w.showHome
	w.show("Link "+j.provider.Name+" · Photolink", view.build(), nil, view.OnCancel)
	screen, began := w.screen, w.now()
	confirm := func(ctx context.Context, question link.Question) bool { return w.confirm(ctx, screen, question) }

	start(w, func(ctx context.Context) linkResult {
		go w.everySecond(ctx, func() {
			if screen == w.screen {
				view.tick(w.now().Sub(began))
			}
		})
		wish := app.Wish{
			Service: j.provider.ID, KeyID: j.storedKey.ID,
			Request: link.Request{
				Permission: j.permission, Key: j.key, KeyName: j.keyName, Callback: j.callback, Vault: j.vault,
				Answers: answers, Confirm: confirm, OutOfBand: j.elsewhere,
			},
		}
		if j.again != nil {
			wish.AccountID = j.again.ID
		}
		linked, err := w.photolink.Link(ctx, wish, func(event link.Event) {
			w.do(func() {
				if screen == w.screen {
					view.apply(event)
					if event.Kind == link.StepStarted && event.Step == link.Authorize {
						w.window.SetTitle("Approve in your browser · Photolink")
					}
				}
			})
		})
		return linkResult{linked, err}
	}, func(result linkResult) {
		if result.err != nil {
			w.showNotLinked(j, result.err, view.Progress.Report())
			return
		}
		w.showIdentity(j, result.account, view.Progress.AlreadyLinked || j.again != nil)
		w.window.RequestFocus()
	})
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

// askPaste asks for the address that the browser ended on.
func (w *window) askPaste(pasted func(string)) {
	entry := widget.NewEntry()
	entry.SetPlaceHolder("http://127.0.0.1:…")
	form := dialog.NewForm("Paste the address", "Use it", "Cancel", []*widget.FormItem{
		{Text: "Address or code", Widget: entry, HintText: "From the address bar of the tab that could not come back"},
	}, func(use bool) {
		if use {
			pasted(entry.Text)
		}
	}, w.window)
	entry.OnSubmitted = func(string) { form.Submit() }
	form.Resize(fyne.NewSize(560, 200))
	form.Show()
	w.window.Canvas().Focus(entry)
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
		title, items := "Open the encrypted file", []*widget.FormItem{{Text: "Passphrase", Widget: first}}
		if creating {
			title = "Choose a passphrase for the encrypted file"
			items = append(items, &widget.FormItem{
				Text: "Once more", Widget: second, HintText: "Nobody can open the file without it, Photolink neither",
			})
			second.Validator = func(text string) error {
				if text != first.Text {
					return errors.New("the two are not the same")
				}
				return nil
			}
		}
		first.Validator = func(text string) error {
			if text == "" {
				return errors.New("please type a passphrase")
			}
			return nil
		}
		ask := dialog.NewForm(title, "Go on", "Cancel", items, func(goOn bool) {
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

// confirm asks a question on the screen that was shown as number screen, and waits for the answer. It is called on the
// goroutine of the link.
func (w *window) confirm(ctx context.Context, screen int, question link.Question) bool {
	reply := make(chan bool, 1)
	title, text := "Is this you?", fmt.Sprintf(
		"The approval came from another browser than the one that Photolink opened.\n\nIt is for %s (%s). Link this account?",
		question.Identity.Name, question.Identity.UserID)
	switch question.Kind {
	case link.NoVerifier:
		title, text = "Is this you?", fmt.Sprintf(
			"The service says that you are %s (%s).\n\nIt speaks an old protocol that cannot prove that it was you who "+
				"approved. Link this account only if it is yours.", question.Identity.Name, question.Identity.UserID)
	case link.DifferentPerson:
		title, text = "Somebody else signed in", fmt.Sprintf(
			"You were linking %s again, but %s (%s) signed in.\n\nReplace the one by the other?",
			question.Account.Name, question.Identity.Name, question.Identity.UserID)
	}
	w.do(func() {
		if screen != w.screen {
			return
		}
		ask := dialog.NewConfirm(title, text, func(yes bool) { reply <- yes }, w.window)
		ask.SetConfirmText("Yes, link it")
		ask.SetDismissText("No")
		ask.Show()
	})
	select {
	case yes := <-reply:
		return yes
	case <-ctx.Done():
		return false
	}
}

func (w *window) showNotLinked(j journey, err error, report string) {
	if errors.Is(err, context.Canceled) {
		w.showHome()
		return
	}
	trouble := link.Explain(w.photolink.Speaker(), err, j.provider)
	again := func() { w.showApprove(j) }
	report = fmt.Sprintf("Photolink %s, %s/%s, %s\n%s\n%s\n%s",
		app.Version, runtime.GOOS, runtime.GOARCH, j.provider.Name, trouble.What, trouble.Technical, report)
	view := troubleView{
		OnCopyReport: func() { w.fyne.Clipboard().SetContent(report) },
		Title:        "Link " + j.provider.Name, Badge: "× Not linked", Trouble: trouble, Stored: "Nothing was stored.",
		ActionName: "Try again", OnAction: again, OnClose: w.showHome,
	}
	if j.again != nil {
		view.Stored = "Nothing was stored. The account that was linked before is as it was."
	}
	switch trouble.Action {
	case link.ChangeKey:
		given := typedKey{Credentials: j.key, Name: j.keyName, Callback: j.callback}
		view.ActionName, view.OnAction = "Change the key", func() { w.showKey(j, keyView{Given: given}) }
	case link.OtherVault:
		into := func(vault string) func() {
			return func() {
				j.vault = vault
				w.showApprove(j)
			}
		}
		view.Others = otherVaults(into)
	case link.NothingToDo:
		view.ActionName = ""
	}
	w.show(trouble.What+" · Photolink", view.build(), view.OnAction, view.OnClose)
}

// otherVaults are the ways on when the keyring is of no use.
func otherVaults(into func(vault string) func()) []choice {
	return []choice{
		{"Encrypted file…", into(account.FileVault)},
		{"This session only", into(account.SessionVault)},
	}
}

// keyHint is what is shown of an account's key.
func (w *window) keyHint(a account.Account) string {
	keys, _ := w.photolink.Keys(a.Provider)
	for _, key := range keys {
		if key.ID == a.KeyID {
			return key.Hint
		}
	}
	return ""
}

func (w *window) showIdentity(j journey, a account.Account, again bool) {
	title := "Signed in as " + a.Name + " · Photolink"
	w.show(title, widget.NewLabel(""), nil, nil)
	view := identityView{Again: again, Account: a, Provider: j.provider, OnDone: w.showHome, OnNotYou: func() { w.undo(j, a) }}
	view.OnHandOver = func() { w.showTools(a, nil) }
	start(w, func(context.Context) identityView {
		view.Picture, view.KeyHint = w.photolink.Picture(a.ID), w.keyHint(a)
		return view
	}, func(view identityView) { w.show(title, view.build(), view.OnDone, view.OnDone) })
}

// undo removes what was just saved and goes back to the choice of a permission.
func (w *window) undo(j journey, a account.Account) {
	w.show("Unlinking · Photolink", widget.NewProgressBarInfinite(), nil, nil)
	start(w, func(ctx context.Context) error {
		_, err := w.photolink.Unlink(ctx, a, false)
		return err
	}, func(err error) {
		if err != nil {
			w.showProblem(err, func() { w.undo(j, a) }, w.showHome)
			return
		}
		j.again = nil
		w.showPermission(j)
		if j.provider.SignOutPage != "" {
			w.openPage(j.provider.SignOutPage)
		}
		dialog.ShowInformation("The account was removed", "Sign out on the page of "+j.provider.Name+
			" in your browser, then link again as yourself.", w.window)
	})
}

func (w *window) showAccount(id string) {
	w.show("Account · Photolink", widget.NewLabel(""), nil, w.showHome)
	start(w, func(context.Context) accountResult { return w.loadAccount(id) }, w.accountLoaded)
}

type accountResult struct {
	view accountView
	err  error
}

// loadAccount reads what the page shows. It runs off the goroutine of the GUI.
func (w *window) loadAccount(id string) accountResult {
	accounts, err := w.photolink.Accounts()
	if err != nil {
		return accountResult{err: err}
	}
	for _, a := range accounts {
		if a.ID == id {
			p, _ := w.photolink.Provider(a.Provider)
			handed, _ := w.photolink.Handovers(id)
			return accountResult{view: accountView{
				Account: a, Provider: p, KeyHint: w.keyHint(a), Picture: w.photolink.Picture(id), Handed: handed, Now: w.now(),
			}}
		}
	}
	return accountResult{err: account.ErrNotFound}
}

func (w *window) accountLoaded(result accountResult) {
	if result.err != nil {
		w.showProblem(result.err, w.showHome, w.showHome)
		return
	}
	view := result.view
	view.OnBack = w.showHome
	view.OnRevokePage = func() { w.openPage(view.Provider.RevokePage) }
	view.OnUnlink = func() { w.showUnlink(view) }
	view.OnLinkAgain = func() { w.linkAgain(view.Account, view.Provider) }
	view.OnCheck = func() { w.check(view) }
	view.OnMove = func() { w.move(view) }
	view.OnHandOver = func() { w.showTools(view.Account, nil) }
	w.show(view.Account.Name+" · Photolink", view.build(), view.OnCheck, view.OnBack)
}

func (w *window) check(view accountView) {
	busy := view
	busy.Checking, busy.Trouble = true, nil
	w.show("Checking · Photolink", busy.build(), nil, view.OnBack)
	start(w, func(ctx context.Context) accountResult {
		_, checkErr := w.photolink.Check(ctx, view.Account)
		result := w.loadAccount(view.Account.ID)
		if checkErr != nil {
			trouble := link.Explain(w.photolink.Speaker(), checkErr, view.Provider)
			result.view.Trouble = &trouble
		}
		return result
	}, w.accountLoaded)
}

// move brings the secrets of an account into the system keyring.
func (w *window) move(view accountView) {
	busy := view
	busy.Checking, busy.Trouble = true, nil
	w.show("Moving · Photolink", busy.build(), nil, view.OnBack)
	start(w, func(ctx context.Context) accountResult {
		_, err := w.photolink.Move(ctx, view.Account.ID, account.KeyringVault)
		result := w.loadAccount(view.Account.ID)
		if err != nil {
			trouble := link.Explain(w.photolink.Speaker(), err, view.Provider)
			result.view.Trouble = &trouble
		}
		return result
	}, w.accountLoaded)
}

func (w *window) linkAgain(a account.Account, p provider.Provider) {
	start(w, func(context.Context) []account.Key {
		keys, _ := w.photolink.Keys(a.Provider)
		return keys
	}, func(keys []account.Key) {
		j := journey{provider: p, keys: keys, permission: a.PermissionAsked, vault: a.Vault, again: &a}
		for _, key := range keys {
			if key.ID == a.KeyID {
				j.storedKey = key
			}
		}
		if p.NeedsKey && j.storedKey.ID == "" {
			w.showKey(j, keyView{})
		} else {
			w.showPermission(j)
		}
	})
}

func (w *window) showUnlink(page accountView) {
	view := unlinkView{Account: page.Account, Provider: page.Provider, KeyHint: page.KeyHint, OnBack: func() { w.showAccount(page.Account.ID) }}
	for _, handed := range page.Handed {
		view.Handed = append(view.Handed, handed.Path)
	}
	view.OnUnlink = func(forgetKey bool) {
		busy := view
		busy.Working = true
		w.show("Unlinking · Photolink", busy.build(), nil, nil)
		type result struct {
			farewell *app.Farewell
			err      error
		}
		start(w, func(ctx context.Context) result {
			farewell, err := w.photolink.Unlink(ctx, page.Account, forgetKey)
			return result{farewell, err}
		}, func(r result) {
			switch {
			case r.err != nil:
				w.showProblem(r.err, func() { view.OnUnlink(forgetKey) }, view.OnBack)
			case r.farewell != nil && page.Provider.RevokePage != "":
				w.openPage(page.Provider.RevokePage)
				w.showUnlinked(unlinkedView{Account: page.Account, Provider: page.Provider}, r.farewell)
			default:
				w.showHome()
			}
		})
	}
	w.show("Unlink · Photolink", view.build(), nil, view.OnBack)
}

// showUnlinked helps to take the access back on the service's own page, which only the person can do.
func (w *window) showUnlinked(view unlinkedView, farewell *app.Farewell) {
	view.OnPage = func() { w.openPage(view.Provider.RevokePage) }
	view.OnDone = w.showHome
	view.OnCheck = func() {
		busy := view
		busy.Checking = true
		w.show("Unlinked · Photolink", busy.build(), nil, view.OnDone)
		start(w, func(ctx context.Context) unlinkedView {
			checked := view
			gone, err := farewell.AccessIsGone(ctx)
			checked.Checked, checked.Gone, checked.Trouble = true, gone, nil
			if err != nil {
				trouble := link.Explain(w.photolink.Speaker(), err, view.Provider)
				checked.Trouble = &trouble
			}
			return checked
		}, func(checked unlinkedView) { w.showUnlinked(checked, farewell) })
	}
	w.show("Unlinked · Photolink", view.build(), view.OnCheck, view.OnDone)
}
