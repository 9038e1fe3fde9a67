# Two commands: `make run` and `make test`. Both begin by making .venv and installing into it.
PYTHON ?= python3
BIN := .venv/bin
MEMBERS ?= 1000
OUT ?= results
# Without --no-compile pip compiles every file of every package, most of which are never imported.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable

.PHONY: run test generated clean

run: .venv/installed
	$(BIN)/steppe run --members $(MEMBERS) --out $(OUT)

test: .venv/installed-for-tests
	$(BIN)/python -m pytest

# Everything that is made from something else: schema, history, tables, the scenario list.
generated: .venv/installed
	$(BIN)/python -m steppe.experiments.generate

.venv/made:
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(INSTALL) .
	touch $@

.venv/installed-for-tests: .venv/made pyproject.toml constraints.txt
	$(INSTALL) '.[test]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
