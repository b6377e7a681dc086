package handover

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// jsonFormat changes objects of JSON in the text: people keep comments in the form of repeated names, an order and a
// layout, which all would be lost on the way through a map.
type jsonFormat struct {
	tool  string
	empty string // a new file, before the settings go in
}

func (f jsonFormat) read(content []byte, names [][]string) ([][]string, error) {
	values := make([][]string, len(names))
	if len(bytes.TrimSpace(content)) == 0 {
		return values, nil
	}
	root, err := f.decode(content)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		values[i] = valuesAt(root, name)
	}
	return values, nil
}

func (f jsonFormat) decode(content []byte) (tree, error) {
	if bytes.HasPrefix(content, []byte("\ufeff")) {
		return nil, &BrokenError{Tool: f.tool, Line: 1, Reason: "it begins with a byte order mark, which the tool does not accept"}
	}
	decoded, err := decodeJSON(string(content))
	if err != nil {
		return nil, brokenJSON(f.tool, string(content), err)
	}
	root, ok := decoded.(tree)
	if !ok {
		return nil, &BrokenError{Tool: f.tool, Line: 1, Reason: "it is not a JSON object"}
	}
	return root, nil
}

// valuesAt finds a text, or a list of texts, in a tree. What is there, but neither, has one empty value.
func valuesAt(root tree, name []string) []string {
	var value any = root
	for _, part := range name {
		object, _ := value.(tree)
		inner, ok := object[part]
		if !ok {
			return nil
		}
		value = inner
	}
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		values := make([]string, len(value))
		for i := range value {
			values[i], _ = value[i].(string)
		}
		return values
	}
	return []string{""}
}

func (f jsonFormat) set(content []byte, pairs []pair) ([]byte, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		content = []byte(f.empty)
	}
	if _, err := f.decode(content); err != nil {
		return nil, err
	}
	for _, p := range pairs {
		value := jsonText(p.values[0])
		if len(p.values) > 1 {
			var items []string
			for _, v := range p.values {
				items = append(items, jsonText(v))
			}
			value = "[" + strings.Join(items, ", ") + "]"
		}
		changed, err := jsonEdit{text: string(content)}.set(p.name, value)
		if err != nil {
			return nil, &BrokenError{Tool: f.tool, Reason: err.Error()}
		}
		content = []byte(changed)
	}
	return content, nil
}

func (f jsonFormat) remove(content []byte, pairs []pair) ([]byte, error) {
	if _, err := f.decode(content); err != nil {
		return nil, err
	}
	text := string(content)
	for _, p := range pairs {
		text = jsonEdit{text: text}.remove(p.name)
	}
	if left, err := f.decode([]byte(text)); err != nil || len(left) == 0 {
		return nil, err
	}
	return []byte(text), nil
}

func jsonText(value string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a string can always be encoded
	return strings.TrimSpace(text.String())
}

// jsonEdit changes one member of an object in a text that is valid JSON, and no other byte.
type jsonEdit struct{ text string }

// jsonMember is a member of an object: offsets into the text.
type jsonMember struct {
	name                                 string
	nameStart, nameEnd, valueStart, next int // next is the end of the value
}

const jsonSpace = " \t\r\n"

func (e jsonEdit) skipSpace(at int) int {
	return len(e.text) - len(strings.TrimLeft(e.text[at:], jsonSpace))
}

