"""Whether a scenario moves things in the direction that its file expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import AUTONOMY, Actor, Cast
from steppe.model.core.number_text import format_percent, format_signed
from steppe.model.core.word_lists import join_words

from .load import Scenario
from .schema import Expectation

AGREEING = 0.75  # of the members, for an expectation to be met


@dataclass(frozen=True)
class Outcome:
    """An expectation and what the members show.

    median : the median paired difference. agreeing : the share of members whose difference has
    the expected sign.
    """

    expectation: Expectation
    description: str
    median: float
    agreeing: float

    @property
    def met(self) -> bool:
        """Whether the median and enough members have the expected sign."""
        right = self.median > 0 if self.expectation.direction == "higher" else self.median < 0
        return bool(right and self.agreeing >= AGREEING)

    def sentence(self) -> str:
        """Return the outcome as a sentence."""
        return (
            f"{self.description}: {format_signed(self.median, 3)} in the median, "
            f"{format_percent(self.agreeing)} of members agree" + ("" if self.met else "; NOT met")
        )


def compared_quarters(scenario: Scenario) -> set[int]:
    """Return the quarters whose shares the expectations compare."""
    return {date for row in scenario.expects for date in (row.at, row.since) if date is not None}


def check_expectations(
    scenario: Scenario, shares: Mapping[int, FloatArray], baseline: Mapping[int, FloatArray]
) -> list[Outcome]:
    """Compare each expectation with what the members show.

    Parameters
    ----------
    shares, baseline : by quarter, (p, r, c, m) of the scenario and of the baseline, the
        same members and seed.
    """
    found = []
    for row in scenario.expects:
        then = _mean_share(
            row, shares[row.since] if row.since is not None else baseline[row.at], scenario.cast
        )
        difference = _mean_share(row, shares[row.at], scenario.cast) - then
        agreeing = (difference > 0) if row.direction == "higher" else (difference < 0)
        found.append(
            Outcome(
                row,
                describe_expectation(row, scenario.cast),
                float(np.median(difference)),
                float(agreeing.mean()),
            )
        )
    return found


def _mean_share(row: Expectation, share: FloatArray, cast: Cast) -> FloatArray:
    """Return the mean share over the cells that an expectation names, (m,)."""
    held = (
        1.0 - share.sum(axis=0) if row.power == AUTONOMY else share[cast.index("power", row.power)]
    )
    mean: FloatArray = held[np.ix_(row.republic, row.channel)].mean(axis=(0, 1))
    return mean


def describe_expectation(row: Expectation, cast: Cast) -> str:
    """`Russia, all republics, security: lower than in the baseline at 2040Q4`."""
    republics, channels = (
        _names(places, cast.actors(kind), kind)
        for places, kind in ((row.republic, "republic"), (row.channel, "channel"))
    )
    against = "in the baseline" if row.since is None else f"at {format_quarter(row.since)}"
    return (
        f"{row.power}, {republics}, {channels}: {row.direction} than {against} at "
        f"{format_quarter(row.at)}"
    )


def _names(places: Sequence[int], actors: Sequence[Actor], kind: str) -> str:
    if len(places) == len(actors):
        return f"all {kind}s"
    return join_words([actors[place].name for place in places])
