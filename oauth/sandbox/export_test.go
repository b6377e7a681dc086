package sandbox

import "net/http"

// BaseString lets tests compare with published vectors, whose addresses are not Flickr's.
func BaseString(r *http.Request) (string, error) {
	m, err := receive(r)
	return m.baseString(), err
}

// Signature is for the same.
var Signature = signature
