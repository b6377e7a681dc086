package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSBOM compares the list with the published schema of its format, which the library that writes it brings along.
func TestSBOM(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	content, err := sbom(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	for address, name := range map[string]string{
		"http://cyclonedx.org/schema/bom-1.6.schema.json":  "bom-1.6.schema.json",
		"http://cyclonedx.org/schema/spdx.schema.json":     "spdx.schema.json",
		"http://cyclonedx.org/schema/jsf-0.82.schema.json": "jsf-0.82.schemax.json", // the library has it under this name
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(address, schema); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	list, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(list); err != nil {
		t.Error(err)
	}

	var read struct {
		Metadata   struct{ Timestamp string }
		Components []struct {
			Name, Version, Purl string
			Hashes              []struct{ Content string }
			Licenses            []struct{ Expression string }
		}
	}
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	if read.Metadata.Timestamp != "2023-11-14T22:13:20Z" {
		t.Errorf("the time is %s", read.Metadata.Timestamp)
	}
	known := map[string]bool{}
	for _, c := range read.Components {
		known[c.Name] = true
		if c.Name != "std" && (len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 64) {
			t.Errorf("%s has the hashes %v", c.Name, c.Hashes)
		}
		if len(c.Licenses) != 1 || c.Licenses[0].Expression == "" || c.Version == "" || c.Purl == "" {
			t.Errorf("incomplete: %+v", c)
		}
	}
	for _, name := range []string{"std", "fyne.io/fyne/v2", "modernc.org/sqlite", "github.com/zalando/go-keyring"} {
		if !known[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
}

func TestExpression(t *testing.T) {
	for _, row := range []struct {
		want     string
		licences []string
	}{
		{"MIT", []string{"MIT"}},
		{"BSD-3-Clause AND OFL-1.1", []string{"BSD-3-Clause", "notices", "OFL-1.1"}},
		{"MIT AND (Unlicense OR BSD-3-Clause)", []string{"MIT", "Unlicense OR BSD-3-Clause"}},
		{"LicenseRef-public-domain", []string{"public domain"}},
	} {
		if got := expression(row.licences); got != row.want {
			t.Errorf("%v: got %s, want %s", row.licences, got, row.want)
		}
	}
}

func TestSumOf(t *testing.T) {
	const sums = "example.org/a v1.0.0/go.mod h1:AAAA\nexample.org/a v1.0.0 h1:AQID\nexample.org/b v1.0.0 h1:*\n"
	if got, err := sumOf(sums, "example.org/a", "v1.0.0"); got != "010203" || err != nil {
		t.Errorf("got %s, error %v", got, err)
	}
	for _, path := range []string{"example.org/b", "example.org/c"} {
		if got, err := sumOf(sums, path, "v1.0.0"); err == nil {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

func TestNotes(t *testing.T) {
	const changes = "# Changes\n\n## 1.10.0\n\n- Ten\n\n## 1.1.0 (2026-01-02)\n\n- One\n- Two\n\n## 1.0.0\n\n- First\n"
	for _, row := range []struct{ version, want string }{
		{"1.10.0", "- Ten\n"},
		{"1.1.0", "- One\n- Two\n"},
		{"1.0.0", "- First\n"},
		{"1.1", ""}, // the beginning of another
		{"2.0.0", ""},
	} {
		got, err := notes(changes, row.version)
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: got %q, error %v; want %q", row.version, got, err, row.want)
		}
	}
}

// TestIcon reads the icon as its format is documented, and not with the code that wrote it.
func TestIcon(t *testing.T) {
	content, err := icns(os.DirFS("../../resources/icons"))
	if err != nil {
		t.Fatal(err)
	}
	if string(content[:4]) != "icns" || int(binary.BigEndian.Uint32(content[4:])) != len(content) {
		t.Fatalf("the header is % x for %d bytes", content[:8], len(content))
	}
	found := map[string][]byte{}
	for rest := content[8:]; len(rest) > 0; {
		length := binary.BigEndian.Uint32(rest[4:])
		found[string(rest[:4])] = rest[8:length]
		rest = rest[length:]
	}
	for kind, size := range map[string]int{
		"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024,
	} {
		picture, err := png.Decode(bytes.NewReader(found[kind]))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if picture.Bounds().Dx() != size || picture.Bounds().Dy() != size {
			t.Errorf("%s is %v", kind, picture.Bounds())
		}
		if _, _, _, corner := picture.At(0, 0).RGBA(); corner != 0 {
			t.Errorf("%s: the corner is not transparent", kind)
		}
		if _, _, _, middle := picture.At(size/2, size/2).RGBA(); middle != 0xffff {
			t.Errorf("%s: the middle is not opaque", kind)
		}
	}
	for kind, alpha := range map[string]string{"is32": "s8mk", "il32": "l8mk"} {
		pixels := len(found[alpha])
		if want := map[string]int{"is32": 16 * 16, "il32": 32 * 32}[kind]; pixels != want {
			t.Errorf("%s: %d pixels, want %d", alpha, pixels, want)
		}
		if got := len(unpack(t, found[kind])); got != 3*pixels {
			t.Errorf("%s: %d bytes for %d pixels", kind, got, pixels)
		}
	}
}

func TestPack(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 300)
	for name, plain := range map[string][]byte{
		"nothing":           nil,
		"one":               {1},
		"two of a kind":     {1, 1},
		"three of a kind":   {1, 1, 1},
		"a run in between":  {1, 2, 3, 3, 3, 3, 4, 5},
		"a long run":        long,
		"no runs, and long": bytes.Repeat([]byte{1, 2}, 200),
	} {
		if got := unpack(t, pack(plain)); !bytes.Equal(got, plain) {
			t.Errorf("%s: got % x", name, got)
		}
	}
	if got := len(pack(long)); got > 6 {
		t.Errorf("300 equal bytes became %d", got)
	}
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	var plain []byte
	for from := bytes.NewReader(packed); from.Len() > 0; {
		n, _ := from.ReadByte()
		if n < 128 {
			part := make([]byte, int(n)+1)
			if _, err := io.ReadFull(from, part); err != nil {
				t.Fatal(err)
			}
			plain = append(plain, part...)
			continue
		}
		value, err := from.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		plain = append(plain, bytes.Repeat([]byte{value}, int(n)-125)...)
	}
	return plain
}
