package account_test

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// busConfiguration makes a session bus that knows of no program to start.
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
	<type>session</type>
	<listen>unix:dir=FOLDER</listen>
	<policy context="default">
		<allow send_destination="*" eavesdrop="true"/>
		<allow eavesdrop="true"/>
		<allow own="*"/>
	</policy>
</busconfig>`

// startBus starts a session bus that is the one of this program until the test ends, or until stop is called. The test
// is skipped where that is not to be had.
func startBus(t *testing.T) (stop func()) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("Secret Service: tried on Linux only")
	}
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("Secret Service: dbus-daemon is not installed")
	}
	folder, err := os.MkdirTemp("", "bus") // shorter than that of the test, because the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	configuration := filepath.Join(folder, "bus.conf")
	write(t, folder, "bus.conf", strings.ReplaceAll(busConfiguration, "FOLDER", folder))

	daemon := exec.Command(program, "--nofork", "--print-address", "--config-file="+configuration)
	output, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	t.Cleanup(stop)
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	t.Cleanup(func() { // go-keyring would go on with its connection in the next test
		if shared, err := dbus.SessionBus(); err == nil {
			_ = shared.Close()
		}
	})
	return stop
}

// secretService is a keyring program in the words of the Secret Service API, as far as go-keyring speaks it. It has one
// collection, which holds what is stored, and one prompt. The functions decide what becomes of a request; each has the
// friendliest answer as its default.
type secretService struct {
	conn *dbus.Conn

	unlock func() (unlocked, prompts bool)
	create func(store func()) (prompts bool, err *dbus.Error)
	prompt func(complete func(dismissed bool)) // called when a prompt is to be shown

	mu    sync.Mutex
	items map[dbus.ObjectPath]item
	made  int
}

type item struct {
	attributes map[string]string
	secret     secret
}

// secret is the struct of that name in the Secret Service API.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

const (
	servicePath    dbus.ObjectPath = "/org/freedesktop/secrets"
	collectionPath                 = servicePath + "/collection/login"
	promptPath                     = servicePath + "/prompt/1"
	sessionPath                    = servicePath + "/session/1"
	nothing        dbus.ObjectPath = "/"

	serviceInterface = "org.freedesktop.Secret."
)

// startSecretService brings a keyring program to the session bus, after configure (which may be nil) had its way with it.
func startSecretService(t *testing.T, configure func(*secretService)) *secretService {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	s := &secretService{
		conn:   conn,
		unlock: func() (bool, bool) { return true, false },
		create: func(store func()) (bool, *dbus.Error) { store(); return false, nil },
		prompt: func(complete func(bool)) { complete(false) },
		items:  make(map[dbus.ObjectPath]item),
	}
	t.Cleanup(s.leave)
	if configure != nil {
		configure(s)
	}
	for _, object := range []struct {
		path    dbus.ObjectPath
		name    string
		methods map[string]any
	}{
		{servicePath, "org.freedesktop.DBus.Properties", map[string]any{"Get": s.collections}},
		{servicePath, serviceInterface + "Service", map[string]any{"OpenSession": s.openSession, "Unlock": s.unlockAll}},
		{sessionPath, serviceInterface + "Session", map[string]any{"Close": func() *dbus.Error { return nil }}},
		{promptPath, serviceInterface + "Prompt", map[string]any{"Prompt": s.showPrompt}},
		{collectionPath, serviceInterface + "Collection", map[string]any{"CreateItem": s.createItem, "SearchItems": s.search}},
	} {
		if err := conn.ExportMethodTable(object.methods, object.path, object.name); err != nil {
			t.Fatal(err)
		}
	}
	err = conn.ExportSubtreeMethodTable(
		map[string]any{"GetSecret": s.secretOf, "Delete": s.deleteItem}, collectionPath, serviceInterface+"Item",
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return s
}

// leave takes the program off the bus, with all requests unanswered.
func (s *secretService) leave() { _ = s.conn.Close() }

// stored returns how many secrets there are, and how many there have been.
func (s *secretService) stored() (now, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items), s.made
}

func (s *secretService) collections(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant([]dbus.ObjectPath{collectionPath}), nil
}

func (s *secretService) openSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), sessionPath, nil
}

func (s *secretService) unlockAll(objects []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	unlocked, prompts := s.unlock()
	if prompts {
		return nil, promptPath, nil
	}
	if !unlocked {
		return nil, nothing, nil
	}
	return objects, nothing, nil
}

func (s *secretService) showPrompt(string) *dbus.Error {
	go s.prompt(func(dismissed bool) {
		result := []dbus.ObjectPath{}
		if !dismissed {
			result = append(result, collectionPath)
		}
		_ = s.conn.Emit(promptPath, serviceInterface+"Prompt.Completed", dismissed, dbus.MakeVariant(result))
	})
	return nil
}

func (s *secretService) createItem(
	properties map[string]dbus.Variant, secret secret, _ bool,
) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	var attributes map[string]string
	if err := properties[serviceInterface+"Item.Attributes"].Store(&attributes); err != nil {
		return nothing, nothing, dbus.MakeFailedError(err)
	}
	var path dbus.ObjectPath
	prompts, err := s.create(func() { path = s.store(item{attributes, secret}) })
	if err != nil || prompts || path == "" {
		path = nothing
	}
	if prompts {
		return path, promptPath, err
	}
	return path, nothing, err
}

func (s *secretService) store(stored item) dbus.ObjectPath {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, known := range s.items {
		if maps.Equal(known.attributes, stored.attributes) {
			s.items[path] = stored
			return path
		}
	}
	s.made++
	path := collectionPath + dbus.ObjectPath("/"+strconv.Itoa(s.made))
	s.items[path] = stored
	return path
}

func (s *secretService) search(attributes map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []dbus.ObjectPath{}
	for path, known := range s.items {
		if maps.Equal(known.attributes, attributes) {
			found = append(found, path)
		}
	}
	return found, nil
}

func (s *secretService) secretOf(message dbus.Message, _ dbus.ObjectPath) (secret, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[pathOf(message)].secret, nil
}

func (s *secretService) deleteItem(message dbus.Message) (dbus.ObjectPath, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, pathOf(message))
	return nothing, nil
}

func pathOf(message dbus.Message) dbus.ObjectPath {
	path, _ := message.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	return path
}
