"""Coordinates of results on disk: names along the axes, with what they are in words."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from steppe.model.core.array_types import Array

from .locations import Location

Coordinate = Array | tuple[str, Array]  # values along an axis of the same name, or of the one given

# What coordinates are, in words, with the attributes of the CF conventions for time.
LABELS: dict[str, dict[str, str]] = {
    "scenario": {"long_name": "scenario"},
    "member": {"long_name": "number of the simulated history, the same in every scenario"},
    "time": {"long_name": "last day of the quarter", "standard_name": "time", "axis": "T"},
    "quarter": {"long_name": "quarter"},
    "republic": {"long_name": "republic whose dependence it is"},
    "channel": {"long_name": "channel of influence"},
    "holder": {"long_name": "holder of the share: a power, or the republic's own autonomy"},
    "parameter": {"long_name": "label of the parameter"},
    "power": {"long_name": "power"},
    "rank": {"long_name": "rank by share, 1 for the largest", "units": "1"},
    "bin": {"long_name": "middle of the bin of shares", "units": "1"},
}


def write_coordinates(
    location: Location,
    coordinates: Mapping[str, Coordinate],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write a new group that holds coordinates and nothing else, as xarray would write it.

    xarray itself imports pandas, and the two take longer to import than the rest of a start.
    """
    import zarr

    secondary = [name for name, values in coordinates.items() if isinstance(values, tuple)]
    group = zarr.open_group(
        location,
        mode="w",
        zarr_format=3,
        attributes={**(about or {}), "coordinates": " ".join(secondary)},
    )
    for name, given in coordinates.items():
        dimension, values = given if isinstance(given, tuple) else (name, given)
        attributes: dict[str, Any] = dict(LABELS.get(name, {}))
        if values.dtype.kind == "M":
            values, encoding = _encode_dates(values)
            attributes |= encoding
        group.create_array(
            name,
            data=values,
            chunks=values.shape,
            dimension_names=(dimension,),
            attributes=attributes,
        )


def _encode_dates(dates: Array) -> tuple[Array, dict[str, Any]]:
    """Dates as whole days since the first of them, and the attributes that tell xarray so."""
    first = dates[0].astype("datetime64[D]")
    return (dates.astype("datetime64[D]") - first).astype("int64"), {
        "units": f"days since {first} 00:00:00",
        "calendar": "proleptic_gregorian",
    }


def consolidate_metadata(location: Location) -> None:
    """Repeat all metadata in one place, where plain `xarray.open_zarr` looks for it first."""
    import zarr
    from zarr.errors import ZarrUserWarning

    with warnings.catch_warnings():
        # Zarr says that other programs may not know of it; they then read the rest as ever.
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(location)
