//go:build !nogui && !linux && !windows

package gui

import "context"

// systemWantsContrast does not know; the settings have a choice for it.
func systemWantsContrast(context.Context) bool { return false }
