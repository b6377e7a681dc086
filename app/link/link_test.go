package link_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// Fields of an account that are new each time.
var newEachTime = cmpopts.IgnoreFields(account.Account{}, "ID", "KeyID", "LinkedAt", "CheckedAt")

func ada() account.Account {
	return account.Account{
		Provider: "practice", UserID: "12345678@N00", UserName: "adapractice", Name: "Ada Practice",
		Plan: "Free", PhotoCount: 128, PermissionAsked: "read", Permission: "read", Vault: "test", State: account.StateWorks,
	}
}

func TestLink(t *testing.T) {
	other := oauth.ClientCredentials{Key: "00112233445566778899aabbccddeeff", Secret: "0011223344556677"}
	for _, row := range []struct {
		name    string
		arrange func(*world)
		want    func(*account.Account)
		events  []link.EventKind // beside those that every link has
	}{
		{name: "approved"},
		{
			name:    "all permission",
			arrange: func(w *world) { w.request.Permission = "delete" },
			want:    func(a *account.Account) { a.PermissionAsked, a.Permission = "delete", "delete" },
		},
		{
			name: "permission lower than asked",
			arrange: func(w *world) {
				w.request.Permission = "delete"
				w.serve(sandbox.Config{Faults: sandbox.Faults{AtMost: "write"}})
			},
			want: func(a *account.Account) { a.PermissionAsked, a.Permission = "delete", "write" },
		},
		{
			name: "a key of one's own",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Clients: []sandbox.Client{{ClientCredentials: other}}})
				w.request.Key = other
			},
		},
		{name: "clock 20 minutes slow", arrange: clock(-20 * time.Minute)},
		{name: "clock 20 minutes fast", arrange: clock(20 * time.Minute)},
		{
			name: "the clock of the service 20 minutes fast",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Now: func() time.Time { return time.Now().Add(20 * time.Minute) }})
			},
		},
		{
			name: "clock slow, and nobody told before the first signed request",
			arrange: func(w *world) {
				clock(-20 * time.Minute)(w)
				w.serve(at(sandbox.Echo, func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
					w.Header()["Date"] = nil
					right(w, r)
				}))
			},
		},
		{
			name: "a name that is a page, a command and a book",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Person: sandbox.Person{
					ID:       ada().UserID,
					UserName: "<script>alert(1)</script>\x00\x1b[2J\u202e" + strings.Repeat("x", 10_000),
					Name:     "\r\n<img src=x onerror=alert(1)>",
				}})
			},
			want: func(a *account.Account) {
				a.UserName = "<script>alert(1)</script> [2J " + strings.Repeat("x", 119-30) + "…"
				a.Name, a.PhotoCount = "<img src=x onerror=alert(1)>", 0
			},
		},
		{
			name:    "approved in another browser, and confirmed",
			arrange: func(w *world) { w.person, w.request.Confirm = w.approveElsewhere, confirm(w, true, link.OtherBrowser) },
		},
		{
			name: "pasted address",
			arrange: func(w *world) {
				w.person = func(start string) error {
					w.say(link.Answer{Pasted: w.approveOnly(start)})
					return nil
				}
			},
		},
		{
			name: "pasted code",
			arrange: func(w *world) {
				w.person = func(start string) error {
					address, _ := url.Parse(w.approveOnly(start))
					w.say(link.Answer{Pasted: " " + address.Query().Get("oauth_verifier") + "\n"})
					return nil
				}
			},
		},
		{
			name: "pasted what is of no use, then the address",
			arrange: func(w *world) {
				w.person = func(start string) error {
					address := w.approveOnly(start)
					w.say(link.Answer{Pasted: "https://www.example.com/"})
					w.say(link.Answer{Pasted: strings.Replace(address, w.wire.temporaryToken(), "72157600000000000-0000000000000000", 1)})
					w.say(link.Answer{Pasted: address})
					return nil
				}
			},
			events: []link.EventKind{link.PasteRefused, link.PasteRefused},
		},
		{
			name: "the callback was turned into https, then pasted",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Faults: sandbox.Faults{CallbackMadeSecure: true}})
				w.person = func(start string) error {
					address := w.approveOnly(start)
					callback, _ := url.Parse(address)
					if callback.Scheme != "https" {
						w.t.Errorf("the callback is %s", address)
					}
					if conn, err := tls.Dial("tcp", callback.Host, &tls.Config{InsecureSkipVerify: true}); err == nil {
						_ = conn.Close()
						w.t.Error("the listener speaks TLS")
					}
					w.say(link.Answer{Pasted: address})
					return nil
				}
			},
			events: []link.EventKind{link.SecureAddressTried},
		},
		{
			name: "a denial from elsewhere",
			arrange: func(w *world) {
				w.person = func(start string) error {
					w.get(w.wire.callbackAddress().String() + "?denied=" + w.wire.temporaryToken())
					return w.approve(start)
				}
			},
			events: []link.EventKind{link.DeclinedElsewhere},
		},
		{
			name: "a browser that comes back without the verifier",
			arrange: func(w *world) {
				w.person = func(start string) error {
					w.get(w.wire.callbackAddress().String() + "?oauth_token=" + w.wire.temporaryToken())
					return w.approve(start)
				}
			},
			events: []link.EventKind{link.AnswerIncomplete, link.RequestsIgnored},
		},
		{
			name: "no browser opens, and the person copies the link",
			arrange: func(w *world) {
				w.person = func(string) error { return errors.New("no browser") }
				w.watch = func(event link.Event) {
					if event.Kind == link.BrowserFailed {
						w.crowd.Go(func() { _ = w.approve(startURL(w.events)) })
					}
				}
			},
			events: []link.EventKind{link.BrowserFailed},
		},
		{
			name:    "nobody there to say anything",
			arrange: func(w *world) { w.request.Answers = nil },
		},
		{
			name:    "nobody left to say anything",
			arrange: func(w *world) { close(w.answers) },
		},
		{
			name:    "for this session only",
			arrange: func(w *world) { w.request.Vault = account.SessionVault },
			want:    func(a *account.Account) { a.Vault = account.SessionVault },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			if row.arrange != nil {
				row.arrange(w)
			}
			got, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			want := ada()
			if row.want != nil {
				row.want(&want)
			}
			if diff := cmp.Diff(want, got, newEachTime); diff != "" {
				t.Errorf("account, - want, + got:\n%s", diff)
			}
			listed, err := w.store.Accounts()
			if err != nil || len(listed) != 1 || listed[0] != got {
				t.Errorf("listed %+v, error %v, want %+v", listed, err, got)
			}
			records := 1 // the token
			if keyed := w.request.Key != (oauth.ClientCredentials{}); keyed != (got.KeyID != "") {
				t.Errorf("key ID %q, with a key of one's own: %v", got.KeyID, keyed)
			} else if keyed {
				records = 2
			}
			if got.Vault == account.SessionVault {
				records = 0
			}
			if len(w.vault.copy()) != records {
				t.Errorf("%d records in the vault, want %d", len(w.vault.copy()), records)
			}
			if len(w.store.Picture(got.ID)) == 0 {
				t.Error("no picture")
			}
			wantEvents(t, w.events, row.events)
			checked, err := w.linker.Check(w.ctx, w.request.Provider, got.ID)
			if err != nil || checked.State != account.StateWorks || checked.Permission != want.Permission {
				t.Errorf("check: %+v, error %v", checked, err)
			}
		})
	}
}

