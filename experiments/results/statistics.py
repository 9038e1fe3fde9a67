"""Statistics that figures show, computed from the members of a batch.

`compute_statistics` returns a Dataset without members: `share` and `region` hold quantiles,
`change` quantiles of the difference from the reference, `rank` the probability of each rank, and
each observable, under its own name, quantiles. `observed` asks for all observables of the batch,
`findings` for the end of each scenario, in the attribute of that name, and then also, as
`share_compared` and the like, for the medians of what a finding compares each scenario with.
A mean over republics, a rank or a difference is taken in each member before summarising.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.array_types import Array, BoolArray, IntArray
from steppe.model.core.cast import AUTONOMY

from .differences import reference_of
from .histogram_statistics import statistics_from_counts
from .member_quantiles import member_quantiles
from .observed import stored_observables
from .paired_ends import ends_of_counts, ends_of_members
from .summary import QUANTILES

CELL = ("republic", "channel")
OBSERVED = "observed"
FINDINGS = "findings"
STATISTICS = ("share", "region", "change", "rank", OBSERVED, FINDINGS)


@dataclass(frozen=True)
class MemberShares:
    """Members of one scenario that have been run, up to the last time it reaches.

    `shares` is (member, time, republic, channel, holder).
    """

    numbers: IntArray
    shares: Array

    def none(self) -> MemberShares:
        """None of these members."""
        return MemberShares(self.numbers[:0], self.shares[:0])


def compute_statistics(
    dataset: xr.Dataset, wanted: Sequence[str] = STATISTICS, against: str = ""
) -> xr.Dataset:
    """Compute the statistics wanted, leaving out scenarios without members.

    `change` and findings are from the scenario `against`; without it `change` is from the
    reference of each scenario, and a finding from what the scenario extends, or its reference
    if it adds actors. Holds one scenario and the references in memory at a time. In a batch
    that stores only counts, statistics are read off the counts; `change`, which pairs members,
    is missing there.
    """
    if "counts" in dataset:
        return _statistics_of_counts(dataset, wanted)
    references = _references(dataset, against) if "change" in wanted else {}
    powers = _powers(dataset)
    found: dict[str, list[Array]] = {}
    scenarios, counts = [], []
    for name in dataset["scenario"].values:
        members = _load_members(dataset, name)
        if not members.numbers.size:
            continue
        scenarios.append(name)
        counts.append(members.numbers.size)
        reference = references.get(against or reference_of(dataset, str(name)), members.none())
        of_scenario = _scenario_statistics(
            members, reference if references else None, wanted, powers
        )
        if OBSERVED in wanted:
            of_scenario |= _observed_quantiles(dataset, name, members)
        for statistic, values in of_scenario.items():
            padded = _pad_times(values, statistic, dataset.sizes["time"])
            found.setdefault(statistic, []).append(padded)
    statistics = _assemble(dataset, scenarios, counts, found)
    if FINDINGS in wanted:
        statistics.attrs[FINDINGS] = ends_of_members(dataset, OBSERVED in wanted, against)
        _add_compared(statistics)
    return statistics


def compared_name(statistic: str) -> str:
    """Return the name of the medians of what scenarios are compared with."""
    return f"{statistic}_compared"


def _add_compared(statistics: xr.Dataset) -> None:
    """Add to each scenario the medians of the one that its finding compares it with."""
    names = [str(name) for name in statistics["scenario"].values]
    ends = statistics.attrs[FINDINGS]
    others = [ends[name].compared if name in ends else "" for name in names]
    if not {*others} & {*names}:
        return
    places = [names.index(other) if other in names else -1 for other in others]
    for name in ("share", "region", *statistics.attrs[OBSERVED]):
        if name in statistics:
            own = statistics[name].sel(quantile=0.5, drop=True)
            there = xr.DataArray([place >= 0 for place in places], dims="scenario")
            values = own.isel(scenario=places).values
            statistics[compared_name(name)] = own.copy(data=values).where(own.notnull() & there)


def _references(dataset: xr.Dataset, against: str) -> dict[str, MemberShares]:
    """Load the scenarios that others are compared with, as far as the dataset has them."""
    names = [str(name) for name in dataset["scenario"].values]
    wanted = {against or reference_of(dataset, name) for name in names} & {*names}
    return {name: _load_members(dataset, name) for name in sorted(wanted)}


def _statistics_of_counts(dataset: xr.Dataset, wanted: Sequence[str]) -> xr.Dataset:
    members, found = statistics_from_counts(dataset, wanted, QUANTILES)
    present = [index for index, count in enumerate(members) if count]
    statistics = _assemble(
        dataset,
        [dataset["scenario"].values[index] for index in present],
        [members[index] for index in present],
        {name: [values[index] for index in present] for name, values in found.items()},
    )
    if FINDINGS in wanted:
        statistics.attrs[FINDINGS] = ends_of_counts(dataset)
    return statistics


def _powers(dataset: xr.Dataset) -> list[str]:
    return [name for name in dataset["holder"].values if name != AUTONOMY]


def _load_members(dataset: xr.Dataset, scenario: str) -> MemberShares:
    order = ("member", "time", *CELL, "holder")
    shares = dataset["shares"].sel(scenario=scenario).transpose(*order).values
    present = ~np.isnan(shares[:, :, 0, 0, 0])
    numbers = np.flatnonzero(present.any(axis=1))
    return MemberShares(numbers, shares[numbers][:, present.any(axis=0)])


def _scenario_statistics(
    members: MemberShares, reference: MemberShares | None, wanted: Sequence[str], powers: list[str]
) -> dict[str, Array]:
    """Compute the statistics wanted of one scenario."""
    found: dict[str, Array] = {}
    if "share" in wanted:
        found["share"] = member_quantiles(members.shares, QUANTILES)
    if "region" in wanted:
        found["region"] = member_quantiles(_mean_over_republics(members.shares), QUANTILES)
    if "rank" in wanted:
        found["rank"] = _rank_probabilities(members.shares[..., : len(powers)])
    if reference is not None:
        change = _regional_change(members, reference)
        found["change"] = (
            member_quantiles(change, QUANTILES)
            if change.size
            else np.full((len(QUANTILES), *change.shape[1:]), np.nan)
        )
        found["lower"] = _share_of_members(change < -STEP, change)
        found["higher"] = _share_of_members(change > STEP, change)
    return found


def _observed_quantiles(
    dataset: xr.Dataset, scenario: str, members: MemberShares
) -> dict[str, Array]:
    """Return quantiles (quantile, time, republic, power) of each observable, by its name."""
    found = {}
    for row in stored_observables(dataset):
        values = dataset[row.variable].sel(scenario=scenario)
        ordered = values.transpose("member", "time", "republic", "power").values
        reached = ordered[members.numbers][:, : members.shares.shape[1]]
        found[row.name] = member_quantiles(reached, QUANTILES)
    return found


def _share_of_members(true: BoolArray, change: Array) -> Array:
    """Return the share of members (first axis) in which something is true of a change.

    NaN without members, and where the change is missing.
    """
    if not len(true):
        return np.full(true.shape[1:], np.nan)
    return np.where(np.isnan(change[0]), np.nan, true.mean(axis=0))


def _rank_probabilities(shares: Array) -> Array:
    """Return the share of members with each rank: (time, republic, channel, power, place)."""
    ranks = np.argsort(np.argsort(-shares, axis=-1, kind="stable"), axis=-1, kind="stable")
    places = [(ranks == rank).mean(axis=0) for rank in range(shares.shape[-1])]
    return np.where(np.isnan(shares[0])[..., None], np.nan, np.stack(places, axis=-1))


def _regional_change(one: MemberShares, other: MemberShares) -> Array:
    """Return the difference of the mean over republics: (member, time, channel, holder).

    Covers the members, times and republics that both scenarios have; a power that only one of
    them has is missing.
    """
    _, left, right = np.intersect1d(
        one.numbers, other.numbers, assume_unique=True, return_indices=True
    )
    times = min(one.shares.shape[1], other.shares.shape[1])
    if not left.size:
        return np.zeros((0, times, *one.shares.shape[3:]))
    return _mean_over_republics(one.shares[left, :times] - other.shares[right, :times])


def _mean_over_republics(shares: Array) -> Array:
    """Return the mean (member, time, channel, holder) over the republics that are there.

    All that a scenario lacks is missing in every member alike.
    """
    there = ~np.isnan(shares[:1, :1]).all(axis=(0, 1, 3, 4))
    mean: Array = shares[:, :, there].mean(axis=2)
    return mean


def drop_absent(statistics: xr.Dataset) -> xr.Dataset:
    """Leave out the republics, holders and powers of which no scenario in a dataset has a value."""
    for name in ("republic", "holder", "power"):
        there = [
            values.notnull().any([other for other in values.dims if other != name]).values
            for values in statistics.values()
            if name in values.dims
        ]
        if there:
            statistics = statistics.isel({name: np.logical_or.reduce(there)})
    return statistics


def _pad_times(values: Array, statistic: str, times: int) -> Array:
    """Append missing values after the last time that a scenario reaches."""
    axis = 0 if statistic in ("rank", "lower", "higher") else 1
    width = [(0, times - size if index == axis else 0) for index, size in enumerate(values.shape)]
    return np.pad(values, width, constant_values=np.nan)


_DIMENSIONS = {
    "share": ("scenario", "quantile", "time", *CELL, "holder"),
    "region": ("scenario", "quantile", "time", "channel", "holder"),
    "change": ("scenario", "quantile", "time", "channel", "holder"),
    "rank": ("scenario", "time", *CELL, "power", "place"),
    "lower": ("scenario", "time", "channel", "holder"),
    "higher": ("scenario", "time", "channel", "holder"),
}
_OBSERVED_DIMENSIONS = ("scenario", "quantile", "time", "republic", "power")


def _assemble(
    dataset: xr.Dataset, scenarios: list[str], counts: list[int], found: dict[str, list[Array]]
) -> xr.Dataset:
    """Put the statistics of all scenarios into one Dataset."""
    powers = _powers(dataset)
    coordinates = {
        "scenario": np.array(scenarios, dtype=object),
        "quantile": list(QUANTILES),
        "power": np.array(powers, dtype=object),
        "place": np.arange(1, len(powers) + 1),
        **{name: dataset[name] for name in ("time", "quarter", *CELL, "holder")},
    }
    variables: dict[str, tuple[tuple[str, ...], Array]] = {
        name: (_DIMENSIONS.get(name, _OBSERVED_DIMENSIONS), np.stack(values))
        for name, values in found.items()
    }
    variables["members"] = (("scenario",), np.array(counts, dtype=int))
    about = {OBSERVED: {row.name: row for row in stored_observables(dataset)}}
    return xr.Dataset(variables, coords=coordinates, attrs=dict(dataset.attrs) | about)
