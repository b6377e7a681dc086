package handover

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"photolink/oauth"
)

// Account is what is handed over: a linked account with the client credentials that its token was issued to.
type Account struct {
	Service                            string // ID of the service, such as "flickr"
	Client                             oauth.ClientCredentials
	Token                              oauth.TokenCredentials
	UserID, UserName, Name, Permission string // as far as they are known; Permission is an ID, such as "read"
}

// Tool is a backup tool, or a form, that an account can be handed to. A tool that takes accounts in several ways is
// several Tools.
type Tool struct {
	ID       string   // stable, for the command line
	Name     string   // of the tool, such as "gallery-dl"
	Form     string   // what is written, in a few words
	Services []string // IDs of the services; nil means any
	Needs    string   // least permission: "read", "write" or "delete"; empty if any will do
	Note     string   // how to start the tool with it, or what it cannot do; can be empty
	OnlyKey  bool     // takes the API key alone
}

// System is where things lie. The zero value is this computer.
type System struct {
	Home string                   // home folder of the person
	OS   string                   // as runtime.GOOS has it
	Env  func(name string) string // variables of the environment
}

// Tools lists what accounts can be handed to.
func Tools() []Tool {
	var list []Tool
	for _, d := range deliveries {
		list = append(list, d.Tool)
	}
	return list
}

// ToolFor finds a tool by its ID.
func ToolFor(id string) (Tool, bool) {
	d, ok := deliveryFor(id)
	return d.Tool, ok
}

// DefaultPath is where the tool looks for the account. It is empty where the tool has no such place: the person chooses.
func (t Tool) DefaultPath(s System, a Account) string {
	d, ok := deliveryFor(t.ID)
	if !ok || d.place == nil {
		return ""
	}
	return d.place(s.orThisOne())
}

// delivery is a tool together with the way to it.
type delivery struct {
	Tool
	place   func(System) string                                // the default path
	folder  bool                                               // the path is that of a folder
	files   func(path string, a Account) []job                 // what is written
	warning func(path string, after []byte, a Account) warning // nil for nothing to say
	check   func(a Account) error                              // what the account lacks for it
}

func deliveryFor(id string) (delivery, bool) {
	i := slices.IndexFunc(deliveries, func(d delivery) bool { return d.ID == id })
	if i < 0 {
		return delivery{}, false
	}
	return deliveries[i], true
}

func (s System) orThisOne() System {
	if s.Home == "" {
		s.Home, _ = os.UserHomeDir()
	}
	if s.OS == "" {
		s.OS = runtime.GOOS
	}
	if s.Env == nil {
		s.Env = os.Getenv
	}
	return s
}

