package handover

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
)

// What the databases in testdata hold. They were made by flickrapi 2.1.2 and gallery-dl 1.25.3; all of it is invented.
var (
	databaseAccount = Account{
		Service: flickr,
		Client:  oauth.ClientCredentials{Key: "0123456789abcdef0123456789abcdef", Secret: "fedcba9876543210"},
		Token:   oauth.TokenCredentials{Token: "72157600000000000-aaaabbbbccccdddd", Secret: "eeeeffff00001111"},
		UserID:  "12345678@N00", UserName: "ada", Name: "Ada Example", Permission: "write",
	}
	adaInFlickrapi = Found{
		Tool: "flickrapi", Service: flickr,
		Client: oauth.ClientCredentials{Key: "0123456789abcdef0123456789abcdef"}, Token: databaseAccount.Token,
		UserID: "12345678@N00", UserName: "ada", Permission: "write",
	}
	graceInFlickrapi = Found{
		Tool: "flickrapi", Service: flickr,
		Client: oauth.ClientCredentials{Key: "ffffffffffffffffffffffffffffffff"},
		Token:  oauth.TokenCredentials{Token: "72157600000000001-0000111122223333", Secret: "4444555566667777"},
		UserID: "87654321@N00", UserName: "grace", Permission: "read",
	}
	adaInGalleryDL = Found{
		Tool: "gallery-dl", Service: flickr,
		Client: oauth.ClientCredentials{Key: "0123456789abcdef0123456789abcdef"}, Token: databaseAccount.Token,
	}
	smugmugInGalleryDL = Found{
		Tool: "gallery-dl", Service: smugmug,
		Client: oauth.ClientCredentials{Key: "SmugKey0000000000000000000000001"},
		Token: oauth.TokenCredentials{
			Token: "SmugToken00000000000000000000003", Secret: "SmugTokenSecret00000000000000004",
		},
	}
)

const (
	flickrapiTables = `CREATE TABLE oauth_cache_db_version (version int not null);
		INSERT INTO oauth_cache_db_version VALUES (1);
		CREATE TABLE oauth_tokens (api_key, lookup_key, oauth_token, oauth_token_secret, access_level, fullname,
			username, user_nsid);`
	galleryDLTable = "CREATE TABLE data (key TEXT PRIMARY KEY, value TEXT, expires INTEGER);"
	galleryDLName  = `'gallery_dl.oauth._token_cache-(''flickr'', ''0123456789abcdef0123456789abcdef'')'`
)

var handoverDay = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func TestRecogniseFileReadsDatabases(t *testing.T) {
	tests := []struct {
		name, file string
		want       []Found
	}{
		{name: "flickrapi", file: "flickrapi.sqlite", want: []Found{adaInFlickrapi, graceInFlickrapi}},
		// One token is of gallery-dl's own key for Tumblr, and two rows say that there is no token.
		{name: "gallery-dl", file: "gallery-dl.sqlite3", want: []Found{adaInGalleryDL, smugmugInGalleryDL}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := copyOfDatabase(t, test.file)
			if err := os.Chmod(path, 0o400); err != nil {
				t.Fatal(err)
			}
			got, err := RecogniseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			expectSame(t, got, test.want)
			expectAlone(t, path)
			expectSame(t, readBytes(t, path), readBytes(t, filepath.Join("testdata", "databases", test.file)))
		})
	}
}

func TestRecogniseFileReadsTexts(t *testing.T) {
	path := filepath.Join("testdata", "flickr_api_auth.txt")
	got, err := RecogniseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Recognise("flickr_api_auth.txt", readBytes(t, path))
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, got, want)
}

