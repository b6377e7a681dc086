//go:build nogui

package gui

import (
	"fmt"
	"os"
)

// Run says that this build has no window and returns the exit code of the program.
func Run([]byte) int {
	_, _ = fmt.Fprintln(os.Stderr, "This Photolink was built without a window. Try: photolink help")
	return 2
}
