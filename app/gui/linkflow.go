//go:build !nogui

package gui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
)

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
	w.show(w.say().Say("Choose a service · Photolink"), widget.NewLabel(""), nil, w.showHome)
	type data struct {
		rows   []serviceRow
		keys   map[string][]account.Key
		broken []string
	}
	start(w, func(context.Context) data {
		found := data{keys: map[string][]account.Key{}}
		for _, p := range w.providers() {
			keys := w.ownKeys(p.ID)
			found.keys[p.ID] = keys
			found.rows = append(found.rows, serviceRow{Provider: p, KeyKnown: len(keys) > 0})
		}
		for _, err := range w.photolink.BrokenServices() {
			found.broken = append(found.broken, err.Error()) // technical, for whoever wrote the file
		}
		return found
	}, func(found data) {
		view := chooseView{Speaker: w.say(), Services: found.rows, Broken: found.broken, OnCancel: w.showHome}
		view.OnAdd = func() { w.showAddService(addServiceView{}) }
		view.OnTakeOver = func() { w.showTakeOver(takeOverView{}) }
		view.OnChoose = func(p provider.Provider) { w.begin(p, found.keys[p.ID]) }
		w.show(w.say().Say("Choose a service · Photolink"), view.build(), nil, view.OnCancel)
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
	add := func(name string, work func(context.Context) (provider.Provider, error)) {
		busy := view
		busy.Busy, busy.Trouble = true, nil
		content, _ := busy.build()
		w.show(w.say().Say("Another service · Photolink"), content, nil, w.showChoose)
		start(w, func(ctx context.Context) added {
			p, err := work(ctx)
			return added{p, w.ownKeys(p.ID), err}
		}, func(result added) {
			if result.err == nil {
				w.begin(result.service, result.keys)
				return
			}
			trouble := link.Explain(w.say(), result.err, provider.Provider{Name: name})
			view.Trouble = &trouble
			w.showAddService(view)
		})
	}
	view.Speaker, view.OnBack = w.say(), w.showChoose
	view.OnWordPress = func(address string) {
		view.Address = address
		add(address, func(ctx context.Context) (provider.Provider, error) { return w.photolink.AddWordPress(ctx, address) })
	}
	view.OnFile = func() {
		w.chooseFile(func(name string) {
			add("", func(context.Context) (provider.Provider, error) { return w.photolink.AddService(name) })
		})
	}
	content, first := view.build()
	w.show(w.say().Say("Another service · Photolink"), content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
}

// showKey asks for a key. view holds what is to be in the fields at first.
func (w *window) showKey(j journey, view keyView) {
	if view.Given.Callback == "" {
		view.Given.Callback = cmp.Or(j.callback, j.provider.Callback.Registered)
	}
	view.Speaker, view.Provider = w.say(), j.provider
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
			view.Given, view.News = given, w.callbackWords()
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
	w.show(w.say().Say("API key · Photolink"), content, nil, view.OnBack)
	w.window.Canvas().Focus(first)
}

// callbackWords says that an address cannot be registered with a key.
func (w *window) callbackWords() string {
	return w.say().Say("× This callback cannot work. It has to be an address of this computer with a port, such as " +
		"http://127.0.0.1:8714/callback.")
}

// importKey reads a key, and perhaps a token of before OAuth, from a file of another tool.
func (w *window) importKey(j journey, view keyView, name string) {
	w.readKey(j.provider, view, name, func(next keyView) { w.showKey(j, next) }, func(found handover.Found) {
		j.key, j.keyName, j.storedKey = found.Client, found.Tool, account.Key{}
		w.showLegacy(j, legacyView{Token: found.LegacyToken})
	})
}

// readKey reads a key from a file of another tool and shows it. legacy, if there is one, goes on with a token of before
// OAuth.
func (w *window) readKey(p provider.Provider, view keyView, name string, show func(keyView), legacy func(handover.Found)) {
	type result struct {
		found handover.Found
		err   error
	}
	start(w, func(context.Context) result {
		found, err := handover.ReadKey(name, p.ID)
		return result{found, err}
	}, func(r result) {
		if r.err != nil {
			trouble := link.Explain(w.say(), r.err, p)
			view.News = "× " + trouble.What + ". " + trouble.Meaning
			show(view)
			return
		}
		view.Given.Credentials, view.Given.Name = r.found.Client, r.found.Tool
		view.News = w.say().Say("✓ Read from a file of {{.Tool}}. The file was not changed.", language.Values{"Tool": r.found.Tool})
		if _, ok := p.Service.(provider.LegacyExchanger); ok && r.found.LegacyToken != "" && legacy != nil {
			legacy(r.found)
			return
		}
		show(view)
	})
}

// showLegacy exchanges a token of before OAuth.
func (w *window) showLegacy(j journey, view legacyView) {
	title := w.say().Say("Exchange an old token · Photolink")
	view.Speaker, view.Provider = w.say(), j.provider
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
		w.linking = true
		w.updateMenu()
		start(w, func(context.Context) linkResult {
			saved, err := work(w.ctx) // it is not given up with the screen
			return linkResult{saved, err}
		}, func(r linkResult) {
			if r.err == nil {
				w.showIdentity(j, r.account, false)
				return
			}
			trouble := link.Explain(w.say(), r.err, j.provider)
			view.Trouble, view.Unsaved, view.OnSave, view.Others = &trouble, false, nil, nil
			if unsaved, ok := errors.AsType[*link.UnsavedError](r.err); ok {
				into := func(vault string) func() {
					return func() {
						attempt(func(ctx context.Context) (account.Account, error) { return unsaved.Save(ctx, vault) })
					}
				}
				view.Unsaved, view.OnSave = true, into(j.vault)
				if trouble.Action == link.OtherVault {
					view.Others = otherVaults(w.say(), into)
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
		Speaker:  w.say(),
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
	w.show(w.say().Say("Permission · Photolink"), content, next, view.OnBack)
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
	view := &approveView{Speaker: w.say(), Provider: j.provider, Permission: j.provider.Permission(j.permission), OutOfBand: j.elsewhere}
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
	w.show(w.say().Say("Link {{.Service}} · Photolink", language.Values{"Service": j.provider.Name}), view.build(), nil, view.OnCancel)
	w.linking = true
	w.updateMenu()
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
						w.window.SetTitle(w.say().Say("Approve in your browser · Photolink"))
					}
				}
			})
		})
		return linkResult{linked, err}
	}, func(result linkResult) {
		if result.err != nil {
			w.showNotLinked(j, result.err, view.Progress.Report())
			if !errors.Is(result.err, context.Canceled) {
				w.comeForward()
			}
			return
		}
		w.showIdentity(j, result.account, view.Progress.AlreadyLinked || j.again != nil)
		w.comeForward()
	})
}

