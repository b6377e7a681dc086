package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	textlanguage "golang.org/x/text/language"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
	"photolink/app/language"
	"photolink/oauth"
	"photolink/oauth/provider"
)

// translations is where they lie: a file a language.
const translations = "resources/translations"

// spokenData are the arguments other than literals that Say may have: what services and tools are described with. One that
// begins with a dot is a field of that name, whatever it is a field of. The sentences themselves are those of
// dataSentences.
var spokenData = []string{
	".Needs", ".KeyNote", ".PermissionNote", "v.Provider.Warning", // of a provider.Provider
	".Words", "permission.Name", "chosen.Name", // of a provider.Permission
	".Form", ".Note", // of a handover.Tool
}

// TestLanguages compares the sentences in the code with their translations. With PHOTOLINK_UPDATE set it first gives each
// translation the sentences that the code says, without words where there are none yet; see docs/translating.md.
func TestLanguages(t *testing.T) {
	said, problems := collect(parseProject(t), dataSentences(t))
	report(t, problems)
	for _, known := range language.All() {
		if known.Tag == "en" {
			continue
		}
		t.Run(known.Tag, func(t *testing.T) {
			file := path.Join(translations, known.Tag+".json")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			translated, err := parseTranslation(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if os.Getenv("PHOTOLINK_UPDATE") != "" {
				translated = updated(known.Tag, said, translated)
				if err := os.WriteFile(file, formatTranslation(t, translated), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if !bytes.Equal(text, formatTranslation(t, translated)) {
				t.Errorf("%s is not in the order and form that PHOTOLINK_UPDATE=1 gives it", file)
			}
			report(t, compare(known.Tag, said, translated))
		})
	}
}

func TestEachTranslationIsOfALanguage(t *testing.T) {
	files, err := fs.Glob(os.DirFS(translations), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(language.All(), func(l language.Language) bool { return l.Tag+".json" == file }) {
			t.Errorf("%s is of no language that Photolink speaks", file)
		}
	}
}

// report fails the test with the problems, but not with more of them than somebody reads.
func report(t *testing.T, problems []string) {
	t.Helper()
	const most = 25
	for _, problem := range problems[:min(len(problems), most)] {
		t.Error(problem)
	}
	if len(problems) > most {
		t.Errorf("and %d more", len(problems)-most)
	}
}

// sentence is what Photolink says, by its English text.
type sentence struct {
	counts bool     // it has a form for each kind of number
	one    string   // the English one for one thing
	names  []string // of the values that it needs, sorted
}

// collect finds the sentences that the code says, beside those of spokenData, and what is wrong with the way it does.
func collect(files []sourceFile, data map[string][]string) (said map[string]sentence, problems []string) {
	said = map[string]sentence{}
	complain := func(file sourceFile, format string, values ...any) {
		problems = append(problems, file.path+": "+fmt.Sprintf(format, values...))
	}
	for _, file := range files {
		if file.isTest() || within(file.path, "tools") {
			continue
		}
		called := map[ast.Expr]bool{}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && selector.Sel.Name == "Say" && !called[selector] {
				complain(file, "%s is passed on: nobody knows what it says", types.ExprString(selector))
			}
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			called[call.Fun] = true
			texts, values := textsOf(call)
			if len(texts) == 0 {
				return true
			}
			var literals []string
			for _, text := range texts {
				literal, ok := fold(text)
				if !ok && !isSpokenData(text) {
					complain(file, "%s is no literal, and not in spokenData", types.ExprString(text))
				}
				if !ok {
					return true
				}
				literals = append(literals, literal)
			}
			found := sentence{}
			text := literals[len(literals)-1] // that of other, where there are two
			if len(literals) == 2 {
				found.counts, found.one = true, literals[0]
			}
			var err error
			if found.names, err = placeholders(text); err != nil {
				complain(file, "%q: %v", text, err)
			}
			if before, known := said[text]; known && (before.counts != found.counts || before.one != found.one) {
				complain(file, "%q is said in two ways: with another form for one, or without", text)
			}
			said[text] = found
			if found.counts {
				if names, err := placeholders(found.one); err != nil || !sameNames(found.names, names, true) {
					complain(file, "%q and %q have different values", found.one, text)
				}
			}
			if given, literal := namesOf(values); literal {
				if found.counts {
					given = sortedNames(append(given, "Count"))
				}
				if !slices.Equal(given, found.names) {
					complain(file, "%q is given the values %v, and needs %v", text, given, found.names)
				}
			}
			return true
		})
	}
	for _, text := range slices.Sorted(maps.Keys(said)) {
		for _, reason := range badText(text) {
			problems = append(problems, fmt.Sprintf("%q %s", text, reason))
		}
	}
	for where, texts := range data { // they may quote what stands on a page of a service
		for _, text := range texts {
			if before := said[text]; before.counts || len(before.names) > 0 || strings.Contains(text, "{{") {
				problems = append(problems, fmt.Sprintf("%s: %q has values, which nobody gives", where, text))
			}
			said[text] = sentence{}
		}
	}
	for text := range said {
		if slices.Contains(reserved, strings.ToLower(text)) {
			problems = append(problems, fmt.Sprintf("%q cannot be translated: the word has a meaning in the files", text))
		}
	}
	return said, problems
}

// reserved are words that a file of translations cannot have as a sentence: go-i18n takes the file for one sentence then.
var reserved = []string{
	"id", "description", "hash", "leftdelim", "rightdelim", "zero", "one", "two", "few", "many", "other", "translation",
}

// dataSentences are the sentences of spokenData, by where they are from.
func dataSentences(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	add := func(where string, texts ...string) {
		for _, text := range texts {
			if text != "" {
				all[where] = append(all[where], text)
			}
		}
	}
	for _, p := range describedServices(t) {
		where := "service " + p.ID
		add(where, p.Needs, p.Warning, p.KeyNote, p.PermissionNote)
		for _, permission := range p.Permissions {
			add(where, permission.Name, permission.Words)
		}
	}
	for _, tool := range handover.Tools() {
		add("tool "+tool.ID, tool.Form, tool.Note)
	}
	return all
}

// describedServices are the services whose sentences come with Photolink: those that it knows, with and without keys of
// their own, and those that it completes, of which there is one of each kind.
func describedServices(t *testing.T) []provider.Provider {
	t.Helper()
	services := append(provider.BuiltIn(), provider.Practice("", oauth.ClientCredentials{}))
	metadata := "[Release]\n"
	for _, p := range services {
		metadata += fmt.Sprintf("%s-key = %q\n%s-secret = %q\n", p.ID, "key", p.ID, "secret")
	}
	photolink, err := app.New(app.Config{
		Folder: t.TempDir(), Vaults: []account.Vault{account.Session()}, Metadata: []byte(metadata),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer photolink.Close()
	own, err := provider.Parse("own.toml", []byte(`name = "Own"
unencrypted = true
[oauth]
request_token = "http://photos.example/request_token"
authorize = "http://photos.example/authorize"
access_token = "http://photos.example/access_token"
[identity]
speaks = "json"
address = "http://photos.example/me"
id = "id"
`))
	if err != nil {
		t.Fatal(err)
	}
	wordPress, err := provider.FindWordPress(t.Context(), &http.Client{Transport: wordPressSite{}}, "https://blog.example")
	if err != nil {
		t.Fatal(err)
	}
	return append(append(services, own, wordPress), photolink.Providers()...)
}

// wordPressSite answers as a site with the plugin does that FindWordPress looks for.
type wordPressSite struct{}

func (wordPressSite) RoundTrip(request *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	_, err := recorder.WriteString(`{"name": "Blog", "url": "https://blog.example", "home": "https://blog.example",
		"namespaces": ["wp/v2"], "authentication": {"oauth1": {"request": "https://blog.example/oauth1/request",
		"authorize": "https://blog.example/oauth1/authorize", "access": "https://blog.example/oauth1/access"}}}`)
	response := recorder.Result()
	response.Request = request
	return response, err
}

// textsOf returns the sentences of a call of Say or Count, and the values; nothing of any other call.
func textsOf(call *ast.CallExpr) (texts, values []ast.Expr) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	switch {
	case ok && selector.Sel.Name == "Say" && len(call.Args) >= 1:
		return call.Args[:1], call.Args[1:]
	case ok && selector.Sel.Name == "Count" && len(call.Args) >= 3: // those of strings and bytes have two
		return call.Args[1:3], call.Args[3:]
	}
	return nil, nil
}

// fold returns the text of a literal, or of several that are added.
func fold(expression ast.Expr) (string, bool) {
	switch e := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return fold(e.X)
	case *ast.BinaryExpr:
		x, okX := fold(e.X)
		y, okY := fold(e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}

func isSpokenData(expression ast.Expr) bool {
	if slices.Contains(spokenData, types.ExprString(expression)) {
		return true
	}
	selector, ok := expression.(*ast.SelectorExpr)
	return ok && slices.Contains(spokenData, "."+selector.Sel.Name)
}

// namesOf returns the names of values that are given as literals. literal is false if some are not.
func namesOf(values []ast.Expr) (names []string, literal bool) {
	for _, value := range values {
		list, ok := value.(*ast.CompositeLit)
		if !ok {
			return nil, false
		}
		for _, element := range list.Elts {
			pair, ok := element.(*ast.KeyValueExpr)
			if !ok {
				return nil, false
			}
			name, ok := fold(pair.Key)
			if !ok {
				return nil, false
			}
			names = append(names, name)
		}
	}
	return sortedNames(names), true
}

func sortedNames(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Z][A-Za-z]*)\}\}`)

// placeholders returns the names of the values in a sentence.
func placeholders(text string) ([]string, error) {
	var names []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	if rest := placeholder.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		return nil, errors.New("values are written {{.Name}}")
	}
	return sortedNames(names), nil
}

// sameNames compares names of values. withoutCount is for forms that stand for one number alone, which can be a word:
// "a minute ago".
func sameNames(want, got []string, withoutCount bool) bool {
	if withoutCount {
		notCount := func(names []string) []string {
			return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "Count" })
		}
		want, got = notCount(want), notCount(got)
	}
	return slices.Equal(want, got)
}

// badText names what texts for people do not have.
func badText(text string) []string {
	var reasons []string
	for _, forbidden := range []struct{ sign, reason string }{
		{"—", "has a dash for a pause: make two sentences"},
		{"→", "has an arrow, which not every font has"},
		{"'", "has a typewriter’s apostrophe"},
		{`"`, "has a typewriter’s quotation mark"},
		{"...", "has three dots for …"},
	} {
		if strings.Contains(text, forbidden.sign) {
			reasons = append(reasons, forbidden.reason)
		}
	}
	return reasons
}

