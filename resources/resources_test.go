package resources_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	_ "image/png"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"photolink/app/language"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/resources"
)

var kinds = []callback.PageKind{
	callback.Waiting, callback.Linked, callback.NotLinked, callback.Declined, callback.AlreadyAnswered,
	callback.NotForThisSignIn, callback.Incomplete, callback.NotFound, callback.Refused,
}

// speakers are all languages, by tag, and the invented one.
func speakers() map[string]*language.Speaker {
	all := map[string]*language.Speaker{"pseudo": language.Pseudo(), "nil": nil}
	for _, known := range language.All() {
		all[known.Tag] = language.For(known.Tag)
	}
	return all
}

func render(t *testing.T, say *language.Speaker, page callback.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := resources.RenderPage(say)(&b, page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRenderPage(t *testing.T) {
	const nonce, evil = "NONCE123", `</h1><script src="//evil.example/x.js">alert('1')</script>{{.Footer}}`
	var (
		outside = regexp.MustCompile(`(?i)https?:|//[a-z]|\s(src|href|srcset|action|on\w+)\s*=|@import|url\(|` +
			`<(script|link|img|iframe|object|embed|form|base)\b`)
		style  = regexp.MustCompile(`<style[^>]*>`)
		inline = regexp.MustCompile(`\sstyle\s*=`)
	)
	for name, say := range speakers() {
		headings := make(map[string]callback.PageKind)
		for _, kind := range kinds {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				// Every field is set, so that a page shows that it takes only those that are its own.
				page := render(t, say, callback.Page{Kind: kind, Account: evil, Reason: evil, StyleNonce: nonce, RefreshURL: "/done/A&B"})
				if !strings.Contains(page, `<html lang="`+say.Tag()+`">`) {
					t.Error("another language, or none")
				}
				if !strings.Contains(page, `<body class="`+string(kind)+`">`) {
					t.Error("the body has another class")
				}
				shows := kind == callback.Linked || kind == callback.NotLinked
				if shown := strings.Contains(page, "&lt;/h1&gt;&lt;"); shown != shows {
					t.Errorf("shows a text of the caller: %v", shown)
				}
				link := `<a href="/done/A&amp;B">`
				if going := strings.Contains(page, link); going != (kind == callback.Waiting) {
					t.Errorf("goes on: %v", going)
				}
				text := strings.ReplaceAll(page, link, "")
				text = strings.ReplaceAll(text, "src=&#34;//evil", "") // escaped, so of no effect
				if found := outside.FindString(text); found != "" {
					t.Errorf("leads outside: %q", found)
				}
				if styles := style.FindAllString(page, -1); len(styles) != 1 || styles[0] != `<style nonce="`+nonce+`">` {
					t.Errorf("styles %q", styles)
				}
				if inline.MatchString(page) {
					t.Error("a style attribute, which the policy of the listener forbids")
				}
				heading := regexp.MustCompile(`<h1>.+</h1>`).FindString(page)
				if other, taken := headings[heading]; heading == "" || taken && kind != callback.Refused {
					t.Errorf("heading %q, as of %q", heading, other)
				}
				headings[heading] = kind
				if title := regexp.MustCompile(`<title>.+ · Photolink</title>`).FindString(page); strings.Contains(title, "&lt;") || title == "" {
					t.Errorf("title %q", title) // it stays in the history of the browser, where no name belongs
				}
				texts(t, page) // parses it
			})
		}
	}
}

// TestPagesSayEverythingThroughTheSpeaker looks for words without the brackets of the invented language.
func TestPagesSayEverythingThroughTheSpeaker(t *testing.T) {
	say := language.Pseudo()
	reason := say.Say("No photos yet")
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			page := render(t, say, callback.Page{Kind: kind, Account: "Ada", Reason: reason, RefreshURL: "/done/A"})
			said := texts(t, page)
			if kind == callback.NotLinked && !slices.Contains(said, reason) {
				t.Errorf("does not say %q", reason)
			}
			if len(said) < 5 {
				t.Errorf("says only %q", said)
			}
			for _, text := range said {
				text = strings.TrimSuffix(text, " · Photolink")
				if text != "Photolink" && (!strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]")) {
					t.Errorf("%q is said in no language", text)
				}
			}
		})
	}
}

