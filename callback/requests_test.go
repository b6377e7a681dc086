package callback_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photolink/callback"
)

// What anybody may send at any time: it gets an answer that tells nothing, and the sign-in goes on.
func TestStrangersHaveNoEffect(t *testing.T) {
	ignored := func(reason callback.Reason) callback.Signal {
		return callback.Signal{Kind: callback.Ignored, Reason: reason}
	}
	var (
		malformed         = ignored(callback.Malformed)
		foreignHost       = ignored(callback.ForeignHost)
		wrongMethod       = ignored(callback.WrongMethod)
		fromAnotherPage   = ignored(callback.FromAnotherPage)
		prefetched        = ignored(callback.Prefetched)
		unknownPath       = ignored(callback.UnknownPath)
		badParameters     = ignored(callback.BadParameters)
		missingToken      = ignored(callback.MissingToken)
		wrongToken        = ignored(callback.WrongToken)
		missingVerifier   = ignored(callback.MissingVerifier)
		tlsHello          = callback.Signal{Kind: callback.TLSHello}
		declinedElsewhere = callback.Signal{Kind: callback.DeclinedElsewhere}
	)
	for _, row := range []struct {
		name    string
		request string
		status  int // 0 for none
		signal  callback.Signal
	}{
		{"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 0, tlsHello},

		{"random bytes", "\x00\x80\xff\xfe\r\n\r\n", 400, malformed},
		{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", 400, malformed},
		{"empty lines", "\r\n\r\n", 400, malformed},
		{"HTTP/0.9", "GET " + approved + "\r\n", 400, malformed},
		{"HTTP/1.1 without host", "GET " + approved + " HTTP/1.1\r\n\r\n", 400, malformed},
		{"two hosts", get(approved, "Host: {host}"), 400, malformed},
		{"second host foreign", get(approved, "Host: evil.example"), 400, malformed},
		{"own host as a user name", request("GET", "{host}@evil.example", approved), 400, malformed},
		{"bytes in the host", request("GET", "{host}\x00", approved), 400, malformed},
		{"bytes in a header", get(approved, "X: \x01"), 400, malformed},
		{"space in the target", get(approved + " x"), 400, malformed},
		{"header without colon", get(approved, "X"), 400, malformed},
		{"two lengths", request("POST", "{host}", approved, "Content-Length: 1", "Content-Length: 2"), 400, malformed},
		{"unknown expectation", get(approved, "Expect: x"), 417, malformed},
		{"unknown expectation in HTTP/1.0", "GET " + approved + " HTTP/1.0\r\nExpect: x\r\n\r\n", 417, malformed},
		{"header of 1 MB", get(approved, "X: "+strings.Repeat("x", 1<<20)), 431, malformed},
		{"headers of 1 MB", get(approved, strings.Repeat("X: x\r\n", 1<<17)), 431, malformed},
		{"target of 1 MB", get(approved + strings.Repeat("x", 1<<20)), 431, malformed},
		{"unknown transfer encoding", get(approved, "Transfer-Encoding: gzip"), 501, malformed},
		{"HTTP/2 without preface", "GET " + approved + " HTTP/2.0\r\nHost: {host}\r\n\r\n", 505, malformed},

		{"foreign host", request("GET", "evil.example:{port}", approved), 421, foreignHost},
		{"host below a foreign one", request("GET", "127.0.0.1.evil.example:{port}", approved), 421, foreignHost},
		{"own host in a foreign name", request("GET", "{host}.evil.example", approved), 421, foreignHost},
		{"host without port", request("GET", "127.0.0.1", approved), 421, foreignHost},
		{"another port", request("GET", "127.0.0.1:1", approved), 421, foreignHost},
		{"localhost", request("GET", "localhost:{port}", approved), 421, foreignHost},
		{"any address", request("GET", "0.0.0.0:{port}", approved), 421, foreignHost},
		{"short address", request("GET", "127.1:{port}", approved), 421, foreignHost},
		{"mapped address", request("GET", "[::ffff:127.0.0.1]:{port}", approved), 421, foreignHost},
		{"empty host", request("GET", "", approved), 421, foreignHost},
		{"HTTP/1.0 without host", "GET " + approved + " HTTP/1.0\r\n\r\n", 421, foreignHost},
		{"HTTP/1.0 with foreign host", "GET " + approved + " HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421, foreignHost},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 421, foreignHost},
		{"absolute form", get("http://evil.example{callback}" + answer), 421, foreignHost},
		{"authority form", request("CONNECT", "{host}", "evil.example:443"), 421, foreignHost},
		{"foreign host on start", request("GET", "evil.example", "{start}"), 421, foreignHost},

		{"HEAD of the callback", request("HEAD", "{host}", approved), 200, wrongMethod},
		{"HEAD of start", request("HEAD", "{host}", "{start}"), 200, wrongMethod},
		{"HEAD elsewhere", request("HEAD", "{host}", "/"), 404, unknownPath},
		{"POST", request("POST", "{host}", approved, "Content-Length: 4") + "body", 405, wrongMethod},
		{"POST without its body", request("POST", "{host}", approved, "Content-Length: 4"), 405, wrongMethod},
		{"preflight", request("OPTIONS", "{host}", approved, "Origin: https://evil.example"), 405, wrongMethod},
		{"OPTIONS *", request("OPTIONS", "{host}", "*"), 405, wrongMethod},
		{"CONNECT to itself", request("CONNECT", "{host}", "{host}"), 405, wrongMethod},
		{"unknown method", request("get", "{host}", approved), 405, wrongMethod},

		{"script of another page", get(approved, "Origin: https://evil.example"), 403, fromAnotherPage},
		{"fetch", get(approved, "Sec-Fetch-Mode: no-cors"), 403, fromAnotherPage},
		{"WebSocket", get(approved, "Upgrade: websocket", "Sec-Fetch-Mode: websocket"), 403, fromAnotherPage},
		{"image", get(approved, "Sec-Fetch-Dest: image"), 403, fromAnotherPage},
		{"frame", get("{start}", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"), 403, fromAnotherPage},
		{"second origin", get(approved, "Origin: null", "Origin: https://evil.example"), 403, fromAnotherPage},
		{"prefetch", get(approved, "Sec-Purpose: prefetch;prerender"), 204, prefetched},
		{"prefetch of old browsers", get(approved, "Purpose: prefetch"), 204, prefetched},
		{"prefetch of start", get("{start}", "Sec-Purpose: prefetch"), 204, prefetched},

		{"favicon", get("/favicon.ico"), 404, unknownPath},
		{"robots", get("/robots.txt"), 404, unknownPath},
		{"root", get("/" + answer), 404, unknownPath},
		{"asterisk", get("*"), 404, unknownPath},
		{"denial without the path", get("/callback?denied=" + token), 404, unknownPath},
		{"start of another sign-in", get("/start/AAAAAAAAAAAAAAAAAAAAAAAAAA"), 404, unknownPath},
		{"callback without random part", get("/callback" + answer), 404, unknownPath},
		{"path below the callback", get("{callback}/x" + answer), 404, unknownPath},
		{"two slashes", get("/{callback}" + answer), 404, unknownPath},

		{"wrong token", get("{callback}?oauth_token=other&oauth_verifier=" + verifier), 403, wrongToken},
		{"denial of another token", get("{callback}?denied=other"), 403, wrongToken},
		{"no token", get("{callback}?oauth_verifier=" + verifier), 403, missingToken},
		{"empty token", get("{callback}?oauth_token=&oauth_verifier=" + verifier), 403, missingToken},
		{"denial without token", get("{callback}?error=access_denied"), 403, missingToken},
		{"repeated token", get(approved + "&oauth_token=" + token), 400, badParameters},
		{"repeated verifier", get(approved + "&oauth_verifier=other"), 400, badParameters},
		{"bad escape", get(approved + "&x=%zz"), 400, badParameters},
		{"long verifier", get(approved + strings.Repeat("0", 512)), 400, badParameters},
		{"long query", get(approved + strings.Repeat("&", 4096)), 400, badParameters},
		{"query of 64 KB", get(approved + "&x=" + strings.Repeat("x", 64<<10)), 400, badParameters},
		{"no verifier", get("{callback}?oauth_token=" + token), 400, missingVerifier},
		{"empty verifier", get("{callback}?oauth_verifier=&oauth_token=" + token), 400, missingVerifier},

		{"denied without cookie", get("{callback}?denied=" + token), 303, declinedElsewhere},
		{"problem without cookie", get(approved + "&oauth_problem=user_refused"), 303, declinedElsewhere},
		{"error without cookie", get(approved + "&error=access_denied"), 303, declinedElsewhere},
		{"denied with another cookie", get("{callback}?denied="+token, "Cookie: attempt=1"), 303, declinedElsewhere},
	} {
		t.Run(row.name, func(t *testing.T) {
			var observed recorder
			l := listen(t, callback.Config{Observe: observed.observe})
			l.Expect(expectation)
			got := send(t, l, row.request)
			if got.status != row.status {
				t.Errorf("got status %d, want %d", got.status, row.status)
			}
			if diff := cmp.Diff([]callback.Signal{row.signal}, observed.seen()); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
			counts := map[callback.Reason]int{}
			if row.signal.Kind == callback.Ignored {
				counts[row.signal.Reason] = 1
			}
			if diff := cmp.Diff(counts, l.Ignored()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if got.status == http.StatusMethodNotAllowed && !strings.Contains(got.header.Get("Allow"), http.MethodGet) {
				t.Errorf("Allow: got %q, want GET in it", got.header.Get("Allow"))
			}
			if got.status != 0 {
				wantSecure(t, got)
			}

			secrets := append(
				complete(t, l, row.request), token, verifier, "service.example",
				strings.TrimPrefix(parse(t, l.CallbackURL()).Path, "/callback/"),
				strings.TrimPrefix(parse(t, l.StartURL()).Path, "/start/"),
			)
			told := fmt.Sprint(got.header, got.body)
			for _, secret := range secrets {
				if strings.Contains(told, secret) {
					t.Errorf("the answer holds %q: %s", secret, told)
				}
			}
		})
	}
}

// What a browser sends that knows the addresses, in any order.
func TestWhatTheBrowserGets(t *testing.T) {
	type outcome struct {
		answer callback.Answer
		err    error
		page   string // part of the final one
	}
	var (
		waiting  *outcome
		here     = callback.Answer{Verifier: verifier, SameBrowser: true, Parameters: url.Values{}}
		there    = callback.Answer{Verifier: verifier, Parameters: url.Values{}}
		same     = &outcome{here, nil, "Linked as jamalfanaian"}
		another  = &outcome{there, nil, "Linked as jamalfanaian"}
		declined = &outcome{callback.Answer{}, callback.ErrDeclined, "You chose not to link"}
	)
	start, returned := get("{start}"), get(approved, "{cookie}")
	denied, deniedElsewhere := get("{callback}?denied="+token, "{cookie}"), get("{callback}?denied="+token)
	unverified := get("{callback}?oauth_token="+token, "{cookie}")
	for _, row := range []struct {
		name     string
		requests []string
		status   int    // of the last answer
		want     string // part of its location or page
		outcome  *outcome
	}{
		{"start", []string{start}, 303, expectation.AuthorizationURL, waiting},
		{"start again", []string{start, start}, 303, expectation.AuthorizationURL, waiting},
		{"start after the callback", []string{start, returned, start}, 200, "has been answered", same},
		{"start after a denial", []string{start, denied, start}, 200, "has been answered", declined},

		{"callback", []string{start, returned}, 303, "/done/", same},
		{"callback after two starts", []string{start, start, returned}, 303, "/done/", same},
		{"callback in another browser", []string{start, get(approved)}, 303, "/done/", another},
		{"callback with a foreign cookie", []string{start, get(approved, "Cookie: attempt=1")}, 303, "/done/", another},
		{"callback without start", []string{get(approved)}, 303, "/done/", another},
		{"callback after one without verifier", []string{start, unverified, returned}, 303, "/done/", same},
		{"callback after a denial elsewhere", []string{deniedElsewhere, start, returned}, 303, "/done/", same},

		{"callback again", []string{start, returned, returned}, 303, "/done/", same},
		{"callback again elsewhere", []string{start, returned, get(approved)}, 303, "/done/", same},
		{"another verifier afterwards", []string{
			start, returned, get("{callback}?oauth_verifier=other&oauth_token="+token, "{cookie}"),
		}, 303, "/done/", same},
		{"no verifier afterwards", []string{start, returned, unverified}, 303, "/done/", same},
		{"denial afterwards", []string{start, returned, denied}, 303, "/done/", same},
		{"denial elsewhere afterwards", []string{start, returned, deniedElsewhere}, 303, "/done/", same},

		{"denial", []string{start, denied}, 303, "/declined/", declined},
		{"denial with the token", []string{start, get(approved+"&denied=1", "{cookie}")}, 303, "/declined/", declined},
		{"problem", []string{
			start, get("{callback}?oauth_problem=user_refused&oauth_token="+token, "{cookie}"),
		}, 303, "/declined/", declined},
		{"error", []string{
			start, get("{callback}?error=access_denied&oauth_token="+token, "{cookie}"),
		}, 303, "/declined/", declined},
		{"error beside a verifier", []string{
			start, get(approved+"&error=access_denied", "{cookie}"),
		}, 303, "/declined/", declined},
		{"denial again", []string{start, denied, denied}, 303, "/declined/", declined},
		{"callback after a denial", []string{start, denied, returned}, 303, "/declined/", declined},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			var got reply
			line := "Cookie: none=yet"
			for _, request := range row.requests {
				got = send(t, l, strings.ReplaceAll(request, "{cookie}", line))
				wantSecure(t, got)
				if request == start && got.status == http.StatusSeeOther {
					line = cookie(got)
				}
			}
			told := got.header.Get("Location") + got.body
			if got.status != row.status || !strings.Contains(told, row.want) {
				t.Errorf("got status %d and %q, want %d and %q in it", got.status, told, row.status, row.want)
			}
			if row.outcome == waiting {
				complete(t, l)
				return
			}
			answer, err := l.Wait(patient(t))
			if diff := cmp.Diff(row.outcome.answer, answer); diff != "" || !errors.Is(err, row.outcome.err) {
				t.Errorf("error %v, answer (-want +got):\n%s", err, diff)
			}
			finish(t, l, send(t, l, get(approved)).header.Get("Location"), row.outcome.page)
		})
	}
}

// Tumblr tells of a denial by calling the address as it was given.
func TestBareCallbackIsADenialWhereExpected(t *testing.T) {
	bare, cookieless := get("{callback}", "{cookie}"), get("{callback}")
	for _, row := range []struct {
		name     string
		config   callback.Config
		request  string
		status   int
		want     string // part of the location or page
		declined bool
	}{
		{"bare", callback.Config{}, bare, 303, "/declined/", true},
		{"bare, with the random part in the query", callback.Config{RandomPart: callback.InQuery}, get("{callback}?{random}", "{cookie}"), 303, "/declined/", true},
		{"bare, without the random part", callback.Config{RandomPart: callback.InQuery}, bare, 403, "not for the sign-in", false},
		{"bare, in another browser", callback.Config{}, cookieless, 303, "/declined/", false},
		{"with another parameter", callback.Config{}, get("{callback}?source=x", "{cookie}"), 303, "/declined/", true},
		{"with another token", callback.Config{}, get("{callback}?oauth_token=other", "{cookie}"), 403, "not for the sign-in", false},
		{"with a verifier alone", callback.Config{}, get("{callback}?oauth_verifier=1", "{cookie}"), 403, "not for the sign-in", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, row.config)
			expected := expectation
			expected.BareDeclines = true
			l.Expect(expected)
			request := strings.NewReplacer(
				"{cookie}", cookie(send(t, l, get("{start}"))), "{random}", parse(t, l.CallbackURL()).RawQuery,
			).Replace(row.request)
			got := send(t, l, request)
			if told := got.header.Get("Location") + got.body; got.status != row.status || !strings.Contains(told, row.want) {
				t.Errorf("got status %d and %q, want %d and %q in it", got.status, told, row.status, row.want)
			}
			if !row.declined {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
			if _, err := l.Wait(patient(t)); errors.Is(err, callback.ErrDeclined) != row.declined {
				t.Errorf("got error %v, want a denial: %t", err, row.declined)
			}
		})
	}
}

func TestOneAnswerPerConnection(t *testing.T) {
	for _, row := range []struct{ name, requests, want string }{
		{"callback second", get("/favicon.ico") + get(approved), "404 Not Found"},
		{"callback after a malformed request", "\r\n" + get(approved), "400 Bad Request"},
		{"callback last of many", strings.Repeat(get("/"), 100) + get(approved), "404 Not Found"},
		{
			"callback in a body",
			request("POST", "{host}", "/", fmt.Sprint("Content-Length: ", len(get(approved)))) + get(approved),
			"405 Method Not Allowed",
		},
		{"denial elsewhere first", get("{callback}?denied="+token) + get(approved), "303 See Other"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			conn := dial(t, l)
			if _, err := io.WriteString(conn, fill(t, l, row.requests)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection stays open")
			}
			if !strings.HasPrefix(string(got), "HTTP/1.1 "+row.want) || strings.Count(string(got), "HTTP/1.1") != 1 {
				t.Errorf("got %q, want one answer, %s", got, row.want)
			}
			complete(t, l)
		})
	}
}

func TestOldAndNewBrowsersGetThrough(t *testing.T) {
	for _, row := range []struct{ name, request string }{
		{"no fetch metadata", get(approved)},
		{"navigation", get(approved, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")},
		{"redirect of a posted form", get(approved, "Origin: null")},
		{"IPv6 host", request("GET", "[::1]:{port}", approved)},
		{"HTTP/1.0", "GET " + approved + " HTTP/1.0\r\nHost: {host}\r\n\r\n"},
		{"cookies of other programs", get(approved, "X: x"+strings.Repeat("\r\nCookie: x="+strings.Repeat("x", 4000), 15))},
		{"absolute form", get("http://{host}{callback}" + answer)},
		{"further parameters", get(approved + "&wp_scope=%2A&source=")},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.Config{})
			l.Expect(expectation)
			if got := send(t, l, row.request); got.status != http.StatusSeeOther {
				t.Errorf("got status %d, want 303", got.status)
			}
			if got, err := l.Wait(patient(t)); err != nil || got.Verifier != verifier {
				t.Errorf("got verifier %q and error %v", got.Verifier, err)
			}
		})
	}
}

func TestDoneTellsTheTruthInOrder(t *testing.T) {
	for _, row := range []struct {
		name   string
		result callback.Result
		want   []string
	}{
		{"linked", callback.Result{Account: "Jamal <b>&"}, []string{"Linked as Jamal &lt;b&gt;&amp;"}},
		{"not linked", callback.Result{Reason: "Clock <11> min fast."}, []string{"Not linked", "&lt;11&gt; min fast."}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, callback.WithTiming(callback.Config{}, 0, time.Nanosecond))
			l.Expect(expectation)
			location := send(t, l, get(approved)).header.Get("Location")
			for range 2 {
				waiting := send(t, l, get(location))
				wantSecure(t, waiting)
				refresh := waiting.header.Get("Refresh")
				if refresh != "1; url="+location || strings.Contains(strings.ToLower(waiting.body), "linked") {
					t.Errorf("before Finish: got refresh %q and %q", refresh, waiting.body)
				}
			}
			finished := make(chan error, 1)
			go func() { finished <- l.Finish(patient(t), row.result) }()
			page := send(t, l, get(location))
			for page.header.Get("Refresh") != "" { // Finish has not begun
				page = send(t, l, get(location))
			}
			wantSecure(t, page)
			for _, want := range row.want {
				if !strings.Contains(page.body, want) {
					t.Errorf("got %q, want %q in it", page.body, want)
				}
			}
			if err := <-finished; err != nil {
				t.Errorf("Finish: %v", err)
			}
			wantClosed(t, l)
		})
	}
}

