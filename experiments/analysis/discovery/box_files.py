"""A box as a scenario file: parameters drawn evenly within it, levers as a family of scenarios, then run to see."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import yaml

from steppe.experiments.analysis.ensembles.factors import GUARD_MARGIN
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import Ensemble, evaluate_ensemble
from steppe.model.equations import adjustment_rate
from steppe.model.parameters.guards import BEST_REPLY_LIMIT, OSCILLATION_LIMIT
from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load import Scenario, load_family

from .design import DiscoveryRequest, SampledFutures, integer_levers
from .prim import Box, Limits, describe_box, wilson

LEVER_COMBINATIONS = 12  # combinations of levers in a file
MEMBERS_CHECKED = 480  # members in which a file is tried


def box_region(box: Box, request: DiscoveryRequest) -> tuple[Limits, list[str]]:
    """Limits for every factor, cut where a corner of them would break a guard, and what was cut."""
    limits = {
        factor.name: box.limits.get(factor.name, (factor.low, factor.high))
        for factor in (*request.factor_space().factors, *request.lever_factor_space().factors)
    }
    cut = []
    free_first = sorted(("lambda_", "chi", "theta"), key=lambda name: name in box.limits)
    for name in free_first:
        if name in limits and _best_reply_slope(limits) >= BEST_REPLY_LIMIT:
            cut += _shrink_until(
                limits, name, lambda: _best_reply_slope(limits) < BEST_REPLY_LIMIT * GUARD_MARGIN
            )
    if "rho" in limits and _oscillation(limits) >= OSCILLATION_LIMIT:
        cut += _shrink_until(
            limits, "rho", lambda: _oscillation(limits) < OSCILLATION_LIMIT * GUARD_MARGIN
        )
    return limits, cut


def _shrink_until(limits: Limits, name: str, sound) -> list[str]:
    """Lower the upper end of one factor until the guard holds, leaving at least a tenth of its range."""
    low, high = limits[name]
    for part in np.linspace(1.0, 0.1, 181):
        limits[name] = (low, low + (high - low) * float(part))
        if sound():
            break
    return [f"{name} only up to {limits[name][1]:.3g}"]


def _best_reply_slope(limits: Limits) -> float:
    """The left side of the first guard at its worst corner; 0 where the scenario sets some of it itself."""
    if not {"lambda_", "theta", "chi"} <= set(limits):
        return 0.0
    return limits["lambda_"][1] * limits["theta"][1] * (1 + limits["chi"][1] / 2)


def _oscillation(limits: Limits) -> float:
    rates = [
        float(adjustment_rate(span[0])) for name, span in limits.items() if name.startswith("h[")
    ]
    return max(rates, default=0.0) * (1 + limits["rho"][1] / 2)


def write_box(
    number: int, box: Box, holdout: SampledFutures, request: DiscoveryRequest, folder: Path
) -> dict:
    """Write a box into a folder, try the file, and say what it promises, by the futures kept back, and what it gives."""
    folder.mkdir(exist_ok=True)
    limits, cut = box_region(box, request)
    promise = describe_box(limits, holdout.columns, holdout.cases)
    path = folder / f"{request.scenario.name}-box-{number}.yaml"
    copy_parent_scenarios(request.scenario, folder)
    path.write_text(_file_text(number, limits, cut, promise, request), encoding="utf-8")
    given, members = run_box_file(path, request)
    low, high = wilson(promise.density, promise.futures)
    given_low, given_high = wilson(given, members)
    return {
        "file": f"{folder.name}/{path.name}",
        "promised": promise.density,
        "promised_low": low,
        "promised_high": high,
        "promised_futures": promise.futures,
        "given": given,
        "given_low": given_low,
        "given_high": given_high,
        "members": members,
        "cut": "; ".join(cut),
    }


def _file_text(
    number: int, limits: Limits, cut: list[str], promise: Box, request: DiscoveryRequest
) -> str:
    said = (
        f"Box {number} of those in which {request.expression.text}. Parameters are drawn evenly and apart from each other, over the middle 90 % of their range "
        f"where the box sets no limit. In {promise.futures} futures within these limits that were kept back from the search the outcome came about in {promise.density:.0%}."
    )
    if cut:
        said += f" Cut so that no member breaks a guard: {', '.join(cut)}."
    data: dict = {
        "title": f"Discovered in {request.scenario.title}: box {number}"[:120],
        "narrative": said,
        "extends": request.scenario.name,
    }
    levers = list(request.scenario.levers)
    if levers:
        data["vary"] = {"paired": lever_values(limits, levers, request)}
    data["parameters"] = {
        name: {"uniform": [_round(low), _round(high)]}
        for name, (low, high) in limits.items()
        if name not in levers and low < high
    }
    return "# Made by `steppe discover`; run it with `steppe run`.\n" + yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def lever_values(
    limits: Limits, levers: list[str], request: DiscoveryRequest
) -> dict[str, list[float]]:
    """A Latin hypercube of levers within the box: a scenario file cannot draw levers, but it can vary them."""
    points = latin_hypercube(LEVER_COMBINATIONS, len(levers), request.seed + 2)
    whole = integer_levers(request.scenario, request.word)
    rows = {
        name: limits[name][0] + (limits[name][1] - limits[name][0]) * points[:, column]
        for column, name in enumerate(levers)
    }
    rows = {
        name: np.clip(np.round(row), np.ceil(limits[name][0]), np.floor(limits[name][1]))
        if name in whole
        else row
        for name, row in rows.items()
    }
    unique = list(dict.fromkeys(zip(*(map(_round, row) for row in rows.values()), strict=True)))
    return {name: [float(values[column]) for values in unique] for column, name in enumerate(rows)}


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def copy_parent_scenarios(scenario: Scenario, folder: Path) -> None:
    """A scenario extends what ships or what lies beside it, so a user's own parents come along."""
    for source in scenario.files:
        path = Path(source.file)
        if (
            path.exists()
            and path.resolve().parent not in (SHIPPED, folder.resolve())
            and not (SHIPPED / path.name).exists()
        ):
            shutil.copy(path, folder / path.name)


def run_box_file(
    path: Path, request: DiscoveryRequest, members: int = MEMBERS_CHECKED
) -> tuple[float, int]:
    """Run a file as any scenario is run, and count how often the outcome comes about."""
    family = load_family(path)
    each = -(-members // len(family))
    cases = []
    for place, scenario in enumerate(family):
        futures = Ensemble(
            scenario,
            np.arange(place * each, (place + 1) * each),
            request.seed + 7,
            request.parameter_source,
        )
        cases.append(evaluate_ensemble(futures, request.expression))
    together = np.concatenate(cases)
    return float(together.mean()), together.size
