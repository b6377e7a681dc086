#!/usr/bin/env bash
# Does with the Debian package what a person does with it: installs it on a new system, starts it from the menu, links the
# practice account, and removes it.
#
#   tools/debian-check.sh SUITE [PACKAGE]
#
# SUITE is the name of a Debian release, such as bookworm. PACKAGE is a .deb; without it, one is made. The system is a minimal
# one in memory, from where this machine has its own packages from. Screen and browser are outside of it. It needs
# root, for chroot. Pictures are left in build/debian-SUITE.

source "$(dirname "$0")/common.sh"
source tools/desktop.sh

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	sed -n 's/^#   tools/usage: tools/p' "$0" >&2
	exit 2
fi
suite=$1
if [ -z "${PHOTOLINK_CHECK_ROOM:-}" ]; then
	[ "$(id -u)" = 0 ] || skip "a system in a folder needs root"
	tools/install.sh debian display browser || skip "debootstrap, Xvfb or Chromium cannot be installed"
	[ -e build/browser ] || go build -C tools -trimpath -buildvcs=false -o ../build/browser ./browser
	PHOTOLINK_CHECK_ROOM=$(mktemp -d)
	export PHOTOLINK_CHECK_ROOM
	trap 'rm -rf --one-file-system "$PHOTOLINK_CHECK_ROOM"' EXIT
	mkdir "$PHOTOLINK_CHECK_ROOM/package"
	if [ $# = 2 ]; then
		cp "$2" "$PHOTOLINK_CHECK_ROOM/package"
	else
		tools/dist-linux.sh "$PHOTOLINK_CHECK_ROOM/package"
	fi
	# What is mounted from here on is mounted for this script alone, and gone when it ends.
	unshare --mount --kill-child --fork "$0" "$suite" && code=0 || code=$?
	exit "$code"
fi

room=$PHOTOLINK_CHECK_ROOM
root=$room/root
pictures=$PWD/build/debian-$suite
package=$(basename "$room"/package/*.deb)
home=$root/home/ada
rm -rf "$pictures"
mkdir -p "$pictures"

# inside runs a command in the new system, as root. All that it starts ends with it.
inside() {
	timeout 900 unshare --pid --fork --kill-child --mount-proc="$root/proc" \
		chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

apt() { inside apt-get --quiet --quiet --yes --option Dpkg::Use-Pty=0 "$@" >>"$room/apt.log" 2>&1 || fail_apt "$*"; }

fail_apt() {
	tail -n 30 "$room/apt.log" >&2
	fail "apt-get $1"
}

# as_person runs a command in the new system, as the person, on the screen.
as_person() {
	inside runuser --user ada -- env HOME=/home/ada USER=ada LANG=en_US.UTF-8 FYNE_THEME=light DISPLAY="$DISPLAY" \
		XDG_RUNTIME_DIR=/home/ada/run "$@"
}

# with_keyring runs a command line as as_person does, inside a session with a keyring that is open.
with_keyring() {
	as_person dbus-run-session -- sh -c \
		"printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && $1"
}

# from_menu prints what a desktop runs for the entry of Photolink in its menu.
entry=/usr/share/applications/org.photolink.Photolink.desktop
from_menu() { sed -n 's/^Exec=//p' "$root$entry"; }

# close closes the window, and waits for what was started with it to end. A key can be lost while the machine is busy.
close() {
	local tries=0
	while kill -0 "$photolink" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 30 ] || fail "the window does not close"
		timeout 5 xdotool windowactivate "$window" key alt+F4 2>/dev/null || true
		sleep 1
	done
	wait "$photolink" || fail "Photolink ended with code $?"
	photolink='' window=''
}

stop() {
	[ -z "${photolink:-}" ] || pkill --parent "$photolink" || true # the shell that waits for it is not it
	for process in ${window_manager:-} ${xvfb:-}; do kill "$process" 2>/dev/null || true; done
}
trap stop EXIT

say "a new system: $suite"
# shellcheck disable=SC2016 # the dollars are those of apt-get
mirror=$(
	apt-get indextargets --format='$(REPO_URI) $(ORIGIN) $(LABEL) $(SUITE)' 'Created-By: Packages' |
		awk '$2 == "Debian" && $3 == "Debian" && $4 !~ /-/ { print $1; exit }'
)
[ -n "$mirror" ] || skip "this machine has no packages of Debian"
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
export http_proxy https_proxy
mkdir "$root"
mount -t tmpfs -o mode=755,size=3G tmpfs "$root" # in memory, for dpkg waits for the disk after each file
timeout 900 debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$room/debootstrap.log" 2>&1 ||
	{ tail -n 5 "$room/debootstrap.log" >&2 && fail "debootstrap $suite"; }
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # nothing is started by being installed
chmod +x "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/dev/shm" "$root/tmp/.X11-unix" /tmp/.X11-unix
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
[ -z "${http_proxy:-}" ] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy" >"$root/etc/apt/apt.conf.d/proxy"
inside useradd --create-home --shell /bin/sh ada
inside install -d -o ada -g ada -m 700 /home/ada/run

say "$package, and nothing but what it depends on"
cp "$room/package/$package" "$root/tmp/it.deb" # a name by which nobody takes it for something that is left
apt update
apt install --no-install-recommends /tmp/it.deb
files=$(inside dpkg -L photolink)
echo "version $(inside photolink version), $(wc -l <<<"$files") files and folders"
inside sh -c 'zcat /usr/share/man/man1/photolink.1.gz | grep -q "^\.TH"' || fail "there is no page for man"
inside bash -n /usr/share/bash-completion/completions/photolink || fail "there are no completions for bash"
inside sh -c '! ldd /usr/bin/photolink | grep "not found"' || fail "a library is missing"

mkfifo "$room/display"
Xvfb ":$((1000 + $$ % 50000))" -ac -displayfd 3 -noreset -screen 0 1000x700x24 3<>"$room/display" >"$room/xvfb.log" 2>&1 &
xvfb=$!
read -r number <"$room/display"
export DISPLAY=":$number"
window_manager_start

say "it starts: $(from_menu)"
as_person sh -c "$(from_menu)" >"$room/photolink.log" 2>&1 &
photolink=$!
await '^Photolink$' 60
picture started
class=$(timeout 5 xprop -id "$window" WM_CLASS)
wanted=$(sed -n 's/^StartupWMClass=//p' "$root$entry")
case $class in *"\"$wanted\""*) ;; *) fail "the entry says StartupWMClass=$wanted, the window $class" ;; esac
close

say "what it recommends, and a browser"
# shellcheck disable=SC2016 # the dollar is that of dpkg-query
recommends=$(inside dpkg-query --show --showformat='${Recommends}' photolink)
mapfile -t recommended < <(tr ',' '\n' <<<"$recommends" | sed 's/ *|.*//; s/ //g')
apt install --no-install-recommends "${recommended[@]}" dbus
# The browser of the new system hands the address to the one outside.
cat >"$root/usr/local/bin/outside" <<-'END'
	#!/bin/sh
	printf '%s\n' "$1" >/home/ada/address.new
	mv /home/ada/address.new /home/ada/address
END
chmod 755 "$root/usr/local/bin/outside"
printf '[Desktop Entry]\nType=Application\nName=Browser\nExec=/usr/local/bin/outside %%u\n' \
	>"$root/usr/share/applications/outside.desktop"
inside install -d -o ada -g ada /home/ada/.config
printf '[Default Applications]\nx-scheme-handler/http=outside.desktop\nx-scheme-handler/https=outside.desktop\n' \
	>"$home/.config/mimeapps.list"

say "the practice account"
with_keyring "$(from_menu)" >"$room/photolink.log" 2>&1 &
photolink=$!
await '^Photolink$' 60
try_practice
press Return
await '^Approve in your browser'
tries=0
until [ -e "$home/address" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "no browser was opened"
	sleep 0.1
done
PHOTOLINK_BROWSER=approve PHOTOLINK_BROWSER_OUT=$room/browser-out timeout 120 build/browser -wait "$(<"$home/address")"
await '^Signed in as Ada Practice' 60
picture linked
cp "$room/browser-out/final.png" "$pictures/browser.png"
echo "the window says: $(xdotool getwindowname "$window")"
case $(<"$room/browser-out/final.json") in *"Linked as Ada Practice"*) ;; *) fail "the browser shows something else" ;; esac
press Return
await '^Photolink$'
close
as_person photolink accounts
say "the keyring still has its secret in the next session"
with_keyring "photolink check --all"

# nothing_left ACTION fails if there is a file of the package, or one that is named for it, outside of the person's folder.
nothing_left() {
	local left
	left=$(
		while IFS= read -r file; do
			[ -d "$root$file" ] || [ ! -e "$root$file" ] || echo "$file"
		done <<<"$files"
		inside find / -xdev -path /home -prune -o -iname '*photolink*' -print
	)
	[ -z "$left" ] || fail "apt $1 leaves $left"
}

say "apt remove, and another time apt purge"
apt remove photolink
nothing_left remove
apt install --no-install-recommends /tmp/it.deb
apt purge photolink
nothing_left purge
[ -s "$home/.config/photolink/accounts.json" ] || fail "the person's accounts are gone"
say "$suite: installed, started, linked and removed; the accounts stay with the person. Pictures: ${pictures#"$PWD/"}"
