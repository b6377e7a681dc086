package link

import (
	"fmt"
	"strings"
	"time"
)

// Step is one of the six steps of a link.
type Step string

// The steps in their order.
const (
	Prepare   Step = "prepare"
	Ask       Step = "request"
	Authorize Step = "authorize"
	Exchange  Step = "exchange"
	Identify  Step = "identify"
	Save      Step = "save"
)

// Steps lists all steps in their order.
func Steps() []Step { return []Step{Prepare, Ask, Authorize, Exchange, Identify, Save} }

// Event is something that happened during a link. It holds no secret, but for Page, which names the request that waits for
// an approval.
type Event struct {
	Kind     EventKind
	Step     Step
	After    time.Duration // since the link began
	StartURL string        // for BrowserOpening: the address that starts the sign-in in any browser of this computer
	Page     string        // for CodeAwaited: the service's page, for a browser anywhere
	Err      error         // for StepFailed, BrowserFailed and PasteRefused

	ClockOffset time.Duration // for ClockCorrected: how far the service's clock is ahead of this computer's
	Reason      string        // for RequestsIgnored: what was wrong with them
	Count       int           // for RequestsIgnored
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	StepStarted        EventKind = "started"
	StepDone           EventKind = "done"
	StepFailed         EventKind = "failed"
	BrowserOpening     EventKind = "browser opening"
	BrowserFailed      EventKind = "browser failed"       // the system could not open one
	BrowserReached     EventKind = "browser reached"      // a browser asked for StartURL: it is open
	SecureAddressTried EventKind = "secure address tried" // the service turned the http callback into https
	DeclinedElsewhere  EventKind = "declined elsewhere"   // a No from another browser: the person has to say so here
	PasteRefused       EventKind = "paste refused"        // what was pasted does not fit
	CodeAwaited        EventKind = "code awaited"         // the person approves elsewhere and brings a code
	AnswerIncomplete   EventKind = "answer incomplete"    // the browser came back without the proof of an approval
	AlreadyLinked      EventKind = "already linked"       // this person is; the account gets the new access
	RequestsIgnored    EventKind = "requests ignored"     // what reached the port and was not the callback; told at the end
	ClockCorrected     EventKind = "clock corrected"      // this computer's clock is off, and the signatures allow for it
)

// Report is what a person can send to those who help: what happened when, and nothing of what was said. It holds no name,
// address, key, token or code.
func (p *Progress) Report() string {
	var report strings.Builder
	for _, event := range p.trail {
		fmt.Fprintf(&report, "%8.3f s  %-10s %s", event.After.Seconds(), event.Step, event.Kind)
		if event.Kind == RequestsIgnored {
			fmt.Fprintf(&report, ": %d × %s", event.Count, event.Reason)
		}
		report.WriteByte('\n')
	}
	return report.String()
}

// Progress is what is known of a link so far. The zero value knows nothing; feed it every event with Apply.
type Progress struct {
	Current           Step // the step that runs, or ran last
	Done              map[Step]bool
	Failed            error
	StartURL          string
	Page              string // of the service, where a code is awaited
	BrowserFailed     bool
	BrowserReached    bool
	SecureAddress     bool
	DeclinedElsewhere bool
	PasteRefused      error
	AnswerIncomplete  bool
	AlreadyLinked     bool
	ClockOffset       time.Duration // zero if the clock needs no correction

	trail []Event
}

// Apply adds what event tells.
func (p *Progress) Apply(event Event) {
	p.trail = append(p.trail, Event{
		Kind: event.Kind, Step: event.Step, After: event.After, Reason: event.Reason, Count: event.Count,
	})
	switch event.Kind {
	case StepStarted:
		p.Current = event.Step
	case StepDone:
		if p.Done == nil {
			p.Done = map[Step]bool{}
		}
		p.Done[event.Step] = true
	case StepFailed:
		p.Failed = event.Err
	case BrowserOpening:
		p.StartURL = event.StartURL
	case BrowserFailed:
		p.BrowserFailed = !p.BrowserReached // an opener may complain although the browser is there
	case BrowserReached:
		p.BrowserReached, p.BrowserFailed = true, false
	case SecureAddressTried:
		p.SecureAddress = true
	case DeclinedElsewhere:
		p.DeclinedElsewhere = true
	case PasteRefused:
		p.PasteRefused = event.Err
	case CodeAwaited:
		p.Page = event.Page
	case AlreadyLinked:
		p.AlreadyLinked = true
	case AnswerIncomplete:
		p.AnswerIncomplete = true
	case ClockCorrected:
		p.ClockOffset = event.ClockOffset
	}
}
