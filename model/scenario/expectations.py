"""Whether a scenario moves things in the direction that its file expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import AUTONOMY, Cast

from .file_models import Expectation
from .load import Scenario

AGREEING = 0.75  # of the members, for an expectation to be met


@dataclass(frozen=True)
class Outcome:
    """An expectation, and what members show: the median paired difference, and how many have the expected sign."""

    expectation: Expectation
    words: str
    median: float
    agreeing: float

    @property
    def met(self) -> bool:
        right = self.median > 0 if self.expectation.direction == "higher" else self.median < 0
        return bool(right and self.agreeing >= AGREEING)

    def sentence(self) -> str:
        return (
            f"{self.words}: {self.median:+.3f} in the median, {self.agreeing:.0%} of members agree"
            + ("" if self.met else "; NOT met")
        )


def compared_quarters(scenario: Scenario) -> set[int]:
    """Quarters whose shares the expectations compare."""
    return {date for row in scenario.expects for date in (row.at, row.since) if date is not None}


def check_expectations(
    scenario: Scenario, shares: Mapping[int, np.ndarray], baseline: Mapping[int, np.ndarray]
) -> list[Outcome]:
    """Each expectation against what the members did.

    Parameters
    ----------
    shares, baseline : by quarter, (p, r, c, m) of the scenario and of the baseline, the
        same members and seed.
    """
    found = []
    for row in scenario.expects:
        then = _regional(
            row, shares[row.since] if row.since is not None else baseline[row.at], scenario.cast
        )
        difference = _regional(row, shares[row.at], scenario.cast) - then
        agreeing = (difference > 0) if row.direction == "higher" else (difference < 0)
        found.append(
            Outcome(
                row,
                in_words(row, scenario.cast),
                float(np.median(difference)),
                float(agreeing.mean()),
            )
        )
    return found


def _regional(row: Expectation, share: np.ndarray, cast: Cast) -> np.ndarray:
    """Mean share over the cells that an expectation names, (m,)."""
    held = (
        1.0 - share.sum(axis=0) if row.power == AUTONOMY else share[cast.index("power", row.power)]
    )
    return held[np.ix_(row.republic, row.channel)].mean(axis=(0, 1))


def in_words(row: Expectation, cast: Cast) -> str:
    """`Russia, all republics, security: lower than in the baseline at 2040Q4`."""
    republics, channels = (
        _names(places, cast.actors(kind), kind)
        for places, kind in ((row.republic, "republic"), (row.channel, "channel"))
    )
    against = "in the baseline" if row.since is None else f"at {format_quarter(row.since)}"
    return f"{row.power}, {republics}, {channels}: {row.direction} than {against} at {format_quarter(row.at)}"


def _names(places, actors, kind: str) -> str:
    if len(places) == len(actors):
        return f"all {kind}s"
    return " and ".join(actors[place].name for place in places)
