//go:build !nogui

package gui

import (
	"unsafe"

	"golang.org/x/sys/windows"

	"fyne.io/fyne/v2/driver"
)

var (
	user32         = windows.NewLazySystemDLL("user32.dll")
	clientToScreen = user32.NewProc("ClientToScreen")
	systemMetrics  = user32.NewProc("GetSystemMetrics")
)

// placeOf tells where on the screen the content of a window is.
func placeOf(native any) (x, y int, known bool) {
	handle, ok := native.(driver.WindowsWindowContext)
	if !ok {
		return 0, 0, false
	}
	var point struct{ x, y int32 }
	done, _, _ := clientToScreen.Call(handle.HWND, uintptr(unsafe.Pointer(&point)))
	return int(point.x), int(point.y), done != 0
}

// screenHas reports whether a place is on the screens that are there now, with room for a window to be seen and moved.
func screenHas(x, y int) bool {
	metric := func(index uintptr) int { // of the rectangle around all screens
		value, _, _ := systemMetrics.Call(index)
		return int(int32(value))
	}
	const left, top, width, height = 76, 77, 78, 79
	return x >= metric(left) && y >= metric(top) &&
		x < metric(left)+metric(width)-100 && y < metric(top)+metric(height)-100
}
