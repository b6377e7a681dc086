#!/usr/bin/env bash
# Brings the pictures of docs/images up to date: those of screens that README.md and docs/*.md show are copies of what
# TestScreensAsPictures holds, and icons.png is drawn from resources/icons. Their bytes are the same on each run.

source "$(dirname "$0")/common.sh"

tools/install.sh build || true # the compiler tells what is missing
for command in convert rsvg-convert; do
	command -v "$command" >/dev/null || skip "$command is missing; Debian has it in imagemagick and librsvg2-bin"
done

say "The screens are what the test holds"
go test ./app/gui -run 'TestScreensAsPictures'

say "Those that the pages show"
mkdir -p docs/images
plain=(-define png:compression-level=9 -define png:compression-filter=5 -define 'png:exclude-chunks=date,time')
grep --only-matching --no-filename 'images/[a-z-]*\.png' README.md docs/*.md | sort --unique | while IFS= read -r picture; do
	name=${picture#images/}
	[ "$name" != icons.png ] || continue
	convert "app/gui/testdata/$name" -strip "${plain[@]}" "docs/images/$name"
	echo "docs/images/$name"
done

say "The icons"
export LC_ALL=C # for the order of the drawings
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tiles=()
for size in 128 48 32 24; do
	rsvg-convert --width "$size" resources/icons/photolink.svg --output "$folder/app-$size.png"
	tiles+=("$folder/app-$size.png")
done
rsvg-convert --width 16 resources/icons/photolink-16.svg --output "$folder/app-16.png"
tiles+=("$folder/app-16.png")
for drawing in resources/icons/services/*.svg; do # as serviceIcon of app/gui draws them
	name=$(basename "$drawing" .svg)
	sed 's/#000000/#0b6b62/g' "$drawing" | rsvg-convert --width 58 --output "$folder/$name.png"
	convert -size 96x96 xc:none -fill '#e3f0ee' -draw 'circle 48,48 48,0' "$folder/$name.png" -gravity center -composite \
		"$folder/service-$name.png"
	tiles+=("$folder/service-$name.png")
done
# The file says which drawings it was made from, so that a test can tell whether it is theirs.
sources=$(cat resources/icons/*.svg resources/icons/services/*.svg | sha256sum | cut -d ' ' -f 1)
montage "${tiles[@]}" -background '#faf9f7' -gravity center -tile 5x -geometry '128x128>+12+12' "$folder/icons.png"
convert "$folder/icons.png" -strip "$folder/plain.png" # which would also leave out what is set here
convert "$folder/plain.png" "${plain[@]}" -set Sources "$sources" docs/images/icons.png
echo docs/images/icons.png
