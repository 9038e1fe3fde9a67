"""Observables as a batch stores them; whoever reads a batch needs no declaration of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

INFLUENCE = "influence"  # what shares are shares of, where a table names its quantities


@dataclass(frozen=True)
class StoredObservable:
    """An observable of a batch; `variable` holds its values, or the counts of them."""

    name: str
    channel: str
    meaning: str
    unit: str
    variable: str


def stored_observables(dataset: xr.Dataset, channels: Sequence[str] = ()) -> list[StoredObservable]:
    """The observables, by name, of a batch that follow one of the channels, any if none is named.

    None in a batch from before observables were stored.
    """
    found = [
        StoredObservable(
            values.attrs["observable"],
            values.attrs["channel"],
            values.attrs["meaning"],
            values.attrs["long_name"],
            str(variable),
        )
        for variable, values in sorted(dataset.data_vars.items())
        if "observable" in values.attrs
    ]
    return [row for row in found if not channels or row.channel in channels]


def as_shares(values: xr.DataArray, name: str) -> xr.DataArray:
    """An observable with the dimensions of shares: a channel of its name, powers as holders."""
    return values.rename(power="holder").expand_dims(channel=[name])
