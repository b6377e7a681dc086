#!/usr/bin/env bash
# Links accounts on the command line of a static Photolink, with no display and no session bus, hands them to backup tools, and
# runs these, unmodified: each has to sign in with nothing but the files that it was handed.
#
# The program is built without its window. The tools are those of Debian; the services are the sandbox.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	tools/install.sh peers || skip "Debian packages of other programs cannot be installed"
	mkdir -p build
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags nogui -o build/photolink-nogui .
	PHOTOLINK=build/photolink-nogui exec tools/with-services.sh env --unset=DISPLAY --unset=WAYLAND_DISPLAY \
		DBUS_SESSION_BUS_ADDRESS=disabled: tools/handover.sh --inside
fi

photolink() { build/photolink-nogui --vault file "$@"; }
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export HOME="$room/home" PHOTOLINK_PASSPHRASE="correct horse battery staple"
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
mkdir -p "$HOME"
key=70726163746963652d6163636f756e74 secret=7072616374696365 # of the sandbox; published, guards nothing

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	tail -n 30 "$room"/*.log >&2
	exit 1
}

# link_account SERVICE [PERMISSION] links as a person with a browser elsewhere does: the address is printed, and the one that
# the browser ends on is pasted.
link_account() {
	local start='' page
	printf '%s\n%s\n' "$key" "$secret" | photolink key add "$1" >"$room/key.log" 2>&1
	mkfifo "$room/answers"
	photolink link "$1" --no-browser ${2:+--permission "$2"} <"$room/answers" >"$room/link.log" 2>&1 &
	exec 3>"$room/answers"
	for _ in $(seq 300); do
		start=$(grep --only-matching 'http://127\.0\.0\.1:[0-9]*/start/[0-9A-Za-z]*' "$room/link.log" | head -n 1 || true)
		[ -z "$start" ] || break
		sleep 0.1
	done
	[ -n "$start" ] || fail "$1: no address was printed"
	page=$(curl --silent --output /dev/null --write-out '%{redirect_url}' "$start")
	tools/approve.sh "$page" >&3
	exec 3>&-
	wait $! || fail "$1 was not linked"
	rm "$room/answers"
	echo "linked at $1"
}

# hand_over ACCOUNT TOOL [ARGUMENT...]
hand_over() {
	photolink handover "$@" --yes >"$room/handover.log" 2>&1 || fail "not handed over: $*"
	if grep --quiet "$secret" "$room/handover.log"; then fail "a secret was printed"; fi
}

say "The practice account: link and hand over, with nothing but the program"
photolink link practice --yes >"$room/practice.log" 2>&1 || fail "the practice account was not linked"
hand_over practice/adapractice gallery-dl-file --path "$room/practice.json"
grep --quiet access-token-secret "$room/practice.json" || fail "nothing was written"
[ "$(stat -c %a "$room/practice.json")" = 600 ] || fail "others can read the file"

say "Flickr, SmugMug and Tumblr"
link_account flickr write
link_account smugmug
link_account tumblr
if grep --recursive --files-with-matches "$secret" "$HOME"; then fail "a secret is in a file before it was handed over"; fi

