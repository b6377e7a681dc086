// Package instance keeps a program to one window a data folder. Use [Hold] before the window opens: where there is a window
// already, it comes to the front, and the second program ends.
package instance

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

const (
	patience = 2 * time.Second       // for the first program to answer
	pause    = 20 * time.Millisecond // before it is asked once more: it may just have begun
	reading  = time.Second           // for a program to say what it wants
	longest  = 100                   // bytes of a path that a socket can have; systems take 104 to 108

	request = "raise\n"
	answer  = "ok\n"
)

// Hold makes this the first program of a data folder, until release is called or the program ends:
//
//  1. It takes the lock file instance.lock in the folder, and listens on a socket for other programs of the person.
//  2. Where the lock is taken, it asks the program that has it to raise its window. first is false if that answers:
//     the caller has nothing left to do.
//  3. If nobody answers within two seconds, first is true although nothing is held: better two windows than none.
//
// raise is called once for each program that asks, one call at a time, on a goroutine of Hold. It should return quickly,
// because the other program waits for it. Where the system has no sockets of files, only the lock works, and programs
// that ask get no answer. With an error, which is that of the file system, first is true and nothing is held. release is
// never nil, and can be called again.
func Hold(folder string, raise func()) (release func(), first bool, err error) {
	nothing := func() {}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nothing, true, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(folder, "instance.lock"), flock.SetPermissions(0o600))
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		free, err := lock.TryLock()
		switch {
		case err != nil:
			return nothing, true, fmt.Errorf("lock the data folder: %w", err)
		case free:
			return serve(lock, socketPath(folder), raise), true, nil
		case ask(socketPath(folder), end):
			return nothing, false, nil
		case !time.Now().Before(end):
			return nothing, true, nil
		}
	}
}

// socketPath returns where the socket of a data folder is: in it, if its path is short enough for a socket, or else in a
// folder of the person's for what runs. It is empty if neither can be had.
func socketPath(folder string) string {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	if path := filepath.Join(folder, "instance.socket"); len(path) < longest {
		return path
	}
	private, err := privateFolder()
	if err != nil {
		return ""
	}
	hash := sha256.Sum256([]byte(folder))
	if path := filepath.Join(private, fmt.Sprintf("%x.socket", hash[:8])); len(path) < longest {
		return path
	}
	return ""
}

// privateFolder returns a folder that only the person can use. That of temporary files may be everyone's, so that somebody
// else may have made the folder in it first.
func privateFolder() (string, error) {
	folder := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "photolink")
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(os.TempDir(), "photolink-"+strconv.Itoa(max(0, os.Getuid())))
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	found, err := os.Lstat(folder)
	switch {
	case err != nil:
		return "", err
	case !found.IsDir(), os.PathSeparator == '/' && found.Mode().Perm() != 0o700: // Windows has no such permissions
		return "", fmt.Errorf("%s is not a private folder", folder)
	}
	return folder, nil
}

// serve listens for other programs. The caller has the lock, so that a socket that is there is nobody's any more.
func serve(lock *flock.Flock, path string, raise func()) (release func()) {
	release = sync.OnceFunc(func() { _ = lock.Unlock() })
	if path == "" {
		return release
	}
	if found, err := os.Lstat(path); err == nil && !found.IsDir() {
		_ = os.Remove(path)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return release
	}
	_ = os.Chmod(path, 0o600)
	var (
		over    atomic.Bool
		raising sync.Mutex
	)
	go func() {
		for {
			other, err := listener.Accept()
			if err != nil {
				return // released: nothing else ends a socket of a file
			}
			go hear(other, func() {
				raising.Lock()
				defer raising.Unlock()
				if !over.Load() {
					raise()
				}
			})
		}
	}()
	return sync.OnceFunc(func() {
		over.Store(true)
		_ = listener.Close() // removes the socket
		_ = lock.Unlock()
	})
}

// hear reads what another program wants. Whatever is not the request gets no answer.
func hear(other net.Conn, raise func()) {
	defer func() { _ = other.Close() }()
	_ = other.SetDeadline(time.Now().Add(reading))
	said := make([]byte, len(request))
	if _, err := io.ReadFull(other, said); err != nil || string(said) != request {
		return
	}
	raise()
	_ = other.SetDeadline(time.Now().Add(reading))
	_, _ = io.WriteString(other, answer)
}

// ask asks the first program to raise its window, and tells whether it answers before end.
func ask(path string, end time.Time) bool {
	if path == "" {
		return false
	}
	ctx, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	first, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	defer func() { _ = first.Close() }()
	_ = first.SetDeadline(end)
	if _, err := io.WriteString(first, request); err != nil {
		return false
	}
	said := make([]byte, len(answer))
	_, err = io.ReadFull(first, said)
	return err == nil && string(said) == answer
}