// What a connection brings is an answer only if it is a callback by net/http's own reading.
func FuzzConnection(f *testing.F) {
	for _, seed := range []string{
		get(approved),
		get("http://{host}{callback}" + answer),
		get("{callback}?denied=" + token),
		get("{callback}?oauth_token=" + token),
		get("/favicon.ico") + get(approved),
		request("HEAD", "{host}", approved),
		request("POST", "{host}", approved, "Content-Length: 4") + "body",
		request("POST", "{host}", approved, "Transfer-Encoding: chunked") + "4\r\nbody\r\n0\r\n\r\n",
		request("PUT", "{host}", "/", "Expect: 100-continue", "Content-Length: 4"),
		get(approved, "Transfer-Encoding: gzip"),
		get(approved, "Expect: x"),
		"GET " + approved + " HTTP/1.0\r\nHost: {host}\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x16\x03\x01",
		"GET / HTTP/1.1\r\nHost:",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var observed recorder
		l := listen(t, callback.Config{Observe: observed.observe})
		l.Expect(expectation)
		here := parse(t, l.CallbackURL())
		text := strings.NewReplacer("{host}", here.Host, "{callback}", here.Path).Replace(string(data))

		conn := dial(t, l).(*net.TCPConn)
		_, _ = io.WriteString(conn, text) // fails when the answer comes before the end of a long request
		_ = conn.CloseWrite()
		reader := bufio.NewReader(conn)
		got := read(t, reader, text)
		rest, _ := io.ReadAll(reader)
		seen := observed.seen()

		if got.status != 0 {
			wantSecure(t, got)
		}
		if len(rest) > 0 {
			t.Errorf("got more than an answer: %q", rest)
		}
		if len(seen) > 1 || got.status != 0 && len(seen) == 0 {
			t.Errorf("got signals %v and status %d, want one signal an answer", seen, got.status)
		}
		if len(seen) == 0 || seen[0].Kind != callback.Returned {
			told := fmt.Sprint(got.header, got.body)
			for _, secret := range []string{token, verifier, strings.TrimPrefix(here.Path, "/callback/")} {
				if strings.Contains(told, secret) {
					t.Errorf("the answer holds %q: %s", secret, told)
				}
			}
			genuine := &http.Request{Method: http.MethodGet, Host: here.Host, URL: parse(t, l.CallbackURL()+answer)}
			l.Serve(httptest.NewRecorder(), genuine)
			if got, err := l.Wait(patient(t)); err != nil || got.Verifier != verifier {
				t.Errorf("got verifier %q and error %v, want the real callback to complete", got.Verifier, err)
			}
			return
		}
		genuine, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil || genuine.Method != http.MethodGet || genuine.URL.Path != here.Path ||
			genuine.URL.Query().Get("oauth_token") != token {
			t.Fatalf("taken for a callback: %q", text)
		}
		answer, err := l.Wait(patient(t))
		if err != nil || answer.SameBrowser || answer.Verifier != genuine.URL.Query().Get("oauth_verifier") {
			t.Errorf("got verifier %q, same browser %t and error %v", answer.Verifier, answer.SameBrowser, err)
		}
	})
}

