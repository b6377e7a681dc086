package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
)

// maxImport bounds what is read of a file, in bytes.
const maxImport = 4 << 20

func (s *session) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE ACCOUNT...",
		Short: "Write accounts to a file for another computer, encrypted with a passphrase",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			accounts, err := named(photolink, args[1:])
			if err != nil {
				return err
			}
			var ids []string
			for _, a := range accounts {
				ids = append(ids, a.ID)
			}
			if _, err := os.Lstat(args[0]); err == nil {
				return wrongUse("%s is there already", args[0])
			}
			passphrase, err := s.bundlePassphrase(command.Context(), true, false)
			if err != nil {
				return err
			}
			var bundle bytes.Buffer
			if err := photolink.Export(command.Context(), ids, passphrase, &bundle); err != nil {
				return inWords(err)
			}
			return inWords(writeNew(args[0], bundle.Bytes()))
		},
	}
}

// writeNew writes a file that was not there, for the person alone. It leaves nothing behind if that fails.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (s *session) importCommand() *cobra.Command {
	var (
		serviceID, keyText string
		look               bool
	)
	command := &cobra.Command{
		Use:   "import FILE|-|--look",
		Short: "Take accounts and API keys over from an exported file, or from the file of another tool",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if look == (len(args) > 0) {
				return wrongUse("say which file to import, or --look")
			}
			if look {
				return s.look()
			}
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			content, err := s.content(args[0])
			if err != nil {
				return inWords(err)
			}
			vault, err := s.vault(photolink)
			if err != nil {
				return err
			}
			if app.IsBundle(content) {
				return s.importBundle(command.Context(), photolink, content, args[0] == standardOutput, vault)
			}
			var found []handover.Found
			if args[0] == standardOutput {
				found, err = handover.Recognise("", content)
			} else {
				found, err = handover.RecogniseFile(args[0])
			}
			if err != nil {
				return inWords(err)
			}
			taking := &taking{session: s, photolink: photolink, service: serviceID, key: keyText, vault: vault}
			var failed error
			for _, f := range found {
				failed = errors.Join(failed, taking.take(command.Context(), f))
			}
			return failed
		},
	}
	command.Flags().StringVar(&serviceID, "service", "", "service that the file is about, where it does not tell")
	command.Flags().StringVar(&keyText, "key", "", "stored API key, by name or ID, for a file that holds none")
	command.Flags().BoolVar(&look, "look", false, "look for files of other tools on this computer, and import nothing")
	return command
}

// content reads a file, or what is piped in. Of a file that is no bundle, the beginning is enough.
func (s *session) content(path string) ([]byte, error) {
	if path == standardOutput {
		return io.ReadAll(io.LimitReader(s.in.reader, maxImport))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxImport))
}

func (s *session) importBundle(
	ctx context.Context, photolink *app.App, content []byte, stdinTaken bool, vault string,
) error {
	passphrase, err := s.bundlePassphrase(ctx, false, stdinTaken)
	if err != nil {
		return err
	}
	accounts, err := photolink.Import(ctx, bytes.NewReader(content), passphrase, vault)
	for _, a := range accounts {
		s.print("%s", title(a))
	}
	return inWords(err)
}

// taking takes over what a file of another tool holds.
type taking struct {
	*session
	photolink           *app.App
	service, key, vault string
}

func (t *taking) take(ctx context.Context, found handover.Found) error {
	id := t.service
	if id == "" {
		id = found.Service
	}
	if id == "" {
		return wrongUse("the file does not tell which service it is about; say so with --service")
	}
	p, err := service(t.photolink, id)
	if err != nil {
		return err
	}
	if found.Token.Token != "" && found.Token.Secret != "" {
		keyID := ""
		if t.key != "" {
			keys, err := t.photolink.Keys(id)
			if err != nil {
				return inWords(err)
			}
			key, err := findKey(keys, t.key)
			if err != nil {
				return err
			}
			keyID = key.ID
		}
		a, err := t.photolink.TakeOver(ctx, found, id, keyID, t.vault)
		if err != nil {
			return inWords(err, p)
		}
		t.print("%s", title(a))
		return nil
	}
	if found.LegacyToken != "" {
		t.say("There is a token of before OAuth in it. The window of Photolink can exchange it.")
	}
	if found.Client.Key == "" || found.Client.Secret == "" {
		return app.ErrNothingToTakeOver
	}
	key := account.Key{Provider: id, Name: found.Tool, Vault: t.vault}
	if key, err = t.photolink.SaveKey(ctx, key, found.Client); err != nil {
		return inWords(err, p)
	}
	t.print("API key of %s: %s", p.Name, key.ID)
	return nil
}

// look lists the files of other tools on this computer.
func (s *session) look() error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, file := range app.LookForTools() {
		for _, found := range file.Found {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", file.Path, found.Tool, found.Service, holds(found))
		}
		if file.Err != nil {
			s.say("%s: %v", file.Path, file.Err)
		}
	}
	return table.Flush()
}

// holds says what was found, without showing it.
func holds(found handover.Found) string {
	switch {
	case found.Token.Token != "" && found.Token.Secret != "":
		return "access"
	case found.LegacyToken != "":
		return "token of before OAuth"
	}
	return "API key"
}
