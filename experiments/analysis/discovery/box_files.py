"""A box as a scenario file, which is run to check it.

Parameters are uniform within the box; a scenario file cannot draw levers, so they become a
family of scenarios.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.factors import GUARD_MARGIN
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import Ensemble, evaluate_ensemble
from steppe.experiments.analysis.folder import Row
from steppe.experiments.analysis.scenario_files import copy_parent_scenarios, extend_scenario
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.number_text import format_general, format_percent
from steppe.model.core.yaml_source import dump_yaml
from steppe.model.equations import adjustment_rate
from steppe.model.parameters.guards import BEST_REPLY_LIMIT, OSCILLATION_LIMIT
from steppe.model.scenario.load import load_family

from .design import DiscoveryRequest, SampledFutures, integer_levers
from .prim import Box, Limits, describe_box, wilson

LEVER_COMBINATIONS = 12  # combinations of levers in a file
MEMBERS_CHECKED = 480  # members in which a file is run


def box_region(box: Box, request: DiscoveryRequest) -> tuple[Limits, list[str]]:
    """Limits for every factor, and how they were narrowed so that no corner breaks a guard."""
    limits = {
        factor.name: box.limits.get(factor.name, (factor.low, factor.high))
        for factor in (*request.factor_space().factors, *request.lever_factor_space().factors)
    }
    cut = []
    free_first = sorted(("lambda_", "chi", "theta"), key=lambda name: name in box.limits)
    for name in free_first:
        if name in limits and _best_reply(limits) >= BEST_REPLY_LIMIT:
            cut += _shrink_until(
                limits, name, lambda: _best_reply(limits) < BEST_REPLY_LIMIT * GUARD_MARGIN
            )
    if "rho" in limits and _oscillation(limits) >= OSCILLATION_LIMIT:
        cut += _shrink_until(
            limits, "rho", lambda: _oscillation(limits) < OSCILLATION_LIMIT * GUARD_MARGIN
        )
    return limits, cut


def _shrink_until(limits: Limits, name: str, is_sound: Callable[[], bool]) -> list[str]:
    """Lower the upper limit of a factor until the guard holds, to a tenth of its range at most."""
    low, high = limits[name]
    for part in np.linspace(1.0, 0.1, 181):
        limits[name] = (low, low + (high - low) * float(part))
        if is_sound():
            break
    return [f"{name} only up to {format_general(limits[name][1], 3)}"]


def _best_reply(limits: Limits) -> float:
    """The first guard at its worst corner; 0 if the scenario sets one of its parameters."""
    if not {"lambda_", "theta", "chi"} <= set(limits):
        return 0.0
    return limits["lambda_"][1] * limits["theta"][1] * (1 + limits["chi"][1] / 2)


def _oscillation(limits: Limits) -> float:
    """The second guard at its worst corner."""
    rates = [
        float(adjustment_rate(span[0])) for name, span in limits.items() if name.startswith("h[")
    ]
    return max(rates, default=0.0) * (1 + limits["rho"][1] / 2)


def write_box(
    number: int, box: Box, holdout: SampledFutures, request: DiscoveryRequest, folder: Path
) -> Row:
    """Write the scenario file of a box and run it.

    Returns
    -------
    The file, the share of held-out futures in the box with the outcome (`promised`), the share
    of members of the file with it (`given`), and how limits were narrowed (`cut`).
    """
    folder.mkdir(exist_ok=True)
    limits, cut = box_region(box, request)
    expected = describe_box(limits, holdout.columns, holdout.cases)
    path = folder / f"{request.scenario.name}-box-{number}.yaml"
    copy_parent_scenarios([request.scenario], folder)
    write_text_atomically(path, _file_text(number, limits, cut, expected, request))
    observed, members = run_box_file(path, request)
    low, high = wilson(expected.density, expected.futures)
    observed_low, observed_high = wilson(observed, members)
    return {
        "file": f"{folder.name}/{path.name}",
        "promised": expected.density,
        "promised_low": low,
        "promised_high": high,
        "promised_futures": expected.futures,
        "given": observed,
        "given_low": observed_low,
        "given_high": observed_high,
        "members": members,
        "cut": "; ".join(cut),
    }


def _file_text(
    number: int, limits: Limits, cut: list[str], expected: Box, request: DiscoveryRequest
) -> str:
    levers = [factor.name for factor in request.lever_factor_space().factors]
    data: dict[str, Any] = {
        "title": f"Discovered in {request.scenario.title}: box {number}"[:120],
        "narrative": _narrative(number, cut, expected, request),
        **extend_scenario(request.scenario),
    }
    if levers:
        data["vary"] = {"paired": lever_values(limits, levers, request)}
    data["parameters"] = data.get("parameters", {}) | {
        name: {"uniform": [_round(low), _round(high)]}
        for name, (low, high) in limits.items()
        if name not in levers and low < high
    }
    return "# Made by `steppe discover`; run it with `steppe run`.\n" + dump_yaml(data)


def _narrative(number: int, cut: list[str], expected: Box, request: DiscoveryRequest) -> str:
    text = (
        f"Box {number} of those in which {request.expression.text}. Parameters are drawn evenly "
        "and independently, over the middle 90% of their range where the box sets no limit. "
        f"In {expected.futures} futures within these limits that were held out from the search "
        f"the outcome occurred in {format_percent(expected.density)}."
    )
    if cut:
        text += f" Narrowed so that no member breaks a guard: {', '.join(cut)}."
    return text


def lever_values(
    limits: Limits, levers: list[str], request: DiscoveryRequest
) -> dict[str, list[float]]:
    """A Latin hypercube of lever values within the box."""
    points = latin_hypercube(LEVER_COMBINATIONS, len(levers), request.seed + 2)
    whole = integer_levers(request.scenario, request.word)
    rows = []
    for column, name in enumerate(levers):
        low, high = limits[name]
        row = low + (high - low) * points[:, column]
        if name in whole:
            row = np.clip(np.round(row), np.ceil(low), np.floor(high))
        rows.append([_round(value) for value in row])
    unique = list(dict.fromkeys(zip(*rows, strict=True)))
    return {name: [values[column] for values in unique] for column, name in enumerate(levers)}


def _round(value: float) -> float:
    return float(format_general(value, 6))


def run_box_file(
    path: Path, request: DiscoveryRequest, members: int | None = None
) -> tuple[float, int]:
    """Run a file like any scenario; return the share of members with the outcome and their count.

    members : `MEMBERS_CHECKED` by default.
    """
    family = load_family(path)
    each = -(-(MEMBERS_CHECKED if members is None else members) // len(family))
    outcomes = []
    for index, scenario in enumerate(family):
        ensemble = Ensemble(
            scenario,
            np.arange(index * each, (index + 1) * each),
            request.seed + 7,
            request.parameter_source,
        )
        outcomes.append(evaluate_ensemble(ensemble, request.expression))
    outcome = np.concatenate(outcomes)
    return float(outcome.mean()), outcome.size
