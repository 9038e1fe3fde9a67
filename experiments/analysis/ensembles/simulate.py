"""Futures to be simulated: who, with which parameters, inputs and events; and their shares in the quarters asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from steppe.experiments.analysis.expressions.evaluate import Shares, values
from steppe.experiments.analysis.expressions.parser import parse
from steppe.experiments.analysis.expressions.syntax_tree import BASELINE, Expression, calls_of
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.runs.shared_history import keep_history, start_or_branch
from steppe.model.model import InfluenceModel
from steppe.model.parameters.ensemble import apply_changes
from steppe.model.parameters.table import Parameters, draw_priors
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from .input_uncertainty import Variation, forcing_of

WIDTH = (
    512  # futures simulated together: enough to spread the cost of a step, few enough for the cache
)

Table = dict[str, np.ndarray]


@dataclass(frozen=True)
class Question:
    """What is asked of one scenario, and with which weights and random numbers."""

    scenario: Scenario
    expression: Expression
    parameter_source: ParameterSource
    seed: int


@dataclass(frozen=True)
class Futures:
    """Futures of one scenario, side by side.

    `numbers` (m,) are the members whose noise, dates and occurrences they have; futures
    that share a number share these. `table` holds parameters, label to (m,), to which the
    scenario's own changes are still to be made; None draws them from the weights. `fixed`
    are values put in place after those changes. `eventless` leaves every event out.
    """

    scenario: Scenario
    numbers: np.ndarray
    seed: int
    parameter_source: ParameterSource
    table: Table | None = None
    variation: Variation = field(default_factory=Variation)
    noise: bool = True
    fixed: Mapping[str, float] = field(default_factory=dict)
    eventless: bool = False

    @property
    def plain(self) -> bool:
        """Whether they are members as a batch has them, whose past other scenarios may share."""
        return (
            self.table is None
            and self.noise
            and not (self.variation.any or self.fixed or self.eventless)
        )


def values_in(futures: Futures, expression: Expression) -> np.ndarray:
    """The expression in each future, (m,)."""
    return values(expression, shares_of(futures, expression))


def values_in_members(
    members: int,
    scenario: Scenario,
    expression: Expression,
    seed: int,
    parameter_source: ParameterSource,
    **how: object,
) -> np.ndarray:
    """The expression in members 0 to `members` of a scenario, (members,); `how` is as in `Futures`."""
    return np.concatenate(
        [
            values_in(
                Futures(scenario, np.arange(first, last), seed, parameter_source, **how), expression
            )
            for first, last in spans(members)
        ]
    )


def shares_of(futures: Futures, expression: Expression) -> Shares:
    """The shares that an expression reads, (p, r, c, m) each."""
    found = {}
    for run, quarters in expression.needs.items():
        scenario = load_scenario(BASELINE) if run == BASELINE else futures.scenario
        if futures.eventless:
            scenario = replace(scenario, events={})
        of_run = simulated(replace(futures, scenario=scenario), quarters)
        found |= {(run, quarter): share for quarter, share in of_run.items()}
    return found


def simulated(futures: Futures, quarters: set[int]) -> dict[int, np.ndarray]:
    """The shares of some quarters, (p, r, c, m) each."""
    label = f"asked {sorted(quarters)}"  # what a past has recorded belongs to it
    model, found = (
        start_or_branch(
            futures.scenario, futures.numbers, futures.seed, label, futures.parameter_source
        )
        if futures.plain
        else (_model(futures), {})
    )
    while quarters - set(found):
        model.step()
        if model.quarter in quarters:
            found[model.quarter] = model.share.copy()
        if futures.plain:
            keep_history(model, found, futures.seed, label, futures.parameter_source)
    model.release()
    return {quarter: found[quarter] for quarter in quarters}


def _model(futures: Futures) -> InfluenceModel:
    return InfluenceModel(
        futures.scenario,
        futures.numbers,
        futures.seed,
        posterior=futures.parameter_source.posterior,
        inputs=futures.parameter_source.inputs,
        parameters=_parameters(futures),
        forcing=forcing_of(futures.variation, futures.scenario),
        noise=futures.noise,
    )


def _parameters(futures: Futures) -> Parameters | None:
    if futures.table is None and not futures.fixed:
        return None
    cast = futures.scenario.cast
    table = futures.table or drawn_table(
        futures.scenario, futures.parameter_source, futures.seed, futures.numbers
    )
    table = apply_changes(table, futures.scenario.parameters, cast, futures.seed, futures.numbers)
    fixed = {label: np.full(len(futures.numbers), value) for label, value in futures.fixed.items()}
    return Parameters.from_table(table | fixed, cast, futures.numbers)


def drawn_table(
    scenario: Scenario, parameter_source: ParameterSource, seed: int, numbers: np.ndarray
) -> Table:
    """Parameters of these members as a batch would draw them, before the scenario's own changes."""
    inputs, posterior = extend_inputs(scenario, parameter_source.inputs), parameter_source.posterior
    table = {} if posterior is None else posterior.table_of(numbers)
    if posterior is None or scenario.added:  # what a scenario's own actors need is never calibrated
        table = draw_priors(seed, numbers, inputs.cast, inputs.alpha_means) | table
    return table


def read_expression(text: str, scenarios: list[Scenario]) -> Expression:
    """An expression about scenarios that are asked together; its last year is that of the one that ends first.

    Raises
    ------
    RequestError
        If it cannot be read, or the scenarios have actors that the others lack.
    """
    first = scenarios[0]
    for other in scenarios:
        if (
            other.cast.power_names != first.cast.power_names
            or other.cast.republic_names != first.cast.republic_names
        ):
            raise RequestError(
                f"{first.name} and {other.name} have not the same actors, so one question cannot be put to both; ask it of each"
            )
    lasts = [scenario.last for scenario in scenarios]
    if f"{BASELINE}." in text.casefold():
        lasts.append(load_scenario(BASELINE).last)
    expression = parse(text, first.cast, min(lasts))
    known = load_scenario(BASELINE).cast
    for call in calls_of(expression.root):
        if call.run == BASELINE and (
            (call.holder or 0) >= len(known.powers)
            or max(call.republics, default=0) >= len(known.republics)
        ):
            raise RequestError(
                f"{text}: the baseline has not the actors that {first.name} adds; leave out `baseline.` or name others"
            )
    return expression


def spans(size: int, width: int = WIDTH) -> list[tuple[int, int]]:
    """Pieces of a row of futures, first and last (not included)."""
    return [(first, min(first + width, size)) for first in range(0, size, width)]


def sliced_by(columns: Mapping[str, np.ndarray], chosen: np.ndarray) -> Table:
    """Some rows of a table."""
    return {name: column[chosen] for name, column in columns.items()}
