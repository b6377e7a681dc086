package account

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// indexVersion is the version of the index file that this program reads and writes.
const indexVersion = 1

// IndexError means that neither the index file nor its backup can be understood. Neither has been changed.
type IndexError struct {
	Path string // the index file; the backup lies beside it
	Err  error
}

// Error names the file and what is wrong with it.
func (e *IndexError) Error() string {
	return fmt.Sprintf("index of accounts %s, and its backup, cannot be understood: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong with the index file.
func (e *IndexError) Unwrap() error { return e.Err }

// NewerIndexError means that a newer version of this program wrote the index. It has not been changed.
type NewerIndexError struct {
	Path    string
	Version int // the version of the file
}

// Error names the file and its version.
func (e *NewerIndexError) Error() string {
	return fmt.Sprintf("index of accounts %s has version %d, this program knows %d", e.Path, e.Version, indexVersion)
}

// contents is what a shelf holds: on disk, the index file.
type contents struct {
	Version   int                    `json:"version"`
	Accounts  []extensible[entry]    `json:"accounts"`
	Keys      []extensible[Key]      `json:"keys"`
	Handovers []extensible[Handover] `json:"handovers,omitempty"`
	Pending   []pendingRecord        `json:"pending,omitempty"`
}

// entry is an account and the name of the vault record with its token, which changes when it is linked again.
type entry struct {
	Account
	Record string `json:"record"`
}

// change edits the account, all but what belongs to the stored secrets.
func (e *entry) change(edit func(*Account)) {
	before := e.Account
	edit(&e.Account)
	e.ID, e.Vault, e.KeyID = before.ID, before.Vault, before.KeyID
}

func (c *contents) findAccount(id string) int {
	return slices.IndexFunc(c.Accounts, func(e extensible[entry]) bool { return e.Value.ID == id })
}

func (c *contents) findKey(id string) int {
	return slices.IndexFunc(c.Keys, func(k extensible[Key]) bool { return k.Value.ID == id })
}

func (c *contents) isKeyUsed(id string) bool {
	return slices.ContainsFunc(c.Accounts, func(e extensible[entry]) bool { return e.Value.KeyID == id })
}

// pendingRecord names a record that a vault holds, or may hold, and that no account or key refers to: not yet, or no
// longer. It is in the index before the record is in the vault, and until the record is out of the vault, so that a
// killed program leaves no secret that nobody knows of.
type pendingRecord struct {
	Vault  string `json:"vault"`
	Record string `json:"record"`
}

func (c *contents) addPending(vault string, records ...string) {
	for _, record := range records {
		c.Pending = append(c.Pending, pendingRecord{vault, record})
	}
}

func (c *contents) removePending(vault string, records ...string) {
	c.Pending = slices.DeleteFunc(c.Pending, func(p pendingRecord) bool {
		return p.Vault == vault && slices.Contains(records, p.Record)
	})
}

// refersTo reports whether an account or a key needs a record.
func (c *contents) refersTo(vault, record string) bool {
	return slices.ContainsFunc(c.Accounts, func(e extensible[entry]) bool {
		return e.Value.Vault == vault && e.Value.Record == record
	}) || slices.ContainsFunc(c.Keys, func(k extensible[Key]) bool {
		return k.Value.Vault == vault && keyRecordName(k.Value.ID) == record
	})
}

// extensible is a JSON object of which this program knows some fields. It keeps the others, which a newer version
// wrote, as they are.
type extensible[T any] struct {
	Value  T
	others map[string]json.RawMessage
}

// UnmarshalJSON reads the object twice, once for its known fields and once for all.
func (x *extensible[T]) UnmarshalJSON(data []byte) error {
	*x = extensible[T]{}
	if err := json.Unmarshal(data, &x.Value); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &x.others); err != nil {
		return err
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		delete(x.others, name)
	}
	return nil
}

// MarshalJSON writes the known fields over the others.
func (x extensible[T]) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(x.Value)
	if err != nil || len(x.others) == 0 {
		return data, err
	}
	all := maps.Clone(x.others)
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// shelf holds an index and the pictures of its accounts. There are two: one on disk, and one in memory for what must
// not outlive the program.
type shelf interface {
	read() (contents, error)
	// change applies edit to the newest index and keeps the result, unless edit returns an error.
	change(edit func(*contents) error) error
	// amend is change for the later steps of what began with change: the backup stays as it was before the first.
	amend(edit func(*contents) error) error
	// hold keeps CleanUp, in all programs, from what is pending until release is called.
	hold() (release func(), err error)
	picture(id string) []byte                   // nil if there is none
	setPicture(id string, picture []byte) error // nil removes it
}

type memoryShelf struct {
	mu       sync.Mutex
	index    contents
	pictures map[string][]byte
}

func (m *memoryShelf) read() (contents, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.copy(), nil
}

func (m *memoryShelf) copy() contents {
	return contents{
		Accounts:  slices.Clone(m.index.Accounts),
		Keys:      slices.Clone(m.index.Keys),
		Handovers: slices.Clone(m.index.Handovers),
		Pending:   slices.Clone(m.index.Pending),
	}
}

func (m *memoryShelf) change(edit func(*contents) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed := m.copy()
	if err := edit(&changed); err != nil {
		return err
	}
	m.index = changed
	return nil
}

func (m *memoryShelf) amend(edit func(*contents) error) error { return m.change(edit) }

// hold does nothing: what is in memory cannot be left behind.
func (m *memoryShelf) hold() (release func(), err error) { return func() {}, nil }

func (m *memoryShelf) picture(id string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.pictures[id])
}

