"""Sizes of pages: as large as the panels need, a slide, or a column of a journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .themes import DPI

MILLIMETRE = 1 / 25.4  # inches
SLIDE_PIXELS = 1920  # across


@dataclass(frozen=True)
class PageSize:
    """What a size asks of a page.

    Attributes
    ----------
    aspect : height by width; 0 where the height is what the panels need
    tallest : inches; a taller page is made wide, its panels lower, its rows fewer
    widths : in inches, of a page with one row of panels, which then stand below each other, and
        of one with more; empty where the width is what the panels need
    dpi : pixels per inch; 0 where the pixels across are those of a slide
    title : points of its letters. title_lines, subtitle_lines : longer ones are cut
    """

    aspect: float = 0.0
    tallest: float = 0.0
    widths: tuple[float, ...] = ()
    dpi: float = DPI
    title: float = 12.5
    title_lines: int = 3
    subtitle_lines: int = 3


SIZES = {
    "page": PageSize(),
    "slide": PageSize(aspect=9 / 16, dpi=0.0),
    "column": PageSize(
        tallest=240 * MILLIMETRE,
        widths=(89 * MILLIMETRE, 183 * MILLIMETRE),
        dpi=300.0,
        title=8.5,
        title_lines=8,
        subtitle_lines=6,
    ),
}
SIZE_NAMES = tuple(SIZES)
_current: ContextVar[PageSize] = ContextVar("page size", default=SIZES["page"])


def current_size() -> PageSize:
    """Return the size that pages are made in."""
    return _current.get()


@contextmanager
def use_size(name: str) -> Iterator[None]:
    """Make pages in a size."""
    before = _current.set(SIZES[name])
    try:
        yield
    finally:
        _current.reset(before)
