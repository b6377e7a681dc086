#!/usr/bin/env bash
# Tries what only a window manager shows, with openbox: a second start raises the window that is there, the window comes to
# the front when the browser has answered, size and place are remembered, a file can be dropped on it; and, because it is the
# same by keys, that unlinking can be undone. Pictures are left in build/window.

source "$(dirname "$0")/common.sh"

command -v openbox >/dev/null || skip "there is no openbox"
if [ "${1:-}" != --inside ]; then
	exec dbus-run-session -- tools/window.sh --inside
fi

source tools/desktop.sh
desktop_start "$PWD/build/window"

# until_true WORDS COMMAND... waits until the command succeeds.
until_true() {
	local words=$1 tries=0
	shift
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "$words"
		sleep 0.1
	done
}

is_active() { [ "$(xdotool getactivewindow 2>/dev/null)" = "$1" ]; }
is_minimised() { xprop -id "$1" WM_STATE | grep -q Iconic; }
is_minimised_no_more() { ! is_minimised "$1"; }
# is_on_top looks at the last of those that the window manager lists from the bottom to the top.
is_on_top() { [ "$(xprop -root _NET_CLIENT_LIST_STACKING | grep -o '0x[0-9a-f]*$')" = "$(printf '0x%x' "$1")" ]; }
windows() { xprop -root _NET_CLIENT_LIST | grep -o '0x' | wc -l; }

# cover puts another window above all, with the keyboard.
cover() {
	LC_ALL=C xmessage -geometry 900x600+20+20 'Another window' &
	other=$!
	local id
	id=$(timeout 30 xdotool search --sync --onlyvisible --name '^xmessage$' | head -n 1)
	xdotool windowactivate "$id"
	until_true "the other window does not come to the front" is_active "$id"
	if is_on_top "$window"; then fail "the other window covers nothing"; fi
}

uncover() {
	kill "$other"
	wait "$other" 2>/dev/null || true
}

# second_start starts Photolink while it is there.
second_start() {
	local code=0 before
	before=$(windows)
	timeout 20 ./photolink || code=$?
	[ "$code" = 0 ] || fail "the second start ended with code $code"
	until_true "the window was not raised" is_active "$window"
	until_true "the window is active, and covered" is_on_top "$window"
	[ "$(windows)" = "$before" ] || fail "there is a second window"
}

has_ended() { ! kill -0 "$photolink" 2>/dev/null; }

# came_to_its_end waits until Photolink has ended by itself.
came_to_its_end() {
	until_true "Photolink does not end" has_ended
	wait "$photolink" || fail "Photolink ended with code $?"
	photolink=
}

# place prints width, height, and where on the screen the content of the window is.
place() {
	LC_ALL=C xwininfo -id "$window" | awk '/Absolute upper-left X/{x=$NF} /Absolute upper-left Y/{y=$NF} /Width:/{w=$NF} /Height:/{h=$NF}
		END{print w, h, x, y}'
}

# change_place WIDTH HEIGHT X Y
change_place() {
	xdotool windowsize "$window" "$1" "$2"
	xdotool windowmove "$window" "$3" "$4"
	sleep 1
	case $(place) in "$1 $2 "*) ;; *) fail "the window was not resized: $(place)" ;; esac
}

# is_back starts Photolink again, and compares size and place with those before.
is_back() {
	photolink_start
	[ "$(place)" = "$1" ] || fail "the window was at $1 and is at $(place) now"
	echo "back at $1"
}

say "A second start raises the window that is there"
photolink_start
cover
second_start
echo "covered: raised"
uncover
xdotool windowminimize "$window"
until_true "the window was not minimised" is_minimised "$window"
second_start
until_true "the window is minimised still" is_minimised_no_more "$window"
echo "minimised: shown again"

say "Also while a link is under way, which goes on"
browser_does approve
await '^Photolink$'
try_practice
press Return
await '^Approve in your browser'
cover
second_start
uncover
await '^Approve in your browser'
xdotool windowminimize "$window"
until_true "the window was not minimised" is_minimised "$window"
second_start
await '^Approve in your browser'
picture approve

