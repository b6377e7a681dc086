package link

import (
	"errors"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/oauth/provider"
)

// Errors of package app, which returns them. They stand here because the words for all errors are made here.
var (
	ErrTooLate           = errors.New("it is too late to bring the account back")
	ErrCannotTest        = errors.New("the service does not tell whether the API key works")
	ErrNoBrowser         = errors.New("the chosen browser is not on this computer")
	ErrUnknownService    = errors.New("this version does not know the service")
	ErrNothingToTakeOver = errors.New("there is no access in it, only a key")
	ErrBadBundle         = errors.New("not a bundle of Photolink, or not its passphrase")
	ErrNewerBundle       = errors.New("a newer version of Photolink made the bundle")
	ErrNewerSettings     = errors.New("a newer version wrote the settings")
)

// explainApp is about what the program was asked to do.
func explainApp(say *language.Speaker, err error, service language.Values) (Trouble, bool) {
	switch {
	case errors.Is(err, ErrTooLate):
		return Trouble{
			What:    say.Say("It is too late to undo this"),
			Meaning: say.Say("Photolink has forgotten the access for good."),
			Remedy:  say.Say("Link the account again. It takes the same three steps as the first time."),
			Action:  LinkAgain,
		}, true
	case errors.Is(err, account.ErrLinkedAgain):
		return Trouble{
			What:    say.Say("This person is linked again already"),
			Meaning: say.Say("Bringing the old access back would take the place of the new one, so nothing was changed."),
			Remedy:  say.Say("Go on with the account that is in the list."),
		}, true
	case errors.Is(err, ErrCannotTest):
		return Trouble{
			What:    say.Say("{{.Service}} does not tell whether this key works", service),
			Meaning: say.Say("It wants to know first where to send you back to, and that is asked only while an account is linked."),
			Remedy:  say.Say("Link an account with the key: that tries it."),
		}, true
	case errors.Is(err, ErrNoBrowser):
		return Trouble{
			What:    say.Say("The browser of your settings is not there"),
			Meaning: say.Say("The program that should open pages was removed or has another name now."),
			Remedy:  say.Say("Open the settings and choose another browser, or leave the field empty for the browser of the system."),
			Action:  TryAgain,
		}, true
	case errors.Is(err, ErrUnknownService):
		return Trouble{
			What:    say.Say("This Photolink does not know the service"),
			Meaning: say.Say("A newer version linked the account, or the file that describes the service is gone from the folder of services."),
			Remedy:  say.Say("Install the newer version, or add the service again. The account is kept until then."),
		}, true
	case errors.Is(err, ErrNothingToTakeOver):
		return Trouble{
			What:    say.Say("There is no access in it, only a key"),
			Meaning: say.Say("A key says which program asks. Which account is meant stands somewhere else."),
			Remedy:  say.Say("Keep the key, then link the account with it."),
		}, true
	case errors.Is(err, ErrBadBundle):
		return Trouble{
			What:    say.Say("This file cannot be opened"),
			Meaning: say.Say("It was not made by Photolink for another computer, is not whole, or has another passphrase."),
			Remedy:  say.Say("Try again with the passphrase that was chosen when it was made, or make it again."),
			Action:  TryAgain,
		}, true
	case errors.Is(err, ErrNewerBundle):
		return Trouble{
			What:    say.Say("A newer Photolink made this file"),
			Meaning: say.Say("This version does not know all of it, and leaves it alone rather than lose something."),
			Remedy:  say.Say("Install the newer version on this computer too."),
		}, true
	case errors.As(err, new(*provider.NewerFileError)):
		return Trouble{
			What:    say.Say("This file is for a newer Photolink"),
			Meaning: say.Say("This version does not know all of it, and leaves it alone rather than lose something."),
			Remedy:  say.Say("Install the newer version, then choose the file again."),
		}, true
	case errors.Is(err, ErrNewerSettings):
		return Trouble{
			What:    say.Say("A newer Photolink wrote the settings"),
			Meaning: say.Say("This version does not know all of them, and leaves them alone rather than lose something."),
			Remedy:  say.Say("Install the newer version again."),
		}, true
	}
	return Trouble{}, false
}
