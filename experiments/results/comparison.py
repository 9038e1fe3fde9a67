"""Two scenarios of a batch compared member by member: differences, and who gained what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.storage.batch_cast import batch_cast
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import FIRST_YEAR, year_of
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_band, format_fixed, format_percent, format_signed
from steppe.model.core.suggestions import suggest
from steppe.model.core.word_lists import join_words, with_article

from .differences import (
    SIGN_AGREEMENT,
    Difference,
    member_differences,
    rank_differences,
    reference_of,
    shown_names,
)
from .given_results import take_results
from .observed_differences import ObservedComparison, compare_observables
from .scenario_events import history_sentence, scenario_events
from .selection import resolve_selection

if TYPE_CHECKING:
    import xarray as xr

    from .contributions import EventContributions

MIN_SHOWN = 0.0005  # a smaller mean rounds to zero in sentences
MIN_LOSS = 0.001  # a smaller mean loss is ignored; shares are stored in steps of 0.000015


@dataclass(frozen=True)
class Gain:
    """What one holder gained of a loss.

    `mean` is over members, `low` and `high` bound the 90% interval, `part` is the part of
    all losses in the cell.
    """

    holder: str
    mean: float
    low: float
    high: float
    part: float


@dataclass(frozen=True)
class LossBreakdown:
    """A share that one holder lost in a cell, and who gained it.

    In each member the differences of all holders sum to zero, so the mean gains add up to
    what all holders lost. `others` are the other holders that lost, each with its mean loss,
    largest first.
    """

    republic: str
    channel: str
    loser: str
    lost: float
    low: float
    high: float
    same_sign: float
    takers: tuple[Gain, ...]
    others: tuple[tuple[str, float], ...] = ()

    def sentence(self) -> str:
        """Return the loss and its gainers as a sentence."""
        taken = join_words(
            [
                f"{with_article(taker.holder)} {format_signed(taker.mean, 3)} "
                f"({format_percent(taker.part)})"
                for taker in self.takers
            ]
        )
        band = format_band(self.low, self.high, 3)
        lost = f"{with_article(self.loser)} lost {format_fixed(self.lost, 3)} ({band})"
        others = ", ".join(
            f"{with_article(name)} {format_fixed(mean, 3)}"
            for name, mean in self.others
            if mean >= MIN_SHOWN
        )
        if others:
            total = self.lost + sum(mean for _, mean in self.others)
            lost += f", {others}, together {format_fixed(total, 3)}"
        return f"{self.republic}, {self.channel}: {lost}; taken by {taken}"


@dataclass(frozen=True)
class Comparison:
    """What `steppe compare` reports; `note` is empty unless the batch is unfinished.

    `differences` and `losses` are the first of them. For a figure: `cells` are all differences,
    `colours` those of powers that a scenario adds, `cast` whose colours a file may change.
    `absent` has the powers and republics of one scenario that are not in the other, by the
    name of the other. `observed` has the differences of each observable. `titles` are those of
    scenarios, `shown` names of those in which a run set something, such as
    `russian-retreat[depth=0.3]`, by name.
    `notes` say in how many members uncertain events began, and what changes history.
    """

    scenario: str
    against: str
    year: int
    members: int
    differences: tuple[Difference, ...]
    losses: tuple[LossBreakdown, ...]
    note: str = ""
    contributions: EventContributions | None = None
    cells: tuple[Difference, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    cast: Cast = field(default_factory=default_cast)
    absent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    observed: tuple[ObservedComparison, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compare(
    out: str | Path | xr.Dataset,
    scenario: str,
    against: str | None = None,
    *,
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
    year: int | None = None,
    top: int = 10,
) -> Comparison:
    """Compare two scenarios of a batch, in a folder or as `take_results` returns it.

    Without `against`, its reference: the baseline, or the same cast without its own events.
    Filters take names, codes or aliases. Gains are computed over all holders, whatever
    `powers` says. `top` limits both the differences and the losses.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, or there is nothing to compare.
    """
    dataset = take_results(out, what_needs_members="a comparison, which pairs them,")
    against = reference_of(dataset, scenario) if against is None else against
    _check_scenarios(dataset, scenario, against)
    chosen = resolve_selection(dataset, republics=republics, channels=channels, powers=powers)
    last = member_differences(dataset, scenario, against, year)
    if last is None or last.sizes["member"] == 0:
        raise RequestError(_nothing_to_compare(dataset, scenario, against, year))
    last = last.sel(chosen.cells)
    holders = chosen.holders or tuple(map(str, last["holder"].values))
    ranked = rank_differences(last, scenario, against)
    items = [item for item in ranked if item.holder in holders]
    absent = _absent_names(dataset, scenario, against)
    if not items:
        raise RequestError(_nothing_in_common(scenario, against, absent))
    members, losses = last.sizes["member"], _with_zeros(dataset, last, scenario, against, year)
    return Comparison(
        scenario,
        against,
        items[0].year,
        members,
        tuple(items[:top]),
        tuple(_losses_of_cells(losses, holders)[:top]),
        _unfinished_note(members, dataset.attrs["request"]["members"]),
        absent=absent,
        observed=compare_observables(dataset, items[0], chosen, absent, top),
        cells=_in_order(items if len(items) > 1 else ranked, last),
        colours=dataset.attrs["request"].get("colours", {}),
        cast=batch_cast(dataset),
        titles=dataset.attrs["request"].get("titles", {}),
        shown=shown_names(dataset),
        notes=_notes(dataset.attrs["request"], scenario, against),
    )


def _notes(request: Mapping[str, Any], *scenarios: str) -> tuple[str, ...]:
    """Say of each scenario when its uncertain events began, and what in it changes history."""
    found = []
    for name in scenarios:
        found += [
            f"{name}, {event.name}: {event.when}, {event.text}"
            for event in scenario_events(request, name)
            if event.share is not None
        ]
        found.append(history_sentence(request, name))
    return tuple(filter(None, found))


def _unfinished_note(members: int, requested: int) -> str:
    if members == requested:
        return ""
    return f"the batch is unfinished: {members} of {requested} members are there in both"


def _absent_names(dataset: xr.Dataset, *scenarios: str) -> dict[str, tuple[str, ...]]:
    """Return what each scenario lacks of the powers and republics of the others, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    shares = dataset["shares"].sel(scenario=list(scenarios)).isel(channel=0, time=0)
    there = shares.max("member").notnull()
    for actor in ("holder", "republic"):
        present = there.any("republic" if actor == "holder" else "holder")
        lacking = present.any("scenario") & ~present
        for name in scenarios:
            names = present[actor].values[lacking.sel(scenario=name).values]
            found[name] = (*found.get(name, ()), *map(str, names))
    return {name: names for name, names in found.items() if names}


