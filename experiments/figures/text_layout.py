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


def width_of(text: str, size: float) -> float:
    """Width of one line in points, with a little to spare for rounding to pixels."""
    return 1.02 * size * sum(map(_advance, text))


def plain(text: str) -> str:
    """Text of a scenario file as one line that the font can draw."""
    known = _known_letters()
    return "".join(
        letter if ord(letter) in known else MISSING for letter in " ".join(str(text).split())
    )


def cut(text: str, width: float, size: float) -> str:
    """Text that is no wider than so many points, with an ellipsis where it was cut."""
    text = plain(text)
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def cut_within(text: str, width: float, size: float) -> str:
    """Text that is no wider than so many points, cut in the middle: titles of variants often differ at their end."""
    text = plain(text)
    if width_of(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = (
            text[: kept - kept // 2].rstrip() + ELLIPSIS + text[len(text) - kept // 2 :].lstrip()
        )
        if width_of(shorter, size) <= width:
            return shorter
    return ELLIPSIS


def names_within(names, width: float, size: float) -> tuple[list[str], float]:
    """Names cut to a width, and the inches that the widest of them takes."""
    short = [cut_within(name, width, size) for name in names]
    return short, max(width_of(name, size) for name in short) / 72


def block(text: str, width: float, size: float, lines: int = 2) -> str:
    """Text in at most so many lines, the last one cut if there is more."""
    whole = wrapped(text, width, size)
    return "\n".join([*whole[: lines - 1], cut(" ".join(whole[lines - 1 :]), width, size)]).strip()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines no wider than so many points; a word too long for a line is cut."""
    lines: list[str] = []
    line = ""
    for word in plain(text).split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > width:
            lines.append(line)
            line = cut(word, width, size)
        else:
            line = cut(longer, width, size)
    return lines + [line] if line else lines
