# `make run` serves a simulated company, or DIR with two years of its history; `make test` is what CI runs.

DIR ?=
DATA ?= .run
CARGO ?= cargo
# cargo-nextest where it is installed, as it runs tests side by side.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)

.PHONY: run build web dev test unit binary browser lighthouse frames torture torture-sources test-kubernetes bench tools no-ring

# Not a release, which takes longer to build; `make build` makes one.
run: web
	$(CARGO) build --locked --profile demo
ifeq ($(DIR),)
	target/demo/spot demo
else
	target/demo/spot --data $(DATA) serve --git $(DIR) --backfill 2y
endif

build: web
	$(CARGO) build --release --locked

# The pages that are embedded into the binary.
web: web/node_modules/.package-lock.json
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-progress

# Pages with reload on http://localhost:5173, in front of a `spot serve` on port 7070.
dev: web/node_modules/.package-lock.json
	cd web && npm run dev

test: tools web
	cd web && npm run --silent check && npm run --silent unit
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items
	$(MAKE) no-ring unit browser

ifeq ($(NEXTEST),yes)
unit:
	$(CARGO) nextest run --locked
	$(CARGO) test --locked --doc
else
unit:
	$(CARGO) test --locked
endif

# The binary as the tests use it: built together with one of them, as another build would have other features of the same
# crates and compile them all again.
binary:
	$(CARGO) test --locked --test it --no-run

# The pages in a real browser against the real binary.
browser: web binary
	@if command -v chromium >/dev/null; then cd web && npm run --silent browser; else echo "SKIPPED: chromium is not installed" >&2; fi

# Lighthouse on catalog and entity page; it is fetched for this alone.
lighthouse: web binary
	cd web && npm run --silent measure lighthouse

# Frame times of the catalog with 10,000 services and of the timeline with 20,000 changes.
frames: web binary
	cd web && npm run --silent measure frames

# One cryptography provider is enough: aws-lc-rs. `cargo tree` fails for a crate that is not in the tree.
no-ring:
	@if $(CARGO) tree --locked --edges normal,build --invert ring 2>/dev/null | grep .; then echo "ring is in the tree" >&2; exit 1; fi

# Random SIGKILLs at a writing store; slow.
torture:
	$(CARGO) test --locked --test it -- --ignored --nocapture torture

# Every source fails in every way, day after day; slow.
torture-sources:
	$(CARGO) test --locked --test it -- --ignored --nocapture torture_sources

# Against a real Kubernetes, which is found in a cache folder or built there once; docs/kubernetes.md tells what came of it.
test-kubernetes:
	sh tests/tools/kubernetes.sh
	$(CARGO) test --locked --test it -- --ignored --nocapture real_kubernetes

bench:
	$(CARGO) bench --locked --bench spine

# Programs that some tests need and that spot itself does not: promtool judges the metrics, chromium opens the pages,
# Verdaccio and pypiserver are real registries, Consul is a real Consul, Synapse and aiosmtpd take the weekly report, and published contracts judge what stands in for
# GitHub, Confluence and Jira.
# Without them those tests say that they were skipped.
tools:
	@missing=""; \
	command -v promtool >/dev/null || missing="$$missing prometheus"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing || echo "not installed:$$missing" >&2; \
		else \
			echo "not installed:$$missing; the tests that need them are skipped" >&2; \
		fi; \
	fi
	@sh tests/tools/registries.sh
	@sh tests/tools/consul.sh
	@sh tests/tools/chats.sh
	@cd tests/contracts && { [ -d node_modules/confluence.js ] && [ -d node_modules/jira.js ] && [ -d node_modules/@slack/types ] || npm ci --no-progress --silent || echo "not installed: the contracts of GitHub, Confluence, Jira and chats; the tests of them are skipped" >&2; }