// TestUnreadableRows has rows that other programs may have put there. They are passed over.
func TestUnreadableRows(t *testing.T) {
	const stored = "INSERT INTO data VALUES (" + galleryDLName + ", "
	tests := []struct{ name, statements string }{
		{name: "no row", statements: galleryDLTable},
		{name: "no pickle", statements: galleryDLTable + stored + "x'00', 0)"},
		{name: "empty pickle", statements: galleryDLTable + stored + "x'', 0)"},
		{name: "huge pickle", statements: galleryDLTable + stored + "zeroblob(8000000), 0)"},
		{name: "text", statements: galleryDLTable + stored + "'text', 0)"},
		{name: "number", statements: galleryDLTable + stored + "5, 0)"},
		{name: "null", statements: galleryDLTable + stored + "NULL, 0)"},
		{
			name:       "token that no service gives",
			statements: galleryDLTable + stored + "x'8002580100000020580100000020862e', 0)",
		},
		{
			name: "other service",
			statements: galleryDLTable + `INSERT INTO data
				VALUES ('gallery_dl.oauth._token_cache-(''fake'', ''k'')', x'8002580100000061580100000062862e', 0)`,
		},
		{name: "key that is no text", statements: galleryDLTable + "INSERT INTO data VALUES (x'00ff', x'00', 0)"},
		{name: "no row of flickrapi", statements: flickrapiTables},
		{
			name:       "nulls",
			statements: flickrapiTables + "INSERT INTO oauth_tokens (api_key, oauth_token) VALUES ('k', 't')",
		},
		{
			name: "bytes",
			statements: flickrapiTables +
				"INSERT INTO oauth_tokens VALUES (x'ff', '', x'fe', x'00', 'read', '', '', '')",
		},
		{
			name: "huge token",
			statements: flickrapiTables +
				"INSERT INTO oauth_tokens VALUES ('k', '', hex(zeroblob(4000000)), 's', 'read', '', '', '')",
		},
		{
			name: "no token secret",
			statements: flickrapiTables +
				"INSERT INTO oauth_tokens VALUES ('k', '', 't', '', 'read', '', '', '')",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := madeDatabase(t, test.statements)
			read := readGalleryDLCache
			if strings.Contains(test.statements, "oauth_tokens") {
				read = readFlickrapiRows
			}
			found, err := read(path)
			if err != nil || len(found) > 0 {
				t.Errorf("got %v and error %v, want nothing", found, err)
			}
			_, err = RecogniseFile(path)
			if unknown, ok := errors.AsType[*UnknownError](err); !ok {
				t.Errorf("got error %v, want an UnknownError", err)
			} else if want := "a database without a token that Photolink can read"; unknown.Found != want {
				t.Errorf("got %q, want %q", unknown.Found, want)
			}
		})
	}
}

func TestWriteFlickrapiRows(t *testing.T) {
	other := databaseAccount
	other.Token = oauth.TokenCredentials{Token: "72157600000000009-9999000099990000", Secret: "9999888877776666"}
	other.UserName, other.UserID, other.Name = "O'Brien \"🎞\"", "99999999@N09", ""
	nameless := databaseAccount
	nameless.UserName = ""

	row := func(a Account, lookup string) []string {
		return []string{
			a.Client.Key, lookup, a.Token.Token, a.Token.Secret.Reveal(), a.Permission, a.Name, a.UserName, a.UserID,
		}
	}
	grace := []string{
		"ffffffffffffffffffffffffffffffff", "grace", "72157600000000001-0000111122223333", "4444555566667777", "read", "",
		"grace", "87654321@N00",
	}
	tests := []struct {
		name    string
		path    func(*testing.T) string
		account Account
		want    [][]string
	}{
		{
			name: "no file", path: noFile, account: databaseAccount,
			want: [][]string{row(databaseAccount, ""), row(databaseAccount, "ada")},
		},
		{
			name: "empty file", path: emptyFile, account: databaseAccount,
			want: [][]string{row(databaseAccount, ""), row(databaseAccount, "ada")},
		},
		{name: "no user name", path: noFile, account: nameless, want: [][]string{row(nameless, "")}},
		{
			// flickrapi 2.1.2 leaves such a file behind: it does not commit what it does.
			name: "unfinished", path: testDatabase("flickrapi_unfinished.sqlite"), account: databaseAccount,
			want: [][]string{row(databaseAccount, ""), row(databaseAccount, "ada")},
		},
		{
			name: "same account", path: testDatabase("flickrapi.sqlite"), account: databaseAccount,
			want: [][]string{row(databaseAccount, ""), row(databaseAccount, "ada"), grace},
		},
		{
			name: "another account with the same key", path: testDatabase("flickrapi.sqlite"), account: other,
			want: [][]string{row(other, ""), row(other, other.UserName), row(databaseAccount, "ada"), grace},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.path(t)
			if err := writeFlickrapiRows(path, test.account); err != nil {
				t.Fatal(err)
			}
			expectAlone(t, path)
			expectSame(t, queried(t, path, "SELECT * FROM oauth_tokens ORDER BY api_key, lookup_key"), test.want)
			expectSame(t, queried(t, path, "SELECT version, typeof(version) FROM oauth_cache_db_version"),
				[][]string{{"1", "integer"}})
		})
	}
}

