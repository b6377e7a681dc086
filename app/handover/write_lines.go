package handover

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// lineFormat changes files of settings line by line, so that comments and order stay. Settings have one name, or two of
// which the first is that of a section.
type lineFormat struct {
	tool     string
	headings *headings      // nil if there are no sections
	setting  *regexp.Regexp // what is before the value, the name, the value, what is after it
	before   string         // what a new line begins with
	between  string         // its name and its value
	quotes   string         // around a value, and around one that the first kind could change; empty for none
	complete bool           // the tool needs an end of the last line
	anyCase  bool           // of names
	longest  int            // bytes of a line that the tool reads; 0 for any number
	parse    func(content []byte) (tree, error)
}

// headings are the lines that begin a section.
type headings struct {
	any, named    *regexp.Regexp // any matches all of them, named those that have a name to it
	before, after string         // around the name, in a new line
}

var (
	// Only the exact line counts for flickcurl, and the first of several.
	flickcurlHeadings = &headings{
		any: regexp.MustCompile(`^[ \t]*\[`), named: regexp.MustCompile(`^[ \t]*\[(.*)\]\r?\n?$`), before: "[", after: "]",
	}
	bracketHeadings = &headings{
		any:    regexp.MustCompile(`^[ \t]*\[`),
		named:  regexp.MustCompile(`^[ \t]*\[[ \t]*([^\]]*?)[ \t]*\][ \t]*(?:[#;].*)?\r?\n?$`),
		before: "[", after: "]",
	}
	yamlHeadings = &headings{
		any: regexp.MustCompile(`^[^\s#]`), named: regexp.MustCompile(`^["']?([\w.-]+)["']?[ \t]*:[ \t]*(?:#.*)?\r?\n?$`),
		after: ":",
	}
)

const quotedValue = `("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'](?:[^#\r\n]*[^\s#])?|)([ \t]*(?:[ \t][#;][^\r\n]*)?\r?\n?)$`

var (
	plainSetting  = regexp.MustCompile(`^([ \t]*([\w.-]+)[ \t]*[=:][ \t]*)([^\r\n]*)(\r?\n?)$`)
	quotedSetting = regexp.MustCompile(
		`^([ \t]*(?:export[ \t]+|\$env:)?["']?([\w.-]+)["']?[ \t]*[=:][ \t]*)` + quotedValue)
	outerSetting = regexp.MustCompile(`^(["']?([\w.-]+)["']?[ \t]*:[ \t]*)` + quotedValue) // without indentation
)

var (
	flickcurlFormat = lineFormat{
		tool: "flickcurl", headings: flickcurlHeadings, setting: plainSetting, between: "=", complete: true, longest: 255,
	}
	iniFormat = lineFormat{
		tool: "smuploader", headings: bracketHeadings, setting: plainSetting, between: " = ", complete: true, anyCase: true,
	}
	environmentFormat = lineFormat{setting: quotedSetting, between: "=", quotes: `"'`, complete: true}
	powershellFormat  = lineFormat{
		setting: quotedSetting, before: "$env:", between: " = ", quotes: `''`, complete: true, anyCase: true,
	}
	tomlFormat = lineFormat{
		tool: "smugmug-backup", headings: bracketHeadings, setting: quotedSetting, between: " = ", quotes: `"'`,
		parse: parseTOML,
	}
)

// yamlFormat is for settings at the outermost level, or for those in sections such as "flickr:".
func yamlFormat(tool string, sections bool) lineFormat {
	f := lineFormat{tool: tool, setting: outerSetting, between: ": ", quotes: `"'`, parse: parseYAML}
	if sections {
		f.headings, f.setting, f.before = yamlHeadings, quotedSetting, "    "
	}
	return f
}

var errCannotChange = errors.New("it is written in a way that Photolink cannot change")

func (f lineFormat) broken(reason string) error { return &BrokenError{Tool: f.tool, Reason: reason} }

func (f lineFormat) read(content []byte, names [][]string) ([][]string, error) {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, f.broken("it is not UTF-8 text")
	}
	values := make([][]string, len(names))
	root, err := f.tree(content)
	if err != nil {
		return nil, err
	}
	text := f.lines(content)
	for i, name := range names {
		if f.parse != nil {
			values[i] = valuesAt(root, name)
		} else if at := text.all(name); at != nil {
			values[i] = []string{text.value(at[len(at)-1])}
		}
	}
	return values, nil
}

