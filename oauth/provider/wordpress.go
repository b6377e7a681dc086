package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"

	"photolink/oauth"
)

// ErrNoOAuth means that a WordPress site speaks no OAuth 1.0a.
var ErrNoOAuth = errors.New("the site offers no OAuth 1.0a: its plugin is missing")

// FindWordPress asks a WordPress site for its OAuth addresses. address is what a person types: "blog.example.org" or
// "https://example.org/blog/". An address without a scheme means https, unless it is on this computer.
//
// A site without the plugin is [ErrNoOAuth], one that is no WordPress site [ErrNotUnderstood], and so is one that names
// addresses elsewhere. Without client, http.DefaultClient is used; up to five redirects are followed, from http to https
// but not back.
func FindWordPress(ctx context.Context, client *http.Client, address string) (Provider, error) {
	p, err := findWordPress(ctx, client, address)
	if err != nil {
		return Provider{}, fmt.Errorf("look for WordPress: %w", err)
	}
	// By way of its file, so that it is checked, completed and warned of like any other.
	text, err := Encode(p)
	if err != nil {
		return Provider{}, fmt.Errorf("look for WordPress: %w: %w", ErrNotUnderstood, err)
	}
	return Parse(p.ID+".toml", text)
}

func findWordPress(ctx context.Context, client *http.Client, address string) (Provider, error) {
	site, err := typedSite(address)
	if err != nil {
		return Provider{}, err
	}
	root, index, err := readIndex(ctx, client, site.JoinPath("wp-json/"))
	if errors.Is(err, ErrNotUnderstood) { // the site has it elsewhere, and says where
		var elsewhere *url.URL
		if elsewhere, err = linkedIndex(ctx, client, site.JoinPath("/")); err == nil {
			root, index, err = readIndex(ctx, client, elsewhere)
		}
	}
	if err != nil {
		return Provider{}, err
	}
	var authentication struct {
		OAuth1 struct{ Request, Authorize, Access string }
	}
	// PHP writes an empty list where nothing is offered. That, too, leaves the addresses empty.
	_ = json.Unmarshal(index.Authentication, &authentication)
	offered := authentication.OAuth1
	if offered.Request == "" {
		return Provider{}, ErrNoOAuth
	}
	for _, endpoint := range []string{offered.Request, offered.Authorize, offered.Access} {
		if !sameSite(root, endpoint) {
			return Provider{}, fmt.Errorf("%w: the site names addresses that are not its own", ErrNotUnderstood)
		}
	}
	// "url" is where WordPress itself is installed, "home" where its visitors go.
	base := root.Scheme + "://" + root.Host
	for _, candidate := range []string{index.URL, index.Home} {
		if sameSite(root, candidate) {
			base = strings.TrimRight(candidate, "/")
			break
		}
	}
	const callback = "http://127.0.0.1:8714/wordpress"
	p := Provider{
		ID:    wordPressID(root),
		Name:  root.Host,
		Needs: "Needs a key that the administrator of the site makes",
		Endpoint: oauth.Endpoint{
			TemporaryCredentials: offered.Request, Authorization: offered.Authorize, TokenCredentials: offered.Access,
		},
		Refusals: []Refusal{
			{"Callback URL is invalid", oauth.ProblemCallbackRejected},
			{"Consumer Key is invalid", oauth.ProblemConsumerKeyUnknown},
			{"OAuth signature does not match", oauth.ProblemSignatureInvalid},
			{"Signature method is invalid", oauth.ProblemSignatureMethodRejected},
			{"Invalid timestamp", oauth.ProblemTimestampRefused},
			{"nonce has already been used", oauth.ProblemNonceUsed},
			{"OAuth verifier does not match", oauth.ProblemVerifierInvalid},
			{"OAuth request token has expired", oauth.ProblemTokenExpired},
			{"OAuth token has not been authorized", oauth.ProblemTokenRejected},
			{"Token is not registered for the given consumer", oauth.ProblemTokenRejected},
			{"Invalid token", oauth.ProblemTokenRejected},
			{"No OAuth parameters supplied", oauth.ProblemParameterAbsent},
			{"Missing OAuth parameter", oauth.ProblemParameterAbsent},
		},
		Callback:    Callback{Rule: CallbackWithQuery, Registered: callback},
		Permissions: []Permission{{ID: "full", Name: "Full access", Words: "do on the site what you may do there"}},
		NeedsKey:    true,
		KeyPage:     base + "/wp-admin/users.php?page=rest-oauth1-apps",
		KeyNote: "On the site, under Users, Applications, an administrator adds an application with the callback " + callback +
			" and gets its key and secret.",
		RevokePage:  base + "/wp-admin/profile.php",
		ApproveWord: "Authorize",
		DeclineWord: "Cancel", // leads to an empty page
		Service: document{
			address: root.String() + "wp/v2/users/me", id: "id", userName: "slug", name: "name", page: "link",
			picture: "avatar_urls.96", message: "message", permissions: []string{"full"},
		},
	}
	// Whoever runs the site chooses its name; its host tells it from others.
	name := []rune(clean(html.UnescapeString(index.Name)))
	if room := maxName - len(" ()") - len(root.Host); len(name) > 0 && room > 0 {
		p.Name = strings.TrimSpace(string(name[:min(len(name), room)])) + " (" + root.Host + ")"
	}
	return p, nil
}

