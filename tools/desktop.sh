# shellcheck shell=bash
# A desktop of one's own for one run: home folder, session bus, keyring, screen and browser, all in a temporary folder.
#
#   desktop_start PICTURES   makes it; needs common.sh, ./photolink and build/browser, and has to run inside
#                            dbus-run-session
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
	export LANG=en_US.UTF-8
	unset XDG_CURRENT_DESKTOP DESKTOP_SESSION WAYLAND_DISPLAY BROWSER
	mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME/applications" "$XDG_CACHE_HOME" "$TMPDIR" "$room/pictures"
	mkdir -m 700 "$XDG_RUNTIME_DIR"

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

	printf 'password' | gnome-keyring-daemon --unlock --components=secrets >"$room/keyring.log" 2>&1
	mkfifo "$room/display"
	Xvfb -displayfd 3 -screen 0 1000x700x24 3>"$room/display" >"$room/xvfb.log" 2>&1 &
	xvfb=$!
	read -r number <"$room/display"
	export DISPLAY=":$number"
}

desktop_stop() {
	photolink_stop
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

# await PATTERN SECONDS waits until the title of the window matches.
await() {
	window=$(timeout "${2:-30}" xdotool search --sync --onlyvisible --name "$1" | head -n 1) ||
		fail "the window never showed $1; it shows $(xdotool getwindowname "${window:-0}" 2>/dev/null)"
	[ -n "$window" ] || fail "the window never showed $1"
	xdotool windowfocus "$window"
	sleep 0.6 # for the picture to be drawn
}

press() {
	local key
	for key in "$@"; do
		xdotool key "$key"
		sleep 0.25
	done
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
