"""How each cell of an observable departs from the link of its power, once a series counts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.cast import Cast

TREND_YEARS = 20  # over which a trend runs, from the first year; then it stops
KINDS = ("scatter", "trend", "scale")


@dataclass(frozen=True)
class CellLinks:
    """What is known of an observable in each cell, (p, r, m) each.

    scatter : in logarithms, beside the offset of the power. trend : what it adds over
    `TREND_YEARS`. scale : the factor on the variance of the cell's discrepancy, around 1.
    """

    scatter: FloatArray
    trend: FloatArray
    scale: FloatArray

    def trend_by(self, years: Sequence[int]) -> FloatArray:
        """What the trend has added by each year, (years, p, r, m)."""
        passed = np.clip((np.array(years) - FIRST_YEAR) / TREND_YEARS, 0.0, 1.0)
        added: FloatArray = passed[:, None, None, None] * self.trend
        return added

    def as_columns(self, observable: str, cast: Cast) -> dict[str, FloatArray]:
        """Label to (m,) values, the form in which a posterior keeps them."""
        return {
            label(observable, kind, power, republic): getattr(self, kind)[p, r]
            for kind in KINDS
            for p, power in enumerate(cast.power_names)
            for r, republic in enumerate(cast.republic_names)
        }

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, FloatArray], observable: str, cast: Cast
    ) -> CellLinks:
        """The inverse of `as_columns`."""
        return cls(
            *(
                np.array(
                    [
                        [
                            columns[label(observable, kind, power, name)]
                            for name in cast.republic_names
                        ]
                        for power in cast.power_names
                    ]
                )
                for kind in KINDS
            )
        )


def label(observable: str, kind: str, power: str, republic: str) -> str:
    """The name of one number of a cell: `trade scatter, Russia in Kazakhstan`."""
    return f"{observable} {kind}, {power} in {republic}"
