package handover_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"photolink/app/handover"
	"photolink/oauth"
)

// What the files in testdata hold. All of it is invented.
var (
	flickrClient = oauth.ClientCredentials{Key: "0123456789abcdef0123456789abcdef", Secret: "fedcba9876543210"}
	flickrToken  = oauth.TokenCredentials{Token: "72157600000000000-aaaabbbbccccdddd", Secret: "eeeeffff00001111"}

	smugmugClient = oauth.ClientCredentials{
		Key: "SmugKey0000000000000000000000001", Secret: "SmugSecret0000000000000000000002",
	}
	smugmugToken = oauth.TokenCredentials{
		Token: "SmugToken00000000000000000000003", Secret: "SmugTokenSecret00000000000000004",
	}
	tumblrClient = oauth.ClientCredentials{
		Key:    "TumblrKey00000000000000000000000000000000000000001",
		Secret: "TumblrSecret0000000000000000000000000000000000002",
	}
	tumblrToken = oauth.TokenCredentials{
		Token:  "TumblrToken00000000000000000000000000000000000003",
		Secret: "TumblrTokenSecret00000000000000000000000000000004",
	}
)

const legacyToken = "72157600000000000-aaaabbbbccccdddd"

func flickrOf(tool string) handover.Found {
	return handover.Found{Tool: tool, Service: "flickr", Client: flickrClient, Token: flickrToken}
}

func flickrKeyOf(tool string) handover.Found {
	return handover.Found{Tool: tool, Service: "flickr", Client: flickrClient}
}

func flickrLegacyOf(tool string) handover.Found {
	return handover.Found{Tool: tool, Service: "flickr", Client: flickrClient, LegacyToken: legacyToken}
}

func smugmugOf(tool string) handover.Found {
	return handover.Found{Tool: tool, Service: "smugmug", Client: smugmugClient, Token: smugmugToken}
}

func tumblrOf(tool string) handover.Found {
	return handover.Found{Tool: tool, Service: "tumblr", Client: tumblrClient, Token: tumblrToken}
}

func tumblrKeyOf(tool string) handover.Found {
	return handover.Found{
		Tool: tool, Service: "tumblr", Client: oauth.ClientCredentials{Key: tumblrClient.Key},
	}
}

