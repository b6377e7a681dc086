package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xproto"
)

const (
	pictureLimit = 60 * time.Second // for a window to show a picture
	settling     = 2 * time.Second  // from then until the picture stays as it is, and the memory is read
	tick         = 10 * time.Millisecond
)

// windows measures programs that open one.
func windows(programs []program, runs int, idle time.Duration) error {
	display, stop, err := startScreen()
	if err != nil {
		return err
	}
	defer stop()
	for _, p := range programs {
		if err := p.copy(); err != nil {
			return err
		}
	}
	for run := range runs + 1 {
		for _, p := range programs {
			started, err := p.start(display, nil)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if run > 0 { // the first brings the program into memory
				resident, own, err := started.memory()
				if err != nil {
					return err
				}
				fmt.Printf("BenchmarkStart/%s 1 %d ns/op %d mapped-ns %d settled-ns %d cpu-ns %d B-resident %d B-proportional\n", p.name,
					started.painted.Nanoseconds(), started.mapped.Nanoseconds(), started.settled.Nanoseconds(), started.took.Nanoseconds(),
					resident, own)
			}
			if run == runs {
				before, err := started.processorTime()
				if err != nil {
					return err
				}
				time.Sleep(idle)
				after, err := started.processorTime()
				if err != nil {
					return err
				}
				size, err := os.Stat(p.command[0])
				if err != nil {
					return err
				}
				fmt.Printf("BenchmarkStart/%s 1 %d idle-ns %d B-size\n", p.name, (after - before).Nanoseconds(), size.Size())
			}
			started.end()
		}
	}
	for _, p := range programs {
		network, keyring, err := p.calls(display)
		if err != nil {
			return err
		}
		fmt.Printf("BenchmarkStart/%s 1 %d network-connections %d keyring-messages\n", p.name, network, keyring)
	}
	return nil
}

// copy puts a copy in the place of the program. How many pages of a file the kernel gives to a process at once depends on
// how the file came into its cache, and this way that is the same for all.
func (p program) copy() error {
	content, err := os.ReadFile(p.command[0])
	if err != nil {
		return err
	}
	p.command[0] = filepath.Join(p.home, "program")
	return os.WriteFile(p.command[0], content, 0o700) //nolint:gosec // G306: it is to be executed
}

// startScreen starts Xvfb on a number of its own choice.
func startScreen() (display string, stop func(), err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = read.Close() }()
	screen := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-screen", "0", "1280x900x24")
	screen.ExtraFiles = []*os.File{write}
	err = screen.Start()
	_ = write.Close()
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = screen.Process.Signal(os.Interrupt)
		_ = screen.Wait()
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the screen does not start: %w", err)
	}
	return ":" + strings.TrimSpace(number), stop, nil
}

// started is a program that has shown its picture for a while.
type started struct {
	command                  *exec.Cmd
	mapped, painted, settled time.Duration // from its start
	took                     time.Duration // of processors, until it settled and a little longer
	at                       time.Time     // of the picture
}

// start starts a program, with words before its command, and waits for its picture to settle.
func (p program) start(display string, before []string) (*started, error) {
	screen, err := watch(display)
	if err != nil {
		return nil, err
	}
	defer screen.connection.Close()
	words := append(before, p.command...)
	command := exec.Command(words[0], words[1:]...)
	command.Env = p.environment(display)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // strace passes no signal on
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &started{command: command}
	picture, err := screen.watchPicture()
	if err == nil {
		s.took, err = s.processorTime()
	}
	if err != nil {
		s.end()
		return nil, fmt.Errorf("%w; it says: %s", err, said.String())
	}
	s.mapped, s.painted, s.settled = picture.mapped.Sub(began), picture.painted.Sub(began), picture.settled.Sub(began)
	s.at = picture.painted
	return s, nil
}

func (s *started) end() {
	_ = syscall.Kill(-s.command.Process.Pid, syscall.SIGTERM)
	_ = s.command.Wait()
}

// screen is watched for the first window and its first picture.
type screen struct {
	connection *xgb.Conn
	root       xproto.Window
}

func watch(display string) (*screen, error) {
	connection, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, err
	}
	root := xproto.Setup(connection).DefaultScreen(connection).Root
	if err := damage.Init(connection); err != nil {
		return nil, err
	}
	if _, err := damage.QueryVersion(connection, 1, 1).Reply(); err != nil {
		return nil, err
	}
	err = xproto.ChangeWindowAttributesChecked(connection, root, xproto.CwEventMask,
		[]uint32{xproto.EventMaskSubstructureNotify}).Check()
	return &screen{connection, root}, err
}

// picture is when a window was mapped, when it showed more than one colour first, and when it changed last. The empty frame
// that a window begins with is no picture. The times are those at which the screen said so, before the picture was looked at.
type picture struct{ mapped, painted, settled time.Time }

