package oauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Endpoint holds the three addresses of a service (RFC 5849 section 2).
type Endpoint struct {
	TemporaryCredentials string // issues temporary credentials; services call it "request token"
	Authorization        string // the page where the resource owner decides; services call it "authorize"
	TokenCredentials     string // issues token credentials; services call it "access token"
}

// Placement says where the protocol parameters of a request travel (RFC 5849 section 3.5).
type Placement int

// The places that RFC 5849 allows.
const (
	AuthorizationHeader Placement = iota // in the Authorization header (section 3.5.1); every service should take it
	FormBody                             // in the form-encoded body (section 3.5.2); requests without a body use the query
	Query                                // in the query of the address (section 3.5.3)
)

// Client signs requests with one set of client credentials. The zero value of every field but Credentials and Endpoint
// is useful. A Client is safe for concurrent use as long as nobody changes its fields; it must not be copied after use.
type Client struct {
	Credentials ClientCredentials
	Endpoint    Endpoint
	Placement   Placement

	// WithoutVerifier speaks to a service of the first edition, OAuth 1.0: the callback is not confirmed and the
	// exchange sends no verifier. Such a service is open to session fixation (oauth.net advisory 2009-1).
	WithoutVerifier bool

	// Method is the HTTP method of both credential requests. Empty means POST, as RFC 5849 section 2 recommends.
	Method string

	// SignedHost, where it is not empty, is the host that signatures name in place of the one that is called. The legacy
	// Photobucket API keeps each person's data on one of many servers and has every call signed for the main one.
	SignedHost string

	// FindProblem recognises what a service refuses in words of its own. It gets every answer that names no
	// oauth_problem, and returns "" for one that is no refusal. Nil recognises nothing.
	FindProblem func(status int, body []byte) Problem

	UserAgent string // sent with every request where it is not empty; some services demand one
	Accept    string // the Accept header, sent likewise: the form of the answers, where a service has more than one

	HTTPClient *http.Client     // nil means http.DefaultClient; its redirect policy is not used, see [Client.Get]
	Now        func() time.Time // nil means time.Now
	Nonce      func() string    // nil means 128 random bits from crypto/rand

	offset atomic.Int64 // time.Duration to add to the clock of this computer
}

// TemporaryCredentialsResponse is the answer of [Client.RequestTemporaryCredentials].
type TemporaryCredentialsResponse struct {
	Credentials TemporaryCredentials
	Extra       url.Values // every other parameter of the answer
}

// TokenCredentialsResponse is the answer of [Client.RequestTokenCredentials].
type TokenCredentialsResponse struct {
	Credentials TokenCredentials
	Extra       url.Values // every other parameter of the answer; Flickr tells user_nsid, username and fullname here
}

// Response is the answer to a signed call.
type Response struct {
	Status int // HTTP status code
	Header http.Header
	Body   []byte // whole; see [ErrResponseTooLarge]
	Nonce  string // oauth_nonce of the request, for services that repeat it in the answer; empty if it was not signed
}

// RequestTemporaryCredentials asks for temporary credentials (RFC 5849 section 2.1). callback is the address that the
// service sends the browser to, or "oob" where the resource owner carries a code over by hand. extra parameters are sent
// along and may be nil.
//
// It returns [ErrCallbackNotConfirmed] if the service does not say oauth_callback_confirmed=true, unless
// WithoutVerifier is set, and an [*Error] for what the service refuses.
func (c *Client) RequestTemporaryCredentials(
	ctx context.Context, callback string, extra url.Values,
) (TemporaryCredentialsResponse, error) {
	var protocol []parameter
	if callback != "" {
		protocol = []parameter{{"oauth_callback", callback}}
	}
	token, secret, rest, err := c.requestCredentials(ctx, c.Endpoint.TemporaryCredentials, protocol, extra, "")
	if err != nil {
		return TemporaryCredentialsResponse{}, fmt.Errorf("request temporary credentials: %w", err)
	}
	if !c.WithoutVerifier && rest.Get("oauth_callback_confirmed") != "true" {
		return TemporaryCredentialsResponse{}, fmt.Errorf("request temporary credentials: %w", ErrCallbackNotConfirmed)
	}
	return TemporaryCredentialsResponse{TemporaryCredentials{token, secret}, rest}, nil
}

// AuthorizationURL returns the page where the resource owner decides about temporary (RFC 5849 section 2.2). params,
// such as the permission asked for, are added to its query and may be nil.
func (c *Client) AuthorizationURL(temporary TemporaryCredentials, params url.Values) (string, error) {
	target, err := url.Parse(c.Endpoint.Authorization)
	if err != nil {
		return "", fmt.Errorf("authorization address: %w", err)
	}
	query := url.Values{"oauth_token": {temporary.Token}}
	for name, values := range params {
		query[name] = values
	}
	appendQuery(target, query)
	return target.String(), nil
}

