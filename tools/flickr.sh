#!/usr/bin/env bash
# Links an account as Flickr with the unmodified program, where www.flickr.com is the sandbox over TLS: the wrong ways
# first, each of which has to end in words and in nothing stored, then the right one, a restart, a check, and unlinking.
# Pictures are left in build/flickr.

source "$(dirname "$0")/common.sh"

if [ "${1:-}" != --inside ]; then
	exec tools/with-services.sh dbus-run-session -- tools/flickr.sh --inside
fi

source tools/desktop.sh
key=70726163746963652d6163636f756e74 secret=7072616374696365 # of the sandbox; published, guards nothing
desktop_start "$PWD/build/flickr"
export PHOTOLINK_BROWSER_TRUST=$PHOTOLINK_SANDBOX_CERTIFICATE

# link_flickr KEY SECRET goes from the list of accounts to the open browser.
link_flickr() {
	press ctrl+n
	await '^Choose a service'
	press Tab Return
	await '^API key'
	enter_text "$1"
	press Tab
	enter_text "$2"
	picture key
	press Return
	await '^Permission'
	press Return
}

# nothing_stored fails if anything was.
nothing_stored() {
	[ "$(keyring_items)" = 0 ] || fail "$1: something is in the keyring"
	[ -z "$(./photolink accounts)" ] || fail "$1: an account is listed"
	echo "$1: nothing is stored"
}

photolink_start

say "A wrong key"
link_flickr ffffffffffffffffffffffffffffffff "$secret"
await '^Flickr does not accept this API key'
picture wrong-key
nothing_stored "a wrong key"

say "A wrong secret"
press Escape
await '^Photolink$'
link_flickr "$key" ffffffffffffffff
await '^The API secret does not fit the key'
picture wrong-secret
nothing_stored "a wrong secret"

say "“No, thanks” in the browser, of which Flickr tells nobody"
press Escape
await '^Photolink$'
browser_does deny
link_flickr "$key" "$secret"
await '^Approve in your browser'
browser_go
browser_result >/dev/null
sleep 1
picture browser-reached
press Tab Tab Tab Tab Tab space # Open again, Copy link, Paste, Use a phone, I chose No
await '^You chose not to link'
picture declined
nothing_stored "no, thanks"

say "The browser is closed without an answer, and the person gives up"
browser_does close
press Return
await '^Approve in your browser'
browser_go
browser_result >/dev/null
picture browser-closed
press Escape
await '^Photolink$'
nothing_stored "browser closed"

say "A token of before OAuth is exchanged, without the browser, and unlinked again"
press ctrl+n
await '^Choose a service'
press Tab Return
await '^API key'
enter_text "$key"
press Tab
enter_text "$secret"
press Tab Tab Tab Tab space # Name, Get a key, From a file, Old token
await '^Exchange an old token'
enter_text 72157600000000001-0123456789abcdef
picture old-token
press Return
await '^Signed in as Ada Practice'
picture old-token-exchanged
./photolink accounts | grep 'Read and upload' || fail "the account has another permission than the old token"
press Return
await '^Photolink$'
open_account 1
press ctrl+u
await '^Unlink '
press shift+Tab space # Unlink is the last button
await '^Unlinked'
press Escape
await '^Photolink$'

say "The right way, in a browser that runs no scripts"
browser_does approve
echo 'export PHOTOLINK_BROWSER_SCRIPTS=off' >>"$room/browser-does"
link_flickr "$key" "$secret"
await '^Approve in your browser'
browser_go
await '^Signed in as Ada Practice' 60
picture identity
result=$(browser_result)
case $result in *"Linked as Ada Practice"*) ;; *) fail "the browser shows something else: $result" ;; esac
case $result in *oauth_verifier* | *oauth_token*) fail "the address of the tab still holds the answer" ;; esac
[ "$(keyring_items)" = 2 ] || fail "the keyring holds $(keyring_items) records, not the token and the key"
if grep -r "$secret" "$HOME" --include='*' -l | grep -v keyrings; then fail "the secret is in a file"; fi

