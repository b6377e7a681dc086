package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"photolink/oauth"
)

// document is a service that tells who is signed in with one document, of which a file says where each value stands.
//
// A place is a path of names with dots between them, such as "user.blogs.0.url"; a number counts the items of a list. In
// XML the path begins with the outermost element and "@id" is an attribute; a number counts elements of the same name.
type document struct {
	address string // answers a signed GET request
	xml     bool   // or else JSON

	id, userName, name       string // places
	page, picture            string // places, or addresses with {id} and {user_name}
	photos, plan, permission string // places
	code, message            string // places in an answer that is an error
	permissions              []string
}

func (d document) CheckKey(ctx context.Context, client *oauth.Client) error {
	_, err := client.UnsignedGet(ctx, d.address)
	return unlessAnswered(err) // what it thinks of the key, only a signed request can tell
}

func (d document) FirstCalls() []string { return []string{d.address} }

func (d document) Identify(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, _ Told,
) (Identity, error) {
	corrected := client.CorrectedBy()
	response, err := client.Get(ctx, d.address, token)
	if unauthorized(err) && client.CorrectedBy() != corrected { // it may be the time that was refused, in words of its own
		response, err = client.Get(ctx, d.address, token)
	}
	if err != nil {
		return Identity{}, d.refused(err)
	}
	content, err := d.read(response.Body)
	if err != nil {
		return Identity{}, err
	}
	id := clean(find(content, d.id))
	switch {
	case id == "":
		if failure := d.said(content); failure != nil {
			failure.Err = ErrNotUnderstood
			return Identity{}, failure
		}
		return Identity{}, fmt.Errorf("%w: no user id", ErrNotUnderstood)
	case utf8.RuneCountInString(find(content, d.id)) > maxText: // two people could be the same where it is cut
		return Identity{}, fmt.Errorf("%w: the user id is too long", ErrNotUnderstood)
	}
	identity := Identity{
		UserID:     id,
		UserName:   clean(find(content, d.userName)),
		Name:       clean(find(content, d.name)),
		Permission: d.granted(content),
		Plan:       clean(find(content, d.plan)),
		PhotoCount: -1,
	}
	identity.Name = cmp.Or(identity.Name, identity.UserName, identity.UserID)
	identity.ProfileURL = link(content, d.page, identity)
	// A picture is fetched by this program: a service that is encrypted cannot send it anywhere that is not.
	picture := link(content, d.picture, identity)
	if strings.HasPrefix(picture, "https:") || strings.HasPrefix(d.address, "http:") {
		identity.PictureURL = picture
	}
	if count, err := strconv.Atoi(find(content, d.photos)); err == nil && count >= 0 {
		identity.PhotoCount = count
	}
	return identity, nil
}

func (d document) granted(content any) string {
	if d.permission == "" && len(d.permissions) == 1 {
		return d.permissions[0]
	}
	if granted := find(content, d.permission); slices.Contains(d.permissions, granted) {
		return granted
	}
	return ""
}

// unauthorized reports whether a service refuses a request with the status for it and no problem that is known.
func unauthorized(err error) bool {
	failure, ok := errors.AsType[*oauth.Error](err)
	return ok && failure.Status == http.StatusUnauthorized && failure.Problem == ""
}

// refused says what a failed request means, with the service's own words where the answer has them.
func (d document) refused(err error) error {
	failure, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	var meaning error
	switch failure.Problem {
	case oauth.ProblemConsumerKeyRefused, oauth.ProblemConsumerKeyUnknown:
		meaning = ErrKeyRefused
	case oauth.ProblemTokenRejected, oauth.ProblemTokenRevoked, oauth.ProblemTokenExpired:
		meaning = ErrTokenRefused
	case "":
		if unauthorized(err) {
			meaning = ErrTokenRefused
		}
	}
	if content, readErr := d.read([]byte(failure.Body)); readErr == nil {
		if said := d.said(content); said != nil {
			said.Err = meaning
			return fmt.Errorf("%w: %w", said, err)
		}
	}
	if meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	return err
}

// said returns the error that an answer states, or nil.
func (d document) said(content any) *ServiceError {
	message := clean(find(content, d.message))
	if message == "" {
		return nil
	}
	code, _ := strconv.Atoi(find(content, d.code)) // a service may have none, or one that is a word
	return &ServiceError{Code: code, Message: message}
}

func (d document) read(body []byte) (any, error) {
	if d.xml {
		return readXML(body)
	}
	var content any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&content); err != nil {
		return nil, fmt.Errorf("%w: no JSON", ErrNotUnderstood)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more than one JSON value", ErrNotUnderstood)
	}
	return content, nil
}

const (
	maxDepth = 100  // of XML elements inside each other
	longest  = 2000 // bytes of a text or an address that is looked at
)

// readXML gives an XML document the form that a JSON one has: an element is an object whose members are lists of the
// elements in it, by name, its attributes, by "@" and name, and its text, by the empty name.
func readXML(body []byte) (any, error) {
	notUnderstood := fmt.Errorf("%w: no XML", ErrNotUnderstood)
	decoder := xml.NewDecoder(bytes.NewReader(body))
	open := []map[string]any{{}}
	for {
		item, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, notUnderstood
		}
		inner := open[len(open)-1]
		switch item := item.(type) {
		case xml.StartElement:
			element := map[string]any{}
			for _, attribute := range item.Attr {
				element["@"+attribute.Name.Local] = attribute.Value
			}
			siblings, _ := inner[item.Name.Local].([]any)
			inner[item.Name.Local] = append(siblings, element)
			if open = append(open, element); len(open) > maxDepth {
				return nil, notUnderstood
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if text, _ := inner[""].(string); len(text) < longest {
				inner[""] = text + string(item)
			}
		}
	}
	if len(open[0]) == 0 {
		return nil, notUnderstood
	}
	return open[0], nil
}

// find returns the text or number at a place, or "".
func find(content any, place string) string {
	if place == "" {
		return ""
	}
	for name := range strings.SplitSeq(place, ".") {
		if list, ok := content.([]any); ok {
			if at, err := strconv.Atoi(name); err == nil {
				if at < 0 || at >= len(list) {
					return ""
				}
				content = list[at]
				continue
			}
			content = first(list)
		}
		object, _ := content.(map[string]any)
		content = object[name]
	}
	if list, ok := content.([]any); ok {
		content = first(list)
	}
	if element, ok := content.(map[string]any); ok {
		content = element[""]
	}
	switch value := content.(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	}
	return ""
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// isTemplate tells an address with places in braces from the place of an address in a document.
func isTemplate(text string) bool { return strings.HasPrefix(text, "http") }

// link returns the address at a place, or from a template, if it is one that a browser can open.
func link(content any, place string, identity Identity) string {
	address := find(content, place)
	if isTemplate(place) {
		address = strings.NewReplacer(
			"{id}", url.PathEscape(identity.UserID), "{user_name}", url.PathEscape(identity.UserName),
		).Replace(place)
	}
	if len(address) > longest || !isAddress(address) {
		return ""
	}
	return address
}
