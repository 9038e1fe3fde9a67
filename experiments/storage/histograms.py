"""Results without members: counts that add up, from which quantiles, leads and ranks can be read.

A share is bounded, so a histogram of it with fixed bins has a fixed size and adds up over
any number of members. A bin is 32 steps of the packed share, 0.0005 wide: an order
statistic read from it is at most that wrong, and so is any quantile. What pairs members,
such as the difference between two scenarios, is lost.

Workers write the counts of a part of the members each, in the group `parts`. The parts of a
scenario are then summed into the group itself, always from all parts, so that none is
counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from steppe.model.core.array_types import BoolArray
from steppe.model.core.cast import Cast
from steppe.model.observables.declarations import OBSERVABLES, observables_of

from .coordinates import Coordinate, consolidate_metadata, write_coordinates
from .locations import Location, delete_tree
from .zarr_store import (
    MISSING,
    STEP,
    Layout,
    PackedShares,
    block_hash,
    replace_metadata,
    sync_chunks,
)

SHIFT = 5
BINS = (MISSING >> SHIFT) + 1
WIDTH = (1 << SHIFT) * STEP
SHARE_COUNTS = ("counts", "region_counts", "rank_counts")
OBSERVED_COUNTS = {f"{name}_counts": row for name, row in OBSERVABLES.items()}
COUNTS = (*SHARE_COUNTS, *OBSERVED_COUNTS)
DIMENSIONS = {
    "counts": ("time", "republic", "channel", "holder", "bin"),
    "region_counts": ("time", "channel", "holder", "bin"),
    "rank_counts": ("time", "republic", "channel", "power", "rank"),
    **dict.fromkeys(OBSERVED_COUNTS, ("time", "republic", "power", "bin")),
}
LONG_NAMES = {
    "counts": "members in each bin of a share",
    "region_counts": "members in each bin of the mean share over republics",
    "rank_counts": "members in which a power has each rank",
}
PARTS = "parts"

CountArray = npt.NDArray[np.uint32]


def _shapes(cast: Cast, times: int) -> dict[str, tuple[int, ...]]:
    powers, republics, channels = cast.shape
    return {
        "counts": (times, republics, channels, powers + 1, BINS),
        "region_counts": (times, channels, powers + 1, BINS),
        "rank_counts": (times, republics, channels, powers, powers),
        **{f"{row.name}_counts": (times, republics, powers, BINS) for row in observables_of(cast)},
    }


def empty_counts(cast: Cast, times: int) -> tuple[CountArray, ...]:
    """Counts of no members."""
    return tuple(np.zeros(shape, dtype=np.uint32) for shape in _shapes(cast, times).values())


def count_block(
    counts: Sequence[CountArray], shares: PackedShares, observed: Sequence[PackedShares]
) -> None:
    """Add packed shares and observables of members to counts, in place.

    shares : (member, time, republic, channel, holder). observed : (member, time, republic, power)
    of each observable.
    """
    _count_shares(counts[: len(SHARE_COUNTS)], shares)
    for of_observable, values in zip(counts[len(SHARE_COUNTS) :], observed, strict=True):
        series = np.ascontiguousarray(np.moveaxis(values, 0, -1))
        _count(of_observable, series, series[:1, ..., 0] != MISSING)


def _count_shares(counts: Sequence[CountArray], shares: PackedShares) -> None:
    cells, region, ranks = counts
    # Members side by side, the order in which they are counted.
    series = np.ascontiguousarray(np.moveaxis(shares, 0, -1))
    present = series[0, :, 0, :, 0] != MISSING
    _count(cells, series, present[:, None, :])
    republics = present.any(axis=1)
    means = series[:, republics].sum(axis=1, dtype=np.uint32) // republics.sum()
    _count(region, means, present[republics].all(axis=0)[None])
    _count_ranks(ranks, series[..., :-1, :], present[:, :-1])


def _count(counts: CountArray, series: npt.NDArray[Any], present: BoolArray) -> None:
    """Count one series (..., member) after the other, so that its bins stay in the cache."""
    rows = np.flatnonzero(np.broadcast_to(present, series.shape[:-1]).ravel())
    bins = series.reshape(-1, series.shape[-1])[rows] >> SHIFT
    indices = rows[:, None] * BINS + bins
    # A plain 1 in place of a uint32 would take twenty times as long.
    np.add.at(counts.reshape(-1), indices.ravel(), np.uint32(1))


def _count_ranks(counts: CountArray, shares: PackedShares, present: BoolArray) -> None:
    """Count each power's rank, from shares (time, republic, channel, power, member).

    Of equal powers, the earlier one is ahead.
    """
    powers = shares.shape[3]
    for power in range(powers):
        powers_ahead = np.zeros((*shares.shape[:3], shares.shape[-1]), dtype=np.uint8)
        for other in range(powers):
            if other != power:
                is_ahead = np.greater_equal if other < power else np.greater
                powers_ahead += (
                    is_ahead(shares[..., other, :], shares[..., power, :])
                    & present[None, :, None, other, None]
                )
        for rank in range(powers):
            counts[..., power, rank] += (
                np.count_nonzero(powers_ahead == rank, axis=-1) * present[None, :, None, power]
            ).astype(np.uint32)


def create_counts(
    location: Location, layout: Layout, parts: int, attributes: Mapping[str, Any] | None = None
) -> None:
    """Create a store of counts, all zero; parts that are already in a folder stay."""
    import zarr

    holders = layout.coordinates["holder"]
    assert isinstance(holders, np.ndarray)
    coordinates: dict[str, Coordinate] = {
        **layout.coordinates,
        "power": holders[:-1],
        "rank": np.arange(1, len(holders)),
        "bin": (np.arange(BINS) + 0.5) * WIDTH,
    }
    with replace_metadata(location) as new:
        write_coordinates(new, coordinates, attributes)
        group = zarr.open_group(new, mode="r+")
        parts_group = group.create_group(PARTS)
        for name, shape in _shapes(layout.cast, len(layout.quarters)).items():
            scenarios = len(layout.scenarios)
            group.create_array(
                name,
                shape=(scenarios, *shape),
                chunks=(1, *shape),
                dimension_names=("scenario", *DIMENSIONS[name]),
                attributes={"units": "1", **_about(name)},
                **_storage_options(),
            )
            parts_group.create_array(
                name,
                shape=(scenarios, parts, *shape),
                chunks=(1, 1, *shape),
                dimension_names=("scenario", "stretch", *DIMENSIONS[name]),
                **_storage_options(),
            )
        consolidate_metadata(new)


def _about(name: str) -> dict[str, str]:
    row = OBSERVED_COUNTS.get(name)
    return {"long_name": LONG_NAMES[name]} if row is None else row.attributes


def _storage_options() -> dict[str, Any]:
    from zarr.codecs import BloscCodec

    codec = BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", typesize=4)
    return {"dtype": "uint32", "fill_value": 0, "compressors": [codec]}


def write_part(location: Location, scenario: int, part: int, counts: Sequence[CountArray]) -> None:
    """Write the counts of one part of the members."""
    import zarr

    group: Any = zarr.open_group(location, mode="r+", use_consolidated=False)[PARTS]
    for name, values in zip(_names(group), counts, strict=True):
        _write(group[name], (scenario, part), values)
        sync_chunks(location, [f"{PARTS}/{name}/c/{scenario}/{part}" + "/0" * values.ndim])


def _names(group: Any) -> list[str]:
    return [name for name in COUNTS if name in group]


def _write(array: Any, index: tuple[int, ...], values: CountArray) -> None:
    """Write a whole chunk of a Zarr array, zero where a shorter scenario has ended."""
    chunk = np.zeros(array.shape[len(index) :], dtype=np.uint32)
    chunk[: len(values)] = values
    array[index] = chunk


def read_part(location: Location, scenario: int, part: int, times: int) -> tuple[CountArray, ...]:
    """Read the counts of one part, as they were written."""
    import zarr

    group: Any = zarr.open_group(location, mode="r", use_consolidated=False)[PARTS]
    return tuple(group[name][scenario, part, :times] for name in _names(group))


def read_sum(location: Location, scenario: int, times: int) -> tuple[CountArray, ...]:
    """Read the counts of all members of a scenario."""
    import zarr

    group: Any = zarr.open_group(location, mode="r", use_consolidated=False)
    return tuple(group[name][scenario, :times] for name in _names(group))


def sum_parts(location: Location, scenario: int, parts: int, times: int) -> str:
    """Sum the parts of a scenario, write the sum, and return its hash."""
    import zarr

    sums = list(read_part(location, scenario, 0, times))
    for part in range(1, parts):
        for total, counts in zip(sums, read_part(location, scenario, part, times), strict=True):
            total += counts
    group: Any = zarr.open_group(location, mode="r+", use_consolidated=False)
    for name, values in zip(_names(group), sums, strict=True):
        _write(group[name], (scenario,), values)
        sync_chunks(location, [f"{name}/c/{scenario}" + "/0" * values.ndim])
    return block_hash(*sums)


def delete_parts(location: Location, scenario: int) -> None:
    """Delete the parts of a scenario once their sum is safe."""
    for name in COUNTS:
        delete_tree(f"{location}/{PARTS}/{name}/c/{scenario}")
