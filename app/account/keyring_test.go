package account_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"photolink/app/account"
)

// fakeKeyring stands in for go-keyring. Its map has no lock: the race detector sees calls that are not one at a time.
type fakeKeyring struct {
	records map[string]string
	set     func(store func()) error // nil stores
	err     error                    // what all methods return, unless nil
}

func (f *fakeKeyring) Set(service, user, password string) error {
	store := func() { f.records[service+"/"+user] = password }
	if f.err != nil {
		return f.err
	}
	if f.set != nil {
		return f.set(store)
	}
	store()
	return nil
}

func (f *fakeKeyring) Get(service, user string) (string, error) {
	if f.err != nil {
		return "", f.err
	}
	secret, ok := f.records[service+"/"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return secret, nil
}

func (f *fakeKeyring) Delete(service, user string) error {
	if f.err != nil {
		return f.err
	}
	if _, ok := f.records[service+"/"+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(f.records, service+"/"+user)
	return nil
}

func newFakeKeyring() *fakeKeyring { return &fakeKeyring{records: make(map[string]string)} }

// stateOf returns the state of the vault error in err, or "" if there is none.
func stateOf(err error) account.VaultState {
	if vaultErr, ok := errors.AsType[*account.VaultError](err); ok {
		return vaultErr.State
	}
	return ""
}

func TestKeyringErrorsAreToldApart(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want account.VaultState
	}{
		{"no such record", keyring.ErrNotFound, account.VaultNotFound},
		{"record too big", keyring.ErrSetDataTooBig, account.VaultTooBig},
		{"record too big for Windows", syscall.Errno(1783), account.VaultTooBig},
		{"system without keyring", keyring.ErrUnsupportedPlatform, account.VaultAbsent},
		{"Windows network logon", syscall.Errno(1312), account.VaultAbsent},
		{
			"bus disabled", errors.New("dbus: invalid bus address (invalid or unsupported transport)"),
			account.VaultAbsent,
		},
		{"bus gone", errors.New("dial unix /run/user/1000/bus: connect: no such file or directory"), account.VaultAbsent},
		{"bus cannot start", errors.New(`exec: "dbus-launch": executable file not found in $PATH`), account.VaultAbsent},
		{"bus unknown", errors.New("dbus: couldn't determine address of session bus"), account.VaultAbsent},
		{
			"bus without keyring", errors.New("The name org.freedesktop.secrets was not provided by any .service files"),
			account.VaultAbsent,
		},
		{"bus error without text", errors.New("org.freedesktop.DBus.Error.ServiceUnknown"), account.VaultAbsent},
		{
			"keyring program does not start", errors.New("Process org.freedesktop.secrets exited with status 1"),
			account.VaultAbsent,
		},
		{
			"keyring locked",
			errors.New("failed to unlock correct collection '/org/freedesktop/secrets/collection/login'"),
			account.VaultLocked,
		},
		{
			"no keyring made yet",
			errors.New("failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'"),
			account.VaultLocked,
		},
		{"locked again meanwhile", errors.New("Cannot create an item in a locked collection"), account.VaultLocked},
		{"locked without text", errors.New("org.freedesktop.Secret.Error.IsLocked"), account.VaultLocked},
		{"Keychain not allowed to ask", errors.New("exit status 36"), account.VaultLocked},
		{"Keychain prompt dismissed", errors.New("exit status 128"), account.VaultDismissed},
		{"no Keychain", errors.New("exit status 50"), account.VaultAbsent},
		{"anything else", errors.New("Sender is not authorized to send message"), account.VaultRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			vault := account.NewKeyring(&fakeKeyring{err: test.err})
			_, err := vault.Get(t.Context(), "record")
			if got := stateOf(err); got != test.want {
				t.Errorf("state of %q: got %q, want %q", test.err, got, test.want)
			}
			if !errors.Is(err, test.err) {
				t.Errorf("got %v, want it to wrap %v", err, test.err)
			}
		})
	}
}

func TestKeyringKeepsRecords(t *testing.T) {
	testVault(t, account.NewKeyring(newFakeKeyring()))
}

func TestSessionKeepsRecords(t *testing.T) {
	testVault(t, account.Session())
}

