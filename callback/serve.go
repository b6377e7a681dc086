package callback

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits for what a callback may hold, in bytes. Tokens and verifiers of the known services have up to 50.
const (
	maxHeader = 64 << 10 // a browser sends the cookies of all programs on this host, whatever their port
	maxQuery  = 4096
	maxValue  = 512
)

// securityHeaders are part of every answer.
var securityHeaders = http.Header{
	"Cache-Control":              {"no-store"},
	"Content-Security-Policy":    {contentSecurityPolicy},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Referrer-Policy":            {"no-referrer"},
	"X-Content-Type-Options":     {"nosniff"},
}

// serve answers one request. Its order is the order of trust: first what no browser of the person would send, then the
// addresses, which are secret, then what they carry.
func (l *Listener) serve(w http.ResponseWriter, r *http.Request) {
	passAnswer(r.Context())
	maps.Copy(w.Header(), securityHeaders)
	handle, known := l.routes[r.URL.Path]
	switch {
	case !slices.Contains(l.hosts, strings.ToLower(r.Host)): // DNS rebinding, or a proxy request
		l.refuse(w, http.StatusMisdirectedRequest, Refused, ForeignHost)
	case r.Method == http.MethodHead && known:
		l.ignore(WrongMethod)
		w.WriteHeader(http.StatusOK)
	case r.Method == http.MethodHead:
		l.refuse(w, http.StatusNotFound, NotFound, UnknownPath)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET, HEAD")
		l.refuse(w, http.StatusMethodNotAllowed, Refused, WrongMethod)
	case !isNavigation(r.Header):
		l.refuse(w, http.StatusForbidden, Refused, FromAnotherPage)
	case isPrefetch(r.Header):
		l.ignore(Prefetched)
		w.WriteHeader(http.StatusNoContent)
	case !known:
		l.refuse(w, http.StatusNotFound, NotFound, UnknownPath)
	default:
		keepConnection(r.Context())
		handle(w, r)
	}
}

// isNavigation tells whether a page was opened. Old browsers send none of these headers; a redirect of a posted form
// may come with the origin "null".
func isNavigation(header http.Header) bool {
	for name, want := range map[string]string{
		"Origin":         "null",
		"Sec-Fetch-Mode": "navigate",
		"Sec-Fetch-Dest": "document",
	} {
		if slices.ContainsFunc(header.Values(name), func(value string) bool { return value != want }) {
			return false
		}
	}
	return true
}

// isPrefetch tells whether the browser only guesses that the person might come here.
func isPrefetch(header http.Header) bool {
	purposes := slices.Concat(header.Values("Sec-Purpose"), header.Values("Purpose"))
	return strings.Contains(strings.ToLower(strings.Join(purposes, ",")), "prefetch")
}

// serveStart sends the browser to the service and marks it with a cookie, as often as it is asked to.
func (l *Listener) serveStart(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	first := !l.reached
	l.reached = true
	over := l.outcome != nil
	to := l.expected.AuthorizationURL
	l.mu.Unlock()

	if first {
		l.observe(Signal{Kind: BrowserReached})
	}
	switch {
	case over:
		_ = l.writePage(w, http.StatusOK, Page{Kind: AlreadyAnswered})
	case to == "":
		_ = l.writePage(w, http.StatusOK, Page{Kind: Waiting, RefreshURL: l.startPath})
	default:
		http.SetCookie(w, l.cookie(l.cookieValue, 0))
		redirect(w, to)
	}
}

// serveCallback takes the callback of RFC 5849 section 2.2.
func (l *Listener) serveCallback(w http.ResponseWriter, r *http.Request) {
	parameters, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		l.refuse(w, http.StatusBadRequest, Refused, BadParameters)
		return
	}
	l.mu.Lock()
	expected := l.expected
	over := l.outcome
	l.mu.Unlock()

	// Some services report a denial with denied=TOKEN and no oauth_token.
	token := cmp.Or(parameters.Get("oauth_token"), parameters.Get("denied"))
	verifier := parameters.Get("oauth_verifier")
	declined := parameters.Get("denied") != "" || parameters.Get("oauth_problem") != "" || parameters.Get("error") != ""
	sameBrowser := l.hasCookie(r)
	if expected.BareDeclines && expected.Token != "" && token == "" && verifier == "" {
		token, declined = expected.Token, true // the address itself, which nobody can guess, tells which sign-in is meant
	}

	switch {
	case token == "":
		l.refuse(w, http.StatusForbidden, NotForThisSignIn, MissingToken)
		return
	case !equal(token, expected.Token), l.randomParameter != "" && !equal(parameters.Get(l.randomParameter), l.random):
		l.refuse(w, http.StatusForbidden, NotForThisSignIn, WrongToken)
		return
	case over != nil:
		redirect(w, over.path)
		return
	case declined && !sameBrowser:
		l.observe(Signal{Kind: DeclinedElsewhere})
		redirect(w, l.deniedPath)
		return
	case declined:
		settled := l.settle(outcome{err: ErrDeclined, path: l.deniedPath})
		http.SetCookie(w, l.cookie("", -1))
		redirect(w, settled.path)
		return
	case verifier == "" && !expected.VerifierOptional:
		l.refuse(w, http.StatusBadRequest, Incomplete, MissingVerifier)
		return
	}

	for _, name := range []string{"oauth_token", "oauth_verifier", l.randomParameter} {
		parameters.Del(name)
	}
	settled := l.settle(outcome{
		answer: Answer{Verifier: verifier, SameBrowser: sameBrowser, Parameters: parameters},
		path:   l.donePath,
	})
	http.SetCookie(w, l.cookie("", -1))
	redirect(w, settled.path)
}

