package handover_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app/handover"
)

// The four values of the accounts, in the order in which most forms have them.
const (
	k  = "0123456789abcdef0123456789abcdef"
	s  = "fedcba9876543210"
	to = "72157600000000000-aaaabbbbccccdddd"
	ts = "eeeeffff00001111"
)

// keys is what gallery-dl gets, with the given text between two settings.
func keys(between, colon string) string {
	return `"api-key"` + colon + `"` + k + `",` + between + `"api-secret"` + colon + `"` + s + `",` + between +
		`"access-token"` + colon + `"` + to + `",` + between + `"access-token-secret"` + colon + `"` + ts + `"`
}

// TestEditing has a row for each way in which a file can be written. Everything else in it stays, byte for byte.
func TestEditing(t *testing.T) {
	const curl = "oauth_client_key=" + k + "\noauth_client_secret=" + s + "\noauth_token=" + to +
		"\noauth_token_secret=" + ts + "\n"
	const yaml = `api_key: "` + k + `"` + "\n" + `api_secret: "` + s + `"` + "\n"
	const cli = `consumer_key: "` + k + `"` + "\n" + `consumer_secret: "` + s + `"` + "\n" + `token: "` + to + `"` + "\n" +
		`token_secret: "` + ts + `"` + "\n"
	indent := func(text, by string) string {
		return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
	}
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	smug := strings.TrimSuffix(string(read(t, "written/smugmug-backup")), "\n[store]\n"+
		"destination = \"/path/to/your/photos\"\n")
	env := string(read(t, "written/env.flickr"))

	tests := []struct {
		name, tool, before, after string
		removed                   string // after removal; empty if it is as before
	}{
		{
			name: "comment keys, order, numbers and characters", tool: "gallery-dl",
			before: "{\n  \"#\": \"one\",\n  \"#\": \"two\",\n  \"z\": 123456789012345678901234567890,\n" +
				"  \"a\": [1.0, 1e2 , \"ü\\u00fc\"],\n" +
				"  \"extractor\" : {\n    \"#\": \"mine\",\n    \"#\": \"too\",\n    \"base-directory\": \"~/p/\"\n  }\n}\n",
			after: "{\n  \"#\": \"one\",\n  \"#\": \"two\",\n  \"z\": 123456789012345678901234567890,\n" +
				"  \"a\": [1.0, 1e2 , \"ü\\u00fc\"],\n" +
				"  \"extractor\" : {\n    \"#\": \"mine\",\n    \"#\": \"too\",\n    \"base-directory\": \"~/p/\",\n" +
				"    \"flickr\": {\n      " +
				keys("\n      ", ": ") + "\n    }\n  }\n}\n",
		},
		{
			name: "section that is there", tool: "gallery-dl",
			before: "{\"extractor\": {\n\t\"flickr\": {\n\t\t\"videos\": true\n\t},\n\t\"tumblr\": {}\n}}",
			after: "{\"extractor\": {\n\t\"flickr\": {\n\t\t\"videos\": true,\n\t\t" + keys("\n\t\t", ": ") +
				"\n\t},\n\t\"tumblr\": {}\n}}",
		},
		{
			name: "tabs", tool: "gallery-dl", before: "{\n\t\"a\": 1\n}\n",
			after: "{\n\t\"a\": 1,\n\t\"extractor\": {\n\t\t\"flickr\": {\n\t\t\t" + keys("\n\t\t\t", ": ") + "\n\t\t}\n\t}\n}\n",
		},
		{
			name: "carriage returns", tool: "gallery-dl", before: "{\r\n  \"a\": 1\r\n}\r\n",
			after: "{\r\n  \"a\": 1,\r\n  \"extractor\": {\r\n    \"flickr\": {\r\n      " + keys("\r\n      ", ": ") +
				"\r\n    }\r\n  }\r\n}\r\n",
		},
		{
			name: "all in a line", tool: "gallery-dl", before: `{"a":1,"b":{}}`,
			after: `{"a":1,"b":{},"extractor":{"flickr":{` + keys("", ":") + `}}}`,
		},
		{
			name: "a line with spaces", tool: "gallery-dl", before: `{ "a": 1 }`,
			after: `{ "a": 1, "extractor": {"flickr": {` + keys(" ", ": ") + `}} }`,
		},
		{
			name: "nothing in it", tool: "gallery-dl", before: " ", after: string(read(t, "written/gallery-dl.flickr")),
			removed: "(deleted)",
		},
		{
			name: "an empty object", tool: "gallery-dl", before: "{}\n", after: string(read(t, "written/gallery-dl.flickr")),
			removed: "(deleted)",
		},
		{
			name: "other values", tool: "gallery-dl",
			before: `{"extractor": {"flickr": {"access-token" :  null , "api-key": "` + k + `", ` +
				`"x": "}\"{", "api-secret": ["a", {}]}}}`,
			after: `{"extractor": {"flickr": {"access-token" :  "` + to + `" , "api-key": "` + k + `", "x": "}\"{", ` +
				`"api-secret": "` + s +
				`", "access-token-secret": "` + ts + `"}}}`,
			removed: `{"extractor": {"flickr": {"x": "}\"{"}}}`,
		},
		{
			name: "names twice and in escapes", tool: "gallery-dl",
			before: `{"extractor": 1, "\u0065xtractor": {"flickr": {"api-key": "a"}, "flickr": {"api-key": "b", "api-key": "c"}}}`,
			after: `{"extractor": 1, "\u0065xtractor": {"flickr": {"api-key": "a"}, "flickr": {"api-key": "b", "api-key": "` + k +
				`", "api-secret": "` + s + `", "access-token": "` + to + `", "access-token-secret": "` + ts + `"}}}`,
			removed: `{"extractor": 1, "\u0065xtractor": {"flickr": {"api-key": "a"}, "flickr": {"api-key": "b"}}}`,
		},
		{
			name: "other keys and the memory of the account before", tool: "smugcli",
			before: "{\n  \"access_token\": [\"a\"],\n  \"authuser\": \"x\",\n  \"authuser_uri\": \"/y\",\n" +
				"  \"folder_threads\": 5\n}",
			after: "{\n  \"access_token\": [\"" + smugmugToken.Token + "\", \"" + smugmugToken.Secret.Reveal() +
				"\"],\n  \"folder_threads\": 5,\n" +
				"  \"api_key\": [\"" + smugmugClient.Key + "\", \"" + smugmugClient.Secret.Reveal() + "\"]\n}",
			removed: "{\n  \"folder_threads\": 5\n}",
		},
		{
			name: "another setting", tool: "tumblr-backup", before: `{"disable_discord_notice": true}`,
			after: `{"disable_discord_notice": true, "oauth_consumer_key": "` + tumblrClient.Key + `"}`,
		},

		{
			name: "comments and other sections", tool: "flickcurl",
			before: "# mine\n[a]\noauth_token=x\n\n[flickr]\n  # here\n\n[b]\noauth_token=y\n",
			after:  "# mine\n[a]\noauth_token=x\n\n[flickr]\n  # here\n" + curl + "\n[b]\noauth_token=y\n",
		},
		{name: "no section yet", tool: "flickcurl", before: "[a]\nb=1\n", after: "[a]\nb=1\n\n[flickr]\n" + curl},
		{
			name: "no end of the last line", tool: "flickcurl", before: "[a]\nb=1", after: "[a]\nb=1\n\n[flickr]\n" + curl,
			removed: "[a]\nb=1\n",
		},
		{
			name: "no end of the last value", tool: "flickcurl", before: "[flickr]\n" + strings.TrimSuffix(curl, "\n"),
			after: "[flickr]\n" + strings.TrimSuffix(curl, "\n"), removed: "(deleted)",
		},
		{
			name: "carriage returns and spaces after values", tool: "flickcurl",
			before: "[flickr]\r\n  oauth_token = a \r\nx=1 \r\n",
			after: "[flickr]\r\n  oauth_token = " + to + "\r\n  oauth_client_key=" + k + "\r\n  oauth_client_secret=" + s +
				"\r\n  oauth_token_secret=" + ts + "\r\nx=1 \r\n",
			removed: "[flickr]\r\nx=1 \r\n",
		},
		{
			name: "tokens of before OAuth", tool: "flickcurl",
			before: "[flickr]\napi_key=a\nauth_token=b\nsecret=c\noauth_secret=d\n[x]\nsecret=e\n",
			after:  "[x]\nsecret=e\n\n[flickr]\n" + curl, removed: "[x]\nsecret=e\n",
		},
		{
			name: "headings that flickcurl does not see", tool: "flickcurl", before: "[flickr] \na=1\n[Flickr]\n",
			after: "[flickr] \na=1\n[Flickr]\n\n[flickr]\n" + curl,
		},
		{
			name: "case and colons", tool: "smuploader", before: "[SMUGMUG]\nUserName: x\nother = 1\n[B]\n",
			after: "[SMUGMUG]\nUserName: fakeuser\n" + strings.TrimPrefix(string(read(t, "written/smuploader")),
				"[SMUGMUG]\nusername = fakeuser\n") + "other = 1\n[B]\n",
			removed: "[SMUGMUG]\nother = 1\n[B]\n",
		},

		{
			name: "comments", tool: "flickr-download", before: "# a\nsave_json: true # b\n\n# c\n",
			after: "# a\nsave_json: true # b\n\n# c\n" + yaml + "user_auth: true\n",
		},
		{
			name: "no end of the last line", tool: "flickr-download", before: "a: 1",
			after: "a: 1\n" + yaml + "user_auth: true",
		},
		{
			name: "carriage returns", tool: "flickr-download", before: "a: 1\r\n",
			after: "a: 1\r\n" + crlf(yaml) + "user_auth: true\r\n",
		},
		{
			name: "settings that are there", tool: "flickr-download",
			before:  "user_auth: false\n'api_key': 1234 # old\nnested:\n  api_key: x\napi_secret:\n",
			after:   "user_auth: false\n'api_key': \"" + k + "\" # old\nnested:\n  api_key: x\napi_secret: \"" + s + "\"\n",
			removed: "user_auth: false\nnested:\n  api_key: x\n",
		},
		{
			name: "the person's own user_auth", tool: "flickr-download", before: "user_auth: true\nb: 2\n",
			after: "user_auth: true\nb: 2\n" + yaml,
		},
		{
			name: "start of a document", tool: "flickr-download", before: "---\na: é\n",
			after: "---\na: é\n" + yaml + "user_auth: true\n",
		},
		{
			name: "section with its own indentation", tool: "flickr-cli", before: "flickr: # here\n  # x\n  a: b\nz:\n" +
				"    token: c\n",
			after: "flickr: # here\n  # x\n  a: b\n" + indent(cli, "  ") + "z:\n    token: c\n",
		},
		{name: "no section", tool: "flickr-cli", before: "a: b\n", after: "a: b\n\nflickr:\n" + indent(cli, "    ")},
		{
			name: "both services", tool: "pytumblr", before: "other: 'x: y'\n",
			after: "other: 'x: y'\n" + string(read(t, "written/pytumblr")),
		},

		{
			name: "store and comments", tool: "smugmug-backup",
			before: "# mine\n[store]\ndestination = \"C:\\\\p\" # here\nuse_metadata_times = true\n",
			after:  "# mine\n[store]\ndestination = \"C:\\\\p\" # here\nuse_metadata_times = true\n\n" + smug,
		},
		{
			name: "store without a folder", tool: "smugmug-backup", before: "[store]\nuse_metadata_times = true",
			after: "[store]\nuse_metadata_times = true\ndestination = \"/path/to/your/photos\"\n\n" + strings.TrimSuffix(smug, "\n"),
		},
		{
			name: "values that are there", tool: "smugmug-backup",
			before: "[ authentication ] # a\nuser_secret = 'x' # b\n\"api_key\"='y'\n[store]\ndestination='/p'\n[http]\n" +
				"max_retries=3\n",
			after: "[ authentication ] # a\nuser_secret = \"" + smugmugToken.Secret.Reveal() + "\" # b\n" +
				"\"api_key\"=\"" + smugmugClient.Key +
				"\"\napi_secret = \"" + smugmugClient.Secret.Reveal() + "\"\nuser_token = \"" + smugmugToken.Token +
				"\"\n[store]\ndestination='/p'\n[http]\nmax_retries=3\n",
			removed: "[store]\ndestination='/p'\n[http]\nmax_retries=3\n",
		},

		{name: "other variables", tool: "env", before: "# a\nB=1\n\n", after: "# a\nB=1\n" + env + "\n"},
		{
			name: "variables that are there", tool: "env",
			before: "FLICKR_USER_ID=1 # me\nA=\"x # y\"\nexport FLICKR_CONSUMER_KEY='old'\n",
			after: "FLICKR_USER_ID=\"12345678%40N00\" # me\nA=\"x # y\"\nexport FLICKR_CONSUMER_KEY=\"" + k + "\"\n" +
				strings.TrimPrefix(strings.Replace(env, "FLICKR_USER_ID=\"12345678%40N00\"\n", "", 1),
					"FLICKR_CONSUMER_KEY=\""+k+"\"\n"),
			removed: "A=\"x # y\"\n",
		},
		{
			name: "other accounts", tool: "json", before: "{\n  \"tumblr\": {\"api_key\": \"x\"}\n}",
			after: "{\n  \"tumblr\": {\"api_key\": \"x\"},\n" +
				strings.ReplaceAll(strings.Trim(string(read(t, "written/json.flickr")), "{\n"), "    ", "  "),
		},

		{
			name: "newline at the end", tool: "flickr_api", before: k + "\n" + s + "\n" + to + "\n" + ts + "\n",
			after: k + "\n" + s + "\n" + to + "\n" + ts, removed: "(deleted)",
		},
		{
			name: "the other form", tool: "flickr_api", before: "72157600000000001-0000000000000000\r\n0000000000000000",
			after: k + "\n" + s + "\n" + to + "\n" + ts, removed: "(deleted)",
		},
		{
			name: "another account", tool: "flickr_upload", before: string(read(t, "flickr_api_native.st")),
			after: string(read(t, "flickr_api_native.st")), removed: "(deleted)",
		},
		{
			name: "an old token", tool: "flickr_upload", before: string(read(t, "flickr_api_legacy.st")),
			after: string(read(t, "written/flickr_upload")), removed: "(deleted)",
		},
	}
	for _, test := range tests {
		t.Run(test.tool+" "+test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			put(t, path, test.before)
			a := accountOf(serviceOf(toolFor(t, test.tool)))
			handOver(t, test.tool, a, path)
			expectContent(t, path, test.after)
			if plan := prepare(t, test.tool, a, path); len(plan.Files) > 0 {
				t.Errorf("the second time: %s", plan.Preview())
			}
			takeBack(t, test.tool, a, path)
			switch test.removed {
			case "":
				expectContent(t, path, test.before)
			case "(deleted)":
				if _, err := os.Stat(path); !os.IsNotExist(err) {
					t.Errorf("the file is still there, error %v", err)
				}
			default:
				expectContent(t, path, test.removed)
			}
		})
	}
}

