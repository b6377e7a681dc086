package instance_test

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"photolink/app/instance"
)

// window is a program that has a window, if it is the first.
type window struct {
	release func()
	first   bool
	raised  chan bool
}

func open(t *testing.T, folder string) window {
	t.Helper()
	w := window{raised: make(chan bool, 100)}
	var err error
	w.release, w.first, err = instance.Hold(folder, func() { w.raised <- true })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.release)
	return w
}

func wantFirst(t *testing.T, w window, want bool) {
	t.Helper()
	if w.first != want {
		t.Errorf("first: got %v, want %v", w.first, want)
	}
}

// short returns a folder whose path leaves room for a socket.
func short(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "one")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// long returns a folder whose path does not.
func long(t *testing.T) string {
	t.Helper()
	return filepath.Join(short(t), strings.Repeat("long/", 30))
}

func TestSecondProgramRaisesTheFirst(t *testing.T) {
	for _, row := range []struct {
		name    string
		runtime func(t *testing.T) string // XDG_RUNTIME_DIR
		folder  func(t *testing.T) string
	}{
		{"new folder", short, func(t *testing.T) string { return filepath.Join(short(t), "photolink") }},
		{"long path", short, long},
		{"long path, no folder for what runs", func(*testing.T) string { return "" }, long},
		{"long path, a relative folder for what runs", func(*testing.T) string { return "run" }, long},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", row.runtime(t))
			t.Setenv("TMPDIR", short(t))
			folder := row.folder(t)
			first := open(t, folder)
			wantFirst(t, first, true)
			for range 3 {
				wantFirst(t, open(t, folder), false)
			}
			if len(first.raised) != 3 { // the others waited for that
				t.Errorf("raised %d times, want 3", len(first.raised))
			}
			first.release()
			first.release()
			third := open(t, folder)
			wantFirst(t, third, true)
			wantFirst(t, open(t, folder), false)
			if len(first.raised) != 3 || len(third.raised) != 1 {
				t.Errorf("raised: the first %d times, the third %d times, want 3 and 1", len(first.raised), len(third.raised))
			}
		})
	}
}

func TestFoldersAreApart(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", short(t))
	for _, folder := range []func(*testing.T) string{short, long} {
		wantFirst(t, open(t, folder(t)), true)
		wantFirst(t, open(t, folder(t)), true)
	}
}

func TestTheSameFolderByAnotherName(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", short(t))
	folder, link := long(t), filepath.Join(short(t), "link")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	first := open(t, folder)
	wantFirst(t, open(t, link), false)
	if len(first.raised) != 1 {
		t.Errorf("raised %d times, want once", len(first.raised))
	}
}

// What a program that was killed leaves behind is in nobody's way.
func TestStaleFiles(t *testing.T) {
	for _, row := range []struct {
		name  string
		leave func(t *testing.T, lock, socket string) error
	}{
		{"lock", func(_ *testing.T, lock, _ string) error { return os.WriteFile(lock, []byte("4711"), 0o600) }},
		{"socket", func(t *testing.T, _, socket string) error {
			listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
			if err != nil {
				return err
			}
			listener.SetUnlinkOnClose(false)
			return listener.Close()
		}},
		{"file in place of the socket", func(_ *testing.T, _, socket string) error { return os.WriteFile(socket, nil, 0o600) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := short(t)
			if err := row.leave(t, lockIn(folder), socketIn(folder)); err != nil {
				t.Fatal(err)
			}
			first := open(t, folder)
			wantFirst(t, first, true)
			wantFirst(t, open(t, folder), false)
			if len(first.raised) != 1 {
				t.Errorf("raised %d times, want once", len(first.raised))
			}
		})
	}
}

func lockIn(folder string) string   { return filepath.Join(folder, "instance.lock") }
func socketIn(folder string) string { return filepath.Join(folder, "instance.socket") }

// A program that was killed has let go of its lock, and its socket is still there.
func TestKilledProgram(t *testing.T) {
	if held := os.Getenv("HOLD"); held != "" { // in the program that is killed
		open(t, held)
		os.Stdout.WriteString("held\n")
		select {}
	}
	folder := short(t)
	program := exec.Command(os.Args[0], "-test.run=^TestKilledProgram$", "-test.timeout=1m")
	program.Env = append(os.Environ(), "HOLD="+folder)
	says, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("held\n"))
	_, err = io.ReadFull(says, said)
	if err == nil {
		wantFirst(t, open(t, folder), false)
	}
	_ = program.Process.Kill()
	_ = program.Wait()
	if err != nil {
		t.Fatalf("got %q, error %v", said, err)
	}
	if _, err := os.Lstat(socketIn(folder)); err != nil {
		t.Errorf("the socket went with the program: %v", err)
	}
	first := open(t, folder)
	wantFirst(t, first, true)
	wantFirst(t, open(t, folder), false)
	if len(first.raised) != 1 {
		t.Errorf("raised %d times, want once", len(first.raised))
	}
}

