"""What a scenario that adds powers or republics is compared with: its cast without its events."""

import json

import numpy as np
import pytest
from command import steppe

from steppe.experiments.results.comparison import compare
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.runs.references import add_references
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import load_family, load_scenario

CAST = """\
cast: {Iran: {kind: power, budget: means}}
levers:
  means: {meaning: its means, default: 0.5, range: [0.1, 3]}
  scale: {meaning: what it adds, default: 2, range: [1, 3]}
parameters: {rho: 3, "b[Iran]": 0.1}
"""
MONEY = "{what: Iran spends, when: 2026, effects: [{budget: Iran, scale: scale}]}"
FILE = f"title: Iran arrives\nextends: baseline\n{CAST}events:\n  money: {MONEY}\n"


def written(folder, text, name="iran"):
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_reference_is_the_cast_without_the_events(tmp_path):
    child = f"title: More\nextends: iran\nevents: {{more: {MONEY}}}\n"
    written(tmp_path, FILE)
    more = load_scenario(written(tmp_path, child, "more"), levers={"means": 0.7})
    plain = load_scenario("russian-retreat")
    (kept, reference, last), references = add_references([plain, more])
    assert (kept, last) == (plain, more)
    assert references == {"more": "more-without-events"}
    assert reference.name == "more-without-events"
    assert reference.title == "More, without its events, means 0.7"
    assert reference.added == more.added and reference.last == more.last
    assert reference.events == load_scenario("baseline").events
    assert reference.parameters == {"b[Iran]": 0.1}


def test_a_family_has_one_reference_unless_it_varies_its_cast(tmp_path):
    for lever, count in (("scale", 1), ("means", 2)):
        file = written(tmp_path, f"{FILE}vary: {{grid: {{{lever}: [1, 2]}}}}\n")
        family = load_family(file)
        made, references = add_references(family)
        assert len(made) == len(family) + count
        assert set(references) == {scenario.name for scenario in family}
        for scenario in family:
            reference = next(one for one in made if one.name == references[scenario.name])
            assert reference.added == scenario.added


def test_a_file_with_the_name_of_a_reference_is_refused(tmp_path):
    scenarios = [
        load_scenario(written(tmp_path, FILE, f"iran{end}")) for end in ("", "-without-events")
    ]
    with pytest.raises(RequestError, match="'iran-without-events' is the name of a scenario that"):
        add_references(scenarios)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch of a power that does something, one that does nothing, and the baseline."""
    folder = tmp_path_factory.mktemp("references")
    written(folder, FILE.replace("rho: 3, ", ""))
    written(folder, "title: Quiet\nextends: baseline\ncast: {Iran: {kind: power}}\n", "quiet")
    names = ("baseline", "quiet.yaml", "iran.yaml")
    said = steppe("run", *names, "--members", 8, "--jobs", 1, "--out", "b", cwd=folder)
    assert said.returncode == 0, said.stderr
    return folder / "b", said.stdout


def test_an_added_power_without_events_differs_nowhere_from_its_reference(batch):
    found = compare(batch[0], "quiet", top=1000)
    assert found.against == "quiet-without-events"
    assert {item.holder for item in found.cells} >= {"Iran", "Russia", "autonomy"}
    for item in found.cells:
        assert item.median == item.low == item.high == item.mean == 0
    assert not found.losses
    other = compare(batch[0], "quiet", "baseline")
    assert abs(other.differences[0].median) > 0.01


def test_what_is_said_names_the_reference(batch):
    folder, printed = batch
    assert "- iran minus iran-without-events, 2040, " in printed
    assert "minus baseline" not in printed
    assert (folder / "figures" / "difference.png").is_file()
    text = steppe("compare", "b", "iran", cwd=folder.parent).stdout
    assert text.startswith("iran minus iran-without-events, 2040, 8 members, paired")
    assert steppe("report", "b", cwd=folder.parent).returncode == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "than in Iran arrives, without its events" in page
    assert 'data-beside="iran-without-events"' in page


def test_differences_on_figures_are_from_the_reference(batch):
    statistics = compute_statistics(open_batch(batch[0]), ["change"])["change"]
    assert not np.nan_to_num(statistics.sel(scenario="quiet").values).any()
    assert statistics.sel(scenario="quiet", holder="Iran").notnull().all()
    assert statistics.sel(scenario="iran", quantile=0.5, holder="Iran").isel(time=-1).max() > 0


def test_a_batch_with_references_is_resumed_and_verified(batch):
    folder, _ = batch
    assert load_manifest(folder).request["references"] == {
        "quiet": "quiet-without-events",
        "iran": "iran-without-events",
    }
    assert steppe("verify", "b", cwd=folder.parent).returncode == 0
    again = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert again["finished"]