def _with_zeros(
    dataset: xr.Dataset, last: xr.DataArray, scenario: str, against: str, year: int | None
) -> xr.DataArray:
    """Return the differences with absent powers at zero, in the republics both scenarios have."""
    if not np.isnan(last.values).any():
        return last
    whole = member_differences(dataset, scenario, against, year, absent_as_zero=True)
    assert whole is not None
    cells = whole.sel(republic=last["republic"], channel=last["channel"])
    return cells.dropna("republic", how="all")


def _in_order(items: Sequence[Difference], last: xr.DataArray) -> tuple[Difference, ...]:
    """Return differences in the order of republics, channels and holders in the data."""
    place = {
        name: [str(value) for value in last[name].values]
        for name in ("republic", "channel", "holder")
    }
    return tuple(
        sorted(items, key=lambda item: [place[name].index(getattr(item, name)) for name in place])
    )


def _check_scenarios(dataset: xr.Dataset, scenario: str, against: str) -> None:
    known = [str(word) for word in dataset["scenario"].values]
    for name in (scenario, against):
        if name not in known:
            raise RequestError(
                f"the batch has no scenario '{name}'; {suggest(name, known, listed=20)}"
            )
    if scenario == against:
        raise RequestError(f"'{scenario}' is compared with itself; name another scenario after it")


def _nothing_to_compare(dataset: xr.Dataset, scenario: str, against: str, year: int | None) -> str:
    """Return the message for two scenarios that share no time or no member."""
    spans = dataset.attrs["request"]["spans"]
    last_year = year_of(min(spans[scenario][1], spans[against][1]))
    if year is not None and not FIRST_YEAR <= year <= last_year:
        return (
            f"{scenario} and {against} have no {year} in common; "
            f"give a --year from {FIRST_YEAR} to {last_year}"
        )
    return f"{scenario} and {against} have no member in common yet; run the batch to its end"


