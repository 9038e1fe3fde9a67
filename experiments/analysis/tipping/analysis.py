"""How far a lever must be turned until something holds: a coarse grid first, then bisection, on the same members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from steppe.experiments.analysis.ensembles.simulate import (
    AnalysisRequest,
    Ensemble,
    chunk_ranges,
    simulate_shares,
)
from steppe.experiments.analysis.expressions.evaluate import evaluate_over_members, member_columns
from steppe.experiments.analysis.expressions.syntax_tree import Expression, Node, Operation
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.suggestions import suggest
from steppe.model.scenario.load import Scenario, load_scenario

GRID_POINTS = 9
STEPS = 5  # halvings of the cell in which the threshold lies
RESAMPLES = 400
COMPARISONS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class TippingRequest(AnalysisRequest):
    """A question about a threshold. `word` is the scenario's name or file; the lever is turned from `low` to `high`."""

    word: str
    lever: str
    low: float
    high: float
    members: int = 1000


@dataclass(frozen=True)
class LeverRun:
    """Some members with the lever at one value."""

    request: TippingRequest
    value: float
    first: int
    last: int


def simulate_lever_run(turned: LeverRun) -> dict[str, np.ndarray]:
    """What the condition is taken over, in each of these members."""
    request = turned.request
    scenario = load_scenario(
        request.word, levers={**request.scenario.lever_values, request.lever: turned.value}
    )
    futures = Ensemble(
        scenario, np.arange(turned.first, turned.last), request.seed, request.parameter_source
    )
    return {
        "columns": member_columns(request.expression, simulate_shares(futures, request.expression))
    }


@dataclass
class TippingResult:
    """Where the response was looked at, and where it crosses.

    `at` maps a lever's value to the columns (parts, m) that the condition is taken over.
    `crossings` are (lever value, becomes true). `draws` are thresholds in resamples of the
    members; where a resample has none, infinity, or minus infinity if it holds from the start.
    """

    at: dict[float, np.ndarray] = field(default_factory=dict)
    crossings: list[tuple[float, bool]] = field(default_factory=list)
    draws: np.ndarray = field(default_factory=lambda: np.array([]))
    non_monotone: bool = False

    @property
    def values(self) -> list[float]:
        return sorted(self.at)

    @property
    def threshold(self) -> float | None:
        """The first value from which the condition holds, if it did not at the start."""
        return self.crossings[0][0] if self.crossings and self.crossings[0][1] else None


def resolve_lever(scenario: Scenario, word: str) -> str:
    """The lever that `russian-retreat.depth` or `depth` names.

    Raises
    ------
    RequestError
        If the scenario has no such lever, with the nearest.
    """
    name, dot, lever = word.rpartition(".")
    if dot and name not in scenario.chain:
        raise RequestError(
            f"--lever {word}: the scenario is {scenario.name}; {suggest(name, list(scenario.chain))}"
        )
    if lever not in scenario.levers:
        known = list(scenario.levers)
        what = suggest(lever, known) if known else "it has none; write one under `levers:`"
        raise RequestError(f"--lever {word}: '{lever}' is no lever of {scenario.name}; {what}")
    return lever


def search_range(
    scenario: Scenario, lever: str, low: float | None, high: float | None
) -> tuple[float, float]:
    """Where to look: what is asked, within what the lever allows."""
    least, most = scenario.levers[lever].range
    low, high = least if low is None else low, most if high is None else high
    if low >= high:
        raise RequestError(
            f"--from {low:g} --to {high:g}: the range is upside down; the first number must be the smaller"
        )
    if high <= least or low >= most:
        raise RequestError(
            f"--from {low:g} --to {high:g}: lever {lever} can be turned from {least:g} to {most:g}, which lies outside"
        )
    return max(low, least), min(high, most)


def check_expression(expression: Expression) -> None:
    if not (expression.is_condition and expression.is_aggregate):
        raise RequestError(
            '--condition must be a condition about all members together, such as "P(leads(China, 3 of 5, security)) > 0.5"'
        )


