"""Two scenarios of a batch side by side, member by member: what differs, and who took what was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import UNIT
from steppe.model.core.calendar import year_of
from steppe.model.core.suggestions import suggest

from .differences import BASELINE, SIGN_AGREEMENT, Difference, member_differences, rank_differences
from .selection import resolve_selection

MIN_SHOWN = 0.0005  # a smaller mean shows as nothing
MIN_LOSS = 0.001  # a smaller mean loss is none: shares are kept in steps of 0.000015, and shown in hundredths


@dataclass(frozen=True)
class Gain:
    """What one holder took of a loss: mean over members, the 90 % band, and its part of the whole."""

    holder: str
    mean: float
    low: float
    high: float
    part: float


@dataclass(frozen=True)
class LossBreakdown:
    """A share that one holder lost in a cell, and who took it.

    In each member the differences of all holders sum to zero, so the means of those who
    took it add up to what all losers lost; parts are of that. `others` are those who lost
    as well, each with its mean loss, largest first.
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
        taken = ", ".join(
            f"{taker.holder} {taker.mean:+.3f} ({taker.part:.0%})" for taker in self.takers
        )
        lost = f"{self.loser} lost {self.lost:.3f} (90 %: {self.low:.3f} to {self.high:.3f})"
        beside = ", ".join(f"{name} {mean:.3f}" for name, mean in self.others if mean >= MIN_SHOWN)
        if beside:
            lost += f", {beside}, together {self.lost + sum(mean for _, mean in self.others):.3f}"
        return f"{self.republic}, {self.channel}: {lost}; taken by {taken}"


@dataclass(frozen=True)
class Comparison:
    """Everything that `steppe compare` says; `carried` is filled when events are asked for."""

    scenario: str
    against: str
    year: int
    members: int
    differences: tuple[Difference, ...]
    losses: tuple[LossBreakdown, ...]
    note: str = ""
    carried: dict = field(default_factory=dict)


def compare(
    out: Path,
    scenario: str,
    against: str = BASELINE,
    *,
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
    year: int | None = None,
    top: int = 10,
) -> Comparison:
    """Compare two scenarios of a batch.

    Filters take names, codes or aliases. What is taken by others is worked out among all
    holders, whatever `powers` says.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, or there is nothing to compare.
    """
    dataset = open_batch(out, what_needs_members="a comparison, which pairs them,")
    for name in (scenario, against):
        _known_scenario(name, dataset)
    if scenario == against:
        raise RequestError(f"'{scenario}' is compared with itself; name another scenario after it")
    chosen = resolve_selection(dataset, republics=republics, channels=channels, powers=powers)
    last = member_differences(dataset, scenario, against, year)
    if last is None or last.sizes["member"] == 0:
        raise RequestError(_why_nothing(dataset, scenario, against, year))
    cells = {
        kind: list(names)
        for kind, names in (("republic", chosen.republics), ("channel", chosen.channels))
        if names
    }
    last = last.sel(cells)
    holders = chosen.holders or tuple(map(str, last["holder"].values))
    found = [item for item in rank_differences(last, scenario, against) if item.holder in holders]
    asked = dataset.attrs["request"]["members"]
    note = (
        ""
        if last.sizes["member"] == asked
        else f"the batch is unfinished: {last.sizes['member']} of {asked} members are there in both"
    )
    return Comparison(
        scenario,
        against,
        found[0].year,
        last.sizes["member"],
        tuple(found[:top]),
        tuple(find_losses(last, holders)[:top]),
        note,
    )


def _known_scenario(name: str, dataset) -> None:
    known = [str(word) for word in dataset["scenario"].values]
    if name not in known:
        raise RequestError(f"the batch has no scenario '{name}'; {suggest(name, known, listed=20)}")


def _why_nothing(dataset, scenario: str, against: str, year: int | None) -> str:
    spans = dataset.attrs["request"]["spans"]
    reach = year_of(min(spans[scenario][1], spans[against][1]))
    if year is not None and not 2000 <= year <= reach:
        return (
            f"{scenario} and {against} have no {year} in common; give a --year from 2000 to {reach}"
        )
    return f"{scenario} and {against} have no member in common yet; run the batch to its end"


