package link

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"photolink/app/account"
	"photolink/app/handover"
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
	Technical string // one line for those who report it; holds no secret
}

// Action is what a person can do about a trouble.
type Action string

// The actions.
const (
	TryAgain    Action = "try again"
	ChangeKey   Action = "change the key"
	LinkAgain   Action = "link again"
	OtherVault  Action = "keep the secrets elsewhere" // in another vault, for this session or in an encrypted file
	NothingToDo Action = ""
)

// Explain turns an error of this package, or of one that it uses, into words. It is the one place where that happens.
func Explain(say *language.Speaker, err error, p provider.Provider) Trouble {
	trouble := explain(say, err, p)
	trouble.Technical = technical(err)
	return trouble
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
	service := p.Name
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
		return explainUnsaved(explain(say, unsaved.Err, p))
	}
	if vault := new(account.VaultError); errors.As(err, &vault) {
		return explainVault(vault)
	}
	if trouble, found := explainToolFile(err); found {
		return trouble
	}
	if file := new(provider.FileError); errors.As(err, &file) {
		return Trouble{
			What:    "This file does not describe a service",
			Meaning: file.Error() + ". Nothing was changed.",
			Remedy:  "Mend the line in a text editor, then choose the file again. docs/services.md explains each line.",
			Action:  TryAgain,
		}
	}
	if clock := new(ClockError); errors.As(err, &clock) {
		return explainClock(say, clock.Offset, service)
	}
	said := ""
	if failure, ok := errors.AsType[*provider.ServiceError](err); ok && failure.Message != "" {
		said = " It says: “" + strings.TrimRight(failure.Message, ".") + "”."
	}

	switch {
	case is(ErrDeclined):
		return Trouble{
			What:    "You chose not to link",
			Meaning: service + " gave no access.",
			Remedy:  "If that was a mistake, try again and approve on the page of " + service + ".",
			Action:  TryAgain,
		}
	case is(ErrNotConfirmed):
		return Trouble{
			What:    "You did not confirm the account",
			Meaning: "Photolink forgot the access it had been given. It stays listed on the page of " + service + " until you remove it there.",
			Remedy:  "Sign out on the page of " + service + ", then try again with the account that you want.",
			Action:  TryAgain,
		}
	case is(ErrTimedOut):
		return Trouble{
			What:    "Nobody approved in time",
			Meaning: "The sign-in was given up, so that no door stays open on this computer.",
			Remedy:  "Try again, and approve in the browser that opens. If the browser could not come back, use “Paste the address”.",
			Action:  TryAgain,
		}
	case is(provider.ErrKeyRefused, oauth.ProblemConsumerKeyUnknown, oauth.ProblemConsumerKeyRefused):
		return Trouble{
			What:    service + " does not accept this API key",
			Meaning: "The key is mistyped, or " + service + " has disabled or expired it." + said,
			Remedy:  "Compare it with the key on your page at " + service + ", or get a new one.",
			Action:  ChangeKey,
		}
	case is(oauth.ProblemSignatureInvalid) && step.Step == Ask:
		return Trouble{
			What:    "The API secret does not fit the key",
			Meaning: service + " knows the key, but the signature that the secret makes is wrong.",
			Remedy:  "Copy the secret once more from your page at " + service + ", without spaces.",
			Action:  ChangeKey,
		}
	case step.Step == Ask && refusedWithoutReason(err): // it states key and signature, and no token
		return Trouble{
			What:    service + " does not accept this API key",
			Meaning: "The key or its secret is mistyped, or " + service + " has disabled the key.",
			Remedy:  "Compare both with your page at " + service + ", or get a new key.",
			Action:  ChangeKey,
		}
	case is(oauth.ProblemVerifierInvalid, oauth.ProblemTokenUsed),
		is(oauth.ProblemTokenRejected, oauth.ProblemTokenExpired) && step.Step == Exchange:
		return Trouble{
			What:    "The approval came too late, or was used already",
			Meaning: "An approval can be used once, within some minutes.",
			Remedy:  "Try again; each try gets a new approval.",
			Action:  TryAgain,
		}
	case is(provider.ErrNoOAuth):
		return Trouble{
			What:    service + " lets no programs in",
			Meaning: "It is a WordPress site, but without the plugin “OAuth 1.0a Server”, which Photolink needs.",
			Remedy:  "Install the plugin, or ask whoever looks after the site to do so, then try again.",
			Action:  TryAgain,
		}
	case is(provider.ErrIDTaken):
		return Trouble{
			What:    "There is a service of this id already",
			Meaning: "Accounts remember their service by its id, so that no two can have the same.",
			Remedy:  "Change the line that begins with “id” in the file, then choose it again.",
			Action:  TryAgain,
		}
	case is(ErrKeyMissing):
		return Trouble{
			What:    "The access was found, but not the API key that it belongs to",
			Meaning: "A token works only with the key that it was given to. Nothing was changed.",
			Remedy:  "Take the key over first, from the settings of the same tool, then try again.",
		}
	case is(ErrLegacyRefused):
		return Trouble{
			What:    service + " does not know this old token",
			Meaning: "It belongs to another key, was withdrawn, or was exchanged more than a day ago. Nothing was changed." + said,
			Remedy:  "Compare token and key: both have to come from the same program. Or link the account in the browser instead.",
			Action:  ChangeKey,
		}
	case is(provider.ErrNotOffered):
		return Trouble{
			What:    service + " no longer exchanges old tokens",
			Meaning: "The old token was not touched. What it opens can be linked anew." + said,
			Remedy:  "Link the account in the browser.",
			Action:  LinkAgain,
		}
	case is(oauth.ProblemPermissionDenied) && p.PermissionNote != "":
		return Trouble{
			What:    service + " has not given this much access",
			Meaning: "You once granted less than what is needed now. " + p.PermissionNote,
			Remedy:  "Change it there, then try again.",
			Action:  TryAgain,
		}
	case withdrawn(err):
		return Trouble{
			What:    "Access was withdrawn on " + service,
			Meaning: service + " no longer accepts the access of this account. Somebody removed it there, or the key was disabled.",
			Remedy:  "Link the account again.",
			Action:  LinkAgain,
		}
	case is(provider.ErrIdentityDiffers):
		return Trouble{
			What:    service + " named two different people",
			Meaning: "The access belongs to another person than the one who is signed in, so nothing was stored.",
			Remedy:  "Sign out on the page of " + service + ", sign in as yourself, and try again.",
			Action:  TryAgain,
		}
	case is(oauth.ProblemCallbackRejected) && p.Callback.Rule != provider.AnyCallback:
		return Trouble{
			What:    service + " does not come back to an address that is not registered",
			Meaning: "The callback that belongs to your API key there is another one than the one that Photolink listens at.",
			Remedy: "Register " + p.Callback.Registered + " on the page of your key, letter by letter, or tell Photolink which address is " +
				"registered.",
			Action: ChangeKey,
		}
	case is(oauth.ErrCallbackNotConfirmed, oauth.ProblemCallbackRejected):
		return Trouble{
			What:    service + " does not promise to come back to Photolink",
			Meaning: "Without that promise somebody else could end up linked, so Photolink does not go on.",
			Remedy:  "Try again later. If it stays, the settings of your API key at " + service + " may demand another callback.",
			Action:  TryAgain,
		}
	case is(callback.ErrUnreachable):
		return Trouble{
			What:    "Something on this computer keeps Photolink from hearing your browser",
			Meaning: "Photolink listens on this computer for the answer of " + service + ", and could not reach itself there.",
			Remedy:  "Look whether a security program blocks connections to 127.0.0.1, allow them for Photolink, then try again.",
			Action:  TryAgain,
		}
	case is(callback.ErrPortTaken):
		return Trouble{
			What:    "Another program uses the port that " + service + " has to come back to",
			Meaning: "Photolink cannot listen for the answer: only one program can have a port.",
			Remedy:  "Close the other program, then try again. Or register an address with another port, and tell Photolink with the key.",
			Action:  TryAgain,
		}
	}
	if trouble, found := explainDisk(err); found {
		return trouble
	}
	if trouble, found := explainNetwork(err, service); found {
		return trouble
	}
	if trouble, found := explainAnswer(err, service, said); found {
		return trouble
	}
	return Trouble{
		What:    "Something went wrong that Photolink does not know",
		Meaning: "The line at the bottom says what it was.",
		Remedy:  "Try again. If it stays, report the line at the bottom.",
		Action:  TryAgain,
	}
}