def analyse(request: TippingRequest, checkpoints: Checkpoints) -> TippingResult:
    """Look along a grid, halve the cell of every crossing, and resample the members."""

    def columns_at(values: Sequence[float]) -> list[np.ndarray]:
        tasks = [
            LeverRun(request, value, first, last)
            for value in values
            for first, last in chunk_ranges(request.members, max(1, -(-request.members // 2)))
        ]
        done = checkpoints.run(
            simulate_lever_run, tasks, [f"at-{task.value!r}-{task.first}" for task in tasks]
        )
        each = len(tasks) // len(values)
        return [
            np.concatenate([piece["columns"] for piece in done[place : place + each]], axis=1)
            for place in range(0, len(done), each)
        ]

    return search_threshold(columns_at, request.expression, request.low, request.high, request.seed)


def search_threshold(
    columns_at: Callable[[Sequence[float]], list[np.ndarray]],
    expression: Expression,
    low: float,
    high: float,
    seed: int,
) -> TippingResult:
    """The search itself, over any function that gives members' columns at values of a lever."""
    found = TippingResult()

    def look(values: Sequence[float]) -> None:
        found.at.update(zip(values, columns_at(values), strict=True))

    look([float(value) for value in np.linspace(low, high, GRID_POINTS)])
    for left, right in _crossing_cells(found, expression):
        for _ in range(STEPS):
            middle = (left + right) / 2
            look([middle])
            if _holds(found.at[middle], expression) == _holds(found.at[left], expression):
                left = middle
            else:
                right = middle
        found.crossings.append(((left + right) / 2, _holds(found.at[right], expression)))
    found.non_monotone = _is_non_monotone(found, expression)
    found.draws = _bootstrap_thresholds(found, expression, seed)
    return found


def _holds(columns: np.ndarray, expression: Expression) -> bool:
    return bool(evaluate_over_members(expression.root, expression, columns))


def _crossing_cells(found: TippingResult, expression: Expression) -> list[tuple[float, float]]:
    """Neighbouring values of the grid between which the condition begins or ceases to hold."""
    values = found.values
    return [
        (left, right)
        for left, right in zip(values, values[1:], strict=False)
        if _holds(found.at[left], expression) != _holds(found.at[right], expression)
    ]


def comparison_sides(expression: Expression) -> tuple[Node, Node] | None:
    """What is compared with what, where the condition is one comparison."""
    root = expression.root
    return root.parts if isinstance(root, Operation) and root.operator in COMPARISONS else None


def margin(columns: np.ndarray, expression: Expression) -> float:
    """How far beyond its bound a comparison is; plus or minus one half where the condition is more than one comparison."""
    pair = comparison_sides(expression)
    if pair is None:
        return evaluate_over_members(expression.root, expression, columns) - 0.5
    left, right = (evaluate_over_members(part, expression, columns) for part in pair)
    return left - right if expression.root.operator in (">", ">=") else right - left


def response(columns: np.ndarray, expression: Expression) -> float:
    """The quantity that is compared, or the truth of the condition."""
    pair = comparison_sides(expression)
    return evaluate_over_members(pair[0] if pair else expression.root, expression, columns)


def _is_non_monotone(found: TippingResult, expression: Expression) -> bool:
    """Whether the response goes up and down by more than three standard errors of a proportion or mean."""
    values = np.array([response(found.at[value], expression) for value in found.values])
    columns = found.at[found.values[0]]
    noise = (
        3
        * float(np.max([found.at[value].std(axis=1).max() for value in found.values]))
        / np.sqrt(columns.shape[1])
    )
    rises, falls = _largest_rise(values), _largest_rise(-values)
    return min(rises, falls) > max(noise, 1e-9)


def _largest_rise(values: np.ndarray) -> float:
    return float(np.max(values - np.minimum.accumulate(values)))


def _bootstrap_thresholds(found: TippingResult, expression: Expression, seed: int) -> np.ndarray:
    """The first threshold in resamples of the members, by straight lines between the values looked at."""
    values = np.array(found.values)
    stacked = np.stack([found.at[value] for value in found.values])
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


def _first_crossing(values: np.ndarray, margins: np.ndarray) -> float:
    above = margins > 0
    if above[0]:
        return -np.inf
    if not above.any():
        return np.inf
    place = int(np.argmax(above))
    step = margins[place] - margins[place - 1]
    return float(
        values[place - 1] + (values[place] - values[place - 1]) * (-margins[place - 1] / step)
    )


def threshold_interval(draws: np.ndarray) -> tuple[float, float]:
    """The 90 % interval; infinite at an end where resamples cross beyond the range."""
    low, high = np.quantile(draws, (0.05, 0.95), method="inverted_cdf")
    return float(low), float(high)


def response_rows(found: TippingResult, request: TippingRequest) -> list[dict]:
    """The response as a tidy table."""
    rows = []
    for value in found.values:
        low, high = response_interval(found.at[value], request.expression, request.seed)
        rows.append(
            {
                "lever": request.lever,
                "value": value,
                "response": response(found.at[value], request.expression),
                "low": low,
                "high": high,
                "holds": "yes" if _holds(found.at[value], request.expression) else "no",
                "members": found.at[value].shape[1],
                "unit": "as in the condition",
            }
        )
    return rows


def response_interval(
    columns: np.ndarray, expression: Expression, seed: int
) -> tuple[float, float]:
    """The 90 % bootstrap interval of the response."""
    generator = np.random.default_rng(seed)
    size = columns.shape[1]
    draws = [
        response(columns[:, generator.integers(0, size, size)], expression) for _ in range(200)
    ]
    return tuple(float(value) for value in np.quantile(draws, (0.05, 0.95)))


def summary_sentences(
    found: TippingResult, request: TippingRequest, asked: Mapping[str, float | None]
) -> list[str]:
    """The answer in words."""
    name, text = request.lever, request.expression.text
    first, last = (
        response(found.at[value], request.expression) for value in (request.low, request.high)
    )
    said = []
    if found.threshold is None:
        if found.crossings:
            said.append(
                f"{text} holds already with {name} at {request.low:g}, and ceases to hold at {found.crossings[0][0]:.3g}"
            )
        elif _holds(found.at[request.low], request.expression):
            said.append(
                f"not within the range: {text} holds already with {name} at {request.low:g} and everywhere up to {request.high:g}"
            )
        else:
            said.append(
                f"not within the range: {text} holds nowhere with {name} from {request.low:g} to {request.high:g}"
            )
    else:
        said.append(
            f"{text} holds from {name} = {found.threshold:.3g} on (90 %: {_interval_text(found.draws, request)}), {request.members} members"
        )
    said.append(
        f"the response goes from {first:.3g} at {request.low:g} to {last:.3g} at {request.high:g}"
    )
    if len(found.crossings) > 1:
        others = ", ".join(
            f"{value:.3g} ({'begins' if begins else 'ceases'})" for value, begins in found.crossings
        )
        said.append(f"the condition changes {len(found.crossings)} times: {others}")
    if found.non_monotone:
        said.append(
            "the response is not monotone: it both rises and falls by more than chance, so look at the figure"
        )
    if (asked.get("from") or request.low) < request.low or (
        asked.get("to") or request.high
    ) > request.high:
        said.append(
            f"{name} can be turned from {request.scenario.levers[name].range[0]:g} to {request.scenario.levers[name].range[1]:g} only; the search stayed within"
        )
    return said


def _interval_text(draws: np.ndarray, request: TippingRequest) -> str:
    low, high = threshold_interval(draws)
    start = f"below {request.low:g}" if np.isinf(low) else f"{low:.3g}"
    end = (
        f"beyond {request.high:g}, reached by {np.isfinite(draws).mean():.0%} of resamples"
        if np.isinf(high)
        else f"{high:.3g}"
    )
    return f"{start} to {end}"
