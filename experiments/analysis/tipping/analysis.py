"""The lever value from which a condition holds: a coarse grid, then bisection, on fixed members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from steppe.experiments.analysis.ensembles.simulate import (
    AnalysisRequest,
    Ensemble,
    chunk_ranges,
    simulate_shares,
)
from steppe.experiments.analysis.expressions.evaluate import evaluate_over_members, member_columns
from steppe.experiments.analysis.expressions.syntax_tree import Expression, Node, Operation
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.array_types import Array, FloatArray
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import suggest
from steppe.model.scenario.load import Scenario, load_scenario

GRID_POINTS = 9
STEPS = 5  # bisections of a grid cell in which the condition changes
RESAMPLES = 400  # of the members, for the interval of the threshold
RESPONSE_RESAMPLES = 200  # of the members, for the intervals of the response
COMPARISONS = ("<", "<=", ">", ">=")

ColumnsAt = Callable[[Sequence[float]], list[FloatArray]]  # lever values to (parts, m) each


@dataclass(frozen=True)
class TippingRequest(AnalysisRequest):
    """A search for a threshold of a lever between `low` and `high`.

    word : the name or file of the scenario.
    """

    word: str
    lever: str
    low: float
    high: float
    members: int = 1000


@dataclass(frozen=True)
class LeverRun:
    """Members `first` to `last` (exclusive) with the lever at one value."""

    request: TippingRequest
    value: float
    first: int
    last: int


def simulate_lever_run(run: LeverRun) -> dict[str, Array]:
    """Return what the condition aggregates, in each of these members, (parts, m)."""
    request = run.request
    levers = {**request.scenario.lever_values, request.lever: run.value}
    scenario = load_scenario(request.word, levers=levers)
    numbers = np.arange(run.first, run.last)
    ensemble = Ensemble(scenario, numbers, request.seed, request.parameter_source)
    shares = simulate_shares(ensemble, request.expression)
    return {"columns": member_columns(request.expression, shares)}


@dataclass
class TippingResult:
    """The response at the lever values that were simulated, and where the condition changes.

    `at` maps a lever value to the columns (parts, m) that the condition aggregates.
    `crossings` are (lever value, whether the condition becomes true). `draws` are thresholds in
    resamples of the members: infinite in a resample that has none, minus infinite in one where
    the condition holds from the start.
    """

    at: dict[float, FloatArray] = field(default_factory=dict)
    crossings: list[tuple[float, bool]] = field(default_factory=list)
    draws: FloatArray = field(default_factory=lambda: np.array([]))
    non_monotone: bool = False

    @property
    def values(self) -> list[float]:
        return sorted(self.at)

    @property
    def threshold(self) -> float | None:
        """The first value from which the condition holds, if it did not hold at the start."""
        return self.crossings[0][0] if self.crossings and self.crossings[0][1] else None


def resolve_lever(scenario: Scenario, name: str) -> str:
    """The lever that `russian-retreat.depth` or `depth` names.

    Raises
    ------
    RequestError
        If the scenario has no such lever, with the nearest name.
    """
    owner, dot, lever = name.rpartition(".")
    if dot and owner not in scenario.chain:
        raise RequestError(
            f"--lever {name}: the scenario is {scenario.name}; "
            f"{suggest(owner, list(scenario.chain))}"
        )
    if lever not in scenario.levers:
        known = list(scenario.levers)
        hint = suggest(lever, known) if known else "it has none; define one under `levers:`"
        raise RequestError(f"--lever {name}: {scenario.name} has no lever '{lever}'; {hint}")
    if lever in scenario.values:
        raise RequestError(
            f"--lever {name}: {scenario.name} sets it already; take it out of the brackets"
        )
    return lever


def search_range(
    scenario: Scenario, lever: str, low: float | None, high: float | None
) -> tuple[float, float]:
    """The part of the requested range that the lever allows."""
    least, most = scenario.levers[lever].range
    low, high = least if low is None else low, most if high is None else high
    if low >= high:
        raise RequestError(
            f"--from {low:g} --to {high:g}: the range is empty; --from must be less than --to"
        )
    if high <= least or low >= most:
        raise RequestError(
            f"--from {low:g} --to {high:g}: outside the range of lever {lever}, "
            f"{least:g} to {most:g}"
        )
    return max(low, least), min(high, most)


def check_expression(expression: Expression) -> None:
    """Refuse what is not a condition on all members together."""
    if not (expression.is_condition and expression.is_aggregate):
        raise RequestError(
            "--condition must be a condition about all members together, such as "
            '"P(leads(China, 3 of 5, security)) > 0.5"'
        )


def count_tasks() -> int:
    """Tasks of an analysis with one crossing, for a progress bar."""
    return 2 * (GRID_POINTS + STEPS)


def analyse(request: TippingRequest, checkpoints: Checkpoints) -> TippingResult:
    """Simulate a grid, bisect the cell of every crossing, and resample the members."""

    def columns_at(values: Sequence[float]) -> list[FloatArray]:
        ranges = chunk_ranges(request.members, max(1, -(-request.members // 2)))
        tasks = [
            LeverRun(request, value, first, last) for value in values for first, last in ranges
        ]
        names = [f"at-{task.value!r}-{task.first}" for task in tasks]
        done = checkpoints.run(simulate_lever_run, tasks, names)
        parts = [
            [piece["columns"] for piece in done[start : start + len(ranges)]]
            for start in range(0, len(done), len(ranges))
        ]
        return [np.concatenate(columns, axis=1) for columns in parts]

    return search_threshold(columns_at, request.expression, request.low, request.high, request.seed)


def search_threshold(
    columns_at: ColumnsAt, expression: Expression, low: float, high: float, seed: int
) -> TippingResult:
    """Search with any function that gives members' columns at lever values."""
    result = TippingResult()

    def look(values: Sequence[float]) -> None:
        result.at.update(zip(values, columns_at(values), strict=True))

    look([float(value) for value in np.linspace(low, high, GRID_POINTS)])
    for left, right in _crossing_cells(result, expression):
        for _ in range(STEPS):
            middle = (left + right) / 2
            look([middle])
            if holds(result.at[middle], expression) == holds(result.at[left], expression):
                left = middle
            else:
                right = middle
        result.crossings.append(((left + right) / 2, holds(result.at[right], expression)))
    result.non_monotone = _is_non_monotone(result, expression)
    result.draws = _bootstrap_thresholds(result, expression, seed)
    return result


