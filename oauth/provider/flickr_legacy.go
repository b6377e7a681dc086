package provider

import (
	"context"
	"crypto/md5" // the signature that Flickr had before OAuth
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"photolink/oauth"
)

// LegacyExchanger is a [Service] that exchanges what it gave out before it spoke OAuth. Ask for it with a type assertion.
type LegacyExchanger interface {
	// ExchangeLegacy returns token credentials for a legacy token, which the service forgets within a day. A token that it
	// does not know is ErrTokenRefused; ErrNotOffered means that it exchanges none any more.
	ExchangeLegacy(ctx context.Context, client *oauth.Client, legacy oauth.Secret) (oauth.TokenCredentials, error)
}

// ErrNotOffered means that a service no longer does what it was asked for.
var ErrNotOffered = errors.New("the service no longer offers this")

// ExchangeLegacy calls flickr.auth.oauth.getAccessToken, which wants the signature of before OAuth.
func (f flickr) ExchangeLegacy(
	ctx context.Context, client *oauth.Client, legacy oauth.Secret,
) (oauth.TokenCredentials, error) {
	params := url.Values{
		"api_key": {client.Credentials.Key}, "auth_token": {legacy.Reveal()},
		"method": {"flickr.auth.oauth.getAccessToken"}, "format": {"json"}, "nojsoncallback": {"1"},
	}
	params.Set("api_sig", legacySignature(client.Credentials.Secret, params))
	response, err := client.UnsignedGet(ctx, f.rest+"?"+params.Encode())
	if err != nil {
		return oauth.TokenCredentials{}, err
	}
	var answer struct {
		Auth struct {
			Access struct {
				Token  string `json:"oauth_token"`
				Secret string `json:"oauth_token_secret"`
			} `json:"access_token"`
		} `json:"auth"`
	}
	if err := decodeFlickr(response, &answer); err != nil {
		if failure, ok := errors.AsType[*ServiceError](err); ok {
			switch failure.Code {
			case 96, 97: // the signature is wrong or missing
				failure.Err = oauth.ProblemSignatureInvalid
			case 112: // no such method
				failure.Err = ErrNotOffered
			}
		}
		return oauth.TokenCredentials{}, err
	}
	if answer.Auth.Access.Token == "" || answer.Auth.Access.Secret == "" {
		return oauth.TokenCredentials{}, fmt.Errorf("%w: no access token", ErrNotUnderstood)
	}
	return oauth.TokenCredentials{
		Token: answer.Auth.Access.Token, Secret: oauth.Secret(answer.Auth.Access.Secret),
	}, nil
}

// legacySignature returns api_sig: the MD5 sum of the secret and of all names and values in the order of the names.
func legacySignature(secret oauth.Secret, params url.Values) string {
	text := secret.Reveal()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		text += name + params.Get(name)
	}
	sum := md5.Sum([]byte(text)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
