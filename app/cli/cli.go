// Package cli is the command line of Photolink, for scripts and for machines without a screen. Use [Run] when the
// program was started with arguments.
package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/account"
)

// Run executes the command that args name and returns the exit code of the program; see docs/command-line.md. metadata is
// FyneApp.toml. Data goes to out, words about it to errors; what a person is asked for comes from in.
func Run(args []string, metadata []byte, in io.Reader, out, errors io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	in, out, errors = attachConsole(in, out, errors)
	s := &session{metadata: metadata, in: newInput(in, errors), out: out, errors: errors}
	root := s.rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errors)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !s.began {
		err = &usageError{err}
	}
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(errors, "photolink: interrupted")
		return codeInterrupted
	}
	_, _ = fmt.Fprintln(errors, "photolink:", err)
	return exitCode(err)
}

// session is one call of Run.
type session struct {
	metadata    []byte
	in          *input
	out, errors io.Writer
	began       bool // the words of the command line are understood

	vaultFlag    string
	passphraseFD int
	asJSON       bool
}

func (s *session) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "photolink",
		Short:         "Link photo accounts to this computer",
		Long:          "Photolink links photo accounts to this computer. Without a command it opens its window.",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			vaults := []string{"", account.KeyringVault, account.FileVault, account.SessionVault}
			if !slices.Contains(vaults, s.vaultFlag) {
				return fmt.Errorf("there is no vault %q; there are: %s", s.vaultFlag, strings.Join(vaults[1:], ", "))
			}
			s.began = true
			return nil
		},
	}
	root.PersistentFlags().StringVar(&s.vaultFlag, "vault", "",
		"where secrets are kept: keyring, file (encrypted with a passphrase) or session (forgotten at the end); "+
			"without it, where the account linked last keeps them, else the keyring")
	root.PersistentFlags().IntVar(&s.passphraseFD, "passphrase-fd", -1,
		"number of an open file whose first line is the passphrase of the encrypted file")
	root.AddCommand(
		s.linkCommand(), s.accountsCommand(), s.checkCommand(), s.unlinkCommand(), s.removeCommand(), s.handoverCommand(), s.importCommand(),
		s.exportCommand(), s.keyCommand(), s.servicesCommand(), s.doctorCommand(), sandboxCommand(), s.versionCommand(),
		s.manualCommand(),
	)
	return root
}

// open starts Photolink. A non-nil browser takes the place of the system's.
func (s *session) open(browser func(ctx context.Context, address string) error) (*app.App, error) {
	photolink, err := app.New(app.Config{Metadata: s.metadata, Open: browser})
	if err != nil {
		return nil, inWords(err)
	}
	photolink.OnPassphrase(s.passphrase)
	return photolink, nil
}

// vault is the name of the vault for new secrets: the one asked for, or that of the account that was linked last.
func (s *session) vault(photolink *app.App) (string, error) {
	if s.vaultFlag != "" {
		return s.vaultFlag, nil
	}
	accounts, err := photolink.Accounts()
	if err != nil {
		return "", inWords(err)
	}
	if len(accounts) == 0 {
		return account.KeyringVault, nil
	}
	return slices.MaxFunc(accounts, func(a, b account.Account) int { return a.LinkedAt.Compare(b.LinkedAt) }).Vault, nil
}

// say writes a line of words.
func (s *session) say(format string, values ...any) {
	_, _ = fmt.Fprintf(s.errors, format+"\n", values...)
}

// print writes a line of data.
func (s *session) print(format string, values ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", values...)
}

// offerJSON gives a command the flag --json.
func (s *session) offerJSON(command *cobra.Command) *cobra.Command {
	command.Flags().BoolVar(&s.asJSON, "json", false, "print JSON")
	return command
}

func (s *session) printJSON(value any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func (s *session) versionCommand() *cobra.Command {
	return s.offerJSON(&cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if s.asJSON {
				return s.printJSON(versionJSON{Version: app.Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH})
			}
			s.print("%s", app.Version)
			return nil
		},
	})
}

type versionJSON struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	System  string `json:"system"`
}
