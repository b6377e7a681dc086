#!/usr/bin/env bash
# Links the practice account through a real window and a real browser. With a screen it opens the window for you; without
# one it does the same by itself, in a screen and a Chromium that nobody sees, and leaves pictures in build/demo.
source "$(dirname "$0")/common.sh"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" != Linux ]; then
	echo "Opening Photolink. Choose: Try it with the practice account, Open the browser; then approve in your browser."
	exec ./photolink
fi
if [ -z "${PHOTOLINK_DEMO_BUS:-}" ]; then
	PHOTOLINK_DEMO_BUS=1 exec dbus-run-session -- tools/demo.sh
fi

source tools/desktop.sh
say "A screen, a keyring and a browser of their own"
desktop_start "$PWD/build/demo"
browser_does approve

say "Photolink starts"
photolink_start
picture home-empty

say "Try it with the practice account, read only"
try_practice
picture permission
press Return
await '^Approve in your browser'
picture approve

say "Chromium opens the page and presses “OK, I’ll authorize it”"
browser_go
await '^Signed in as Ada Practice' 60
picture identity
result=$(browser_result)
cp "$room/browser-out/authorize.png" "$pictures/browser-authorize.png"
cp "$room/browser-out/final.png" "$pictures/browser-linked.png"
case $result in *"Linked as Ada Practice"*) ;; *) fail "the browser shows something else: $result" ;; esac
case $result in *oauth_verifier*) fail "the address of the tab still holds the verifier" ;; esac

say "Done: the account is listed"
press Return
await '^Photolink$'
picture home
items=$(keyring_items)
[ "$items" -ge 1 ] || fail "the keyring holds nothing"
photolink_stop
./photolink accounts

say "The window says who is signed in, the browser says “Linked as Ada Practice”, the keyring holds $items secret(s)."
echo "Pictures: build/demo"
