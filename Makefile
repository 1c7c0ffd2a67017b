# Every target does its own set-up. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
BIN := .venv/bin
MAKE_VENV := requirements/make-venv

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test test-e2e test-fast lint types imports system-packages node-up node-down bench lock wheel image manifests scan-tools sbom audit run-venv dev-venv audit-venv image-venv
.NOTPARALLEL:

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: dev-venv ## make .venv with everything for development

demo: run-venv ## sync four times from a sample upstream into SQLite
	@$(BIN)/python -m sample_upstream.demo

serve: run-venv ## serve a whole site on loopback until Ctrl-C
	@$(BIN)/python -m sample_upstream.site

test: system-packages dev-venv scan-tools ## run every suite that this machine can run
	@$(BIN)/python -m tests.suites

test-e2e: system-packages dev-venv ## install the chart on a real node, from end to end (as root)
	@$(BIN)/python -m pytest -q tests/node/e2e

test-fast: dev-venv ## lint, types and the tests on SQLite only
	@$(BIN)/python -m tests.suites --fast

lint: dev-venv ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev-venv ## check types
	@$(BIN)/mypy

imports: dev-venv ## check who may import whom
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

bench: dev-venv ## measure a run against its reference
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m bench.run

node-up: system-packages dev-venv ## run a whole Kubernetes node to play with (as root)
	@$(BIN)/python -m tests.node up

node-down: dev-venv ## take that node away, and what killed tests left
	@$(BIN)/python -m tests.node down

wheel: dev-venv ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

image: ## build the image with docker, podman or buildah (IMAGE, PYTHON_IMAGE: image/build)
	@image/build

manifests: dev-venv ## write k8s/ and the chart's README anew from the chart
	@$(BIN)/python -m tests.chart.render

scan-tools: ## install the scanners of manifests and Dockerfile
	@$(MAKE_VENV) .venv/scan requirements/scan.txt

sbom: audit-venv image-venv ## list the image's Python packages in sbom.json (CycloneDX)
	@.venv/audit/bin/cyclonedx-py environment --output-reproducible --output-file sbom.json \
		.venv/image/bin/python

audit: audit-venv ## look for known vulnerabilities in what the image installs
	@.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements/image.txt

lock: dev-venv ## resolve the dependencies anew
	@$(BIN)/python -m requirements.lock

system-packages: ## install what Debian provides for the tests (as root)
	@requirements/install-system-packages

run-venv:
	@$(MAKE_VENV) .venv requirements/run.txt

dev-venv:
	@$(MAKE_VENV) .venv requirements/dev.txt

audit-venv:
	@$(MAKE_VENV) .venv/audit requirements/audit.txt

# What the image has: the same packages, trimmed in the same way.
image-venv:
	@rm -rf .venv/image
	@$(MAKE_VENV) .venv/image requirements/image.txt
	@.venv/image/bin/python image/trim.py
	@.venv/image/bin/python -m pip uninstall --quiet --yes setuptools pip
