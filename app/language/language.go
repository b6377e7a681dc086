// Package language says the sentences of Photolink in the language of the person. Use a [Speaker] for every text that a
// person reads in the window or in the browser; the command line speaks English, so that scripts can rely on it.
//
// The English sentence stands in the code and is the key of its translations in resources/translations. A sentence that
// has no translation is said in English. Values have names, because another language may need them in another order.
package language

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/jeandeaual/go-locale"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"photolink/resources/translations"
)

// Values are what a sentence names: {{.Service}} stands for the value of "Service".
type Values map[string]any

// Speaker says sentences in one language. It may be used by several goroutines at once. A nil one speaks English.
type Speaker struct {
	tag       language.Tag
	localizer func() *i18n.Localizer
	numbers   *message.Printer
	change    func(string) string // what is done to each sentence in the end; nil for nothing
}

// Language is one that Photolink speaks.
type Language struct {
	Tag  string // BCP 47, such as "pt-BR"
	Name string // in the language itself
}

// All are the languages that Photolink speaks, in the order of a list to choose from.
func All() []Language {
	return []Language{
		{"de", "Deutsch"},
		{"en", "English"},
		{"es", "Español"},
		{"fr", "Français"},
		{"it", "Italiano"},
		{"ja", "日本語"},
		{"pt-BR", "Português (Brasil)"},
	}
}

// voice is a language that can be spoken.
type voice struct {
	tag       language.Tag
	localizer func() *i18n.Localizer // reads the translation at its first call
}

// voices are English, which the matcher falls back to, and then all languages.
var voices = sync.OnceValue(func() []voice {
	var all []voice
	for _, known := range append([]Language{{Tag: "en"}}, All()...) {
		all = append(all, voice{language.MustParse(known.Tag), sync.OnceValue(func() *i18n.Localizer { return read(known.Tag) })})
	}
	return all
})

// read reads a translation. Without it the language is English, but the files are part of the program, and a test reads
// them.
func read(tag string) *i18n.Localizer {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	_, _ = bundle.LoadMessageFileFS(translations.Files, tag+".json") // English has none
	return i18n.NewLocalizer(bundle, tag)
}

// For returns a Speaker of the first language that Photolink speaks; preferred are BCP 47 tags, best first. Without one
// that it speaks, the language is English. The translation is read when the first sentence is said, because the command
// line says none and the window speaks one language.
func For(preferred ...string) *Speaker {
	var known []language.Tag
	var wanted []language.Tag
	for _, v := range voices() {
		known = append(known, v.tag)
	}
	for _, tag := range preferred {
		if parsed, err := language.Parse(tag); err == nil {
			wanted = append(wanted, parsed)
		}
	}
	_, index, _ := language.NewMatcher(known).Match(wanted...)
	spoken := voices()[index]
	return &Speaker{tag: spoken.tag, localizer: spoken.localizer, numbers: message.NewPrinter(spoken.tag)}
}

// System returns the languages that the person has chosen in the system, best first.
func System() []string {
	tags, err := locale.GetLocales()
	if err != nil {
		return nil
	}
	return tags
}

// Pseudo returns a Speaker of an invented language: readable English with accents, in brackets, and 40 % longer. What
// bypasses translation, is cut off or glued together shows at once.
func Pseudo() *Speaker {
	s := For("en")
	accents := strings.NewReplacer("a", "å", "e", "é", "i", "î", "o", "ö", "u", "ü", "A", "Å", "E", "É", "I", "Î", "O", "Ö", "U", "Ü", "c", "ç", "n", "ñ")
	s.change = func(text string) string {
		longer := strings.Repeat("~", max(2, len([]rune(text))*4/10))
		if len(longer) > 12 { // text that can wrap
			longer = strings.TrimSpace(strings.Repeat("~~~~~~~ ", len(longer)/8+1))
		}
		return "[" + accents.Replace(text) + " " + longer + "]"
	}
	return s
}

var english = sync.OnceValue(func() *Speaker { return For("en") })

// Tag is the language, as a BCP 47 tag.
func (s *Speaker) Tag() string {
	if s == nil {
		return "en"
	}
	return s.tag.String()
}

// Say returns a sentence in the language of the person. text is the English one, with names for the values in it as in
// "Link {{.Service}}".
func (s *Speaker) Say(text string, values ...Values) string {
	return s.say(&i18n.LocalizeConfig{DefaultMessage: &i18n.Message{ID: text, Other: text}}, text, values)
}

// Count returns a sentence about a number of things, which it calls {{.Count}}. one and other are the English forms; the
// translation is that of other, and has the forms that its language needs.
func (s *Speaker) Count(count int, one, other string, values ...Values) string {
	return s.say(&i18n.LocalizeConfig{
		DefaultMessage: &i18n.Message{ID: other, One: one, Other: other}, PluralCount: count,
	}, other, append(values, Values{"Count": s.Number(count)}))
}

func (s *Speaker) say(config *i18n.LocalizeConfig, fallback string, values []Values) string {
	if s == nil {
		s = english()
	}
	all := map[string]any{}
	for _, some := range values {
		for name, value := range some {
			all[name] = value
		}
	}
	config.TemplateData = all
	said, err := s.localizer().Localize(config)
	if said == "" && err != nil { // a template that is broken; a test finds it
		said = fallback
	}
	if s.change != nil {
		said = s.change(said)
	}
	return said
}

// Number returns a whole number in the form of the language.
func (s *Speaker) Number(n int) string {
	if s == nil {
		s = english()
	}
	return s.numbers.Sprint(n)
}

// Date returns a day in the form of the language, in the time zone of the computer.
func (s *Speaker) Date(then time.Time) string {
	then = then.Local()
	months := [...]string{
		s.Say("January"), s.Say("February"), s.Say("March"), s.Say("April"), s.Say("May"), s.Say("June"), s.Say("July"),
		s.Say("August"), s.Say("September"), s.Say("October"), s.Say("November"), s.Say("December"),
	}
	return s.Say("{{.Day}} {{.Month}} {{.Year}}", Values{"Day": then.Day(), "Month": months[then.Month()-1], "Year": then.Year()})
}

// Ago returns how long before now something was, roughly.
func (s *Speaker) Ago(then, now time.Time) string {
	switch d := now.Sub(then); {
	case d < time.Minute:
		return s.Say("just now")
	case d < time.Hour:
		return s.Count(int(d/time.Minute), "a minute ago", "{{.Count}} minutes ago")
	case d < 24*time.Hour:
		return s.Count(int(d/time.Hour), "an hour ago", "{{.Count}} hours ago")
	case d < 48*time.Hour:
		return s.Say("yesterday")
	}
	return s.Say("on {{.Date}}", Values{"Date": s.Date(then)})
}

// Duration returns how long something lasts, roughly.
func (s *Speaker) Duration(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return s.Count(int(d/time.Second), "{{.Count}} second", "{{.Count}} seconds")
	case d < 2*time.Hour:
		return s.Count(int(d.Round(time.Minute)/time.Minute), "{{.Count}} minute", "{{.Count}} minutes")
	case d < 48*time.Hour:
		return s.Count(int(d.Round(time.Hour)/time.Hour), "{{.Count}} hour", "{{.Count}} hours")
	}
	return s.Count(int(d.Round(24*time.Hour)/(24*time.Hour)), "{{.Count}} day", "{{.Count}} days")
}

// List returns names in one line: a, b and c.
func (s *Speaker) List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return s.Say("{{.Names}} and {{.Last}}", Values{"Names": strings.Join(names[:last], s.Say(", ")), "Last": names[last]})
}