// translation is one entry of a file: the sentence in another language, or its forms.
type translation struct {
	text  string
	forms map[string]string // by the name of the form, such as "one"; nil for a sentence that counts nothing
}

// UnmarshalJSON reads a text, or an object of forms.
func (t *translation) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("{")) {
		return json.Unmarshal(text, &t.forms)
	}
	return json.Unmarshal(text, &t.text)
}

func parseTranslation(text []byte) (map[string]translation, error) {
	var all map[string]translation
	err := json.Unmarshal(text, &all)
	return all, err
}

// formatTranslation writes a file of translations: the sentences in order, a line each.
func formatTranslation(t *testing.T, translated map[string]translation) []byte {
	t.Helper()
	plain := map[string]any{}
	for text, entry := range translated {
		plain[text] = entry.text
		if entry.forms != nil {
			plain[text] = entry.forms
		}
	}
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(plain); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// updated returns a translation with the sentences that are said, and no others.
func updated(tag string, said map[string]sentence, before map[string]translation) map[string]translation {
	after := map[string]translation{}
	for text, s := range said {
		entry := before[text]
		switch {
		case s.counts:
			forms := map[string]string{}
			for form := range pluralForms(tag) {
				forms[form] = entry.forms[form]
			}
			if entry.forms == nil {
				forms["other"] = entry.text
			}
			for form, words := range entry.forms { // one for large numbers, which need not be there
				if form == "many" {
					forms[form] = words
				}
			}
			after[text] = translation{forms: forms}
		case entry.forms != nil:
			after[text] = translation{text: entry.forms["other"]}
		default:
			after[text] = entry
		}
	}
	return after
}

// compare returns what is wrong with a translation.
func compare(tag string, said map[string]sentence, translated map[string]translation) []string {
	var problems []string
	complain := func(text, format string, values ...any) {
		problems = append(problems, fmt.Sprintf("%s: %q ", tag, text)+fmt.Sprintf(format, values...))
	}
	for _, text := range slices.Sorted(maps.Keys(said)) {
		s := said[text]
		entry, found := translated[text]
		if !found {
			complain(text, "is missing")
			continue
		}
		if s.counts != (entry.forms != nil) {
			complain(text, "has forms for numbers: %v, want %v", entry.forms != nil, s.counts)
			continue
		}
		want, words := map[string]bool{"": false}, map[string]string{"": entry.text}
		if s.counts {
			want, words = pluralForms(tag), entry.forms
		}
		for form := range words {
			if _, wanted := want[form]; !wanted && (form != "many" || !hasMany(tag)) {
				complain(text, "has the form %q, which the language does not have", form)
			}
		}
		for form := range words {
			if _, wanted := want[form]; !wanted {
				want[form] = false
			}
		}
		for _, form := range slices.Sorted(maps.Keys(want)) {
			named := text
			if form != "" {
				named += " (" + form + ")"
			}
			if words[form] == "" {
				complain(named, "has no words")
				continue
			}
			names, err := placeholders(words[form])
			if err != nil {
				complain(named, "%v", err)
			} else if !sameNames(s.names, names, want[form]) {
				complain(named, "has the values %v, want %v", names, s.names)
			}
			for _, reason := range badText(words[form]) {
				if !slices.Contains(badText(text), reason) {
					complain(named, "%s", reason)
				}
			}
		}
	}
	for _, text := range slices.Sorted(maps.Keys(translated)) {
		if _, known := said[text]; !known {
			complain(text, "is said by nobody")
		}
	}
	return problems
}

// pluralForms returns the forms that a language has for the numbers that Photolink counts to, and whether each stands for
// one number alone.
func pluralForms(tag string) map[string]bool {
	forms := map[string]bool{}
	for _, count := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21, 22, 25, 100, 101, 1000} {
		form := pluralForm(tag, count)
		_, again := forms[form]
		forms[form] = !again
	}
	return forms
}

