// Command browser plays the person at the browser, with a real Chromium that nobody sees. It is meant to stand where
// the system looks for the person's browser: as $BROWSER, or as a file named xdg-open in a folder at the front of PATH,
// which also works where a desktop or a display would choose another browser.
//
//	browser URL         starts itself in the background and returns, as browsers do
//	browser -wait URL   returns when the tab is closed
//
// It is told what to do through the environment:
//
//	PHOTOLINK_BROWSER        approve: presses the button with the id "approve" (the default)
//	                         deny: presses the button with the id "deny"
//	                         look: presses nothing
//	                         close: closes the tab as soon as the page is there
//	PHOTOLINK_BROWSER_OUT    the folder for what it leaves, made if need be; required
//	PHOTOLINK_BROWSER_SCRIPTS=off       pages run no scripts
//	PHOTOLINK_BROWSER_TRUST=FILE        a PEM certificate that is trusted wherever a server presents it
//
// It leaves authorize.png, the page with the buttons; final.png, the page on which the tab came to rest; browser.log;
// and at last, when Chromium is gone, final.json with the address, title and text of that page, and "error" if
// something went wrong. Who waits for final.json therefore waits for everything. It gives up after a minute.
package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	width, height = 900, 700 // pixels, of the pictures

	startLimit = 30 * time.Second // for Chromium to start and load the first page
	restLimit  = 30 * time.Second // for the tab to come to rest
	pollPause  = 100 * time.Millisecond
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	wait := len(arguments) > 0 && arguments[0] == "-wait"
	if wait {
		arguments = arguments[1:]
	}
	if len(arguments) != 1 {
		return errors.New("want one address")
	}
	address, err := url.Parse(arguments[0])
	if err != nil || address.Scheme != "http" && address.Scheme != "https" {
		return fmt.Errorf("not a web address: %q", arguments[0])
	}
	s, err := settingsFromEnvironment()
	if err != nil {
		return err
	}
	if !wait {
		return startInBackground(s.out, address.String())
	}
	page, err := s.visit(address.String())
	if err != nil {
		page.Error = err.Error()
	}
	return errors.Join(err, page.write(filepath.Join(s.out, "final.json")))
}