// TestFlickrapiTables compares the tables with those that flickrapi makes, except for white space.
func TestFlickrapiTables(t *testing.T) {
	path := noFile(t)
	if err := writeFlickrapiRows(path, databaseAccount); err != nil {
		t.Fatal(err)
	}
	const query = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY name"
	var tables [2][][]string
	for i, path := range []string{path, copyOfDatabase(t, "flickrapi.sqlite")} {
		tables[i] = queried(t, path, query)
		for _, row := range tables[i] {
			row[2] = strings.Join(strings.Fields(row[2]), " ")
		}
	}
	expectSame(t, tables[0], tables[1])
}

func TestWriteFlickrapiRowsNeedsPermission(t *testing.T) {
	for _, permission := range []string{"", "modify", "READ"} {
		account := databaseAccount
		account.Permission = permission
		path := noFile(t)
		if err := writeFlickrapiRows(path, account); err == nil {
			t.Errorf("permission %q: got no error", permission)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("permission %q: the file was made", permission)
		}
	}
}

func TestRemoveFlickrapiRows(t *testing.T) {
	path := copyOfDatabase(t, "flickrapi.sqlite")
	stranger := databaseAccount
	stranger.Token.Token = "72157600000000000-0000000000000000"
	if err := removeFlickrapiRows(path, stranger); err != nil {
		t.Fatal(err)
	}
	expectRows(t, readFlickrapiRows, path, adaInFlickrapi, graceInFlickrapi)

	if err := removeFlickrapiRows(path, databaseAccount); err != nil {
		t.Fatal(err)
	}
	expectRows(t, readFlickrapiRows, path, graceInFlickrapi)
	expectAlone(t, path)
	expectWiped(t, path)
}

func TestWriteGalleryDLCache(t *testing.T) {
	const token = "\x80\x02X\x22\x00\x00\x0072157600000000000-aaaabbbbccccdddd" + "X\x10\x00\x00\x00eeeeffff00001111\x86."
	const expires = "4948934400" // a hundred years of 365 days later
	for _, test := range []struct {
		name string
		path func(*testing.T) string
		rows string
	}{
		{name: "no file", path: noFile, rows: "1"},
		{name: "empty file", path: emptyFile, rows: "1"},
		{name: "used", path: testDatabase("gallery-dl.sqlite3"), rows: "5"},
		{
			name: "with other things in it", rows: "3",
			path: func(t *testing.T) string {
				return madeDatabase(t, galleryDLTable+`INSERT INTO data VALUES ('gallery_dl.extractor.x-', x'00', 5),
					('gallery_dl.oauth._token_cache-(''smugmug'', ''k'')', x'00', 5)`)
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := test.path(t)
			if err := writeGalleryDLCache(path, databaseAccount, handoverDay); err != nil {
				t.Fatal(err)
			}
			expectAlone(t, path)
			expectSame(t, queried(t, path, "SELECT value, expires, typeof(value) FROM data WHERE key = "+galleryDLName),
				[][]string{{token, expires, "blob"}})
			expectSame(t, queried(t, path, "SELECT count(*) FROM data"), [][]string{{test.rows}})
			expectSame(t, queried(t, path, "SELECT sql FROM sqlite_schema WHERE name = 'data'"),
				[][]string{{strings.TrimSuffix(galleryDLTable, ";")}})
		})
	}
}

