// Photolink links photo accounts to this computer. Without arguments it opens its window, with arguments it is a
// command line.
package main

import (
	_ "embed"
	"os"

	"photolink/app/cli"
	"photolink/app/gui"
)

//go:embed FyneApp.toml
var metadata []byte

func main() {
	if len(os.Args) > 1 {
		os.Exit(cli.Run(os.Args[1:], metadata, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(gui.Run(metadata))
}
