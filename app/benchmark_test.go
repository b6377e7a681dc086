package app_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"photolink/app"
	"photolink/app/account"
)

// sameSecret is a keyring that holds one secret under all names.
type sameSecret struct {
	account.Vault
	secret []byte
}

func (sameSecret) Name() string { return account.KeyringVault }

func (s sameSecret) Get(context.Context, string) ([]byte, error) { return s.secret, nil }

// crowd starts a program with so many accounts of one person at the practice service, which nobody waits for.
func crowd(b *testing.B, accounts int) *app.App {
	b.Helper()
	folder, vault := b.TempDir(), newKeyring()
	linked := linkPractice(b, start(b, folder, vault), app.Wish{})
	var secret []byte
	for record := range vault.records {
		secret, _ = vault.Get(b.Context(), record)
	}
	list := make([]string, accounts)
	for i := range list {
		list[i] = fmt.Sprintf(
			`{"id": "ACCOUNT%019d", "record": "account-ACCOUNT%019d-RECORD%020d", "provider": "practice", "user_id": %q,
				"user_name": "person%d", "vault": "keyring", "state": "works", "linked_at": "2026-03-01T12:00:00Z"}`,
			i, i, i, linked.UserID, i)
	}
	write(b, filepath.Join(folder, "accounts.json"), `{"version": 1, "accounts": [`+strings.Join(list, ",")+`], "keys": []}`)
	return start(b, folder, sameSecret{vault, secret})
}

// BenchmarkCheckAll asks the practice service about every account: three signed requests each.
func BenchmarkCheckAll(b *testing.B) {
	for _, accounts := range []int{10, 100, 1_000, 10_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			photolink := crowd(b, accounts)
			b.ReportAllocs()
			for b.Loop() {
				works := 0
				err := photolink.CheckAll(b.Context(), func(result app.CheckResult) {
					if result.Err == nil && result.Account.State == account.StateWorks {
						works++
					}
				})
				if err != nil || works != accounts {
					b.Fatalf("%d of %d accounts work, error %v", works, accounts, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*accounts), "ns/account")
		})
	}
}
