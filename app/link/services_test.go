package link_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app/account"
	"photolink/app/link"
	"photolink/callback"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

// linkedAt are the accounts that are linked at each service when all goes well.
var linkedAt = map[string]account.Account{
	"flickr": {
		UserID: "12345678@N00", UserName: "adapractice", Name: "Ada Practice", Plan: "Free", PhotoCount: 128,
		ProfileURL: "https://www.flickr.com/people/12345678@N00/", PermissionAsked: "read", Permission: "read",
	},
	"smugmug": {
		UserID: "adapractice", UserName: "adapractice", Name: "Ada Practice", Plan: "Basic", PhotoCount: 128,
		ProfileURL: "https://adapractice.smugmug.com", PermissionAsked: "read", // and SmugMug does not tell
	},
	"tumblr": {
		UserID: "adapractice", UserName: "adapractice", Name: "Ada Practice",
		ProfileURL: "https://adapractice.tumblr.com/", PermissionAsked: "full", Permission: "full",
	},
	"commons": {
		UserID: "12345678", UserName: "Adapractice", Name: "Adapractice",
		ProfileURL:      "https://commons.wikimedia.org/wiki/User:Adapractice",
		PermissionAsked: "registered", Permission: "registered",
	},
	"photobucket": {
		UserID: "adapractice", UserName: "adapractice", Name: "adapractice", Plan: "Free", PhotoCount: 128,
		ProfileURL:      "http://s123.photobucket.com/albums/cc276/adapractice",
		PermissionAsked: "full", Permission: "full", Server: "api123.photobucket.com",
	},
	"wordpress": {
		UserID: "12345678", UserName: "adapractice", Name: "Ada Practice",
		ProfileURL: "https://blog.example.org/author/adapractice/", PermissionAsked: "full", Permission: "full",
	},
}

// everyService are those that come with the program, and a WordPress site.
func everyService() []string {
	ids := []string{"wordpress"}
	for _, p := range provider.BuiltIn() {
		ids = append(ids, p.ID)
	}
	return ids
}

// but leaves services out of every service.
func but(left ...string) []string {
	return slices.DeleteFunc(everyService(), func(id string) bool { return slices.Contains(left, id) })
}

// newWorldAt returns a world in which a link goes well at a service, whose addresses are the real ones.
func newWorldAt(t *testing.T, id string) *world {
	t.Helper()
	w := newWorld(t)
	w.plays = id
	switch id {
	case "photobucket":
		w.request.Callback = "http://" + freePort(t) + "/photobucket"
		w.request.Confirm = confirm(w, true, link.NoVerifier)
	case "wordpress":
		w.request.Callback = "http://" + freePort(t) + "/wordpress"
	}
	w.serve(sandbox.Config{})
	w.request.Key = sandbox.PracticeClient
	if id == "wordpress" {
		var err error
		client := &http.Client{Transport: w.transport}
		if w.request.Provider, err = provider.FindWordPress(t.Context(), client, "blog.example.org"); err != nil {
			t.Fatal(err)
		}
	} else {
		all := provider.BuiltIn()
		w.request.Provider = all[slices.IndexFunc(all, func(p provider.Provider) bool { return p.ID == id })]
	}
	w.request.Permission = w.request.Provider.Permissions[0].ID
	return w
}

// freePort returns an address of this computer where nobody listened a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// linkAt links at a service, in a world that arrange has changed. It tries once more where another program took the port.
func linkAt(t *testing.T, id string, arrange func(*world)) (*world, account.Account, error) {
	t.Helper()
	for again := true; ; again = false {
		w := newWorldAt(t, id)
		if arrange != nil {
			arrange(w)
		}
		linked, err := w.link()
		if !again || !errors.Is(err, callback.ErrPortTaken) {
			return w, linked, err
		}
	}
}

// at returns a service with a fault at one endpoint.
func (w *world) at(endpoint sandbox.Endpoint, fault sandbox.Fault) sandbox.Config {
	return at(w.endpoint(endpoint), fault)
}

func (w *world) endpoint(endpoint sandbox.Endpoint) sandbox.Endpoint {
	if w.plays == "flickr" {
		return endpoint
	}
	return sandbox.EndpointOf(w.plays, endpoint)
}

