package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"photolink/app/account"
	"photolink/oauth"
)

const secretsFile = "secrets.age"

// asked is a person who answers the question for the passphrase, and remembers how often it was asked.
type asked struct {
	answer   oauth.Secret
	err      error
	creating []bool
}

func (a *asked) passphrase(_ context.Context, creating bool) (oauth.Secret, error) {
	a.creating = append(a.creating, creating)
	return a.answer, a.err
}

func (a *asked) expect(t *testing.T, want string) {
	t.Helper()
	if got := strings.Trim(fmt.Sprint(a.creating), "[]"); got != want {
		t.Errorf("asked with creating %q, want %q", got, want)
	}
}

func TestFileKeepsRecords(t *testing.T) {
	testVault(t, account.NewFile(filepath.Join(t.TempDir(), secretsFile), knowsPassphrase))
}

func TestFileIsAnAgeFile(t *testing.T) {
	folder := t.TempDir()
	vault := account.NewFile(filepath.Join(folder, secretsFile), knowsPassphrase)
	for _, record := range []string{"one", "two"} {
		if err := vault.Put(t.Context(), record, []byte("token-canary of "+record)); err != nil {
			t.Fatal(err)
		}
	}
	records := unsealed(t, filepath.Join(folder, secretsFile))
	if len(records) != 2 || string(records["two"]) != "token-canary of two" {
		t.Errorf("got %q", records)
	}
	expectNoSecretIn(t, folder)
}

// TestFileWorksAsHardAsAgeRecommends does not do the work, which takes 256 MB, and a multiple of that with -race.
func TestFileWorksAsHardAsAgeRecommends(t *testing.T) {
	if got := account.WorkFactor(account.File(secretsFile, knowsPassphrase)); got != 0 {
		t.Errorf("got a work factor of 2^%d, want that of age", got)
	}
}

func TestPassphraseIsAskedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), secretsFile)
	person := &asked{answer: passphrase}
	vault := account.NewFile(path, person.passphrase)
	if _, err := vault.Get(t.Context(), "record"); stateOf(err) != account.VaultNotFound {
		t.Errorf("get without a file: got %v, want a record not found", err)
	}
	if err := vault.Delete(t.Context(), "record"); err != nil {
		t.Errorf("delete without a file: %v", err)
	}
	person.expect(t, "")
	for range 2 {
		if err := vault.Put(t.Context(), "record", []byte("secret")); err != nil {
			t.Fatal(err)
		}
	}
	person.expect(t, "true")

	person = &asked{answer: passphrase}
	vault = account.NewFile(path, person.passphrase)
	for range 2 {
		if secret, err := vault.Get(t.Context(), "record"); err != nil || string(secret) != "secret" {
			t.Errorf("get: got %q and %v", secret, err)
		}
	}
	person.expect(t, "false")
}

func TestFileStaysLockedAndWhole(t *testing.T) {
	errClosed := errors.New("the person closed the question")
	for _, test := range []struct {
		name   string
		person asked
		want   account.VaultState
	}{
		{"wrong passphrase", asked{answer: "wrong"}, account.VaultWrongPassphrase},
		{"nothing typed", asked{}, account.VaultLocked},
		{"question closed", asked{err: errClosed}, account.VaultLocked},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, secretsFile)
			if err := account.NewFile(path, knowsPassphrase).Put(t.Context(), "record", []byte("secret")); err != nil {
				t.Fatal(err)
			}
			before := read(t, folder, secretsFile)

			person := test.person
			vault := account.NewFile(path, person.passphrase)
			_, getErr := vault.Get(t.Context(), "record")
			for name, err := range map[string]error{
				"get":    getErr,
				"put":    vault.Put(t.Context(), "record", []byte("other")),
				"delete": vault.Delete(t.Context(), "record"),
				"probe":  account.Probe(t.Context(), vault),
			} {
				if stateOf(err) != test.want || !errors.Is(err, test.person.err) && test.person.err != nil {
					t.Errorf("%s: got %v, want state %q", name, err, test.want)
				}
			}
			person.expect(t, "false false false false") // once a call, and not to clean up after it
			if read(t, folder, secretsFile) != before {
				t.Error("the file has changed")
			}

			person.answer, person.err = passphrase, nil
			if secret, err := vault.Get(t.Context(), "record"); err != nil || string(secret) != "secret" {
				t.Errorf("get with the passphrase: got %q and %v", secret, err)
			}
		})
	}
}