func expectContent(t testing.TB, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

// TestSeveralServicesInOneFile hands three accounts over to one file, and takes them back in another order.
func TestSeveralServicesInOneFile(t *testing.T) {
	for _, tool := range []string{"gallery-dl", "env", "json", "powershell"} {
		t.Run(tool, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			for _, service := range []string{"flickr", "tumblr", "smugmug"} {
				handOver(t, tool, accountOf(service), path)
			}
			found, err := handover.RecogniseFile(path)
			if err != nil || len(found) != 3 {
				t.Errorf("found %d accounts, error %v", len(found), err)
			}
			for _, service := range []string{"tumblr", "flickr", "smugmug"} {
				takeBack(t, tool, accountOf(service), path)
			}
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Errorf("the file is still there, error %v", err)
			}
		})
	}
}

// TestRemovalOfAnother takes back an account where another is.
func TestRemovalOfAnother(t *testing.T) {
	for _, row := range newFiles {
		folder := t.TempDir()
		path := filepath.Join(folder, row.name)
		handOver(t, row.tool, accountOf(row.service), path)
		before := folderOf(t, folder)
		_, err := handover.PrepareRemoval(toolFor(t, row.tool), another(row.service), path)
		if err == nil || !strings.Contains(err.Error(), "not in there") {
			t.Errorf("%s: error %v", row.tool, err)
		}
		expectFolder(t, folder, before)
	}
}

