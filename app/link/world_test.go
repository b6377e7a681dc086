package link_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
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
	// transport leads to the service.
	transport http.RoundTripper
	// plays is the ID of the service that is played under its own host names; empty for the practice service.
	plays   string
	browser *browser
	vault   *vault
	folder  string // of the store
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

	temporary string // the folder for temporary files of this process
	log       *logBuffer

	events []link.Event
	asking chan struct{} // closed when the step Ask has started
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
	w.temporary = t.TempDir()
	for _, variable := range []string{"TMPDIR", "TMP", "TEMP"} { // of Unix, and of Windows
		t.Setenv(variable, w.temporary)
	}
	w.log = captureLog(t)
	var err error
	if w.store, err = account.Open(w.folder, w.vault, account.Session()); err != nil {
		t.Fatal(err)
	}
	w.wire = &wire{
		world:  w,
		faults: make(map[sandbox.Endpoint]fault),
		seen:   map[string]string{sandbox.PracticeClient.Secret.Reveal(): "client secret"},
	}
	w.browser = &browser{world: w}
	w.linker = link.Linker{Store: w.store, Transport: w.wire, UserAgent: "Photolink/test"}
	w.linker.PauseBetweenTries(time.Millisecond)
	w.request = link.Request{Permission: "read", Vault: w.vault.Name(), Answers: w.answers}
	w.person = w.approve
	w.serve(sandbox.Config{})
	return w
}

// serve puts a service in place of the one before.
func (w *world) serve(config sandbox.Config) {
	if w.request.Callback != "" && config.Clients == nil {
		config.Clients = sandbox.PracticeClients(map[string]string{w.plays: w.request.Callback})
	}
	w.service = sandbox.New(config)
	w.server = httptest.NewUnstartedServer(w.service)
	w.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.server.StartTLS()
	w.t.Cleanup(w.server.Close)
	w.transport = w.server.Client().Transport
	if w.plays == "" {
		w.request.Provider = provider.Practice(w.server.URL, sandbox.PracticeClient)
	} else {
		w.transport = w.everyHost()
	}
	w.wire.next = w.transport
}

