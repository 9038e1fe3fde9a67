"""Shares of a batch for the page: quantiles in every year, and paired differences at the end.

Packed as 16-bit integers in base64, so that sixteen scenarios take less than a megabyte.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.results.differences import (
    BASELINE,
    Difference,
    member_differences,
    rank_differences,
)
from steppe.experiments.results.member_quantiles import member_quantiles
from steppe.experiments.results.packed_numbers import pack
from steppe.experiments.results.summary import quantiles
from steppe.experiments.storage.manifest import Manifest
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import last_quarter

if TYPE_CHECKING:
    import xarray as xr


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
    for the other order. Differences from the baseline are there for every year as well.

    Returns
    -------
    The differences packed by (republic, channel, holder, [low, median, high, same sign]),
    and in order of rank.
    """
    packed, ranking = {}, {}
    ends, by_year = _read_once(dataset, request)
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
        if (other, one) in by_year:
            packed[f"{other}|{one}"]["by_year"] = pack(by_year[other, one])
        ranking[other, one] = items
    return packed, ranking


def differences_by_year(one: FloatArray, other: FloatArray) -> FloatArray:
    """Paired differences in every year that both reach, (year, republic, channel, holder, 4).

    The last axis is low, median, high and the part of members with the sign of the median.

    Parameters
    ----------
    one, other : shares of two scenarios, (time, member, republic, channel, holder).
    """
    both = one - other
    years, members = (~np.isnan(both).all(axis=axes) for axes in ((1, 2, 3, 4), (0, 2, 3, 4)))
    both = both[np.ix_(years, members)]
    low, median, high = member_quantiles(both.swapaxes(0, 1), (0.05, 0.5, 0.95))
    lower, higher = (both < -STEP).mean(axis=1), (both > STEP).mean(axis=1)
    same = np.where(np.isnan(median), np.nan, np.where(median < 0, lower, higher))
    return np.stack([low, median, high, same], axis=-1)


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


def _read_once(
    dataset: xr.Dataset, request: dict[str, Any]
) -> tuple[xr.Dataset, dict[tuple[str, str], FloatArray]]:
    """The dataset at the last times of its scenarios, in memory, and differences by year.

    These are from the baseline, or of the baseline from scenarios before it. Each scenario is
    read once, not once per pair.
    """
    import xarray as xr

    names = list(map(str, dataset["scenario"].values))
    last = sorted({count_years(dataset, request, name) - 1 for name in names} - {-1})
    parts, by_year = [], {}
    baseline = _load_shares(dataset, BASELINE) if BASELINE in names else None
    for number, name in enumerate(names):
        if baseline is not None and name == BASELINE:
            shares = baseline
        else:
            shares = _load_shares(dataset, name)
        parts.append(shares.isel(time=last))
        if baseline is None or name == BASELINE:
            continue
        one, other = (_by_time(part) for part in (shares, baseline))
        if names.index(BASELINE) < number:
            by_year[name, BASELINE] = differences_by_year(one, other)
        else:
            by_year[BASELINE, name] = differences_by_year(other, one)
    shares = xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")
    return xr.Dataset({"shares": shares}), by_year


def _load_shares(dataset: xr.Dataset, scenario: str) -> xr.DataArray:
    return dataset["shares"].sel(scenario=[scenario]).load()


def _by_time(shares: xr.DataArray) -> FloatArray:
    """Shares of one scenario, (time, member, republic, channel, holder)."""
    found: FloatArray = shares.isel(scenario=0).transpose("time", "member", ...).values
    return found
