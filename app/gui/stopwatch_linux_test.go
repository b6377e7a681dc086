//go:build !nogui

package gui

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// stopwatch measures what one thread does. The goroutine that uses it stays on its thread.
type stopwatch struct {
	began time.Time
	work  time.Duration // of the thread
	waits int64         // how often it gave the processor away by itself
	read  int64         // bytes from files, pipes and the network
}

func startStopwatch() stopwatch {
	var now unix.Timespec
	var usage unix.Rusage
	read, asking := bytesRead()
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &usage)
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
	return stopwatch{time.Now(), time.Duration(now.Nano()), usage.Nvcsw, read + asking}
}

// stop returns for how long the thread worked, and for how long it did not although it could have: being pushed off the
// processor by other work is not waiting. read is how much it read.
func (s stopwatch) stop() (work, waited time.Duration, read int64) {
	var now unix.Timespec
	var usage unix.Rusage
	passed := time.Since(s.began)
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &usage)
	work = time.Duration(now.Nano()) - s.work
	if usage.Nvcsw > s.waits {
		waited = passed - work
	}
	read, _ = bytesRead()
	return work, waited, read - s.read
}

// bytesRead counts what this thread has read so far, and what it reads in asking for that; 0 where the system does not tell.
func bytesRead() (before, asking int64) {
	file, err := os.Open("/proc/thread-self/io")
	if err != nil {
		return 0, 0
	}
	defer file.Close()
	text := make([]byte, 512)
	length, err := file.Read(text)
	if err != nil {
		return 0, 0
	}
	line, _, _ := bytes.Cut(text[:length], []byte("\n"))
	before, _ = strconv.ParseInt(string(bytes.TrimPrefix(line, []byte("rchar: "))), 10, 64)
	return before, int64(length)
}
