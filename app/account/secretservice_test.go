package account_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"photolink/app/account"
)

func TestSecretServiceKeepsRecords(t *testing.T) {
	startBus(t)
	startSecretService(t, nil)
	testVault(t, account.Keyring())
}

// TestSecretServiceStates has the real go-keyring meet everything that can go wrong with a real session bus.
func TestSecretServiceStates(t *testing.T) {
	create := func(answer func(store func()) (bool, *dbus.Error)) func(*secretService, func()) {
		return func(s *secretService, _ func()) { s.create = answer }
	}
	ask := func() (bool, bool) { return false, true }
	askToo := func(func()) (bool, *dbus.Error) { return true, nil }
	dismiss := func(complete func(bool)) { complete(true) }
	for _, test := range []struct {
		name  string
		spoil func(s *secretService, stopBus func())
		want  account.VaultState
	}{
		{"locked, and no prompt", func(s *secretService, _ func()) {
			s.unlock = func() (bool, bool) { return false, false }
		}, account.VaultLocked},
		{"prompt for the password dismissed", func(s *secretService, _ func()) {
			s.unlock, s.prompt = ask, dismiss
		}, account.VaultDismissed},
		{"prompt before storing dismissed, which go-keyring takes for success", func(s *secretService, _ func()) {
			s.create, s.prompt = askToo, dismiss
		}, account.VaultDismissed},
		{"refuses", create(func(func()) (bool, *dbus.Error) {
			return false, dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"not you"})
		}), account.VaultRefused},
		{"locks itself before storing", create(func(func()) (bool, *dbus.Error) {
			return false, dbus.NewError("org.freedesktop.Secret.Error.IsLocked", nil)
		}), account.VaultLocked},
		{"says yes and stores nothing", create(func(func()) (bool, *dbus.Error) {
			return false, nil
		}), account.VaultNotStored},
		{"keyring dies during a request", func(s *secretService, _ func()) {
			s.create = func(func()) (bool, *dbus.Error) { s.leave(); return false, nil }
		}, account.VaultGone},
		{"keyring dies under its prompt for the password", func(s *secretService, _ func()) {
			s.unlock, s.prompt = ask, func(func(bool)) { s.leave() }
		}, account.VaultGone},
		{"keyring dies under its prompt before storing", func(s *secretService, _ func()) {
			s.create, s.prompt = askToo, func(func(bool)) { s.leave() }
		}, account.VaultGone},
		{"bus dies during a request", func(s *secretService, stopBus func()) {
			s.create = func(func()) (bool, *dbus.Error) { stopBus(); return false, nil }
		}, account.VaultGone},
		{"bus dies under a prompt", func(s *secretService, stopBus func()) {
			s.unlock, s.prompt = ask, func(func(bool)) { stopBus() }
		}, account.VaultGone},
	} {
		t.Run(test.name, func(t *testing.T) {
			stopBus := startBus(t)
			service := startSecretService(t, func(s *secretService) { test.spoil(s, stopBus) })
			vault := account.Keyring()
			err := vault.Put(t.Context(), "record", []byte("canary"))
			expectVaultError(t, err, test.want)
			if _, ever := service.stored(); ever > 0 {
				t.Error("the secret was stored")
			}
			if test.want == account.VaultGone { // and nobody waits for an answer that cannot come any more
				if err := vault.Put(t.Context(), "record", []byte("canary")); err == nil {
					t.Error("put without a keyring: got no error")
				}
			}
		})
	}
}

// expectVaultError checks the state of err, and that it does not hold the secret of these tests.
func expectVaultError(t *testing.T, err error, want account.VaultState) {
	t.Helper()
	if got := stateOf(err); got != want {
		t.Errorf("got state %q of %v, want %q", got, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("the error holds the secret: %v", err)
	}
}

func TestNoSecretService(t *testing.T) {
	for _, test := range []struct {
		name   string
		remove func(t *testing.T, s *secretService, stopBus func())
	}{
		{"bus without a keyring", func(_ *testing.T, s *secretService, _ func()) { s.leave() }},
		{"bus that is gone", func(_ *testing.T, _ *secretService, stopBus func()) { stopBus() }},
		{"bus disabled", func(t *testing.T, _ *secretService, _ func()) {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
		}},
		{"bus elsewhere", func(t *testing.T, _ *secretService, _ func()) {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			stopBus := startBus(t)
			test.remove(t, startSecretService(t, nil), stopBus)
			expectVaultError(t, account.Probe(t.Context(), account.Keyring()), account.VaultAbsent)
		})
	}
}

func TestSecretTooBigForSomeSystemsIsNotTried(t *testing.T) {
	startBus(t)
	startSecretService(t, func(s *secretService) {
		s.create = func(func()) (bool, *dbus.Error) { t.Error("the keyring was asked"); return false, nil }
	})
	err := account.Keyring().Put(t.Context(), "record", make([]byte, 2561))
	expectVaultError(t, err, account.VaultTooBig)
}

// TestSlowSecretService has a keyring that takes its time until the person has given up.
func TestSlowSecretService(t *testing.T) {
	for _, test := range []struct {
		name string
		// slow makes the service say on asked that it has got the request, and store it only when it may.
		slow func(s *secretService, asked chan<- struct{}, may <-chan struct{})
	}{
		{"slow to store", func(s *secretService, asked chan<- struct{}, may <-chan struct{}) {
			s.create = func(store func()) (bool, *dbus.Error) {
				asked <- struct{}{}
				<-may
				store()
				return false, nil
			}
		}},
		{"prompt for the password unanswered", func(s *secretService, asked chan<- struct{}, may <-chan struct{}) {
			s.unlock = func() (bool, bool) {
				select {
				case <-may:
					return true, false
				default:
					return false, true
				}
			}
			s.prompt = func(complete func(bool)) {
				asked <- struct{}{}
				<-may
				complete(false)
			}
		}},
		{"prompt before storing unanswered", func(s *secretService, asked chan<- struct{}, may <-chan struct{}) {
			stores := make(chan func(), 1)
			s.create = func(store func()) (bool, *dbus.Error) { stores <- store; return true, nil }
			s.prompt = func(complete func(bool)) {
				asked <- struct{}{}
				<-may
				(<-stores)()
				complete(false)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			startBus(t)
			asked, may := make(chan struct{}), make(chan struct{})
			service := startSecretService(t, func(s *secretService) { test.slow(s, asked, may) })
			vault := account.Keyring()
			ctx, cancel := context.WithCancel(t.Context())
			answer := make(chan error)
			go func() { answer <- vault.Put(ctx, "record", []byte("canary")) }()
			<-asked
			cancel()
			err := <-answer // while the service is still at it
			expectVaultError(t, err, account.VaultUnanswered)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want a cancelled call", err)
			}
			close(may)
			_, err = vault.Get(t.Context(), "record") // waits for its turn
			expectVaultError(t, err, account.VaultNotFound)
			if now, ever := service.stored(); now != 0 || ever != 1 {
				t.Errorf("stored too late: %d, left: %d; want 1 and 0", ever, now)
			}
		})
	}
}
