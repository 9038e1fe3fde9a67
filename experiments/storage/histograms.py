"""Results without members: counts that add up, from which quantiles, leads and ranks can be read.

A share is bounded, so a histogram of it with fixed bins has a fixed size and adds up over
any number of members. A bin is 32 steps of the packed share, 0.0005 wide: an order
statistic read off it is at most that wrong, and so is any quantile. What pairs members,
the difference of two scenarios, is lost.

Workers write the counts of a stretch of members each, in the group `parts`; those of a
scenario are then added up, from nothing, into the group itself, so that no stretch is
ever counted twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import numpy as np

from steppe.model.core.cast import AUTONOMY, Cast

from .zarr_store import (
    MISSING,
    STEP,
    Layout,
    Place,
    block_hash,
    filled,
    is_address,
    settle,
    write_coordinates,
)

SHIFT = 5
BINS = (MISSING >> SHIFT) + 1
WIDTH = (1 << SHIFT) * STEP
AT_ONCE = 128  # series whose quantiles are read together
COUNTS = ("counts", "region_counts", "rank_counts")
DIMENSIONS = {
    "counts": ("time", "republic", "channel", "holder", "bin"),
    "region_counts": ("time", "channel", "holder", "bin"),
    "rank_counts": ("time", "republic", "channel", "power", "rank"),
}
WORDS = {
    "counts": "members in each bin of a share",
    "region_counts": "members in each bin of the mean share over republics",
    "rank_counts": "members in which a power has each rank",
}
PARTS = "parts"
NEEDS_MEMBERS = "differences pair members, and this batch keeps none (--store summary); run it with --store members to see them"


def _shapes(cast: Cast, times: int) -> dict[str, tuple[int, ...]]:
    powers, republics, channels = cast.shape
    return {
        "counts": (times, republics, channels, powers + 1, BINS),
        "region_counts": (times, channels, powers + 1, BINS),
        "rank_counts": (times, republics, channels, powers, powers),
    }


def empty(cast: Cast, times: int) -> tuple[np.ndarray, ...]:
    """Counts of no members."""
    return tuple(np.zeros(shape, dtype=np.uint32) for shape in _shapes(cast, times).values())


def add(counts: Sequence[np.ndarray], shares: np.ndarray) -> None:
    """Count packed shares (member, time, republic, channel, holder)."""
    cells, region, ranks = counts
    series = np.ascontiguousarray(
        np.moveaxis(shares, 0, -1)
    )  # members beside each other, as they are counted
    there = series[0, :, 0, :, 0] != MISSING
    _add(cells, series, there[:, None, :])
    republics = there.any(axis=1)
    means = series[:, republics].sum(axis=1, dtype=np.uint32) // republics.sum()
    _add(region, means, there[republics].all(axis=0)[None])
    _add_ranks(ranks, series[..., :-1, :], there[:, :-1])


def _add(counts: np.ndarray, series: np.ndarray, there: np.ndarray) -> None:
    """One series (..., member) after the other, since the bins of one stay in the cache."""
    rows = np.flatnonzero(np.broadcast_to(there, series.shape[:-1]).ravel())
    bins = series.reshape(-1, series.shape[-1])[rows] >> SHIFT
    places = rows[:, None] * BINS + bins
    np.add.at(
        counts.reshape(-1), places.ravel(), np.uint32(1)
    )  # a plain 1 would take twenty times as long


def _add_ranks(counts: np.ndarray, shares: np.ndarray, there: np.ndarray) -> None:
    """Count each power's rank, from shares (time, republic, channel, power, member); of equal powers the earlier one is ahead."""
    powers = shares.shape[3]
    for power in range(powers):
        place = np.zeros((*shares.shape[:3], shares.shape[-1]), dtype=np.uint8)
        for other in range(powers):
            if other != power:
                ahead = np.greater_equal if other < power else np.greater
                place += (
                    ahead(shares[..., other, :], shares[..., power, :])
                    & there[None, :, None, other, None]
                )
        for rank in range(powers):
            counts[..., power, rank] += (
                np.count_nonzero(place == rank, axis=-1) * there[None, :, None, power]
            ).astype(np.uint32)


