package oauth

import "net/http"

// What the fuzz targets and the benchmark look at directly.
var (
	AppendEscaped    = appendEscaped
	EncodeForm       = encodeForm
	ParseCredentials = parseCredentials
	RedactBody       = redactBody
)

// Sign readies a call without a form for sending, as [Client.Get] does.
func (c *Client) Sign(request *http.Request, token TokenCredentials) error {
	_, _, err := c.sign(request, []parameter{{"oauth_token", token.Token}}, nil, token.Secret)
	return err
}
