package link_test

import (
	"context"
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
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
)

func TestExplain(t *testing.T) {
	problem := func(problem oauth.Problem) error { return &oauth.Error{Status: 401, Problem: problem} }
	vault := func(state account.VaultState) error { return &account.VaultError{Vault: "keyring", State: state} }
	pause := func(after string) error { return &oauth.Error{Status: 429, RetryAfter: after} }
	disk := func(err error) error { return &fs.PathError{Op: "open", Path: "/home/GEOFF/photolink", Err: err} }
	for _, row := range []struct {
		name   string
		err    error
		step   link.Step // empty if it happens outside of a link
		what   string
		action link.Action
		says   string // a part of Meaning and Remedy
	}{
		// The person.
		{"declined", link.ErrDeclined, link.Authorize, "You chose not to link", link.TryAgain, "Flickr gave no access"},
		{
			"not confirmed", link.ErrNotConfirmed, link.Identify,
			"You did not confirm the account", link.TryAgain, "forgot the access",
		},
		{"timed out", link.ErrTimedOut, link.Authorize, "Nobody approved in time", link.TryAgain, "Paste the address"},

		// The key.
		{
			"key refused", &provider.ServiceError{Code: 100, Message: "Invalid API Key", Err: provider.ErrKeyRefused}, link.Prepare,
			"Flickr does not accept this API key", link.ChangeKey, "disabled or expired",
		},
		{
			"key unknown", problem(oauth.ProblemConsumerKeyUnknown), link.Ask,
			"Flickr does not accept this API key", link.ChangeKey, "Compare it",
		},
		{
			"key disabled", problem(oauth.ProblemConsumerKeyRefused), "",
			"Flickr does not accept this API key", link.ChangeKey, "Compare it",
		},
		{
			"secret wrong", problem(oauth.ProblemSignatureInvalid), link.Ask,
			"The API secret does not fit the key", link.ChangeKey, "Copy the secret",
		},
		{
			"key or secret refused without a word", &oauth.Error{Status: 401}, link.Ask,
			"Flickr does not accept this API key", link.ChangeKey, "The key or its secret is mistyped",
		},
		{
			"refused without a word later", &oauth.Error{Status: 401}, link.Exchange,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},
		{
			"signature wrong later", problem(oauth.ProblemSignatureInvalid), link.Identify,
			"Flickr refuses the request", link.TryAgain, "It says: signature invalid.",
		},

		// The approval and the access.
		{
			"verifier wrong", problem(oauth.ProblemVerifierInvalid), link.Exchange,
			"The approval came too late, or was used already", link.TryAgain, "once",
		},
		{
			"token used", problem(oauth.ProblemTokenUsed), link.Exchange,
			"The approval came too late, or was used already", link.TryAgain, "once",
		},
		{
			"request token expired", problem(oauth.ProblemTokenExpired), link.Exchange,
			"The approval came too late, or was used already", link.TryAgain, "once",
		},
		{
			"request token rejected", problem(oauth.ProblemTokenRejected), link.Exchange,
			"The approval came too late, or was used already", link.TryAgain, "once",
		},
		{
			"token expired", problem(oauth.ProblemTokenExpired), "",
			"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again",
		},
		{
			"token rejected", problem(oauth.ProblemTokenRejected), link.Identify,
			"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again",
		},
		{
			"token revoked", problem(oauth.ProblemTokenRevoked), "",
			"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again",
		},
		{
			"token refused", &provider.ServiceError{Code: 98, Message: "Invalid auth token", Err: provider.ErrTokenRefused}, "",
			"Access was withdrawn on Flickr", link.LinkAgain, "Link the account again",
		},
		{
			"wrong account", provider.ErrIdentityDiffers, link.Identify,
			"Flickr named two different people", link.TryAgain, "Sign out",
		},

		// The callback.
		{
			"callback not confirmed", oauth.ErrCallbackNotConfirmed, link.Ask,
			"Flickr does not promise to come back to Photolink", link.TryAgain, "somebody else",
		},
		{
			"callback refused", problem(oauth.ProblemCallbackRejected), link.Ask,
			"Flickr does not promise to come back to Photolink", link.TryAgain, "another callback",
		},
		{
			"port taken", fmt.Errorf("%w: %w", callback.ErrPortTaken, syscall.EADDRINUSE), link.Prepare,
			"Another program uses the port that Flickr has to come back to", link.TryAgain, "Close the other program",
		},

		// Services of one's own.
		{
			"no plugin", fmt.Errorf("blog.example: %w", provider.ErrNoOAuth), "",
			"Flickr lets no programs in", link.TryAgain, "Install the plugin",
		},
		{"id taken", fmt.Errorf("%w: flickr", provider.ErrIDTaken), "", "There is a service of this id already", link.TryAgain, "“id”"},
		{
			"broken file", &provider.FileError{File: "mine.toml", Line: 7, Reason: "name is missing"}, "",
			"This file does not describe a service", link.TryAgain, "mine.toml, line 7: name is missing. Nothing",
		},

		{"key missing", link.ErrKeyMissing, "", "The access was found, but not the API key that it belongs to", link.NothingToDo, "Take the key over first"},

		// Tokens of before OAuth.
		{
			"legacy token unknown", fmt.Errorf("%w: %w", link.ErrLegacyRefused,
				&provider.ServiceError{Code: 98, Message: "Invalid auth token.", Err: provider.ErrTokenRefused}), link.Ask,
			"Flickr does not know this old token", link.ChangeKey, "It says: “Invalid auth token”.",
		},
		{
			"legacy tokens no longer exchanged", provider.ErrNotOffered, link.Ask,
			"Flickr no longer exchanges old tokens", link.LinkAgain, "was not touched",
		},
		{
			"key refused, with a reason", &provider.ServiceError{Code: 401, Message: "API key lacks v2 access", Err: provider.ErrKeyRefused}, link.Identify,
			"Flickr does not accept this API key", link.ChangeKey, "It says: “API key lacks v2 access”.",
		},

		// The clock.
		{
			"clock slow", &link.ClockError{Offset: 20 * time.Minute, Err: problem(oauth.ProblemTimestampRefused)}, link.Ask,
			"Your computer’s clock is 20 minutes slow", link.TryAgain, "Set time automatically",
		},
		{
			"clock fast", &link.ClockError{Offset: -90 * time.Second, Err: problem(oauth.ProblemTimestampRefused)}, link.Ask,
			"Your computer’s clock is 90 seconds fast", link.TryAgain, "corrected the time",
		},
		{
			"clock off by hours", &link.ClockError{Offset: 11*time.Hour + 40*time.Minute}, "",
			"Your computer’s clock is 12 hours slow", link.TryAgain, "corrected the time",
		},
		{
			"clock off by days", &link.ClockError{Offset: -400 * 24 * time.Hour}, "",
			"Your computer’s clock is 400 days fast", link.TryAgain, "corrected the time",
		},
		{
			"clock of a service that does not tell", &link.ClockError{}, link.Ask,
			"Your computer’s clock is wrong", link.TryAgain, "too far off",
		},
		{
			"clock that seems right", &link.ClockError{Offset: 2 * time.Second}, link.Ask,
			"Your computer’s clock is wrong", link.TryAgain, "too far off",
		},

		// The answer.
		{"rate limit", pause(""), link.Prepare, "Flickr asks for a pause", link.TryAgain, "Wait some minutes,"},
		{
			"rate limit, seconds", pause("45"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait 45 seconds,",
		},
		{
			"rate limit, minutes", pause("3600"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait 60 minutes,",
		},
		{
			"rate limit, a date", pause("Wed, 21 Oct 2026 07:28:00 GMT"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait some minutes,",
		},
		{
			"rate limit, nonsense", pause("-5"), link.Prepare,
			"Flickr asks for a pause", link.TryAgain, "Wait some minutes,",
		},
		{
			"service down", &oauth.Error{Status: 503}, link.Prepare,
			"Flickr is out of order", link.TryAgain, "some minutes",
		},
		{
			"service says so", &provider.ServiceError{Code: 105, Message: "Sorry", Err: provider.ErrUnavailable}, link.Identify,
			"Flickr is out of order", link.TryAgain, "some minutes",
		},
		{
			"another problem", problem("additional_authorization_required"), link.Ask,
			"Flickr refuses the request", link.TryAgain, "It says: additional authorization required.",
		},
		{
			"a refusal in the service's own words", &provider.ServiceError{Code: 7, Message: "No photos on Sundays."}, link.Identify,
			"Flickr refuses the request", link.TryAgain, "It says: “No photos on Sundays”.",
		},
		{
			"the same with its status", fmt.Errorf("%w: %w", &provider.ServiceError{Message: "No photos on Sundays"},
				&oauth.Error{Status: 403}), link.Identify,
			"Flickr refuses the request", link.TryAgain, "It says: “No photos on Sundays”.",
		},
		{
			"not understood", provider.ErrNotUnderstood, link.Identify,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},
		{
			"no credentials", &oauth.Error{Status: 200, Err: oauth.ErrMalformedResponse}, link.Ask,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},
		{
			"too large", &oauth.Error{Status: 200, Err: oauth.ErrResponseTooLarge}, link.Ask,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},
		{
			"redirected", &oauth.Error{Status: 302, Err: oauth.ErrRedirected}, link.Ask,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},
		{
			"not found", &oauth.Error{Status: 404}, link.Ask,
			"The answer does not come from Flickr as Photolink knows it", link.TryAgain, "public network",
		},

		// The network, as far as the tests below do not have it for real.
		{
			"no network", &net.DNSError{Err: "no such host", Name: "www.flickr.com", IsNotFound: true}, link.Prepare,
			"Flickr cannot be found", link.TryAgain, "not connected",
		},
		{
			"no route", &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, link.Prepare,
			"Flickr cannot be reached", link.TryAgain, "Check the connection",
		},
		{
			"not allowed", &net.OpError{Op: "dial", Err: syscall.EACCES}, link.Prepare,
			"Flickr cannot be reached", link.TryAgain, "Check the connection",
		},
		{"never answered", context.DeadlineExceeded, link.Prepare, "Flickr does not answer", link.TryAgain, "too long"},
		{
			"never answered to the end", &oauth.Error{Status: 200, Err: context.DeadlineExceeded}, link.Prepare,
			"Flickr does not answer", link.TryAgain, "too long",
		},
		{
			"cut off", &oauth.Error{Status: 200, Err: io.ErrUnexpectedEOF}, link.Prepare,
			"Flickr cannot be reached", link.TryAgain, "Check the connection",
		},

		// The keyring.
		{
			"keyring absent", vault(account.VaultAbsent), link.Prepare,
			"This computer has no keyring that Photolink can use", link.OtherVault, "session only",
		},
		{
			"keyring locked", vault(account.VaultLocked), link.Prepare,
			"The keyring is locked", link.OtherVault, "unlock",
		},
		{
			"keyring unanswered", vault(account.VaultUnanswered), link.Prepare,
			"The keyring is locked", link.OtherVault, "unlock",
		},
		{
			"keyring refuses", vault(account.VaultRefused), link.Save,
			"The keyring refuses", link.OtherVault, "session only",
		},
		{
			"keyring full", vault(account.VaultTooBig), link.Save,
			"The secrets are too large for the keyring", link.OtherVault, "small records",
		},
		{
			"keyring lies", vault(account.VaultNotStored), link.Save,
			"The keyring says that it stored the secret, but did not", link.OtherVault, "reads back",
		},
		{
			"keyring without the record", vault(account.VaultNotFound), "",
			"The keyring no longer holds the secrets of this account", link.LinkAgain, "removed or changed",
		},
		{
			"keyring with another record", vault(account.VaultDamaged), "",
			"The keyring no longer holds the secrets of this account", link.LinkAgain, "removed or changed",
		},

		// The disk.
		{"disk full", disk(syscall.ENOSPC), link.Save, "The disk is full", link.TryAgain, "Make some room"},
		{
			"not allowed to write", disk(syscall.EACCES), link.Save,
			"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom",
		},
		{
			"read only", disk(syscall.EROFS), link.Save,
			"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom",
		},
		{
			"file in the way", disk(syscall.ENOTDIR), link.Save,
			"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom",
		},
		{
			"folder in the way", &os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EISDIR}, link.Save,
			"Photolink cannot use its list of accounts", link.TryAgain, "line at the bottom",
		},
		{
			"newer list", &account.NewerIndexError{Path: "/accounts.json", Version: 2}, "",
			"The list of accounts was written by a newer Photolink", link.NothingToDo, "newer version",
		},
		{
			"broken list", &account.IndexError{Path: "/accounts.json", Err: io.ErrUnexpectedEOF}, "",
			"The list of accounts cannot be read", link.NothingToDo, "Move the file",
		},

		{
			"unheard of", errors.New("unheard of"), link.Save,
			"Something went wrong that Photolink does not know", link.TryAgain, "report the line",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.err
			if row.step != "" {
				err = &link.StepError{Step: row.step, Err: err}
			}
			for _, err := range []error{err, fmt.Errorf("twice: %w", fmt.Errorf("once: %w", err))} {
				got := link.Explain(nil, err, provider.Flickr())
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
