package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"photolink/app/account"
	"photolink/oauth"
	"photolink/oauth/provider"
)

const (
	// checkGap is the pause between two accounts of one service, at least.
	checkGap = time.Second
	// usualCallsPerHour is what a service allows that does not say how much. It is what Flickr allows.
	usualCallsPerHour = 3600
	// checkServices is how many services are asked at the same time.
	checkServices = 4
	// writeGap is the pause between two changes of the index, at least, and writeShare its length in times that the last
	// change took: a long list is written seldom.
	writeGap, writeShare = 200 * time.Millisecond, 50
)

// CheckResult is what CheckAll found out about one account.
type CheckResult struct {
	Account account.Account // as the check left it
	Err     error           // why the check found nothing, or that the access was withdrawn
}

// CheckAll checks every account as [App.Check] does and calls observe with each result, one call at a time and none after
// it returned. Services are asked side by side, the accounts of one service one after the other with a pause between,
// which grows where there are so many that a service could find itself called more often than it allows.
//
// An account that fails does not stop the others. There are two ends to that: the remaining accounts of a service that
// asks for a pause, and all accounts of a vault that stays locked, are not checked; they get the same error. The error
// that CheckAll returns is that of the list of accounts, also when it cannot be written, or of ctx, after whose end
// nothing is observed any more.
//
// What was found out is written to the list before CheckAll returns, and now and then before. A program that is killed
// loses the results of a fifth of a second, or of fifty times as long as it takes to write the list.
func (a *App) CheckAll(ctx context.Context, observe func(CheckResult)) error {
	batch, err := a.accounts.Batch()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c := &checking{app: a, batch: batch, observe: observe, closed: make(map[string]error)}
	checked, end := context.WithCancel(context.WithoutCancel(ctx))
	var writing sync.WaitGroup
	writing.Go(func() {
		for gap := writeGap; wait(checked, gap); {
			began := time.Now()
			if err := batch.Write(); err != nil {
				stop(err)
				return
			}
			gap = max(writeGap, writeShare*time.Since(began))
		}
	})
	c.all(ctx)
	end()
	writing.Wait()
	return cmp.Or(batch.Write(), context.Cause(ctx))
}

// checking is one call of CheckAll.
type checking struct {
	app    *App
	batch  *account.Batch
	closed map[string]error // why a vault does not open, by its name

	observing sync.Mutex
	observe   func(CheckResult)
}

func (c *checking) all(ctx context.Context) {
	accounts := c.batch.Accounts()
	c.openVaults(ctx, accounts)
	byService := make(map[string][]account.Account)
	for _, known := range accounts {
		byService[known.Provider] = append(byService[known.Provider], known)
	}
	var group sync.WaitGroup
	free := make(chan struct{}, checkServices)
	for service, ofService := range byService {
		group.Go(func() {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
				c.service(ctx, service, ofService)
			case <-ctx.Done():
			}
		})
	}
	group.Wait()
}

// openVaults asks each vault for the secrets of one account, so that a person is asked for each password once, and not
// for two at the same time.
func (c *checking) openVaults(ctx context.Context, accounts []account.Account) {
	asked := make(map[string]bool)
	for _, known := range accounts {
		if asked[known.Vault] {
			continue
		}
		asked[known.Vault] = true
		_, err := c.batch.Credentials(ctx, known.ID)
		vault, ok := errors.AsType[*account.VaultError](err)
		if ok && vault.State != account.VaultNotFound && vault.State != account.VaultDamaged {
			c.closed[known.Vault] = err
		}
	}
}

// service checks the accounts of one service.
func (c *checking) service(ctx context.Context, id string, accounts []account.Account) {
	service, unknown := c.app.running(id)
	counter := &counter{RoundTripper: c.app.linker.Transport}
	linker := c.app.linker
	linker.Transport = counter
	var gap time.Duration
	var pause error // why the rest is not checked
	for _, known := range accounts {
		if err := c.closed[known.Vault]; err != nil {
			c.tell(ctx, CheckResult{known, err})
			continue
		}
		if pause != nil {
			c.tell(ctx, CheckResult{known, pause})
			continue
		}
		if !wait(ctx, gap) {
			return
		}
		before := counter.requests.Load()
		checked, err := known, unknown
		if unknown == nil {
			checked, err = linker.CheckIn(ctx, c.batch, service, known.ID)
		}
		if checked.ID == "" { // it could not be read or noted
			checked = known
		}
		c.app.logFailure("check", id, err)
		if asksForPause(err) {
			pause = err
		}
		if unknown == nil && id != PracticeService { // otherwise nobody is asked, or nobody minds
			gap = gapAfter(service, counter.requests.Load()-before, counter.requests.Load())
		}
		c.tell(ctx, CheckResult{checked, err})
	}
}

// counter counts the requests that pass it.
type counter struct {
	http.RoundTripper
	requests atomic.Int64
}

// RoundTrip counts one.
func (c *counter) RoundTrip(request *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(request)
}

// gapAfter returns how long to wait after an account that took so many requests, when there were so many in all. A tenth of
// what the service allows in an hour, enough for most people, goes at once; the rest is spread.
func gapAfter(service provider.Provider, requests, all int64) time.Duration {
	perHour := int64(cmp.Or(service.CallsPerHour, usualCallsPerHour))
	if all <= perHour/10 {
		return checkGap
	}
	return max(checkGap, time.Duration(requests)*time.Hour*10/9/time.Duration(perHour))
}

func (c *checking) tell(ctx context.Context, result CheckResult) {
	c.observing.Lock()
	defer c.observing.Unlock()
	if ctx.Err() == nil && c.observe != nil {
		c.observe(result)
	}
}

// wait reports whether the time passed before ctx ended.
func wait(ctx context.Context, gap time.Duration) bool {
	if gap <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(gap)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// asksForPause reports whether a service says that it was asked too often.
func asksForPause(err error) bool {
	refused, ok := errors.AsType[*oauth.Error](err)
	return ok && refused.Status == http.StatusTooManyRequests
}
