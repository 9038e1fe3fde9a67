"""The future that scenarios/README.md writes in whole says what its author meant, to the end."""

import json
import re

import pytest
from command import steppe
from source_tree import ROOT

from steppe.experiments.results.comparison import compare
from steppe.experiments.results.scenario_events import scenario_events
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

MEMBERS = 40


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch of the file as the page has it, with its figures and what was printed."""
    folder = tmp_path_factory.mktemp("whole")
    page = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    text = re.search(r"```yaml\n# iran-opens.yaml\n(.*?)```", page, re.DOTALL)[1]
    (folder / "iran-opens.yaml").write_text(text, encoding="utf-8")
    words = ("baseline", "iran-opens.yaml", "--members", MEMBERS, "--jobs", 1, "--out", "iran")
    ended = steppe("run", *words, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder, ended.stdout


def test_check_has_nothing_to_say_but_what_is_assumed(batch):
    scenario = load_scenario(batch[0] / "iran-opens.yaml")
    found = lint_scenario(scenario, extend_inputs(scenario, default_inputs()))
    assert [problem.message.partition(",")[0] for problem in found] == ["assumed of Iran"]


def test_its_events_are_told_with_their_dates(batch):
    events = scenario_events(open_batch(batch[0] / "iran").attrs["request"], "iran-opens")
    assert [event.when for event in events] == ["2026Q1", "2027Q1", "2027Q1 to 2029Q1"]
    assert re.fullmatch(
        r"Russia and Kazakhstan quarrel over a pipeline, for 2 years \(median 202\dQ\d\)",
        events[-1].text,
    )


def test_iran_is_nowhere_before_it_appears(batch):
    shares = open_batch(batch[0] / "iran")["shares"].sel(scenario="iran-opens")
    before = shares.isel(time=(shares["time"].dt.year < 2026).values)
    assert (before.sel(holder="Iran") == 0).all()
    base = open_batch(batch[0] / "iran")["shares"].sel(scenario="baseline")
    same = base.isel(time=(base["time"].dt.year < 2026).values) - before
    assert abs(same.drop_sel(holder="Iran")).max() < 1e-4


def test_sentences_say_what_the_file_does(batch):
    folder, printed = batch
    first = next(line for line in printed.splitlines() if line.startswith("- "))
    assert re.match(r"- iran-opens minus iran-opens-without-events, 2040, .*, Iran: \+0\.", first)
    found = {
        (year, item.holder): item
        for year in (2026, 2030, 2040)
        for item in compare(
            folder / "iran",
            "iran-opens",
            republics=["Kazakhstan"],
            channels=["economic"],
            year=year,
            top=20,
        ).cells
    }
    assert abs(found[2026, "Russia"].median) < 1e-3
    assert found[2030, "Russia"].median < -0.01
    assert found[2030, "Russia"].same_sign > 0.95
    assert abs(found[2040, "Russia"].median) < abs(found[2030, "Russia"].median) / 2
    assert found[2040, "Iran"].median > found[2030, "Iran"].median > 0


def test_the_report_says_it_as_well(batch):
    folder, _ = batch
    assert steppe("report", "iran", cwd=folder).returncode == 0
    page = (folder / "iran" / "report.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    told = data["scenarios"]["iran-opens"]
    assert told["title"] == "Iran opens to the north"
    assert [event["when"] for event in told["events"]][:2] == ["2026Q1", "2027Q1"]
    assert "Sanctions on Iran end" in page
    assert "What is assumed of Iran comes from scenario files and from no document." in page
    assert "than in Iran opens to the north, without its events" in page