// refusedWithoutReason reports whether a service answers with the status for keys, tokens and signatures that are wrong
// (RFC 5849 section 3.2), and does not say which it is in words that are known.
func refusedWithoutReason(err error) bool {
	failure, ok := errors.AsType[*oauth.Error](err)
	return ok && failure.Status == http.StatusUnauthorized && failure.Problem == ""
}

// explainToolFile is about the files of backup tools.
func explainToolFile(err error) (Trouble, bool) {
	var (
		path    *handover.PathError
		unknown *handover.UnknownError
		broken  *handover.BrokenError
	)
	switch {
	case errors.Is(err, handover.ErrChanged):
		return Trouble{
			What:    "The file changed in the meantime",
			Meaning: "Another program wrote to it after you were shown what would change, so nothing was written.",
			Remedy:  "Look at the changes once more.",
			Action:  TryAgain,
		}, true
	case errors.Is(err, handover.ErrNotThere):
		return Trouble{
			What:    "The account is no longer in that file",
			Meaning: "It was removed or replaced there, so there is nothing to take back.",
			Remedy:  "Hand it over again if the tool is to have it.",
		}, true
	case errors.As(err, &path):
		return Trouble{
			What:    "This file cannot be used",
			Meaning: path.Error() + ". Nothing was changed.",
			Remedy:  "Mend it, or choose another place for the file.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &unknown):
		return Trouble{
			What:    "This is not a file that Photolink knows",
			Meaning: "It " + unknown.Error() + ". Nothing was changed.",
			Remedy:  "Choose the settings file of a backup tool, or paste key and secret.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &broken):
		return Trouble{
			What:    "This file cannot be read",
			Meaning: "The " + broken.Error() + ". Nothing was changed.",
			Remedy:  "Mend it in the other program, then try again.",
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

// explainUnsaved is about new access that is nowhere but in memory; cause says why.
func explainUnsaved(cause Trouble) Trouble {
	return Trouble{
		What: "The new access is not saved yet",
		Meaning: "The old token was exchanged. What came for it is in memory only: please do not close Photolink. " +
			cause.What + ". " + cause.Meaning,
		Remedy: cause.Remedy,
		Action: cmp.Or(cause.Action, TryAgain),
	}
}

// explainDisk is about the list of accounts.
func explainDisk(err error) (Trouble, bool) {
	var (
		newer  *account.NewerIndexError
		broken *account.IndexError
		file   *fs.PathError
		rename *os.LinkError
	)
	switch {
	case errors.As(err, &newer):
		return Trouble{
			What:    "The list of accounts was written by a newer Photolink",
			Meaning: "This version does not know all of it, and leaves it alone rather than lose something.",
			Remedy:  "Install the newer version again.",
		}, true
	case errors.As(err, &broken):
		return Trouble{
			What:    "The list of accounts cannot be read",
			Meaning: "The file and its copy are damaged. The secrets in the keyring are not touched.",
			Remedy:  "Move the file that the line at the bottom names, and its backup, to another folder. Then link your accounts again.",
		}, true
	case errors.Is(err, syscall.ENOSPC):
		return Trouble{
			What:    "The disk is full",
			Meaning: "Photolink could not write its list of accounts.",
			Remedy:  "Make some room, then try again.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &file), errors.As(err, &rename):
		return Trouble{
			What:    "Photolink cannot use its list of accounts",
			Meaning: "The folder is gone, belongs to somebody else, is write-protected, or something else stands in its place.",
			Remedy:  "Look at the folder that the line at the bottom names, then try again.",
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

// explainNetwork is about answers that never came, or not whole.
func explainNetwork(err error, service string) (Trouble, bool) {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		operation   *net.OpError
		timeout     net.Error
	)
	switch {
	case errors.As(err, &certificate), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return Trouble{
			What:    "The connection to " + service + " is not safe",
			Meaning: "The certificate is not one that this computer trusts. Somebody may be listening, or the clock of this computer is wrong by months.",
			Remedy:  "Check the date of this computer, and whether a virus scanner or a network in between opens secure connections.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &operation) && operation.Op == "proxyconnect",
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)): // net/http has no type for it
		return Trouble{
			What:    "The proxy does not let Photolink through",
			Meaning: "The system settings send requests through a proxy, and it did not connect to " + service + ".",
			Remedy:  "Check the proxy settings of this computer, then try again.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &name):
		return Trouble{
			What:    service + " cannot be found",
			Meaning: "This computer is not connected to the internet, or its name service does not answer.",
			Remedy:  "Check the connection, then try again.",
			Action:  TryAgain,
		}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Trouble{
			What:    service + " does not answer",
			Meaning: "The connection was made or tried, and then nothing came for too long.",
			Remedy:  "Check the connection, then try again.",
			Action:  TryAgain,
		}, true
	case errors.As(err, &operation), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Trouble{
			What:    service + " cannot be reached",
			Meaning: "The service is down, or something between this computer and it refuses the connection.",
			Remedy:  "Check the connection and try again in some minutes.",
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

// explainAnswer is about answers that are no use; said is what the service said in words of its own, or empty.
func explainAnswer(err error, service, said string) (Trouble, bool) {
	failure := new(oauth.Error)
	status := 0
	if errors.As(err, &failure) {
		status = failure.Status
	}
	switch {
	case status == http.StatusTooManyRequests:
		wait := "some minutes"
		if d, err := time.ParseDuration(failure.RetryAfter + "s"); err == nil && d > 0 {
			wait = roughly(d)
		}
		return Trouble{
			What:    service + " asks for a pause",
			Meaning: "Too many requests were made with this API key; perhaps by another program.",
			Remedy:  "Wait " + wait + ", then try again.",
			Action:  TryAgain,
		}, true
	case status >= 500, errors.Is(err, provider.ErrUnavailable):
		return Trouble{
			What:    service + " is out of order",
			Meaning: "The service answered that it cannot work right now.",
			Remedy:  "Try again in some minutes.",
			Action:  TryAgain,
		}, true
	case failure.Problem != "", said != "":
		if said == "" {
			said = "It says: " + strings.ReplaceAll(string(failure.Problem), "_", " ") + "."
		}
		return Trouble{
			What:    service + " refuses the request",
			Meaning: strings.TrimSpace(said),
			Remedy:  "Try again. If it stays, report the line at the bottom.",
			Action:  TryAgain,
		}, true
	case status != 0, errors.Is(err, provider.ErrNotUnderstood), errors.Is(err, oauth.ErrMalformedResponse):
		return Trouble{
			What:    "The answer does not come from " + service + " as Photolink knows it",
			Meaning: "Another page stood in for the service, such as the sign-in page of a public network, or the service has changed.",
			Remedy:  "Open any web page to see whether the network wants something from you, then try again.",
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

func explainClock(say *language.Speaker, offset time.Duration, service string) Trouble {
	trouble := Trouble{
		What:    "Your computer’s clock is wrong",
		Meaning: service + " refuses requests whose time is too far off.",
		Remedy:  "Switch on “Set time automatically” in the system settings, then try again.",
		Action:  TryAgain,
	}
	if offset.Abs() < time.Minute { // the service did not tell its time, or its clock is not what it refuses
		return trouble
	}
	trouble.What = ClockWords(say, offset)
	trouble.Meaning += " Photolink corrected the time for this sign-in and tried once more, but " + service + " still refused."
	return trouble
}

// ClockWords says how wrong the clock of this computer is, given how far the service's clock is ahead of it.
func ClockWords(say *language.Speaker, offset time.Duration) string {
	direction := "slow"
	if offset < 0 {
		direction = "fast"
	}
	return fmt.Sprintf("Your computer’s clock is %s %s", roughly(offset.Abs()), direction)
}

func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", d.Round(time.Minute)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%d days", d.Round(24*time.Hour)/(24*time.Hour))
}

// elsewhere is the way on when a vault is of no use.
const elsewhere = "keep the secrets in a file encrypted with a passphrase, or link for this session only: then they are " +
	"forgotten when Photolink is closed"

func explainVault(vault *account.VaultError) Trouble {
	if vault.Vault == account.FileVault {
		return explainFileVault(vault)
	}
	trouble := Trouble{Action: OtherVault}
	switch vault.State {
	case account.VaultAbsent:
		trouble.What = "This computer has no keyring that Photolink can use"
		trouble.Meaning = "Photolink keeps secrets in the system keyring and never in plain files. None answers here."
		trouble.Remedy = "Install or start one (GNOME Keyring, KeePassXC or KWallet), " + elsewhere + "."
	case account.VaultLocked, account.VaultUnanswered:
		trouble.What = "The keyring is locked"
		trouble.Meaning = "Nobody answered the question for its password."
		trouble.Remedy = "Try again and unlock it, " + elsewhere + "."
	case account.VaultDismissed:
		trouble.What = "The keyring is locked, and its question was closed"
		trouble.Meaning = "Photolink stores nothing in a keyring that you do not open."
		trouble.Remedy = "Try again and unlock it, " + elsewhere + "."
	case account.VaultGone:
		trouble.What = "The keyring went away in the middle"
		trouble.Meaning = "The program that keeps it has stopped."
		trouble.Remedy = "Try again in a moment, " + elsewhere + "."
	case account.VaultNotFound, account.VaultDamaged:
		trouble.What = "The keyring no longer holds the secrets of this account"
		trouble.Meaning = "Another program removed or changed them."
		trouble.Remedy = "Link the account again."
		trouble.Action = LinkAgain
	case account.VaultNotStored:
		trouble.What = "The keyring says that it stored the secret, but did not"
		trouble.Meaning = "Photolink reads back what it stores. What came back was something else."
		trouble.Remedy = "Try again, " + elsewhere + "."
	case account.VaultTooBig:
		trouble.What = "The secrets are too large for the keyring"
		trouble.Meaning = "The keyring takes only small records."
		trouble.Remedy = "Report the line at the bottom. Meanwhile, " + elsewhere + "."
	default:
		trouble.What = "The keyring refuses"
		trouble.Meaning = "It answered with an error of its own."
		trouble.Remedy = "Try again, " + elsewhere + "."
	}
	return trouble
}

func explainFileVault(vault *account.VaultError) Trouble {
	switch vault.State {
	case account.VaultWrongPassphrase:
		return Trouble{
			What:    "This passphrase does not open the file",
			Meaning: "The file with the secrets is as it was.",
			Remedy:  "Try again with the passphrase that you chose for it.",
			Action:  TryAgain,
		}
	case account.VaultLocked, account.VaultUnanswered, account.VaultDismissed:
		return Trouble{
			What:    "The encrypted file is locked",
			Meaning: "Nobody typed its passphrase.",
			Remedy:  "Try again and type it.",
			Action:  TryAgain,
		}
	case account.VaultNotFound:
		return Trouble{
			What:    "The encrypted file no longer holds the secrets of this account",
			Meaning: "Another program removed or changed them, or an older copy of the file was put in its place.",
			Remedy:  "Link the account again.",
			Action:  LinkAgain,
		}
	case account.VaultDamaged:
		return Trouble{
			What:    "The encrypted file is damaged",
			Meaning: "It is not as Photolink wrote it, and is left alone.",
			Remedy:  "Put a copy in its place if you have one, or move it to another folder and link your accounts again.",
			Action:  TryAgain,
		}
	}
	return Trouble{
		What:    "The encrypted file cannot be used",
		Meaning: "Reading or writing it went wrong; the line at the bottom says how.",
		Remedy:  "Try again. If it stays, report the line at the bottom.",
		Action:  TryAgain,
	}
}
