#!/usr/bin/env bash
# Makes all that is published of a version, as far as this machine can:
#
#   tools/dist.sh [OUT]
#
# OUT is dist by default. The parts are made by tools/dist-SYSTEM.sh; then come a list of what the program is made of
# (CycloneDX) and SHA256SUMS. A part that this machine cannot make is named at the end. The same commit gives the same bytes:
# see tools/check-dist.sh.

source "$(dirname "$0")/common.sh"

mkdir -p "${1:-dist}"
out=$(cd "${1:-dist}" && pwd)
version=$(sed -n 's/^Version = "\(.*\)"$/\1/p' FyneApp.toml)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
PHOTOLINK_SKIPS=$(mktemp)
export SOURCE_DATE_EPOCH PHOTOLINK_SKIPS
trap 'rm -f "$PHOTOLINK_SKIPS"' EXIT
umask 022

changed=$(git status --porcelain | wc -l)
[ "$changed" = 0 ] || echo "dist: $changed files are not as in the last commit; what is made here is nothing to publish"
rm -f "$out"/photolink[-_]* "$out"/org.photolink.* "$out/SHA256SUMS"

failed=()
for system in linux windows macos; do
	say "for $system"
	code=0
	if [ -x "tools/dist-$system.sh" ]; then
		"tools/dist-$system.sh" "$out" || code=$?
	else
		echo "for $system: there is no tools/dist-$system.sh" >>"$PHOTOLINK_SKIPS"
	fi
	[ "$code" = 0 ] || [ "$code" = 77 ] || failed+=("$system")
done

say "what it is made of"
go run -C tools ./release sbom "$out/photolink-$version.cdx.json"
(
	export LC_ALL=C # for the order of the names
	cd "$out"
	sums=$(sha256sum -- *)
	printf '%s\n' "$sums" | tee SHA256SUMS
)

say "results"
sed 's/^/left out: /' "$PHOTOLINK_SKIPS"
[ "${#failed[@]}" = 0 ] || { echo "failed: ${failed[*]}" && exit 1; }
echo "all the rest is in $out"
