#!/usr/bin/env bash
# Links with gallery-dl at each service that it knows OAuth 1.0 of, then makes a call with the token that gallery-dl keeps
# in its cache.

set -euo pipefail

mkdir -p "$HOME/.config/gallery-dl"
own='"api-key": "'$CLIENT_KEY'", "api-secret": "'$CLIENT_SECRET'", "access-token": "cache"'
cat >"$HOME/.config/gallery-dl/config.json" <<CONFIG
{"extractor": {"oauth": {"browser": false}, "flickr": {$own}, "smugmug": {$own}, "tumblr": {$own}}}
CONFIG

linking=
trap '[ -z "$linking" ] || kill "$linking" 2>/dev/null || true; cat "$HOME"/*.log' EXIT

# link SERVICE
link() {
	local log="$HOME/link-$1.log" page='' address
	PYTHONUNBUFFERED=1 gallery-dl "oauth:$1" >"$log" 2>&1 &
	linking=$!
	while [ -z "$page" ] && kill -0 "$linking" 2>/dev/null; do
		sleep 0.1
		page=$(grep --only-matching '^https://.*/authorize?.*' "$log" || true)
	done
	address=$(tools/approve.sh "$page")
	# At Flickr it asks to be called on a page of its own website, which leads on to the port where it listens.
	curl --silent --show-error --fail --output /dev/null --retry 5 --retry-delay 1 --retry-connrefused \
		"http://localhost:6414/?${address#*\?}"
	wait "$linking"
}

# calls SERVICE ADDRESS ANSWER wants gallery-dl to be given that answer for the address, and none with a wrong secret.
calls() {
	gallery-dl --verbose --simulate "$2" >"$HOME/calls-$1.log" 2>&1 || true
	grep --quiet 'Using custom OAuth1.0 authentication' "$HOME/calls-$1.log"
	grep --quiet "$3" "$HOME/calls-$1.log"
	gallery-dl --verbose --simulate --option api-secret=0000000000000000 "$2" >"$HOME/wrong-$1.log" 2>&1 || true
	grep --quiet ' 401 ' "$HOME/wrong-$1.log"
}

# The sandbox has no photos: the calls are refused, but only once their signature was found right.
link flickr
calls flickr https://www.flickr.com/photos/adapractice/ 'Method "flickr.people.getPhotos" not found'
link smugmug
calls smugmug smugmug:album:cr4C7f '"GET /api/v2/album/cr4C7f?.*" 404 '
link tumblr
calls tumblr https://adapractice.tumblr.com/ '"GET /v2/blog/adapractice.tumblr.com/.*" 404 '
