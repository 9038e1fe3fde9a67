"""What `help(steppe)` says: every public function has its parts, and its examples run."""

import ast
import doctest
import inspect
import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from speed import least, of_python

import steppe
from steppe.experiments.figures.registry import FIGURE_KINDS
from steppe.experiments.generated.python_reference import ORDER

FIGURES = {kind: getattr(steppe.plot, kind) for kind in FIGURE_KINDS if hasattr(steppe.plot, kind)}
OTHERS = ("observable", "write_figures", "write_comparison")
CLI = Path(steppe.plot.__file__).parents[1] / "cli"
FUNCTIONS = {
    name: getattr(steppe, name)
    for name in steppe.__all__
    if inspect.isfunction(getattr(steppe, name)) or name == "InfluenceModel"
}


def test_the_page_has_every_public_name():
    assert sorted(ORDER) == sorted(steppe.__all__)


def test_every_figure_of_members_can_be_drawn_from_python():
    assert set(FIGURES) == {kind.name for kind in FIGURE_KINDS.values() if not kind.of_observable}


def test_the_module_of_figures_lists_its_functions_alone():
    listed = {name for name in dir(steppe.plot) if not name.startswith("_")}
    assert listed == {*FIGURES, *OTHERS}


@pytest.mark.parametrize("verb", ["compare", "explain", "plot"])
def test_a_command_calls_the_public_function_and_nothing_below(verb):
    tree = ast.parse((CLI / f"{verb}.py").read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    types_alone = {"steppe.experiments.results.public_comparison"}
    below = ("results", "figures", "provenance", "runs")
    parts = {name.split(".")[2] for name in names - types_alone if name.count(".") > 2}
    assert not parts & set(below)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    public = {"plot": "steppe.plot.write_figures"}.get(verb, f"steppe.{verb}")
    assert public in called


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_says_what_it_takes_and_raises_and_every_parameter(name):
    text = inspect.getdoc(FUNCTIONS[name])
    for section in ("Parameters", "Raises", "Examples"):
        assert f"\n{section}\n---" in text, section
    described = text.split("Parameters\n")[1]
    for parameter in inspect.signature(FUNCTIONS[name]).parameters:
        assert re.search(rf"\b{parameter}\b", described), parameter


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f"plot.{kind}" for kind in (*FIGURES, *OTHERS))])
def test_examples_run(name, tmp_path):
    found = getattr(steppe.plot, name[5:]) if name.startswith("plot.") else FUNCTIONS[name]
    (test,) = [
        test for test in doctest.DocTestFinder(recurse=False).find(found, name) if test.examples
    ]
    runner = doctest.DocTestRunner(verbose=False)
    with chdir(tmp_path), mpl.rc_context({"backend": "Agg"}):
        runner.run(test)
        plt.close("all")
    assert runner.failures == 0 and runner.tries >= 2


def test_importing_and_a_run_of_500_members_stay_quick():
    """0.03 and 3.1 s measured; the bounds are about twice as much."""
    run = "import steppe; steppe.run('russian-retreat', members=500)"
    assert least(lambda: of_python(run), 6.0) <= 6.0
    assert least(lambda: of_python("import steppe"), 0.1) <= 0.1


def test_importing_is_quick_and_loads_nothing_heavy():
    code = "import sys, steppe; dir(steppe); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "mesa", "xarray", "pandas", "matplotlib", "zarr", "pydantic"}
    assert not heavy & set(done.stdout.split())