// files has a row for each file in testdata.
var files = []struct {
	file string
	name string // that the tool gives it, where content alone does not tell the tool
	want []handover.Found
}{
	{file: "TumblThree.json", want: []handover.Found{tumblrOf("TumblThree")}},
	{file: "apikeys", want: []handover.Found{flickrKeyOf("")}},
	{file: "auth.token", want: []handover.Found{{
		Tool: "flickrapi", Service: "flickr", LegacyToken: legacyToken,
		UserName: "Ada E.", UserID: "12345678@N00", Permission: "write",
	}}},
	{file: "flickcurl.conf", want: []handover.Found{flickrOf("flickcurl")}},
	{file: "flickcurl_legacy.conf", want: []handover.Found{flickrLegacyOf("flickcurl")}},
	{file: "flickcurl_misnamed.conf", want: []handover.Found{flickrLegacyOf("flickcurl")}},
	{file: "flickr-cli.yml", want: []handover.Found{flickrOf("flickr-cli")}},
	{file: "flickr.env", want: []handover.Found{
		{Service: "flickr", Client: flickrClient, Token: flickrToken, UserID: "12345678@N00"},
		tumblrKeyOf(""),
	}},
	{file: "flickrToken", name: ".flickrToken", want: []handover.Found{{
		Tool: "flickr-uploader", Service: "flickr", LegacyToken: legacyToken,
	}}},
	{file: "flickr_api.json", want: []handover.Found{flickrOf("flickr_api")}},
	{file: "flickr_api_auth.txt", want: []handover.Found{flickrOf("flickr_api")}},
	{file: "flickr_api_legacy.st", want: []handover.Found{flickrLegacyOf("Flickr::API")}},
	{file: "flickr_api_native.st", want: []handover.Found{flickrOf("Flickr::API")}},
	{file: "flickr_api_network.st", name: ".flickroauth.st", want: []handover.Found{flickrOf("flickr_upload")}},
	{file: "flickr_download.yml", want: []handover.Found{flickrKeyOf("flickr-download")}},
	{file: "flickr_keys.py", want: []handover.Found{flickrKeyOf("flickr_api")}},
	{file: "flickr_token", want: []handover.Found{{Tool: "flickr_api", Service: "flickr", Token: flickrToken}}},
	{file: "flickrrc", want: []handover.Found{flickrLegacyOf("flickr_upload")}},
	{file: "flickrsyncr.conf", want: []handover.Found{flickrKeyOf("flickrsyncr")}},
	{file: "folders2flickr.ini", want: []handover.Found{flickrKeyOf("folders2flickr")}},
	{file: "form.txt", want: []handover.Found{{
		Service: "flickr", Token: flickrToken, UserName: "Ada E.", UserID: "12345678@N00",
	}}},
	{file: "gallery-dl.json", want: []handover.Found{
		flickrOf("gallery-dl"),
		{Tool: "gallery-dl", Service: "smugmug", Client: smugmugClient},
		{Tool: "gallery-dl", Service: "tumblr", Client: tumblrClient},
		tumblrOf("gallery-dl"),
	}},
	{file: "generic.json", want: []handover.Found{flickrOf(""), tumblrOf("")}},
	{file: "perkeep.json", want: []handover.Found{flickrKeyOf("Perkeep")}},
	{file: "smugcli.json", want: []handover.Found{smugmugOf("smugcli")}},
	{file: "smugmug-backup.toml", want: []handover.Found{smugmugOf("smugmug-backup")}},
	{file: "smugmug.cfg", want: []handover.Found{{
		Tool: "smuploader", Service: "smugmug", Client: smugmugClient, Token: smugmugToken, UserName: "me",
	}}},
	{file: "smugmug.ps1", want: []handover.Found{smugmugOf("smugmug-backup")}},
	{file: "tumble.txt", want: []handover.Found{tumblrOf("tumble.py")}},
	{file: "tumblr-backup.json", want: []handover.Found{tumblrKeyOf("tumblr-backup")}},
	{file: "tumblr.yml", want: []handover.Found{tumblrOf("pytumblr")}},
	{file: "tumblr_settings.py", name: "settings.py", want: []handover.Found{tumblrKeyOf("tumblr-backup")}},
	{file: "uploadr.ini", want: []handover.Found{flickrKeyOf("flickr-uploader")}},
}

func TestFilesOfTools(t *testing.T) {
	tested := map[string]bool{}
	for _, row := range files {
		tested[row.file] = true
		t.Run(row.file, func(t *testing.T) {
			name := row.name
			if name == "" {
				name = row.file
			}
			expectFound(t, name, read(t, row.file), row.want...)
		})
	}
	for _, name := range testdata(t) {
		if !tested[name] {
			t.Errorf("%s has no row", name)
		}
	}
}

// TestSameThroughEditors passes each text through what editors and shells do to files.
func TestSameThroughEditors(t *testing.T) {
	changes := []struct {
		name   string
		change func(text string) string
	}{
		{name: "final newline", change: func(text string) string { return text + "\n" }},
		{name: "no final newline", change: func(text string) string { return strings.TrimRight(text, "\r\n") }},
		{name: "CRLF", change: func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
		}},
		{name: "byte order mark", change: func(text string) string { return "\ufeff" + text }},
		{name: "UTF-16", change: func(text string) string { return inUTF16("\ufeff"+text, false) }},
		{name: "UTF-16, big-endian", change: func(text string) string { return inUTF16("\ufeff"+text, true) }},
	}
	for _, row := range files {
		if strings.HasSuffix(row.file, ".st") {
			continue
		}
		name := row.name
		if name == "" {
			name = row.file
		}
		for _, c := range changes {
			t.Run(row.file+" "+c.name, func(t *testing.T) {
				expectFound(t, name, []byte(c.change(string(read(t, row.file)))), row.want...)
			})
		}
	}
}

