// Package link links one account, from the first request to the saved credentials, and checks it afterwards.
//
// Use [Linker.Link] from a window or a command line: it blocks, streams what happens as [Event]s, and returns the
// account. [Progress] folds the events into what a screen shows, and [Explain] turns an error into words for a person.
package link

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // pictures of people
	_ "image/jpeg" // pictures of people
	_ "image/png"  // pictures of people
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"photolink/app/account"
	"photolink/app/language"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// Linker holds the outside world. Its fields must not change during a call.
type Linker struct {
	Store *account.Store

	// Open opens an address in the person's browser. It may return before the browser is there, and its word that
	// all went well is not believed: only the request that reaches the listener is proof.
	Open func(ctx context.Context, address string) error

	Transport http.RoundTripper                           // nil means http.DefaultTransport
	Now       func() time.Time                            // nil means time.Now
	UserAgent string                                      // sent to every service
	Render    func(w io.Writer, page callback.Page) error // draws the pages in the browser; nil draws plain ones
	Speaker   *language.Speaker                           // says in the browser why nothing was linked; nil speaks English
	Patience  time.Duration                               // how long to wait for the person at most; 0 means 15 minutes
	Port      int                                         // for callbacks, where the service takes any; 0 means a free one
	preflight time.Duration                               // how long the service has to tell of the key; 0 means 5 seconds
	pause     time.Duration                               // before a request is made once more; 0 means half a second
}

// Request says what to link.
type Request struct {
	Provider   provider.Provider
	Key        oauth.ClientCredentials // zero means the provider's own
	KeyName    string                  // what the person calls Key; may be empty
	Callback   string                  // address registered with Key; empty means the provider's
	Permission string                  // ID of the permission to ask for
	Vault      string                  // name of the vault that is to hold the secrets
	AccountID  string                  // account to link again; empty links whoever signs in

	// OutOfBand is for a browser on another machine or a phone, which cannot come back to this one: the service shows
	// a code instead, and Answers brings it (RFC 5849 section 2.1, "oob").
	OutOfBand bool

	// Answers brings what the person says while the browser is open; nil if there is nobody to say anything.
	Answers <-chan Answer
	// Confirm asks the person a question before the account is saved. Nil answers no.
	Confirm func(ctx context.Context, question Question) bool
}

// Answer is what a person says while the browser is open.
type Answer struct {
	Pasted   string // the address that the browser ended on, or a code
	Declined bool   // "I chose No": some services tell nobody but the person
}

// Question is asked before an account is saved.
type Question struct {
	Kind     QuestionKind
	Identity provider.Identity
	Account  account.Account // the account that was to be linked again, for DifferentPerson
}

// QuestionKind says what the question is about.
type QuestionKind int

const (
	// OtherBrowser means that the approval came from a browser other than the one that was opened. It may be somebody
	// else's account.
	OtherBrowser QuestionKind = iota
	// DifferentPerson means that an account was to be linked again, and somebody else signed in.
	DifferentPerson
	// NoVerifier means that the service speaks OAuth 1.0 without verifiers: whoever got the person to approve a request of
	// theirs would end up linked as well, so that only the person can tell whether this is the right account.
	NoVerifier
)

var (
	// ErrDeclined means that the person chose not to link.
	ErrDeclined = errors.New("the person chose not to link")
	// ErrNotConfirmed means that the person said no to a [Question].
	ErrNotConfirmed = errors.New("the person did not confirm the account")
	// ErrTimedOut means that nobody approved within the Linker's patience.
	ErrTimedOut = errors.New("nobody approved in time")
)

// ClockError means that a service refuses the time of this computer, also after correction.
type ClockError struct {
	Offset time.Duration // how far the service's clock is ahead of this computer's; 0 if the service does not tell
	Err    error
}

// Error names the difference.
func (e *ClockError) Error() string { return fmt.Sprintf("clock off by %v: %v", e.Offset, e.Err) }