func TestNoFileWithoutPassphrase(t *testing.T) {
	folder := t.TempDir()
	person := &asked{err: errors.New("the person closed the question")}
	vault := account.NewFile(filepath.Join(folder, secretsFile), person.passphrase)
	if err := vault.Put(t.Context(), "record", []byte("secret")); stateOf(err) != account.VaultLocked {
		t.Errorf("got %v, want a locked vault", err)
	}
	person.expect(t, "true")
	if content := read(t, folder, secretsFile); content != "" {
		t.Errorf("there is a file: %q", content)
	}
}

// seal makes an age file.
func seal(t *testing.T, content string, recipient age.Recipient) string {
	t.Helper()
	var sealed bytes.Buffer
	plain, err := age.Encrypt(&sealed, recipient)
	if err == nil {
		_, err = io.WriteString(plain, content)
	}
	if err == nil {
		err = plain.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return sealed.String()
}

func scryptRecipient(t *testing.T) *age.ScryptRecipient {
	t.Helper()
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(2)
	return recipient
}

func TestDamagedFileIsLeftAlone(t *testing.T) {
	good := seal(t, `{"record": "c2VjcmV0"}`, scryptRecipient(t))
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(good)
	flipped[len(flipped)-1] ^= 1
	for _, test := range []struct{ name, content string }{
		{"zero bytes after a power cut", strings.Repeat("\x00", 100)},
		{"not an age file", `{"record": "c2VjcmV0"}`},
		{"cut off in the header", good[:30]},
		{"cut off after the header", good[:len(good)-40]},
		{"cut off at the end", good[:len(good)-1]},
		{"one bit is another", string(flipped)},
		{"something added", good + "x"},
		{"work without end", strings.Replace(good, " 2\n", " 30\n", 1)},
		{"encrypted to a key", seal(t, `{"record": "c2VjcmV0"}`, other.Recipient())},
		{"no JSON", seal(t, "c2VjcmV0", scryptRecipient(t))},
		{"JSON of another kind", seal(t, `["c2VjcmV0"]`, scryptRecipient(t))},
		{"no records", seal(t, "null", scryptRecipient(t))},
		{"too large", good + strings.Repeat("x", 1<<20)},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, secretsFile, test.content)
			vault := account.NewFile(filepath.Join(folder, secretsFile), knowsPassphrase)
			_, getErr := vault.Get(t.Context(), "record")
			for name, err := range map[string]error{
				"get":    getErr,
				"put":    vault.Put(t.Context(), "record", []byte("other")),
				"delete": vault.Delete(t.Context(), "record"),
			} {
				if stateOf(err) != account.VaultDamaged {
					t.Errorf("%s: got %v, want a damaged vault", name, err)
				}
				if err != nil && strings.Contains(err.Error(), "c2VjcmV0") {
					t.Errorf("%s: the error holds the content: %v", name, err)
				}
			}
			if read(t, folder, secretsFile) != test.content {
				t.Error("the file has changed")
			}
		})
	}

	folder := t.TempDir() // so that it is not the test that damages
	write(t, folder, secretsFile, good)
	vault := account.NewFile(filepath.Join(folder, secretsFile), knowsPassphrase)
	if secret, err := vault.Get(t.Context(), "record"); err != nil || string(secret) != "secret" {
		t.Errorf("not damaged: got %q and %v", secret, err)
	}
}

func TestEmptyFileIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), secretsFile)
	must(os.WriteFile(path, nil, 0o600))
	err := account.NewFile(path, knowsPassphrase).Put(t.Context(), "record", []byte("secret"))
	if stateOf(err) != account.VaultDamaged {
		t.Errorf("got %v, want a damaged vault", err)
	}
}

func TestFileHasLimits(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, secretsFile)
	full := `{"record": "` + strings.Repeat("AAAA", 261_600) + `"}`
	write(t, folder, secretsFile, seal(t, full, scryptRecipient(t)))
	before := read(t, folder, secretsFile)
	vault := account.NewFile(path, knowsPassphrase)
	for name, size := range map[string]int{"a secret that is too big": 2561, "a file that is full": 2560} {
		if err := vault.Put(t.Context(), "other", make([]byte, size)); stateOf(err) != account.VaultTooBig {
			t.Errorf("%s: got %v, want a secret too big", name, err)
		}
	}
	if read(t, folder, secretsFile) != before {
		t.Error("the file has changed")
	}
	if _, err := vault.Get(t.Context(), "other"); stateOf(err) != account.VaultNotFound {
		t.Errorf("get: got %v, want a record not found", err)
	}
}

func TestFileThatCannotBeWritten(t *testing.T) {
	vault := account.NewFile(filepath.Join(t.TempDir(), "no folder", secretsFile), knowsPassphrase)
	err := vault.Put(t.Context(), "record", []byte("secret"))
	if stateOf(err) != account.VaultRefused || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a vault that refuses because there is no folder", err)
	}
}

func TestProgramsShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), secretsFile)
	const each = 8
	var all sync.WaitGroup
	for program := range 2 {
		vault := account.NewFile(path, knowsPassphrase)
		for i := range each {
			all.Go(func() {
				record := fmt.Sprint("record-", program, "-", i)
				if err := vault.Put(t.Context(), record, []byte(record)); err != nil {
					t.Errorf("put: %v", err)
				}
				if secret, err := vault.Get(t.Context(), record); err != nil || string(secret) != record {
					t.Errorf("get: got %q and %v, want %q", secret, err, record)
				}
			})
		}
	}
	all.Wait()
	if records := unsealed(t, path); len(records) != 2*each {
		t.Errorf("got %d records, want %d", len(records), 2*each)
	}
}

type askFunc = func(ctx context.Context, creating bool) (oauth.Secret, error)

// TestFileGivesUpAtOnce has a person who does not answer, and a program that does not let go of the file.
func TestFileGivesUpAtOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		// block makes a call of the vault wait, after it said so on waiting, until the end of its context.
		block func(t *testing.T, path string, waiting chan<- struct{}) askFunc
	}{
		{"question unanswered", func(_ *testing.T, _ string, waiting chan<- struct{}) askFunc {
			return func(ctx context.Context, _ bool) (oauth.Secret, error) {
				close(waiting)
				<-ctx.Done()
				return passphrase, nil // it was too late
			}
		}},
		{"file locked", func(t *testing.T, path string, waiting chan<- struct{}) askFunc {
			return func(context.Context, bool) (oauth.Secret, error) {
				lock := flock.New(path + ".lock")
				must(lock.Lock())
				t.Cleanup(func() { must(lock.Unlock()) })
				close(waiting)
				return passphrase, nil
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, secretsFile)
			waiting := make(chan struct{})
			vault := account.NewFile(path, test.block(t, path, waiting))
			ctx, cancel := context.WithCancel(t.Context())
			answer := make(chan error)
			go func() { answer <- vault.Put(ctx, "record", []byte("secret")) }()
			<-waiting
			cancel()
			if err := <-answer; stateOf(err) != account.VaultUnanswered || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want a call given up", err)
			}
			if content := read(t, folder, secretsFile); content != "" {
				t.Errorf("there is a file: %q", content)
			}
		})
	}
}