func TestGalleryDLCacheRefusesOtherAccounts(t *testing.T) {
	for name, change := range map[string]func(*Account){
		"service": func(a *Account) { a.Service = "photobucket" },
		"quote":   func(a *Account) { a.Client.Key = "a'b" },
		"no key":  func(a *Account) { a.Client.Key = "" },
		"newline": func(a *Account) { a.Client.Key = "a\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			account, path := databaseAccount, copyOfDatabase(t, "gallery-dl.sqlite3")
			change(&account)
			before := readBytes(t, path)
			if writeGalleryDLCache(path, account, handoverDay) == nil || removeGalleryDLCache(path, account) == nil {
				t.Error("got no error")
			}
			expectSame(t, readBytes(t, path), before)
		})
	}
}

func TestRemoveGalleryDLCache(t *testing.T) {
	path := copyOfDatabase(t, "gallery-dl.sqlite3")
	stranger := databaseAccount
	stranger.Token.Token = "72157600000000000-0000000000000000"
	if err := removeGalleryDLCache(path, stranger); err != nil {
		t.Fatal(err)
	}
	expectRows(t, readGalleryDLCache, path, adaInGalleryDL, smugmugInGalleryDL)

	if err := removeGalleryDLCache(path, databaseAccount); err != nil {
		t.Fatal(err)
	}
	expectRows(t, readGalleryDLCache, path, smugmugInGalleryDL)
	expectSame(t, queried(t, path, "SELECT count(*) FROM data"), [][]string{{"4"}})
	expectAlone(t, path)
	expectWiped(t, path)
}

// TestChangedDatabasesKeepTheirMode has a database that logs changes in a file beside it, as its settings say for ever.
func TestChangedDatabasesKeepTheirMode(t *testing.T) {
	path := madeDatabase(t, "PRAGMA journal_mode = WAL;"+galleryDLTable)
	if err := writeGalleryDLCache(path, databaseAccount, handoverDay); err != nil {
		t.Fatal(err)
	}
	expectAlone(t, path)
	expectRows(t, readGalleryDLCache, path, adaInGalleryDL)
	expectSame(t, queried(t, path, "PRAGMA journal_mode"), [][]string{{"wal"}})
}

