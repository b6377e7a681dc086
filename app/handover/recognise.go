package handover

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"photolink/oauth"
)

const (
	maxContent = 1 << 20 // bytes that Recognise reads
	maxFound   = 100     // finds of one file
	maxDepth   = 16      // levels of nesting that are looked into
)

// The ids of the services, as package provider has them.
const (
	flickr  = "flickr"
	smugmug = "smugmug"
	tumblr  = "tumblr"
)

// Found is what a file holds for one service. Any part can be missing: many tools keep the key alone, or the token alone.
// Keys and tokens are visible ASCII, at most 512 bytes each.
type Found struct {
	Tool    string // whose file this is, such as "gallery-dl"; empty when many tools write it so
	Service string // "flickr", "smugmug" or "tumblr"; empty when the file does not tell
	Client  oauth.ClientCredentials
	Token   oauth.TokenCredentials
	// LegacyToken is Flickr's token of before OAuth. It signs nothing; Flickr exchanges it for token credentials.
	LegacyToken oauth.Secret
	UserName    string // one line, at most 200 characters
	UserID      string
	Permission  string // in the service's word, such as "read"
}

// UnknownError means that the content is no file of a tool that Photolink knows, or holds neither key nor token.
type UnknownError struct {
	Expected string
	Found    string // the kind of content in words, such as "a picture"; never the content
}

// Error says what was expected and what was found.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("expected %s, found %s", e.Expected, e.Found)
}

// BrokenError means that the kind of file is known, and that this one cannot be read.
type BrokenError struct {
	Tool   string // whose file this is; empty when many tools write it so
	Line   int    // the line, from 1; 0 when it is not known
	Reason string // in words; never the content
	InUse  bool   // a program is writing to it, or was stopped while it did
}

// Error names the tool, the line and the reason, as far as they are known.
func (e *BrokenError) Error() string {
	where := "file"
	if e.Tool != "" {
		where += " of " + e.Tool
	}
	if e.Line > 0 {
		where += fmt.Sprintf(", line %d", e.Line)
	}
	return where + ": " + e.Reason
}

// Recognise finds keys and tokens in the file of a backup tool, or in pasted text. It goes by content; name, the name of
// the file, decides only where content fits several tools, and can be empty. The content is at most 1 MiB.
//
// At least one Found is returned, or an [UnknownError] or a [BrokenError].
func Recognise(name string, content []byte) ([]Found, error) {
	if len(content) > maxContent {
		return nil, unknown("a file of more than 1 MiB")
	}
	if kind := binaryKind(content); kind != "" {
		return nil, unknown(kind)
	}
	name = strings.ToLower(name[strings.LastIndexAny(name, `/\`)+1:])
	if bytes.HasPrefix(content, []byte(storableMagic)) {
		return readStorable(name, content)
	}
	text, ok := asText(content)
	if !ok {
		return nil, unknown("binary data")
	}
	if strings.TrimSpace(text) == "" {
		return nil, unknown("an empty file")
	}
	f := file{name: name, text: text}
	for _, read := range readers {
		found, err := read(f)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found[:min(len(found), maxFound)], nil
		}
	}
	return nil, unknown(textKind(text))
}

// file is a text file whose tool is not known yet.
type file struct {
	name string // without folder, in lower case; can be empty
	text string // valid UTF-8 without byte order mark
}

// readers are tried in this order, the most particular first. Each returns nothing for a file that is not its own.
var readers = []func(file) ([]Found, error){
	readXML, readTOML, readJSON, readForm, readYAML, readSettings, readBare, refuseJSON,
}

func unknown(kind string) error {
	return &UnknownError{Expected: "keys or tokens, such as a file of a backup tool", Found: kind}
}

// kinds are the beginnings of files that people choose by mistake.
var kinds = []struct{ magic, kind string }{
	{"SQLite format 3\x00", "a SQLite database: choose the file itself"},
	{"\x89PNG", "a picture"},
	{"\xff\xd8\xff", "a picture"},
	{"GIF8", "a picture"},
	{"II*\x00", "a picture"},
	{"MM\x00*", "a picture"},
	{"RIFF", "a picture or a recording"},
	{"PK\x03\x04", "an archive"},
	{"\x1f\x8b", "an archive"},
	{"7z\xbc\xaf", "an archive"},
	{"%PDF-", "a PDF document"},
	{"\x7fELF", "a program"},
	{"MZ\x90", "a program"},
	{"-----BEGIN ", "a key or certificate of another kind (PEM)"},
	{"age-encryption.org/", "an encrypted file"},
}

// textPickle matches the beginning of a Python pickle of protocol 0. Later protocols begin with byte 0x80.
var textPickle = regexp.MustCompile(`\A(?:\([dl]p?\d*\n|c[a-z_.]+\n\w+\n[(p]|\(S['"]|\(V)`)

// binaryKind names content that is not worth reading, and returns nothing for other content.
func binaryKind(content []byte) string {
	for _, k := range kinds {
		if bytes.HasPrefix(content, []byte(k.magic)) {
			return k.kind
		}
	}
	if len(content) > 1 && content[0] == 0x80 && content[1] <= 5 || textPickle.Match(content) {
		return "a Python pickle, which Photolink does not open"
	}
	return ""
}

// textKind names text in which nothing was found.
func textKind(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	switch {
	case strings.ContainsAny(text[:min(1, len(text))], "{[") && json.Valid([]byte(text)):
		return "JSON without keys"
	case strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html"):
		return "a web page"
	case strings.HasPrefix(text, "<"):
		return "XML without keys"
	case len(settings(text)) > 0:
		return "settings without keys"
	default:
		return "text without keys"
	}
}

// asText decodes UTF-8 and, by its byte order mark, UTF-16, which PowerShell writes. Bytes in another encoding, as in
// an old comment, turn into replacement characters, which no key can hold.
func asText(content []byte) (string, bool) {
	for mark, order := range map[string]binary.ByteOrder{
		"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian,
	} {
		if rest, ok := bytes.CutPrefix(content, []byte(mark)); ok {
			units := make([]uint16, len(rest)/2)
			for i := range units {
				units[i] = order.Uint16(rest[2*i:])
			}
			content = []byte(string(utf16.Decode(units)))
		}
	}
	text := strings.ToValidUTF8(string(bytes.TrimPrefix(content, []byte("\ufeff"))), "\ufffd")
	return text, !strings.ContainsRune(text, 0)
}

// clean returns one line of at most 200 characters: names come from other programs and end up on the screen.
func clean(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
	}), " ")
	if runes := []rune(text); len(runes) > maxName {
		text = string(runes[:maxName-1]) + "…"
	}
	return text
}

// lineAt returns the line, from 1, of an offset into text.
func lineAt(text string, offset int64) int {
	return 1 + strings.Count(text[:max(0, min(offset, int64(len(text))))], "\n")
}