// Unwrap returns Err.
func (e *ClockError) Unwrap() error { return e.Err }

// StepError says during which step something went wrong.
type StepError struct {
	Step Step
	Err  error
}

// Error names the step.
func (e *StepError) Error() string { return string(e.Step) + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *StepError) Unwrap() error { return e.Err }

// Time limits. A request of a sign-in is small, so that 30 seconds mean a service or a network in trouble.
const (
	requestTimeout = 30 * time.Second
	pictureTimeout = 4 * time.Second
	preflight      = 5 * time.Second // for the service to say whether it knows the key
	pause          = 500 * time.Millisecond
	selfCheck      = 5 * time.Second // for this computer to reach its own listener
	stale          = time.Minute     // when temporary credentials are too old to begin with
	farewell       = 3 * time.Second // for the browser to fetch the last page
	patience       = 15 * time.Minute
)

// Link links an account:
//
//  1. Prepare: listen for the callback, and meanwhile try the vault and ask the service whether it knows the key.
//  2. Request: get temporary credentials, for which it asks as soon as it listens.
//  3. Authorize: open the browser and wait for the callback, a pasted address, or the person's No.
//  4. Exchange: get token credentials.
//  5. Identify: ask the service who is signed in, with a signed call.
//  6. Save: store the secrets, read them back, and write the index.
//
// It calls observe, one call at a time and none after it returned. Nothing is stored before step 6, and a failure or
// the end of ctx at any step leaves nothing behind. The error is a *[StepError].
func (l *Linker) Link(ctx context.Context, request Request, observe func(Event)) (account.Account, error) {
	ctx, cancel := context.WithCancel(ctx)
	a := &attempt{
		Linker: l, Request: request, observe: observe, began: l.now(),
		warm: newWarm(l.Transport), checked: make(chan struct{}), asked: make(chan struct{}),
	}
	a.client = l.client(request.Provider, cmp.Or(request.Key, request.Provider.Key))
	a.client.HTTPClient.Transport = a.warm
	defer func() {
		cancel()
		a.background.Wait()
		a.warm.close()
		a.silence()
	}()
	linked, err := a.run(ctx)
	if a.listener != nil {
		a.tellBrowser(ctx, linked, err)
		ignored := a.listener.Ignored()
		for _, reason := range slices.Sorted(maps.Keys(ignored)) {
			a.tell(Event{Kind: RequestsIgnored, Step: Authorize, Reason: string(reason), Count: ignored[reason]})
		}
	}
	return linked, err
}

// Check asks the service who the account's token belongs to and keeps the answer. The error tells why a check found
// nothing or that the access was withdrawn; the account is as the check left it in both cases.
func (l *Linker) Check(ctx context.Context, p provider.Provider, id string) (account.Account, error) {
	return l.CheckIn(ctx, l.Store, p, id)
}

// CheckIn is [Linker.Check] with the account in index: an [account.Batch], where many are checked.
func (l *Linker) CheckIn(ctx context.Context, index Index, p provider.Provider, id string) (account.Account, error) {
	credentials, err := index.Credentials(ctx, id)
	if err != nil {
		return account.Account{}, err
	}
	client := l.client(p, cmp.Or(credentials.Client, p.Key))
	known, err := index.Account(id)
	if err != nil {
		return account.Account{}, err
	}
	identity, checkErr := p.Service.Identify(ctx, client, credentials.Token, provider.Told{Server: known.Server})
	if checkErr == nil && identity.UserID != known.UserID {
		checkErr = provider.ErrIdentityDiffers
	}
	checkErr = withClock(client, checkErr)
	if ctx.Err() != nil { // the person gave up waiting: that says nothing of the account
		return known, cmp.Or(checkErr, ctx.Err())
	}
	now := l.now().UTC().Round(0) // as it will be read from the index
	err = index.Update(id, func(a *account.Account) {
		a.CheckedAt = now
		switch {
		case checkErr == nil:
			a.State = account.StateWorks
			takeOver(a, identity)
		case withdrawn(checkErr):
			a.State = account.StateWithdrawn
		default:
			a.State = account.StateUnknown
		}
	})
	if err != nil {
		return account.Account{}, err
	}
	known, err = index.Account(id)
	return known, cmp.Or(checkErr, err)
}

