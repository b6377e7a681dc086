package link

import (
	"photolink/app/account"
	"photolink/app/language"
)

func explainVault(say *language.Speaker, vault *account.VaultError) Trouble {
	if vault.Vault == account.FileVault {
		return explainFileVault(say, vault)
	}
	// The way on when a keyring is of no use.
	elsewhere := say.Say("Or keep the secrets in a file encrypted with a passphrase, or link for this session only: then they are " +
		"forgotten when Photolink is closed.")
	switch vault.State {
	case account.VaultAbsent:
		return Trouble{
			What: say.Say("This computer has no keyring that Photolink can use"),
			Meaning: say.Say("A keyring is where a computer keeps passwords. Photolink keeps its secrets there, never in plain files, and " +
				"none answers here. Nothing was stored."),
			Remedy: sentences(
				say.Say("Install or start a keyring, such as GNOME Keyring, KeePassXC or KWallet, then try again."), elsewhere,
			),
			Action: OtherVault,
		}
	case account.VaultLocked, account.VaultUnanswered:
		return Trouble{
			What:    say.Say("The keyring is locked"),
			Meaning: say.Say("Nobody answered the question for its password."),
			Remedy:  sentences(say.Say("Try again, and type the password of the keyring when you are asked for it."), elsewhere),
			Action:  OtherVault,
		}
	case account.VaultDismissed:
		return Trouble{
			What:    say.Say("The keyring is locked, and its question was closed"),
			Meaning: say.Say("Photolink stores nothing in a keyring that you do not open."),
			Remedy:  sentences(say.Say("Try again, and type the password of the keyring when you are asked for it."), elsewhere),
			Action:  OtherVault,
		}
	case account.VaultGone:
		return Trouble{
			What:    say.Say("The keyring went away in the middle"),
			Meaning: say.Say("The program that keeps it has stopped."),
			Remedy:  sentences(say.Say("Try again in a moment."), elsewhere),
			Action:  OtherVault,
		}
	case account.VaultNotFound, account.VaultDamaged:
		return Trouble{
			What:    say.Say("The keyring no longer holds the secrets of this account"),
			Meaning: say.Say("Another program removed or changed them."),
			Remedy:  say.Say("Link the account again."),
			Action:  LinkAgain,
		}
	case account.VaultNotStored:
		return Trouble{
			What:    say.Say("The keyring says that it stored the secret, but did not"),
			Meaning: say.Say("Photolink reads back what it stores. What came back was something else."),
			Remedy:  sentences(say.Say("Try again."), elsewhere),
			Action:  OtherVault,
		}
	case account.VaultTooBig:
		return Trouble{
			What:    say.Say("The secrets are too large for the keyring"),
			Meaning: say.Say("The keyring takes only small records. Nothing was stored."),
			Remedy:  sentences(say.Say("Report the line at the bottom."), elsewhere),
			Action:  OtherVault,
		}
	}
	return Trouble{
		What:    say.Say("The keyring refuses"),
		Meaning: say.Say("It answered with an error of its own, which is said at the bottom."),
		Remedy:  sentences(say.Say("Try again."), elsewhere),
		Action:  OtherVault,
	}
}

func explainFileVault(say *language.Speaker, vault *account.VaultError) Trouble {
	switch vault.State {
	case account.VaultWrongPassphrase:
		return Trouble{
			What:    say.Say("This passphrase does not open the file"),
			Meaning: say.Say("The file with the secrets is as it was."),
			Remedy:  say.Say("Try again with the passphrase that you chose for it."),
			Action:  TryAgain,
		}
	case account.VaultLocked, account.VaultUnanswered, account.VaultDismissed:
		return Trouble{
			What:    say.Say("The encrypted file is locked"),
			Meaning: say.Say("Nobody typed its passphrase."),
			Remedy:  say.Say("Try again and type the passphrase that you chose for it."),
			Action:  TryAgain,
		}
	case account.VaultNotFound:
		return Trouble{
			What:    say.Say("The encrypted file no longer holds the secrets of this account"),
			Meaning: say.Say("Another program removed or changed them, or an older copy of the file was put in its place."),
			Remedy:  say.Say("Link the account again."),
			Action:  LinkAgain,
		}
	case account.VaultDamaged:
		return Trouble{
			What:    say.Say("The encrypted file is damaged"),
			Meaning: say.Say("It is not as Photolink wrote it, and is left alone."),
			Remedy:  say.Say("Put a copy in its place if you have one, or move it to another folder and link your accounts again."),
			Action:  TryAgain,
		}
	case account.VaultNewer:
		return Trouble{
			What:    say.Say("The encrypted file was written by a newer Photolink"),
			Meaning: say.Say("This version does not know all of it, and leaves it alone rather than lose something."),
			Remedy:  say.Say("Install the newer version again."),
		}
	}
	return Trouble{
		What:    say.Say("The encrypted file cannot be used"),
		Meaning: say.Say("Reading or writing it went wrong. How is said at the bottom."),
		Remedy:  say.Say("Try again. If it stays, report the line at the bottom."),
		Action:  TryAgain,
	}
}