// askPaste asks for the address that the browser ended on.
func (w *window) askPaste(pasted func(string)) {
	entry := widget.NewEntry()
	entry.SetPlaceHolder("http://127.0.0.1:…")
	say := w.say()
	form := dialog.NewForm(say.Say("Paste the address"), say.Say("Use it"), say.Say("Cancel"), []*widget.FormItem{
		{Text: say.Say("Address or code"), Widget: entry, HintText: say.Say("From the tab that could not come back")},
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

// confirm asks a question on the screen that was shown as number screen, and waits for the answer. It is called on the
// goroutine of the link.
func (w *window) confirm(ctx context.Context, screen int, question link.Question) bool {
	reply := make(chan bool, 1)
	say := w.say()
	values := language.Values{
		"Name": question.Identity.Name, "ID": question.Identity.UserID, "Before": question.Account.Name,
	}
	title, text := say.Say("Is this you?"), say.Say("The approval came from another browser than the one that Photolink opened.\n\n"+
		"It is for {{.Name}} ({{.ID}}). Link this account?", values)
	switch question.Kind {
	case link.NoVerifier:
		text = say.Say("The service says that you are {{.Name}} ({{.ID}}).\n\nIt speaks an old protocol that cannot prove that it "+
			"was you who approved. Link this account only if it is yours.", values)
	case link.DifferentPerson:
		title, text = say.Say("Somebody else signed in"), say.Say("You were linking {{.Before}} again, but {{.Name}} ({{.ID}}) "+
			"signed in.\n\nReplace the one by the other?", values)
	}
	w.do(func() {
		if screen != w.screen {
			return
		}
		ask := dialog.NewConfirm(title, text, func(yes bool) { reply <- yes }, w.window)
		ask.SetConfirmText(say.Say("Yes, link it"))
		ask.SetDismissText(say.Say("No"))
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
	say := w.say()
	trouble := link.Explain(say, err, j.provider)
	again := func() { w.showApprove(j) }
	report = fmt.Sprintf("Photolink %s, %s/%s, %s\n%s\n%s\n%s",
		app.Version, runtime.GOOS, runtime.GOARCH, j.provider.Name, trouble.What, trouble.Technical, report)
	view := troubleView{
		OnCopyReport: func() { w.copy(report) },
		Speaker:      say, Title: say.Say("Link {{.Service}}", language.Values{"Service": j.provider.Name}),
		Badge: say.Say("× Not linked"), Trouble: trouble, Stored: say.Say("Nothing was stored."),
		ActionName: link.TryAgain.Name(say), OnAction: again, OnClose: w.showHome,
	}
	if j.again != nil {
		view.Stored = say.Say("Nothing was stored. The account that was linked before is as it was.")
	}
	switch trouble.Action {
	case link.ChangeKey:
		given := typedKey{Credentials: j.key, Name: j.keyName, Callback: j.callback}
		view.ActionName, view.OnAction = link.ChangeKey.Name(say), func() { w.showKey(j, keyView{Given: given}) }
	case link.OtherVault:
		into := func(vault string) func() {
			return func() {
				j.vault = vault
				w.showApprove(j)
			}
		}
		view.Others = otherVaults(say, into)
	case link.NothingToDo:
		view.ActionName = ""
	}
	w.show(say.Say("{{.What}} · Photolink", language.Values{"What": trouble.What}), view.build(), view.OnAction, view.OnClose)
}

// otherVaults are the ways on when the keyring is of no use.
func otherVaults(say *language.Speaker, into func(vault string) func()) []choice {
	return []choice{
		{say.Say("Encrypted file…"), into(account.FileVault)},
		{say.Say("This session only"), into(account.SessionVault)},
	}
}

func (w *window) showIdentity(j journey, a account.Account, again bool) {
	title := w.say().Say("Signed in as {{.Name}} · Photolink", language.Values{"Name": a.Name})
	w.show(title, widget.NewLabel(""), nil, nil)
	view := identityView{Speaker: w.say(), Again: again, Account: a, Provider: j.provider, OnDone: w.showHome, OnNotYou: func() { w.undo(j, a) }}
	view.OnHandOver = func() { w.showTools(a, nil) }
	start(w, func(context.Context) identityView {
		view.Picture, view.KeyHint = decodePicture(w.photolink.Picture(a.ID)), w.keyHint(a)
		return view
	}, func(view identityView) { w.show(title, view.build(), view.OnDone, view.OnDone) })
}

// undo removes what was just saved and goes back to the choice of a permission.
func (w *window) undo(j journey, a account.Account) {
	w.show(w.say().Say("Unlinking · Photolink"), widget.NewProgressBarInfinite(), nil, nil)
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
		dialog.ShowInformation(w.say().Say("The account was removed"),
			w.say().Say("Sign out on the page of {{.Service}} in your browser, then link again as yourself.",
				language.Values{"Service": j.provider.Name}), w.window)
	})
}