// TestRefusedDatabases has files that are not to be read, and even less to be changed.
func TestRefusedDatabases(t *testing.T) {
	const (
		unknown = "UnknownError"
		broken  = "BrokenError"
	)
	made := func(statements string) func(*testing.T) string {
		return func(t *testing.T) string { return madeDatabase(t, statements) }
	}
	content := func(text string) func(*testing.T) string {
		return func(t *testing.T) string { return fileWith(t, []byte(text)) }
	}
	cut := func(name string, size int) func(*testing.T) string {
		return func(t *testing.T) string {
			return fileWith(t, readBytes(t, filepath.Join("testdata", "databases", name))[:size])
		}
	}
	with := func(name, suffix string) func(*testing.T) string {
		return func(t *testing.T) string {
			path := copyOfDatabase(t, name)
			if err := os.WriteFile(path+suffix, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	tests := []struct {
		name string
		path func(*testing.T) string
		want string // kind of error of RecogniseFile
	}{
		{name: "other tables", path: made("CREATE TABLE photos (name)"), want: unknown},
		{name: "a table more", path: made(galleryDLTable + "CREATE TABLE photos (name)"), want: unknown},
		{name: "a column more", path: made("CREATE TABLE data (key, value, expires, size)"), want: unknown},
		{name: "a column less", path: made("CREATE TABLE data (key, value)"), want: unknown},
		{name: "other order", path: made("CREATE TABLE data (value, key, expires)"), want: unknown},
		{name: "name of several", path: made(`CREATE TABLE data ("key,value,expires")`), want: broken},
		{
			name: "generated column",
			path: made("CREATE TABLE data (key, value, expires AS (hex(zeroblob(1e9))))"), want: unknown,
		},
		{
			name: "view",
			path: made(`CREATE VIEW data (key, value, expires) AS
				WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i, i, i FROM n`), want: unknown,
		},
		{
			name: "trigger",
			path: made(galleryDLTable + "CREATE TRIGGER more AFTER INSERT ON data BEGIN DELETE FROM data; END"), want: unknown,
		},
		{
			name: "trigger under a name of SQLite's own",
			path: made(galleryDLTable + `CREATE TRIGGER more AFTER INSERT ON data BEGIN DELETE FROM data; END;
				PRAGMA writable_schema = 1; UPDATE sqlite_schema SET name = 'sqlite_more' WHERE type = 'trigger'`), want: broken,
		},
		{name: "index", path: made(galleryDLTable + "CREATE INDEX more ON data (length(value))"), want: unknown},
		{name: "virtual table", path: made("CREATE VIRTUAL TABLE data USING fts5 (key, value, expires)"), want: unknown},
		{name: "version to come", path: made(flickrapiTables + "UPDATE oauth_cache_db_version SET version = 2"), want: broken},
		{
			name: "version that is none",
			path: made(flickrapiTables + "UPDATE oauth_cache_db_version SET version = 'x'"), want: broken,
		},
		{name: "header alone", path: content("SQLite format 3\x00"), want: broken},
		{name: "zeros", path: content("SQLite format 3\x00" + strings.Repeat("\x00", 5000)), want: unknown},
		{name: "no database", path: content(strings.Repeat("This is a text. ", 10)), want: unknown},
		{name: "short file", path: content("x"), want: unknown},
		{name: "cut to one page", path: cut("flickrapi.sqlite", 4096), want: broken},
		{name: "cut within a page", path: cut("gallery-dl.sqlite3", 9000), want: broken},
		// Pages that list each other: SQLite alone would be busy with either for ever.
		{name: "endless tables", path: testDatabase("endless_tables.sqlite"), want: unknown},
		{name: "endless rows", path: testDatabase("endless_rows.sqlite"), want: broken},
		{name: "changes in a log", path: with("flickrapi.sqlite", "-wal"), want: broken},
		{name: "changes to be taken back", path: with("gallery-dl.sqlite3", "-journal"), want: broken},
		{name: "folder", path: func(t *testing.T) string { return t.TempDir() }, want: unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.path(t)
			before, _ := os.ReadFile(path)
			_, err := RecogniseFile(path)
			got := ""
			if _, ok := errors.AsType[*UnknownError](err); ok {
				got = unknown
			} else if _, ok := errors.AsType[*BrokenError](err); ok {
				got = broken
			}
			if got != test.want {
				t.Errorf("RecogniseFile: got error %v, want a %s", err, test.want)
			}
			for name, change := range map[string]func() error{
				"write flickrapi":   func() error { return writeFlickrapiRows(path, databaseAccount) },
				"remove flickrapi":  func() error { return removeFlickrapiRows(path, databaseAccount) },
				"read flickrapi":    func() error { _, err := readFlickrapiRows(path); return err },
				"write gallery-dl":  func() error { return writeGalleryDLCache(path, databaseAccount, handoverDay) },
				"remove gallery-dl": func() error { return removeGalleryDLCache(path, databaseAccount) },
				"read gallery-dl":   func() error { _, err := readGalleryDLCache(path); return err },
			} {
				if err := change(); err == nil {
					t.Errorf("%s: got no error", name)
				} else if strings.Contains(err.Error(), "zeroblob") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: got error %q, which has content in it", name, err)
				}
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
				t.Error("the file has changed")
			}
		})
	}
}

func TestDatabaseTooLarge(t *testing.T) {
	path := copyOfDatabase(t, "flickrapi.sqlite")
	if err := os.Truncate(path, maxDatabase+1); err != nil {
		t.Fatal(err)
	}
	if _, err := RecogniseFile(path); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("got error %v, want that it is too large", err)
	}
}

