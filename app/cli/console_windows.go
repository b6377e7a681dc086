package cli

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// attachParentProcess stands for the console of the program that started this one (ATTACH_PARENT_PROCESS).
const attachParentProcess = ^uintptr(0)

// attachConsole lets a program with a window, which Windows starts without a console, use the one that it was started
// from. What is redirected to a file or a pipe stays so.
func attachConsole(in io.Reader, out, errors io.Writer) (io.Reader, io.Writer, io.Writer) {
	if isOpen(os.Stdout) && isOpen(os.Stderr) {
		return in, out, errors
	}
	attach := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")
	if done, _, _ := attach.Call(attachParentProcess); done == 0 {
		return in, out, errors
	}
	if screen, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		if out == os.Stdout && !isOpen(os.Stdout) {
			out = screen
		}
		if errors == os.Stderr && !isOpen(os.Stderr) {
			errors = screen
		}
	}
	if in == os.Stdin && !isOpen(os.Stdin) {
		if keyboard, err := os.OpenFile("CONIN$", os.O_RDWR, 0); err == nil {
			in = keyboard
		}
	}
	return in, out, errors
}

// isOpen reports whether a standard file leads anywhere.
func isOpen(file *os.File) bool {
	_, err := windows.GetFileType(windows.Handle(file.Fd()))
	return err == nil
}
