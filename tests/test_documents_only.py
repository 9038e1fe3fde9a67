"""Without the public record: a batch keeps its own history, and analyses refuse."""

from __future__ import annotations

import pytest
from evidence_files import run

from steppe.experiments.runs.kept_sources import describe_changed_files
from steppe.experiments.runs.rebuild_request import reload_history
from steppe.experiments.storage.manifest import load_manifest
from steppe.model.evidence.claims import DOCUMENTS_ONLY, PUBLIC_RECORD, load_evidence
from steppe.model.scenario.describe import describe_dates
from steppe.model.scenario.load_history import load_history

ONLY = ["--parameters-from", "prior", "--evidence", "documents-only"]
ANALYSES = {
    "sensitivity": ["baseline", "--output", "share(China, all, security, 2040)"],
    "tipping": [
        *("russian-retreat", "--lever", "depth", "--from", "0", "--to", "1"),
        *("--condition", "P(leads(China, 3 of 5, security)) > 0.5"),
    ],
    "discover": ["russian-retreat", "--outcome", "leads(China, 3 of 5, security)"],
    "robustness": ["--outcome", "autonomy(Uzbekistan)"],
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    out = tmp_path_factory.mktemp("documents") / "out"
    result = run("run", "baseline", "--members", "2", *ONLY, "--out", out, "--quiet")
    assert result.exit_code == 0, result.output
    return out


def test_a_report_shows_the_history_that_the_batch_was_run_with(batch):
    history = reload_history(load_manifest(batch))
    assert history.events == load_history(DOCUMENTS_ONLY).events
    record = {
        claim.id
        for claim in load_evidence().claims
        if load_evidence().document_of[claim.id] == PUBLIC_RECORD
    }
    named = {name for event in load_history().events.values() for name in event.claims}
    assert record & named  # so that the shipped history would be told apart
    assert not record & {name for event in history.events.values() for name in event.claims}


def test_the_history_of_a_batch_is_not_looked_for_among_files(batch):
    assert describe_changed_files(load_manifest(batch), batch) == []


@pytest.mark.parametrize("verb", ANALYSES)
def test_analyses_refuse_since_they_read_the_whole_history(tmp_path, verb):
    out = tmp_path / "out"
    refusal = str(run(verb, *ANALYSES[verb], *ONLY, "--out", out).exception)
    assert "analyses cannot leave out the public record yet" in refusal
    assert "leave out --evidence documents-only" in refusal
    assert not out.exists()


def is_claim(name):
    return load_evidence().by_id(name) is not None


def test_events_are_explained_by_the_history_of_the_evidence():
    whole, left = (load_history(choice).events for choice in (None, DOCUMENTS_ONLY))
    dated_otherwise = [
        name
        for name in left
        if name in whole and whole[name].dates() != left[name].dates() and not is_claim(name)
    ]
    for name in dated_otherwise[:3]:
        shown = run("explain", name, "--evidence", "documents-only").output
        assert f"{left[name].what}, {describe_dates(left[name])}" in " ".join(shown.split())
    assert dated_otherwise
    listed = run("explain", "history", "--evidence", "documents-only").output
    assert "event record-" not in listed and "steppe check history --explain" in listed
    assert "event record-" in run("explain", "history").output