// testVault checks what every vault promises.
func testVault(t *testing.T, vault account.Vault) {
	t.Helper()
	ctx := t.Context()
	const record = "photolink-test"
	largest := strings.Repeat("x", 2560)
	if err := account.Probe(ctx, vault); err != nil {
		t.Errorf("probe: %v", err)
	}
	if _, err := vault.Get(ctx, record); stateOf(err) != account.VaultNotFound {
		t.Errorf("get before put: got %v, want a record not found", err)
	}
	for _, secret := range []string{"first", "päss \"wörd\"\n\x00", largest} {
		if err := vault.Put(ctx, record, []byte(secret)); err != nil {
			t.Errorf("put %d bytes: %v", len(secret), err)
		}
		if got, err := vault.Get(ctx, record); err != nil || string(got) != secret {
			t.Errorf("get: got %q and %v, want %q", got, err, secret)
		}
	}
	for _, when := range []string{"once", "twice"} {
		if err := vault.Delete(ctx, record); err != nil {
			t.Errorf("delete %s: %v", when, err)
		}
	}
	if _, err := vault.Get(ctx, record); stateOf(err) != account.VaultNotFound {
		t.Errorf("get after delete: got %v, want a record not found", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	err := vault.Put(ended, record, []byte("late"))
	if stateOf(err) != account.VaultUnanswered || !errors.Is(err, context.Canceled) {
		t.Errorf("put after cancel: got %v, want a call given up", err)
	}
}

func TestProbeSaysWhatIsWrongWithTheKeyring(t *testing.T) {
	locked := errors.New("failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'")
	vault := account.NewKeyring(&fakeKeyring{err: locked})
	if err := account.Probe(t.Context(), vault); stateOf(err) != account.VaultLocked {
		t.Errorf("got %v, want a locked vault", err)
	}
}

func TestKeyringPutNoticesWhatWasNotStored(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(fake *fakeKeyring) func(store func()) error
		want account.VaultState
	}{
		{
			"dismissed prompt reported as success",
			func(*fakeKeyring) func(func()) error { return func(func()) error { return nil } },
			account.VaultNotStored,
		},
		{
			"something else stored",
			func(fake *fakeKeyring) func(func()) error {
				return func(func()) error { fake.records["Photolink/record"] = "cut off"; return nil }
			},
			account.VaultNotStored,
		},
		{
			"bus closed under an open prompt",
			func(*fakeKeyring) func(func()) error {
				return func(func()) error { panic("invalid memory address or nil pointer dereference") }
			},
			account.VaultRefused,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := newFakeKeyring()
			fake.set = test.set(fake)
			vault := account.NewKeyring(fake)
			if err := vault.Put(t.Context(), "record", []byte("secret")); stateOf(err) != test.want {
				t.Errorf("got %v, want state %q", err, test.want)
			}
			if _, err := vault.Get(t.Context(), "record"); stateOf(err) != account.VaultNotFound {
				t.Errorf("get after put: got %v, want a record not found", err)
			}
		})
	}
}

func TestKeyringRefusesWhatSomeSystemsWouldCutOff(t *testing.T) {
	err := account.NewKeyring(newFakeKeyring()).Put(t.Context(), "record", make([]byte, 2561))
	if stateOf(err) != account.VaultTooBig {
		t.Errorf("got %v, want a secret too big", err)
	}
}

func TestKeyringTakesBackWhatIsStoredTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeKeyring()
		prompt := make(chan struct{})
		fake.set = func(store func()) error { <-prompt; store(); return nil }
		vault := account.NewKeyring(fake)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := vault.Put(ctx, "record", []byte("secret"))
		if stateOf(err) != account.VaultUnanswered || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("put: got %v, want a call given up", err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := vault.Get(ctx, "record"); stateOf(err) != account.VaultUnanswered {
			t.Errorf("get while the prompt is open: got %v, want a call given up", err)
		}

		close(prompt)
		if _, err := vault.Get(t.Context(), "record"); stateOf(err) != account.VaultNotFound {
			t.Errorf("get after the prompt: got %v, want a record not found", err)
		}
		fake.set = nil
		if err := vault.Put(t.Context(), "record", []byte("secret")); err != nil {
			t.Errorf("put after the prompt: %v", err)
		}
	})
}

func TestKeyringMakesOneCallAtATime(t *testing.T) {
	vault := account.NewKeyring(newFakeKeyring()) // not safe for concurrent use, which the race detector would tell
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := account.Probe(t.Context(), vault); err != nil {
				t.Errorf("probe: %v", err)
			}
		})
	}
	all.Wait()
}
