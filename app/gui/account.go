//go:build !nogui

package gui

import (
	"image"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// accountView is the page of one linked account.
type accountView struct {
	*language.Speaker
	Account  account.Account
	Provider provider.Provider
	KeyHint  string
	Picture  image.Image
	Handed   []account.Handover
	Now      time.Time
	Checking bool
	Trouble  *link.Trouble // what the last check or unlinking met; nil if all went well

	OnHandOver, OnCheck, OnMove, OnLinkAgain, OnUnlink, OnRevokePage, OnBack func()
}

func (v accountView) build() fyne.CanvasObject {
	name := headline(v.Account.Name)
	state := stateLabel(v.Speaker, v.Account, nil, v.Now)
	state.Wrapping = fyne.TextWrapWord
	head := container.NewBorder(nil, nil, inset(4, avatar(v.Account.Name, v.Picture, 80)), nil, container.NewVBox(name, state))
	body := container.NewVBox(head, accountFacts(v.Speaker, v.Account, v.Provider, v.KeyHint,
		[2]string{v.Say("Handed to"), strings.Join(toolNames(v.Handed), v.Say(", "))}))
	check := mainButton(v.Say("Check now"), v.OnCheck)
	switch {
	case v.Checking:
		check.Disable()
		body.Add(soft(v.Say("Asking {{.Service}}…", language.Values{"Service": v.Provider.Name})))
		body.Add(widget.NewProgressBarInfinite())
	case v.Trouble != nil:
		body.Add(troubleBox(*v.Trouble))
	}
	foot := side(quietButton(v.Say("Unlink…"), v.OnUnlink), quietButton(v.Say("Hand over…"), v.OnHandOver))
	if v.Account.Vault != account.KeyringVault {
		foot.Add(quietButton(v.Say("Move to the keyring"), v.OnMove))
	}
	if v.Provider.RevokePage != "" {
		foot.Add(quietButton(v.Say("Access on {{.Service}}…", language.Values{"Service": v.Provider.Name}), v.OnRevokePage))
	}
	return frame{
		Title:    v.Provider.Name + " · " + v.Account.UserName,
		TopRight: serviceIcon(v.Provider.ID, 28),
		Body:     body,
		Foot:     foot,
		Actions:  []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), button(v.Say("Link again"), v.OnLinkAgain), check},
	}.build()
}

// toolNames are the names of the tools that have an account, each once: some take it in several ways.
func toolNames(handed []account.Handover) []string {
	var names []string
	for _, h := range handed {
		if tool, ok := handover.ToolFor(h.Tool); ok && !slices.Contains(names, tool.Name) {
			names = append(names, tool.Name)
		}
	}
	return names
}

// unlinkView asks before an account is removed, and says what that does and does not do.
type unlinkView struct {
	*language.Speaker
	Account  account.Account
	Provider provider.Provider
	KeyHint  string   // empty where there is no key to forget
	Handed   []string // files of backup tools that have the access too
	Working  bool
	OnUnlink func(forgetKey bool)
	OnBack   func()
}

func (v unlinkView) build() fyne.CanvasObject {
	forgetLine, forget := tick(v.Say("Forget the API key {{.Key}} too, if no other account needs it", language.Values{"Key": v.KeyHint}), v.KeyHint != "", nil)
	question := headline(v.Say("Unlink {{.Name}}?", language.Values{"Name": v.Account.Name}))
	body := container.NewVBox(
		question,
		words(v.removedWords()),
		words(v.Say("✓ Your photos on {{.Service}} stay as they are.", language.Values{"Service": v.Provider.Name})),
	)
	if v.Provider.RevokePage != "" {
		body.Add(words(v.Say("× {{.Service}} is not told: there is no way to. To take the access back for good, remove it on the page of "+
			"{{.Service}} under “Access on {{.Service}}”.", language.Values{"Service": v.Provider.Name})))
	}
	if len(v.Handed) > 0 {
		said := words(v.Say("! Backup tools have the access too, in {{.Files}}. To take it out of there, go back and choose “Hand over”.",
			language.Values{"Files": strings.Join(v.Handed, v.Say(", "))}))
		said.Importance = widget.WarningImportance
		body.Add(box(colorWarm, selectable(said)))
	}
	if v.KeyHint != "" {
		body.Add(forgetLine)
	}
	unlink := dangerButton(v.Say("Unlink"), func() { v.OnUnlink(forget.Checked) })
	if v.Working {
		unlink.Disable()
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   v.Provider.Name + " · " + v.Account.UserName,
		Body:    body,
		Actions: []fyne.CanvasObject{button(v.Say("Back"), v.OnBack), unlink},
	}.build()
}

