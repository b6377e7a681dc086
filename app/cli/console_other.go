//go:build !windows

package cli

import "io"

// attachConsole has nothing to do where every program has the output of the one that started it.
func attachConsole(in io.Reader, out, errors io.Writer) (io.Reader, io.Writer, io.Writer) {
	return in, out, errors
}