def _nothing_in_common(scenario: str, against: str, absent: Mapping[str, tuple[str, ...]]) -> str:
    """Return the message for filters that leave only what one of the scenarios lacks."""
    lacking = "; ".join(f"not in {name}: {join_words(names)}" for name, names in absent.items())
    return f"{scenario} and {against} have nothing of this in common; {lacking}"


def find_losses(last: xr.DataArray, losers: Sequence[str]) -> list[LossBreakdown]:
    """Return every cell in which one of `losers` lost share, sure and large losses first."""
    found = []
    holders = list(map(str, last["holder"].values))
    for republic in map(str, last["republic"].values):
        for channel in map(str, last["channel"].values):
            values = last.sel(republic=republic, channel=channel).values
            means = values.mean(axis=0)
            found += [
                _break_down_loss(republic, channel, index, values, holders)
                for index, name in enumerate(holders)
                if name in losers and means[index] < -MIN_LOSS
            ]
    return sorted(found, key=_loss_rank)


def _loss_rank(item: LossBreakdown) -> float:
    return -item.lost * (item.same_sign >= SIGN_AGREEMENT) - 1e-3 * item.lost


def _losses_of_cells(last: xr.DataArray, holders: Sequence[str]) -> list[LossBreakdown]:
    """Return a loss of each cell in which one of `holders` lost or gained.

    One is enough, since it names all that lost and gained there; one of `holders` comes first.
    """
    chosen: dict[tuple[str, str], LossBreakdown] = {}
    losses = find_losses(last, list(map(str, last["holder"].values)))
    for loss in sorted(losses, key=lambda item: item.loser not in holders):
        gained = any(gain.holder in holders and gain.mean >= MIN_LOSS for gain in loss.takers)
        if loss.loser in holders or gained:
            chosen.setdefault((loss.republic, loss.channel), loss)
    return sorted(chosen.values(), key=_loss_rank)


def _break_down_loss(
    republic: str, channel: str, loser: int, values: Array, holders: list[str]
) -> LossBreakdown:
    """Return who gained what the holder with index `loser` lost; values are (member, holder)."""
    means = values.mean(axis=0)
    low, high = np.quantile(values, (0.05, 0.95), axis=0)
    total = -means[means < 0].sum()
    gains = [
        Gain(
            holders[index],
            float(means[index]),
            float(low[index]),
            float(high[index]),
            float(means[index] / total),
        )
        for index in np.argsort(-means)
        if means[index] > 0
    ]
    others = tuple(
        (holders[index], float(-means[index]))
        for index in np.argsort(means)
        if means[index] < 0 and index != loser
    )
    return LossBreakdown(
        republic,
        channel,
        holders[loser],
        float(-means[loser]),
        float(-high[loser]),
        float(-low[loser]),
        float((values[:, loser] < 0).mean()),
        tuple(gains),
        others,
    )


def as_text(comparison: Comparison) -> str:
    """Return a comparison as lines to read."""
    members = f"{comparison.members} member{'s' * (comparison.members != 1)}"
    losses = [f"- {loss.sentence()}" for loss in comparison.losses]
    names = comparison.scenario, comparison.against
    one, other = (comparison.shown.get(name, name) for name in names)
    lines = [
        f"{one} minus {other}, {comparison.year}, {members}, paired",
        *(
            f"not in {name}, and so without a difference: {join_words(lacking)}"
            for name, lacking in comparison.absent.items()
        ),
        "",
        "Differences: median, and the band that holds the middle 90% of members; the most certain "
        "first, then the largest",
        *(f"- {item.sentence(comparison.shown)}" for item in comparison.differences),
        *(line for row in comparison.observed for line in ("", *row.lines(comparison.shown))),
        "",
        "Who gained what was lost: means over members; for each republic and channel the gains add "
        "up to the losses, and percentages are of that total",
        *(losses or [f"- nobody lost {MIN_LOSS} or more in the mean"]),
    ]
    if comparison.notes:
        lines += ["", "Of these scenarios", *(f"- {note}" for note in comparison.notes)]
    if comparison.contributions:
        lines += ["", *comparison.contributions.lines()]
    return "\n".join(lines)


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as the JSON output of `steppe compare`."""
    data = asdict(comparison)
    data["carried"] = data.pop("contributions") or {}
    data["absent"] = {name: list(names) for name, names in comparison.absent.items()}
    data["observed"] = [row.as_json() for row in comparison.observed]
    del data["cells"], data["colours"], data["titles"]
    return data
