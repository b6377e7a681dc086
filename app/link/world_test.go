package link_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// world is all that a link meets: a service over TLS, the wire to it, a person with a browser, a vault and a folder.
type world struct {
	t       *testing.T
	service *sandbox.Server
	server  *httptest.Server
	wire    *wire
	browser *browser
	vault   *vault
	folder  string
	store   *account.Store
	linker  link.Linker
	request link.Request
	answers chan link.Answer

	// ctx is cancelled by cancel, and by the end of the test.
	ctx    context.Context
	cancel context.CancelFunc
	// person is what happens when the browser opens, on a goroutine of its own. Its error is that of the opener.
	person func(start string) error
	// watch sees every event.
	watch func(link.Event)
	// mend makes the folder readable again, so that what is in it can be looked at.
	mend func()

	events []link.Event
	over   chan struct{} // closed when Link has returned
	crowd  sync.WaitGroup
}

// newWorld returns a world in which a link goes well: the person approves.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t:       t,
		vault:   &vault{records: make(map[string]string)},
		folder:  t.TempDir(),
		answers: make(chan link.Answer),
		mend:    func() {},
	}
	w.ctx, w.cancel = context.WithCancel(t.Context())
	var err error
	if w.store, err = account.Open(w.folder, w.vault, account.Session()); err != nil {
		t.Fatal(err)
	}
	w.wire = &wire{faults: make(map[string]fault)}
	w.browser = &browser{world: w}
	w.linker = link.Linker{Store: w.store, Transport: w.wire, UserAgent: "Photolink/test"}
	w.request = link.Request{Permission: "read", Vault: w.vault.Name(), Answers: w.answers}
	w.person = w.approve
	w.serve(sandbox.Config{})
	return w
}

// serve puts a service in place of the one before.
func (w *world) serve(config sandbox.Config) {
	w.service = sandbox.New(config)
	w.server = httptest.NewUnstartedServer(w.service)
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.server.StartTLS()
	w.t.Cleanup(w.server.Close)
	w.wire.next = w.server.Client().Transport
	w.request.Provider = provider.Practice(w.server.URL, sandbox.PracticeClient)
}

func (w *world) visitor() sandbox.Visitor { return sandbox.Visitor{Transport: w.browser} }

// approve is a person who approves. A failure shows in what the link returns: a closed port is none of the person's.
func (w *world) approve(start string) error {
	_, _ = w.visitor().Approve(w.t.Context(), start)
	return nil
}

// approveOnly is a person who approves in a browser that cannot come back, and returns the address that it is left with.
func (w *world) approveOnly(start string) string {
	visit, err := w.visitor().ApproveOnly(w.t.Context(), start)
	if err != nil {
		w.t.Error(err)
		return ""
	}
	return visit.URL.String()
}

// say brings an answer of the person.
func (w *world) say(answer link.Answer) {
	select {
	case w.answers <- answer:
	case <-w.over:
	}
}

// link links, and checks what holds for every link, however it ends.
func (w *world) link() (account.Account, error) {
	w.t.Helper()
	var (
		before  = w.stored()
		opening bool
		opened  = make(chan struct{})
		saving  bool
	)
	w.events, w.over = nil, make(chan struct{})
	w.wire.forget()
	w.browser.forget()
	w.linker.Open = func(_ context.Context, start string) error {
		defer close(opened)
		return w.person(start)
	}
	linked, err := w.linker.Link(w.ctx, w.request, func(event link.Event) {
		select {
		case <-w.over:
			w.t.Errorf("an event after the end: %+v", event)
		default:
		}
		w.events = append(w.events, event)
		opening = opening || event.Kind == link.BrowserOpening
		saving = saving || event.Kind == link.StepStarted && event.Step == link.Save
		if !saving {
			w.wantStored(before, fmt.Sprintf("at %s %s", event.Step, event.Kind))
		}
		if event.Kind == link.StepDone && event.Step == link.Save {
			w.browser.saved.Store(true)
		}
		if w.watch != nil {
			w.watch(event)
		}
	})
	close(w.over)
	w.wantPortClosed()
	if opening {
		<-opened
	}
	w.crowd.Wait()
	w.mend()

	if err != nil {
		w.wantStored(before, "after a failure")
		if linked != (account.Account{}) {
			w.t.Errorf("got %+v with an error", linked)
		}
	}
	if page := w.browser.lastPage(); err == nil && page != "" && !saysLinked(page) {
		w.t.Errorf("the browser is left with %s", page)
	}
	w.wantNoSecret(linked, err)
	wantNoGoroutine(w.t)
	return linked, err
}

