// Command startup measures how programs start, each in turn with the others, so that what else the computer does falls on
// all of them. It prints lines in the format of Go benchmarks.
//
//	startup window [-runs N] [-idle TIME] [-accounts N] NAME=PROGRAM...
//	startup command [-runs N] NAME=COMMAND...
//
// window starts programs under Xvfb, and prints for each run of Start/NAME when its window was mapped, when that showed a
// picture and when it changed last, and what the program took and holds in memory two seconds after the picture. In the last run of each it also waits for -idle and
// prints the processor time that the program took in it; and it runs each once more under strace, and counts what it sent
// to the network and to the keyring before the picture. With -accounts the last program also runs as NAME/accounts, with an index of so many.
//
// command runs commands without a window, and prints the processor time of each run of Accounts/NAME. A command may fail:
// gh auth status does where nobody is signed in.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jezek/xgb"
)

// program is what is measured.
type program struct {
	name    string
	command []string
	home    string // of its own, empty but for what it keeps itself
	data    string // PHOTOLINK_HOME
	bus     string // the session bus
}

func main() {
	xgb.Logger = log.New(io.Discard, "", 0) // a screen of one's own asks for no authority
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "startup:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	flags := flag.NewFlagSet("startup", flag.ExitOnError)
	runs := flags.Int("runs", 10, "how often each program runs")
	idle := flags.Duration("idle", 10*time.Second, "how long a program is watched doing nothing")
	accounts := flags.Int("accounts", 0, "accounts in the index of one more run of the last program")
	if len(arguments) == 0 {
		return errors.New("say window or command")
	}
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "photolink-startup-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var programs []program
	for _, argument := range flags.Args() {
		name, command, found := strings.Cut(argument, "=")
		if !found {
			return fmt.Errorf("%q is not NAME=PROGRAM", argument)
		}
		programs = append(programs, program{name: name, command: strings.Fields(command)})
	}
	if len(programs) == 0 {
		return errors.New("no programs")
	}
	if *accounts > 0 {
		many := programs[len(programs)-1]
		many.name += "/accounts"
		many.command = slices.Clone(many.command)
		programs = append(programs, many)
	}
	for i := range programs {
		p := &programs[i]
		p.home = filepath.Join(folder, fmt.Sprint(i))
		p.data = filepath.Join(p.home, "photolink")
		p.bus = "disabled:"
		if err := os.MkdirAll(p.data, 0o700); err != nil {
			return err
		}
	}
	if *accounts > 0 {
		if err := writeIndex(programs[len(programs)-1].data, *accounts); err != nil {
			return err
		}
	}
	switch arguments[0] {
	case "window":
		return windows(programs, *runs, *idle)
	case "command":
		return commands(programs, *runs)
	}
	return fmt.Errorf("neither window nor command: %q", arguments[0])
}

// environment leads a program to its own home.
func (p program) environment(display string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "FYNE_THEME=light", "DISPLAY=" + display,
		"HOME=" + p.home, "PHOTOLINK_HOME=" + p.data, "XDG_RUNTIME_DIR=" + p.home,
		"DBUS_SESSION_BUS_ADDRESS=" + p.bus,
	}
}

// commands measures programs that end by themselves.
func commands(programs []program, runs int) error {
	for run := range runs + 1 {
		for _, p := range programs {
			command := exec.Command(p.command[0], p.command[1:]...)
			command.Env = p.environment("")
			began := time.Now()
			err := command.Run()
			took := time.Since(began)
			if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
				return err
			}
			if run > 0 { // the first brings the program into memory
				state := command.ProcessState
				fmt.Printf("BenchmarkAccounts/%s 1 %d ns/op %d cpu-ns\n", p.name, took.Nanoseconds(),
					(state.UserTime() + state.SystemTime()).Nanoseconds())
			}
		}
	}
	return nil
}
