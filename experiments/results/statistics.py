"""What figures show, computed once from the members of a batch and shared by all of them.

`compute_statistics` gives a Dataset without members: `share` and `region` hold quantiles, `change`
those of the difference from the baseline, `rank` the probability of each place. A mean over
republics, a rank or a difference is taken in each member first, and only then summed up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from steppe.experiments.storage import histograms
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.cast import AUTONOMY

from .differences import BASELINE
from .summary import QUANTILES

CELL = ("republic", "channel")
STATISTICS = ("share", "region", "change", "rank")


@dataclass(frozen=True)
class MemberShares:
    """The members of one scenario that are there: numbers, and shares (member, time, republic, channel, holder)."""

    numbers: np.ndarray
    shares: np.ndarray


def compute_statistics(dataset: xr.Dataset, wanted: Sequence[str] = STATISTICS) -> xr.Dataset:
    """The measures asked for, one scenario in memory at a time; a scenario without members is left out.

    Where a batch keeps counts and no members, all but the change, which pairs members, are read off those.
    """
    if "counts" in dataset:
        return _of_counts(dataset, wanted)
    base = (
        _members(dataset, BASELINE)
        if "change" in wanted and BASELINE in dataset["scenario"].values
        else None
    )
    rows: dict[str, list[np.ndarray]] = {}
    present, counts = [], []
    for name in dataset["scenario"].values:
        members = _members(dataset, name)
        if not members.numbers.size:
            continue
        present.append(name)
        counts.append(members.numbers.size)
        for measure, values in _measures(members, base, wanted, _powers(dataset)).items():
            rows.setdefault(measure, []).append(_padded(values, measure, dataset.sizes["time"]))
    return _assembled(dataset, present, counts, rows)


def _of_counts(dataset: xr.Dataset, wanted: Sequence[str]) -> xr.Dataset:
    members, rows = histograms.measured(dataset, wanted, QUANTILES)
    present = [place for place, count in enumerate(members) if count]
    return _assembled(
        dataset,
        [dataset["scenario"].values[place] for place in present],
        [members[place] for place in present],
        {name: [values[place] for place in present] for name, values in rows.items()},
    )


def _powers(dataset: xr.Dataset) -> list[str]:
    return [name for name in dataset["holder"].values if name != AUTONOMY]


def _members(dataset: xr.Dataset, scenario: str) -> MemberShares:
    """Members that have been run, and the times that the scenario reaches."""
    order = ("member", "time", *CELL, "holder")
    shares = dataset["shares"].sel(scenario=scenario).transpose(*order).values
    there = ~np.isnan(shares[:, :, 0, 0, 0])
    numbers = np.flatnonzero(there.any(axis=1))
    return MemberShares(numbers, shares[numbers][:, there.any(axis=0)])


def _measures(
    members: MemberShares, base: MemberShares | None, wanted: Sequence[str], powers: list[str]
) -> dict[str, np.ndarray]:
    """Every measure asked for, of one scenario."""
    found = {}
    if "share" in wanted:
        found["share"] = np.quantile(members.shares, QUANTILES, axis=0)
    if "region" in wanted:
        found["region"] = np.quantile(members.shares.mean(axis=2), QUANTILES, axis=0)
    if "rank" in wanted:
        found["rank"] = _rank_probabilities(members.shares[..., : len(powers)])
    if base is not None:
        difference = _paired(members, base)
        found["change"] = (
            np.quantile(difference, QUANTILES, axis=0)
            if difference.size
            else np.full((len(QUANTILES), *difference.shape[1:]), np.nan)
        )
        found["lower"], found["higher"] = _mean(difference < -STEP), _mean(difference > STEP)
    return found


def _mean(agreeing: np.ndarray) -> np.ndarray:
    return agreeing.mean(axis=0) if len(agreeing) else np.full(agreeing.shape[1:], np.nan)


def _rank_probabilities(shares: np.ndarray) -> np.ndarray:
    """(time, republic, channel, power, place): how many members put a power in a place."""
    places = np.argsort(np.argsort(-shares, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.stack([(places == place).mean(axis=0) for place in range(shares.shape[-1])], axis=-1)


def _paired(one: MemberShares, other: MemberShares) -> np.ndarray:
    """Difference of the mean over republics in every member that both have, over the times that both reach."""
    _, left, right = np.intersect1d(
        one.numbers, other.numbers, assume_unique=True, return_indices=True
    )
    reach = min(one.shares.shape[1], other.shares.shape[1])
    return _with_absent(one.shares[left, :reach]).mean(axis=2) - _with_absent(
        other.shares[right, :reach]
    ).mean(axis=2)


def _with_absent(shares: np.ndarray) -> np.ndarray:
    """Shares in which a power that is in another scenario's cast only holds nothing, rather than being missing."""
    missing = np.isnan(shares)
    return np.where(missing & ~missing.all(axis=-1, keepdims=True), 0.0, shares)


def _padded(values: np.ndarray, measure: str, times: int) -> np.ndarray:
    """Missing values after the last time that a scenario reaches."""
    axis = 1 if measure in ("share", "region", "change") else 0
    room = [(0, times - values.shape[axis] if place == axis else 0) for place in range(values.ndim)]
    return np.pad(values, room, constant_values=np.nan)


_DIMENSIONS = {
    "share": ("scenario", "quantile", "time", *CELL, "holder"),
    "region": ("scenario", "quantile", "time", "channel", "holder"),
    "change": ("scenario", "quantile", "time", "channel", "holder"),
    "rank": ("scenario", "time", *CELL, "power", "place"),
    "lower": ("scenario", "time", "channel", "holder"),
    "higher": ("scenario", "time", "channel", "holder"),
}


def _assembled(
    dataset: xr.Dataset, scenarios: list[str], counts: list[int], rows: dict[str, list[np.ndarray]]
) -> xr.Dataset:
    powers = _powers(dataset)
    coordinates = {
        "scenario": np.array(scenarios, dtype=object),
        "quantile": list(QUANTILES),
        "power": np.array(powers, dtype=object),
        "place": np.arange(1, len(powers) + 1),
        **{name: dataset[name] for name in ("time", "quarter", *CELL, "holder")},
    }
    variables = {name: (_DIMENSIONS[name], np.stack(values)) for name, values in rows.items()}
    variables["members"] = (("scenario",), np.array(counts, dtype=int))
    return xr.Dataset(variables, coords=coordinates, attrs=dict(dataset.attrs))
