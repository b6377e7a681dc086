package link_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// troubleRow is an error, and what the person is told about it.
type troubleRow struct {
	name   string
	err    error
	step   link.Step // empty if it happens outside of a link
	what   string
	action link.Action
	says   string                   // a part of Meaning and Remedy
	about  func() provider.Provider // nil means Flickr, and on the page a service without a name
}

// full is the error as it arrives.
func (r troubleRow) full() error {
	if r.step == "" {
		return r.err
	}
	return &link.StepError{Step: r.step, Err: r.err}
}

// troubleGroup is a part of the page docs/errors.md.
type troubleGroup struct {
	heading string
	rows    []troubleRow
}

func problem(problem oauth.Problem) error { return &oauth.Error{Status: 401, Problem: problem} }

func pause(after string) error { return &oauth.Error{Status: 429, RetryAfter: after} }

func disk(err error) error { return &fs.PathError{Op: "open", Path: "/home/GEOFF/photolink", Err: err} }

func keyring(state account.VaultState) error {
	return &account.VaultError{Vault: "keyring", State: state}
}

func file(state account.VaultState) error {
	return &account.VaultError{Vault: account.FileVault, State: state}
}

func tool(err error) error { return &handover.PathError{Path: "/home/ada/.gallery-dl.conf", Err: err} }

func builtIn(id string) func() provider.Provider {
	return func() provider.Provider {
		all := provider.BuiltIn()
		return all[slices.IndexFunc(all, func(p provider.Provider) bool { return p.ID == id })]
	}
}

