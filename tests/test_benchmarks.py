"""The benchmarks: rivals give the same shares, the arithmetic is right, a quick run writes all."""

import importlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from steppe.experiments.benchmarks import explore_cases, measure, publish, rivals, table
from steppe.experiments.benchmarks.__main__ import main, merge
from steppe.experiments.benchmarks.day import UNIT
from steppe.experiments.benchmarks.lower_bound import simulated_quarters
from steppe.experiments.benchmarks.measure import Band, Call, Part, run_case
from steppe.experiments.benchmarks.plan import QUICK, plan
from steppe.experiments.benchmarks.process_tree import seconds_of
from steppe.experiments.benchmarks.table import table_rows
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.scenario.load import load_scenario

ABOUT = {
    "command": "make bench",
    "created": "2000-01-01",
    "processors": 2,
    "processor": "a processor",
    "versions": {"Python": "3.11"},
}
BOUND = {
    "random numbers": 1.0,
    "exponentials": 0.25,
    "logarithms": 0.5,
    "packing": 0.125,
    "writing": 0.125,
}


@pytest.fixture(scope="module")
def found():
    """What the quick form measures, all but whole commands, in this process."""
    calls = [call for call in plan(QUICK) if call.part not in ("day", "start")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explore_cases, "HELD", 2)  # runs of a thousand members
        records = measure.measure_all(calls, run_case, lambda text: None)
    return {"about": ABOUT, "records": records}


def test_every_rival_ran_and_came_to_the_shares_of_the_ensemble(found):
    part = Part(found["records"], "rivals")
    assert set(part.labels) == {"ensemble", "plain", *rivals.RIVALS}
    assert min(part.rates("mesa") + part.rates("ema_workbench")) > 0.0


def test_a_rival_with_other_shares_is_refused():
    shares = np.full((2, 41, 4, 5, 3), 0.2)
    rivals.check_shares("mesa", shares, shares)
    for wrong in (np.nextafter(shares, 1.0), shares[:, :40], shares * np.nan):
        with pytest.raises(IncompleteRunError, match="mesa differ from the ensemble's"):
            rivals.check_shares("mesa", wrong, shares)


def test_the_quick_form_leaves_a_table(found, tmp_path):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- generated: benchmarks -->\nold\n<!-- end -->\nafter\n")
    written = publish.publish(found, tmp_path / "out", page)
    assert {path.name for path in written} == {"measured.json", "table.md", "README.md"}
    text = (tmp_path / "out" / "table.md").read_text(encoding="utf-8")
    assert "old" not in page.read_text(encoding="utf-8") and text.strip() in page.read_text(
        encoding="utf-8"
    )
    rows = table.table_rows(found["records"])
    assert all(0 <= row.result.low <= row.result.median <= row.result.high for row in rows)
    assert text.count("\n|") == len(rows) + 1
    again = json.loads((tmp_path / "out" / "measured.json").read_text(encoding="utf-8"))
    assert table.as_markdown(table.table_rows(again["records"]), ABOUT) == text.strip()


def test_a_case_in_a_process_of_its_own_tells_its_memory_and_its_failure():
    assert (
        measure.run_in_child("cases.quarters", {"scenarios": 1, "members": 64})["peak"] > 50
    )  # MB, which numpy and the coded inputs alone take
    with pytest.raises(IncompleteRunError, match="no_such_case"):
        measure.run_in_child("cases.no_such_case", {})


def test_a_past_that_scenarios_share_is_counted_once():
    alone = simulated_quarters([load_scenario("baseline")])
    together = simulated_quarters([load_scenario("baseline"), load_scenario("russian-retreat")])
    assert alone == 164
    assert 164 < together < 2 * 164


def test_the_two_readings_of_the_lower_bound_worked_out_by_hand():
    least = table.least_seconds(BOUND, {"held": 10, "simulated": 6, "drawn": 4, "inherited": 30})
    assert least["results"] == 10 * 2.0
    assert least["work"] == 4 * 1.0 + (6 + 30) * 0.75 + 6 * 0.125 + 10 * 0.125


def test_ratios_are_of_the_same_round_and_what_was_missed_is_said():
    def rated(label, seconds, **more):
        return [
            {
                "part": "rivals",
                "label": label,
                "round": number,
                "members": 100,
                "seconds": each,
                "peak": 10.0,
                **more,
            }
            for number, each in enumerate(seconds)
        ]

    records = (
        rated("ensemble", [1.0, 2.0, 4.0])
        + rated("plain", [2.0, 4.0, 8.0])
        + rated("mesa", [50.0, 80.0, 400.0], idle=10.0)
    )
    rows = {row.what: row for row in table.table_rows(records)}
    ratio = rows["ensemble over `mesa.batch_run`, per core"]
    assert ratio.result == Band(50.0, 40.0, 100.0, 3) and not ratio.met
    spared = rows["the same, `mesa.batch_run` without idle noise"].result
    assert (spared.median, spared.low, spared.high) == pytest.approx((40.0, 35.0, 97.5))
    text = table.as_markdown(list(rows.values()), ABOUT)
    assert "| at least 60 | 50 (40 to 100), **not met** | times |" in text and text.endswith(
        "Not met: ensemble over `mesa.batch_run`, per core."
    )


