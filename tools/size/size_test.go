package main

import (
	"strings"
	"testing"
)

func TestModuleOf(t *testing.T) {
	modules := []string{"photolink", "example.org/a", "example.org/a/v2", "rsc.io/qr"}
	for _, row := range []struct{ name, symbol, want string }{
		{"a function of the program", "photolink/app/link.explain", "photolink"},
		{"the main package has no path", "main.main", "photolink"},
		{"a method", "example.org/a/b.(*T).Do", "example.org/a"},
		{"the module with the longest path", "example.org/a/v2/b.Do", "example.org/a/v2"},
		{"not a module whose path only begins the same", "example.org/ab.Do", ""},
		{"an escaped dot", "rsc.io/qr/v1%2e0.Encode", "rsc.io/qr"},
		{"the standard library", "crypto/tls.(*Conn).Read", standard},
		{"what it brings along", "vendor/golang.org/x/net/idna.idnaValues", standard},
		{"a type is of no package", "type:*example.org/a.T", ""},
		{"neither is a table", "go:func.*", ""},
		{"nor a function of C", "_glfwPlatformInit", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := moduleOf(row.symbol, modules); got != row.want {
				t.Errorf("%s is of %q, want %q", row.symbol, got, row.want)
			}
		})
	}
}

func TestWriteSumsUp(t *testing.T) {
	var table strings.Builder
	write(&table, []map[string]int64{
		{"large": 3_000_000, "tiny": 40_000, "tinier": 30_000},
		{"large": 1_000_000, "tiny": 90_000},
	})
	const want = `| part | MB | MB |
| --- | ---: | ---: |
| **all** | 3.1 | 1.1 |
| large | 3.0 | 1.0 |
| all others | 0.1 | 0.1 |
`
	if table.String() != want {
		t.Errorf("got\n%s\nwant\n%s", table.String(), want)
	}
}