func (f lineFormat) set(content []byte, pairs []pair) ([]byte, error) {
	text := f.lines(content)
	for _, p := range pairs {
		if p.keep && text.all(p.name) != nil {
			continue
		}
		text.set(p, pairs)
		if at := text.all(p.name); f.longest > 0 && at != nil && len(text.lines[at[0]]) > f.longest {
			return nil, f.broken("a line would be longer than the tool can read")
		}
	}
	if last := len(text.lines) - 1; f.complete && last >= 0 {
		text.end(last)
	}
	after := []byte(strings.Join(text.lines, ""))
	return after, f.sameRest(content, after, pairs)
}

func (f lineFormat) remove(content []byte, pairs []pair) ([]byte, error) {
	text := f.lines(content)
	text.remove(pairs)
	after := []byte(strings.Join(text.lines, ""))
	if err := f.sameRest(content, after, pairs); err != nil || len(bytes.TrimSpace(after)) == 0 {
		return nil, err
	}
	return after, nil
}

// tree is what a parser makes of the file.
func (f lineFormat) tree(content []byte) (tree, error) {
	if f.parse == nil {
		return nil, nil
	}
	root, err := f.parse(content)
	if broken, ok := errors.AsType[*BrokenError](err); ok {
		broken.Tool = f.tool
	}
	return root, err
}

// sameRest makes sure that no other setting became another: lines can mean something else than they seem to.
func (f lineFormat) sameRest(before, after []byte, pairs []pair) error {
	was, err := f.tree(before)
	if err != nil {
		return err
	}
	is, err := f.tree(after)
	if err != nil {
		return f.broken(errCannotChange.Error())
	}
	for _, p := range pairs {
		deleteAt(was, p.name)
		deleteAt(is, p.name)
	}
	if len(was)+len(is) > 0 && !reflect.DeepEqual(was, is) {
		return f.broken(errCannotChange.Error())
	}
	return nil
}

// deleteAt takes a setting out of a tree, and its section if nothing else is in it.
func deleteAt(root tree, name []string) {
	if len(name) > 1 {
		section, _ := root[name[0]].(tree)
		delete(section, name[1])
		if len(section) > 0 {
			return
		}
	}
	delete(root, name[0])
}

func parseTOML(content []byte) (tree, error) {
	text := string(content)
	if strings.HasPrefix(text, "\ufeff") {
		return nil, &BrokenError{Line: 1, Reason: "it begins with a byte order mark, which the tool does not accept"}
	}
	if len(text) > maxParsed || strings.Count(text, "[")+strings.Count(text, "{")+strings.Count(text, ".") > maxNested {
		return nil, &BrokenError{Reason: "it is larger than such files are"}
	}
	var root tree
	if _, err := toml.Decode(text, &root); err != nil {
		broken := &BrokenError{Reason: "not valid TOML"}
		if syntax, ok := errors.AsType[toml.ParseError](err); ok {
			broken.Line = syntax.Position.Line
		}
		return nil, broken
	}
	return root, nil
}

func parseYAML(content []byte) (tree, error) {
	if len(content) > maxParsed {
		return nil, &BrokenError{Reason: "it is larger than such files are"}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		broken := &BrokenError{Reason: "not valid YAML"}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			broken.Line, _ = strconv.Atoi(m[1])
		}
		return nil, broken
	}
	switch root := fromYAML(&document, 0).(type) {
	case tree:
		return root, nil
	case nil:
		return tree{}, nil
	}
	return nil, &BrokenError{Reason: "it is not a list of names and values"}
}

// lineText is a text that is being changed.
type lineText struct {
	lineFormat
	lines   []string // each with its end
	newline string
}

func (f lineFormat) lines(content []byte) *lineText {
	t := &lineText{lineFormat: f, newline: "\n"}
	if len(content) > 0 {
		t.lines = slices.Collect(strings.Lines(string(content)))
	}
	if len(t.lines) > 0 && strings.HasSuffix(t.lines[0], "\r\n") {
		t.newline = "\r\n"
	}
	return t
}

// section returns the lines of a section, its heading included; of all lines where there are no sections.
func (t *lineText) section(name []string) (start, end int, ok bool) {
	if len(name) == 1 {
		return 0, len(t.lines), true
	}
	for i, line := range t.lines {
		switch m := t.headings.named.FindStringSubmatch(line); {
		case ok && t.headings.any.MatchString(line):
			return start, i, true
		case !ok && m != nil && m[1] == name[0]:
			start, ok = i, true
		}
	}
	return start, len(t.lines), ok
}

// all finds the lines of a setting.
func (t *lineText) all(name []string) []int {
	start, end, ok := t.section(name)
	if !ok {
		return nil
	}
	var found []int
	for i := start; i < end; i++ {
		if m := t.setting.FindStringSubmatch(t.lines[i]); m != nil {
			last := name[len(name)-1]
			if m[2] == last || t.anyCase && strings.EqualFold(m[2], last) {
				found = append(found, i)
			}
		}
	}
	return found
}

