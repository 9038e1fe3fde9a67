"""Statistics read from counts, for batches that keep no members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from steppe.experiments.storage.histograms import SHARE_COUNTS, WIDTH
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_band, format_fixed
from steppe.model.core.word_lists import with_article

from .differences import shown_names
from .observed import stored_observables

if TYPE_CHECKING:
    import xarray as xr

SERIES_AT_ONCE = 128  # series whose quantiles are read together
NEEDS_MEMBERS = (
    "differences pair members, and this batch keeps none (--store summary); "
    "run it with --store members to see them"
)


def quantiles_from_counts(counts: Array, levels: Sequence[float]) -> FloatArray:
    """Quantiles (level, ...) of what was counted along the last axis; NaN where nothing was.

    As NumPy computes them, between the two nearest order statistics; each is read from its
    bin as if the members of a bin were spread evenly over it.
    """
    series = counts.reshape(-1, counts.shape[-1])
    result = np.empty((len(levels), len(series)))
    for first in range(0, len(series), SERIES_AT_ONCE):
        part = slice(first, first + SERIES_AT_ONCE)
        result[:, part] = _quantiles(series[part], levels)
    return result.reshape(len(levels), *counts.shape[:-1])


def _quantiles(counts: Array, levels: Sequence[float]) -> FloatArray:
    cumulative = counts.cumsum(axis=-1, dtype=np.int64)
    members = cumulative[:, -1]
    last = np.maximum(members - 1, 0)
    rows = []
    for level in levels:
        rank = level * last
        below = np.floor(rank).astype(np.int64)
        low, high = (
            _order_statistic(counts, cumulative, np.minimum(at, last)) for at in (below, below + 1)
        )
        rows.append(np.where(members > 0, low + (rank - below) * (high - low), np.nan))
    return np.stack(rows)


def _order_statistic(counts: Array, cumulative: IntArray, rank: IntArray) -> FloatArray:
    index = (cumulative > rank[..., None]).argmax(axis=-1)[..., None]
    inside = np.take_along_axis(counts, index, axis=-1)[..., 0]
    before = np.take_along_axis(cumulative, index, axis=-1)[..., 0] - inside
    part = (rank - before + 0.5) / np.maximum(inside, 1)
    values: FloatArray = np.clip((index[..., 0] + part) * WIDTH - STEP / 2, 0.0, 1.0)
    return values


def quantiles_of_counts(counts: xr.DataArray, levels: Sequence[float]) -> xr.DataArray:
    """Quantiles of what was counted, as `summary.quantiles` gives them.

    One scenario is in memory at a time.
    """
    import xarray as xr

    rows = []
    for scenario in counts["scenario"].values:
        one = counts.sel(scenario=[scenario]).load()
        kept = one.dims[:-1]
        coordinates = {name: one[name] for name in kept} | {"quantile": list(levels)}
        rows.append(
            xr.DataArray(
                quantiles_from_counts(one.values, levels),
                dims=["quantile", *kept],
                coords=coordinates,
                name="shares",
            )
        )
    joined: xr.DataArray = xr.concat(
        rows, "scenario", join="exact", coords="minimal", compat="override"
    )
    return joined


def statistics_from_counts(
    dataset: xr.Dataset, wanted: Sequence[str], levels: Sequence[float]
) -> tuple[list[int], dict[str, list[FloatArray]]]:
    """Members of each scenario, and by statistic an array for each.

    Statistics are `share`, `region`, `rank`, and each observable for `observed`.
    `change`, `lower` and `higher` compare a scenario with another in the same member, which
    counts do not know: they are NaN.
    """
    members: list[int] = []
    found: dict[str, list[FloatArray]] = {
        name: [] for name in ("share", "region", "rank", "change", "lower", "higher")
    }
    for scenario in dataset["scenario"].values:
        one = dataset.sel(scenario=scenario).load()
        cells, region, ranks = (one[name].values for name in SHARE_COUNTS)
        members.append(int(cells[0, 0, 0].sum(axis=-1).max()))
        ranked = ranks.sum(axis=-1, keepdims=True)
        found["share"].append(quantiles_from_counts(cells, levels))
        found["region"].append(quantiles_from_counts(region, levels))
        found["rank"].append(
            np.divide(ranks, ranked, out=np.full(ranks.shape, np.nan), where=ranked > 0)
        )
        found["change"].append(np.full(found["region"][-1].shape, np.nan))
        for row in stored_observables(one):
            found.setdefault(row.name, []).append(
                quantiles_from_counts(one[row.variable].values, levels)
            )
        for name in ("lower", "higher"):
            found[name].append(np.full(region.shape[:-1], np.nan))
    names = {*wanted, *(("lower", "higher") if "change" in wanted else ())}
    names |= {row.name for row in stored_observables(dataset)} if "observed" in wanted else set()
    return members, {name: rows for name, rows in found.items() if name in names}


def leader_sentences(dataset: xr.Dataset) -> list[str]:
    """Sentences on who leads at the end of each scenario, and on why there are no differences."""
    sentences, shown = [], shown_names(dataset)
    for scenario in dataset["scenario"].values:
        one = dataset["region_counts"].sel(scenario=scenario).load()
        reached = np.flatnonzero(one.values.any(axis=(1, 2, 3)))
        if not reached.size:
            continue
        last = one.isel(time=int(reached[-1]))
        year = int(str(last["time"].values)[:4])
        powers = [name for name in last["holder"].values if name != AUTONOMY]
        for channel in last["channel"].values:
            counts = last.sel(channel=channel, holder=powers).values
            low, median, high = quantiles_from_counts(counts, (0.05, 0.5, 0.95))
            leader = int(np.nanargmax(median))
            sentences.append(
                f"{shown.get(str(scenario), scenario)}, {year}, mean of the republics, {channel}: "
                f"{with_article(powers[leader])} holds {format_fixed(median[leader])} "
                f"({format_band(low[leader], high[leader])})"
            )
    return [*sentences, NEEDS_MEMBERS]