// skipString returns the end of the string that begins at an offset.
func (e jsonEdit) skipString(at int) int {
	for at++; e.text[at] != '"'; at++ {
		if e.text[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// skipValue returns the end of the value that begins at an offset.
func (e jsonEdit) skipValue(at int) int {
	depth := 0
	for at < len(e.text) {
		switch e.text[at] {
		case '"':
			at = e.skipString(at)
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		default:
			at++
			if depth == 0 && (at == len(e.text) || strings.IndexByte(jsonSpace+",]}", e.text[at]) >= 0) {
				return at
			}
			continue
		}
		if depth == 0 {
			return at
		}
	}
	return at
}

// members lists what is in the object that begins at an offset.
func (e jsonEdit) members(at int) []jsonMember {
	var all []jsonMember
	for at = e.skipSpace(at + 1); e.text[at] == '"'; {
		m := jsonMember{nameStart: at, nameEnd: e.skipString(at)}
		_ = json.Unmarshal([]byte(e.text[m.nameStart:m.nameEnd]), &m.name)
		m.valueStart = e.skipSpace(e.skipSpace(m.nameEnd) + 1) // after the colon
		m.next = e.skipValue(m.valueStart)
		all = append(all, m)
		if at = e.skipSpace(m.next); e.text[at] == ',' {
			at = e.skipSpace(at + 1)
		}
	}
	return all
}

// lastOf finds a member by its name. Of several of the same name, all readers go by the last.
func lastOf(members []jsonMember, name string) int {
	for i := len(members) - 1; i >= 0; i-- {
		if members[i].name == name {
			return i
		}
	}
	return -1
}

// set replaces the value of a member, or adds it with the objects that it is in.
func (e jsonEdit) set(name []string, value string) (string, error) {
	at := e.skipSpace(0)
	for depth := range name {
		if e.text[at] != '{' {
			return "", errors.New(strings.Join(name[:depth], ".") + " is not an object")
		}
		members := e.members(at)
		i := lastOf(members, name[depth])
		if i < 0 {
			return e.insert(at, members, name[depth:], value), nil
		}
		if depth == len(name)-1 {
			return e.text[:members[i].valueStart] + value + e.text[members[i].next:], nil
		}
		at = members[i].valueStart
	}
	return e.text, nil
}

// insert adds a member at the end of an object, laid out as the one before it.
func (e jsonEdit) insert(object int, members []jsonMember, name []string, value string) string {
	newline, unit := "\n", e.unit()
	if strings.Contains(e.text, "\r\n") {
		newline = "\r\n"
	}
	colon := ": "
	if len(members) > 0 {
		last := members[len(members)-1]
		gap := e.text[:last.nameStart]
		gap = gap[len(strings.TrimRight(gap, jsonSpace)):]
		if between := e.text[last.nameEnd:last.valueStart]; !strings.Contains(between, "\n") {
			colon = between
		}
		lead := gap
		if i := strings.LastIndexByte(gap, '\n'); i >= 0 {
			lead = newline + gap[i+1:]
		} else if len(members) == 1 && colon != ":" {
			lead = " "
		}
		return e.text[:last.next] + "," + lead + nested(name, value, lead, unit, colon) + e.text[last.next:]
	}
	end := e.skipSpace(object + 1)
	if object != e.skipSpace(0) && !strings.Contains(strings.TrimSpace(e.text), "\n") {
		return e.text[:object+1] + nested(name, value, "", "", colon) + e.text[end:] // the whole file is one line
	}
	line := e.text[strings.LastIndexByte(e.text[:object], '\n')+1 : object]
	indent := newline + line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	lead := indent + unit
	return e.text[:object+1] + lead + nested(name, value, lead, unit, colon) + indent + e.text[end:]
}

// nested writes a member and the objects around it. lead is what stands before the outermost.
func nested(name []string, value, lead, unit, colon string) string {
	head := jsonText(name[0]) + colon
	switch {
	case len(name) == 1:
		return head + value
	case !strings.Contains(lead, "\n"):
		return head + "{" + nested(name[1:], value, "", unit, colon) + "}"
	}
	return head + "{" + lead + unit + nested(name[1:], value, lead+unit, unit, colon) + lead + "}"
}

// unit is by how much each level is indented: as much as the first.
func (e jsonEdit) unit() string {
	members := e.members(e.skipSpace(0))
	if len(members) == 0 {
		return "    "
	}
	before := e.text[:members[0].nameStart]
	if gap := before[len(strings.TrimRight(before, jsonSpace)):]; strings.Contains(gap, "\n") {
		return gap[strings.LastIndexByte(gap, '\n')+1:]
	}
	return "    "
}

// remove takes out a member, and the objects around it that have no other.
func (e jsonEdit) remove(name []string) string {
	at := e.skipSpace(0)
	var found [][]jsonMember // on the way
	for depth := range name {
		if e.text[at] != '{' {
			return e.text
		}
		members := e.members(at)
		i := lastOf(members, name[depth])
		if i < 0 {
			return e.text
		}
		at = members[i].valueStart
		found = append(found, members)
	}
	depth := len(name) - 1
	for depth > 0 && len(found[depth]) == 1 {
		depth--
	}
	members := found[depth]
	i := lastOf(members, name[depth])
	switch {
	case i > 0:
		return e.text[:members[i-1].next] + e.text[members[i].next:]
	case len(members) > 1:
		return e.text[:members[0].nameStart] + e.text[members[1].nameStart:]
	}
	start := strings.LastIndexByte(e.text[:members[0].nameStart], '{') + 1
	return e.text[:start] + e.text[e.skipSpace(members[0].next):]
}
