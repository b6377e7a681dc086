package handover

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	sqliteMagic = "SQLite format 3\x00"
	maxDatabase = 64 << 20 // bytes
	maxRows     = 1000     // with tokens, of one database
)

// RecogniseFile finds keys and tokens in the file of a backup tool, as [Recognise] does. Unlike Recognise it reads the
// databases of gallery-dl and flickrapi too, up to 64 MiB; these hold an API key without its secret. The file is not
// changed.
//
// The error is one of Recognise, or a [PathError] if the system cannot read the file.
func RecogniseFile(path string) ([]Found, error) {
	content, err := readFile(path)
	if _, ok := errors.AsType[*UnknownError](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, pathError(path, err)
	}
	if !bytes.HasPrefix(content, []byte(sqliteMagic)) {
		return Recognise(filepath.Base(path), content)
	}
	if err := notInUse("", path); err != nil {
		return nil, err
	}
	for _, store := range []tokenStore{flickrapiStore, galleryDLStore} {
		found, err := store.read(content)
		if broken, ok := errors.AsType[*BrokenError](err); ok && broken.Reason == otherDatabase {
			continue
		}
		if err == nil && len(found) == 0 {
			err = unknown("a database without a token that Photolink can read")
		}
		return found[:min(len(found), maxFound)], err
	}
	return nil, unknown("a SQLite database of another program")
}

// readFile reads a text up to 1 MiB, with a byte more if there is more, and a database up to 64 MiB.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, unknown("a folder")
	}
	if !info.Mode().IsRegular() {
		return nil, unknown("a device") // reading it might never end
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxContent+1))
	if err != nil || !bytes.HasPrefix(content, []byte(sqliteMagic)) {
		return content, err
	}
	rest, err := io.ReadAll(io.LimitReader(file, maxDatabase+1-int64(len(content))))
	if err != nil {
		return nil, err
	}
	if len(content)+len(rest) > maxDatabase {
		return nil, unknown("a database of more than 64 MiB")
	}
	return append(content, rest...), nil
}

// notInUse refuses a database that is not complete without the file beside it, in which SQLite keeps what is not
// written yet, or what is to be taken back.
func notInUse(tool, path string) error {
	for _, suffix := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Size() > 0 {
			return &BrokenError{Tool: tool, InUse: true, Reason: "a program is writing to it, or was stopped while it did: " +
				"end that program, or start it once more"}
		}
	}
	return nil
}

// tokenStore is a kind of database.
type tokenStore struct {
	tool     string
	tables   map[string]string // the columns of each, in their order
	create   string            // statement that makes what is missing
	versions string            // query whose rows must all be 1; can be empty
	find     func(openDatabase) ([]Found, error)
}

// Reasons for which a database is refused.
const (
	otherDatabase   = "it has other tables than this tool makes"
	damagedDatabase = "the database is damaged"
)

func (s tokenStore) broken(reason string) error { return &BrokenError{Tool: s.tool, Reason: reason} }

// readPath reads the rows that hold a token. Rows that cannot be read are left out, for the sake of the others.
func (s tokenStore) readPath(path string) ([]Found, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if err := notInUse(s.tool, path); err != nil {
		return nil, err
	}
	return s.read(content)
}

func (s tokenStore) read(content []byte) ([]Found, error) {
	var found []Found
	_, err := s.open(content, func(db openDatabase) (err error) {
		found, err = s.find(db)
		return err
	})
	return found, err
}

// change makes the database at path, or changes it. Everything happens in memory: the file is written once, at the end,
// and SQLite puts no files of its own beside it.
func (s tokenStore) change(path string, change func(openDatabase) error) error {
	content, err := readFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := notInUse(s.tool, path); err != nil {
		return err
	}
	if content, err = s.open(content, change); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// openDatabase is a database in memory.
type openDatabase struct{ connection *sql.Conn }

// sqliteSettings make SQLite run nothing that tables carry.
const sqliteSettings = ":memory:?_defensive=1&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)" +
	"&_pragma=ignore_check_constraints(1)&_pragma=temp_store(2)"

// open opens a copy of the database, lets use work with it, and returns it as it then is. No content, as in the file
// that gallery-dl makes before it has anything to store, is an empty database.
func (s tokenStore) open(content []byte, use func(openDatabase) error) ([]byte, error) {
	if len(content) > 0 && (len(content) <= headerSize || !bytes.HasPrefix(content, []byte(sqliteMagic))) {
		return nil, &BrokenError{Reason: "it is not a SQLite database"}
	}
	if len(content) > 0 && content[headerSize] != leafPage {
		return nil, s.broken(otherDatabase)
	}
	pool, err := sql.Open("sqlite", sqliteSettings)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pool.Close() }()
	connection, err := pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()

	var changed []byte
	db := openDatabase{connection}
	for _, do := range []func() error{
		func() error { return db.load(content) },
		func() error { return s.check(db) },
		func() error { return s.complete(db) },
		func() error { return use(db) },
		func() error { changed, err = db.save(); return err },
	} {
		if err := do(); err != nil {
			if _, ok := errors.AsType[*BrokenError](err); !ok {
				err = &BrokenError{Reason: damagedDatabase} // SQLite's own words can have content in them
			}
			return nil, err
		}
	}
	if len(content) > 0 {
		copy(changed[logOffset:], content[logOffset:logOffset+2])
	}
	return changed, nil
}