func (t *lineText) value(line int) string {
	value := t.setting.FindStringSubmatch(t.lines[line])[3]
	if t.quotes != "" && len(value) > 1 && (value[0] == '"' || value[0] == '\'') {
		value = value[1 : len(value)-1]
	}
	return value
}

// quoted writes a value. Shells look for these characters within double quotes.
func (t *lineText) quoted(p pair) string {
	if t.quotes == "" || p.bare {
		return p.values[0]
	}
	quote := t.quotes[:1]
	if strings.ContainsAny(p.values[0], "$`!") {
		quote = t.quotes[1:]
	}
	return quote + p.values[0] + quote
}

// set changes the line of a setting, or adds one after its siblings.
func (t *lineText) set(p pair, siblings []pair) {
	found := t.all(p.name)
	for _, i := range found {
		m := t.setting.FindStringSubmatch(t.lines[i])
		before := m[1]
		if t.parse != nil && strings.HasSuffix(before, ":") {
			before += " "
		}
		t.lines[i] = before + t.quoted(p) + m[4]
	}
	if found != nil {
		return
	}
	line := t.before + p.name[len(p.name)-1] + t.between + t.quoted(p)
	start, end, ok := t.section(p.name)
	if !ok {
		t.addSection(p.name[0], line)
		return
	}
	after := start - 1
	for i := start; i < end; i++ {
		if strings.TrimSpace(t.lines[i]) != "" {
			after = i
		}
	}
	last := -1
	for _, s := range siblings {
		if (!s.keep || p.keep) && len(s.name) == len(p.name) && (len(p.name) == 1 || s.name[0] == p.name[0]) {
			for _, i := range t.all(s.name) {
				last = max(last, i)
			}
		}
	}
	if last >= 0 {
		after = last
	}
	t.insert(after+1, t.indented(line, start, end))
}

// indented gives a line of a section as much space as the first setting there has.
func (t *lineText) indented(line string, start, end int) string {
	if t.headings == nil {
		return line
	}
	for _, other := range t.lines[start+1 : end] {
		if t.setting.MatchString(other) {
			return other[:len(other)-len(strings.TrimLeft(other, " \t"))] + strings.TrimLeft(line, " ")
		}
	}
	return line
}

// addSection adds a section at the end, after an empty line.
func (t *lineText) addSection(name, line string) {
	if len(t.lines) > 0 {
		t.insert(len(t.lines), "")
	}
	t.insert(len(t.lines), t.headings.before+name+t.headings.after)
	t.insert(len(t.lines), line)
}

// insert adds a line. Where the last line has no end, the new last line has none either.
func (t *lineText) insert(at int, line string) {
	open := at == len(t.lines) && at > 0 && !strings.HasSuffix(t.lines[at-1], "\n")
	if at > 0 {
		t.end(at - 1)
	}
	if !open {
		line += t.newline
	}
	t.lines = slices.Insert(t.lines, at, line)
}

// end ends a line.
func (t *lineText) end(line int) {
	if !strings.HasSuffix(t.lines[line], "\n") {
		t.lines[line] += t.newline
	}
}

// remove takes out the lines of settings, and the headings of sections that have no others.
func (t *lineText) remove(pairs []pair) {
	gone := make([]bool, len(t.lines))
	for _, p := range pairs {
		for _, i := range t.all(p.name) {
			// What is written without quotes, such as true, people write too: it goes only from where it was added.
			gone[i] = !p.keep || !p.bare || i > 0 && gone[i-1]
		}
	}
	for _, p := range pairs {
		if start, end, ok := t.section(p.name); ok && len(p.name) > 1 {
			t.removeEmpty(start, end, gone)
		}
	}
	last := len(t.lines) - 1
	open := last >= 0 && gone[last] && !strings.HasSuffix(t.lines[last], "\n")
	var left []string
	for i, line := range t.lines {
		if !gone[i] {
			left = append(left, line)
		}
	}
	if n := len(left); open && n > 0 {
		left[n-1] = strings.TrimRight(left[n-1], "\r\n")
	}
	t.lines = left
}

// removeEmpty takes out a section that has become empty, with the empty line before it.
func (t *lineText) removeEmpty(start, end int, gone []bool) {
	if gone[start] {
		return
	}
	for i := start + 1; i < end; i++ {
		if !gone[i] && strings.TrimSpace(t.lines[i]) != "" {
			return
		}
	}
	gone[start] = true
	switch {
	case start == 0:
		for i := range end {
			gone[i] = true
		}
	case strings.TrimSpace(t.lines[start-1]) == "":
		gone[start-1] = true
	}
}
