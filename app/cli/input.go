package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/term"

	"photolink/oauth"
)

// maxLine bounds what is read as one line, in bytes.
const maxLine = 8 << 10

// errNoPassphrase means that nobody could be asked for a passphrase, or said nothing.
var errNoPassphrase = errors.New("no passphrase")

// input is what a person types, or what a script pipes in. It reads a line when one is wanted and no sooner, so that a
// secret can be typed unseen. A read that was given up serves the next one who wants a line.
type input struct {
	source   io.Reader
	reader   *bufio.Reader
	prompts  io.Writer
	terminal bool

	mutex   sync.Mutex
	pending chan typed
}

type typed struct {
	text string
	err  error
}

func newInput(source io.Reader, prompts io.Writer) *input {
	file, isFile := source.(*os.File)
	return &input{
		source: source, reader: bufio.NewReader(source), prompts: prompts,
		terminal: isFile && term.IsTerminal(int(file.Fd())),
	}
}

// line reads a line. The error is io.EOF when there is none.
func (i *input) line(ctx context.Context) (string, error) {
	return i.read(ctx, func() (string, error) {
		text, err := i.reader.ReadString('\n')
		if len(text) > maxLine {
			return "", errors.New("the line is too long")
		}
		if text != "" {
			err = nil
		}
		return strings.TrimRight(text, "\r\n"), err
	})
}

// secret reads a line without showing it.
func (i *input) secret(ctx context.Context) (oauth.Secret, error) {
	if !i.terminal {
		text, err := i.line(ctx)
		return oauth.Secret(text), err
	}
	terminal := int(i.source.(*os.File).Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(terminal, before) }() // ReadPassword does so too, but not when it is given up
	defer func() { _, _ = fmt.Fprintln(i.prompts) }()
	text, err := i.read(ctx, func() (string, error) {
		text, err := term.ReadPassword(terminal)
		return string(text), err
	})
	return oauth.Secret(text), err
}

func (i *input) read(ctx context.Context, read func() (string, error)) (string, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.pending == nil {
		pending := make(chan typed, 1)
		i.pending = pending
		go func() {
			text, err := read()
			pending <- typed{text, err}
		}()
	}
	select {
	case got := <-i.pending:
		i.pending = nil
		return got.text, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask writes a question and reads the answer.
func (i *input) ask(ctx context.Context, question string) (string, error) {
	_, _ = fmt.Fprint(i.prompts, question)
	text, err := i.line(ctx)
	if !i.terminal {
		_, _ = fmt.Fprintln(i.prompts)
	}
	return strings.TrimSpace(text), err
}

// agrees asks a question that yes or no answers. No answer is a no.
func (i *input) agrees(ctx context.Context, question string) bool {
	answer, _ := i.ask(ctx, question+" [y/N] ")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes"
}

// askKey reads client credentials: two lines, the secret unseen.
func (i *input) askKey(ctx context.Context, service string) (oauth.ClientCredentials, error) {
	key, err := i.ask(ctx, "API key of "+service+": ")
	if err == nil && key != "" {
		_, _ = fmt.Fprint(i.prompts, "API secret: ")
		var secret oauth.Secret
		secret, err = i.secret(ctx)
		if trimmed := oauth.Secret(strings.TrimSpace(secret.Reveal())); err == nil && trimmed != "" {
			if !i.terminal {
				_, _ = fmt.Fprintln(i.prompts)
			}
			return oauth.ClientCredentials{Key: key, Secret: trimmed}, nil
		}
	}
	if ctx.Err() != nil {
		return oauth.ClientCredentials{}, ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return oauth.ClientCredentials{}, err
	}
	return oauth.ClientCredentials{}, wrongUse("an API key and its secret are needed: two lines, typed or piped in")
}

// askPassphrase reads a passphrase, at a terminal twice if it is a new one.
func (i *input) askPassphrase(ctx context.Context, what string, creating bool) (oauth.Secret, error) {
	_, _ = fmt.Fprintf(i.prompts, "Passphrase of %s: ", what)
	first, err := i.secret(ctx)
	if err == nil && first != "" && creating && i.terminal {
		_, _ = fmt.Fprint(i.prompts, "Once more: ")
		var second oauth.Secret
		if second, err = i.secret(ctx); err == nil && !second.Equal(first) {
			return "", fmt.Errorf("%w: the two are not the same", errNoPassphrase)
		}
	}
	if !i.terminal {
		_, _ = fmt.Fprintln(i.prompts)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil || first == "" {
		return "", errNoPassphrase
	}
	return first, nil
}

// passphrase gets the passphrase of the encrypted file: from an open file, the environment, a program, or the person.
func (s *session) passphrase(ctx context.Context, creating bool) (oauth.Secret, error) {
	if s.passphraseFD >= 0 {
		file := os.NewFile(uintptr(s.passphraseFD), "passphrase")
		if file == nil {
			return "", errNoPassphrase
		}
		content, err := io.ReadAll(io.LimitReader(file, maxLine))
		if err != nil {
			return "", fmt.Errorf("%w in file %d", errNoPassphrase, s.passphraseFD)
		}
		return firstLine(content)
	}
	if given := os.Getenv("PHOTOLINK_PASSPHRASE"); given != "" {
		return oauth.Secret(given), nil
	}
	if command := os.Getenv("PHOTOLINK_PASSPHRASE_COMMAND"); command != "" {
		agent := exec.CommandContext(ctx, "sh", "-c", command)
		if runtime.GOOS == "windows" {
			agent = exec.CommandContext(ctx, "cmd", "/c", command)
		}
		agent.Stderr = s.errors
		content, err := agent.Output()
		if err != nil {
			return "", fmt.Errorf("PHOTOLINK_PASSPHRASE_COMMAND: %w", err)
		}
		return firstLine(content)
	}
	if !s.in.terminal {
		return "", fmt.Errorf("%w: set PHOTOLINK_PASSPHRASE_COMMAND or --passphrase-fd where nobody can be asked", errNoPassphrase)
	}
	return s.in.askPassphrase(ctx, "the encrypted file", creating)
}

// bundlePassphrase gets the passphrase of a bundle. It is another one than that of the encrypted file.
func (s *session) bundlePassphrase(ctx context.Context, creating, stdinTaken bool) (oauth.Secret, error) {
	if given := os.Getenv("PHOTOLINK_BUNDLE_PASSPHRASE"); given != "" {
		return oauth.Secret(given), nil
	}
	if stdinTaken {
		return "", fmt.Errorf("%w: set PHOTOLINK_BUNDLE_PASSPHRASE", errNoPassphrase)
	}
	return s.in.askPassphrase(ctx, "the bundle", creating)
}

func firstLine(content []byte) (oauth.Secret, error) {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	secret := oauth.Secret(bytes.TrimRight(line, "\r"))
	if secret == "" {
		return "", errNoPassphrase
	}
	return secret, nil
}