const (
	// logOffset is the offset of two bytes. They are 2 in a database whose changes go to a log first, which does not work
	// in memory, and else 1.
	logOffset  = 18
	headerSize = 100 // the list of tables follows
	// leafPage is what a list begins with that fits on one page, as that of a few tables does. Before quick_check a list
	// of several pages is not safe to read: pages that list each other can keep SQLite busy for ever.
	leafPage = 0x0d
)

func (db openDatabase) load(content []byte) error {
	if len(content) == 0 {
		return nil
	}
	content = slices.Clone(content)
	content[logOffset], content[logOffset+1] = 1, 1
	err := db.connection.Raw(func(driver any) error {
		return driver.(interface{ Deserialize(content []byte) error }).Deserialize(content)
	})
	if err != nil {
		return err
	}
	return db.run("PRAGMA secure_delete = 1") // what is deleted is overwritten
}

func (db openDatabase) save() (content []byte, err error) {
	err = db.connection.Raw(func(driver any) error {
		content, err = driver.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	return content, err
}

// run executes statements, with arguments in the first.
func (db openDatabase) run(statement string, arguments ...any) error {
	_, err := db.connection.ExecContext(context.Background(), statement, arguments...)
	return err
}

// rows returns the rows of a query, every value as text, and NULL as no text.
func (db openDatabase) rows(query string, arguments ...any) ([][]string, error) {
	rows, err := db.connection.QueryContext(context.Background(), query, arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]string
	for rows.Next() {
		values, targets := make([][]byte, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, value := range values {
			row[i] = string(value)
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// check refuses a database with anything in it that the tool does not make: a view, a trigger or a virtual table would
// run code, and another program may keep something under the same name.
func (s tokenStore) check(db openDatabase) error {
	parts, err := db.rows(`SELECT name,
		CASE WHEN type = 'table' AND sql LIKE 'CREATE TABLE%' THEN coalesce(
			(SELECT group_concat(name || iif(hidden, ' generated', '')) FROM pragma_table_xinfo(part.name)), '') ELSE '' END
		FROM sqlite_schema AS part WHERE NOT (type = 'index' AND sql IS NULL)`) // such indexes come with PRIMARY KEY
	if err != nil {
		return err
	}
	for _, part := range parts {
		if columns := s.tables[part[0]]; columns == "" || columns != part[1] {
			return s.broken(otherDatabase)
		}
	}
	damage, err := db.rows("PRAGMA quick_check(1)")
	if err == nil && (len(damage) != 1 || damage[0][0] != "ok") {
		err = s.broken(damagedDatabase)
	}
	return err
}

// complete makes the tables that are missing, and refuses those of a version to come.
func (s tokenStore) complete(db openDatabase) error {
	if err := db.run(s.create); err != nil || s.versions == "" {
		return err
	}
	versions, err := db.rows(s.versions)
	if err == nil && slices.ContainsFunc(versions, func(row []string) bool { return row[0] != "1" }) {
		err = s.broken("it is of a version that Photolink does not know")
	}
	return err
}

// flickrapiStore is oauth-tokens.sqlite of the Python library flickrapi. A row is found by API key and by the user name
// that a program gives, or an empty one. The API secret is not in it.
var flickrapiStore = tokenStore{
	tool: "flickrapi",
	tables: map[string]string{
		"oauth_cache_db_version": "version",
		"oauth_tokens": "api_key,lookup_key,oauth_token,oauth_token_secret,access_level,fullname,username," +
			"user_nsid",
	},
	create: `
		CREATE TABLE IF NOT EXISTS oauth_cache_db_version (version int not null);
		INSERT INTO oauth_cache_db_version SELECT 1 WHERE NOT EXISTS (SELECT * FROM oauth_cache_db_version);
		CREATE TABLE IF NOT EXISTS oauth_tokens (
			api_key varchar(64) not null,
			lookup_key varchar(64) not null default '',
			oauth_token varchar(64) not null,
			oauth_token_secret varchar(64) not null,
			access_level varchar(6) not null,
			fullname varchar(255) not null,
			username varchar(255) not null,
			user_nsid varchar(64) not null,
			PRIMARY KEY(api_key, lookup_key))`,
	versions: "SELECT version FROM oauth_cache_db_version",
	find:     findFlickrapi,
}

func findFlickrapi(db openDatabase) ([]Found, error) {
	rows, err := db.rows(`SELECT substr(api_key, 1, ?1), substr(oauth_token, 1, ?1), substr(oauth_token_secret, 1, ?1),
		substr(username, 1, ?1), substr(user_nsid, 1, ?1), substr(access_level, 1, ?1)
		FROM oauth_tokens ORDER BY api_key, lookup_key LIMIT ?2`, maxValue+1, maxRows)
	var found []Found
	for _, row := range rows {
		found = addRow(found, "flickrapi", flickr, row)
	}
	return found, err
}

// addRow adds what a row holds, unless it is there already or cannot be a token. The row has the API key, token and token
// secret; user name, user id and permission can follow.
func addRow(found []Found, tool, service string, row []string) []Found {
	names := []string{"api_key", "oauth_token", "oauth_token_secret", "username", "user_nsid", "perms"}
	var all []setting
	for i, value := range row {
		all = append(all, setting{name: names[i], value: value})
	}
	more, err := one(tool, service, all...)
	if err != nil {
		return found
	}
	for _, m := range more {
		if m.Token.Token != "" && m.Token.Secret != "" && !slices.Contains(found, m) {
			found = append(found, m)
		}
	}
	return found
}

// writeFlickrapiRows stores the account in the database at path, which it makes if it is missing or empty: for programs
// that give no user name, and for those that give this one. A row of another account with the same API key makes way.
// Path is best a copy, to be put in the place of the old file.
func writeFlickrapiRows(path string, a Account) error {
	if !slices.Contains([]string{"read", "write", "delete"}, a.Permission) {
		return errors.New("flickrapi needs to know whether the token permits to read, write or delete")
	}
	return flickrapiStore.change(path, func(db openDatabase) error {
		for _, lookup := range []string{"", a.UserName} {
			if err := db.run("INSERT OR REPLACE INTO oauth_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)", a.Client.Key, lookup,
				a.Token.Token, a.Token.Secret.Reveal(), a.Permission, a.Name, a.UserName, a.UserID); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeFlickrapiRows takes the rows of this API key and token out.
func removeFlickrapiRows(path string, a Account) error {
	return flickrapiStore.change(path, func(db openDatabase) error {
		return db.run("DELETE FROM oauth_tokens WHERE api_key = ? AND oauth_token = ?", a.Client.Key, a.Token.Token)
	})
}

func readFlickrapiRows(path string) ([]Found, error) { return flickrapiStore.readPath(path) }

// galleryDLStore is cache.sqlite3 of gallery-dl, where it keeps more than tokens.
var galleryDLStore = tokenStore{
	tool:   "gallery-dl",
	tables: map[string]string{"data": "key,value,expires"},
	create: "CREATE TABLE IF NOT EXISTS data (key TEXT PRIMARY KEY, value TEXT, expires INTEGER)",
	find:   findGalleryDL,
}

// galleryDLKey matches the name of a token: the name of a Python function, and what it was called with.
var galleryDLKey = regexp.MustCompile(
	`\Agallery_dl\.oauth\._token_cache-\('(` + flickr + `|` + smugmug + `|` + tumblr + `)', '([^']+)'\)\z`)

// galleryDLOwnKeys are the API keys that versions of gallery-dl brought along. A token of theirs is good for gallery-dl
// alone.
var galleryDLOwnKeys = []string{
	"ac4fd7aa98585b9eee1ba761c209de68", "90c368449018a0cb880ea4889cbb8681", // Flickr
	"RCVHDGjcbc4Fhzq4qzqLdZmvwmwB6LM2", "DFqxg4jf7GrtsQ5PnbNB8899zKfnDrdK", // SmugMug
	"O3hU2tMi5e4Qs5t3vezEi6L0qRORJ5y9oUpSGsrWu8iA3UCc3B", // Tumblr
}

func findGalleryDL(db openDatabase) ([]Found, error) {
	rows, err := db.rows(`SELECT key, value FROM data
		WHERE key LIKE 'gallery\_dl.oauth.\_token\_cache-%' ESCAPE '\' AND typeof(value) = 'blob' AND length(value) <= ?
		ORDER BY key LIMIT ?`, maxPickle, maxRows)
	var found []Found
	for _, row := range rows {
		key := galleryDLKey.FindStringSubmatch(row[0])
		token, secret, ok := unpicklePair(row[1])
		if key != nil && ok && !slices.Contains(galleryDLOwnKeys, key[2]) {
			found = addRow(found, "gallery-dl", key[1], []string{key[2], token, secret})
		}
	}
	return found, err
}

// galleryDLKeyOf names the token of an account as Python writes it.
func galleryDLKeyOf(a Account) (string, error) {
	key := fmt.Sprintf("gallery_dl.oauth._token_cache-('%s', '%s')", a.Service, a.Client.Key)
	if faultOf(a.Client.Key) != "" || !galleryDLKey.MatchString(key) {
		return "", errors.New("gallery-dl keeps no tokens of this service or API key")
	}
	return key, nil
}

// writeGalleryDLCache stores the token of the account in the database at path, which it makes if it is missing or empty.
// Path is best a copy, to be put in the place of the old file.
func writeGalleryDLCache(path string, a Account, now time.Time) error {
	key, err := galleryDLKeyOf(a)
	if err != nil {
		return err
	}
	// Newer versions store 0, for never; older ones take that for expired.
	expires := now.Unix() + 100*365*24*60*60
	return galleryDLStore.change(path, func(db openDatabase) error {
		return db.run("INSERT OR REPLACE INTO data VALUES (?, ?, ?)",
			key, picklePair(a.Token.Token, a.Token.Secret.Reveal()), expires)
	})
}

// removeGalleryDLCache takes the row of this API key out, if it holds this token.
func removeGalleryDLCache(path string, a Account) error {
	key, err := galleryDLKeyOf(a)
	if err != nil {
		return err
	}
	return galleryDLStore.change(path, func(db openDatabase) error {
		rows, err := db.rows("SELECT value FROM data WHERE key = ? AND typeof(value) = 'blob' AND length(value) <= ?",
			key, maxPickle)
		if err != nil || len(rows) == 0 {
			return err
		}
		if token, _, ok := unpicklePair(rows[0][0]); !ok || token != a.Token.Token {
			return nil
		}
		return db.run("DELETE FROM data WHERE key = ?", key)
	})
}

func readGalleryDLCache(path string) ([]Found, error) { return galleryDLStore.readPath(path) }

const maxPickle = 2048 // bytes of a pickled pair of texts

// The operations of Python's pickle format that make up a pair of texts; the names are those of pickle.py.
const (
	pickleProto           = 0x80
	pickleFrame           = 0x95
	pickleBinUnicode      = 'X'
	pickleShortBinUnicode = 0x8c
	pickleBinPut          = 'q'
	pickleMemoize         = 0x94
	pickleTuple2          = 0x86
	pickleStop            = '.'
)

// picklePair makes a pickle of two texts that every Python 3 reads.
func picklePair(first, second string) []byte {
	pickle := []byte{pickleProto, 2}
	for _, text := range []string{first, second} {
		pickle = append(pickle, pickleBinUnicode)
		pickle = binary.LittleEndian.AppendUint32(pickle, uint32(len(text)))
		pickle = append(pickle, text...)
	}
	return append(pickle, pickleTuple2, pickleStop)
}

// unpicklePair reads a pickle of two texts, of protocol 2 to 5. Any other operation ends the reading: a pickle can run
// programs.
func unpicklePair(pickle string) (first, second string, ok bool) {
	s := storable{rest: []byte(pickle), order: binary.LittleEndian} // of another format, for its way to take bytes
	var texts []string
	pair := false
	for s.err == nil {
		switch s.byte() {
		case pickleProto, pickleBinPut:
			s.byte()
		case pickleFrame:
			s.bytes(8)
		case pickleBinUnicode:
			texts = append(texts, string(s.bytes(s.length())))
		case pickleShortBinUnicode:
			texts = append(texts, string(s.bytes(int(s.byte()))))
		case pickleMemoize:
		case pickleTuple2:
			pair = true
		case pickleStop:
			if pair && len(texts) == 2 {
				return texts[0], texts[1], true
			}
			return "", "", false
		default:
			return "", "", false
		}
	}
	return "", "", false
}