func clock(off time.Duration) func(*world) {
	return func(w *world) { w.linker.Now = func() time.Time { return time.Now().Add(off) } }
}

// get asks for an address without the cookies of the person's browser.
func (w *world) get(address string) {
	answer, err := http.Get(address)
	if err != nil {
		w.t.Error(err)
		return
	}
	_ = answer.Body.Close()
}

// approveElsewhere is a person whose other browser has opened the page of the service.
func (w *world) approveElsewhere(start string) error {
	_, _ = sandbox.Visitor{Transport: w.browser, Forgetful: true}.Approve(w.t.Context(), start)
	return nil
}

// confirm answers questions, which must be of the given kind.
func confirm(w *world, yes bool, want link.QuestionKind) func(context.Context, link.Question) bool {
	return func(_ context.Context, question link.Question) bool {
		if question.Kind != want || question.Identity.UserID == "" {
			w.t.Errorf("asked %+v, want kind %d", question, want)
		}
		return yes
	}
}

func startURL(events []link.Event) string {
	for _, event := range events {
		if event.StartURL != "" {
			return event.StartURL
		}
	}
	return ""
}

// wantEvents checks the order of the steps, and the events within the step Authorize.
func wantEvents(t *testing.T, events []link.Event, special []link.EventKind) {
	t.Helper()
	var steps, want []string
	var within []link.EventKind
	for _, event := range events {
		switch event.Kind {
		case link.StepStarted, link.StepDone, link.StepFailed:
			steps = append(steps, string(event.Step)+" "+string(event.Kind))
		case link.ClockCorrected:
			if event.ClockOffset.Round(time.Minute).Abs() != 20*time.Minute {
				t.Errorf("clock corrected by %v", event.ClockOffset)
			}
		default:
			within = append(within, event.Kind)
			if event.Step != link.Authorize {
				t.Errorf("%s at %s", event.Kind, event.Step)
			}
		}
	}
	for _, step := range link.Steps() {
		want = append(want, string(step)+" started", string(step)+" done")
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps, - want, + got:\n%s", diff)
	}
	if within[0] != link.BrowserOpening {
		t.Errorf("first is %s", within[0])
	}
	wantWithin := append([]link.EventKind{link.BrowserOpening, link.BrowserReached}, special...)
	slices.Sort(wantWithin)
	slices.Sort(within)
	if diff := cmp.Diff(wantWithin, within); diff != "" {
		t.Errorf("events within %s, sorted, - want, + got:\n%s", link.Authorize, diff)
	}
}

const (
	cannotBeReached = "Practice account cannot be reached"
	outOfOrder      = "Practice account is out of order"
	notAsKnown      = "The answer does not come from Practice account as Photolink knows it"
	keyNotAccepted  = "Practice account does not accept this API key"
	tooLate         = "The approval came too late, or was used already"
	notConfirmed    = "You did not confirm the account"
	cannotUseList   = "Photolink cannot use its list of accounts"
)

