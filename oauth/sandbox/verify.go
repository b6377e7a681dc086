package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// problem is a refusal, in the words of the OAuth Problem Reporting extension as the PECL OAuthProvider writes them.
type problem struct {
	status int
	body   string
}

func (p problem) Error() string { return p.body }

func badRequest(reason string) problem {
	return problem{http.StatusBadRequest, "oauth_problem=" + reason}
}

func unauthorized(reason string) problem {
	return problem{http.StatusUnauthorized, "oauth_problem=" + reason}
}

// verify checks a request to a service in the order of the PECL OAuthProvider: missing parameters, signature method, client, token,
// timestamp and nonce, signature. Each error is a problem, or what token returned.
//
// required are the parameters that this request needs beside those of every request. token, when not nil, returns the
// secret of the token that the request names; s.mu must be held, so that whatever token found stays true.
func (s *Server) verify(v *service, m message, required []string, token func(Client) (string, error)) (Client, error) {
	// PHP takes the last of repeated parameters. This server refuses them, as RFC 5849 section 3.2 asks.
	if name := m.repeated(); name != "" {
		return Client{}, badRequest("parameter_rejected&oauth_parameters_rejected=" + name)
	}
	var missing []string
	for _, name := range append([]string{
		"oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp",
	}, required...) {
		if _, present := m.lookUp(name); !present {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return Client{}, badRequest("parameter_absent&oauth_parameters_absent=" + strings.Join(missing, "%26"))
	}
	// The PECL extension never looks at the version; RFC 5849 section 3.2 does.
	if version, present := m.lookUp("oauth_version"); present && version != "1.0" {
		return Client{}, badRequest("version_rejected&oauth_acceptable_versions=1.0-1.0")
	}
	if m.value("oauth_signature_method") != "HMAC-SHA1" {
		return Client{}, badRequest("signature_method_rejected")
	}

	known := slices.IndexFunc(s.clients, func(c Client) bool { return c.Key == m.value("oauth_consumer_key") })
	if known < 0 {
		return Client{}, unauthorized("consumer_key_unknown")
	}
	client := s.clients[known]

	var tokenSecret string
	if token != nil {
		var err error
		if tokenSecret, err = token(client); err != nil {
			return Client{}, err
		}
	}

	stamp, err := strconv.ParseInt(m.value("oauth_timestamp"), 10, 64)
	now := s.now()
	if err != nil || stamp < now.Add(-v.maxAge).Unix() || v.maxAhead > 0 && stamp > now.Add(v.maxAhead).Unix() {
		return Client{}, unauthorized("timestamp_refused")
	}
	nonce := sha256.Sum256([]byte(strings.Join([]string{
		client.Key, m.value("oauth_token"), m.value("oauth_timestamp"), m.value("oauth_nonce"),
	}, "\x00")))
	if s.nonces[nonce] {
		return Client{}, unauthorized("nonce_used")
	}

	text := m.baseString()
	if !equal(signature(text, client.Secret.Reveal(), tokenSecret), m.value("oauth_signature")) {
		return Client{}, unauthorized("signature_invalid&debug_sbs=" + text) // raw, as Flickr does
	}
	s.nonces[nonce] = true // only now, so that nobody else can use a client's nonces up
	delete(s.nonces, s.latestNonces.replaceOldest(nonce))
	return client, nil
}

// equal compares in a time that does not depend on where the texts differ.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
