package app_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// internet answers for every host but this computer with the sandbox.
type internet struct{ service http.Handler }

func (i internet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() == "127.0.0.1" {
		return http.DefaultTransport.RoundTrip(r)
	}
	arrived := r.Clone(r.Context())
	arrived.Host, arrived.RequestURI = r.URL.Host, r.URL.RequestURI()
	if r.URL.Scheme == "https" {
		arrived.TLS = &tls.ConnectionState{}
	}
	if arrived.Body == nil {
		arrived.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	i.service.ServeHTTP(recorder, arrived)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

const ownService = `name = "Mine"
[oauth]
request_token = "https://photos.example/request_token"
authorize = "https://photos.example/authorize"
access_token = "https://photos.example/access_token"
[identity]
speaks = "json"
address = "https://photos.example/me"
id = "id"
`

func TestServicesOfOnesOwn(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	write := func(name, text string) string {
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	ids := func() (ids []string) {
		for _, p := range photolink.Providers() {
			ids = append(ids, p.ID)
		}
		return ids
	}
	before := ids()

	_, err := photolink.AddService(write("mine.toml", strings.Replace(ownService, "name", "colour", 1)))
	if file, ok := errors.AsType[*provider.FileError](err); !ok || file.Line != 1 || !slices.Equal(ids(), before) {
		t.Errorf("a broken file: got %v, services %v", err, ids())
	}
	if _, err := photolink.AddService(filepath.Join(t.TempDir(), "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	if _, err := photolink.AddService(write("mine.toml", `id = "flickr"`+"\n"+ownService)); !errors.Is(err, provider.ErrIDTaken) {
		t.Errorf("an id that is taken: got %v", err)
	}
	mine, err := photolink.AddService(write("mine.toml", ownService))
	if err != nil || mine.ID != "mine" || mine.Name != "Mine" {
		t.Fatalf("got %+v, error %v", mine, err)
	}
	if want := slices.Insert(slices.Clone(before), len(before)-1, "mine"); !slices.Equal(ids(), want) {
		t.Errorf("services %v, want %v", ids(), want)
	}
	if kept, err := os.ReadFile(filepath.Join(photolink.ServicesFolder(), "mine.toml")); string(kept) != ownService || err != nil {
		t.Errorf("kept %q, error %v", kept, err)
	}
	if _, err := photolink.AddService(write("mine.toml", ownService)); !errors.Is(err, provider.ErrIDTaken) {
		t.Errorf("once more: got %v", err)
	}

	// What a person puts into the folder by hand counts too, as far as it can be used.
	for name, text := range map[string]string{
		"another.toml": strings.Replace(ownService, "Mine", "Another", 1),
		"broken.toml":  "name = ",
		"twice.toml":   `id = "mine"` + "\n" + ownService,
		"flickr.toml":  ownService,
		"notes.txt":    "not a service",
	} {
		if err := os.WriteFile(filepath.Join(photolink.ServicesFolder(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(); !slices.Contains(got, "another") || len(got) != len(before)+2 {
		t.Errorf("services %v", got)
	}
	var broken []string
	for _, err := range photolink.BrokenServices() {
		broken = append(broken, err.Error()[:strings.Index(err.Error(), ",")])
	}
	if want := []string{"broken.toml", "flickr.toml", "twice.toml"}; !slices.Equal(broken, want) {
		t.Errorf("broken %v, want %v", broken, want)
	}
	if flickr, _ := photolink.Provider("flickr"); flickr.Name != "Flickr" {
		t.Errorf("Flickr is %q now", flickr.Name)
	}
}

func TestAWordPressSiteIsAddedOnce(t *testing.T) {
	photolink, err := app.New(app.Config{Folder: t.TempDir(), Transport: internet{sandbox.New(sandbox.Config{})}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := photolink.AddWordPress(t.Context(), "blog.example")
	if err != nil || first.Endpoint.TemporaryCredentials != "https://blog.example/oauth1/request" {
		t.Fatalf("got %+v, error %v", first, err)
	}
	file := filepath.Join(photolink.ServicesFolder(), first.ID+".toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), first.Name, "My diary", 1)
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := photolink.AddWordPress(t.Context(), "https://blog.example/"); err != nil || again.Name != "My diary" {
		t.Errorf("what the person had changed became %q, error %v", again.Name, err)
	}
}

// A distributor can build keys in. A person's own key wins, and each account remembers the key that its access belongs to.
func TestKeysThatCameWithTheProgram(t *testing.T) {
	builtIn := oauth.ClientCredentials{Key: "70726163746963652d6163636f756e74", Secret: "7072616374696365"}
	own := oauth.ClientCredentials{Key: "00112233445566778899aabbccddeeff", Secret: "0011223344556677"}
	service := internet{sandbox.New(sandbox.Config{Clients: append(sandbox.PracticeClients(nil), sandbox.Client{ClientCredentials: own})})}
	folder, vault := t.TempDir(), newKeyring()
	launch := func(metadata string) *app.App {
		photolink, err := app.New(app.Config{
			Folder: folder, Vaults: []account.Vault{vault}, Transport: service, Metadata: []byte(metadata),
			Open: func(_ context.Context, address string) error {
				_, err := sandbox.Visitor{Transport: service}.Approve(t.Context(), address)
				return err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return photolink
	}
	photolink := launch("[Release]\nflickr-key = \"" + builtIn.Key + "\"\nflickr-secret = \"" + builtIn.Secret.Reveal() + "\"\n" +
		"smugmug-key = \"without a secret\"\n")
	if p, _ := photolink.Provider("flickr"); p.NeedsKey || p.Key != builtIn {
		t.Errorf("Flickr needs a key: %v", p.NeedsKey)
	}
	if p, _ := photolink.Provider("smugmug"); !p.NeedsKey {
		t.Error("half a key counts")
	}
	linked := func(photolink *app.App, key oauth.ClientCredentials) account.Account {
		t.Helper()
		a, err := photolink.Link(t.Context(), app.Wish{Service: "flickr", Request: link.Request{Permission: "read", Key: key}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := linked(photolink, oauth.ClientCredentials{})
	keys, err := photolink.Keys("flickr")
	if err != nil || len(keys) != 1 || !keys[0].BuiltIn || first.KeyID != keys[0].ID {
		t.Fatalf("keys %+v, error %v", keys, err)
	}

	// The next version comes without it: the account goes on working.
	later := launch("")
	if p, _ := later.Provider("flickr"); !p.NeedsKey {
		t.Error("no key is built in, and none is asked for")
	}
	if checked, err := later.Check(t.Context(), first); err != nil || checked.State != account.StateWorks {
		t.Errorf("got %+v, error %v", checked, err)
	}
	second := linked(photolink, own)
	if keys, err = photolink.Keys("flickr"); err != nil || len(keys) != 2 || keys[1].BuiltIn || second.KeyID != keys[1].ID {
		t.Errorf("keys %+v, error %v", keys, err)
	}
}

func TestBadMetadata(t *testing.T) {
	if _, err := app.New(app.Config{Folder: t.TempDir(), Metadata: []byte("[Release")}); err == nil || !strings.Contains(err.Error(), "FyneApp.toml") {
		t.Errorf("got %v", err)
	}
}