// everyTrouble has all that a person can be told, in the order of docs/errors.md.
func everyTrouble() []troubleGroup {
	return []troubleGroup{
		{"The approval", []troubleRow{
			{"declined", link.ErrDeclined, link.Authorize, "You chose not to link", link.TryAgain, "Flickr gave no access", nil},
			{"timed out", link.ErrTimedOut, link.Authorize, "Nobody approved in time", link.TryAgain, "Paste the address", nil},
			{
				"not confirmed", link.ErrNotConfirmed, link.Identify,
				"You did not confirm the account", link.TryAgain, "forgot the access", nil,
			},
			{
				"wrong account", provider.ErrIdentityDiffers, link.Identify,
				"Flickr named two different people", link.TryAgain, "Sign out", nil,
			},
			{
				"verifier wrong", problem(oauth.ProblemVerifierInvalid), link.Exchange,
				"The approval came too late, or was used already", link.TryAgain, "once", nil,
			},
			{
				"token used", problem(oauth.ProblemTokenUsed), link.Exchange,
				"The approval came too late, or was used already", link.TryAgain, "once", nil,
			},
			{
				"request token expired", problem(oauth.ProblemTokenExpired), link.Exchange,
				"The approval came too late, or was used already", link.TryAgain, "once", nil,
			},
			{
				"request token rejected", problem(oauth.ProblemTokenRejected), link.Exchange,
				"The approval came too late, or was used already", link.TryAgain, "once", nil,
			},
		}},
		{"The API key", []troubleRow{
			{
				"key unknown", problem(oauth.ProblemConsumerKeyUnknown), link.Ask,
				"Flickr does not accept this API key", link.ChangeKey, "Compare it", nil,
			},
			{
				"key disabled", problem(oauth.ProblemConsumerKeyRefused), "",
				"Flickr does not accept this API key", link.ChangeKey, "Compare it", nil,
			},
			{
				"secret wrong", problem(oauth.ProblemSignatureInvalid), link.Ask,
				"The API secret does not fit the key", link.ChangeKey, "Copy the secret", nil,
			},
			{
				"key or secret refused without a word", &oauth.Error{Status: 401}, link.Ask,
				"Flickr does not accept this API key", link.ChangeKey, "The key or its secret is mistyped", nil,
			},
			{
				"key in use", fmt.Errorf("key %q: %w", "mine", account.ErrKeyInUse), "",
				"An account still needs this API key", link.NothingToDo, "Unlink the accounts", nil,
			},
		}},
		{"What cannot be done now", []troubleRow{
			{"undone too late", link.ErrTooLate, "", "It is too late to undo this", link.LinkAgain, "Link the account again", nil},
			{"undone after linking again", account.ErrLinkedAgain, "", "This person is linked again already", link.NothingToDo, "in the list", nil},
			{"key that cannot be tried", link.ErrCannotTest, "", "Flickr does not tell whether this key works", link.NothingToDo, "Link an account with the key", nil},
			{"chosen browser missing", fmt.Errorf("open: %w", link.ErrNoBrowser), "", "The browser of your settings is not there", link.TryAgain, "choose another browser", nil},
			{"service unknown", link.ErrUnknownService, "", "This Photolink does not know the service", link.NothingToDo, "add the service again", nil},
			{"key alone", link.ErrNothingToTakeOver, "", "There is no access in it, only a key", link.NothingToDo, "Keep the key", nil},
			{"bundle that does not open", link.ErrBadBundle, "", "This file cannot be opened", link.TryAgain, "passphrase", nil},
			{"bundle of a newer version", link.ErrNewerBundle, "", "A newer Photolink made this file", link.NothingToDo, "on this computer too", nil},
			{"settings of a newer version", link.ErrNewerSettings, "", "A newer Photolink wrote the settings", link.NothingToDo, "Install the newer version", nil},
		}},
		{"The access to an account", []troubleRow{
			{
				"token expired", problem(oauth.ProblemTokenExpired), "",
				"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again", nil,
			},
			{
				"token rejected", problem(oauth.ProblemTokenRejected), link.Identify,
				"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again", nil,
			},
			{
				"token revoked", problem(oauth.ProblemTokenRevoked), "",
				"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again", nil,
			},
			{
				"token refused", &provider.ServiceError{Code: 98, Message: "Invalid auth token", Err: provider.ErrTokenRefused}, "",
				"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again", nil,
			},
			{
				"permission denied", problem(oauth.ProblemPermissionDenied), link.Identify,
				"SmugMug has not given this much access", link.TryAgain, "keeps the level", builtIn("smugmug"),
			},
		}},
		{"The way back from the browser", []troubleRow{
			{
				"port taken", fmt.Errorf("%w: %w", callback.ErrPortTaken, syscall.EADDRINUSE), link.Prepare,
				"Another program uses the port that Flickr has to come back to", link.TryAgain, "Close the other program", nil,
			},
			{
				"own computer unreachable", callback.ErrUnreachable, link.Prepare,
				"Something on this computer keeps Photolink from hearing your browser", link.TryAgain, "127.0.0.1", nil,
			},
			{
				"callback not confirmed", oauth.ErrCallbackNotConfirmed, link.Ask,
				"Flickr does not promise to come back to Photolink", link.TryAgain, "somebody else", nil,
			},
			{
				"callback refused", problem(oauth.ProblemCallbackRejected), link.Ask,
				"Flickr does not promise to come back to Photolink", link.TryAgain, "another callback, which is", nil,
			},
			{
				"callback not registered", problem(oauth.ProblemCallbackRejected), link.Ask,
				"Wikimedia Commons does not come back to an address that is not registered", link.ChangeKey,
				"register the address http://127.0.0.1:1/callback,", builtIn("commons"),
			},
		}},
		{"The network", []troubleRow{
			{
				"no network", &net.DNSError{Err: "no such host", Name: "www.flickr.com", IsNotFound: true}, link.Prepare,
				"Flickr cannot be found", link.TryAgain, "not connected", nil,
			},
			{
				"no route", &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, link.Prepare,
				"Flickr cannot be reached", link.TryAgain, "Check the connection", nil,
			},
			{
				"not allowed", &net.OpError{Op: "dial", Err: syscall.EACCES}, link.Prepare,
				"Flickr cannot be reached", link.TryAgain, "Check the connection", nil,
			},
			{
				"cut off", &oauth.Error{Status: 200, Err: io.ErrUnexpectedEOF}, link.Prepare,
				"Flickr cannot be reached", link.TryAgain, "Check the connection", nil,
			},
			{"never answered", context.DeadlineExceeded, link.Prepare, "Flickr does not answer", link.TryAgain, "too long", nil},
			{
				"never answered to the end", &oauth.Error{Status: 200, Err: context.DeadlineExceeded}, link.Prepare,
				"Flickr does not answer", link.TryAgain, "too long", nil,
			},
			{
				"certificate not trusted", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, link.Prepare,
				"The connection to Flickr is not safe", link.TryAgain, "not one that this computer trusts", nil,
			},
			{
				"proxy", &net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}, link.Prepare,
				"The proxy does not let Photolink through", link.TryAgain, "another computer", nil,
			},
		}},
		{"The answer of a service", []troubleRow{
			{
				"not understood", provider.ErrNotUnderstood, link.Identify,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"no credentials", &oauth.Error{Status: 200, Err: oauth.ErrMalformedResponse}, link.Ask,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"too large", &oauth.Error{Status: 200, Err: oauth.ErrResponseTooLarge}, link.Ask,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"redirected", &oauth.Error{Status: 302, Err: oauth.ErrRedirected}, link.Ask,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"not found", &oauth.Error{Status: 404}, link.Ask,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"refused without a word later", &oauth.Error{Status: 401}, link.Exchange,
				"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network", nil,
			},
			{
				"service down", &oauth.Error{Status: 503}, link.Prepare,
				"Flickr is out of order", link.TryAgain, "some minutes", nil,
			},
			{
				"service says so", &provider.ServiceError{Code: 105, Message: "Sorry", Err: provider.ErrUnavailable}, link.Identify,
				"Flickr is out of order", link.TryAgain, "some minutes", nil,
			},
			{"rate limit", pause(""), link.Prepare, "Flickr asks for a pause", link.TryAgain, "Wait some minutes,", nil},
			{
				"rate limit, seconds", pause("45"), link.Prepare,
				"Flickr asks for a pause", link.TryAgain, "Wait 45 seconds,", nil,
			},
			{
				"a refusal in the service's own words", &provider.ServiceError{Code: 7, Message: "No photos on Sundays."}, link.Identify,
				"Flickr refuses the request", link.TryAgain, "Flickr says: “No photos on Sundays”.", nil,
			},
		}},
		{"The clock", []troubleRow{
			{
				"clock slow", &link.ClockError{Offset: 20 * time.Minute, Err: problem(oauth.ProblemTimestampRefused)}, link.Ask,
				"Your computer’s clock is 20 minutes slow", link.TryAgain, "Set time automatically", nil,
			},
			{
				"clock fast", &link.ClockError{Offset: -90 * time.Second, Err: problem(oauth.ProblemTimestampRefused)}, link.Ask,
				"Your computer’s clock is 90 seconds fast", link.TryAgain, "corrected the time", nil,
			},
			{
				"clock of a service that does not tell", &link.ClockError{}, link.Ask,
				"Your computer’s clock is wrong", link.TryAgain, "too far off", nil,
			},
			{
				"clock that seems right", &link.ClockError{Offset: 2 * time.Second}, link.Ask,
				"Your computer’s clock is wrong", link.TryAgain, "too far off", nil,
			},
		}},
		{"The keyring", []troubleRow{
			{
				"keyring absent", keyring(account.VaultAbsent), link.Prepare,
				"This computer has no keyring that Photolink can use", link.OtherVault, "session only", nil,
			},
			{
				"keyring locked", keyring(account.VaultLocked), link.Prepare,
				"The keyring is locked", link.OtherVault, "type the password", nil,
			},
			{
				"keyring unanswered", keyring(account.VaultUnanswered), link.Prepare,
				"The keyring is locked", link.OtherVault, "type the password", nil,
			},
			{
				"keyring dismissed", keyring(account.VaultDismissed), link.Prepare,
				"The keyring is locked, and its question was closed", link.OtherVault, "type the password", nil,
			},
			{
				"keyring gone", keyring(account.VaultGone), link.Save,
				"The keyring went away in the middle", link.OtherVault, "in a moment", nil,
			},
			{
				"keyring refuses", keyring(account.VaultRefused), link.Save,
				"The keyring refuses", link.OtherVault, "session only", nil,
			},
			{
				"keyring full", keyring(account.VaultTooBig), link.Save,
				"The secrets are too large for the keyring", link.OtherVault, "small records", nil,
			},
			{
				"keyring lies", keyring(account.VaultNotStored), link.Save,
				"The keyring says that it stored the secret, but did not", link.OtherVault, "reads back", nil,
			},
			{
				"keyring without the record", keyring(account.VaultNotFound), "",
				"The keyring no longer holds the secrets of this account", link.LinkAgain, "removed or changed", nil,
			},
			{
				"keyring with another record", keyring(account.VaultDamaged), "",
				"The keyring no longer holds the secrets of this account", link.LinkAgain, "removed or changed", nil,
			},
		}},
		{"The encrypted file", []troubleRow{
			{
				"wrong passphrase", file(account.VaultWrongPassphrase), "",
				"This passphrase does not open the file", link.TryAgain, "the passphrase that you chose", nil,
			},
			{"file locked", file(account.VaultLocked), "", "The encrypted file is locked", link.TryAgain, "type the passphrase", nil},
			{"file unanswered", file(account.VaultUnanswered), "", "The encrypted file is locked", link.TryAgain, "type the passphrase", nil},
			{"file dismissed", file(account.VaultDismissed), "", "The encrypted file is locked", link.TryAgain, "type the passphrase", nil},
			{
				"file without the record", file(account.VaultNotFound), "",
				"The encrypted file no longer holds the secrets of this account", link.LinkAgain, "older copy", nil,
			},
			{"file damaged", file(account.VaultDamaged), "", "The encrypted file is damaged", link.TryAgain, "Put a copy", nil},
			{
				"file of a newer version", file(account.VaultNewer), "",
				"The encrypted file was written by a newer Photolink", link.NothingToDo, "Install the newer version", nil,
			},
			{"file refused", file(account.VaultRefused), "", "The encrypted file cannot be used", link.TryAgain, "at the bottom", nil},
		}},
		{"The list of accounts, and the disk", []troubleRow{
			{"disk full", disk(syscall.ENOSPC), link.Save, "The disk is full", link.TryAgain, "Make some room", nil},
			{
				"not allowed to write", disk(syscall.EACCES), link.Save,
				"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom", nil,
			},
			{
				"read only", disk(syscall.EROFS), link.Save,
				"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom", nil,
			},
			{
				"file in the way", disk(syscall.ENOTDIR), link.Save,
				"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom", nil,
			},
			{
				"folder in the way", &os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EISDIR}, link.Save,
				"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom", nil,
			},
			{
				"newer list", &account.NewerIndexError{Path: "/accounts.json", Version: 2}, "",
				"The list of accounts was written by a newer Photolink", link.NothingToDo, "newer version", nil,
			},
			{
				"broken list", &account.IndexError{Path: "/accounts.json", Err: io.ErrUnexpectedEOF}, "",
				"The list of accounts cannot be read", link.NothingToDo, "Move the file", nil,
			},
			{
				"changed by another", fmt.Errorf("key %q: %w", "mine", account.ErrChanged), "",
				"Another window changed this in the meantime", link.TryAgain, "That change was kept", nil,
			},
			{
				"removed by another", fmt.Errorf("account %q: %w", "ada", account.ErrNotFound), "",
				"This is no longer in the list", link.NothingToDo, "was removed", nil,
			},
		}},
		{"The files of backup tools", []troubleRow{
			{
				"not a file of a tool", &handover.UnknownError{Expected: "keys or tokens", Found: "a picture"}, "",
				"This is not a file that Photolink knows", link.TryAgain, "found nothing that it can use", nil,
			},
			{
				"line of a tool's file broken", tool(&handover.BrokenError{Tool: "gallery-dl", Line: 1234, Reason: "not valid JSON"}), "",
				"This file cannot be read", link.TryAgain, "Its line 1,234 is not", nil,
			},
			{
				"tool's file broken", &handover.BrokenError{Reason: "the database is damaged"}, "",
				"This file cannot be read", link.TryAgain, "It is not as Photolink expects it.", nil,
			},
			{
				"database in use", tool(&handover.BrokenError{Tool: "gallery-dl", InUse: true, Reason: "a program is writing to it"}), "",
				"Another program is using this file", link.TryAgain, "Close the program", nil,
			},
			{
				"tool's file not to be opened", tool(fs.ErrPermission), "",
				"This file cannot be used", link.TryAgain, "/home/ada/.gallery-dl.conf: it belongs to somebody else", nil,
			},
			{
				"tool's file not found", tool(fs.ErrNotExist), "",
				"This file cannot be found", link.TryAgain, "nothing at /home/ada/.gallery-dl.conf.", nil,
			},
			{
				"tool's file in the way", tool(errors.New("there is a folder of this name")), "",
				"This file cannot be used", link.TryAgain, "cannot use /home/ada/.gallery-dl.conf.", nil,
			},
			{"changed since the preview", tool(handover.ErrChanged), "", "The file changed in the meantime", link.TryAgain, "nothing was written", nil},
			{
				"nothing to take back", tool(handover.ErrNotThere), "",
				"The account is no longer in that file", link.NothingToDo, "nothing to take back", nil,
			},
			{"key missing", link.ErrKeyMissing, "", "The access was found, but not the API key that it belongs to", link.NothingToDo, "Take the key over first", nil},
		}},
		{"Old tokens of Flickr", []troubleRow{
			{
				"legacy token unknown", fmt.Errorf("%w: %w", link.ErrLegacyRefused,
					&provider.ServiceError{Code: 98, Message: "Invalid auth token.", Err: provider.ErrTokenRefused}), link.Ask,
				"Flickr does not know this old token", link.ChangeKey, "Flickr says: “Invalid auth token”.", nil,
			},
			{
				"legacy tokens no longer exchanged", provider.ErrNotOffered, link.Ask,
				"Flickr no longer exchanges old tokens", link.LinkAgain, "is as it was", nil,
			},
			{
				"exchanged, not saved", &link.UnsavedError{Err: keyring(account.VaultLocked)}, "",
				"The new access is not saved yet", link.OtherVault, "Saving it did not work: The keyring is locked.", nil,
			},
		}},
		{"Services of your own", []troubleRow{
			{
				"no plugin", fmt.Errorf("blog.example: %w", provider.ErrNoOAuth), "",
				"Flickr lets no programs in", link.TryAgain, "Install the plugin", nil,
			},
			{"id taken", fmt.Errorf("%w: flickr", provider.ErrIDTaken), "", "There is a service of this id already", link.TryAgain, "“id”", nil},
			{
				"broken file", &provider.FileError{File: "mine.toml", Line: 7, Reason: "name is missing"}, "",
				"This file does not describe a service", link.TryAgain, "Line 7 of the file mine.toml is not", nil,
			},
			{
				"file of a newer version", &provider.NewerFileError{File: "mine.toml", Version: 2}, "",
				"This file is for a newer Photolink", link.NothingToDo, "then choose the file again", nil,
			},
		}},
		{"Everything else", []troubleRow{
			{
				"unheard of", errors.New("unheard of"), link.Save,
				"Something went wrong that Photolink does not know", link.TryAgain, "report the line", nil,
			},
		}},
	}
}

