package resources_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"photolink/callback"
	"photolink/resources"
)

var kinds = []callback.PageKind{
	callback.Waiting, callback.Linked, callback.NotLinked, callback.Declined, callback.AlreadyAnswered,
	callback.NotForThisSignIn, callback.Incomplete, callback.NotFound, callback.Refused,
}

func TestRenderPage(t *testing.T) {
	const nonce, evil = "NONCE123", `</h1><script src="//evil.example/x.js">alert('1')</script>`
	var (
		outside = regexp.MustCompile(`(?i)https?:|//[a-z]|\s(src|href|srcset|action|on\w+)\s*=|@import|url\(|` +
			`<(script|link|img|iframe|object|embed|form|base)\b`)
		style  = regexp.MustCompile(`<style[^>]*>`)
		inline = regexp.MustCompile(`\sstyle\s*=`)
	)
	headings := make(map[string]callback.PageKind)
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			var b bytes.Buffer
			// Every field is set, so that a page shows that it takes only those that are its own.
			filled := callback.Page{Kind: kind, Account: evil, Reason: evil, StyleNonce: nonce, RefreshURL: "/done/A&B"}
			if err := resources.RenderPage(&b, filled); err != nil {
				t.Fatal(err)
			}
			page := b.String()
			if !strings.Contains(page, `<body class="`+string(kind)+`">`) {
				t.Error("the body has another class")
			}
			if linked := strings.Contains(page, "Linked as"); linked != (kind == callback.Linked) {
				t.Errorf("says linked: %v", linked)
			}
			shows := kind == callback.Linked || kind == callback.NotLinked
			if shown := strings.Contains(page, "&lt;/h1&gt;&lt;script"); shown != shows {
				t.Errorf("shows a text of the caller: %v", shown)
			}
			link := `<a href="/done/A&amp;B">`
			if going := strings.Contains(page, link); going != (kind == callback.Waiting) {
				t.Errorf("goes on: %v", going)
			}
			text := strings.ReplaceAll(strings.ReplaceAll(page, link, ""), "src=&#34;//evil", "") // escaped, so of no effect
			if found := outside.FindString(text); found != "" {
				t.Errorf("leads outside: %q", found)
			}
			if styles := style.FindAllString(page, -1); len(styles) != 1 || styles[0] != `<style nonce="`+nonce+`">` {
				t.Errorf("styles %q", styles)
			}
			if inline.MatchString(page) {
				t.Error("a style attribute, which the policy of the listener forbids")
			}
			heading := regexp.MustCompile(`<h1>.*</h1>`).FindString(page)
			if other, taken := headings[heading]; heading == "" || taken && kind != callback.Refused {
				t.Errorf("heading %q, as of %q", heading, other)
			}
			headings[heading] = kind
		})
	}
}

func TestPageWithoutReasonOrWayOn(t *testing.T) {
	for _, kind := range []callback.PageKind{callback.NotLinked, callback.Waiting} {
		var b bytes.Buffer
		if err := resources.RenderPage(&b, callback.Page{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		for _, empty := range []string{`class="reason"`, "<a ", "<p>.</p>"} {
			if strings.Contains(b.String(), empty) {
				t.Errorf("%s has %s", kind, empty)
			}
		}
	}
}

func TestIconIsWellFormed(t *testing.T) {
	decoder := xml.NewDecoder(bytes.NewReader(resources.Icon))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
