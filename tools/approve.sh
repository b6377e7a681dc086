#!/usr/bin/env bash
# Approves, in the person's place, on the sandbox's authorize page.
#
#   tools/approve.sh ADDRESS
#
# It prints the address that the browser is sent to, or the code that the page shows when there is none.

set -euo pipefail

page=$(curl --silent --show-error --fail "$1")
field() { sed -n 's/.*name="'"$1"'" value="\([^"]*\)".*/\1/p' <<<"$page"; }
answer=$(
	curl --silent --show-error --fail --write-out '\nredirect: %{redirect_url}' "${1%%\?*}" \
		--data-urlencode "oauth_token=$(field oauth_token)" \
		--data-urlencode "perms=$(field perms)" \
		--data-urlencode "form_token=$(field form_token)" \
		--data approve=1
)
address=$(sed -n 's/^redirect: //p' <<<"$answer")
code=$(sed -n 's/.*id="code">\([^<]*\)<.*/\1/p' <<<"$answer")
if [ -z "$address$code" ]; then
	echo "approve: the page gave neither an address nor a code:" >&2
	printf '%s\n' "$answer" >&2
	exit 1
fi
echo "${address:-$code}"