// moreTroubles are said with words of everyTrouble.
func moreTroubles() []troubleRow {
	return []troubleRow{
		{
			"key refused", &provider.ServiceError{Code: 100, Message: "Invalid API Key", Err: provider.ErrKeyRefused}, link.Prepare,
			"Flickr does not accept this API key", link.ChangeKey, "has expired", nil,
		},
		{
			"signature wrong later", problem(oauth.ProblemSignatureInvalid), link.Identify,
			"Flickr refuses the request", link.TryAgain, "Flickr says: “signature invalid”.", nil,
		},
		{
			"key refused, with a reason", &provider.ServiceError{Code: 401, Message: "API key lacks v2 access", Err: provider.ErrKeyRefused}, link.Identify,
			"Flickr does not accept this API key", link.ChangeKey, "Flickr says: “API key lacks v2 access”.", nil,
		},
		{
			"clock off by hours", &link.ClockError{Offset: 11*time.Hour + 40*time.Minute}, "",
			"Your computer’s clock is 12 hours slow", link.TryAgain, "corrected the time", nil,
		},
		{
			"clock off by days", &link.ClockError{Offset: -400 * 24 * time.Hour}, "",
			"Your computer’s clock is 400 days fast", link.TryAgain, "corrected the time", nil,
		},
		{
			"rate limit, minutes", pause("3600"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait 60 minutes,", nil,
		},
		{
			"rate limit, a date", pause("Wed, 21 Oct 2026 07:28:00 GMT"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait some minutes,", nil,
		},
		{
			"rate limit, nonsense", pause("-5"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait some minutes,", nil,
		},
		{
			"another problem", problem("additional_authorization_required"), link.Ask,
			"Flickr refuses the request", link.TryAgain, "Flickr says: “additional authorization required”.", nil,
		},
		{
			"the same with its status", fmt.Errorf("%w: %w", &provider.ServiceError{Message: "No photos on Sundays"},
				&oauth.Error{Status: 403}), link.Identify,
			"Flickr refuses the request", link.TryAgain, "Flickr says: “No photos on Sundays”.", nil,
		},
		{
			"database of another program in the way", tool(&handover.UnknownError{Expected: "keys", Found: "a folder"}), "",
			"This file cannot be used", link.TryAgain, "cannot use /home/ada/.gallery-dl.conf.", nil,
		},
		{
			"no room for a tool's file", tool(syscall.ENOSPC), "",
			"The disk is full", link.TryAgain, "still there", nil,
		},
		{
			"no room for the encrypted file", &account.VaultError{Vault: account.FileVault, State: account.VaultRefused, Err: disk(syscall.ENOSPC)}, "",
			"The disk is full", link.TryAgain, "still there", nil,
		},
		{
			"exchanged, not saved, try again", &link.UnsavedError{Err: &account.NewerIndexError{Path: "/accounts.json", Version: 2}}, "",
			"The new access is not saved yet", link.TryAgain, "newer Photolink.", nil,
		},
	}
}

func TestExplain(t *testing.T) {
	rows := moreTroubles()
	for _, group := range everyTrouble() {
		rows = append(rows, group.rows...)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			about := provider.Flickr()
			if row.about != nil {
				about = row.about()
			}
			err := row.full()
			for _, err := range []error{err, fmt.Errorf("twice: %w", fmt.Errorf("once: %w", err))} {
				got := link.Explain(nil, err, about)
				if got.What != row.what || got.Action != row.action {
					t.Errorf("%v: got %q, %q, want %q, %q", err, got.What, got.Action, row.what, row.action)
				}
				if words := got.Meaning + " " + got.Remedy; !strings.Contains(words, row.says) {
					t.Errorf("%v: %q is not in %q", err, row.says, words)
				}
				if got.Meaning == "" || got.Remedy == "" || got.Technical != err.Error() {
					t.Errorf("%v: incomplete: %+v", err, got)
				}
				if strings.HasSuffix(got.What, ".") || !strings.HasSuffix(got.Meaning, ".") || !strings.HasSuffix(got.Remedy, ".") {
					t.Errorf("full stops: %+v", got)
				}
			}
		})
	}
}

// A service without a name, as before one is chosen, has words that fit into a sentence, and at its beginning.
func TestExplainWithoutAName(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want link.Trouble
	}{
		{"at the beginning", &oauth.Error{Status: 429}, link.Trouble{
			What:    "The service asks for a pause",
			Meaning: "The service was asked too often with this API key, perhaps by another program.",
		}},
		{"inside", &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, link.Trouble{
			What: "The proxy does not let Photolink through",
			Meaning: "A proxy is another computer that stands between this one and the internet. The settings say to go through one, " +
				"and it made no connection to the service.",
		}},
		{
			"after another sentence", &provider.ServiceError{Message: "Sorry", Err: provider.ErrKeyRefused},
			link.Trouble{
				What:    "The service does not accept this API key",
				Meaning: "The key is mistyped, or has expired, or the service has disabled it. The service says: “Sorry”.",
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := link.Explain(nil, row.err, provider.Provider{}); got.What != row.want.What || got.Meaning != row.want.Meaning {
				t.Errorf("got %q, %q, want %q, %q", got.What, got.Meaning, row.want.What, row.want.Meaning)
			}
		})
	}
}

