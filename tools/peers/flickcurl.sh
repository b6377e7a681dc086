#!/usr/bin/env bash
# Links with flickcurl, by a code to type, and calls flickr.test.login with the configuration that flickcurl then wrote.

set -euo pipefail

printf '[flickr]\noauth_client_key=%s\noauth_client_secret=%s\n' "$CLIENT_KEY" "$CLIENT_SECRET" >"$HOME/.flickcurl.conf"

created=$(flickcurl oauth.create 2>&1)
token=$(sed -n "s/.*Request Token: '\(.*\)'/\1/p" <<<"$created")
secret=$(sed -n "s/.*Request Token Secret: '\(.*\)'/\1/p" <<<"$created")
page=$(sed -n 's/.*Authentication URL: //p' <<<"$created")
if [ -z "$page" ]; then
	printf '%s\n' "$created"
	exit 1
fi
flickcurl oauth.verify "$token" "$secret" "$(tools/approve.sh "$page")"

login=$(flickcurl test.login 2>&1)
printf '%s\n' "$login"
grep --quiet "adapractice" <<<"$login"
