package handover_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"photolink/app/handover"
)

// TestDiskError lets the disk take some bytes of a file and no more. It does so in a process of its own, since go test
// writes files too.
func TestDiskError(t *testing.T) {
	const limited = "PHOTOLINK_TEST_LIMITED"
	if os.Getenv(limited) == "" {
		command := exec.Command(os.Args[0], "-test.run=^TestDiskError$")
		command.Env = append(os.Environ(), limited+"=1")
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, output)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	for _, tool := range []string{"gallery-dl", "flickr-download", "apikeys", "flickrapi", "gallery-dl-cache"} {
		folder := t.TempDir()
		path := filepath.Join(folder, "new", "folder", "file")
		if tool == "flickr-download" {
			path = filepath.Join(folder, "home", ".flickr_download")
			put(t, path, "verbose: true\n")
		}
		before := folderOf(t, folder)
		plan := prepare(t, tool, accountOf("flickr"), path)
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 40, Max: limit.Max}); err != nil {
			t.Fatal(err)
		}
		_, err := plan.Write()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%s: got error %v", tool, err)
		}
		expectFolder(t, folder, before)
	}
}

// TestFolderThatTakesNothing uses one that refuses new files to everybody.
func TestFolderThatTakesNothing(t *testing.T) {
	path := "/proc/self/photolink.env"
	plan := prepare(t, "env", accountOf("flickr"), path)
	_, err := plan.Write()
	if broken, ok := errors.AsType[*handover.PathError](err); !ok || broken.Path != path || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
}

// TestNoFileAtAll hands over to things that only look like files.
func TestNoFileAtAll(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/null"} {
		for _, tool := range []string{"env", "flickrapi"} {
			if _, err := handover.Prepare(toolFor(t, tool), accountOf("flickr"), path, noon); err == nil {
				t.Errorf("%s was taken for %s", path, tool)
			}
		}
	}
}
