package handover

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

const (
	maxParsed = 64 << 10 // bytes of YAML and TOML; the parsers take their time, and settings are short
	maxNested = 2_000    // signs in TOML that go one level deeper; its parser takes time by their square
)

// tree is an object of JSON, YAML or TOML. Its values are string, json.Number, tree, []any, or of no interest.
type tree = map[string]any

// format is how a tree is written.
type format int

const (
	formatJSON format = iota
	formatTOML
	formatYAML
)

// jsonMarks tell whose file it is when the JSON is broken.
var jsonMarks = []struct{ mark, tool string }{
	{`"extractor"`, "gallery-dl"},
	{`"OAuthCallbackUrl"`, "TumblThree"},
	{`"oauth_consumer_key"`, "tumblr-backup"},
	{`"access_token": [`, "smugcli"},
}

// readJSON reads JSON as strictly as the tools do. What is broken and of no known tool is left to readSettings: it
// may be a piece of a program.
func readJSON(f file) ([]Found, error) {
	root, err := decodeJSON(f.text)
	if err == nil {
		return fromTree(f, root, formatJSON)
	}
	if strings.HasPrefix(strings.TrimSpace(f.text), "{") {
		for _, m := range jsonMarks {
			if strings.Contains(f.text, m.mark) {
				return nil, brokenJSON(m.tool, f.text, err)
			}
		}
	}
	return nil, nil
}

// refuseJSON is for broken JSON in which nobody found anything.
func refuseJSON(f file) ([]Found, error) {
	text := strings.TrimSpace(f.text)
	if _, err := decodeJSON(f.text); err != nil && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, `["`)) {
		return nil, brokenJSON("", f.text, err)
	}
	return nil, nil
}

func decodeJSON(text string) (any, error) {
	var root any
	if err := json.Unmarshal([]byte(text), new(json.RawMessage)); err != nil {
		return nil, err // whole text, which a Decoder does not check
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&root)
	return root, err
}

func brokenJSON(tool, text string, err error) error {
	broken := &BrokenError{Tool: tool, Reason: "not valid JSON"}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		broken.Line = lineAt(text, syntax.Offset-1)
	}
	return broken
}

var tomlTable = regexp.MustCompile(`(?m)^[ \t]*\[[ \t]*(authentication|extractor)\b`)

// readTOML reads the settings of smugmug-backup, and of gallery-dl where it is set to TOML.
func readTOML(f file) ([]Found, error) {
	table := tomlTable.FindStringSubmatch(f.text)
	if table == nil || strings.HasPrefix(strings.TrimSpace(f.text), "{") {
		return nil, nil
	}
	tool := "smugmug-backup"
	if table[1] == "extractor" {
		tool = "gallery-dl"
	}
	if len(f.text) > maxParsed {
		return nil, &BrokenError{Tool: tool, Reason: "it is larger than such files are"}
	}
	if strings.Count(f.text, "[")+strings.Count(f.text, "{")+strings.Count(f.text, ".") > maxNested {
		return nil, &BrokenError{Tool: tool, Reason: "it is nested too deeply"}
	}
	var root tree
	if _, err := toml.Decode(f.text, &root); err != nil {
		broken := &BrokenError{Tool: tool, Reason: "not valid TOML"}
		if syntax, ok := errors.AsType[toml.ParseError](err); ok {
			broken.Line = syntax.Position.Line
		}
		return nil, broken
	}
	return fromTree(f, root, formatTOML)
}

// yamlTools are the tools whose files are YAML, by name: what is broken in another file may be no YAML at all.
var yamlTools = map[string]string{
	".flickr_download": "flickr-download", ".tumblr": "pytumblr", ".pytumblr": "pytumblr", "config.yml": "flickr-cli",
}

var (
	yamlStart = regexp.MustCompile(`\A(?:\s*(?:#|---|%YAML)[^\n]*\n)*\s*["']?[A-Za-z][\w .-]*["']?[ \t]*:(?:\s|\z)`)
	yamlLine  = regexp.MustCompile(`line (\d+)`)
)

// readYAML reads a mapping. A name without quotes or a number is taken as it is written.
func readYAML(f file) ([]Found, error) {
	if len(f.text) > maxParsed || !yamlStart.MatchString(f.text) {
		return nil, nil
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(f.text), &document); err != nil {
		tool := yamlTools[f.name]
		if tool == "" {
			return nil, nil
		}
		broken := &BrokenError{Tool: tool, Reason: "not valid YAML"}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			broken.Line, _ = strconv.Atoi(m[1])
		}
		return nil, broken
	}
	return fromTree(f, fromYAML(&document, 0), formatYAML)
}

// fromYAML turns nodes into a tree. References to other nodes are left out: a few of them can stand for millions.
func fromYAML(node *yaml.Node, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch node.Kind {
	case yaml.DocumentNode:
		return fromYAML(node.Content[0], depth)
	case yaml.MappingNode:
		t := tree{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			t[node.Content[i].Value] = fromYAML(node.Content[i+1], depth+1)
		}
		return t
	case yaml.SequenceNode:
		var list []any
		for _, item := range node.Content {
			list = append(list, fromYAML(item, depth+1))
		}
		return list
	case yaml.ScalarNode:
		if node.Tag != "!!null" {
			return node.Value
		}
	}
	return nil
}

