"""Which moves open to a republic serve it best in the worst tenth of futures, over scenarios and members."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from steppe.experiments.analysis.ensembles.simulate import Ensemble, evaluate_members, simulate
from steppe.experiments.analysis.expressions.syntax_tree import Call, Expression, iterate_calls
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.core.calendar import first_quarter, year_of
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.equations import dependence
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.effect_models import Membership
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.memberships import shipped_institutions

WORST_SHARE = 0.1
TOLERANCE_STEP = 0.05  # of tolerance
NEED_LEVEL = 1 / 3  # of a need, on the scale of the model
DRAWS = 400
NO_MOVE = "stay the course"
EVENT = "the-move"


@dataclass(frozen=True)
class Move:
    """Something a republic can do: its name, what it means, and the effects that do it."""

    name: str
    meaning: str
    effects: tuple[dict, ...] = ()


@dataclass(frozen=True)
class RobustnessRequest:
    """A question about moves."""

    scenarios: tuple[Scenario, ...]
    words: tuple[str, ...]
    republic: str
    year: int
    expression: Expression
    parameter_source: ParameterSource
    seed: int
    members: int = 300


def resolve_republic(
    expression: Expression, scenarios: Sequence[Scenario], given: str | None
) -> str:
    """The republic whose moves are meant: the one given, or the only one that the outcome names."""
    cast = scenarios[0].cast
    if given is not None:
        try:
            return cast.republic_names[cast.index("republic", given)]
        except UnknownNameError as error:
            raise RequestError(f"--republic {given}: {error}") from None
    named = {call.republics for call in iterate_calls(expression.root) if isinstance(call, Call)}
    if len(named) != 1 or len(next(iter(named))) != 1:
        raise RequestError(
            "the outcome names more than one republic; say with --republic whose moves are meant"
        )
    return cast.republic_names[next(iter(named))[0]]


def check_expression(
    question_text: str, expression: Expression, scenarios: Sequence[Scenario], year: int
) -> None:
    if expression.is_aggregate:
        raise RequestError(
            f"--outcome {question_text}: write a value of each member, such as autonomy(Uzbekistan); the worst tenth is taken over them"
        )
    last = year_of(min(scenario.last for scenario in scenarios))
    if not 2020 <= year <= last:
        raise RequestError(f"--year {year}: a move is made from 2020 to {last}")


def candidate_moves(request: RobustnessRequest) -> list[Move]:
    """Moves that at least one of the scenarios allows, doing nothing first."""
    republic, cast = request.republic, request.scenarios[0].cast
    patron = _patron(request)
    others = [name for name in cast.power_names if name != patron]
    row = cast.index("republic", republic)
    inputs = extend_inputs(request.scenarios[0], request.parameter_source.inputs)
    needs = [
        {
            "need": round(3 * max(0.0, float(inputs.needs[row, place]) - NEED_LEVEL), 4),
            "republic": republic,
            "channel": channel,
        }
        for place, channel in enumerate(cast.channel_names)
    ]
    moves = [
        Move(NO_MOVE, "no move"),
        Move(
            f"diversify from {patron}",
            f"ties to every power but {patron} deepen by one step, in every channel",
            (
                {
                    "shock": "ties",
                    "power": others,
                    "republic": republic,
                    "channel": "all",
                    "intensity": 1,
                    "permanent": True,
                },
            ),
        ),
        Move("need less", "one level less of need in every channel", tuple(needs)),
        Move(
            "raise tolerance",
            f"{TOLERANCE_STEP:g} more dependence on one power is accepted",
            ({"tolerance": TOLERANCE_STEP, "republic": republic},),
        ),
        Move(
            "lower tolerance",
            f"{TOLERANCE_STEP:g} less dependence on one power is accepted",
            ({"tolerance": -TOLERANCE_STEP, "republic": republic},),
        ),
    ]
    for name in _institutions(request.scenarios):
        moves.append(
            Move(
                f"join {name}",
                f"{republic} becomes a member of {name}",
                ({"institution": name, "join": republic},),
            )
        )
        moves.append(
            Move(
                f"leave {name}",
                f"{republic} ceases to be a member of {name}",
                ({"institution": name, "leave": republic},),
            )
        )
    return moves


def _institutions(scenarios: Sequence[Scenario]) -> list[str]:
    founded = [
        effect.institution
        for scenario in scenarios
        for event in scenario.events.values()
        for effect in event.effects
        if isinstance(effect, Membership)
    ]
    return list(dict.fromkeys((*shipped_institutions(), *founded)))


def _patron(request: RobustnessRequest) -> str:
    """The power on which the republic depends most in the first scenario when the move is due, on average over a few members."""
    quarter = first_quarter(request.year)
    futures = Ensemble(request.scenarios[0], np.arange(100), request.seed, request.parameter_source)
    cast = request.scenarios[0].cast
    share = simulate(futures, {quarter})[quarter][:, cast.index("republic", request.republic)]
    depends = dependence(share, np.full(share.shape[1], 1 / share.shape[1]))
    return cast.power_names[int(depends.mean(axis=1).argmax())]


def write_moves(
    request: RobustnessRequest, moves: Sequence[Move], folder: Path
) -> dict[tuple[str, str], Path]:
    """A scenario file for every move that a scenario allows, by names of scenario and move; none where it is not open."""
    from steppe.experiments.analysis.discovery.box_files import copy_parent_scenarios

    folder.mkdir(exist_ok=True)
    written = {}
    for scenario in request.scenarios:
        copy_parent_scenarios(scenario, folder)
        for move in moves[1:]:
            path = (
                folder
                / f"{scenario.name}-{move.name.replace(' ', '-').replace('/', '-').lower()}.yaml"
            )
            path.write_text(_move_file_text(move, scenario, request), encoding="utf-8")
            try:
                load_scenario(path)
                written[scenario.name, move.name] = path
            except DiagnosticsError:
                path.unlink()
    return written


def _move_file_text(move: Move, scenario: Scenario, request: RobustnessRequest) -> str:
    data = {
        "title": f"{scenario.title}: {request.republic}, {move.name}"[:120],
        "narrative": f"{move.meaning}, in {request.year}.",
        "extends": scenario.name,
        "events": {
            EVENT: {
                "when": request.year,
                "what": f"{request.republic}: {move.name}",
                "effects": list(move.effects),
            }
        },
    }
    return "# Made by `steppe robustness`.\n" + yaml.safe_dump(
        json.loads(json.dumps(data)), sort_keys=False, allow_unicode=True, width=100
    )


@dataclass(frozen=True)
class MoveRun:
    """One move in one scenario; no path where nothing is done."""

    request: RobustnessRequest
    place: int
    path: Path | None


def simulate_move_run(tried: MoveRun) -> dict[str, np.ndarray]:
    request = tried.request
    scenario = load_scenario(tried.path) if tried.path else request.scenarios[tried.place]
    return {
        "outcome": evaluate_members(
            request.members,
            scenario,
            request.expression,
            request.seed,
            request.parameter_source,
        )
    }


@dataclass(frozen=True)
class RobustnessResult:
    """Outcomes (moves, scenarios, members); `open_in` (moves, scenarios) says where a move can be made at all."""

    moves: list[Move]
    outcome: np.ndarray
    open_in: np.ndarray


def analyse(request: RobustnessRequest, checkpoints: Checkpoints, folder: Path) -> RobustnessResult:
    """Every move in every scenario, the same members throughout. Where a move is not open, nothing is done."""
    moves = candidate_moves(request)
    written = write_moves(request, moves, folder)
    open_moves = [
        moves[0],
        *(
            move
            for move in moves[1:]
            if any((scenario.name, move.name) in written for scenario in request.scenarios)
        ),
    ]
    tasks, names, places = [], [], []
    for row, move in enumerate(open_moves):
        for place, scenario in enumerate(request.scenarios):
            path = written.get((scenario.name, move.name))
            if row == 0 or path is not None:
                tasks.append(MoveRun(request, place, path))
                names.append(f"{scenario.name}-{row:03d}")
                places.append((row, place))
    done = checkpoints.run(simulate_move_run, tasks, names)
    outcome = np.empty((len(open_moves), len(request.scenarios), request.members))
    open_in = np.zeros(outcome.shape[:2], dtype=bool)
    outcome[:] = np.stack([piece["outcome"] for piece in done[: len(request.scenarios)]])
    for (row, place), piece in zip(places, done, strict=True):
        outcome[row, place], open_in[row, place] = piece["outcome"], True
    return RobustnessResult(open_moves, outcome, open_in)


def worst_tenth(outcome: np.ndarray) -> np.ndarray:
    """Mean over the worst tenth of futures, along the last axis."""
    count = max(1, round(WORST_SHARE * outcome.shape[-1]))
    return np.partition(outcome, count - 1, axis=-1)[..., :count].mean(axis=-1)


def regrets(outcome: np.ndarray) -> np.ndarray:
    """How much better the best move does in each future, same shape (moves, futures)."""
    return outcome.max(axis=0, keepdims=True) - outcome


def move_rows(found: RobustnessResult, request: RobustnessRequest) -> list[dict]:
    """One row per move, best in the worst tenth first; intervals resample the members."""
    flat = found.outcome.reshape(len(found.moves), -1)
    regret = regrets(flat)
    worst = worst_tenth(flat)
    generator = np.random.default_rng(request.seed)
    draws = np.stack(
        [
            worst_tenth(
                found.outcome[..., generator.integers(0, request.members, request.members)].reshape(
                    len(found.moves), -1
                )
            )
            for _ in range(DRAWS)
        ]
    )
    gains = draws - draws[:, :1]
    rows = []
    for place, move in enumerate(found.moves):
        low, high = np.quantile(draws[:, place], (0.05, 0.95))
        gain_low, gain_high = np.quantile(gains[:, place], (0.05, 0.95))
        rows.append(
            {
                "move": move.name,
                "worst_tenth": float(worst[place]),
                "low": float(low),
                "high": float(high),
                "gain": float(worst[place] - worst[0]),
                "gain_low": float(gain_low),
                "gain_high": float(gain_high),
                "mean": float(flat[place].mean()),
                "mean_gain": float((flat[place] - flat[0]).mean()),
                "regret_mean": float(regret[place].mean()),
                "regret_90": float(np.quantile(regret[place], 0.9)),
                "regret_largest": float(regret[place].max()),
                "best_in": float((regret[place] <= 0).mean()),
                "open_in": int(found.open_in[place].sum()),
                "scenarios": len(request.scenarios),
                "unit": "as the outcome",
                "meaning": move.meaning,
            }
        )
    return sorted(rows, key=lambda row: -row["worst_tenth"])


def scenario_rows(found: RobustnessResult, request: RobustnessRequest) -> list[dict]:
    """The worst tenth within each scenario, as a tidy table."""
    return [
        {
            "scenario": scenario.name,
            "move": move.name,
            "worst_tenth": float(worst_tenth(found.outcome[row, place])),
            "mean": float(found.outcome[row, place].mean()),
            "open": "yes" if found.open_in[row, place] else "no",
            "unit": "as the outcome",
        }
        for place, scenario in enumerate(request.scenarios)
        for row, move in enumerate(found.moves)
    ]


def summary_sentences(rows: list[dict], request: RobustnessRequest) -> list[str]:
    """The answer in words."""
    stay = next(row for row in rows if row["move"] == NO_MOVE)
    best, least = rows[0], min(rows, key=lambda row: row["regret_90"])
    futures = f"{len(request.scenarios)} scenarios of {request.members} members"
    said = [
        f"worst tenth of {futures}: {request.expression.text} is {stay['worst_tenth']:.3f} (90 %: {stay['low']:.3f} to {stay['high']:.3f}) if {request.republic} makes no move in {request.year}"
    ]
    if best["move"] == NO_MOVE:
        said.append("no move does better than none in the worst tenth")
    else:
        said.append(
            f"best in the worst tenth: {best['move']}, {best['gain']:+.3f} (90 %: {best['gain_low']:+.3f} to {best['gain_high']:+.3f})"
        )
        unclear = [
            row["move"]
            for row in rows[1:]
            if row["gain_high"] >= best["gain_low"] and row["move"] != NO_MOVE
        ][:3]
        if unclear:
            said.append(f"hardly to be told from it: {', '.join(unclear)}")
    worst = rows[-1]
    said.append(
        f"worst in the worst tenth: {worst['move']}, {worst['gain']:+.3f} (90 %: {worst['gain_low']:+.3f} to {worst['gain_high']:+.3f})"
    )
    said.append(
        f"least regret: {least['move']}, at most {least['regret_90']:.3f} short of the best move in nine futures of ten"
    )
    return said
