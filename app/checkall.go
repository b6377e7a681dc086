package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"photolink/app/account"
	"photolink/oauth"
)

const (
	// checkGap is the pause between two accounts of one service. Flickr allows 3,600 calls an hour.
	checkGap = time.Second
	// checkServices is how many services are asked at the same time.
	checkServices = 4
)

// CheckResult is what CheckAll found out about one account.
type CheckResult struct {
	Account account.Account // as the check left it
	Err     error           // why the check found nothing, or that the access was withdrawn
}

// CheckAll checks every account as [App.Check] does and calls observe with each result, one call at a time and none after
// it returned. Services are asked side by side, the accounts of one service one after the other with a pause between.
//
// An account that fails does not stop the others. There are two ends to that: the remaining accounts of a service that
// asks for a pause, and all accounts of a vault that stays locked, are not checked; they get the same error. The error
// that CheckAll returns is that of the list of accounts or of ctx, after whose end nothing is observed any more.
func (a *App) CheckAll(ctx context.Context, observe func(CheckResult)) error {
	accounts, err := a.accounts.Accounts()
	if err != nil {
		return err
	}
	c := &checking{app: a, observe: observe, closed: make(map[string]error)}
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
	return ctx.Err()
}

// checking is one call of CheckAll.
type checking struct {
	app    *App
	closed map[string]error // why a vault does not open, by its name

	observing sync.Mutex
	observe   func(CheckResult)
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
		_, err := c.app.accounts.Credentials(ctx, known.ID)
		vault, ok := errors.AsType[*account.VaultError](err)
		if ok && vault.State != account.VaultNotFound && vault.State != account.VaultDamaged {
			c.closed[known.Vault] = err
		}
	}
}

// service checks the accounts of one service.
func (c *checking) service(ctx context.Context, id string, accounts []account.Account) {
	gap := checkGap
	if _, err := c.app.Provider(id); err != nil || id == "practice" {
		gap = 0 // nobody is asked, or nobody minds
	}
	var pause error // why the rest is not checked
	asked := false
	for _, known := range accounts {
		if err := c.closed[known.Vault]; err != nil {
			c.tell(ctx, CheckResult{known, err})
			continue
		}
		if pause != nil {
			c.tell(ctx, CheckResult{known, pause})
			continue
		}
		if asked && !wait(ctx, gap) {
			return
		}
		asked = true
		checked, err := c.app.Check(ctx, known)
		if checked.ID == "" { // it could not be read or noted
			checked = known
		}
		if asksForPause(err) {
			pause = err
		}
		c.tell(ctx, CheckResult{checked, err})
	}
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