say "The window comes to the front when the browser has answered"
cover
browser_go
await_title '^Signed in as Ada Practice' 60
until_true "the window is not the active one" is_active "$window"
until_true "the window is active, and covered" is_on_top "$window"
case $(browser_result) in *"Linked as Ada Practice"*) ;; *) fail "the browser shows something else: $(browser_result)" ;; esac
picture identity
uncover
await '^Signed in as Ada Practice'
press Return
await '^Photolink$'

say "Unlinking is undone by keys, and the account is as it was"
accounts=$(./photolink accounts)
items=$(keyring_items)
open_account 1
press ctrl+u
await '^Unlink '
press shift+Tab space # Unlink is the last button
await '^Unlinked'
picture unlinked
[ -z "$(./photolink accounts)" ] || fail "the account is still listed"
[ "$(keyring_items)" = 0 ] || fail "something is in the keyring"
press Tab space # Undo is the first button
await '^Ada Practice · '
picture undone
[ "$(./photolink accounts)" = "$accounts" ] || fail "the account is another: $(./photolink accounts)"
[ "$(keyring_items)" = "$items" ] || fail "the keyring holds $(keyring_items) records, not $items"
echo "back: $accounts"
press ctrl+1
await '^Photolink$'

say "Size and place are remembered"
change_place 640 480 150 110
before=$(place)
press ctrl+q
came_to_its_end
is_back "$before"
picture smaller
change_place 810 560 60 70
before=$(place)
press alt+F4 # by the window manager, as the cross of the window does
came_to_its_end
is_back "$before"
press ctrl+q
came_to_its_end
is_back "$before"
press ctrl+q
came_to_its_end

say "A place that no screen has is not used"
settings=$XDG_CONFIG_HOME/photolink/settings.json
for off in 5000 -3000; do
	sed -i -E "s/\"x\": *-?[0-9]+/\"x\": $off/" "$settings"
	grep -q "\"x\": $off" "$settings" || fail "the place is not in $settings"
	photolink_start
	read -r width height x y < <(place)
	[ "$width $height" = "${before% * *}" ] || fail "the size is $width x $height"
	if [ "$x" -lt 0 ] || [ "$y" -lt 0 ] || [ "$x" -gt 900 ] || [ "$y" -gt 600 ]; then fail "the window is at $x, $y"; fi
	echo "not at $off: at $x, $y"
	press ctrl+q
	came_to_its_end
done

say "A file is dropped on the window"
if LC_ALL=C tools/drag-source.py --try; then
	photolink_start
	change_place 700 500 20 40
	printf '[flickr]\noauth_client_key=ffffffffffffffffffffffffffffffff\noauth_client_secret=ffffffffffffffff\n' >"$room/flickcurl.conf"
	LC_ALL=C NO_AT_BRIDGE=1 tools/drag-source.py "$room/flickcurl.conf" >"$room/drag-source.log" 2>&1 &
	drag_source=$!
	timeout 30 xdotool search --sync --onlyvisible --name '^Files$' >/dev/null || fail "no file manager: $(cat "$room/drag-source.log")"
	read -r x y < <(LC_ALL=C xwininfo -name Files | awk '/Absolute upper-left/{print $NF}' | paste --serial --delimiters=' ')
	sleep 1
	xdotool mousemove "$((x + 30))" "$((y + 20))" mousedown 1
	for x in 700 650 600 500 400 390 380; do
		xdotool mousemove "$x" 300
		sleep 0.2
	done
	xdotool mouseup 1
	await '^Take over'
	sleep 1
	picture dropped
	items=$(keyring_items)
	press Tab Tab Tab space # what was found, where, Keep the key
	sleep 2
	picture dropped-kept
	[ "$(keyring_items)" = "$((items + 1))" ] || fail "the key in the file that was dropped was not kept"
	kill "$drag_source"
	photolink_stop
else
	echo "left out: there is no GTK for Python, to drag a file from"
	echo "left out dropping a file, for want of GTK for Python" >>"${PHOTOLINK_SKIPS:-/dev/null}"
fi

say "All as it should be. Pictures: build/window"
