package provider

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"photolink/oauth"
)

// FileError says what is wrong with a file that describes a service, and where.
type FileError struct {
	File   string // as given to [Parse]
	Line   int    // counted from 1
	Reason string // in plain words, for the person who wrote the file
}

// Error gives the place and the reason.
func (e *FileError) Error() string { return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.Reason) }

// NewerFileError means that a file is written for a newer version of this package, and may say what this one does not know.
type NewerFileError struct {
	File    string // as given to [Parse]
	Version int    // the version of the file
}

// Error names the file and its version.
func (e *NewerFileError) Error() string {
	return fmt.Sprintf("%s, version %d: this Photolink knows files of version %d", e.File, e.Version, fileVersion)
}

// fileVersion is the version of the format that this package reads. A file that states none is of version 1.
const fileVersion = 1

// Bounds of a file. A service that needs more is none of ours.
const (
	maxFile     = 16 << 10 // bytes; over four times as many, if they are made to hurt, the TOML parser takes minutes
	maxName     = 80       // characters
	maxSentence = 1000     // characters, for everything longer than a name
	maxItems    = 50       // permissions, refusals, parameters
)

// unencryptedWarning ends the warning of every service that is called over plain http.
const unencryptedWarning = "This service is not encrypted: anybody on the way can read what is sent and change it."

// serviceFile is the form of a file. What each key means is explained in services/flickr.toml and its neighbours.
type serviceFile struct {
	Version        int                 `toml:"version,omitempty,omitzero"`
	ID             string              `toml:"id,omitempty"`
	Name           string              `toml:"name,omitempty"`
	Needs          string              `toml:"needs,omitempty"`
	Warning        string              `toml:"warning,omitempty"`
	Unencrypted    bool                `toml:"unencrypted,omitempty"`
	PermissionNote string              `toml:"permission_note,omitempty"`
	OAuth          oauthSection        `toml:"oauth,omitempty"`
	Callback       callbackSection     `toml:"callback,omitempty"`
	Approval       approvalSection     `toml:"approval,omitempty"`
	Permissions    []permissionSection `toml:"permissions,omitempty"`
	Key            keySection          `toml:"key,omitempty"`
	Pages          pagesSection        `toml:"pages,omitempty"`
	Identity       identitySection     `toml:"identity,omitempty"`
	Errors         errorsSection       `toml:"errors,omitempty"`
	Refusals       []refusalSection    `toml:"refusals,omitempty"`
}

type oauthSection struct {
	RequestToken        string            `toml:"request_token,omitempty"`
	Authorize           string            `toml:"authorize,omitempty"`
	AccessToken         string            `toml:"access_token,omitempty"`
	Edition             string            `toml:"edition,omitempty"`
	Method              string            `toml:"method,omitempty"`
	Parameters          string            `toml:"parameters,omitempty"`
	SignedHost          string            `toml:"signed_host,omitempty"`
	Accept              string            `toml:"accept,omitempty"`
	NextStep            bool              `toml:"next_step,omitempty"`
	Spurious            []string          `toml:"spurious,omitempty"`
	AuthorizeParameters map[string]string `toml:"authorize_parameters,omitempty"`
}

type callbackSection struct {
	Rule       string `toml:"rule,omitempty"`
	Registered string `toml:"registered,omitempty"`
}

type approvalSection struct {
	Approve   string `toml:"approve,omitempty"`
	Decline   string `toml:"decline,omitempty"`
	Declined  string `toml:"declined,omitempty"`
	CodeLooks string `toml:"code_looks,omitempty"`
	Minutes   int    `toml:"minutes,omitempty,omitzero"`
}

type permissionSection struct {
	ID         string            `toml:"id,omitempty"`
	Name       string            `toml:"name,omitempty"`
	May        string            `toml:"may,omitempty"`
	Parameters map[string]string `toml:"parameters,omitempty"`
}