func TestToleratedText(t *testing.T) {
	both := flickrClient.Key + " " + flickrClient.Secret.Reveal()
	tests := []struct {
		name, file, text string
		want             handover.Found
	}{
		{name: "key and secret beside each other", text: " " + both + " \n", want: flickrKeyOf("")},
		{name: "key and secret with a tab", text: strings.ReplaceAll(both, " ", "\t"), want: flickrKeyOf("")},
		{
			name: "key and secret of another service", text: smugmugClient.Key + "\n" + smugmugClient.Secret.Reveal(),
			want: handover.Found{Client: smugmugClient},
		},
		{name: "key, colon, secret", text: strings.ReplaceAll(both, " ", ":"), want: flickrKeyOf("Perkeep")},
		{
			name: "Flickr's page of the key", text: "Key:\n\n" + strings.ReplaceAll(both, " ", "\n\nSecret:\n") + "\n",
			want: flickrKeyOf(""),
		},
		{
			name: "Tumblr's page of the key",
			text: "OAuth Consumer Key:\n" + tumblrClient.Key + "\nSecret Key:\n" + tumblrClient.Secret.Reveal(),
			want: handover.Found{Client: tumblrClient},
		},
		{
			name: "key alone", text: flickrClient.Key,
			want: handover.Found{Client: oauth.ClientCredentials{Key: flickrClient.Key}},
		},
		{
			name: "token and secret beside each other", text: flickrToken.Token + " " + flickrToken.Secret.Reveal(),
			want: handover.Found{Tool: "flickr_api", Service: "flickr", Token: flickrToken},
		},
		{
			name: "token file of the blog", file: "token", text: flickrToken.Token + "\n" + flickrToken.Secret.Reveal(),
			want: handover.Found{Service: "flickr", Token: flickrToken},
		},
		{
			name: "flickcurl with other sections",
			text: "[other]\nname=1\n\n  [flickr]\n  # a comment\n  oauth_client_key = " + flickrClient.Key +
				"  \n\toauth_client_secret=" + flickrClient.Secret.Reveal() + "\n[more]\nname=2\n",
			want: flickrKeyOf("flickcurl"),
		},
		{
			name: "flickrrc by its name", file: ".flickrrc",
			text: "secret=" + flickrClient.Secret.Reveal() + "\nkey=" + flickrClient.Key + "\n",
			want: flickrKeyOf("flickr_upload"),
		},
		{
			name: "gallery-dl, one key for all sites", text: `{"extractor": {"api-key": "abc", "flickr": {"api-secret": "def"}}}`,
			want: handover.Found{
				Tool: "gallery-dl", Service: "flickr", Client: oauth.ClientCredentials{Key: "abc", Secret: "def"},
			},
		},
		{
			name: "gallery-dl, no site", text: `{"extractor": {"api-key": "abc"}}`,
			want: handover.Found{Tool: "gallery-dl", Client: oauth.ClientCredentials{Key: "abc"}},
		},
		{
			name: "gallery-dl in TOML", text: "[extractor.flickr]\napi-key = 'abc'\n",
			want: handover.Found{Tool: "gallery-dl", Service: "flickr", Client: oauth.ClientCredentials{Key: "abc"}},
		},
		{
			name: "gallery-dl in YAML", text: "extractor:\n  tumblr:\n    api-key: abc\n",
			want: handover.Found{Tool: "gallery-dl", Service: "tumblr", Client: oauth.ClientCredentials{Key: "abc"}},
		},
		{
			name: "YAML with a secret of digits alone", file: ".flickr_download",
			text: "api_key: " + flickrClient.Key + "\napi_secret: 0123456789012345\n",
			want: handover.Found{
				Tool: "flickr-download", Service: "flickr",
				Client: oauth.ClientCredentials{Key: flickrClient.Key, Secret: "0123456789012345"},
			},
		},
		{
			name: "JSON with a secret of digits alone", text: `{"api_key": "abc", "api_secret": 12345678901234567890}`,
			want: handover.Found{Client: oauth.ClientCredentials{Key: "abc", Secret: "12345678901234567890"}},
		},
		{
			name: "names that say less", text: `{"key": "a1", "consumer_key": "a2", "secret": "a3"}`,
			want: handover.Found{Client: oauth.ClientCredentials{Key: "a2", Secret: "a3"}},
		},
		{
			name: "program in JavaScript",
			text: "const { flickr } = createFlickr({consumerKey: '" + flickrClient.Key + "', consumerSecret: \"" +
				flickrClient.Secret.Reveal() + "\"})",
			want: flickrKeyOf(""),
		},
		{
			name: "program in Perl",
			text: "my $api = Flickr::API->new({\n  'consumer_key' => '" + flickrClient.Key + "',\n  consumer_secret => '" +
				flickrClient.Secret.Reveal() + "',\n});",
			want: flickrKeyOf(""),
		},
		{
			name: "program in PHP",
			text: "<?php\n$apiKey = '" + flickrClient.Key + "';\n$apiSecret = '" + flickrClient.Secret.Reveal() + "';\n",
			want: flickrKeyOf(""),
		},
		{
			name: "comma too much, of no known tool", text: "{\n  \"api_key\": \"abc\",\n  \"api_secret\": \"def\",\n}",
			want: handover.Found{Client: oauth.ClientCredentials{Key: "abc", Secret: "def"}},
		},
		{
			name: "comment in an old encoding", text: "# cl\xe9\nTUMBLR_API_KEY=abc\n",
			want: handover.Found{Service: "tumblr", Client: oauth.ClientCredentials{Key: "abc"}},
		},
		{
			name: "form-encoded over two lines",
			text: "oauth_token=" + flickrToken.Token + "&\n oauth_token_secret=" + flickrToken.Secret.Reveal(),
			want: handover.Found{Service: "flickr", Token: flickrToken},
		},
		{
			name: "old token in XML under the name of another tool", file: "/home/me/.flickrToken",
			text: "<auth><token>" + legacyToken + "</token><perms>delete</perms></auth>",
			want: handover.Found{
				Tool: "flickr-uploader", Service: "flickr", LegacyToken: legacyToken, Permission: "delete",
			},
		},
		{
			name: "user name of many lines", text: `{"api_key": "abc", "username": "two\n\u202elines\u0007"}`,
			want: handover.Found{Client: oauth.ClientCredentials{Key: "abc"}, UserName: "two lines"},
		},
		{
			name: "longest key", text: "api_key: " + strings.Repeat("k", 512),
			want: handover.Found{Client: oauth.ClientCredentials{Key: strings.Repeat("k", 512)}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expectFound(t, test.file, []byte(test.text), test.want) })
	}
}

