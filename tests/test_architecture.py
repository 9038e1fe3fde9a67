"""What ARCHITECTURE.md promises of the layout holds."""

import ast
import tomllib
from pathlib import Path

import count_imports
import pytest

ROOT = Path(__file__).parent.parent
MODULES = [path for top in ("model", "experiments") for path in (ROOT / top).rglob("*.py")]
TOP_LEVEL = {
    "README.md",
    "MODEL.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "Makefile",
    "constraints.txt",
    "model",
    "scenarios",
    "experiments",
    "tests",
}


def imported(path):
    """Packages of ours that a module imports, by their folder."""
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


def test_the_model_imports_nothing_of_ours():
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] == "model":
            assert not {"experiments", "scenarios", "tests"} & set(imported(path)), path


def test_public_names_are_few_and_importable():
    import steppe

    assert 1 <= len(steppe.__all__) <= 20
    assert all(getattr(steppe, name) for name in steppe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        steppe.nothing  # noqa: B018


def test_every_extra_stands_on_the_page():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for extra in settings["project"]["optional-dependencies"]:
        assert extra == "test" or f"`{extra}`" in page, extra


def test_every_folder_is_a_package():
    for path in MODULES:
        assert path.with_name("__init__.py").exists() or path.parent.name == "package", path


def test_nothing_imports_in_circles():
    assert count_imports.cycles(count_imports.module_imports()) == []
    assert count_imports.cycles(count_imports.file_imports()) == []


def test_every_module_says_what_it_is_for_and_stays_small():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)) or not text.strip(), path
        assert len(text.splitlines()) <= 400, path
