package handover

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// Written tells what a plan wrote.
type Written struct {
	Paths   []string
	Backups []string // copies of what was there, beside it
}

// step is the change of one file, in hand.
type step struct {
	*FileChange
	temporary, backup string
	folders           []string // that were made for it, the outermost first
	begun             bool     // the file may be another than before
}

// Write makes the changes, all of them or none. Files are readable by the person alone. What was there before is kept
// beside it, but not when an account is taken back: its secrets are not to stay.
//
// The error is a [PathError]; it has [ErrChanged] in it if a file is not as it was when the plan was made.
func (p *Plan) Write() (*Written, error) {
	var steps []*step
	var err error
	for i := range p.Files {
		s := &step{FileChange: &p.Files[i]}
		steps = append(steps, s)
		if err = s.stage(p); err != nil {
			break
		}
	}
	for _, s := range steps {
		if err == nil {
			err = s.commit(p)
		}
	}
	if err != nil {
		for i := len(steps) - 1; i >= 0; i-- {
			err = errors.Join(err, steps[i].undo())
		}
		return nil, err
	}
	written := &Written{}
	for _, s := range steps {
		written.Paths = append(written.Paths, s.Path)
		if s.backup != "" {
			written.Backups = append(written.Backups, s.backup)
		}
	}
	return written, nil
}

// stage puts the new content and the backup beside the file.
func (s *step) stage(p *Plan) error {
	if s.Path == "" {
		return errors.New("there is no file to write to")
	}
	if err := s.unchanged(p); err != nil {
		return err
	}
	if err := s.makeFolder(filepath.Dir(s.target)); err != nil {
		return pathError(s.Path, withoutPath(err))
	}
	if !s.Removes {
		if err := s.fill(p.removal); err != nil {
			return pathError(s.Path, withoutPath(err))
		}
	}
	if s.Exists && !p.removal {
		if err := s.keepBackup(p.stamp); err != nil {
			return pathError(s.Path, withoutPath(err))
		}
	}
	return nil
}

// unchanged looks whether the file is as it was when the plan was made.
func (s *step) unchanged(p *Plan) error {
	now, err := job{path: s.Path, database: s.database}.load()
	if err != nil {
		return pathError(s.Path, err)
	}
	if now.Exists != s.Exists || now.target != s.target || !bytes.Equal(now.before, s.before) {
		return pathError(s.Path, ErrChanged)
	}
	if s.database != nil {
		if err := notInUse(p.Tool.Name, s.target); err != nil {
			return pathError(s.Path, err)
		}
	}
	return nil
}

func (s *step) makeFolder(folder string) error {
	var missing []string
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at {
			break
		}
		missing = append([]string{at}, missing...)
	}
	for _, folder := range missing {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
		s.folders = append(s.folders, folder)
	}
	return nil
}

// fill makes the temporary file, complete and on the disk.
func (s *step) fill(removal bool) error {
	content := s.after
	if s.database != nil {
		content = s.before
	}
	file, err := os.CreateTemp(filepath.Dir(s.target), filepath.Base(s.target)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	s.temporary = file.Name()
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if s.database == nil {
		return nil
	}
	change := s.database.write
	if removal {
		change = s.database.remove
	}
	if err := change(s.temporary, s.account); err != nil {
		return err
	}
	if file, err = os.OpenFile(s.temporary, os.O_RDWR, 0); err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// keepBackup copies what was there, under a name that is not taken.
func (s *step) keepBackup(stamp string) error {
	name := s.target + ".photolink-backup-" + stamp
	for n := 2; ; n++ {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			name = s.target + ".photolink-backup-" + stamp + "-" + strconv.Itoa(n)
			continue
		}
		if err != nil {
			return err
		}
		s.backup = name
		_, err = file.Write(s.before)
		return errors.Join(err, file.Sync(), file.Close())
	}
}

// commit puts the new file in the place of the old, and reads it back.
func (s *step) commit(p *Plan) error {
	if err := s.unchanged(p); err != nil {
		return err
	}
	rename := p.rename
	if rename == nil {
		rename = os.Rename
	}
	s.begun = true
	var err error
	if s.Removes {
		err = os.Remove(s.target)
	} else {
		err = rename(s.temporary, s.target)
	}
	if err != nil {
		if link, ok := errors.AsType[*os.LinkError](err); ok {
			err = link.Err
		}
		return pathError(s.Path, withoutPath(err))
	}
	s.temporary = ""
	syncFolder(filepath.Dir(s.target))
	if err := s.readBack(p.removal); err != nil {
		return pathError(s.Path, err)
	}
	return nil
}

func (s *step) readBack(removal bool) error {
	wrong := errors.New("what was written reads back differently")
	if s.Removes {
		if _, err := os.Lstat(s.target); !errors.Is(err, fs.ErrNotExist) {
			return wrong
		}
		return nil
	}
	if s.database != nil {
		there, err := s.database.holds(s.target, s.account)
		if err == nil && there == removal {
			err = wrong
		}
		return err
	}
	content, err := os.ReadFile(s.target)
	if err == nil && !bytes.Equal(content, s.after) {
		err = wrong
	}
	return err
}

// undo leaves everything as it was.
func (s *step) undo() error {
	if s.temporary != "" {
		_ = os.Remove(s.temporary)
	}
	if s.begun {
		if err := s.restore(); err != nil {
			if s.backup != "" {
				err = fmt.Errorf("%w; what was in it is in %s", err, oneLine(s.backup))
			}
			return pathError(s.Path, err)
		}
	}
	if s.backup != "" {
		_ = os.Remove(s.backup)
	}
	for i := len(s.folders) - 1; i >= 0; i-- {
		_ = os.Remove(s.folders[i]) // of no effect if something else is in it by now
	}
	return nil
}

// restore puts the old file back if the change had already happened.
func (s *step) restore() error {
	content, err := os.ReadFile(s.target)
	switch {
	case !s.Exists && errors.Is(err, fs.ErrNotExist), s.Exists && err == nil && bytes.Equal(content, s.before):
		return nil
	case !s.Exists:
		return withoutPath(os.Remove(s.target))
	}
	again := &step{FileChange: &FileChange{target: s.target, after: s.before}}
	if err := again.fill(false); err != nil {
		return withoutPath(err)
	}
	err = errors.Join(os.Chmod(again.temporary, s.mode), os.Rename(again.temporary, s.target))
	if err != nil {
		_ = os.Remove(again.temporary)
	}
	return err
}

// syncFolder takes a rename to the disk. Windows does that by itself and lets no one ask for it.
func syncFolder(path string) {
	if runtime.GOOS == "windows" {
		return
	}
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}
