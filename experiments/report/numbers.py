"""The numbers of a batch as a page carries them: quantiles in every year, and paired differences at the end.

Packed as 16-bit whole numbers in base64: sixteen scenarios take less than a megabyte.
"""

from __future__ import annotations

from base64 import b64encode
from itertools import combinations
from typing import Any

import numpy as np

from ..findings import Difference, paired, ranked
from ..summary import quantiles

SCALE = 10_000  # a share of 0.1234 is kept as 1234
NONE = -32768


def packed(values: np.ndarray) -> str:
    """Shares, or differences of them, as base64 of little-endian 16-bit numbers; what is missing is the lowest of them."""
    scaled = np.where(np.isnan(values), NONE, np.rint(np.nan_to_num(values) * SCALE))
    return b64encode(scaled.astype("<i2").tobytes()).decode()


def yearly(dataset):
    """The ends of years, and scenarios of which something has been run."""
    dataset = dataset.isel(time=(dataset["time"].dt.month == 12).values)
    begun = [name for name in dataset["scenario"].values if bool(_first_cell(dataset, name).notnull().any())]
    return dataset.sel(scenario=begun)


def _first_cell(dataset, name: str):
    return dataset["shares"].sel(scenario=name).isel(time=0, republic=0, channel=0, holder=0)


def trajectories(dataset) -> dict[str, dict[str, Any]]:
    """For each scenario its members and years, and quantiles by (republic, channel, holder, quantile, year)."""
    found = {}
    for name in map(str, dataset["scenario"].values):
        values = quantiles(dataset, scenario=[name]).isel(scenario=0).transpose("republic", "channel", "holder", "quantile", "time").values
        years = int((~np.isnan(values[0, 0, 0, 0])).sum())
        members = int(_first_cell(dataset, name).notnull().sum())
        found[name] = {"members": members, "years": years, "shares": packed(values[..., :years])}
    return found


def differences_at_the_end(dataset) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, str], list[Difference]]]:
    """Paired differences of every two scenarios in the last year that both reach, packed and in order of rank.

    Packed by (republic, channel, holder, [low, median, high, same sign]). Keys name the
    first and the second scenario; the page turns the sign for the other way round.
    """
    numbers, statements = {}, {}
    ends = _ends(dataset)
    for one, other in combinations(map(str, dataset["scenario"].values), 2):
        last = paired(ends, other, one)
        if last is None or last.sizes["member"] == 0:
            continue
        items = ranked(last, other, one)
        place = {name: {word: row for row, word in enumerate(map(str, last[name].values))} for name in ("republic", "channel", "holder")}
        table = np.empty((*last.shape[1:], 4))
        for item in items:
            cell = (place["republic"][item.republic], place["channel"][item.channel], place["holder"][item.holder])
            table[cell] = (item.low, item.median, item.high, item.same_sign)
        numbers[f"{other}|{one}"] = {"year": items[0].year, "members": items[0].members, "cells": packed(table)}
        statements[other, one] = items
    return numbers, statements


def _ends(dataset):
    """The dataset at the last times of its scenarios, in memory: each scenario is read once, not once per pair."""
    import xarray as xr

    reached = (~dataset["shares"].isel(republic=0, channel=0, holder=0).isnull()).any("member")
    last = sorted({int(row.values.nonzero()[0].max()) for row in reached})
    parts = [dataset["shares"].sel(scenario=[name]).load().isel(time=last) for name in dataset["scenario"].values]
    return xr.Dataset({"shares": xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")})