type keySection struct {
	Needed       *bool  `toml:"needed,omitempty"`
	Page         string `toml:"page,omitempty"`
	Note         string `toml:"note,omitempty"`
	CallsPerHour int    `toml:"calls_per_hour,omitempty,omitzero"`
}

type pagesSection struct {
	Revoke  string `toml:"revoke,omitempty"`
	SignOut string `toml:"sign_out,omitempty"`
}

type identitySection struct {
	Speaks     string `toml:"speaks,omitempty"`
	Address    string `toml:"address,omitempty"`
	Issuer     string `toml:"issuer,omitempty"`
	ID         string `toml:"id,omitempty"`
	UserName   string `toml:"user_name,omitempty"`
	Name       string `toml:"name,omitempty"`
	Page       string `toml:"page,omitempty"`
	Picture    string `toml:"picture,omitempty"`
	Photos     string `toml:"photos,omitempty"`
	Plan       string `toml:"plan,omitempty"`
	Permission string `toml:"permission,omitempty"`
}

type errorsSection struct {
	Code    string `toml:"code,omitempty"`
	Message string `toml:"message,omitempty"`
}

type refusalSection struct {
	Text    string `toml:"text,omitempty"`
	Problem string `toml:"problem,omitempty"`
}

// The words of the format. The first of each is what a file that is silent means.
var (
	editions     = []string{"1.0a", "1.0"}
	methods      = []string{"POST", "GET"}
	placements   = []string{oauth.AuthorizationHeader: "header", oauth.FormBody: "body", oauth.Query: "query"}
	callbackWord = []string{"any", string(CallbackPrefix), string(CallbackWithQuery), string(CallbackFixed)}
	declineWord  = []string{"silent", string(DeclineNamed), string(DeclineBare)}
	problemWord  = []string{
		string(oauth.ProblemCallbackRejected), string(oauth.ProblemConsumerKeyRefused), string(oauth.ProblemConsumerKeyUnknown),
		string(oauth.ProblemNonceUsed), string(oauth.ProblemParameterAbsent), string(oauth.ProblemPermissionDenied),
		string(oauth.ProblemSignatureInvalid), string(oauth.ProblemSignatureMethodRejected),
		string(oauth.ProblemTimestampRefused), string(oauth.ProblemTokenExpired), string(oauth.ProblemTokenRejected),
		string(oauth.ProblemTokenRevoked), string(oauth.ProblemTokenUsed), string(oauth.ProblemUserRefused),
		string(oauth.ProblemVerifierInvalid),
	}
)

// Parse reads a file that describes one service. name is the name of the file, for errors and for the ID of a service
// that states none. What a person can put right is a [*FileError]; a file for a newer version is a [*NewerFileError].
//
// Nothing says that the ID is free: whoever offers the service beside others has to see to it, because keys and accounts
// are found by it.
func Parse(name string, text []byte) (Provider, error) {
	c := &checker{file: name}
	if len(text) > maxFile {
		return Provider{}, &FileError{name, 1, fmt.Sprintf("the file is larger than %d KiB", maxFile>>10)}
	}
	var values map[string]any
	var file serviceFile
	_, err := toml.Decode(string(text), &values)
	if version, ok := values["version"].(int64); ok && version > fileVersion {
		return Provider{}, &NewerFileError{name, int(version)}
	}
	if err == nil {
		c.lines = findLines(string(text))
		c.compare("", values, reflect.TypeOf(file))
		if c.first != nil {
			return Provider{}, c.first
		}
		_, err = toml.Decode(string(text), &file)
	}
	if err != nil {
		failure := &FileError{name, 1, clean(err.Error())}
		if syntax, ok := errors.AsType[toml.ParseError](err); ok {
			failure.Line, failure.Reason = max(1, syntax.Position.Line), "this is not TOML: "+clean(syntax.Message)
		}
		return Provider{}, failure
	}
	p := file.provider(c)
	if c.first != nil {
		return Provider{}, c.first
	}
	return p, nil
}

