#!/usr/bin/env bash
# Tests what can be tested on any system, and builds the program with its window, as it is published for macOS and Windows.
# On Linux, tools/test.sh does more. It keeps to what Bash 3.2 and the commands of these systems know.

source "$(dirname "$0")/common.sh"

say "go vet"
go vet -tags accessibility ./...
say "go test"
go test -tags accessibility ./...
say "the window"
program=photolink$(go env GOEXE)
go build -trimpath -buildvcs=false -tags accessibility -o "$program" .
version=$("./$program" version)
echo "Photolink $version"
[ "$version" = "$(sed -n 's/^Version = "\(.*\)"$/\1/p' FyneApp.toml)" ]
