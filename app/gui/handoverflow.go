//go:build !nogui

package gui

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// showTools shows what an account can be handed to. trouble is what the last action there met, or nil.
func (w *window) showTools(a account.Account, trouble *link.Trouble) {
	title := w.say().Say("Hand over · Photolink")
	back := func() { w.showAccount(a.ID) }
	w.show(title, widget.NewLabel(""), nil, back)
	start(w, func(context.Context) []account.Handover {
		handed, _ := w.photolink.Handovers(a.ID) // an index that cannot be read is told on the way back
		return handed
	}, func(handed []account.Handover) {
		view := toolsView{Speaker: w.say(), Account: a, Tools: app.ToolsFor(a.Provider), Handed: handed, Trouble: trouble, OnBack: back}
		view.OnTool = func(tool handover.Tool) { w.planHandover(previewView{Account: a, Tool: tool}) }
		view.OnTakeBack = func(handed account.Handover) {
			busy := view
			busy.Busy, busy.Trouble = true, nil
			w.show(title, busy.build(), nil, back)
			start(w, func(ctx context.Context) error { return w.photolink.TakeBack(ctx, handed) }, func(err error) {
				w.showTools(a, w.troubleOf(err, provider.Provider{}))
			})
		}
		w.show(title, view.build(), nil, back)
	})
}

// troubleOf puts an error into words; nil if there is none.
func (w *window) troubleOf(err error, p provider.Provider) *link.Trouble {
	if err == nil {
		return nil
	}
	trouble := link.Explain(w.say(), err, p)
	return &trouble
}

// planHandover works out and shows what handing over to view.Path, or to the usual place, would change.
func (w *window) planHandover(view previewView) {
	w.readFont(fyne.TextStyle{Monospace: true}) // not at the start: it takes 7 MB
	type result struct {
		planned *app.PlannedHandover
		err     error
	}
	start(w, func(ctx context.Context) result {
		planned, err := w.photolink.PlanHandover(ctx, view.Account.ID, view.Tool, view.Path)
		return result{planned, err}
	}, func(r result) {
		view.Preview, view.Warning, view.Trouble = "", "", nil
		switch {
		case errors.Is(r.err, app.ErrChoosePlace):
		case r.err != nil:
			view.Trouble = w.troubleOf(r.err, provider.Provider{})
		default:
			view.Path, view.Preview, view.Warning = r.planned.Path, r.planned.Plan.Preview(), r.planned.Plan.Warning(w.say())
		}
		w.showPreview(view, r.planned)
	})
}

func (w *window) showPreview(view previewView, planned *app.PlannedHandover) {
	title := w.say().Say("{{.Name}} · Photolink", language.Values{"Name": view.Tool.Name})
	view.Speaker = w.say()
	view.OnBack = func() { w.showTools(view.Account, nil) }
	view.OnPath = func(path string) {
		view.Path = expandHome(strings.TrimSpace(path))
		w.planHandover(view)
	}
	view.OnFolder = func() { // not a dialog for files: Fyne's would empty the one that is chosen
		dialog.ShowFolderOpen(func(folder fyne.ListableURI, err error) {
			if err != nil || folder == nil {
				return
			}
			name := view.Tool.ID
			if view.Path != "" {
				name = filepath.Base(view.Path)
			}
			view.OnPath(filepath.Join(folder.Path(), name))
		}, w.window)
	}
	view.OnGo = func() {
		if planned == nil {
			return
		}
		busy := view
		busy.Busy, busy.Trouble = true, nil
		content, _ := busy.build()
		w.show(title, content, nil, view.OnBack)
		type result struct {
			written *handover.Written
			err     error
		}
		start(w, func(context.Context) result {
			written, err := w.photolink.HandOver(planned)
			return result{written, err}
		}, func(r result) {
			if r.err != nil {
				view.Trouble = w.troubleOf(r.err, provider.Provider{})
				w.showPreview(view, nil)
				return
			}
			done := handedView{Speaker: w.say(), Account: view.Account, Tool: view.Tool, Written: *r.written}
			done.OnMore = func() { w.showTools(view.Account, nil) }
			done.OnDone = func() { w.showAccount(view.Account.ID) }
			w.show(w.say().Say("Handed over to {{.Tool}} · Photolink", language.Values{"Tool": view.Tool.Name}), done.build(), done.OnDone, done.OnDone)
		})
	}
	content, first := view.build()
	w.show(title, content, view.OnGo, view.OnBack)
	if view.Preview == "" {
		w.window.Canvas().Focus(first)
	}
}

