# Two commands: `make run` and `make test`. Both begin by making .venv and installing into it.
PYTHON ?= python3
BIN := .venv/bin
MEMBERS ?= 1000
OUT ?= results

.PHONY: run test generated clean

run: .venv/installed
	$(BIN)/steppe run --members $(MEMBERS) --out $(OUT)

test: .venv/installed-for-tests
	$(BIN)/python -m pytest

# Everything that is made from something else: schema, history, tables, the scenario list.
generated: .venv/installed
	$(BIN)/python -m steppe.experiments.generate

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

.venv/installed-for-tests: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
