package handover

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"photolink/app/language"
)

// four makes the pairs of key, secret, token and token secret within sections.
func (a Account) four(key, secret, token, tokenSecret string, sections ...string) []pair {
	var pairs []pair
	for _, p := range [][2]string{
		{key, a.Client.Key},
		{secret, a.Client.Secret.Reveal()},
		{token, a.Token.Token},
		{tokenSecret, a.Token.Secret.Reveal()},
	} {
		if p[0] != "" {
			pairs = append(pairs, pair{name: append(append([]string{}, sections...), p[0]), values: []string{p[1]}})
		}
	}
	return pairs
}

func galleryDL(path string, a Account) []job {
	return []job{{
		tool: "gallery-dl", path: path, format: jsonFormat{tool: "gallery-dl", empty: "{}\n"},
		pairs: a.four("api-key", "api-secret", "access-token", "access-token-secret", "extractor", a.Service),
	}}
}

// warning says something that the person should know before the account is handed over, in a language.
type warning func(say *language.Speaker) string

// permissionWarning says that a tool needs more than the account permits.
func permissionWarning(t Tool) warning {
	return func(say *language.Speaker) string {
		tool := language.Values{"Tool": t.Name}
		if t.Needs == "delete" {
			return say.Say("{{.Tool}} needs the permission to delete, which this account does not have: link it again with that permission.", tool)
		}
		return say.Say("{{.Tool}} needs the permission to upload, which this account does not have: link it again with that permission.", tool)
	}
}

// galleryDLWarning looks for settings that go before those that are handed over: of the file that gallery-dl reads last,
// and for parts of the service.
func galleryDLWarning(path string, after []byte, a Account) warning {
	other := func(file string, content []byte) bool {
		found, _ := Recognise(filepath.Base(file), content)
		return slices.ContainsFunc(found, func(f Found) bool {
			return f.Tool == "gallery-dl" && f.Service == a.Service && (f.Client != a.Client || f.Token != a.Token)
		})
	}
	if other(path, after) {
		return func(say *language.Speaker) string {
			return say.Say("The file has other keys for a part of the service, which gallery-dl uses there.")
		}
	}
	last := atHome(".gallery-dl.conf")(System{}.orThisOne())
	if content, err := readFile(last); err == nil && path != last && other(last, content) {
		return func(say *language.Speaker) string {
			return say.Say("gallery-dl reads {{.Path}} last, and uses the account in there.", language.Values{"Path": oneLine(last)})
		}
	}
	return nil
}

func flickrDownload(path string, a Account) []job {
	const tool = "flickr-download"
	settings := append(a.four("api_key", "api_secret", "", ""),
		pair{name: []string{"user_auth"}, values: []string{"true"}, plain: true, keep: true, bare: true})
	return []job{
		{tool: tool, path: path, format: yamlFormat(tool, false), pairs: settings},
		{
			tool: tool, path: beside(path, ".flickr_token"), format: bareFormat{},
			pairs: a.four("", "", "token", "token secret"),
		},
	}
}

func flickrAPI(path string, a Account) []job {
	return []job{{
		tool: "flickr_api", path: path, format: bareFormat{},
		pairs: a.four("API key", "API secret", "token", "token secret"),
	}}
}

func flickrAPIToken(path string, a Account) []job {
	return []job{{
		tool: "flickr_api", path: path, format: bareFormat{}, pairs: a.four("", "", "token", "token secret"),
	}}
}

func flickcurl(path string, a Account) []job {
	var drop [][]string // these go before the others, or stand for them
	for _, name := range []string{"api_key", "secret", "auth_token", "oauth_secret"} {
		drop = append(drop, []string{flickr, name})
	}
	return []job{{
		tool: "flickcurl", path: path, format: flickcurlFormat, drop: drop,
		pairs: a.four("oauth_client_key", "oauth_client_secret", "oauth_token", "oauth_token_secret", flickr),
	}}
}

func flickrAPIPerl(path string, a Account) []job { return storedFor("Flickr::API", path, a) }

func flickrUpload(path string, a Account) []job { return storedFor("flickr_upload", path, a) }

func storedFor(tool, path string, a Account) []job {
	return []job{{
		tool: tool, path: path, format: storableFormat{tool: tool},
		pairs: a.four("consumer_key", "consumer_secret", "token", "token_secret"),
	}}
}

// flickrUploadWarning looks for the settings that flickr_upload uses instead.
func flickrUploadWarning(path string, _ []byte, _ Account) warning {
	file := beside(path, ".flickrrc")
	content, err := readFile(file)
	if err != nil || environmentFormat.lines(content).all([]string{"auth_token"}) == nil {
		return nil
	}
	return func(say *language.Speaker) string {
		return say.Say("flickr_upload uses the old token in {{.Path}} as long as auth_token is in there.",
			language.Values{"Path": oneLine(file)})
	}
}

func flickrCLI(path string, a Account) []job {
	return []job{{
		tool: "flickr-cli", path: path, format: yamlFormat("flickr-cli", true),
		pairs: a.four("consumer_key", "consumer_secret", "token", "token_secret", flickr),
	}}
}

func apikeys(path string, a Account) []job {
	in := func(name string) string {
		if path == "" {
			return ""
		}
		return filepath.Join(path, name)
	}
	return []job{
		{path: in("apikeys"), format: bareFormat{}, pairs: a.four("API key", "API secret", "", "")},
		{path: in("token"), format: bareFormat{}, pairs: a.four("", "", "token", "token secret")},
	}
}

