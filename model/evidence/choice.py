"""Which evidence a command is given: claims, and series as a layer of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steppe.model.core.errors import RequestError
from steppe.model.core.word_lists import join_words

from .claims import DOCUMENTS_ONLY
from .series import MEASURED, RECORDS, holds_series

RESERVED = (DOCUMENTS_ONLY, MEASURED)
DOCUMENTS_ALONE, WITH_SERIES = "documents alone", "documents and series"  # layers


@dataclass(frozen=True)
class EvidenceChoice:
    """claims : a folder with claims of a user's own, DOCUMENTS_ONLY, or None for the shipped ones.

    series : folders with series, or MEASURED; none unless they are asked for.
    """

    claims: Path | None = None
    series: tuple[Path, ...] = ()

    @property
    def options(self) -> str:
        """The options of a command that ask for it."""
        return " ".join(f"--evidence {place}" for place in self.places)

    @property
    def places(self) -> list[Path]:
        """Claims and series, each place once."""
        claims = [] if self.claims is None or self.claims in self.series else [self.claims]
        return [*claims, *self.series]


LAYER = EvidenceChoice(None, (MEASURED,))  # of the second posterior that ships


def evidence_words(given: object) -> list[str]:
    """What a caller in Python gives as evidence, one or several, as words of `--evidence`.

    Raises
    ------
    RequestError
        If it is anything but names and paths.
    """
    several = given if isinstance(given, (list, tuple)) else [] if given is None else [given]
    for one in several:
        if not isinstance(one, (str, Path)) or not str(one):
            raise RequestError(f"evidence is {one!r}; give a name or a path")
    return [str(one) for one in several]


def choose_evidence(given: Sequence[str]) -> EvidenceChoice:
    """What the values of `--evidence` ask for; a folder may hold claims, series or both.

    `measured` is the shipped pack and `./measured` a folder.

    Raises
    ------
    RequestError
        If two of them hold claims, or one is given twice.
    """
    places = [_place(word) for word in given]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise RequestError(f"--evidence {place} is given twice; give it once")
    series = tuple(place for place in places if holds_series(place))
    claims = [place for place in places if place not in series or _holds_claims(place)]
    if len(claims) > 1:
        names = join_words(list(map(str, claims[:2])))
        raise RequestError(
            f"--evidence {names}: only one of them can hold claims, or be {DOCUMENTS_ONLY}; put "
            "the claims into one folder (series may come from several)"
        )
    return EvidenceChoice(claims[0] if claims else None, series)


def _place(word: str) -> Path:
    path = Path(word)
    return path.absolute() if path in RESERVED and word != str(path) else path


def _holds_claims(folder: Path) -> bool:
    if folder == MEASURED or not folder.is_dir():
        return False
    records = set(folder.glob(RECORDS))
    return any(path not in records for path in folder.glob("*.yaml"))
