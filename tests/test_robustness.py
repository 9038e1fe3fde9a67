"""Moves of a republic: which are open, how they fare in the worst tenth, and regret."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from test_sensitivity import PRIOR, refused

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.robustness import analysis as robustness
from steppe.experiments.analysis.robustness import findings, moves
from steppe.experiments.cli.app import steppe
from steppe.experiments.runs.requested_scenarios import require_names
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import default_cast
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import load_scenario
from steppe.model.scenario.memberships import shipped_institutions


def make_request(**keys) -> moves.RobustnessRequest:
    scenarios = (load_scenario("baseline"), load_scenario("russian-retreat"))
    expression = read_expression("autonomy(Uzbekistan)", list(scenarios))
    return moves.RobustnessRequest(
        scenarios, ("baseline", "russian-retreat"), "Uzbekistan", 2025, expression, PRIOR, 1, **keys
    )


def test_worst_tenth_and_regret_of_plain_numbers():
    outcome = np.stack([np.arange(20.0), np.arange(20.0)[::-1], np.full(20, 9.5)])
    np.testing.assert_allclose(robustness.worst_tenth(outcome), [0.5, 0.5, 9.5])
    regret = robustness.regrets(outcome)
    assert regret.min() == 0 and (regret.min(axis=0) == 0).all() and regret[2].max() == 9.5


def test_rows_put_the_move_that_holds_first():
    generator = np.random.default_rng(1)
    base = generator.normal(0.4, 0.1, (2, 50))
    found = robustness.RobustnessResult(
        [
            moves.Move(moves.NO_MOVE, ""),
            moves.Move("better", ""),
            moves.Move("worse", ""),
        ],
        np.stack([base, base + 0.05, base - 0.05]),
        np.ones((3, 2), dtype=bool),
    )
    rows = findings.move_rows(found, make_request(members=50))
    assert [row["move"] for row in rows] == ["better", moves.NO_MOVE, "worse"]
    assert (
        rows[0]["gain"] == pytest.approx(0.05)
        and rows[0]["gain_low"] == pytest.approx(0.05)
        and rows[0]["regret_largest"] == 0
        and rows[0]["best_in"] == 1
    )
    assert "better" in " ".join(findings.summary_sentences(rows, make_request(members=50)))


GONE = {"EurAsEC", "Single Economic Space", "Collective Security Treaty"}  # by 2025
ON_PAPER = {
    row.name
    for row in default_inputs().institutions
    if not row.weight_at(parse_quarter("2025Q1")).any()
}  # leaving or joining changes nothing


@pytest.fixture(scope="module")
def open_in_2025(tmp_path_factory):
    """The moves on organisations that the baseline opens to each republic in 2025."""
    opened = {}
    for republic in default_cast().republic_names:
        request = replace(make_request(), republic=republic)
        candidates = [moves.Move(moves.NO_MOVE, ""), *moves.membership_moves(request)]
        written = moves.write_moves(request, candidates, tmp_path_factory.mktemp("moves") / "all")
        opened[republic] = {name for scenario, name in written if scenario == "baseline"}
    return opened


@pytest.fixture(scope="module")
def members_in_2024():
    """Whether a republic is in an organisation at the end of 2024 in any member, by name."""
    model = InfluenceModel("baseline", 20, 0, parameters_from="prior")
    for quarter in model.run():
        if quarter == parse_quarter("2024Q4"):
            break
    return {name: rows.any(axis=-1) for name, rows in model.forcing.members.items()}


@pytest.mark.parametrize("institution", shipped_institutions())
def test_nobody_leaves_what_it_is_not_in_or_what_is_gone(
    institution, open_in_2025, members_in_2024
):
    exists = institution not in GONE | ON_PAPER
    for position, republic in enumerate(default_cast().republic_names):
        inside = members_in_2024[institution][position]
        assert (f"leave {institution}" in open_in_2025[republic]) == (exists and inside)
        assert (f"join {institution}" in open_in_2025[republic]) == (exists and not inside)


def test_members_may_leave_the_alliance_and_the_union(open_in_2025):
    alliance = {"Kazakhstan", "Kyrgyzstan", "Tajikistan"}
    assert {name for name, opened in open_in_2025.items() if "leave CSTO" in opened} == alliance
    union = {"Kazakhstan", "Kyrgyzstan"}
    assert {name for name, opened in open_in_2025.items() if "leave EAEU" in opened} == union


def test_no_move_goes_into_what_the_scenario_has_dissolved(tmp_path):
    """The retreat dissolves the EAEU by 2028, and founds what remains of it."""
    request = replace(make_request(), year=2030)
    written = moves.write_moves(
        request, [moves.Move(moves.NO_MOVE, ""), *moves.membership_moves(request)], tmp_path
    )
    for scenario, opened in (("baseline", True), ("russian-retreat", False)):
        assert ((scenario, "join EAEU") in written) == opened
    assert ("russian-retreat", "join trade forum") in written
    assert ("baseline", "join trade forum") not in written


def test_only_moves_that_are_open_are_written(tmp_path):
    request = make_request(members=20)
    candidates = moves.candidate_moves(request)
    written = moves.write_moves(request, candidates, tmp_path)
    names = {move for _, move in written}
    assert (
        "leave SCO" in names
        and "join SCO" not in names
        and "join EAEU" in names
        and "leave EAEU" not in names
    )
    scenario = load_scenario(written["baseline", "leave SCO"])
    assert moves.EVENT in scenario.events and scenario.chain[-2] == "baseline"


@pytest.mark.parametrize(
    ("verb", "options"),
    [("robustness", ["--outcome", "autonomy(Uzbekistan)"]), ("discover", ["--outcome", "1 > 0"])],
)
def test_scenarios_of_one_name_are_not_taken_for_each_other(tmp_path, verb, options):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yaml").write_text("title: X\nextends: baseline\n", encoding="utf-8")
    words = (tmp_path / "one/x.yaml", tmp_path / "other/x.yaml")
    assert "two scenarios are called 'x'" in refused(verb, *map(str, words), *options)
    near = ["russian-retreat[depth=0.3]", "russian-retreat[depth=0.30000001]"]
    assert [one.name for one in require_names(list(map(load_scenario, near)))] == near


def test_a_move_starts_from_the_values_that_the_request_set(tmp_path):
    scenario = load_scenario("russian-retreat[depth=0.123456789,theta=0.3]")
    request = replace(make_request(members=20), scenarios=(scenario,), words=(scenario.name,))
    written = moves.write_moves(request, moves.candidate_moves(request), tmp_path)
    moved = load_scenario(written[scenario.name, "leave SCO"])
    assert moved.chain[-2] == "russian-retreat"
    assert moved.lever_values["depth"] == 0.123456789 and moved.parameters["theta"] == 0.3


@pytest.mark.slow  # simulates every move, and draws a figure
def test_the_command_answers_and_says_what_it_wrote(tmp_path):
    out = tmp_path / "answer"
    steppe.main(
        [
            "robustness",
            "baseline",
            "--outcome",
            "autonomy(Turkmenistan)",
            "--members",
            "20",
            "--parameters-from",
            "prior",
            "--jobs",
            "1",
            "--out",
            str(out),
        ],
        standalone_mode=False,
    )
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["finished"] and manifest["request"]["republic"] == "Turkmenistan"
    rows = (out / "moves.csv").read_text().splitlines()
    assert rows[0].startswith("move,worst_tenth") and any(
        row.startswith("need less") for row in rows
    )


def test_bad_questions_are_refused_in_a_line():
    assert "--republic" in refused("robustness", "--outcome", "autonomy(region)")
    assert "Uzbekistan" in refused(
        "robustness", "--outcome", "autonomy(region)", "--republic", "Uzbekstan"
    )
    assert "2020" in refused("robustness", "--outcome", "autonomy(Uzbekistan)", "--year", "1999")
    assert "each member" in refused("robustness", "--outcome", "mean(autonomy(Uzbekistan)) > 0.3")
