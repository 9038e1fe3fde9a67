"""Text that fits: its width in points, wrapped or cut to it, and without letters the font lacks."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font

MISSING = "\N{WHITE SQUARE}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@lru_cache(maxsize=1)
def _font():
    return get_font(findfont(FontProperties(family="DejaVu Sans")))


@lru_cache(maxsize=1)
def _known_letters() -> frozenset[int]:
    return frozenset(_font().get_charmap())


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Width of a letter at size 1."""
    font = _font()
    font.set_size(100, 72)
    return font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100


def text_width(text: str, size: float) -> float:
    """Width of one line in points, with a little to spare for rounding to pixels."""
    return 1.02 * size * sum(map(_advance, text))


def printable(text: str) -> str:
    """Text of a scenario file as one line that the font can draw."""
    known = _known_letters()
    return "".join(
        letter if ord(letter) in known else MISSING for letter in " ".join(str(text).split())
    )


def truncate(text: str, width: float, size: float) -> str:
    """Text that is no wider than so many points, with an ellipsis where it was cut."""
    text = printable(text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def truncate_middle(text: str, width: float, size: float) -> str:
    """Text that is no wider than so many points, cut in the middle: titles of variants often differ at their end."""
    text = printable(text)
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = (
            text[: kept - kept // 2].rstrip() + ELLIPSIS + text[len(text) - kept // 2 :].lstrip()
        )
        if text_width(shorter, size) <= width:
            return shorter
    return ELLIPSIS


def fit_names(names, width: float, size: float) -> tuple[list[str], float]:
    """Names cut to a width, and the inches that the widest of them takes."""
    short = [truncate_middle(name, width, size) for name in names]
    return short, max(text_width(name, size) for name in short) / 72


def fit_lines(text: str, width: float, size: float, lines: int = 2) -> str:
    """Text in at most so many lines, the last one cut if there is more."""
    whole = wrap(text, width, size)
    return "\n".join(
        [*whole[: lines - 1], truncate(" ".join(whole[lines - 1 :]), width, size)]
    ).strip()


def wrap(text: str, width: float, size: float) -> list[str]:
    """Lines no wider than so many points; a word too long for a line is cut."""
    lines: list[str] = []
    line = ""
    for word in printable(text).split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size) > width:
            lines.append(line)
            line = truncate(word, width, size)
        else:
            line = truncate(longer, width, size)
    return lines + [line] if line else lines
