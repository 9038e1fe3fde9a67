"""Numbers quoted in the README are reproduced: fully where cheap, otherwise in part."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from steppe.experiments.analysis.discovery import box_files, design
from steppe.experiments.analysis.discovery.prim import Box
from steppe.experiments.analysis.ensembles.input_uncertainty import load_codings
from steppe.experiments.analysis.ensembles.simulate import (
    evaluate_members,
    read_expression,
    select_rows,
)
from steppe.experiments.analysis.expressions.evaluate import evaluate_over_members
from steppe.experiments.analysis.robustness import analysis as robustness
from steppe.experiments.analysis.robustness import findings as robustness_findings
from steppe.experiments.analysis.robustness import moves as robustness_moves
from steppe.experiments.analysis.sensitivity import analysis as sensitivity
from steppe.experiments.analysis.sensitivity import findings as sensitivity_findings
from steppe.experiments.analysis.tipping import analysis as tipping
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario

README = Path(__file__).parent.parent / "experiments" / "README.md"
ASKED = " ".join(
    README.read_text(encoding="utf-8").partition("## Analyses")[2].partition("\n## ")[0].split()
)
RETREAT = load_scenario("russian-retreat")
pytestmark = pytest.mark.slow  # simulates some ten thousand members and futures


def quoted(pattern: str) -> list[float]:
    """The numbers in a place of the README."""
    found = re.search(pattern, ASKED)
    assert found, pattern
    return [float(number.replace(",", "")) for number in found.groups()]


def test_what_matters():
    text = re.search(r'steppe sensitivity russian-retreat --output "([^"]+)"', ASKED)[1]
    request = sensitivity.SensitivityRequest(
        RETREAT, read_expression(text, [RETREAT]), load_parameter_source(), 1, load_codings()
    )
    as_it_is, without = (
        sensitivity.simulate_switch(sensitivity.Switch(request, name))["output"]
        for name in ("as it is", "no institutions")
    )
    assert (
        sensitivity_findings.switch_sentence(
            sensitivity_findings.switch_row("no institutions", without, as_it_is, request)
        )
        in ASKED
    )


def test_how_much_it_would_take():
    text = re.search(r'--condition "([^"]+)"', ASKED)[1]
    threshold, members = quoted(r"holds from depth = ([\d.]+) .*?, (\d+) members")
    low, high = tipping.search_range(RETREAT, "depth", 0.0, 1.0)
    cell = (
        (high - low) / (tipping.GRID_POINTS - 1) / 2**tipping.STEPS
    )  # the last one, in whose middle the threshold lies
    expression = read_expression(text, [RETREAT])
    request = tipping.TippingRequest(
        RETREAT,
        expression,
        load_parameter_source(),
        1,
        "russian-retreat",
        "depth",
        low,
        high,
        int(members),
    )

    def holds(depth: float) -> bool:
        columns = tipping.simulate_lever_run(tipping.LeverRun(request, depth, 0, int(members)))[
            "columns"
        ]
        return bool(evaluate_over_members(expression.root, expression, columns))

    assert not holds(threshold - cell / 2 - 0.0005) and holds(threshold + cell / 2 + 0.0005)


def test_under_which_conditions(tmp_path):
    text = re.search(r'steppe discover russian-retreat --outcome "([^"]+)"', ASKED)[1]
    request = design.DiscoveryRequest(
        RETREAT, read_expression(text, [RETREAT]), load_parameter_source(), 1, "russian-retreat"
    )
    columns, levers = design.draw_factors(request)
    kept = ~design.guard_violations(request, columns, levers)
    share, futures, left_out = quoted(
        r"in (\d+)% of ([\d,]+) futures \(([\d,]+) that break a guard left out\)"
    )
    assert (kept.sum(), (~kept).sum()) == (futures, left_out)
    places = np.flatnonzero(kept)[:1500]
    parameters = design.complete_parameters(select_rows(columns, places), request)
    load = design.FutureChunk(request, places, parameters, select_rows(levers, places))
    found = design.simulate_chunk(load)["outcome"].mean()
    assert abs(found - share / 100) < 0.005 + 1.645 * np.sqrt(found * (1 - found) / len(places))
    limits = re.search(r"box 1: (.*?); density", ASKED)[1]
    box = Box(
        {
            name: (float(low), float(high))
            for name, low, high in re.findall(r"(\S+) (-?[\d.]+) to (-?[\d.]+)", limits)
        },
        0,
        0,
        0,
        0,
    )
    none = design.SampledFutures(
        select_rows(columns | levers, kept), np.zeros(kept.sum(), dtype=bool), 0
    )
    given = box_files.write_box(1, box, none, request, tmp_path / "boxes")
    low, high, members = quoted(
        r"observed [\d.]+ \(90%: ([\d.]+) to ([\d.]+)\) in (\d+) new members"
    )
    assert low <= given["given"] <= high and given["members"] == members


def test_what_a_republic_could_do(tmp_path):
    scenarios = tuple(load_scenario(name) for name in shipped_names() if name != "history")
    expression = read_expression("autonomy(Uzbekistan)", list(scenarios))
    request = robustness_moves.RobustnessRequest(
        scenarios,
        tuple(scenario.name for scenario in scenarios),
        "Uzbekistan",
        2025,
        expression,
        load_parameter_source(),
        1,
    )
    moves = [
        move
        for move in robustness_moves.candidate_moves(request)
        if move.name in (robustness_moves.NO_MOVE, "need less")
    ]
    written = robustness_moves.write_moves(request, moves, tmp_path / "moves")
    outcome = np.array(
        [
            [
                evaluate_members(
                    request.members,
                    load_scenario(written[scenario.name, move.name]) if move.effects else scenario,
                    expression,
                    1,
                    request.parameter_source,
                )
                for scenario in scenarios
            ]
            for move in moves
        ]
    )
    rows = robustness_findings.move_rows(
        robustness.RobustnessResult(moves, outcome, np.ones(outcome.shape[:2], dtype=bool)), request
    )
    said = robustness_findings.summary_sentences(rows, request)
    assert said[0].partition(" if ")[0] in ASKED and said[1] in ASKED