// Encode writes the file that [Parse] reads as p. Client credentials are no part of it.
func Encode(p Provider) ([]byte, error) {
	file, err := fileOf(p)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := toml.NewEncoder(&text)
	encoder.Indent = ""
	if err := encoder.Encode(file); err != nil {
		return nil, fmt.Errorf("describe %s: %w", p.ID, err)
	}
	if _, err := Parse(p.ID+".toml", text.Bytes()); err != nil {
		return nil, fmt.Errorf("describe the service: %w", err)
	}
	return text.Bytes(), nil
}

// provider makes of a file what it describes. What it finds wrong, it tells c.
func (f serviceFile) provider(c *checker) Provider {
	p := Provider{
		ID:             c.id("id", cmp.Or(f.ID, strings.TrimSuffix(c.file, ".toml"))),
		Name:           c.required("name", f.Name, maxName),
		Needs:          c.text("needs", f.Needs, maxSentence),
		Warning:        c.text("warning", f.Warning, maxSentence),
		PermissionNote: c.text("permission_note", f.PermissionNote, maxSentence),

		Endpoint: oauth.Endpoint{
			TemporaryCredentials: c.address("oauth.request_token", f.OAuth.RequestToken, true),
			Authorization:        c.address("oauth.authorize", f.OAuth.Authorize, true),
			TokenCredentials:     c.address("oauth.access_token", f.OAuth.AccessToken, true),
		},
		WithoutVerifier: c.word("oauth.edition", f.OAuth.Edition, editions) == 1,
		Placement:       oauth.Placement(c.word("oauth.parameters", f.OAuth.Parameters, placements)),
		Method:          f.OAuth.Method,
		SignedHost:      c.host("oauth.signed_host", f.OAuth.SignedHost),
		Accept:          c.text("oauth.accept", f.OAuth.Accept, maxName),
		NextStep:        f.OAuth.NextStep,

		Callback:  f.callback(c),
		CodeLooks: c.text("approval.code_looks", f.Approval.CodeLooks, maxName),
		Patience:  time.Duration(c.between("approval.minutes", f.Approval.Minutes, 0, 24*60)) * time.Minute,

		AuthorizationParameters: c.parameters("oauth.authorize_parameters", f.OAuth.AuthorizeParameters),

		NeedsKey:    f.Key.Needed == nil || *f.Key.Needed,
		KeyPage:     c.address("key.page", f.Key.Page, false),
		KeyNote:     c.text("key.note", f.Key.Note, maxSentence),
		RevokePage:  c.address("pages.revoke", f.Pages.Revoke, false),
		SignOutPage: c.address("pages.sign_out", f.Pages.SignOut, false),
		ApproveWord: c.text("approval.approve", cmp.Or(f.Approval.Approve, "Allow"), maxName),
		DeclineWord: c.text("approval.decline", cmp.Or(f.Approval.Decline, "Deny"), maxName),
		Decline:     Decline(noDefault(declineWord, c.word("approval.declined", f.Approval.Declined, declineWord))),
	}
	c.between("version", f.Version, 0, fileVersion)
	c.word("oauth.method", f.OAuth.Method, methods)
	p.CallsPerHour = c.between("key.calls_per_hour", f.Key.CallsPerHour, 0, 1_000_000)
	if p.NeedsKey && p.Needs == "" {
		p.Needs = "Needs your own API key"
	}
	for _, problem := range few(c, "oauth.spurious", f.OAuth.Spurious) {
		c.word("oauth.spurious", problem, problemWord)
		p.Spurious = append(p.Spurious, oauth.Problem(problem))
	}
	for i, refusal := range few(c, "refusals", f.Refusals) {
		path := fmt.Sprintf("refusals.%d.", i)
		text := c.required(path+"text", refusal.Text, maxSentence)
		c.word(path+"problem", c.required(path+"problem", refusal.Problem, maxName), problemWord)
		p.Refusals = append(p.Refusals, Refusal{text, oauth.Problem(refusal.Problem)})
	}
	p.Permissions = f.permissions(c)
	p.Service = f.service(c, p.Permissions)
	if plain := f.plainAddresses(); len(plain) > 0 {
		if !f.Unencrypted {
			const advice = "write https, or unencrypted = true near the top if the service has nothing better"
			c.fail(plain[0], "%s is not encrypted; %s", plain[0], advice)
		}
		p.Warning = strings.TrimSpace(p.Warning + " " + unencryptedWarning)
	}
	return p
}

