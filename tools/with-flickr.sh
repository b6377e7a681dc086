#!/usr/bin/env bash
# Runs a command where www.flickr.com and api.flickr.com are the sandbox, over TLS, so that programs that know nothing of
# it can be tried unchanged.
#
#   tools/with-flickr.sh COMMAND [ARGUMENT...]
#
# It takes ./photolink for the sandbox. The command runs at the root of the project, in a mount and a network namespace of
# its own: nothing changes for the rest of the machine, and nothing else can be reached. There the authority that issued
# the certificate is one of those that the system trusts. For programs that do not ask the system, Chromium among them,
# $PHOTOLINK_FLICKR_CERTIFICATE names the server's certificate; $PHOTOLINK_FLICKR_SERVER is its process. The exit code is
# the command's, or 77 where namespaces are not to be had.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	[ -x photolink ] || { echo "with-flickr: there is no ./photolink; please run 'make build'" >&2; exit 1; }
	tools/install.sh peers || skip "Debian packages of other Flickr programs cannot be installed"
	inside=(unshare --mount --net)
	if [ "$(id -u)" != 0 ]; then
		inside+=(--map-root-user)
		"${inside[@]}" true 2>/dev/null || inside=(sudo --preserve-env env "PATH=$PATH" unshare --mount --net)
	fi
	"${inside[@]}" true 2>/dev/null || skip "this machine allows no namespaces"
	exec "${inside[@]}" tools/with-flickr.sh --inside "$@"
fi
shift

folder=$(mktemp -d)
server=
clean_up() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$folder"
}
trap clean_up EXIT

hosts=(www.flickr.com api.flickr.com up.flickr.com farm66.staticflickr.com)
ip link set lo up
{ cat /etc/hosts && echo "127.0.0.1 ${hosts[*]}"; } >"$folder/hosts"
mount --bind "$folder/hosts" /etc/hosts

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
make_certificates() {
	openssl req -x509 "${new_key[@]}" -days 2 -subj "/CN=Photolink test authority" \
		-keyout "$folder/authority.key" -out "$folder/authority.pem" &&
	openssl req "${new_key[@]}" -subj "/CN=${hosts[0]}" -keyout "$folder/server.key" -out "$folder/server.csr" &&
	printf 'subjectAltName=%s' "$(printf 'DNS:%s,' "${hosts[@]}" | sed 's/,$//')" >"$folder/names" &&
	openssl x509 -req -days 2 -in "$folder/server.csr" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" \
		-extfile "$folder/names" -out "$folder/server.pem"
}
if ! make_certificates >"$folder/openssl.log" 2>&1; then
	cat "$folder/openssl.log" >&2
	exit 1
fi
bundle=/etc/ssl/certs/ca-certificates.crt
cat "$bundle" "$folder/authority.pem" >"$folder/bundle.pem"
mount --bind "$folder/bundle.pem" "$bundle"
export PHOTOLINK_FLICKR_CERTIFICATE=$folder/server.pem

./photolink sandbox --listen 127.0.0.1:443 --certificate "$folder/server.pem" --certificate-key "$folder/server.key" \
	>"$folder/sandbox.log" 2>&1 &
server=$!
export PHOTOLINK_FLICKR_SERVER=$server
# Reading its page through the system's trust proves that all of the above is in place.
if ! curl --silent --fail --output /dev/null --retry 20 --retry-delay 1 --retry-connrefused "https://${hosts[0]}/"; then
	echo "with-flickr: the sandbox does not answer:" >&2
	cat "$folder/sandbox.log" >&2
	exit 1
fi

"$@"