// watchPicture watches the first window that comes, until a while after its first picture.
func (s *screen) watchPicture() (p picture, err error) {
	over := time.AfterFunc(pictureLimit, s.connection.Close)
	defer over.Stop()
	var window xproto.Window
	var change damage.Damage
	for {
		event, failure := s.connection.WaitForEvent()
		now := time.Now()
		if failure != nil {
			return p, failure
		}
		switch event := event.(type) {
		case nil: // closed
			if p.painted.IsZero() {
				return p, errors.New("no window shows a picture")
			}
			return p, nil
		case xproto.MapNotifyEvent:
			if window != 0 || event.OverrideRedirect {
				continue
			}
			window, p.mapped = event.Window, now
			if change, err = damage.NewDamageId(s.connection); err != nil {
				return p, err
			}
			damage.Create(s.connection, change, xproto.Drawable(window), damage.ReportLevelNonEmpty)
		case damage.NotifyEvent:
			damage.Subtract(s.connection, change, 0, 0) // which makes the next one be told
			p.settled = now
			if !p.painted.IsZero() {
				continue
			}
			shows, err := s.showsPicture(window)
			if err != nil {
				return p, err
			}
			if shows {
				p.painted = now
				over.Reset(settling)
			}
		}
	}
}

func (s *screen) showsPicture(window xproto.Window) (bool, error) {
	size, err := xproto.GetGeometry(s.connection, xproto.Drawable(window)).Reply()
	if err != nil {
		return false, err
	}
	image, err := xproto.GetImage(s.connection, xproto.ImageFormatZPixmap, xproto.Drawable(window), 0, 0, size.Width, size.Height,
		0xffffff).Reply()
	if err != nil {
		return false, err
	}
	const pixel = 4 // bytes
	for at := pixel; at < len(image.Data); at += pixel {
		if !bytes.Equal(image.Data[at:at+3], image.Data[:3]) {
			return true, nil
		}
	}
	return false, nil
}

// memory returns what is resident of the program, in bytes, and that with what it shares counted in part.
func (s *started) memory() (resident, proportional int64, err error) {
	if resident, err = s.kilobytes("status", "VmRSS:"); err != nil {
		return 0, 0, err
	}
	proportional, err = s.kilobytes("smaps_rollup", "Pss:")
	return resident, proportional, err
}

// proc reads a file that the kernel keeps about the program.
func (s *started) proc(file string) ([]byte, error) {
	return os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.command.Process.Pid), file))
}

func (s *started) kilobytes(file, field string) (int64, error) {
	content, err := s.proc(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == field {
			n, err := strconv.ParseInt(words[1], 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, field)
}

// processorTime returns what the program took until now, on its own and in the kernel.
func (s *started) processorTime() (time.Duration, error) {
	content, err := s.proc("stat")
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(content, []byte(") ")) // the name of the program may hold spaces
	words := strings.Fields(string(after))
	if len(words) < 13 {
		return 0, fmt.Errorf("stat holds %d words", len(words))
	}
	user, err := strconv.ParseInt(words[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(words[12], 10, 64)
	return time.Duration(user+system) * tick, err
}

// calls counts what a program does before its picture: connections on the network, and messages about the keyring, on the
// session bus of whoever runs this.
func (p program) calls(display string) (network, keyring int, err error) {
	log := filepath.Join(p.home, "strace")
	p.bus = os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	traced, err := p.start(display, []string{"strace", "-f", "-ttt", "-s", "1000", "-e", "trace=connect,write,writev,sendto,sendmsg", "-o", log})
	if err != nil {
		return 0, 0, err
	}
	traced.end()
	content, err := os.Open(log)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = content.Close() }()
	return countCalls(content, traced.at)
}

// countCalls reads lines of strace: process, time, call.
func countCalls(log io.Reader, until time.Time) (network, keyring int, err error) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 3 {
			continue
		}
		at, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			return 0, 0, err
		}
		switch {
		case at > float64(until.UnixMicro())/1e6:
			return network, keyring, nil
		case strings.Contains(lines.Text(), "AF_INET"):
			network++
		case strings.Contains(lines.Text(), "org.freedesktop.secrets"):
			keyring++
		}
	}
	return network, keyring, lines.Err()
}

// writeIndex writes an index of accounts, as Photolink does.
func writeIndex(folder string, count int) error {
	type account struct {
		ID         string    `json:"id"`
		Provider   string    `json:"provider"`
		UserID     string    `json:"user_id"`
		UserName   string    `json:"user_name"`
		Name       string    `json:"name"`
		ProfileURL string    `json:"profile_url"`
		Permission string    `json:"permission"`
		Vault      string    `json:"vault"`
		State      string    `json:"state"`
		LinkedAt   time.Time `json:"linked_at"`
		Record     string    `json:"record"`
	}
	index := struct {
		Version  int        `json:"version"`
		Accounts []account  `json:"accounts"`
		Keys     []struct{} `json:"keys"`
	}{Version: 1, Keys: []struct{}{}}
	for i := range count {
		index.Accounts = append(index.Accounts, account{
			ID: fmt.Sprintf("account%05d", i), Provider: "flickr", UserID: fmt.Sprintf("%08d@N00", i),
			UserName: fmt.Sprintf("person%05d", i), Name: fmt.Sprintf("Person %d", i),
			ProfileURL: fmt.Sprintf("https://www.flickr.com/people/%08d@N00/", i), Permission: "read", Vault: "keyring",
			State: "works", LinkedAt: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC), Record: fmt.Sprintf("record%05d", i),
		})
	}
	content, err := json.MarshalIndent(index, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "accounts.json"), content, 0o600)
}