// hasMany reports whether a language has a form for millions, which may be left out: other is said then.
func hasMany(tag string) bool { return pluralForm(tag, 1_000_000) == "many" }

// pluralForm asks go-i18n for its form of a number.
func pluralForm(tag string, count int) string {
	parsed := textlanguage.MustParse(tag)
	return i18n.NewLocalizer(i18n.NewBundle(parsed), tag).MustLocalize(&i18n.LocalizeConfig{
		PluralCount: count, DefaultMessage: &i18n.Message{
			ID: "form", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other",
		},
	})
}

// spoken are the files whose texts people read in their own language.
func spoken(name string) bool {
	return within(name, "app/gui") || path.Dir(name) == "app/link" && strings.HasPrefix(path.Base(name), "words") ||
		path.Dir(name) == "resources"
}

// unspoken are the literals in those files that are the same in every language.
var unspoken = []string{
	"blog.example.org", "http://proxy.example.org:3128", "http://127.0.0.1:…", // examples of addresses
	"%s, window %.0f x %.0f, scale %.2f",                             // of the report, which is in English
	"This Photolink was built without a window. Try: photolink help", // for the command line, which speaks English
}

// TestNoTextBypassesTranslation finds literals for people that are not said through a Speaker.
func TestNoTextBypassesTranslation(t *testing.T) {
	for _, file := range parseProject(t) {
		if spoken(file.path) && !file.isTest() {
			report(t, bypasses(file))
		}
	}
	pages, err := fs.Glob(os.DirFS("."), "resources/pages/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		report(t, bypassesOfPage(page, string(text)))
	}
}

