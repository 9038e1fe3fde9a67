"""What a batch shows, in sentences: the difference of each scenario from the baseline, member by member."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import STEP, open_results

BASELINE = "baseline"
HEADLINE_COUNT = 3
SIGN_AGREEMENT = 0.9


@dataclass(frozen=True)
class Difference:
    """A paired difference of one share at one time: the median over members, the 90 % band, and how many agree in sign."""

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
        if self.unchanged > 0.5:  # an event that few members meet: the median says nothing of them
            return (
                f"{self.scenario} minus {self.against}, {self.year}, {self.republic}, {self.channel}, {self.holder}: "
                f"unchanged in {self.unchanged:.0%} of members, {self.mean:+.2f} on average (90 %: {self.low:+.2f} to {self.high:+.2f})"
            )
        word = "lower" if self.median < 0 else "higher"
        return (
            f"{self.scenario} minus {self.against}, {self.year}, {self.republic}, {self.channel}, {self.holder}: "
            f"{self.median:+.2f} (90 %: {self.low:+.2f} to {self.high:+.2f}), {word} in {self.same_sign:.0%} of members"
        )


def member_differences(dataset, scenario: str, against: str, year: int | None = None):
    """What a scenario has more than another, member by member: (member, republic, channel, holder) at one time.

    The last time that both reach, or the last that a year holds; none if there is no such
    time, or no member that both have.
    """
    one, other = dataset["shares"].sel(scenario=scenario), dataset["shares"].sel(scenario=against)
    if year is not None:
        within = dataset["time"].dt.year == year
        one, other = one.isel(time=within.values), other.isel(time=within.values)
    both = (_with_absent(one) - _with_absent(other)).load().dropna("time", how="all")
    if both.sizes["time"] == 0:
        return None
    return (
        both.isel(time=-1)
        .dropna("member", how="all")
        .transpose("member", "republic", "channel", "holder")
    )


def _with_absent(shares):
    """Shares in which a power that is in another scenario's cast only holds nothing, rather than being missing."""
    return shares.fillna(0.0).where(shares.notnull().any("holder"))


def paired_differences(
    dataset, scenario: str, against: str, year: int | None = None
) -> list[Difference]:
    """Paired differences in every cell at the last time that both scenarios reach, or in a year, largest and surest first."""
    last = member_differences(dataset, scenario, against, year)
    return [] if last is None else rank_differences(last, scenario, against)


def rank_differences(last, scenario: str, against: str) -> list[Difference]:
    """Differences summed up over members, largest and surest first."""
    values = last.values
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    lower, higher, mean = (
        (values < -STEP).mean(axis=0),
        (values > STEP).mean(axis=0),
        values.mean(axis=0),
    )
    year = int(str(last["time"].values)[:4])
    words = [
        list(map(str, last[dimension].values)) for dimension in ("republic", "channel", "holder")
    ]
    found = []
    for place in np.ndindex(median.shape):
        names = [known[position] for known, position in zip(words, place, strict=True)]
        same = lower[place] if median[place] < 0 else higher[place]
        found.append(
            Difference(
                scenario,
                against,
                year,
                *names,
                float(median[place]),
                float(low[place]),
                float(high[place]),
                float(same),
                len(values),
                float(mean[place]),
                float(1.0 - lower[place] - higher[place]),
            )
        )
    return sorted(
        found,
        key=lambda item: (
            -abs(item.median) * (item.same_sign >= SIGN_AGREEMENT) - 1e-3 * abs(item.median),
            -abs(item.mean),
        ),
    )


def headline_sentences(folder: Path) -> list[str]:
    """Three sentences: the largest sure difference of each scenario, scenarios with the largest first."""
    dataset = open_results(folder / RESULTS)
    names = [str(name) for name in dataset["scenario"].values]
    futures = [name for name in names if name not in (BASELINE, "history")]
    if BASELINE not in names or not futures:
        return leader_sentences(dataset, names[-1])
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
    """The first of each republic, so that sentences do not repeat each other."""
    seen: dict[str, Difference] = {}
    for item in items:
        seen.setdefault(item.republic, item)
    return list(seen.values())


def leader_sentences(dataset, scenario: str) -> list[str]:
    """Who leads at the end of a scenario, channel by channel, where there is nothing to compare."""
    shares = dataset["shares"].sel(scenario=scenario).load().dropna("time", how="all").isel(time=-1)
    year = int(str(shares["time"].values)[:4])
    powers = [name for name in shares["holder"].values if name != "autonomy"]
    sentences = []
    for channel in shares["channel"].values[:HEADLINE_COUNT]:
        region = (
            shares.sel(channel=channel, holder=powers).mean("republic").dropna("member", how="all")
        )
        leader = str(region["holder"].values[int(region.median("member").argmax("holder"))])
        values = region.sel(holder=leader).values
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
        leads = float((region.argmax("holder").values == powers.index(leader)).mean())
        sentences.append(
            f"{scenario}, {year}, mean of the republics, {channel}: {leader} holds {median:.2f} "
            f"(90 %: {low:.2f} to {high:.2f}) and leads in {leads:.0%} of members"
        )
    return sentences
