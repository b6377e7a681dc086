package handover

import (
	"regexp"
	"strings"

	"photolink/oauth"
)

const (
	maxValue = 512 // bytes of a key or token
	maxName  = 200 // characters of a person's name
)

// part is one of the things that a setting can hold.
type part int

const (
	clientKey part = iota
	clientSecret
	token
	tokenSecret
	legacyToken
	userName
	userID
	permission
	parts // their number
)

// partNames say it in words, for errors.
var partNames = [parts]string{
	"key", "secret", "token", "token secret", "old token", "user name", "user id", "permission",
}

// meanings are the names that tools and libraries use, in lower case and without anything but letters.
var meanings = map[string]part{
	"apikey":         clientKey,
	"consumerkey":    clientKey,
	"clientkey":      clientKey,
	"oauthclientkey": clientKey, "oauthconsumerkey": clientKey,

	"apisecret":         clientSecret,
	"consumersecret":    clientSecret,
	"clientsecret":      clientSecret,
	"oauthclientsecret": clientSecret, "oauthconsumersecret": clientSecret,

	"accesstoken":    token,
	"accesstokenkey": token,
	"oauthtoken":     token, "oauthaccesstoken": token,
	"usertoken": token,

	"accesstokensecret": tokenSecret,
	"oauthtokensecret":  tokenSecret, "oauthaccesstokensecret": tokenSecret,
	"tokensecret": tokenSecret,
	"usersecret":  tokenSecret,

	"authtoken": legacyToken,
	"username":  userName,
	"userid":    userID, "usernsid": userID, "nsid": userID,
	"perms": permission, "permission": permission, "permissions": permission,
}

// weakMeanings are names that other things have too. Alone they mean nothing, and they yield to the names above.
var weakMeanings = map[string]part{
	"key":       clientKey,
	"secret":    clientSecret,
	"secretkey": clientSecret,
	"token":     token,
}

// prefixes of names say whose they are.
var prefixes = []struct{ prefix, tool, service string }{
	{"smgmgbk", "smugmug-backup", smugmug},
	{flickr, "", flickr},
	{smugmug, "", smugmug},
	{tumblr, "", tumblr},
}

var (
	flickrKey    = regexp.MustCompile(`\A[0-9a-f]{32}\z`)
	flickrSecret = regexp.MustCompile(`\A[0-9a-f]{16}\z`)
	flickrToken  = regexp.MustCompile(`\A[0-9]{8,24}-[0-9a-f]{16}\z`) // with OAuth and before it
	flickrUser   = regexp.MustCompile(`\A[0-9]+@N[0-9]{2}\z`)
	keyAndSecret = regexp.MustCompile(`\A([0-9a-f]{32}):([0-9a-f]{16})\z`)
	notLetters   = regexp.MustCompile(`[^a-z]+`)
)

// setting is a name with its value.
type setting struct {
	name, value string
	line        int    // 0 when it is not known
	text        string // the file, where the line can be looked up; can be empty
}

// lineNumber finds the line of a value, if it is written without escapes. Only errors need it.
func (s setting) lineNumber() int {
	if at := strings.Index(s.text, s.value); s.line == 0 && at >= 0 && s.text != "" {
		return lineAt(s.text, int64(at))
	}
	return s.line
}

// plain is the name as the tables above have it.
func (s setting) plain() string { return notLetters.ReplaceAllString(strings.ToLower(s.name), "") }

// values are what the settings of one service hold.
type values struct {
	text [parts]string
	weak [parts]bool // found by a weak name only
}

// gather sorts settings by meaning; of several with the same meaning the first counts. What is wrong with a value breaks
// the file, unless many kinds of files have settings of that name.
func gather(tool string, all []setting) (values, error) {
	var v values
	for _, table := range []map[string]part{meanings, weakMeanings} {
		for _, s := range all {
			p, ok := table[s.plain()]
			value := strings.TrimSpace(s.value)
			if !ok || value == "" || v.text[p] != "" {
				continue
			}
			_, strong := meanings[s.plain()]
			switch fault := faultOf(value); {
			case p == userName:
				value = clean(value)
			case fault == "":
			case p > legacyToken || !strong && tool == "":
				continue
			default:
				return values{}, &BrokenError{Tool: tool, Line: s.lineNumber(), Reason: "the " + partNames[p] + " " + fault}
			}
			v.text[p], v.weak[p] = value, !strong
		}
	}
	v.text[userID] = strings.Replace(v.text[userID], "%40N", "@N", 1) // some programs keep it escaped
	return v, nil
}

// faultOf says why a text cannot be a key or token.
func faultOf(value string) string {
	switch {
	case len(value) > maxValue:
		return "is longer than 512 bytes"
	case strings.ContainsAny(value, " \t\r\n\v\f"):
		return "has white space inside"
	case strings.ContainsFunc(value, func(r rune) bool { return r < 0x21 || r > 0x7e }), strings.ContainsAny(value, `"'\<>`):
		return "has characters that keys and tokens do not have"
	}
	return ""
}

// find makes a Found, if there is enough for one. Without a service, weak names count in pairs only.
func (v values) find(tool, service string) []Found {
	isFlickr := flickrKey.MatchString(v.text[clientKey]) && flickrSecret.MatchString(v.text[clientSecret]) ||
		flickrToken.MatchString(v.text[token]) || flickrToken.MatchString(v.text[legacyToken]) ||
		flickrUser.MatchString(v.text[userID])
	if service == "" && isFlickr {
		service = flickr
	}
	if service != flickr {
		v.text[legacyToken] = "" // the name has other uses elsewhere
	}
	enough := func(p, secret part) bool {
		return v.text[p] != "" && (service != "" || !v.weak[p] || v.text[secret] != "")
	}
	if !enough(clientKey, clientSecret) && !enough(token, tokenSecret) && v.text[legacyToken] == "" {
		return nil
	}
	return []Found{{
		Tool: tool, Service: service,
		Client:      oauth.ClientCredentials{Key: v.text[clientKey], Secret: oauth.Secret(v.text[clientSecret])},
		Token:       oauth.TokenCredentials{Token: v.text[token], Secret: oauth.Secret(v.text[tokenSecret])},
		LegacyToken: oauth.Secret(v.text[legacyToken]),
		UserName:    v.text[userName], UserID: v.text[userID], Permission: v.text[permission],
	}}
}

// one makes a Found of settings that belong to one tool and one service.
func one(tool, service string, all ...setting) ([]Found, error) {
	v, err := gather(tool, all)
	if err != nil {
		return nil, err
	}
	return v.find(tool, service), nil
}

// several makes a Found for each service that the names name, such as FLICKR_API_KEY. Names without one belong to
// service.
func several(tool, service string, all []setting) ([]Found, error) {
	type owner struct{ tool, service string }
	var owners []owner
	groups := map[owner][]setting{}
	for _, s := range all {
		o, name := owner{tool, service}, s.plain()
		for _, p := range prefixes {
			if rest, ok := strings.CutPrefix(name, p.prefix); ok && rest != "" {
				o = owner{tool, p.service}
				if tool == "" {
					o.tool = p.tool
				}
				s.name = rest
				break
			}
		}
		if _, ok := groups[o]; !ok {
			owners = append(owners, o)
		}
		groups[o] = append(groups[o], s)
	}
	var found []Found
	for _, o := range owners {
		more, err := one(o.tool, o.service, groups[o]...)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// serviceIn returns the service that a name of a section or object names.
func serviceIn(name string) string {
	name = strings.ToLower(name)
	for _, service := range []string{flickr, smugmug, tumblr} {
		if strings.Contains(name, service) {
			return service
		}
	}
	return ""
}