// changed makes an endpoint do what it was asked for and answer something else.
func changed(change func(answer string) string) sandbox.Fault {
	return func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		answer := httptest.NewRecorder()
		right(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(change(answer.Body.String())))
	}
}

// replaced makes an endpoint say one thing in place of another.
func replaced(old, fresh string) sandbox.Fault {
	return changed(func(answer string) string { return strings.ReplaceAll(answer, old, fresh) })
}

// paste is a person whose browser cannot come back.
func paste(check func(w *world, address string)) func(*world) {
	return func(w *world) {
		w.person = func(start string) error {
			address := w.approveOnly(start)
			check(w, address)
			w.say(link.Answer{Pasted: address})
			return nil
		}
	}
}

func TestLinkAtEveryService(t *testing.T) {
	for _, row := range []struct {
		name     string
		services []string
		arrange  func(*world)
	}{
		{name: "approved", services: everyService()},
		{
			name: "pasted address", services: but("tumblr", "photobucket"),
			arrange: paste(func(*world, string) {}),
		},
		{
			name: "pasted address with a fragment", services: []string{"tumblr"},
			arrange: paste(func(w *world, address string) {
				if !strings.HasSuffix(address, "#_=_") {
					w.t.Errorf("the address is %s", address)
				}
			}),
		},
		{
			name: "pasted address with a person in it", services: []string{"photobucket"},
			arrange: paste(func(w *world, address string) {
				if !strings.Contains(address, "&username=adapractice&subdomain=api123.photobucket.com&extra=") {
					w.t.Errorf("the address is %s", address)
				}
			}),
		},
		{name: "clock 20 minutes slow", services: but("photobucket"), arrange: clock(-20 * time.Minute)},
		{name: "clock 20 minutes fast", services: but("photobucket"), arrange: clock(20 * time.Minute)},
		{
			name: "the page to approve on is another page of the service", services: []string{"photobucket"},
			arrange: func(w *world) {
				w.person = func(start string) error {
					defer func() {
						if !slices.Contains(w.browser.hosts, "www.photobucket.com") {
							w.t.Errorf("the browser was at %q", w.browser.hosts)
						}
					}()
					return w.approve(start)
				}
			},
		},
		{
			name: "the page to approve on is a stranger's", services: []string{"photobucket"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.RequestToken, replaced("www.photobucket.com", "photobucket.example.com")))
				w.person = func(start string) error {
					defer func() {
						if slices.Contains(w.browser.hosts, "photobucket.example.com") {
							w.t.Errorf("the browser was at %q", w.browser.hosts)
						}
					}()
					return w.approve(start)
				}
			},
		},
	} {
		for _, id := range row.services {
			t.Run(id+", "+row.name, func(t *testing.T) {
				w, got, err := linkAt(t, id, row.arrange)
				if err != nil {
					t.Fatal(err)
				}
				want, known := linkedAt[id]
				if !known {
					t.Errorf("nobody said what to expect of %s", id)
				}
				want.Provider, want.Vault, want.State = w.request.Provider.ID, "test", account.StateWorks
				if diff := cmp.Diff(want, got, newEachTime); diff != "" {
					t.Errorf("account, - want, + got:\n%s", diff)
				}
				if listed, err := w.store.Accounts(); err != nil || len(listed) != 1 || listed[0] != got {
					t.Errorf("listed %+v, error %v, want %+v", listed, err, got)
				}
				if records := w.vault.copy(); len(records) != 2 { // token and key
					t.Errorf("%d records in the vault", len(records))
				}
				wantEvents(t, w.events, nil)
				wantCheckUntilWithdrawn(t, w, got)
			})
		}
	}
}

