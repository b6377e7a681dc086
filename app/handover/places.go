package handover

import "strings"

// Place is where a tool keeps a file that [RecogniseFile] reads.
type Place struct {
	Tool string
	Path string // can hold one *, for [path/filepath.Glob]
}

// Places lists where backup tools keep their files by default, whether or not these exist. home is the home folder of
// the person, env looks a variable of the environment up, and system is "linux", "darwin" or "windows", as runtime.GOOS
// has them. Paths are written as on that system.
func Places(home string, env func(string) string, system string) []Place {
	windows := system == "windows"
	var places []Place
	add := func(tool, folder string, names ...string) {
		if folder == "" {
			return
		}
		path := strings.Join(append([]string{strings.TrimRight(folder, `/\`)}, names...), "/")
		if windows {
			path = strings.ReplaceAll(path, "/", `\`)
		}
		places = append(places, Place{Tool: tool, Path: path})
	}
	under := func(variable, folder string) string {
		if named := env(variable); named != "" || home == "" {
			return named
		}
		return strings.TrimRight(home, `/\`) + folder
	}
	config, cache := under("XDG_CONFIG_HOME", "/.config"), under("XDG_CACHE_HOME", "/.cache")

	if windows {
		add("gallery-dl", env("APPDATA"), "gallery-dl", "config.json")
		add("gallery-dl", home, "gallery-dl", "config.json")
		add("gallery-dl", home, "gallery-dl.conf")
		add("gallery-dl", env("APPDATA"), "gallery-dl", "cache.sqlite3")
	} else {
		add("gallery-dl", "/etc", "gallery-dl.conf")
		add("gallery-dl", config, "gallery-dl", "config.json")
		add("gallery-dl", home, ".gallery-dl.conf")
		add("gallery-dl", cache, "gallery-dl", "cache.sqlite3")
	}
	add("flickr-download", home, ".flickr_download")
	add("flickr-download", home, ".flickr_token")
	add("flickcurl", home, ".flickcurl.conf")
	add("flickr_upload", home, ".flickroauth.st")
	add("flickr_upload", home, ".flickrrc")
	add("flickrapi", home, ".flickr", "oauth-tokens.sqlite")
	add("flickrapi", home, ".flickr", "*", "auth.token")
	add("folders2flickr", home, ".uploadr.ini")
	add("smugmug-backup", home, ".smgmg", "config.toml")
	add("smugcli", home, ".smugcli")
	add("smuploader", home, ".smugmug.cfg")
	add("pytumblr", home, ".pytumblr")
	add("pytumblr", home, ".tumblr")
	if !windows {
		add("tumble.py", home, ".config", "tumblr")
		add("flickrsyncr", home, ".config", "flickrsyncr", "config.conf")
	}
	switch system {
	case "windows":
		add("tumblr-backup", env("APPDATA"), "tumblr-backup", "tumblr-backup", "config.json")
		add("TumblThree", env("LOCALAPPDATA"), "TumblThree", "Settings", "Settings.json")
		add("Perkeep", env("APPDATA"), "Perkeep", "server-config.json")
	case "darwin":
		add("tumblr-backup", home, "Library", "Application Support", "tumblr-backup", "config.json")
		add("Perkeep", home, ".config", "perkeep", "server-config.json")
	default:
		add("tumblr-backup", config, "tumblr-backup", "config.json")
		add("Perkeep", config, "perkeep", "server-config.json")
	}
	if path := env("FLICKRCLI_CONFIG"); path != "" {
		places = append(places, Place{Tool: "flickr-cli", Path: path})
	}
	return places
}