// typedSite reads what a person types as the address of a site.
func typedSite(address string) (*url.URL, error) {
	address = strings.TrimSpace(address)
	scheme := ""
	if !strings.Contains(address, "://") {
		scheme, address = "https", "https://"+address
	}
	site, err := url.Parse(address)
	if err != nil || !isAddress(address) || len(address) > longest {
		return nil, fmt.Errorf("%w: no web address", ErrNotUnderstood)
	}
	if scheme != "" && isLoopback(site.Hostname()) {
		site.Scheme = "http"
	}
	return &url.URL{Scheme: site.Scheme, Host: strings.ToLower(site.Host), Path: strings.TrimRight(site.Path, "/")}, nil
}

// wordPressIndex is what a site says of itself.
type wordPressIndex struct {
	Name, URL, Home string
	Namespaces      []string
	Authentication  json.RawMessage
}

// readIndex reads the index at target and returns the address that it was found at in the end.
func readIndex(ctx context.Context, client *http.Client, target *url.URL) (*url.URL, wordPressIndex, error) {
	root, _, body, err := fetch(ctx, client, target)
	if err != nil {
		return nil, wordPressIndex{}, err
	}
	if !strings.HasSuffix(root.Path+root.RawQuery, "/") {
		root.Path += "/"
	}
	var index wordPressIndex
	if err := json.Unmarshal(body, &index); err != nil || len(index.Namespaces) == 0 {
		return nil, wordPressIndex{}, fmt.Errorf("%w: no WordPress site", ErrNotUnderstood)
	}
	return root, index, nil
}

// linkedIndex finds the address of the index in the Link header of the home page.
func linkedIndex(ctx context.Context, client *http.Client, home *url.URL) (*url.URL, error) {
	home, header, _, err := fetch(ctx, client, home)
	if err != nil {
		return nil, err
	}
	for _, value := range header.Values("Link") {
		for entry := range strings.SplitSeq(value, ", ") {
			target, parameters, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(entry), "<"), ">")
			if strings.Contains(parameters, `rel="https://api.w.org/"`) && sameSite(home, target) {
				return url.Parse(target)
			}
		}
	}
	return nil, fmt.Errorf("%w: no WordPress site", ErrNotUnderstood)
}

// fetch gets a page, or the first MiB of it, and returns the address that redirects led to.
func fetch(ctx context.Context, client *http.Client, target *url.URL) (*url.URL, http.Header, []byte, error) {
	const largest = 1 << 20 // bytes
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, nil, nil, err
	}
	follow := *cmp.Or(client, http.DefaultClient) // a copy: the caller's client keeps its own policy
	follow.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if len(via) > 5 || via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return fmt.Errorf("%w: the site redirects where nobody should follow", ErrNotUnderstood)
		}
		return nil
	}
	response, err := follow.Do(request)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	switch body, err := io.ReadAll(io.LimitReader(response.Body, largest)); {
	case err != nil:
		return nil, nil, nil, fmt.Errorf("read the answer: %w", err)
	case response.StatusCode >= http.StatusInternalServerError:
		return nil, nil, nil, fmt.Errorf("%w: HTTP status %d", ErrUnavailable, response.StatusCode)
	default:
		return response.Request.URL, response.Header, body, nil
	}
}

// sameSite reports whether address is on the same host as site, and as well encrypted.
func sameSite(site *url.URL, address string) bool {
	other, err := url.Parse(address)
	return err == nil && isAddress(address) && other.Scheme == site.Scheme && strings.EqualFold(other.Host, site.Host)
}

// wordPressID names a site: "wordpress-blog-example-org". Dashes are doubled, so that no two hosts share a name.
func wordPressID(root *url.URL) string {
	path := strings.TrimSuffix(strings.TrimSuffix(root.Path, "index.php"), "wp-json/")
	id := []byte("wordpress-")
	for _, c := range []byte(strings.ToLower(root.Host + strings.TrimRight(path, "/"))) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			id = append(id, c)
		case strings.IndexByte(".:/", c) >= 0:
			id = append(id, '-')
		default:
			id = append(id, '-', '-')
		}
	}
	return string(id)
}
