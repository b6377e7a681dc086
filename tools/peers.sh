#!/usr/bin/env bash
# Lets other people's programs, unmodified from Debian, link themselves to the sandbox and call a method. What they sign and
# what they read was settled by their authors and the real services, so they find what our own client and server might
# both have wrong. Each file in tools/peers/ is one of them.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	tools/install.sh peers || skip "Debian packages of other programs cannot be installed"
	exec tools/with-services.sh tools/peers.sh --inside
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The sandbox's client credentials, which are published and guard nothing (PracticeClient in oauth/sandbox).
export CLIENT_KEY=70726163746963652d6163636f756e74 CLIENT_SECRET=7072616374696365

failed=0
for peer in tools/peers/*; do
	name=$(basename "${peer%.*}")
	mkdir "$folder/$name"
	# Programs such as these keep what they find out in the home folder: each gets an empty one.
	if env --unset=XDG_CONFIG_HOME --unset=XDG_CACHE_HOME HOME="$folder/$name" timeout 60 "$peer" \
		>"$folder/$name.log" 2>&1; then
		echo "ok     $name"
	else
		echo "not ok $name"
		sed 's/^/       | /' "$folder/$name.log"
		failed=1
	fi
done
exit "$failed"
