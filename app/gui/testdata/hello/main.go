// Hello is the least program that opens a window with Fyne, as large as that of Photolink: the floor of what the start of
// Photolink is measured against. It lies here so that both are built with the same go.mod.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	window := app.New().NewWindow("Hello")
	window.SetContent(widget.NewLabel("Hello"))
	window.Resize(fyne.NewSize(760, 570))
	window.ShowAndRun()
}
