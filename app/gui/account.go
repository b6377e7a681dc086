//go:build !nogui

package gui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// accountView is the page of one linked account.
type accountView struct {
	Account  account.Account
	Provider provider.Provider
	KeyHint  string
	Picture  []byte
	Handed   []account.Handover
	Now      time.Time
	Checking bool
	Trouble  *link.Trouble // what the last check or unlinking met; nil if all went well

	OnHandOver, OnCheck, OnMove, OnLinkAgain, OnUnlink, OnRevokePage, OnBack func()
}

func (v accountView) build() fyne.CanvasObject {
	name := heading(v.Account.Name, theme.SizeNameHeadingText)
	name.Wrapping = fyne.TextWrapWord
	state := stateLabel(v.Account, v.Now)
	state.Wrapping = fyne.TextWrapWord
	head := container.NewBorder(nil, nil, inset(4, avatar(v.Account.Name, v.Picture, 80)), nil, container.NewVBox(name, state))
	body := container.NewVBox(head, accountFacts(v.Account, v.Provider, v.KeyHint))
	if len(v.Handed) > 0 {
		var tools []string
		for _, handed := range v.Handed {
			tool, _ := handover.ToolFor(handed.Tool)
			tools = append(tools, tool.Name)
		}
		body.Add(facts([2]string{"Handed to", strings.Join(tools, ", ")}))
	}
	check := mainButton("Check now", v.OnCheck)
	switch {
	case v.Checking:
		check.Disable()
		body.Add(soft("Asking " + v.Provider.Name + "…"))
		body.Add(widget.NewProgressBarInfinite())
	case v.Trouble != nil:
		body.Add(troubleBox(*v.Trouble))
	}
	foot := container.NewHBox(quietButton("Unlink…", v.OnUnlink), quietButton("Hand over…", v.OnHandOver))
	if v.Account.Vault != account.KeyringVault {
		foot.Add(quietButton("Move to the keyring", v.OnMove))
	}
	if v.Provider.RevokePage != "" {
		foot.Add(quietButton("Access on "+v.Provider.Name+"…", v.OnRevokePage))
	}
	return frame{
		Title:   v.Provider.Name + " · " + v.Account.UserName,
		Body:    body,
		Foot:    foot,
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), button("Link again", v.OnLinkAgain), check},
	}.build()
}

// unlinkView asks before an account is removed, and says what that does and does not do.
type unlinkView struct {
	Account  account.Account
	Provider provider.Provider
	KeyHint  string   // empty where there is no key to forget
	Handed   []string // files of backup tools that have the access too
	Working  bool
	OnUnlink func(forgetKey bool)
	OnBack   func()
}

func (v unlinkView) build() fyne.CanvasObject {
	forget := widget.NewCheck("Forget the API key "+v.KeyHint+" too, if no other account needs it", nil)
	forget.SetChecked(true)
	question := heading("Unlink "+v.Account.Name+"?", theme.SizeNameHeadingText)
	question.Wrapping = fyne.TextWrapWord
	body := container.NewVBox(
		question,
		words("✓ The access of this account is removed from "+vaultShort(v.Account.Vault)+" and from the list."),
		words("✓ Your photos on "+v.Provider.Name+" stay as they are."),
	)
	if v.Provider.RevokePage != "" {
		body.Add(words("× " + v.Provider.Name + " is not told: there is no way to. To take the access back for good, remove it on the page of " +
			v.Provider.Name + " under “Access on " + v.Provider.Name + "”."))
	}
	if len(v.Handed) > 0 {
		body.Add(warning("! Backup tools have the access too, in " + strings.Join(v.Handed, ", ") + ". To take it out of there, go back and choose “Hand over”."))
	}
	if v.KeyHint != "" {
		body.Add(forget)
	} else {
		forget.SetChecked(false)
	}
	unlink := &widget.Button{Text: "Unlink", Importance: widget.DangerImportance, OnTapped: func() { v.OnUnlink(forget.Checked) }}
	if v.Working {
		unlink.Disable()
		body.Add(widget.NewProgressBarInfinite())
	}
	return frame{
		Title:   v.Provider.Name + " · " + v.Account.UserName,
		Body:    body,
		Actions: []fyne.CanvasObject{button("Back", v.OnBack), unlink},
	}.build()
}

func vaultShort(vault string) string {
	switch vault {
	case account.SessionVault:
		return "memory"
	case account.FileVault:
		return "the encrypted file"
	}
	return "the system keyring"
}

// unlinkedView follows an unlinked account to the service's own page, where the access itself is taken back.
type unlinkedView struct {
	Account  account.Account
	Provider provider.Provider
	Checking bool
	Checked  bool
	Gone     bool          // if Checked: the access no longer works
	Trouble  *link.Trouble // if Checked: why that could not be found out

	OnPage, OnCheck, OnDone func()
}

func (v unlinkedView) build() fyne.CanvasObject {
	service := v.Provider.Name
	title := heading(v.Account.Name+" is unlinked", theme.SizeNameHeadingText)
	title.Wrapping = fyne.TextWrapWord
	body := list(
		title,
		words("✓ Nothing of the account is left on this computer."),
		words("The access itself exists until you remove it on the page of "+service+", which has opened in your browser. "+
			"Look for the name of your API key there."),
		side(button("Open the page again", v.OnPage)),
	)
	say := func(fill fyne.ThemeColorName, importance widget.Importance, text string) {
		body.Add(box(fill, &widget.Label{Text: text, Importance: importance, Wrapping: fyne.TextWrapWord}))
	}
	switch {
	case v.Checking:
		body.Add(widget.NewProgressBarInfinite())
	case v.Checked && v.Trouble != nil:
		say(colorWarm, widget.WarningImportance, "! "+v.Trouble.What+". "+v.Trouble.Remedy)
	case v.Checked && v.Gone:
		say(colorTint, widget.SuccessImportance, "✓ The access is gone: "+service+" refuses it.")
	case v.Checked:
		say(colorWarm, widget.WarningImportance, "! The access still works. Remove it on the page of "+service+", then check again.")
	}
	check := mainButton("Check that it is gone", v.OnCheck)
	if v.Checking {
		check.Disable()
	}
	return frame{
		Title: service + " · " + v.Account.UserName, Body: body,
		Actions: []fyne.CanvasObject{button("Done", v.OnDone), check},
	}.build()
}
