package link

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
)

// explainFullDisk is about writing anything at all.
func explainFullDisk(say *language.Speaker, err error) (Trouble, bool) {
	if !errors.Is(err, syscall.ENOSPC) {
		return Trouble{}, false
	}
	return Trouble{
		What:    say.Say("The disk is full"),
		Meaning: say.Say("There was no room to write the file. What was in it before is still there."),
		Remedy:  say.Say("Make some room, then try again."),
		Action:  TryAgain,
	}, true
}

// explainToolFile is about the files of backup tools. Why one cannot be read is of use to those who look into it: that
// stands in the technical line alone.
func explainToolFile(say *language.Speaker, err error) (Trouble, bool) {
	var (
		path    *handover.PathError
		unknown *handover.UnknownError
		broken  *handover.BrokenError
	)
	switch {
	case errors.Is(err, handover.ErrChanged):
		return Trouble{
			What:    say.Say("The file changed in the meantime"),
			Meaning: say.Say("Another program wrote to it after you were shown what would change, so nothing was written."),
			Remedy:  say.Say("Look at the changes once more."),
			Action:  TryAgain,
		}, true
	case errors.Is(err, handover.ErrNotThere):
		return Trouble{
			What:    say.Say("The account is no longer in that file"),
			Meaning: say.Say("It was removed or replaced there, so there is nothing to take back."),
			Remedy:  say.Say("Hand it over again if the tool is to have it."),
		}, true
	case errors.As(err, &broken) && broken.InUse:
		return Trouble{
			What:    say.Say("Another program is using this file"),
			Meaning: say.Say("A program is writing to it, or was stopped in the middle of that. Nothing was changed."),
			Remedy:  say.Say("Close the program that the file belongs to. If it is not open, open and close it once. Then try again."),
			Action:  TryAgain,
		}, true
	case errors.As(err, &broken):
		meaning := say.Say("It is not as Photolink expects it. What is wrong with it is said at the bottom. Nothing was changed.")
		if broken.Line > 0 {
			meaning = say.Say("Its line {{.Line}} is not as Photolink expects it. What is wrong with it is said at the bottom. Nothing was "+
				"changed.", language.Values{"Line": say.Number(broken.Line)})
		}
		return Trouble{
			What:    say.Say("This file cannot be read"),
			Meaning: meaning,
			Remedy:  say.Say("Mend it with the program that it belongs to, or choose another file. Then try again."),
			Action:  TryAgain,
		}, true
	case errors.As(err, &unknown) && !errors.As(err, &path): // with a path it is in the way of a file that is to be written
		return Trouble{
			What: say.Say("This is not a file that Photolink knows"),
			Meaning: say.Say("Photolink looked for an API key or for access in it, and found nothing that it can use. Nothing was " +
				"changed."),
			Remedy: say.Say("Choose the settings file of a backup tool, or paste key and secret."),
			Action: TryAgain,
		}, true
	case errors.As(err, &path):
		file := language.Values{"File": path.Path}
		switch {
		case errors.Is(err, fs.ErrPermission):
			return Trouble{
				What: say.Say("This file cannot be used"),
				Meaning: say.Say("Photolink may not use {{.File}}: it belongs to somebody else, or is protected. Nothing was changed.",
					file),
				Remedy: say.Say("Choose another place for the file, or ask its owner to let you use it."),
				Action: TryAgain,
			}, true
		case errors.Is(err, fs.ErrNotExist):
			return Trouble{
				What:    say.Say("This file cannot be found"),
				Meaning: say.Say("There is nothing at {{.File}}. It was moved or removed, or its name is mistyped.", file),
				Remedy:  say.Say("Choose the file once more."),
				Action:  TryAgain,
			}, true
		}
		return Trouble{
			What:    say.Say("This file cannot be used"),
			Meaning: say.Say("Photolink cannot use {{.File}}. Why is said at the bottom. Nothing was changed.", file),
			Remedy:  say.Say("Choose another place for the file, or put right what is wrong with it. Then try again."),
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

// explainList is about the list of accounts.
func explainList(say *language.Speaker, err error) (Trouble, bool) {
	var (
		newer  *account.NewerIndexError
		broken *account.IndexError
		file   *fs.PathError
		rename *os.LinkError
	)
	switch {
	case errors.As(err, &newer):
		return Trouble{
			What:    say.Say("The list of accounts was written by a newer Photolink"),
			Meaning: say.Say("This version does not know all of it, and leaves it alone rather than lose something."),
			Remedy:  say.Say("Install the newer version again."),
		}, true
	case errors.As(err, &broken):
		return Trouble{
			What:    say.Say("The list of accounts cannot be read"),
			Meaning: say.Say("The file and its copy are damaged. The secrets in the keyring are not touched."),
			Remedy: say.Say("Move the file that the line at the bottom names, and its copy, to another folder. Then link your accounts " +
				"again."),
		}, true
	case errors.Is(err, account.ErrKeyInUse):
		return Trouble{
			What:    say.Say("An account still needs this API key"),
			Meaning: say.Say("Without the key the account would stop working. Nothing was changed."),
			Remedy:  say.Say("Unlink the accounts that use the key, then remove it."),
		}, true
	case errors.Is(err, account.ErrChanged):
		return Trouble{
			What:    say.Say("Another window changed this in the meantime"),
			Meaning: say.Say("Photolink is open twice, or a command of it was running. That change was kept, and yours was not made."),
			Remedy:  say.Say("Look at it as it is now, then try again."),
			Action:  TryAgain,
		}, true
	case errors.Is(err, account.ErrNotFound):
		return Trouble{
			What:    say.Say("This is no longer in the list"),
			Meaning: say.Say("The account or key was removed in the meantime, perhaps in another window of Photolink."),
			Remedy:  say.Say("Go back to your accounts. If it is missing there, link it again."),
		}, true
	case errors.As(err, &file), errors.As(err, &rename):
		return Trouble{
			What: say.Say("Photolink cannot use its list of accounts"),
			Meaning: say.Say("The folder is gone, belongs to somebody else, is write-protected, or something else stands in its " +
				"place."),
			Remedy: say.Say("Look at the folder that the line at the bottom names, then try again."),
			Action: TryAgain,
		}, true
	}
	return Trouble{}, false
}