// shown are the functions and the fields whose texts end on the screen: there, even one word has to be said.
var (
	shownBy = []string{
		"button", "footnote", "heading", "mainButton", "pill", "quietButton", "small", "soft", "warning", "words",
		"NewButton", "NewButtonWithIcon", "NewCheck", "NewHyperlink", "NewLabel", "NewLabelWithStyle", "NewMultiLineEntry",
		"NewRichTextFromMarkdown", "NewTabItem", "NewText", "NewMenu", "NewMenuItem", "NewNotification",
		"SetPlaceHolder", "SetText", "SetTitle", "ShowConfirm", "ShowCustom", "ShowInformation",
	}
	shownIn = []string{"ActionName", "HintText", "Label", "PlaceHolder", "Text", "Title"}

	// twoWords finds halves of sentences as well, such as " by ".
	twoWords    = regexp.MustCompile(`\pL\p{Po}? | \pL`)
	capitalised = regexp.MustCompile(`^\p{Lu}\p{Ll}`)
	anyWord     = regexp.MustCompile(`\pL\pL`)
	verb        = regexp.MustCompile(`%[-+# 0-9.*]*[a-zA-Z]`)
)

// bypasses returns the literals of a file that look like a text for people and are said by no Speaker: those of several
// words, those with a capital, and any that are shown directly.
func bypasses(file sourceFile) []string {
	var found []string
	var walk func(node ast.Node, shown bool)
	walkAll := func(nodes []ast.Expr, shown bool) {
		for _, node := range nodes {
			walk(node, shown)
		}
	}
	walk = func(node ast.Node, shown bool) {
		ast.Inspect(node, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.ImportSpec, *ast.Field: // paths and tags
				return false
			case *ast.CaseClause: // what is compared is not shown
				for _, statement := range n.Body {
					walk(statement, false)
				}
				return false
			case *ast.IndexExpr:
				walk(n.X, shown)
				return false
			case *ast.BinaryExpr:
				return n.Op == token.ADD // and not a comparison
			case *ast.KeyValueExpr:
				name, isName := n.Key.(*ast.Ident)
				walk(n.Value, isName && slices.Contains(shownIn, name.Name))
				return false
			case *ast.CallExpr:
				if texts, values := textsOf(n); len(texts) > 0 {
					walkAll(values, false)
					return false
				}
				name := types.ExprString(n.Fun)
				method := name[strings.LastIndex(name, ".")+1:]
				switch {
				case name == "errors.New", name == "fmt.Errorf": // app/link finds words for them
					return false
				case method == "NewProc": // a function of Windows
					return false
				}
				walk(n.Fun, false)
				walkAll(n.Args, slices.Contains(shownBy, method))
				return false
			case *ast.BasicLit:
				text, isText := fold(n)
				plain := strings.ReplaceAll(verb.ReplaceAllString(text, ""), "Photolink", "") // a name is not translated
				if isText && !slices.Contains(unspoken, text) &&
					(twoWords.MatchString(plain) || capitalised.MatchString(plain) || shown && anyWord.MatchString(plain)) {
					found = append(found, fmt.Sprintf("%s: %q is not said through a Speaker", file.path, text))
				}
			}
			return true
		})
	}
	walk(file.syntax, false)
	return found
}

