"""Moves that a republic can make, and the scenario files that make them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.simulate import Ensemble, simulate
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.analysis.scenario_files import copy_parent_scenarios, extend_scenario
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.calendar import first_quarter
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.file_names import distinct_parts
from steppe.model.core.word_lists import with_article
from steppe.model.core.yaml_source import dump_yaml
from steppe.model.equations import dependence
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.effect_schema import Membership
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.memberships import (
    has_begun,
    shipped_institutions,
    shipped_successors,
)

TOLERANCE_STEP = 0.05
NEED_LEVEL = 1 / 3  # one level of need, on the scale of the model
PATRON_MEMBERS = 100
NO_MOVE = "stay the course"
EVENT = "the-move"


@dataclass(frozen=True)
class RobustnessRequest:
    """A comparison of the moves of a republic in one year.

    words : names or files of the scenarios.
    members : members of each scenario.
    """

    scenarios: tuple[Scenario, ...]
    words: tuple[str, ...]
    republic: str
    year: int
    expression: Expression
    parameter_source: ParameterSource
    seed: int
    members: int = 300


@dataclass(frozen=True)
class Move:
    """Something a republic can do, as effects of an event.

    institution : what it joins or leaves, if that is the move.
    """

    name: str
    meaning: str
    effects: tuple[dict[str, Any], ...] = ()
    institution: str | None = None


def candidate_moves(request: RobustnessRequest) -> list[Move]:
    """All moves, starting with none; a scenario may not allow some of them."""
    return [
        Move(NO_MOVE, "no move"),
        _diversify(request),
        _need_less(request),
        *_change_tolerance(request.republic),
        *membership_moves(request),
    ]


def _diversify(request: RobustnessRequest) -> Move:
    patron = _patron(request)
    powers = request.scenarios[0].cast.power_names
    effect = {
        "shock": "ties",
        "power": [name for name in powers if name != patron],
        "republic": request.republic,
        "channel": "all",
        "intensity": 1,
        "permanent": True,
    }
    name = with_article(patron)
    meaning = f"ties to every power but {name} deepen by one level, in every channel"
    return Move(f"diversify from {name}", meaning, (effect,))


def _need_less(request: RobustnessRequest) -> Move:
    scenario, republic = request.scenarios[0], request.republic
    inputs = extend_inputs(scenario, request.parameter_source.inputs)
    needs = inputs.needs[:, scenario.cast.index("republic", republic), :, -1]
    # the effect sets a need for all powers: a level less than for any, and more for none
    less = np.minimum(np.maximum(needs.max(axis=0) - NEED_LEVEL, 0.0), needs.min(axis=0))
    effects = tuple(
        {"need": round(3 * float(need), 4), "republic": republic, "channel": channel}
        for need, channel in zip(less, scenario.cast.channel_names, strict=True)
    )
    return Move("need less", "one level less of need in every channel", effects)


def _change_tolerance(republic: str) -> Iterator[Move]:
    for name, word, step in (
        ("raise tolerance", "more", TOLERANCE_STEP),
        ("lower tolerance", "less", -TOLERANCE_STEP),
    ):
        meaning = f"{TOLERANCE_STEP:g} {word} dependence on one power is accepted"
        yield Move(name, meaning, ({"tolerance": step, "republic": republic},))


def membership_moves(request: RobustnessRequest) -> Iterator[Move]:
    """Yield a move into and a move out of every organisation; a scenario opens some of them."""
    republic = request.republic
    for name in _institutions(request.scenarios):
        yield Move(
            f"join {name}",
            f"{republic} becomes a member of {with_article(name)}",
            ({"institution": name, "join": republic},),
            name,
        )
        yield Move(
            f"leave {name}",
            f"{republic} ceases to be a member of {with_article(name)}",
            ({"institution": name, "leave": republic},),
            name,
        )


def _institutions(scenarios: Sequence[Scenario]) -> list[str]:
    founded = [
        effect.institution
        for scenario in scenarios
        for event in scenario.events.values()
        for effect in event.effects
        if isinstance(effect, Membership)
    ]
    return list(dict.fromkeys((*shipped_institutions(), *founded)))


def _exists(institution: str, scenario: Scenario, request: RobustnessRequest) -> bool:
    """Return whether an organisation binds anyone in the year of the move.

    One on paper only does not, nor one whose successor has begun. What was dissolved, or has a
    republic as a member already, the check of the scenario refuses.
    """
    quarter = first_quarter(request.year)
    successor = shipped_successors().get(institution)
    if successor is not None and has_begun(successor, scenario.events, quarter):
        return False
    coded = {row.name: row for row in request.parameter_source.inputs.institutions}
    return institution not in coded or bool(coded[institution].weight_at(quarter).any())


def _patron(request: RobustnessRequest) -> str:
    """The power on which the republic depends most in the first scenario when it moves.

    The mean over a few members.
    """
    scenario, quarter = request.scenarios[0], first_quarter(request.year)
    ensemble = Ensemble(scenario, np.arange(PATRON_MEMBERS), request.seed, request.parameter_source)
    row = scenario.cast.index("republic", request.republic)
    share = simulate(ensemble, {quarter})[quarter][:, row]
    depends = dependence(share, np.full(share.shape[1], 1 / share.shape[1]))
    return scenario.cast.power_names[int(depends.mean(axis=1).argmax())]


def write_moves(
    request: RobustnessRequest, moves: Sequence[Move], folder: Path
) -> dict[tuple[str, str], Path]:
    """Write a scenario file for each move that a scenario allows.

    Returns
    -------
    Files by names of scenario and move.
    """
    folder.mkdir(exist_ok=True)
    written = {}
    copied = copy_parent_scenarios(request.scenarios, folder)
    labels = {
        (scenario.name, move.name): f"{scenario.name}\0{move.name}"
        for scenario in request.scenarios
        for move in moves[1:]
    }
    parts = distinct_parts([*labels.values(), *copied])
    for scenario in request.scenarios:
        for move in moves[1:]:
            if move.institution and not _exists(move.institution, scenario, request):
                continue
            path = folder / f"{parts[labels[scenario.name, move.name]]}.yaml"
            write_text_atomically(path, _move_file_text(move, scenario, request))
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
        **extend_scenario(scenario),
        "events": {
            EVENT: {
                "when": request.year,
                "what": f"{request.republic}: {move.name}",
                "effects": list(move.effects),
            }
        },
    }
    return "# Made by `steppe robustness`.\n" + dump_yaml(json.loads(json.dumps(data)))
