"""Whether a scenario moves things in the direction that its file expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.number_text import format_percent, format_signed
from steppe.model.scenario.expectations import describe_expectation
from steppe.model.scenario.load import Scenario
from steppe.model.scenario.schema import Expectation

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