// everyHost returns a transport on which all hosts with a name are the service: over TLS where they are asked for https,
// without it where they are asked for http. Addresses and Host headers stay as they are.
func (w *world) everyHost() http.RoundTripper {
	plain := httptest.NewServer(w.service)
	w.t.Cleanup(plain.Close)
	transport := w.server.Client().Transport.(*http.Transport).Clone()
	w.t.Cleanup(transport.CloseIdleConnections)
	transport.TLSClientConfig.ServerName = "example.com" // in the certificate
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		switch host, port, _ := net.SplitHostPort(address); {
		case net.ParseIP(host) != nil: // the listener
		case port == "443":
			address = w.server.Listener.Addr().String()
		default:
			address = plain.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return transport
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

// startAddress has one random part and nothing else to tell.
var startAddress = regexp.MustCompile(`^http://127\.0\.0\.1:\d+/start/[0-9A-Za-z_-]+$`)

// link links, and checks what holds for every link, however it ends.
func (w *world) link() (account.Account, error) {
	w.t.Helper()
	var (
		before  = w.stored()
		opening bool
		opened  = make(chan struct{})
		saving  bool
	)
	w.events, w.asking, w.over = nil, make(chan struct{}), make(chan struct{})
	w.wire.forget()
	w.browser.forget()
	w.linker.Open = func(_ context.Context, start string) error {
		defer close(opened)
		if !startAddress.MatchString(start) { // others on this computer can read the arguments of the opener
			w.t.Errorf("the browser is opened with %s", start)
		}
		return w.person(start)
	}
	linked, err := w.linker.Link(w.ctx, w.request, func(event link.Event) {
		select {
		case <-w.over:
			w.t.Errorf("an event after the end: %+v", event)
		default:
		}
		w.events = append(w.events, event)
		if event.Kind == link.StepStarted && event.Step == link.Ask {
			close(w.asking)
		}
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
	if page, query := w.browser.lastPage(); err == nil && page != "" && (!saysLinked(page) || query != "") {
		w.t.Errorf("the browser is left with %q and %s", query, page)
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
	s := stored{Records: w.vault.copy(), Files: filesIn(w.folder)}
	s.Accounts, _ = w.store.Accounts()
	delete(s.Files, "accounts.json.backup")
	maps.DeleteFunc(s.Files, func(name, _ string) bool { return strings.HasSuffix(name, ".lock") })
	if index := withoutPlans(s.Files["accounts.json"]); index != "" {
		s.Files["accounts.json"] = index
	} else {
		delete(s.Files, "accounts.json")
	}
	return s
}

// withoutPlans leaves out of an index what was to be put into a vault and has to be looked for there: the records that are
// there are compared themselves. An index of nothing is empty.
func withoutPlans(index string) string {
	var parts map[string]any
	if json.Unmarshal([]byte(index), &parts) != nil {
		return index
	}
	delete(parts, "pending")
	maps.DeleteFunc(parts, func(name string, part any) bool { return name == "version" || part == nil })
	if len(parts) == 0 {
		return ""
	}
	written, _ := json.Marshal(parts) // was JSON before
	return string(written)
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

// wantNoSecret looks for what passed over the wire, and over the browser, in what people see, log, copy into reports, or
// find on the disk.
func (w *world) wantNoSecret(linked account.Account, err error) {
	w.t.Helper()
	texts := []string{inEveryForm(linked), w.log.String()}
	tell := func(err error) {
		if err != nil {
			texts = append(texts, err.Error(), inEveryForm(err), inEveryForm(link.Explain(nil, err, w.request.Provider)))
		}
	}
	tell(err)
	var progress link.Progress
	for _, event := range w.events {
		event.Page = "" // has to hold the temporary token, for a browser on another machine
		texts = append(texts, inEveryForm(event))
		tell(event.Err)
		progress.Apply(event)
	}
	texts = append(texts, progress.Report(), inEveryForm(progress))
	texts = append(texts, w.browser.pages()...)
	for _, folder := range []string{w.folder, w.temporary} {
		for name, content := range filesIn(folder) {
			texts = append(texts, name, content)
		}
	}

	secrets := w.wire.secrets()
	secrets[w.request.Key.Key], secrets[w.request.Key.Secret.Reveal()] = "client key", "client secret"
	for _, verifier := range w.browser.verifiers() {
		secrets[verifier] = "oauth_verifier"
	}
	delete(secrets, "")
	if err == nil && w.events != nil {
		names := slices.Collect(maps.Values(secrets))
		for _, name := range []string{
			"client secret", "oauth_consumer_key", "oauth_token", "oauth_token_secret", "oauth_verifier", "oauth_signature",
		} {
			if name == "oauth_consumer_key" && w.request.Key.Key != "" ||
				name == "oauth_verifier" && w.request.Provider.WithoutVerifier {
				continue
			}
			if !slices.Contains(names, name) {
				w.t.Errorf("no %s was seen: it is not looked for", name)
			}
		}
	}
	// A code of six digits, or Photobucket's tokens, can stand in any text by chance.
	maps.DeleteFunc(secrets, func(secret, _ string) bool { return len(secret) < 8 })
	for _, text := range texts {
		for secret, name := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if strings.Contains(text, form) {
					w.t.Errorf("%s %q in %q", name, form, text)
				}
			}
		}
	}
}

// inEveryForm returns value as people print and as programs write it.
func inEveryForm(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		written = nil // an error of the system that has no such form
	}
	return fmt.Sprintf("%v %+v %#v %s", value, value, value, written)
}

// filesIn returns what is in the files of a folder, by their paths.
func filesIn(folder string) map[string]string {
	files := make(map[string]string)
	_ = fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			content, _ := os.ReadFile(filepath.Join(folder, name))
			files[name] = string(content)
		}
		return nil
	})
	return files
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

// fault is what only a network can do to an answer; what a service can do is a [sandbox.Fault].
type fault func(request *http.Request, answer *http.Response) (*http.Response, error)

// wire is the connection to the service. It remembers the secrets that pass.
type wire struct {
	world  *world
	next   http.RoundTripper
	faults map[sandbox.Endpoint]fault
	// atOnce lets the request for temporary credentials pass while the preflight is under way. It is held back otherwise
	// until its step has started, so that it is certain what comes first.
	atOnce bool

	mu       sync.Mutex
	calls    []sandbox.Endpoint
	seen     map[string]string // secrets, with their names
	callback *url.URL
	token    string // the temporary one
}

var (
	protocolParameter = regexp.MustCompile(`(oauth_\w+)="([^"]*)"`)
	jsonCredential    = regexp.MustCompile(`"(oauth_\w+)":"([^"]*)"`)
)

// sent returns the parameters of a request, wherever they travel.
func sent(r *http.Request) url.Values {
	params := r.URL.Query()
	for _, parameter := range protocolParameter.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		value, _ := url.PathUnescape(parameter[2])
		params.Add(parameter[1], value)
	}
	if r.GetBody != nil {
		body, _ := r.GetBody() // has no way to go wrong
		text, _ := io.ReadAll(body)
		form, _ := url.ParseQuery(string(text))
		maps.Copy(params, form)
	}
	return params
}