// stored is everything that outlives a link.
type stored struct {
	Accounts []account.Account
	Records  map[string]string // in the vault
	Files    map[string]string // by their path in the folder
}

func (w *world) stored() stored {
	s := stored{Records: w.vault.copy(), Files: make(map[string]string)}
	s.Accounts, _ = w.store.Accounts()
	_ = fs.WalkDir(os.DirFS(w.folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(name, ".lock") {
			content, _ := os.ReadFile(filepath.Join(w.folder, name))
			s.Files[name] = string(content)
		}
		return nil
	})
	return s
}

func (w *world) wantStored(want stored, when string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.stored()); diff != "" {
		w.t.Errorf("%s: stored, - before, + now:\n%s", when, diff)
	}
}

func (w *world) wantPortClosed() {
	w.t.Helper()
	address := w.wire.callbackAddress()
	if address == nil {
		return // the service never learnt of a port
	}
	if conn, err := net.Dial("tcp", address.Host); err == nil {
		_ = conn.Close()
		w.t.Errorf("port %s still answers", address.Host)
	}
}

// wantNoSecret looks for what passed over the wire in what people see and copy into reports.
func (w *world) wantNoSecret(linked account.Account, err error) {
	w.t.Helper()
	texts := []string{fmt.Sprintf("%+v %#v", linked, linked)}
	tell := func(err error) {
		if err != nil {
			trouble := link.Explain(err, w.request.Provider)
			texts = append(texts, fmt.Sprintf("%v %+v %#v %+v", err, err, err, trouble))
		}
	}
	tell(err)
	for _, event := range w.events {
		event.Page = "" // has to hold the temporary token, for a browser on another machine
		texts = append(texts, fmt.Sprintf("%v %+v %#v", event, event, event))
		tell(event.Err)
	}
	for _, text := range texts {
		for _, secret := range append(w.wire.secrets(), w.browser.verifiers()...) {
			if strings.Contains(text, secret) {
				w.t.Errorf("secret %q in %q", secret, text)
			}
		}
	}
}

// wantNoGoroutine waits until nothing of the link and the listener runs any more.
func wantNoGoroutine(t *testing.T) {
	t.Helper()
	buffer := make([]byte, 1<<20)
	for limit := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		stacks := string(buffer[:runtime.Stack(buffer, true)])
		if !strings.Contains(stacks, "photolink/app/link.") && !strings.Contains(stacks, "photolink/callback.") {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("goroutines left:\n%s", stacks)
		}
	}
}

// fault changes what the service answered.
type fault func(request *http.Request, answer *http.Response) (*http.Response, error)

// wire is the connection to the service. It remembers the secrets that pass.
type wire struct {
	next   http.RoundTripper
	faults map[string]fault // by the name of the call

	mu       sync.Mutex
	calls    []string
	seen     map[string]bool
	callback *url.URL
	token    string // the temporary one
}

var protocolParameter = regexp.MustCompile(`(oauth_\w+)="([^"]*)"`)

// RoundTrip names a call by the method of the REST API, or by the last part of its path.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	call := path.Base(r.URL.Path)
	if method := r.URL.Query().Get("method"); method != "" {
		call = strings.TrimPrefix(method, "flickr.")
	}
	w.mu.Lock()
	w.calls = append(w.calls, call)
	w.mu.Unlock()
	for _, parameter := range protocolParameter.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		value, _ := url.PathUnescape(parameter[2])
		w.note(parameter[1], value)
	}
	answer, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	if values, err := url.ParseQuery(string(body)); err == nil {
		for name := range values {
			w.note(name, values.Get(name))
		}
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if change := w.faults[call]; change != nil {
		return change(r, answer)
	}
	return answer, nil
}