func TestLinkFails(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*world)
		step    link.Step
		is      error // nil if there is no sentinel
		what    string
		action  link.Action // empty means TryAgain
	}{
		{
			name: "wrong key",
			arrange: func(w *world) {
				w.request.Key = oauth.ClientCredentials{Key: "00000000000000000000000000000000", Secret: "1234567890abcdef"}
			},
			step: link.Prepare, is: provider.ErrKeyRefused, what: keyNotAccepted, action: link.ChangeKey,
		},
		{
			name: "key disabled since it was tested",
			arrange: func(w *world) {
				w.serve(at(sandbox.RequestToken, sandbox.Answer(401, "oauth_problem=consumer_key_refused")))
			},
			step: link.Ask, is: oauth.ProblemConsumerKeyRefused, what: keyNotAccepted, action: link.ChangeKey,
		},
		{
			name: "key unknown to the token endpoint",
			arrange: func(w *world) {
				w.request.Key = oauth.ClientCredentials{Key: "00000000000000000000000000000000", Secret: "1234567890abcdef"}
				w.serve(at(sandbox.Echo, sandbox.Answer(200, `{"stat":"ok"}`)))
			},
			step: link.Ask, is: oauth.ProblemConsumerKeyUnknown, what: keyNotAccepted, action: link.ChangeKey,
		},
		{
			name: "wrong secret",
			arrange: func(w *world) {
				w.request.Key = oauth.ClientCredentials{Key: sandbox.PracticeClient.Key, Secret: "1234567890abcdef"}
			},
			step: link.Ask, is: oauth.ProblemSignatureInvalid, what: "The API secret does not fit the key", action: link.ChangeKey,
		},
		{
			name: "service down",
			arrange: func(w *world) { // no port that was free a moment ago: the listener may have it by now
				w.request.Provider = provider.Practice("https://127.0.0.1:1", sandbox.PracticeClient)
			},
			step: link.Prepare, is: syscall.ECONNREFUSED, what: cannotBeReached,
		},
		{
			name: "service says that it is down",
			arrange: func(w *world) {
				w.serve(at(sandbox.Login, sandbox.Answer(200, `{"stat":"fail","code":105,"message":"Sorry"}`)))
			},
			step: link.Identify, is: provider.ErrUnavailable, what: outOfOrder,
		},
		{
			name: "certificate not trusted",
			arrange: func(w *world) {
				transport := &http.Transport{}
				w.t.Cleanup(transport.CloseIdleConnections)
				w.wire.next = transport
			},
			step: link.Prepare, what: "The connection to Practice account is not safe",
		},
		{
			name:    "too many requests",
			arrange: func(w *world) { w.serve(at(sandbox.Echo, sandbox.Answer(429, "", "Retry-After", "120"))) },
			step:    link.Prepare, what: "Practice account asks for a pause",
		},
		{
			name: "clock slow, and corrected in vain",
			arrange: func(w *world) {
				clock(-20 * time.Minute)(w)
				w.serve(at(sandbox.RequestToken, sandbox.Answer(401, "oauth_problem=timestamp_refused")))
			},
			step: link.Ask, is: oauth.ProblemTimestampRefused, what: "Your computer’s clock is 20 minutes slow",
		},
		{
			name: "clock refused by a service that does not tell the time",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{
					sandbox.Echo:         sandbox.Answer(200, `{"stat":"ok"}`, "Date", ""),
					sandbox.RequestToken: sandbox.Answer(401, "oauth_problem=timestamp_refused", "Date", ""),
				}}})
			},
			step: link.Ask, is: oauth.ProblemTimestampRefused, what: "Your computer’s clock is wrong",
		},
		{
			name: "callback not confirmed",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Faults: sandbox.Faults{CallbackUnconfirmed: true}})
			},
			step: link.Ask, is: oauth.ErrCallbackNotConfirmed, what: "Practice account does not promise to come back to Photolink",
		},
		{
			name: "callback refused",
			arrange: func(w *world) {
				w.serve(at(sandbox.RequestToken, sandbox.Answer(400, "oauth_problem=callback_rejected")))
			},
			step: link.Ask, is: oauth.ProblemCallbackRejected, what: "Practice account does not promise to come back to Photolink",
		},
		{
			name: "a problem without words of ours",
			arrange: func(w *world) {
				w.serve(at(sandbox.RequestToken, sandbox.Answer(400, "oauth_problem=additional_authorization_required")))
			},
			step: link.Ask, what: refuses,
		},
		{
			name: "the person says No",
			arrange: func(w *world) {
				w.person = func(start string) error {
					_, _ = w.visitor().Deny(w.t.Context(), start)
					w.say(link.Answer{Declined: true})
					return nil
				}
			},
			step: link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "the person says No in place of a code",
			arrange: func(w *world) {
				w.request.OutOfBand = true
				w.watch = func(event link.Event) {
					if event.Kind == link.CodeAwaited {
						w.crowd.Go(func() { w.say(link.Answer{Declined: true}) })
					}
				}
			},
			step: link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "the service says No",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Faults: sandbox.Faults{DenialReturns: true}})
				w.person = func(start string) error {
					_, _ = w.visitor().Deny(w.t.Context(), start)
					return nil
				}
			},
			step: link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "the page refuses the key that the service took, and the person says so",
			arrange: func(w *world) {
				w.serve(sandbox.Config{Faults: sandbox.Faults{KeyRefusedByPage: true}})
				w.person = func(start string) error {
					visit, err := w.visitor().Approve(w.t.Context(), start)
					if !errors.Is(err, sandbox.ErrNotAuthorizePage) || !strings.Contains(visit.Body, "<h1>Oops!") {
						w.t.Errorf("error %v, page %s", err, visit.Body)
					}
					w.say(link.Answer{Declined: true})
					return nil
				}
			},
			step: link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "the service keeps the browser to itself",
			arrange: func(w *world) {
				w.linker.Patience = 100 * time.Millisecond
				w.serve(sandbox.Config{Faults: sandbox.Faults{NeverReturns: true}})
			},
			step: link.Authorize, is: link.ErrTimedOut, what: "Nobody approved in time",
		},
		{
			name: "nobody comes back",
			arrange: func(w *world) {
				w.linker.Patience = time.Millisecond
				w.person = func(string) error { return nil }
			},
			step: link.Authorize, is: link.ErrTimedOut, what: "Nobody approved in time",
		},
		{
			name: "a wrong code",
			arrange: func(w *world) {
				w.person = func(start string) error {
					w.approveOnly(start)
					w.say(link.Answer{Pasted: "123-456-789"})
					return nil
				}
			},
			step: link.Exchange, is: oauth.ProblemVerifierInvalid, what: tooLate,
		},
		{
			name:    "a code that was used",
			arrange: func(w *world) { w.serve(at(sandbox.AccessToken, sandbox.Answer(401, "oauth_problem=token_rejected"))) },
			step:    link.Exchange, is: oauth.ProblemTokenRejected, what: tooLate,
		},
		{
			name:    "a code that is too old",
			arrange: func(w *world) { w.serve(sandbox.Config{Faults: sandbox.Faults{ApprovalExpires: true}}) },
			step:    link.Exchange, is: oauth.ProblemTokenExpired, what: tooLate,
		},
		{
			name:    "revoked at once",
			arrange: func(w *world) { w.serve(sandbox.Config{Faults: sandbox.Faults{RevokedAtOnce: true}}) },
			step:    link.Identify, is: provider.ErrTokenRefused, what: "Access was withdrawn on Practice account", action: link.LinkAgain,
		},
		{
			name:    "the token response names another person",
			arrange: func(w *world) { w.serve(named(sandbox.AccessToken, grace)) },
			step:    link.Identify, is: provider.ErrIdentityDiffers, what: "Practice account named two different people",
		},
		{
			name:    "test.login names another person",
			arrange: func(w *world) { w.serve(named(sandbox.Login, grace)) },
			step:    link.Identify, is: provider.ErrIdentityDiffers, what: "Practice account named two different people",
		},
		{
			name:    "checkToken names another person",
			arrange: func(w *world) { w.serve(named(sandbox.CheckToken, grace)) },
			step:    link.Identify, is: provider.ErrIdentityDiffers, what: "Practice account named two different people",
		},
		{
			name:    "approved in another browser, and nobody to ask",
			arrange: func(w *world) { w.person = w.approveElsewhere },
			step:    link.Identify, is: link.ErrNotConfirmed, what: notConfirmed,
		},
		{
			name:    "approved in another browser, and not confirmed",
			arrange: func(w *world) { w.person, w.request.Confirm = w.approveElsewhere, confirm(w, false, link.OtherBrowser) },
			step:    link.Identify, is: link.ErrNotConfirmed, what: notConfirmed,
		},
		{
			name:    "no such vault",
			arrange: func(w *world) { w.request.Vault = account.KeyringVault },
			step:    link.Prepare, what: "This computer has no keyring that Photolink can use", action: link.OtherVault,
		},
		{
			name: "vault locked",
			arrange: func(w *world) {
				w.vault.put = func(context.Context, int) (bool, error) {
					return false, &account.VaultError{Vault: "test", State: account.VaultLocked}
				}
			},
			step: link.Prepare, what: "The keyring is locked", action: link.OtherVault,
		},
		{
			name:    "vault lies at the probe",
			arrange: func(w *world) { w.vault.put = func(context.Context, int) (bool, error) { return false, nil } },
			step:    link.Prepare, what: "The keyring says that it stored the secret, but did not", action: link.OtherVault,
		},
		{
			name:    "vault lies at Save",
			arrange: func(w *world) { w.vault.put = func(_ context.Context, n int) (bool, error) { return n == 1, nil } },
			step:    link.Save, what: "The keyring says that it stored the secret, but did not", action: link.OtherVault,
		},
		{
			name: "vault refuses the second record of Save",
			arrange: func(w *world) {
				w.request.Key = sandbox.PracticeClient
				w.vault.put = func(_ context.Context, n int) (bool, error) {
					if n == 3 {
						return false, errors.New("no")
					}
					return true, nil
				}
			},
			step: link.Save, what: "The keyring refuses", action: link.OtherVault,
		},
		{
			name: "something in the place of the list",
			arrange: func(w *world) {
				w.ruin(func() error { return os.RemoveAll(filepath.Join(w.folder, "accounts.json")) })
				w.ruin(func() error { return os.Mkdir(filepath.Join(w.folder, "accounts.json"), 0o700) })
			},
			step: link.Save, what: cannotUseList,
		},
		{
			name: "something in the place of the folder",
			arrange: func(w *world) {
				w.ruin(func() error { return os.Rename(w.folder, w.folder+".aside") })
				w.ruin(func() error { return os.WriteFile(w.folder, nil, 0o600) })
			},
			step: link.Save, is: syscall.ENOTDIR, what: cannotUseList,
		},
		{
			name:    "folder gone",
			arrange: func(w *world) { w.ruin(func() error { return os.Rename(w.folder, w.folder+".aside") }) },
			step:    link.Save, is: os.ErrNotExist, what: cannotUseList,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			row.arrange(w)
			_, err := w.link()
			wantFailure(t, w, err, row.step, row.is, row.what)
			if action := link.Explain(nil, err, w.request.Provider).Action; action != orTryAgain(row.action) {
				t.Errorf("action %q, want %q", action, orTryAgain(row.action))
			}
		})
	}
}

