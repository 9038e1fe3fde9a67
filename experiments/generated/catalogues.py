"""Catalogues of the words of figures, compiled from `ru.po` and its like by Babel.

`messages` has what a catalogue must hold: every text that the code marks, and the names that
figures show.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from steppe.experiments.figures.language import DOMAIN, FOLDER, names_in_figures
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario

if TYPE_CHECKING:
    from babel.messages import Catalog

KEYWORDS = {"translate": None, "translate_count": (1, 2), "mark": None}


def messages() -> set[str | tuple[str, ...]]:
    """Return every text that figures translate; forms for one and for many as a pair."""
    from babel.messages.extract import extract_from_dir

    found = extract_from_dir(FOLDER.parent, method_map=[("**.py", "python")], keywords=KEYWORDS)
    titles = (load_scenario(name).title for name in shipped_names())
    return {text for _, _, text, _, _ in found}.union(names_in_figures(), titles)


def sources() -> list[Path]:
    """Return the catalogues that people write."""
    return sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read_source(path: Path) -> Catalog:
    """Return a catalogue, with what is wrong in it as an error."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], abort_invalid=True)


def compile_source(path: Path) -> bytes:
    """Return the compiled form of a catalogue, which programs read."""
    from babel.messages.mofile import write_mo

    stream = BytesIO()
    write_mo(stream, read_source(path))
    return stream.getvalue()


def compile_all() -> list[Path]:
    """Write the compiled form of every catalogue, and return those that changed."""
    changed = []
    for path in sources():
        target, compiled = path.with_suffix(".mo"), compile_source(path)
        if not target.exists() or target.read_bytes() != compiled:
            target.write_bytes(compiled)
            changed.append(target)
    return changed
