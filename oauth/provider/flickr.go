package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"photolink/oauth"
)

// Flickr is the live service at www.flickr.com.
func Flickr() Provider { return builtIn("flickr") }

// Practice is a service in Flickr's shape that runs inside the program at base, such as "http://127.0.0.1:8080". base may
// be empty as long as nothing is asked of the service.
func Practice(base string, key oauth.ClientCredentials) Provider {
	shape := Flickr()
	return Provider{
		ID:    "practice",
		Name:  "Practice account",
		Needs: "Runs inside Photolink: no key, no internet. See how it works.",
		Endpoint: oauth.Endpoint{
			TemporaryCredentials: base + "/services/oauth/request_token",
			Authorization:        base + "/services/oauth/authorize",
			TokenCredentials:     base + "/services/oauth/access_token",
		},
		Permissions: shape.Permissions,
		CodeLooks:   shape.CodeLooks,
		Spurious:    shape.Spurious,
		ApproveWord: shape.ApproveWord,
		DeclineWord: shape.DeclineWord,
		Key:         key,
		KeyIsFixed:  true,
		// No page: at Flickr's address it would be a stranger's.
		Service: flickr{rest: base + "/services/rest/", picture: base + "/buddyicons/{id}.jpg"},
	}
}

// flickr speaks the REST API that https://www.flickr.com/services/api/ documents.
type flickr struct {
	rest    string // address of the API
	page    string // address of a person's page, with {id}; may be empty
	picture string // address of a person's picture, with {farm}, {server} and {id}
}

func (f flickr) address(method string, params url.Values) string {
	query := url.Values{"method": {method}, "format": {"json"}, "nojsoncallback": {"1"}}
	for name, values := range params {
		query[name] = values
	}
	return f.rest + "?" + query.Encode()
}

func (f flickr) CheckKey(ctx context.Context, client *oauth.Client) error {
	params := url.Values{"api_key": {client.Credentials.Key}}
	response, err := client.UnsignedGet(ctx, f.address("flickr.test.echo", params))
	if err != nil {
		return err
	}
	return decodeFlickr(response, &struct{}{})
}

// FirstCalls returns one address for each method of Identify.
func (f flickr) FirstCalls() []string { return []string{f.rest, f.rest, f.rest} }

func (f flickr) Identify(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, told Told,
) (Identity, error) {
	var login struct {
		User struct {
			ID       flickrText `json:"id"`
			UserName flickrText `json:"username"`
		} `json:"user"`
	}
	var check struct {
		OAuth struct {
			Permission flickrText `json:"perms"`
			User       struct {
				ID       flickrText `json:"nsid"`
				UserName flickrText `json:"username"`
				Name     flickrText `json:"fullname"`
			} `json:"user"`
		} `json:"oauth"`
	}
	var profile flickrProfile
	var loginErr, checkErr error
	var calls sync.WaitGroup
	calls.Go(func() { loginErr = f.call(ctx, client, token, "flickr.test.login", nil, &login) })
	calls.Go(func() { checkErr = f.call(ctx, client, token, "flickr.auth.oauth.checkToken", nil, &check) })
	named := clean(told.Token.Get("user_nsid")) // counts only if the service says the same when it is asked
	if named != "" {
		calls.Go(func() { profile = f.profile(ctx, client, token, named) })
	}
	calls.Wait()
	if err := cmp.Or(loginErr, checkErr); err != nil {
		return Identity{}, err
	}

	id, checked := string(login.User.ID), string(check.OAuth.User.ID)
	switch {
	case clean(id) == "", checked == "":
		return Identity{}, fmt.Errorf("%w: no user id", ErrNotUnderstood)
	case checked != id, told.Token.Has("user_nsid") && told.Token.Get("user_nsid") != id:
		return Identity{}, ErrIdentityDiffers
	}
	identity := Identity{
		UserID:     clean(id),
		UserName:   cmp.Or(login.User.UserName.clean(), check.OAuth.User.UserName.clean()),
		Name:       cmp.Or(check.OAuth.User.Name.clean(), clean(told.Token.Get("fullname"))),
		Permission: check.OAuth.Permission.clean(),
		PhotoCount: -1,
	}
	identity.ProfileURL = strings.ReplaceAll(f.page, "{id}", url.PathEscape(identity.UserID))
	if named == "" {
		profile = f.profile(ctx, client, token, identity.UserID)
	}
	f.add(profile, &identity)
	identity.Name = cmp.Or(identity.Name, identity.UserName, identity.UserID)
	return identity, nil
}

