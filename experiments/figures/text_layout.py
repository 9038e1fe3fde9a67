"""Text that fits: its width in points, text wrapped or truncated to a width, missing letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"
MISSING = "\N{WHITE SQUARE}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@lru_cache(maxsize=1)
def _font() -> FT2Font:
    return get_font(findfont(FontProperties(family="DejaVu Sans")))


@lru_cache(maxsize=1)
def _known_letters() -> frozenset[int]:
    return frozenset(_font().get_charmap())


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Return the width of a letter at size 1."""
    font = _font()
    font.set_size(100, 72)
    return float(font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100)


def text_width(text: str, size: float) -> float:
    """Return the width of one line in points, with a margin for rounding to pixels."""
    return 1.02 * size * sum(map(_advance, text))


def printable(text: str) -> str:
    """Return text as one line, with letters that the font lacks replaced."""
    known = _known_letters()
    return "".join(
        letter if ord(letter) in known else MISSING for letter in " ".join(str(text).split())
    )


def directed(line: str, text: str) -> str:
    """Return a line of a text with a mark before it, where it would be read from the wrong side.

    Most letters of the text decide its direction; the first letter of a line that of the line,
    as Matplotlib 3.11 and what shows SVG draw it.
    """
    sides = [unicodedata.bidirectional(letter) for letter in text]
    to_left = sum(side in ("R", "AL") for side in sides)
    if not to_left or line.startswith((LEFT_TO_RIGHT, RIGHT_TO_LEFT)):
        return line
    return (RIGHT_TO_LEFT if to_left > sides.count("L") else LEFT_TO_RIGHT) + line


def truncate(text: str, width: float, size: float) -> str:
    """Return text that is at most `width` points wide, with an ellipsis at the end if cut."""
    text = printable(text)
    text = directed(text, text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def truncate_middle(text: str, width: float, size: float) -> str:
    """Return text that is at most `width` points wide, cut in the middle.

    Titles of variants often differ only at the end.
    """
    text = printable(text)
    text = directed(text, text)
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = (
            text[: kept - kept // 2].rstrip() + ELLIPSIS + text[len(text) - kept // 2 :].lstrip()
        )
        if text_width(shorter, size) <= width:
            return shorter
    return ELLIPSIS


def shorten_middle(text: str, letters: int) -> str:
    """Return text of at most so many letters, cut in the middle, to stand in a sentence."""
    text = " ".join(str(text).split())
    if len(text) <= letters:
        return text
    kept = letters - 3
    first, last = text[: kept - kept // 2], text[len(text) - kept // 2 :]
    first = first.rpartition(" ")[0] or first  # whole words, where there are several
    last = last.partition(" ")[2] or last
    return f"{first.rstrip()} {ELLIPSIS} {last.lstrip()}"


def fit_names(names: Iterable[str], width: float, size: float) -> tuple[list[str], float]:
    """Truncate names to a width; return them and the width of the widest in inches."""
    short = [truncate_middle(name, width, size) for name in names]
    return short, max(text_width(name, size) for name in short) / 72


def fit_lines(text: str, width: float, size: float, lines: int = 2) -> str:
    """Return text in at most `lines` lines, the last one truncated if there is more."""
    whole = wrap(text, width, size)
    return "\n".join(
        [*whole[: lines - 1], truncate(" ".join(whole[lines - 1 :]), width, size)]
    ).strip()


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break text into lines of at most `width` points; a word too long for a line is cut."""
    lines: list[str] = []
    line = ""
    text = printable(text)
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size) > width:
            lines.append(line)
            longer = word
        line = truncate(directed(longer, text), width, size)
    return [*lines, line] if line else lines
