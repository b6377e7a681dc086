//go:build !nogui

package gui

import (
	"cmp"
	"context"
	"image"
	"strings"
	"time"

	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// homeData is what the list shows.
type homeData struct {
	accounts    []account.Account
	services    map[string]string    // names, by ID
	permissions map[[2]string]string // names in the language of the person, by the IDs of service and permission
	handed      map[string][]string  // names of the tools that have an account, by its ID
	pictures    map[string]image.Image
	names       []string // all that an account can be found by, in small letters
	now         time.Time
	err         error
}

// picturesAtOnce is how many pictures are read before the list is shown: about what the window has room for.
const picturesAtOnce = 8

func (w *window) showHome() {
	w.show("Photolink", widget.NewLabel(""), nil, nil)
	start(w, func(context.Context) homeData { return w.loadHome() }, func(data homeData) { w.homeLoaded(data, "") })
}

// loadHome reads what the list shows. It runs off the goroutine of the GUI.
func (w *window) loadHome() homeData {
	data := homeData{
		services: map[string]string{}, permissions: map[[2]string]string{}, handed: map[string][]string{},
		pictures: map[string]image.Image{}, now: w.now(),
	}
	var handovers map[string][]account.Handover
	data.accounts, handovers, data.err = w.photolink.Overview()
	for id, handed := range handovers {
		data.handed[id] = toolNames(handed)
	}
	for i, a := range data.accounts {
		if i < picturesAtOnce {
			data.pictures[a.ID] = decodePicture(w.photolink.Picture(a.ID))
		}
		permission := [2]string{a.Provider, a.Permission}
		if _, known := data.permissions[permission]; !known {
			p, _ := w.provider(a.Provider)
			data.services[a.Provider] = p.Name
			data.permissions[permission] = permissionName(w.say(), p, a.Permission)
		}
		data.names = append(data.names, strings.ToLower(a.Name+"\n"+a.UserName+"\n"+data.services[a.Provider]))
	}
	return data
}

// find returns the places of the accounts that have a text in their names or in that of their service, whatever its case.
func (d *homeData) find(text string) []int {
	text = strings.ToLower(strings.TrimSpace(text))
	var found []int
	for place, name := range d.names {
		if strings.Contains(name, text) {
			found = append(found, place)
		}
	}
	return found
}

// card is what is shown of the account in a place of the list.
func (d *homeData) card(place int) accountCard {
	a := d.accounts[place]
	return accountCard{
		Account: a, Service: d.services[a.Provider], Permission: d.permissions[[2]string{a.Provider, a.Permission}],
		Handed: d.handed[a.ID], Now: d.now,
	}
}

// readPicture reads the picture of an account off the goroutine of the GUI, and calls done there.
func (w *window) readPicture(id string, done func(image.Image)) {
	w.working.Go(func() {
		picture := decodePicture(w.photolink.Picture(id))
		w.do(func() {
			if w.ctx.Err() == nil {
				done(picture)
			}
		})
	})
}

// homeLoaded shows the list of accounts. news says what was done last, or is empty.
func (w *window) homeLoaded(data homeData, news string) {
	if data.err != nil {
		w.showProblem(data.err, w.showHome, nil)
		return
	}
	view := homeView{
		Speaker: w.say(), Icon: w.fyne.Icon(), Keeps: w.photolink.Vault(), News: news,
		Count: len(data.accounts), Card: data.card, Find: data.find, Pictures: data.pictures, ReadPicture: w.readPicture,
		OnLink: w.showChoose, OnAccount: w.showAccount, OnCheckAll: w.checkAll, OnSettings: w.showSettings,
		OnTakeOver: func() { w.showTakeOver(takeOverView{}) },
		OnPractice: func() {
			if practice, err := w.provider(app.PracticeService); err == nil {
				w.begin(practice, nil)
			}
		},
	}
	w.show("Photolink", view.build(), view.OnLink, nil)
	w.anew = w.showHome
}

// checkAll asks every service about every account, and shows how far it is.
func (w *window) checkAll() {
	view := &homeView{Speaker: w.say(), Checking: true, Icon: w.fyne.Icon(), Keeps: w.photolink.Vault(), OnStop: w.showHome}
	w.show(w.say().Say("Checking · Photolink"), view.build(), nil, view.OnStop)
	screen := w.screen
	start(w, func(ctx context.Context) homeData {
		before, _ := w.photolink.Accounts() // an index that cannot be read is told by CheckAll
		err := w.photolink.CheckAll(ctx, func(app.CheckResult) {
			w.do(func() {
				if screen == w.screen {
					view.checked(len(before))
				}
			})
		})
		data := w.loadHome()
		data.err = cmp.Or(data.err, err)
		return data
	}, func(data homeData) { w.homeLoaded(data, w.say().Say("✓ All accounts were checked.")) })
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

func (w *window) showAccount(id string) {
	w.show(w.say().Say("Account · Photolink"), widget.NewLabel(""), nil, w.showHome)
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
			p, _ := w.provider(a.Provider)
			handed, _ := w.photolink.Handovers(id)
			return accountResult{view: accountView{
				Speaker: w.say(),
				Account: a, Provider: p, KeyHint: w.keyHint(a), Picture: decodePicture(w.photolink.Picture(id)), Handed: handed, Now: w.now(),
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
	w.show(w.say().Say("{{.Name}} · Photolink", language.Values{"Name": view.Account.Name}), view.build(), view.OnCheck, view.OnBack)
	w.page = &view
	w.updateMenu()
}

func (w *window) check(view accountView) {
	busy := view
	busy.Checking, busy.Trouble = true, nil
	w.show(w.say().Say("Checking · Photolink"), busy.build(), nil, view.OnBack)
	start(w, func(ctx context.Context) accountResult {
		_, checkErr := w.photolink.Check(ctx, view.Account)
		result := w.loadAccount(view.Account.ID)
		if checkErr != nil {
			trouble := link.Explain(w.say(), checkErr, view.Provider)
			result.view.Trouble = &trouble
		}
		return result
	}, w.accountLoaded)
}

// move brings the secrets of an account into the system keyring.
func (w *window) move(view accountView) {
	busy := view
	busy.Checking, busy.Trouble = true, nil
	w.show(w.say().Say("Moving · Photolink"), busy.build(), nil, view.OnBack)
	start(w, func(ctx context.Context) accountResult {
		_, err := w.photolink.Move(ctx, view.Account.ID, account.KeyringVault)
		result := w.loadAccount(view.Account.ID)
		if err != nil {
			trouble := link.Explain(w.say(), err, view.Provider)
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
	view := unlinkView{
		Speaker: w.say(), Account: page.Account, Provider: page.Provider, KeyHint: page.KeyHint,
		OnBack: func() { w.showAccount(page.Account.ID) },
	}
	for _, handed := range page.Handed {
		view.Handed = append(view.Handed, handed.Path)
	}
	view.OnUnlink = func(forgetKey bool) {
		busy := view
		busy.Working = true
		w.show(w.say().Say("Unlinking · Photolink"), busy.build(), nil, nil)
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
			case r.farewell != nil:
				w.showUnlinked(unlinkedView{Speaker: w.say(), Account: page.Account, Provider: page.Provider, Handed: view.Handed}, r.farewell)
			default:
				w.showHome()
			}
		})
	}
	w.show(w.say().Say("Unlink · Photolink"), view.build(), nil, view.OnBack)
}

// showUnlinked offers to bring the account back, and helps to take the access back on the service's own page, which only
// the person can do.
func (w *window) showUnlinked(view unlinkedView, farewell *app.Farewell) {
	title := w.say().Say("Unlinked · Photolink")
	view.Speaker = w.say()
	view.OnPage = func() { w.openPage(view.Provider.RevokePage) }
	view.OnDone = w.showHome
	view.OnCheck = func() {
		busy := view
		busy.Checking = true
		w.show(title, busy.build(), nil, view.OnDone)
		start(w, func(ctx context.Context) unlinkedView {
			checked := view
			gone, err := farewell.AccessIsGone(ctx)
			checked.Checked, checked.Gone, checked.Trouble = true, gone, nil
			checked.Trouble = w.troubleOf(err, view.Provider)
			return checked
		}, func(checked unlinkedView) { w.showUnlinked(checked, farewell) })
	}
	view.OnUndo = func() {
		busy := view
		busy.Checking = true
		w.show(w.say().Say("Linking again · Photolink"), busy.build(), nil, nil)
		type result struct {
			account account.Account
			err     error
		}
		start(w, func(ctx context.Context) result {
			back, err := farewell.Undo(ctx)
			return result{back, err}
		}, func(r result) {
			if r.err != nil {
				view.Trouble = w.troubleOf(r.err, view.Provider)
				w.showUnlinked(view, farewell)
				return
			}
			w.showAccount(r.account.ID)
		})
	}
	mainKey := view.OnDone
	if view.Provider.RevokePage != "" {
		mainKey = view.OnCheck
	}
	w.show(title, view.build(), mainKey, view.OnDone)
	screen, left := w.screen, farewell.CanUndoUntil().Sub(w.now())
	view.tick(left)
	if left > 0 {
		start(w, func(ctx context.Context) struct{} {
			w.everySecond(ctx, func() {
				if screen == w.screen {
					view.tick(farewell.CanUndoUntil().Sub(w.now()))
				}
			})
			return struct{}{}
		}, func(struct{}) {})
	}
}
