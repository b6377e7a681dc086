package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A picture of a screen in docs/images shows what the program draws now: TestScreensAsPictures in app/gui holds the
// pictures that these are copies of. `make screenshots` brings them up to date.
func TestPicturesOfScreensAreUpToDate(t *testing.T) {
	names, err := filepath.Glob("docs/images/*.png")
	if err != nil || len(names) == 0 {
		t.Fatalf("pictures: %v, %v", names, err)
	}
	for _, name := range names {
		if path.Base(name) == "icons.png" {
			continue
		}
		t.Run(path.Base(name), func(t *testing.T) {
			got, want := readPicture(t, name), readPicture(t, path.Join("app/gui/testdata", path.Base(name)))
			if got.Bounds() != want.Bounds() {
				t.Fatalf("it is %v, the screen is %v; please run 'make screenshots'", got.Bounds(), want.Bounds())
			}
			for y := range got.Bounds().Dy() {
				for x := range got.Bounds().Dx() {
					gotR, gotG, gotB, gotA := got.At(x, y).RGBA()
					wantR, wantG, wantB, wantA := want.At(x, y).RGBA()
					if gotR != wantR || gotG != wantG || gotB != wantB || gotA != wantA {
						t.Fatalf("it differs from the screen at %d, %d; please run 'make screenshots'", x, y)
					}
				}
			}
		})
	}
}

func readPicture(t *testing.T, name string) image.Image {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return picture
}

// icons.png names the sum of the drawings that it was made from.
func TestPictureOfIconsIsUpToDate(t *testing.T) {
	var names []string
	for _, pattern := range []string{"resources/icons/*.svg", "resources/icons/services/*.svg"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		slices.Sort(found)
		names = append(names, found...)
	}
	sum := sha256.New()
	for _, name := range names {
		drawing, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(drawing)
	}
	icons, err := os.ReadFile("docs/images/icons.png")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(icons, []byte(hex.EncodeToString(sum.Sum(nil)))) {
		t.Error("docs/images/icons.png was made from other drawings; please run 'make screenshots'")
	}
}

// Each picture is shown by a page, each picture that a page shows exists, and together they stay small.
func TestPicturesAreShown(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?:\]\(|src=")([^)"]+\.png)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			name := path.Join(path.Dir(page), match[1])
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s shows %s, which does not exist", page, match[1])
			}
			shown[name] = true
		}
	}
	size := map[string]int64{}
	err = fs.WalkDir(os.DirFS("."), "docs/images", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !shown[name] {
			t.Errorf("no page shows %s", name)
		}
		info, err := entry.Info()
		if err == nil {
			size[path.Dir(name)] += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, most := range map[string]int64{"docs/images": 2_000_000, "docs/images/tour": 2_500_000} {
		if size[folder] > most {
			t.Errorf("the pictures in %s have %d bytes together, more than %d", folder, size[folder], most)
		}
	}
}
