#!/usr/bin/env bash
# Makes what people download for macOS:
#
#   tools/dist-macos.sh OUT
#
#   OUT/photolink-cli-VERSION-darwin-ARCHITECTURE.tar.gz   the program without its window; not made on macOS
#   OUT/photolink-VERSION-macos.dmg                        Photolink.app; made on macOS alone
#
# The archives are the same bytes wherever and whenever they are made: all dates in them are that of the last commit, or
# SOURCE_DATE_EPOCH. The app needs macOS: the window is built with the compiler and the libraries of Apple. Everywhere else
# all of Photolink.app but the program is put together and checked.
#
# On macOS these sign, as docs/releasing.md describes; without them the app is signed for nobody, and macOS warns of it:
#
#   PHOTOLINK_APPLE_IDENTITY        the name of a certificate in the keychain, such as "Developer ID Application: …"
#   PHOTOLINK_APPLE_NOTARY_KEY      the file of a key of App Store Connect, for Apple to check the disk image
#   PHOTOLINK_APPLE_NOTARY_KEY_ID   its name
#   PHOTOLINK_APPLE_NOTARY_ISSUER   whose it is
#
# It keeps to what Bash 3.2 and the commands of macOS know.

source "$(dirname "$0")/common.sh"

[ $# = 1 ] || { sed -n 's/^#   tools/usage: tools/p' "$0" >&2 && exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=$(sed -n 's/^Version = "\(.*\)"$/\1/p' FyneApp.toml)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 946684800)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bundle FOLDER makes all of Photolink.app but the program, and checks it.
bundle() {
	local contents=$1/Contents
	mkdir -p "$contents/MacOS" "$contents/Resources"
	sed "s/@VERSION@/$version/g" packaging/macos/Info.plist >"$contents/Info.plist"
	printf 'APPL????' >"$contents/PkgInfo"
	cp -R packaging/macos/*.lproj resources/licences/licences.txt "$contents/Resources/"
	go run -C tools ./release icns "$contents/Resources/Photolink.icns"
	if [ "$(uname)" = Darwin ]; then
		plutil -lint "$contents/Info.plist" "$contents"/Resources/*.lproj/InfoPlist.strings packaging/macos/entitlements.plist
	elif tools/install.sh dist-macos; then
		plistutil --infile "$contents/Info.plist" --outfile /dev/null
		plistutil --infile packaging/macos/entitlements.plist --outfile /dev/null
	else
		echo "dist-macos: Info.plist is not checked, for want of plistutil"
	fi
}

# command_lines makes the archives of the program without its window.
command_lines() {
	local architecture name folder
	# It writes its own page for man and the completions, and only that of this machine can be run.
	CGO_ENABLED=0 go build -tags nogui -trimpath -buildvcs=false -ldflags='-s -w' -o "$work/here" .
	for architecture in arm64 amd64; do
		name=photolink-cli-$version-darwin-$architecture
		say "$name.tar.gz"
		folder=$work/$name
		mkdir -p "$folder/share/man/man1" "$folder/share/bash-completion/completions" "$folder/share/zsh/site-functions" \
			"$folder/share/fish/vendor_completions.d"
		"$work/here" man | gzip --no-name --best >"$folder/share/man/man1/photolink.1.gz"
		"$work/here" completion bash >"$folder/share/bash-completion/completions/photolink"
		"$work/here" completion zsh >"$folder/share/zsh/site-functions/_photolink"
		"$work/here" completion fish >"$folder/share/fish/vendor_completions.d/photolink.fish"
		install -m 644 resources/licences/licences.txt "$folder/LICENCES.txt"
		CGO_ENABLED=0 GOOS=darwin GOARCH=$architecture \
			go build -tags nogui -trimpath -buildvcs=false -ldflags='-s -w' -o "$folder/photolink" .
		tar --create --directory="$work" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
			--mtime="@$SOURCE_DATE_EPOCH" "$name" | gzip --no-name --best >"$out/$name.tar.gz"
	done
}

# window builds the program with its window for both processors, as one file.
window() {
	local architecture
	MACOSX_DEPLOYMENT_TARGET=$(plutil -extract LSMinimumSystemVersion raw -o - "$1/Contents/Info.plist")
	export MACOSX_DEPLOYMENT_TARGET
	for architecture in arm64 amd64; do
		say "the program for $architecture"
		CGO_ENABLED=1 GOARCH=$architecture \
			go build -trimpath -buildvcs=false -tags accessibility -ldflags '-s -w' -o "$work/photolink-$architecture" .
	done
	lipo -create -output "$1/Contents/MacOS/photolink" "$work/photolink-arm64" "$work/photolink-amd64"
	if [ "$("$1/Contents/MacOS/photolink" version)" != "$version" ]; then
		echo "dist-macos: the program that was built does not say that it is $version" >&2
		exit 1
	fi
}

# sign THING ARGUMENT... signs for the identity. Without one it signs for nobody, without which no program of a Mac with
# Apple's processor starts, and without a time, which only Apple's server gives.
sign() {
	local thing=$1
	shift
	if [ -n "${PHOTOLINK_APPLE_IDENTITY:-}" ]; then
		codesign --force --timestamp --sign "$PHOTOLINK_APPLE_IDENTITY" "$@" "$thing"
	else
		echo "dist-macos: $(basename "$thing") is signed for nobody, because PHOTOLINK_APPLE_IDENTITY is not set"
		codesign --force --timestamp=none --sign - "$@" "$thing"
	fi
	codesign --verify --strict --verbose=2 "$thing"
}

# disk_image APP FILE makes what is opened with a double-click, to drag the app into the folder beside it.
disk_image() {
	mkdir "$work/image"
	cp -R "$1" "$work/image/"
	ln -s /Applications "$work/image/Applications"
	hdiutil create -volname Photolink -srcfolder "$work/image" -fs HFS+ -format UDZO -ov -quiet "$2"
}

# notarize FILE has Apple check the disk image and fastens the answer to it, so that no connection is needed to open it.
notarize() {
	if [ -z "${PHOTOLINK_APPLE_IDENTITY:-}" ] || [ -z "${PHOTOLINK_APPLE_NOTARY_KEY:-}" ]; then
		echo "dist-macos: $(basename "$1") is not notarized, because PHOTOLINK_APPLE_IDENTITY or _NOTARY_KEY is not set"
		return
	fi
	xcrun notarytool submit "$1" --wait --timeout 30m --key "$PHOTOLINK_APPLE_NOTARY_KEY" \
		--key-id "$PHOTOLINK_APPLE_NOTARY_KEY_ID" --issuer "$PHOTOLINK_APPLE_NOTARY_ISSUER"
	xcrun stapler staple "$1"
	spctl --assess --type open --context context:primary-signature --verbose "$1"
}

say "Photolink.app"
bundle "$work/Photolink.app"
if [ "$(uname)" = Darwin ]; then
	image=$out/photolink-$version-macos.dmg
	window "$work/Photolink.app"
	sign "$work/Photolink.app" --options runtime --entitlements packaging/macos/entitlements.plist
	disk_image "$work/Photolink.app" "$image"
	sign "$image"
	notarize "$image"
	ls -l "$image"
else
	command_lines
	ls -l "$out/photolink-cli-$version"-darwin-*
	skip "photolink-$version-macos.dmg can only be made on macOS"
fi
