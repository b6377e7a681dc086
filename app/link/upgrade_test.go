package link_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// What Flickr gave out before it spoke OAuth.
const (
	legacyToken = "9765984-1122334455667788"

	exchangeLegacy sandbox.Endpoint = "flickr.auth.oauth.getAccessToken"
)

// upgrade exchanges an old token, and checks what holds for every exchange.
func (w *world) upgrade(request link.UpgradeRequest) (account.Account, error) {
	w.t.Helper()
	before := w.stored()
	w.wire.forget()
	got, err := w.linker.Upgrade(w.ctx, request)
	if err != nil {
		w.wantStored(before, "after a failure")
		if got != (account.Account{}) {
			w.t.Errorf("got %+v with an error", got)
		}
	}
	w.wantNoSecret(got, err)
	return got, err
}

// newOldWorld returns a world in which the exchange of an old token goes well.
func newOldWorld(t *testing.T) (*world, link.UpgradeRequest) {
	t.Helper()
	w := newWorldAt(t, "flickr")
	w.serve(sandbox.Config{LegacyTokens: map[string]string{legacyToken: "write"}})
	return w, link.UpgradeRequest{
		Provider: w.request.Provider, Key: sandbox.PracticeClient, KeyName: "of 2009", LegacyToken: legacyToken, Vault: "test",
	}
}

// upgraded is the account that an exchange brings.
func upgraded() account.Account {
	want := linkedAt["flickr"]
	want.Provider, want.Vault, want.State = "flickr", "test", account.StateWorks
	want.PermissionAsked, want.Permission = "write", "write"
	return want
}