// What net/http says depends on its version, so these errors are made for real.
func TestExplainTheNetwork(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	sentry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer sentry.Close()
	rude := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer rude.Close()
	brief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "{")
	}))
	defer brief.Close()
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = deaf.Close() }()

	for _, row := range []struct {
		name, target, proxy string
		patience            time.Duration
		what                string
	}{
		{name: "nobody listens", target: gone.URL, what: "Flickr cannot be reached"},
		{name: "hangs up", target: rude.URL, what: "Flickr cannot be reached"},
		{name: "hangs up in the middle", target: brief.URL, what: "Flickr cannot be reached"},
		{name: "never answers", target: "http://" + deaf.Addr().String(), patience: 10 * time.Millisecond, what: "Flickr does not answer"},
		{name: "certificate not trusted", target: secure.URL, what: "The connection to Flickr is not safe"},
		{name: "no TLS at all", target: strings.Replace(plain.URL, "http:", "https:", 1), what: "The connection to Flickr is not safe"},
		{name: "no proxy where one should be", target: secure.URL, proxy: gone.URL, what: "The proxy does not let Photolink through"},
		{name: "proxy wants a password", target: secure.URL, proxy: sentry.URL, what: "The proxy does not let Photolink through"},
		{name: "another page", target: plain.URL, what: "The answer does not come from Flickr as Photolink knows it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			if row.proxy != "" {
				proxy, err := url.Parse(row.proxy)
				if err != nil {
					t.Fatal(err)
				}
				transport.Proxy = http.ProxyURL(proxy)
			}
			client := &oauth.Client{HTTPClient: &http.Client{Transport: transport, Timeout: row.patience}}
			_, err := client.UnsignedGet(t.Context(), row.target+"/?oauth_token=canary")
			got := link.Explain(nil, fmt.Errorf("check: %w", err), provider.Flickr())
			if got.What != row.what {
				t.Errorf("got %q, want %q, for %v", got.What, row.what, err)
			}
			if strings.Contains(got.Technical, "canary") {
				t.Errorf("the address is in %q", got.Technical)
			}
		})
	}
}

func TestTechnicalIsOneShortLine(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"lines", errors.Join(errors.New("one"), errors.New("two\r\n\tthree")), "one two three"},
		{
			"what the service said", &oauth.Error{Status: 404, Body: "Callback URL\nis invalid"},
			"HTTP status 404 · Callback URL is invalid",
		},
		{
			"what the service said beside a problem", &oauth.Error{Status: 401, Problem: "nonce_used", Body: "oauth_problem=nonce_used"},
			"nonce_used: HTTP status 401",
		},
		{"long", errors.New(strings.Repeat("é", 1000)), strings.Repeat("é", 239) + "…"},
		{
			"long answer", &oauth.Error{Status: 404, Body: strings.Repeat("é", 512)},
			"HTTP status 404 · " + strings.Repeat("é", 221) + "…",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := link.Explain(nil, row.err, provider.Flickr()).Technical
			if got != row.want || !utf8.ValidString(got) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
