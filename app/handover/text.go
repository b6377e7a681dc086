package handover

import (
	"encoding/xml"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// readXML reads the answer in which Flickr gave its tokens of before OAuth. flickrapi kept it as a file.
func readXML(f file) ([]Found, error) {
	if !strings.HasPrefix(strings.TrimSpace(f.text), "<") || !strings.Contains(f.text, "<auth>") {
		return nil, nil
	}
	type auth struct {
		Token string `xml:"token"`
		Perms string `xml:"perms"`
		User  struct {
			ID   string `xml:"nsid,attr"`
			Name string `xml:"username,attr"`
		} `xml:"user"`
	}
	var answer struct {
		auth       // <auth> is the outermost element
		Auth *auth `xml:"auth"` // within <rsp>
	}
	tool := "flickrapi"
	if f.name == legacyTokenFile {
		tool = legacyTokenTool
	}
	if err := xml.Unmarshal([]byte(f.text), &answer); err != nil {
		broken := &BrokenError{Tool: tool, Reason: "not valid XML"}
		if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
			broken.Line = syntax.Line
		}
		return nil, broken
	}
	if answer.Auth != nil {
		answer.auth = *answer.Auth
	}
	found, err := one(tool, flickr,
		setting{name: "auth_token", value: answer.Token, text: f.text}, setting{name: "perms", value: answer.Perms},
		setting{name: "nsid", value: answer.User.ID}, setting{name: "username", value: answer.User.Name},
	)
	if err == nil && found == nil {
		err = &BrokenError{Tool: tool, Reason: "the token is missing"}
	}
	return found, err
}

// formBody matches a form-encoded body, or an address with a query.
var formBody = regexp.MustCompile(`\A(?:[^\s?]*\?)?(\w+=[^&#]*(?:&\w+=[^&#]*)+)(?:#.*)?\z`)

// readForm reads the answer of a service to the request for token credentials (RFC 5849 section 2.3). Its look-alikes,
// the answer with temporary credentials and the address that the browser ends on, hold no token that lasts.
func readForm(f file) ([]Found, error) {
	m := formBody.FindStringSubmatch(strings.Join(strings.Fields(f.text), ""))
	if m == nil || !strings.Contains("&"+m[1], "&oauth_token=") {
		return nil, nil
	}
	parameters, err := url.ParseQuery(m[1])
	if err != nil {
		return nil, &BrokenError{Reason: "a percent sign is not followed by two hexadecimal digits"}
	}
	if parameters.Has("oauth_callback_confirmed") || parameters.Has("oauth_verifier") ||
		parameters.Get("oauth_token_secret") == "" {
		return nil, unknown("a token of a sign-in that was not finished")
	}
	var all []setting
	for _, name := range []string{
		"oauth_consumer_key", "oauth_token", "oauth_token_secret", "username", "user_nsid", "perms",
	} {
		all = append(all, setting{name: name, value: parameters.Get(name)})
	}
	service := ""
	if parameters.Has("user_nsid") {
		service = flickr
	}
	return one("", service, all...)
}

// section is a part of a file of settings, all of it if it has no headings.
type section struct {
	name string // without brackets
	all  []setting
}

var (
	heading     = regexp.MustCompile(`^\[([^\]]*)\]\s*(?:[#;].*)?$`)
	quoted      = regexp.MustCompile(`([A-Za-z][\w.-]*)["']?\s*(?:=>|=|:)\s*[uU]?(?:'([^']*)'|"([^"]*)")`)
	unquoted    = regexp.MustCompile(`^(?:export\s+|set\s+|\$env:)?([A-Za-z][\w. -]*?)\s*[=:]\s*(.*?)$`)
	restOfLine  = regexp.MustCompile(`(?:\s+[#;].*|;)$`)
	commentMark = regexp.MustCompile(`^(?:#|;|//)`)
)

// settings takes NAME=VALUE apart, as it is written in files of settings, environments and programs: with an equals
// sign, a colon or an arrow, quoted or not, several in a line if they are quoted. "Name:" alone belongs to the next line.
func settings(text string) []section {
	sections := []section{{}}
	label := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		current := &sections[len(sections)-1]
		add := func(name, value string) {
			current.all = append(current.all, setting{name: name, value: value, line: i + 1})
		}
		if line == "" || commentMark.MatchString(line) {
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			sections = append(sections, section{name: m[1]})
			continue
		}
		if pairs := quoted.FindAllStringSubmatch(line, -1); pairs != nil {
			for _, m := range pairs {
				add(m[1], m[2]+m[3])
			}
		} else if m := unquoted.FindStringSubmatch(line); m != nil {
			if m[2] == "" {
				label = m[1]
				continue
			}
			add(m[1], restOfLine.ReplaceAllString(m[2], ""))
		} else if label != "" {
			add(label, line)
		}
		label = ""
	}
	return slices.DeleteFunc(sections, func(s section) bool { return len(s.all) == 0 })
}

// flickrDictionary matches the Python dictionary in uploadr.ini.
var flickrDictionary = regexp.MustCompile(`(?m)^[ \t]*FLICKR[ \t]*=[ \t]*\{`)

