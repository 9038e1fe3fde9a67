"""The layout is as ARCHITECTURE.md says, and the code stays within its limits."""

import ast
import sys
import tomllib
from itertools import chain
from pathlib import Path

import count_imports
import other_versions
import pytest

ROOT = Path(__file__).parent.parent
MODULES = [path for top in ("model", "experiments") for path in (ROOT / top).rglob("*.py")]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# These numbers may only become smaller.
MOST_MODULES = 32  # 30 before backtests and the live page
MOST_IMPORTS = 206  # between modules; 180 before backtests, which fit, score and draw, and the page
MOST_LINES = 400  # in a file
MOST_FUNCTION_LINES = 50
# Lines without docstrings: 32,400, functions for Python 1,600, time and help in scenarios 1,700,
# speed and its measurement 450, references, families, quarrels and what is told of events 1,050,
# titles that state findings, overlays and grades of the report 1,350, addresses, jobs of Slurm
# and status 1,200, series and backtests 1,900, the live page 2,200, families in the report,
# an example for each word of the language and hints for thirty more mistakes 250; parts,
# beginnings and falls of ties 130, worlds of the live page as states, bounded by bytes 100, what
# titles compare with and what levers mean on pages 170.
MOST_CODE = 47_000
TOP_LEVEL = {
    "README.md",
    "MODEL.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "Makefile",
    "constraints.txt",
    "hatch_build.py",
    "model",
    "scenarios",
    "experiments",
    "tests",
}


def imported(path):
    """Top-level folders of this package that a module imports."""
    depth = len(path.relative_to(ROOT).parts) - 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level > depth:
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("steppe."):
            yield node.module.split(".")[1]


def test_the_page_is_short_and_the_top_level_is_as_it_says():
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 100
    for name in TOP_LEVEL:
        assert (ROOT / name).exists(), name


def test_the_model_imports_no_other_folder():
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] == "model":
            assert not {"experiments", "scenarios", "tests"} & set(imported(path)), path


def test_public_names_are_few_and_importable():
    import steppe

    assert 1 <= len(steppe.__all__) <= 20
    assert all(getattr(steppe, name) for name in steppe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        steppe.nothing  # noqa: B018


def test_the_page_lists_every_extra():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for extra in SETTINGS["project"]["optional-dependencies"]:
        assert extra == "test" or f"`{extra}`" in page, extra


def test_every_folder_is_a_package():
    for path in MODULES:
        assert path.with_name("__init__.py").exists() or path.parent.name == "package", path


def test_there_are_no_import_cycles():
    assert count_imports.cycles(count_imports.module_imports()) == []
    assert count_imports.cycles(count_imports.file_imports()) == []


def test_every_module_says_what_it_is_for_and_stays_small():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)) or not text.strip(), path
        assert len(text.splitlines()) <= MOST_LINES, path


def test_modules_and_imports_between_them_are_few():
    imports = count_imports.module_imports()
    assert len(imports) <= MOST_MODULES
    assert sum(map(len, imports.values())) <= MOST_IMPORTS


def functions():
    """Every function with the file it is in."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path.relative_to(ROOT).as_posix(), node


def is_typed(function):
    """Whether all parameters and the result of a function have types."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return function.returns is not None and all(
        parameter.annotation is not None
        for parameter in parameters
        if parameter is not None and parameter.arg not in ("self", "cls")
    )


def docstring_lines(function):
    """Lines of a function's docstring: what a public function says of itself may be long."""
    first = function.body[0]
    return first.end_lineno - first.lineno if ast.get_docstring(function) else 0


def test_functions_are_short():
    long = [
        f"{path}: {function.name}"
        for path, function in functions()
        if function.end_lineno - function.lineno - docstring_lines(function) >= MOST_FUNCTION_LINES
    ]
    assert not long


def test_public_functions_are_typed():
    untyped = [
        f"{path}: {function.name}"
        for path, function in functions()
        if not function.name.startswith("_") and not is_typed(function)
    ]
    assert not untyped


def test_no_module_is_exempt_from_the_type_checker():
    overrides = SETTINGS["tool"]["mypy"].get("overrides", [])
    assert not [entry for entry in overrides if entry.get("ignore_errors")]


def code_lines(path):
    """Lines of a module without those of docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [
        node.body[0]
        for node in ast.walk(tree)
        if isinstance(node, documented) and ast.get_docstring(node) is not None
    ]
    lines = len(path.read_text(encoding="utf-8").splitlines())
    return lines - sum(node.end_lineno - node.lineno + 1 for node in docstrings)


def test_the_code_does_not_grow_unnoticed():
    assert sum(map(code_lines, MODULES)) <= MOST_CODE


def test_every_lower_bound_is_run_as_it_stands():
    project = SETTINGS["project"]
    wanted = chain(project["dependencies"], *project["optional-dependencies"].values())
    bounded = [line.partition(";") for line in wanted if ">=" in line.partition(";")[0]]
    assert other_versions.lowest_versions() == [
        line.partition(",")[0].strip().replace(">=", "==") + mark + condition
        for line, mark, condition in bounded
    ]


def test_a_python_that_is_absent_does_not_pass(monkeypatch, capsys):
    here = ".".join(map(str, sys.version_info[:2]))
    assert other_versions.find_python(here)
    monkeypatch.setitem(other_versions.JOBS, "newest", "3.99")
    assert not other_versions.run_job("newest")
    assert "newest: Python 3.99 is not installed" in capsys.readouterr().out
