//go:build !nogui

package gui

import (
	"fmt"
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/driver/desktop"

	"photolink/app"
)

// The size of the window when nobody has changed it, and the smallest that is remembered. Where the menu is inside the
// window, it comes on top.
var usualSize, smallestSize = fyne.NewSize(760, 540), fyne.NewSize(480, 360)

// menuHeight is about what the menu needs on systems that have it in the window.
const menuHeight = 30

// comeForward brings the window to the front. Where the system does not let a program do that, it makes the window's
// button ask for the person (Windows, X11). Wayland lets a program do neither: there a notification says it.
func (w *window) comeForward() {
	w.window.RequestFocus()
	w.native(func(context any) {
		if _, wayland := context.(driver.WaylandWindowContext); wayland {
			// No text of a service: on some systems the text passes through a shell.
			notification := fyne.NewNotification("Photolink", w.say().Say("The browser has answered. Photolink says how it went."))
			w.working.Go(func() { w.fyne.SendNotification(notification) })
		}
	})
}

// native calls use with what the system calls the window, if it is one of a real screen.
func (w *window) native(use func(context any)) {
	if real, ok := w.window.(driver.NativeWindow); ok {
		real.RunNative(use)
	}
}

// recallPlace gives the window the size and the place that it had last.
func (w *window) recallPlace() {
	last := w.photolink.Settings().Window
	usual := usualSize
	if runtime.GOOS != "darwin" {
		usual.Height += menuHeight
	}
	w.window.Resize(usual)
	if last.Width > 0 && last.Height > 0 {
		w.window.Resize(fyne.NewSize(float32(last.Width), float32(last.Height)).Max(smallestSize))
	}
	if placed, ok := w.window.(desktop.Window); ok && last.HasPlace && screenHas(last.X, last.Y) {
		placed.RequestPosition(last.X, last.Y)
	}
}

// rememberPlace keeps size and place for the next time.
func (w *window) rememberPlace() {
	size := w.window.Canvas().Size()
	now := app.Window{Width: int(size.Width), Height: int(size.Height)}
	w.native(func(context any) { now.X, now.Y, now.HasPlace = placeOf(context) })
	w.working.Go(func() { w.photolink.SaveWindow(now) })
}

// display describes the screen for a diagnostic report.
func (w *window) display() string {
	kind := "none"
	w.native(func(context any) { kind = fmt.Sprintf("%T", context) })
	size := w.window.Canvas().Size()
	return fmt.Sprintf("%s, window %.0f x %.0f, scale %.2f", kind, size.Width, size.Height, w.window.Canvas().Scale())
}