func orTryAgain(action link.Action) link.Action {
	if action == "" {
		return link.TryAgain
	}
	return action
}

// ruin does something to the folder when Save starts, and has it undone after the link.
func (w *world) ruin(how func() error) {
	before := w.watch
	w.watch = func(event link.Event) {
		if before != nil {
			before(event)
		}
		if event.Kind == link.StepStarted && event.Step == link.Save {
			if err := how(); err != nil {
				w.t.Error(err)
			}
		}
	}
	w.mend = func() {
		if _, err := os.Stat(w.folder + ".aside"); err == nil {
			_ = os.Remove(w.folder)
			_ = os.Rename(w.folder+".aside", w.folder)
		}
		_ = os.Remove(filepath.Join(w.folder, "accounts.json"))
	}
}

// wantFailure checks the error of a link, its words and its events.
func wantFailure(t *testing.T, w *world, err error, step link.Step, is error, what string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	failed, ok := errors.AsType[*link.StepError](err)
	if !ok || failed.Step != step {
		t.Errorf("got %v, want a failure of step %q", err, step)
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("got %v, want %v", err, is)
	}
	trouble := link.Explain(nil, err, w.request.Provider)
	if trouble.What != what {
		t.Errorf("got %q, want %q, for %v", trouble.What, what, err)
	}
	if trouble.Meaning == "" || trouble.Remedy == "" || trouble.Technical == "" {
		t.Errorf("too few words: %+v", trouble)
	}
	last := w.events[len(w.events)-1]
	for _, event := range w.events {
		if event.Kind == link.StepFailed {
			last = event
		}
	}
	if last.Kind != link.StepFailed || last.Step != step || !errors.Is(last.Err, err) {
		t.Errorf("the last event is %+v", last)
	}
	if accounts, err := w.store.Accounts(); len(accounts) > 0 || err != nil {
		t.Errorf("listed: %+v, error %v", accounts, err)
	}
	if records := w.vault.copy(); len(records) > 0 {
		t.Errorf("%d records in the vault", len(records))
	}
	for _, call := range calls { // no step after the one that failed
		if call.name == sandbox.RequestToken && w.wire.atOnce {
			continue // made while its step was still to come
		}
		if slices.Index(link.Steps(), call.step) > slices.Index(link.Steps(), step) && slices.Contains(w.wire.calls, call.name) {
			t.Errorf("%s was called", call.name)
		}
	}
}