def create(place: Place, layout: Layout, stretches: int) -> None:
    """A store of counts, all zero; parts that are already in a folder stay."""
    import zarr

    names = layout.coordinates
    names |= {
        "power": names["holder"][:-1],
        "rank": np.arange(1, len(names["holder"])),
        "bin": (np.arange(BINS) + 0.5) * WIDTH,
    }
    with filled(place) as new:
        write_coordinates(new, names)
        group = zarr.open_group(new, mode="r+")
        parts = group.create_group(PARTS)
        for name, shape in _shapes(layout.cast, len(layout.quarters)).items():
            count = len(layout.scenarios)
            attributes = {"long_name": WORDS[name], "units": "1"}
            group.create_array(
                name,
                shape=(count, *shape),
                chunks=(1, *shape),
                dtype="uint32",
                fill_value=0,
                compressors=_codecs(),
                dimension_names=("scenario", *DIMENSIONS[name]),
                attributes=attributes,
            )
            parts.create_array(
                name,
                shape=(count, stretches, *shape),
                chunks=(1, 1, *shape),
                dtype="uint32",
                fill_value=0,
                compressors=_codecs(),
                dimension_names=("scenario", "stretch", *DIMENSIONS[name]),
            )


def _codecs() -> list:
    from zarr.codecs import BloscCodec

    return [BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", typesize=4)]


def write_part(place: Place, scenario: int, stretch: int, counts: Sequence[np.ndarray]) -> None:
    """Put the counts of one stretch in their place."""
    import zarr

    group = zarr.open_group(place, mode="r+")[PARTS]
    for name, values in zip(COUNTS, counts, strict=True):
        _write(group[name], (scenario, stretch), values)
        settle(place, [f"{PARTS}/{name}/c/{scenario}/{stretch}" + "/0" * values.ndim])


def _write(array, where: tuple[int, ...], values: np.ndarray) -> None:
    whole = np.zeros(array.shape[len(where) :], dtype=np.uint32)
    whole[: len(values)] = values
    array[where] = whole


def read_part(place: Place, scenario: int, stretch: int, times: int) -> tuple[np.ndarray, ...]:
    """The counts of one stretch, as they were written."""
    import zarr

    group = zarr.open_group(place, mode="r")[PARTS]
    return tuple(group[name][scenario, stretch, :times] for name in COUNTS)


def read_sum(place: Place, scenario: int, times: int) -> tuple[np.ndarray, ...]:
    """The counts of a scenario."""
    import zarr

    group = zarr.open_group(place, mode="r")
    return tuple(group[name][scenario, :times] for name in COUNTS)


def add_up(place: Place, scenario: int, stretches: int, times: int) -> str:
    """Add the stretches of a scenario up, and return the hash of the sum."""
    import zarr

    sums = list(read_part(place, scenario, 0, times))
    for stretch in range(1, stretches):
        for total, counts in zip(sums, read_part(place, scenario, stretch, times), strict=True):
            total += counts
    group = zarr.open_group(place, mode="r+")
    for name, values in zip(COUNTS, sums, strict=True):
        _write(group[name], (scenario,), values)
        settle(place, [f"{name}/c/{scenario}" + "/0" * values.ndim])
    return block_hash(*sums)


def drop_parts(place: Place, scenario: int) -> None:
    """Do away with the stretches of a scenario once their sum is safe."""
    for name in COUNTS:
        where = f"{place}/{PARTS}/{name}/c/{scenario}"
        if is_address(place):
            import fsspec

            files, path = fsspec.core.url_to_fs(where)
            if files.exists(path):
                files.rm(path, recursive=True)
        else:
            shutil.rmtree(where, ignore_errors=True)


def quantiles_of(counts: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """Quantiles (level, ...) of what was counted along the last axis; missing where nothing was.

    As numpy's: between the two nearest order statistics, each read off its bin as if the
    members of a bin were spread evenly over it.
    """
    series = counts.reshape(-1, counts.shape[-1])
    found = np.empty((len(levels), len(series)))
    for first in range(0, len(series), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        found[:, part] = _quantiles(series[part], levels)
    return found.reshape(len(levels), *counts.shape[:-1])


def _quantiles(counts: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    upto = counts.cumsum(axis=-1, dtype=np.int64)
    members = upto[:, -1]
    last = np.maximum(members - 1, 0)
    found = []
    for level in levels:
        rank = level * last
        below = np.floor(rank).astype(np.int64)
        low, high = (
            _order_statistic(counts, upto, np.minimum(at, last)) for at in (below, below + 1)
        )
        found.append(np.where(members > 0, low + (rank - below) * (high - low), np.nan))
    return np.stack(found)


def _order_statistic(counts: np.ndarray, upto: np.ndarray, rank: np.ndarray) -> np.ndarray:
    place = (upto > rank[..., None]).argmax(axis=-1)[..., None]
    inside = np.take_along_axis(counts, place, axis=-1)[..., 0]
    before = np.take_along_axis(upto, place, axis=-1)[..., 0] - inside
    part = (rank - before + 0.5) / np.maximum(inside, 1)
    return np.clip((place[..., 0] + part) * WIDTH - STEP / 2, 0.0, 1.0)


def quantiles(dataset, levels: Sequence[float]):
    """Quantiles of shares, as `summary.quantiles` gives them from members; one scenario in memory at a time."""
    import xarray as xr

    rows = []
    for scenario in dataset["scenario"].values:
        one = dataset["counts"].sel(scenario=[scenario]).load()
        kept = one.dims[:-1]
        coordinates = {name: one[name] for name in kept} | {"quantile": list(levels)}
        rows.append(
            xr.DataArray(
                quantiles_of(one.values, levels),
                dims=["quantile", *kept],
                coords=coordinates,
                name="shares",
            )
        )
    return xr.concat(rows, "scenario", join="exact", coords="minimal", compat="override")


def measured(
    dataset, wanted: Sequence[str], levels: Sequence[float]
) -> tuple[list[int], dict[str, list[np.ndarray]]]:
    """Members of each scenario, and what figures show of each: `share`, `region`, `rank`, and a `change` that is missing.

    A change is the difference from another scenario in the same member; counts do not know it.
    """
    members: list[int] = []
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in ("share", "region", "rank", "change", "lower", "higher")
    }
    for scenario in dataset["scenario"].values:
        one = dataset.sel(scenario=scenario).load()
        cells, region, ranks = (one[name].values for name in COUNTS)
        members.append(int(cells[0, 0, 0].sum(axis=-1).max()))
        placed = ranks.sum(axis=-1, keepdims=True)
        found["share"].append(quantiles_of(cells, levels))
        found["region"].append(quantiles_of(region, levels))
        found["rank"].append(
            np.divide(ranks, placed, out=np.full(ranks.shape, np.nan), where=placed > 0)
        )
        found["change"].append(np.full(found["region"][-1].shape, np.nan))
        for name in ("lower", "higher"):
            found[name].append(np.full(region.shape[:-1], np.nan))
    known = {*wanted, *(("lower", "higher") if "change" in wanted else ())}
    return members, {name: rows for name, rows in found.items() if name in known}


def standing(dataset) -> list[str]:
    """Who leads at the end of each scenario, in sentences; and why no differences are among them."""
    sentences = []
    for scenario in dataset["scenario"].values[:3]:
        one = dataset["region_counts"].sel(scenario=scenario).load()
        reached = np.flatnonzero(one.values.any(axis=(1, 2, 3)))
        if not reached.size:
            continue
        last = one.isel(time=int(reached[-1]))
        year, powers = (
            int(str(last["time"].values)[:4]),
            [name for name in last["holder"].values if name != AUTONOMY],
        )
        for channel in last["channel"].values[:1]:
            low, median, high = quantiles_of(
                last.sel(channel=channel, holder=powers).values, (0.05, 0.5, 0.95)
            )
            leader = int(np.nanargmax(median))
            sentences.append(
                f"{scenario}, {year}, mean of the republics, {channel}: {powers[leader]} holds {median[leader]:.2f} "
                f"(90 %: {low[leader]:.2f} to {high[leader]:.2f})"
            )
    return [*sentences, NEEDS_MEMBERS]
