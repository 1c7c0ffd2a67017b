# Every target does its own set-up. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
RUN_STAMP := .venv/.run
DEV_STAMP := .venv/.dev
REQUIREMENTS := run dev

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast lint types imports system-packages bench lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(DEV_STAMP) ## make .venv with everything for development

demo: $(RUN_STAMP) ## sync three times from a sample upstream into SQLite
	@$(BIN)/python -m sample_upstream.demo

test: system-packages $(DEV_STAMP) ## run every suite that this machine can run
	@$(BIN)/python -m tests.suites

test-fast: $(DEV_STAMP) ## lint, types and the tests on SQLite only
	@$(BIN)/python -m tests.suites --fast

lint: $(DEV_STAMP) ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_STAMP) ## check types
	@$(BIN)/mypy

imports: $(DEV_STAMP) ## check who may import whom
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

bench: $(DEV_STAMP) ## measure a run against its reference
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m bench.run

lock: $(DEV_STAMP) ## resolve the dependencies anew
	@$(BIN)/python -m requirements.lock

system-packages: ## install what Debian provides for the tests (as root)
	@requirements/install-system-packages

$(RUN_STAMP): requirements/run.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(DEV_STAMP): requirements/dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