def holds(columns: FloatArray, expression: Expression) -> bool:
    """Whether the condition is true."""
    return bool(evaluate_over_members(expression.root, expression, columns))


def _crossing_cells(result: TippingResult, expression: Expression) -> list[tuple[float, float]]:
    """Neighbouring grid values between which the truth of the condition changes."""
    values = result.values
    return [
        (left, right)
        for left, right in pairwise(values)
        if holds(result.at[left], expression) != holds(result.at[right], expression)
    ]


def comparison_sides(expression: Expression) -> tuple[Node, Node] | None:
    """Both sides of a condition that is a single comparison."""
    root = expression.root
    if isinstance(root, Operation) and root.operator in COMPARISONS:
        return root.parts[0], root.parts[1]
    return None


def margin(columns: FloatArray, expression: Expression) -> float:
    """How far a comparison is beyond its bound; +-0.5 for other conditions."""
    pair, root = comparison_sides(expression), expression.root
    if pair is None or not isinstance(root, Operation):
        return evaluate_over_members(root, expression, columns) - 0.5
    left, right = (evaluate_over_members(part, expression, columns) for part in pair)
    return left - right if root.operator in (">", ">=") else right - left


def response(columns: FloatArray, expression: Expression) -> float:
    """The quantity that is compared, or the truth of the condition."""
    pair = comparison_sides(expression)
    return evaluate_over_members(pair[0] if pair else expression.root, expression, columns)


def _is_non_monotone(result: TippingResult, expression: Expression) -> bool:
    """True if the response both rises and falls by more than three standard errors."""
    responses = np.array([response(result.at[value], expression) for value in result.values])
    size = result.at[result.values[0]].shape[1]
    spread = float(np.max([result.at[value].std(axis=1).max() for value in result.values]))
    noise = 3 * spread / np.sqrt(size)
    return bool(min(_largest_rise(responses), _largest_rise(-responses)) > max(noise, 1e-9))


def _largest_rise(values: FloatArray) -> float:
    return float(np.max(values - np.minimum.accumulate(values)))


def _bootstrap_thresholds(result: TippingResult, expression: Expression, seed: int) -> FloatArray:
    """The first threshold in resamples of the members, by linear interpolation."""
    values = np.array(result.values)
    stacked = np.stack([result.at[value] for value in result.values])
    generator = np.random.default_rng(seed)
    size = stacked.shape[-1]
    draws = [generator.integers(0, size, size) for _ in range(RESAMPLES)]
    return np.array(
        [
            _first_crossing(
                values, np.array([margin(columns[:, rows], expression) for columns in stacked])
            )
            for rows in draws
        ]
    )


def _first_crossing(values: FloatArray, margins: FloatArray) -> float:
    above = margins > 0
    if above[0]:
        return -np.inf
    if not above.any():
        return np.inf
    first = int(np.argmax(above))
    step = margins[first] - margins[first - 1]
    return float(
        values[first - 1] + (values[first] - values[first - 1]) * (-margins[first - 1] / step)
    )


def threshold_interval(draws: FloatArray) -> tuple[float, float]:
    """The 90% interval; infinite at an end where resamples cross outside the range."""
    low, high = np.quantile(draws, (0.05, 0.95), method="inverted_cdf")
    return float(low), float(high)


def response_interval(
    columns: FloatArray, expression: Expression, seed: int
) -> tuple[float, float]:
    """The 90% bootstrap interval of the response."""
    generator = np.random.default_rng(seed)
    size = columns.shape[1]
    draws = [
        response(columns[:, generator.integers(0, size, size)], expression)
        for _ in range(RESPONSE_RESAMPLES)
    ]
    low, high = np.quantile(draws, (0.05, 0.95))
    return float(low), float(high)