say "After a restart the account is listed, and Check now succeeds"
photolink_stop
photolink_start
picture home
accounts=$XDG_CONFIG_HOME/photolink/accounts.json
before=$(grep checked_at "$accounts")
open_account 1
press ctrl+k
sleep 2
await '^Ada Practice · '
picture checked
[ "$before" != "$(grep checked_at "$accounts")" ] || fail "nothing was checked"
grep -q '"state": *"works"' "$accounts" || fail "the check did not succeed"
echo "checked: $(./photolink accounts)"

say "Handed over to flickcurl, which then signs in by itself; and taken back"
press ctrl+e
await '^Hand over'
picture hand-over
press Tab Tab Tab Tab Tab Tab Tab Tab Return # the eighth in the list
await '^flickcurl'
picture hand-over-preview
[ ! -e "$HOME/.flickcurl.conf" ] || fail "the file is written before the person said so"
press Return
await '^Handed over'
picture handed-over
flickcurl test.login 2>&1 | grep adapractice || fail "flickcurl does not sign in with what was handed over"
[ "$(stat -c %a "$HOME/.flickcurl.conf")" = 600 ] || fail "others can read the file"
press Return
await '^Ada Practice · '
press Escape
await '^Photolink$'
press ctrl+o
await '^Take over'
press Return # looks on this computer
sleep 2
await '^Take over'
picture take-over
press Tab Tab Tab space # what was found, where, Take over the account
await '^Signed in as Ada Practice'
press Return
await '^Photolink$'
open_account 1
press ctrl+e
await '^Hand over'
picture hand-over-again
press Tab Tab space # its file, Take it back
sleep 2
[ ! -e "$HOME/.flickcurl.conf" ] || fail "the file is still there"
press Escape
await '^Ada Practice · '

say "Unlinking leaves nothing behind"
press ctrl+u
await '^Unlink '
picture unlink
browser_does close
press shift+Tab space
await '^Unlinked'
[ ! -e "$room/browser-out" ] || fail "a page was opened that nobody asked for"
nothing_stored "unlinked"
press Tab Tab space # Undo, Open the page
browser_go
browser_result | grep -q flickr.com || fail "the page of Flickr was not opened: $(browser_result)"
press Tab Tab space # Done, Check that it is gone
sleep 2
picture unlinked
press Escape
await '^Photolink$'

say "The service is down"
kill "$PHOTOLINK_SANDBOX_SERVER"
link_flickr "$key" "$secret"
await '^Flickr cannot be reached'
picture service-down
nothing_stored "service down"

say "No keyring: refused first, then for this session only, or in an encrypted file, because the person says so"
photolink_stop
bus=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SESSION_BUS_ADDRESS=disabled:
photolink_start
browser_does approve
try_practice
press Return
await '^This computer has no keyring'
picture no-keyring
press shift+Tab shift+Tab space
await '^Approve in your browser'
browser_go
await '^Signed in as Ada Practice' 60
picture session-only
photolink_stop
nothing_stored "this session only, after its end"

browser_does approve
photolink_start
try_practice
press Return
await '^This computer has no keyring'
press shift+Tab shift+Tab shift+Tab space
await_dialog
enter_text "correct horse"
press Tab
enter_text "correct horse"
picture passphrase
press Return
await '^Approve in your browser' 60
browser_go
await '^Signed in as Ada Practice' 60
picture encrypted-file
head -c 21 "$XDG_CONFIG_HOME/photolink/secrets.age" | grep -q '^age-encryption.org/v1' || fail "no encrypted file"
photolink_stop
photolink_start
open_account 1
press ctrl+k
await_dialog
enter_text "correct horse"
press Return
await '^Ada Practice · ' 60
picture encrypted-file-checked
grep -q '"state": *"works"' "$accounts" || fail "the check did not succeed with the encrypted file"
photolink_stop
export DBUS_SESSION_BUS_ADDRESS=$bus

say "All as it should be. Pictures: build/flickr"