// RequestTokenCredentials exchanges temporary, once approved, for token credentials (RFC 5849 section 2.3). A verifier
// can be used once: do not repeat the call with the same one.
func (c *Client) RequestTokenCredentials(
	ctx context.Context, temporary TemporaryCredentials, verifier string,
) (TokenCredentialsResponse, error) {
	protocol := []parameter{{"oauth_token", temporary.Token}}
	if !c.WithoutVerifier {
		protocol = append(protocol, parameter{"oauth_verifier", verifier})
	}
	token, secret, rest, err := c.requestCredentials(ctx, c.Endpoint.TokenCredentials, protocol, nil, temporary.Secret)
	if err != nil {
		return TokenCredentialsResponse{}, fmt.Errorf("request token credentials: %w", err)
	}
	return TokenCredentialsResponse{TokenCredentials{token, secret}, rest}, nil
}

// Get calls target, whose query takes part in the signature, with a signed GET request. The zero token signs with the
// client credentials alone.
//
// Any status but 2xx, and any answer that names an oauth_problem, is an [*Error]. Redirects are not followed, because
// the signature belongs to one address and the credentials to one service: a redirect is an [*Error] too.
func (c *Client) Get(ctx context.Context, target string, token TokenCredentials) (*Response, error) {
	return c.call(ctx, http.MethodGet, target, nil, token)
}

// Post calls target with a signed POST request whose body is the form. See [Client.Get] for errors.
func (c *Client) Post(ctx context.Context, target string, form url.Values, token TokenCredentials) (*Response, error) {
	return c.call(ctx, http.MethodPost, target, form, token)
}

func (c *Client) call(
	ctx context.Context, method, target string, form url.Values, token TokenCredentials,
) (*Response, error) {
	var protocol []parameter
	if token.Token != "" {
		protocol = []parameter{{"oauth_token", token.Token}}
	}
	return c.send(ctx, method, target, protocol, form, token.Secret)
}

// ClockOffset returns how far the clock of the service is ahead of the clock of this computer, to the second, as last
// seen in the Date header of an HTTPS answer. It is zero until then. See [Client.CorrectedBy].
func (c *Client) ClockOffset() time.Duration { return time.Duration(c.offset.Load()) }

// Time returns what signatures state as the time: that of this computer's clock, corrected by [Client.CorrectedBy].
func (c *Client) Time() time.Time { return c.now().Add(c.CorrectedBy()) }

// UnsignedGet calls target as it is, without signature or credentials, under the same rules as [Client.Get]. Use it to
// find out whether a service answers at all; it teaches the client the clock offset as well.
func (c *Client) UnsignedGet(ctx context.Context, target string) (*Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	return c.do(request, nil)
}

func (c *Client) requestCredentials(
	ctx context.Context, target string, protocol []parameter, extra url.Values, tokenSecret Secret,
) (token string, secret Secret, rest url.Values, err error) {
	method := c.Method
	if method == "" {
		method = http.MethodPost
	}
	form := extra
	if method == http.MethodGet && len(extra) > 0 {
		parsed, err := url.Parse(target)
		if err != nil {
			return "", "", nil, err
		}
		appendQuery(parsed, extra)
		target, form = parsed.String(), nil
	}
	response, err := c.send(ctx, method, target, protocol, form, tokenSecret)
	if err != nil {
		return "", "", nil, err
	}
	rest, err = parseCredentials(response.Body)
	if err != nil {
		return "", "", nil, &Error{Status: response.Status, Body: redactBody(response.Body, nil), Err: err}
	}
	token, secret = rest.Get("oauth_token"), Secret(rest.Get("oauth_token_secret"))
	rest.Del("oauth_token")
	rest.Del("oauth_token_secret")
	return token, secret, rest, nil
}

// send signs and sends one request. If the service refuses its timestamp and has told its own time, the request is
// signed anew and sent once more: nothing was spent, because services look at the timestamp before they act.
func (c *Client) send(
	ctx context.Context, method, target string, protocol []parameter, form url.Values, tokenSecret Secret,
) (*Response, error) {
	before := c.CorrectedBy()
	response, err := c.sendOnce(ctx, method, target, protocol, form, tokenSecret)
	if errors.Is(err, ProblemTimestampRefused) && c.CorrectedBy() != before {
		return c.sendOnce(ctx, method, target, protocol, form, tokenSecret)
	}
	return response, err
}

func (c *Client) sendOnce(
	ctx context.Context, method, target string, protocol []parameter, form url.Values, tokenSecret Secret,
) (*Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	nonce, signature, err := c.sign(request, protocol, form, tokenSecret)
	if err != nil {
		return nil, err
	}
	secrets := []string{c.Credentials.Key, c.Credentials.Secret.Reveal(), tokenSecret.Reveal(), nonce, signature}
	for _, p := range protocol {
		if p.name == "oauth_token" || p.name == "oauth_verifier" {
			secrets = append(secrets, p.value)
		}
	}
	response, err := c.do(request, secrets)
	if err != nil {
		return nil, err
	}
	response.Nonce = nonce
	return response, nil
}

