package sandbox

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// node is a part of an answer, from which both formats are written: an XML attribute, an element with text, or an
// element with parts of its own.
type node struct {
	kind  nodeKind
	name  string
	value any // of an attribute or text: a string, an int, or nil
	nodes []node
}

type nodeKind int

const (
	attributeNode nodeKind = iota
	textNode
	elementNode
)

func attribute(name string, value any) node {
	return node{kind: attributeNode, name: name, value: value}
}

func text(name string, value any) node { return node{kind: textNode, name: name, value: value} }

func element(name string, nodes ...node) node {
	return node{kind: elementNode, name: name, nodes: nodes}
}

// writeXML returns the answer in Flickr's default format; err, when not nil, is a failure.
func writeXML(nodes []node, err error) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8" ?>` + "\n")
	if f := (failure{}); errors.As(err, &f) {
		fmt.Fprintf(&b, "<rsp stat=\"fail\">\n\t<err code=\"%d\" msg=\"%s\" />\n</rsp>\n", f.code, escapeXML(f.message))
		return b.String()
	}
	b.WriteString(`<rsp stat="ok">` + "\n")
	writeElements(&b, "", nodes)
	b.WriteString("</rsp>\n")
	return b.String()
}

func writeElements(b *strings.Builder, indent string, nodes []node) {
	for _, n := range nodes {
		switch n.kind {
		case attributeNode: // written with the start of the element that it belongs to
			continue
		case textNode:
			fmt.Fprintf(b, "%s<%s>%s</%[2]s>\n", indent, n.name, escapeXML(n.value))
			continue
		}
		fmt.Fprintf(b, "%s<%s", indent, n.name)
		empty := true
		for _, part := range n.nodes {
			if part.kind == attributeNode {
				fmt.Fprintf(b, ` %s="%s"`, part.name, escapeXML(part.value))
			} else {
				empty = false
			}
		}
		if empty {
			b.WriteString(" />\n")
			continue
		}
		b.WriteString(">\n")
		writeElements(b, indent+"\t", n.nodes)
		fmt.Fprintf(b, "%s</%s>\n", indent, n.name)
	}
}

func escapeXML(value any) string {
	if value == nil {
		return ""
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(fmt.Sprint(value))) // a strings.Builder never fails
	return b.String()
}

// writeJSON returns the answer as Flickr turns its XML into JSON: text goes into _content, attributes and elements become
// members alike.
func writeJSON(nodes []node, err error) string {
	if f := (failure{}); errors.As(err, &f) {
		return fmt.Sprintf(`{"stat":"fail","code":%d,"message":%s}`, f.code, quoteJSON(f.message))
	}
	return "{" + strings.Join(append(members(nodes), `"stat":"ok"`), ",") + "}"
}

// writeJSONP returns what a request gets that did not say nojsoncallback=1.
func writeJSONP(nodes []node, err error) string {
	return "jsonFlickrApi(" + writeJSON(nodes, err) + ")"
}

func members(nodes []node) []string {
	var written []string
	for _, n := range nodes {
		var value string
		switch n.kind {
		case attributeNode:
			value = quoteJSON(n.value)
		case textNode:
			value = `{"_content":` + quoteJSON(n.value) + "}"
		case elementNode:
			value = "{" + strings.Join(members(n.nodes), ",") + "}"
		}
		written = append(written, quoteJSON(n.name)+":"+value)
	}
	return written
}

// quoteJSON escapes the slash too, as PHP does.
func quoteJSON(value any) string {
	quoted, _ := json.Marshal(value) // strings, ints and nil never fail
	return strings.ReplaceAll(string(quoted), "/", `\/`)
}
