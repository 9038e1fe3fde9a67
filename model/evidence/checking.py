"""Every claim held against the documents, and the claims against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from ..cast import Cast, default_cast, nearest
from ..faults import Fault, FaultsFound
from ..inputs import code_inputs
from .claims import Claim, Evidence, load_evidence
from .documents import Documents, folded, hash_of, load_documents, read_lines

_NUMBER = re.compile(r"\d[\d  ,]*(?:\.\d+)?")



def check_evidence(folder: Path | None, extra: Path | None = None) -> list[Fault]:
    """All faults of the evidence in one pass; against the documents themselves where a folder is given."""
    try:
        evidence = load_evidence(extra)
        documents = load_documents(extra)
    except FaultsFound as found:
        return list(found.faults)
    faults = _clusters(evidence) + _unused(evidence, default_cast())
    if folder is not None:
        faults += _against_documents(evidence, documents, folder)
    return sorted(set(faults))


def _clusters(evidence: Evidence) -> list[Fault]:
    members: dict[str, list[Claim]] = defaultdict(list)
    for claim in evidence.claims:
        if claim.cluster:
            members[claim.cluster].append(claim)
    faults = []
    for name, claims in members.items():
        place = evidence.place(claims[0].id, "cluster")
        if len(claims) == 1:
            close = nearest(name, [other for other in members if other != name])
            faults.append(Fault(*place, f"cluster '{name}' has one claim only, and a cluster joins two or more; {close}"))
        uses = {claim.use for claim in claims}
        if {"input", "target"} <= uses:
            faults.append(Fault(*place, f"cluster '{name}' is used both as input and as target; one fact serves as one of them"))
    return faults


def _unused(evidence: Evidence, cast: Cast) -> list[Fault]:
    """Input claims on which no coded value, event or institution rests."""
    trail = code_inputs(evidence, cast).trail
    used = {identifier for coded in trail.values() for value in coded for identifier in value.claims}
    used |= {claim.id for claim in evidence.inputs("event")}
    return [
        Fault(*evidence.place(claim.id, "use"), f"no coded value rests on '{claim.id}': more particular or nearer claims outrank it; make it context and say so")
        for claim in evidence.claims if claim.use == "input" and claim.id not in used
    ]


def _against_documents(evidence: Evidence, documents: Documents, folder: Path) -> list[Fault]:
    faults: list[Fault] = []
    lines_of: dict[str, list[str]] = {}
    for identifier, document in documents.by_id.items():
        lines_of[identifier], found = read_lines(document, folder, documents.place(identifier, "sha256"))
        faults += found
    for claim in evidence.claims:
        name = evidence.document_of[claim.id]
        if name not in documents.by_id:
            source, _ = evidence.sources[claim.id]
            faults.append(source.fault(("document",), f"unknown document '{name}'; {nearest(name, list(documents.by_id))}"))
        elif lines_of[name]:
            faults += _claim_against(claim, lines_of[name], evidence)
    return faults


def _claim_against(claim: Claim, lines: list[str], evidence: Evidence) -> list[Fault]:
    first, last = claim.lines
    if last > len(lines):
        return [Fault(*evidence.place(claim.id, "lines"), f"lines {first} to {last} of a document that has {len(lines)}")]
    passage = lines[first - 1 : last]
    if not folded(passage):
        return [Fault(*evidence.place(claim.id, "lines"), f"lines {first} to {last} hold no text")]
    faults = []
    found = hash_of(passage)
    if claim.hash is None:
        faults.append(Fault(*evidence.place(claim.id, "lines"), f"claim '{claim.id}' has no hash; `steppe evidence check --refresh` fills it in"))
    elif claim.hash != found:
        faults.append(Fault(*evidence.place(claim.id, "hash"), f"the lines of '{claim.id}' are not those that were coded: their hash is {found}, the claim's is {claim.hash}"))
    if claim.figure is not None:
        faults += _figure_against(claim, folded(passage), evidence)
    return faults


def _figure_against(claim: Claim, passage: str, evidence: Evidence) -> list[Fault]:
    token = folded([claim.figure.as_])
    place = evidence.place(claim.id, "figure")
    if token.casefold() not in passage.casefold():
        return [Fault(*place, f"the figure '{token}' does not occur in lines {claim.lines[0]} to {claim.lines[1]}")]
    number = _NUMBER.search(token)
    if number is not None:
        read = float(re.sub(r"[^\d.]", "", number[0]))
        if read not in (claim.figure.value, claim.figure.value / 1e3, claim.figure.value / 1e6, claim.figure.value / 1e9):
            return [Fault(*place, f"the figure is {claim.figure.value:g}, but '{token}' reads {read:g}")]
    return []


def refresh_hashes(folder: Path, files: list[Path], extra: Path | None = None) -> int:
    """Write into each claim the hash of its lines as they stand; return how many changed."""
    documents = load_documents(extra)
    changed = 0
    for path in files:
        text = path.read_text(encoding="utf-8")
        document = re.search(r"(?m)^document: *(\S+)", text)[1]
        lines, _ = read_lines(documents.by_id[document], folder, ("", 0, 0))

        def with_hash(match: re.Match) -> str:
            nonlocal changed
            first, last = int(match["first"]), int(match["last"])
            found = hash_of(lines[first - 1 : last])
            changed += match["hash"] != found
            return f"{match['indent']}lines: [{first}, {last}]\n{match['indent']}hash: {found}\n"

        pattern = r"(?m)^(?P<indent> +)lines: \[(?P<first>\d+), *(?P<last>\d+)\]\n(?: +hash: (?P<hash>\S+)\n)?"
        path.write_text(re.sub(pattern, with_hash, text), encoding="utf-8")
    return changed
