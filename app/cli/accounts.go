package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/account"
)

// atOnce is how many accounts are checked at the same time.
const atOnce = 4

// accountJSON is what --json prints of an account. Its names stay.
type accountJSON struct {
	ID          string    `json:"id"`
	Service     string    `json:"service"`
	ServiceName string    `json:"service_name"`
	UserID      string    `json:"user_id"`
	UserName    string    `json:"user_name"`
	Name        string    `json:"name"`
	ProfileURL  string    `json:"profile_url"`
	Plan        string    `json:"plan"`
	PhotoCount  int       `json:"photo_count"`
	Permission  string    `json:"permission"`
	KeyID       string    `json:"key_id"`
	Vault       string    `json:"vault"`
	State       string    `json:"state"`
	LinkedAt    time.Time `json:"linked_at,omitzero"`
	CheckedAt   time.Time `json:"checked_at,omitzero"`
	Error       string    `json:"error,omitempty"`
}

func describe(photolink *app.App, a account.Account) accountJSON {
	service, _ := photolink.Provider(a.Provider)
	state := string(a.State)
	if a.State == account.StateUnknown {
		state = "unknown"
	}
	return accountJSON{
		ID: a.ID, Service: a.Provider, ServiceName: service.Name, UserID: a.UserID, UserName: a.UserName, Name: a.Name,
		ProfileURL: a.ProfileURL, Plan: a.Plan, PhotoCount: a.PhotoCount, Permission: a.Permission, KeyID: a.KeyID,
		Vault: a.Vault, State: state, LinkedAt: a.LinkedAt, CheckedAt: a.CheckedAt,
	}
}

// title is how messages name an account.
func title(a account.Account) string { return a.Provider + "/" + a.UserName }

func (s *session) accountsCommand() *cobra.Command {
	return s.offerJSON(&cobra.Command{
		Use:   "accounts",
		Short: "List the linked accounts; reads no secret",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			accounts, err := photolink.Accounts()
			if err != nil {
				return inWords(err)
			}
			return s.printAccounts(photolink, accounts, nil)
		},
	})
}

// printAccounts prints a table, or JSON. troubles has what went wrong with each account; nil if nothing did.
func (s *session) printAccounts(photolink *app.App, accounts []account.Account, troubles []error) error {
	if s.asJSON {
		list := []accountJSON{}
		for i, a := range accounts {
			list = append(list, describe(photolink, a))
			if troubles != nil && troubles[i] != nil {
				list[i].Error = troubles[i].Error()
			}
		}
		return s.printJSON(list)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, a := range accounts {
		service, _ := photolink.Provider(a.Provider)
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", service.Name, a.UserName, a.UserID, a.Name,
			service.Permission(a.Permission).Name, describe(photolink, a).State, a.ID)
	}
	return table.Flush()
}

// find returns the one account that text names: its ID, its user name, or SERVICE/user name.
func find(photolink *app.App, text string) (account.Account, error) {
	accounts, err := photolink.Accounts()
	if err != nil {
		return account.Account{}, inWords(err)
	}
	var candidates []account.Account
	for _, a := range accounts {
		if a.ID == text {
			return a, nil
		}
		if text == a.UserName || text == title(a) {
			candidates = append(candidates, a)
		}
	}
	switch len(candidates) {
	case 0:
		return account.Account{}, wrongUse("there is no account %q; photolink accounts lists them", text)
	case 1:
		return candidates[0], nil
	}
	var list strings.Builder
	for _, a := range candidates {
		fmt.Fprintf(&list, "\n  %s  %s (%s)", a.ID, title(a), a.Vault)
	}
	return account.Account{}, wrongUse("%q can be several accounts; say which by its ID:%s", text, list.String())
}

