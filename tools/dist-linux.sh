#!/usr/bin/env bash
# Makes what people download for Linux:
#
#   tools/dist-linux.sh [OUT]     OUT is dist unless it is named
#
#   OUT/photolink_VERSION_ARCH.deb                for Debian and Ubuntu; installed by a double-click
#   OUT/photolink-VERSION-linux-ARCH.tar.xz       for other systems, with a Makefile that installs and removes
#   OUT/photolink-cli-VERSION-linux-*.tar.xz      static programs without the window, for servers and NAS devices
#   OUT/org.photolink.Photolink.yaml              makes a Flatpak of the second
#
# ARCH is the one of this machine. The program needs the C library of the system that it is built on, or a newer one. The same
# source, with the same tools, gives the same bytes wherever and whenever it is made: all dates in them are that of the last
# commit, or SOURCE_DATE_EPOCH.
#
# $PHOTOLINK_ADDRESS, the address of the project's repository on the web, gives the package a home page and screenshots.
# $PHOTOLINK_MAINTAINER, a name with <an address>, is whom Debian's tools name for the package.

source "$(dirname "$0")/common.sh"

[ $# -le 1 ] || { sed -n 's/^#   tools/usage: tools/p' "$0" >&2 && exit 2; }
out=$(realpath --canonicalize-missing "${1:-dist}")
tools/install.sh build dist-linux || skip "the compiler or the tools for packages cannot be installed"

version=$(sed -n 's/^Version = "\(.*\)"$/\1/p' FyneApp.toml)
architecture=$(go env GOARCH)
debian_architecture=$(dpkg --print-architecture)
address=${PHOTOLINK_ADDRESS:-}
maintainer=${PHOTOLINK_MAINTAINER:-The Photolink authors <authors@photolink.invalid>}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
	echo "dist-linux: FyneApp.toml has no version: $version" >&2
	exit 1
fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 946684800)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
date=$(date --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
id=org.photolink.Photolink
from=packaging/linux

# pack FOLDER NAME makes OUT/NAME.tar.xz of the folder FOLDER/NAME.
pack() {
	tar --create --directory="$1" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
		--mtime="@$SOURCE_DATE_EPOCH" "$2" | xz -9 --threads=1 >"$out/$2.tar.xz"
}

# keep PROGRAM FOLDER writes the page for man and the completions into FOLDER, which is a usr.
keep() {
	install -d "$2/share/man/man1" "$2/share/bash-completion/completions" "$2/share/zsh/site-functions" \
		"$2/share/fish/vendor_completions.d"
	"$1" man | gzip --no-name -9 >"$2/share/man/man1/photolink.1.gz"
	"$1" completion bash >"$2/share/bash-completion/completions/photolink"
	"$1" completion zsh >"$2/share/zsh/site-functions/_photolink"
	"$1" completion fish >"$2/share/fish/vendor_completions.d/photolink.fish"
}

# releases prints CHANGELOG.md as AppStream wants it. What is not released yet has the date of the last commit.
releases() {
	# shellcheck disable=SC2016 # these are not the dollars and backquotes of the shell
	sed --regexp-extended 's/\[([^]]*)\]\([^)]*\)/\1/g; s/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/`([^`]*)`/<code>\1<\/code>/g' \
		CHANGELOG.md | awk -v date="$date" '
		function end_item() { if (item != "") print "          <li>" item "</li>"; item = "" }
		function end_list() { end_item(); if (list) print "        </ul>"; list = 0 }
		function end_release() { end_list(); if (release) print "      </description>\n    </release>"; release = 0 }
		/^## / {
			end_release()
			release = 1
			when = match($0, /[0-9]{4}-[0-9]{2}-[0-9]{2}/) ? substr($0, RSTART, RLENGTH) : date
			printf "    <release version=\"%s\" date=\"%s\">\n      <description>\n", $2, when
			next
		}
		release && /^- / { end_item(); if (!list) print "        <ul>"; list = 1; item = substr($0, 3); next }
		release && /^  / && item != "" { item = item " " substr($0, 3); next }
		release && /^### / { end_list(); print "        <p>" substr($0, 5) "</p>" }
		END { end_release() }'
}

# debian_changelog prints CHANGELOG.md as Debian wants it.
debian_changelog() {
	local line release='' when
	while IFS= read -r line; do
		case $line in
		'## '*)
			[ -z "$release" ] || printf '\n -- %s  %s\n\n' "$maintainer" "$when"
			read -r release _ <<<"${line#"## "}"
			when=$(date --date="@$SOURCE_DATE_EPOCH" --rfc-email)
			[[ $line =~ [0-9]{4}-[0-9]{2}-[0-9]{2} ]] && when=$(date --date="${BASH_REMATCH[0]}" --rfc-email)
			printf 'photolink (%s) stable; urgency=medium\n\n' "$release"
			;;
		'- '* | '  '*) [ -z "$release" ] || sed -e 's/^- /  * /' -e t -e 's/^/  /' <<<"$line" ;;
		esac
	done <CHANGELOG.md
	printf '\n -- %s  %s\n' "$maintainer" "$when"
}