// fromTree tells the tools apart by the names that they use.
func fromTree(f file, value any, written format) ([]Found, error) {
	root, _ := value.(tree)
	isYAML := written == formatYAML
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { _, ok := root[name]; return !ok })
	}
	all := f.settings(root)
	switch {
	case has("extractor"):
		extractor, _ := root["extractor"].(tree)
		return f.fromGalleryDL(extractor)
	case written == formatTOML && has("authentication"):
		authentication, _ := root["authentication"].(tree)
		return one("smugmug-backup", smugmug, f.settings(authentication)...)
	case isList(root["api_key"]) || isList(root["access_token"]):
		return f.fromSmugcli(root)
	case has("OAuthToken") || has("OAuthCallbackUrl") || has("ApiKey", "SecretKey"):
		return one("TumblThree", tumblr, f.settings(root, "ApiKey", "SecretKey", "OAuthToken", "OAuthTokenSecret")...)
	case has("access_token_key", "access_token_secret", "api_key"):
		return one("flickr_api", flickr, all...)
	case written == formatJSON && len(all) == 1 && has("oauth_consumer_key"):
		return one("tumblr-backup", tumblr, all...)
	case isYAML && has("api_key", "api_secret") && (has("user_auth") || yamlTools[f.name] == "flickr-download"):
		return one("flickr-download", flickr, all...)
	case isYAML && has("consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret"):
		return one("pytumblr", tumblr, all...)
	}
	if pair, ok := root[flickr].(string); ok {
		if m := keyAndSecret.FindStringSubmatch(pair); m != nil {
			return one("Perkeep", flickr, setting{name: "key", value: m[1]}, setting{name: "secret", value: m[2]})
		}
	}
	tool := ""
	if section, ok := root[flickr].(tree); ok && isYAML && section["consumer_key"] != nil {
		tool = "flickr-cli"
	}
	var found []Found
	err := f.walk(value, tool, "", 0, &found)
	return found, err
}

// walk looks into objects within objects, which may be named after a service.
func (f file) walk(value any, tool, service string, depth int, found *[]Found) error {
	if depth > maxDepth || len(*found) >= maxFound {
		return nil
	}
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if err := f.walk(item, tool, service, depth+1, found); err != nil {
				return err
			}
		}
	case tree:
		more, err := several(tool, service, f.settings(value))
		if err != nil {
			return err
		}
		*found = append(*found, more...)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			inner := service
			if named := serviceIn(name); named != "" {
				inner = named
			}
			if err := f.walk(value[name], tool, inner, depth+1, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// fromGalleryDL looks up each site as gallery-dl does: what is set for the site or one of its subcategories goes before
// what is set for all. A subcategory counts if it has a setting of its own.
func (f file) fromGalleryDL(extractor tree) ([]Found, error) {
	tool := "gallery-dl"
	names := []string{"api-key", "api-secret", "access-token", "access-token-secret"}
	common := f.settings(extractor, names...)
	var found []Found
	add := func(service string, all ...setting) error {
		if len(found) >= maxFound {
			return nil
		}
		all = slices.DeleteFunc(all, func(s setting) bool {
			return s.value == "cache" && strings.HasPrefix(s.name, "access-token") // stands for gallery-dl's own database
		})
		more, err := one(tool, service, all...)
		for _, m := range more {
			if !slices.Contains(found, m) {
				found = append(found, m)
			}
		}
		return err
	}
	sites := 0
	for _, service := range []string{flickr, smugmug, tumblr} {
		site, ok := extractor[service].(tree)
		if !ok {
			continue
		}
		sites++
		own := f.settings(site, names...)
		if err := add(service, slices.Concat(own, common)...); err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(site)) {
			subcategory, _ := site[name].(tree)
			if inner := f.settings(subcategory, names...); len(inner) > 0 {
				if err := add(service, slices.Concat(inner, own, common)...); err != nil {
					return nil, err
				}
			}
		}
	}
	if sites == 0 {
		if err := add("", common...); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// fromSmugcli reads lists of two.
func (f file) fromSmugcli(root tree) ([]Found, error) {
	var all []setting
	for _, pair := range [][2]string{{"api_key", "api_secret"}, {"access_token", "access_token_secret"}} {
		list, ok := root[pair[0]].([]any)
		if !ok {
			continue
		}
		if len(list) != 2 {
			return nil, &BrokenError{Tool: "smugcli", Reason: pair[0] + " is not a list of two"}
		}
		all = append(all, f.settings(tree{pair[0]: list[0], pair[1]: list[1]})...)
	}
	return one("smugcli", smugmug, all...)
}

// longNumber matches a secret of digits alone that was written without quotes.
var longNumber = regexp.MustCompile(`\A[0-9]{8,}\z`)

// settings returns the texts in an object: all of them, or those of some names.
func (f file) settings(object tree, names ...string) []setting {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(object))
	}
	var all []setting
	for _, name := range names {
		text, ok := object[name].(string)
		if number, isNumber := object[name].(json.Number); isNumber && longNumber.MatchString(number.String()) {
			text, ok = number.String(), true
		}
		if ok {
			all = append(all, setting{name: name, value: text, text: f.text})
		}
	}
	return all
}

func isList(value any) bool {
	_, ok := value.([]any)
	return ok
}