// flickrProfile is what is nice to have.
type flickrProfile struct {
	Person struct {
		Pro        flickrText `json:"ispro"`
		IconServer flickrText `json:"iconserver"`
		IconFarm   flickrText `json:"iconfarm"`
		RealName   flickrText `json:"realname"`
		Photos     struct {
			Count flickrText `json:"count"`
		} `json:"photos"`
	} `json:"person"`
}

// profile asks for the profile of a person. Others settle who is signed in, so a failure here is none of theirs: what is
// not known stays empty.
func (f flickr) profile(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, userID string,
) flickrProfile {
	var profile flickrProfile
	if f.call(ctx, client, token, "flickr.people.getInfo", url.Values{"user_id": {userID}}, &profile) != nil {
		return flickrProfile{}
	}
	return profile
}

func (f flickr) add(profile flickrProfile, identity *Identity) {
	person := profile.Person
	identity.Name = cmp.Or(identity.Name, person.RealName.clean())
	switch person.Pro {
	case "1":
		identity.Plan = "Pro"
	case "0":
		identity.Plan = "Free"
	}
	if count, err := strconv.Atoi(string(person.Photos.Count)); err == nil && count >= 0 {
		identity.PhotoCount = count
	}
	farm, farmErr := strconv.ParseUint(string(person.IconFarm), 10, 32)
	server, serverErr := strconv.ParseUint(string(person.IconServer), 10, 32)
	if farmErr == nil && serverErr == nil && server > 0 { // server 0 means that there is no picture
		identity.PictureURL = strings.NewReplacer(
			"{farm}", strconv.FormatUint(farm, 10),
			"{server}", strconv.FormatUint(server, 10),
			"{id}", url.PathEscape(identity.UserID),
		).Replace(f.picture)
	}
}

func (f flickr) call(
	ctx context.Context, client *oauth.Client, token oauth.TokenCredentials, method string, params url.Values, into any,
) error {
	response, err := client.Get(ctx, f.address(method, params), token)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if err := decodeFlickr(response, into); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// decodeFlickr reads the JSON envelope. A failure comes with HTTP status 200 and "stat":"fail".
func decodeFlickr(response *oauth.Response, into any) error {
	var envelope struct {
		Stat    string `json:"stat"`
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(response.Body, &envelope); err != nil {
		return fmt.Errorf("%w: no JSON", ErrNotUnderstood)
	}
	switch envelope.Stat {
	case "ok":
	case "fail":
		failure := &ServiceError{Code: envelope.Code, Message: clean(envelope.Message)}
		switch envelope.Code {
		case 98, 99: // invalid token; not logged in or too little permission
			failure.Err = ErrTokenRefused
		case 100:
			failure.Err = ErrKeyRefused
		case 105, 106:
			failure.Err = ErrUnavailable
		}
		return failure
	default:
		return fmt.Errorf("%w: stat is %q", ErrNotUnderstood, clean(envelope.Stat))
	}
	if err := json.Unmarshal(response.Body, into); err != nil {
		return fmt.Errorf("%w: unexpected form", ErrNotUnderstood)
	}
	return nil
}

// flickrText reads what Flickr writes as "text", as {"_content":"text"} or as a number, all three for the same field
// at different times.
type flickrText string

func (t flickrText) clean() string { return clean(string(t)) }

func (t *flickrText) UnmarshalJSON(data []byte) error {
	var content struct {
		Content json.RawMessage `json:"_content"`
	}
	if len(data) > 0 && data[0] == '{' {
		if err := json.Unmarshal(data, &content); err != nil {
			return err
		}
		data = content.Content
	}
	var text string
	var number json.Number
	switch {
	case len(data) == 0 || string(data) == "null":
	case data[0] == '"':
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	default:
		if err := json.Unmarshal(data, &number); err != nil {
			return err
		}
		text = number.String()
	}
	*t = flickrText(text)
	return nil
}
