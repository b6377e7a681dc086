# shellcheck shell=bash
# Sourced by the scripts of this folder. It goes to the root of the project and brings the words that they share.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }

# skip REASON ends a script with code 77, which says that this machine lacks something that it needs, and adds the reason
# to the file that $PHOTOLINK_SKIPS names.
skip() {
	printf 'skipped: %s\n' "$1"
	printf '%s\n' "$1" >>"${PHOTOLINK_SKIPS:-/dev/null}"
	exit 77
}
