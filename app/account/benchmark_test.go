package account_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"photolink/app/account"
)

// populate fills the index of folder with accounts of four keys.
func populate(tb testing.TB, folder string, accounts int) *account.Store {
	tb.Helper()
	var list strings.Builder
	for i := range accounts {
		fmt.Fprintf(&list, `{"id": "ACCOUNT%019d", "record": "account-ACCOUNT%019d-RECORD%020d", "provider": "flickr",
			"key_id": "KEY%023d", "user_id": "%08d@N00", "user_name": "person%d", "name": "Person the %dth",
			"profile_url": "https://www.flickr.com/people/%08d@N00/", "plan": "Pro", "photo_count": %d,
			"permission_asked": "read", "permission": "read", "vault": "keyring", "state": "works",
			"linked_at": "2026-03-01T12:00:00Z", "checked_at": "2026-03-02T12:00:00.123456789Z"},`,
			i, i, i, i%4, i, i, i, i, i)
	}
	write(tb, folder, "accounts.json",
		`{"version": 1, "accounts": [`+strings.TrimSuffix(list.String(), ",")+`], "keys": []}`)
	store, err := account.Open(folder, newVault(account.KeyringVault))
	if err == nil && accounts > 0 { // so that it looks as the program writes it
		err = store.Update(fmt.Sprintf("ACCOUNT%019d", 0), func(*account.Account) {})
	}
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

// BenchmarkIndexRead lists accounts. B/account is what the list keeps in memory.
func BenchmarkIndexRead(b *testing.B) {
	for _, accounts := range []int{0, 100, 1_000, 10_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			store := populate(b, b.TempDir(), accounts)
			b.ReportAllocs()
			var listed []account.Account
			for b.Loop() {
				var err error
				if listed, err = store.Accounts(); err != nil || len(listed) != accounts {
					b.Fatalf("%d accounts, error %v", len(listed), err)
				}
			}
			if accounts == 0 {
				return
			}
			with := heap()
			runtime.KeepAlive(listed) // and from here on it is garbage
			b.ReportMetric(float64(with-heap())/float64(accounts), "B/account")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*accounts), "ns/account")
		})
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one found to be finalised
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// BenchmarkIndexWrite changes one account.
func BenchmarkIndexWrite(b *testing.B) {
	for _, accounts := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			store := populate(b, b.TempDir(), accounts)
			b.ReportAllocs()
			for b.Loop() {
				if err := store.Update(fmt.Sprintf("ACCOUNT%019d", 0), func(*account.Account) {}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*accounts), "ns/account")
		})
	}
}