// wantCheckUntilWithdrawn checks an account, of which the program knows by now what it has kept, has the person withdraw
// the access, and checks it again.
func wantCheckUntilWithdrawn(t *testing.T, w *world, linked account.Account) {
	t.Helper()
	w.wire.forget()
	checked, err := w.linker.Check(w.ctx, w.request.Provider, linked.ID)
	if diff := cmp.Diff(linked, checked, newEachTime); diff != "" || err != nil {
		t.Errorf("check: error %v, - linked, + checked:\n%s", err, diff)
	}
	if w.plays == "photobucket" {
		wantCalls(t, w, []sandbox.Endpoint{sandbox.Login}) // at the right server at once
	}
	credentials, err := w.store.Credentials(w.ctx, linked.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.service.Revoke(credentials.Token.Token)
	checked, err = w.linker.Check(w.ctx, w.request.Provider, linked.ID)
	if checked.State != account.StateWithdrawn {
		t.Errorf("state %q of a withdrawn account, error %v", checked.State, err)
	}
	if err == nil {
		t.Fatal("no error")
	}
	trouble := link.Explain(nil, err, w.request.Provider)
	if trouble.What != "Access was withdrawn on "+w.request.Provider.Name || trouble.Action != link.LinkAgain {
		t.Errorf("got %+v, for %v", trouble, err)
	}
	w.wantNoSecret(checked, err)
}

// codeInPage is where the pages of a service show the code for those who approve on another device.
var codeInPage = regexp.MustCompile(`<p id="code">([^<]*)</p>`)

func TestLinkWithACodeAtEveryService(t *testing.T) {
	for _, row := range []struct {
		service, looks string
	}{
		{"flickr", `^\d{3}-\d{3}-\d{3}$`},
		{"smugmug", `^\d{6}$`},
		{"commons", `^[0-9a-f]{32}$`},
	} {
		t.Run(row.service, func(t *testing.T) {
			_, got, err := linkAt(t, row.service, func(w *world) {
				w.request.OutOfBand = true
				w.watch = func(event link.Event) {
					if event.Kind != link.CodeAwaited {
						return
					}
					w.crowd.Go(func() {
						visit, err := w.visitor().Approve(w.ctx, event.Page)
						code := codeInPage.FindStringSubmatch(visit.Body)
						if code == nil || !regexp.MustCompile(row.looks).MatchString(code[1]) {
							t.Errorf("the code is %q, error %v", code, err)
							w.say(link.Answer{Declined: true})
							return
						}
						w.say(link.Answer{Pasted: " " + code[1] + "\n"})
					})
				}
			})
			if want := linkedAt[row.service].UserID; err != nil || got.UserID != want {
				t.Errorf("got %+v, error %v, want %s", got, err, want)
			}
		})
	}
}

// service stands for the name of a service in what a person reads.
const service = "SERVICE"

func TestLinkFailsAtEveryService(t *testing.T) {
	for _, row := range []struct {
		name     string
		services []string
		arrange  func(*world)
		step     link.Step
		is       error // nil if there is no sentinel
		what     string
		action   link.Action        // empty means TryAgain
		says     string             // a part of Meaning, Remedy and Technical
		calls    []sandbox.Endpoint // all that were made; nil if that is of no interest
	}{
		// The person.
		{
			name: "No, and the service says so", services: []string{"tumblr", "photobucket"},
			arrange: func(w *world) { w.person = w.deny },
			step:    link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "No, and only the person says so", services: but("tumblr", "photobucket"),
			arrange: func(w *world) {
				w.person = func(start string) error {
					defer w.say(link.Answer{Declined: true})
					return w.deny(start)
				}
			},
			step: link.Authorize, is: link.ErrDeclined, what: "You chose not to link",
		},
		{
			name: "No to the question whether this is the right person", services: []string{"photobucket"},
			arrange: func(w *world) { w.request.Confirm = confirm(w, false, link.NoVerifier) },
			step:    link.Identify, is: link.ErrNotConfirmed, what: "You did not confirm the account",
		},
		{
			name: "nobody to ask whether this is the right person", services: []string{"photobucket"},
			arrange: func(w *world) { w.request.Confirm = nil },
			step:    link.Identify, is: link.ErrNotConfirmed, what: "You did not confirm the account",
		},

		// The key.
		{
			name: "wrong key", services: []string{"flickr"}, arrange: wrongKey,
			step: link.Prepare, is: provider.ErrKeyRefused, what: "SERVICE does not accept this API key", action: link.ChangeKey,
			says: "says: “Invalid API Key (Key not found)”.",
		},
		{
			name: "wrong key", services: but("flickr", "photobucket"), arrange: wrongKey,
			step: link.Ask, is: oauth.ProblemConsumerKeyUnknown, what: "SERVICE does not accept this API key", action: link.ChangeKey,
		},
		{
			name: "wrong secret", services: but("photobucket"), arrange: wrongSecret,
			step: link.Ask, is: oauth.ProblemSignatureInvalid, what: "The API secret does not fit the key", action: link.ChangeKey,
		},
		{ // how Photobucket said so was never written down
			name: "wrong key", services: []string{"photobucket"}, arrange: wrongKey,
			step: link.Ask, what: "SERVICE does not accept this API key", action: link.ChangeKey,
		},
		{
			name: "wrong secret", services: []string{"photobucket"}, arrange: wrongSecret,
			step: link.Ask, what: "SERVICE does not accept this API key", action: link.ChangeKey,
		},
		{
			name: "a key without access to the API", services: []string{"smugmug"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.Login, sandbox.Answer(401, `{"Code":401,"Message":"API key lacks v2 access; please accept `+
					`the terms of service at https://api.smugmug.com/api/developer/accept"}`)))
			},
			step: link.Identify, is: provider.ErrKeyRefused, what: "SERVICE does not accept this API key", action: link.ChangeKey,
			says: "says: “API key lacks v2 access; please accept the terms of service at " +
				"https://api.smugmug.com/api/developer/accept”.",
		},

		// The callback.
		{
			name: "another callback is registered", services: []string{"commons", "wordpress"},
			arrange: func(w *world) {
				w.serve(sandbox.Config{Clients: sandbox.PracticeClients(map[string]string{
					"commons":   "http://127.0.0.1:1/elsewhere",
					"wordpress": strings.Replace(w.request.Callback, "/wordpress", "/elsewhere", 1),
				})})
			},
			step: link.Ask, is: oauth.ProblemCallbackRejected,
			what: "SERVICE does not come back to an address that is not registered", action: link.ChangeKey,
		},
		{
			name: "the callback is not confirmed", services: but("photobucket"),
			arrange: func(w *world) { w.serve(sandbox.Config{Faults: sandbox.Faults{CallbackUnconfirmed: true}}) },
			step:    link.Ask, is: oauth.ErrCallbackNotConfirmed, what: "SERVICE does not promise to come back to Photolink",
		},
		{
			name: "another program has the port", services: []string{"photobucket", "wordpress"},
			arrange: func(w *world) {
				address, _ := url.Parse(w.request.Callback)
				if other, err := net.Listen("tcp4", address.Host); err == nil { // else yet another program has it
					w.t.Cleanup(func() { _ = other.Close() })
				}
			},
			step: link.Prepare, is: callback.ErrPortTaken,
			what: "Another program uses the port that SERVICE has to come back to",
		},

		// The approval and the access.
		{
			name: "the approval is too old", services: everyService(),
			arrange: func(w *world) { w.serve(sandbox.Config{Faults: sandbox.Faults{ApprovalExpires: true}}) },
			step:    link.Exchange, what: tooLate,
		},
		{
			name: "revoked at once", services: everyService(),
			arrange: func(w *world) { w.serve(sandbox.Config{Faults: sandbox.Faults{RevokedAtOnce: true}}) },
			step:    link.Identify, is: provider.ErrTokenRefused, what: "Access was withdrawn on SERVICE", action: link.LinkAgain,
		},
		{
			name: "the token is refused in the service's own words", services: []string{"tumblr"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.Login, sandbox.Answer(401, `{"meta":{"status":401,"msg":"Unauthorized"},`+
					`"errors":[{"title":"Unauthorized","code":0,"detail":"Got an error. Try again."}],"response":[]}`)))
			},
			step: link.Identify, is: provider.ErrTokenRefused, what: "Access was withdrawn on SERVICE", action: link.LinkAgain,
		},
		{
			name: "the token is refused in the service's own words", services: []string{"photobucket"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.Login, sandbox.Answer(200,
					`{"status":"Exception","message":"Token expired","code":7,"format":"json","method":"GET","timestamp":1208290131}`)))
			},
			step: link.Identify, is: provider.ErrTokenRefused, what: "Access was withdrawn on SERVICE", action: link.LinkAgain,
		},

		// Who is signed in.
		{
			name: "the browser names another person", services: []string{"photobucket"},
			arrange: func(w *world) { w.serve(named(w.endpoint(sandbox.Authorize), grace)) },
			step:    link.Identify, is: provider.ErrIdentityDiffers, what: "SERVICE named two different people",
		},
		{
			name: "the token response names another person", services: []string{"photobucket"},
			arrange: func(w *world) { w.serve(named(w.endpoint(sandbox.AccessToken), grace)) },
			step:    link.Identify, is: provider.ErrIdentityDiffers, what: "SERVICE named two different people",
		},
		{
			name: "the data are on a stranger's server", services: []string{"photobucket"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.AccessToken, replaced("api123.photobucket.com", "example.com")))
			},
			step: link.Identify, is: provider.ErrNotUnderstood, what: "The answer does not come from SERVICE as Photolink knows it",
			calls: []sandbox.Endpoint{sandbox.Echo, sandbox.RequestToken, sandbox.AccessToken},
		},
		{
			name: "an answer to another request", services: []string{"commons"},
			arrange: func(w *world) { w.serve(w.at(sandbox.Login, changed(answerAnother))) },
			step:    link.Identify, is: provider.ErrNotUnderstood, what: "The answer does not come from SERVICE as Photolink knows it",
			says: "answers another request",
		},

		// What MediaWiki refuses with status 200.
		{
			name: "a consumer for its owner", services: []string{"commons"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.RequestToken, sandbox.Answer(200, "Error: Consumer is owner-only, E010")))
			},
			step: link.Ask, is: oauth.ProblemConsumerKeyRefused, what: "SERVICE does not accept this API key", action: link.ChangeKey,
		},
		{
			name: "an error without words of ours, at first", services: []string{"commons"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.RequestToken, sandbox.Answer(200, "Error: The wiki is out of tea.")))
			},
			step: link.Ask, what: "The answer does not come from SERVICE as Photolink knows it",
			says: "Error: The wiki is out of tea.",
		},
		{
			name: "a token that was used", services: []string{"commons"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.AccessToken, sandbox.Answer(200, "Error: OAuth token already used, E009")))
			},
			step: link.Exchange, is: oauth.ProblemTokenUsed, what: tooLate,
		},
		{
			name: "an error without words of ours, at the exchange", services: []string{"commons"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.AccessToken, sandbox.Answer(200, "Error: The wiki is out of tea.")))
			},
			step: link.Exchange, what: "The answer does not come from SERVICE as Photolink knows it",
			says: "Error: The wiki is out of tea.",
		},
		{
			name: "an error without words of ours, in the end", services: []string{"commons"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.Login, sandbox.Answer(200, `{"error":"mwoauth-tea","message":"The wiki is out of tea."}`)))
			},
			step: link.Identify, what: "SERVICE refuses the request", says: "says: “The wiki is out of tea”.",
		},

		// Pauses, clocks and outages.
		{
			name: "too many requests, at first", services: []string{"smugmug", "tumblr"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.RequestToken, sandbox.Answer(429, "Limit Exceeded", "Retry-After", "600")))
			},
			step: link.Ask, what: "SERVICE asks for a pause", says: "Wait 10 minutes, then",
		},
		{
			name: "too many requests, in the end", services: []string{"smugmug", "tumblr"},
			arrange: func(w *world) {
				w.serve(w.at(sandbox.Login, sandbox.Answer(429, `{"Code":429,"Message":"Too Many Requests",`+
					`"errors":[{"code":0,"detail":"Limit Exceeded"}]}`, "Retry-After", "600")))
			},
			step: link.Identify, what: "SERVICE asks for a pause", says: "Wait 10 minutes, then",
		},
		{ // nobody can be believed about the time without encryption
			name: "clock 20 minutes slow", services: []string{"photobucket"}, arrange: clock(-20 * time.Minute),
			step: link.Ask, is: oauth.ProblemTimestampRefused, what: "Your computer’s clock is wrong",
			says: "Set time automatically",
		},
		{
			name: "the connection breaks at the exchange", services: everyService(),
			arrange: func(w *world) { w.serve(w.at(sandbox.AccessToken, sandbox.Drop())) },
			step:    link.Exchange, what: "SERVICE cannot be reached",
			calls: []sandbox.Endpoint{sandbox.Echo, sandbox.RequestToken, sandbox.AccessToken},
		},
		{
			name: "the answer breaks off at the exchange", services: everyService(),
			arrange: func(w *world) { w.serve(w.at(sandbox.AccessToken, sandbox.CutOff())) },
			step:    link.Exchange, what: "SERVICE cannot be reached",
			calls: []sandbox.Endpoint{sandbox.Echo, sandbox.RequestToken, sandbox.AccessToken},
		},
		{
			name: "out of order in the end", services: everyService(),
			arrange: func(w *world) {
				w.wire.faults[sandbox.Login] = func(_ *http.Request, answer *http.Response) (*http.Response, error) {
					answer.StatusCode = http.StatusServiceUnavailable
					return answer, nil
				}
			},
			step: link.Identify, what: "SERVICE is out of order",
		},
	} {
		for _, id := range row.services {
			t.Run(id+", "+row.name, func(t *testing.T) {
				w, _, err := linkAt(t, id, row.arrange)
				what := strings.ReplaceAll(row.what, service, w.request.Provider.Name)
				wantFailure(t, w, err, row.step, row.is, what)
				trouble := link.Explain(nil, err, w.request.Provider)
				if trouble.Action != orTryAgain(row.action) {
					t.Errorf("action %q, want %q", trouble.Action, orTryAgain(row.action))
				}
				if words := trouble.Meaning + " " + trouble.Remedy + " " + trouble.Technical; !strings.Contains(words, row.says) {
					t.Errorf("%q is not in %q", row.says, words)
				}
				if row.calls != nil {
					wantCalls(t, w, row.calls)
				}
			})
		}
	}
}

