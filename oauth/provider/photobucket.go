package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"photolink/oauth"
)

// photobucket speaks the API that Photobucket had until 2018. It kept each person's data on one of many servers,
// api123.photobucket.com, while every call was signed for the main one: see SignedHost of [oauth.Client].
type photobucket struct {
	api string // address of the main server, without slash at the end: "http://api.photobucket.com"
}

// CheckKey cannot tell whether the service knows the key: ping needs none.
func (p photobucket) CheckKey(ctx context.Context, client *oauth.Client) error {
	_, err := client.UnsignedGet(ctx, p.api+"/ping?format=json")
	return unlessAnswered(err)
}

// FirstCalls returns none: which server has the person's data comes with the approval.
func (p photobucket) FirstCalls() []string { return nil }

func (p photobucket) Identify(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, told Told,
) (Identity, error) {
	server := cmp.Or(told.Server, told.Token.Get("subdomain"), told.Callback.Get("subdomain"))
	asked := told.Token.Get("username") // the empty name stands for whoever the token belongs to
	server, user, err := p.user(ctx, client, token, server, asked)
	if elsewhere := rightServer(err); elsewhere != "" {
		server, user, err = p.user(ctx, client, token, elsewhere, asked)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("user: %w", err)
	}

	name := clean(user["username"])
	if name == "" {
		return Identity{}, fmt.Errorf("user: %w: no user name", ErrNotUnderstood)
	}
	for _, before := range []url.Values{told.Token, told.Callback} {
		if before.Has("username") && before.Get("username") != user["username"] {
			return Identity{}, ErrIdentityDiffers
		}
	}
	identity := Identity{
		UserID: name, UserName: name, Name: name, ProfileURL: p.page(user["album_url"]),
		Permission: "full", PhotoCount: -1, Server: server,
	}
	if count, err := strconv.Atoi(user["total_pictures"]); err == nil && count >= 0 {
		identity.PhotoCount = count
	}
	switch user["premium"] {
	case "1":
		identity.Plan = "Pro"
	case "0":
		identity.Plan = "Free"
	}
	return identity, nil
}

// user asks server for the person with this name. It returns the name of the server as it has to be asked later.
func (p photobucket) user(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, server, name string,
) (string, map[string]string, error) {
	server, address, err := p.server(server)
	if err != nil {
		return "", nil, err
	}
	response, err := client.Get(ctx, address+"/user/"+url.PathEscape(name)+"?format=json", token)
	if err != nil {
		return "", nil, photobucketRefusal(err, token)
	}
	user, err := decodePhotobucket(response.Body, token)
	return server, user, err
}

var hostLabel = regexp.MustCompile(`^[a-z0-9-]+$`)

// server returns the bare name of a server and its address. The empty name stands for the main server. What is neither
// the main server nor a sibling of it is refused: a signed request is not for strangers, and all that names a server
// comes without encryption.
func (p photobucket) server(name string) (bare, address string, err error) {
	api, err := url.Parse(p.api)
	if err != nil {
		return "", "", err
	}
	name = strings.ToLower(name)
	if api.Port() != "" {
		name = strings.TrimSuffix(name, ":"+api.Port())
	}
	if name == "" || name == api.Hostname() {
		return api.Hostname(), p.api, nil
	}
	label, found := strings.CutSuffix(name, siblings(api))
	if !found || !hostLabel.MatchString(label) {
		return "", "", fmt.Errorf("%w: the server of this person is elsewhere", ErrNotUnderstood)
	}
	api.Host = strings.Replace(api.Host, api.Hostname(), name, 1)
	return name, api.String(), nil
}

// siblings returns what the names of all servers end in: ".photobucket.com" for api.photobucket.com. Where the address
// has no such name, it is a text that no name ends in.
func siblings(api *url.URL) string {
	_, domain, _ := strings.Cut(api.Hostname(), ".")
	if net.ParseIP(api.Hostname()) != nil || domain != "localhost" && !strings.Contains(domain, ".") {
		return "no siblings"
	}
	return "." + domain
}

// page returns address if it leads to a web page of the service, else nothing.
func (p photobucket) page(address string) string {
	api, apiErr := url.Parse(p.api)
	page, err := url.Parse(address)
	if err != nil || apiErr != nil || page.Scheme != "http" && page.Scheme != "https" || page.User != nil ||
		page.Port() != api.Port() || clean(address) != address ||
		page.Hostname() != api.Hostname() && !strings.HasSuffix("."+page.Hostname(), siblings(api)) {
		return ""
	}
	return address
}

