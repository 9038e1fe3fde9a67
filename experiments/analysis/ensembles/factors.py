"""Uncertain factors and their distributions: parameters, coded inputs, strength of events.

Quantiles map a point of the unit cube to values of factors, so samplers work on [0, 1] and know
nothing of the model. A draw that would break a guard of the model is moved inside it: the ranges
of `lambda_` and `rho` are shrunk to what the guard allows, so that a position within them keeps
its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.core.array_types import FloatArray
from steppe.model.equations import adjustment_rate
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.guards import BEST_REPLY_LIMIT, OSCILLATION_LIMIT
from steppe.model.parameters.table import TABLE
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from .input_uncertainty import INPUT_OF_KIND, KINDS_WITH_ASSUMPTIONS, Codings, Variation
from .simulate import Columns

QUANTILE_GRID = np.linspace(0.0, 1.0, 201)
TAIL_LIMITS = (0.001, 0.999)  # quantiles at which a normal prior is truncated
GUARD_MARGIN = 0.999  # of the limit of a guard, for values moved inside it
ASSUMED_RANGE, STRENGTH_RANGE = (0.5, 1.5), (0.5, 1.5)
HISTORY = "history"
NOISE_PARAMETERS = ("sigma",)  # without effect if noise is off


@dataclass(frozen=True)
class Factor:
    """An uncertain factor; `quantiles` are its values at `QUANTILE_GRID`."""

    name: str
    group: str
    unit: str
    meaning: str
    quantiles: FloatArray

    @property
    def low(self) -> float:
        return float(self.quantiles[0])

    @property
    def high(self) -> float:
        return float(self.quantiles[-1])

    def values_at(self, position: FloatArray) -> FloatArray:
        """Values at positions in the distribution, from 0 to 1."""
        return np.asarray(np.interp(position, QUANTILE_GRID, self.quantiles))


def parameter_factors(
    parameter_source: ParameterSource,
    scenario: Scenario,
    *,
    even: bool = False,
    without: Sequence[str] = (),
) -> list[Factor]:
    """One factor for each parameter of the cast of a scenario.

    Quantiles are those of the posterior, for each parameter separately; their correlations are
    left to the sampler. Without a posterior, and for added actors, they are those of the prior.
    With `even`, a factor is uniform over its middle 90%. `without` names labels, or ids, of
    parameters to leave out.
    """
    factors = []
    inputs = extend_inputs(scenario, parameter_source.inputs)
    posterior = parameter_source.posterior
    known = {} if posterior is None else posterior.table
    for row in TABLE:
        for entry, label in zip(row.entries(inputs.cast), row.labels(inputs.cast), strict=True):
            if label in without or row.id in without:
                continue
            if label in known:
                quantiles = np.quantile(known[label], QUANTILE_GRID)
            else:
                prior = row.prior(entry)
                truncated = np.clip(QUANTILE_GRID, *TAIL_LIMITS)
                grid = truncated if prior.kind == "normal" else QUANTILE_GRID
                centre = inputs.alpha_means.get(entry or "") if row.id == "alpha" else None
                quantiles = np.asarray(prior.quantiles(grid, row.bounds, centre))
            if even:
                low, high = np.interp((0.05, 0.95), QUANTILE_GRID, quantiles)
                quantiles = low + (high - low) * QUANTILE_GRID
            factors.append(Factor(label, "parameter", row.unit, row.meaning, quantiles))
    return factors


def offsets_not_read(expression: Expression) -> tuple[str, ...]:
    """Ids of the offsets of observables that an expression does not read: without effect on it."""
    return tuple(
        row.parameter for row in OBSERVABLES.values() if row.name not in expression.observables
    )


def coding_factors() -> list[Factor]:
    """Factors for the coding of inputs, and for assumptions where there is no claim."""
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
    """Factors for the strength of events: one for all of history, one for each later event."""
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
    """Factors in the order of the columns of points in the unit cube."""

    factors: tuple[Factor, ...]

    @property
    def names(self) -> list[str]:
        return [factor.name for factor in self.factors]

    def select(self, names: Sequence[str]) -> FactorSpace:
        """The factors with these names, in their order."""
        known = {factor.name: factor for factor in self.factors}
        return FactorSpace(tuple(known[name] for name in names))

    def values_at(self, points: FloatArray) -> Columns:
        """Values (n,) by name of factor at points (n, factors)."""
        return {
            factor.name: factor.values_at(points[:, column])
            for column, factor in enumerate(self.factors)
        }


def fill_medians(values: Columns, factors: Sequence[Factor]) -> Columns:
    """A complete table of parameters, with medians for those without values."""
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
    """A complete table of parameters, and how many futures were moved inside a guard."""
    factors = parameter_factors(parameter_source, scenario)
    return shrink_within_guards(
        fill_medians(values, factors), {factor.name: factor.high for factor in factors}
    )


def shrink_within_guards(table: Columns, highest: dict[str, float]) -> tuple[Columns, int]:
    """Shrink the ranges of `lambda_` and `rho` to what the guards allow, given the others.

    `highest` are the upper ends of the ranges. Returns the table and how many futures changed.
    """
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
    """The variation that coding and event factors among these values describe."""

    def of_group(group: str) -> Columns:
        return {
            name[len(group) + 1 : -1]: column
            for name, column in values.items()
            if name.startswith(f"{group}[")
        }

    strength = of_group("event")
    if HISTORY in strength:
        shared = strength.pop(HISTORY)
        strength |= {
            name: shared for name in load_scenario(HISTORY).events if name in scenario.events
        }
    return Variation(of_group("coding"), of_group("assumed"), strength, codings)
