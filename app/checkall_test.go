package app_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
)

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// paced is a service that takes half a second to answer and notes when it was asked about whom.
type paced struct {
	provider.Service
	mutex   sync.Mutex
	asked   []time.Duration // since began
	began   time.Time
	now     int                    // how many are asking
	most    int                    // how many were asking at the same time
	answers map[string]error       // by token
	later   map[byte]time.Duration // by the first letter of the token
}

func (p *paced) Identify(
	ctx context.Context, _ *oauth.Client, token oauth.TokenCredentials, _ provider.Told,
) (provider.Identity, error) {
	p.mutex.Lock()
	p.asked = append(p.asked, time.Since(p.began))
	p.now++
	p.most = max(p.most, p.now)
	p.mutex.Unlock()
	defer func() {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.now--
	}()
	select {
	case <-time.After(500*time.Millisecond + p.later[token.Token[0]]): // of the bubble, which takes no time
	case <-ctx.Done():
		return provider.Identity{}, ctx.Err()
	}
	return provider.Identity{UserID: token.Token, UserName: token.Token}, p.answers[token.Token]
}

// populate starts a program that knows services by these names, all of which are answered by service, with accounts at
// each whose user ID is the name of the service and a number.
func populate(t *testing.T, service provider.Service, vault account.Vault, services map[string]int) *app.App {
	t.Helper()
	folder := t.TempDir()
	var providers []provider.Provider
	store, err := account.Open(folder, vault)
	if err != nil {
		t.Fatal(err)
	}
	for name, accounts := range services {
		p := provider.Practice("http://127.0.0.1:1", oauth.ClientCredentials{})
		p.ID, p.Service = name, service
		providers = append(providers, p)
		for i := range accounts {
			user := fmt.Sprintf("%s%02d", name, i)
			_, err := store.Save(t.Context(), account.Linked{
				Account: account.Account{Provider: name, UserID: user, UserName: user, Vault: vault.Name()},
				Token:   oauth.TokenCredentials{Token: user, Secret: "secret"},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	photolink, err := app.New(app.Config{Folder: folder, Vaults: []account.Vault{vault}, Providers: providers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(photolink.Close)
	return photolink
}

// checkAll returns the errors by user ID.
func checkAll(ctx context.Context, t *testing.T, photolink *app.App) (map[string]error, error) {
	t.Helper()
	found := make(map[string]error)
	err := photolink.CheckAll(ctx, func(result app.CheckResult) { // without a lock: the race detector sees two at a time
		if _, twice := found[result.Account.UserID]; twice {
			t.Errorf("told twice about %s", result.Account.UserID)
		}
		found[result.Account.UserID] = result.Err
	})
	return found, err
}

func TestCheckAllKeepsThePaceOfAService(t *testing.T) {
	service := &paced{}
	photolink := populate(t, service, newKeyring(), map[string]int{"one": 3})
	synctest.Test(t, func(t *testing.T) {
		service.began = time.Now()
		found, err := checkAll(t.Context(), t, photolink)
		if err != nil || len(found) != 3 {
			t.Errorf("got %v and %v", found, err)
		}
		want := []time.Duration{0, 1500 * time.Millisecond, 3 * time.Second} // each after an answer and a second
		if diff := cmp.Diff(want, service.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
	accounts, err := photolink.Accounts()
	for _, a := range accounts {
		if a.State != account.StateWorks || a.CheckedAt.IsZero() {
			t.Errorf("got %+v", a)
		}
	}
	if err != nil || len(accounts) != 3 {
		t.Errorf("%d accounts, error %v", len(accounts), err)
	}
}

func TestCheckAllAsksFourServicesAtATime(t *testing.T) {
	service := &paced{}
	services := map[string]int{"a": 1, "b": 2, "c": 1, "d": 2, "e": 1, "f": 1}
	photolink := populate(t, service, newKeyring(), services)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		found, err := checkAll(t.Context(), t, photolink)
		if err != nil || len(found) != 8 {
			t.Errorf("got %v and %v", found, err)
		}
		if service.most != 4 {
			t.Errorf("%d asked at a time, want 4", service.most)
		}
		if took := time.Since(began); took > 4*time.Second { // one by one they take 6
			t.Errorf("took %v", took)
		}
	})
}

func TestCheckAllGoesOnAfterAFailure(t *testing.T) {
	pause := &oauth.Error{Status: http.StatusTooManyRequests, RetryAfter: "120"}
	for _, row := range []struct {
		name    string
		answers map[string]error
		want    map[string]error
		asked   int
	}{
		{
			"access withdrawn",
			map[string]error{"one00": provider.ErrTokenRefused},
			map[string]error{"one00": provider.ErrTokenRefused, "one01": nil, "one02": nil, "two00": nil, "two01": nil},
			5,
		},
		{
			"out of order",
			map[string]error{"one01": provider.ErrUnavailable},
			map[string]error{"one00": nil, "one01": provider.ErrUnavailable, "one02": nil, "two00": nil, "two01": nil},
			5,
		},
		{
			"asks for a pause",
			map[string]error{"one01": fmt.Errorf("identify: %w", pause)},
			map[string]error{"one00": nil, "one01": pause, "one02": pause, "two00": nil, "two01": nil},
			4,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &paced{answers: row.answers}
			photolink := populate(t, service, newKeyring(), map[string]int{"one": 3, "two": 2})
			synctest.Test(t, func(t *testing.T) {
				found, err := checkAll(t.Context(), t, photolink)
				if err != nil {
					t.Error(err)
				}
				if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(row.want)); !slices.Equal(got, want) {
					t.Errorf("told about %v, want %v", got, want)
				}
				for user, want := range row.want {
					if !errors.Is(found[user], want) {
						t.Errorf("%s: got %v, want %v", user, found[user], want)
					}
				}
				if len(service.asked) != row.asked {
					t.Errorf("asked %d times, want %d", len(service.asked), row.asked)
				}
			})
			accounts, err := photolink.Accounts()
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range accounts {
				want := account.StateWorks
				switch {
				case errors.Is(row.want[a.UserID], provider.ErrTokenRefused):
					want = account.StateWithdrawn
				case row.want[a.UserID] != nil:
					want = account.StateUnknown
				}
				if a.State != want {
					t.Errorf("%s: got state %q, want %q", a.UserID, a.State, want)
				}
			}
		})
	}
}

func TestCheckAllCanBeStopped(t *testing.T) {
	for _, row := range []struct {
		name  string
		after time.Duration
		told  int // of one of the two services
	}{
		{"before it begins", 0, 0},
		{"while a service is asked", 200 * time.Millisecond, 0},
		{"during the pause", time.Second, 1},
		{"while the second is asked", 1700 * time.Millisecond, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			service := &paced{}
			photolink := populate(t, service, newKeyring(), map[string]int{"one": 3, "two": 3})
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), row.after)
				defer cancel()
				began := time.Now()
				found, err := checkAll(ctx, t, photolink)
				if !errors.Is(err, context.DeadlineExceeded) || len(found) != 2*row.told {
					t.Errorf("got %v and %v, want %d results", found, err, 2*row.told)
				}
				if took := time.Since(began); took != row.after {
					t.Errorf("took %v, want %v", took, row.after)
				}
			})
			accounts, err := photolink.Accounts()
			known := slices.DeleteFunc(accounts, func(a account.Account) bool { return a.State != account.StateWorks })
			if err != nil || len(known) != 2*row.told {
				t.Errorf("what was found out about %d accounts is listed, error %v, want %d", len(known), err, 2*row.told)
			}
		})
	}
}

