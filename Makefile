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
	tools/test.sh build go systems keyring peers flickr services handover demo

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

.PHONY: lint
lint: ## gofumpt, golangci-lint and shellcheck
	@tools/install.sh build || true
	tools/test.sh lint

.PHONY: bench
bench: ## the benchmarks
	tools/test.sh bench

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (60s)
	tools/test.sh fuzz

.PHONY: clean
clean: ## remove what was built
	rm -rf build dist photolink photolink.exe