// FuzzEditJSON puts an account into any object: nothing else may change, and all can be undone.
func FuzzEditJSON(f *testing.F) {
	for _, text := range []string{
		"{}", "{ }\n", `{"a":1}`, `{"extractor":{}}`, `{"extractor":{"flickr":{"api-key":"x","#":"y"}}}`,
		"{\r\n\t\"#\" : [\r\n] , \"#\":\"\\\\\\\"\"}",
		"{\n \"extractor\": {\"flickr\": {\n}, \"a\": null}}", `{"extractor":[]}`,
		"{\"extractor\":{\"a\":1,\"a\":{\"b\":[{}]}}}", "{\n\"a\"\n:\n1\n}",
	} {
		f.Add(text)
	}
	tool := toolFor(f, "gallery-dl")
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, before string) {
		if !json.Valid([]byte(before)) {
			t.Skip("no JSON: nothing that Prepare has to keep")
		}
		a, path := accountOf("flickr"), filepath.Join(folder, "f")
		put(t, path, before)
		plan, err := handover.Prepare(tool, a, path, noon)
		if err != nil {
			return
		}
		text := before
		if len(plan.Files) > 0 {
			if text, err = plan.Text(); err != nil {
				t.Fatal(err)
			}
		}
		was, is := decode(t, before), decode(t, text)
		flickr := is["extractor"].(map[string]any)["flickr"].(map[string]any)
		for name, want := range map[string]string{"api-key": k, "api-secret": s, "access-token": to, "access-token-secret": ts} {
			if flickr[name] != want {
				t.Errorf("%s is %v", name, flickr[name])
			}
		}
		if was, is := rest(was), rest(is); !reflect.DeepEqual(was, is) {
			t.Errorf("before %q, after %q", before, text)
		}
		put(t, path, text)
		removal, err := handover.PrepareRemoval(tool, a, path)
		if err != nil {
			t.Fatal(err)
		}
		left := "{}"
		if !removal.Files[0].Removes {
			left = string(removal.Files[0].After())
		}
		if was, is := rest(decode(t, before)), rest(decode(t, left)); !reflect.DeepEqual(was, is) {
			t.Errorf("before %q, after removal %q", before, left)
		}
		if !strings.Contains(before, "extractor") && !strings.Contains(before, `\u`) && len(was) > 0 && left != before {
			t.Errorf("before %q, after removal %q", before, left)
		}
	})
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var root map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&root); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return root
}

