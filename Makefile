# Everything is installed and built as needed; see tools/install.sh for the Debian packages.

SHELL := /bin/bash
FUZZTIME ?= 60s
export FUZZTIME

.PHONY: help
help:
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand --tabs=16

.PHONY: build
build: ## build ./photolink, and the browser of the tests
	@tools/install.sh build || echo "build: going on without; the compiler tells what is missing"
	go build -trimpath -buildvcs=false -o photolink .
	go build -C tools -trimpath -buildvcs=false -o ../build/browser ./browser

.PHONY: demo
demo: build ## link the practice account, through a real window and a real browser
	@[ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" != Linux ] || tools/install.sh display browser keyring
	tools/demo.sh

.PHONY: test
test: ## run all that proves the program, and name what had to be skipped
	tools/test.sh build go systems keyring peers flickr services handover demo window wayland debian windows

.PHONY: test-go
test-go: ## the Go tests, the keyring, and the builds for other systems
	@tools/install.sh build || true
	tools/test.sh go systems keyring

.PHONY: test-peers
test-peers: build ## other people’s programs against the sandbox
	tools/test.sh peers

.PHONY: test-flickr
test-flickr: build ## link Flickr, played by the sandbox, through window and browser
	tools/test.sh flickr

.PHONY: test-services
test-services: build ## link every other service, played by the sandbox, through window and browser
	tools/test.sh services

.PHONY: test-handover
test-handover: ## link on the command line, hand over, and run the real backup tools
	tools/test.sh handover

.PHONY: test-demo
test-demo: build ## the demonstration, without a screen
	tools/test.sh demo

.PHONY: test-here
test-here: ## what can be tested on any system, and a build of the window; for macOS and Windows
	tools/test-here.sh

.PHONY: test-window
test-window: build ## raising, size, place, undo and dropping, with a window manager
	tools/test.sh window

.PHONY: test-wayland
test-wayland: build ## link the practice account in a window of Wayland
	tools/test.sh wayland

.PHONY: lint
lint: ## gofumpt, golangci-lint, shellcheck and actionlint
	@tools/install.sh build || true
	tools/test.sh lint

.PHONY: screenshots
screenshots: ## bring the pictures of screens in docs/images up to date
	tools/screenshots.sh

.PHONY: tour
tour: build ## go through the whole program by mouse and by keys, with a picture of each screen in build/tour
	tools/tour.sh

.PHONY: bench
bench: ## measure speed and size, and write docs/performance.md; COUNT=1 BENCHTIME=10ms for a quick look
	tools/bench.sh

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (60s)
	tools/test.sh fuzz

.PHONY: dist
dist: ## make all that is published, into dist, as far as this machine can
	tools/dist.sh dist

.PHONY: dist-macos
dist-macos: ## make what is published for macOS, into dist
	tools/dist-macos.sh dist || [ $$? = 77 ]

.PHONY: check-debian
check-debian: build ## install the package on new Debian 12 and 13, link there, and remove it
	tools/test.sh debian

.PHONY: check-windows
check-windows: build ## install the setup in Wine, link there, and remove it
	tools/test.sh windows

.PHONY: check-dist
check-dist: ## make all that is published twice, and name what is not the same to the last byte
	tools/check-dist.sh

.PHONY: release-check
release-check: ## compare the version in all places, and with the tag of this commit
	CGO_ENABLED=0 go test -tags nogui -count=1 -run '^Test(Version|Release)' . ./app

.PHONY: release-notes
release-notes: ## print what CHANGELOG.md says of this version
	@go run -C tools ./release notes

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist photolink photolink.exe
