package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth/provider"
)

// How long the doctor waits.
const (
	vaultPatience   = time.Minute // for the person, who may be asked for a password
	servicePatience = 10 * time.Second
	wrongClock      = time.Minute // what services start to mind
)

type permissionJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// serviceJSON is what --json prints of a service. Its names stay.
type serviceJSON struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Needs       string           `json:"needs"`
	NeedsKey    bool             `json:"needs_key"`
	KeyPage     string           `json:"key_page"`
	RevokePage  string           `json:"revoke_page"`
	Phone       bool             `json:"phone"` // --phone works
	Permissions []permissionJSON `json:"permissions"`
}

type servicesJSON struct {
	Services []serviceJSON `json:"services"`
	Broken   []string      `json:"broken"`
}

func (s *session) servicesCommand() *cobra.Command {
	return s.offerJSON(&cobra.Command{
		Use:   "services",
		Short: "List the services, and the files of services that cannot be used",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			services, broken := photolink.Providers(), photolink.BrokenServices()
			if !s.asJSON {
				table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
				for _, p := range services {
					_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", p.ID, p.Name, p.Needs)
				}
				for _, err := range broken {
					s.say("cannot be used: %v", err)
				}
				return table.Flush()
			}
			list := servicesJSON{Services: []serviceJSON{}, Broken: []string{}}
			for _, p := range services {
				one := serviceJSON{
					ID: p.ID, Name: p.Name, Needs: p.Needs, NeedsKey: p.NeedsKey, KeyPage: p.KeyPage, RevokePage: p.RevokePage,
					Phone: p.CodeLooks != "",
				}
				for _, permission := range p.Permissions {
					one.Permissions = append(one.Permissions, permissionJSON{permission.ID, permission.Name})
				}
				list.Services = append(list.Services, one)
			}
			for _, err := range broken {
				list.Broken = append(list.Broken, err.Error())
			}
			return s.printJSON(list)
		},
	})
}

func (s *session) doctorCommand() *cobra.Command {
	var online bool
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Find out whether this computer has what linking needs",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx := command.Context()
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			vault, err := s.vault(photolink)
			if err != nil {
				return err
			}
			folder, err := app.DefaultFolder()
			if err != nil {
				return err
			}
			failed := errors.Join(
				s.examine("folder "+folder, photolink.TryFolder()),
				s.examine("vault "+vault, inWords(tryVault(ctx, photolink, vault))),
				s.examine("connections within this computer", inWords(tryLoopback(ctx))),
			)
			if hasDisplay() {
				s.print("ok      browser")
			} else {
				s.print("none    browser: there is no display, so link prints the address to open")
			}
			if online {
				for _, p := range photolink.Providers() {
					if p.ID == practice {
						continue
					}
					offset, err := tryService(ctx, p)
					failed = errors.Join(failed, s.examine(p.Name, inWords(err, p)))
					if offset.Abs() >= wrongClock {
						s.say("%s, says %s", link.ClockWords(nil, offset), p.Name)
					}
				}
			}
			return failed
		},
	}
	command.Flags().BoolVar(&online, "online", false, "also try to reach each service")
	return command
}

// examine prints what a test found.
func (s *session) examine(what string, err error) error {
	if err == nil {
		s.print("ok      %s", what)
		return nil
	}
	s.print("failed  %s", what)
	return fmt.Errorf("%s: %w", what, err)
}

func tryVault(ctx context.Context, photolink *app.App, vault string) error {
	ctx, cancel := context.WithTimeout(ctx, vaultPatience)
	defer cancel()
	return photolink.Probe(ctx, vault)
}

func tryLoopback(ctx context.Context) error {
	listener, err := callback.Listen(callback.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithTimeout(ctx, servicePatience)
	defer cancel()
	return listener.Check(ctx)
}

// tryService asks the host of a service for anything, and returns how far its clock is ahead of this computer's.
func tryService(ctx context.Context, p provider.Provider) (time.Duration, error) {
	address, err := url.Parse(p.Endpoint.TemporaryCredentials)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, servicePatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, address.Scheme+"://"+address.Host+"/", nil)
	if err != nil {
		return 0, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	_ = response.Body.Close()
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return 0, nil
	}
	return time.Until(date), nil
}
