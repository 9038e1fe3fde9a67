"""Words of figures in other languages, from catalogues of gettext in the folder `languages`.

Labels, names and captions are translated. Sentences that state findings stay English, since nobody
has yet reviewed them in another language; so do lists of events, whose texts are those of scenario
files.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from steppe.model.core.cast import default_cast
from steppe.model.evidence.choice import WITH_SERIES
from steppe.model.observables.declarations import OBSERVABLES

if TYPE_CHECKING:
    import xarray as xr

FOLDER = Path(__file__).parent / "languages"
DOMAIN = "figures"
ENGLISH = "en"
_current: ContextVar[gettext.NullTranslations] = ContextVar("language")


def language_names() -> tuple[str, ...]:
    """Return the languages that there are, as codes of two letters."""
    found = gettext.find(DOMAIN, FOLDER, [path.name for path in FOLDER.iterdir()], all=True)
    return (ENGLISH, *sorted(Path(file).parts[-3] for file in found))


def names_in_figures() -> Iterator[str]:
    """Yield the names of the cast, of sources of parameters, and what is said of observables."""
    cast = default_cast()
    yield from (*cast.holder_names, *cast.republic_names, *cast.channel_names)
    yield from ("prior", "posterior", WITH_SERIES)
    for row in OBSERVABLES.values():
        yield from (row.name, row.meaning, row.unit)


@contextmanager
def use_language(name: str) -> Iterator[None]:
    """Write pages in a language."""
    none = gettext.NullTranslations()
    words = none if name == ENGLISH else gettext.translation(DOMAIN, FOLDER, [name])
    before = _current.set(words)
    try:
        yield
    finally:
        _current.reset(before)


def mark(text: str) -> str:
    """Return text as it is; it is put into catalogues, to be translated where it is used."""
    return text


def translate(text: str) -> str:
    """Return text, or a name of xarray, in the present language; as it is if that lacks it."""
    words, text = _current.get(None), str(text)
    return words.gettext(text) if words and text else text


def translate_names(dataset: xr.Dataset, axis: str) -> list[str]:
    """Return the names along an axis in the present language."""
    return [translate(name) for name in dataset[axis].values]


def translate_count(one: str, many: str, number: int) -> str:
    """Return the form of text that a number asks for, in the present language."""
    words = _current.get(None) or gettext.NullTranslations()
    return words.ngettext(one, many, number)
