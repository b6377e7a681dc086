package handover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"photolink/app/language"
)

// ErrChanged means that a file is not as it was when the plan was made. Make a new plan.
var ErrChanged = errors.New("the file has changed in the meantime")

// ErrNotThere means that the account is not in the file, so that there is nothing to take back.
var ErrNotThere = errors.New("this account is not in there")

// PathError is a file or folder that cannot be used, and why. A file of a tool that cannot be read has a [BrokenError]
// in it.
type PathError struct {
	Path string
	Err  error
}

// Error names the path and the reason.
func (e *PathError) Error() string { return oneLine(e.Path) + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *PathError) Unwrap() error { return e.Err }

func pathError(path string, err error) error {
	if path == "" {
		return err
	}
	if system, ok := errors.AsType[*fs.PathError](err); ok && system.Path == path {
		err = system.Err
	}
	return &PathError{Path: path, Err: err}
}

// Plan is what handing an account over would change, or taking it back. Nothing is changed before [Plan.Write].
type Plan struct {
	Tool  Tool
	Files []FileChange // without those that are as they should be already

	warnings []warning
	removal  bool
	stamp    string                      // the time, for the names of backups
	rename   func(from, to string) error // nil stands for os.Rename; tests make it fail
}

// Warning says what the person should know before the account is handed over. It is empty if there is nothing.
func (p *Plan) Warning(say *language.Speaker) string {
	var said []string
	for _, warning := range p.warnings {
		said = append(said, warning(say))
	}
	return strings.Join(said, " ")
}

// FileChange is one file of a plan.
type FileChange struct {
	Path    string
	Exists  bool // the file is there already
	Removes bool // the file is deleted, since nothing else is in it

	target   string      // the file itself, when Path is a symbolic link
	mode     fs.FileMode // of the file that exists
	before   []byte
	after    []byte
	database *rows
	account  Account  // for the database
	lines    []string // of the preview
}

// Format writes the path, whatever the verb: the rest has secrets in it.
func (c FileChange) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(oneLine(c.Path))) }

// job is one file that a tool needs.
type job struct {
	tool     string // for errors
	path     string
	format   fileFormat
	pairs    []pair
	drop     [][]string // names of settings that must not stay when others change
	database *rows      // instead of a format
}

// pair is a setting with the values that it is to have.
type pair struct {
	name   []string // from the outermost name to the innermost
	values []string // one; two for smugcli
	plain  bool     // no secret
	keep   bool     // a value that is there already stays
	bare   bool     // written without quotes
}

// fileFormat reads and changes one kind of file. Empty content is a file that does not exist.
type fileFormat interface {
	// read returns the values that the named settings have, nothing for those that are missing.
	read(content []byte, names [][]string) ([][]string, error)
	// set gives settings their values, and leaves all else as it is.
	set(content []byte, pairs []pair) ([]byte, error)
	// remove takes settings out. It returns nothing if nothing else is in the file.
	remove(content []byte, pairs []pair) ([]byte, error)
}

// rows are how accounts are kept in a database. They are changed in the file itself.
type rows struct {
	write, remove func(path string, a Account) error
	read          func(path string) ([]Found, error)
	table         string // its name, for the preview
}

// Prepare works out what handing the account over would change. It writes nothing. An empty path stands for no file: the
// plan is good for [Plan.Text] alone. The error is a [PathError], or says what the tool would need.
func Prepare(t Tool, a Account, path string, now time.Time) (*Plan, error) {
	d, err := deliveryOf(t, a)
	if err != nil {
		return nil, err
	}
	p := &Plan{Tool: d.Tool, stamp: now.Format("20060102-150405")}
	for _, j := range d.files(path, a) {
		change, err := j.prepare(a)
		if err != nil {
			return nil, pathError(j.path, err)
		}
		if change != nil {
			p.Files = append(p.Files, *change)
		}
	}
	if levels[a.Permission] != 0 && levels[a.Permission] < levels[d.Needs] {
		p.warnings = append(p.warnings, permissionWarning(d.Tool))
	}
	if d.warning != nil && path != "" {
		if warning := d.warning(path, p.contentOf(path), a); warning != nil {
			p.warnings = append(p.warnings, warning)
		}
	}
	return p, nil
}

// PrepareRemoval works out how to take back what was handed over, leaving everything else. It writes nothing. The error
// is [ErrNotThere] if the files hold another account, or none.
func PrepareRemoval(t Tool, a Account, path string) (*Plan, error) {
	d, err := deliveryOf(t, a)
	if err != nil {
		return nil, err
	}
	p := &Plan{Tool: d.Tool, removal: true}
	for _, j := range d.files(path, a) {
		change, err := j.prepareRemoval(a)
		if err != nil {
			return nil, pathError(j.path, err)
		}
		if change != nil {
			p.Files = append(p.Files, *change)
		}
	}
	if len(p.Files) == 0 {
		return nil, pathError(path, ErrNotThere)
	}
	return p, nil
}

