#!/usr/bin/env bash
# Draws the icons of the services, and makes the pictures of the program's icon from its SVG. Both are kept with the
# source, so this runs only after a change of tools/icons or of resources/icons/*.svg. It needs rsvg-convert, which is in
# Debian's librsvg2-bin.
set -euo pipefail
cd "$(dirname "$0")/../resources/icons"

go run -C ../../tools ./icons "$PWD/services"
rsvg-convert -w 512 -h 512 photolink.svg -o photolink.png
rsvg-convert photolink-16.svg -o photolink-16.png # drawn for its pixels
for size in 24 32 48 128; do
	rsvg-convert -w $size -h $size photolink.svg -o photolink-$size.png
done
