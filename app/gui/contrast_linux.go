//go:build !nogui

package gui

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// systemWantsContrast asks the desktop portal whether the person has chosen high contrast
// (https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html).
func systemWantsContrast(ctx context.Context) bool {
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer func() { _ = bus.Close() }()
	var contrast uint32
	err = bus.Object("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop").CallWithContext(ctx,
		"org.freedesktop.portal.Settings.ReadOne", 0, "org.freedesktop.appearance", "contrast").Store(&contrast)
	return err == nil && contrast == 1
}