func (s *session) checkCommand() *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use:   "check ACCOUNT...|--all",
		Short: "Ask the services whether accounts still work",
		RunE: func(command *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return wrongUse("say which accounts to check, or --all")
			}
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			var accounts []account.Account
			var troubles []error
			if all {
				accounts, troubles, err = checkAll(command.Context(), photolink)
			} else {
				accounts, troubles, err = checkNamed(command.Context(), photolink, args)
			}
			if err != nil {
				return err
			}
			if err := s.printAccounts(photolink, accounts, troubles); err != nil {
				return err
			}
			return errors.Join(troubles...)
		},
	}
	command.Flags().BoolVar(&all, "all", false, "check all accounts")
	return s.offerJSON(command)
}

// named returns the accounts of these names, each once.
func named(photolink *app.App, names []string) ([]account.Account, error) {
	var accounts []account.Account
	for _, name := range names {
		a, err := find(photolink, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(accounts, func(known account.Account) bool { return known.ID == a.ID }) {
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

// checkNamed asks the services of these accounts. It returns the accounts as they are now, and what is wrong with each.
func checkNamed(ctx context.Context, photolink *app.App, names []string) ([]account.Account, []error, error) {
	accounts, err := named(photolink, names)
	if err != nil {
		return nil, nil, err
	}
	troubles := make([]error, len(accounts))
	places := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i, a := range accounts {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			fresh, err := photolink.Check(ctx, a)
			if fresh.ID != "" {
				accounts[i] = fresh
			}
			troubles[i] = checkTrouble(photolink, a, err)
		})
	}
	group.Wait()
	return accounts, troubles, nil
}

// checkAll does the same with all accounts, as slowly as their services want it.
func checkAll(ctx context.Context, photolink *app.App) ([]account.Account, []error, error) {
	results := make(map[string]app.CheckResult)
	err := photolink.CheckAll(ctx, func(result app.CheckResult) { results[result.Account.ID] = result })
	if err != nil {
		return nil, nil, inWords(err)
	}
	accounts, err := photolink.Accounts()
	if err != nil {
		return nil, nil, inWords(err)
	}
	troubles := make([]error, len(accounts))
	for i, a := range accounts {
		troubles[i] = checkTrouble(photolink, a, results[a.ID].Err)
	}
	return accounts, troubles, nil
}

func checkTrouble(photolink *app.App, a account.Account, err error) error {
	if err == nil {
		return nil
	}
	service, _ := photolink.Provider(a.Provider)
	return fmt.Errorf("%s: %w", title(a), inWords(err, service))
}

func (s *session) removeCommand() *cobra.Command {
	var yes bool
	command := &cobra.Command{
		Use:   "remove-everything",
		Short: "Remove all accounts, secrets, keys, settings and services of one's own",
		Long: "Remove all accounts, secrets, API keys, settings and services of one's own from this computer.\n\n" +
			"The services are not told, and what was handed to backup tools stays in their files.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			if !yes && !s.in.agrees(command.Context(), "Remove everything that Photolink keeps in "+photolink.Folder()+" and in the keyring?") {
				return errNotConfirmed
			}
			left, err := photolink.RemoveEverything(command.Context())
			if err != nil {
				return inWords(err)
			}
			s.say("Photolink has forgotten everything.")
			for _, path := range left.Handed {
				s.say("A backup tool still has its access in %s", path)
			}
			for _, path := range left.Files {
				s.say("Left, since Photolink did not make it: %s", path)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return command
}

func (s *session) unlinkCommand() *cobra.Command {
	var forgetKey bool
	command := &cobra.Command{
		Use:   "unlink ACCOUNT",
		Short: "Remove an account and its secrets from this computer",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			known, err := find(photolink, args[0])
			if err != nil {
				return err
			}
			copies, err := photolink.Handovers(known.ID)
			if err != nil {
				return inWords(err)
			}
			service, _ := photolink.Provider(known.Provider)
			if _, err := photolink.Unlink(command.Context(), known, forgetKey); err != nil {
				return inWords(err, service)
			}
			s.say("Unlinked %s.", title(known))
			for _, c := range copies {
				s.say("%s was handed to %s and stays there: %s", title(known), c.Tool, c.Path)
			}
			if service.RevokePage != "" {
				s.say("%s was not told. Take the access back there: %s", service.Name, service.RevokePage)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&forgetKey, "forget-key", false, "remove its API key too, unless another account needs it")
	return command
}