// Index is where CheckIn finds an account and keeps the answer of its service.
type Index interface {
	Account(id string) (account.Account, error)
	Credentials(ctx context.Context, id string) (account.Credentials, error)
	Update(id string, change func(*account.Account)) error
}

// AccessIsGone asks the service whether the credentials of an account no longer work. The error tells why that could not
// be found out.
func (l *Linker) AccessIsGone(
	ctx context.Context, p provider.Provider, known account.Account, credentials account.Credentials,
) (bool, error) {
	client := l.client(p, cmp.Or(credentials.Client, p.Key))
	_, err := p.Service.Identify(ctx, client, credentials.Token, provider.Told{Server: known.Server})
	if withdrawn(err) {
		return true, nil
	}
	return false, withClock(client, err)
}

// withClock makes the refusal of a timestamp a ClockError.
func withClock(client *oauth.Client, err error) error {
	if errors.Is(err, oauth.ProblemTimestampRefused) {
		return &ClockError{Offset: client.ClockOffset(), Err: err}
	}
	return err
}

func withdrawn(err error) bool {
	return errors.Is(err, provider.ErrTokenRefused) ||
		errors.Is(err, oauth.ProblemTokenRejected) || errors.Is(err, oauth.ProblemTokenRevoked) ||
		errors.Is(err, oauth.ProblemTokenExpired)
}

func takeOver(a *account.Account, identity provider.Identity) {
	a.UserID, a.UserName, a.Name = identity.UserID, identity.UserName, identity.Name
	a.ProfileURL, a.Permission = identity.ProfileURL, identity.Permission
	a.Plan, a.Server = cmp.Or(identity.Plan, a.Plan), identity.Server
	if identity.PhotoCount >= 0 {
		a.PhotoCount = identity.PhotoCount
	}
}

func (l *Linker) client(p provider.Provider, key oauth.ClientCredentials) *oauth.Client {
	client := p.Client(key)
	client.HTTPClient = &http.Client{Transport: l.Transport, Timeout: requestTimeout}
	client.Now, client.UserAgent = l.now, l.UserAgent
	return client
}

func (l *Linker) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// attempt is one call of Link.
type attempt struct {
	*Linker
	Request
	client   *oauth.Client
	listener *callback.Listener
	warm     *warm

	// What is asked in the background while Prepare runs. A channel is closed when the values below it are set.
	background sync.WaitGroup
	checked    chan struct{}
	checkErr   error // whether the service knows the key
	asked      chan struct{}
	temporary  oauth.TemporaryCredentialsResponse
	askErr     error
	askedAt    time.Time
	askedFor   time.Duration // how long the service took to answer

	began     time.Time
	observing sync.Mutex // one event at a time, from the goroutines of the link and of the listener
	observe   func(Event)
}

func (a *attempt) tell(event Event) {
	a.observing.Lock()
	defer a.observing.Unlock()
	if a.observe != nil {
		event.After = a.now().Sub(a.began)
		a.observe(event)
	}
}

// silence keeps late signals of the listener away from an observer that thinks the link is over.
func (a *attempt) silence() {
	a.observing.Lock()
	defer a.observing.Unlock()
	a.observe = nil
}

