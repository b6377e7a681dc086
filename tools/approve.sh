#!/usr/bin/env bash
# Approves, in the person's place, on the authorize page of a service that is played: any page with one form, whose
# fields are hidden and whose button to approve is named so.
#
#   tools/approve.sh ADDRESS
#
# It prints the address that the browser is sent to, or the code that the page shows when there is none.

set -euo pipefail

# unescape turns the characters that HTML cannot hold back into themselves.
unescape() { sed "s/&#34;/\"/g; s/&quot;/\"/g; s/&#39;/'/g; s/&#43;/+/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g"; }

page=$(curl --silent --show-error --fail "$1")
action=$(sed -n 's/.*<form [^>]*action="\([^"]*\)".*/\1/p' <<<"$page" | unescape)
if [ -z "$action" ]; then
	echo "approve: the page has no form:" >&2
	printf '%s\n' "$page" >&2
	exit 1
fi
fields=()
while IFS= read -r field; do
	fields+=(--data-urlencode "$field")
done < <(sed -n 's/.*<input type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/p' <<<"$page" | unescape)

[[ $1 =~ ^https?://[^/]+ ]]
answer=$(
	curl --silent --show-error --fail --write-out '\nredirect: %{redirect_url}' "${fields[@]}" --data approve=1 \
		"${BASH_REMATCH[0]}$action"
)
address=$(sed -n 's/^redirect: //p' <<<"$answer")
code=$(sed -n 's/.*id="code">\([^<]*\)<.*/\1/p' <<<"$answer")
if [ -z "$address$code" ]; then
	echo "approve: the page gave neither an address nor a code:" >&2
	printf '%s\n' "$answer" >&2
	exit 1
fi
echo "${address:-$code}"
