package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"photolink/app"
)

// manualCommand prints a page for man, in the language of roff. Packagers use it.
func (s *session) manualCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man",
		Short:  "Print the page for man",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var page strings.Builder
			root := command.Root()
			fmt.Fprintf(&page, ".TH PHOTOLINK 1 \"\" \"Photolink %s\"\n.SH NAME\nphotolink \\- %s\n", app.Version, roff(root.Short))
			fmt.Fprintf(&page, ".SH SYNOPSIS\n.B photolink\n[COMMAND]\n.SH DESCRIPTION\n%s\n.SH COMMANDS\n", roff(root.Long))
			describeCommands(&page, root)
			page.WriteString(".SH OPTIONS OF ALL COMMANDS\n")
			describeFlags(&page, root.PersistentFlags())
			page.WriteString(exitStatus)
			_, err := fmt.Fprint(s.out, page.String())
			return err
		},
	}
}

const exitStatus = `.SH EXIT STATUS
0 all went well; 1 it failed; 2 wrong use; 3 declined or not confirmed; 4 access withdrawn; 5 keyring or passphrase;
6 network or service; 130 interrupted.
`

func describeCommands(page *strings.Builder, parent *cobra.Command) {
	for _, command := range parent.Commands() {
		switch {
		case command.Hidden:
		case command.HasSubCommands():
			describeCommands(page, command)
		default:
			path := strings.TrimPrefix(command.CommandPath(), command.Root().Name()+" ")
			fmt.Fprintf(page, ".SS %s\n%s.\n", roff(strings.TrimSuffix(path, command.Name())+command.Use), roff(command.Short))
			describeFlags(page, command.LocalNonPersistentFlags())
		}
	}
}

func describeFlags(page *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		kind, usage := pflag.UnquoteUsage(flag)
		fmt.Fprintf(page, ".TP\n\\fB%s\\fR %s\n%s\n", roff("--"+flag.Name), roff(kind), roff(usage))
	})
}

// roff keeps text from being read as a command of roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\\`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
