package link_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"photolink/app/link"
)

const (
	pasteToken = "72157626737672178-022bbd2f4c2f3432"
	pasteCode  = "5d1b96a26b494074"
	pasteQuery = "oauth_token=" + pasteToken + "&oauth_verifier=" + pasteCode
)

var pastes = []struct {
	name, text string
	want       string
	err        error
}{
	{name: "address", text: "http://127.0.0.1:40123/callback/ABC?" + pasteQuery, want: pasteCode},
	{name: "address turned into https", text: "https://127.0.0.1:40123/callback/ABC?" + pasteQuery, want: pasteCode},
	{
		name: "address without scheme, as browsers show it",
		text: "127.0.0.1:40123/callback/ABC?" + pasteQuery,
		want: pasteCode,
	},
	{
		name: "address with more in it",
		text: "http://localhost:1/?a=b&" + pasteQuery + "&wp_scope=%2A#_=_",
		want: pasteCode,
	},
	{name: "query alone", text: pasteQuery, want: pasteCode},
	{name: "query with its mark", text: "?" + pasteQuery, want: pasteCode},
	{name: "verifier parameter alone", text: "oauth_verifier=" + pasteCode, want: pasteCode},
	{name: "code", text: pasteCode, want: pasteCode},
	{name: "code with dashes", text: "123-456-789", want: "123-456-789"},
	{name: "code with spaces", text: " 123 456\u00a0789\r\n", want: "123456789"},
	{name: "code in quotes", text: "“" + pasteCode + "”", want: pasteCode},
	{
		name: "address in brackets, over two lines",
		text: "<http://127.0.0.1:40123/callback/ABC?oauth_token=" + pasteToken + "&\n  oauth_verifier=" + pasteCode + ">",
		want: pasteCode,
	},
	{name: "escaped verifier", text: "oauth_verifier=ab%3D%2D1", want: "ab=-1"},
	{
		name: "fragment",
		text: "http://127.0.0.1:40123/callback/ABC?" + pasteQuery + "#oauth_token=other",
		want: pasteCode,
	},
	{name: "longest code", text: strings.Repeat("1", 512), want: strings.Repeat("1", 512)},

	{
		name: "another sign-in",
		text: "http://127.0.0.1:40123/callback/ABC?oauth_token=other&oauth_verifier=" + pasteCode,
		err:  link.ErrPasteForeign,
	},
	{name: "token empty", text: "oauth_token=&oauth_verifier=" + pasteCode, err: link.ErrPasteForeign},
	{name: "two tokens", text: "oauth_token=other&" + pasteQuery, err: link.ErrPasteForeign},
	{name: "nothing", text: "", err: link.ErrPasteEmpty},
	{name: "white space", text: " \t\n", err: link.ErrPasteEmpty},
	{name: "address of the start", text: "http://127.0.0.1:40123/start/ABC", err: link.ErrPasteEmpty},
	{
		name: "address of the service's page",
		text: "https://www.flickr.com/services/oauth/authorize?oauth_token=" + pasteToken + "&perms=read",
		err:  link.ErrPasteEmpty,
	},
	{name: "verifier empty", text: "oauth_token=" + pasteToken + "&oauth_verifier=", err: link.ErrPasteEmpty},
	{name: "denied", text: "http://127.0.0.1:40123/callback/ABC?denied=" + pasteToken, err: link.ErrDeclined},
	{name: "denied, of another sign-in", text: "http://127.0.0.1:40123/callback/ABC?denied=other", err: link.ErrPasteForeign},
	{name: "a problem", text: pasteQuery + "&oauth_problem=user_refused", err: link.ErrDeclined},
	{name: "bad escape", text: "oauth_verifier=%zz", err: link.ErrPasteEmpty},
	{name: "too long", text: strings.Repeat("1", 513), err: link.ErrPasteEmpty},
	{name: "too long, escaped", text: "oauth_verifier=" + strings.Repeat("%31", 513), err: link.ErrPasteEmpty},
	{name: "an escaped space", text: "oauth_verifier=+", err: link.ErrPasteEmpty},
	{name: "an escaped control character", text: "oauth_verifier=1%002", err: link.ErrPasteEmpty},
	{name: "a sentence with a colon", text: "Your code: 123", err: link.ErrPasteEmpty},
}

func TestParsePasted(t *testing.T) {
	for _, row := range pastes {
		t.Run(row.name, func(t *testing.T) {
			answer, err := link.ParsePasted(row.text, pasteToken, false)
			got := answer.Verifier
			if got != row.want || !errors.Is(err, row.err) {
				t.Errorf("got %q, error %v, want %q, %v", got, err, row.want, row.err)
			}
		})
	}
}

// Whatever is pasted: no panic, and what comes out can be a code.
func FuzzParsePasted(f *testing.F) {
	for _, row := range pastes {
		f.Add(row.text, pasteToken)
	}
	f.Fuzz(func(t *testing.T, text, token string) {
		answer, err := link.ParsePasted(text, token, false)
		got := answer.Verifier
		switch {
		case err != nil:
			if got != "" || !errors.Is(err, link.ErrPasteEmpty) && !errors.Is(err, link.ErrPasteForeign) &&
				!errors.Is(err, link.ErrDeclined) {
				t.Errorf("got %q, error %v", got, err)
			}
		case got == "" || len(got) > 512 || strings.ContainsAny(got, "/:&?"),
			strings.ContainsFunc(got, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
			t.Errorf("got %q", got)
		}
	})
}