// at returns a service with a fault at one endpoint.
func at(endpoint sandbox.Endpoint, fault sandbox.Fault) sandbox.Config {
	return sandbox.Config{Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{endpoint: fault}}}
}

// named returns a service that names another person at one endpoint.
func named(endpoint sandbox.Endpoint, person sandbox.Person) sandbox.Config {
	return sandbox.Config{Faults: sandbox.Faults{PersonAt: map[sandbox.Endpoint]sandbox.Person{endpoint: person}}}
}

const refuses = "Practice account refuses the request"

// Ways to die, by the service or, where there is no fault, by the wire to it.
var deaths = []struct {
	name    string
	what    string
	fault   sandbox.Fault
	wire    fault
	retried bool // where nothing is spent by asking once more
}{
	{name: "the connection breaks", what: cannotBeReached, retried: true, wire: func(*http.Request, *http.Response) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}},
	{name: "the service hangs up", what: cannotBeReached, retried: true, fault: sandbox.Drop()},
	{name: "the answer is cut off", what: cannotBeReached, fault: sandbox.CutOff()},
	{name: "an internal error", what: outOfOrder, fault: sandbox.Answer(500, "<h1>Internal error</h1>")},
	{name: "an error that quotes the request", what: outOfOrder, retried: true, fault: quote(503)},
	{name: "a refusal that quotes the request", what: notAsKnown, fault: quote(403)},
	{
		name: "the page of another network", what: notAsKnown,
		fault: sandbox.Answer(200, "<!doctype html><title>Welcome to the airport</title>", "Content-Type", "text/html"),
	},
	{name: "too large an answer", what: notAsKnown, fault: sandbox.Flood(1<<20 + 1)},
	{name: "50 megabytes", what: notAsKnown, fault: sandbox.Flood(50 << 20)},
	{name: "nothing", what: notAsKnown, fault: sandbox.Answer(200, "")},
	{name: "a redirect", what: notAsKnown, fault: sandbox.Answer(302, "", "Location", "https://www.example.com/")},
	{
		name: "a redirect that keeps the method", what: notAsKnown,
		fault: sandbox.Answer(307, "", "Location", "https://www.example.com/"),
	},
	{
		name: "too many requests", what: "Practice account asks for a pause",
		fault: sandbox.Answer(429, "", "Retry-After", "120"),
	},
	{name: "a problem that comes as a success", what: refuses, fault: sandbox.Answer(200, "oauth_problem=permission_denied")},
}

// quote makes an endpoint answer with all that the request said.
func quote(status int) sandbox.Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, r.Header)
	}
}

// die makes the service, or the wire to it, die at one endpoint.
func (w *world) die(endpoint sandbox.Endpoint, way int) {
	if death := deaths[way]; death.wire != nil {
		w.wire.faults[endpoint] = death.wire
	} else {
		w.serve(at(endpoint, death.fault))
	}
}

// The calls of a link that have to go well, in their order, with the steps that make them.
var calls = []struct {
	name sandbox.Endpoint
	step link.Step
}{
	{sandbox.Echo, link.Prepare},
	{sandbox.RequestToken, link.Ask},
	{sandbox.AccessToken, link.Exchange},
	{sandbox.Login, link.Identify},
	{sandbox.CheckToken, link.Identify},
}

// The calls that may fail: who is signed in is known without them.
var ornaments = []sandbox.Endpoint{sandbox.PersonInfo, sandbox.BuddyIcon}

// The calls that are made at once, in the order of the lists above.
var atOnce = []sandbox.Endpoint{sandbox.Login, sandbox.CheckToken, sandbox.PersonInfo}

func identifies(call sandbox.Endpoint) bool { return slices.Contains(atOnce, call) }

func TestLinkMakesTheseCalls(t *testing.T) {
	w := newWorld(t)
	if _, err := w.link(); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, w, append(callsUntil(len(calls)), ornaments...))
}

// callsUntil returns the names of the first n calls.
func callsUntil(n int) []sandbox.Endpoint {
	var names []sandbox.Endpoint
	for _, call := range calls[:n] {
		names = append(names, call.name)
	}
	return names
}

