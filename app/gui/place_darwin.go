//go:build !nogui

package gui

// placeOf tells nothing: macOS places windows itself.
func placeOf(any) (x, y int, known bool) { return 0, 0, false }

func screenHas(int, int) bool { return false }
