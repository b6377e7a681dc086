#!/usr/bin/env bash
# Installs the Debian packages that a part of the project needs, unless they are there.
#
#   tools/install.sh GROUP...
#
# The groups are build, fonts, display, drop, wayland, browser, keyring, namespace, peers, lint, debian, dist-linux, dist-macos,
# dist-windows and wine. The exit code is 77 where they cannot be installed.

source "$(dirname "$0")/common.sh"

packages_of() {
	case $1 in
	build) echo gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev libxkbcommon-dev libwayland-dev ;;
	fonts) echo fonts-dejavu-core ;; # the marks of the screens, which their pictures show in this font
	display) echo xvfb xdotool imagemagick libgl1-mesa-dri openbox x11-utils xdg-utils fonts-dejavu-core ;;
	drop) echo python3-gi gir1.2-gtk-3.0 ;;
	wayland) echo weston ;;
	browser) echo chromium fonts-dejavu-core ;;
	keyring) echo gnome-keyring dbus libsecret-tools ;;
	namespace) echo ca-certificates curl iproute2 util-linux ;;
	peers)
		echo gallery-dl python3-flickrapi flickcurl-utils libflickr-api-perl libflickr-upload-perl
		echo python3-mwoauth python3-requests-oauthlib python3-oauthlib
		;;
	bench) echo xvfb libgl1-mesa-dri fonts-dejavu-core strace dbus ;;
	beside) echo gallery-dl gh ;;
	lint) echo shellcheck ;;
	dist-macos) echo libplist-utils ;;
	debian) echo debootstrap util-linux ;;
	dist-linux) echo appstream desktop-file-utils dpkg-dev flatpak-builder librsvg2-bin xz-utils ;;
	dist-windows) echo gcc-mingw-w64-x86-64-posix nsis icoutils imagemagick librsvg2-bin osslsigncode zip ;;
	wine) echo wine wine64 unzip osslsigncode openssl ;;
	*)
		echo "install: no group is named $1" >&2
		return 1
		;;
	esac
}

wanted=()
for group in "$@"; do
	names=$(packages_of "$group")
	mapfile -t -O "${#wanted[@]}" wanted < <(tr ' ' '\n' <<<"$names")
done

if ! command -v apt-get >/dev/null; then
	echo "install: $*: there is no apt-get here; please install what Debian calls ${wanted[*]}" >&2
	exit 77
fi

missing=()
for package in "${wanted[@]}"; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
	[ "$status" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

say "installing for $*: ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "install: neither root nor sudo: please install ${missing[*]}" >&2
		exit 77
	fi
	as_root=(sudo)
fi
quietly=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
apt=("${as_root[@]}" "${quietly[@]}" apt-get --quiet --quiet --option Dpkg::Use-Pty=0)
if ! "${apt[@]}" update || ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null; then
	echo "install: these could not be installed: ${missing[*]}" >&2
	exit 77
fi
