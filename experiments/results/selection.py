"""Filters of scenarios, republics, channels and powers, checked against what a batch holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steppe.experiments.storage.batch_cast import batch_cast
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.errors import RequestError
from steppe.model.core.file_names import distinct_parts, join_parts
from steppe.model.core.suggestions import UnknownNameError, suggest

from .differences import shown_names

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Selection:
    """Which parts of a batch to use, by name; an empty tuple selects everything."""

    scenarios: tuple[str, ...] = ()
    republics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    def narrow(self, dataset: xr.Dataset, keep: Iterable[str] = ()) -> xr.Dataset:
        """Select scenarios (and those in `keep`), republics and channels; all holders stay."""
        names = list(dataset["scenario"].values)
        if self.scenarios:
            names = [name for name in names if name in {*self.scenarios, *keep}]
        return dataset.sel({"scenario": names, **self.cells})

    def file_suffix(
        self, parts: Mapping[str, str], *, scenarios: bool = True, republics: bool = True
    ) -> str:
        """Return what filters add to a file name, so that a part never overwrites the whole.

        parts : from `file_parts`. scenarios, republics : whether those filters are added.
        """
        names = (
            *(self.scenarios if scenarios else ()),
            *(self.republics if republics else ()),
            *self.channels,
            *self.holders,
        )
        return f"--{join_parts(names, parts)}" if names else ""

    @property
    def cells(self) -> dict[str, list[str]]:
        """Indexers of the republics and channels selected; none where there is no filter."""
        chosen = {"republic": list(self.republics), "channel": list(self.channels)}
        return {dimension: names for dimension, names in chosen.items() if names}

    def holder_axes(self, dataset: xr.Dataset) -> dict[str, list[str]]:
        """Indexers of the holders selected, and of powers where a dataset has observables."""
        chosen = {
            "holder": list(self.holders),
            "power": [name for name in self.holders if name != AUTONOMY],
        }
        return {
            axis: names for axis, names in chosen.items() if self.holders and axis in dataset.dims
        }


def file_parts(dataset: xr.Dataset, reserved: Iterable[str] = ()) -> dict[str, str]:
    """Return how each name in a batch is written in names of files, and none as `reserved` is.

    Scenarios and republics, which name most files, come first: a power that would be written
    as one of them is written with a hash.
    """
    first, last = (
        [str(name) for axis in axes for name in dataset[axis].values]
        for axes in (("scenario", "republic"), ("channel", "holder"))
    )
    shown = shown_names(dataset)
    first = [*(f"\0{word}" for word in reserved), "region", *(shown.get(one, one) for one in first)]
    parts = distinct_parts([*first, *last]) | distinct_parts(first)
    return parts | {name: parts[told] for name, told in shown.items() if told in parts}


def resolve_selection(
    dataset: xr.Dataset,
    *,
    scenarios: Sequence[str] = (),
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
) -> Selection:
    """Return filters, given as names, codes or aliases, as names that the batch knows.

    Raises
    ------
    RequestError
        If a name is unknown; the message suggests the nearest match.
    """
    known_scenarios = [str(name) for name in dataset["scenario"].values]
    cast = batch_cast(dataset)
    return Selection(
        match_names("scenario", scenarios, known_scenarios),
        _resolve_actors("republic", republics, cast),
        _resolve_actors("channel", channels, cast),
        _resolve_holders(powers, cast),
    )


def match_names(kind: str, wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the wanted names in the order of `known`; raise RequestError for an unknown one."""
    for name in wanted:
        if name not in known:
            raise RequestError(f"unknown {kind} '{name}'; {suggest(name, known, listed=20)}")
    return tuple(name for name in known if name in wanted)


def _resolve_actors(kind: str, wanted: Sequence[str], cast: Cast) -> tuple[str, ...]:
    """Return names in the order of the cast, from names, codes or aliases."""
    try:
        chosen = {cast.index(kind, name) for name in wanted}
    except UnknownNameError as error:
        raise RequestError(str(error)) from None
    return tuple(cast.actors(kind)[index].name for index in sorted(chosen))


def _resolve_holders(wanted: Sequence[str], cast: Cast) -> tuple[str, ...]:
    """Return the powers wanted, and autonomy if it is among them."""
    powers = [name for name in wanted if name.casefold() != AUTONOMY]
    try:
        names = _resolve_actors("power", powers, cast)
    except RequestError:
        unknown = next(name for name in powers if not _is_power(name, cast))
        raise RequestError(
            f"unknown power '{unknown}'; {suggest(unknown, list(cast.holder_names))}"
        ) from None
    return (*names, AUTONOMY) if len(powers) < len(wanted) else names


def _is_power(name: str, cast: Cast) -> bool:
    return any(actor.matches(name) for actor in cast.powers)
