package link_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"photolink/app/language"
	"photolink/app/link"
	"photolink/oauth/provider"
)

const errorsPage = "../../docs/errors.md"

const errorsIntroduction = `# When something goes wrong

Photolink says what happened, what it means, and what to do about it. This page has all of it, in the words of the program.
“The service” stands for the name of yours. “The bottom” is the small line at the end of the message, for those who report
it; on the command line it stands in brackets.

For contributors: a test writes this page. See errors_page_test.go in app/link.
`

// TestErrorsPage keeps docs/errors.md as the program speaks. With PHOTOLINK_UPDATE=1 it writes the page.
func TestErrorsPage(t *testing.T) {
	want := writeErrorsPage()
	if os.Getenv("PHOTOLINK_UPDATE") != "" {
		if err := os.WriteFile(errorsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(errorsPage)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ReplaceAll(string(got), "\r\n", "\n"); text != want {
		t.Error("docs/errors.md is not what the program says; PHOTOLINK_UPDATE=1 go test -run TestErrorsPage ./app/link writes it")
	}
}

func writeErrorsPage() string {
	var page strings.Builder
	page.WriteString(errorsIntroduction)
	written := map[string]bool{}
	for _, group := range everyTrouble() {
		fmt.Fprintf(&page, "\n## %s\n", group.heading)
		for _, row := range group.rows {
			trouble := row.onPage(nil)
			text := fmt.Sprintf("\n### %s\n\n%s\n\n%s\n", trouble.What, wrapped(trouble.Meaning), wrapped("What to do: "+trouble.Remedy))
			if name := trouble.Action.Name(nil); name != "" {
				text += fmt.Sprintf("\nButton: **%s**\n", name)
			}
			if !written[text] {
				page.WriteString(text)
			}
			written[text] = true
		}
	}
	return page.String()
}

// onPage is what docs/errors.md says about the error.
func (r troubleRow) onPage(say *language.Speaker) link.Trouble {
	about := provider.Provider{}
	if r.about != nil {
		about = r.about()
	}
	return link.Explain(say, r.full(), about)
}

// wrapped breaks text into lines of up to 120 characters.
func wrapped(text string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line+" "+word)) > 120 {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}

// Every sentence of words.go and its sisters is on the page, and so is every Trouble that they make: each needs a row in
// everyTrouble.
func TestErrorsPageIsComplete(t *testing.T) {
	var troubles []link.Trouble
	texts := []string{link.ClockWords(nil, 0)}
	for _, group := range everyTrouble() {
		for _, row := range group.rows {
			trouble := row.onPage(nil)
			troubles = append(troubles, trouble)
			texts = append(texts, trouble.What, trouble.Meaning, trouble.Remedy, trouble.Action.Name(nil))
		}
	}
	files, err := filepath.Glob("words*.go")
	if err != nil {
		t.Fatal(err)
	}
	sentences, made := 0, 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		positions := token.NewFileSet()
		source, err := parser.ParseFile(positions, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if sentence, ok := said(node); ok {
					sentences++
					if !isIn(sentence, texts...) {
						t.Errorf("%s: no row of everyTrouble says %q", positions.Position(node.Pos()), sentence)
					}
					if strings.ContainsAny(sentence, `"'—→`) || strings.Contains(sentence, "...") {
						t.Errorf("%s: signs of typewriters, dashes or arrows in %q", positions.Position(node.Pos()), sentence)
					}
				}
			case *ast.CompositeLit:
				if kind, ok := node.Type.(*ast.Ident); ok && kind.Name == "Trouble" && len(node.Elts) > 0 {
					made++
					if !isMade(node, troubles) {
						t.Errorf("%s: no row of everyTrouble makes this", positions.Position(node.Pos()))
					}
				}
			}
			return true
		})
	}
	if sentences < 100 || made < 50 {
		t.Errorf("found %d sentences and %d troubles: the search is blind", sentences, made)
	}
}

// said returns the English sentence of a call of Say.
func said(call *ast.CallExpr) (string, bool) {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || function.Sel.Name != "Say" || len(call.Args) == 0 {
		return "", false
	}
	return literal(call.Args[0])
}

// literal returns the text of a literal, or of several with plus signs between them.
func literal(expression ast.Expr) (string, bool) {
	switch e := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, too := literal(e.Y)
		return left + right, ok && too
	}
	return "", false
}

var placeholder = regexp.MustCompile(`\\\{\\\{\\\.\w+\\\}\\\}`)

// isIn reports whether one of the texts has the sentence in it, with any values.
func isIn(sentence string, texts ...string) bool {
	pattern := placeholder.ReplaceAllString(regexp.QuoteMeta(sentence), ".+")
	whole := regexp.MustCompile(`(?i)(?:^| )` + pattern + `(?:$| |\.)`) // a name may stand at the beginning, with a capital
	for _, text := range texts {
		if whole.MatchString(text) {
			return true
		}
	}
	return false
}

// isMade reports whether one of the troubles has all sentences and the action that the literal has.
func isMade(made *ast.CompositeLit, troubles []link.Trouble) bool {
	actions := map[string]link.Action{
		"TryAgain": link.TryAgain, "ChangeKey": link.ChangeKey, "LinkAgain": link.LinkAgain, "OtherVault": link.OtherVault,
	}
	for _, trouble := range troubles {
		fields := map[string]string{"What": trouble.What, "Meaning": trouble.Meaning, "Remedy": trouble.Remedy}
		all := true
		action := link.NothingToDo
		computed := false
		for _, element := range made.Elts {
			pair, ok := element.(*ast.KeyValueExpr)
			if !ok {
				return false
			}
			key, ok := pair.Key.(*ast.Ident)
			if !ok {
				return false
			}
			if key.Name == "Action" {
				name, isName := pair.Value.(*ast.Ident)
				computed = !isName
				if isName {
					action = actions[name.Name]
				}
				continue
			}
			ast.Inspect(pair.Value, func(node ast.Node) bool {
				if call, ok := node.(*ast.CallExpr); ok {
					if sentence, ok := said(call); ok && !isIn(sentence, fields[key.Name]) {
						all = false
					}
				}
				return true
			})
		}
		if all && (computed || trouble.Action == action) {
			return true
		}
	}
	return false
}

// In the invented language, whatever stands outside of brackets was not translated.
func TestEveryWordIsTranslated(t *testing.T) {
	pseudo := language.Pseudo()
	rows := moreTroubles()
	for _, group := range everyTrouble() {
		rows = append(rows, group.rows...)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			trouble := row.onPage(pseudo)
			for _, text := range []string{trouble.What, trouble.Meaning, trouble.Remedy, cmp.Or(trouble.Action.Name(pseudo), "[]")} {
				depth := 0
				for _, r := range text {
					switch {
					case r == '[':
						depth++
					case r == ']':
						depth--
					case depth == 0 && unicode.IsLetter(r):
						t.Fatalf("not translated as a whole: %q", text)
					}
				}
				if text == "" || strings.Contains(text, "{{") || strings.Contains(text, "no value") {
					t.Errorf("a value is missing: %q", text)
				}
			}
		})
	}
}
