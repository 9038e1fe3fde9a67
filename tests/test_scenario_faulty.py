"""Every file in `faulty/` has one mistake, reported where and as `expected.csv` says."""

import csv
import json
import subprocess
from pathlib import Path

import command
import pytest
from click.testing import CliRunner
from speed import STEPPE

from steppe.experiments.cli.app import steppe
from steppe.experiments.runs.requested_scenarios import check_requested
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.scenario.load import load_family, load_scenario

FAULTY = Path(__file__).parent / "faulty"
with open(FAULTY / "expected.csv", encoding="utf-8", newline="") as stream:
    EXPECTED = list(csv.DictReader(stream))


def diagnostics_in(path):
    loaded, diagnostics = check_requested([str(path)], {})
    assert loaded == []
    return diagnostics


@pytest.mark.parametrize(
    "row", EXPECTED, ids=[row["file"].removesuffix(".yaml") for row in EXPECTED]
)
def test_one_mistake_is_found_at_its_line_and_column(row):
    (diagnostic,) = diagnostics_in(FAULTY / row["file"])
    assert (diagnostic.line, diagnostic.column) == (int(row["line"]), int(row["column"])), str(
        diagnostic
    )
    assert row["message"] in diagnostic.message
    assert diagnostic.file == str(FAULTY / row["file"])


def test_there_are_at_least_sixty_and_all_are_listed():
    assert len(EXPECTED) >= 60
    assert {row["file"] for row in EXPECTED} == {path.name for path in FAULTY.glob("*.yaml")}


def test_all_mistakes_of_one_file_are_found_in_one_pass(tmp_path):
    path = tmp_path / "many.yaml"
    path.write_text(
        """\
title: 2024
extends: baseline
to: 2024Q5
levers:
  depth: {meaning: how deep, default: 2, range: [0, 1]}
  idle: {meaning: turns nothing, default: 0.5, range: [0, 1]}
events:
  one:
    wen: 2024
    what: something
    effects:
      - {shock: effort, power: Rusia, channel: all, intensity: depth}
  two:
    what: something else
    when: 2025
    effects:
      - {institution: EAEUU, join: all}
parameters:
  thta: 0.5
""",
        encoding="utf-8",
    )
    found = [
        (diagnostic.line, diagnostic.message.split(";")[0]) for diagnostic in diagnostics_in(path)
    ]
    assert found == [
        (1, "'title' must be text, not 2024"),
        (3, "'2024Q5' is not a date"),
        (5, "the default 2 is outside the range 0 to 1"),
        (6, "lever 'idle' has no effect: no event or parameter refers to it"),
        (9, "the event has no date"),
        (9, "unknown key 'wen'"),
        (
            12,
            "the key 'republic' is missing: a shock on effort names its power, republic and "
            "channel",
        ),
        (12, "unknown power 'Rusia'"),
        (17, "unknown institution 'EAEUU'"),
        (19, "unknown parameter 'thta'"),
    ]


def test_arithmetic_over_a_faulty_lever_is_not_reported_as_well(tmp_path):
    path = tmp_path / "lever.yaml"
    path.write_text(
        """\
title: Lever
extends: baseline
levers:
  depth: {meaning: how deep, default: 20, range: [0, 1]}
events:
  it: {what: something, when: 2025, effects: [{budget: Russia, scale: 1 - depth}]}
""",
        encoding="utf-8",
    )
    (diagnostic,) = diagnostics_in(path)
    assert diagnostic.line == 4


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("rusian-retreat", "did you mean 'russian-retreat'?"),
        ("no-such-file.yaml", "no such file"),
        (str(FAULTY), "is a folder"),
        ("russian-retreat[depht=0.5]", "unknown lever 'depht'; did you mean 'depth'?"),
        ("russian-retreat[depth=2]", "its range is 0 to 0.95"),
        ("russian-retreat[depth=deep]", "'depth=deep' sets no lever"),
    ],
)
def test_a_name_that_leads_nowhere_is_answered(word, message):
    with pytest.raises(DiagnosticsError, match=r".*") as found:
        load_scenario(word)
    assert message in str(found.value)


def test_check_lists_the_mistakes_of_all_files_and_exits_with_2():
    files = [FAULTY / "unknown-power.yaml", FAULTY / "fifth-quarter.yaml"]
    result = CliRunner().invoke(steppe, ["check", *map(str, files)])
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert sorted(line.split("  ")[0] for line in lines) == sorted(
        [f"{files[0]}:8:17", f"{files[1]}:6:11"]
    )
    assert "Traceback" not in result.output


def test_check_tells_scripts_the_same(tmp_path):
    result = CliRunner().invoke(
        steppe, ["check", "--json", "baseline", str(FAULTY / "fifth-quarter.yaml")]
    )
    answer = json.loads(result.stdout)
    assert result.exit_code == 2
    assert answer["sound"] == ["baseline"]
    assert [(row["line"], row["column"]) for row in answer["faults"]] == [(6, 11)]


VERBS = (["check"], ["run", "--members", "2", "--jobs", "1", "--out", "never-made"])


@pytest.mark.parametrize("name", ["tab", "cyrillic-letter", "utf-16", "circle-one", "too-deep"])
@pytest.mark.parametrize("verb", VERBS, ids=["check", "run"])
def test_the_command_shows_no_traceback_and_exits_with_2(tmp_path, name, verb):
    done = command.steppe(*verb, FAULTY / f"{name}.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{name}.yaml:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", VERBS, ids=["check", "run"])
def test_the_installed_command_does_no_other(tmp_path, verb):
    done = subprocess.run(
        [STEPPE, *verb, FAULTY / "tab.yaml"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        command.steppe(*verb, FAULTY / "tab.yaml", cwd=tmp_path).stderr,
    )
    assert not list(tmp_path.iterdir())


def test_setting_what_a_file_varies_is_refused(tmp_path):
    path = tmp_path / "family.yaml"
    path.write_text(
        "title: Family\nextends: russian-retreat\nvary:\n  grid: {depth: [0.2, 0.4]}\n",
        encoding="utf-8",
    )
    with pytest.raises(DiagnosticsError, match="lever 'depth' is varied by the file"):
        load_family(path, levers={"depth": 0.5})
