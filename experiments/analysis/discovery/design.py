"""The futures of a discovery: which there are, how they are simulated, and in which of them the outcome comes about.

Futures are spread evenly by a Latin hypercube over the middle 90 % of every parameter's
range and over the whole range of every lever: no future is taken to be likelier than
another. Their order is then changed so that parameters hang together as they do in the
posterior (`correlation`). Futures that break a guard of the model are left out. Every
future has levers of its own, but for those that can only be stepped (`levers`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.ensembles.correlation import (
    impose_rank_correlations,
    rank_correlations,
)
from steppe.experiments.analysis.ensembles.factors import (
    QUANTILE_GRID,
    Factor,
    FactorSpace,
    fill_medians,
    parameter_factors,
)
from steppe.experiments.analysis.ensembles.lever_arrays import (
    LEVER_STEPS,
    check_lever_combinations,
    levers_change_parameters,
    scenario_with_lever_arrays,
    stepped_levers,
)
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import (
    AnalysisRequest,
    Ensemble,
    Table,
    chunk_ranges,
    evaluate_ensemble,
    select_rows,
)
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.parameters.draw import apply_changes
from steppe.model.parameters.guards import broken_guards
from steppe.model.scenario.load import Scenario, load_scenario

MIN_CASES = 20  # cases, and others
HOLDOUT_SHARE = 0.3  # futures in which no box is looked for, and by which boxes are judged


@dataclass(frozen=True)
class DiscoveryRequest(AnalysisRequest):
    """A question about conditions. `word` is the scenario's name or file, `futures` how many are drawn."""

    word: str
    futures: int = 10_000
    boxes: int = 2
    density: float = 0.8

    def factor_space(self) -> FactorSpace:
        """The parameters that the scenario leaves open, each evenly over its middle 90 %."""
        taken = {
            label.partition("[")[0] if "[" not in label else label
            for label in self.scenario.parameters
        }
        factors = [
            factor
            for factor in parameter_factors(self.parameter_source, self.scenario, even=True)
            if factor.name not in taken and factor.name.partition("[")[0] not in taken
        ]
        return FactorSpace(tuple(factors))

    def lever_factor_space(self) -> FactorSpace:
        return FactorSpace(
            tuple(
                Factor(
                    name,
                    "lever",
                    "as the lever",
                    lever.meaning,
                    lever.range[0] + (lever.range[1] - lever.range[0]) * QUANTILE_GRID,
                )
                for name, lever in self.scenario.levers.items()
            )
        )


@dataclass(frozen=True)
class SampledFutures:
    """Futures: the value of every factor and lever, by name, and whether the outcome came about."""

    columns: Table
    cases: np.ndarray
    left_out: int

    def only(self, chosen: np.ndarray) -> SampledFutures:
        return SampledFutures(select_rows(self.columns, chosen), self.cases[chosen], self.left_out)

    def split_holdout(self) -> tuple[SampledFutures, SampledFutures]:
        """Those in which boxes are looked for, and those kept back: a Latin hypercube's rows have no order."""
        holdout = np.arange(len(self.cases)) >= round((1 - HOLDOUT_SHARE) * len(self.cases))
        return self.only(~holdout), self.only(holdout)


@dataclass(frozen=True)
class FutureChunk:
    """Some futures that are simulated together: their numbers, parameters and levers."""

    request: DiscoveryRequest
    numbers: np.ndarray
    table: Table
    levers: Table


def simulate_chunk(load: FutureChunk) -> dict[str, np.ndarray]:
    request = load.request
    scenario = (
        scenario_with_lever_arrays(request.word, load.levers, load.numbers, request.seed)
        if load.levers
        else request.scenario
    )
    futures = Ensemble(scenario, load.numbers, request.seed, request.parameter_source, load.table)
    return {"outcome": evaluate_ensemble(futures, request.expression)}


def sample(request: DiscoveryRequest, checkpoints: Checkpoints) -> SampledFutures:
    """Simulate the futures.

    Raises
    ------
    RequestError
        If no future is left by the guards, or the outcome always or never happens.
    """
    columns, levers = draw_factors(request)
    if levers:
        check_lever_combinations(request.word, levers)
    numbers = np.flatnonzero(~guard_violations(request, columns, levers))
    if not numbers.size:
        raise RequestError(
            f"every one of {request.futures:,} futures breaks a guard of the model: no sample is left; loosen the parameters that {request.scenario.name} sets"
        )
    columns, levers = select_rows(columns, numbers), select_rows(levers, numbers)
    places = _simulation_groups(request.scenario, levers, len(numbers))
    loads = [
        FutureChunk(
            request,
            numbers[some],
            _complete_parameters(select_rows(columns, some), request),
            select_rows(levers, some),
        )
        for some in places
    ]
    done = checkpoints.run(
        simulate_chunk,
        loads,
        [f"{request.scenario.name}-{place:05d}" for place in range(len(loads))],
    )
    cases = np.empty(len(numbers), dtype=bool)
    cases[np.concatenate(places)] = np.concatenate([piece["outcome"] for piece in done]) > 0.5
    _check_cases(cases, request)
    return SampledFutures(columns | levers, cases, request.futures - len(numbers))


