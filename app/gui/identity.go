//go:build !nogui

package gui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/oauth/provider"
)

// identityView shows who is signed in, right after linking.
type identityView struct {
	*language.Speaker
	Account  account.Account
	Provider provider.Provider
	KeyHint  string
	Picture  image.Image
	Again    bool // the person was linked before
	OnNotYou func()

	OnHandOver func()
	OnDone     func()
}

func (v identityView) build() fyne.CanvasObject {
	who := headline(v.Say("You are signed in as {{.Name}}", language.Values{"Name": v.Account.Name}))
	answered := v.Say("{{.Service}} answered a signed test call a moment ago.", language.Values{"Service": v.Provider.Name})
	if v.Again {
		answered = v.Say("{{.Service}} answered a signed test call a moment ago. You were linked before: the account has the new access now.",
			language.Values{"Service": v.Provider.Name})
	}
	head := container.NewBorder(nil, nil, inset(4, avatar(v.Account.Name, v.Picture, 80)), nil,
		container.NewVBox(who, soft(answered)))
	return frame{
		Title:    v.Say("Link {{.Service}}", language.Values{"Service": v.Provider.Name}),
		TopRight: &widget.Label{Text: v.Say("✓ Linked"), Importance: widget.SuccessImportance},
		Body:     container.NewVBox(head, accountFacts(v.Speaker, v.Account, v.Provider, v.KeyHint)),
		Foot:     side(quietButton(v.Say("Not you?"), v.OnNotYou)),
		Actions:  []fyne.CanvasObject{button(v.Say("Hand over…"), v.OnHandOver), mainButton(v.Say("Done"), v.OnDone)},
	}.build()
}

// accountFacts is what is known of an account, in words.
func accountFacts(say *language.Speaker, a account.Account, p provider.Provider, keyHint string, more ...[2]string) fyne.CanvasObject {
	photos := ""
	if a.PhotoCount > 0 {
		photos = say.Number(a.PhotoCount)
	}
	pairs := [][2]string{
		{say.Say("User name"), a.UserName},
		{say.Say("Account id"), a.UserID},
		{say.Say("Member"), a.Plan},
		{say.Say("Photos"), photos},
		{say.Say("Permission"), permissionWords(say, a, p)},
		{say.Say("API key"), keyHint},
		{say.Say("Kept in"), vaultWords(say, a.Vault)},
	}
	table := facts(append(pairs, more...)...)
	if p.PermissionNote == "" || a.Permission == "" || p.Includes(a.Permission, a.PermissionAsked) {
		return table
	}
	return container.NewVBox(table, soft(say.Say(p.PermissionNote)))
}

// permissionWords says what the service permits.
func permissionWords(say *language.Speaker, a account.Account, p provider.Provider) string {
	switch {
	case a.Permission == "":
		return say.Say("{{.Service}} does not tell", language.Values{"Service": p.Name})
	case a.Permission != a.PermissionAsked:
		return say.Say("{{.Permission}} (asked: {{.Asked}})", language.Values{
			"Permission": permissionName(say, p, a.Permission), "Asked": permissionName(say, p, a.PermissionAsked),
		})
	}
	return permissionName(say, p, a.Permission)
}

// permissionName is what the permission with an ID is called; empty for none.
func permissionName(say *language.Speaker, p provider.Provider, id string) string {
	if id == "" {
		return ""
	}
	permission := p.Permission(id)
	return say.Say(permission.Name)
}

// vaultWords says where the secrets of an account are.
func vaultWords(say *language.Speaker, vault string) string {
	switch vault {
	case account.KeyringVault:
		return say.Say("the system keyring, read back and compared")
	case account.FileVault:
		return say.Say("a file encrypted with your passphrase, read back and compared")
	case account.SessionVault:
		return say.Say("memory, for this session only: closing Photolink forgets it")
	}
	return vault
}