// deny is a person who presses the button that gives no access.
func (w *world) deny(start string) error {
	_, _ = w.visitor().Deny(w.t.Context(), start)
	return nil
}

func wrongKey(w *world) {
	w.request.Key = oauth.ClientCredentials{Key: "00000000000000000000000000000000", Secret: "1234567890abcdef"}
}

func wrongSecret(w *world) {
	w.request.Key = oauth.ClientCredentials{Key: sandbox.PracticeClient.Key, Secret: "1234567890abcdef"}
}

// answerAnother makes a statement of who is signed in, a JSON Web Token, the answer to another request.
func answerAnother(statement string) string {
	parts := strings.Split(statement, ".")
	if len(parts) != 3 {
		return statement // a refusal
	}
	var claims map[string]any
	said, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(said, &claims) != nil {
		return statement
	}
	claims["nonce"] = "another"
	said, _ = json.Marshal(claims) // was JSON before
	text := parts[0] + "." + base64.RawURLEncoding.EncodeToString(said)
	mac := hmac.New(sha256.New, []byte(sandbox.PracticeClient.Secret.Reveal()))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// SmugMug keeps the level that a person once chose, whatever is asked for later, and does not tell which it is.
func TestSmugMugKeepsTheFirstPermission(t *testing.T) {
	w, first, err := linkAt(t, "smugmug", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.request.Permission = "modify"
	got, err := w.link()
	if err != nil {
		t.Fatal(err)
	}
	want := first
	want.PermissionAsked = "modify"
	if diff := cmp.Diff(want, got, newEachTime); diff != "" {
		t.Errorf("account, - want, + got:\n%s", diff)
	}
	if got.Permission != "" || !w.request.Provider.Includes(got.Permission, got.PermissionAsked) {
		t.Errorf("permission %q: nobody told that it is less than what was asked for", got.Permission)
	}
}

// Flickr says now and then that it does not know a token that it does know.
func TestExchangeIsTriedAgainWhereFlickrRefusesWithoutCause(t *testing.T) {
	for _, row := range []struct {
		name     string
		refusals int
		calls    int
		what     string // empty if it goes well in the end
	}{
		{"once", 1, 2, ""},
		{"twice", 2, 3, ""},
		{"three times", 3, 3, tooLate},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, got, err := linkAt(t, "flickr", func(w *world) {
				left := row.refusals // the requests come one after the other
				w.serve(w.at(sandbox.AccessToken, func(answer http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
					if left--; left >= 0 {
						right = func(answer http.ResponseWriter, r *http.Request) {
							sandbox.Answer(401, "oauth_problem=token_rejected")(answer, r, nil)
						}
					}
					right(answer, r)
				}))
			})
			if row.what != "" {
				wantFailure(t, w, err, link.Exchange, oauth.ProblemTokenRejected, row.what)
			} else if err != nil || got.UserID != linkedAt["flickr"].UserID {
				t.Errorf("got %+v, error %v", got, err)
			}
			exchanges := slices.DeleteFunc(slices.Clone(w.wire.calls), func(call sandbox.Endpoint) bool {
				return call != sandbox.AccessToken
			})
			if len(exchanges) != row.calls {
				t.Errorf("%d calls, want %d", len(exchanges), row.calls)
			}
		})
	}
}
