#!/usr/bin/env bash
# Links the practice account in a window that speaks Wayland, with Weston in a window of X11, where it can be seen and typed
# into. Nobody but the program knows the title of its window there, so that what it says to Weston is read along. Pictures
# are left in build/wayland.

source "$(dirname "$0")/common.sh"

command -v weston >/dev/null || skip "there is no weston"
if [ "${1:-}" != --inside ]; then
	exec dbus-run-session -- tools/wayland.sh --inside
fi

source tools/desktop.sh
desktop_start "$PWD/build/wayland"

# titled waits until the program has given its window this title.
titled() {
	local tries=0
	until grep 'set_title(' "$room/photolink.log" | tail -n 1 | grep --quiet "set_title(\"$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fail "the window never showed $1"
		sleep 0.1
	done
	sleep 0.6 # for the picture to be drawn
}

say "Weston"
printf '[core]\nidle-time=0\n[shell]\npanel-position=none\n' >"$room/weston.ini"
weston --backend=x11-backend.so --config="$room/weston.ini" --socket=photolink --width=960 --height=660 --use-pixman \
	>"$room/weston.log" 2>&1 &
weston=$!
trap 'kill "$weston" 2>/dev/null || true; desktop_stop' EXIT
window=
until [ -n "$window" ]; do # it has no title that could be looked for
	sleep 0.1
	kill -0 "$weston" || fail "Weston does not start: $(cat "$room/weston.log")"
	window=$(sed -n 's/.*x11 output .* window id //p' "$room/weston.log")
done
xdotool windowactivate --sync "$window"

say "Photolink starts"
browser_does approve
env --unset=DISPLAY WAYLAND_DISPLAY=photolink WAYLAND_DEBUG=1 ./photolink >"$room/photolink.log" 2>&1 &
photolink=$!
titled Photolink
picture home-empty

say "Try it with the practice account, read only"
press Tab Tab Tab space
titled Permission
press Return
titled 'Approve in your browser'
picture approve

say "The browser approves"
browser_go
titled 'Signed in as Ada Practice'
picture identity
press Return
titled Photolink
picture home
[ "$(keyring_items)" -ge 1 ] || fail "the keyring holds nothing"
press ctrl+q
wait "$photolink" || fail "Photolink ended with code $?"
photolink=
echo "The practice account was linked in a window that spoke nothing but Wayland. Pictures: build/wayland"
