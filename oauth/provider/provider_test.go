package provider_test

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

func TestPermission(t *testing.T) {
	flickr := provider.Flickr()
	for _, row := range []struct{ id, name, perms string }{
		{"read", "Read only", "read"},
		{"write", "Read and upload", "write"},
		{"delete", "Read, upload and delete", "delete"},
		{"unheard-of", "unheard-of", ""},
	} {
		got := flickr.Permission(row.id)
		if got.ID != row.id || got.Name != row.name || got.Parameters["perms"] != row.perms || got.Words == "" {
			t.Errorf("%s: got %+v, want name %q, perms %q", row.id, got, row.name, row.perms)
		}
	}
}

func TestIncludes(t *testing.T) {
	flickr := provider.Flickr()
	for _, row := range []struct {
		granted, asked string
		want           bool
	}{
		{"read", "read", true},
		{"read", "write", false},
		{"read", "delete", false},
		{"write", "read", true},
		{"write", "delete", false},
		{"delete", "read", true},
		{"delete", "delete", true},
		{"none", "read", false},
		{"", "delete", true}, // the service does not tell
	} {
		if got := flickr.Includes(row.granted, row.asked); got != row.want {
			t.Errorf("%q includes %q: got %v, want %v", row.granted, row.asked, got, row.want)
		}
	}
}

// approve links to the sandbox and returns the token credentials with what came along.
func approve(t *testing.T, client *oauth.Client, permission string) oauth.TokenCredentialsResponse {
	t.Helper()
	ctx := context.Background()
	temporary, err := client.RequestTemporaryCredentials(ctx, "http://127.0.0.1/callback", nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.AuthorizationURL(temporary.Credentials, url.Values{"perms": {permission}})
	if err != nil {
		t.Fatal(err)
	}
	visit, err := sandbox.Visitor{}.ApproveOnly(ctx, page)
	if err != nil {
		t.Fatal(err)
	}
	granted, err := client.RequestTokenCredentials(ctx, temporary.Credentials, visit.URL.Query().Get("oauth_verifier"))
	if err != nil {
		t.Fatal(err)
	}
	return granted
}

func TestIdentifyAtTheSandbox(t *testing.T) {
	ctx := context.Background()
	for _, row := range []struct {
		name       string
		person     sandbox.Person
		permission string
		want       provider.Identity // without PictureURL, which depends on the port
	}{
		{
			name: "the invented person", permission: "read",
			want: provider.Identity{
				UserID: "12345678@N00", UserName: "adapractice", Name: "Ada Practice", Permission: "read", Plan: "Free", PhotoCount: 128,
			},
		},
		{
			name: "no alias, no full name", permission: "delete",
			person: sandbox.Person{ID: "1@N01", UserName: "o'grace"},
			want:   provider.Identity{UserID: "1@N01", UserName: "o'grace", Name: "o'grace", Permission: "delete", Plan: "Free"},
		},
		{
			name: "hard to write", permission: "write",
			person: sandbox.Person{ID: "1@N01", UserName: "a&b=c +%", Name: `Zoë "</script>" 山田`, PhotoCount: 1_000_000, Pro: true},
			want: provider.Identity{
				UserID: "1@N01", UserName: "a&b=c +%", Name: `Zoë "</script>" 山田`, Permission: "write", Plan: "Pro", PhotoCount: 1_000_000,
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := sandbox.New(sandbox.Config{Person: row.person})
			server := httptest.NewServer(service)
			defer server.Close()
			practice := provider.Practice(server.URL, sandbox.PracticeClient)
			client := practice.Client(practice.Key)
			if err := practice.Service.CheckKey(ctx, client); err != nil {
				t.Fatal(err)
			}
			granted := approve(t, client, row.permission)
			got, err := practice.Service.Identify(ctx, client, granted.Credentials, provider.Told{Token: granted.Extra})
			if err != nil {
				t.Fatal(err)
			}
			row.want.PictureURL = server.URL + "/buddyicons/" + row.want.UserID + ".jpg"
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
			if picture, err := client.UnsignedGet(ctx, got.PictureURL); err != nil || len(picture.Body) == 0 {
				t.Errorf("no picture at %s: %v", got.PictureURL, err)
			}

			service.Revoke(granted.Credentials.Token)
			if _, err := practice.Service.Identify(ctx, client, granted.Credentials, provider.Told{}); !errors.Is(err, provider.ErrTokenRefused) {
				t.Errorf("after revocation: got %v, want %v", err, provider.ErrTokenRefused)
			}
		})
	}
}

func TestCheckKeyAtTheSandbox(t *testing.T) {
	server := httptest.NewServer(sandbox.New(sandbox.Config{}))
	practice := provider.Practice(server.URL, sandbox.PracticeClient)
	ctx := context.Background()
	for _, key := range []string{"", "short", "00000000000000000000000000000000"} {
		client := practice.Client(oauth.ClientCredentials{Key: key})
		if err := practice.Service.CheckKey(ctx, client); !errors.Is(err, provider.ErrKeyRefused) {
			t.Errorf("key %q: got %v, want %v", key, err, provider.ErrKeyRefused)
		}
	}
	server.Close()
	err := practice.Service.CheckKey(ctx, practice.Client(practice.Key))
	if _, ok := errors.AsType[*net.OpError](err); !ok || errors.Is(err, provider.ErrKeyRefused) {
		t.Errorf("closed: got %v, want an error of the network", err)
	}
}
