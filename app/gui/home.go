//go:build !nogui

package gui

import (
	"image"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"photolink/app/account"
	"photolink/app/language"
)

// homeView lists the linked accounts.
type homeView struct {
	*language.Speaker
	Count int                         // of the accounts
	Card  func(place int) accountCard // what is shown of each, from 0 to Count-1
	Find  func(text string) []int     // the places of those that have a text in their names, all for none
	Icon  fyne.Resource
	Keeps string // the vault that new secrets go to; empty where that is not known
	News  string // what was done last; may be empty

	Pictures    map[string]image.Image                  // those that are read already, by the ID of the account
	ReadPicture func(id string, done func(image.Image)) // reads another one and calls done when the window has time; may be nil

	Checking       bool // all accounts are being checked
	Checked, Total int  // if Checking: how far that is; Total is 0 until it is known

	OnLink     func()
	OnAccount  func(id string)
	OnCheckAll func()
	OnStop     func() // if Checking
	OnSettings func()
	OnTakeOver func() // what another tool has
	OnPractice func() // links the practice account

	quiet    *widget.Label // the line at the bottom
	progress *widget.ProgressBar
}

func (v *homeView) build() fyne.CanvasObject {
	if v.Count == 0 && !v.Checking {
		return v.buildEmpty()
	}
	var parts []fyne.CanvasObject
	if v.News != "" {
		parts = append(parts, box(colorTint, words(v.News)))
	}
	settings, add := v.settings(), mainButton(v.Say("Link an account"), v.OnLink)
	add.Icon = theme.ContentAddIcon()
	action := button(v.Say("Check all"), v.OnCheckAll)
	v.quiet, v.progress = small(v.keepsWords()), widget.NewProgressBar()
	if v.Checking {
		settings.Disable()
		add.Disable()
		action = button(v.Say("Stop"), v.OnStop)
		parts = append(parts, v.progress)
		v.showProgress()
	}
	cards := newCardList(v)
	if v.Count > fewCards {
		parts = append(parts, v.finder(cards)...)
	}
	cards.parts = parts
	screen := frame{
		Title:    "Photolink",
		TopRight: container.NewHBox(settings, add),
		Body:     cards.box,
		Foot:     v.quiet,
		Actions:  []fyne.CanvasObject{action},
	}.build()
	cards.body = bodyOf(screen)
	return screen
}

// fewCards is how many accounts a person finds by looking.
const fewCards = 20

// finder lists only the accounts that have a text in their names or that of the service.
func (v *homeView) finder(cards *cardList) []fyne.CanvasObject {
	var find *field
	find = newField(func() { find.SetText("") })
	none := soft(v.Say("No account has this in its name."))
	none.Hide()
	find.OnChanged = func(text string) {
		found := v.Find(text)
		none.Hidden = len(found) > 0
		cards.list(found)
	}
	find.OnSubmitted = func(text string) {
		if found := v.Find(text); text != "" && len(found) > 0 {
			v.OnAccount(v.Card(found[0]).Account.ID)
		}
	}
	name := v.Say("Find an account")
	find.setName(name)
	return []fyne.CanvasObject{container.NewBorder(nil, nil, heading(name, theme.SizeNameText), nil, find), none}
}

// checked shows that one more account of total was checked.
func (v *homeView) checked(total int) {
	v.Checked, v.Total = v.Checked+1, total
	v.showProgress()
}

func (v *homeView) showProgress() {
	if v.Total == 0 {
		v.quiet.SetText(v.Say("Checking all accounts…"))
		return
	}
	v.quiet.SetText(v.Say("Checking {{.Checked}} of {{.Total}}…", language.Values{
		"Checked": v.Number(v.Checked), "Total": v.Number(v.Total),
	}))
	v.progress.SetValue(float64(v.Checked) / float64(v.Total))
}

func (v *homeView) settings() *push { return quietButton(v.Say("Settings"), v.OnSettings) }

// keepsWords says where the secrets of the next account go.
func (v *homeView) keepsWords() string {
	switch v.Keeps {
	case account.KeyringVault:
		return v.Say("New secrets go to the system keyring.")
	case account.FileVault:
		return v.Say("New secrets go to the file encrypted with your passphrase.")
	case account.SessionVault:
		return v.Say("New secrets stay in memory: closing Photolink forgets them.")
	}
	return ""
}