func (f serviceFile) callback(c *checker) Callback {
	rule := CallbackRule(noDefault(callbackWord, c.word("callback.rule", f.Callback.Rule, callbackWord)))
	const path = "callback.registered"
	registered := c.text(path, f.Callback.Registered, maxSentence)
	if registered == "" {
		if rule != AnyCallback {
			c.fail(path, "%s is missing: the address to register with the key, such as http://127.0.0.1:8713/callback", path)
		}
		return Callback{Rule: rule}
	}
	address, err := url.Parse(registered)
	switch {
	case err != nil, address.Scheme != "http", address.Hostname() != "127.0.0.1" && address.Hostname() != "localhost",
		address.User != nil, address.RawQuery != "", address.Fragment != "":
		c.fail(path, "%s has to be http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH: only this computer is listening", path)
	case rule != AnyCallback && address.Port() == "0":
		c.fail(path, "%s has port 0, which nobody can call", path)
	default:
		if port, err := strconv.ParseUint(address.Port(), 10, 16); err != nil || strconv.FormatUint(port, 10) != address.Port() {
			c.fail(path, "%s needs a port, such as http://%s:8713%s", path, address.Hostname(), address.EscapedPath())
		}
	}
	return Callback{Rule: rule, Registered: registered}
}

func (f serviceFile) permissions(c *checker) []Permission {
	if len(f.Permissions) == 0 {
		id := cmp.Or(onlyPermission[f.Identity.Speaks], "full")
		return []Permission{{ID: id, Name: "What the key allows", Words: "do with your account what your key allows"}}
	}
	if only := onlyPermission[f.Identity.Speaks]; only != "" && (len(f.Permissions) > 1 || f.Permissions[0].ID != only) {
		c.fail("permissions", "a service that speaks %q has one permission, with the id %q", f.Identity.Speaks, only)
	}
	var permissions []Permission
	for i, permission := range few(c, "permissions", f.Permissions) {
		path := fmt.Sprintf("permissions.%d.", i)
		id := c.id(path+"id", permission.ID)
		if slices.ContainsFunc(permissions, func(other Permission) bool { return other.ID == id }) {
			c.fail(path+"id", "there is another permission with the id %q", id)
		}
		permissions = append(permissions, Permission{
			ID:         id,
			Name:       c.required(path+"name", permission.Name, maxName),
			Words:      c.required(path+"may", permission.May, maxSentence),
			Parameters: c.parameters(path+"parameters", permission.Parameters),
		})
	}
	return permissions
}

// speakers are the values of identity.speaks, each with the other keys of its tables that mean something then.
var speakers = []struct {
	word string
	keys []string
}{
	{"json", documentKeys},
	{"xml", documentKeys},
	{"flickr", []string{"identity.page", "identity.picture"}},
	{"mediawiki", []string{"identity.issuer"}},
	{"photobucket", nil},
}

// onlyPermission is the ID of the permission that those services report which know one alone.
var onlyPermission = map[string]string{"mediawiki": "registered", "photobucket": "full"}

var documentKeys = []string{
	"identity.id", "identity.user_name", "identity.name", "identity.page", "identity.picture", "identity.photos",
	"identity.plan", "identity.permission", "errors.code", "errors.message",
}

