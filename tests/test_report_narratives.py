"""Narrative and sources of scenarios in a report, from the files that a batch keeps."""

from steppe.experiments.report.narratives import narrative_of
from steppe.experiments.storage.manifest import Manifest

TEXTS = {
    "parent": "title: Parent\nnarrative: what the parent tells\nsources: the parent's\n",
    "own": "title: Own\nextends: parent\nnarrative: |\n  first line\n  second\nsources: [a, b]\n",
    "silent": "title: Silent\nextends: parent\n",
    "broken": "title: [\n",
}


def manifest() -> Manifest:
    files = [{"name": name, "path": "", "text": text} for name, text in TEXTS.items()]
    chains = {"own": [0, 1], "silent": [0, 2], "broken": [0, 3], "parent": [0]}
    kept = {"files": files, "scenarios": {name: {"files": rows} for name, rows in chains.items()}}
    return Manifest({}, sources=kept)


def test_a_scenario_tells_what_its_own_file_tells():
    own = {"narrative": "first line second", "sources": ["a", "b"]}
    assert narrative_of(manifest(), "own") == own
    assert narrative_of(manifest(), "parent")["sources"] == ["the parent's"]


def test_nothing_is_told_where_nothing_is_kept():
    nothing = {"narrative": "", "sources": []}
    for name in ("silent", "broken", "unknown"):
        assert narrative_of(manifest(), name) == nothing
    assert narrative_of(Manifest({}), "own") == nothing