// subdomain finds the server in the answer of a wrong one, in JSON and in XML. That answer is quoted in an error and may
// be cut off, so it cannot be read as a whole.
var subdomain = regexp.MustCompile(`\bsubdomain"?\s*[:>]\s*"?https?:\\?/\\?/([^/\\"<\s]+)`)

// rightServer returns the server that err says to ask instead, or nothing.
func rightServer(err error) string {
	failure, ok := errors.AsType[*oauth.Error](err)
	if !ok || !errors.Is(failure, oauth.ErrRedirected) {
		return ""
	}
	if found := subdomain.FindStringSubmatch(failure.Body); found != nil {
		return found[1]
	}
	return ""
}

// photobucketRefusal says what an answer with another status than 2xx means: 401 is for a token that was withdrawn or
// has expired, 404 is for an address that the API does not have.
func photobucketRefusal(err error, token oauth.TokenCredentials) error {
	failure, ok := errors.AsType[*oauth.Error](err)
	if !ok || failure.Problem != "" || failure.Err != nil {
		return withMeaning(err)
	}
	_, said := decodePhotobucket([]byte(failure.Body), token)
	if exception, ok := errors.AsType[*ServiceError](said); ok {
		err = fmt.Errorf("%w: %w", exception, err)
	}
	switch failure.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: %w", ErrTokenRefused, err)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNotUnderstood, err)
	}
	return err
}

// photobucketEnvelope is the form of every answer. What is an element or an attribute in XML is the same in here.
type photobucketEnvelope struct {
	status, message, code string
	content               map[string]string
}

// decodePhotobucket returns the content of an answer in JSON or XML. An exception is a [*ServiceError].
func decodePhotobucket(body []byte, token oauth.TokenCredentials) (map[string]string, error) {
	var envelope photobucketEnvelope
	err := ErrNotUnderstood
	switch body = bytes.TrimSpace(body); {
	case bytes.HasPrefix(body, []byte("{")):
		envelope, err = photobucketJSON(body)
	case bytes.HasPrefix(body, []byte("<")):
		envelope, err = photobucketXML(body)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: neither JSON nor XML of the API", ErrNotUnderstood)
	}
	switch envelope.status {
	case "OK":
		return envelope.content, nil
	case "Exception":
		code, _ := strconv.Atoi(envelope.code)
		failure := &ServiceError{Code: code, Message: quoted(envelope.message, token)}
		if code == 7 { // the token has expired or was withdrawn
			failure.Err = ErrTokenRefused
		}
		return nil, failure
	}
	return nil, fmt.Errorf("%w: status is %q", ErrNotUnderstood, quoted(envelope.status, token))
}

func photobucketJSON(body []byte) (photobucketEnvelope, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return photobucketEnvelope{}, err
	}
	var elements, attributes map[string]json.RawMessage
	_ = json.Unmarshal(fields["content"], &elements) // an exception has something else here, or nothing
	_ = json.Unmarshal(elements["_attribs"], &attributes)
	content := make(map[string]string)
	for _, values := range []map[string]json.RawMessage{attributes, elements} {
		for name, value := range values {
			content[name] = jsonScalar(value)
		}
	}
	return photobucketEnvelope{
		jsonScalar(fields["status"]), jsonScalar(fields["message"]), jsonScalar(fields["code"]), content,
	}, nil
}

func photobucketXML(body []byte) (photobucketEnvelope, error) {
	var response struct {
		XMLName xml.Name `xml:"response"`
		Status  string   `xml:"status"`
		Message string   `xml:"message"`
		Code    string   `xml:"code"`
		Content struct {
			Attributes []xml.Attr `xml:",any,attr"`
			Elements   []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"content"`
	}
	if err := xml.Unmarshal(body, &response); err != nil {
		return photobucketEnvelope{}, err
	}
	content := make(map[string]string)
	for _, attribute := range response.Content.Attributes {
		content[attribute.Name.Local] = attribute.Value
	}
	for _, element := range response.Content.Elements {
		content[element.XMLName.Local] = strings.TrimSpace(element.Text)
	}
	return photobucketEnvelope{response.Status, response.Message, response.Code, content}, nil
}
