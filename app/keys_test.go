package app_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/link"
	"photolink/oauth"
	"photolink/oauth/sandbox"
)

// connect starts a program whose internet is a sandbox.
func connect(t *testing.T, config sandbox.Config) *app.App {
	t.Helper()
	photolink, err := app.New(app.Config{
		Folder: t.TempDir(), Vaults: []account.Vault{newKeyring()}, Transport: internet{sandbox.New(config)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	return photolink
}

func saveKey(t *testing.T, photolink *app.App, key account.Key, client oauth.ClientCredentials) account.Key {
	t.Helper()
	saved, err := photolink.SaveKey(t.Context(), key, client)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestTestKey(t *testing.T) {
	for _, p := range start(t, t.TempDir(), newKeyring()).Providers() {
		for _, row := range []struct {
			name   string
			client oauth.ClientCredentials
			refuse bool
		}{
			{"good", sandbox.PracticeClient, false},
			{"wrong secret", oauth.ClientCredentials{Key: sandbox.PracticeClient.Key, Secret: "7072616374696365x"}, true},
			{"unknown key", oauth.ClientCredentials{Key: "0123456789abcdef0123456789abcdef", Secret: "7072616374696365"}, true},
		} {
			t.Run(p.ID+", "+row.name, func(t *testing.T) {
				photolink := connect(t, sandbox.Config{})
				key := saveKey(t, photolink, account.Key{Provider: p.ID}, row.client)
				err := photolink.TestKey(t.Context(), key.ID)
				if !row.refuse {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				if _, ok := errors.AsType[*link.StepError](err); !ok {
					t.Fatalf("got %v, want a StepError", err)
				}
				if action := link.Explain(nil, err, p).Action; action != link.ChangeKey {
					t.Errorf("the advice for %v is to %q, want %q", err, action, link.ChangeKey)
				}
			})
		}
	}
}

func TestTestKeyOfAServiceInTrouble(t *testing.T) {
	isStep := func(step link.Step) func(error) bool {
		return func(err error) bool {
			failed, ok := errors.AsType[*link.StepError](err)
			return ok && failed.Step == step && !errors.Is(err, app.ErrCannotTest)
		}
	}
	at := func(endpoint sandbox.Endpoint, fault sandbox.Fault) sandbox.Faults {
		return sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{endpoint: fault}}
	}
	callbackRejected := sandbox.Answer(http.StatusBadRequest, "oauth_problem=callback_rejected")
	for _, row := range []struct {
		name     string
		callback string // registered with the key
		faults   sandbox.Faults
		want     func(error) bool
	}{
		{"callback is not confirmed", "", sandbox.Faults{CallbackUnconfirmed: true}, func(err error) bool { return err == nil }},
		{
			"takes no code by hand", "", at(sandbox.RequestToken, callbackRejected),
			func(err error) bool { return errors.Is(err, app.ErrCannotTest) },
		},
		{"refuses the callback", "http://127.0.0.1:8714/own", at(sandbox.RequestToken, callbackRejected), isStep(link.Ask)},
		{"asks for a pause", "", at(sandbox.Echo, sandbox.Answer(http.StatusTooManyRequests, "")), isStep(link.Prepare)},
		{"is out of order", "", at(sandbox.RequestToken, sandbox.Answer(http.StatusBadGateway, "")), isStep(link.Ask)},
		{"refuses the time", "", at(sandbox.RequestToken, sandbox.Answer(http.StatusUnauthorized, "oauth_problem=timestamp_refused")), func(err error) bool {
			_, ok := errors.AsType[*link.ClockError](err)
			return ok && isStep(link.Ask)(err)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			photolink := connect(t, sandbox.Config{Faults: row.faults})
			key := saveKey(t, photolink, account.Key{Provider: "flickr", Callback: row.callback}, sandbox.PracticeClient)
			if err := photolink.TestKey(t.Context(), key.ID); !row.want(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTestKeyThatIsNoUse(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	later := saveKey(t, photolink, account.Key{Provider: "later"}, sandbox.PracticeClient)
	for _, row := range []struct {
		name, id string
		want     error
	}{
		{"no such key", "none", account.ErrNotFound},
		{"unknown service", later.ID, app.ErrUnknownService},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := photolink.TestKey(t.Context(), row.id); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

func TestAllKeys(t *testing.T) {
	photolink := start(t, t.TempDir(), newKeyring())
	if uses, err := photolink.AllKeys(); len(uses) != 0 || err != nil {
		t.Errorf("got %v and %v, want none", uses, err)
	}
	linked := linkPractice(t, photolink, app.Wish{Request: link.Request{Key: sandbox.PracticeClient, KeyName: "mine"}})
	flickr := saveKey(t, photolink, account.Key{Provider: "flickr", Name: "spare"}, sandbox.PracticeClient)
	later := saveKey(t, photolink, account.Key{Provider: "later"}, sandbox.PracticeClient)
	practice, err := photolink.Keys("practice")
	if err != nil || len(practice) != 1 {
		t.Fatalf("keys %v, error %v", practice, err)
	}

	uses, err := photolink.AllKeys()
	want := []app.KeyUse{
		{Key: practice[0], Service: "Practice account", Accounts: []account.Account{linked}},
		{Key: flickr, Service: "Flickr"},
		{Key: later, Service: "later"},
	}
	if diff := cmp.Diff(want, uses); diff != "" || err != nil {
		t.Errorf("error %v, - want, + got:\n%s", err, diff)
	}
	for _, use := range uses {
		want := error(nil)
		if len(use.Accounts) > 0 {
			want = account.ErrKeyInUse
		}
		if err := photolink.DeleteKey(t.Context(), use.ID); !errors.Is(err, want) {
			t.Errorf("delete the key of %s: got %v, want %v", use.Service, err, want)
		}
	}
}

func TestRenameKey(t *testing.T) {
	const own = "http://127.0.0.1:8714/own"
	for _, row := range []struct {
		name     string
		before   account.Key
		id       string // empty means that of the key
		callback string
		want     error
	}{
		{"name only", account.Key{Provider: "photobucket"}, "", "", nil},
		{"callback too", account.Key{Provider: "photobucket"}, "", own, nil},
		{"usual callback again", account.Key{Provider: "photobucket", Callback: own}, "", "", nil},
		{"callback elsewhere", account.Key{Provider: "photobucket"}, "", "http://photos.example/callback", link.ErrCallback},
		{"callback without a port", account.Key{Provider: "photobucket"}, "", "http://127.0.0.1/own", link.ErrCallback},
		{"no address", account.Key{Provider: "photobucket"}, "", "own", link.ErrCallback},
		{"unknown service, name only", account.Key{Provider: "later", Callback: own}, "", own, nil},
		{"unknown service, callback too", account.Key{Provider: "later"}, "", own, app.ErrUnknownService},
		{"no such key", account.Key{Provider: "photobucket"}, "none", "", account.ErrNotFound},
	} {
		t.Run(row.name, func(t *testing.T) {
			photolink := start(t, t.TempDir(), newKeyring())
			row.before.Name = "before"
			before := saveKey(t, photolink, row.before, sandbox.PracticeClient)
			id := before.ID
			if row.id != "" {
				id = row.id
			}
			if err := photolink.RenameKey(id, "after", row.callback); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			want := before
			if row.want == nil {
				want.Name, want.Callback = "after", row.callback
			}
			if keys, err := photolink.Keys(""); err != nil || len(keys) != 1 || keys[0] != want {
				t.Errorf("got %+v and %v, want %+v", keys, err, want)
			}
		})
	}
}

// An index that cannot be read is no empty list.
func TestKeysOfABrokenIndex(t *testing.T) {
	folder := t.TempDir()
	photolink := start(t, folder, newKeyring())
	write(t, filepath.Join(folder, "accounts.json"), "{")
	write(t, filepath.Join(folder, "accounts.json.backup"), "{")
	broken := func(err error) bool { _, ok := errors.AsType[*account.IndexError](err); return ok }
	if uses, err := photolink.AllKeys(); !broken(err) {
		t.Errorf("all keys: got %v and %v", uses, err)
	}
	if err := photolink.RenameKey("any", "", ""); !broken(err) {
		t.Errorf("rename: got %v", err)
	}
	if err := photolink.CheckAll(t.Context(), nil); !broken(err) {
		t.Errorf("check all: got %v", err)
	}
}