func (m *memoryShelf) setPicture(id string, picture []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if picture == nil {
		delete(m.pictures, id)
		return nil
	}
	m.pictures[id] = slices.Clone(picture)
	return nil
}

// diskShelf is the index file in a folder, with its backup and lock files beside it.
type diskShelf struct{ folder string }

func (d diskShelf) indexFile() string            { return filepath.Join(d.folder, "accounts.json") }
func (d diskShelf) backupFile() string           { return d.indexFile() + ".backup" }
func (d diskShelf) pictureFile(id string) string { return filepath.Join(d.folder, "pictures", id) }
func (d diskShelf) lock() *flock.Flock           { return flock.New(d.indexFile() + ".lock") }

// read takes the lock too, because Windows does not replace a file that is open.
func (d diskShelf) read() (contents, error) {
	lock := d.lock()
	if err := lock.RLock(); err != nil {
		return contents{}, fmt.Errorf("lock the index of accounts: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	current, _, err := d.load()
	return current.Value, err
}

func (d diskShelf) change(edit func(*contents) error) error { return d.edit(edit, true) }

func (d diskShelf) amend(edit func(*contents) error) error { return d.edit(edit, false) }

func (d diskShelf) edit(edit func(*contents) error, backUp bool) error {
	lock := d.lock()
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock the index of accounts: %w", err)
	}
	defer func() { _ = lock.Unlock() }()

	current, good, err := d.load()
	if err != nil {
		return err
	}
	if err := edit(&current.Value); err != nil {
		return err
	}
	return d.save(current, good, backUp)
}

// holdLock is held, shared, by everyone who has records pending. The system lets go of it when a program is killed.
func (d diskShelf) holdLock() *flock.Flock { return flock.New(d.indexFile() + ".pending.lock") }

func (d diskShelf) hold() (release func(), err error) {
	lock := d.holdLock()
	if err := lock.RLock(); err != nil {
		return nil, fmt.Errorf("hold what is pending: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// abandoned returns what is pending and whose program is gone: nothing if anyone holds it. As names are random and used
// once, it stays abandoned. What an account or key refers to is left out, although nothing known leads to that.
func (d diskShelf) abandoned() ([]pendingRecord, error) {
	lock := d.holdLock()
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("see who holds what is pending: %w", err)
	}
	if !free {
		return nil, nil
	}
	defer func() { _ = lock.Unlock() }()
	index, err := d.read()
	return slices.DeleteFunc(index.Pending, func(p pendingRecord) bool { return index.refersTo(p.Vault, p.Record) }), err
}

// load returns the index, and the content of the index file if that is where it came from: nil means that the file is
// missing or broken and the index is the backup, or new. The caller holds the lock.
func (d diskShelf) load() (current extensible[contents], good []byte, err error) {
	content, err := os.ReadFile(d.indexFile())
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return current, nil, err // it may be readable again in a moment, so the backup would be a step back
	}
	if !missing {
		current, err = d.parse(content)
		if _, newer := errors.AsType[*NewerIndexError](err); err == nil || newer {
			return current, content, err
		}
	}

	backup, backupErr := os.ReadFile(d.backupFile())
	if missing && errors.Is(backupErr, fs.ErrNotExist) {
		return extensible[contents]{Value: contents{Version: indexVersion}}, nil, nil
	}
	if backupErr == nil {
		current, backupErr = d.parse(backup)
	}
	if _, newer := errors.AsType[*NewerIndexError](backupErr); backupErr == nil || newer {
		return current, nil, backupErr
	}
	if missing {
		err = backupErr
	}
	return current, nil, &IndexError{Path: d.indexFile(), Err: err}
}

func (d diskShelf) parse(content []byte) (extensible[contents], error) {
	var none extensible[contents]
	parsed, err := parseIndex(content)
	version := parsed.Value.Version
	if err != nil { // the rest of a newer version may be of any form
		var head struct{ Version int }
		_ = json.Unmarshal(content, &head)
		version = head.Version
	}
	if version > indexVersion {
		return none, &NewerIndexError{Path: d.indexFile(), Version: version}
	}
	if err != nil {
		return none, err
	}
	if version < 1 {
		return none, errors.New("no version")
	}
	for _, account := range parsed.Value.Accounts {
		if !validID(account.Value.ID) {
			return none, fmt.Errorf("account has the ID %q", account.Value.ID)
		}
	}
	return parsed, nil
}

// parseIndex reads the accounts one by one, since there may be many, and leaves the rest to extensible.
func parseIndex(content []byte) (parsed extensible[contents], err error) {
	var accounts []extensible[entry]
	rest := make(map[string]json.RawMessage)
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return parsed, cmp.Or(err, errors.New("no object"))
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return parsed, err
		}
		if name == "accounts" {
			accounts, err = parseAccounts(decoder, content)
		} else {
			var value json.RawMessage
			err = decoder.Decode(&value)
			rest[name.(string)] = value
		}
		if err != nil {
			return parsed, err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return parsed, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return parsed, errors.New("more than an object")
	}
	small, err := json.Marshal(rest)
	if err == nil {
		err = json.Unmarshal(small, &parsed)
	}
	parsed.Value.Accounts = accounts
	return parsed, err
}

// parseAccounts reads the list that comes next in content. An account with fields that are not known is read once more.
func parseAccounts(decoder *json.Decoder, content []byte) ([]extensible[entry], error) {
	start, err := decoder.Token()
	if err != nil || start == nil {
		return nil, err
	}
	if start != json.Delim('[') {
		return nil, errors.New("no list")
	}
	accounts := []extensible[entry]{} // an empty list stays one
	for decoder.More() {
		var account extensible[entry]
		before := decoder.InputOffset()
		if decoder.Decode(&account.Value) != nil {
			data := bytes.TrimLeft(content[before:decoder.InputOffset()], ", \t\r\n")
			if err := json.Unmarshal(data, &account); err != nil {
				return nil, err
			}
		}
		accounts = append(accounts, account)
	}
	_, err = decoder.Token()
	return accounts, err
}

// save replaces the index file. What it held becomes the backup if it was good and backUp is set, and is put aside if it
// was not good.
func (d diskShelf) save(changed extensible[contents], good []byte, backUp bool) error {
	content, err := json.MarshalIndent(changed, "", "\t")
	if err != nil {
		return err
	}
	if good != nil {
		if backUp {
			err = writeFile(d.backupFile(), good)
		}
	} else {
		aside := d.indexFile() + ".broken-" + time.Now().UTC().Format("20060102T150405.000000000")
		if err = os.Rename(d.indexFile(), aside); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return writeFile(d.indexFile(), content)
}

func (d diskShelf) picture(id string) []byte {
	if !validID(id) {
		return nil
	}
	picture, err := os.ReadFile(d.pictureFile(id))
	if err != nil {
		return nil // a picture is decoration
	}
	return picture
}

func (d diskShelf) setPicture(id string, picture []byte) error {
	if !validID(id) {
		return fmt.Errorf("account ID %q is not usable", id)
	}
	file := d.pictureFile(id)
	if picture == nil {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return writeFile(file, picture)
}

// validID reports whether id can be a file name on every system. IDs are random letters and digits; anything else comes
// from a file that this program did not write.
func validID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// writeFile replaces the file at path, which only the person may read: after a crash it holds either the old content or
// the new.
func writeFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // of no effect after the rename
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	// The rename itself reaches the disk with the folder. Windows does that by itself and lets no one ask for it.
	if runtime.GOOS != "windows" {
		if folder, err := os.Open(filepath.Dir(path)); err == nil {
			_ = folder.Sync()
			_ = folder.Close()
		}
	}
	return nil
}
