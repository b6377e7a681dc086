package provider_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/oauth"
	"photolink/oauth/provider"
)

// samePackage lets cmp look into the services, which are not exported.
var samePackage = cmp.Exporter(func(t reflect.Type) bool { return t.PkgPath() == "photolink/oauth/provider" })

func builtIn(t *testing.T, id string) provider.Provider {
	t.Helper()
	for _, p := range provider.BuiltIn() {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no built-in service %q", id)
	return provider.Provider{}
}

func TestBuiltInOrder(t *testing.T) {
	var got []string
	for _, p := range provider.BuiltIn() {
		got = append(got, p.ID)
	}
	if diff := cmp.Diff([]string{"flickr", "smugmug", "tumblr", "commons", "photobucket"}, got); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	if diff := cmp.Diff(provider.Flickr(), provider.BuiltIn()[0], samePackage); diff != "" {
		t.Errorf("Flickr differs, - alone, + among all:\n%s", diff)
	}
}

// What the screens and the steps of linking rely on, whatever the service.
func TestBuiltInIsComplete(t *testing.T) {
	for _, p := range provider.BuiltIn() {
		t.Run(p.ID, func(t *testing.T) {
			for what, text := range map[string]string{
				"needs": p.Needs, "approve": p.ApproveWord, "decline": p.DeclineWord, "first permission": p.Permissions[0].Words,
			} {
				if text == "" {
					t.Errorf("%s is empty", what)
				}
			}
			if !p.NeedsKey || p.KeyPage == "" && p.KeyNote == "" {
				t.Error("nobody learns where to get a key")
			}
			if p.Key != (oauth.ClientCredentials{}) {
				t.Error("a key is built in")
			}
		})
	}
}

// The addresses and rules stand here once more so that a slip of the hand is noticed.
func TestBuiltInFacts(t *testing.T) {
	type facts struct {
		Endpoint           oauth.Endpoint
		Callback           provider.Callback
		Decline            provider.Decline
		KeyPage, Revoke    string
		CodeLooks          string
		Minutes            float64
		Placement          oauth.Placement
		WithoutVerifier    bool
		SignedHost, Accept string
		Permissions        []string
	}
	for id, want := range map[string]facts{
		"smugmug": {
			Endpoint: oauth.Endpoint{
				TemporaryCredentials: "https://api.smugmug.com/services/oauth/1.0a/getRequestToken",
				Authorization:        "https://api.smugmug.com/services/oauth/1.0a/authorize",
				TokenCredentials:     "https://api.smugmug.com/services/oauth/1.0a/getAccessToken",
			},
			KeyPage: "https://api.smugmug.com/api/developer/apply", CodeLooks: "123456", Minutes: 5, Accept: "application/json",
			Permissions: []string{"read Access=Full&Permissions=Read", "add Access=Full&Permissions=Add", "modify Access=Full&Permissions=Modify"},
		},
		"tumblr": {
			Endpoint: oauth.Endpoint{
				TemporaryCredentials: "https://www.tumblr.com/oauth/request_token",
				Authorization:        "https://www.tumblr.com/oauth/authorize",
				TokenCredentials:     "https://www.tumblr.com/oauth/access_token",
			},
			Decline: provider.DeclineBare, KeyPage: "https://www.tumblr.com/oauth/apps",
			Revoke: "https://www.tumblr.com/settings/apps", Permissions: []string{"full "},
		},
		"commons": {
			Endpoint: oauth.Endpoint{
				TemporaryCredentials: "https://commons.wikimedia.org/w/index.php?title=Special:OAuth/initiate",
				Authorization:        "https://commons.wikimedia.org/w/index.php?title=Special:OAuth/authorize",
				TokenCredentials:     "https://commons.wikimedia.org/w/index.php?title=Special:OAuth/token",
			},
			Callback: provider.Callback{Rule: provider.CallbackPrefix, Registered: "http://127.0.0.1:1/callback"},
			KeyPage:  "https://meta.wikimedia.org/wiki/Special:OAuthConsumerRegistration/propose",
			Revoke:   "https://commons.wikimedia.org/wiki/Special:OAuthManageMyGrants", Minutes: 10,
			Permissions: []string{"registered oauth_consumer_key=0123"},
		},
		"photobucket": {
			Endpoint: oauth.Endpoint{
				TemporaryCredentials: "http://api.photobucket.com/login/request",
				Authorization:        "http://photobucket.com/apilogin/login",
				TokenCredentials:     "http://api.photobucket.com/login/access",
			},
			Callback: provider.Callback{Rule: provider.CallbackFixed, Registered: "http://127.0.0.1:8713/photobucket"},
			Decline:  provider.DeclineNamed, Minutes: 5, Placement: oauth.FormBody, WithoutVerifier: true,
			SignedHost: "api.photobucket.com", Permissions: []string{"full "},
		},
	} {
		p := builtIn(t, id)
		got := facts{
			p.Endpoint, p.Callback, p.Decline, p.KeyPage, p.RevokePage, p.CodeLooks, p.Patience.Minutes(), p.Placement,
			p.WithoutVerifier, p.SignedHost, p.Accept, nil,
		}
		for _, permission := range p.Permissions {
			got.Permissions = append(got.Permissions, permission.ID+" "+p.AuthorizationParametersFor("0123", permission).Encode())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, - want, + got:\n%s", id, diff)
		}
	}
}

func TestCallsPerHourOfBuiltIn(t *testing.T) {
	for _, p := range provider.BuiltIn() {
		want := 0
		if p.ID == "tumblr" {
			want = 1000
		}
		if p.CallsPerHour != want {
			t.Errorf("%s: got %d calls an hour, want %d", p.ID, p.CallsPerHour, want)
		}
	}
}

func TestUnencryptedBuiltInWarns(t *testing.T) {
	const warning = "This service is not encrypted: anybody on the way can read what is sent and change it."
	for _, p := range provider.BuiltIn() {
		if got, want := strings.HasSuffix(p.Warning, warning), p.ID == "photobucket"; got != want {
			t.Errorf("%s warns of plain http: %v, want %v", p.ID, got, want)
		}
	}
	if p := builtIn(t, "photobucket"); !p.NextStep || !strings.Contains(p.Warning, "closed") {
		t.Errorf("next step %v, warning %q", p.NextStep, p.Warning)
	}
}

// Each refusal of Wikimedia Commons is part of an English message of the extension, the way it is sent: with "Error: "
// before it and escaped for HTML.
func TestCommonsRefusals(t *testing.T) {
	commons := builtIn(t, "commons").Client(key)
	for text, want := range map[string]oauth.Problem{
		"Error: An error occurred in the OAuth protocol: Invalid signature":                                                         oauth.ProblemSignatureInvalid,
		"Error: An error occurred in the OAuth protocol: Expired timestamp, yours 1, ours 2":                                        oauth.ProblemTimestampRefused,
		"Error: An error occurred in the OAuth protocol: Nonce already used: abc":                                                   oauth.ProblemNonceUsed,
		"Error: An error occurred in the OAuth protocol: Invalid consumer":                                                          oauth.ProblemConsumerKeyUnknown,
		"Error: An error occurred in the OAuth protocol: Signature method &#039;X&#039; not supported":                              oauth.ProblemSignatureMethodRejected,
		"Error: &quot;P&quot; is not approved as a Connected App. [x Contact] the application author":                               oauth.ProblemConsumerKeyRefused,
		"Error: &quot;P&quot; is an owner-only Connected App. … Consumer is owner-only, E010":                                       oauth.ProblemConsumerKeyRefused,
		"Error: oauth_callback must be set, and must be set to &quot;oob&quot; (case-sensitive)":                                    oauth.ProblemCallbackRejected,
		"Error: Sorry, something went wrong connecting this application.\nGo back … OAuth token not found":                          oauth.ProblemTokenExpired,
		"Error: This request has already been completed … OAuth token already used, E009":                                           oauth.ProblemTokenUsed,
		"Error: The verification code provided was not valid.":                                                                      oauth.ProblemVerifierInvalid,
		`{"error":"mwoauthdatastore-access-token-not-found","message":"No approved grant was found for that authorization token."}`: oauth.ProblemTokenRevoked,
		"oauth_token=0&oauth_token_secret=1&oauth_callback_confirmed=true":                                                          "",
	} {
		if got := commons.FindProblem(200, []byte(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
