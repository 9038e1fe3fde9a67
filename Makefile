# Two commands: `make run` and `make test`. Each creates .venv and installs into it first.
PYTHON ?= python3
BIN := .venv/bin
MEMBERS ?= 1000
OUT ?= results
# --no-compile: pip would compile every file of every package, most of which are never imported.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt
INSTALL := $(PIP) --editable

.PHONY: run test test-all test-pythons lint lint-imports lint-types bench generated clean

run: .venv/installed
	$(BIN)/steppe run --members $(MEMBERS) --out $(OUT)

test: lint
	$(BIN)/python -m pytest

# Slower checks, before a release: ten times as many random examples, and other Pythons.
test-all: test test-pythons
	STEPPE_EXAMPLES=10 $(BIN)/python -m pytest -m fuzz

# The quick tests with the lowest versions that pyproject.toml allows on Python 3.11, those of
# constraints.txt on 3.12, and the newest that there are on 3.13.
test-pythons:
	$(PYTHON) tests/other_versions.py $(JOBS)

lint: .venv/installed-for-tests lint-imports lint-types
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

lint-imports: .venv/installed-for-tests
	$(BIN)/python tests/source_tree.py >/dev/null
	PYTHONPATH=build/source $(BIN)/lint-imports --cache-dir build/imports >build/imports.txt || { cat build/imports.txt; exit 1; }

lint-types: .venv/installed-for-tests
	$(BIN)/python tests/source_tree.py >/dev/null
	$(BIN)/mypy --cache-dir build/mypy

# Speed and memory; experiments/benchmarks/README.md lists what BENCH can be.
bench: .venv/installed-for-bench
	$(BIN)/python -m steppe.experiments.benchmarks $(BENCH)

# Everything generated: schema, history, tables, scenario pages.
generated: .venv/installed-for-tests
	$(BIN)/python -m steppe.experiments.generated

.venv/made:
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip  # the pip of Python 3.11 takes twice as long to resolve versions
	touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(INSTALL) .
	touch $@

.venv/installed-for-tests: .venv/made pyproject.toml constraints.txt
	$(INSTALL) '.[test]'
	touch $@

.venv/installed-for-bench: .venv/made pyproject.toml constraints.txt
	$(INSTALL) '.[bench,jax]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
