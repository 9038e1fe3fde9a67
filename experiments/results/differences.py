"""Paired differences between scenarios, and the sentences that state them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.array_types import Array
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_band, format_fixed, format_percent, format_signed
from steppe.model.core.word_lists import with_article
from steppe.model.scenario.shown_values import name_with_values

from .member_quantiles import drop_empty, member_quantiles
from .scenario_events import history_sentence

if TYPE_CHECKING:
    import xarray as xr

BASELINE = "baseline"
HEADLINE_COUNT = 3
SIGN_AGREEMENT = 0.9  # share of members with the same sign from which a difference is called sure
MIN_CHANGE = 0.01  # of a share; a smaller median is not spoken of, however many members agree


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

    @property
    def tells(self) -> bool:
        """Whether it is large enough to be spoken of."""
        return max(abs(self.median), abs(self.mean) * (self.unchanged > 0.5)) >= MIN_CHANGE

    def headline(self, shown: Mapping[str, str]) -> str:
        """Return the first of ranked differences as a sentence, or that none tells more."""
        if self.tells:
            return self.sentence(shown)
        one, other = (shown.get(name, name) for name in (self.scenario, self.against))
        which = "sure" if self.same_sign >= SIGN_AGREEMENT else "median"
        return f"{one} minus {other}, {self.year}: every {which} difference is below {MIN_CHANGE}"

    def sentence(self, shown: Mapping[str, str] | None = None) -> str:
        """Return the difference as a sentence; `shown` are names in place of scenarios' own."""
        one, other = ((shown or {}).get(name, name) for name in (self.scenario, self.against))
        subject = (
            f"{one} minus {other}, {self.year}, {self.republic}, {self.channel}, {self.holder}"
        )
        decimals = 2 if abs(self.median) >= 0.005 or self.unchanged > 0.5 else 3
        interval = f"({format_band(self.low, self.high, decimals, signed=True)})"
        if self.unchanged > 0.5:  # the median is zero where an event occurs in few members
            return (
                f"{subject}: unchanged in {format_percent(self.unchanged)} of members, "
                f"{format_signed(self.mean)} on average {interval}"
            )
        if abs(self.median) < 0.0005:
            return f"{subject}: less than 0.001 either way {interval}"
        direction = "lower" if self.median < 0 else "higher"
        return (
            f"{subject}: {format_signed(self.median, decimals)} {interval}, "
            f"{direction} in {format_percent(self.same_sign)} of members"
        )


def reference_of(dataset: xr.Dataset, scenario: str) -> str:
    """Return the scenario that another is compared with unless one is named.

    The baseline, or for a scenario that adds actors the same cast without its own events.
    """
    return str(_request(dataset).get("references", {}).get(scenario, BASELINE))


def _request(dataset: xr.Dataset) -> dict[str, Any]:
    request = dataset.attrs.get("request", {})  # text in what xarray alone opened
    found: dict[str, Any] = json.loads(request) if isinstance(request, str) else request
    return found


def shown_names(dataset: xr.Dataset) -> dict[str, str]:
    """Return how sentences and files name scenarios that a run set something in, by name.

    Such as `russian-retreat[depth=0.3]`; others are named as they are.
    """
    settings = _request(dataset).get("settings", {})
    return {name: name_with_values(name, values) for name, values in settings.items()}


def compared_pairs(dataset: xr.Dataset) -> dict[str, str]:
    """Return the reference of each scenario, by name, where the dataset has both.

    The baseline, history, which has no future, and references themselves are not compared.
    """
    names = [str(name) for name in dataset["scenario"].values]
    left_out = {BASELINE, "history", *_request(dataset).get("references", {}).values()}
    pairs = {name: reference_of(dataset, name) for name in names if name not in left_out}
    return {name: reference for name, reference in pairs.items() if reference in names}


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
    order = ("member", "republic", "channel", "holder")
    shares = dataset["shares"]
    if year is not None:
        shares = shares.isel(time=(dataset["time"].dt.year == year).values)
    for time in reversed(range(shares.sizes["time"])):
        one, other = (
            shares.isel(time=time).sel(scenario=name, drop=True).load().transpose(*order)
            for name in (scenario, against)
        )
        values = [one.values, other.values]
        if absent_as_zero:
            values = [_absent_as_zero(part) for part in values]
        both = drop_empty(one.copy(data=values[0] - values[1]), "member")
        if both.sizes["member"]:
            return both
    return None


def _absent_as_zero(shares: Array) -> Array:
    """Shares (..., holder) with zero for a power that is missing where others are not."""
    there = ~np.isnan(shares).all(axis=-1, keepdims=True)
    filled: Array = np.where(there, np.nan_to_num(shares), np.nan)
    return filled


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
    low, median, high = member_quantiles(values, (0.05, 0.5, 0.95))
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
    """Return three sentences on a batch: its largest sure differences from the references.

    More say which scenarios change history.

    They come from different scenarios where there are several, the largest difference first. A
    scenario without any of `MIN_CHANGE` has a sentence that says so. With nothing to compare with,
    they say who leads in each scenario.
    """
    dataset = open_batch(folder)
    pairs = compared_pairs(dataset)
    if not pairs:
        return leader_sentences(dataset)
    shown = shown_names(dataset)
    by_scenario = [
        items
        for name, reference in pairs.items()
        if (items := _one_per_republic(paired_differences(dataset, name, reference)))
    ]
    by_scenario.sort(key=lambda items: -abs(items[0].median))
    sentences = [
        items[rank].headline(shown)
        for rank in range(HEADLINE_COUNT)
        for items in by_scenario
        if rank == 0 or (rank < len(items) and items[rank].tells)
    ]
    notes = (history_sentence(_request(dataset), name, of_difference=True) for name in pairs)
    return [*sentences[:HEADLINE_COUNT], *filter(None, notes)]


def _one_per_republic(items: list[Difference]) -> list[Difference]:
    """Return the first difference of each republic, so that sentences do not repeat each other."""
    first: dict[str, Difference] = {}
    for item in items:
        first.setdefault(item.republic, item)
    return list(first.values())


def leader_sentences(dataset: xr.Dataset) -> list[str]:
    """Return a sentence per scenario and channel on who leads at the end of the scenario."""
    shown = shown_names(dataset)
    return [
        sentence
        for name in map(str, dataset["scenario"].values)
        for sentence in _leaders_at_the_end(
            dataset["shares"].sel(scenario=name), shown.get(name, name)
        )
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