func FuzzCallbackQuery(f *testing.F) {
	for _, query := range []string{
		answer[1:],
		"denied=" + token,
		answer[1:] + "&oauth_problem=user_refused",
		answer[1:] + "&oauth_token=" + token,
		"oauth_token=" + token + "&oauth_verifier=123-456-789&wp_scope=%2A",
		"oauth_token=%zz;&",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var observed recorder
		l := listen(t, callback.Config{Observe: observed.observe})
		l.Expect(expectation)
		here := parse(t, l.CallbackURL())
		w := httptest.NewRecorder()
		l.Serve(w, &http.Request{Method: http.MethodGet, Host: here.Host, URL: &url.URL{Path: here.Path, RawQuery: query}})
		_ = l.Close()
		got, err := l.Wait(t.Context())

		parameters, bad := url.ParseQuery(query)
		want := bad == nil && len(query) <= 4096 && parameters.Get("oauth_token") == token &&
			parameters.Get("oauth_verifier") != ""
		for _, values := range parameters {
			want = want && len(values) == 1 && len(values[0]) <= 512
		}
		for _, name := range []string{"denied", "oauth_problem", "error"} {
			want = want && parameters.Get(name) == ""
		}
		if want != (err == nil) || want && got.Verifier != parameters.Get("oauth_verifier") {
			t.Errorf("got verifier %q and error %v, want an answer: %t", got.Verifier, err, want)
		}
		if len(observed.seen()) != 1 {
			t.Errorf("got signals %v, want one", observed.seen())
		}
		wantSecure(t, reply{w.Code, w.Header(), w.Body.String()})
		if strings.Contains(fmt.Sprint(w.Header(), w.Body), token) {
			t.Errorf("the answer holds the token: %v %s", w.Header(), w.Body)
		}
	})
}
