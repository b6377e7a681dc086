#!/usr/bin/env bash
# Makes all that is published twice, and names what is not the same both times.
#
#   tools/check-dist.sh
#
# The second time is as far from the first as one machine allows: a fresh clone of the last commit in a folder of another
# name, with an empty cache of the compiler, in another time zone, with another mask of rights. So it takes as long as a
# first build. PHOTOLINK_CACHE=shared keeps the cache, which is faster and does not compare what the compilers do.

source "$(dirname "$0")/common.sh"

folder=$(mktemp -d)
clone=$folder/the-same-source-elsewhere
say "here"
tools/dist.sh "$folder/first"

say "in a clone"
[ -z "$(git status --porcelain)" ] || echo "check-dist: the clone lacks what is not committed, and may differ by it"
(
	umask 027
	git clone --quiet --no-local . "$clone"
	export TZ=Pacific/Chatham
	[ "${PHOTOLINK_CACHE:-}" = shared ] || export GOCACHE=$folder/cache
	"$clone/tools/dist.sh" "$folder/second"
)

say "compared"
different=$(
	LC_ALL=C join -a 1 -a 2 -e nothing -o 0,1.1,2.1 -1 2 -2 2 \
		<(LC_ALL=C sort -k 2 "$folder/first/SHA256SUMS") <(LC_ALL=C sort -k 2 "$folder/second/SHA256SUMS") |
		awk '$2 == "nothing" { print $1 ": only in the clone" } $3 == "nothing" { print $1 ": not in the clone" }
			$2 != "nothing" && $3 != "nothing" && $2 != $3 { print $1 ": " $2 " here, " $3 " in the clone" }'
)
number=$(wc -l <"$folder/first/SHA256SUMS")
if [ -n "$different" ]; then
	printf 'not the same:\n%s\nboth are kept in %s\n' "$different" "$folder"
	exit 1
fi
echo "all $number files are the same, to the last byte"
chmod -R u+w "$folder"
rm -rf "$folder"
