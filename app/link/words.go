package link

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// Trouble tells a person about an error in three parts, with the action that helps.
type Trouble struct {
	What      string // what happened: a heading without full stop
	Meaning   string // what it means
	Remedy    string // what to do
	Action    Action // the button that does it
	Technical string // one line for those who report it, in English; holds no secret
}

// Action is what a person can do about a trouble.
type Action string

// The actions.
const (
	TryAgain    Action = "try-again"
	ChangeKey   Action = "change-key"
	LinkAgain   Action = "link-again"
	OtherVault  Action = "other-vault" // keep the secrets in another vault: for this session, or in an encrypted file
	NothingToDo Action = ""
)

// Name is what stands on the button of the action; empty if there is nothing to do.
func (a Action) Name(say *language.Speaker) string {
	switch a {
	case TryAgain:
		return say.Say("Try again")
	case ChangeKey:
		return say.Say("Change the key")
	case LinkAgain:
		return say.Say("Link again")
	case OtherVault:
		return say.Say("Keep the secrets elsewhere…")
	}
	return ""
}

// Explain turns an error of this package, or of one that it uses, into words in the language of say. It is the one place
// where that happens. p is the service that the error is about; without a name, the words are "the service".
func Explain(say *language.Speaker, err error, p provider.Provider) Trouble {
	nameless := p.Name == ""
	p.Name = cmp.Or(p.Name, say.Say("the service"))
	trouble := explain(say, err, p)
	if nameless {
		for _, text := range []*string{&trouble.What, &trouble.Meaning, &trouble.Remedy} {
			*text = capitalised(*text, p.Name)
		}
	}
	trouble.Technical = technical(err)
	return trouble
}

// capitalised gives name a capital letter where a sentence of text begins with it.
func capitalised(text, name string) string {
	first, size := utf8.DecodeRuneInString(name)
	capital := string(unicode.ToUpper(first)) + name[size:]
	if rest, ok := strings.CutPrefix(text, name); ok {
		text = capital + rest
	}
	return strings.ReplaceAll(text, ". "+name, ". "+capital)
}

// sentences puts whole sentences beside each other; an empty one is left out.
func sentences(all ...string) string {
	text := ""
	for _, one := range all {
		if text != "" && one != "" {
			text += " "
		}
		text += one
	}
	return text
}

