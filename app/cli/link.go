package cli

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/handover"
	"photolink/app/link"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// practice is the ID of the service that runs inside of Photolink.
const practice = "practice"

// linking is one call of the command link.
type linking struct {
	*session
	service provider.Provider

	key, keyFile, keyName, callback, permission string
	noBrowser, phone, yes                       bool
	port                                        int

	answers chan link.Answer
	hear    func() // begins to read what the person pastes
	deafen  func() // ends it
}

func (s *session) linkCommand() *cobra.Command {
	l := &linking{session: s}
	command := &cobra.Command{
		Use:   "link SERVICE",
		Short: "Link an account",
		Long: "Links an account: opens the browser, waits for the approval, and keeps the access. Where there is no browser it " +
			"prints the address to open, and takes the address on which the browser ends, the code that it shows, or no.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error { return l.run(command.Context(), args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&l.key, "key", "", "stored API key to use, by name or ID")
	flags.StringVar(&l.keyFile, "key-file", "", "file of another tool that holds the API key")
	flags.StringVar(&l.keyName, "name", "", "what to call a new API key")
	flags.StringVar(&l.callback, "callback", "", "address that is registered with a new API key, if it is not the usual one")
	flags.StringVar(&l.permission, "permission", "", "permission to ask for; without it, the least")
	flags.BoolVar(&l.noBrowser, "no-browser", false, "open no browser, print the address")
	flags.BoolVar(&l.phone, "phone", false, "approve on another device, which shows a code to type in here")
	flags.IntVar(&l.port, "port", 0, "port to listen at, for a browser that comes through ssh -L")
	flags.BoolVar(&l.yes, "yes", false, "answer yes to questions; the practice account approves by itself")
	command.MarkFlagsMutuallyExclusive("key", "key-file")
	command.MarkFlagsMutuallyExclusive("phone", "port")
	return command
}

func (l *linking) run(ctx context.Context, serviceID string) error {
	alone := l.yes && serviceID == practice
	var browser func(context.Context, string) error // nil is the system's
	switch {
	case alone:
		browser = func(ctx context.Context, address string) error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // it stays for the last page
			defer cancel()
			_, err := sandbox.Visitor{}.Approve(ctx, address)
			return err
		}
	case l.noBrowser || l.port != 0 || !hasDisplay():
		l.noBrowser = true
		browser = func(context.Context, string) error { return nil }
	}
	photolink, err := l.open(browser)
	if err != nil {
		return err
	}
	defer photolink.Close()
	if l.service, err = service(photolink, serviceID); err != nil {
		return err
	}
	wish, err := l.wish(ctx, photolink)
	if err != nil {
		return err
	}
	l.answers = make(chan link.Answer)
	wish.Answers, wish.Confirm = l.answers, l.confirm
	hearing, deafen := context.WithCancel(ctx)
	defer deafen()
	l.deafen = deafen
	l.hear = func() {
		if !alone {
			go l.read(hearing)
		}
	}
	linked, err := photolink.Link(ctx, wish, func(event link.Event) { l.tell(ctx, event, alone) })
	if err != nil {
		return inWords(err, l.service)
	}
	l.print("Linked %s: %s (%s), %s", title(linked), linked.Name, l.service.Name, l.service.Permission(linked.Permission).Name)
	return nil
}

// wish gathers what is to be linked. It asks for an API key where one is missing.
func (l *linking) wish(ctx context.Context, photolink *app.App) (app.Wish, error) {
	wish := app.Wish{Service: l.service.ID}
	p := l.service
	wish.Permission = l.permission
	if l.permission == "" {
		wish.Permission = p.Permissions[0].ID
	}
	var known []string
	for _, permission := range p.Permissions {
		known = append(known, permission.ID)
	}
	if !slices.Contains(known, wish.Permission) {
		return wish, wrongUse("%s has no permission %q; it has: %s", p.Name, wish.Permission, strings.Join(known, ", "))
	}
	if l.phone && p.CodeLooks == "" {
		return wish, wrongUse("%s shows no code to type in, so --phone does not work with it", p.Name)
	}
	wish.OutOfBand, wish.KeyName, wish.Callback = l.phone, l.keyName, l.callback
	if l.port != 0 {
		if l.port < 1 || l.port > 65535 {
			return wish, wrongUse("%d is no port", l.port)
		}
		if p.Callback.Rule != provider.AnyCallback {
			return wish, wrongUse("%s comes back to the address that is registered with the key; its port is the one for ssh -L",
				p.Name)
		}
		wish.Callback = fmt.Sprintf("http://127.0.0.1:%d/callback", l.port)
	}
	if wish.Callback != "" {
		if err := link.CheckCallback(p, wish.Callback); err != nil {
			return wish, wrongUse("--callback: %w", err)
		}
	}
	var err error
	if wish.Vault, err = l.vault(photolink); err != nil {
		return wish, err
	}
	return wish, l.chooseKey(ctx, photolink, &wish)
}

