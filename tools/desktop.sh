# shellcheck shell=bash
# A desktop of one's own for one run: home folder, session bus, keyring, screen, window manager and browser, all in a
# temporary folder.
#
#   desktop_start PICTURES   makes it; needs common.sh, ./photolink and build/browser, and has to run inside
#                            dbus-run-session; without openbox it has no window manager
#   desktop_stop             takes it down; also done at the end of the script
#
# After desktop_start the other functions work the window of Photolink as a person would, with keys alone.

desktop_start() {
	pictures=$1
	mkdir -p "$pictures"
	room=$(mktemp -d)
	trap desktop_stop EXIT
	export HOME="$room/home" XDG_RUNTIME_DIR="$room/run" XDG_CONFIG_HOME="$room/home/.config"
	export XDG_DATA_HOME="$room/home/.local/share" XDG_CACHE_HOME="$room/home/.cache" TMPDIR="$room/tmp"
	# The shell complains about a locale that is not installed.
	{ unset LANGUAGE LC_ALL LC_MESSAGES && export LANG=en_US.UTF-8 FYNE_THEME=light; } 2>/dev/null
	unset XDG_CURRENT_DESKTOP DESKTOP_SESSION WAYLAND_DISPLAY BROWSER FYNE_SCALE FYNE_FONT
	unset PHOTOLINK_HOME PHOTOLINK_PASSPHRASE PHOTOLINK_PASSPHRASE_COMMAND PHOTOLINK_BUNDLE_PASSPHRASE
	unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
	mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME/applications" "$XDG_CACHE_HOME" "$TMPDIR" "$room/pictures"
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	# What the session bus starts lives here too, and does not ask the settings of the person who runs this.
	dbus-update-activation-environment HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME

	# The browser that the system finds when a program asks xdg-open for one. It waits for the file "go", so that there is
	# time for a picture of the window before the page is approved.
	cat >"$room/browser" <<-END
		#!/bin/sh
		while [ ! -e "$room/go" ]; do
			[ -d "$room" ] || exit
			sleep 0.1
		done
		. "$room/browser-does"
		export PHOTOLINK_BROWSER_OUT="$room/browser-out"
		exec "$PWD/build/browser" "\$@"
	END
	chmod +x "$room/browser"
	printf '[Desktop Entry]\nType=Application\nName=Browser\nExec=%s %%u\n' "$room/browser" \
		>"$XDG_DATA_HOME/applications/browser.desktop"
	printf '[Default Applications]\nx-scheme-handler/http=browser.desktop\nx-scheme-handler/https=browser.desktop\n' \
		>"$XDG_CONFIG_HOME/mimeapps.list"

	printf 'password' | timeout 30 gnome-keyring-daemon --unlock --components=secrets >"$room/keyring.log" 2>&1
	# A number of its own: of screens in other namespaces, which look free from here, the socket would be taken away.
	mkfifo "$room/display"
	Xvfb ":$((1000 + $$ % 50000))" -displayfd 3 -noreset -screen 0 1000x700x24 3<>"$room/display" >"$room/xvfb.log" 2>&1 &
	xvfb=$!
	read -r -t 30 number <>"$room/display" || fail "the screen does not start: $(cat "$room/xvfb.log")"
	export DISPLAY=":$number"
	xdotool mousemove 999 699 # out of the way
	window_manager_start
}

window_manager_start() {
	command -v openbox >/dev/null || return 0
	openbox --sm-disable >"$room/openbox.log" 2>&1 &
	window_manager=$!
	local tries=0
	until timeout 5 xprop -root _NET_SUPPORTING_WM_CHECK | grep -q '# 0x'; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$window_manager" 2>/dev/null; then
			fail "the window manager does not start: $(cat "$room/openbox.log")"
		fi
		sleep 0.1
	done
}

desktop_stop() {
	photolink_stop
	[ -z "${window_manager:-}" ] || kill "$window_manager" 2>/dev/null || true
	[ -z "${xvfb:-}" ] || kill "$xvfb" 2>/dev/null || true
	[ -z "${room:-}" ] || rm -rf "$room"
}

photolink_start() {
	./photolink >"$room/photolink.log" 2>&1 &
	photolink=$!
	await '^Photolink$' 30
}

photolink_stop() {
	[ -n "${photolink:-}" ] || return 0
	kill "$photolink" 2>/dev/null || true
	wait "$photolink" 2>/dev/null || true
	photolink=
}

# browser_does WHAT starts over: the next browser does WHAT as soon as browser_go is called.
browser_does() {
	rm -rf "$room/go" "$room/browser-out"
	printf 'export PHOTOLINK_BROWSER=%s\n' "$1" >"$room/browser-does"
}

browser_go() { touch "$room/go"; }

# browser_result waits for the browser to end, and prints the address and text of its last page.
browser_result() {
	local tries=0
	until [ -e "$room/browser-out/final.json" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 900 ] || fail "the browser did not end"
		sleep 0.1
	done
	cat "$room/browser-out/final.json"
}

# await PATTERN [SECONDS] waits until the title of the window matches, and gives the window the keyboard.
await() {
	await_title "$@"
	if [ -n "${window_manager:-}" ]; then
		xdotool windowactivate "$window"
	else
		xdotool windowfocus "$window"
	fi
	sleep 0.6 # for the picture to be drawn
}

# await_title PATTERN [SECONDS] does the same, and leaves the keyboard where it is.
await_title() {
	local found='' end=$((SECONDS + ${2:-30}))
	while [ -z "$found" ] && [ "$SECONDS" -lt "$end" ]; do # it fails if a window vanishes under its eyes
		found=$(timeout "$((end - SECONDS))" xdotool search --sync --onlyvisible --name "$1" 2>/dev/null | head -n 1) || true
	done
	[ -n "$found" ] || fail "the window never showed $1; it shows $(xdotool getwindowname "${window:-0}" 2>/dev/null)"
	window=$found
}

# await_dialog waits until a dialog darkens the window.
await_dialog() {
	local tries=0 light
	until
		light=$(import -window "$window" -crop 1x1+4+300 -format '%[fx:100*mean]' info:)
		[ "${light%.*}" -lt 90 ]
	do
		tries=$((tries + 1))
		[ "$tries" -lt 150 ] || fail "no dialog came"
		sleep 0.1
	done
	sleep 0.6 # for the keyboard to be on it
}

press() {
	local key
	for key in "$@"; do
		xdotool key "$key"
		sleep 0.25
	done
}

# times N KEY presses a key N times.
times() {
	local n
	for ((n = 0; n < $1; n++)); do press "$2"; done
}

# open_account N goes from the list of accounts to the page of the Nth, which comes after Settings and Link an account.
open_account() {
	times "$((2 + $1))" Tab
	press Return
	await ' · Photolink$'
}

# try_practice goes from the first screen, which has no account, to the permission of the practice account: its button
# comes after Settings and Link an account.
try_practice() {
	press Tab Tab Tab space
	await '^Permission'
}

enter_text() { xdotool type --delay 15 -- "$1"; }

picture() { import -window "$window" "$pictures/$1.png"; }

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	[ -z "${window:-}" ] || picture failed 2>/dev/null || true
	[ -z "${room:-}" ] || cat "$room/photolink.log" >&2 2>/dev/null || true
	exit 1
}

# keyring_items counts the secrets of Photolink in the keyring.
keyring_items() {
	local found
	found=$(secret-tool search --all service Photolink 2>/dev/null) || true
	printf '%s\n' "$found" | grep -c '^\[/' || true
}
