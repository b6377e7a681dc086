#!/usr/bin/env bash
# Links with gallery-dl, then makes a call with the token that gallery-dl keeps in its cache.

set -euo pipefail

mkdir -p "$HOME/.config/gallery-dl"
cat >"$HOME/.config/gallery-dl/config.json" <<CONFIG
{"extractor": {
	"oauth": {"browser": false},
	"flickr": {"api-key": "$CLIENT_KEY", "api-secret": "$CLIENT_SECRET", "access-token": "cache"}
}}
CONFIG

PYTHONUNBUFFERED=1 gallery-dl oauth:flickr >"$HOME/link.log" 2>&1 &
linking=$!
trap 'kill "$linking" 2>/dev/null || true; cat "$HOME/link.log"' EXIT
page=
while [ -z "$page" ] && kill -0 "$linking" 2>/dev/null; do
	sleep 0.1
	page=$(grep --only-matching '^https://www.flickr.com/.*' "$HOME/link.log" || true)
done
# It asks to be called on a page of its own website, which leads on to the port where it listens.
address=$(tools/approve.sh "$page")
curl --silent --show-error --fail --output /dev/null --retry 5 --retry-delay 1 --retry-connrefused \
	"http://localhost:6414/?${address#*\?}"
wait "$linking"

# All its calls are for photos, of which the sandbox has none: it refuses, but only once it has found the signature right.
calls() { gallery-dl --verbose --simulate "$@" https://www.flickr.com/photos/adapractice/ 2>&1 || true; }
calls >"$HOME/calls.log"
cat "$HOME/calls.log"
grep --quiet 'Using custom OAuth1.0 authentication' "$HOME/calls.log"
grep --quiet 'Method "flickr.urls.lookupUser" not found' "$HOME/calls.log"
# The same with a wrong secret, to be sure of that.
calls --option api-secret=0000000000000000 >"$HOME/wrong.log"
cat "$HOME/wrong.log"
grep --quiet ' 401 ' "$HOME/wrong.log"
