//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"photolink/app/cli"
	"photolink/oauth/sandbox"
)

func TestSandboxServesUntilInterrupted(t *testing.T) {
	read, write := io.Pipe()
	var errors bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- cli.Run([]string{"sandbox"}, write, &errors)
		_ = write.Close()
	}()
	told := make(map[string]string)
	lines := bufio.NewScanner(read)
	for len(told) < 3 && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		told[name] = strings.TrimSpace(value)
	}
	if told["key"] != sandbox.PracticeClient.Key || told["secret"] != sandbox.PracticeClient.Secret.Reveal() {
		t.Fatalf("told %v, errors %q", told, errors.String())
	}
	answer, err := http.Get(told["address"] + "/services/rest?method=flickr.test.echo&format=json&nojsoncallback=1&api_key=" + told["key"])
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if !strings.Contains(string(body), `"stat":"ok"`) {
		t.Errorf("got %s", body)
	}

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
