"""Filters of scenarios, republics, channels and powers, checked against what a batch holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xarray as xr

from steppe.experiments.errors import RequestError
from steppe.model.core.cast import AUTONOMY, default_cast
from steppe.model.core.suggestions import UnknownNameError, suggest


@dataclass(frozen=True)
class Selection:
    """Which parts of a batch are wanted; an empty tuple leaves everything in."""

    scenarios: tuple[str, ...] = ()
    republics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    def narrowed(self, dataset: xr.Dataset, keep: Iterable[str] = ()) -> xr.Dataset:
        """The republics, channels and scenarios chosen, and the scenarios in `keep`; all holders stay."""
        names = list(dataset["scenario"].values)
        if self.scenarios:
            names = [name for name in names if name in {*self.scenarios, *keep}]
        chosen = {"scenario": names}
        if self.republics:
            chosen["republic"] = list(self.republics)
        if self.channels:
            chosen["channel"] = list(self.channels)
        return dataset.sel(chosen)


def resolve_selection(
    dataset: xr.Dataset,
    *,
    scenarios: Sequence[str] | None = None,
    republics: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    powers: Sequence[str] | None = None,
) -> Selection:
    """The filters as names that the batch knows.

    Raises
    ------
    RequestError
        If a word names nothing; it gives the nearest match.
    """
    return Selection(
        scenarios=match_names(
            "scenario", scenarios or (), [str(name) for name in dataset["scenario"].values]
        ),
        republics=_actors("republic", republics or (), dataset),
        channels=_actors("channel", channels or (), dataset),
        holders=_holders(powers or (), dataset),
    )


def match_names(kind: str, words: Sequence[str], known: list[str]) -> tuple[str, ...]:
    """The words, in the order of `known`; raises RequestError for one that is not in it."""
    for word in words:
        if word not in known:
            raise RequestError(f"unknown {kind} '{word}'; {suggest(word, known, listed=20)}")
    return tuple(name for name in known if name in words)


def _actors(kind: str, words: Sequence[str], dataset: xr.Dataset) -> tuple[str, ...]:
    """Names in the order of the cast, from names, codes or aliases."""
    try:
        names = {
            default_cast().actors(kind)[default_cast().index(kind, word)].name for word in words
        }
    except UnknownNameError as error:
        raise RequestError(str(error)) from None
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
        except UnknownNameError:
            raise RequestError(
                f"unknown power '{word}'; {suggest(word, list(cast.holder_names))}"
            ) from None
    return tuple(str(name) for name in dataset["holder"].values if name in names)