// join makes a path as that system writes it. It is empty if the folder is.
func (s System) join(folder string, names ...string) string {
	if folder == "" {
		return ""
	}
	path := strings.Join(append([]string{strings.TrimRight(folder, `/\`)}, names...), "/")
	if s.OS == "windows" {
		path = strings.ReplaceAll(path, "/", `\`)
	}
	return path
}

// atHome is a path in the home folder.
func atHome(names ...string) func(System) string {
	return func(s System) string { return s.join(s.Home, names...) }
}

// under is a folder that a variable names, or else the given one in the home folder.
func (s System) under(variable, folder string) string {
	if named := s.Env(variable); named != "" {
		return named
	}
	return s.join(s.Home, folder)
}

var onlyFlickr, onlySmugMug, onlyTumblr = []string{flickr}, []string{smugmug}, []string{tumblr}

// deliveries lists the tools; those that most people use come first.
var deliveries = []delivery{
	{
		Tool: Tool{
			ID: "gallery-dl", Name: "gallery-dl", Form: "settings file, beside your own",
			Services: []string{flickr, smugmug, tumblr},
			Note:     "gallery-dl reads this file after its other settings, which stay as they are.",
		},
		place: atHome(".gallery-dl.conf"), files: galleryDL, warning: galleryDLWarning,
	},
	{
		Tool: Tool{
			ID: "gallery-dl-file", Name: "gallery-dl", Form: "settings file of its own",
			Services: []string{flickr, smugmug, tumblr},
			Note:     "Start it with gallery-dl -c FILE. With a file for each, gallery-dl can use several accounts.",
		},
		files: galleryDL,
	},
	{
		Tool: Tool{
			ID: "gallery-dl-cache", Name: "gallery-dl", Form: "its own store of tokens",
			Services: []string{flickr, smugmug, tumblr},
			Note:     "gallery-dl finds the token if its settings have the same API key and secret.",
		},
		place: func(s System) string {
			if s.OS == "windows" {
				return s.join(s.Env("APPDATA"), "gallery-dl", "cache.sqlite3")
			}
			return s.join(s.under("XDG_CACHE_HOME", ".cache"), "gallery-dl", "cache.sqlite3")
		},
		files: galleryDLCache,
	},
	{
		Tool: Tool{
			ID: "flickr-download", Name: "flickr-download", Form: "settings file and token file", Services: onlyFlickr,
			Note: "It has one account for each home folder. The token goes into .flickr_token, beside the settings.",
		},
		place: atHome(".flickr_download"), files: flickrDownload,
	},
	{
		Tool: Tool{
			ID: "flickr_api", Name: "flickr_api", Form: "token file with the API key", Services: onlyFlickr,
			Note: "Load it with flickr_api.set_auth_handler(FILE, set_api_keys=True).",
		},
		files: flickrAPI,
	},
	{
		Tool: Tool{
			ID: "flickr_api-token", Name: "flickr_api", Form: "token file", Services: onlyFlickr,
			Note: "The program must set the API key itself before it loads the file.",
		},
		files: flickrAPIToken,
	},
	{
		Tool: Tool{
			ID: "flickrapi", Name: "flickrapi", Form: "its store of tokens", Services: onlyFlickr,
			Note: "The program must set the API key and its secret. flickrapi deletes a token that permits less than the " +
				"program asks for.",
		},
		place: atHome(".flickr", "oauth-tokens.sqlite"), files: flickrapi, check: needsPermission,
	},
	{
		Tool: Tool{
			ID: "flickcurl", Name: "flickcurl", Form: "settings file", Services: onlyFlickr,
			Note: "Tokens of before OAuth in that file are replaced.",
		},
		place: atHome(".flickcurl.conf"), files: flickcurl,
	},
	{
		Tool: Tool{
			ID: "flickr_upload", Name: "flickr_upload", Form: "stored settings", Services: onlyFlickr, Needs: "write",
			Note: "It is used unless .flickrrc has a token of before OAuth.",
		},
		place: atHome(".flickroauth.st"), files: flickrUpload, warning: flickrUploadWarning,
	},
	{
		Tool: Tool{
			ID: "flickr-api-perl", Name: "Flickr::API", Form: "stored settings", Services: onlyFlickr,
			Note: "Load it with Flickr::API->import_storable_config(FILE).",
		},
		files: flickrAPIPerl,
	},
	{
		Tool: Tool{
			ID: "flickr-cli", Name: "flickr-cli", Form: "config.yml", Services: onlyFlickr,
			Note: "Start it in that folder, or with --config FILE. Uploading needs more than reading.",
		},
		place: func(s System) string { return s.Env("FLICKRCLI_CONFIG") }, files: flickrCLI,
	},
	{
		Tool: Tool{
			ID: "apikeys", Name: "FlickrOAuth", Form: "the files apikeys and token", Services: onlyFlickr,
			Note: "Choose a folder, and start the program in it.",
		},
		folder: true, files: apikeys,
	},
	{
		Tool: Tool{
			ID: "smugmug-backup", Name: "smugmug-backup", Form: "config.toml", Services: onlySmugMug,
			Note: "The folder of photos, destination, has to exist.",
		},
		place: atHome(".smgmg", "config.toml"), files: smugmugBackup, warning: smugmugBackupWarning,
	},
	{
		Tool:  Tool{ID: "smugcli", Name: "smugcli", Form: "settings file", Services: onlySmugMug},
		place: atHome(".smugcli"), files: smugcli,
	},
	{
		Tool: Tool{
			ID: "smuploader", Name: "smuploader", Form: "settings file", Services: onlySmugMug, Needs: "write",
		},
		place: atHome(".smugmug.cfg"), files: smuploader, check: needsUserName,
	},
	{
		Tool: Tool{
			ID: "pytumblr", Name: "pytumblr", Form: "settings file, also of tumblr_client", Services: onlyTumblr,
		},
		place: pytumblrPlace, files: pytumblr,
	},
	{
		Tool: Tool{
			ID: "tumblr-backup", Name: "tumblr-backup", Form: "config.json, the API key alone", Services: onlyTumblr,
			OnlyKey: true, Note: "It reads public blogs only: it takes no token.",
		},
		place: func(s System) string {
			switch s.OS {
			case "windows":
				return s.join(s.Env("APPDATA"), "tumblr-backup", "tumblr-backup", "config.json")
			case "darwin":
				return s.join(s.Home, "Library", "Application Support", "tumblr-backup", "config.json")
			}
			return s.join(s.under("XDG_CONFIG_HOME", ".config"), "tumblr-backup", "config.json")
		},
		files: tumblrBackup,
	},
	{
		Tool:  Tool{ID: "env", Name: ".env", Form: "variables for programs and shells"},
		files: environment,
	},
	{
		Tool:  Tool{ID: "powershell", Name: "PowerShell", Form: "variables", Note: "Load it with . FILE, a dot before the name."},
		files: powershell,
	},
	{
		Tool:  Tool{ID: "json", Name: "JSON", Form: "JSON for programs of your own"},
		files: plainJSON,
	},
}

// pytumblrPlace follows pytumblr. The Ruby library reads .tumblr only.
func pytumblrPlace(s System) string {
	own, shared := s.join(s.Home, ".pytumblr"), s.join(s.Home, ".tumblr")
	if _, err := os.Stat(own); err == nil {
		return own
	}
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return own
	}
	return shared
}

// beside is a file in the same folder.
func beside(path, name string) string {
	if path == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(path), name)
}
