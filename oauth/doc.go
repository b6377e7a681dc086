// Package oauth is a client for OAuth 1.0 and 1.0a (RFC 5849): it signs requests with HMAC-SHA1 and walks the three
// steps from client credentials to token credentials.
//
// Use it for a service that still speaks OAuth 1.0, such as Flickr. Start with [Client]: fill in Credentials and
// Endpoint, then call [Client.RequestTemporaryCredentials], send the resource owner to [Client.AuthorizationURL], and
// call [Client.RequestTokenCredentials]. With the token credentials, [Client.Get] and [Client.Post] make signed calls.
//
// The package knows no service, imports the standard library only and keeps no global state.
package oauth
