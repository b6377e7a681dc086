#!/usr/bin/env bash
# Runs the parts of the tests one after the other, whatever becomes of those before, and sums up.
#
#   tools/test.sh PART...
#
# The parts are the functions below named test_PART; the Makefile says which of them belong to 'make test'. A part that
# ends with code 77 lacks something that this machine cannot give it: it is skipped, with the reasons that it wrote to the
# file that $PHOTOLINK_SKIPS names. If $PHOTOLINK_RESULTS names a file, each part adds a line with its result.

source "$(dirname "$0")/common.sh"

# Fyne complains about a locale that names no language, and the shell about one that is not installed.
{ unset LC_ALL LC_MESSAGES LANGUAGE && export LANG=en_US.UTF-8; } 2>/dev/null

test_lint() {
	local unformatted code=0
	go build -C tools -o ../build/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint mvdan.cc/gofumpt \
		github.com/rhysd/actionlint/cmd/actionlint
	unformatted=$(build/gofumpt -l .)
	[ -z "$unformatted" ] || { printf 'to be formatted with gofumpt:\n%s\n' "$unformatted" && code=1; }
	build/golangci-lint run ./... || code=1
	(cd tools && ../build/golangci-lint run --config ../.golangci.yml ./...) || code=1
	(cd tools/benchmark && ../../build/golangci-lint run --config ../../.golangci.yml ./...) || code=1
	if tools/install.sh lint; then
		# SC1111: the quotation marks in texts are meant.
		shellcheck --external-sources --source-path=tools --shell=bash --exclude=SC1111 \
			tools/*.sh tools/peers/*.sh packaging/*/*.sh .ci/run || code=1
	else
		echo "left out shellcheck, which cannot be installed" >>"$PHOTOLINK_SKIPS"
	fi
	build/actionlint || code=1 # the workflows; their scripts go through shellcheck, if it is there
	return "$code"
}

test_build() {
	make build
}

test_go() {
	tools/install.sh fonts || echo "go: the pictures of screens will differ, for want of a font"
	go vet ./...
	go test -race ./...
	go test -C tools ./release ./performance ./startup ./size
	go test -C tools/benchmark .
}

# test_systems builds the program without cgo and so without its window, for systems that are not this one.
test_systems() {
	local system
	for system in linux windows darwin; do
		echo "$system"
		CGO_ENABLED=0 GOOS=$system go build -tags nogui -o /dev/null .
	done
}

# test_keyring runs the tests that need a session bus and a real keyring, which skip themselves without. Each starts its
# own.
test_keyring() {
	tools/install.sh keyring || skip "gnome-keyring and dbus cannot be installed"
	local output
	output=$(mktemp)
	# shellcheck disable=SC2064 # the file of now
	trap "rm -f '$output'" EXIT
	go test -race -count=1 -timeout 120s -v -run 'Keyring|SecretService' ./app/account | tee "$output"
	if grep '^--- SKIP' "$output"; then
		return 1 # a test that skips itself has not passed
	fi
}

test_peers() {
	tools/peers.sh
}

test_flickr() {
	tools/install.sh display browser keyring || skip "Xvfb, Chromium or gnome-keyring cannot be installed"
	tools/flickr.sh
}

test_services() {
	tools/install.sh display browser keyring peers || skip "Xvfb, Chromium, gnome-keyring or python3-oauthlib cannot be installed"
	tools/services.sh
}

test_handover() {
	tools/handover.sh
}

# test_demo runs the demonstration as it is without a screen.
test_demo() {
	tools/install.sh display browser keyring || skip "Xvfb, Chromium or gnome-keyring cannot be installed"
	env --unset=DISPLAY --unset=WAYLAND_DISPLAY tools/demo.sh
}

# test_window goes on without the source of what is dropped, and says so.
test_window() {
	tools/install.sh display browser keyring || skip "Xvfb, openbox, Chromium or gnome-keyring cannot be installed"
	tools/install.sh drop || true
	tools/window.sh
}

test_wayland() {
	tools/install.sh display browser keyring wayland || skip "Xvfb, Weston, Chromium or gnome-keyring cannot be installed"
	tools/wayland.sh
}

# test_debian installs the package in a new Debian 12 and a new Debian 13.
test_debian() {
	local made
	made=$(mktemp -d)
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$made'" EXIT
	tools/dist-linux.sh "$made"
	tools/debian-check.sh bookworm "$made"/photolink_*.deb
	tools/debian-check.sh trixie "$made"/photolink_*.deb
}

# test_windows installs the setup in Wine.
test_windows() {
	tools/wine-check.sh
}

test_fuzz() {
	local file target
	while IFS=: read -r file target; do
		echo "$target"
		go test -run='^$' -fuzz="^$target\$" -fuzztime="${FUZZTIME:-60s}" -fuzzminimizetime=10x "./$(dirname "$file")"
	done < <(grep --recursive --only-matching --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/')
}

PHOTOLINK_SKIPS=$(mktemp)
export PHOTOLINK_SKIPS
trap 'rm -f "$PHOTOLINK_SKIPS"' EXIT

passed=0 failed=0 skipped=0 summary=
for part in "$@"; do
	say "$part"
	reasons=$(wc -l <"$PHOTOLINK_SKIPS")
	set +e # for the code of a part, inside which an error still ends it
	(set -e; "test_$part")
	code=$?
	set -e
	case $code in
	0) passed=$((passed + 1)) result=passed ;;
	77) skipped=$((skipped + 1)) result=skipped ;;
	*) failed=$((failed + 1)) result=failed ;;
	esac
	line=$part
	why=$(tail --lines="+$((reasons + 1))" "$PHOTOLINK_SKIPS" | paste --serial --delimiters=';')
	[ -z "$why" ] || line="$part: $why"
	summary+="$result $line"$'\n'
	printf '%s\n' "$result $line" >>"${PHOTOLINK_RESULTS:-/dev/null}"
done

say "results"
printf '%s%d passed, %d failed, %d skipped\n' "$summary" "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
