"""The cast of a batch, which holds every actor that one of its scenarios has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from steppe.model.core.cast import AUTONOMY, AUTONOMY_COLOUR, Actor, Cast, default_cast

if TYPE_CHECKING:
    import xarray as xr


def batch_cast(dataset: xr.Dataset) -> Cast:
    """The powers, republics and channels of a dataset, which has its request in `attrs`."""
    known, request = default_cast(), dataset.attrs["request"]

    def actors(kind: str, names: Iterable[str]) -> tuple[Actor, ...]:
        shipped = {actor.name: actor for actor in known.actors(kind)}
        return tuple(shipped.get(name) or _added_actor(name, request) for name in map(str, names))

    powers = (name for name in dataset["holder"].values if name != AUTONOMY)
    return Cast(
        actors("power", powers),
        actors("republic", dataset["republic"].values),
        actors("channel", dataset["channel"].values),
    )


def _added_actor(name: str, request: Mapping[str, Any]) -> Actor:
    """A power or republic that a scenario added, as the manifest describes it."""
    code, *aliases = request.get("spellings", {}).get(name, [name[:3].upper()])
    return Actor(name, code, request.get("colours", {}).get(name, AUTONOMY_COLOUR), tuple(aliases))