func (f serviceFile) service(c *checker, permissions []Permission) Service {
	identity := f.Identity
	address := c.address("identity.address", identity.Address, true)
	var words []string
	var known []string
	for _, speaker := range speakers {
		words = append(words, speaker.word)
		if speaker.word == identity.Speaks {
			known = speaker.keys
		}
	}
	if identity.Speaks == "" {
		c.fail("identity.speaks", "identity.speaks is missing: the form of the answer, %s", or(words))
		return nil
	}
	c.word("identity.speaks", identity.Speaks, words)
	for _, given := range []struct{ path, value string }{
		{"identity.issuer", identity.Issuer},
		{"identity.id", identity.ID},
		{"identity.user_name", identity.UserName},
		{"identity.name", identity.Name},
		{"identity.page", identity.Page},
		{"identity.picture", identity.Picture},
		{"identity.photos", identity.Photos},
		{"identity.plan", identity.Plan},
		{"identity.permission", identity.Permission},
		{"errors.code", f.Errors.Code},
		{"errors.message", f.Errors.Message},
	} {
		if given.value != "" && !slices.Contains(known, given.path) {
			c.fail(given.path, "%s means nothing where identity.speaks is %q", given.path, identity.Speaks)
		}
	}
	switch identity.Speaks {
	case "flickr":
		return flickr{
			rest:    address,
			page:    c.template("identity.page", identity.Page, "{id}"),
			picture: c.template("identity.picture", identity.Picture, "{farm}", "{server}", "{id}"),
		}
	case "mediawiki":
		return mediaWiki{identify: address, issuer: strings.TrimRight(c.address("identity.issuer", identity.Issuer, true), "/")}
	case "photobucket":
		return photobucket{api: strings.TrimRight(address, "/")}
	}
	if identity.ID == "" {
		c.fail("identity.id", "identity.id is missing: where the answer tells who is signed in, such as user.id")
	}
	d := document{
		address: address, xml: identity.Speaks == "xml",
		id:         c.path("identity.id", identity.ID),
		userName:   c.path("identity.user_name", identity.UserName),
		name:       c.path("identity.name", identity.Name),
		page:       c.pathOrTemplate("identity.page", identity.Page),
		picture:    c.pathOrTemplate("identity.picture", identity.Picture),
		photos:     c.path("identity.photos", identity.Photos),
		plan:       c.path("identity.plan", identity.Plan),
		permission: c.path("identity.permission", identity.Permission),
		code:       c.path("errors.code", f.Errors.Code),
		message:    c.path("errors.message", f.Errors.Message),
	}
	for _, permission := range permissions {
		d.permissions = append(d.permissions, permission.ID)
	}
	return d
}

