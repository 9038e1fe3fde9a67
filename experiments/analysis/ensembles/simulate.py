"""Simulate ensembles of futures and evaluate expressions on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from steppe.experiments.analysis.expressions.evaluate import Shares, evaluate
from steppe.experiments.analysis.expressions.parser import parse
from steppe.experiments.analysis.expressions.syntax_tree import BASELINE, Expression, iterate_calls
from steppe.experiments.runs.observed_links import make_link
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.runs.shared_history import keep_history, start_or_branch
from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.errors import RequestError
from steppe.model.model import InfluenceModel
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.observables.measurement import observe_channel
from steppe.model.parameters.draw import apply_changes, draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from .input_uncertainty import Variation, varied_forcing

CHUNK_SIZE = 512  # futures simulated together: many share the cost of a step, few fit the cache

Columns = dict[str, FloatArray]  # name to (m,) values


@dataclass(frozen=True)
class AnalysisRequest:
    """An expression about one scenario, with the source of parameters and the seed."""

    scenario: Scenario
    expression: Expression
    parameter_source: ParameterSource
    seed: int


@dataclass(frozen=True)
class Ensemble:
    """Futures of one scenario that are simulated together.

    numbers : (m,) members whose noise, dates and occurrences the futures have; futures with the
    same number share these.
    table : parameters, label to (m,), before the scenario's own changes; None draws them.
    fixed : parameters that are set after those changes.
    without_events : whether all events are left out.
    """

    scenario: Scenario
    numbers: IntArray
    seed: int
    parameter_source: ParameterSource
    table: Columns | None = None
    variation: Variation = field(default_factory=Variation)
    noise: bool = True
    fixed: Mapping[str, float] = field(default_factory=dict)
    without_events: bool = False

    @property
    def is_ordinary(self) -> bool:
        """True if these are members like those of a batch, which can share their history."""
        return (
            self.table is None
            and self.noise
            and not (self.variation.is_active or self.fixed or self.without_events)
        )


def evaluate_ensemble(ensemble: Ensemble, expression: Expression) -> FloatArray:
    """Simulate an ensemble and evaluate an expression in each future, (m,)."""
    return evaluate(expression, simulate_shares(ensemble, expression))


def evaluate_members(
    members: int,
    scenario: Scenario,
    expression: Expression,
    seed: int,
    parameter_source: ParameterSource,
    **settings: Any,
) -> FloatArray:
    """Simulate the first members of a scenario and evaluate an expression, (members,).

    `settings` are further fields of `Ensemble`.
    """
    return np.concatenate(
        [
            evaluate_ensemble(
                Ensemble(scenario, np.arange(first, last), seed, parameter_source, **settings),
                expression,
            )
            for first, last in chunk_ranges(members)
        ]
    )


def simulate_shares(ensemble: Ensemble, expression: Expression) -> Shares:
    """Simulate the shares, (p, r, c, m), and observables, (p, r, m), that an expression reads."""
    found: dict[tuple[str, int] | tuple[str, int, str], FloatArray] = {}
    for run, quarters in expression.quarters_by_run.items():
        scenario = load_scenario(BASELINE) if run == BASELINE else ensemble.scenario
        if ensemble.without_events:
            scenario = replace(scenario, events={})
        of_run, parameters = _simulate(replace(ensemble, scenario=scenario), quarters)
        found |= {(run, quarter): share for quarter, share in of_run.items()}
        for row in map(OBSERVABLES.__getitem__, expression.observables):
            link = make_link(
                row,
                ensemble.parameter_source,
                parameters,
                ensemble.seed,
                ensemble.numbers,
                max(quarters),
            )
            for quarter, share in of_run.items():
                observed = observe_channel(row, share, link.at(quarter), parameters.cast)
                found[run, quarter, row.name] = observed
    return found


def simulate(ensemble: Ensemble, quarters: set[int]) -> dict[int, FloatArray]:
    """Simulate the shares in some quarters, (p, r, c, m) each."""
    return _simulate(ensemble, quarters)[0]


def _simulate(ensemble: Ensemble, quarters: set[int]) -> tuple[dict[int, FloatArray], Parameters]:
    label = f"shares in {sorted(quarters)}"  # a shared history records these quarters only
    model, found = (
        start_or_branch(
            ensemble.scenario, ensemble.numbers, ensemble.seed, label, ensemble.parameter_source
        )
        if ensemble.is_ordinary
        else (_build_model(ensemble), {})
    )
    while quarters - set(found):
        model.step()
        if model.quarter in quarters:
            found[model.quarter] = model.share.copy()
        if ensemble.is_ordinary:
            keep_history(model, found, ensemble.seed, label, ensemble.parameter_source)
    parameters = model.parameters
    model.release()
    return {quarter: found[quarter] for quarter in quarters}, parameters


def _build_model(ensemble: Ensemble) -> InfluenceModel:
    return InfluenceModel(
        ensemble.scenario,
        ensemble.numbers,
        ensemble.seed,
        parameters_from=ensemble.parameter_source.draws,
        collect=None,
        inputs=ensemble.parameter_source.inputs,
        parameters=_parameter_table(ensemble),
        forcing=varied_forcing(ensemble.variation, ensemble.scenario),
        noise=ensemble.noise,
    )


def _parameter_table(ensemble: Ensemble) -> Parameters | None:
    if ensemble.table is None and not ensemble.fixed:
        return None
    cast = ensemble.scenario.cast
    table = ensemble.table or draw_parameter_table(
        ensemble.scenario, ensemble.parameter_source, ensemble.seed, ensemble.numbers
    )
    table = apply_changes(
        table, ensemble.scenario.parameters, cast, ensemble.seed, ensemble.numbers
    )
    fixed = {
        label: np.full(len(ensemble.numbers), value) for label, value in ensemble.fixed.items()
    }
    return Parameters.from_table(table | fixed, cast, ensemble.numbers)


def draw_parameter_table(
    scenario: Scenario, parameter_source: ParameterSource, seed: int, numbers: IntArray
) -> Columns:
    """Draw parameters of members as a batch does, before the scenario's own changes."""
    inputs, posterior = extend_inputs(scenario, parameter_source.inputs), parameter_source.posterior
    table = {} if posterior is None else posterior.values_of(numbers)
    if posterior is None or scenario.added:  # parameters of added actors are never calibrated
        table = draw_priors(seed, numbers, inputs.cast, inputs.alpha_means) | table
    return table


