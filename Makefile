# Every target does its own set-up. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
RUN_STAMP := .venv/.run
DEV_STAMP := .venv/.dev
SCAN_STAMP := .venv/.scan
AUDIT_STAMP := .venv/.audit
IMAGE_STAMP := .venv/.image

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-e2e test-fast lint types imports system-packages node-up node-down bench lock wheel image manifests scan-tools sbom audit

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(DEV_STAMP) ## make .venv with everything for development

demo: $(RUN_STAMP) ## sync four times from a sample upstream into SQLite
	@$(BIN)/python -m sample_upstream.demo

test: system-packages $(DEV_STAMP) $(SCAN_STAMP) ## run every suite that this machine can run
	@$(BIN)/python -m tests.suites

test-e2e: system-packages $(DEV_STAMP) ## install the chart on a real node, from end to end (as root)
	@$(BIN)/python -m pytest -q tests/node/e2e

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

node-up: system-packages $(DEV_STAMP) ## run a whole Kubernetes node to play with (as root)
	@$(BIN)/python -m tests.node up

node-down: $(DEV_STAMP) ## take that node away, and what killed tests left
	@$(BIN)/python -m tests.node down

wheel: $(DEV_STAMP) ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

image: ## build the image with docker, podman or buildah (IMAGE, PYTHON_IMAGE: image/build)
	@image/build

manifests: $(DEV_STAMP) ## write k8s/ and the chart's README anew from the chart
	@$(BIN)/python -m tests.chart.render

scan-tools: $(SCAN_STAMP) ## install the scanners of manifests and Dockerfile

sbom: $(AUDIT_STAMP) $(IMAGE_STAMP) ## list the image's Python packages in sbom.json (CycloneDX)
	@.venv/audit/bin/cyclonedx-py environment --output-reproducible --output-file sbom.json \
		.venv/image/bin/python

audit: $(AUDIT_STAMP) ## look for known vulnerabilities in what the image installs
	@.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements/image.txt

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

$(SCAN_STAMP) $(AUDIT_STAMP): .venv/.%: requirements/%.txt
	@$(PYTHON) -m venv --clear .venv/$*
	@.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# What the image has: the same packages, trimmed in the same way.
$(IMAGE_STAMP): requirements/image.txt image/trim.py
	@$(PYTHON) -m venv --clear .venv/image
	@.venv/image/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@.venv/image/bin/python image/trim.py
	@.venv/image/bin/python -m pip uninstall --quiet --yes setuptools pip
	@touch $@
