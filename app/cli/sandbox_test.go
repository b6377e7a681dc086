//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"photolink/app/cli"
	"photolink/oauth/sandbox"
)

// startSandbox runs the command until the returned function interrupts it, and returns what it told.
func startSandbox(t *testing.T, lines int, args ...string) (told map[string]string, stop func()) {
	t.Helper()
	read, write := io.Pipe()
	var errors bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(append([]string{"sandbox"}, args...), nil, strings.NewReader(""), write, &errors)
		_ = write.Close()
	}()
	told = make(map[string]string)
	text := bufio.NewScanner(read)
	for len(told) < lines && text.Scan() {
		name, value, _ := strings.Cut(text.Text(), " ")
		told[name] = strings.TrimSpace(value)
	}
	if told["key"] != sandbox.PracticeClient.Key || told["secret"] != sandbox.PracticeClient.Secret.Reveal() {
		t.Fatalf("told %v, errors %q", told, errors.String())
	}
	return told, func() {
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if err := self.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if got := <-code; got != 0 || errors.Len() > 0 {
			t.Errorf("exit code %d, errors %q", got, errors.String())
		}
	}
}

// wantServices asks each service for the address that was told.
func wantServices(t *testing.T, client *http.Client, told map[string]string) {
	t.Helper()
	for service, part := range map[string]string{
		"flickr": "oauth_problem=parameter_absent", "smugmug": "oauth_problem=parameter_absent", "tumblr": "oauth",
		"commons": "Error: ", "photobucket": "Authorization required", "wordpress": `"authentication"`,
	} {
		ask := client.Get
		if service == "photobucket" { // which knows the method that is right, and no other
			ask = func(address string) (*http.Response, error) { return client.PostForm(address, nil) }
		}
		answer, err := ask(told[service])
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if !strings.Contains(string(body), part) || answer.StatusCode == http.StatusNotFound {
			t.Errorf("%s: got status %d, %s", service, answer.StatusCode, body)
		}
	}
}

func TestSandboxServesUntilInterrupted(t *testing.T) {
	told, stop := startSandbox(t, 9)
	wantServices(t, http.DefaultClient, told)
	stop()
}

// With --tls, whoever trusts the authority can meet the sandbox by the name of a service.
func TestSandboxOverTLS(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	told, stop := startSandbox(t, 10, "--tls", folder)
	authority, err := os.ReadFile(told["authority"])
	if err != nil || told["authority"] != filepath.Join(folder, "authority.pem") {
		t.Fatalf("authority %s, %v", told["authority"], err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	wantServices(t, client, told)
	for _, host := range []string{"api.flickr.com", "api.smugmug.com", "www.tumblr.com", "commons.wikimedia.org"} {
		connection, err := tls.Dial("tcp", strings.TrimPrefix(told["address"], "https://"),
			&tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12})
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_ = connection.Close()
	}
	if _, _, err := net.SplitHostPort(strings.TrimPrefix(told["address"], "https://")); err != nil {
		t.Error(err)
	}
	stop()
}
