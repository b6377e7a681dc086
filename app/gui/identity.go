//go:build !nogui

package gui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/oauth/provider"
)

// identityView shows who is signed in, right after linking.
type identityView struct {
	Account  account.Account
	Provider provider.Provider
	KeyHint  string
	Picture  []byte
	Again    bool // the person was linked before
	OnNotYou func()

	OnHandOver func()
	OnDone     func()
}

func (v identityView) build() fyne.CanvasObject {
	who := heading("You are signed in as "+v.Account.Name, theme.SizeNameHeadingText)
	who.Wrapping = fyne.TextWrapWord
	answered := v.Provider.Name + " answered a signed test call a moment ago."
	if v.Again {
		answered += " You were linked before: the account has the new access now."
	}
	head := container.NewBorder(nil, nil, inset(4, avatar(v.Account.Name, v.Picture, 80)), nil,
		container.NewVBox(who, soft(answered)))
	return frame{
		Title:    "Link " + v.Provider.Name,
		TopRight: &widget.Label{Text: "✓ Linked", Importance: widget.SuccessImportance},
		Body:     container.NewVBox(head, accountFacts(v.Account, v.Provider, v.KeyHint)),
		Foot:     container.NewHBox(quietButton("Not you?", v.OnNotYou)),
		Actions:  []fyne.CanvasObject{button("Hand over…", v.OnHandOver), mainButton("Done", v.OnDone)},
	}.build()
}

// accountFacts is what is known of an account, in words.
func accountFacts(a account.Account, p provider.Provider, keyHint string) fyne.CanvasObject {
	permission := p.Permission(a.Permission).Name
	if a.Permission == "" {
		permission = p.Name + " does not tell"
	} else if a.Permission != a.PermissionAsked {
		permission += " (asked: " + p.Permission(a.PermissionAsked).Name + ")"
	}
	photos := ""
	if a.PhotoCount > 0 {
		photos = strconv.Itoa(a.PhotoCount)
	}
	table := facts(
		[2]string{"User name", a.UserName},
		[2]string{"Account id", a.UserID},
		[2]string{"Member", a.Plan},
		[2]string{"Photos", photos},
		[2]string{"Permission", permission},
		[2]string{"API key", keyHint},
		[2]string{"Kept in", vaultWords(a.Vault)},
	)
	if p.PermissionNote == "" || a.Permission == "" || p.Includes(a.Permission, a.PermissionAsked) {
		return table
	}
	return container.NewVBox(table, soft(p.PermissionNote))
}

func vaultWords(vault string) string {
	switch vault {
	case account.KeyringVault:
		return "the system keyring, read back and compared"
	case account.FileVault:
		return "a file encrypted with your passphrase, read back and compared"
	case account.SessionVault:
		return "memory, for this session only: closing Photolink forgets it"
	}
	return vault
}