func (w *wire) note(name, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch name {
	case "oauth_callback":
		w.callback, _ = url.Parse(value)
	case "oauth_token", "oauth_token_secret", "oauth_verifier", "oauth_signature":
		if w.seen == nil {
			w.seen = map[string]bool{sandbox.PracticeClient.Secret.Reveal(): true}
		}
		w.seen[value] = true
		if name == "oauth_token" && w.token == "" {
			w.token = value
		}
	}
}

// forget forgets one link, but not its secrets.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.callback, w.token = nil, nil, ""
}

func (w *wire) secrets() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.seen))
}

func (w *wire) callbackAddress() *url.URL {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.callback
}

func (w *wire) temporaryToken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.token
}

// say is a fault that answers something else. Fields are names and values of the header; an empty value removes.
func say(status int, body string, fields ...string) fault {
	return func(_ *http.Request, answer *http.Response) (*http.Response, error) {
		answer.StatusCode, answer.Body = status, io.NopCloser(strings.NewReader(body))
		for pair := range slices.Chunk(fields, 2) {
			answer.Header.Del(pair[0])
			if pair[1] != "" {
				answer.Header.Set(pair[0], pair[1])
			}
		}
		return answer, nil
	}
}

// edit is a fault that replaces a part of the answer.
func edit(old, changed string) fault {
	return func(_ *http.Request, answer *http.Response) (*http.Response, error) {
		body, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), old, changed)))
		return answer, err
	}
}

// browser is the transport of the person's browser. It follows the pages that ask to be asked again.
type browser struct {
	world  *world
	change func(*http.Request) // changes requests before they are sent; nil leaves them alone
	saved  atomic.Bool         // Save is done

	mu    sync.Mutex
	last  string // the last page from the listener
	codes []string
}

// RoundTrip checks that no page says linked before Save is done.
func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.change != nil {
		b.change(r)
	}
	answer, err := b.world.server.Client().Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if location, err := answer.Location(); err == nil {
		b.mu.Lock()
		b.codes = append(b.codes, location.Query().Get("oauth_verifier"))
		b.mu.Unlock()
	}
	if r.URL.Scheme == "http" && len(body) > 0 {
		b.mu.Lock()
		b.last = string(body)
		b.mu.Unlock()
		if saysLinked(string(body)) && !b.saved.Load() {
			b.world.t.Errorf("the browser says linked too early: %s", body)
		}
	}
	if _, next, found := strings.Cut(answer.Header.Get("Refresh"), "url="); found {
		again := r.Clone(r.Context())
		if again.URL, err = r.URL.Parse(next); err != nil {
			return nil, err
		}
		return b.RoundTrip(again)
	}
	return answer, nil
}

func saysLinked(page string) bool { return strings.Contains(page, "<h1>Linked as") }

func (b *browser) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = ""
	b.saved.Store(false)
}

func (b *browser) lastPage() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func (b *browser) verifiers() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.codes), func(code string) bool { return code == "" })
}

// vault keeps secrets in memory. put, when not nil, is asked about the n-th Put, from 1: whether it is to be stored, and
// what to say.
type vault struct {
	put func(ctx context.Context, n int) (store bool, err error)

	mu      sync.Mutex
	puts    int
	records map[string]string
}

func (*vault) Name() string { return "test" }

func (v *vault) Put(ctx context.Context, record string, secret []byte) error {
	v.mu.Lock()
	v.puts++
	n := v.puts
	v.mu.Unlock()
	store, err := true, ctx.Err()
	if err == nil && v.put != nil {
		store, err = v.put(ctx, n)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if store && err == nil {
		v.records[record] = string(secret)
	}
	return err
}

func (v *vault) Get(_ context.Context, record string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	secret, found := v.records[record]
	if !found {
		return nil, &account.VaultError{Vault: v.Name(), State: account.VaultNotFound}
	}
	return []byte(secret), nil
}

func (v *vault) Delete(_ context.Context, record string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.records, record)
	return nil
}

func (v *vault) copy() map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.records)
}
