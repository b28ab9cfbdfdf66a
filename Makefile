# Every target sets up what it needs: a clone, python3 (3.11 or newer) and make are enough.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
RUNS := $(VENV)/.logwatch-runs
READY := $(VENV)/.logwatch-installed
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install test lint format proven fuzz shell docs tables bench soak screenshot sample-logs sample-logs-frameworks demo build clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## make .venv with logwatch and the tools that develop it

$(RUNS): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "logwatch needs Python 3.11 or newer: try make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up $(VENV) for the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(READY): $(RUNS)
	@echo "installing the tools that develop logwatch; this takes about half a minute"
	$(PIP) --editable '.[dev]'
	@touch $@

test: $(READY) ## run the tests (ARGS='-k tail' for some)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY) ## check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

proven: $(READY) ## check all dialects against each other, so that they load fast
	$(BIN)/python scripts/proven_dialects.py

FUZZED = lines shapes sanitize literals prefix dialect config recording messages words cache
INPUTS ?= 100000
fuzz: $(READY) ## feed every entry with INPUTS=100000 broken inputs; what raises lies in build/fuzz
	$(PIP) --editable '.[fuzz]' || echo "no atheris for this Python: inputs are changed blindly"
	@for target in $(FUZZED); do \
		echo "== $$target"; $(BIN)/python -m tests.fuzz $$target --runs $(INPUTS) $(ARGS) || exit 1; done

shell: $(READY) ## write the completion scripts and the man page
	COLUMNS=80 $(BIN)/python scripts/shell_files.py

docs: $(READY) ## build the documentation as a site in build/docs
	$(PIP) --editable '.[docs]'
	$(BIN)/sphinx-build -q -W -b html docs build/docs

bench: $(READY) ## measure speed and memory
	@for script in $$(grep -l __main__ benchmarks/*.py | grep -v soak.py); do \
		echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit 1; done

MINUTES ?= 60
soak: $(READY) ## follow 50 runs to which everything happens, for MINUTES=60
	$(BIN)/python benchmarks/soak.py --minutes $(MINUTES) $(ARGS)

tables: $(READY) ## write the tables of the docs that the code gives
	$(BIN)/python scripts/docs_tables.py

screenshot: $(READY) ## draw the README's pictures
	$(BIN)/python scripts/screenshot.py

sample-logs: $(READY) ## train the small models that wrote sample_logs again (installs torch)
	$(PIP) --editable '.[dev,torch]'
	$(BIN)/python sample_logs/scripts/make.py $(ARGS)

sample-logs-frameworks: $(READY) ## run each framework again to write its sample log (installs them one by one)
	$(BIN)/python sample_logs/frameworks/scripts/make.py $(ARGS)

demo: $(RUNS) ## watch a training log that grows
	$(BIN)/logwatch demo

build: $(READY) ## make the wheel and the source archive in dist/
	$(BIN)/python -m build

clean: ## remove what was built and cached; .venv stays
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
