# Kizuki: the daily commands. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
ROOMS := bot dialogs routing cases admin deploy

.PHONY: help
help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: install
install: .venv/.python-done admin/static/vendor/.assets-done ## Python packages into .venv and the browser assets

.venv/.python-done: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; say which with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "[1/3] Python packages (about a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "[2/3] Kizuki itself ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

admin/static/vendor/.assets-done: admin/package.json admin/package-lock.json admin/build-assets.mjs
	@echo "[3/3] Browser assets ..."
	@cd admin && npm ci --silent --no-audit --no-fund && node build-assets.mjs
	@touch $@

.PHONY: demo
demo: install ## Run everything on this machine with made-up data: simulator, inbox, demo staff
	@KIZUKI_DATA_DIR=$${KIZUKI_DATA_DIR:-.demo} exec $(BIN)/kizuki demo $(DEMO)

.PHONY: check
check: install ## Style, types, boundaries, size budget, scripts, city pack
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/house -q -p no:randomly
	$(BIN)/kizuki dialogs check
	$(BIN)/kizuki city check

.PHONY: test
test: check browser ## Everything: check, then all tests with real PostgreSQL, Redis and Chromium
	$(BIN)/python -m pytest tests -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: browser
browser: install ## Make sure a Chromium and Japanese fonts are there for the journeys
	@bash tests/journeys/install-browser.sh

.PHONY: bench
bench: install ## Benchmarks: ratios measured in one run
	$(BIN)/python -m tests.bench

.PHONY: faults
faults: install ## The whole fault matrix: kill -9 at every point under 200 conversations (half an hour)
	$(BIN)/python -m tests.faults

.PHONY: lock
lock: ## Make requirements.lock anew from pyproject.toml (needs uv on PATH)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --upgrade --group dev pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove what install and the tools made (data folders stay)
	rm -rf .venv admin/node_modules admin/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .test