def read_expression(text: str, scenarios: list[Scenario]) -> Expression:
    """Parse an expression about several scenarios, up to the earliest of their last years.

    Raises
    ------
    RequestError
        If it cannot be parsed, or the scenarios have different actors.
    """
    first = scenarios[0]
    for other in scenarios:
        if (
            other.cast.power_names != first.cast.power_names
            or other.cast.republic_names != first.cast.republic_names
        ):
            raise RequestError(
                f"{first.name} and {other.name} do not have the same actors and cannot be analysed "
                "together; analyse each on its own"
            )
    lasts = [scenario.last for scenario in scenarios]
    if f"{BASELINE}." in text.casefold():
        lasts.append(load_scenario(BASELINE).last)
    expression = parse(text, first.cast, min(lasts))
    known = load_scenario(BASELINE).cast
    for call in iterate_calls(expression.root):
        if call.run == BASELINE and (
            (call.holder or 0) >= len(known.powers)
            or max(call.republics, default=0) >= len(known.republics)
        ):
            raise RequestError(
                f"{text}: the baseline does not have the actors that {first.name} adds; leave out "
                "`baseline.` or name others"
            )
    return expression


def chunk_ranges(size: int, width: int = CHUNK_SIZE) -> list[tuple[int, int]]:
    """Split a row of futures into chunks, each from first to last (exclusive)."""
    return [(first, min(first + width, size)) for first in range(0, size, width)]


def select_rows(columns: Mapping[str, FloatArray], chosen: IntArray | BoolArray) -> Columns:
    """Some rows of a table."""
    return {name: column[chosen] for name, column in columns.items()}
