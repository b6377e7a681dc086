package app

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/skratchdot/open-golang/open"
)

// openBrowser opens address in the system browser. Only http and https go to the system, which would start a program for
// any other scheme. The word of the system that all went well proves nothing, and on some it waits for the browser: after
// three seconds it is taken for a yes.
func openBrowser(ctx context.Context, address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("open the browser: not a web address")
	}
	done := make(chan error, 1)
	go func() { done <- open.Run(parsed.String()) }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("open the browser: %w", err)
		}
		return nil
	case <-time.After(3 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