say "gallery-dl"
mkdir -p "$HOME/.config/gallery-dl"
printf '{\n    "extractor": {"#": "one", "#": "two", "base-directory": "~/photos"}\n}\n' >"$HOME/.config/gallery-dl/config.json"
before=$(sha256sum "$HOME/.config/gallery-dl/config.json")
for service in flickr smugmug tumblr; do hand_over "$service/adapractice" gallery-dl; done
[ "$before" = "$(sha256sum "$HOME/.config/gallery-dl/config.json")" ] || fail "the person's own settings were touched"
# gallery_dl ADDRESS ANSWER: the sandbox has no photos, so a call is refused, but only once its signature was found right.
gallery_dl() {
	gallery-dl --verbose --simulate "$1" >"$room/gallery-dl.log" 2>&1 || true
	grep --quiet 'Using custom OAuth1.0 authentication' "$room/gallery-dl.log" || fail "gallery-dl does not use the access: $1"
	grep --quiet "$2" "$room/gallery-dl.log" || fail "the signature of gallery-dl was not accepted: $1"
	echo "gallery-dl: $1"
}
gallery_dl https://www.flickr.com/photos/adapractice/ 'Method "flickr.people.getPhotos" not found'
gallery_dl smugmug:album:cr4C7f '"GET /api/v2/album/cr4C7f?.*" 404 '
gallery_dl https://adapractice.tumblr.com/ '"GET /v2/blog/adapractice.tumblr.com/.*" 404 '
photolink handover flickr/adapractice gallery-dl --remove --yes >"$room/remove.log" 2>&1 || fail "not taken back"
if grep --quiet '"flickr"' "$HOME/.gallery-dl.conf"; then fail "the access is still there"; fi
grep --quiet '"smugmug"' "$HOME/.gallery-dl.conf" || fail "more was taken back than was asked for"

say "gallery-dl, by its own store of tokens"
hand_over flickr/adapractice gallery-dl-cache
printf '{"extractor": {"flickr": {"api-key": "%s", "api-secret": "%s", "access-token": "cache"}}}\n' "$key" "$secret" >"$HOME/.gallery-dl.conf"
gallery_dl https://www.flickr.com/photos/adapractice/ 'Method "flickr.people.getPhotos" not found'

say "flickcurl"
hand_over flickr/adapractice flickcurl
flickcurl test.login >"$room/flickcurl.log" 2>&1 || fail "flickcurl does not sign in"
grep adapractice "$room/flickcurl.log" || fail "flickcurl signs in as somebody else"

say "flickrapi"
hand_over flickr/adapractice flickrapi
/usr/bin/python3 - "$key" "$secret" >"$room/flickrapi.log" 2>&1 <<'PYTHON' || fail "flickrapi does not sign in"
import sys
import flickrapi
flickr = flickrapi.FlickrAPI(sys.argv[1], sys.argv[2])
assert flickr.token_valid(perms="write"), "the token is not valid"
print(flickr.test.login()[0].get("id"))
PYTHON
cat "$room/flickrapi.log"

say "Flickr::API, and the file of flickr_upload"
hand_over flickr/adapractice flickr-api-perl --path "$room/flickr.st"
hand_over flickr/adapractice flickr_upload
for file in "$room/flickr.st" "$HOME/.flickroauth.st"; do
	perl - "$file" >"$room/perl.log" 2>&1 <<'PERL' || fail "Flickr::API does not sign in with $file"
use strict;
use warnings;
use Flickr::API;
my $flickr = Flickr::API->import_storable_config($ARGV[0]);
my $login = $flickr->execute_method('flickr.test.login');
$login->success() or die $login->error_message();
print $login->as_hash()->{user}{id}, "\n";
PERL
	cat "$room/perl.log"
done
base64 --decode >"$room/dot.png" <<'PNG'
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==
PNG
# Without the report, for which it would ask again and again: the sandbox keeps no photos.
flickr_upload --no-report --title 'A dot & more' --tag dot "$room/dot.png" >"$room/upload.log" 2>&1 ||
	fail "flickr_upload does not upload"
cat "$room/upload.log"

say "A bundle for another machine"
passphrase() { printf 'for the other machine\nfor the other machine\n'; }
passphrase | photolink export "$room/bundle" flickr/adapractice smugmug/adapractice >"$room/export.log" 2>&1 || fail "not exported"
first=$HOME
export HOME="$room/other"
mkdir "$HOME"
passphrase | photolink import "$room/bundle" >"$room/import.log" 2>&1 || fail "not imported"
photolink check --all || fail "what was imported does not work"
export HOME=$first

say "Take over what another tool has"
export HOME="$room/third"
mkdir "$HOME"
photolink import "$first/.flickcurl.conf" >"$room/takeover.log" 2>&1 || fail "not taken over"
photolink accounts | grep adapractice || fail "the account is not there"

say "All as it should be"
