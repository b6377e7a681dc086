#!/usr/bin/env bash
# Runs a command where the host names of the services are the sandbox, so that programs that know nothing of it can be
# tried unchanged: over TLS, and for Photobucket, which never had it, over plain HTTP.
#
#   tools/with-services.sh COMMAND [ARGUMENT...]
#
# It takes $PHOTOLINK, by default ./photolink, for the sandbox. The command runs at the root of the project, in a mount and
# a network namespace of its own: nothing changes for the rest of the machine, and nothing else can be reached. There the
# authority that issued the certificate is one of those that the system trusts. For programs that do not ask the system,
# $PHOTOLINK_SANDBOX_AUTHORITY names its certificate and $PHOTOLINK_SANDBOX_CERTIFICATE the server's, for Chromium;
# $PHOTOLINK_SANDBOX_SERVER is the process of the server that speaks TLS. The exit code is the command's, or 77 where
# namespaces are not to be had.

source "$(dirname "$0")/common.sh"

program=${PHOTOLINK:-./photolink}
if [ "${1:-}" != --inside ]; then
	[ -x "$program" ] || { echo "with-services: there is no $program; please run 'make build'" >&2; exit 1; }
	tools/install.sh namespace || skip "what makes namespaces cannot be installed"
	inside=(unshare --mount --net)
	if [ "$(id -u)" != 0 ]; then
		inside+=(--map-root-user)
		"${inside[@]}" true 2>/dev/null || inside=(sudo --preserve-env env "PATH=$PATH" unshare --mount --net)
	fi
	"${inside[@]}" true 2>/dev/null || skip "this machine allows no namespaces"
	exec "${inside[@]}" tools/with-services.sh --inside "$@"
fi
shift

folder=$(mktemp -d)
servers=()
clean_up() {
	[ "${#servers[@]}" = 0 ] || kill "${servers[@]}" 2>/dev/null || true
	rm -rf "$folder"
}
trap clean_up EXIT

ip link set lo up
cat /etc/hosts - >"$folder/hosts" <<HOSTS
127.0.0.1 www.flickr.com api.flickr.com up.flickr.com farm66.staticflickr.com
127.0.0.1 api.smugmug.com secure.smugmug.com www.smugmug.com
127.0.0.1 www.tumblr.com api.tumblr.com
127.0.0.1 commons.wikimedia.org
127.0.0.1 photobucket.com www.photobucket.com api.photobucket.com api123.photobucket.com
127.0.0.1 blog.example
HOSTS
mount --bind "$folder/hosts" /etc/hosts

# await_page ARGUMENT... waits until curl can read a page of the sandbox.
await_page() {
	if ! curl --silent --fail --output /dev/null --max-time 5 --retry 20 --retry-delay 1 --retry-connrefused "$@"; then
		echo "with-services: the sandbox does not answer to $*:" >&2
		cat "$folder"/*.log >&2
		exit 1
	fi
}

"$program" sandbox --listen 127.0.0.1:80 >"$folder/plain.log" 2>&1 &
servers+=($!)
"$program" sandbox --listen 127.0.0.1:443 --tls "$folder" --legacy-token 72157600000000001-0123456789abcdef=write >"$folder/tls.log" 2>&1 &
servers+=($!)
export PHOTOLINK_SANDBOX_SERVER=$!
export PHOTOLINK_SANDBOX_AUTHORITY=$folder/authority.pem PHOTOLINK_SANDBOX_CERTIFICATE=$folder/server.pem
await_page http://photobucket.com/
await_page --insecure https://www.flickr.com/ # the certificates are there as soon as it answers

bundle=/etc/ssl/certs/ca-certificates.crt
cat "$bundle" "$PHOTOLINK_SANDBOX_AUTHORITY" >"$folder/bundle.pem"
mount --bind "$folder/bundle.pem" "$bundle"
# Reading a page through the system's trust proves that all of the above is in place.
await_page https://www.flickr.com/

"$@"