func (a *attempt) run(ctx context.Context) (account.Account, error) {
	var (
		temporary oauth.TemporaryCredentials
		back      callback.Answer
		answer    oauth.TokenCredentialsResponse
		identity  provider.Identity
		linked    account.Account
	)
	for _, step := range []struct {
		name Step
		run  func() error
	}{
		{Prepare, func() error { return a.prepare(ctx) }},
		{Ask, func() (err error) { temporary, err = a.request(ctx); return err }},
		{Authorize, func() (err error) { back, err = a.authorize(ctx, temporary); return err }},
		{Exchange, func() (err error) {
			a.warm.hurry()
			answer, err = a.exchange(once(ctx), temporary, back.Verifier)
			return err
		}},
		{Identify, func() (err error) {
			told := provider.Told{Token: answer.Extra, Callback: back.Parameters}
			if identity, err = a.Provider.Service.Identify(ctx, a.client, answer.Credentials, told); err != nil {
				return err
			}
			return a.confirm(ctx, identity, back.SameBrowser)
		}},
		{Save, func() (err error) { linked, err = a.save(ctx, identity, answer.Credentials); return err }},
	} {
		a.tell(Event{Kind: StepStarted, Step: step.name})
		err := step.run()
		if end := ctx.Err(); end != nil && !errors.Is(err, end) {
			err = errors.Join(end, err) // after Cancel no step leads on, and whatever it says, Cancel was the cause
		}
		if err != nil && linked.ID == "" {
			err = &StepError{Step: step.name, Err: withClock(a.client, err)}
			a.tell(Event{Kind: StepFailed, Step: step.name, Err: err})
			return account.Account{}, err
		}
		a.tell(Event{Kind: StepDone, Step: step.name})
	}
	return linked, nil
}

// prepare does several things at once: a person should learn what is wrong before the browser opens. It waits for the
// vault, which may be asking for a password, but not for a service that is merely slow.
func (a *attempt) prepare(ctx context.Context) error {
	var vault, service error
	var group sync.WaitGroup
	group.Go(func() { vault = a.Store.Probe(ctx, a.Vault) })
	a.background.Go(func() {
		defer close(a.checked)
		a.checkErr = a.checkService(ctx)
	})
	listening := a.listen()
	if listening == nil {
		a.background.Go(func() {
			defer close(a.asked)
			a.ask(ctx)
		})
		listening = a.checkListener(ctx)
	}
	group.Wait()
	if listening == nil && vault == nil {
		service = a.verdict()
	}
	if offset := a.client.CorrectedBy(); offset != 0 {
		a.tell(Event{Kind: ClockCorrected, Step: Prepare, ClockOffset: offset})
	}
	return cmp.Or(listening, vault, service)
}

// verdict returns what is wrong with the key, if the service has said so by the time that it answers the request for
// temporary credentials, or a tenth of that time later: two answers that come together are both heard. If the request
// failed, it waits: the service explains a key better there.
func (a *attempt) verdict() error {
	select {
	case <-a.checked:
	case <-a.asked:
		if a.askErr != nil {
			<-a.checked
			break
		}
		select {
		case <-a.checked:
		case <-time.After(a.askedFor / 10):
			return nil // await hears it
		}
	}
	return a.checkErr
}

// checkService asks whether the service answers and knows the key. What it does not say in time, the next steps will.
func (a *attempt) checkService(ctx context.Context) error {
	inTime, cancel := context.WithTimeout(ctx, cmp.Or(a.preflight, preflight))
	defer cancel()
	err := a.Provider.Service.CheckKey(inTime, a.client)
	if inTime.Err() != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// listen opens the port for the callback, unless the answer comes by hand.
func (a *attempt) listen() error {
	if a.OutOfBand {
		return nil
	}
	config, err := listenerConfig(a.Provider.Callback, a.Callback, a.Port)
	if err != nil {
		return err
	}
	config.Render, config.Observe = a.Render, a.signal
	listener, err := callback.Listen(config)
	if err != nil {
		return err
	}
	a.listener = listener
	return nil
}

// checkListener finds out whether the port can be reached.
func (a *attempt) checkListener(ctx context.Context) error {
	if a.listener == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, selfCheck)
	defer cancel()
	return a.listener.Check(ctx)
}

