package app

import (
	"context"
	"testing"
)

func TestOnlyWebAddressesAreOpened(t *testing.T) {
	// Nothing that opens anything is found here, so that a mistake ends in an error of another kind.
	t.Setenv("PATH", t.TempDir())
	for _, address := range []string{
		"", "photolink", "/etc/passwd", "file:///etc/passwd", "javascript:alert(1)", "mailto:a@example.com", "http:", "http:///path",
		"https:opaque", "ftp://example.com/", "ms-settings:network", "-version", "http://exa mple.com/", "\x00",
	} {
		err := openBrowser(context.Background(), "", address)
		if err == nil || err.Error() != "open the browser: not a web address" {
			t.Errorf("%q: got %v", address, err)
		}
	}
}
