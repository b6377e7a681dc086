#!/usr/bin/env bash
# Makes what people download for Windows:
#
#   tools/dist-windows.sh OUT
#
#   OUT/photolink-VERSION-windows-amd64.zip   the program as it is, for who wants no installation
#   OUT/photolink-VERSION-windows-setup.exe   installs it by a double-click, for one person, without an administrator
#
# The same source, with the same tools, gives the same bytes wherever and whenever it is made: all dates in them are that of
# the last commit, or SOURCE_DATE_EPOCH. See packaging/windows/sign.sh for signatures, which name their own time. If
# PHOTOLINK_DIST_WORK names a folder, the program and what it was made from stay there.

source "$(dirname "$0")/common.sh"

[ $# = 1 ] || { sed -n 's/^#   tools/usage: tools/p' "$0" >&2 && exit 2; }
out=$(realpath --canonicalize-missing "$1")
tools/install.sh dist-windows || skip "the compiler for Windows or NSIS cannot be installed"

from_metadata() { sed -n "s/^$1 = \"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" FyneApp.toml; }
version=$(from_metadata Version)
numbers=$version.$(from_metadata Build)
if ! [[ $numbers =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
	echo "dist-windows: FyneApp.toml has no version that Windows can take: $numbers" >&2
	exit 1
fi

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 946684800)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
work=${PHOTOLINK_DIST_WORK:-}
if [ -z "$work" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi
folder=$work/photolink-$version
rm -rf "$folder"
mkdir -p "$folder" "$out"

# fill FILE copies a file of packaging/windows to $work with the version in it.
fill() {
	sed "s/@VERSION@/$version/g; s/@NUMBERS@/$numbers/g; s/@COMMAS@/${numbers//./,}/g" "packaging/windows/$1" >"$work/$1"
}

say "the icon, the version and the manifest"
fill photolink.rc
fill photolink.manifest
rsvg-convert --width=256 --height=256 resources/icons/photolink.svg --output="$work/photolink-256.png"
icotool --create --output="$work/photolink.ico" resources/icons/photolink-{16,24,32,48}.png --raw="$work/photolink-256.png"
(cd "$work" && x86_64-w64-mingw32-windres --codepage=65001 photolink.rc resources.o)

say "photolink.exe; the first time takes minutes"
# The resources go to the linker alone: a .syso file beside the source would end up in every other build.
CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc \
	go build -trimpath -buildvcs=false -tags accessibility -o "$folder/photolink.exe" \
	-ldflags "-s -w -H=windowsgui -buildid= -extldflags '-Wl,--no-insert-timestamp \"$work/resources.o\"'" .
packaging/windows/sign.sh "$folder/photolink.exe"

say "what goes with it"
{
	cat resources/licences/licences.txt
	printf '\n%s\nmingw-w64, the C library of photolink.exe; what it says of other parts does not concern that\n\n' \
		"$(printf '=%.0s' {1..80})"
	cat /usr/share/doc/mingw-w64-x86-64-dev/copyright
} | sed 's/$/\r/' >"$folder/LICENCES.txt"
fill README.txt
{ printf '\357\273\277' && sed 's/$/\r/' "$work/README.txt"; } >"$folder/README.txt"

say "the archive"
archive=$out/photolink-$version-windows-amd64.zip
rm -f "$archive"
chmod 644 "$folder"/*
touch --date="@$SOURCE_DATE_EPOCH" "$folder"/*
(cd "$work" && printf '%s\n' "photolink-$version"/* | sort | zip -q -X -9 "$archive" -@)

say "the setup"
rsvg-convert packaging/windows/side.svg --output="$work/side.png"
convert "$work/side.png" "BMP3:$work/side.bmp"
touch --date="@$SOURCE_DATE_EPOCH" "$work/side.bmp"
setup=$out/photolink-$version-windows-setup.exe
# An absolute path of this computer must not get into it.
(
	cd "$work"
	makensis -V2 -INPUTCHARSET UTF8 -NOCD -DVERSION="$version" -DNUMBERS="$numbers" -DFOLDER="photolink-$version" \
		-DICON=photolink.ico -DSIDE=side.bmp -DSIGN="\"$OLDPWD/packaging/windows/sign.sh\"" -DOUT="$setup" \
		"$OLDPWD/packaging/windows/setup.nsi"
)
ls -l "$archive" "$setup"