// listenerConfig says how to listen for what a service calls back. registered is what the person registered; empty means
// what the rule says. port is the one to take where the service takes any; 0 means one that is free.
func listenerConfig(rule provider.Callback, registered string, port int) (callback.Config, error) {
	config := callback.Config{Registered: cmp.Or(registered, rule.Registered)}
	var err error
	switch rule.Rule {
	case provider.AnyCallback:
		if port != 0 {
			config.Registered, err = atPort(cmp.Or(config.Registered, "http://127.0.0.1:0/callback"), "0", port)
		}
	case provider.CallbackPrefix:
		config.Registered, err = atPort(config.Registered, "1", port)
	case provider.CallbackWithQuery:
		config.RandomPart = callback.InQuery
	case provider.CallbackFixed:
		config.RandomPart = callback.InExtra
	}
	return config, err
}

// atPort returns a registered address with this port in place of the one that stands for any.
func atPort(registered, anyPort string, port int) (string, error) {
	address, err := url.Parse(registered)
	if err != nil {
		return registered, fmt.Errorf("registered callback: %w", err)
	}
	if address.Port() == anyPort {
		address.Host = net.JoinHostPort(address.Hostname(), strconv.Itoa(port))
		return address.String(), nil
	}
	return registered, nil
}

// ErrCallback means that an address cannot be a callback that Photolink listens at.
var ErrCallback = errors.New("not an address of this computer with a port, such as http://127.0.0.1:8714/callback")

// CheckCallback finds out whether Photolink can listen at an address that a person registered with a service.
func CheckCallback(p provider.Provider, registered string) error {
	config, err := listenerConfig(p.Callback, registered, 0)
	if err != nil || config.Validate() != nil {
		return ErrCallback
	}
	return nil
}

// request returns the temporary credentials that were asked for while other things were prepared. It asks anew where that
// took so long, because a vault asked for a password, that the person would have little time left to approve.
func (a *attempt) request(ctx context.Context) (oauth.TemporaryCredentials, error) {
	<-a.asked
	if a.askErr == nil && a.now().Sub(a.askedAt) > stale {
		a.ask(ctx)
	}
	return a.temporary.Credentials, a.askErr
}

// ask asks for temporary credentials, once more where the service did not answer, or the clock was corrected meanwhile:
// nothing is spent by asking.
func (a *attempt) ask(ctx context.Context) {
	address := "oob"
	if a.listener != nil {
		address = a.listener.CallbackURL()
	}
	a.askErr = a.upToThreeTimes(ctx, func() (again bool, err error) {
		began, corrected := time.Now(), a.client.CorrectedBy()
		a.temporary, err = a.client.RequestTemporaryCredentials(ctx, address, nil)
		a.askedAt, a.askedFor = a.now(), time.Since(began)
		return a.unanswered(err) || a.spurious(err) || err != nil && a.client.CorrectedBy() != corrected, err
	})
}

// exchange spends the verifier. It asks once more only where the service said no, and is known to say so without cause:
// an answer that was lost may have been a yes, and a verifier works once.
func (a *attempt) exchange(
	ctx context.Context, temporary oauth.TemporaryCredentials, verifier string,
) (answer oauth.TokenCredentialsResponse, err error) {
	err = a.upToThreeTimes(ctx, func() (again bool, err error) {
		answer, err = a.client.RequestTokenCredentials(ctx, temporary, verifier)
		return a.spurious(err), err
	})
	return answer, err
}

// upToThreeTimes tries something again for as long as it says that this may help.
func (a *attempt) upToThreeTimes(ctx context.Context, try func() (again bool, err error)) error {
	for left := 2; ; left-- {
		again, err := try()
		if !again || left == 0 {
			return err
		}
		select {
		case <-time.After(cmp.Or(a.pause, pause)):
		case <-ctx.Done():
			return err
		}
	}
}

// spurious tells whether the service is known to report this problem without cause.
func (a *attempt) spurious(err error) bool {
	return slices.ContainsFunc(a.Provider.Spurious, func(problem oauth.Problem) bool { return errors.Is(err, problem) })
}