func TestUpgrade(t *testing.T) {
	w, request := newOldWorld(t)
	var later atomic.Int64 // time.Duration
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	w.linker.Now = now
	w.serve(sandbox.Config{LegacyTokens: map[string]string{legacyToken: "write"}, Now: now, Seed: []byte("seed")})

	first, err := w.upgrade(request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(upgraded(), first, newEachTime); diff != "" {
		t.Errorf("account, - want, + got:\n%s", diff)
	}
	if listed, err := w.store.Accounts(); err != nil || len(listed) != 1 || listed[0] != first {
		t.Errorf("listed %+v, error %v, want %+v", listed, err, first)
	}
	keys, err := w.store.Keys("flickr")
	if err != nil || len(keys) != 1 || keys[0].ID != first.KeyID || keys[0].Name != "of 2009" {
		t.Errorf("keys %+v, error %v", keys, err)
	}

	later.Store(int64(23 * time.Hour)) // the old token works for a day, and brings the same account
	second, err := w.upgrade(request)
	if err != nil || second.ID != first.ID {
		t.Errorf("after 23 hours: %+v, error %v", second, err)
	}

	later.Store(int64(25 * time.Hour))
	_, err = w.upgrade(request)
	wantNotUpgraded(t, w, err, link.Ask, link.ErrLegacyRefused, "Flickr does not know this old token", link.ChangeKey)
	wantCheckUntilWithdrawn(t, w, second)
}

// wantNotUpgraded checks the error of an exchange that changed nothing, and its words.
func wantNotUpgraded(t *testing.T, w *world, err error, step link.Step, is error, what string, action link.Action) {
	t.Helper()
	if failed, ok := errors.AsType[*link.StepError](err); !ok || failed.Step != step {
		t.Fatalf("got %v, want a failure of step %q", err, step)
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("got %v, want %v", err, is)
	}
	trouble := link.Explain(nil, err, w.request.Provider)
	if trouble.What != what || trouble.Action != action || trouble.Meaning == "" || trouble.Remedy == "" {
		t.Errorf("got %+v, want %q, %q, for %v", trouble, what, action, err)
	}
}

func TestUpgradeFails(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*world, *link.UpgradeRequest)
		step    link.Step
		is      error // nil if there is no sentinel
		what    string
		action  link.Action
		untried bool // the old token was not shown to the service
	}{
		{
			name:    "an old token that nobody knows",
			arrange: func(_ *world, r *link.UpgradeRequest) { r.LegacyToken = "9765984-8877665544332211" },
			step:    link.Ask, is: link.ErrLegacyRefused, what: "Flickr does not know this old token", action: link.ChangeKey,
		},
		{
			name:    "wrong secret",
			arrange: func(_ *world, r *link.UpgradeRequest) { r.Key.Secret = "1234567890abcdef" },
			step:    link.Ask, is: oauth.ProblemSignatureInvalid, what: "The API secret does not fit the key", action: link.ChangeKey,
		},
		{
			name:    "wrong key",
			arrange: func(_ *world, r *link.UpgradeRequest) { r.Key.Key = "00000000000000000000000000000000" },
			step:    link.Prepare, is: provider.ErrKeyRefused, what: "Flickr does not accept this API key", action: link.ChangeKey,
			untried: true,
		},
		{
			name: "Flickr has given it up",
			arrange: func(w *world, _ *link.UpgradeRequest) {
				w.serve(at(exchangeLegacy, sandbox.Answer(200,
					`{"stat":"fail","code":112,"message":"Method \"flickr.auth.oauth.getAccessToken\" not found"}`)))
			},
			step: link.Ask, is: provider.ErrNotOffered, what: "Flickr no longer exchanges old tokens", action: link.LinkAgain,
		},
		{
			name: "Flickr is out of order",
			arrange: func(w *world, _ *link.UpgradeRequest) {
				w.serve(at(exchangeLegacy, sandbox.Answer(503, "<h1>Sorry</h1>")))
			},
			step: link.Ask, what: "Flickr is out of order", action: link.TryAgain,
		},
		{
			name:    "an error that quotes the request",
			arrange: func(w *world, _ *link.UpgradeRequest) { w.serve(at(exchangeLegacy, quote(403))) },
			step:    link.Ask, what: "The answer does not come from Flickr as Photolink knows it", action: link.TryAgain,
		},
		{
			name:    "the connection breaks",
			arrange: func(w *world, _ *link.UpgradeRequest) { w.serve(at(exchangeLegacy, sandbox.Drop())) },
			step:    link.Ask, what: "Flickr cannot be reached", action: link.TryAgain,
		},
		{
			name: "the page of another network",
			arrange: func(w *world, _ *link.UpgradeRequest) {
				w.serve(at(exchangeLegacy, sandbox.Answer(200, "<!doctype html><title>Welcome to the airport</title>")))
			},
			step: link.Ask, is: provider.ErrNotUnderstood, what: "The answer does not come from Flickr as Photolink knows it",
			action: link.TryAgain,
		},
		{
			name: "the vault is locked",
			arrange: func(w *world, _ *link.UpgradeRequest) {
				w.vault.put = func(context.Context, int) (bool, error) {
					return false, &account.VaultError{Vault: "test", State: account.VaultLocked}
				}
			},
			step: link.Prepare, what: "The keyring is locked", action: link.OtherVault, untried: true,
		},
		{
			name: "a service that never had such tokens",
			arrange: func(w *world, r *link.UpgradeRequest) {
				all := provider.BuiltIn()
				smugmug := slices.IndexFunc(all, func(p provider.Provider) bool { return p.ID == "smugmug" })
				r.Provider, w.request.Provider = all[smugmug], all[smugmug]
			},
			step: link.Prepare, is: provider.ErrNotOffered, what: "SmugMug no longer exchanges old tokens", action: link.LinkAgain,
			untried: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, request := newOldWorld(t)
			row.arrange(w, &request)
			_, err := w.upgrade(request)
			wantNotUpgraded(t, w, err, row.step, row.is, row.what, row.action)
			if tried := slices.Contains(w.wire.calls, exchangeLegacy); tried == row.untried {
				t.Errorf("the old token was tried: %v", tried)
			}
			if slices.Contains(w.wire.calls, sandbox.Login) {
				t.Error("the account was asked for")
			}
		})
	}
}

