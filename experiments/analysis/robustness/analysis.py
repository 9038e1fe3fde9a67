"""Which moves open to a republic serve it best in the worst tenth of futures, over scenarios and members."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from steppe.experiments.analysis.checkpoints import Pieces
from steppe.experiments.analysis.ensembles.simulate import Futures, simulated, values_in_members
from steppe.experiments.analysis.expressions.syntax_tree import Call, Expression, calls_of
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.core.calendar import first_quarter, year_of
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.equations import dependence
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.effect_models import Membership
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.memberships import shipped_institutions

WORST = 0.1
STEP = 0.05  # of tolerance
LEVEL = 1 / 3  # of a need, on the scale of the model
DRAWS = 400
NOTHING = "stay the course"
EVENT = "the-move"


@dataclass(frozen=True)
class Move:
    """Something a republic can do: its name, what it means, and the effects that do it."""

    name: str
    meaning: str
    effects: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Robustness:
    """A question about moves."""

    scenarios: tuple[Scenario, ...]
    words: tuple[str, ...]
    republic: str
    year: int
    expression: Expression
    parameter_source: ParameterSource
    seed: int
    members: int = 300


def republic_of(expression: Expression, scenarios: Sequence[Scenario], given: str | None) -> str:
    """The republic whose moves are meant: the one given, or the only one that the outcome names."""
    cast = scenarios[0].cast
    if given is not None:
        try:
            return cast.republic_names[cast.index("republic", given)]
        except UnknownNameError as error:
            raise RequestError(f"--republic {given}: {error}") from None
    named = {call.republics for call in calls_of(expression.root) if isinstance(call, Call)}
    if len(named) != 1 or len(next(iter(named))) != 1:
        raise RequestError(
            "the outcome names more than one republic; say with --republic whose moves are meant"
        )
    return cast.republic_names[next(iter(named))[0]]


def check_question(
    question_text: str, expression: Expression, scenarios: Sequence[Scenario], year: int
) -> None:
    if expression.over_members:
        raise RequestError(
            f"--outcome {question_text}: write a value of each member, such as autonomy(Uzbekistan); the worst tenth is taken over them"
        )
    last = year_of(min(scenario.last for scenario in scenarios))
    if not 2020 <= year <= last:
        raise RequestError(f"--year {year}: a move is made from 2020 to {last}")


def moves_of(question: Robustness) -> list[Move]:
    """Moves that at least one of the scenarios allows, doing nothing first."""
    republic, cast = question.republic, question.scenarios[0].cast
    patron = _patron(question)
    others = [name for name in cast.power_names if name != patron]
    row = cast.index("republic", republic)
    inputs = extend_inputs(question.scenarios[0], question.parameter_source.inputs)
    needs = [
        {
            "need": round(3 * max(0.0, float(inputs.needs[row, place]) - LEVEL), 4),
            "republic": republic,
            "channel": channel,
        }
        for place, channel in enumerate(cast.channel_names)
    ]
    moves = [
        Move(NOTHING, "no move"),
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
            f"{STEP:g} more dependence on one power is accepted",
            ({"tolerance": STEP, "republic": republic},),
        ),
        Move(
            "lower tolerance",
            f"{STEP:g} less dependence on one power is accepted",
            ({"tolerance": -STEP, "republic": republic},),
        ),
    ]
    for name in _institutions(question.scenarios):
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


def _patron(question: Robustness) -> str:
    """The power on which the republic depends most in the first scenario when the move is due, on average over a few members."""
    quarter = first_quarter(question.year)
    futures = Futures(
        question.scenarios[0], np.arange(100), question.seed, question.parameter_source
    )
    cast = question.scenarios[0].cast
    share = simulated(futures, {quarter})[quarter][:, cast.index("republic", question.republic)]
    depends = dependence(share, np.full(share.shape[1], 1 / share.shape[1]))
    return cast.power_names[int(depends.mean(axis=1).argmax())]


def write_moves(
    question: Robustness, moves: Sequence[Move], folder: Path
) -> dict[tuple[str, str], Path]:
    """A scenario file for every move that a scenario allows, by names of scenario and move; none where it is not open."""
    from steppe.experiments.analysis.discovery.box_files import copy_parents

    folder.mkdir(exist_ok=True)
    written = {}
    for scenario in question.scenarios:
        copy_parents(scenario, folder)
        for move in moves[1:]:
            path = (
                folder
                / f"{scenario.name}-{move.name.replace(' ', '-').replace('/', '-').lower()}.yaml"
            )
            path.write_text(_text(move, scenario, question), encoding="utf-8")
            try:
                load_scenario(path)
                written[scenario.name, move.name] = path
            except DiagnosticsError:
                path.unlink()
    return written


def _text(move: Move, scenario: Scenario, question: Robustness) -> str:
    data = {
        "title": f"{scenario.title}: {question.republic}, {move.name}"[:120],
        "narrative": f"{move.meaning}, in {question.year}.",
        "extends": scenario.name,
        "events": {
            EVENT: {
                "when": question.year,
                "what": f"{question.republic}: {move.name}",
                "effects": list(move.effects),
            }
        },
    }
    return "# Made by `steppe robustness`.\n" + yaml.safe_dump(
        json.loads(json.dumps(data)), sort_keys=False, allow_unicode=True, width=100
    )


@dataclass(frozen=True)
class Tried:
    """One move in one scenario; no path where nothing is done."""

    question: Robustness
    place: int
    path: Path | None


def simulate_tried(tried: Tried) -> dict[str, np.ndarray]:
    question = tried.question
    scenario = load_scenario(tried.path) if tried.path else question.scenarios[tried.place]
    return {
        "outcome": values_in_members(
            question.members,
            scenario,
            question.expression,
            question.seed,
            question.parameter_source,
        )
    }


@dataclass(frozen=True)
class Found:
    """Outcomes (moves, scenarios, members); `open_in` (moves, scenarios) says where a move can be made at all."""

    moves: list[Move]
    outcome: np.ndarray
    open_in: np.ndarray


def answer(question: Robustness, pieces: Pieces, folder: Path) -> Found:
    """Every move in every scenario, the same members throughout. Where a move is not open, nothing is done."""
    moves = moves_of(question)
    written = write_moves(question, moves, folder)
    open_moves = [
        moves[0],
        *(
            move
            for move in moves[1:]
            if any((scenario.name, move.name) in written for scenario in question.scenarios)
        ),
    ]
    tasks, names, places = [], [], []
    for row, move in enumerate(open_moves):
        for place, scenario in enumerate(question.scenarios):
            path = written.get((scenario.name, move.name))
            if row == 0 or path is not None:
                tasks.append(Tried(question, place, path))
                names.append(f"{scenario.name}-{row:03d}")
                places.append((row, place))
    done = pieces.done(simulate_tried, tasks, names)
    outcome = np.empty((len(open_moves), len(question.scenarios), question.members))
    open_in = np.zeros(outcome.shape[:2], dtype=bool)
    outcome[:] = np.stack([piece["outcome"] for piece in done[: len(question.scenarios)]])
    for (row, place), piece in zip(places, done, strict=True):
        outcome[row, place], open_in[row, place] = piece["outcome"], True
    return Found(open_moves, outcome, open_in)


def worst_tenth(outcome: np.ndarray) -> np.ndarray:
    """Mean over the worst tenth of futures, along the last axis."""
    count = max(1, round(WORST * outcome.shape[-1]))
    return np.partition(outcome, count - 1, axis=-1)[..., :count].mean(axis=-1)


def regrets(outcome: np.ndarray) -> np.ndarray:
    """How much better the best move does in each future, same shape (moves, futures)."""
    return outcome.max(axis=0, keepdims=True) - outcome


def rows_of(found: Found, question: Robustness) -> list[dict]:
    """One row per move, best in the worst tenth first; intervals resample the members."""
    flat = found.outcome.reshape(len(found.moves), -1)
    regret = regrets(flat)
    worst = worst_tenth(flat)
    generator = np.random.default_rng(question.seed)
    draws = np.stack(
        [
            worst_tenth(
                found.outcome[
                    ..., generator.integers(0, question.members, question.members)
                ].reshape(len(found.moves), -1)
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
                "scenarios": len(question.scenarios),
                "unit": "as the outcome",
                "meaning": move.meaning,
            }
        )
    return sorted(rows, key=lambda row: -row["worst_tenth"])


def by_scenario(found: Found, question: Robustness) -> list[dict]:
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
        for place, scenario in enumerate(question.scenarios)
        for row, move in enumerate(found.moves)
    ]


def sentences(rows: list[dict], question: Robustness) -> list[str]:
    """The answer in words."""
    stay = next(row for row in rows if row["move"] == NOTHING)
    best, least = rows[0], min(rows, key=lambda row: row["regret_90"])
    futures = f"{len(question.scenarios)} scenarios of {question.members} members"
    said = [
        f"worst tenth of {futures}: {question.expression.text} is {stay['worst_tenth']:.3f} (90 %: {stay['low']:.3f} to {stay['high']:.3f}) if {question.republic} makes no move in {question.year}"
    ]
    if best["move"] == NOTHING:
        said.append("no move does better than none in the worst tenth")
    else:
        said.append(
            f"best in the worst tenth: {best['move']}, {best['gain']:+.3f} (90 %: {best['gain_low']:+.3f} to {best['gain_high']:+.3f})"
        )
        unclear = [
            row["move"]
            for row in rows[1:]
            if row["gain_high"] >= best["gain_low"] and row["move"] != NOTHING
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