// unanswered tells whether the service was reached and did not get round to an answer.
func (a *attempt) unanswered(err error) bool {
	if failure, ok := errors.AsType[*oauth.Error](err); ok {
		return failure.Status == http.StatusBadGateway || failure.Status == http.StatusServiceUnavailable ||
			failure.Status == http.StatusGatewayTimeout
	}
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// signal passes on what the listener sees.
func (a *attempt) signal(signal callback.Signal) {
	switch signal.Kind {
	case callback.BrowserReached:
		a.tell(Event{Kind: BrowserReached, Step: Authorize})
	case callback.TLSHello:
		a.tell(Event{Kind: SecureAddressTried, Step: Authorize})
	case callback.DeclinedElsewhere:
		a.tell(Event{Kind: DeclinedElsewhere, Step: Authorize})
	case callback.Ignored:
		if signal.Reason == callback.MissingVerifier {
			a.tell(Event{Kind: AnswerIncomplete, Step: Authorize})
		}
	}
}

// authorize sends the person to the service and waits for what comes back.
func (a *attempt) authorize(ctx context.Context, temporary oauth.TemporaryCredentials) (callback.Answer, error) {
	params := a.Provider.AuthorizationParametersFor(a.client.Credentials.Key, a.Provider.Permission(a.Permission))
	if a.listener != nil && a.listener.Extra() != "" {
		params.Set("extra", a.listener.Extra())
	}
	told := oauth.Client{Endpoint: oauth.Endpoint{Authorization: a.Provider.AuthorizationPage(a.temporary.Extra)}}
	page, err := told.AuthorizationURL(temporary, params)
	if err != nil {
		return callback.Answer{}, err
	}
	a.warm.keep(ctx, a.client.Endpoint.TokenCredentials, a.Provider.Service.FirstCalls())
	limit := cmp.Or(a.Patience, patience)
	if a.Provider.Patience > 0 {
		limit = min(limit, a.Provider.Patience)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimedOut)
	defer cancel()
	if a.listener == nil {
		a.tell(Event{Kind: CodeAwaited, Step: Authorize, Page: page})
		return a.await(ctx, temporary, nil, nil)
	}
	a.listener.Expect(callback.Expectation{
		Token:            temporary.Token,
		AuthorizationURL: page,
		VerifierOptional: a.client.WithoutVerifier,
		BareDeclines:     a.Provider.Decline == provider.DeclineBare,
	})
	returns := make(chan returned, 1)
	go func() {
		answer, err := a.listener.Wait(context.WithoutCancel(ctx)) // ends with the listener, which ends with Link
		returns <- returned{answer, err}
	}()
	a.tell(Event{Kind: BrowserOpening, Step: Authorize, StartURL: a.listener.StartURL()})
	opened := make(chan error, 1)
	go func() { opened <- a.Open(ctx, a.listener.StartURL()) }()
	return a.await(ctx, temporary, returns, opened)
}

// returned is what the listener waited for.
type returned struct {
	answer callback.Answer
	err    error
}

// await waits for the first of: the callback, an answer of the person, word that the key is refused, the end of ctx.
func (a *attempt) await(
	ctx context.Context, temporary oauth.TemporaryCredentials, returns <-chan returned, opened <-chan error,
) (callback.Answer, error) {
	answers, checked := a.Answers, a.checked
	for {
		select {
		case came := <-returns:
			if errors.Is(came.err, callback.ErrDeclined) {
				return callback.Answer{}, ErrDeclined
			}
			return came.answer, came.err
		case answer, more := <-answers:
			if !more {
				answers = nil
				continue
			}
			if answer.Declined {
				return callback.Answer{}, ErrDeclined
			}
			pasted, err := ParsePasted(answer.Pasted, temporary.Token, a.client.WithoutVerifier)
			if err == nil || errors.Is(err, ErrDeclined) {
				return pasted, err
			}
			a.tell(Event{Kind: PasteRefused, Step: Authorize, Err: err})
		case err := <-opened:
			if err != nil {
				a.tell(Event{Kind: BrowserFailed, Step: Authorize, Err: err})
			}
			opened = nil
		case <-checked:
			if a.checkErr != nil {
				return callback.Answer{}, a.checkErr
			}
			checked = nil
		case <-ctx.Done():
			return callback.Answer{}, context.Cause(ctx)
		}
	}
}

// confirm asks the person where the program cannot know.
func (a *attempt) confirm(ctx context.Context, identity provider.Identity, sameBrowser bool) error {
	var questions []Question
	if !sameBrowser {
		questions = append(questions, Question{Kind: OtherBrowser, Identity: identity})
	}
	if a.Provider.WithoutVerifier {
		questions = append(questions, Question{Kind: NoVerifier, Identity: identity})
	}
	if a.AccountID != "" {
		known, err := a.Store.Account(a.AccountID)
		if err == nil && known.UserID != identity.UserID {
			questions = append(questions, Question{Kind: DifferentPerson, Identity: identity, Account: known})
		}
	}
	for _, question := range questions {
		if a.Confirm == nil || !a.Confirm(ctx, question) {
			return ErrNotConfirmed
		}
	}
	return nil
}

func (a *attempt) save(
	ctx context.Context, identity provider.Identity, token oauth.TokenCredentials,
) (account.Account, error) {
	fresh := account.Account{
		ID:              a.AccountID,
		Provider:        a.Provider.ID,
		PermissionAsked: a.Permission,
		Vault:           a.Vault,
		State:           account.StateWorks,
		LinkedAt:        a.now(),
		CheckedAt:       a.now(),
	}
	takeOver(&fresh, identity)
	if fresh.ID == "" { // a person who is linked already is refreshed, not listed twice
		accounts, err := a.Store.Accounts()
		if err != nil {
			return account.Account{}, err
		}
		for _, known := range accounts {
			if known.Provider == fresh.Provider && known.UserID == fresh.UserID && known.Vault == fresh.Vault {
				fresh.ID = known.ID
				a.tell(Event{Kind: AlreadyLinked, Step: Save})
			}
		}
	}
	return a.Store.Save(ctx, account.Linked{
		Account: fresh, Token: token, Client: a.keyToKeep(), KeyName: a.KeyName, KeyCallback: a.callbackToKeep(),
		KeyBuiltIn: a.Key == (oauth.ClientCredentials{}), Picture: a.picture(ctx, identity.PictureURL),
	})
}

// callbackToKeep returns what is registered with the key; where nothing is, an address was for this time only.
func (a *attempt) callbackToKeep() string {
	if a.Provider.Callback.Rule == provider.AnyCallback {
		return ""
	}
	return a.Callback
}

// keyToKeep returns the client credentials that the token works with. Those that came with the program are kept as well:
// its next version may come with others.
func (a *attempt) keyToKeep() oauth.ClientCredentials {
	if a.Provider.KeyIsFixed {
		return a.Key
	}
	return a.client.Credentials
}

// picture fetches the person's picture. It is an ornament: no failure of it is worth a word.
func (a *attempt) picture(ctx context.Context, address string) []byte {
	const largest, widest = 1 << 20, 2048 // bytes, pixels
	if address == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, pictureTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil
	}
	response, err := a.client.HTTPClient.Do(request)
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, largest+1))
	if err != nil || response.StatusCode != http.StatusOK || len(content) > largest {
		return nil
	}
	shape, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || max(shape.Width, shape.Height) > widest {
		return nil
	}
	return content
}

// tellBrowser gives the tab that waits its last page, and closes the port.
func (a *attempt) tellBrowser(ctx context.Context, linked account.Account, err error) {
	defer func() { _ = a.listener.Close() }()
	if ctx.Err() != nil {
		return
	}
	result := callback.Result{Account: linked.Name}
	if err != nil {
		result = callback.Result{Reason: Explain(a.Speaker, err, a.Provider).What}
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_ = a.listener.Finish(ctx, result)
}