// After the exchange nothing of it may be lost: the old token may be dead already.
func TestUpgradeIsSavedLater(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*world)
		action  link.Action
		says    string // a part of Meaning
		vault   string // to save in at last
	}{
		{
			name: "the vault was locked in the meantime",
			arrange: func(w *world) {
				w.vault.put = func(_ context.Context, n int) (bool, error) {
					if n == 1 { // the probe
						return true, nil
					}
					return false, &account.VaultError{Vault: "test", State: account.VaultLocked}
				}
			},
			action: link.OtherVault, says: "The keyring is locked.", vault: account.SessionVault,
		},
		{
			name: "the vault lies once",
			arrange: func(w *world) {
				w.vault.put = func(_ context.Context, n int) (bool, error) { return n != 2, nil }
			},
			action: link.OtherVault, says: "The keyring says that it stored the secret, but did not.", vault: "test",
		},
		{
			name: "Flickr does not say at once who it is",
			arrange: func(w *world) {
				var once sync.Once
				w.wire.faults[sandbox.Login] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
					once.Do(func() { answer.StatusCode = http.StatusServiceUnavailable })
					return answer, nil
				}
			},
			action: link.TryAgain, says: "Flickr is out of order.", vault: "test",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, request := newOldWorld(t)
			row.arrange(w)
			_, err := w.upgrade(request)
			unsaved, ok := errors.AsType[*link.UnsavedError](err)
			if !ok {
				t.Fatalf("got %v, want a *link.UnsavedError", err)
			}
			trouble := link.Explain(nil, err, request.Provider)
			if trouble.What != "The new access is not saved yet" || trouble.Action != row.action ||
				!strings.Contains(trouble.Meaning, row.says) {
				t.Errorf("got %+v, want action %q and %q", trouble, row.action, row.says)
			}
			got, err := unsaved.Save(t.Context(), row.vault)
			if err != nil {
				t.Fatal(err)
			}
			want := upgraded()
			want.Vault = row.vault
			if diff := cmp.Diff(want, got, newEachTime); diff != "" {
				t.Errorf("account, - want, + got:\n%s", diff)
			}
			exchanges := slices.DeleteFunc(slices.Clone(w.wire.calls), func(call sandbox.Endpoint) bool {
				return call != exchangeLegacy
			})
			if len(exchanges) != 1 {
				t.Errorf("%d exchanges", len(exchanges))
			}
			wantCheckUntilWithdrawn(t, w, got)
		})
	}
}

// Whoever gives up while the exchange is under way has the account, or nothing has changed and it can be tried again.
func TestCancelledUpgradeLosesNothing(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(*world)
		saved   bool
	}{
		{name: "before it began", arrange: func(w *world) { w.cancel() }},
		{
			name: "before the answer", saved: true,
			arrange: func(w *world) {
				w.serve(sandbox.Config{
					LegacyTokens: map[string]string{legacyToken: "write"},
					Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{
						exchangeLegacy: func(answer http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
							w.cancel()
							right(answer, r)
						},
					}},
				})
			},
		},
		{
			name: "when the answer has come",
			arrange: func(w *world) {
				w.wire.faults[exchangeLegacy] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
					w.cancel()
					return answer, nil
				}
			},
			saved: true,
		},
		{
			name: "while the account is asked for",
			arrange: func(w *world) {
				w.wire.faults[sandbox.Login] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
					w.cancel()
					return answer, nil
				}
			},
			saved: true,
		},
		{
			name: "while it is saved",
			arrange: func(w *world) {
				w.vault.put = func(_ context.Context, n int) (bool, error) {
					if n == 2 {
						w.cancel()
					}
					return true, nil
				}
			},
			saved: true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, request := newOldWorld(t)
			row.arrange(w)
			got, err := w.upgrade(request)
			if row.saved && err != nil {
				t.Fatal(err)
			}
			if err != nil {
				if _, ok := errors.AsType[*link.StepError](err); !ok || !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want a failure of a step, %v", err, context.Canceled)
				}
				w.ctx = t.Context()
				if got, err = w.upgrade(request); err != nil {
					t.Fatalf("another time: %v", err)
				}
			}
			if diff := cmp.Diff(upgraded(), got, newEachTime); diff != "" {
				t.Errorf("account, - want, + got:\n%s", diff)
			}
		})
	}
}
