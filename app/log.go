package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"photolink/app/link"
	"photolink/oauth/provider"
)

// logLimit is how large a log becomes before it is put aside, in bytes. The one that was aside before is dropped.
const logLimit = 1 << 20

// LogFile is where the log is, if the person wants one. It holds what happened and when, and why it failed: no key, token,
// code or name, and of an address no more than its host.
func (a *App) LogFile() string { return filepath.Join(a.folder, "photolink.log") }

// log returns where to write: nowhere, unless the person wants a log.
func (a *App) log() *slog.Logger {
	if !a.Settings().Log {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(&a.logFile, nil))
}

func (a *App) logStart() {
	a.log().Info("started", "version", Version, "system", runtime.GOOS, "architecture", runtime.GOARCH)
}

// logEvent notes that something happened during a link.
func (a *App) logEvent(service string, event link.Event) {
	details := []any{"service", service, "step", string(event.Step), "event", string(event.Kind)}
	if event.Kind == link.RequestsIgnored {
		details = append(details, "reason", event.Reason, "count", event.Count)
	}
	a.log().Info("link", details...)
	if event.Err != nil && event.Kind != link.StepFailed { // what fails a step is the error of the call
		a.logFailure("link", service, event.Err)
	}
}

// logFailure notes why a call failed.
func (a *App) logFailure(call, service string, err error) {
	if err != nil && a.Settings().Log {
		line := link.Explain(nil, err, provider.Provider{}).Technical
		a.log().Error("failed", "call", call, "service", service, "error", withoutPlaces(line))
	}
}

var addressInText = regexp.MustCompile(`\b([a-z][a-z0-9+.-]*://)(?:[^\s"/?#@]*@)?([^\s"/?#]*)[^\s"]*`)

// withoutPlaces leaves of each address the scheme and the host, and hides the name of the person in the paths of files.
func withoutPlaces(line string) string {
	line = addressInText.ReplaceAllString(line, "$1$2")
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		line = strings.ReplaceAll(line, home, "~")
	}
	return line
}

// logFile is a file that grows to logLimit. It is open only while it is written to, so that it can be removed at any time.
type logFile struct {
	path  string
	mutex sync.Mutex
}

// Write adds one line. A log that cannot be written is no reason to stop anything.
func (l *logFile) Write(line []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if found, err := os.Stat(l.path); err == nil && found.Size()+int64(len(line)) > logLimit {
		if err := os.Rename(l.path, l.path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := file.Write(line)
	return n, errors.Join(err, file.Close())
}
