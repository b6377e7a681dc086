package handover

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
)

// ReadKey reads client credentials for a service from a file of a backup tool, with whatever else it tells beside them. It
// changes nothing. The error is one of [Recognise], or of the system if the file cannot be read.
func ReadKey(file, service string) (Found, error) {
	opened, err := os.Open(file)
	if err != nil {
		return Found{}, err
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(io.LimitReader(opened, maxContent+1))
	if err != nil {
		return Found{}, err
	}
	all, err := Recognise(filepath.Base(file), content)
	if err != nil {
		return Found{}, err
	}
	for _, want := range []string{service, ""} { // a find that names the service goes before one that names none
		for _, found := range all {
			if found.Service == want && found.Client.Key != "" && found.Client.Secret != "" {
				return found, nil
			}
		}
	}
	return Found{}, &UnknownError{
		Expected: "an API key and its secret for this service",
		Found:    "a file of " + cmp.Or(all[0].Tool, "another kind") + " without them",
	}
}
