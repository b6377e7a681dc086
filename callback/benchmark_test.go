package callback_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"photolink/callback"
)

// BenchmarkCallbackPage measures what the person waits for: from the connection of the browser to the end of the answer.
// The floor is the same exchange with a bare handler of net/http.
func BenchmarkCallbackPage(b *testing.B) {
	b.Run("photolink", func(b *testing.B) {
		l, err := callback.Listen(callback.Config{})
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		l.Expect(expectation)
		host, path, _ := strings.Cut(strings.TrimPrefix(l.CallbackURL(), "http://"), "/")
		b.ReportAllocs()
		for b.Loop() {
			exchange(b, host, "/"+path+answer)
			l.Forget() // or the next callback would be a repetition, which is less work
		}
	})
	b.Run("floor", func(b *testing.B) {
		socket, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/done")
			w.WriteHeader(http.StatusSeeOther)
		})}
		server.SetKeepAlivesEnabled(false)
		defer server.Close()
		go func() { _ = server.Serve(socket) }()
		b.ReportAllocs()
		for b.Loop() {
			exchange(b, socket.Addr().String(), "/callback"+answer)
		}
	})
}

func exchange(b *testing.B, host, target string) {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetLinger(0) // or the ports run out
	if _, err := io.WriteString(conn, request("GET", host, target)); err != nil {
		b.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 303 ") {
		b.Fatalf("got %q and error %v, want 303", got, err)
	}
}
