"""Filters of a drawing, checked against what a batch holds; an unknown word gets the nearest match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from ...model.cast import AUTONOMY, UnknownName, default_cast, nearest
from ..findings import BASELINE
from ..problems import Refused
from .catalogue import KINDS, QUICK
from .themes import STYLES

FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Selection:
    """What to draw; an empty tuple leaves everything in."""

    figures: tuple[str, ...]
    scenarios: tuple[str, ...]
    republics: tuple[str, ...]
    channels: tuple[str, ...]
    holders: tuple[str, ...]
    style: str
    formats: tuple[str, ...]

    def narrowed(self, dataset: xr.Dataset) -> xr.Dataset:
        """The members that figures need: republics and channels chosen, scenarios chosen and the baseline to compare with."""
        names = list(dataset["scenario"].values)
        if self.scenarios:
            names = [name for name in names if name in self.scenarios or (name == BASELINE and "difference" in self.figures)]
        chosen = {"scenario": names}
        if self.republics:
            chosen["republic"] = list(self.republics)
        if self.channels:
            chosen["channel"] = list(self.channels)
        return dataset.sel(chosen)

    def shown(self, measures: xr.Dataset) -> xr.Dataset:
        """Measures of the holders chosen. Ranks and leads were found among all powers before."""
        if not self.holders:
            return measures
        powers = [name for name in measures["power"].values if name in self.holders]
        return measures.sel(holder=[name for name in measures["holder"].values if name in self.holders], power=powers)

    def suffix(self, *, of_one_republic: bool = False, of_scenarios: bool = False) -> str:
        """What a filter adds to file names, so that a part never takes the place of the whole.

        A page of one republic, or of one scenario, is whole whichever others are filtered
        away; `of_scenarios` marks a page on which they stand together.
        """
        scenarios, republics = self.scenarios if of_scenarios else (), () if of_one_republic else self.republics
        words = "-".join(slug(word) for word in (*scenarios, *republics, *self.channels, *self.holders))
        return (f"--{words}" if words else "") + ("" if self.style == STYLES[0] else f"--{self.style}")


def slug(words: str) -> str:
    """A name as part of a file name."""
    return "".join(letter if letter.isalnum() or letter in "_." else "-" for letter in words.casefold())


def selection(dataset: xr.Dataset, *, figures: Sequence[str] | None = None, scenarios: Sequence[str] | None = None,
              republics: Sequence[str] | None = None, channels: Sequence[str] | None = None, powers: Sequence[str] | None = None,
              style: str = STYLES[0], formats: Sequence[str] = FORMATS[:1]) -> Selection:
    """The filters as names that the batch knows.

    Raises
    ------
    Refused
        If a word names nothing.
    """
    return Selection(
        figures=_known("figure", figures or QUICK, list(KINDS)),
        scenarios=_known("scenario", scenarios or (), [str(name) for name in dataset["scenario"].values]),
        republics=_actors("republic", republics or (), dataset), channels=_actors("channel", channels or (), dataset),
        holders=_holders(powers or (), dataset), style=_known("style", [style], list(STYLES))[0],
        formats=_known("format", formats, list(FORMATS)),
    )


def _known(kind: str, words: Sequence[str], known: list[str]) -> tuple[str, ...]:
    for word in words:
        if word not in known:
            raise Refused(f"unknown {kind} '{word}'; {nearest(word, known, listed=20)}")
    return tuple(name for name in known if name in words)


def _actors(kind: str, words: Sequence[str], dataset: xr.Dataset) -> tuple[str, ...]:
    """Names in the order of the cast, from names, codes or aliases."""
    try:
        names = {default_cast().actors(kind)[default_cast().index(kind, word)].name for word in words}
    except UnknownName as error:
        raise Refused(str(error)) from None
    return tuple(str(name) for name in dataset[kind].values if name in names)


def _holders(words: Sequence[str], dataset: xr.Dataset) -> tuple[str, ...]:
    """Powers, and autonomy where it is asked for."""
    cast = default_cast()
    names = set()
    for word in words:
        if word.casefold() == AUTONOMY:
            names.add(AUTONOMY)
            continue
        try:
            names.add(cast.powers[cast.index("power", word)].name)
        except UnknownName:
            raise Refused(f"unknown power '{word}'; {nearest(word, list(cast.holder_names))}") from None
    return tuple(str(name) for name in dataset["holder"].values if name in names)
