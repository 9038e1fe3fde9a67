"""The numbers of a batch as a page carries them: quantiles in every year, and paired differences at the end.

Packed as 16-bit whole numbers in base64: sixteen scenarios take less than a megabyte.
"""

from __future__ import annotations

from base64 import b64encode
from itertools import combinations
from typing import Any

import numpy as np

from steppe.experiments.results.differences import Difference, paired, ranked
from steppe.experiments.results.summary import quantiles
from steppe.experiments.storage.manifest import Manifest

SCALE = 10_000  # a share of 0.1234 is kept as 1234
NONE = -32768


def packed(values: np.ndarray) -> str:
    """Shares, or differences of them, as base64 of little-endian 16-bit numbers; what is missing is the lowest of them."""
    scaled = np.where(np.isnan(values), NONE, np.rint(np.nan_to_num(values) * SCALE))
    return b64encode(scaled.astype("<i2").tobytes()).decode()


def yearly(dataset, manifest: Manifest):
    """The ends of years, and scenarios of which something has been run."""
    dataset = dataset.isel(time=(dataset["time"].dt.month == 12).values)
    return dataset.sel(
        scenario=[name for name in dataset["scenario"].values if members_of(manifest, str(name))]
    )


def members_of(manifest: Manifest, scenario: str) -> int:
    """How many members of a scenario have been run."""
    block, members = manifest.request["block"], manifest.request["members"]
    firsts = [
        int(key.rpartition("/")[2]) for key in manifest.blocks if key.rpartition("/")[0] == scenario
    ]
    return sum(min(block, members - first) for first in firsts)


def years_of(dataset, request: dict[str, Any], scenario: str) -> int:
    """How many year ends a scenario reaches."""
    last = request["spans"][scenario][1]
    years = dataset["time"].dt.year.values
    return int(((years - 2000) * 4 + 3 <= last).sum())


def trajectories(dataset, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """For each scenario its members and years, and quantiles by (republic, channel, holder, quantile, year)."""
    found = {}
    for name in map(str, dataset["scenario"].values):
        values = (
            quantiles(dataset, scenario=[name])
            .isel(scenario=0)
            .transpose("republic", "channel", "holder", "quantile", "time")
            .values
        )
        years = years_of(dataset, manifest.request, name)
        found[name] = {
            "members": members_of(manifest, name),
            "years": years,
            "shares": packed(values[..., :years]),
        }
    return found


def differences_at_the_end(
    dataset, request: dict[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, str], list[Difference]]]:
    """Paired differences of every two scenarios in the last year that both reach, packed and in order of rank.

    Packed by (republic, channel, holder, [low, median, high, same sign]). Keys name the
    first and the second scenario; the page turns the sign for the other way round.
    """
    numbers, statements = {}, {}
    ends = _ends(dataset, request)
    for one, other in combinations(map(str, dataset["scenario"].values), 2):
        last = paired(ends, other, one)
        if last is None or last.sizes["member"] == 0:
            continue
        items = ranked(last, other, one)
        place = {
            name: {word: row for row, word in enumerate(map(str, last[name].values))}
            for name in ("republic", "channel", "holder")
        }
        table = np.empty((*last.shape[1:], 4))
        for item in items:
            cell = (
                place["republic"][item.republic],
                place["channel"][item.channel],
                place["holder"][item.holder],
            )
            table[cell] = (item.low, item.median, item.high, item.same_sign)
        numbers[f"{other}|{one}"] = {
            "year": items[0].year,
            "members": items[0].members,
            "cells": packed(table),
        }
        statements[other, one] = items
    return numbers, statements


def _ends(dataset, request: dict[str, Any]):
    """The dataset at the last times of its scenarios, in memory: each scenario is read once, not once per pair."""
    import xarray as xr

    names = list(map(str, dataset["scenario"].values))
    last = sorted({years_of(dataset, request, name) - 1 for name in names} - {-1})
    parts = [dataset["shares"].sel(scenario=[name]).load().isel(time=last) for name in names]
    return xr.Dataset(
        {"shares": xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")}
    )