func (l *linking) chooseKey(ctx context.Context, photolink *app.App, wish *app.Wish) error {
	keys, err := photolink.Keys(l.service.ID)
	if err != nil {
		return inWords(err)
	}
	switch {
	case l.key != "":
		key, err := findKey(keys, l.key)
		wish.KeyID = key.ID
		return err
	case l.keyFile != "":
		found, err := handover.RecogniseFile(l.keyFile)
		if err != nil {
			return inWords(err)
		}
		for _, f := range found {
			if f.Client.Key != "" && f.Client.Secret != "" && (f.Service == "" || f.Service == l.service.ID) {
				wish.Key = f.Client
				return nil
			}
		}
		return fmt.Errorf("%s holds no API key of %s with its secret", filepath.Base(l.keyFile), l.service.Name)
	case !l.service.NeedsKey:
		return nil
	case len(keys) == 1:
		wish.KeyID = keys[0].ID
		l.say("Using the API key %s %s", keys[0].Hint, keys[0].Name)
		return nil
	case len(keys) > 1:
		return wrongUse("%s has several API keys here; choose one with --key: photolink key list", l.service.Name)
	}
	if l.service.KeyPage != "" {
		l.say("%s gives API keys here: %s", l.service.Name, l.service.KeyPage)
	}
	wish.Key, err = l.in.askKey(ctx, l.service.Name)
	return err
}

// read passes on what the person pastes, until it ends or there is no more.
func (l *linking) read(ctx context.Context) {
	for {
		text, err := l.in.line(ctx)
		if err != nil {
			return
		}
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		answer := link.Answer{Pasted: text}
		if strings.EqualFold(text, "no") {
			answer = link.Answer{Declined: true}
		}
		select {
		case l.answers <- answer:
		case <-ctx.Done():
			return
		}
	}
}

// tell says what happens, a line for each event that a person can do something with.
func (l *linking) tell(ctx context.Context, event link.Event, alone bool) {
	switch event.Kind {
	case link.StepStarted:
		l.say("%s", map[link.Step]string{
			link.Prepare:   "Getting ready",
			link.Ask:       "Asking " + l.service.Name + " for a sign-in",
			link.Authorize: "Waiting for the approval",
			link.Exchange:  "Getting the access",
			link.Identify:  "Asking " + l.service.Name + " who this is",
			link.Save:      "Keeping the access",
		}[event.Step])
	case link.StepDone, link.StepFailed:
		if event.Step == link.Authorize {
			l.deafen()
		}
	case link.BrowserOpening:
		l.browserOpening(event.StartURL, alone)
	case link.CodeAwaited:
		l.say("Open this address on any device: %s\nType the code that it shows, such as %s, or no:",
			event.Page, l.service.CodeLooks)
		if alone {
			go l.fetchCode(ctx, event.Page)
		}
		l.hear()
	case link.BrowserFailed:
		l.say("The browser did not open. Open the address yourself.")
	case link.BrowserReached:
		l.say("The browser is there")
	case link.SecureAddressTried:
		l.say("The browser cannot come back, because https stands in its address. Paste that address here:")
	case link.DeclinedElsewhere:
		l.say("Somebody said no in another browser. If it was you, type no.")
	case link.PasteRefused:
		l.say("That is not it: %v. Paste the whole address, or the code:", event.Err)
	case link.AnswerIncomplete:
		l.say("The browser came back without an approval. If you declined, type no.")
	case link.AlreadyLinked:
		l.say("This account was linked already; it gets the new access")
	case link.ClockCorrected:
		l.say("%s; the signatures allow for it", link.ClockWords(nil, event.ClockOffset))
	}
}

func (l *linking) browserOpening(address string, alone bool) {
	switch {
	case alone:
		l.say("Approving by itself: this is the practice account")
		return
	case l.port != 0:
		l.say("On the computer with the browser, run: %s\nThen open there: %s", sshLine(l.port), address)
	case l.noBrowser:
		l.say("Open this address in a browser of this computer: %s", address)
		if l.service.CodeLooks != "" {
			l.say("If the browser is on another computer, stop here and use --phone or --port.")
		}
	default:
		l.say("Opening the browser. If it does not open: %s", address)
	}
	l.say("If the browser cannot come back, paste the address on which it ends, or type no:")
	l.hear()
}

// fetchCode plays the person with another device.
func (l *linking) fetchCode(ctx context.Context, page string) {
	visit, err := sandbox.Visitor{}.Approve(ctx, page)
	if err != nil {
		return
	}
	if code := regexp.MustCompile(`\b\d{3}-\d{3}-\d{3}\b`).FindString(visit.Body); code != "" {
		select {
		case l.answers <- link.Answer{Pasted: code}:
		case <-ctx.Done():
		}
	}
}

func (l *linking) confirm(ctx context.Context, question link.Question) bool {
	who := fmt.Sprintf("%s (%s)", question.Identity.Name, question.Identity.UserName)
	words := map[link.QuestionKind]string{
		link.OtherBrowser:    "The approval came from another browser than the one that was opened. Is " + who + " your account?",
		link.NoVerifier:      l.service.Name + " does not prove who approved. Is " + who + " your account?",
		link.DifferentPerson: "This is " + who + ", not " + question.Account.Name + ". Link it in place of that account?",
	}[question.Kind]
	if l.yes {
		l.say("%s Yes, says --yes.", words)
		return true
	}
	return l.in.agrees(ctx, words)
}

// sshLine is the command that leads a port of another computer to this one.
func sshLine(port int) string {
	who, where := "USER", "HOST"
	if known, err := user.Current(); err == nil {
		who = known.Username
	}
	if known, err := os.Hostname(); err == nil {
		where = known
	}
	return fmt.Sprintf("ssh -L %d:127.0.0.1:%d %s@%s", port, port, who, where)
}

// hasDisplay reports whether a browser can show itself.
func hasDisplay() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
