# What a developer runs. `make` lists the targets; everything is installed into .venv the first time it is needed.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
# Where it is set, each process compiles anew what it imports: 5 s in each worker of the tests before the first of them.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help install demo run test lint types generate contract unit integration faults bench screens fmt lock rust-store clean \
	images up down logs verify-deploy

# The first Python that is new enough; the doctor says what to do when there is none.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done || true)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGES := libs/common services/intake services/routing services/notify services/reports
MYPY := $(PACKAGES:%=%/src) $(PACKAGES:%=%/tests) tests dev conftest.py

# Options of `make demo`: the same seed plays the same morning.
SEED ?= 7
REQUESTS ?= 400
# Options of `make faults`: no new fault is begun after so many minutes; only these, as `python -m dev.faults --list` names them.
MINUTES ?= 3
ONLY ?=
# What the demonstration runs in: `local` processes, or containers of `compose`.
BACKEND ?= local
# More of docker compose: `make up PROFILES=observability`.
PROFILES ?=
# Options of the tests: `make test WORKERS=4`, `make unit ARGS='-k phones'`.
WORKERS ?= 2
ARGS ?=

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements.lock $(PACKAGES:%=%/pyproject.toml)
	@$(or $(PYTHON),python3) dev/machine/doctor.py
	@echo "Installing into $(VENV) (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@

install: $(INSTALLED) ## install everything into .venv, by hash

demo: $(INSTALLED) ## play a pilot morning through the whole pipeline (SEED=7 REQUESTS=400 BACKEND=local|compose)
	@$(BIN)/python dev/machine/doctor.py
	@$(BIN)/python -m dev demo --seed $(SEED) --requests $(REQUESTS) --backend $(BACKEND)

run: $(INSTALLED) ## the stack and all services, left running, for people who build front ends
	@$(BIN)/python dev/machine/doctor.py
	@$(BIN)/python -m dev run

test: lint types contract ## everything: lint, types, architecture, contract, unit, property, integration
	@$(BIN)/python dev/machine/doctor.py
	@$(BIN)/python -m pytest -m "not faults" -n $(WORKERS) --dist loadfile $(ARGS)
	@$(BIN)/python -m pytest -m faults $(ARGS) # one at a time: each has a broker, a store and all services of its own

lint: $(INSTALLED) ## ruff, formatting, the direction of imports, and the project's own rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m dev.lint

types: $(INSTALLED) ## mypy, strict
	@$(BIN)/mypy $(MYPY)

generate: $(INSTALLED) ## write all that is made from code: schemas, APIs, docs/metrics.md, dashboards, manifests
	@$(BIN)/python -m dev.generate

contract: $(INSTALLED) ## fail when what is committed is not what `make generate` would write, or an event broke its promise
	@$(BIN)/python -m dev.generate --check

unit: $(INSTALLED) ## the quick tests: no broker, no store, no program to fetch; of the deployment too
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --no-stack -m "not programs" \
		$$(find libs services dev -type d -path '*tests/unit') tests/deploy $(ARGS)

integration: $(INSTALLED) ## tests against the real broker and store
	@$(BIN)/python -m pytest -m "not faults" $$(find libs services dev tests -type d -name integration) $(ARGS)

faults: $(INSTALLED) ## break things under load, look after each that every promise was kept (SEED=7 MINUTES=3 ONLY=kill)
	@$(BIN)/python dev/machine/doctor.py
	@$(BIN)/python -m dev.faults --seed $(SEED) --minutes $(MINUTES) --only "$(ONLY)"

screens: $(INSTALLED) ## draw the dashboards from a morning under a real Prometheus into docs/screens (about 3 minutes)
	@$(BIN)/python -m dev.generate.dashboards.screens

verify-deploy: $(INSTALLED) ## replace every pod of the current kubectl context's cluster under load (BACKEND=compose: kill every container)
	@$(BIN)/python -m dev.install verify --on $(if $(filter compose,$(BACKEND)),compose,cluster) $(ARGS)

bench: $(INSTALLED) ## measure each stage against its ceiling; writes var/bench/latest.json
	@$(BIN)/python -m dev.bench

fmt: $(INSTALLED) ## format, and mend what ruff can mend
	@$(BIN)/ruff format -q . # first: it folds lines that the check would complain of
	@$(BIN)/ruff check -q --fix .; mended=$$?; $(BIN)/ruff format -q . && exit $$mended

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--prerelease if-necessary-or-explicit -q
LEGALAID := $(LOCK) libs/common/pyproject.toml
lock: $(INSTALLED) ## lock all dependencies again, by hash (needs uv on the path)
	@$(LEGALAID) --group pyproject.toml:dev -o requirements.lock
	@$(LEGALAID) -c requirements.lock -o requirements.service.lock # what images hold: the same versions, without the tools
	@$(LEGALAID) -c requirements.lock --group pyproject.toml:player -o requirements.player.lock
	@$(LOCK) dev/machine/checkov.in -o dev/machine/checkov.lock # in an environment of its own

images: ## build all images, by hash, tagged with the version in .env
	@LEGALAID_REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) docker compose build

up: $(INSTALLED) ## everything in containers on this machine (PROFILES=observability)
	@COMPOSE_PROFILES=$(PROFILES) $(BIN)/python -m dev.install up $(ARGS)

down: $(INSTALLED) ## stop the containers; what they stored stays (ARGS=--volumes removes it)
	@COMPOSE_PROFILES='*' docker compose down $(ARGS)

logs: ## what the containers say, live (ARGS=intake-api)
	@COMPOSE_PROFILES='*' docker compose logs --follow --tail 50 $(ARGS)

rust-store: $(INSTALLED) ## build the fast store server into var/tools (needs cargo, about 4 minutes); benchmarks want it
	@$(BIN)/python -m dev.machine.programs secantus

clean: ## remove what runs left behind, but not the downloaded tools
	@rm -rf var/run var/demo var/log var/stack .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
