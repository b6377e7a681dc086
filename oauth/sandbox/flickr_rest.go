package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
)

// failure is a refusal inside Flickr's envelope, which travels with status 200.
type failure struct {
	code    int
	message string
}

func (f failure) Error() string { return fmt.Sprintf("%s (code %d)", f.message, f.code) }

// serveREST answers method calls, in Flickr's own envelope, except that a request whose OAuth parameters are wrong gets
// the same answer as at the token endpoints, whatever its format.
func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodPost) {
		return
	}
	m, err := receive(r)
	if err != nil {
		refuse(w, err)
		return
	}
	s.serveAt(Endpoint(m.value("method")), w, r, func(w http.ResponseWriter, r *http.Request) {
		s.serveMethod(w, m, origin(r))
	})
}

func (s *Server) serveMethod(w http.ResponseWriter, m message, origin string) {
	nodes, err := s.call(m, origin)
	if p := (problem{}); errors.As(err, &p) {
		flickr.refuse(w, p)
		return
	}
	contentType, body := "text/xml; charset=utf-8", writeXML
	if m.value("format") == "json" {
		contentType, body = "text/javascript; charset=utf-8", writeJSONP
		if m.value("nojsoncallback") == "1" {
			contentType, body = "application/json", writeJSON
		}
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body(nodes, err))
}

// call runs the method that a request names. An error is a failure or a problem.
func (s *Server) call(m message, origin string) ([]node, error) {
	if format := m.value("format"); !slices.Contains([]string{"", "rest", "json"}, format) {
		return nil, failure{111, `Format "` + format + `" not found`}
	}
	if m.value("method") == "flickr.auth.oauth.getAccessToken" {
		return s.exchangeLegacy(m)
	}
	from, err := s.identify(m)
	if err != nil {
		return nil, err
	}
	switch method := m.value("method"); method {
	case "flickr.test.echo":
		return echo(m.fields), nil
	case "flickr.test.login":
		return s.login(from)
	case "flickr.auth.oauth.checkToken":
		return s.checkToken(from)
	case "flickr.people.getInfo":
		return s.personInfo(m.value("user_id"), origin)
	case "flickr.urls.lookupUser":
		return s.lookUpUser(m.value("url"))
	default:
		return nil, failure{112, `Method "` + method + `" not found`}
	}
}

// identify finds out who calls: the bearer of a token if the request is signed, else anyone with an API key.
func (s *Server) identify(m message) (caller, error) {
	_, hasKey := m.lookUp("oauth_consumer_key")
	_, hasSignature := m.lookUp("oauth_signature")
	if !hasKey && !hasSignature {
		return caller{}, s.checkAPIKey(m.value("api_key"))
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	from := caller{token: m.value("oauth_token")}
	_, err := s.verify(flickr, m, []string{"oauth_token"}, func(client Client) (secret string, err error) {
		if s.temporary[from.token] != nil { // observed, odd as it is
			return "", unauthorized("verifier_invalid")
		}
		var ok bool
		if from.permission, secret, ok = flickr.granted(s, from.token, client.Key); !ok {
			return "", failure{98, "Invalid auth token"}
		}
		return secret, nil
	})
	return from, err
}

var apiKey = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (s *Server) checkAPIKey(key string) error {
	switch {
	case slices.ContainsFunc(s.clients, func(c Client) bool { return c.Key == key }):
		return nil
	case apiKey.MatchString(key):
		return failure{100, "Invalid API Key (Key not found)"}
	default:
		return failure{100, "Invalid API Key (Key has invalid format)"}
	}
}

// parameterName leaves out names that would not do as the name of an XML element.
var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

func echo(fields []parameter) []node {
	var nodes []node
	for _, p := range fields {
		if parameterName.MatchString(p.name) {
			nodes = append(nodes, text(p.name, p.value))
		}
	}
	return nodes
}

func (s *Server) login(from caller) ([]node, error) {
	if from.permission == "" {
		return nil, failure{99, "Insufficient permissions. Method requires read privileges; none granted."}
	}
	person := s.personAt(Login)
	return []node{element(
		"user",
		attribute("id", person.ID),
		text("username", person.UserName),
		attribute("path_alias", person.pathAlias()),
	)}, nil
}

func (s *Server) checkToken(from caller) ([]node, error) {
	if from.permission == "" {
		return nil, failure{97, "Missing signature"}
	}
	person := s.personAt(CheckToken)
	return []node{element(
		"oauth",
		text("token", from.token),
		text("perms", from.permission),
		element(
			"user",
			attribute("nsid", person.ID),
			attribute("username", person.UserName),
			attribute("fullname", person.Name),
		),
	)}, nil
}

func (s *Server) personInfo(userID, origin string) ([]node, error) {
	if userID != s.person.ID {
		return nil, failure{1, "User not found"}
	}
	pro := 0
	if s.person.Pro {
		pro = 1
	}
	// On this server, so that nobody is led to a stranger's photos.
	page := s.person.PathAlias
	if page == "" {
		page = s.person.ID
	}
	return []node{element(
		"person",
		attribute("id", s.person.ID),
		attribute("nsid", s.person.ID),
		attribute("ispro", pro),
		attribute("is_deleted", 0),
		attribute("iconserver", "65535"),
		attribute("iconfarm", 66),
		attribute("path_alias", s.person.pathAlias()),
		text("username", s.person.UserName),
		text("realname", s.person.Name),
		text("location", ""),
		text("description", ""),
		text("photosurl", origin+"/photos/"+page+"/"),
		text("profileurl", origin+"/people/"+page+"/"),
		element("photos", text("count", s.person.PhotoCount)),
	)}, nil
}

// photosPage is the address of a person's photos or profile.
var photosPage = regexp.MustCompile(`^https?://[^/]*/(?:photos|people)/([^/]+)/?$`)

func (s *Server) lookUpUser(page string) ([]node, error) {
	name := photosPage.FindStringSubmatch(page)
	if name == nil || name[1] != s.person.ID && name[1] != s.person.PathAlias {
		return nil, failure{1, "User not found"}
	}
	return []node{element("user", attribute("id", s.person.ID), text("username", s.person.UserName))}, nil
}

// pathAlias returns nil where the person has none, which JSON shows as null.
func (p Person) pathAlias() any {
	if p.PathAlias == "" {
		return nil
	}
	return p.PathAlias
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