// closed is a vault that asks for a password, which nobody knows.
type closed struct {
	*keyring
	mutex sync.Mutex
	shut  bool
	asked int
}

func (c *closed) Get(ctx context.Context, record string) ([]byte, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.shut {
		c.asked++
		return nil, &account.VaultError{Vault: c.Name(), State: account.VaultDismissed}
	}
	return c.keyring.Get(ctx, record)
}

func TestCheckAllAsksForAPasswordOnce(t *testing.T) {
	vault, service := &closed{keyring: newKeyring()}, &paced{}
	photolink := populate(t, service, vault, map[string]int{"one": 2, "two": 2})
	vault.shut = true
	synctest.Test(t, func(t *testing.T) {
		found, err := checkAll(t.Context(), t, photolink)
		if err != nil || len(found) != 4 {
			t.Errorf("got %v and %v, want 4 results", found, err)
		}
		for user, err := range found {
			if failure, ok := errors.AsType[*account.VaultError](err); !ok || failure.State != account.VaultDismissed {
				t.Errorf("%s: got %v", user, err)
			}
		}
	})
	if vault.asked != 1 || len(service.asked) != 0 {
		t.Errorf("the vault was asked %d times, the service %d times; want 1 and 0", vault.asked, len(service.asked))
	}
}

// The practice service and services that are not known any more are waited for by nobody.
func TestCheckAllOfThePracticeService(t *testing.T) {
	folder, vault := t.TempDir(), newKeyring()
	photolink := start(t, folder, vault)
	linked := linkPractice(t, photolink, app.Wish{})
	store, err := account.Open(folder, vault)
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := store.Credentials(t.Context(), linked.ID)
	if err != nil {
		t.Fatal(err)
	}
	const copies = 5 // would take 9 seconds with a pause between
	for range copies {
		copied := linked
		copied.ID = ""
		if _, err := store.Save(t.Context(), account.Linked{Account: copied, Token: credentials.Token}); err != nil {
			t.Fatal(err)
		}
		copied.Provider = "later"
		if _, err := store.Save(t.Context(), account.Linked{Account: copied, Token: credentials.Token}); err != nil {
			t.Fatal(err)
		}
	}
	refused, err := store.Save(t.Context(), account.Linked{
		Account: account.Account{Provider: "practice", UserID: linked.UserID, Vault: vault.Name()},
		Token:   oauth.TokenCredentials{Token: "72157600000000000-0123456789abcdef", Secret: "0123456789abcdef"},
	})
	if err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	works := 0
	err = photolink.CheckAll(t.Context(), func(result app.CheckResult) {
		switch {
		case result.Account.Provider == "later":
			if !errors.Is(result.Err, app.ErrUnknownService) {
				t.Errorf("unknown service: got %v", result.Err)
			}
		case result.Account.ID == refused.ID:
			if result.Account.State != account.StateWithdrawn || result.Err == nil {
				t.Errorf("refused: got %+v and %v", result.Account, result.Err)
			}
		case result.Account.State == account.StateWorks && result.Err == nil:
			works++
		default:
			t.Errorf("got %+v and %v", result.Account, result.Err)
		}
	})
	if err != nil || works != copies+1 {
		t.Errorf("%d accounts work, error %v, want %d", works, err, copies+1)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

// At a rate limit the sandbox answers as Flickr does.
func TestCheckAllAtARateLimit(t *testing.T) {
	asked := 0
	limit := func(w http.ResponseWriter, r *http.Request, right http.HandlerFunc) {
		if asked++; asked > 1 {
			sandbox.Answer(http.StatusTooManyRequests, "", "Retry-After", "120")(w, r, right)
			return
		}
		right(w, r)
	}
	server := sandbox.New(sandbox.Config{Faults: sandbox.Faults{At: map[sandbox.Endpoint]sandbox.Fault{sandbox.Login: limit}}})
	service := provider.Practice("http://photos.example", sandbox.PracticeClient)
	service.ID = "own"
	folder, vault := t.TempDir(), newKeyring()
	photolink, err := app.New(app.Config{
		Folder: folder, Vaults: []account.Vault{vault}, Transport: internet{server}, Providers: []provider.Provider{service},
	})
	if err != nil {
		t.Fatal(err)
	}
	store, err := account.Open(folder, vault)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		_, err := store.Save(t.Context(), account.Linked{
			Account: account.Account{Provider: "own", UserID: "u", UserName: fmt.Sprint(i), Vault: vault.Name()},
			Token:   oauth.TokenCredentials{Token: "72157600000000000-0123456789abcdef", Secret: "0123456789abcdef"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		var said []string
		if err := photolink.CheckAll(t.Context(), func(result app.CheckResult) {
			failure, _ := errors.AsType[*oauth.Error](result.Err)
			if failure == nil {
				failure = &oauth.Error{}
			}
			said = append(said, fmt.Sprint(result.Account.UserName, " ", result.Account.State, " ", failure.RetryAfter))
		}); err != nil {
			t.Error(err)
		}
		want := []string{"0 withdrawn ", "1  120", "2  120", "3  120"}
		if diff := cmp.Diff(want, said); diff != "" || asked != 2 {
			t.Errorf("asked %d times, want 2, - want, + said:\n%s", asked, diff)
		}
	})
}

// The secrets of one account are lost; that says nothing of the others in the same vault.
func TestCheckAllTellsWhoseSecretsAreLost(t *testing.T) {
	vault, service := newKeyring(), &paced{}
	photolink := populate(t, service, vault, map[string]int{"one": 2})
	accounts, err := photolink.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	for record := range maps.Clone(vault.records) {
		if strings.HasPrefix(record, "account-"+accounts[0].ID) {
			if err := vault.Delete(t.Context(), record); err != nil {
				t.Fatal(err)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		found, err := checkAll(t.Context(), t, photolink)
		failure, _ := errors.AsType[*account.VaultError](found["one00"])
		if err != nil || len(found) != 2 || found["one01"] != nil || failure == nil || failure.State != account.VaultNotFound {
			t.Errorf("got %v and %v", found, err)
		}
	})
}

// The results of four services come in at almost the same five moments, of which each can be the one of a write.
func TestCheckAllWritesResultsTogether(t *testing.T) {
	service := &paced{later: map[byte]time.Duration{'b': 5 * time.Millisecond, 'c': 10 * time.Millisecond, 'd': 15 * time.Millisecond}}
	photolink := populate(t, service, newKeyring(), map[string]int{"a": 5, "b": 5, "c": 5, "d": 5})
	versions := make(map[string]bool)
	look := func() {
		content, err := os.ReadFile(filepath.Join(photolink.Folder(), "accounts.json"))
		if err != nil {
			t.Error(err)
		}
		versions[string(content)] = true
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var looking sync.WaitGroup
		looking.Go(func() {
			every := time.NewTicker(time.Millisecond) // of the bubble, which stands still while the list is written
			defer every.Stop()
			for ctx.Err() == nil {
				look()
				select {
				case <-every.C:
				case <-ctx.Done():
				}
			}
		})
		if found, err := checkAll(t.Context(), t, photolink); err != nil || len(found) != 20 {
			t.Errorf("got %v and %v, want 20 results", found, err)
		}
		cancel()
		looking.Wait()
	})
	look()
	if written := len(versions) - 1; written < 5 || written > 2*5 {
		t.Errorf("the list was written %d times, want 5, or twice as often", written)
	}
}

func TestCheckAllKeepsWhatOthersChange(t *testing.T) {
	service, vault := &paced{}, newKeyring()
	photolink := populate(t, service, vault, map[string]int{"one": 4})
	accounts, err := photolink.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	other, err := account.Open(photolink.Folder(), vault)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		told := 0
		if err := photolink.CheckAll(t.Context(), func(app.CheckResult) {
			if told++; told != 1 {
				return
			}
			err := errors.Join(
				other.Delete(t.Context(), accounts[0].ID, false), // whose result is not written yet
				other.Delete(t.Context(), accounts[1].ID, false), // which is not checked yet
				other.Update(accounts[2].ID, func(a *account.Account) { a.ProfileURL, a.PermissionAsked = "", "delete" }),
			)
			if err != nil {
				t.Error(err)
			}
		}); err != nil || told != 4 {
			t.Errorf("told %d times, error %v", told, err)
		}
	})
	left, err := photolink.Accounts()
	if err != nil || len(left) != 2 {
		t.Fatalf("got %v and %v, want 2 accounts", left, err)
	}
	if left[0].PermissionAsked != "delete" || left[0].State != account.StateWorks || left[1].State != account.StateWorks {
		t.Errorf("got %+v", left)
	}
}

func TestCheckAllStopsWhenTheListCannotBeWritten(t *testing.T) {
	service := &paced{}
	photolink := populate(t, service, newKeyring(), map[string]int{"one": 4})
	synctest.Test(t, func(t *testing.T) {
		err := photolink.CheckAll(t.Context(), func(app.CheckResult) {
			write(t, filepath.Join(photolink.Folder(), "accounts.json"), "{")
			write(t, filepath.Join(photolink.Folder(), "accounts.json.backup"), "{")
		})
		if _, broken := errors.AsType[*account.IndexError](err); !broken || len(service.asked) != 1 {
			t.Errorf("asked %d times, error %v, want once and an index error", len(service.asked), err)
		}
	})
}

// calls is a service that has to be called three times to know who somebody is, and the internet that it is in.
type calls struct {
	paced
	made []time.Duration // since began
}

func (c *calls) RoundTrip(*http.Request) (*http.Response, error) {
	c.made = append(c.made, time.Since(c.began))
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func (c *calls) Identify(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, told provider.Told,
) (provider.Identity, error) {
	for range 3 {
		if _, err := client.Get(ctx, "http://photos.example/", token); err != nil {
			return provider.Identity{}, err
		}
	}
	return c.paced.Identify(ctx, client, token, told)
}

func TestCheckAllKeepsToTheCallsOfAnHour(t *testing.T) {
	const allowed = 60
	folder, vault, service := t.TempDir(), newKeyring(), &calls{}
	p := provider.Practice("http://photos.example", sandbox.PracticeClient)
	p.ID, p.Service, p.CallsPerHour = "own", service, allowed
	photolink, err := app.New(app.Config{
		Folder: folder, Vaults: []account.Vault{vault}, Providers: []provider.Provider{p}, Transport: service,
	})
	if err != nil {
		t.Fatal(err)
	}
	store, err := account.Open(folder, vault)
	if err != nil {
		t.Fatal(err)
	}
	for range allowed {
		if _, err := store.Save(t.Context(), account.Linked{
			Account: account.Account{Provider: "own", Vault: vault.Name()}, Token: oauth.TokenCredentials{Token: "t", Secret: "s"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		service.began = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if err := photolink.CheckAll(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	if len(service.made) < 2*allowed*8/10 {
		t.Errorf("%d calls in two hours, want more", len(service.made))
	}
	for i, made := range service.made {
		if i >= allowed && made-service.made[i-allowed] < time.Hour {
			t.Errorf("call %d after %v, %d calls later than one after %v", i, made, allowed, service.made[i-allowed])
		}
	}
	if quick := service.made[3]; quick > 2*time.Second {
		t.Errorf("the second account was asked about after %v", quick)
	}
}
