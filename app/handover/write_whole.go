package handover

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// errSomethingElse keeps a file from being replaced that is none of the tool.
var errSomethingElse = errors.New("the file holds something else; choose another name")

// bareFormat is a value a line, in the order of the pairs. The tools take a newline at the end for a part of the last
// value, or give up.
type bareFormat struct{}

func (bareFormat) read(content []byte, names [][]string) ([][]string, error) {
	values := make([][]string, len(names))
	text := strings.TrimSpace(string(content))
	if text == "" {
		return values, nil
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
		if faultOf(lines[i]) != "" || lines[i] == "" {
			return nil, errSomethingElse
		}
	}
	if len(lines) != len(names) {
		if len(lines) == 2 || len(lines) == 4 {
			return values, nil // the tool's other form
		}
		return nil, errSomethingElse
	}
	for i := range lines {
		values[i] = []string{lines[i]}
	}
	if strings.HasSuffix(string(content), "\n") {
		values[len(values)-1][0] += "\n" // as the tools read it
	}
	return values, nil
}

func (bareFormat) set(_ []byte, pairs []pair) ([]byte, error) {
	var lines []string
	for _, p := range pairs {
		lines = append(lines, p.values[0])
	}
	return []byte(strings.Join(lines, "\n")), nil
}

func (bareFormat) remove([]byte, []pair) ([]byte, error) { return nil, nil }

// storableFormat is a hash of Perl's Storable in network order, as Flickr::API stores its settings.
type storableFormat struct{ tool string }

func (f storableFormat) read(content []byte, names [][]string) ([][]string, error) {
	values := make([][]string, len(names))
	if len(content) == 0 {
		return values, nil
	}
	if !strings.HasPrefix(string(content), storableMagic) {
		return nil, errSomethingElse
	}
	s := storable{rest: content[len(storableMagic):]}
	s.header()
	root, _ := s.value(0).(map[string]string)
	if s.err != nil {
		return nil, &BrokenError{Tool: f.tool, Reason: s.err.Error()}
	}
	for i, name := range names {
		if value, ok := root[name[0]]; ok {
			values[i] = []string{value}
		}
	}
	return values, nil
}

func (storableFormat) set(_ []byte, pairs []pair) ([]byte, error) {
	content := slices.Concat([]byte(storableMagic), []byte{5, 4}, []byte{storableHash})
	content = binary.BigEndian.AppendUint32(content, uint32(len(pairs)))
	for _, p := range pairs {
		name, value := p.name[0], p.values[0]
		if len(value) <= 255 {
			content = append(content, storableText, byte(len(value)))
		} else {
			content = append(content, storableLongText)
			content = binary.BigEndian.AppendUint32(content, uint32(len(value)))
		}
		content = append(content, value...)
		content = binary.BigEndian.AppendUint32(content, uint32(len(name)))
		content = append(content, name...)
	}
	return content, nil
}

func (storableFormat) remove([]byte, []pair) ([]byte, error) { return nil, nil }
