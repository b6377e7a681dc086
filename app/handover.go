package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/link"
)

// ErrNothingToTakeOver means that what was found holds no access, only an API key or a token of before OAuth.
var ErrNothingToTakeOver = link.ErrNothingToTakeOver

// ErrChoosePlace means that a tool has no place of its own for what is handed over, so that the person has to choose one.
var ErrChoosePlace = errors.New("the tool has no place of its own for this: choose a file")

// toHandOver returns what a backup tool needs of an account. The practice service has Flickr's shape.
func (a *App) toHandOver(ctx context.Context, id string) (handover.Account, error) {
	known, err := a.Account(id)
	if err != nil {
		return handover.Account{}, err
	}
	credentials, err := a.accounts.Credentials(ctx, id)
	if err != nil {
		return handover.Account{}, err
	}
	p, err := a.Provider(known.Provider)
	if err != nil {
		return handover.Account{}, err
	}
	if credentials.Client.Key == "" {
		credentials.Client = p.Key
	}
	service := known.Provider
	if service == "practice" {
		service = "flickr"
	}
	return handover.Account{
		Service: service, Client: credentials.Client, Token: credentials.Token,
		UserID: known.UserID, UserName: known.UserName, Name: known.Name, Permission: known.Permission,
	}, nil
}

// Account returns one account.
func (a *App) Account(id string) (account.Account, error) {
	accounts, err := a.accounts.Accounts()
	if err != nil {
		return account.Account{}, err
	}
	for _, known := range accounts {
		if known.ID == id {
			return known, nil
		}
	}
	return account.Account{}, fmt.Errorf("account %q: %w", id, account.ErrNotFound)
}

// ToolsFor lists the backup tools that take accounts of a service.
func ToolsFor(service string) []handover.Tool {
	if service == "practice" {
		service = "flickr"
	}
	var fitting []handover.Tool
	for _, tool := range handover.Tools() {
		if tool.Services == nil || slices.Contains(tool.Services, service) {
			fitting = append(fitting, tool)
		}
	}
	return fitting
}

// PlanHandover works out what handing an account to a tool would change. path is the file to write; empty means where the
// tool looks for it. Nothing is written.
func (a *App) PlanHandover(
	ctx context.Context, id string, tool handover.Tool, path string,
) (*PlannedHandover, error) {
	account, err := a.toHandOver(ctx, id)
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = tool.DefaultPath(handover.System{}, account)
	}
	if path == "" {
		return nil, fmt.Errorf("%w: %s", ErrChoosePlace, tool.Name)
	}
	plan, err := handover.Prepare(tool, account, path, time.Now())
	if err != nil {
		return nil, err
	}
	return &PlannedHandover{AccountID: id, Path: path, Plan: plan}, nil
}

// HandOver writes what was planned for an account and notes it.
func (a *App) HandOver(planned *PlannedHandover) (written *handover.Written, err error) {
	defer func() { a.logFailure("hand over", planned.Plan.Tool.ID, err) }()
	written, err = planned.Plan.Write()
	if err != nil {
		return nil, err
	}
	return written, a.accounts.AddHandover(account.Handover{
		AccountID: planned.AccountID, Tool: planned.Plan.Tool.ID, Path: planned.Path, At: time.Now(),
	})
}

// PlannedHandover is what handing an account to a tool would change.
type PlannedHandover struct {
	AccountID string
	Path      string // the file, or the folder, that the tool reads
	Plan      *handover.Plan
}

// Handovers lists what an account was handed to.
func (a *App) Handovers(id string) ([]account.Handover, error) { return a.accounts.Handovers(id) }

// Overview lists the linked accounts, and what each was handed to, by its ID.
func (a *App) Overview() ([]account.Account, map[string][]account.Handover, error) {
	return a.accounts.Overview()
}

// TakeBack removes what was handed over from its file, and leaves everything else in it.
func (a *App) TakeBack(ctx context.Context, h account.Handover) (err error) {
	defer func() { a.logFailure("take back", h.Tool, err) }()
	account, err := a.toHandOver(ctx, h.AccountID)
	if err != nil {
		return err
	}
	tool, known := handover.ToolFor(h.Tool)
	if !known {
		return fmt.Errorf("this version does not know the tool %q", h.Tool)
	}
	plan, err := handover.PrepareRemoval(tool, account, h.Path)
	if err != nil {
		return err
	}
	if _, err := plan.Write(); err != nil {
		return err
	}
	return a.accounts.RemoveHandover(h)
}

// FoundFile is a file of a backup tool on this computer, and what it holds.
type FoundFile struct {
	Path  string
	Found []handover.Found
	Err   error // why it is no use; nil if it is
}

// LookForTools reads the files in which backup tools keep keys and tokens, as far as they are there.
func LookForTools() []FoundFile {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	var files []FoundFile
	seen := map[string]bool{}
	for _, place := range handover.Places(home, os.Getenv, runtime.GOOS) {
		names, _ := filepath.Glob(place.Path)
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			found, err := handover.RecogniseFile(name)
			files = append(files, FoundFile{name, found, err})
		}
	}
	return files
}

// TakeOver makes an account of what was found, after a signed test call. service is used where the file does not tell. A
// find without a key uses the stored key, if there is one.
func (a *App) TakeOver(ctx context.Context, found handover.Found, service, keyID, vault string) (taken account.Account, err error) {
	defer func() { a.logFailure("take over", service, err) }()
	if found.Service != "" && service == "" {
		service = found.Service
	}
	p, err := a.running(service)
	if err != nil {
		return account.Account{}, err
	}
	if found.Token.Token == "" || found.Token.Secret == "" {
		return account.Account{}, ErrNothingToTakeOver
	}
	if vault == "" {
		vault = a.Vault()
	}
	client := found.Client
	if client.Key == "" || client.Secret == "" {
		if keyID == "" && p.Key.Key == "" {
			return account.Account{}, link.ErrKeyMissing
		}
		client = p.Key
		if keyID != "" {
			if client, err = a.accounts.ClientCredentials(ctx, keyID); err != nil {
				return account.Account{}, err
			}
		}
	}
	return a.linker.TakeOver(ctx, link.TakeOverRequest{Provider: p, Key: client, KeyName: found.Tool, Token: found.Token, Vault: vault})
}
