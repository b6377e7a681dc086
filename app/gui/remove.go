//go:build !nogui

package gui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"photolink/app"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// removeView asks before everything is removed, and says afterwards what is left.
type removeView struct {
	*language.Speaker
	Folder   string
	Accounts []string // names of those that would go
	Working  bool
	Trouble  *link.Trouble  // what the last try met; nil if all went well
	Done     *app.Leftovers // nil until everything is removed

	OnRemove, OnBack func()
}

func (v removeView) build() fyne.CanvasObject {
	if v.Done != nil {
		return v.buildDone()
	}
	body := list(
		headline(v.Say("Remove everything?")),
		words(v.Say("All accounts, their access, your API keys, settings and services of your own are removed from this computer.")),
	)
	if len(v.Accounts) > 0 {
		body.Add(words(v.Count(len(v.Accounts), "One account goes: {{.Names}}.", "{{.Count}} accounts go: {{.Names}}.",
			language.Values{"Names": someNames(v.Speaker, v.Accounts)})))
	}
	body.Add(words(v.Say("✓ Your photos stay as they are, and so do the files of backup tools.")))
	body.Add(warning(v.Say("! This cannot be undone. The services are not told: take the access back on their pages first if you want that.")))
	body.Add(copyable(v.Folder))
	if v.Trouble != nil {
		body.Add(troubleBox(*v.Trouble))
	}
	remove := dangerButton(v.Say("Remove everything"), v.OnRemove)
	back := button(v.Say("Back"), v.OnBack)
	if v.Working {
		remove.Disable()
		back.Disable()
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{Title: v.Say("Remove everything"), Body: body, Actions: []fyne.CanvasObject{back, remove}}.build()
}

func (v removeView) buildDone() fyne.CanvasObject {
	body := list(headline(v.Say("Photolink has forgotten everything")))
	if len(v.Done.Handed) > 0 {
		body.Add(warning(v.Say("! Backup tools still have access, in these files:")))
		for _, path := range v.Done.Handed {
			body.Add(copyable(path))
		}
	}
	if len(v.Done.Files) > 0 {
		body.Add(words(v.Say("These files were not made by Photolink and are still there:")))
		for _, path := range v.Done.Files {
			body.Add(copyable(path))
		}
	}
	return frame{
		Title: v.Say("Remove everything"), Body: body,
		Actions: []fyne.CanvasObject{mainButton(v.Say("Done"), v.OnBack)},
	}.build()
}

// showRemove asks whether everything is to be removed.
func (w *window) showRemove() {
	w.show(w.say().Say("Remove everything · Photolink"), widget.NewLabel(""), nil, w.showSettings)
	start(w, func(context.Context) []string {
		accounts, _ := w.photolink.Accounts() // a list that cannot be read is told when it is to be removed
		var names []string
		for _, a := range accounts {
			names = append(names, a.UserName)
		}
		return names
	}, func(names []string) { w.askRemove(removeView{Folder: w.photolink.Folder(), Accounts: names}) })
}

func (w *window) askRemove(view removeView) {
	title := w.say().Say("Remove everything · Photolink")
	view.Speaker, view.OnBack = w.say(), w.showSettings
	view.OnRemove = func() {
		busy := view
		busy.Working, busy.Trouble = true, nil
		w.show(title, busy.build(), nil, nil)
		type result struct {
			left app.Leftovers
			err  error
		}
		start(w, func(ctx context.Context) result {
			left, err := w.photolink.RemoveEverything(ctx)
			return result{left, err}
		}, func(r result) {
			if r.err != nil {
				view.Trouble = w.troubleOf(r.err, provider.Provider{})
				w.askRemove(view)
				return
			}
			view.Done, view.OnBack = &r.left, w.showHome
			w.applySettings()
			w.show(title, view.build(), view.OnBack, view.OnBack)
		})
	}
	w.show(title, view.build(), nil, view.OnBack)
}