// technical is the error in one line, cut to a length that fits a screen.
func technical(err error) string {
	text := err.Error()
	failure := new(oauth.Error)
	if errors.As(err, &failure) && failure.Problem == "" && failure.Body != "" {
		text += " · " + failure.Body
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 240 {
		text = string(runes[:239]) + "…"
	}
	return text
}

func explain(say *language.Speaker, err error, p provider.Provider) Trouble {
	service := language.Values{"Service": p.Name}
	is := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	step := new(StepError)
	_ = errors.As(err, &step)
	if unsaved := new(UnsavedError); errors.As(err, &unsaved) {
		return explainUnsaved(say, explain(say, unsaved.Err, p))
	}
	if trouble, found := explainFullDisk(say, err); found {
		return trouble
	}
	if vault := new(account.VaultError); errors.As(err, &vault) {
		return explainVault(say, vault)
	}
	if trouble, found := explainApp(say, err, service); found {
		return trouble
	}
	if trouble, found := explainToolFile(say, err); found {
		return trouble
	}
	if file := new(provider.FileError); errors.As(err, &file) {
		return Trouble{
			What: say.Say("This file does not describe a service"),
			Meaning: say.Say("Line {{.Line}} of the file {{.File}} is not as Photolink expects it. What is wrong with it is said at "+
				"the bottom. Nothing was changed.", language.Values{"Line": say.Number(file.Line), "File": file.File}),
			Remedy: say.Say("Mend the line in a text editor, then choose the file again. The page docs/services.md of Photolink " +
				"explains each line."),
			Action: TryAgain,
		}
	}
	if clock := new(ClockError); errors.As(err, &clock) {
		return explainClock(say, clock.Offset, service)
	}
	said := ""
	if failure, ok := errors.AsType[*provider.ServiceError](err); ok && failure.Message != "" {
		said = strings.TrimRight(failure.Message, ".")
	}

	switch {
	case is(ErrDeclined):
		return Trouble{
			What:    say.Say("You chose not to link"),
			Meaning: say.Say("{{.Service}} gave no access, and nothing was stored.", service),
			Remedy:  say.Say("If that was a mistake, try again and approve on the page of {{.Service}}.", service),
			Action:  TryAgain,
		}
	case is(ErrNotConfirmed):
		return Trouble{
			What: say.Say("You did not confirm the account"),
			Meaning: say.Say("Photolink forgot the access that it had been given. It stays listed on the page of {{.Service}} until you "+
				"remove it there.", service),
			Remedy: say.Say("Sign out on the page of {{.Service}}, then try again with the account that you want.", service),
			Action: TryAgain,
		}
	case is(ErrTimedOut):
		return Trouble{
			What:    say.Say("Nobody approved in time"),
			Meaning: say.Say("Photolink stopped waiting, so that no door stays open on this computer. Nothing was stored."),
			Remedy: say.Say("Try again, and approve in the browser that opens. If the browser cannot come back by itself, choose " +
				"“Paste the address”."),
			Action: TryAgain,
		}
	case is(provider.ErrKeyRefused, oauth.ProblemConsumerKeyUnknown, oauth.ProblemConsumerKeyRefused):
		return Trouble{
			What: say.Say("{{.Service}} does not accept this API key", service),
			Meaning: sentences(
				say.Say("The key is mistyped, or has expired, or {{.Service}} has disabled it.", service),
				quote(say, said, service),
			),
			Remedy: say.Say("Compare it with the key on your page at {{.Service}}, or get a new one.", service),
			Action: ChangeKey,
		}
	case is(oauth.ProblemSignatureInvalid) && step.Step == Ask:
		return Trouble{
			What:    say.Say("The API secret does not fit the key"),
			Meaning: say.Say("{{.Service}} knows the key, but the secret that was typed with it belongs to another one.", service),
			Remedy:  say.Say("Copy the secret once more from your page at {{.Service}}, without spaces.", service),
			Action:  ChangeKey,
		}
	case step.Step == Ask && refusedWithoutReason(err): // it states key and signature, and no token
		return Trouble{
			What:    say.Say("{{.Service}} does not accept this API key", service),
			Meaning: say.Say("The key or its secret is mistyped, or {{.Service}} has disabled the key.", service),
			Remedy:  say.Say("Compare both with your page at {{.Service}}, or get a new key.", service),
			Action:  ChangeKey,
		}
	case is(oauth.ProblemVerifierInvalid, oauth.ProblemTokenUsed),
		is(oauth.ProblemTokenRejected, oauth.ProblemTokenExpired) && step.Step == Exchange:
		return Trouble{
			What:    say.Say("The approval came too late, or was used already"),
			Meaning: say.Say("An approval can be used once, within some minutes. Nothing was stored."),
			Remedy:  say.Say("Try again; each try gets a new approval."),
			Action:  TryAgain,
		}
	case is(provider.ErrNoOAuth):
		return Trouble{
			What: say.Say("{{.Service}} lets no programs in", service),
			Meaning: say.Say("It is a WordPress site, but without the plugin “OAuth 1.0a Server”. Without that, no program can ask for " +
				"access."),
			Remedy: say.Say("Install the plugin, or ask whoever looks after the site to do so, then try again."),
			Action: TryAgain,
		}
	case is(provider.ErrIDTaken):
		return Trouble{
			What: say.Say("There is a service of this id already"),
			Meaning: say.Say("Accounts remember their service by its id, a short name of its own, so that no two services can have the " +
				"same. Nothing was changed."),
			Remedy: say.Say("Change the line that begins with “id” in the file, then choose it again."),
			Action: TryAgain,
		}
	case is(ErrKeyMissing):
		return Trouble{
			What:    say.Say("The access was found, but not the API key that it belongs to"),
			Meaning: say.Say("Access works only together with the API key that it was given to. Nothing was changed."),
			Remedy:  say.Say("Take the key over first: choose the settings file of the same tool. Then try again."),
		}
	case is(ErrLegacyRefused):
		return Trouble{
			What: say.Say("{{.Service}} does not know this old token", service),
			Meaning: sentences(
				say.Say("It belongs to another API key, was withdrawn, or was exchanged more than a day ago. Nothing was changed."),
				quote(say, said, service),
			),
			Remedy: say.Say("Look where the old token and the key come from: it has to be the same program. Or link the account in the " +
				"browser instead."),
			Action: ChangeKey,
		}
	case is(provider.ErrNotOffered):
		return Trouble{
			What: say.Say("{{.Service}} no longer exchanges old tokens", service),
			Meaning: sentences(
				say.Say("The old token is as it was. The account that it opens can be linked anew."), quote(say, said, service),
			),
			Remedy: say.Say("Link the account in the browser."),
			Action: LinkAgain,
		}
	case is(oauth.ProblemPermissionDenied) && p.PermissionNote != "":
		return Trouble{
			What:    say.Say("{{.Service}} has not given this much access", service),
			Meaning: sentences(say.Say("You once allowed less than what is needed now."), say.Say(p.PermissionNote)),
			Remedy:  say.Say("Change it on the page of {{.Service}}, then try again.", service),
			Action:  TryAgain,
		}
	case withdrawn(err):
		return Trouble{
			What: say.Say("Access was withdrawn on {{.Service}}", service),
			Meaning: say.Say("{{.Service}} no longer lets Photolink into this account. Somebody removed the access there, or the API key "+
				"was disabled.", service),
			Remedy: say.Say("Link the account again."),
			Action: LinkAgain,
		}
	case is(provider.ErrIdentityDiffers):
		return Trouble{
			What:    say.Say("{{.Service}} named two different people", service),
			Meaning: say.Say("The access belongs to another person than the one who is signed in, so nothing was stored."),
			Remedy:  say.Say("Sign out on the page of {{.Service}}, sign in as yourself, and try again.", service),
			Action:  TryAgain,
		}
	case is(oauth.ProblemCallbackRejected) && p.Callback.Rule != provider.AnyCallback:
		return Trouble{
			What: say.Say("{{.Service}} does not come back to an address that is not registered", service),
			Meaning: say.Say("After you approve, your browser has to come back to Photolink, at an address on this computer. Another "+
				"address is registered with your API key at {{.Service}}.", service),
			Remedy: say.Say("On the page of your key, register the address {{.Address}}, letter by letter. Or tell Photolink which "+
				"address is registered there.", language.Values{"Address": p.Callback.Registered}),
			Action: ChangeKey,
		}
	case is(oauth.ErrCallbackNotConfirmed, oauth.ProblemCallbackRejected):
		return Trouble{
			What: say.Say("{{.Service}} does not promise to come back to Photolink", service),
			Meaning: say.Say("After you approve, your browser has to come back to Photolink. Without the promise of {{.Service}} somebody "+
				"else could end up linked, so Photolink does not go on.", service),
			Remedy: say.Say("Try again later. If it stays, look at the settings of your API key on the page of {{.Service}}: they may "+
				"demand another callback, which is the address to come back to.", service),
			Action: TryAgain,
		}
	case is(callback.ErrUnreachable):
		return Trouble{
			What: say.Say("Something on this computer keeps Photolink from hearing your browser"),
			Meaning: say.Say("After you approve, your browser brings the answer of {{.Service}} to Photolink, without leaving this "+
				"computer. A trial of that way failed.", service),
			Remedy: say.Say("Look whether a firewall or a virus scanner blocks connections to 127.0.0.1, which is this computer itself. " +
				"Allow them for Photolink, then try again."),
			Action: TryAgain,
		}
	case is(callback.ErrPortTaken):
		return Trouble{
			What: say.Say("Another program uses the port that {{.Service}} has to come back to", service),
			Meaning: say.Say("A port is a numbered door of this computer. The answer comes in at the number that is registered with your " +
				"API key, and only one program can have it."),
			Remedy: say.Say("Close the other program, then try again. Or register an address with another number, and tell Photolink " +
				"with the key."),
			Action: TryAgain,
		}
	}
	if trouble, found := explainList(say, err); found {
		return trouble
	}
	if trouble, found := explainNetwork(say, err, service); found {
		return trouble
	}
	if trouble, found := explainAnswer(say, err, said, service); found {
		return trouble
	}
	return Trouble{
		What:    say.Say("Something went wrong that Photolink does not know"),
		Meaning: say.Say("What it was is said at the bottom."),
		Remedy:  say.Say("Try again. If it stays, report the line at the bottom."),
		Action:  TryAgain,
	}
}

// quote is what the service said in words of its own, as a sentence; empty if it said nothing.
func quote(say *language.Speaker, said string, service language.Values) string {
	if said == "" {
		return ""
	}
	return say.Say("{{.Service}} says: “{{.Message}}”.", service, language.Values{"Message": said})
}

// explainUnsaved is about new access that is nowhere but in memory; cause says why.
func explainUnsaved(say *language.Speaker, cause Trouble) Trouble {
	return Trouble{
		What: say.Say("The new access is not saved yet"),
		Meaning: sentences(
			say.Say("The old token was exchanged, and may be of no more use. What came for it is in memory only: please do not close "+
				"Photolink."),
			say.Say("Saving it did not work: {{.Reason}}.", language.Values{"Reason": cause.What}),
			cause.Meaning,
		),
		Remedy: cause.Remedy,
		Action: cmp.Or(cause.Action, TryAgain),
	}
}
