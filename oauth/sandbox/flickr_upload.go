package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
)

// Upload is the endpoint that takes photos, new ones and replacements. Nothing is kept of them.
const Upload Endpoint = "upload"

// maxUpload bounds the body of an upload, in bytes: enough for a small picture.
const maxUpload = 1 << 20

// isUpload reports whether a request sends a photo. At the same addresses there is nothing to get.
func isUpload(r *http.Request) bool {
	paths := []string{"/services/upload", "/services/upload/", "/services/replace", "/services/replace/"}
	return r.Method == http.MethodPost && slices.Contains(paths, r.URL.Path)
}

// maxBody bounds the body of a request, in bytes.
func maxBody(r *http.Request) int64 {
	if isUpload(r) {
		return maxUpload
	}
	return maxRequest
}

// serveUpload answers like the REST endpoint does, but in XML alone.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	m, hasPhoto, err := receiveUpload(r)
	if err != nil {
		refuse(w, err)
		return
	}
	nodes, err := s.upload(m, hasPhoto)
	if p := (problem{}); errors.As(err, &p) {
		flickr.refuse(w, p)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, writeXML(nodes, err))
}

// receiveUpload takes an upload apart. All fields are signed but the photo
// (https://www.flickr.com/services/api/upload.api.html), although RFC 5849 section 3.4.1.3.1 has none of them signed.
func receiveUpload(r *http.Request) (m message, hasPhoto bool, err error) {
	if m, err = receive(r); err != nil {
		return message{}, false, err
	}
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return m, false, nil
	}
	for err == nil {
		var part *multipart.Part
		var value []byte
		switch part, err = parts.NextPart(); {
		case errors.Is(err, io.EOF):
			return m, hasPhoto, nil
		case err != nil:
		case part.FormName() == "photo":
			hasPhoto = true
			_, err = io.Copy(io.Discard, part) // only to find out whether all of it is there
		default:
			value, err = io.ReadAll(part)
			m.fields = append(m.fields, parameter{part.FormName(), string(value)})
		}
	}
	return message{}, false, fmt.Errorf("read form body: %w", err)
}

// upload says what became of a photo. An error is a failure or a problem.
func (s *Server) upload(m message, hasPhoto bool) ([]node, error) {
	from, err := s.identify(m)
	switch {
	case err != nil:
		return nil, err
	case slices.Index(flickrPermissions, from.permission) < slices.Index(flickrPermissions, "write"):
		granted := cmp.Or(from.permission, "none")
		return nil, failure{99, "Insufficient permissions. Method requires write privileges; " + granted + " granted."}
	case !hasPhoto:
		return nil, failure{2, "No photo specified"}
	case m.value("async") == "1":
		return []node{text("ticketid", "1234567890")}, nil
	}
	return []node{text("photoid", "1234567890")}, nil
}
