#!/usr/bin/env bash
# Links an account of every service with the unmodified program, where the host names of the services are the sandbox: the
# person says no first, which has to end in words and in nothing stored, and then yes. A WordPress site is added by its
# address, and a server that others wrote by a file. Pictures are left in build/services.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	exec tools/with-services.sh dbus-run-session -- tools/services.sh --inside
fi

source tools/desktop.sh
key=70726163746963652d6163636f756e74 secret=7072616374696365 # of the sandbox; published, guards nothing
desktop_start "$PWD/build/services"
export PHOTOLINK_BROWSER_TRUST=$PHOTOLINK_SANDBOX_CERTIFICATE

# to_browser ROW NAME goes from the list of accounts to the open browser. ROW is the place of the service in the list, from 1.
to_browser() {
	press ctrl+n
	await '^Choose a service'
	times "$1" Tab
	[ "$2" != first ] || picture choose
	press Return
	await '^API key'
	enter_text "$key"
	press Tab
	enter_text "$secret"
	picture "$2-key"
	press Return
	await '^Permission'
	picture "$2-permission"
	press Return
	await '^Approve in your browser' 60
}

# says_no ROW NAME TABS: TABS is how far “I chose No” is, 0 where the service tells by itself.
says_no() {
	say "$2: no, thanks"
	local items
	items=$(keyring_items)
	browser_does deny
	to_browser "$1" "$2"
	browser_go
	if [ "$3" -gt 0 ]; then
		browser_result >/dev/null
		times "$3" Tab
		press space
	fi
	await '^You chose not to link'
	picture "$2-declined"
	[ "$(keyring_items)" = "$items" ] || fail "$2: something is in the keyring"
	press Escape
	await '^Photolink$'
}

# says_yes ROW NAME WANT: WANT is what the list of accounts has to say.
says_yes() {
	say "$2: yes"
	browser_does approve
	to_browser "$1" "$2"
	browser_go
	if [ "${4:-}" = confirm ]; then
		await_dialog
		picture "$2-confirm"
		press Tab Tab space # No has the focus at first, as the safe answer
	fi
	await '^Signed in as ' 60
	picture "$2-identity"
	result=$(browser_result)
	cp "$room/browser-out/authorize.png" "$pictures/$2-authorize.png"
	case $result in *"Linked as "*) ;; *) fail "the browser shows something else: $result" ;; esac
	case $result in *oauth_verifier* | *oauth_token*) fail "the address of the tab still holds the answer" ;; esac
	./photolink accounts | grep -- "$3" || fail "$2: the accounts are $(./photolink accounts)"
	press Return
	await '^Photolink$'
}

photolink_start

says_no 2 SmugMug 5
says_yes 2 SmugMug 'SmugMug .*adapractice'
says_no 3 Tumblr 0
says_yes 3 Tumblr 'Tumblr .*adapractice'
says_no 4 Commons 4
says_yes 4 Commons 'Wikimedia Commons .*Adapractice'
says_no 5 Photobucket 0
says_yes 5 Photobucket 'Photobucket .*adapractice' confirm

say "A WordPress site, by its address"
press ctrl+n
await '^Choose a service'
times 7 Tab
press space
await '^Another service'
picture another-service
enter_text blog.example
press Return
await '^API key'
press Escape
await '^Choose a service'
picture choose-wordpress
press Escape
await '^Photolink$'
says_yes 6 WordPress 'adapractice'

say "A service of one's own, which others wrote the server of"
tools/oauthlib-server.py >"$room/oauthlib.log" 2>&1 &
server=$!
until grep -q ^secret "$room/oauthlib.log"; do
	kill -0 "$server" || fail "the server does not start: $(cat "$room/oauthlib.log")"
	sleep 0.1
done
cp tools/custom-service.toml "$XDG_CONFIG_HOME/photolink/services/oauthlib.toml"
printf 'name = "Broken"\nwrong = 1\n' >"$XDG_CONFIG_HOME/photolink/services/broken.toml"
key=b7e151628aed2a6abf7158 secret=809cf4f3c762e7160f38b4da # of that server
says_no 6 Own 0
says_yes 6 Own 'grace'
rm "$XDG_CONFIG_HOME/photolink/services/broken.toml"

say "After a restart all are listed, and each check succeeds"
photolink_stop
photolink_start
picture home
number=$(./photolink accounts | wc -l)
[ "$number" = 6 ] || fail "$number accounts are listed"
accounts=$XDG_CONFIG_HOME/photolink/accounts.json
checked() { grep -o '"checked_at": *"[^"]*"' "$accounts" | sort; }
checked >"$room/checked"
press ctrl+r
tries=0
until [ -z "$(comm -12 "$room/checked" <(checked))" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "not all accounts were checked"
	sleep 0.1
done
await '^Photolink$'
picture home-checked
works=$(grep -c '"state": *"works"' "$accounts")
[ "$works" = "$number" ] || fail "$works of $number accounts work"
photolink_stop
kill "$server"

say "All as it should be. Pictures: build/services"
