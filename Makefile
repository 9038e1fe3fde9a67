# Two commands: `make run` and `make test`; and `make bench`, which takes long. Each begins by making .venv and installing into it.
PYTHON ?= python3
BIN := .venv/bin
MEMBERS ?= 1000
OUT ?= results
# Without --no-compile pip compiles every file of every package, most of which are never imported;
# those that are, Python keeps compiled, for which this must not be set.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt
INSTALL := $(PIP) --editable

.PHONY: run test lint bench generated clean

run: .venv/installed
	$(BIN)/steppe run --members $(MEMBERS) --out $(OUT)

test: lint
	$(BIN)/python -m pytest

# Formatting, style, types and the direction of imports, cheapest first.
lint: .venv/installed-for-tests
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/python tests/source_tree.py >/dev/null
	PYTHONPATH=build/source $(BIN)/lint-imports --cache-dir build/imports >build/imports.txt || { cat build/imports.txt; exit 1; }
	$(BIN)/mypy

# How fast, how large, how soon; see experiments/benchmarks/README.md for what BENCH can say.
bench: .venv/installed-for-bench
	$(BIN)/python -m steppe.experiments.benchmarks $(BENCH)

# Everything that is made from something else: schema, history, tables, the scenario list.
generated: .venv/installed
	$(BIN)/python -m steppe.experiments.generated

.venv/made:
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip  # the one that comes with Python 3.11 takes twice as long to choose versions
	touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(INSTALL) .
	touch $@

.venv/installed-for-tests: .venv/made pyproject.toml constraints.txt
	$(INSTALL) '.[test]'
	touch $@

.venv/installed-for-bench: .venv/made pyproject.toml constraints.txt
	$(INSTALL) '.[bench]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