func TestOneToolLeavesTheOther(t *testing.T) {
	for name, write := range map[string]func(path string) error{
		"flickrapi.sqlite":   func(path string) error { return writeGalleryDLCache(path, databaseAccount, handoverDay) },
		"gallery-dl.sqlite3": func(path string) error { return writeFlickrapiRows(path, databaseAccount) },
	} {
		path := copyOfDatabase(t, name)
		before := readBytes(t, path)
		if err := write(path); err == nil || !strings.Contains(err.Error(), otherDatabase) {
			t.Errorf("%s: got error %v, want that %s", name, err, otherDatabase)
		}
		expectSame(t, readBytes(t, path), before)
	}
}

func TestPlacesOfDatabases(t *testing.T) {
	tests := []struct {
		name, system, home string
		env                map[string]string
		want               []Place
	}{
		{
			name: "Linux", system: "linux", home: "/home/me",
			want: []Place{
				{Tool: "gallery-dl", Path: "/home/me/.cache/gallery-dl/cache.sqlite3"},
				{Tool: "flickrapi", Path: "/home/me/.flickr/oauth-tokens.sqlite"},
			},
		},
		{
			name: "Linux with its own folder of caches", system: "linux", home: "/home/me",
			env:  map[string]string{"XDG_CACHE_HOME": "/caches"},
			want: []Place{{Tool: "gallery-dl", Path: "/caches/gallery-dl/cache.sqlite3"}},
		},
		{
			name: "Windows", system: "windows", home: `C:\Users\me`,
			env: map[string]string{"APPDATA": `C:\Users\me\AppData\Roaming`, "XDG_CACHE_HOME": `C:\caches`},
			want: []Place{
				{Tool: "gallery-dl", Path: `C:\Users\me\AppData\Roaming\gallery-dl\cache.sqlite3`},
				{Tool: "flickrapi", Path: `C:\Users\me\.flickr\oauth-tokens.sqlite`},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []Place
			for _, place := range Places(test.home, func(name string) string { return test.env[name] }, test.system) {
				if slices.Contains(test.want, place) {
					got = append(got, place)
				}
			}
			expectSame(t, got, test.want)
		})
	}
}

func TestUnpicklePair(t *testing.T) {
	tests := []struct {
		name, pickle  string
		first, second string // both empty if it is to be refused
	}{
		{name: "protocol 2", pickle: "\x80\x02X\x01\x00\x00\x00aq\x00X\x01\x00\x00\x00bq\x01\x86q\x02.", first: "a", second: "b"},
		{name: "protocol 2, short", pickle: "\x80\x02X\x01\x00\x00\x00aX\x01\x00\x00\x00b\x86.", first: "a", second: "b"},
		{
			name:   "protocol 4",
			pickle: "\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94\x8c\x01b\x94\x86\x94.", first: "a", second: "b",
		},
		{
			name:   "protocol 5",
			pickle: "\x80\x05\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94\x8c\x01b\x94\x86\x94.", first: "a", second: "b",
		},
		{name: "nothing"},
		{name: "no operation", pickle: "\x80\x04"},
		{name: "two times None", pickle: "\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00NN\x86\x94."},
		{name: "one text", pickle: "\x80\x04\x8c\x01a."},
		{name: "one text in a pair", pickle: "\x80\x04\x8c\x01a\x86."},
		{name: "three texts", pickle: "\x80\x04\x8c\x01a\x8c\x01b\x8c\x01c\x87."},
		{name: "pair and text", pickle: "\x80\x04\x8c\x01a\x8c\x01b\x86\x8c\x01c."},
		{name: "texts without pair", pickle: "\x80\x04\x8c\x01a\x8c\x01b."},
		{name: "no end", pickle: "\x80\x04\x8c\x01a\x8c\x01b\x86"},
		{name: "cut", pickle: "\x80\x04\x8c\x01a\x8c"},
		{name: "text longer than the pickle", pickle: "\x80\x02X\xff\xff\xff\xffa"},
		{name: "call", pickle: "\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."},
		{name: "call by name", pickle: "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."},
		{name: "protocol 0", pickle: "(Va\nVb\nt."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			first, second, ok := unpicklePair(test.pickle)
			if first != test.first || second != test.second || ok != (test.first != "") {
				t.Errorf("got %q, %q and %v, want %q and %q", first, second, ok, test.first, test.second)
			}
		})
	}
}

