"""Paired differences between scenarios, and the sentences that state them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import STEP, open_results
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_band, format_fixed, format_percent, format_signed
from steppe.model.core.word_lists import with_article

if TYPE_CHECKING:
    import xarray as xr

BASELINE = "baseline"
HEADLINE_COUNT = 3
SIGN_AGREEMENT = 0.9  # share of members with the same sign from which a difference is called sure


@dataclass(frozen=True)
class Difference:
    """The paired difference of one share at one time, summarised over members.

    `low` and `high` bound the 90% interval; `same_sign` is the share of members whose
    difference has the sign of the median, `unchanged` the share with no difference.
    """

    scenario: str
    against: str
    year: int
    republic: str
    channel: str
    holder: str
    median: float
    low: float
    high: float
    same_sign: float
    members: int
    mean: float = 0.0
    unchanged: float = 0.0

    def sentence(self) -> str:
        """Return the difference as a sentence."""
        subject = (
            f"{self.scenario} minus {self.against}, {self.year}, "
            f"{self.republic}, {self.channel}, {self.holder}"
        )
        interval = f"({format_band(self.low, self.high, signed=True)})"
        if self.unchanged > 0.5:  # the median is zero where an event occurs in few members
            return (
                f"{subject}: unchanged in {format_percent(self.unchanged)} of members, "
                f"{format_signed(self.mean)} on average {interval}"
            )
        direction = "lower" if self.median < 0 else "higher"
        return (
            f"{subject}: {format_signed(self.median)} {interval}, "
            f"{direction} in {format_percent(self.same_sign)} of members"
        )


def member_differences(
    dataset: xr.Dataset,
    scenario: str,
    against: str,
    year: int | None = None,
    *,
    absent_as_zero: bool = False,
) -> xr.DataArray | None:
    """Return one scenario minus another in each member: (member, republic, channel, holder).

    Taken at the last time that both scenarios reach, or the last within `year`. None if the
    scenarios share no such time or no member. Republics and powers that only one of them has
    are missing: NaN. With `absent_as_zero` such powers count as zero, so that the shares of a
    cell add up to one.
    """
    one, other = dataset["shares"].sel(scenario=scenario), dataset["shares"].sel(scenario=against)
    if absent_as_zero:
        one, other = (
            shares.fillna(0.0).where(shares.notnull().any("holder")) for shares in (one, other)
        )
    if year is not None:
        within = dataset["time"].dt.year == year
        one, other = one.isel(time=within.values), other.isel(time=within.values)
    both = (one - other).load().dropna("time", how="all")
    if both.sizes["time"] == 0:
        return None
    return (
        both.isel(time=-1)
        .dropna("member", how="all")
        .transpose("member", "republic", "channel", "holder")
    )


def paired_differences(
    dataset: xr.Dataset, scenario: str, against: str, year: int | None = None
) -> list[Difference]:
    """Return the paired differences of all cells, sure and large ones first.

    Taken at the last time that both scenarios reach, or the last within `year`.
    """
    last = member_differences(dataset, scenario, against, year)
    return [] if last is None else rank_differences(last, scenario, against)


def rank_differences(last: xr.DataArray, scenario: str, against: str) -> list[Difference]:
    """Summarise what `member_differences` returned, sure and large differences first.

    Cells that only one of the scenarios has are left out.
    """
    values = last.values
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    mean = values.mean(axis=0)
    lower, higher = (values < -STEP).mean(axis=0), (values > STEP).mean(axis=0)
    year = int(str(last["time"].values)[:4])
    republics, channels, holders = (
        [str(name) for name in last[dimension].values]
        for dimension in ("republic", "channel", "holder")
    )
    items = [
        Difference(
            scenario,
            against,
            year,
            republics[cell[0]],
            channels[cell[1]],
            holders[cell[2]],
            float(median[cell]),
            float(low[cell]),
            float(high[cell]),
            float(lower[cell] if median[cell] < 0 else higher[cell]),
            len(values),
            float(mean[cell]),
            float(1.0 - lower[cell] - higher[cell]),
        )
        for cell in np.ndindex(median.shape)
        if not np.isnan(median[cell])
    ]
    return sorted(items, key=_rank)


def _rank(item: Difference) -> tuple[float, float]:
    sure = item.same_sign >= SIGN_AGREEMENT
    return -abs(item.median) * sure - 1e-3 * abs(item.median), -abs(item.mean)


def headline_sentences(folder: Path) -> list[str]:
    """Return three sentences on a batch: its largest sure differences from the baseline.

    They come from different scenarios where there are several, the largest difference first;
    without a baseline to compare with, they say who leads in each scenario.
    """
    dataset = open_results(folder / RESULTS)
    names = [str(name) for name in dataset["scenario"].values]
    futures = [name for name in names if name not in (BASELINE, "history")]
    if BASELINE not in names or not futures:
        return leader_sentences(dataset)
    by_scenario = [
        items
        for name in futures
        if (items := _one_per_republic(paired_differences(dataset, name, BASELINE)))
    ]
    by_scenario.sort(key=lambda items: -abs(items[0].median))
    in_turn = [
        items[rank] for rank in range(HEADLINE_COUNT) for items in by_scenario if rank < len(items)
    ]
    return [item.sentence() for item in in_turn[:HEADLINE_COUNT]]


def _one_per_republic(items: list[Difference]) -> list[Difference]:
    """Return the first difference of each republic, so that sentences do not repeat each other."""
    first: dict[str, Difference] = {}
    for item in items:
        first.setdefault(item.republic, item)
    return list(first.values())


def leader_sentences(dataset: xr.Dataset) -> list[str]:
    """Return a sentence per scenario and channel on who leads at the end of the scenario."""
    return [
        sentence
        for scenario in map(str, dataset["scenario"].values)
        for sentence in _leaders_at_the_end(dataset["shares"].sel(scenario=scenario), scenario)
    ]


def _leaders_at_the_end(shares: xr.DataArray, scenario: str) -> list[str]:
    reached = shares.load().dropna("time", how="all")
    if reached.sizes["time"] == 0:  # no member of it has been run yet
        return []
    shares = reached.isel(time=-1)
    year = int(str(shares["time"].values)[:4])
    powers = [name for name in shares["holder"].values if name != AUTONOMY]
    sentences = []
    for channel in shares["channel"].values:
        region = (
            shares.sel(channel=channel, holder=powers).mean("republic").dropna("member", how="all")
        )
        leader = str(region["holder"].values[int(region.median("member").argmax("holder"))])
        values = region.sel(holder=leader).values
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
        leads = float((region.argmax("holder").values == powers.index(leader)).mean())
        sentences.append(
            f"{scenario}, {year}, mean of the republics, {channel}: {with_article(leader)} holds "
            f"{format_fixed(median)} ({format_band(low, high)}) and leads in "
            f"{format_percent(leads)} of members"
        )
    return sentences