# metainfo prints what software centres show, without what needs the address where there is none.
metainfo() {
	releases >"$work/releases"
	local addressed=(-e "s|@ADDRESS@|$address|")
	[ -n "$address" ] || addressed=(-e '/<screenshots>/,/<\/screenshots>/d' -e '/@ADDRESS@/d')
	sed "${addressed[@]}" -e "s|@VERSION@|$version|" -e "/^@RELEASES@\$/r $work/releases" -e '/^@RELEASES@$/d' \
		"$from/$id.metainfo.xml"
}

say "photolink; the first time takes minutes"
# These are the flags of 'make build', so that both share what is compiled; the linker leaves out what only a debugger reads.
CGO_ENABLED=1 go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$work/photolink" .
mapfile -t linked < <(objdump -p "$work/photolink" | sed -n 's/^  NEEDED  *//p')
echo "linked to: ${linked[*]}"

say "what goes with it"
usr=$work/usr
install -D -m 755 "$work/photolink" "$usr/bin/photolink"
install -D -m 644 "$from/$id.desktop" "$usr/share/applications/$id.desktop"
install -d "$usr/share/metainfo" "$usr/share/doc/photolink"
metainfo >"$usr/share/metainfo/$id.metainfo.xml"
install -m 644 CHANGELOG.md resources/licences/licences.txt "$usr/share/doc/photolink"
for size in 16 24 32 48 64 128 256 512; do
	picture=$usr/share/icons/hicolor/${size}x$size/apps/$id.png
	kept=resources/icons/photolink-$size.png
	[ "$size" != 512 ] || kept=resources/icons/photolink.png
	if [ -e "$kept" ]; then
		install -D -m 644 "$kept" "$picture"
	else
		install -d "$(dirname "$picture")"
		rsvg-convert --width=$size --height=$size resources/icons/photolink.svg --output="$picture"
	fi
done
install -D -m 644 resources/icons/photolink.svg "$usr/share/icons/hicolor/scalable/apps/$id.svg"
keep "$work/photolink" "$usr"
complaints=$(desktop-file-validate "$usr/share/applications/$id.desktop" 2>&1) || true
[ -z "$complaints" ] || { printf '%s\n' "$complaints" >&2 && exit 1; }
appstreamcli validate-tree --no-net "$work"

say "photolink-$version-linux-$architecture.tar.xz"
name=photolink-$version-linux-$architecture
install -d "$work/tar/$name/usr"
cp --recursive "$usr" "$work/tar/$name/usr/local"
install -m 644 "$from/Makefile" "$work/tar/$name/Makefile"
pack "$work/tar" "$name"
sum=$(sha256sum "$out/$name.tar.xz")
sed "s/@ARCHIVE@/$name.tar.xz/; s/@SUM@/${sum%% *}/" "$from/$id.yaml" >"$out/$id.yaml"
flatpak-builder --show-manifest "$out/$id.yaml" >"$work/manifest.json"

say "photolink_${version}_$debian_architecture.deb"
# What the program opens by itself once it runs (GLFW does), and which the linker therefore does not know. Their names are the
# same in all Debian and Ubuntu releases that have the C library.
opened=libegl1,libwayland-cursor0,libwayland-egl1,libx11-6,libxcursor1,libxext6,libxi6,libxinerama1,libxkbcommon0,libxrandr2
opened+=,libxrender1,libxxf86vm1
package=$work/deb
mkdir "$package" && mv "$usr" "$package/usr"
# Where Debian looks for these, and in the form that it wants.
mv "$package/usr/share/zsh/site-functions" "$package/usr/share/zsh/vendor-completions"
doc=$package/usr/share/doc/photolink
gzip --no-name -9 "$doc/licences.txt"
debian_changelog | gzip --no-name -9 >"$doc/changelog.gz"
rm "$doc/CHANGELOG.md"
{ cat "$from/copyright" && sed -e 's/^$/./' -e 's/^/ /' LICENSE; } >"$doc/copyright"
mkdir "$work/debian" "$package/DEBIAN"
printf 'Source: photolink\n\nPackage: photolink\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "deb/usr/bin/photolink" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "dist-linux: dpkg-shlibdeps found no packages" >&2 && exit 1; }
size=$(du --apparent-size --summarize --block-size=1024 "$package/usr" | cut -f1)
addressed=(-e "s|@ADDRESS@|$address|")
[ -n "$address" ] || addressed=(-e '/@ADDRESS@/d')
sed "${addressed[@]}" -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$debian_architecture/; s/@SIZE@/$size/" \
	-e "s/@LINKED@/$depends/; s/@OPENED@/${opened//,/, }/; s/@MAINTAINER@/$maintainer/" "$from/control" >"$package/DEBIAN/control"
(cd "$package" && find usr -type f -print0 | sort --zero-terminated | xargs --null md5sum) >"$package/DEBIAN/md5sums"
find "$package" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$package" "$out" >/dev/null

for target in amd64 arm64 armv7; do
	name=photolink-cli-$version-linux-$target
	say "$name.tar.xz"
	folder=$work/cli/$name
	install -d "$folder"
	CGO_ENABLED=0 GOOS=linux GOARCH=${target%v7} GOARM=7 \
		go build -tags nogui -trimpath -buildvcs=false -ldflags='-s -w' -o "$folder/photolink" .
	install -m 644 resources/licences/licences.txt "$folder/licences.txt"
	keep "$work/photolink" "$folder"
	pack "$work/cli" "$name"
done

say "made in $out"
(cd "$out" && sha256sum ./photolink*"$version"*linux*.tar.xz ./photolink_"$version"_*.deb "./$id.yaml")
