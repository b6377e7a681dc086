//go:build !nogui

package gui

import (
	"context"
	"unsafe"
)

var systemParameters = user32.NewProc("SystemParametersInfoW")

// systemWantsContrast asks Windows whether the person has switched a contrast theme on.
func systemWantsContrast(context.Context) bool {
	const getHighContrast, on = 0x42, 1
	highContrast := struct {
		size, flags uint32
		scheme      *uint16
	}{}
	highContrast.size = uint32(unsafe.Sizeof(highContrast))
	done, _, _ := systemParameters.Call(getHighContrast, uintptr(highContrast.size), uintptr(unsafe.Pointer(&highContrast)), 0)
	return done != 0 && highContrast.flags&on != 0
}