// plainAddresses returns the keys of the addresses that secrets or approvals go to without encryption.
func (f serviceFile) plainAddresses() []string {
	var plain []string
	for _, given := range []struct{ path, value string }{
		{"oauth.request_token", f.OAuth.RequestToken},
		{"oauth.authorize", f.OAuth.Authorize},
		{"oauth.access_token", f.OAuth.AccessToken},
		{"identity.address", f.Identity.Address},
	} {
		if address, err := url.Parse(given.value); err == nil && address.Scheme == "http" && !isLoopback(address.Hostname()) {
			plain = append(plain, given.path)
		}
	}
	return plain
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// fileOf is the way back from [serviceFile.provider].
func fileOf(p Provider) (serviceFile, error) {
	f := serviceFile{
		ID: p.ID, Name: p.Name, Needs: p.Needs, PermissionNote: p.PermissionNote,
		OAuth: oauthSection{
			RequestToken: p.Endpoint.TemporaryCredentials, Authorize: p.Endpoint.Authorization,
			AccessToken: p.Endpoint.TokenCredentials, Method: p.Method, SignedHost: p.SignedHost,
			Accept: p.Accept, NextStep: p.NextStep, AuthorizeParameters: p.AuthorizationParameters,
		},
		Callback: callbackSection{Rule: string(p.Callback.Rule), Registered: p.Callback.Registered},
		Approval: approvalSection{
			Approve: p.ApproveWord, Decline: p.DeclineWord, Declined: string(p.Decline),
			CodeLooks: p.CodeLooks, Minutes: int(p.Patience / time.Minute),
		},
		Key:   keySection{Page: p.KeyPage, Note: p.KeyNote, CallsPerHour: p.CallsPerHour},
		Pages: pagesSection{Revoke: p.RevokePage, SignOut: p.SignOutPage},
	}
	if p.WithoutVerifier {
		f.OAuth.Edition = "1.0"
	}
	if int(p.Placement) > 0 && int(p.Placement) < len(placements) {
		f.OAuth.Parameters = placements[p.Placement]
	}
	if !p.NeedsKey {
		f.Key.Needed = new(bool)
	}
	for _, problem := range p.Spurious {
		f.OAuth.Spurious = append(f.OAuth.Spurious, string(problem))
	}
	for _, refusal := range p.Refusals {
		f.Refusals = append(f.Refusals, refusalSection{refusal.Text, string(refusal.Problem)})
	}
	for _, permission := range p.Permissions {
		f.Permissions = append(f.Permissions, permissionSection{
			permission.ID, permission.Name, permission.Words, permission.Parameters,
		})
	}
	switch service := p.Service.(type) {
	case flickr:
		f.Identity = identitySection{Speaks: "flickr", Address: service.rest, Page: service.page, Picture: service.picture}
	case mediaWiki:
		f.Identity = identitySection{Speaks: "mediawiki", Address: service.identify, Issuer: service.issuer}
	case photobucket:
		f.Identity = identitySection{Speaks: "photobucket", Address: service.api}
	case document:
		f.Identity = identitySection{
			Speaks: "json", Address: service.address, ID: service.id, UserName: service.userName, Name: service.name,
			Page: service.page, Picture: service.picture, Photos: service.photos, Plan: service.plan,
			Permission: service.permission,
		}
		if service.xml {
			f.Identity.Speaks = "xml"
		}
		f.Errors = errorsSection{Code: service.code, Message: service.message}
	default:
		return serviceFile{}, fmt.Errorf("describe %s: no file can describe a service of this kind", p.ID)
	}
	f.Warning = p.Warning
	if len(f.plainAddresses()) > 0 {
		f.Unencrypted = true
		f.Warning = strings.TrimSpace(strings.TrimSuffix(p.Warning, unencryptedWarning))
	}
	return f, nil
}

// checker collects what is wrong with a file, and keeps what stands first.
type checker struct {
	file  string
	lines map[string]int // of each key and table, by its path
	first *FileError
}

func (c *checker) fail(path, format string, args ...any) {
	if line := c.line(path); c.first == nil || line < c.first.Line {
		c.first = &FileError{c.file, line, fmt.Sprintf(format, args...)}
	}
}

// line returns where a key stands, or else the table that it belongs to.
func (c *checker) line(path string) int {
	for path != "" {
		if line, found := c.lines[path]; found {
			return line
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return 1
}

// compare finds keys that no file has, and values that are not of the type that want has under the same key.
func (c *checker) compare(path string, value any, want reflect.Type) {
	is := reflect.TypeOf(value)
	name := shown(path)
	switch want.Kind() {
	case reflect.Pointer:
		c.compare(path, value, want.Elem())
	case reflect.Struct, reflect.Map:
		table, ok := value.(map[string]any)
		if !ok {
			c.fail(path, "%s has to be a table, headed [%s]", name, name)
		}
		for key, inner := range table {
			if field, found := fieldOf(want, key); found {
				c.compare(strings.TrimPrefix(path+"."+key, "."), inner, field)
			} else {
				c.fail(strings.TrimPrefix(path+"."+key, "."), "%q means nothing here; is it misspelled?", clean(key))
			}
		}
	case reflect.Slice:
		if is.Kind() != reflect.Slice {
			c.fail(path, "%s has to be a list", name)
			return
		}
		for i, list := 0, reflect.ValueOf(value); i < list.Len(); i++ {
			c.compare(fmt.Sprintf("%s.%d", path, i), list.Index(i).Interface(), want.Elem())
		}
	case reflect.Int:
		if is.Kind() != reflect.Int64 {
			c.fail(path, "%s has to be a whole number, without quotes", name)
		}
	default:
		if is.Kind() != want.Kind() {
			c.fail(path, "%s has to be %s", name, map[reflect.Kind]string{
				reflect.String: "a text in quotes", reflect.Bool: "true or false, without quotes",
			}[want.Kind()])
		}
	}
}

// fieldOf returns the type of the value with this key in a table of the given type.
func fieldOf(table reflect.Type, key string) (reflect.Type, bool) {
	if table.Kind() == reflect.Map {
		return table.Elem(), true
	}
	for i := range table.NumField() {
		if name, _, _ := strings.Cut(table.Field(i).Tag.Get("toml"), ","); name == key {
			return table.Field(i).Type, true
		}
	}
	return nil, false
}

// shown is a path as people write it: without the numbers of list items.
func shown(path string) string {
	parts := strings.Split(path, ".")
	return clean(strings.Join(slices.DeleteFunc(parts, func(part string) bool {
		_, err := strconv.Atoi(part)
		return err == nil
	}), "."))
}

// text checks that a text can be shown, and returns it without blanks around it.
func (c *checker) text(path, text string, most int) string {
	text = strings.TrimSpace(text)
	switch {
	case utf8.RuneCountInString(text) > most:
		c.fail(path, "%s is longer than %d characters", shown(path), most)
	case strings.ContainsFunc(text, unseen):
		c.fail(path, "%s holds a character that cannot be shown, such as a line break", shown(path))
	}
	return text
}

func (c *checker) required(path, text string, most int) string {
	if text = c.text(path, text, most); text == "" {
		c.fail(path, "%s is missing", shown(path))
	}
	return text
}

func (c *checker) id(path, id string) string {
	if id = c.required(path, id, maxName); strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		c.fail(path, "%s is %q; it can have lower case letters, digits and dashes", shown(path), clean(id))
	}
	return id
}

// word returns which of the words a value is. An empty value is the first.
func (c *checker) word(path, value string, words []string) int {
	if value == "" {
		return 0
	}
	at := slices.Index(words, value)
	if at < 0 {
		c.fail(path, "%s is %q; it can be %s", shown(path), clean(value), or(words))
		return 0
	}
	return at
}

// or lists words in a sentence.
func or(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// noDefault returns the word at the given place; the first is the empty one in the program.
func noDefault(words []string, at int) string {
	if at == 0 {
		return ""
	}
	return words[at]
}

func (c *checker) between(path string, number, least, most int) int {
	if number < least || number > most {
		c.fail(path, "%s is %d; it can be %d to %d", path, number, least, most)
		return 0
	}
	return number
}

// few bounds the length of a list.
func few[T any](c *checker, path string, list []T) []T {
	if len(list) > maxItems {
		c.fail(path, "%s has more than %d entries", path, maxItems)
		return list[:maxItems]
	}
	return list
}

// address checks an absolute address. It returns it as it is written, because signatures depend on that.
func (c *checker) address(path, text string, required bool) string {
	text = c.text(path, text, maxSentence)
	if text == "" {
		if required {
			c.fail(path, "%s is missing: an address that begins with https://", path)
		}
		return ""
	}
	if !isAddress(text) || strings.Contains(text, "#") {
		c.fail(path, "%s is no address; it has to begin with https:// and a host", path)
	}
	return text
}

// isAddress reports whether text is an absolute web address without credentials in it.
func isAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") &&
		address.Hostname() != "" && address.User == nil && !strings.ContainsFunc(text, func(r rune) bool {
		return r == ' ' || unseen(r)
	})
}

func (c *checker) host(path, text string) string {
	text = c.text(path, text, maxName)
	if address, err := url.Parse("http://" + text); text != "" && (err != nil || address.Host != text) {
		c.fail(path, "%s has to be a host and nothing else, such as api.example.org", path)
	}
	return text
}

// template checks an address with places in braces.
func (c *checker) template(path, text string, places ...string) string {
	filled := text
	for _, place := range places {
		filled = strings.ReplaceAll(filled, place, "1")
	}
	if strings.ContainsAny(filled, "{}") {
		c.fail(path, "%s can have %s in braces, and nothing else", path, strings.Join(places, " and "))
		return ""
	}
	if c.address(path, filled, false) == "" {
		return ""
	}
	return strings.TrimSpace(text)
}

// path checks where a value stands in an answer.
func (c *checker) path(path, text string) string {
	text = c.text(path, text, maxName)
	if text != "" && slices.Contains(strings.Split(text, "."), "") {
		c.fail(path, "%s has to be names with dots between them, such as user.id", path)
	}
	return text
}

func (c *checker) pathOrTemplate(path, text string) string {
	if isTemplate(text) {
		return c.template(path, text, "{id}", "{user_name}")
	}
	return c.path(path, text)
}

// parameters checks what goes to the authorization page. The token is not for a file to say.
func (c *checker) parameters(path string, parameters map[string]string) map[string]string {
	if len(parameters) == 0 {
		return nil
	}
	checked := map[string]string{}
	for _, name := range few(c, path, slices.Sorted(maps.Keys(parameters))) {
		if strings.TrimSpace(name) != name || c.text(path, name, maxName) == "" || name == "oauth_token" {
			c.fail(path, "%s cannot have a parameter named %q", shown(path), clean(name))
		}
		checked[name] = c.text(path, parameters[name], maxSentence)
	}
	return checked
}

// findLines tells the line of each key and table, for errors. The parser keeps it to itself. Lines inside texts that go
// over several lines are left out.
func findLines(text string) map[string]int {
	lines, count := map[string]int{}, map[string]int{}
	table, closing, number := "", "", 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if closing != "" {
			if strings.Contains(line, closing) {
				closing = ""
			}
			continue
		}
		if name, found := strings.CutPrefix(line, "[["); found {
			name, _, _ = strings.Cut(name, "]")
			name = plainKey(name)
			table = fmt.Sprintf("%s.%d", name, count[name])
			count[name]++
			note(lines, name, number)
			note(lines, table, number)
			continue
		}
		if name, found := strings.CutPrefix(line, "["); found {
			name, _, _ = strings.Cut(name, "]")
			table = plainKey(name)
			if list, rest, _ := strings.Cut(table, "."); count[list] > 0 { // a table of the last item
				table = fmt.Sprintf("%s.%d.%s", list, count[list]-1, rest)
			}
			note(lines, table, number)
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		note(lines, strings.TrimPrefix(table+"."+plainKey(key), "."), number)
		value = strings.TrimSpace(value)
		for _, quotes := range []string{`"""`, "'''"} {
			if after, opened := strings.CutPrefix(value, quotes); opened && !strings.Contains(after, quotes) {
				closing = quotes
			}
		}
	}
	return lines
}

func note(lines map[string]int, path string, number int) {
	if _, found := lines[path]; !found {
		lines[path] = number
	}
}

var blanksAndQuotes = strings.NewReplacer(" ", "", "\t", "", `"`, "", "'", "")

// plainKey takes the blanks and quotes out of a key.
func plainKey(key string) string { return blanksAndQuotes.Replace(key) }