// noDestination stands for the folder of photos until the person sets it.
const noDestination = "/path/to/your/photos"

func smugmugBackup(path string, a Account) []job {
	return []job{{
		tool: "smugmug-backup", path: path, format: tomlFormat,
		pairs: append(a.four("api_key", "api_secret", "user_token", "user_secret", "authentication"),
			pair{name: []string{"store", "destination"}, values: []string{noDestination}, plain: true, keep: true}),
	}}
}

func smugmugBackupWarning(_ string, after []byte, _ Account) warning {
	root, err := parseTOML(after)
	folder := valuesAt(root, []string{"store", "destination"})
	if err != nil || !slices.Equal(folder, []string{noDestination}) {
		return nil
	}
	return func(say *language.Speaker) string {
		return say.Say("The file has no folder for the photos yet: set destination in it to a folder that exists.")
	}
}

func smugcli(path string, a Account) []job {
	return []job{{
		tool: "smugcli", path: path,
		format: jsonFormat{tool: "smugcli", empty: "{\n  \"access_token\": [],\n  \"api_key\": []\n}"},
		pairs: []pair{
			{name: []string{"access_token"}, values: []string{a.Token.Token, a.Token.Secret.Reveal()}},
			{name: []string{"api_key"}, values: []string{a.Client.Key, a.Client.Secret.Reveal()}},
		},
		drop: [][]string{{"authuser"}, {"authuser_uri"}}, // what smugcli remembers of the account before
	}}
}

func smuploader(path string, a Account) []job {
	const section = "SMUGMUG"
	name := pair{name: []string{section, "username"}, values: []string{a.UserName}, plain: true}
	return []job{{
		tool: "smuploader", path: path, format: iniFormat,
		pairs: append([]pair{name},
			a.four("consumer_key", "consumer_secret", "access_token", "access_token_secret", section)...),
	}}
}

func needsUserName(a Account) error {
	if a.UserName == "" || clean(a.UserName) != a.UserName {
		return errors.New("smuploader needs the user name, which is missing")
	}
	return nil
}

func pytumblr(path string, a Account) []job {
	return []job{{
		tool: "pytumblr", path: path, format: yamlFormat("pytumblr", false),
		pairs: a.four("consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret"),
	}}
}

func tumblrBackup(path string, a Account) []job {
	return []job{{
		tool: "tumblr-backup", path: path, format: jsonFormat{tool: "tumblr-backup", empty: "{\"oauth_consumer_key\": \"\"}\n"},
		pairs: a.four("oauth_consumer_key", "", "", ""),
	}}
}

var notInNames = regexp.MustCompile(`[^A-Z0-9]+`)

// variables are the names that programs for the service use, or else names made from that of the service.
func (a Account) variables() []pair {
	switch a.Service {
	case flickr:
		pairs := append(a.four("FLICKR_CONSUMER_KEY", "FLICKR_CONSUMER_SECRET", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET"),
			a.four("FLICKR_API_KEY", "", "FLICKR_ACCESS_TOKEN", "FLICKR_ACCESS_TOKEN_SECRET")...)
		if flickrUser.MatchString(a.UserID) {
			id := strings.Replace(a.UserID, "@", "%40", 1) // so programs expect it
			pairs = append(pairs, pair{name: []string{"FLICKR_USER_ID"}, values: []string{id}, plain: true})
		}
		return pairs
	case smugmug:
		return a.four("SMGMG_BK_API_KEY", "SMGMG_BK_API_SECRET", "SMGMG_BK_USER_TOKEN", "SMGMG_BK_USER_SECRET")
	}
	prefix := strings.Trim(notInNames.ReplaceAllString(strings.ToUpper(a.Service), "_"), "_")
	return a.four(prefix+"_CONSUMER_KEY", prefix+"_CONSUMER_SECRET", prefix+"_OAUTH_TOKEN", prefix+"_OAUTH_TOKEN_SECRET")
}

func environment(path string, a Account) []job {
	return []job{{path: path, format: environmentFormat, pairs: a.variables()}}
}

func powershell(path string, a Account) []job {
	return []job{{path: path, format: powershellFormat, pairs: a.variables()}}
}

func plainJSON(path string, a Account) []job {
	pairs := a.four("api_key", "api_secret", "access_token", "access_token_secret", a.Service)
	for _, p := range [][2]string{{"user_id", a.UserID}, {"user_name", a.UserName}, {"permission", a.Permission}} {
		if p[1] != "" {
			pairs = append(pairs, pair{name: []string{a.Service, p[0]}, values: []string{p[1]}, plain: true})
		}
	}
	return []job{{path: path, format: jsonFormat{empty: "{}\n"}, pairs: pairs}}
}

func flickrapi(path string, a Account) []job {
	return []job{{tool: "flickrapi", path: path, database: &rows{
		write: writeFlickrapiRows, remove: removeFlickrapiRows, read: readFlickrapiRows, table: "oauth_tokens",
	}}}
}

func needsPermission(a Account) error {
	switch a.Permission {
	case "read", "write", "delete":
		return nil
	}
	return errors.New("flickrapi needs the permission of the account, which is not known: check the account first")
}

func galleryDLCache(path string, a Account) []job {
	return []job{{tool: "gallery-dl", path: path, database: &rows{
		write:  func(path string, a Account) error { return writeGalleryDLCache(path, a, time.Now()) },
		remove: removeGalleryDLCache, read: readGalleryDLCache, table: "data",
	}}}
}
