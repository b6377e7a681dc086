package sandbox_test

import (
	"bytes"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/sandbox"
)

const (
	uploadPath  = "/services/upload/"
	replacePath = "/services/replace/"
)

// uploading returns a signed upload. Its protocol parameters travel in the header, the query or, if place is "form",
// beside the photo; without a photo none is sent.
func uploading(
	t *testing.T, place, target string, token oauth.TokenCredentials, fields url.Values, photo []byte,
) *http.Request {
	t.Helper()
	r := signed(way{http.MethodPost, place}, target, protocolParameters(token.Token), fields, token.Secret.Reveal())
	if err := r.ParseForm(); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if err := form.WriteField(name, r.PostForm.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if photo != nil {
		part, err := form.CreateFormFile("photo", "dot.png")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(photo)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return withBody(r, form.FormDataContentType(), body.String())
}

// withBody returns a request with the same address and protocol parameters, but another body.
func withBody(r *http.Request, contentType, body string) *http.Request {
	other := httptest.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(body))
	other.Header = r.Header.Clone()
	other.Header.Set("Content-Type", contentType)
	return other
}

func inEnvelope(stat, content string) string {
	return `<?xml version="1.0" encoding="utf-8" ?>` + "\n<rsp stat=\"" + stat + "\">\n" + content + "\n</rsp>\n"
}

func refused(code int, message string) string {
	return inEnvelope("fail", fmt.Sprintf("\t<err code=\"%d\" msg=\"%s\" />", code, message))
}

var (
	photo    = []byte("\x89PNG\r\n\x1a\n")
	uploaded = inEnvelope("ok", "<photoid>1234567890</photoid>")
)

func checkEnvelope(t *testing.T, got answer, want string) {
	t.Helper()
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Errorf("status %d, type %q", got.status, got.header.Get("Content-Type"))
	}
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("body, - want, + got:\n%s", diff)
	}
}

func TestUpload(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	read, write, remove := link(t, server, "read"), link(t, server, "write"), link(t, server, "delete")
	const insufficient = "Insufficient permissions. Method requires write privileges; "
	for _, test := range []struct {
		name, place, target string
		token               oauth.TokenCredentials
		fields              url.Values
		photo               []byte
		want                string
	}{
		{"signed in the header", "header", uploadPath, write, nil, photo, uploaded},
		{"signed in the query", "query", uploadPath, write, nil, photo, uploaded},
		{"signed in the form", "form", uploadPath, write, nil, photo, uploaded},
		{"without the slash", "form", "/services/upload", write, nil, photo, uploaded},
		{"fields", "header", uploadPath, write, url.Values{"title": {"é & ü+"}, "tags": {`a "b c"`}}, photo, uploaded},
		{
			"later", "form", uploadPath, write,
			url.Values{"async": {"1"}},
			photo,
			inEnvelope("ok", "<ticketid>1234567890</ticketid>"),
		},
		{"more than is needed", "header", uploadPath, remove, nil, photo, uploaded},
		{"larger than other requests", "header", uploadPath, write, nil, make([]byte, 1_000_000), uploaded},
		{"replacement", "header", replacePath, write, url.Values{"photo_id": {"1"}}, photo, uploaded},
		{"replacement, without the slash", "header", "/services/replace", write, nil, photo, uploaded},
		{"no photo", "header", uploadPath, write, nil, nil, refused(2, "No photo specified")},
		{"read only", "header", uploadPath, read, nil, photo, refused(99, insufficient+"read granted.")},
		{
			"token that nobody issued", "header", uploadPath,
			oauth.TokenCredentials{Token: "1-2"},
			nil, photo,
			refused(98, "Invalid auth token"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkEnvelope(t, send(server, uploading(t, test.place, test.target, test.token, test.fields, test.photo)), test.want)
		})
	}
	t.Run("not signed", func(t *testing.T) {
		r := unsigned(way{http.MethodPost, "form"}, uploadPath, nil, url.Values{"api_key": {sandbox.PracticeClient.Key}})
		checkEnvelope(t, send(server, r), refused(99, insufficient+"none granted."))
	})
	t.Run("form without parts", func(t *testing.T) {
		r := signed(way{http.MethodPost, "form"}, uploadPath, protocolParameters(write.Token), nil, write.Secret.Reveal())
		checkEnvelope(t, send(server, r), refused(2, "No photo specified"))
	})
}