// contentOf is what a file of the plan will hold.
func (p *Plan) contentOf(path string) []byte {
	for _, c := range p.Files {
		if c.Path == path {
			return c.after
		}
	}
	content, _ := readFile(path) // as it should be already
	return content
}

// levels order the permissions of Flickr and SmugMug.
var levels = map[string]int{"read": 1, "write": 2, "add": 2, "delete": 3, "modify": 3}

// deliveryOf finds the tool, and says why it cannot take the account.
func deliveryOf(t Tool, a Account) (delivery, error) {
	d, ok := deliveryFor(t.ID)
	if !ok {
		return delivery{}, fmt.Errorf("there is no tool %q", t.ID)
	}
	if d.Services != nil && !slices.Contains(d.Services, a.Service) {
		return delivery{}, fmt.Errorf("%s takes no accounts of this service", d.Name)
	}
	needed := []struct{ name, value string }{
		{"API key", a.Client.Key},
		{"API secret", a.Client.Secret.Reveal()},
		{"token", a.Token.Token},
		{"token secret", a.Token.Secret.Reveal()},
	}
	if d.OnlyKey {
		needed = needed[:1]
	}
	for _, n := range needed {
		if n.value == "" {
			return delivery{}, fmt.Errorf("%s needs the %s, which is missing", d.Name, n.name)
		}
		if fault := faultOf(n.value); fault != "" {
			return delivery{}, fmt.Errorf("the %s %s", n.name, fault)
		}
	}
	if d.check != nil {
		if err := d.check(a); err != nil {
			return delivery{}, err
		}
	}
	return d, nil
}

func names(pairs []pair) [][]string {
	var all [][]string
	for _, p := range pairs {
		all = append(all, p.name)
	}
	return all
}

// prepare returns nothing if the file is as it should be.
func (j job) prepare(a Account) (*FileChange, error) {
	c, err := j.load()
	if err != nil {
		return nil, err
	}
	if j.database != nil {
		return c, c.prepareRows(a)
	}
	old, err := j.format.read(c.before, names(j.pairs))
	if err != nil {
		return nil, err
	}
	for i, p := range j.pairs {
		if slices.Equal(old[i], p.values) || p.keep && old[i] != nil {
			continue
		}
		if old[i] == nil {
			c.note("+", p, p.values, "")
		} else {
			c.note("~", p, p.values, ", was "+shown(p, old[i]))
		}
	}
	if len(c.lines) == 0 {
		return nil, nil
	}
	if c.after, err = j.clear(c, c.before); err != nil {
		return nil, err
	}
	if c.after, err = j.format.set(c.after, j.pairs); err != nil {
		return nil, err
	}
	return c, j.verify(c.after)
}

// clear takes out what must not stay.
func (j job) clear(c *FileChange, content []byte) ([]byte, error) {
	if len(j.drop) == 0 || len(content) == 0 {
		return content, nil
	}
	old, err := j.format.read(content, j.drop)
	if err != nil {
		return nil, err
	}
	var drop []pair
	for i, name := range j.drop {
		if old[i] != nil {
			p := pair{name: name, values: old[i]}
			drop = append(drop, p)
			c.note("-", p, old[i], "")
		}
	}
	if drop == nil {
		return content, nil
	}
	return j.format.remove(content, drop)
}

// verify reads what would be written as the tool will read it.
func (j job) verify(content []byte) error {
	got, err := j.format.read(content, names(j.pairs))
	if err != nil {
		return err
	}
	for i, p := range j.pairs {
		if !p.keep && !slices.Equal(got[i], p.values) {
			return &BrokenError{Tool: j.tool, Reason: "it is written in a way that Photolink cannot change"}
		}
	}
	return nil
}

// prepareRemoval returns nothing if the account is not in the file.
func (j job) prepareRemoval(a Account) (*FileChange, error) {
	c, err := j.load()
	if err != nil || !c.Exists {
		return nil, err
	}
	if j.database != nil {
		return c.prepareRowRemoval(a)
	}
	old, err := j.format.read(c.before, names(j.pairs))
	if err != nil {
		return nil, err
	}
	if !j.holds(a, old) {
		return nil, nil
	}
	var remove []pair
	for i, p := range j.pairs {
		if old[i] == nil || p.keep && !slices.Equal(old[i], p.values) {
			continue
		}
		remove = append(remove, p)
		c.note("-", p, old[i], "")
	}
	if c.after, err = j.clear(c, c.before); err != nil {
		return nil, err
	}
	if c.after, err = j.format.remove(c.after, remove); err != nil {
		return nil, err
	}
	c.Removes = len(c.after) == 0
	return c, nil
}

// holds reports whether the values of a file are those of the account: the token decides, or the key in a file without.
func (j job) holds(a Account, old [][]string) bool {
	mark := a.Client.Key
	if slices.ContainsFunc(j.pairs, func(p pair) bool { return slices.Contains(p.values, a.Token.Token) }) {
		mark = a.Token.Token
	}
	for i, p := range j.pairs {
		is := func(value string) bool { return strings.TrimSpace(value) == mark }
		if slices.ContainsFunc(p.values, is) && slices.ContainsFunc(old[i], is) {
			return true
		}
	}
	return false
}