// sign readies request for sending: it adds the form, and the protocol parameters, the signature among them (RFC 5849
// section 3.1), where Placement wants them. protocol are those that not every request has.
func (c *Client) sign(
	request *http.Request, protocol []parameter, form url.Values, tokenSecret Secret,
) (nonce, signature string, err error) {
	nonce = c.nonce()
	all := append(
		make([]parameter, 0, 9), // RFC 5849 knows nine
		parameter{"oauth_consumer_key", c.Credentials.Key},
		parameter{"oauth_nonce", nonce},
		parameter{"oauth_signature_method", "HMAC-SHA1"},
		parameter{"oauth_timestamp", strconv.FormatInt(c.Time().Unix(), 10)},
		parameter{"oauth_version", "1.0"},
	)
	all = append(all, protocol...)
	target := *request.URL
	if c.SignedHost != "" {
		target.Host = c.SignedHost
	}
	base, err := signatureBase(request.Method, &target, form, all)
	if err != nil {
		return "", "", err
	}
	signature = signHMACSHA1(base, c.Credentials.Secret.Reveal(), tokenSecret.Reveal())
	all = append(all, parameter{"oauth_signature", signature})

	hasBody := request.Method == http.MethodPost || request.Method == http.MethodPut
	switch {
	case c.Placement == AuthorizationHeader:
		request.Header.Set("Authorization", authorizationHeader(all))
	case c.Placement == FormBody && hasBody:
		form = withProtocol(form, all)
	default:
		appendQuery(request.URL, withProtocol(nil, all))
	}
	if len(form) > 0 {
		encoded := encodeForm(form)
		request.Body = io.NopCloser(strings.NewReader(encoded))
		request.ContentLength = int64(len(encoded))
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(encoded)), nil }
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return nonce, signature, nil
}

// maxResponse bounds the answers: the largest that a sign-in needs is a few kilobytes.
const maxResponse = 1 << 20

// do sends request and judges the answer; secrets are blotted out of what an error quotes.
func (c *Client) do(request *http.Request, secrets []string) (*Response, error) {
	if c.UserAgent != "" {
		request.Header.Set("User-Agent", c.UserAgent)
	}
	if c.Accept != "" {
		request.Header.Set("Accept", c.Accept)
	}
	httpClient := http.DefaultClient
	if c.HTTPClient != nil {
		httpClient = c.HTTPClient
	}
	direct := *httpClient // a copy: the caller's client keeps its own policy
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	answer, err := direct.Do(request)
	if err != nil {
		return nil, transportError(err)
	}
	defer func() { _ = answer.Body.Close() }()
	c.learnOffset(request.URL, answer.Header)
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxResponse+1))
	switch {
	case err != nil:
		return nil, &Error{Status: answer.StatusCode, Err: fmt.Errorf("read the answer: %w", err)}
	case len(body) > maxResponse:
		return nil, &Error{Status: answer.StatusCode, Err: ErrResponseTooLarge}
	}
	if failure := c.judge(answer, body); failure != nil {
		failure.Body = redactBody(body, secrets)
		return nil, failure
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// learnOffset believes the clock of a service over HTTPS only: anyone on the way can write a plain Date header.
func (c *Client) learnOffset(target *url.URL, header http.Header) {
	if target.Scheme != "https" {
		return
	}
	if served, err := http.ParseTime(header.Get("Date")); err == nil {
		c.offset.Store(int64(served.Sub(c.now()).Round(time.Second)))
	}
}

// CorrectedBy returns the part of the offset that signatures use: all of it, or nothing below 30 seconds, which is slow
// networks and rounding, and less than any service minds.
func (c *Client) CorrectedBy() time.Duration {
	if offset := c.ClockOffset(); offset.Abs() > 30*time.Second {
		return offset
	}
	return 0
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Client) nonce() string {
	if c.Nonce != nil {
		return c.Nonce()
	}
	return rand.Text()
}

// authorizationHeader writes the protocol parameters as RFC 5849 section 3.5.1 shows them.
func authorizationHeader(protocol []parameter) string {
	header := make([]byte, 0, 512)
	separator := "OAuth "
	for _, p := range protocol {
		header = append(header, separator...)
		header = append(header, p.name...)
		header = append(header, '=', '"')
		header = appendEscaped(header, p.value)
		header = append(header, '"')
		separator = ", "
	}
	return string(header)
}

// appendQuery adds params to what stands in the query of target already, which stays as it is.
func appendQuery(target *url.URL, params url.Values) {
	encoded := encodeForm(params)
	if target.RawQuery != "" && encoded != "" {
		target.RawQuery += "&"
	}
	target.RawQuery += encoded
}

// withProtocol returns the form with the protocol parameters.
func withProtocol(form url.Values, protocol []parameter) url.Values {
	all := make(url.Values, len(form)+len(protocol))
	for name, values := range form {
		all[name] = values
	}
	for _, p := range protocol {
		all[p.name] = append(slices.Clip(all[p.name]), p.value)
	}
	return all
}
