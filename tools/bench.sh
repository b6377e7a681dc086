#!/usr/bin/env bash
# Measures how fast and how light Photolink is, beside the least that does the same, and writes docs/performance.md:
#
#   [COUNT=5] [BENCHTIME=1s] tools/bench.sh [GO-PACKAGE...]
#
# Each benchmark runs COUNT times for BENCHTIME. COUNT=1 BENCHTIME=10ms is a quick look; for figures that are worth keeping,
# the computer should have nothing else to do. With packages, only their benchmarks run, and the page is not written. The
# figures themselves lie in build/bench.txt, in the format of Go benchmarks.

source "$(dirname "$0")/common.sh"

{ unset LC_ALL LC_MESSAGES LANGUAGE && export LANG=en_US.UTF-8; } 2>/dev/null
count=${COUNT:-5} time=${BENCHTIME:-1s}
load=$(cut --delimiter=' ' --fields=1-3 /proc/loadavg 2>/dev/null || echo unknown)
build=build/bench
mkdir -p "$build"
: >"$build/figures"
left_out=()

# measure COMMAND... keeps what the command prints. One that fails leaves a gap, and the page says so.
measure() {
	echo "$*"
	"$@" | tee --append "$build/figures" || left_out+=("$* failed")
}

# benchmarks FOLDER MODULE... runs the benchmarks of packages.
benchmarks() {
	local folder=$1
	shift
	measure go test -C "$folder" -run='^$' -bench=. -benchmem -benchtime="$time" -count="$count" -timeout=2h "$@"
}

if [ $# -gt 0 ]; then
	benchmarks . "$@"
	exit
fi

say "programs; the first time takes minutes"
tools/install.sh build || true # the compiler tells what is missing
# As tools/dist-linux.sh makes them.
release=(-trimpath -buildvcs=false '-ldflags=-s -w')
go build "${release[@]}" -o "$build/photolink" .
go build "${release[@]}" -o "$build/hello" ./app/gui/testdata/hello
CGO_ENABLED=0 go build -tags nogui "${release[@]}" -o "$build/photolink-cli" .
go build -C tools -o "../$build/startup" ./startup

say "start"
if tools/install.sh bench; then
	measure dbus-run-session -- "$build/startup" window -runs "$((4 * count))" -accounts 10000 \
		floor="$build/hello" photolink="$build/photolink"
else
	left_out+=("start: Xvfb, strace or dbus cannot be installed")
fi

say "command line"
commands=(photolink="$build/photolink-cli accounts")
tools/install.sh beside || true
for other in 'gallery-dl --version' 'gh auth status'; do
	name=${other%% *}
	if command -v "$name" >/dev/null; then commands+=("$name=$other"); else left_out+=("$name, which cannot be installed"); fi
done
measure "$build/startup" command -runs "$((4 * count))" "${commands[@]}"

say "Go benchmarks"
mapfile -t packages < <(grep --recursive --files-with-matches --include='*_test.go' '^func Benchmark' app callback oauth |
	xargs dirname | sort --unique | sed 's|^|./|')
for package in "${packages[@]}"; do
	benchmarks . "$package"
done
benchmarks tools/benchmark .

{
	echo "load: $load"
	[ "${#left_out[@]}" = 0 ] || (IFS=';' && echo "left-out: ${left_out[*]}")
	cat "$build/figures"
} >build/bench.txt
go run -C tools ./performance ../build/bench.txt >"$build/performance.md"
mv "$build/performance.md" docs/performance.md
say "docs/performance.md"
grep --fixed-strings '**missed**' docs/performance.md || echo "no goal is missed"
