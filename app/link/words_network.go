package link

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"photolink/app/language"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// refusedWithoutReason reports whether a service answers with the status for keys, tokens and signatures that are wrong
// (RFC 5849 section 3.2), and does not say which it is in words that are known.
func refusedWithoutReason(err error) bool {
	failure, ok := errors.AsType[*oauth.Error](err)
	return ok && failure.Status == http.StatusUnauthorized && failure.Problem == ""
}

// explainNetwork is about answers that never came, or not whole.
func explainNetwork(say *language.Speaker, err error, service language.Values) (Trouble, bool) {
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
			What: say.Say("The connection to {{.Service}} is not safe", service),
			Meaning: say.Say("What answered could not prove that it is {{.Service}}: its certificate is not one that this computer "+
				"trusts. Somebody may be listening, or the date of this computer is wrong. Photolink broke off before it sent anything.",
				service),
			Remedy: say.Say("Check the date of this computer. Then look whether a virus scanner, or the network that you are in, opens " +
				"secure connections, and try again without it."),
			Action: TryAgain,
		}, true
	case errors.As(err, &operation) && operation.Op == "proxyconnect",
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)): // net/http has no type for it
		return Trouble{
			What: say.Say("The proxy does not let Photolink through"),
			Meaning: say.Say("A proxy is another computer that stands between this one and the internet. The settings say to go through "+
				"one, and it made no connection to {{.Service}}.", service),
			Remedy: say.Say("Check the proxy in the network settings of this computer, or ask whoever looks after the network. Then try " +
				"again."),
			Action: TryAgain,
		}, true
	case errors.As(err, &name):
		return Trouble{
			What:    say.Say("{{.Service}} cannot be found", service),
			Meaning: say.Say("This computer is not connected to the internet, or cannot look up addresses there right now."),
			Remedy:  say.Say("Open any web page to see whether the internet works, then try again."),
			Action:  TryAgain,
		}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Trouble{
			What:    say.Say("{{.Service}} does not answer", service),
			Meaning: say.Say("Photolink asked, and no whole answer came for too long."),
			Remedy:  say.Say("Open any web page to see whether the internet works, then try again."),
			Action:  TryAgain,
		}, true
	case errors.As(err, &operation), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Trouble{
			What:    say.Say("{{.Service}} cannot be reached", service),
			Meaning: say.Say("The service is down, or something between this computer and it breaks the connection."),
			Remedy:  say.Say("Check the connection to the internet, and try again in some minutes."),
			Action:  TryAgain,
		}, true
	}
	return Trouble{}, false
}

// explainAnswer is about answers that are no use; said is what the service said in words of its own, or empty.
func explainAnswer(say *language.Speaker, err error, said string, service language.Values) (Trouble, bool) {
	failure := new(oauth.Error)
	status := 0
	if errors.As(err, &failure) {
		status = failure.Status
	}
	switch {
	case status == http.StatusTooManyRequests:
		remedy := say.Say("Wait some minutes, then try again.")
		if d, err := time.ParseDuration(failure.RetryAfter + "s"); err == nil && d > 0 {
			remedy = say.Say("Wait {{.Duration}}, then try again.", language.Values{"Duration": say.Duration(d)})
		}
		return Trouble{
			What:    say.Say("{{.Service}} asks for a pause", service),
			Meaning: say.Say("{{.Service}} was asked too often with this API key, perhaps by another program.", service),
			Remedy:  remedy,
			Action:  TryAgain,
		}, true
	case status >= 500, errors.Is(err, provider.ErrUnavailable):
		return Trouble{
			What:    say.Say("{{.Service}} is out of order", service),
			Meaning: say.Say("The service answered that it cannot work right now."),
			Remedy:  say.Say("Try again in some minutes."),
			Action:  TryAgain,
		}, true
	case failure.Problem != "", said != "":
		if said == "" {
			said = strings.ReplaceAll(string(failure.Problem), "_", " ")
		}
		return Trouble{
			What:    say.Say("{{.Service}} refuses the request", service),
			Meaning: quote(say, said, service),
			Remedy:  say.Say("Try again. If it stays, report the line at the bottom."),
			Action:  TryAgain,
		}, true
	case status != 0, errors.Is(err, provider.ErrNotUnderstood), errors.Is(err, oauth.ErrMalformedResponse):
		return Trouble{
			What: say.Say("The answer does not come from {{.Service}} as Photolink knows it", service),
			Meaning: say.Say("Another page stood in for the service, such as the sign-in page of a public network, or the service has " +
				"changed."),
			Remedy: say.Say("Open any web page to see whether the network wants something from you, then try again."),
			Action: TryAgain,
		}, true
	}
	return Trouble{}, false
}

func explainClock(say *language.Speaker, offset time.Duration, service language.Values) Trouble {
	trouble := Trouble{
		What:    say.Say("Your computer’s clock is wrong"),
		Meaning: say.Say("{{.Service}} refuses requests whose time is too far off.", service),
		Remedy:  say.Say("Switch on “Set time automatically” in the system settings, then try again."),
		Action:  TryAgain,
	}
	if offset.Abs() < time.Minute { // the service did not tell its time, or its clock is not what it refuses
		return trouble
	}
	trouble.What = ClockWords(say, offset)
	trouble.Meaning = sentences(trouble.Meaning, say.Say("Photolink corrected the time for this sign-in and tried once more, but "+
		"{{.Service}} still refused.", service))
	return trouble
}

// ClockWords says how wrong the clock of this computer is, given how far the service's clock is ahead of it. It is a
// sentence without full stop.
func ClockWords(say *language.Speaker, offset time.Duration) string {
	duration := language.Values{"Duration": say.Duration(offset.Abs())}
	if offset < 0 {
		return say.Say("Your computer’s clock is {{.Duration}} fast", duration)
	}
	return say.Say("Your computer’s clock is {{.Duration}} slow", duration)
}
