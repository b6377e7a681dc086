package handover

import "cmp"

// ReadKey reads client credentials for a service from a file of a backup tool, with whatever else it tells beside them. It
// changes nothing. The error is one of [RecogniseFile].
func ReadKey(file, service string) (Found, error) {
	all, err := RecogniseFile(file)
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
