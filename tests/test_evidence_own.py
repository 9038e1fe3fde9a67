"""A user's own evidence: a sixth document, folders, requests that are wrong, help."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from evidence_files import CAST, DOCUMENTS, FILE, claim_text, needs_documents, own_evidence, run

from steppe.experiments.provenance.coverage import count_coverage
from steppe.experiments.provenance.explain import explain
from steppe.model.core.errors import RequestError
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.documents import load_documents


@pytest.fixture
def own(tmp_path) -> Path:
    return own_evidence(tmp_path)


def test_a_sixth_document_without_touching_code(own):
    """What the page on one's own evidence walks through."""
    path = own / FILE
    path.write_text(
        re.sub(r"    hash: \w+\n", "", path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert run("evidence", "check", "--evidence", own).output.count("has no hash") == 3
    refreshed = run("evidence", "check", "--evidence", own, "--refresh")
    assert refreshed.exit_code == 0
    assert (
        "compared with its text: made-up-2018; not compared, no text given: thesis-2020"
        in refreshed.output
    )
    before, after = (
        explain(["China", "Uzbekistan", "economic"], evidence_folder)
        for evidence_folder in (None, own)
    )
    tie_before, tie_after = before["values"][0], after["values"][0]
    assert tie_before["value"] < tie_after["value"] < 2 / 3  # a matter of level 2 beside others
    assert {claim["id"] for claim in tie_after["claims"]} == {
        "market-lorries-to-china",
        *(claim["id"] for claim in tie_before["claims"]),
    }
    assert [claim["id"] for claim in after["targets"]][-1] == "market-china-passes-russia"
    named = {
        "China / Uzbekistan / economic": "named",
        "European Union / Kyrgyzstan / soft power": "named",
    }
    assert count_coverage(own)["ties"] == count_coverage()["ties"] | named


@needs_documents
def test_all_six_texts_in_two_folders(own):
    result = run("evidence", "check", "--evidence", own, "--documents", DOCUMENTS)
    assert result.exit_code == 0 and "6 documents, all compared" in result.output
    elsewhere = Path(shutil.move(own / "made-up-2018.txt", own.parent / "made-up-2018.txt")).parent
    assert (
        run("evidence", "check", "--evidence", own, "--documents", DOCUMENTS).output.count(
            "no file made-up-2018.txt in"
        )
        == 1
    )
    result = run(
        "evidence", "check", "--evidence", own, "--documents", DOCUMENTS, "--documents", elsewhere
    )
    assert result.exit_code == 0 and "6 documents, all compared" in result.output


def test_a_missing_text_is_a_fault_where_only_the_shipped_claims_are_checked(tmp_path):
    document = load_documents().by_id["thesis-2020"]
    (tmp_path / document.file).write_text("another text\n", encoding="utf-8")
    result = run("evidence", "check", "--documents", tmp_path)
    assert result.exit_code == 1
    assert (
        result.output.count("give its folder with --documents") == 4
        and "is not the text that was coded" in result.output
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["check", "--documents", "{folder}"],
            "holds none of the texts; one of these is expected there: 000_",
        ),
        (
            ["check", "--documents", "{folder}/none"],
            "is not a folder; --documents takes a folder that holds texts",
        ),
        (
            ["check", "--evidence", "{folder}/none"],
            "is not a folder; --evidence takes a folder with documents.yaml and files of claims",
        ),
        (
            ["coverage", "--evidence", "{folder}/none"],
            "is not a folder; --evidence takes a folder with documents.yaml and files of claims",
        ),
        (
            ["check", "--refresh"],
            "--refresh without texts to read; give their folder with --documents",
        ),
    ],
)
def test_a_wrong_request_is_refused(tmp_path, arguments, message):
    result = run("evidence", *(word.format(folder=tmp_path) for word in arguments))
    assert isinstance(result.exception, RequestError) and message in str(result.exception)


def test_an_empty_folder_of_claims_and_an_unrecorded_document(tmp_path, own):
    empty = run("evidence", "check", "--evidence", tmp_path / "own" / "..")
    assert (
        empty.exit_code == 1
        and "holds no file of claims; put one beside documents.yaml" in empty.output
    )
    (own / "documents.yaml").unlink()
    stray = run("evidence", "check", "--evidence", own)
    assert (
        stray.exit_code == 1
        and "unknown document 'made-up-2018'" in stray.output
        and len(stray.output.splitlines()) == 1
    )


def test_a_document_that_takes_a_shipped_name_is_refused(own):
    for path in (own / FILE, own / "documents.yaml"):
        path.write_text(
            path.read_text(encoding="utf-8")
            .replace("made-up-2018:", "eprs-2016:")
            .replace("document: made-up-2018", "document: eprs-2016"),
            encoding="utf-8",
        )
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    assert (
        "document 'eprs-2016' is already recorded in model/evidence/documents.yaml; "
        "give yours another name" in result.output
    )


def test_an_own_claim_that_outranks_a_shipped_one_is_no_fault(own):
    outranking = claim_text(
        "russian-arms",
        powers=["Russia"],
        republics=list(CAST.republic_names)[:2],
        channels=["soft power"],
        level=1,
    )
    others = [
        claim_text(
            f"russian-arms-{number}",
            powers=["Russia"],
            republics=[name],
            channels=["soft power"],
            level=1,
        )
        for number, name in enumerate(CAST.republic_names)
    ]
    (own / "more.yaml").write_text(
        yaml.safe_dump({"document": "made-up-2018", "claims": [outranking, *others]}),
        encoding="utf-8",
    )
    assert run("evidence", "check", "--evidence", own).exit_code == 0


# Documents only


def test_documents_only_leaves_the_public_record_out_of_explain_and_coverage():
    cell = ["explain", "Russia", "Kyrgyzstan", "economic"]
    only = ["--evidence", "documents-only"]
    whole, left = run(*cell).output, run(*cell, *only).output
    assert "of the public record" in whole and "public record: a dated public fact" in whole
    assert left.startswith("Russia in Kyrgyzstan, economic") and "record" not in left
    counts = [
        json.loads(run("evidence", "coverage", "--json", *words).output)["claims"]
        for words in ([], only)
    ]
    assert sum(counts[0].values()) > sum(counts[1].values())


def test_a_run_on_documents_only_names_the_command_that_makes_its_posterior(tmp_path):
    out = tmp_path / "batch"
    words = ["run", "history", "--members", "2", "--evidence", "documents-only", "--out", out]
    refusal = str(run(*words).exception)
    assert "needs a posterior of its own" in refusal
    assert "steppe calibrate --evidence documents-only --out documents-only.csv" in refusal
    assert not out.exists()


def test_a_date_of_the_public_record_leads_to_what_it_dates():
    evidence = load_evidence()
    dates = evidence.inputs("date")
    assert dates
    for date in dates:
        found = explain([date.id])
        assert found["values_resting_on_it"] or found["events_resting_on_it"], date.id


@pytest.mark.parametrize(
    "command",
    [
        ["explain"],
        ["evidence"],
        ["evidence", "check"],
        ["evidence", "coverage"],
        ["evidence", "agreement"],
    ],
)
def test_help_gives_an_example(command):
    result = run(*command, "--help")
    assert (
        result.exit_code == 0
        and "Example" in result.output
        and "..." not in result.output.replace("]...", "")
    )


def test_an_unknown_verb_is_refused():
    result = run("evidence", "chek")
    assert (
        result.exit_code == 2 and "unknown command 'chek'; did you mean 'check'?" in result.output
    )
