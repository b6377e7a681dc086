package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"photolink/oauth/sandbox"
)

func sandboxCommand() *cobra.Command {
	var address, certificate, key string
	command := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the practice service on this computer, to test other programs against it",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			host, _, err := net.SplitHostPort(address)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return fmt.Errorf("%q is no loopback address with a port, such as 127.0.0.1:8080", address)
			}
			if (certificate == "") != (key == "") {
				return errors.New("--certificate and --certificate-key go together")
			}
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			server := &http.Server{Handler: sandbox.New(sandbox.Config{}), ReadHeaderTimeout: 10 * time.Second}
			go func() {
				<-command.Context().Done()
				_ = server.Close()
			}()
			scheme := "http"
			if certificate != "" {
				scheme = "https"
			}
			_, _ = fmt.Fprintf(command.OutOrStdout(), "address %s://%s\nkey     %s\nsecret  %s\n", scheme, listener.Addr(),
				sandbox.PracticeClient.Key, sandbox.PracticeClient.Secret.Reveal())
			if certificate != "" {
				err = server.ServeTLS(listener, certificate, key)
			} else {
				err = server.Serve(listener)
			}
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			return err
		},
	}
	command.Flags().StringVar(&address, "listen", "127.0.0.1:0", "loopback address and port; port 0 takes a free one")
	command.Flags().StringVar(&certificate, "certificate", "", "file with a TLS certificate in PEM; without it, plain HTTP")
	command.Flags().StringVar(&key, "certificate-key", "", "file with the private key of the certificate in PEM")
	return command
}