def find_losses(last, losers: Sequence[str]) -> list[LossBreakdown]:
    """Every cell in which a holder lost share, the surest large losses first."""
    found = []
    holders = list(map(str, last["holder"].values))
    for republic in map(str, last["republic"].values):
        for channel in map(str, last["channel"].values):
            values = last.sel(republic=republic, channel=channel).values
            means = values.mean(axis=0)
            found += [
                _loss(republic, channel, place, values, holders)
                for place, name in enumerate(holders)
                if name in losers and means[place] < -MIN_LOSS
            ]
    return sorted(
        found, key=lambda item: -item.lost * (item.same_sign >= SIGN_AGREEMENT) - 1e-3 * item.lost
    )


def _loss(
    republic: str, channel: str, loser: int, values: np.ndarray, holders: list[str]
) -> LossBreakdown:
    means = values.mean(axis=0)
    low, high = np.quantile(values, (0.05, 0.95), axis=0)
    whole = -means[means < 0].sum()
    takers = [
        Gain(
            holders[place],
            float(means[place]),
            float(low[place]),
            float(high[place]),
            float(means[place] / whole),
        )
        for place in np.argsort(-means)
        if means[place] > 0
    ]
    others = tuple(
        (holders[place], float(-means[place]))
        for place in np.argsort(means)
        if means[place] < 0 and place != loser
    )
    return LossBreakdown(
        republic,
        channel,
        holders[loser],
        float(-means[loser]),
        float(-high[loser]),
        float(-low[loser]),
        float((values[:, loser] < 0).mean()),
        tuple(takers),
        others,
    )


def as_text(found: Comparison) -> str:
    """A comparison as lines for a person."""
    lines = [
        f"{found.scenario} minus {found.against}, {found.year}, {_members(found.members)}, paired"
    ]
    lines += [
        "",
        "What differs, surest and largest first",
        *(f"- {item.sentence()}" for item in found.differences),
    ]
    lines += [
        "",
        "Who took what was lost (means over members: gains in a cell add up to what all its losers lost, and parts are of that)",
    ]
    lines += [f"- {loss.sentence()}" for loss in found.losses] or ["- nobody lost anything"]
    if found.carried:
        lines += ["", found.carried["how"]]
        for cell in found.carried["cells"]:
            lines.append(
                f"- {cell['republic']}, {cell['channel']}, {cell['holder']}, {cell['whole']['median']:+.3f} in all:"
            )
            lines += [
                f"    {part['median']:+.3f} (90 %: {part['low']:+.3f} to {part['high']:+.3f})  {part['name']}: {part['what']}"
                for part in cell["parts"]
            ]
            if cell["rest"] is not None:
                lines.append(f"    {cell['rest']:+.3f} {found.carried['rest_is']}")
    return "\n".join(lines)


def _members(count: int) -> str:
    return f"{count} member{'s' * (count != 1)}"


def as_rows(found: Comparison) -> list[dict]:
    """A comparison as a tidy table: one row per statement, per taker of a loss, and per event."""
    about = {"scenario": found.scenario, "against": found.against, "year": found.year}
    rows = [
        {
            "kind": "difference",
            **about,
            "republic": item.republic,
            "channel": item.channel,
            "holder": item.holder,
            "part": "",
            "statistic": "median",
            "value": item.median,
            "low": item.low,
            "high": item.high,
            "same_sign": item.same_sign,
            "members": item.members,
        }
        for item in found.differences
    ]
    rows += [
        {
            "kind": "taken",
            **about,
            "republic": loss.republic,
            "channel": loss.channel,
            "holder": loss.loser,
            "part": taker.holder,
            "statistic": "mean",
            "value": taker.mean,
            "low": taker.low,
            "high": taker.high,
            "same_sign": None,
            "members": found.members,
        }
        for loss in found.losses
        for taker in loss.takers
    ]
    for cell in found.carried.get("cells", ()):
        rows += [
            {
                "kind": "event",
                **about,
                "republic": cell["republic"],
                "channel": cell["channel"],
                "holder": cell["holder"],
                "part": part["name"],
                "statistic": "median",
                "value": part["median"],
                "low": part["low"],
                "high": part["high"],
                "same_sign": part["same_sign"],
                "members": found.carried["members"],
            }
            for part in cell["parts"]
        ]
    return [{**row, "unit": UNIT} for row in rows]
