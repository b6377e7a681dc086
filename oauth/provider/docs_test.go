package provider_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// servicesPage explains the files of services. It is seen from this folder.
const servicesPage = "../../docs/services.md"

// documented returns the page about files of services, and the files on it by their names, which begin each of them.
func documented(t *testing.T) (page string, files map[string]string) {
	t.Helper()
	text, err := os.ReadFile(servicesPage)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, block := range strings.Split(string(text), "```toml\n")[1:] {
		file, _, closed := strings.Cut(block, "```\n")
		heading, _, _ := strings.Cut(file, "\n")
		name, named := strings.CutPrefix(heading, "# ")
		if _, twice := files[name]; !closed || !named || twice {
			t.Errorf("the example %q is not closed, has no name, or has that of another", heading)
		}
		files[name] = file
	}
	return string(text), files
}

func TestExamplesInTheDocs(t *testing.T) {
	_, files := documented(t)
	for _, name := range []string{"photos.toml", "wordpress-blog-example-org.toml", "wiki.toml"} {
		if files[name] == "" {
			t.Errorf("there is no example %s", name)
		}
	}
	for name, file := range files {
		if _, err := provider.Parse(name, []byte(file)); err != nil {
			t.Error(err)
		}
	}
}

func TestErrorInTheDocs(t *testing.T) {
	page, files := documented(t)
	_, err := provider.Parse("photos.toml", []byte(strings.Replace(files["photos.toml"], `"json"`, `"jsno"`, 1)))
	if err == nil || !strings.Contains(page, "! A service cannot be used: "+err.Error()+"\n") {
		t.Errorf("the page does not show the error %v", err)
	}
}

func TestWordPressFileInTheDocs(t *testing.T) {
	_, files := documented(t)
	site := wordPress{"https://blog.example.org/wp-json/": {body: strings.ReplaceAll(indexBody, "BASE/wp", "BASE")}}
	p, err := provider.FindWordPress(t.Context(), &http.Client{Transport: site}, "blog.example.org")
	if err != nil {
		t.Fatal(err)
	}
	want, err := provider.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	rest := string(want)
	for line := range strings.Lines(files[p.ID+".toml"]) {
		if strings.HasPrefix(line, "#") { // or stands for what is left out
			continue
		}
		var found bool
		if _, rest, found = strings.Cut(rest, line); !found {
			t.Fatalf("the line %q is not in the file, or elsewhere:\n%s", line, want)
		}
	}
}

// The examples differ from files for the sandbox in their addresses alone.
func TestExamplesInTheDocsLinkAtTheSandbox(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Config{}))
	defer server.Close()
	_, files := documented(t)
	for _, row := range []struct {
		file, callback string
		addresses      []string // of the example and of the sandbox, in pairs
		want           provider.Identity
	}{
		{
			file: "photos.toml", callback: "http://127.0.0.1:8713/callback/random",
			addresses: []string{"http://127.0.0.1:8080", server.URL},
			want:      provider.Identity{UserID: "adapractice", Name: "adapractice", Permission: "full", PhotoCount: -1},
		},
		{
			file: "wordpress-blog-example-org.toml", callback: "http://127.0.0.1:8714/wordpress?attempt=random",
			addresses: []string{"https://blog.example.org", server.URL},
			want: provider.Identity{
				UserID: "12345678", UserName: "adapractice", Name: "Ada Practice", Permission: "full", PhotoCount: -1,
				ProfileURL: server.URL + "/author/adapractice/",
			},
		},
		{
			file: "wiki.toml", callback: "http://127.0.0.1:8713/callback/random",
			addresses: []string{
				"https://wiki.example.org/index.php", server.URL + "/w/index.php",
				`issuer = "https://wiki.example.org"`, `issuer = "https://commons.wikimedia.org"`,
			},
			want: provider.Identity{
				UserID: "12345678", UserName: "Adapractice", Name: "Adapractice", Permission: "registered", PhotoCount: -1,
				ProfileURL: "https://commons.wikimedia.org/wiki/User:Adapractice",
			},
		},
	} {
		t.Run(row.file, func(t *testing.T) {
			p, err := provider.Parse(row.file, []byte(strings.NewReplacer(row.addresses...).Replace(files[row.file])))
			if err != nil {
				t.Fatal(err)
			}
			client := p.Client(sandbox.PracticeClient)
			if err := p.Service.CheckKey(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			temporary, err := client.RequestTemporaryCredentials(t.Context(), row.callback, nil)
			if err != nil {
				t.Fatal(err)
			}
			params := p.AuthorizationParametersFor(sandbox.PracticeClient.Key, p.Permissions[0])
			page, err := client.AuthorizationURL(temporary.Credentials, params)
			if err != nil {
				t.Fatal(err)
			}
			visit, err := sandbox.Visitor{}.ApproveOnly(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			verifier := visit.URL.Query().Get("oauth_verifier")
			granted, err := client.RequestTokenCredentials(t.Context(), temporary.Credentials, verifier)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Service.Identify(t.Context(), client, granted.Credentials, provider.Told{})
			if err != nil {
				t.Fatal(err)
			}
			got.PictureURL = "" // an avatar of elsewhere
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}