func TestBrokenFiles(t *testing.T) {
	stored := read(t, "flickr_api_network.st")
	tests := []struct {
		name, file, text string
		want             handover.BrokenError
	}{
		{
			name: "gallery-dl with a comment", text: "{\n  // mine\n  \"extractor\": {\"flickr\": {\"api-key\": \"abc\"}}\n}",
			want: handover.BrokenError{Tool: "gallery-dl", Line: 2, Reason: "not valid JSON"},
		},
		{
			name: "gallery-dl with a comma too much", text: "{\n  \"extractor\": {\"api-key\": \"abc\",\n}\n}",
			want: handover.BrokenError{Tool: "gallery-dl", Line: 3, Reason: "not valid JSON"},
		},
		{
			name: "gallery-dl cut off", text: string(read(t, "gallery-dl.json")[:300]),
			want: handover.BrokenError{Tool: "gallery-dl", Line: 9, Reason: "not valid JSON"},
		},
		{
			name: "JSON of no tool", text: "{\n  \"name\":\n}",
			want: handover.BrokenError{Line: 3, Reason: "not valid JSON"},
		},
		{
			name: "smugcli with a list of one", text: `{"api_key": ["abc"]}`,
			want: handover.BrokenError{Tool: "smugcli", Reason: "api_key is not a list of two"},
		},
		{
			name: "smugmug-backup without quotes", text: "\n[authentication]\napi_key = abc\n",
			want: handover.BrokenError{Tool: "smugmug-backup", Line: 3, Reason: "not valid TOML"},
		},
		{
			name: "smugmug-backup, deep", text: "[authentication]\n" + strings.Repeat("a.", 20_000) + "a = 1",
			want: handover.BrokenError{Tool: "smugmug-backup", Reason: "it is nested too deeply"},
		},
		{
			name: "smugmug-backup, large", text: "[authentication]\n" + strings.Repeat("#", 64<<10),
			want: handover.BrokenError{Tool: "smugmug-backup", Reason: "it is larger than such files are"},
		},
		{
			name: "flickr-download without the end of a quote", file: ".flickr_download", text: "api_key: \"abc\napi_secret: def\n",
			want: handover.BrokenError{Tool: "flickr-download", Line: 3, Reason: "not valid YAML"},
		},
		{
			name: "flickr_api with three lines", file: ".flickr_token", text: "abc12345\ndef12345\nghi12345\n",
			want: handover.BrokenError{
				Tool: "flickr_api", Reason: "it has another number of lines than such files have",
			},
		},
		{
			name: "flickr_api with white space", file: "auth.txt", text: flickrToken.Token + "\nabc def\n",
			want: handover.BrokenError{Tool: "flickr_api", Line: 2, Reason: "the value has white space inside"},
		},
		{
			name: "flickcurl without the end of a quote", text: "[flickr]\napi_key=\"abc\n",
			want: handover.BrokenError{
				Tool: "flickcurl", Line: 2, Reason: "the key has characters that keys and tokens do not have",
			},
		},
		{
			name: "old token missing", text: "<rsp stat=\"fail\"><auth></auth></rsp>",
			want: handover.BrokenError{Tool: "flickrapi", Reason: "the token is missing"},
		},
		{
			name: "old token cut off", text: "<rsp>\n<auth>\n<token>abc</tok",
			want: handover.BrokenError{Tool: "flickrapi", Line: 3, Reason: "not valid XML"},
		},
		{
			name: "Storable cut off", text: string(stored[:len(stored)-1]),
			want: handover.BrokenError{Tool: "Flickr::API", Reason: "the file ends early"},
		},
		{
			name: "Storable with a length beyond its end", text: "pst0\x05\x0b\x01\xff\xff\xff\xff",
			want: handover.BrokenError{Tool: "Flickr::API", Reason: "the file ends early"},
		},
		{
			name: "Storable with code", text: "pst0\x05\x0b\x1a\x0a\x01x",
			want: handover.BrokenError{Tool: "Flickr::API", Reason: "it holds something that Photolink does not read"},
		},
		{
			name: "Storable of another version", text: "pst0\x07\x0b\x05",
			want: handover.BrokenError{Tool: "Flickr::API", Reason: "it holds something that Photolink does not read"},
		},
		{
			name: "Storable, deep", text: "pst0\x05\x0b" + strings.Repeat("\x04", 100_000),
			want: handover.BrokenError{Tool: "Flickr::API", Reason: "it is nested too deeply"},
		},
		{
			name: "form-encoded with a bad escape", text: "oauth_token=a%zz&oauth_token_secret=b",
			want: handover.BrokenError{Reason: "a percent sign is not followed by two hexadecimal digits"},
		},
		{
			name: "key with white space", text: "{\n\"api_key\": \"abc def\"}",
			want: handover.BrokenError{Line: 2, Reason: "the key has white space inside"},
		},
		{
			name: "secret with a control character", text: `{"api_key": "abc", "api_secret": "d\u0000ef"}`,
			want: handover.BrokenError{Reason: "the secret has characters that keys and tokens do not have"},
		},
		{
			name: "token with an invisible character", text: "oauth_token = abc\u200b\noauth_token_secret = def",
			want: handover.BrokenError{Line: 1, Reason: "the token has characters that keys and tokens do not have"},
		},
		{
			name: "token secret too long", text: "\noauth_token=abc\noauth_token_secret=" + strings.Repeat("s", 513),
			want: handover.BrokenError{Line: 3, Reason: "the token secret is longer than 512 bytes"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := handover.Recognise(test.file, []byte(test.text))
			broken, ok := errors.AsType[*handover.BrokenError](err)
			if !ok || len(found) > 0 {
				t.Fatalf("got %d finds and error %v, want a BrokenError", len(found), err)
			}
			if diff := cmp.Diff(test.want, *broken); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownContent(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{name: "nothing", want: "an empty file"},
		{name: "blank", text: " \r\n\t\n", want: "an empty file"},
		{name: "byte order mark alone", text: "\ufeff", want: "an empty file"},
		{name: "picture", file: "config.json", text: "\x89PNG\r\n\x1a\n", want: "a picture"},
		{
			name: "database", file: "oauth-tokens.sqlite", text: "SQLite format 3\x00\x10\x00",
			want: "a SQLite database: choose the file itself",
		},
		{
			name: "pickle", text: "\x80\x04\x95\x0b\x00", want: "a Python pickle, which Photolink does not open",
		},
		{
			name: "pickle that would run a program", text: "cos\nsystem\n(S'oauth_token=a'\ntR.",
			want: "a Python pickle, which Photolink does not open",
		},
		{name: "zeros", text: "api_key=abc\x00\x00", want: "binary data"},
		{name: "too large", text: strings.Repeat("a", 1<<20+1), want: "a file of more than 1 MiB"},
		{name: "web page", text: "<!DOCTYPE html><title>api_key</title>", want: "a web page"},
		{name: "XML", text: "<rsp stat='ok'><photos/></rsp>", want: "XML without keys"},
		{name: "JSON", text: `{"extractor": {"flickr": {"size-max": 1}}}`, want: "JSON without keys"},
		{name: "JSON with names that say little", text: `{"key": "a", "items": [{"token": "b"}]}`, want: "JSON without keys"},
		{name: "JSON with a token of some other kind", text: `{"auth_token": "abc"}`, want: "JSON without keys"},
		{name: "settings", text: "[core]\neditor = vi\n", want: "settings without keys"},
		{name: "flickcurl without keys", text: "[flickr]\n#api_key=abc\nverbose=1", want: "settings without keys"},
		{name: "a sentence", text: "hello world\n", want: "text without keys"},
		{name: "lines", text: "some12345\nmore12345\nlines12345\n", want: "text without keys"},
		{name: "Storable", text: "pst0\x05\x0b\x03\x00\x00\x00\x00", want: "a Perl Storable file without keys"},
		{
			name: "address of the callback", text: "http://127.0.0.1:4711/?oauth_token=abc&oauth_verifier=def",
			want: "a token of a sign-in that was not finished",
		},
		{
			name: "temporary credentials",
			text: "oauth_callback_confirmed=true&oauth_token=abc&oauth_token_secret=def",
			want: "a token of a sign-in that was not finished",
		},
		{
			name: "references that stand for millions",
			text: "a: &a [x, x]\nb: &b [*a, *a]\napi_keys: [*b, *b]\n", want: "settings without keys",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := handover.Recognise(test.file, []byte(test.text))
			unknown, ok := errors.AsType[*handover.UnknownError](err)
			if !ok || len(found) > 0 {
				t.Fatalf("got %d finds and error %v, want an UnknownError", len(found), err)
			}
			if unknown.Found != test.want {
				t.Errorf("got %q, want %q", unknown.Found, test.want)
			}
		})
	}
}

func TestErrorsInWords(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{
			name: "unknown", err: &handover.UnknownError{Expected: "keys", Found: "a picture"},
			want: "expected keys, found a picture",
		},
		{
			name: "broken", err: &handover.BrokenError{Tool: "gallery-dl", Line: 3, Reason: "not valid JSON"},
			want: "file of gallery-dl, line 3: not valid JSON",
		},
		{name: "broken somewhere", err: &handover.BrokenError{Reason: "not valid JSON"}, want: "file: not valid JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzRecognise(f *testing.F) {
	for _, row := range files {
		f.Add(row.name, read(f, row.file))
	}
	for _, text := range []string{
		"{", "[flickr]\n", "pst0\x04\x0b\x0812345678\x04\x08\x08\x08\x11\xff", "a: *b", "<auth>", "Key:\nabc",
		"a=b&oauth_token=c&oauth_token_secret=d", "[authentication]\napi_key=1979-05-27",
	} {
		f.Add("", []byte(text))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		found, err := handover.Recognise(name, content)
		if (len(found) == 0) == (err == nil) || len(found) > 100 {
			t.Fatalf("got %d finds and error %v", len(found), err)
		}
		for _, one := range found {
			if one.Client.Key == "" && one.Token.Token == "" && one.LegacyToken == "" {
				t.Error("nothing in what was found")
			}
			for _, value := range []string{
				one.Client.Key, one.Client.Secret.Reveal(), one.Token.Token, one.Token.Secret.Reveal(),
				one.LegacyToken.Reveal(), one.UserID, one.Permission,
			} {
				if len(value) > 512 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
					t.Errorf("value %q", value)
				}
			}
			if len([]rune(one.UserName)) > 200 || strings.ContainsFunc(one.UserName, unicode.IsControl) {
				t.Errorf("user name %q", one.UserName)
			}
		}
	})
}

// expectFound compares what is found. Secrets that differ are not printed.
func expectFound(t *testing.T, name string, content []byte, want ...handover.Found) {
	t.Helper()
	got, err := handover.Recognise(name, content)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// testdata returns the names of the files there, without what the fuzzer keeps.
func testdata(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

func inUTF16(text string, bigEndian bool) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		low, high := byte(unit), byte(unit>>8)
		if bigEndian {
			low, high = high, low
		}
		out.WriteByte(low)
		out.WriteByte(high)
	}
	return out.String()
}
