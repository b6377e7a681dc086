package account

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

// systemKeyring is go-keyring, asked only where that starts nothing, and watched while it asks.
type systemKeyring struct{}

func (systemKeyring) Set(service, user, password string) error {
	return watch(func() error { return keyring.Set(service, user, password) })
}

func (systemKeyring) Get(service, user string) (secret string, err error) {
	err = watch(func() (err error) {
		secret, err = keyring.Get(service, user)
		return err
	})
	return secret, err
}

func (systemKeyring) Delete(service, user string) error {
	return watch(func() error { return keyring.Delete(service, user) })
}

var (
	errNoSessionBus    = errors.New("no session bus")
	errPromptDismissed = errors.New("prompt dismissed")
	errKeyringLeft     = errors.New("keyring left the session bus")
)

// watch runs an operation of go-keyring and finds out what that does not tell: whether a prompt was dismissed, and
// whether the keyring program or the bus went away in the meantime. It sees the signals of the keyring because
// go-keyring uses the same shared connection.
func watch(operation func() error) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return operation() // their keyrings need no bus
	}
	if !haveSessionBus() {
		return errNoSessionBus
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return err
	}
	signals := make(chan *dbus.Signal, 16) // more than the prompts of an operation
	bus.Signal(signals)
	defer bus.RemoveSignal(signals)
	// go-keyring takes any signal for the end of its prompt. So this one also ends its wait for the prompt of a keyring
	// that is no more, which would be for ever.
	leaving := []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, "org.freedesktop.secrets"), dbus.WithMatchArg(2, ""), // no new owner
	}
	if err := bus.AddMatchSignal(leaving...); err != nil {
		return fmt.Errorf("%w: %w", errKeyringLeft, err) // the connection was good a moment ago
	}
	defer func() { _ = bus.RemoveMatchSignal(leaving...) }()

	err = withoutPanic(operation)
	for {
		select {
		case signal, open := <-signals:
			switch {
			case (!open || isKeyringLeaving(signal)) && err != nil:
				return fmt.Errorf("%w: %w", errKeyringLeft, err)
			case !open, isKeyringLeaving(signal):
				return errKeyringLeft // go-keyring takes a prompt without an answer for success
			case isPromptDismissed(signal):
				return errPromptDismissed
			}
		default:
			return err
		}
	}
}

func isKeyringLeaving(signal *dbus.Signal) bool {
	return signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(signal.Body) == 3 &&
		signal.Body[0] == "org.freedesktop.secrets" && signal.Body[2] == ""
}

func isPromptDismissed(signal *dbus.Signal) bool {
	return signal.Name == "org.freedesktop.Secret.Prompt.Completed" && len(signal.Body) > 0 && signal.Body[0] == true
}

// haveSessionBus reports whether go-keyring will find a session bus, by the same rules as its D-Bus library. Without
// one that library starts dbus-launch, whose bus outlives the program and has no one to answer a prompt.
func haveSessionBus() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return true
	}
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), name)); err == nil {
			return true
		}
	}
	return false
}
