// Package cli is the command line of Photolink, for scripts and for machines without a screen. Use [Run] when the
// program was started with arguments.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// Run executes the command that args name and returns the exit code of the program: 0 if all went well, 1 if not.
// metadata is FyneApp.toml. Data goes to out, words about it to errors.
func Run(args []string, metadata []byte, out, errors io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := &cobra.Command{
		Use:           "photolink",
		Short:         "Link photo accounts to this computer",
		Long:          "Photolink links photo accounts to this computer. Without a command it opens its window.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errors)
	root.AddCommand(accountsCommand(metadata), sandboxCommand(), versionCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(errors, "photolink:", err)
		return 1
	}
	return 0
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(command.OutOrStdout(), app.Version)
			return err
		},
	}
}

func accountsCommand(metadata []byte) *cobra.Command {
	return &cobra.Command{
		Use:   "accounts",
		Short: "List the linked accounts; reads no secret",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			photolink, err := app.New(app.Config{Metadata: metadata})
			if err != nil {
				return inWords(err)
			}
			defer photolink.Close()
			accounts, err := photolink.Accounts()
			if err != nil {
				return inWords(err)
			}
			table := tabwriter.NewWriter(command.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, a := range accounts {
				service, _ := photolink.Provider(a.Provider)
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n",
					service.Name, a.UserName, a.UserID, a.Name, service.Permission(a.Permission).Name)
			}
			return table.Flush()
		},
	}
}

// inWords makes an error of the program one for people.
func inWords(err error) error {
	trouble := link.Explain(err, provider.Provider{})
	return fmt.Errorf("%s. %s %s\n(%s)", trouble.What, trouble.Meaning, trouble.Remedy, trouble.Technical)
}
