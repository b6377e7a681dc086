package main

import (
	"strings"
	"testing"
	"time"
)

func TestCountCallsUntilThePicture(t *testing.T) {
	const log = `71 1700000000.100000 connect(5, {sa_family=AF_UNIX, sun_path=@"/tmp/.X11-unix/X1"}, 20) = 0
72 1700000000.200000 connect(8, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = 0
72 1700000000.300000 connect(8, {sa_family=AF_INET6, sin6_port=htons(443)}, 28) = 0
73 1700000000.400000 sendmsg(9, {msg_iov=[{iov_base="l\1\0\1org.freedesktop.secrets"}]}, 0) = 40
71 1700000001.500000 connect(8, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 0
`
	for _, row := range []struct {
		name             string
		until            time.Time
		network, keyring int
	}{
		{"nothing before anything was called", time.Unix(1700000000, 0), 0, 0},
		{"what comes after the picture does not count", time.Unix(1700000001, 0), 2, 1},
		{"all of a picture that comes last", time.Unix(1700000002, 0), 3, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			network, keyring, err := countCalls(strings.NewReader(log), row.until)
			if network != row.network || keyring != row.keyring || err != nil {
				t.Errorf("got %d, %d, %v; want %d, %d", network, keyring, err, row.network, row.keyring)
			}
		})
	}
}
