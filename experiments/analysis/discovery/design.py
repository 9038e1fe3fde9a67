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

from steppe.experiments.analysis.checkpoints import Pieces
from steppe.experiments.analysis.ensembles.correlation import rank_correlations, reordered
from steppe.experiments.analysis.ensembles.factors import (
    GRID,
    Factor,
    Space,
    parameter_factors,
    with_medians,
)
from steppe.experiments.analysis.ensembles.lever_arrays import (
    STEPS,
    changes_parameters,
    check_levers,
    stepped_levers,
    turned,
)
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import (
    Futures,
    Question,
    Table,
    sliced_by,
    spans,
    values_in,
)
from steppe.experiments.errors import RequestError
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.parameters.ensemble import apply_changes
from steppe.model.parameters.table import broken_guards
from steppe.model.scenario.load import Scenario, load_scenario

FEWEST = 20  # cases, and others
KEPT_BACK = 0.3  # futures in which no box is looked for, and by which boxes are judged


@dataclass(frozen=True)
class Discovery(Question):
    """A question about conditions. `word` is the scenario's name or file, `futures` how many are drawn."""

    word: str
    futures: int = 10_000
    boxes: int = 2
    density: float = 0.8

    def space(self) -> Space:
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
        return Space(tuple(factors))

    def lever_space(self) -> Space:
        return Space(
            tuple(
                Factor(
                    name,
                    "lever",
                    "as the lever",
                    lever.meaning,
                    lever.range[0] + (lever.range[1] - lever.range[0]) * GRID,
                )
                for name, lever in self.scenario.levers.items()
            )
        )


@dataclass(frozen=True)
class Sampled:
    """Futures: the value of every factor and lever, by name, and whether the outcome came about."""

    columns: Table
    cases: np.ndarray
    left_out: int

    def only(self, chosen: np.ndarray) -> Sampled:
        return Sampled(sliced_by(self.columns, chosen), self.cases[chosen], self.left_out)

    def parted(self) -> tuple[Sampled, Sampled]:
        """Those in which boxes are looked for, and those kept back: a Latin hypercube's rows have no order."""
        back = np.arange(len(self.cases)) >= round((1 - KEPT_BACK) * len(self.cases))
        return self.only(~back), self.only(back)


@dataclass(frozen=True)
class Load:
    """Some futures that are simulated together: their numbers, parameters and levers."""

    question: Discovery
    numbers: np.ndarray
    table: Table
    levers: Table


def simulate_load(load: Load) -> dict[str, np.ndarray]:
    question = load.question
    scenario = (
        turned(question.word, load.levers, load.numbers, question.seed)
        if load.levers
        else question.scenario
    )
    futures = Futures(scenario, load.numbers, question.seed, question.parameter_source, load.table)
    return {"outcome": values_in(futures, question.expression)}


def sample(question: Discovery, pieces: Pieces) -> Sampled:
    """Simulate the futures.

    Raises
    ------
    RequestError
        If no future is left by the guards, or the outcome always or never happens.
    """
    columns, levers = drawn(question)
    if levers:
        check_levers(question.word, levers)
    numbers = np.flatnonzero(~broken(question, columns, levers))
    if not numbers.size:
        raise RequestError(
            f"every one of {question.futures:,} futures breaks a guard of the model: no sample is left; loosen the parameters that {question.scenario.name} sets"
        )
    columns, levers = sliced_by(columns, numbers), sliced_by(levers, numbers)
    places = _simulated_together(question.scenario, levers, len(numbers))
    loads = [
        Load(
            question,
            numbers[some],
            _completed(sliced_by(columns, some), question),
            sliced_by(levers, some),
        )
        for some in places
    ]
    done = pieces.done(
        simulate_load,
        loads,
        [f"{question.scenario.name}-{place:05d}" for place in range(len(loads))],
    )
    cases = np.empty(len(numbers), dtype=bool)
    cases[np.concatenate(places)] = np.concatenate([piece["outcome"] for piece in done]) > 0.5
    _check_cases(cases, question)
    return Sampled(columns | levers, cases, question.futures - len(numbers))


def drawn(question: Discovery) -> tuple[Table, Table]:
    """Parameters and levers of every future, guards not yet heeded."""
    space, turnable = question.space(), question.lever_space()
    points = latin_hypercube(
        question.futures, len(space.factors) + len(turnable.factors), question.seed
    )
    own, others = points[:, : len(space.factors)], points[:, len(space.factors) :]
    columns = space.values(_hanging_together(own, question, space))
    levers = turnable.values(others)
    whole, stepped = (
        whole_levers(question.scenario, question.word),
        stepped_levers(question.scenario),
    )
    for name, lever in levers.items():
        low, high = question.scenario.levers[name].range
        if name in stepped:
            lever = low + (high - low) * np.floor((lever - low) / (high - low) * STEPS).clip(
                0, STEPS - 1
            ) / (STEPS - 1)
        levers[name] = np.round(lever) if name in whole else lever
    return columns, levers


def _hanging_together(points: np.ndarray, question: Discovery, space: Space) -> np.ndarray:
    """Points whose rank correlations are those of the posterior, once futures that break a guard are left out.

    Leaving futures out brings correlations of its own, so what it brings is taken off first.
    """
    posterior = question.parameter_source.posterior
    if posterior is None:
        return points
    there = [place for place, name in enumerate(space.names) if name in posterior.table]
    target = rank_correlations(
        np.stack([posterior.table[space.names[place]] for place in there], axis=1)
    )
    kept = ~broken(question, space.values(points), {})
    if kept.sum() > len(there) + 1:
        target = target - rank_correlations(points[kept][:, there])
    points = points.copy()
    points[:, there] = reordered(points[:, there], target)
    return points


def broken(question: Discovery, columns: Table, levers: Table) -> np.ndarray:
    """Futures that break a guard of the model under the scenario, (n,)."""
    scenario, numbers = question.scenario, np.arange(question.futures)
    if levers and changes_parameters(scenario):
        scenario = turned(question.word, levers, numbers, question.seed)
    table = apply_changes(
        _completed(columns, question), scenario.parameters, scenario.cast, question.seed, numbers
    )
    halves = np.stack([column for label, column in table.items() if label.startswith("h[")])
    return broken_guards(table["lambda_"], table["theta"], table["chi"], halves, table["rho"])


def _completed(columns: Table, question: Discovery) -> Table:
    """All parameters; medians for those that the scenario sets itself, whatever it makes of them."""
    return with_medians(columns, parameter_factors(question.parameter_source, question.scenario))


def _simulated_together(scenario: Scenario, levers: Table, size: int) -> list[np.ndarray]:
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
        for first, last in spans(len(some))
    ]


def pieces_of(question: Discovery) -> int:
    """How many pieces of work there will be, nearly, for showing how far it has come."""
    return len(spans(question.futures)) * STEPS ** len(stepped_levers(question.scenario))


def _check_cases(cases: np.ndarray, question: Discovery) -> None:
    count, text = int(cases.sum()), question.expression.text
    if count == 0:
        raise RequestError(
            f"{text} happens in none of {cases.size:,} futures of {question.scenario.name}; ask for less"
        )
    if count == cases.size:
        raise RequestError(
            f"{text} happens in every one of {cases.size:,} futures of {question.scenario.name}; ask for more"
        )
    if min(count, cases.size - count) < FEWEST:
        raise RequestError(
            f"{text} happens in {count} of {cases.size:,} futures of {question.scenario.name}: too few or too many to tell apart; "
            "ask for something less rare, or more --futures"
        )


def whole_levers(scenario: Scenario, word: str) -> set[str]:
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
