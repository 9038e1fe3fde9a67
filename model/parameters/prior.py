"""Prior distributions of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from steppe.model.core.array_types import FloatArray

TAIL = 1e-12  # probabilities closer to 0 or 1 than this have no finite normal quantile


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before calibration.

    uniform and log-uniform: `low` and `high` are the ends. normal: `low` is the mean and
    `high` the standard deviation, truncated at the parameter's bounds.
    """

    kind: Literal["uniform", "log-uniform", "normal"]
    low: float
    high: float

    def quantiles(
        self, probability: FloatArray, bounds: tuple[float, float], centre: float | None = None
    ) -> FloatArray:
        """Values at these probabilities, of the same shape.

        Parameters
        ----------
        bounds : where a normal prior is truncated. centre : the mean of a normal prior if it is
        coded; by default `low`.
        """
        if self.kind == "uniform":
            return self.low + (self.high - self.low) * probability
        if self.kind == "log-uniform":
            values: FloatArray = self.low * (self.high / self.low) ** probability
            return values
        normal = NormalDist(self.low if centre is None else float(centre), self.high)
        below, above = (normal.cdf(bound) for bound in bounds)
        within = below + (above - below) * np.clip(probability, TAIL, 1 - TAIL)
        return np.array([normal.inv_cdf(value) for value in within])

    def describe(self) -> str:
        """The prior in short: U(0, 2), logU(4, 20) or N(0, 0.4)."""
        name = {"uniform": "U", "log-uniform": "logU", "normal": "N"}[self.kind]
        return f"{name}({self.low:g}, {self.high:g})"


def uniform(low: float, high: float) -> Prior:
    """Return a uniform prior."""
    return Prior("uniform", low, high)
