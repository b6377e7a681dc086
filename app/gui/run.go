//go:build !nogui

package gui

import (
	"fmt"
	"os"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"photolink/app"
	"photolink/resources"
)

// Run opens the window, and returns the exit code of the program when it is closed. metadata is FyneApp.toml.
func Run(metadata []byte) int {
	photolink, err := app.New(app.Config{Metadata: metadata})
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "photolink:", err)
		return 1
	}
	defer photolink.Close()
	application := fyneapp.NewWithID("org.photolink.Photolink")
	application.SetIcon(fyne.NewStaticResource("photolink.svg", resources.Icon))
	application.Settings().SetTheme(newTheme())
	w := newWindow(photolink, application, fyne.Do)
	w.showHome()
	w.window.ShowAndRun()
	w.finish(6 * time.Second)
	return 0
}