func TestUploadsThatCannotBeTrusted(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := link(t, server, "write")
	upload := func() *http.Request {
		return uploading(t, "header", uploadPath, token, url.Values{"title": {"dot"}}, photo)
	}
	t.Run("wrong secret", func(t *testing.T) {
		guess := oauth.TokenCredentials{Token: token.Token, Secret: "guess"}
		got := send(server, uploading(t, "form", uploadPath, guess, nil, photo))
		want := "oauth_problem=signature_invalid&debug_sbs=POST&http%3A%2F%2Fsandbox.example%2Fservices%2Fupload%2F&oauth_"
		if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.body, want) {
			t.Errorf("status %d, body %q, want it to start with %q", got.status, got.body, want)
		}
	})
	t.Run("field that was not signed", func(t *testing.T) {
		r := upload()
		r.URL.RawQuery += "&is_public=1"
		if got := send(server, r); got.status != http.StatusUnauthorized {
			t.Errorf("status %d, body %q", got.status, got.body)
		}
	})
	t.Run("nonce used before", func(t *testing.T) {
		first := upload()
		again := withBody(first, "multipart/form-data; boundary=x",
			"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ndot\r\n--x--\r\n")
		checkEnvelope(t, send(server, first), uploaded)
		checkProblem(t, send(server, again), http.StatusUnauthorized, "oauth_problem=nonce_used")
	})
}

func TestUploadsThatCannotBeRead(t *testing.T) {
	server, _ := newServer(sandbox.Config{})
	token := link(t, server, "write")
	const form = "multipart/form-data; boundary=x"
	for _, test := range []struct {
		name, method, contentType, body string
		want                            int
	}{
		{"another HTTP method", http.MethodGet, "", "", http.StatusNotFound},
		{"no boundary", http.MethodPost, "multipart/form-data", "", http.StatusBadRequest},
		{"no parts", http.MethodPost, form, "", http.StatusOK},
		{
			"cut off in the photo", http.MethodPost, form,
			"--x\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\nx", http.StatusBadRequest,
		},
		{
			"cut off in a field", http.MethodPost, form,
			"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx", http.StatusBadRequest,
		},
		{
			"too large a photo", http.MethodPost, form,
			"--x\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n--x--\r\n",
			http.StatusRequestEntityTooLarge,
		},
		{
			"too large a field", http.MethodPost, form,
			"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n" + strings.Repeat("x", 1<<20) + "\r\n--x--\r\n",
			http.StatusRequestEntityTooLarge,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := uploading(t, "header", uploadPath, token, nil, photo)
			r = withBody(r, test.contentType, test.body)
			r.Method = test.method
			if got := send(server, r); got.status != test.want {
				t.Errorf("status %d, want %d, body %q", got.status, test.want, got.body)
			}
		})
	}
	t.Run("what is no upload stays small", func(t *testing.T) {
		r := withBody(httptest.NewRequest(http.MethodPost, restPath, nil), "application/x-www-form-urlencoded",
			strings.Repeat("x", 64<<10))
		if got := send(server, r); got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d", got.status)
		}
	})
}

func TestUploadsGoWrongOnPurpose(t *testing.T) {
	server, _ := newServer(at(sandbox.Upload, sandbox.Answer(http.StatusTeapot, "")))
	for _, target := range []string{uploadPath, replacePath} {
		got := send(server, uploading(t, "header", target, oauth.TokenCredentials{}, nil, photo))
		if got.status != http.StatusTeapot {
			t.Errorf("%s: status %d", target, got.status)
		}
	}
}
