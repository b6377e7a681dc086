// Package translations holds the sentences of Photolink in other languages than English: a file a language, named by its
// BCP 47 tag, which maps each English sentence to the translated one. docs/translating.md says how to add a language.
package translations

import "embed"

// Files are the translations.
//
//go:embed *.json
var Files embed.FS