// wantCalls compares the calls. Those that tell who is signed in are made at once.
func wantCalls(t *testing.T, w *world, want []sandbox.Endpoint) {
	t.Helper()
	got := slices.Clone(w.wire.calls)
	if first := slices.IndexFunc(got, identifies); first >= 0 {
		last := first
		for last < len(got) && identifies(got[last]) {
			last++
		}
		slices.SortFunc(got[first:last], func(a, b sandbox.Endpoint) int {
			return slices.Index(atOnce, a) - slices.Index(atOnce, b)
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls, - want, + got:\n%s", diff)
	}
}

// A service that is merely slow to say whether it knows the key does not hold up a sign-in that works.
func TestSlowPreflightDoesNotHoldUpTheLink(t *testing.T) {
	w := newWorld(t)
	w.serve(at(sandbox.Echo, sandbox.Hold(func(ctx context.Context) { <-ctx.Done() })))
	w.linker.WaitForService(time.Millisecond)
	if linked, err := w.link(); err != nil || linked.Name == "" {
		t.Errorf("got %+v, %v", linked, err)
	}
}

// A browser on another machine shows a code, and the person brings it; no port is opened.
func TestLinkWithACodeFromElsewhere(t *testing.T) {
	w := newWorld(t)
	w.request.OutOfBand = true
	var progress link.Progress
	codes := make(chan link.Answer, 1)
	w.request.Answers = codes
	w.watch = func(event link.Event) {
		progress.Apply(event)
		if event.Kind == link.CodeAwaited {
			visit, err := w.visitor().Approve(w.ctx, event.Page)
			if err != nil {
				t.Error(err)
			}
			codes <- link.Answer{Pasted: " " + codeOnPage.FindString(visit.Body) + "\n"}
		}
	}
	linked, err := w.link()
	if err != nil || linked.UserID != "12345678@N00" {
		t.Errorf("got %v, %v", linked, err)
	}
	if progress.StartURL != "" || progress.Page == "" || !progress.Done[link.Save] {
		t.Errorf("progress %+v", progress)
	}
}

// codeOnPage is the form of the code that Flickr shows.
var codeOnPage = regexp.MustCompile(`\d{3}-\d{3}-\d{3}`)

func TestServiceDies(t *testing.T) {
	for n, call := range calls {
		for way, death := range deaths {
			t.Run(string(call.name)+", "+death.name, func(t *testing.T) {
				w := newWorld(t)
				w.die(call.name, way)
				_, err := w.link()
				wantFailure(t, w, err, call.step, nil, death.what)
				want := callsUntil(n + 1)
				if call.step == link.Identify {
					want = append(callsUntil(len(calls)), sandbox.PersonInfo)
				}
				if call.name == sandbox.RequestToken && death.retried {
					want = append(want, call.name, call.name)
				}
				wantCalls(t, w, want)
			})
		}
	}
}

func TestLinkDoesWithoutOrnaments(t *testing.T) {
	for _, call := range ornaments {
		for way, death := range deaths {
			t.Run(string(call)+", "+death.name, func(t *testing.T) {
				w := newWorld(t)
				w.die(call, way)
				got, err := w.link()
				if err != nil {
					t.Fatal(err)
				}
				want := ada()
				if call == sandbox.PersonInfo {
					want.Plan, want.PhotoCount = "", 0
				}
				if diff := cmp.Diff(want, got, newEachTime); diff != "" {
					t.Errorf("- want, + got:\n%s", diff)
				}
				if picture := w.store.Picture(got.ID); picture != nil {
					t.Errorf("a picture of %d bytes", len(picture))
				}
			})
		}
	}
}

func TestPictureThatIsOutOfBoundsIsLeftOut(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"too wide", sandbox.Answer(200, "GIF89a\x01\x08\x01\x00\x00\x00\x00")}, // the header of a GIF of 2049 by 1
		{"too large", func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
			right(w, r)
			sandbox.Flood(1<<20)(w, r, right)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(at(sandbox.BuddyIcon, row.fault))
			got, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			if w.store.Picture(got.ID) != nil {
				t.Error("it is kept")
			}
		})
	}
}

func TestCancelStoresNothing(t *testing.T) {
	type row struct {
		name    string
		step    link.Step
		arrange func(*world)
	}
	var rows []row
	for _, step := range link.Steps() {
		rows = append(rows, row{"when it starts: " + string(step), step, func(w *world) {
			w.watch = func(event link.Event) {
				if event.Kind == link.StepStarted && event.Step == step {
					w.cancel()
				}
			}
		}})
	}
	for _, call := range calls {
		rows = append(rows, row{"while it waits: " + string(call.name), call.step, func(w *world) {
			w.serve(at(call.name, sandbox.Hold(func(ctx context.Context) {
				w.cancel()
				<-ctx.Done()
			})))
		}})
		rows = append(rows, row{"when it is answered: " + string(call.name), call.step, func(w *world) {
			w.wire.faults[call.name] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
				w.cancel()
				return answer, nil
			}
		}})
	}
	rows = append(rows,
		row{"while the browser is reached", link.Authorize, func(w *world) {
			w.watch = func(event link.Event) {
				if event.Kind == link.BrowserReached {
					w.cancel()
				}
			}
		}},
		row{"while a code is awaited", link.Authorize, func(w *world) {
			w.request.OutOfBand = true
			w.watch = func(event link.Event) {
				if event.Kind == link.CodeAwaited {
					w.cancel()
				}
			}
		}},
		row{"while a question is asked", link.Identify, func(w *world) {
			w.person = w.approveElsewhere
			w.request.Confirm = func(ctx context.Context, _ link.Question) bool {
				w.cancel()
				<-ctx.Done()
				return false
			}
		}},
		row{"when a question is answered", link.Identify, func(w *world) {
			w.person = w.approveElsewhere
			w.request.Confirm = func(context.Context, link.Question) bool {
				w.cancel()
				return true
			}
		}},
		row{"while the picture is fetched", link.Save, func(w *world) {
			w.wire.faults[ornaments[1]] = func(r *http.Request, _ *http.Response) (*http.Response, error) {
				w.cancel()
				return nil, r.Context().Err()
			}
		}},
	)
	for n, step := range []link.Step{link.Prepare, link.Save, link.Save} {
		rows = append(rows, row{fmt.Sprintf("while the vault waits for its record %d", n+1), step, func(w *world) {
			w.request.Key = sandbox.PracticeClient
			w.vault.put = func(ctx context.Context, put int) (bool, error) {
				if put != n+1 {
					return true, nil
				}
				w.cancel()
				<-ctx.Done()
				return false, &account.VaultError{Vault: "test", State: account.VaultUnanswered, Err: ctx.Err()}
			}
		}})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			row.arrange(w)
			_, err := w.link()
			if failed, ok := errors.AsType[*link.StepError](err); !ok || failed.Step != row.step {
				t.Errorf("got %v, want a failure of step %q", err, row.step)
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
			if accounts, err := w.store.Accounts(); len(accounts) > 0 || err != nil {
				t.Errorf("listed: %+v, error %v", accounts, err)
			}
			if records := w.vault.copy(); len(records) > 0 {
				t.Errorf("%d records in the vault", len(records))
			}
		})
	}
}

