"""The futures of a discovery: how they are sampled and simulated, and which have the outcome.

A Latin hypercube spreads futures evenly over the middle 90% of the range of each parameter
and the whole range of each lever, so that no future counts as likelier than another. It is then
reordered so that parameters have the rank correlations of the posterior (`correlation`).
Futures that break a guard of the model are left out. Each future has its own lever values,
except for levers that can take only a few values (`lever_arrays`).
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
    offsets_not_read,
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
    Columns,
    Ensemble,
    chunk_ranges,
    evaluate_ensemble,
    select_rows,
)
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.array_types import Array, BoolArray, FloatArray, IntArray
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.parameters.draw import apply_changes
from steppe.model.parameters.guards import broken_guards
from steppe.model.scenario.load import Scenario, load_scenario

MIN_CASES = 20  # futures with the outcome, and futures without it
HOLDOUT_SHARE = 0.3  # of the futures, which judge the boxes found in the others


@dataclass(frozen=True)
class DiscoveryRequest(AnalysisRequest):
    """A search for the conditions of an outcome.

    word : the name or file of the scenario.
    futures : futures to sample.
    boxes : boxes to find, at most.
    density : share of futures with the outcome to aim for in a box.
    """

    word: str
    futures: int = 10_000
    boxes: int = 2
    density: float = 0.8

    def factor_space(self) -> FactorSpace:
        """The parameters that the scenario does not set, each evenly over its middle 90%."""
        taken = {*self.scenario.parameters, *offsets_not_read(self.expression)}
        factors = [
            factor
            for factor in parameter_factors(self.parameter_source, self.scenario, even=True)
            if factor.name not in taken and factor.name.partition("[")[0] not in taken
        ]
        return FactorSpace(tuple(factors))

    def lever_factor_space(self) -> FactorSpace:
        """The levers that the request leaves free, each evenly over its range."""
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
                if name not in self.scenario.values
            )
        )


@dataclass(frozen=True)
class SampledFutures:
    """Values of all factors and levers by name, and which futures have the outcome.

    `left_out` counts the futures that break a guard.
    """

    columns: Columns
    cases: BoolArray
    left_out: int

    def select(self, chosen: BoolArray) -> SampledFutures:
        return SampledFutures(select_rows(self.columns, chosen), self.cases[chosen], self.left_out)

    def split_holdout(self) -> tuple[SampledFutures, SampledFutures]:
        """Futures to search in and to hold out; rows of a Latin hypercube have no order."""
        holdout = np.arange(len(self.cases)) >= round((1 - HOLDOUT_SHARE) * len(self.cases))
        return self.select(~holdout), self.select(holdout)


@dataclass(frozen=True)
class FutureChunk:
    """Futures that are simulated together: their numbers, parameters and levers."""

    request: DiscoveryRequest
    numbers: IntArray
    table: Columns
    levers: Columns


def simulate_chunk(chunk: FutureChunk) -> dict[str, Array]:
    """Return the outcome in each future."""
    request, scenario = chunk.request, chunk.request.scenario
    if chunk.levers:
        scenario = scenario_with_lever_arrays(
            request.word, chunk.levers, chunk.numbers, request.seed
        )
    ensemble = Ensemble(
        scenario, chunk.numbers, request.seed, request.parameter_source, chunk.table
    )
    return {"outcome": evaluate_ensemble(ensemble, request.expression)}


def sample(request: DiscoveryRequest, checkpoints: Checkpoints) -> SampledFutures:
    """Sample and simulate the futures.

    Raises
    ------
    RequestError
        If all futures break a guard, or the outcome occurs always, never or too rarely.
    """
    columns, levers = draw_factors(request)
    if levers:
        check_lever_combinations(request.word, levers)
    numbers = np.flatnonzero(~guard_violations(request, columns, levers))
    if not numbers.size:
        raise RequestError(
            f"every one of {request.futures:,} futures breaks a guard of the model, so no sample "
            f"is left; loosen the parameters that {request.scenario.name} sets"
        )
    columns, levers = select_rows(columns, numbers), select_rows(levers, numbers)
    groups = _simulation_groups(request.scenario, levers, len(numbers))
    chunks = [
        FutureChunk(
            request,
            numbers[group],
            complete_parameters(select_rows(columns, group), request),
            select_rows(levers, group),
        )
        for group in groups
    ]
    names = [f"{request.scenario.name}-{index:05d}" for index in range(len(chunks))]
    done = checkpoints.run(simulate_chunk, chunks, names)
    cases = np.empty(len(numbers), dtype=bool)
    cases[np.concatenate(groups)] = np.concatenate([piece["outcome"] for piece in done]) > 0.5
    _check_cases(cases, request)
    return SampledFutures(columns | levers, cases, request.futures - len(numbers))


def draw_factors(request: DiscoveryRequest) -> tuple[Columns, Columns]:
    """Parameters and levers of all futures, including those that break a guard."""
    space, lever_space = request.factor_space(), request.lever_factor_space()
    count = len(space.factors)
    points = latin_hypercube(request.futures, count + len(lever_space.factors), request.seed)
    columns = space.values_at(_impose_posterior_correlations(points[:, :count], request, space))
    levers = lever_space.values_at(points[:, count:])
    whole = integer_levers(request.scenario, request.word)
    stepped = stepped_levers(request.scenario)
    for name, values in levers.items():
        if name in stepped:
            values = _snap_to_steps(values, *request.scenario.levers[name].range)
        levers[name] = np.round(values) if name in whole else values
    return columns, levers


def _snap_to_steps(values: FloatArray, low: float, high: float) -> FloatArray:
    step = np.floor((values - low) / (high - low) * LEVER_STEPS).clip(0, LEVER_STEPS - 1)
    snapped: FloatArray = low + (high - low) * step / (LEVER_STEPS - 1)
    return snapped


def _impose_posterior_correlations(
    points: FloatArray, request: DiscoveryRequest, space: FactorSpace
) -> FloatArray:
    """Reorder points so that rank correlations are those of the posterior.

    Leaving out futures that break a guard causes correlations too; these are subtracted first.
    """
    posterior = request.parameter_source.posterior
    if posterior is None:
        return points
    known = [index for index, name in enumerate(space.names) if name in posterior.table]
    wanted = rank_correlations(
        np.stack([posterior.table[space.names[index]] for index in known], axis=1)
    )
    kept = ~guard_violations(request, space.values_at(points), {})
    if kept.sum() > len(known) + 1:
        wanted = wanted - rank_correlations(points[kept][:, known])
    points = points.copy()
    points[:, known] = impose_rank_correlations(points[:, known], wanted)
    return points


def guard_violations(request: DiscoveryRequest, columns: Columns, levers: Columns) -> BoolArray:
    """Futures that break a guard of the model under the scenario, (n,)."""
    scenario, numbers = request.scenario, np.arange(request.futures)
    if levers and levers_change_parameters(scenario):
        scenario = scenario_with_lever_arrays(request.word, levers, numbers, request.seed)
    table = apply_changes(
        complete_parameters(columns, request),
        scenario.parameters,
        scenario.cast,
        request.seed,
        numbers,
    )
    half_lives = np.stack([column for label, column in table.items() if label.startswith("h[")])
    return broken_guards(table["lambda_"], table["theta"], table["chi"], half_lives, table["rho"])


def complete_parameters(columns: Columns, request: DiscoveryRequest) -> Columns:
    """All parameters, with medians for those that the scenario sets or nothing reads."""
    return fill_medians(columns, parameter_factors(request.parameter_source, request.scenario))


def _simulation_groups(scenario: Scenario, levers: Columns, size: int) -> list[IntArray]:
    """Positions of futures that are simulated together.

    Neighbours stay together, because noise is drawn for chunks of neighbouring members.
    """
    stepped = [levers[name] for name in sorted(stepped_levers(scenario))]
    groups = np.zeros(size, dtype=int)
    if stepped:
        groups = np.unique(np.stack(stepped), axis=1, return_inverse=True)[1].ravel()
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    return [some[first:last] for some in members for first, last in chunk_ranges(len(some))]


def estimate_simulations(request: DiscoveryRequest) -> int:
    """Roughly how many chunks are simulated."""
    steps: int = LEVER_STEPS ** len(stepped_levers(request.scenario))
    return len(chunk_ranges(request.futures)) * steps


def _check_cases(cases: BoolArray, request: DiscoveryRequest) -> None:
    count, text = int(cases.sum()), request.expression.text
    futures = f"of {cases.size:,} futures of {request.scenario.name}"
    if count == 0:
        raise RequestError(f"{text} happens in none {futures}; ask for less")
    if count == cases.size:
        raise RequestError(f"{text} happens in every one {futures}; ask for more")
    if min(count, cases.size - count) < MIN_CASES:
        raise RequestError(
            f"{text} happens in {count} {futures}: too few or too many to find conditions; "
            "try a less extreme outcome, or more --futures"
        )


def integer_levers(scenario: Scenario, word: str) -> set[str]:
    """Levers that take only whole numbers: the scenario refuses a fraction."""
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
