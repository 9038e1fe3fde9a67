"""The uncertain factors of a question and their ranges: parameters, coded inputs, events.

A factor is read off a point of the unit cube through its quantiles, so every sampler
works on [0, 1] and needs to know nothing of the model. A draw that would break a guard of
the model is brought inside: `lambda_` and `rho` then run up to what the guard leaves
them, so that their place in their range keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.equations import adjustment_rate
from steppe.model.parameters.guards import BEST_REPLY_LIMIT, OSCILLATION_LIMIT
from steppe.model.parameters.table import TABLE
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from .input_uncertainty import INPUT_OF_KIND, KINDS_WITH_ASSUMPTIONS, Codings, Variation
from .simulate import Columns

QUANTILE_GRID = np.linspace(0.0, 1.0, 201)
TAIL_LIMITS = (0.001, 0.999)  # where the tails of a normal prior end
GUARD_MARGIN = 0.999  # how near a guard a brought-in value may come
ASSUMED_RANGE, STRENGTH_RANGE = (0.5, 1.5), (0.5, 1.5)
HISTORY = "history"
NOISE_PARAMETERS = ("sigma",)  # without effect where the noise is off


@dataclass(frozen=True)
class Factor:
    """Something uncertain. `quantiles` are its values at `QUANTILE_GRID`."""

    name: str
    group: str
    unit: str
    meaning: str
    quantiles: np.ndarray

    @property
    def low(self) -> float:
        return float(self.quantiles[0])

    @property
    def high(self) -> float:
        return float(self.quantiles[-1])

    def values_at(self, position: np.ndarray) -> np.ndarray:
        return np.interp(position, QUANTILE_GRID, self.quantiles)


def parameter_factors(
    parameter_source: ParameterSource,
    scenario: Scenario,
    *,
    even: bool = False,
    without: Sequence[str] = (),
) -> list[Factor]:
    """A factor for each of the parameters that a scenario's cast has.

    With weights, the quantiles are those of the posterior, one parameter at a time: how
    parameters hang together in it is left to who samples them. What a scenario's own actors
    need is in no posterior and has its prior. `even` spreads each evenly over its middle
    90 % instead.
    """
    factors = []
    inputs = extend_inputs(scenario, parameter_source.inputs)
    known = {} if parameter_source.posterior is None else parameter_source.posterior.table
    for row in TABLE:
        for entry, label in zip(row.entries(inputs.cast), row.labels(inputs.cast), strict=True):
            if label in without:
                continue
            if label in known:
                quantiles = np.quantile(known[label], QUANTILE_GRID)
            else:
                centre = inputs.alpha_means.get(entry) if row.id == "alpha" else None
                quantiles = np.asarray(
                    row.prior(entry).quantiles(
                        np.clip(QUANTILE_GRID, *TAIL_LIMITS)
                        if row.prior(entry).kind == "normal"
                        else QUANTILE_GRID,
                        row.bounds,
                        centre,
                    )
                )
            if even:
                low, high = np.interp((0.05, 0.95), QUANTILE_GRID, quantiles)
                quantiles = low + (high - low) * QUANTILE_GRID
            factors.append(Factor(label, "parameter", row.unit, row.meaning, quantiles))
    return factors


def coding_factors() -> list[Factor]:
    """How inputs were coded, and what was assumed where nothing could be."""
    coded = [
        Factor(
            f"coding[{kind}]",
            "coding",
            "0 first coding, 1 second",
            f"which of the two codings of every {kind} holds",
            QUANTILE_GRID,
        )
        for kind in INPUT_OF_KIND
    ]
    low, high = ASSUMED_RANGE
    return coded + [
        Factor(
            f"assumed[{kind}]",
            "coding",
            "factor",
            f"multiplies every {kind} that rests on no claim",
            low + (high - low) * QUANTILE_GRID,
        )
        for kind in KINDS_WITH_ASSUMPTIONS
    ]


def event_factors(scenario: Scenario) -> list[Factor]:
    """How strong events are: one factor for all of history, one for each event after it."""
    low, high = STRENGTH_RANGE
    quantiles = low + (high - low) * QUANTILE_GRID
    past = set(load_scenario(HISTORY).events)
    names = [name for name in scenario.events if name not in past]
    shared = (
        [
            Factor(
                f"event[{HISTORY}]",
                "event",
                "factor",
                "multiplies the strength of every event of 2000 to 2019",
                quantiles,
            )
        ]
        if past & set(scenario.events)
        else []
    )
    return shared + [
        Factor(
            f"event[{name}]",
            "event",
            "factor",
            f"multiplies the strength of: {scenario.events[name].what}",
            quantiles,
        )
        for name in names
    ]


@dataclass(frozen=True)
class FactorSpace:
    """Factors in order; a point is a row of the unit cube."""

    factors: tuple[Factor, ...]

    @property
    def names(self) -> list[str]:
        return [factor.name for factor in self.factors]

    def select(self, names: Sequence[str]) -> FactorSpace:
        """The factors of these names, in the order of the names, since columns of points follow it."""
        known = {factor.name: factor for factor in self.factors}
        return FactorSpace(tuple(known[name] for name in names))

    def values_at(self, points: np.ndarray) -> Columns:
        """Factor name to (n,) values at points (n, factors)."""
        return {
            factor.name: factor.values_at(points[:, column])
            for column, factor in enumerate(self.factors)
        }


def fill_medians(values: Columns, factors: Sequence[Factor]) -> Columns:
    """A whole table of parameters: medians where these values have none."""
    size = len(next(iter(values.values())))
    return {
        factor.name: values[factor.name]
        if factor.name in values
        else np.full(size, float(factor.values_at(np.array(0.5))))
        for factor in factors
    }


def parameter_table_at(
    values: Columns, parameter_source: ParameterSource, scenario: Scenario
) -> tuple[Columns, int]:
    """A whole table of parameters, medians where a factor is left out, and how many futures were brought inside a guard."""
    factors = parameter_factors(parameter_source, scenario)
    return shrink_within_guards(
        fill_medians(values, factors), {factor.name: factor.high for factor in factors}
    )


def shrink_within_guards(table: Columns, highest: dict[str, float]) -> tuple[Columns, int]:
    """`lambda_` and `rho` shrunk to the range that the guards leave them, given the others."""
    table = dict(table)
    replies = GUARD_MARGIN * BEST_REPLY_LIMIT / (table["theta"] * (1 + table["chi"] / 2))
    rate = np.max(
        [adjustment_rate(values) for label, values in table.items() if label.startswith("h[")],
        axis=0,
    )
    swings = 2 * (GUARD_MARGIN * OSCILLATION_LIMIT / rate - 1)
    inside = np.zeros(len(rate), dtype=bool)
    for label, limit in (("lambda_", replies), ("rho", swings)):
        shrink = np.minimum(1.0, np.maximum(limit, 0.0) / max(highest[label], 1e-12))
        inside |= shrink < 1.0
        table[label] = table[label] * shrink
    return table, int(inside.sum())


def variation_at(values: Columns, scenario: Scenario, codings: Codings) -> Variation:
    """What the coding and event factors among these values ask for."""

    def inside(word: str) -> Columns:
        return {
            name[len(word) + 1 : -1]: column
            for name, column in values.items()
            if name.startswith(f"{word}[")
        }

    strength = inside("event")
    if HISTORY in strength:
        shared = strength.pop(HISTORY)
        strength |= {
            name: shared for name in load_scenario(HISTORY).events if name in scenario.events
        }
    return Variation(inside("coding"), inside("assumed"), strength, codings)