def draw_factors(request: DiscoveryRequest) -> tuple[Table, Table]:
    """Parameters and levers of every future, guards not yet heeded."""
    factor_space, turnable = request.factor_space(), request.lever_factor_space()
    points = latin_hypercube(
        request.futures, len(factor_space.factors) + len(turnable.factors), request.seed
    )
    own, others = points[:, : len(factor_space.factors)], points[:, len(factor_space.factors) :]
    columns = factor_space.values_at(_impose_posterior_correlations(own, request, factor_space))
    levers = turnable.values_at(others)
    whole, stepped = (
        integer_levers(request.scenario, request.word),
        stepped_levers(request.scenario),
    )
    for name, lever in levers.items():
        low, high = request.scenario.levers[name].range
        if name in stepped:
            lever = low + (high - low) * np.floor((lever - low) / (high - low) * LEVER_STEPS).clip(
                0, LEVER_STEPS - 1
            ) / (LEVER_STEPS - 1)
        levers[name] = np.round(lever) if name in whole else lever
    return columns, levers


def _impose_posterior_correlations(
    points: np.ndarray, request: DiscoveryRequest, factor_space: FactorSpace
) -> np.ndarray:
    """Points whose rank correlations are those of the posterior, once futures that break a guard are left out.

    Leaving futures out brings correlations of its own, so what it brings is taken off first.
    """
    posterior = request.parameter_source.posterior
    if posterior is None:
        return points
    there = [place for place, name in enumerate(factor_space.names) if name in posterior.table]
    target = rank_correlations(
        np.stack([posterior.table[factor_space.names[place]] for place in there], axis=1)
    )
    kept = ~guard_violations(request, factor_space.values_at(points), {})
    if kept.sum() > len(there) + 1:
        target = target - rank_correlations(points[kept][:, there])
    points = points.copy()
    points[:, there] = impose_rank_correlations(points[:, there], target)
    return points


def guard_violations(request: DiscoveryRequest, columns: Table, levers: Table) -> np.ndarray:
    """Futures that break a guard of the model under the scenario, (n,)."""
    scenario, numbers = request.scenario, np.arange(request.futures)
    if levers and levers_change_parameters(scenario):
        scenario = scenario_with_lever_arrays(request.word, levers, numbers, request.seed)
    table = apply_changes(
        _complete_parameters(columns, request),
        scenario.parameters,
        scenario.cast,
        request.seed,
        numbers,
    )
    halves = np.stack([column for label, column in table.items() if label.startswith("h[")])
    return broken_guards(table["lambda_"], table["theta"], table["chi"], halves, table["rho"])


def _complete_parameters(columns: Table, request: DiscoveryRequest) -> Table:
    """All parameters; medians for those that the scenario sets itself, whatever it makes of them."""
    return fill_medians(columns, parameter_factors(request.parameter_source, request.scenario))


def _simulation_groups(scenario: Scenario, levers: Table, size: int) -> list[np.ndarray]:
    """Places of the futures that one simulation has, neighbours together: noise comes in chunks of neighbouring members."""
    stepped = [levers[name] for name in sorted(stepped_levers(scenario))]
    groups = (
        np.unique(np.stack(stepped), axis=1, return_inverse=True)[1].ravel()
        if stepped
        else np.zeros(size, dtype=int)
    )
    return [
        some[first:last]
        for group in np.unique(groups)
        for some in (np.flatnonzero(groups == group),)
        for first, last in chunk_ranges(len(some))
    ]


def estimate_task_count(request: DiscoveryRequest) -> int:
    """How many pieces of work there will be, nearly, for showing how far it has come."""
    return len(chunk_ranges(request.futures)) * LEVER_STEPS ** len(stepped_levers(request.scenario))


def _check_cases(cases: np.ndarray, request: DiscoveryRequest) -> None:
    count, text = int(cases.sum()), request.expression.text
    if count == 0:
        raise RequestError(
            f"{text} happens in none of {cases.size:,} futures of {request.scenario.name}; ask for less"
        )
    if count == cases.size:
        raise RequestError(
            f"{text} happens in every one of {cases.size:,} futures of {request.scenario.name}; ask for more"
        )
    if min(count, cases.size - count) < MIN_CASES:
        raise RequestError(
            f"{text} happens in {count} of {cases.size:,} futures of {request.scenario.name}: too few or too many to tell apart; "
            "ask for something less rare, or more --futures"
        )


def integer_levers(scenario: Scenario, word: str) -> set[str]:
    """Levers that only take whole numbers: the scenario refuses a fraction."""
    found = set()
    for name, lever in scenario.levers.items():
        low, high = lever.range
        fraction = np.floor(low) + 0.37 if np.floor(low) + 0.37 > low else low + 0.37
        if fraction >= high:
            continue
        try:
            load_scenario(word, levers={name: float(fraction)})
        except DiagnosticsError:
            found.add(name)
    return found