// bypassesOfPage returns the words of a page that stand in its template.
func bypassesOfPage(name, page string) []string {
	text := regexp.MustCompile(`(?s)<style.*?</style>|\{\{.*?\}\}|<[^>]*>|Photolink`).ReplaceAllString(page, " ")
	var found []string
	for word := range strings.FieldsSeq(text) {
		if anyWord.MatchString(word) {
			found = append(found, fmt.Sprintf("%s: %q stands in the template", name, word))
		}
	}
	return found
}

// What the tests of languages are to find, in code and translations of their own.

func TestCollectFindsWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ name, code, problem string }{
		{"nothing", `say.Say("Link {{.Service}}", language.Values{"Service": p.Name})`, ""},
		{"added literals", `say.Say("Link " + ("{{.Service}}"), Values{"Service": p.Name})`, ""},
		{"values of two maps", `say.Say("{{.A}} {{.B}}", Values{"A": 1}, Values{"B": 2})`, ""},
		{"values that are no literal", `say.Say("{{.A}}", values)`, ""},
		{"a number in words", `say.Count(n, "one photo of {{.Name}}", "{{.Count}} photos of {{.Name}}", Values{"Name": name})`, ""},
		{"a sentence of a service", `say.Say(v.Provider.KeyNote)`, ""},
		{"the Count of strings", `strings.Count(text, "[") + len(list.Count)`, ""},
		{"a variable", `say.Say(text)`, "text is no literal"},
		{"half a variable", `say.Say("Link " + name)`, `"Link " + name is no literal`},
		{"a name that may be of anything", `say.Say(p.Name)`, "p.Name is no literal"},
		{"a warning that may be of anything", `say.Say(v.Warning)`, "v.Warning is no literal"},
		{"a variable for one", `say.Count(n, one, "{{.Count}} photos")`, "one is no literal"},
		{"a method without its call", `f(say.Say)`, "say.Say is passed on"},
		{"a value too few", `say.Say("Link {{.Service}}")`, "needs [Service]"},
		{"a value too many", `say.Say("Link", Values{"Service": p.Name})`, "given the values [Service]"},
		{"another value", `say.Count(1, "one", "{{.Count}}", Values{"Name": name})`, "given the values [Count Name]"},
		{"one with other values", `say.Count(1, "{{.Name}}", "{{.Count}}", values)`, "have different values"},
		{"a template with logic", `say.Say("{{if .A}}a{{end}}")`, "values are written"},
		{"an open template", `say.Say("{{.A")`, "values are written"},
		{"said in two ways", `say.Say("{{.Count}} photos", v) + say.Count(1, "one photo", "{{.Count}} photos")`, "two ways"},
		{"one in two ways", `say.Count(1, "one", "{{.Count}} a") + say.Count(1, "a", "{{.Count}} a")`, "two ways"},
		{"a word of the files", `say.Say("Other")`, "has a meaning in the files"},
		{"a dash", `say.Say("Stop — wait")`, "has a dash"},
		{"an arrow", `say.Say("Settings → Keys")`, "has an arrow"},
		{"an apostrophe", `say.Say("It's on")`, "apostrophe"},
		{"quotation marks", `say.Say("Choose \"OK\"")`, "quotation mark"},
		{"dots", `say.Say("Folder...")`, "three dots"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := collect([]sourceFile{fixture(t, "app/gui/fixture.go", test.code)}, nil)
			expectProblem(t, problems, test.problem)
		})
	}
	t.Run("tests say what they like", func(t *testing.T) {
		_, problems := collect([]sourceFile{fixture(t, "app/gui/fixture_test.go", "say.Say(text)")}, nil)
		expectProblem(t, problems, "")
	})
}

