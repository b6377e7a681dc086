package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth/provider"
)

// keyJSON is what --json prints of an API key. Its names stay.
type keyJSON struct {
	ID       string    `json:"id"`
	Service  string    `json:"service"`
	Name     string    `json:"name"`
	Hint     string    `json:"hint"`
	Vault    string    `json:"vault"`
	Callback string    `json:"callback"`
	BuiltIn  bool      `json:"built_in"`
	AddedAt  time.Time `json:"added_at,omitzero"`
}

func (s *session) keyCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "key",
		Short: "Add, list and remove API keys",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(s.keyAddCommand(), s.keyListCommand(), s.keyRemoveCommand())
	return command
}

func (s *session) keyAddCommand() *cobra.Command {
	var name, callback string
	command := &cobra.Command{
		Use:   "add SERVICE",
		Short: "Keep an API key; key and secret are asked for, or two lines that are piped in",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			service, err := service(photolink, args[0])
			if err != nil {
				return err
			}
			if callback != "" {
				if err := link.CheckCallback(service, callback); err != nil {
					return wrongUse("--callback: %w", err)
				}
			}
			vault, err := s.vault(photolink)
			if err != nil {
				return err
			}
			client, err := s.in.askKey(command.Context(), service.Name)
			if err != nil {
				return err
			}
			key := account.Key{Provider: service.ID, Name: name, Callback: callback, Vault: vault}
			if key, err = photolink.SaveKey(command.Context(), key, client); err != nil {
				return inWords(err, service)
			}
			s.print("%s", key.ID)
			return nil
		},
	}
	command.Flags().StringVar(&name, "name", "", "what to call the key")
	command.Flags().StringVar(&callback, "callback", "", "address that is registered with the key, if it is not the usual one")
	return command
}

func (s *session) keyListCommand() *cobra.Command {
	return s.offerJSON(&cobra.Command{
		Use:   "list",
		Short: "List the API keys; reads no secret",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			keys, err := allKeys(photolink)
			if err != nil {
				return err
			}
			if s.asJSON {
				list := []keyJSON{}
				for _, key := range keys {
					list = append(list, keyJSON{
						ID: key.ID, Service: key.Provider, Name: key.Name, Hint: key.Hint, Vault: key.Vault,
						Callback: key.Callback, BuiltIn: key.BuiltIn, AddedAt: key.AddedAt,
					})
				}
				return s.printJSON(list)
			}
			table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, key := range keys {
				service, _ := photolink.Provider(key.Provider)
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", service.Name, key.Name, key.Hint, key.ID)
			}
			return table.Flush()
		},
	})
}

func (s *session) keyRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "Remove an API key that no account needs",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			keys, err := allKeys(photolink)
			if err != nil {
				return err
			}
			key, err := findKey(keys, args[0])
			if err != nil {
				return err
			}
			return inWords(photolink.DeleteKey(command.Context(), key.ID))
		},
	}
}

func allKeys(photolink *app.App) ([]account.Key, error) {
	var all []account.Key
	for _, service := range photolink.Providers() {
		keys, err := photolink.Keys(service.ID)
		if err != nil {
			return nil, inWords(err)
		}
		all = append(all, keys...)
	}
	return all, nil
}

// findKey returns the one key of this ID or name.
func findKey(keys []account.Key, text string) (account.Key, error) {
	var named []account.Key
	for _, key := range keys {
		if key.ID == text {
			return key, nil
		}
		if key.Name == text {
			named = append(named, key)
		}
	}
	switch len(named) {
	case 0:
		return account.Key{}, wrongUse("there is no API key %q; photolink key list lists them", text)
	case 1:
		return named[0], nil
	}
	return account.Key{}, wrongUse("several API keys are called %q; say which by its ID: photolink key list", text)
}

// service returns the service of an ID.
func service(photolink *app.App, id string) (provider.Provider, error) {
	for _, p := range photolink.Providers() {
		if p.ID == id {
			return p, nil
		}
	}
	return provider.Provider{}, wrongUse("there is no service %q; photolink services lists them", id)
}