def test_rounds_take_turns_so_that_a_ratio_is_of_one_moment():
    order = [
        (call.label, call.round) for call in plan(replace(QUICK, process_rounds=2), ["processes"])
    ]
    assert order == [("one", 0), ("two", 0), ("one", 1), ("two", 1)]
    assert len({str(call) for call in plan(QUICK, large=True)}) == len(plan(QUICK)) + 1


def test_a_missing_package_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(
        RequestError, match=r"numba; install it with: .* -m pip install 'steppe\[bench\]'"
    ):
        measure.check_packages()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--quick"], "give a folder"),
        (["--redraw", "--out", "no-such-folder"], "cannot be read"),
        (["--fast"], "No such option"),
    ],
)
def test_a_wrong_request_ends_with_2_and_says_why(words, expected, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", *words])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert expected in capsys.readouterr().err


@pytest.mark.skipif(
    not (publish.HERE / publish.RECORDS).exists(), reason="nothing has been measured yet"
)
def test_the_pages_show_what_was_measured_last():
    page = (publish.HERE / "README.md").read_text(encoding="utf-8")
    found = json.loads((publish.HERE / publish.RECORDS).read_text(encoding="utf-8"))
    text = table.as_markdown(table.table_rows(found["records"]), found["about"])
    assert publish.with_block(page, publish.BLOCK, text) == page


def test_calls_say_what_they_are():
    assert (
        str(Call("rivals", "mesa", 1, "cases.rival", {"tool": "mesa", "members": 3}))
        == "rivals, mesa (round 2): cases.rival tool=mesa members=3"
    )


LEAVES_A_PROCESS_BEHIND = """
import subprocess, sys
busy = "import time\\nwhile time.process_time() < 0.4: pass"
subprocess.Popen([sys.executable, "-c", busy], start_new_session=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process inherit others")
def test_processes_that_outlive_a_command_are_counted():
    assert seconds_of([sys.executable, "-c", LEAVES_A_PROCESS_BEHIND]) >= 0.4


def test_a_command_that_fails_has_no_seconds():
    with pytest.raises(subprocess.CalledProcessError):
        seconds_of([sys.executable, "-c", "raise SystemExit(3)"])


def test_rows_of_a_day_come_first_and_are_ratios_of_their_round():
    names = (
        "nothing kept", "run", "changed", "without figures", "small", "small, changed",
        "compare", "check", "in Python",
    )  # fmt: skip
    rounds = [dict.fromkeys((UNIT, *names), 1.0) | {UNIT: unit, "run": 8.0} for unit in (2.0, 4.0)]
    records = [
        {"part": "day", "label": "commands", "round": turn, "members": 10, "commands": commands}
        for turn, commands in enumerate(rounds)
    ]
    rows = {row.what: row for row in table_rows(records)}
    assert rows["a run, with figures, in units"].result == Band(3.0, 2.0, 4.0, 2)
    assert not rows["libraries alone: the unit"].target and plan(QUICK)[0].part == "day"


@pytest.fixture
def jax_quarter():
    pytest.importorskip("jax")
    return importlib.import_module("steppe.experiments.benchmarks.jax_quarter")


def test_jax_computes_the_same_quarters(jax_quarter):
    record = jax_quarter.jax_quarters(members=3, threads=1)
    assert record["quarters"] == 164 and 0.0 < record["difference"] < 1e-12
    assert min(record["seconds"], record["spent"], record["ours"]) > 0.0


@pytest.mark.parametrize("constant", ["EFFORT_RATE", "EFFORT_FLOOR"])
def test_another_quarter_by_jax_is_an_error(jax_quarter, monkeypatch, constant):
    changed = getattr(jax_quarter, constant) + 1e-6
    monkeypatch.setattr(jax_quarter, constant, changed)
    with pytest.raises(IncompleteRunError, match="by JAX differ"):
        jax_quarter.jax_quarters(members=2, threads=1, quarters=30)


def test_a_part_measured_again_replaces_the_same_part_alone():
    def measured(date, *parts):
        records = [{"part": part, "label": date} for part in parts]
        return {"about": {"created": date}, "records": records}

    before = measured("Monday", "day", "rivals", "jax")
    found = merge(before, measured("Tuesday", "day", "jax"), ["day", "jax"])
    rows = {row["part"]: row["label"] for row in found["records"]}
    assert rows == {"day": "Tuesday", "jax": "Tuesday", "rivals": "Monday"}
    assert found["about"] == {"created": "Monday", "again": {"day, jax": "Tuesday"}}
    later = merge(found, measured("Friday", "day"), ["day"])
    assert later["about"]["again"] == {"day, jax": "Tuesday", "day": "Friday"}
