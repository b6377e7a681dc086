package provider_test

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// smallest is a file that says no more than it must.
const smallest = `name = "Example"

[oauth]
request_token = "https://example.org/request"
authorize = "https://example.org/authorize"
access_token = "https://example.org/access"

[identity]
speaks = "json"
address = "https://example.org/me"
id = "id"
`

func TestParseOfTheSmallestFile(t *testing.T) {
	got, err := provider.Parse("my-service.toml", []byte(smallest))
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Provider{
		ID: "my-service", Name: "Example", Needs: "Needs your own API key",
		Endpoint: oauth.Endpoint{
			TemporaryCredentials: "https://example.org/request",
			Authorization:        "https://example.org/authorize",
			TokenCredentials:     "https://example.org/access",
		},
		Permissions: []provider.Permission{
			{ID: "full", Name: "What the key allows", Words: "do with your account what your key allows"},
		},
		NeedsKey: true, ApproveWord: "Allow", DeclineWord: "Deny", Service: got.Service,
	}
	if diff := cmp.Diff(want, got, samePackage); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}

// Every error names the line that a person has to look at, and what to do there.
func TestParseOfBadFiles(t *testing.T) {
	const permission = "[[permissions]]\nid = \"read\"\nname = \"Read\"\nmay = \"see\"\n"
	for _, row := range []struct {
		name     string
		old, new string // what is different from the smallest file; without old, new stands at its end
		want     string // after "example.toml, line "
	}{
		{"not TOML", `name = "Example"`, "name = Example", `1: this is not TOML: expected value but found "Example" instead`},
		{"not closed", `"https://example.org/me"`, `"https://example.org/me`, `10: this is not TOML: strings cannot contain newlines`},
		{"the same twice", "", `id = "id"`, "12: this is not TOML: Key 'identity.id' has already been defined."},
		{"not UTF-8", "Example", "\xff", "1: this is not TOML: invalid UTF-8 byte: 0xff"},

		{"unknown key", "", "idd = \"x\"\n", `12: "idd" means nothing here; is it misspelled?`},
		{"unknown table", "", "[oaut]\nmethod = \"GET\"\n", `12: "oaut" means nothing here; is it misspelled?`},
		{"key in the wrong table", "", `request_token = "x"`, `12: "request_token" means nothing here; is it misspelled?`},
		{"another case", "name =", "Name =", `1: "Name" means nothing here; is it misspelled?`},
		{"unknown key of a second item", "", permission + "[[permissions]]\nidd = \"x\"\n", `17: "idd" means nothing here; is it misspelled?`},

		{"version before the first", "name =", "version = -1\nname =", "1: version is -1; it can be 0 to 1"},
		{"number for a text", `name = "Example"`, "name = 7", "1: name has to be a text in quotes"},
		{"text for a number", "", "[approval]\nminutes = \"5\"\n", "13: approval.minutes has to be a whole number, without quotes"},
		{"text for yes", "", "[key]\nneeded = \"yes\"\n", "13: key.needed has to be true or false, without quotes"},
		{"text for a table", `name = "Example"`, "name = \"x\"\nkey = \"x\"", "2: key has to be a table, headed [key]"},
		{"table for a list", "", "[permissions]\nid = \"x\"\n", "12: permissions has to be a list"},
		{"number in a list of texts", "[identity]", "spurious = [7]\n[identity]", "8: oauth.spurious has to be a text in quotes"},
		{"number for a parameter", "", permission + "parameters = { a = 1 }\n", "16: permissions.parameters.a has to be a text in quotes"},
		{"date for a text", `name = "Example"`, "name = 2026-01-01", "1: name has to be a text in quotes"},

		{"no name", `name = "Example"`, "", "1: name is missing"},
		{"blank name", `"Example"`, `"  "`, "1: name is missing"},
		{"long name", `Example`, strings.Repeat("é", 81), "1: name is longer than 80 characters"},
		{"long sentence", `name = "Example"`, `name = "Example"` + "\nneeds = \"" + strings.Repeat("x", 1001) + `"`, "2: needs is longer than 1000 characters"},
		{"line break", `"Example"`, `"Exam\nple"`, "1: name holds a character that cannot be shown, such as a line break"},
		{"text direction", `"Example"`, `"Exam\u202eple"`, "1: name holds a character that cannot be shown, such as a line break"},
		{"bad id", `name = "Example"`, "name = \"Example\"\nid = \"My Service\"", `2: id is "My Service"; it can have lower case letters, digits and dashes`},

		{"no request_token", `request_token = "https://example.org/request"`, "", "3: oauth.request_token is missing: an address that begins with https://"},
		{"no authorize", `authorize = "https://example.org/authorize"`, "", "3: oauth.authorize is missing: an address that begins with https://"},
		{"no access_token", `access_token = "https://example.org/access"`, "", "3: oauth.access_token is missing: an address that begins with https://"},
		{"no scheme", "https://example.org/request", "example.org/request", "4: oauth.request_token is no address; it has to begin with https:// and a host"},
		{"no host", "https://example.org/request", "https:///request", "4: oauth.request_token is no address; it has to begin with https:// and a host"},
		{"another scheme", "https://example.org/request", "ftp://example.org/", "4: oauth.request_token is no address; it has to begin with https:// and a host"},
		{"password", "https://example.org/access", "https://a:b@example.org/", "6: oauth.access_token is no address; it has to begin with https:// and a host"},
		{"fragment", "https://example.org/access", "https://example.org/#a", "6: oauth.access_token is no address; it has to begin with https:// and a host"},
		{"blank in an address", "https://example.org/access", "https://example.org/a b", "6: oauth.access_token is no address; it has to begin with https:// and a host"},
		{"bad page", "", "[pages]\nrevoke = \"/settings\"\n", "13: pages.revoke is no address; it has to begin with https:// and a host"},
		{
			"http endpoint", "https://example.org/access", "http://example.org/access",
			"6: oauth.access_token is not encrypted; write https, or unencrypted = true near the top if the service has nothing better",
		},
		{
			"http identity", "https://example.org/me", "http://example.org/me",
			"10: identity.address is not encrypted; write https, or unencrypted = true near the top if the service has nothing better",
		},

		{"unknown edition", "[oauth]", "[oauth]\nedition = \"2.0\"", `4: oauth.edition is "2.0"; it can be "1.0a" or "1.0"`},
		{"unknown method", "[oauth]", "[oauth]\nmethod = \"PUT\"", `4: oauth.method is "PUT"; it can be "POST" or "GET"`},
		{"unknown place", "[oauth]", "[oauth]\nparameters = \"cookie\"", `4: oauth.parameters is "cookie"; it can be "header", "body" or "query"`},
		{"unknown rule", "", "[callback]\nrule = \"some\"\n", `13: callback.rule is "some"; it can be "any", "prefix", "query" or "fixed"`},
		{"unknown decline", "", "[approval]\ndeclined = \"loud\"\n", `13: approval.declined is "loud"; it can be "silent", "named" or "bare"`},
		{"unknown form", `speaks = "json"`, `speaks = "soap"`, `9: identity.speaks is "soap"; it can be "json", "xml", "flickr", "mediawiki" or "photobucket"`},
		{"no form", `speaks = "json"`, "", `8: identity.speaks is missing: the form of the answer, "json", "xml", "flickr", "mediawiki" or "photobucket"`},
		{"minutes below none", "", "[approval]\nminutes = -1\n", "13: approval.minutes is -1; it can be 0 to 1440"},
		{"calls below none", "", "[key]\ncalls_per_hour = -1\n", "13: key.calls_per_hour is -1; it can be 0 to 1000000"},
		{"minutes without end", "", "[approval]\nminutes = 9000000000\n", "13: approval.minutes is 9000000000; it can be 0 to 1440"},
		{"signed_host with a path", "[oauth]", "[oauth]\nsigned_host = \"example.org/a\"", "4: oauth.signed_host has to be a host and nothing else, such as api.example.org"},
		{"the token as a parameter", "[identity]", "authorize_parameters = { oauth_token = \"x\" }\n[identity]", `8: oauth.authorize_parameters cannot have a parameter named "oauth_token"`},

		{"no registered callback", "", "[callback]\nrule = \"fixed\"\n", "12: callback.registered is missing: the address to register with the key, such as http://127.0.0.1:8713/callback"},
		{"registered callback with https", "", "[callback]\nregistered = \"https://127.0.0.1:1/\"\n", "13: callback.registered has to be http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH: only this computer is listening"},
		{"registered callback elsewhere", "", "[callback]\nregistered = \"http://example.org:1/\"\n", "13: callback.registered has to be http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH: only this computer is listening"},
		{"registered callback with a query", "", "[callback]\nregistered = \"http://localhost:1/?a\"\n", "13: callback.registered has to be http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH: only this computer is listening"},
		{"registered callback without a port", "", "[callback]\nregistered = \"http://localhost/a\"\n", "13: callback.registered needs a port, such as http://localhost:8713/a"},
		{"registered callback with a large port", "", "[callback]\nregistered = \"http://localhost:70000/a\"\n", "13: callback.registered needs a port, such as http://localhost:8713/a"},
		{"registered callback at port 0", "", "[callback]\nrule = \"query\"\nregistered = \"http://localhost:0/a\"\n", "14: callback.registered has port 0, which nobody can call"},

		{"permission without id", "", "[[permissions]]\nname = \"Read\"\nmay = \"see\"\n", "12: permissions.id is missing"},
		{"permission without words", "", "[[permissions]]\nid = \"read\"\nname = \"Read\"\n", "12: permissions.may is missing"},
		{"permission twice", "", permission + permission, `17: there is another permission with the id "read"`},
		{"permissions without end", "", strings.Repeat(permission, 51), "12: permissions has more than 50 entries"},

		{"no identity", "[identity]\nspeaks = \"json\"\naddress = \"https://example.org/me\"\nid = \"id\"\n", "", "1: identity.address is missing: an address that begins with https://"},
		{"no id", `id = "id"`, "", "8: identity.id is missing: where the answer tells who is signed in, such as user.id"},
		{"bad path", `id = "id"`, `id = "user..id"`, "11: identity.id has to be names with dots between them, such as user.id"},
		{"unknown place in a template", "", "page = \"https://example.org/{name}\"\n", "12: identity.page can have {id} and {user_name} in braces, and nothing else"},
		{"bad template", "", "page = \"http:{id}\"\n", "12: identity.page is no address; it has to begin with https:// and a host"},
		{"issuer of JSON", "", "issuer = \"https://example.org\"\n", `12: identity.issuer means nothing where identity.speaks is "json"`},
		{"no issuer", "speaks = \"json\"\naddress = \"https://example.org/me\"\nid = \"id\"", "speaks = \"mediawiki\"\naddress = \"https://example.org/me\"", "8: identity.issuer is missing: an address that begins with https://"},
		{"id of Flickr", `speaks = "json"`, `speaks = "flickr"`, `11: identity.id means nothing where identity.speaks is "flickr"`},
		{
			"errors of Flickr", "speaks = \"json\"\naddress = \"https://example.org/me\"\nid = \"id\"\n",
			"speaks = \"flickr\"\naddress = \"https://example.org/me\"\n[errors]\ncode = \"a\"\n",
			`12: errors.code means nothing where identity.speaks is "flickr"`,
		},
		{
			"another permission of Photobucket", "speaks = \"json\"\naddress = \"https://example.org/me\"\nid = \"id\"\n",
			"speaks = \"photobucket\"\naddress = \"https://example.org\"\n" + permission,
			`11: a service that speaks "photobucket" has one permission, with the id "full"`,
		},
		{"refusal without text", "", "[[refusals]]\nproblem = \"token_used\"\n", "12: refusals.text is missing"},
		{"refusal without problem", "", "[[refusals]]\ntext = \"No\"\n", "12: refusals.problem is missing"},
		{
			"unknown problem", "", "[[refusals]]\ntext = \"No\"\nproblem = \"bad\"\n",
			`14: refusals.problem is "bad"; it can be "callback_rejected", "consumer_key_refused", "consumer_key_unknown", ` +
				`"nonce_used", "parameter_absent", "permission_denied", "signature_invalid", "signature_method_rejected", ` +
				`"timestamp_refused", "token_expired", "token_rejected", "token_revoked", "token_used", "user_refused" or "verifier_invalid"`,
		},

		{"too large", "", "# " + strings.Repeat("x", 16<<10), "1: the file is larger than 16 KiB"},
		{"the first of two", "[oauth]", "[oauth]\nedition = \"2.0\"\nmethod = \"PUT\"", `4: oauth.edition is "2.0"; it can be "1.0a" or "1.0"`},
		{
			"after a text over several lines", `name = "Example"`, "name = \"\"\"\\\n  Example \\\n  method = \"\"\"\n[oauth.x]\n",
			`4: "x" means nothing here; is it misspelled?`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := smallest + row.new
			if row.old != "" {
				text = strings.Replace(smallest, row.old, row.new, 1)
			}
			got, err := provider.Parse("example.toml", []byte(text))
			failure, ok := errors.AsType[*provider.FileError](err)
			if !ok || failure.File != "example.toml" || got.ID != "" {
				t.Fatalf("got %+v and %v, want a FileError", got, err)
			}
			if got, want := err.Error(), "example.toml, line "+row.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestParseOfANewerVersion(t *testing.T) {
	if _, err := provider.Parse("example.toml", []byte("version = 1\n"+smallest)); err != nil {
		t.Errorf("version 1: %v", err)
	}
	_, err := provider.Parse("example.toml", []byte("version = 2\ncolour = \"blue\"\n"+smallest))
	if newer, ok := errors.AsType[*provider.NewerFileError](err); !ok || newer.File != "example.toml" || newer.Version != 2 {
		t.Errorf("version 2: got %v", err)
	}
}

func TestParseOfTheFileName(t *testing.T) {
	if _, err := provider.Parse("My Service.toml", []byte(smallest)); err == nil ||
		err.Error() != `My Service.toml, line 1: id is "My Service"; it can have lower case letters, digits and dashes` {
		t.Errorf("got %v", err)
	}
	p, err := provider.Parse("My Service.toml", []byte("id = \"mine\"\n"+smallest))
	if err != nil || p.ID != "mine" {
		t.Errorf("got %q and %v, want mine", p.ID, err)
	}
}

func TestParseOfPlainHTTP(t *testing.T) {
	const warning = "This service is not encrypted: anybody on the way can read what is sent and change it."
	for _, row := range []struct{ name, top, host, want string }{
		{"encrypted", "", "https://example.org", ""},
		{"encrypted, though it need not be", "unencrypted = true\n", "https://example.org", ""},
		{"not encrypted", "unencrypted = true\n", "http://example.org", warning},
		{"not encrypted, with a warning", "unencrypted = true\nwarning = \"Old.\"\n", "http://example.org", "Old. " + warning},
		{"on this computer", "", "http://127.0.0.1:8080", ""},
		{"on this computer, by name", "", "http://localhost:8080", ""},
		{"on this computer, by IPv6", "", "http://[::1]:8080", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := provider.Parse("example.toml", []byte(row.top+strings.ReplaceAll(smallest, "https://example.org", row.host)))
			if err != nil || p.Warning != row.want {
				t.Errorf("got warning %q and %v, want %q", p.Warning, err, row.want)
			}
		})
	}
}

// A problem of a file is never worth a secret: what is written holds none.
func TestEncode(t *testing.T) {
	secret := oauth.ClientCredentials{Key: "key-0123", Secret: "secret-4567"}
	services := append(provider.BuiltIn(), provider.Practice("http://127.0.0.1:8080", secret))
	for _, want := range services {
		t.Run(want.ID, func(t *testing.T) {
			text, err := provider.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte("0123")) && want.ID == "practice" || bytes.Contains(text, []byte("4567")) {
				t.Errorf("a key is written:\n%s", text)
			}
			got, err := provider.Parse("another-name.toml", text)
			if err != nil {
				t.Fatal(err)
			}
			want.Key, want.KeyIsFixed = oauth.ClientCredentials{}, false
			if diff := cmp.Diff(want, got, samePackage); diff != "" {
				t.Errorf("- want, + got:\n%s\n%s", diff, text)
			}
		})
	}
	for name, p := range map[string]provider.Provider{
		"nothing":         {},
		"no base":         provider.Practice("", secret),
		"a line too many": func() provider.Provider { p := provider.Flickr(); p.Name = "Flickr\n"; p.KeyNote = "a\nb"; return p }(),
	} {
		if text, err := provider.Encode(p); err == nil {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
}

// Whatever is in a file: no panic, and what is read can be used and written.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("services/*.toml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(smallest)
	f.Add("unencrypted = true\nwarning = \"\"\n" + strings.ReplaceAll(smallest, "https://", "http://"))
	f.Add(strings.ReplaceAll(smallest, `"json"`, `"xml"`) + "[[permissions.parameters]]\n\"\" = 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := provider.Parse("fuzz.toml", []byte(text))
		if err != nil {
			failure, ok := errors.AsType[*provider.FileError](err)
			if !ok || failure.Line < 1 || failure.Line > strings.Count(text, "\n")+1 || failure.Reason == "" {
				t.Errorf("got %v", err)
			}
			return
		}
		if p.ID == "" || p.Name == "" || len(p.Permissions) == 0 || p.Service == nil {
			t.Errorf("not complete: %+v", p)
		}
		for _, address := range []string{p.Endpoint.TemporaryCredentials, p.Endpoint.Authorization, p.Endpoint.TokenCredentials} {
			if parsed, err := url.Parse(address); err != nil || !parsed.IsAbs() || parsed.Host == "" {
				t.Errorf("address %q: %v", address, err)
			}
		}
		written, err := provider.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := provider.Parse("again.toml", written)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again, samePackage); diff != "" {
			t.Errorf("- first, + written and read:\n%s\n%s", diff, written)
		}
	})
}