// texts parses a page, which is also XML and so leaves nothing open, and returns its texts.
func texts(t *testing.T, page string) (found []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	var inside []string
	for {
		token, err := decoder.Token()
		switch token := token.(type) {
		case xml.StartElement:
			inside = append(inside, token.Name.Local)
		case xml.EndElement:
			inside = inside[:len(inside)-1]
		case xml.CharData:
			text := strings.TrimSpace(string(token))
			if text != "" && inside[len(inside)-1] != "style" {
				found = append(found, text)
			}
		}
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in %s", err, page)
		}
	}
}

func TestPageSaysLinkedOnlyWhenLinked(t *testing.T) {
	for _, kind := range kinds {
		page := render(t, nil, callback.Page{Kind: kind, Account: "Ada"})
		if linked := strings.Contains(page, "<h1>Linked as Ada</h1>"); linked != (kind == callback.Linked) ||
			strings.Contains(page, "Linked") != linked {
			t.Errorf("%s says linked: %v", kind, linked)
		}
	}
}

func TestPageWithoutReasonOrWayOn(t *testing.T) {
	for _, kind := range []callback.PageKind{callback.NotLinked, callback.Waiting} {
		page := render(t, nil, callback.Page{Kind: kind})
		for _, empty := range []string{`class="reason"`, "<a ", "<p></p>"} {
			if strings.Contains(page, empty) {
				t.Errorf("%s has %s", kind, empty)
			}
		}
	}
}

func TestServiceIcons(t *testing.T) {
	general := resources.ServiceIcon("service")
	site := provider.Provider{ID: "wordpress-blog-example-org"}
	drawn := map[string]string{string(general): "any other"}
	for _, p := range append(provider.BuiltIn(), provider.Practice("", oauth.ClientCredentials{}), site) {
		icon := resources.ServiceIcon(p.ID)
		if other := drawn[string(icon)]; other != "" {
			t.Errorf("%s has the icon of %s", p.ID, other)
		}
		drawn[string(icon)] = p.ID
	}
	if !bytes.Equal(resources.ServiceIcon("wordpress-photos-example-com"), resources.ServiceIcon(site.ID)) {
		t.Error("WordPress sites have different icons")
	}
	for _, id := range []string{"", "my-own", "..", "../photolink", "flickr.svg", "Wordpress-example-org"} {
		if icon := resources.ServiceIcon(id); !bytes.Equal(icon, general) {
			t.Errorf("%q does not have the general icon", id)
		}
	}
	for icon, id := range drawn {
		wellFormed(t, []byte(icon))
		// Fyne recolours what icons are filled with, and neither their strokes nor what a group is filled with.
		if !strings.Contains(icon, `viewBox="0 0 24 24"`) || strings.Count(icon, "<path fill=\"#000000\"") != 1 ||
			strings.Contains(icon, "stroke") || strings.Count(icon, "<") != 3 {
			t.Errorf("the icon of %s cannot take the colour of the theme", id)
		}
	}
}

func TestIconIsWellFormed(t *testing.T) {
	wellFormed(t, resources.Icon)
	if bytes.Contains(resources.Icon, []byte("stroke")) {
		t.Error("a stroke, whose width Fyne does not scale")
	}
}

func TestIconsForPackages(t *testing.T) {
	for name, size := range map[string]int{
		"photolink": 512, "photolink-16": 16, "photolink-24": 24, "photolink-32": 32, "photolink-48": 48,
		"photolink-128": 128,
	} {
		file, err := os.Open("icons/" + name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if got, _, err := image.DecodeConfig(file); err != nil || got.Width != size || got.Height != size {
			t.Errorf("%s is %d by %d, %v", name, got.Width, got.Height, err)
		}
	}
}

func wellFormed(t *testing.T, icon []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(icon))
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
