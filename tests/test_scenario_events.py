"""Events as figures, the report and comparisons tell them: when, and in how many members."""

import json

import numpy as np
import pytest
from command import steppe

from steppe.experiments.results.scenario_events import history_sentence, scenario_events
from steppe.experiments.runs.requested_scenarios import load_requested
from steppe.experiments.storage.manifest import load_manifest, summarise_starts
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.forcing.dates import NEVER
from steppe.model.model import InfluenceModel

BUDGET = "effects: [{budget: China, scale: 1.5}]"
PARENT = f"""\
title: A parent
extends: baseline
events:
  loan: {{when: 2025, what: China lends, {BUDGET}}}
"""
FILE = f"""\
title: A child
extends: parent
parameters: {{rho: {{times: 1.1}}}}
events:
  tipping:
    if: {{republic: Tajikistan, channel: economic, power: China, share: "> 0.4"}}
    what: Tajikistan turns to China
    {BUDGET}
  never:
    if: {{republic: Tajikistan, channel: economic, power: China, share: "> 0.999"}}
    what: All is China's
    {BUDGET}
  grant: {{between: [2026, 2030], probability: 0.5, what: China grants, {BUDGET}}}
  later: {{after: {{event: grant, delay: 1 year}}, what: China grants again, {BUDGET}}}
  sure: {{when: 2027, what: China builds, {BUDGET}}}
"""
MEMBERS = 30


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    (folder / "parent.yaml").write_text(PARENT, encoding="utf-8")
    (folder / "child.yaml").write_text(FILE, encoding="utf-8")
    words = ("run", "baseline", "child.yaml", "--members", MEMBERS, "--jobs", 1, "--out")
    for store in ("members", "summary"):
        quiet = () if store == "members" else ("--no-figures",)
        ended = steppe(*words, store, "--store", store, *quiet, cwd=folder)
        assert ended.returncode == 0, ended.stderr
        (folder / f"{store}.txt").write_text(ended.stdout, encoding="utf-8")
    return folder


@pytest.mark.parametrize("store", ["members", "summary"])
def test_how_often_and_when_is_what_the_model_did(batch, store):
    (scenario,), _ = load_requested([str(batch / "child.yaml")], {})
    model = InfluenceModel(scenario, MEMBERS, 1, collect=None)
    model.run_model()
    found = load_manifest(batch / store).starts["child"]
    assert set(found) == {"tipping", "never", "grant", "later"}
    for name, (share, median) in found.items():
        starts = model.forcing.starts[name]
        happened = np.sort(starts[starts < NEVER])
        assert share == len(happened) / MEMBERS
        assert median == (happened[(len(happened) - 1) // 2] if len(happened) else None)
    assert found["never"] == (0.0, None)
    assert 0 < found["tipping"][0] <= 1 and 0.2 < found["grant"][0] < 0.8


def test_the_median_is_the_lower_of_two():
    assert summarise_starts({}, 4) == (0.0, None)
    assert summarise_starts({8: 1, 12: 1}, 4) == (0.5, 8)
    assert summarise_starts({8: 1, 12: 3}, 4) == (1.0, 12)


def test_inherited_events_are_told_and_marked_and_history_is_not(batch):
    request = open_batch(batch / "members").attrs["request"]
    events = {event.name: event for event in scenario_events(request, "child")}
    assert set(events) == {"loan", "tipping", "never", "grant", "later", "sure"}
    assert events["loan"].when == "2025Q1"
    assert events["loan"].text == "China lends, as in parent"
    assert events["sure"].text == "China builds"
    assert (events["never"].when, events["never"].text) == ("never", "All is China's")
    assert events["tipping"].when.endswith(" (median)")
    assert events["grant"].when == "2026Q1 to 2030Q1"
    assert "% of members, median 20" in events["grant"].text
    assert not scenario_events(request, "baseline")


def test_figures_report_and_comparison_tell_it(batch):
    words = ("plot", "members", "--scenario", "child", "--figure", "region", "--format", "svg")
    assert steppe(*words, "--jobs", 1, cwd=batch).returncode == 0
    drawn = (batch / "members" / "figures" / "region-child.svg").read_text(encoding="utf-8")
    assert "as in parent" in drawn and "of members" in drawn
    assert steppe("report", "members", cwd=batch).returncode == 0
    page = (batch / "members" / "report.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    told = {event["what"]: event["when"] for event in data["scenarios"]["child"]["events"]}
    assert told["China lends, as in parent"] == "2025Q1"
    assert any(what.startswith("China grants (in ") for what in told)
    assert "the years before 2020 differ as well" in data["scenarios"]["child"]["note"]
    text = steppe("compare", "members", "child", cwd=batch).stdout
    assert "Of these scenarios" in text
    assert "- child, tipping: 20" in text and "Tajikistan turns to China (in " in text


def test_who_changes_history_is_said(batch):
    sentence = "Because of the parameter 'rho', the years before 2020 differ as well in child"
    request = open_batch(batch / "members").attrs["request"]
    assert history_sentence(request, "child") == sentence
    assert not history_sentence(request, "baseline")
    printed = (batch / "members.txt").read_text(encoding="utf-8")
    assert f"- {sentence}" in printed
