"""Which moves serve a republic best in the worst tenth of futures, over scenarios and members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steppe.experiments.analysis.ensembles.simulate import evaluate_members
from steppe.experiments.analysis.expressions.syntax_tree import Expression, iterate_calls
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.array_types import Array, BoolArray, FloatArray
from steppe.model.core.calendar import year_of
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.scenario.load import Scenario, load_scenario

from .moves import Move, RobustnessRequest, candidate_moves, write_moves

WORST_SHARE = 0.1
FIRST_YEAR = 2020  # of a move
MAX_MOVES = 20  # roughly, for the progress bar


def resolve_republic(
    expression: Expression, scenarios: Sequence[Scenario], given: str | None
) -> str:
    """The republic that moves: the one given, or the only one that the outcome names."""
    cast = scenarios[0].cast
    if given is not None:
        try:
            return cast.republic_names[cast.index("republic", given)]
        except UnknownNameError as error:
            raise RequestError(f"--republic {given}: {error}") from None
    named = {call.republics for call in iterate_calls(expression.root)}
    if len(named) != 1 or len(next(iter(named))) != 1:
        raise RequestError(
            "the outcome names more than one republic; give the one that moves with --republic"
        )
    return cast.republic_names[next(iter(named))[0]]


def check_expression(
    text: str, expression: Expression, scenarios: Sequence[Scenario], year: int
) -> None:
    """Refuse an outcome that is not a value of each member, or a year outside the scenarios."""
    if expression.is_aggregate:
        raise RequestError(
            f"--outcome {text}: write a value of each member, such as autonomy(Uzbekistan); "
            "the worst tenth is taken over members"
        )
    last = year_of(min(scenario.last for scenario in scenarios))
    if not FIRST_YEAR <= year <= last:
        raise RequestError(f"--year {year}: a move can be made from {FIRST_YEAR} to {last}")


@dataclass(frozen=True)
class MoveRun:
    """One move in one scenario; without a path, no move."""

    request: RobustnessRequest
    scenario_index: int
    path: Path | None


def simulate_move_run(run: MoveRun) -> dict[str, Array]:
    """Return the outcome in each member."""
    request = run.request
    scenario = load_scenario(run.path) if run.path else request.scenarios[run.scenario_index]
    outcome = evaluate_members(
        request.members, scenario, request.expression, request.seed, request.parameter_source
    )
    return {"outcome": outcome}


@dataclass(frozen=True)
class RobustnessResult:
    """Outcomes (moves, scenarios, members), and where a move is open (moves, scenarios)."""

    moves: list[Move]
    outcome: FloatArray
    open_in: BoolArray


def analyse(request: RobustnessRequest, checkpoints: Checkpoints, folder: Path) -> RobustnessResult:
    """Simulate every move in every scenario that allows it, with the same members.

    Where a scenario does not allow a move, the outcome is that of no move.
    """
    moves = candidate_moves(request)
    written = write_moves(request, moves, folder)
    opened = {name for _, name in written}
    moves = [moves[0], *(move for move in moves[1:] if move.name in opened)]
    tasks, names, cells = [], [], []
    for row, move in enumerate(moves):
        for column, scenario in enumerate(request.scenarios):
            path = written.get((scenario.name, move.name))
            if row == 0 or path is not None:
                tasks.append(MoveRun(request, column, path))
                names.append(f"{column:03d}-{row:03d}")
                cells.append((row, column))
    done = checkpoints.run(simulate_move_run, tasks, names)
    outcome = np.empty((len(moves), len(request.scenarios), request.members))
    open_in = np.zeros(outcome.shape[:2], dtype=bool)
    outcome[:] = np.stack([piece["outcome"] for piece in done[: len(request.scenarios)]])
    for cell, piece in zip(cells, done, strict=True):
        outcome[cell], open_in[cell] = piece["outcome"], True
    return RobustnessResult(moves, outcome, open_in)


def worst_tenth(outcome: FloatArray) -> FloatArray:
    """Mean over the worst tenth of futures, along the last axis."""
    count = max(1, round(WORST_SHARE * outcome.shape[-1]))
    worst: FloatArray = np.partition(outcome, count - 1, axis=-1)[..., :count].mean(axis=-1)
    return worst


def regrets(outcome: FloatArray) -> FloatArray:
    """How much better the best move does in each future, (moves, futures) like `outcome`."""
    regret: FloatArray = outcome.max(axis=0, keepdims=True) - outcome
    return regret