func TestCompareFindsWhatIsWrong(t *testing.T) {
	const code = `say.Say("Link {{.Service}}", v) + say.Count(n, "one photo", "{{.Count}} photos")`
	for _, test := range []struct{ name, tag, entries, problem string }{
		{"nothing", "de", `"Link {{.Service}}": "{{.Service}} verbinden", "{{.Count}} photos": {"one": "ein Foto", "other": "{{.Count}} Fotos"}`, ""},
		{"nothing, with one form", "ja", `"Link {{.Service}}": "{{.Service}}", "{{.Count}} photos": {"other": "{{.Count}}"}`, ""},
		{"many, which may be there", "fr", `"Link {{.Service}}": "{{.Service}}", "{{.Count}} photos": {"one": "{{.Count}}", "many": "{{.Count}}", "other": "{{.Count}}"}`, ""},
		{"a sentence is missing", "de", `"{{.Count}} photos": {"one": "ein Foto", "other": "{{.Count}} Fotos"}`, `"Link {{.Service}}" is missing`},
		{"no words", "de", `"Link {{.Service}}": ""`, `"Link {{.Service}}" has no words`},
		{"no words in a form", "de", `"{{.Count}} photos": {"one": "", "other": "{{.Count}}"}`, `photos (one)" has no words`},
		{"a form is missing", "de", `"{{.Count}} photos": {"other": "{{.Count}}"}`, `photos (one)" has no words`},
		{"a form too many", "ja", `"{{.Count}} photos": {"one": "a", "other": "{{.Count}}"}`, `has the form "one", which the language does not have`},
		{"many in German", "de", `"{{.Count}} photos": {"one": "a", "many": "{{.Count}}", "other": "{{.Count}}"}`, `has the form "many"`},
		{"one that is also zero, in words", "fr", `"{{.Count}} photos": {"one": "une photo", "other": "{{.Count}} photos"}`, `(one)" has the values [], want [Count]`},
		{"a text in place of forms", "de", `"{{.Count}} photos": "{{.Count}} Fotos"`, "has forms for numbers: false, want true"},
		{"forms in place of a text", "de", `"Link {{.Service}}": {"other": "{{.Service}}"}`, "has forms for numbers: true, want false"},
		{"a value is missing", "de", `"Link {{.Service}}": "Verbinden"`, "has the values [], want [Service]"},
		{"a value is translated", "de", `"Link {{.Service}}": "{{.Dienst}} verbinden"`, "has the values [Dienst], want [Service]"},
		{"a value that nobody gives", "de", `"Link {{.Service}}": "{{.Service}} {{.Name}}"`, "has the values [Name Service]"},
		{"a broken value", "de", `"Link {{.Service}}": "{{ .Service }} verbinden"`, "values are written {{.Name}}"},
		{"said by nobody", "de", `"Unlink": "Trennen"`, `"Unlink" is said by nobody`},
		{"an apostrophe", "fr", `"Link {{.Service}}": "l'accès à {{.Service}}"`, "apostrophe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			translated, err := parseTranslation([]byte("{" + test.entries + "}"))
			if err != nil {
				t.Fatal(err)
			}
			said, _ := collect([]sourceFile{fixture(t, "app/gui/fixture.go", code)}, nil)
			problems := compare(test.tag, said, translated)
			expectProblem(t, problems, test.problem)
			// What is updated lacks words only, and keeps those that it had.
			after := updated(test.tag, said, translated)
			for _, problem := range compare(test.tag, said, after) {
				if !slices.Contains(problems, problem) && !strings.Contains(problem, "has no words") {
					t.Errorf("after the update: %s", problem)
				}
			}
			if test.problem == "" && !bytes.Equal(formatTranslation(t, after), formatTranslation(t, translated)) {
				t.Errorf("the update changed a whole translation to %s", formatTranslation(t, after))
			}
		})
	}
}

