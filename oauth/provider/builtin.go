package provider

import (
	"embed"
	"fmt"
)

//go:embed services/*.toml
var services embed.FS

// BuiltIn returns the services that come with the program. Their files are also the examples for those who write one.
func BuiltIn() []Provider {
	var all []Provider
	for _, name := range []string{"flickr", "smugmug", "tumblr", "commons", "photobucket"} {
		all = append(all, builtIn(name))
	}
	return all
}

func builtIn(name string) Provider {
	file := name + ".toml"
	text, err := services.ReadFile("services/" + file)
	if err != nil {
		panic(fmt.Sprintf("provider: %v", err)) // embedded by the compiler
	}
	p, err := Parse(file, text)
	if err != nil {
		panic(fmt.Sprintf("provider: %v", err)) // every test run parses it
	}
	return p
}