// expandHome lets a person write ~ for the home folder.
func expandHome(path string) string {
	if rest, found := strings.CutPrefix(path, "~/"); found {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// showTakeOver takes keys and access over from other tools.
func (w *window) showTakeOver(view takeOverView) {
	title := w.say().Say("Take over · Photolink")
	view.Speaker, view.OnBack = w.say(), w.showHome
	read := func(work func() []app.FoundFile) {
		busy := view
		busy.Busy, busy.Trouble, busy.News = true, nil, ""
		w.show(title, busy.build(), nil, view.OnBack)
		start(w, func(context.Context) []app.FoundFile { return work() }, func(files []app.FoundFile) {
			next := takeOverView{}
			if len(files) == 0 {
				next.News = w.say().Say("Nothing was found in the usual places.")
			}
			w.addFinds(&next, files)
			w.showTakeOver(next)
		})
	}
	view.OnLook = func() { read(app.LookForTools) }
	view.OnFile = func() { w.chooseFile(func(name string) { w.takeOverFile(name) }) }
	view.OnText = func(text string) {
		read(func() []app.FoundFile {
			found, err := handover.Recognise("", []byte(text))
			return []app.FoundFile{{Path: w.say().Say("what was pasted"), Found: found, Err: err}}
		})
	}
	w.show(title, view.build(), view.OnLook, view.OnBack)
}

// takeOverFile shows what is in a file, which was chosen or dropped.
func (w *window) takeOverFile(name string) {
	w.show(w.say().Say("Take over · Photolink"), widget.NewLabel(""), nil, w.showHome)
	start(w, func(context.Context) app.FoundFile {
		found, err := handover.RecogniseFile(name)
		return app.FoundFile{Path: name, Found: found, Err: err}
	}, func(file app.FoundFile) {
		view := takeOverView{}
		w.addFinds(&view, []app.FoundFile{file})
		w.showTakeOver(view)
	})
}

// addFinds adds a row for each find, with what can be done about it.
func (w *window) addFinds(view *takeOverView, files []app.FoundFile) {
	for _, file := range files {
		if file.Err != nil {
			trouble := link.Explain(w.say(), file.Err, provider.Provider{})
			view.Rows = append(view.Rows, foundRow{Title: "× " + file.Path, Detail: trouble.Meaning + "\n" + trouble.Technical})
			continue
		}
		for _, found := range file.Found {
			view.Rows = append(view.Rows, w.findRow(*view, file.Path, found))
		}
	}
}

func (w *window) findRow(view takeOverView, path string, found handover.Found) foundRow {
	p, err := w.provider(cmp.Or(found.Service, "flickr"))
	who := cmp.Or(found.UserName, found.UserID)
	r := foundRow{Title: cmp.Or(found.Tool, w.say().Say("A file")) + " · " + p.Name, Detail: path}
	if who != "" {
		r.Title += " · " + who
	}
	again := func(change func(*takeOverView)) {
		next := view
		next.Busy, next.Trouble, next.News = false, nil, ""
		change(&next)
		w.showTakeOver(next)
	}
	switch key := found.Client.Key != "" && found.Client.Secret != ""; {
	case err != nil:
	case found.Token.Token != "" && found.Token.Secret != "":
		r.Action = w.say().Say("Take over the account")
		r.On = func() {
			type result struct {
				account account.Account
				err     error
			}
			start(w, func(ctx context.Context) result {
				var keyID string
				if keys, _ := w.photolink.Keys(p.ID); !key && len(keys) > 0 {
					keyID = keys[0].ID
				}
				taken, err := w.photolink.TakeOver(ctx, found, p.ID, keyID, "")
				return result{taken, err}
			}, func(r result) {
				if r.err != nil {
					again(func(next *takeOverView) { next.Trouble = w.troubleOf(r.err, provider.Provider{}) })
					return
				}
				w.showIdentity(journey{provider: p, vault: r.account.Vault}, r.account, false)
			})
		}
	case key && found.LegacyToken != "":
		r.Action = w.say().Say("Exchange the old token")
		r.On = func() {
			j := journey{provider: p, key: found.Client, keyName: found.Tool, vault: account.KeyringVault}
			w.showLegacy(j, legacyView{Token: found.LegacyToken})
		}
	case key:
		r.Action = w.say().Say("Keep the key")
		r.On = func() {
			start(w, func(ctx context.Context) error {
				_, err := w.photolink.SaveKey(ctx, account.Key{Provider: p.ID, Name: found.Tool}, found.Client)
				return err
			}, func(err error) {
				again(func(next *takeOverView) {
					if next.Trouble = w.troubleOf(err, provider.Provider{}); err == nil {
						next.News = w.say().Say("✓ The key is kept. It is tried when you link an account with it.")
					}
				})
			})
		}
	default:
		r.Detail = w.say().Say("{{.Path}} · not enough by itself: key and secret do not both stand here", language.Values{"Path": path})
	}
	return r
}

// dropped takes what was dropped on the window.
func (w *window) dropped(_ fyne.Position, files []fyne.URI) {
	if i := slices.IndexFunc(files, func(file fyne.URI) bool { return file.Scheme() == "file" }); i >= 0 {
		w.takeOverFile(files[i].Path())
	}
}
