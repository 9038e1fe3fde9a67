"""Mistakes planted in a copy of a user's evidence are reported at their place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from evidence_files import (
    DOCUMENTS,
    FILE,
    OWN,
    claim_text,
    copy_shipped,
    needs_documents,
    own_evidence,
    run,
)

from steppe.model.evidence import audit as checking
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.documents import load_documents


@pytest.fixture
def own(tmp_path) -> Path:
    return own_evidence(tmp_path)


@pytest.fixture
def copied_folder(tmp_path, monkeypatch) -> Path:
    return copy_shipped(tmp_path, monkeypatch)


TIE = "    kind: tie\n    powers: [China]"
HASH_OF_FIRST = re.search(r"hash: (\w+)", (OWN / FILE).read_text(encoding="utf-8"))[1]
PLANTED = {
    "unknown kind": [
        TIE,
        "    kind: @tye\n    powers: [China]",
        "unknown kind 'tye'; did you mean 'tie'?",
    ],
    "unknown actor": [
        "[China]\n    republics: [Uzbekistan]\n    channels: [economic]\n"
        "    period: [2018, 2018]\n    level",
        "@[Chyna]\n    republics: [Uzbekistan]\n    channels: [economic]\n"
        "    period: [2018, 2018]\n    level",
        "did you mean 'China'?",
    ],
    "range outside the file": [
        "lines: [3, 3]",
        "lines: @[3, 300]",
        "lines 3 to 300, but the document has 7",
    ],
    "lines upside down": ["lines: [3, 3]", "lines: @[3, 2]", "the first is not after the last"],
    "hash of other lines": [HASH_OF_FIRST, "@0123456789ab", "are not those that were coded"],
    "no hash": [f"    hash: {HASH_OF_FIRST}\n", "", f"has no hash; write hash: {HASH_OF_FIRST}"],
    "figure not in its lines": [
        'value: 40, unit: percent, as: "Two',
        '@value: 40, unit: percent, as: "Three',
        "the figure 'Three in five' does not occur in line 3",
    ],
    "figure misread": ["value: 900,", "@value: 90,", "is 90, but '900' reads 900"],
    "one id twice": [
        "id: market-eu-scholarships",
        "id: @market-lorries-to-china",
        "two claims are called 'market-lorries-to-china', the first at",
    ],
    "cluster of one": [
        "    use: input\n\n  - id: market-china",
        "    use: input\n    cluster: @alone\n\n  - id: market-china",
        "cluster 'alone' has one claim only",
    ],
    "target used as input": [
        "  - id: market-china-passes-russia",
        "  - @id: market-china-passes-russia",
        "a claim of kind target used as input",
    ],
    "input that nothing uses": [
        TIE,
        "    kind: threat\n    powers: [China]",
        "no coded value is based on 'market-lorries-to-china'",
    ],
    "lines without text": ["lines: [3, 3]", "lines: @[4, 4]", "no text in line 4"],
    "unknown document": [
        "document: made-up-2018",
        "document: @made-up-2081",
        "unknown document 'made-up-2081'; did you mean 'made-up-2018'?",
    ],
    "unknown key": [
        "    level: 2\n",
        "    @levle: 2\n",
        "unknown key 'levle'; did you mean 'level'?",
    ],
    "level off the scale": [
        "level: 2\n",
        "level: -1\n",
        "a claim of kind tie with the level -1; levels of this kind run from 0 to 3",
    ],
    "medium confidence": [
        "confidence: high\n    use: target",
        "confidence: medium\n    use: target",
        "a claim of medium confidence used as target",
    ],
    "unknown institution": [
        "    level: 2\n",
        "    institution: @CTSO\n    level: 2\n",
        "unknown institution 'CTSO'; did you mean 'CSTO'?",
    ],
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_at_its_place(own, name):
    before, after, message = PLANTED[name]
    path = own / FILE
    text = path.read_text(encoding="utf-8")
    assert before in text
    text = text.replace(before, after, 1)
    place = text.index("@") if "@" in text else None
    text = text.replace("@", "")
    if name == "target used as input":
        text = text.replace("use: target", "use: input")
    if name == "input that nothing uses":
        text = text.replace("period: [2018, 2018]", "period: [2030, 2030]", 1)
    path.write_text(text, encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert len(lines) == 1, result.output
    assert message in lines[0]
    found = re.match(re.escape(str(path)) + r":(\d+):(\d+)  ", lines[0])
    assert found, lines[0]
    if place is not None:
        expected = (text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
        shifted = 1 if "figure" in name else 0  # a figure is reported at the bracket that opens it
        assert (int(found[1]), int(found[2])) == (expected[0], expected[1] - shifted)


def test_one_fact_as_input_and_target_is_found(own):
    path = own / FILE
    text = path.read_text(encoding="utf-8")
    text = text.replace("    use: input\n", "    use: input\n    cluster: lorries\n", 1).replace(
        "    use: target\n", "    use: target\n    cluster: lorries\n"
    )
    path.write_text(text, encoding="utf-8")
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1
    assert (
        "cluster 'lorries' is used both as input and as target" in result.output
        and len(result.output.splitlines()) == 1
    )


def test_all_faults_are_found_in_one_pass(own):
    faulty = [
        claim_text("bad-kind", kind="tye"),
        claim_text("bad-actor", republics=["Atlantis"]),
        claim_text("bad-range", lines=[3, 300]),
        claim_text("bad-hash", hash="0123456789ab"),
        claim_text("bad-figure", figure={"value": 7, "unit": "lorries", "as": "seven"}),
        claim_text("bad-hash"),
        claim_text("bad-cluster", cluster="alone"),
        claim_text("bad-use", kind="target"),
        claim_text("bad-period", kind="threat", period=[2030, 2030]),
        claim_text("bad-lines", lines=[4, 4]),
    ]
    (own / "faulty.yaml").write_text(
        yaml.safe_dump({"document": "made-up-2018", "claims": faulty}, sort_keys=False),
        encoding="utf-8",
    )
    (own / "stray.yaml").write_text(
        yaml.safe_dump({"document": "made-up-2081", "claims": [claim_text("stray")]}),
        encoding="utf-8",
    )
    result = run("evidence", "check", "--evidence", own)
    expected = [
        "unknown kind 'tye'",
        "Atlantis",
        "lines 3 to 300",
        "'bad-hash' are not those",
        "the figure 'seven'",
        "two claims are called 'bad-hash'",
        "cluster 'alone'",
        "used as input",
        "is based on 'bad-period'",
        "no text in line 4",
        "unknown document 'made-up-2081'",
    ]
    lines = result.output.splitlines()
    assert result.exit_code == 1 and len(lines) == len(expected), result.output
    for part in expected:
        assert sum(part in line for line in lines) == 1, part
    assert all(re.match(r".+\.yaml:\d+:\d+  ", line) for line in lines)
    rows = json.loads(run("evidence", "check", "--evidence", own, "--json").output)["faults"]
    assert [
        f"{row['file']}:{row['line']}:{row['column']}  {row['message']}" for row in rows
    ] == lines


def test_a_faulty_claim_does_not_make_its_cluster_look_small(own):
    path = own / FILE
    text = (
        path.read_text(encoding="utf-8")
        .replace("    use: input\n", "    use: input\n    cluster: both\n")
        .replace("kind: tie", "kind: tye", 1)
    )
    path.write_text(text, encoding="utf-8")
    assert len(run("evidence", "check", "--evidence", own).output.splitlines()) == 1


def test_a_process_ends_with_one(own):
    path = own / FILE
    path.write_text(
        path.read_text(encoding="utf-8").replace("kind: tie", "kind: tye", 1), encoding="utf-8"
    )
    command = [
        sys.executable,
        "-c",
        "from steppe.experiments.cli.app import main; main()",
        "evidence",
        "check",
        "--evidence",
        str(own),
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr == f"{path}:7:11  unknown kind 'tye'; did you mean 'tie'?\n"


@needs_documents
def test_one_changed_word_of_a_document_is_found(tmp_path):
    folder = Path(shutil.copytree(DOCUMENTS, tmp_path / "texts"))
    document = load_documents().by_id["eprs-2016"]
    path = folder / document.file
    path.chmod(0o644)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("heroin", "cotton", 1), encoding="utf-8")
    result = run("evidence", "check", "--documents", folder)
    on_line = [
        claim.id
        for claim in load_evidence().claims
        if claim.id.startswith("eprs-") and claim.lines == (48, 48)
    ]
    assert result.exit_code == 1
    assert result.output.count("are not those that were coded") == len(on_line) > 5
    assert f"{document.file} is not the text that was coded" in result.output
    assert len(result.output.splitlines()) == len(on_line) + 1


def test_a_changed_word_of_ones_own_document_is_found(own):
    path = own / "made-up-2018.txt"
    path.write_text(
        path.read_text(encoding="utf-8").replace("900 students", "900 teachers"), encoding="utf-8"
    )
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 1 and len(result.output.splitlines()) == 2
    assert (
        "the lines of 'market-eu-scholarships' are not those" in result.output
        and "made-up-2018.txt is not the text" in result.output
    )


@needs_documents
def test_refresh_writes_nothing_where_all_is_well(copied_folder):
    before = {
        path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()
    }
    assert checking.refresh_hashes([DOCUMENTS]) == 0
    assert before == {
        path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()
    }


def test_refresh_leaves_claims_alone_whose_text_is_missing(copied_folder, own):
    before = {
        path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()
    }
    (own / FILE).write_text(
        re.sub(r"    hash: \w+\n", "", (OWN / FILE).read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert checking.refresh_hashes([], own) == 3
    assert (own / FILE).read_text(encoding="utf-8") == (OWN / FILE).read_text(encoding="utf-8")
    assert checking.refresh_hashes([own]) == 0
    assert before == {
        path.name: path.read_text(encoding="utf-8") for path in (copied_folder / "claims").iterdir()
    }
