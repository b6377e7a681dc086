package main

// measurement is a row of the page: a figure of Photolink, what it is compared with, and what it should reach.
type measurement struct {
	section string // of the page
	what    string
	of      string // the benchmark, such as "Signing/photolink"
	unit    string // as package benchunit tidies it: seconds and bytes
	worst   bool   // the worst of all runs counts, not the median

	floor  string   // the benchmark that does the least that is needed; may be empty
	beside []beside // what others need

	// The goal: at most so many times the floor, or at most so much. Without one, both are noGoal.
	times, most float64
}

type beside struct{ name, of string }

// noGoal is negative because nought is a goal.
const noGoal = -1

// measurements are the goals, in the order of the page.
var measurements = []measurement{
	{
		section: "signing", what: "signing a Flickr call of 10 parameters", of: "Signing/photolink", unit: "sec/op",
		floor: "Signing/floor", times: 4.5, most: noGoal,
		beside: []beside{{"dghubble/oauth1", "Signing/dghubble"}, {"mrjones/oauth", "Signing/mrjones"}},
	},
	{
		section: "signing", what: "allocations of it", of: "Signing/photolink", unit: "allocs/op", floor: "Signing/floor",
		times: noGoal, most: 14,
		beside: []beside{{"dghubble/oauth1", "Signing/dghubble"}, {"mrjones/oauth", "Signing/mrjones"}},
	},
	{
		section: "callback page", what: "connect to the whole answer", of: "CallbackPage/photolink", unit: "sec/op",
		floor: "CallbackPage/floor", times: 1.5, most: noGoal,
	},
	{
		section: "callback to identity", what: "callback to identity, 50 ms away", of: "CallbackToIdentity/photolink",
		unit: "sec/op", floor: "CallbackToIdentity/floor", times: 1.1, most: noGoal,
		beside: []beside{{"over HTTP/2", "CallbackToIdentity/photolink_over_HTTP_2"}, {"without open connections", "CallbackToIdentity/cold"}},
	},
	{
		section: "callback to identity", what: "TLS handshakes after the callback", of: "CallbackToIdentity/photolink",
		unit: "handshakes/op", worst: true, times: noGoal, most: 0,
		beside: []beside{{"over HTTP/2", "CallbackToIdentity/photolink_over_HTTP_2"}, {"without open connections", "CallbackToIdentity/cold"}},
	},
	{
		section: "click to browser", what: "click to browser, connection open", of: "ClickToBrowser/photolink/warm", unit: "sec/op",
		floor: "ClickToBrowser/floor/warm", times: 1.1, most: noGoal,
	},
	{
		section: "click to browser", what: "click to browser, first connection", of: "ClickToBrowser/photolink/cold", unit: "sec/op",
		floor: "ClickToBrowser/floor/cold", times: 1.1, most: noGoal,
	},
	{
		section: "start", what: "window with its first picture", of: "Start/photolink", unit: "sec/op", floor: "Start/floor",
		times: 1.15, most: noGoal,
	},
	{
		section: "start", what: "last change of that picture", of: "Start/photolink", unit: "settled-sec", floor: "Start/floor",
		times: noGoal, most: noGoal,
	},
	{
		section: "start", what: "processor time until 2 s after the picture", of: "Start/photolink", unit: "cpu-sec", floor: "Start/floor",
		times: noGoal, most: noGoal,
	},
	{
		section: "start", what: "resident memory, 2 s later", of: "Start/photolink", unit: "B-resident", floor: "Start/floor",
		times: 1.15, most: noGoal,
	},
	{
		section: "start", what: "proportional share of memory", of: "Start/photolink", unit: "B-proportional", floor: "Start/floor",
		times: noGoal, most: noGoal,
	},
	{
		section: "start", what: "size, stripped", of: "Start/photolink", unit: "B-size", floor: "Start/floor", times: 1.35, most: noGoal,
	},
	{
		section: "start", what: "processor time in 10 s of idleness", of: "Start/photolink", unit: "idle-sec", floor: "Start/floor",
		times: noGoal, most: 0,
	},
	{
		section: "start", what: "network connections before the first picture", of: "Start/photolink", unit: "network-connections",
		floor: "Start/floor", times: noGoal, most: 0,
	},
	{
		section: "start", what: "messages to the keyring before it", of: "Start/photolink", unit: "keyring-messages",
		floor: "Start/floor", times: noGoal, most: 0,
	},
	{
		section: "many accounts", what: "window with its first picture, 10,000 accounts", of: "Start/photolink/accounts",
		unit: "sec/op", floor: "Start/photolink", times: 1.3, most: noGoal,
	},
	{
		section: "many accounts", what: "last change of that picture: the list is there", of: "Start/photolink/accounts",
		unit: "settled-sec", floor: "Start/photolink", times: 1.3, most: noGoal,
	},
	{
		section: "many accounts", what: "resident memory, 2 s later, 10,000 accounts", of: "Start/photolink/accounts",
		unit: "B-resident", floor: "Start/photolink", times: noGoal, most: noGoal,
	},
	{
		section: "many accounts", what: "longest frame while scrolling, ms", of: "Scroll/10000", unit: "worst-ms", worst: true,
		times: noGoal, most: 16,
	},
	{
		section: "many accounts", what: "memory for each account", of: "HomeMemory/10000", unit: "B/account", times: noGoal, most: 1024,
	},
	{
		section: "many accounts", what: "list of 10,000 to its first picture", of: "Home/10000", unit: "sec/op", floor: "Home/none",
		times: noGoal, most: noGoal,
	},
	{
		section: "many accounts", what: "reading an index of 10,000, each", of: "IndexRead/10000", unit: "sec/account",
		floor: "IndexRead/100", times: noGoal, most: noGoal,
	},
	{
		section: "many accounts", what: "checking 10,000, each, beside 100", of: "CheckAll/10000", unit: "sec/account",
		floor: "CheckAll/100", times: 1.2, most: noGoal,
	},
	{
		section: "command line", what: "processor time of photolink accounts", of: "Accounts/photolink", unit: "cpu-sec",
		times: noGoal, most: 0.015,
		beside: []beside{{"gallery-dl --version", "Accounts/gallery-dl"}, {"gh auth status", "Accounts/gh"}},
	},
	{
		section: "command line", what: "time of it", of: "Accounts/photolink", unit: "sec/op", times: noGoal, most: noGoal,
		beside: []beside{{"gallery-dl --version", "Accounts/gallery-dl"}, {"gh auth status", "Accounts/gh"}},
	},
	{
		section: "sandbox", what: "requests verified, one client", of: "Sandbox/photolink", unit: "requests/s",
		floor: "Sandbox/floor", times: noGoal, most: noGoal,
	},
	{
		section: "sandbox", what: "requests verified, many clients", of: "SandboxParallel/photolink", unit: "requests/s",
		floor: "SandboxParallel/floor", times: noGoal, most: noGoal,
	},
}