// buildEmpty is the first thing that a person sees.
func (v *homeView) buildEmpty() fyne.CanvasObject {
	icon := canvas.NewImageFromResource(v.Icon)
	icon.SetMinSize(fyne.NewSquareSize(64))
	icon.FillMode = canvas.ImageFillContain
	title := headline(v.Say("Link your photo accounts to this computer"))
	title.Alignment = fyne.TextAlignCenter
	promise := soft(v.Say("You approve in your browser, and Photolink does the rest. Nothing to copy, no code to type, no file to edit."))
	promise.Alignment = fyne.TextAlignCenter
	steps := stack(
		numbered("1", v.Say("You choose your service.")),
		numbered("2", v.Say("You approve in your browser.")),
		numbered("3", v.Say("Photolink keeps the access in your keyring and hands it to your backup tool.")),
	)
	ways := container.New(&flow{middle: true},
		mainButton(v.Say("Link an account"), v.OnLink),
		button(v.Say("Try it with the practice account"), v.OnPractice),
	)
	return frame{
		Title:    "Photolink",
		TopRight: v.settings(),
		Body: container.NewVBox(
			layout.NewSpacer(), inset(4, icon), title, promise, container.New(column(560), steps),
			inset(8, ways),
			container.NewCenter(quietButton(v.Say("I already use a backup tool…"), v.OnTakeOver)),
			layout.NewSpacer(),
		),
		Foot: footnote(v.Say("Nothing is stored until you are signed in. The practice account needs no key and no internet.")),
	}.build()
}

// numbered is a line that has a number.
func numbered(number, text string) fyne.CanvasObject {
	sign := heading(number, theme.SizeNameText)
	sign.Importance = widget.HighImportance
	return container.NewBorder(nil, nil, container.NewVBox(sign), nil, words(text))
}

// column is a layout that puts its content in the middle, at most this wide.
type column float32

// Layout places the content.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(float32(c), size.Width)
	for _, object := range objects {
		object.Move(fyne.NewPos((size.Width-width)/2, 0))
		object.Resize(fyne.NewSize(width, size.Height))
	}
}

// MinSize is that of the content.
func (column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, object := range objects {
		size = size.Max(object.MinSize())
	}
	return size
}

// stateLabel says in a sign and a word whether an account works, and which tools use it.
func stateLabel(say *language.Speaker, a account.Account, tools []string, now time.Time) *widget.Label {
	label := &widget.Label{SizeName: theme.SizeNameCaptionText}
	switch a.State {
	case account.StateWorks:
		label.Text, label.Importance = worksWords(say, a, tools, now), widget.SuccessImportance
	case account.StateWithdrawn: // for the tools too
		label.Text, label.Importance = withdrawnWords(say, a), widget.DangerImportance
	default:
		label.Text, label.Importance = uncheckedWords(say, a, tools), widget.WarningImportance
	}
	return label
}

func worksWords(say *language.Speaker, a account.Account, tools []string, now time.Time) string {
	ago, names := say.Ago(a.CheckedAt, now), strings.Join(tools, say.Say(", "))
	switch session := a.Vault == account.SessionVault; {
	case session && len(tools) > 0:
		return say.Say("✓ Works · checked {{.Ago}} · this session only · feeds {{.Tools}}", language.Values{"Ago": ago, "Tools": names})
	case session:
		return say.Say("✓ Works · checked {{.Ago}} · this session only", language.Values{"Ago": ago})
	case len(tools) > 0:
		return say.Say("✓ Works · checked {{.Ago}} · feeds {{.Tools}}", language.Values{"Ago": ago, "Tools": names})
	}
	return say.Say("✓ Works · checked {{.Ago}}", language.Values{"Ago": ago})
}

func withdrawnWords(say *language.Speaker, a account.Account) string {
	if a.Vault == account.SessionVault {
		return say.Say("× Access was withdrawn · link again · this session only")
	}
	return say.Say("× Access was withdrawn · link again")
}

func uncheckedWords(say *language.Speaker, a account.Account, tools []string) string {
	names := strings.Join(tools, say.Say(", "))
	switch session := a.Vault == account.SessionVault; {
	case session && len(tools) > 0:
		return say.Say("? Not checked · the last check got no answer · this session only · feeds {{.Tools}}", language.Values{"Tools": names})
	case session:
		return say.Say("? Not checked · the last check got no answer · this session only")
	case len(tools) > 0:
		return say.Say("? Not checked · the last check got no answer · feeds {{.Tools}}", language.Values{"Tools": names})
	}
	return say.Say("? Not checked · the last check got no answer")
}