func TestCancelAfterSaveComesTooLate(t *testing.T) {
	w := newWorld(t)
	w.person = func(start string) error {
		w.say(link.Answer{Pasted: w.approveOnly(start)})
		return nil
	}
	w.watch = func(event link.Event) {
		if event.Kind == link.StepDone && event.Step == link.Save {
			w.cancel()
		}
	}
	got, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	if listed, err := w.store.Accounts(); err != nil || len(listed) != 1 || listed[0] != got {
		t.Errorf("listed %+v, error %v, want %+v", listed, err, got)
	}
}

var grace = sandbox.Person{ID: "87654321@N00", UserName: "gracepractice", Name: "Grace Practice"}

func TestLinkAgain(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*world, account.Account)
		want    func(*account.Account)
	}{
		{
			name: "the same person, who is not named", // the account is refreshed, not listed twice
		},
		{
			name:    "the same person, with more permission",
			arrange: func(w *world, known account.Account) { w.request.AccountID, w.request.Permission = known.ID, "write" },
			want:    func(a *account.Account) { a.PermissionAsked, a.Permission = "write", "write" },
		},
		{
			name: "a different person, confirmed",
			arrange: func(w *world, known account.Account) {
				w.serve(sandbox.Config{Person: grace})
				w.request.AccountID = known.ID
				w.request.Confirm = func(ctx context.Context, question link.Question) bool {
					if question.Identity.UserID != grace.ID || question.Account != known {
						w.t.Errorf("asked %+v", question)
					}
					return confirm(w, true, link.DifferentPerson)(ctx, question)
				}
			},
			want: func(a *account.Account) {
				a.UserID, a.UserName, a.Name, a.PhotoCount = grace.ID, grace.UserName, grace.Name, 0
			},
		},
		{
			name: "an account that is gone",
			arrange: func(w *world, known account.Account) {
				w.request.AccountID = known.ID
				if err := w.store.Delete(w.ctx, known.ID, true); err != nil {
					w.t.Error(err)
				}
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			known, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			old := w.vault.copy()
			if row.arrange != nil {
				row.arrange(w, known)
			}
			got, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			want := ada()
			if row.want != nil {
				row.want(&want)
			}
			if diff := cmp.Diff(want, got, newEachTime); diff != "" {
				t.Errorf("account, - want, + got:\n%s", diff)
			}
			if got.ID != known.ID {
				t.Errorf("the account has another ID")
			}
			if listed, err := w.store.Accounts(); err != nil || len(listed) != 1 || listed[0] != got {
				t.Errorf("listed %+v, error %v, want %+v", listed, err, got)
			}
			records := w.vault.copy()
			if len(records) != 1 || maps.Equal(records, old) {
				t.Errorf("%d records in the vault, want a new one in place of the old one", len(records))
			}
			if _, err := w.linker.Check(w.ctx, w.request.Provider, got.ID); err != nil {
				t.Errorf("check: %v", err)
			}
		})
	}
}

func TestADifferentPersonIsAnAccountOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	first, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	w.serve(sandbox.Config{Person: grace})
	second, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	listed, err := w.store.Accounts()
	if diff := cmp.Diff([]account.Account{first, second}, listed); diff != "" || err != nil {
		t.Errorf("error %v, - want, + got:\n%s", err, diff)
	}
}