// removedWords says what is taken from where.
func (v unlinkView) removedWords() string {
	switch v.Account.Vault {
	case account.SessionVault:
		return v.Say("✓ The access of this account is removed from memory and from the list.")
	case account.FileVault:
		return v.Say("✓ The access of this account is removed from the encrypted file and from the list.")
	}
	return v.Say("✓ The access of this account is removed from the system keyring and from the list.")
}

// unlinkedView follows an unlinked account: it can be brought back for a moment, and the access itself is taken back on
// the service's own page.
type unlinkedView struct {
	*language.Speaker
	Account  account.Account
	Provider provider.Provider
	Handed   []string // files of backup tools that have the access still
	Checking bool
	Checked  bool
	Gone     bool          // if Checked: the access no longer works
	Trouble  *link.Trouble // what the check, or bringing the account back, met; nil if all went well

	OnPage, OnCheck, OnDone func()
	OnUndo                  func() // brings the account back; nil where that cannot be done

	undo *push // hidden until tick says that there is time
}

// leftWords says what is left of the account on this computer.
func (v *unlinkedView) leftWords() string {
	if len(v.Handed) > 0 {
		return v.Say("✓ Photolink has forgotten the account. Backup tools still have its access, in {{.Files}}.",
			language.Values{"Files": strings.Join(v.Handed, v.Say(", "))})
	}
	return v.Say("✓ Nothing of the account is left on this computer.")
}

func (v *unlinkedView) build() fyne.CanvasObject {
	service := language.Values{"Service": v.Provider.Name}
	v.undo = button("", v.OnUndo)
	v.undo.Hide()
	ways := side(v.undo)
	body := list(
		headline(v.Say("{{.Name}} is unlinked", language.Values{"Name": v.Account.Name})),
		words(v.leftWords()),
	)
	if v.Provider.RevokePage != "" {
		body.Add(words(v.Say("The access itself exists until you remove it on the page of {{.Service}}. "+
			"Look for the name of your API key there.", service)))
		ways.Add(button(v.Say("Open the page"), v.OnPage))
	}
	body.Add(ways)
	switch {
	case v.Checking:
		v.undo.Disable()
		body.Add(widget.NewProgressBarInfinite())
	case v.Trouble != nil:
		body.Add(troubleBox(*v.Trouble))
	case v.Checked && v.Gone:
		body.Add(notice(colorTint, widget.SuccessImportance, v.Say("✓ The access is gone: {{.Service}} refuses it.", service)))
	case v.Checked:
		body.Add(warning(v.Say("! The access still works. Remove it on the page of {{.Service}}, then check again.", service)))
	}
	actions := []fyne.CanvasObject{mainButton(v.Say("Done"), v.OnDone)}
	if v.Provider.RevokePage != "" {
		check := mainButton(v.Say("Check that it is gone"), v.OnCheck)
		if v.Checking {
			check.Disable()
		}
		actions = []fyne.CanvasObject{button(v.Say("Done"), v.OnDone), check}
	}
	return frame{Title: v.Provider.Name + " · " + v.Account.UserName, Body: body, Actions: actions}.build()
}

// tick shows how long the account can still be brought back.
func (v *unlinkedView) tick(left time.Duration) {
	if v.OnUndo == nil || left < time.Second {
		v.undo.Hide()
		return
	}
	v.undo.SetText(v.Say("Undo ({{.Duration}})", language.Values{"Duration": v.Duration(left)}))
	v.undo.Show()
}