// name names a call as Flickr's method is named. What other services answer instead of test.echo is not signed.
func (w *wire) name(r *http.Request, params url.Values) sandbox.Endpoint {
	endpoint := w.world.request.Provider.Endpoint
	switch {
	case r.URL.String() == endpoint.TemporaryCredentials:
		return sandbox.RequestToken
	case r.URL.String() == endpoint.TokenCredentials:
		return sandbox.AccessToken
	case params.Has("method"):
		return sandbox.Endpoint(params.Get("method"))
	case strings.Contains(r.URL.Path, "/buddyicons/"):
		return sandbox.BuddyIcon
	case params.Has("oauth_signature"):
		return sandbox.Login
	}
	return sandbox.Echo
}

// RoundTrip notes the call, and the secrets in it and in its answer.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	params := sent(r)
	call := w.name(r, params)
	if call == sandbox.RequestToken && !w.atOnce {
		select {
		case <-w.world.asking:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	w.mu.Lock()
	w.calls = append(w.calls, call)
	w.mu.Unlock()
	for name := range params {
		w.note(name, params.Get(name))
	}
	answer, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	begin, err := io.ReadAll(io.LimitReader(answer.Body, 1<<12)) // credentials are shorter
	if values, err := url.ParseQuery(string(begin)); err == nil {
		for name := range values {
			w.note(name, values.Get(name))
		}
	}
	for _, credential := range jsonCredential.FindAllStringSubmatch(string(begin), -1) {
		w.note(credential[1], credential[2])
	}
	rest := io.Reader(answer.Body)
	if err != nil {
		rest = iotest.ErrReader(err)
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin), rest), answer.Body}
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
	case "oauth_consumer_key", "oauth_token", "oauth_token_secret", "oauth_verifier", "oauth_signature",
		"auth_token", "api_sig": // the last two are of before OAuth
		w.seen[value] = name
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

func (w *wire) secrets() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.seen)
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

// browser is the transport of the person's browser. It follows the pages that ask to be asked again.
type browser struct {
	world *world
	saved atomic.Bool // Save is done

	mu      sync.Mutex
	shown   []string // the pages from the listener
	address *url.URL // of the last one
	codes   []string
	hosts   []string // that were asked for a page
}

// RoundTrip checks that no page says linked before Save is done.
func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.hosts = append(b.hosts, r.URL.Host)
	b.mu.Unlock()
	answer, err := b.world.transport.RoundTrip(r)
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
	if r.URL.Scheme == "http" && r.URL.Hostname() == "127.0.0.1" && len(body) > 0 {
		b.mu.Lock()
		b.shown, b.address = append(b.shown, string(body)), r.URL
		b.mu.Unlock()
		if strings.Contains(string(body), "<script>") {
			b.world.t.Errorf("a script in the page: %s", body)
		}
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
	b.shown, b.address = nil, nil
	b.saved.Store(false)
}

func (b *browser) pages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.shown)
}

// lastPage returns the page that the browser is left with, and what its address says beside host and path.
func (b *browser) lastPage() (page, query string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.shown) == 0 {
		return "", ""
	}
	return b.shown[len(b.shown)-1], b.address.RawQuery
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

// logBuffer holds what was logged. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// captureLog takes what packages log and log/slog would write, until the end of the test.
func captureLog(t *testing.T) *logBuffer {
	buffer, writer, logger := &logBuffer{}, log.Writer(), slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: slog.LevelDebug}))) // log follows
	t.Cleanup(func() {
		slog.SetDefault(logger)
		log.SetOutput(writer)
	})
	return buffer
}

func (b *logBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