// serveDone tells the truth about the answer. It holds the request for a moment, so that most people see the final page
// only; then it gives a page that asks again.
func (l *Listener) serveDone(w http.ResponseWriter, r *http.Request) {
	timer := time.NewTimer(cmp.Or(l.config.timing.hold, 2*time.Second))
	defer timer.Stop()
	select {
	case <-l.finished:
	case <-timer.C:
	case <-r.Context().Done():
		return
	}
	l.mu.Lock()
	result := l.result
	l.mu.Unlock()

	page := Page{Kind: NotLinked}
	switch {
	case result == nil:
		_ = l.writePage(w, http.StatusOK, Page{Kind: Waiting, RefreshURL: l.donePath})
		return
	case result.Account != "":
		page = Page{Kind: Linked, Account: result.Account}
	default:
		page.Reason = result.Reason
	}
	if l.writePage(w, http.StatusOK, page) == nil {
		l.tell()
	}
}

// serveDeclined is where denials end, at an address without their parameters.
func (l *Listener) serveDeclined(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	over := l.outcome
	l.mu.Unlock()
	if l.writePage(w, http.StatusOK, Page{Kind: Declined}) == nil && over != nil && errors.Is(over.err, ErrDeclined) {
		l.tell()
	}
}

// serveCheck answers Check.
func (l *Listener) serveCheck(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, l.checkProof)
}

// parseQuery decodes the query of a callback. Two values for one name would leave open which of them counts.
func parseQuery(raw string) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, errors.New("query too long")
	}
	parameters, err := url.ParseQuery(raw)
	if err != nil {
		return nil, err
	}
	for _, values := range parameters {
		if len(values) > 1 || len(values[0]) > maxValue {
			return nil, errors.New("parameter repeated or too long")
		}
	}
	return parameters, nil
}

// equal compares in constant time.
func equal(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// cookie returns the cookie that marks the browser; a negative age deletes it. Cookies do not tell ports apart, hence
// the random name and the narrow path.
func (l *Listener) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name:     l.cookieName,
		Value:    value,
		Path:     (&url.URL{Path: l.callbackPath}).EscapedPath(),
		MaxAge:   age,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode, // sent when the service redirects here
	}
}

func (l *Listener) hasCookie(r *http.Request) bool {
	return slices.ContainsFunc(r.CookiesNamed(l.cookieName), func(cookie *http.Cookie) bool {
		return equal(cookie.Value, l.cookieValue)
	})
}

// redirect answers without the link in a body that http.Redirect writes.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

func (l *Listener) refuse(w http.ResponseWriter, status int, kind PageKind, reason Reason) {
	l.ignore(reason)
	_ = l.writePage(w, status, Page{Kind: kind})
}

// writePage writes the whole answer and flushes it: after a nil error, closing the connection loses nothing.
func (l *Listener) writePage(w http.ResponseWriter, status int, page Page) error {
	page.StyleNonce = rand.Text()
	var body bytes.Buffer
	if l.config.Render == nil || l.config.Render(&body, page) != nil {
		body.Reset()
		if err := renderPlain(&body, page); err != nil {
			return err
		}
	}
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy+"; style-src 'nonce-"+page.StyleNonce+"'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	if page.RefreshURL != "" {
		// A refresh without an address would not reload after Tumblr's redirect to callback#_=_, as the browser keeps
		// the fragment.
		header.Set("Refresh", "1; url="+page.RefreshURL)
	}
	w.WriteHeader(status)
	if _, err := w.Write(body.Bytes()); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