// readSettings reads files of settings and environments. Programs are read for their quoted texts, never executed.
func readSettings(f file) ([]Found, error) {
	var found []Found
	dictionary := flickrDictionary.MatchString(f.text)
	for _, s := range settings(f.text) {
		tool, service := f.ownerOf(s)
		if dictionary && tool == "" && s.has("api_key") {
			tool, service = "flickr-uploader", flickr
		}
		if tool == "flickcurl" && s.has("oauth_secret") {
			// What flickcurl -a writes: the secret of the key and an old token, under names that are not theirs.
			for i := range s.all {
				switch s.all[i].name {
				case "oauth_secret":
					s.all[i].name = "secret"
				case "oauth_token":
					s.all[i].name = "auth_token"
				}
			}
		}
		more, err := several(tool, service, s.all)
		if err != nil {
			return nil, err
		}
		if found = append(found, more...); len(found) >= maxFound {
			break
		}
	}
	return found, nil
}

// ownerOf tells the tools apart by the names of their settings.
func (f file) ownerOf(s section) (tool, service string) {
	switch {
	case s.name == flickr && !s.has("api_secret") &&
		(s.has("oauth_client_key") || s.has("oauth_token") || s.has("api_key")):
		return "flickcurl", flickr
	case s.name == "SMUGMUG":
		return "smuploader", smugmug
	case s.name == "DEFAULT" && s.has("api_key") && s.has("secret"):
		return "folders2flickr", flickr
	case s.name == "DEFAULT" && s.has("api_key") && s.has("api_secret"):
		return "flickrsyncr", flickr
	case s.name == "" && s.has("key") && s.has("secret") && (s.has("auth_token") || f.name == ".flickrrc"):
		return "flickr_upload", flickr
	case s.has("API_KEY") && s.has("API_SECRET"):
		if f.name == "flickr_keys.py" {
			return "flickr_api", flickr
		}
		return "", ""
	case s.has("API_KEY") && (f.name == "settings.py" || f.name == "tumblr_backup.py"):
		return "tumblr-backup", tumblr
	}
	return "", serviceIn(s.name)
}

func (s section) has(name string) bool {
	return slices.ContainsFunc(s.all, func(one setting) bool { return one.name == name })
}

const (
	legacyTokenFile = ".flickrtoken"
	legacyTokenTool = "flickr-uploader"
)

// bareValue matches what can be a key or token although no name says so.
var bareValue = regexp.MustCompile(`\A[A-Za-z0-9._~+/=-]{8,512}\z`)

// readBare reads values without names: one a line, or pasted beside each other.
func readBare(f file) ([]Found, error) {
	lines := strings.Split(strings.TrimSpace(f.text), "\n")
	if len(lines) == 1 {
		lines = strings.Fields(f.text)
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	tool := ""
	switch {
	case f.name == legacyTokenFile:
		tool = legacyTokenTool
	case f.name == ".flickr_token" || f.name == ".auth.txt" || f.name == "auth.txt":
		tool = "flickr_api"
	case len(lines) == 5 && faultOf(lines[0]) == "":
		tool, lines = "tumble.py", lines[1:] // after the name of a blog
	}
	for i, line := range lines {
		if fault := faultOf(line); fault != "" && tool != "" && tool != "tumble.py" {
			return nil, &BrokenError{Tool: tool, Line: i + 1, Reason: "the value " + fault}
		}
		if !isBare(line) && keyAndSecret.FindString(line) == "" {
			return nil, nil
		}
	}
	named := func(names ...string) []setting {
		var all []setting
		for i, name := range names {
			all = append(all, setting{name: name, value: lines[i], line: i + 1})
		}
		return all
	}
	first := lines[0]
	pair := keyAndSecret.FindStringSubmatch(first)
	switch {
	case tool == legacyTokenTool && len(lines) == 1:
		return one(tool, flickr, named("auth_token")...)
	case tool == "tumble.py":
		return one(tool, tumblr, named("consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret")...)
	case len(lines) == 4:
		service := ""
		if tool != "" || flickrToken.MatchString(lines[2]) {
			tool, service = "flickr_api", flickr
		}
		return one(tool, service, named("consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret")...)
	case len(lines) == 2 && (tool == "flickr_api" || f.name == "token" || flickrToken.MatchString(first)):
		if tool == "" && f.name != "token" {
			tool = "flickr_api"
		}
		return one(tool, "", named("oauth_token", "oauth_token_secret")...)
	case tool != "":
		return nil, &BrokenError{Tool: tool, Reason: "it has another number of lines than such files have"}
	case len(lines) == 2:
		return one("", "", named("consumer_key", "consumer_secret")...)
	case len(lines) == 1 && pair != nil:
		return one("Perkeep", flickr, setting{name: "key", value: pair[1]}, setting{name: "secret", value: pair[2]})
	case len(lines) == 1 && flickrKey.MatchString(first):
		return one("", "", named("consumer_key")...)
	}
	return nil, nil
}

// isBare keeps words of a sentence out: a key has digits in it, or is longer than words are.
func isBare(text string) bool {
	return bareValue.MatchString(text) && (strings.ContainsAny(text, "0123456789") || len(text) >= 24)
}