// prepareRows looks whether the database is one of the tool, and who makes way in it.
func (c *FileChange) prepareRows(a Account) error {
	c.account = a
	if c.Exists {
		found, err := c.database.read(c.target)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Service == a.Service && f.Client.Key == a.Client.Key && f.Token != a.Token {
				c.noteRow("-", Account{Client: f.Client, Token: f.Token})
			}
		}
	}
	c.noteRow("+", a)
	return nil
}

func (c *FileChange) prepareRowRemoval(a Account) (*FileChange, error) {
	c.account = a
	there, err := c.database.holds(c.target, a)
	if err != nil || !there {
		return nil, err
	}
	c.noteRow("-", a)
	return c, nil
}

// holds reports whether the account has a row.
func (d *rows) holds(path string, a Account) (bool, error) {
	found, err := d.read(path)
	return slices.ContainsFunc(found, func(f Found) bool {
		return f.Client.Key == a.Client.Key && f.Token == a.Token
	}), err
}

// load reads the file as it is.
func (j job) load() (*FileChange, error) {
	c := &FileChange{Path: j.path, database: j.database}
	limit := int64(maxContent)
	if j.database != nil {
		limit = maxDatabase
	}
	if j.path == "" {
		return c, nil
	}
	var err error
	if c.target, err = follow(j.path); err != nil {
		return nil, err
	}
	info, err := os.Stat(c.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return nil, withoutPath(err)
	case info.IsDir():
		return nil, errors.New("there is a folder of this name")
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no ordinary file")
	case info.Size() > limit:
		return nil, errors.New("the file is larger than files of this kind are")
	}
	c.Exists, c.mode = true, info.Mode().Perm()
	if c.before, err = os.ReadFile(c.target); err != nil {
		return nil, withoutPath(err)
	}
	return c, nil
}

// follow finds the file that symbolic links lead to. It need not exist.
func follow(path string) (string, error) {
	for range 40 {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil // what is wrong with it comes out when it is read
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", withoutPath(err)
		}
		if filepath.IsAbs(link) {
			path = link
			continue
		}
		folder, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return "", withoutPath(err)
		}
		path = filepath.Join(folder, link)
	}
	return "", errors.New("the symbolic links lead in a circle")
}

// withoutPath leaves the reason: the path is told once.
func withoutPath(err error) error {
	if system, ok := errors.AsType[*fs.PathError](err); ok {
		return system.Err
	}
	return err
}

// Preview tells what changes, setting by setting, and of each secret only the first characters.
func (p *Plan) Preview() string {
	var text strings.Builder
	for _, c := range p.Files {
		path := oneLine(c.Path)
		if c.target != c.Path {
			path += " -> " + oneLine(c.target)
		}
		switch {
		case c.Removes:
			fmt.Fprintf(&text, "delete %s\n", path)
		case c.Exists:
			fmt.Fprintf(&text, "change %s\n", path)
		case c.Path == "":
			fmt.Fprintln(&text, "new text")
		default:
			fmt.Fprintf(&text, "new file %s\n", path)
		}
		for _, line := range c.lines {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	if len(p.Files) == 0 {
		return "nothing to change\n"
	}
	return text.String()
}

// note adds a line to the preview.
func (c *FileChange) note(sign string, p pair, values []string, more string) {
	c.lines = append(c.lines, sign+" "+strings.Join(p.name, ".")+" = "+shown(p, values)+more)
}

func (c *FileChange) noteRow(sign string, a Account) {
	c.lines = append(c.lines, fmt.Sprintf("%s row in %s: API key %s, token %s, token secret %s", sign, c.database.table,
		masked(a.Client.Key), masked(a.Token.Token), masked(a.Token.Secret.Reveal())))
}

// shown is what the preview shows of values.
func shown(p pair, values []string) string {
	var all []string
	for _, value := range values {
		if p.plain {
			all = append(all, clean(value))
		} else {
			all = append(all, masked(value))
		}
	}
	return strings.Join(all, ", ")
}

// masked shows the first four characters of a secret, and none of a short one.
func masked(secret string) string {
	if runes := []rune(secret); len(runes) >= 12 {
		return clean(string(runes[:4])) + "…"
	}
	return "…"
}

// oneLine keeps a path from breaking a line in two.
func oneLine(path string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, path)
}

// Text returns the whole content, with the secrets in it, for programs that read it from the output of this one.
func (p *Plan) Text() (string, error) {
	if len(p.Files) != 1 || p.removal || p.Files[0].database != nil {
		return "", fmt.Errorf("%s (%s) cannot be one text", p.Tool.Name, p.Tool.Form)
	}
	return string(p.Files[0].after), nil
}