// rest is an object without what is handed over, and without objects that are empty then.
func rest(root map[string]any) map[string]any {
	extractor, _ := root["extractor"].(map[string]any)
	flickr, _ := extractor["flickr"].(map[string]any)
	for _, name := range []string{"api-key", "api-secret", "access-token", "access-token-secret"} {
		delete(flickr, name)
	}
	if len(flickr) == 0 {
		delete(extractor, "flickr")
	}
	if len(extractor) == 0 {
		delete(root, "extractor")
	}
	return root
}

// FuzzEditLines puts an account into any file of settings: all other lines stay, in their order.
func FuzzEditLines(f *testing.F) {
	for _, text := range []string{
		"", "a", "[flickr]\n", "[flickr]\r\na=1\r\n[b]\n", "\n\n[flickr]\noauth_token=x", "# c\n[flickr]\n\n\n[flickr]\n",
		"api_key: x\n", "a:\n  b: 1\n", "[authentication]\napi_key=\"\"\n", "export FLICKR_API_KEY=1\n", "[store]\n",
	} {
		f.Add(text)
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, before string) {
		for _, id := range []string{
			"flickcurl", "flickr-download", "flickr-cli", "smugmug-backup", "smuploader", "pytumblr", "env", "powershell",
		} {
			tool := toolFor(t, id)
			a, path := accountOf(serviceOf(tool)), filepath.Join(folder, "f")
			put(t, path, before)
			plan, err := handover.Prepare(tool, a, path, noon)
			if err != nil || len(plan.Files) == 0 || plan.Files[0].Path != path {
				continue
			}
			after := string(plan.Files[0].After())
			if !subsequence(foreign(before), foreign(after)) {
				t.Errorf("%s: before %q, after %q", id, before, after)
			}
			put(t, path, after)
			removal, err := handover.PrepareRemoval(tool, a, path)
			if err != nil {
				t.Fatalf("%s: before %q, after %q: %v", id, before, after, err)
			}
			left := removal.Files[0].After()
			if bytes.Contains(left, []byte(a.Token.Token)) && !strings.Contains(before, a.Token.Token) {
				t.Errorf("%s: before %q, after removal %q", id, before, left)
			}
		}
	})
}

// foreign are the lines that no tool has a setting on.
func foreign(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		plain := strings.ToLower(line)
		ours := false
		for _, part := range []string{"key", "secret", "token", "user", "destination"} {
			ours = ours || strings.Contains(plain, part)
		}
		if !ours && strings.TrimSpace(line) != "" && !strings.Contains(line, "[") && !strings.HasSuffix(line, ":") {
			lines = append(lines, line)
		}
	}
	return lines
}

// subsequence reports whether all lines are in others, in their order.
func subsequence(lines, others []string) bool {
	for _, other := range others {
		if len(lines) > 0 && lines[0] == other {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}
