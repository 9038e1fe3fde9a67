"""Shares of a batch for the page: quantiles in every year, and paired differences at the end.

Packed as 16-bit integers in base64, so that sixteen scenarios take less than a megabyte.
"""

from __future__ import annotations

from base64 import b64encode
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.results.differences import Difference, member_differences, rank_differences
from steppe.experiments.results.summary import quantiles
from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import last_quarter

if TYPE_CHECKING:
    import xarray as xr

SCALE = 10_000  # a share of 0.1234 is packed as 1234
MISSING = -32768


def pack(values: FloatArray) -> str:
    """Shares, or their differences, as base64 of little-endian 16-bit integers.

    nan is packed as `MISSING`.
    """
    scaled = np.where(np.isnan(values), MISSING, np.rint(np.nan_to_num(values) * SCALE))
    return b64encode(scaled.astype("<i2").tobytes()).decode()


def year_ends(dataset: xr.Dataset, manifest: Manifest) -> xr.Dataset:
    """The last quarters of years, for scenarios with at least one finished block."""
    dataset = dataset.isel(time=(dataset["time"].dt.month == 12).values)
    started = [name for name in dataset["scenario"].values if finished_members(manifest, str(name))]
    return dataset.sel(scenario=started)


def finished_members(manifest: Manifest, scenario: str) -> int:
    """How many members of a scenario have been run."""
    block, members = manifest.request["block"], manifest.request["members"]
    keys = (key.rpartition("/") for key in manifest.blocks)
    firsts = [int(first) for name, _, first in keys if name == scenario]
    return sum(min(block, members - first) for first in firsts)


def count_years(dataset: xr.Dataset, request: dict[str, Any], scenario: str) -> int:
    """How many of the dataset's year ends a scenario reaches."""
    last = request["spans"][scenario][1]
    return sum(last_quarter(int(year)) <= last for year in dataset["time"].dt.year.values)


def trajectories(dataset: xr.Dataset, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Members, years and packed quantiles of each scenario.

    Packed by (republic, channel, holder, quantile, year).
    """
    packed = {}
    for name in map(str, dataset["scenario"].values):
        values = (
            quantiles(dataset, scenario=[name])
            .isel(scenario=0)
            .transpose("republic", "channel", "holder", "quantile", "time")
            .values
        )
        years = count_years(dataset, manifest.request, name)
        packed[name] = {
            "members": finished_members(manifest, name),
            "years": years,
            "shares": pack(values[..., :years]),
        }
    return packed


def differences_at_the_end(
    dataset: xr.Dataset, request: dict[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, str], list[Difference]]]:
    """Paired differences of every two scenarios in the last year that both reach.

    Keys name the first scenario and the one that is subtracted; the page reverses the sign
    for the other order.

    Returns
    -------
    The differences packed by (republic, channel, holder, [low, median, high, same sign]),
    and in order of rank.
    """
    packed, ranking = {}, {}
    ends = _scenario_ends(dataset, request)
    for one, other in combinations(map(str, dataset["scenario"].values), 2):
        last = member_differences(ends, other, one)
        if last is None or last.sizes["member"] == 0:
            continue
        items = rank_differences(last, other, one)
        packed[f"{other}|{one}"] = {
            "year": items[0].year,
            "members": items[0].members,
            "cells": pack(_difference_table(items, last)),
        }
        ranking[other, one] = items
    return packed, ranking


def _difference_table(items: list[Difference], last: xr.DataArray) -> FloatArray:
    """Differences in the order of the dataset's cells, (republic, channel, holder, 4).

    NaN where one of the scenarios lacks the power or the republic.
    """
    position = {
        dimension: {name: row for row, name in enumerate(map(str, last[dimension].values))}
        for dimension in ("republic", "channel", "holder")
    }
    table = np.full((*last.shape[1:], 4), np.nan)
    for item in items:
        cell = (
            position["republic"][item.republic],
            position["channel"][item.channel],
            position["holder"][item.holder],
        )
        table[cell] = (item.low, item.median, item.high, item.same_sign)
    return table


def _scenario_ends(dataset: xr.Dataset, request: dict[str, Any]) -> xr.Dataset:
    """The dataset at the last times of its scenarios, in memory.

    Each scenario is read once, not once per pair.
    """
    import xarray as xr

    names = list(map(str, dataset["scenario"].values))
    last = sorted({count_years(dataset, request, name) - 1 for name in names} - {-1})
    parts = [dataset["shares"].sel(scenario=[name]).load().isel(time=last) for name in names]
    shares = xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")
    return xr.Dataset({"shares": shares})
