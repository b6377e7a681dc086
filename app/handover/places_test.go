package handover_test

import (
	"slices"
	"strings"
	"testing"

	"photolink/app/handover"
)

func TestPlaces(t *testing.T) {
	tests := []struct {
		name, system, home string
		env                map[string]string
		want               []handover.Place // among others
		without            []string         // beginnings or parts of paths
	}{
		{
			name: "Linux", system: "linux", home: "/home/me",
			want: []handover.Place{
				{Tool: "gallery-dl", Path: "/etc/gallery-dl.conf"},
				{Tool: "gallery-dl", Path: "/home/me/.config/gallery-dl/config.json"},
				{Tool: "gallery-dl", Path: "/home/me/.gallery-dl.conf"},
				{Tool: "flickr-download", Path: "/home/me/.flickr_token"},
				{Tool: "flickrapi", Path: "/home/me/.flickr/*/auth.token"},
				{Tool: "tumblr-backup", Path: "/home/me/.config/tumblr-backup/config.json"},
				{Tool: "tumble.py", Path: "/home/me/.config/tumblr"},
				{Tool: "Perkeep", Path: "/home/me/.config/perkeep/server-config.json"},
			},
			without: []string{`\`, "TumblThree", "//"},
		},
		{
			name: "Linux with its own folder of settings", system: "linux", home: "/home/me/",
			env: map[string]string{"XDG_CONFIG_HOME": "/settings", "FLICKRCLI_CONFIG": "/f.yml"},
			want: []handover.Place{
				{Tool: "gallery-dl", Path: "/settings/gallery-dl/config.json"},
				{Tool: "flickcurl", Path: "/home/me/.flickcurl.conf"},
				{Tool: "flickr-cli", Path: "/f.yml"},
			},
			without: []string{"/home/me/.config/gallery-dl", "//"},
		},
		{
			name: "macOS", system: "darwin", home: "/Users/me",
			want: []handover.Place{
				{Tool: "gallery-dl", Path: "/Users/me/.config/gallery-dl/config.json"},
				{Tool: "tumblr-backup", Path: "/Users/me/Library/Application Support/tumblr-backup/config.json"},
				{Tool: "Perkeep", Path: "/Users/me/.config/perkeep/server-config.json"},
			},
			without: []string{"TumblThree"},
		},
		{
			name: "Windows", system: "windows", home: `C:\Users\me`,
			env: map[string]string{"APPDATA": `C:\Users\me\AppData\Roaming`, "LOCALAPPDATA": `C:\Users\me\AppData\Local`},
			want: []handover.Place{
				{Tool: "gallery-dl", Path: `C:\Users\me\AppData\Roaming\gallery-dl\config.json`},
				{Tool: "gallery-dl", Path: `C:\Users\me\gallery-dl.conf`},
				{Tool: "smugmug-backup", Path: `C:\Users\me\.smgmg\config.toml`},
				{Tool: "tumblr-backup", Path: `C:\Users\me\AppData\Roaming\tumblr-backup\tumblr-backup\config.json`},
				{Tool: "TumblThree", Path: `C:\Users\me\AppData\Local\TumblThree\Settings\Settings.json`},
			},
			without: []string{"/"},
		},
		{name: "no home", system: "linux", without: []string{".config", ".flickr", ".smugcli"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			places := handover.Places(test.home, func(name string) string { return test.env[name] }, test.system)
			for _, want := range test.want {
				if !slices.Contains(places, want) {
					t.Errorf("%v is missing", want)
				}
			}
			for _, place := range places {
				for _, part := range test.without {
					if strings.Contains(place.Path, part) {
						t.Errorf("got %v, which has %q in it", place, part)
					}
				}
			}
		})
	}
}
