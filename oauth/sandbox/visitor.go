package sandbox

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Visitor plays the person at the browser, for tests of programs that send one: it opens an address that leads to the
// authorize page and presses a button there. Like a browser it keeps cookies and follows redirects. The zero value works
// for plain HTTP.
type Visitor struct {
	Transport http.RoundTripper // nil means http.DefaultTransport
	// Forgetful makes a visitor without cookies, as if another browser had opened the page.
	Forgetful bool
}

// Visit is where a visitor ended.
type Visit struct {
	URL  *url.URL // the address of the last page
	Body string   // and its text
}

// ErrNotAuthorizePage means that the address did not lead to a page with the two buttons.
var ErrNotAuthorizePage = errors.New("not the authorize page")

// Approve presses "OK, I'll authorize it" and follows the way to its end.
func (v Visitor) Approve(ctx context.Context, address string) (Visit, error) {
	return v.answer(ctx, address, "approve", nil)
}

// Deny presses "No, thanks".
func (v Visitor) Deny(ctx context.Context, address string) (Visit, error) {
	return v.answer(ctx, address, "deny", nil)
}

// ApproveOnly presses "OK, I'll authorize it" and does not follow the redirect to the callback, as a browser that
// cannot reach it: the URL of the visit is the callback's.
func (v Visitor) ApproveOnly(ctx context.Context, address string) (Visit, error) {
	visit := Visit{}
	_, err := v.answer(ctx, address, "approve", func(next *http.Request, via []*http.Request) error {
		if via[0].Method == http.MethodPost {
			visit.URL = next.URL
			return http.ErrUseLastResponse
		}
		return nil
	})
	return visit, err
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

func (v Visitor) answer(
	ctx context.Context, address, press string, redirect func(*http.Request, []*http.Request) error,
) (Visit, error) {
	browser := &http.Client{Transport: v.Transport, CheckRedirect: redirect}
	if !v.Forgetful {
		browser.Jar, _ = cookiejar.New(nil) // has no way to go wrong
	}
	page, err := fetch(ctx, browser, http.MethodGet, address, nil)
	if err != nil {
		return page, err
	}
	form := url.Values{press: {""}}
	for _, field := range hiddenField.FindAllStringSubmatch(page.Body, -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	if len(form) == 1 {
		return page, fmt.Errorf("%s: %w", page.URL.Path, ErrNotAuthorizePage)
	}
	return fetch(ctx, browser, http.MethodPost, page.URL.String(), form)
}

func fetch(ctx context.Context, browser *http.Client, method, address string, form url.Values) (Visit, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return Visit{}, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := browser.Do(request)
	if err != nil {
		return Visit{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return Visit{response.Request.URL, string(body)}, err
}
