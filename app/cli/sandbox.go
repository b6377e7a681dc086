package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"photolink/oauth/sandbox"
)

// sandboxFaults are the faults that can be asked for by name.
var sandboxFaults = map[string]func(*sandbox.Faults){
	"approval-expires":     func(f *sandbox.Faults) { f.ApprovalExpires = true },
	"callback-made-secure": func(f *sandbox.Faults) { f.CallbackMadeSecure = true },
	"callback-unconfirmed": func(f *sandbox.Faults) { f.CallbackUnconfirmed = true },
	"denial-returns":       func(f *sandbox.Faults) { f.DenialReturns = true },
	"key-refused-by-page":  func(f *sandbox.Faults) { f.KeyRefusedByPage = true },
	"never-returns":        func(f *sandbox.Faults) { f.NeverReturns = true },
	"revoked-at-once":      func(f *sandbox.Faults) { f.RevokedAtOnce = true },
}

// sandboxAddresses are where the services start in the sandbox.
var sandboxAddresses = []struct{ service, path string }{
	{"flickr", "/services/oauth/request_token"},
	{"smugmug", "/services/oauth/1.0a/getRequestToken"},
	{"tumblr", "/oauth/request_token"},
	{"commons", "/w/index.php?title=Special:OAuth/initiate"},
	{"photobucket", "/login/request"},
	{"wordpress", "/wp-json/"},
}

func sandboxCommand() *cobra.Command {
	var (
		address, folder string
		faults          []string
		callbacks, old  map[string]string
	)
	command := &cobra.Command{
		Use:   "sandbox",
		Short: "Play the photo services on this computer, to test other programs against them",
		Long: "Plays Flickr, SmugMug, Tumblr, Wikimedia Commons, Photobucket and a WordPress site on one address of this computer, " +
			"for one invented person. It prints the addresses and a key, and runs until it is interrupted.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			host, _, err := net.SplitHostPort(address)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return fmt.Errorf("%q is no loopback address with a port, such as 127.0.0.1:8080", address)
			}
			config := sandbox.Config{Clients: sandbox.PracticeClients(callbacks), LegacyTokens: old}
			for _, name := range faults {
				set, known := sandboxFaults[name]
				if !known {
					return fmt.Errorf("there is no fault %q; there are: %s", name,
						strings.Join(slices.Sorted(maps.Keys(sandboxFaults)), ", "))
				}
				set(&config.Faults)
			}
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			base := "http://" + listener.Addr().String()
			if folder != "" {
				certificate, err := newCertificate(folder, time.Now())
				if err != nil {
					return errors.Join(err, listener.Close())
				}
				base = "https://" + listener.Addr().String()
				listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
			}
			server := &http.Server{Handler: sandbox.New(config), ReadHeaderTimeout: 10 * time.Second}
			go func() {
				<-command.Context().Done()
				_ = server.Close()
			}()
			out := command.OutOrStdout()
			_, _ = fmt.Fprintf(out, "%-12s %s\n%-12s %s\n%-12s %s\n", "address", base,
				"key", sandbox.PracticeClient.Key, "secret", sandbox.PracticeClient.Secret.Reveal())
			if folder != "" {
				_, _ = fmt.Fprintf(out, "%-12s %s\n", "authority", filepath.Join(folder, "authority.pem"))
			}
			for _, row := range sandboxAddresses {
				_, _ = fmt.Fprintf(out, "%-12s %s%s\n", row.service, base, row.path)
			}
			err = server.Serve(listener)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			return err
		},
	}
	command.Flags().StringVar(&address, "listen", "127.0.0.1:0", "loopback address and port; port 0 takes a free one")
	command.Flags().StringVar(&folder, "tls", "",
		"folder for the certificates of an authority of its own; with it, HTTPS for the names of the services, else plain HTTP")
	command.Flags().StringSliceVar(&faults, "fault", nil,
		"what goes wrong on purpose: "+strings.Join(slices.Sorted(maps.Keys(sandboxFaults)), ", "))
	command.Flags().StringToStringVar(&callbacks, "callback", nil,
		"callback registered with the key, as SERVICE=ADDRESS; for commons, photobucket and wordpress")
	command.Flags().StringToStringVar(&old, "legacy-token", nil,
		"token of before OAuth that Flickr exchanges, as TOKEN=PERMISSION; the permissions are read, write and delete")
	return command
}
