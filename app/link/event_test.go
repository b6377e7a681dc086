package link_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photolink/app/link"
)

func TestProgressIsAFoldOfTheEvents(t *testing.T) {
	none, refused := errors.New("no browser"), errors.New("no code")
	step := func(kind link.EventKind, step link.Step) link.Event { return link.Event{Kind: kind, Step: step} }
	within := func(kind link.EventKind, err error) link.Event {
		return link.Event{Kind: kind, Step: link.Authorize, Err: err}
	}
	opening := link.Event{Kind: link.BrowserOpening, Step: link.Authorize, StartURL: "http://127.0.0.1:1/start/A"}
	for _, row := range []struct {
		name   string
		events []link.Event
		want   link.Progress
	}{
		{"nothing yet", nil, link.Progress{}},
		{"the first step", []link.Event{step(link.StepStarted, link.Prepare)}, link.Progress{Current: link.Prepare}},
		{
			"a step later",
			[]link.Event{step(link.StepStarted, link.Prepare), step(link.StepDone, link.Prepare), step(link.StepStarted, link.Ask)},
			link.Progress{Current: link.Ask, Done: map[link.Step]bool{link.Prepare: true}},
		},
		{
			"a failure",
			[]link.Event{step(link.StepStarted, link.Prepare), {Kind: link.StepFailed, Step: link.Prepare, Err: none}},
			link.Progress{Current: link.Prepare, Failed: none},
		},
		{"the browser opens", []link.Event{opening}, link.Progress{StartURL: opening.StartURL}},
		{
			"the browser does not open",
			[]link.Event{opening, within(link.BrowserFailed, none)},
			link.Progress{StartURL: opening.StartURL, BrowserFailed: true},
		},
		{
			"another one does",
			[]link.Event{within(link.BrowserFailed, none), within(link.BrowserReached, nil)},
			link.Progress{BrowserReached: true},
		},
		{
			"an opener that complains although the browser is there",
			[]link.Event{within(link.BrowserReached, nil), within(link.BrowserFailed, none)},
			link.Progress{BrowserReached: true},
		},
		{"https", []link.Event{within(link.SecureAddressTried, nil)}, link.Progress{SecureAddress: true}},
		{"a No from elsewhere", []link.Event{within(link.DeclinedElsewhere, nil)}, link.Progress{DeclinedElsewhere: true}},
		{"half an answer", []link.Event{within(link.AnswerIncomplete, nil)}, link.Progress{AnswerIncomplete: true}},
		{
			"a code awaited",
			[]link.Event{{Kind: link.CodeAwaited, Step: link.Authorize, Page: "https://www.flickr.com/"}},
			link.Progress{Page: "https://www.flickr.com/"},
		},
		{
			"a clock corrected",
			[]link.Event{{Kind: link.ClockCorrected, Step: link.Prepare, ClockOffset: time.Hour}},
			link.Progress{ClockOffset: time.Hour},
		},
		{"a paste of no use", []link.Event{within(link.PasteRefused, refused)}, link.Progress{PasteRefused: refused}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got link.Progress
			for _, event := range row.events {
				got.Apply(event)
			}
			if diff := cmp.Diff(row.want, got, cmpopts.EquateErrors(), cmpopts.IgnoreUnexported(link.Progress{})); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

func TestReportHoldsNothingOfWhatWasSaid(t *testing.T) {
	var progress link.Progress
	progress.Apply(link.Event{Kind: link.StepStarted, Step: link.Authorize, After: 1500 * time.Millisecond})
	progress.Apply(link.Event{Kind: link.CodeAwaited, Step: link.Authorize, After: 2 * time.Second, Page: "https://canary/"})
	progress.Apply(link.Event{Kind: link.StepFailed, Step: link.Authorize, After: time.Minute, Err: errors.New("canary")})
	progress.Apply(link.Event{
		Kind: link.RequestsIgnored, Step: link.Authorize, After: time.Minute, Reason: "foreign host", Count: 3,
	})
	want := "   1.500 s  authorize  started\n   2.000 s  authorize  code awaited\n  60.000 s  authorize  failed\n" +
		"  60.000 s  authorize  requests ignored: 3 × foreign host\n"
	if got := progress.Report(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