func FuzzUnpicklePair(f *testing.F) {
	f.Add("\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94\x8c\x01b\x94\x86\x94.")
	f.Add("\x80\x02X\x01\x00\x00\x00aq\x00X\x01\x00\x00\x00bq\x01\x86q\x02.")
	f.Fuzz(func(t *testing.T, pickle string) {
		first, second, ok := unpicklePair(pickle)
		if !ok {
			return
		}
		if first2, second2, ok := unpicklePair(string(picklePair(first, second))); !ok || first2 != first || second2 != second {
			t.Errorf("got %q and %q, want %q and %q", first2, second2, first, second)
		}
	})
}

// TestDamagedDatabases changes bytes at random, the same ones each time. A fuzzer would watch all of SQLite, and hardly
// get anywhere.
func TestDamagedDatabases(t *testing.T) {
	for name, store := range map[string]tokenStore{
		"flickrapi.sqlite": flickrapiStore, "gallery-dl.sqlite3": galleryDLStore,
	} {
		random := rand.New(rand.NewPCG(1, 2))
		sound := readBytes(t, filepath.Join("testdata", "databases", name))
		for range 100 {
			content := slices.Clone(sound)
			for range 1 + random.IntN(8) {
				content[random.IntN(len(content))] = byte(random.Uint32())
			}
			found, err := store.read(content)
			if _, ok := errors.AsType[*BrokenError](err); err != nil && !ok {
				t.Fatalf("%s: got error %v, want a BrokenError", name, err)
			}
			for _, one := range found {
				if faultOf(one.Token.Token) != "" || faultOf(one.Client.Key) != "" {
					t.Errorf("%s: got %q, which is no token", name, one.Token.Token)
				}
			}
		}
	}
}

func noFile(t *testing.T) string { return filepath.Join(t.TempDir(), "new &%23#.sqlite") }

func emptyFile(t *testing.T) string { return fileWith(t, nil) }

func fileWith(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a database.sqlite")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func testDatabase(name string) func(*testing.T) string {
	return func(t *testing.T) string { return copyOfDatabase(t, name) }
}

func copyOfDatabase(t *testing.T, name string) string {
	t.Helper()
	return fileWith(t, readBytes(t, filepath.Join("testdata", "databases", name)))
}

func readBytes(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func madeDatabase(t *testing.T, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.sqlite")
	database, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Exec(statements); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(database.Close(), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// queried reads a copy of the database as any program would.
func queried(t *testing.T, path, query string) [][]string {
	t.Helper()
	database, err := sql.Open("sqlite", fileWith(t, readBytes(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	connection, err := database.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	rows, err := openDatabase{connection}.rows(query)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func expectSame[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func expectRows(t *testing.T, read func(string) ([]Found, error), path string, want ...Found) {
	t.Helper()
	got, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, got, want)
}

// expectAlone expects a file that only its owner can read, with nothing beside it.
func expectAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("got %v in the folder, want the database alone", entries)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("got mode %v, want none for others", info.Mode())
	}
}

// expectWiped expects that nothing is left of the token in the file.
func expectWiped(t *testing.T, path string) {
	t.Helper()
	content := readBytes(t, path)
	for _, secret := range []string{databaseAccount.Token.Token, databaseAccount.Token.Secret.Reveal()} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s is still in the file", secret)
		}
	}
}
