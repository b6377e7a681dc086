//go:build !nogui

package gui

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"photolink/app"
	"photolink/app/instance"
	"photolink/resources"
)

// Run opens the window, and returns the exit code of the program when it is closed. metadata is FyneApp.toml. Where a
// window is open already, that one comes to the front, and Run returns at once.
func Run(metadata []byte) int {
	collecting := debug.SetGCPercent(-1) // a start is short, and need not wait for its garbage; started goes back to this
	photolink, err := app.New(app.Config{Metadata: metadata})
	if err != nil {
		return complain(err)
	}
	defer photolink.Close()
	raise := make(chan struct{}, 1)
	release, first, err := instance.Hold(photolink.Folder(), func() {
		select {
		case raise <- struct{}{}:
		default: // it is on its way already
		}
	})
	if err != nil {
		return complain(err)
	}
	defer release()
	if !first {
		return 0
	}
	application := fyneapp.NewWithID("org.photolink.Photolink")
	application.SetIcon(fyne.NewStaticResource("photolink.png", resources.WindowIcon)) // as SVG it would take 30 ms to draw
	w := newWindow(photolink, application, fyne.Do)
	application.Lifecycle().SetOnStarted(func() { w.started(raise, collecting) })
	w.showHome()
	w.window.ShowAndRun()
	w.finish(6 * time.Second)
	if photolink.Forgotten() {
		// What Fyne keeps for the program: files without content.
		for _, folder := range []fyne.URI{application.Storage().RootURI(), application.Cache().RootURI()} {
			_ = os.RemoveAll(folder.Path())
		}
	}
	return 0
}

// started begins what runs as long as the window. collecting is the percentage for [debug.SetGCPercent].
func (w *window) started(raise <-chan struct{}, collecting int) {
	w.working.Go(func() {
		select {
		case <-time.After(time.Second): // when the first pictures are drawn
			debug.SetGCPercent(collecting)
			debug.FreeOSMemory() // reading the fonts takes twice the memory that they need
		case <-w.ctx.Done():
		}
	})
	w.working.Go(func() {
		ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
		defer cancel()
		if systemWantsContrast(ctx) {
			w.do(func() {
				w.moreContrast = true
				w.applySettings()
			})
		}
	})
	w.working.Go(func() {
		for {
			select {
			case <-raise:
				w.do(w.comeForward)
			case <-w.ctx.Done():
				return
			}
		}
	})
}

func complain(err error) int {
	_, _ = fmt.Fprintln(os.Stderr, "photolink:", err)
	return 1
}
