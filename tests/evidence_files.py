"""The five texts, if they are available, and a made-up document that ships with the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from steppe.experiments.cli.app import steppe
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import default_cast
from steppe.model.core.text_files import split_lines
from steppe.model.evidence import claims as claims_module
from steppe.model.evidence import documents as documents_module
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs
from steppe.model.evidence.coding import Coder
from steppe.model.evidence.documents import hash_lines
from steppe.model.evidence.history import render_history

HERE = Path(__file__).parent
OWN = HERE / "own_evidence"
TURKMEN = {"powers": "Russia", "republics": "Turkmenistan", "channels": "economic"}
ON_TIES = {"kind": "event", "moves": "ties", **TURKMEN}
FILE = "made-up-2018.yaml"
DOCUMENTS = Path(os.environ.get("STEPPE_DOCUMENTS", HERE.parent.parent / "shared" / "documents"))
needs_documents = pytest.mark.skipif(
    not DOCUMENTS.is_dir(),
    reason="the five texts are not here; name their folder in STEPPE_DOCUMENTS",
)
CAST = default_cast()


def run(*arguments: str | Path):
    """The command line in this process: exit code and everything it wrote."""
    return CliRunner().invoke(steppe, [str(word) for word in arguments])


def own_evidence(folder: Path) -> Path:
    """A copy of the made-up document, its record and its claims."""
    return Path(shutil.copytree(OWN, folder / "own"))


def claim_text(identifier: str, **changes) -> dict:
    """A sound claim on the made-up document, with changes."""
    text = split_lines((OWN / "made-up-2018.txt").read_text(encoding="utf-8"))
    sound = {
        "id": identifier,
        "lines": [3, 3],
        "hash": hash_lines(text[2:3]),
        "says": "Freight leaves Uzbekistan for China.",
        "kind": "tie",
        "powers": ["China"],
        "republics": ["Uzbekistan"],
        "channels": ["economic"],
        "period": [2018, 2018],
        "level": 2,
        "confidence": "high",
        "use": "input",
    }
    return {**sound, **changes}


def made(
    identifier: str, kind: str, level: float | None = None, period=(2000, 2019), **fields
) -> Claim:
    """A made-up input claim, of high confidence (0.8) and about every year of history."""
    data = {
        "id": identifier,
        "lines": [1, 1],
        "says": "made up for a test",
        "kind": kind,
        "use": "input",
        "confidence": "high",
        "period": list(period),
        **({} if level is None else {"level": level}),
        **fields,
    }
    return Claim.model_validate(data, context={"cast": CAST})


def evidence_of(*claims: Claim, stops: int | None = None, together: bool = False) -> Evidence:
    """Made-up claims as evidence of a document, which can speak of years until `stops`.

    Without `stops` each claim is as if its document had ended with it. Events are told by another
    document, unless `together`.
    """
    last = {} if stops is None else dict.fromkeys("de", parse_quarter(stops, last=True))
    names = {c.id: "e" if c.kind == "event" and not together else "d" for c in claims}
    return Evidence(claims, names, {}, last_quarters=last)


def events_of(*claims: Claim) -> dict:
    """The events of the history that made-up claims give."""
    return history_of(evidence_of(*claims))


def history_of(evidence: Evidence) -> dict:
    """The events of the history that evidence gives."""
    return yaml.safe_load(render_history(evidence, CAST))["events"] or {}


def coded(*claims: Claim) -> Inputs:
    """The coded inputs that made-up claims give."""
    return code_inputs(evidence_of(*claims), CAST)


def coder(*claims: Claim, stops: int | None = None) -> Coder:
    """A coder of made-up claims."""
    return Coder(evidence_of(*claims, stops=stops))


def copy_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped evidence that the check reads instead."""
    from steppe.model.evidence import codings as codings_module
    from steppe.model.evidence import institutions as institutions_module
    from steppe.model.evidence import systems as systems_module

    folder = tmp_path / "evidence"
    shutil.copytree(
        claims_module.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py")
    )
    for module in (
        claims_module,
        codings_module,
        documents_module,
        institutions_module,
        systems_module,
    ):
        monkeypatch.setattr(module, "FOLDER", folder)
    return folder


def target_text(identifier: str, expect: dict, **changes) -> dict:
    """A target on the sentence about trade, which holds the words `by now` and `larger`."""
    sound = {"lines": [7, 7], "kind": "target", "use": "target", "hash": "8661f73f53f5"}
    claim = claim_text(identifier, expect=expect, **{**sound, **changes})
    del claim["level"]
    return claim


def write_claims(path: Path, claims: list[dict]) -> str:
    """Write claims to a file; return its text."""
    apart = json.loads(json.dumps(claims))  # nothing shared, which would be written as an alias
    text = yaml.safe_dump(
        {"document": "made-up-2018", "claims": apart}, sort_keys=False, default_flow_style=None
    )
    path.write_text(text, encoding="utf-8")
    return text


def line_of(text: str, identifier: str, key: str) -> int:
    """The line of a key of a claim; of `expect`, that of the first key in it."""
    start = text.index(f"id: {identifier}\n")
    if key == "id":
        return text.count("\n", 0, start) + 1
    place = text.index(f"\n  {key}:", start)
    return text.count("\n", 0, place) + (3 if key == "expect" else 2)


def messages_by_line(path: Path) -> dict[int, str]:
    """What a check of a user's own evidence says, by the line of its file; one message each."""
    said: dict[int, str] = {}
    for line in run("evidence", "check", "--evidence", path.parent).output.splitlines():
        found = re.fullmatch(re.escape(str(path)) + r":(\d+):\d+  (.*)", line)
        assert found, line
        assert int(found[1]) not in said, line
        said[int(found[1])] = found[2]
    return said
