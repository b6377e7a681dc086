package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

// sbom lists what the program is made of, from the licences that are shown in it (a test compares these with what is
// linked) and from go.sum. project is the folder of Photolink.
func sbom(project fs.FS) ([]byte, error) {
	about, err := readMetadata(project)
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(project, "resources/licences/licences.txt")
	if err != nil {
		return nil, err
	}
	sums, err := fs.ReadFile(project, "go.sum")
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}

	bom := cyclonedx.NewBOM()
	bom.SpecVersion = cyclonedx.SpecVersion1_6
	bom.JSONSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cyclonedx.Metadata{Timestamp: time.Unix(seconds, 0).UTC().Format(time.RFC3339)}
	bom.Components = &[]cyclonedx.Component{}
	var own string
	var parts []string
	for _, m := range modulesOf(string(text)) {
		component := cyclonedx.Component{
			Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version, Scope: cyclonedx.ScopeRequired,
			Licenses: &cyclonedx.Licenses{{Expression: expression(m.licences)}},
		}
		switch m.path {
		case "Photolink":
			component.Type, component.Scope = cyclonedx.ComponentTypeApplication, ""
			component.Name, component.Version = about.Name, about.Version
			own = "pkg:generic/photolink@" + component.Version
			component.PackageURL, component.BOMRef = own, own
			bom.Metadata.Component = &component
			continue
		case "Go": // the standard library, of the Go that builds this
			component.Name, component.Version = "std", runtime.Version()
			component.PackageURL = "pkg:golang/std@" + strings.TrimPrefix(runtime.Version(), "go")
		default:
			hash, err := sumOf(string(sums), m.path, m.version)
			if err != nil {
				return nil, err
			}
			component.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hash}}
			component.PackageURL = "pkg:golang/" + m.path + "@" + strings.ReplaceAll(m.version, "+", "%2B")
		}
		component.BOMRef = component.PackageURL
		parts = append(parts, component.BOMRef)
		*bom.Components = append(*bom.Components, component)
	}
	if bom.Metadata.Component == nil {
		return nil, errors.New("the licences do not name Photolink")
	}
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: own, Dependencies: &parts}} // all of them are linked into it

	var out bytes.Buffer
	err = cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, bom.SpecVersion)
	return out.Bytes(), err
}

// module is a part of the program.
type module struct {
	path, version string
	licences      []string
}

// modulesOf reads the file that tools/licences writes: after each rule the name of a licence and, behind an empty line, the
// modules that have it, one a line: path, version, and in brackets the part of it that is meant.
func modulesOf(text string) []module {
	var all []module
	for _, block := range strings.Split(text, "\n"+strings.Repeat("=", 80)+"\n")[1:] {
		licence, rest, _ := strings.Cut(block, "\n\n")
		users, _, _ := strings.Cut(rest, "\n\n")
		for line := range strings.Lines(users) {
			fields := strings.Fields(line)
			i := slices.IndexFunc(all, func(m module) bool { return m.path == fields[0] })
			if i < 0 {
				i = len(all)
				all = append(all, module{path: fields[0]})
			}
			if len(fields) > 1 {
				all[i].version = fields[1]
			}
			if !slices.Contains(all[i].licences, licence) {
				all[i].licences = append(all[i].licences, licence)
			}
		}
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all
}

// expression says in the language of SPDX that all the licences hold.
func expression(licences []string) string {
	var terms []string
	for _, licence := range licences {
		switch {
		case licence == "notices": // no licence: what some licences want passed on
			continue
		case licence == "public domain":
			licence = "LicenseRef-public-domain"
		case strings.Contains(licence, " OR "):
			licence = "(" + licence + ")"
		}
		terms = append(terms, licence)
	}
	return strings.Join(terms, " AND ")
}

// sumOf finds the hash of a module in go.sum. It is a SHA-256 over the names and SHA-256 hashes of its files
// (golang.org/x/mod/sumdb/dirhash), not of an archive.
func sumOf(sums, path, version string) (string, error) {
	for line := range strings.Lines(sums) {
		if sum, found := strings.CutPrefix(strings.TrimSpace(line), path+" "+version+" h1:"); found {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return "", fmt.Errorf("go.sum: %s: %w", path, err)
			}
			return hex.EncodeToString(raw), nil
		}
	}
	return "", fmt.Errorf("go.sum does not have %s %s", path, version)
}
