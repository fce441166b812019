# The verbs of the project; CI calls the same ones. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo install test soak bench lint screenshots lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)
TEMPLATES := $(wildcard templates)
# Where it is set, each of a run's many processes would compile all modules and rewrite all assertions again.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# By exec, so that make's signals and its death reach the supervisor itself; which may come too late to see that death.
run: install ## run everything here: web, worker, beat, PostgreSQL and Redis (PORT=8000)
	@exec env MAKE_PID=$(shell echo $$PPID) $(BIN)/python -m readinglist.supervisor

demo: install ## run a team of eight with six months of life (PORT=8000)
	@exec env MAKE_PID=$(shell echo $$PPID) $(BIN)/python -m readinglist.supervisor demo

install: .venv/runtime ## make .venv and install what the program needs

test: .venv/dev ## run all tests (ARGS="tests/ground -k stop" for some)
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: .venv/dev ## run what is random or long much longer: properties, faults, hostile HTML, axe (SOAK=40 times)
	READINGLIST_SOAK=$(or $(SOAK),40) $(BIN)/python -m pytest -n 2 --dist loadfile -m "hypothesis or soak" $(ARGS)

bench: .venv/dev ## measure the feed engine beside its floors and a peer (ARGS="--feeds 100 --no-peer")
	$(BIN)/python -m bench $(ARGS)

lint: .venv/dev ## check style, types, templates, imports and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(if $(TEMPLATES),$(BIN)/djlint $(TEMPLATES) --check --lint)
	$(BIN)/lint-imports
	SECRET_KEY=lint $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

screenshots: .venv/dev ## take the pictures of the docs anew, from a running program
	$(BIN)/python docs/take_pictures.py

# uv resolves for every platform at once; its result holds hashes and no addresses.
lock: .venv/made ## resolve the dependencies of pyproject.toml into both lock files
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt

clean: ## remove .venv and caches; var/, with everything that was read, stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or later is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11'; exit 1; }
	@test -e .venv || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo 'No virtual environment could be made; on Debian: apt-get install python3-venv'; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'The folder .venv is of no use here: move it away, or remove it by: make clean'; exit 1; }
	@touch $@

.venv/runtime: requirements.txt .venv/made
	@echo 'Installing what the program needs'
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

# The lock of the tools holds that of the program.
.venv/dev: requirements-dev.txt .venv/made
	@echo 'Installing the program and the tools of its tests'
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch .venv/runtime $@
