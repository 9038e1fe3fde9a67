"""The parts of the page: HTML, styles and scripts, which lie beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from steppe.experiments.figures.html_page import SHARED_SCRIPTS, script

SCRIPTS = (
    *SHARED_SCRIPTS,
    "numbers.js",
    "panels.js",
    "findings.js",
    "controls.js",
    "history.js",
    "handout.js",
    "map.js",
    "editor.js",
    "live.js",
    "page.js",
)
SAVED_SCRIPTS = tuple("saved.js" if name == "live.js" else name for name in SCRIPTS)


@cache
def part(name: str) -> str:
    """The text of a part."""
    if name in SHARED_SCRIPTS:
        return script(name)
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
