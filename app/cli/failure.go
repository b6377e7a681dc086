package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// The exit codes beside 0.
const (
	codeFailed      = 1
	codeUsage       = 2
	codeDeclined    = 3
	codeWithdrawn   = 4
	codeVault       = 5
	codeNetwork     = 6
	codeInterrupted = 130
)

// usageError means that the command was not put as it has to be.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func wrongUse(format string, values ...any) error { return &usageError{fmt.Errorf(format, values...)} }

// errNotConfirmed means that the person did not say yes, so that nothing was done.
var errNotConfirmed = errors.New("not confirmed; nothing was changed")

// failure is an error with its words for people.
type failure struct {
	err   error
	words string
}

func (f *failure) Error() string { return f.words }
func (f *failure) Unwrap() error { return f.err }

// inWords makes an error of the program one for people, p being the service that it is about, if any.
func inWords(err error, about ...provider.Provider) error {
	if err == nil {
		return nil
	}
	for _, plain := range []error{
		app.ErrBadBundle, app.ErrChoosePlace, app.ErrNothingToTakeOver, app.ErrUnknownService, account.ErrKeyInUse,
	} {
		if errors.Is(err, plain) { // these say all there is to say
			return err
		}
	}
	p := provider.Provider{Name: "The service"}
	if len(about) > 0 {
		p = about[0]
	}
	trouble := link.Explain(nil, err, p)
	return &failure{err, fmt.Sprintf("%s. %s %s\n(%s)", trouble.What, trouble.Meaning, trouble.Remedy, trouble.Technical)}
}

// exitCode is the exit code for an error. Of several joined errors, the one that needs a person most decides.
func exitCode(err error) int {
	var (
		usage *usageError
		vault *account.VaultError
	)
	switch {
	case errors.As(err, &usage):
		return codeUsage
	case is(err, errNotConfirmed, link.ErrDeclined, link.ErrNotConfirmed, link.ErrTimedOut):
		return codeDeclined
	case isWithdrawn(err):
		return codeWithdrawn
	case errors.As(err, &vault), is(err, app.ErrBadBundle, errNoPassphrase):
		return codeVault
	case is(err, provider.ErrKeyRefused, oauth.ProblemConsumerKeyUnknown, oauth.ProblemConsumerKeyRefused):
		return codeFailed
	case isNetwork(err):
		return codeNetwork
	}
	return codeFailed
}

func is(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// isWithdrawn reports whether a service said that the access of an account is no more. During a link it says something
// else with the same words: that an approval is used up.
func isWithdrawn(err error) bool {
	if step, ok := errors.AsType[*link.StepError](err); ok && step.Step != link.Identify {
		return false
	}
	return is(err, provider.ErrTokenRefused, oauth.ProblemTokenRejected, oauth.ProblemTokenRevoked, oauth.ProblemTokenExpired)
}

// isNetwork reports whether a service could not be reached, or did not answer as it should.
func isNetwork(err error) bool {
	var (
		request     *url.Error
		operation   *net.OpError
		answer      *oauth.Error
		service     *provider.ServiceError
		clock       *link.ClockError
		certificate *tls.CertificateVerificationError
	)
	return errors.As(err, &request) || errors.As(err, &operation) || errors.As(err, &answer) || errors.As(err, &service) ||
		errors.As(err, &clock) || errors.As(err, &certificate) ||
		is(err, provider.ErrUnavailable, provider.ErrNotUnderstood, oauth.ErrMalformedResponse, context.DeadlineExceeded,
			io.EOF, io.ErrUnexpectedEOF)
}