func TestLinkAgainInVainKeepsTheOldOne(t *testing.T) {
	type row struct {
		name    string
		arrange func(*world)
	}
	rows := []row{
		{"cancelled", func(w *world) {
			w.watch = func(event link.Event) {
				if event.Kind == link.StepStarted && event.Step == link.Save {
					w.cancel()
				}
			}
		}},
		{"declined", func(w *world) {
			w.person = func(string) error {
				w.say(link.Answer{Declined: true})
				return nil
			}
		}},
		{"a different person, not confirmed", func(w *world) {
			w.serve(sandbox.Config{Seed: []byte("seed"), Person: grace})
			w.request.Confirm = confirm(w, false, link.DifferentPerson)
		}},
		{"the vault lies", func(w *world) {
			w.vault.put = func(_ context.Context, n int) (bool, error) { return n != 4, nil } // probe, token, probe, token
		}},
	}
	for _, call := range calls {
		rows = append(rows, row{"the connection breaks at " + string(call.name), func(w *world) { w.die(call.name, 0) }})
		rows = append(rows, row{"the service hangs up at " + string(call.name), func(w *world) { w.die(call.name, 1) }})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(sandbox.Config{Seed: []byte("seed")})
			known, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			practice := w.request.Provider
			w.request.AccountID = known.ID
			row.arrange(w)
			if _, err := w.link(); err == nil { // which checks that what is stored is what was stored
				t.Fatal("no error")
			}
			clear(w.wire.faults)
			if _, err := w.linker.Check(t.Context(), practice, known.ID); err != nil {
				t.Errorf("check: %v", err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(w *world, token string)
		state   account.State
		is      error
		what    string // empty if there is no error
	}{
		{name: "works", arrange: func(*world, string) {}, state: account.StateWorks},
		{
			name:    "withdrawn",
			arrange: func(w *world, token string) { w.service.Revoke(token) },
			state:   account.StateWithdrawn, is: provider.ErrTokenRefused, what: "Access was withdrawn on Practice account",
		},
		{
			name: "withdrawn, in the words of OAuth",
			arrange: func(w *world, _ string) {
				w.serve(at(sandbox.Login, sandbox.Answer(401, "oauth_problem=token_rejected")))
			},
			state: account.StateWithdrawn, is: oauth.ProblemTokenRejected, what: "Access was withdrawn on Practice account",
		},
		{
			name: "expired",
			arrange: func(w *world, _ string) {
				w.serve(at(sandbox.Login, sandbox.Answer(401, "oauth_problem=token_expired")))
			},
			state: account.StateWithdrawn, is: oauth.ProblemTokenExpired, what: "Access was withdrawn on Practice account",
		},
		{
			name:    "service down",
			arrange: func(w *world, _ string) { w.server.Close() },
			state:   account.StateUnknown, is: syscall.ECONNREFUSED, what: cannotBeReached,
		},
		{
			name:    "page of another network",
			arrange: func(w *world, _ string) { w.serve(at(sandbox.Login, sandbox.Answer(200, "<html>"))) },
			state:   account.StateUnknown, is: provider.ErrNotUnderstood, what: notAsKnown,
		},
		{
			name: "clock refused",
			arrange: func(w *world, _ string) {
				clock(20 * time.Minute)(w)
				w.serve(at(sandbox.Login, sandbox.Answer(401, "oauth_problem=timestamp_refused")))
			},
			state: account.StateUnknown, is: oauth.ProblemTimestampRefused, what: "Your computer’s clock is 20 minutes fast",
		},
		{
			name:    "a different person",
			arrange: func(w *world, _ string) { w.serve(sandbox.Config{Seed: []byte("seed"), Person: grace}) },
			state:   account.StateUnknown, is: provider.ErrIdentityDiffers, what: "Practice account named two different people",
		},
		{
			name: "cancelled",
			arrange: func(w *world, _ string) {
				w.wire.faults[sandbox.Login] = func(r *http.Request, _ *http.Response) (*http.Response, error) {
					w.cancel()
					return nil, r.Context().Err()
				}
			},
			state: account.StateWorks, is: context.Canceled, // nothing was found out
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(sandbox.Config{Seed: []byte("seed")})
			known, err := w.link()
			if err != nil {
				t.Fatal(err)
			}
			credentials, err := w.store.Credentials(t.Context(), known.ID)
			if err != nil {
				t.Fatal(err)
			}
			row.arrange(w, credentials.Token.Token)
			before := time.Now().Add(-time.Hour)
			got, err := w.linker.Check(w.ctx, w.request.Provider, known.ID)
			if !errors.Is(err, row.is) || row.is == nil && err != nil {
				t.Errorf("got error %v, want %v", err, row.is)
			}
			if row.what != "" {
				if what := link.Explain(nil, err, w.request.Provider).What; what != row.what {
					t.Errorf("got %q, want %q", what, row.what)
				}
			}
			want := known
			want.State = row.state
			if diff := cmp.Diff(want, got, newEachTime); diff != "" {
				t.Errorf("account, - want, + got:\n%s", diff)
			}
			if listed, err := w.store.Account(known.ID); err != nil || listed != got || got.CheckedAt.Before(before) {
				t.Errorf("listed %+v, error %v, want %+v", listed, err, got)
			}
			if after, err := w.store.Credentials(t.Context(), known.ID); err != nil || after != credentials {
				t.Errorf("the credentials changed, error %v", err)
			}
			w.wantNoSecret(got, err)
		})
	}
}

func TestCheckTakesOverWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.serve(sandbox.Config{Seed: []byte("seed")})
	known, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	w.serve(sandbox.Config{Seed: []byte("seed"), Person: sandbox.Person{ID: known.UserID, UserName: "ada2", Name: "Ada the Second"}})
	got, err := w.linker.Check(w.ctx, w.request.Provider, known.ID)
	if err != nil || got.UserName != "ada2" || got.Name != "Ada the Second" || got.ID != known.ID {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestCheckOfAnAccountWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	known, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	for record := range w.vault.copy() {
		if err := w.vault.Delete(w.ctx, record); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.linker.Check(w.ctx, w.request.Provider, known.ID)
	trouble := link.Explain(nil, err, w.request.Provider)
	if trouble.What != "The keyring no longer holds the secrets of this account" || trouble.Action != link.LinkAgain {
		t.Errorf("got %+v for %v", trouble, err)
	}
	if _, err := w.linker.Check(w.ctx, w.request.Provider, "nobody"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("got %v, want %v", err, account.ErrNotFound)
	}
}