func TestDataIsTranslatedToo(t *testing.T) {
	said, problems := collect(nil, dataSentences(t))
	expectProblem(t, problems, "")
	flickr := provider.Flickr()
	for _, text := range []string{
		flickr.Needs, flickr.KeyNote, flickr.Permissions[0].Words, handover.Tools()[0].Note,
		"Needs your own API key",                                           // of a file without a word about it
		"Needs a key that the administrator of the site makes",             // of WordPress
		"Needs no key: Photolink brings one. Your own can be used instead", // with a key
	} {
		if _, found := said[text]; !found || text == "" {
			t.Errorf("%q needs no translation", text)
		}
	}
	_, problems = collect(nil, map[string][]string{"a tool": {"Start {{.Tool}}"}})
	expectProblem(t, problems, "a tool: \"Start {{.Tool}}\" has values")
}

func TestBypassesAreFound(t *testing.T) {
	for _, test := range []struct{ name, code, found string }{
		{"said", `button(say.Say("Link an account"), nil)`, ""},
		{"said with a value", `v.Say("Link {{.Service}}", language.Values{"Service": p.Name})`, ""},
		{"counted", `v.Count(n, "one photo", "{{.Count}} photos")`, ""},
		{"an error", `fmt.Errorf("read the file: %w", errors.New("No file"))`, ""},
		{"a comparison", `f(event.Name == "Cancel", known["A service"])`, ""},
		{"the name of the program", `f(title + " · Photolink")`, ""},
		{"an example", `address.SetPlaceHolder("blog.example.org")`, ""},
		{"an id", `show("home-dark")`, ""},
		{"a function of Windows", `user32.NewProc("GetSystemMetrics")`, ""},
		{"words", `f("in memory")`, "in memory"},
		{"half a sentence", `f(" of " + name)`, " of "},
		{"a capital", `f("Cancel")`, "Cancel"},
		{"a word on a button", `button("ok", nil)`, "ok"},
		{"a word of a widget", `widget.NewLabel("more")`, "more"},
		{"a field of a widget", `widget.FormItem{Text: "name"}`, "name"},
		{"a value of a sentence", `v.Say("Kept in {{.Place}}", Values{"Place": "the keyring"})`, "the keyring"},
		{"within a function", `f(func() { button("Back", nil) })`, "Back"},
		{"a format", `fmt.Sprintf("%d photos", n)`, "%d photos"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := ""
			if test.found != "" {
				want = strconv.Quote(test.found) + " is not said"
			}
			expectProblem(t, bypasses(fixture(t, "app/gui/fixture.go", test.code)), want)
		})
	}
	expectProblem(t, bypassesOfPage("page", "<p title=\"{{.Title}}\">{{.Text}}</p> Photolink <style>p { margin: auto }</style>"), "")
	expectProblem(t, bypassesOfPage("page", "<p>{{.Text}} now</p>"), `"now" stands in the template`)
}

// fixture is a file of the project that holds one expression.
func fixture(t *testing.T, name, expression string) sourceFile {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), name, "package gui\n\nvar _ = "+expression+"\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	return sourceFile{name, syntax}
}

// expectProblem wants one of the problems to have a text, or none at all if the text is empty.
func expectProblem(t *testing.T, problems []string, want string) {
	t.Helper()
	if want == "" && len(problems) > 0 || !slices.ContainsFunc(problems, func(problem string) bool {
		return strings.Contains(problem, want)
	}) && want != "" {
		t.Errorf("found %q, want %q", problems, want)
	}
}