func TestGarbageRaisesNothing(t *testing.T) {
	folder := short(t)
	first := open(t, folder)
	for _, garbage := range []string{
		"", "\n", "raise", "raise ", "RAISE\n", "quit\n", "raise\x00\n", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("A", 1<<20),
	} {
		conn, err := net.Dial("unix", socketIn(folder))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(conn, garbage) // the other side may close before it has read everything
		_ = conn.(*net.UnixConn).CloseWrite()
		if answer, _ := io.ReadAll(conn); len(answer) != 0 {
			t.Errorf("%.20q is answered %q", garbage, answer)
		}
		_ = conn.Close()
	}
	if len(first.raised) != 0 {
		t.Errorf("garbage raised the window %d times", len(first.raised))
	}
	silent, err := net.Dial("unix", socketIn(folder))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	wantFirst(t, open(t, folder), false) // whoever says nothing holds up nobody
	if len(first.raised) != 1 {
		t.Errorf("raised %d times, want once", len(first.raised))
	}
	_ = silent.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := silent.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("whoever says nothing is kept: %v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	for _, row := range []struct {
		name   string
		socket func(listener net.Listener)
	}{
		{"no socket", nil},
		{"says nothing", func(listener net.Listener) {
			conn, err := listener.Accept()
			if err == nil {
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}
		}},
		{"says something else", func(listener net.Listener) {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, "no\n")
				_ = conn.Close()
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			folder := short(t)
			lock := flock.New(lockIn(folder))
			if ok, err := lock.TryLock(); !ok || err != nil {
				t.Fatalf("lock: %v, %v", ok, err)
			}
			defer lock.Unlock()
			if row.socket != nil {
				listener, err := net.Listen("unix", socketIn(folder))
				if err != nil {
					t.Fatal(err)
				}
				defer listener.Close()
				go row.socket(listener)
			}
			began := time.Now()
			second := open(t, folder)
			wantFirst(t, second, true)
			if waited := time.Since(began); waited < 2*time.Second || waited > 20*time.Second {
				t.Errorf("waited %v, want two seconds", waited)
			}
			second.release() // takes the lock from nobody
			if free, err := flock.New(lockIn(folder)).TryLock(); free || err != nil {
				t.Errorf("the lock is free: %v, %v", free, err)
			}
		})
	}
}

func TestLockIsGivenUpWhileASecondProgramWaits(t *testing.T) {
	folder := short(t)
	lock := flock.New(lockIn(folder))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatalf("lock: %v, %v", ok, err)
	}
	listener, err := net.Listen("unix", socketIn(folder))
	if err != nil {
		t.Fatal(err)
	}
	go func() { // the first program ends as soon as it is asked
		conn, err := listener.Accept()
		_ = lock.Unlock()
		if err == nil {
			_ = conn.Close()
		}
		_ = listener.Close()
	}()
	second := open(t, folder)
	wantFirst(t, second, true)
	if free, err := flock.New(lockIn(folder)).TryLock(); free || err != nil {
		t.Errorf("the second holds nothing: %v, %v", free, err)
	}
}

func TestWithoutASocketTheLockIsHeld(t *testing.T) {
	folder := short(t)
	if err := os.MkdirAll(filepath.Join(socketIn(folder), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	first := open(t, folder)
	wantFirst(t, first, true)
	if free, err := flock.New(lockIn(folder)).TryLock(); free || err != nil {
		t.Errorf("the lock is free: %v, %v", free, err)
	}
	first.release()
	if free, err := flock.New(lockIn(folder)).TryLock(); !free || err != nil {
		t.Errorf("the lock is not free after release: %v, %v", free, err)
	}
}

// Somebody else may have made the folder in that of temporary files, which is everyone's.
func TestFolderOfOthersIsNotUsed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has a folder for temporary files for each person")
	}
	everyones := short(t)
	t.Setenv("XDG_RUNTIME_DIR", everyones)
	mine := filepath.Join(everyones, "photolink")
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(mine, 0o777); err != nil {
		t.Fatal(err)
	}
	wantFirst(t, open(t, long(t)), true)
	if files, err := os.ReadDir(mine); len(files) != 0 || err != nil {
		t.Errorf("left %v, error %v", files, err)
	}
}

func TestOnlyThePersonCanUseIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	folder := short(t)
	open(t, folder)
	for _, name := range []string{lockIn(folder), socketIn(folder)} {
		found, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		if found.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", filepath.Base(name), found.Mode())
		}
	}
}

func TestFolderThatCannotBeHad(t *testing.T) {
	file := filepath.Join(short(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	release, first, err := instance.Hold(filepath.Join(file, "photolink"), func() {})
	release()
	if err == nil || !first {
		t.Errorf("first: %v, error %v, want true and an error", first, err)
	}
}