// startInBackground runs this program with -wait. Its output goes to a file, because a caller that reads ours to the
// end would wait for it too.
func startInBackground(out, address string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(out, "browser.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(program, "-wait", address)
	command.Stdout, command.Stderr = log, log
	return command.Start()
}

type settings struct {
	choice  string // approve, deny, look or close
	out     string
	scripts bool
	trusted string // base64 SHA-256 of a public key; empty for none
}

// settingsFromEnvironment also makes the folder and removes what an earlier visit left in it.
func settingsFromEnvironment() (settings, error) {
	s := settings{
		choice:  cmp.Or(os.Getenv("PHOTOLINK_BROWSER"), "approve"),
		out:     os.Getenv("PHOTOLINK_BROWSER_OUT"),
		scripts: os.Getenv("PHOTOLINK_BROWSER_SCRIPTS") != "off",
	}
	switch s.choice {
	case "approve", "deny", "look", "close":
	default:
		return s, fmt.Errorf("PHOTOLINK_BROWSER: no such choice: %q", s.choice)
	}
	if s.out == "" {
		return s, errors.New("PHOTOLINK_BROWSER_OUT is not set")
	}
	if err := os.MkdirAll(s.out, 0o700); err != nil {
		return s, err
	}
	for _, name := range []string{"authorize.png", "final.png", "final.json"} {
		if err := os.Remove(filepath.Join(s.out, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return s, err
		}
	}
	if file := os.Getenv("PHOTOLINK_BROWSER_TRUST"); file != "" {
		var err error
		if s.trusted, err = publicKeyHash(file); err != nil {
			return s, fmt.Errorf("PHOTOLINK_BROWSER_TRUST: %w", err)
		}
	}
	return s, nil
}

// publicKeyHash returns what Chromium knows the certificate in a PEM file by.
func publicKeyHash(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", errors.New("not a PEM file")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(hash[:]), nil
}

// options start Chromium so that it speaks to the pages alone: what it would fetch in the background cannot be had where
// there is no network. It has no sandbox, which it cannot have as root, and sees only pages of the project's own.
func (s settings) options() []chromedp.ExecAllocatorOption {
	options := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		// Photobucket spoke plain HTTP, which Chromium would turn into HTTPS. The first two are chromedp's own.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,HttpsUpgrades"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.WindowSize(width, height),
	)
	if s.trusted != "" {
		options = append(options, chromedp.Flag("ignore-certificate-errors-spki-list", s.trusted))
	}
	return options
}

// visit opens a tab, does what was chosen, and closes Chromium. The page is the last that was seen, also with an error.
func (s settings) visit(address string) (page, error) {
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), s.options()...)
	defer cancelAllocator()
	tab, cancelTab := chromedp.NewContext(allocator)
	defer cancelTab()
	defer func() { _ = chromedp.Cancel(tab) }() // waits for Chromium to end; its profile folder is removed then

	// Chromium lives as long as the context of the first call, which therefore has no limit of its own.
	starting := time.AfterFunc(startLimit, cancelTab)
	err := chromedp.Do(tab,
		s.allowScripts,
		chromedp.EmulateViewport(width, height),
		chromedp.Navigate(address),
	)
	starting.Stop()
	if err != nil {
		return page{}, fmt.Errorf("open the page: %w", err)
	}

	ctx, cancel := context.WithTimeout(tab, restLimit)
	defer cancel()
	now, err := look(ctx)
	if err != nil || s.choice == "close" {
		return now, err
	}
	if now.HasButton {
		if err := s.picture(ctx, "authorize.png"); err != nil {
			return now, err
		}
	}
	if s.choice != "look" {
		if !now.HasButton {
			return now, errors.Join(errors.New("no button to press"), s.picture(ctx, "final.png"))
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.ID(s.choice))); err != nil {
			return now, fmt.Errorf("press the button: %w", err)
		}
	}
	if now, err = s.rest(ctx, now); err != nil {
		return now, err
	}
	return now, s.picture(ctx, "final.png")
}

// rest waits for the final page: it is loaded, has no button to press any more, and is not waiting for something.
func (s settings) rest(ctx context.Context, last page) (page, error) {
	for {
		// A page that is just being replaced cannot be asked: that is not an error, but a reason to ask again.
		now, err := look(ctx)
		if err == nil {
			last = now
			if now.Loaded && now.Kind != "waiting" && (!now.HasButton || s.choice == "look") {
				return now, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, errors.Join(errors.New("the tab does not come to rest"), err)
		case <-time.After(pollPause):
		}
	}
}

func (s settings) allowScripts(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	if s.scripts {
		return chromedp.Void{}, nil
	}
	_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true})
	return chromedp.Void{}, err
}

func (s settings) picture(ctx context.Context, name string) error {
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return fmt.Errorf("take %s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(s.out, name), png, 0o600)
}

// page is what a tab shows.
type page struct {
	URL   string `json:"url"`
	Title string `json:"title"`
	Text  string `json:"text"`
	Kind  string `json:"kind"` // the class of its body, by which Photolink's own pages tell themselves apart
	Error string `json:"error,omitempty"`

	Loaded    bool `json:"loaded"`
	HasButton bool `json:"hasButton"` // #approve
}

func look(ctx context.Context) (page, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[page](`({
		url: location.href,
		title: document.title,
		text: document.body.innerText,
		kind: document.body.className,
		loaded: document.readyState === "complete",
		hasButton: document.getElementById("approve") !== null,
	})`))
}

// write puts the page into a file in one move, so that nobody reads half of it.
func (p page) write(file string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // scripts search it for addresses
	encoder.SetIndent("", "\t")
	if err := encoder.Encode(p); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
