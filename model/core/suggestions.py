"""What to say about a name that is not known: the nearest match, or what there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache

from .errors import RequestError

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧαενοικ",
    "ABESIJKMHOPCTYXabesijkmhopctyxdABEZHIKMNOPTYXaevoik",
)


class UnknownNameError(RequestError, ValueError):
    """A name that is not known; the message suggests the nearest match."""

    def __init__(self, kind: str, word: str, known: list[str]):
        self.kind, self.word, self.known = kind, word, known
        super().__init__(f"unknown {kind} '{word}'; {suggest(word, known)}")


def suggest(word: str, known: Sequence[str], listed: int = 8) -> str:
    """Return the second half of an error message: the nearest match, or the first known names.

    Letters that are not Latin are pointed out, since many look as if they were.
    """
    return _suggest(str(word)[:100], tuple(known)[:500], listed)


def suggest_name(word: str, known: Sequence[str], listed: int = 8) -> str:
    """Return what `suggest` does; of a capitalised word near to no such name, how to add an actor.

    `Turkey` is no misspelt `future`.
    """
    proper = [name for name in known if name[:1].isupper()]
    if word[:1].isupper() and "did you mean" not in (near := suggest(word, proper, listed)):
        close = get_close_matches(word.casefold(), known, n=1, cutoff=0.8)
        if close or describe_foreign_letter(word):
            return near if not close else f"did you mean '{close[0]}'?"
        return f"an actor that the cast lacks is added, as in cast: {{{word}: {{kind: power}}}}"
    return suggest(word, known, listed)


@lru_cache(maxsize=4096)
def _suggest(word: str, known: tuple[str, ...], listed: int) -> str:
    foreign = describe_foreign_letter(word)
    if foreign:
        return f"it {foreign}; {suggest(_to_latin(word), known, listed)}"
    folded = {name.casefold(): name for name in reversed(known)}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.65)
    part_of = [name for name in folded if len(word) > 2 and word.casefold() in name]
    if close or len(part_of) == 1:
        return f"did you mean '{folded[(close or part_of)[0]]}'?"
    names = ", ".join(known[:listed]) + (" ..." if len(known) > listed else "")
    return f"known: {names}"


def describe_foreign_letter(word: str) -> str | None:
    """Say which letter of a word is not Latin; None if all are."""
    for letter in word:
        script = unicodedata.name(letter, "UNKNOWN").split()[0]
        if letter.isalpha() and not letter.isascii() and script != "LATIN":
            return f"contains the letter '{letter}' ({script.title()})"
    return None


def _to_latin(word: str) -> str:
    """Replace look-alikes by Latin letters, and drop other foreign letters."""
    latin = word.translate(_LOOK_ALIKES)
    return "".join(letter for letter in latin if describe_foreign_letter(letter) is None)
