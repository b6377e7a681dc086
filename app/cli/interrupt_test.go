//go:build unix

package cli_test

import (
	"os"
	"testing"
)

func TestInterruptedLink(t *testing.T) {
	l := startLink(t, "--no-browser")
	l.awaits("or type no")
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	l.ends(130)
}
