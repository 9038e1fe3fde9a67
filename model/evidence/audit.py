"""Check claims against the documents, and against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import suggest
from steppe.model.core.text_files import read_text
from steppe.model.core.word_lists import join_words

from .claim_schema import Claim, Figure
from .claims import Evidence, ParsedClaims, claim_files, read_claims
from .coded_inputs import code_inputs
from .coding import CodedValue, begins_in_history
from .conflicts import check_conflicts
from .documents import (
    Documents,
    find_text,
    format_lines,
    hash_lines,
    load_documents,
    normalize_whitespace,
    read_lines,
)
from .institutions import check_institutions
from .series import read_series
from .systems import check_systems

Trail = Mapping[tuple[str, ...], list[CodedValue]]
_NUMBER = re.compile("\\d[\\d \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE},]*(?:\\.\\d+)?")
_LINES_OF_CLAIM = re.compile(
    r"(?m)^(?P<indent> +)lines: \[ *(?P<first>\d+), *(?P<last>\d+) *\]\n"
    r"(?: +hash: (?P<hash>\S+)\n)?"
)


@dataclass(frozen=True)
class EvidenceCheck:
    """What is wrong, the number of claims, and which documents were compared with their texts.

    series : what is sound of the series that were asked for, each in a few words.
    """

    diagnostics: tuple[Diagnostic, ...]
    claims: int
    compared: tuple[str, ...]
    not_compared: tuple[str, ...]
    series: tuple[str, ...] = ()


def check_evidence(
    folders: Sequence[Path] = (),
    evidence_folder: Path | None = None,
    series_folders: Sequence[Path] = (),
) -> EvidenceCheck:
    """Check all the evidence in one pass, and compare it with the texts that are found.

    Texts are looked for in `folders` and in the user's own `evidence_folder`. If that is given, the
    texts of the shipped documents may be absent: they are then not compared. Otherwise a text that
    is in none of the folders is an error.
    """
    cast = default_cast()
    series, of_series = read_series(series_folders, cast)
    try:
        parsed = read_claims(evidence_folder, cast)
    except DiagnosticsError as error:
        return EvidenceCheck((*error.diagnostics, *of_series), 0, (), ())
    evidence, documents = parsed.evidence, parsed.documents
    problems = [*of_series, *_check_claims(parsed, cast)]
    lines_of: dict[str, list[str]] = {}
    if documents.by_id:
        problems += _check_document_names(evidence, documents)
        lines_of, of_texts = _read_texts(documents, folders, evidence_folder)
        problems += of_texts
    for claim in evidence.claims:
        lines = lines_of.get(evidence.document_of[claim.id])
        if lines and claim.lines is not None:
            problems += _compare_claim(claim, claim.lines, lines, evidence)
    absent = tuple(
        name
        for name, document in documents.by_id.items()
        if name not in lines_of and document.file is not None
    )
    return EvidenceCheck(
        tuple(sorted(set(problems))),
        len(evidence.claims),
        tuple(lines_of),
        absent,
        tuple(row.describe() for row in series),
    )


def _check_claims(parsed: ParsedClaims, cast: Cast) -> list[Diagnostic]:
    """What is wrong with claims, whatever the texts say."""
    evidence = parsed.evidence
    trail = code_inputs(evidence, cast).trail
    return [
        *parsed.diagnostics,
        *_check_clusters(parsed),
        *check_institutions(cast),
        *_check_institution_names(evidence, trail),
        *check_conflicts(evidence),
        *_check_unused(parsed, trail),
        *check_systems(parsed),
    ]


def _check_clusters(parsed: ParsedClaims) -> list[Diagnostic]:
    """Clusters of one claim, counting claims that are not valid, and clusters with two uses."""
    named = [str(raw.get("cluster")) for raw in parsed.raw if raw.get("cluster")]
    members: dict[str, list[Claim]] = defaultdict(list)
    for claim in parsed.evidence.claims:
        if claim.cluster:
            members[claim.cluster].append(claim)
    problems = []
    for name, claims in members.items():
        place = parsed.evidence.place(claims[0].id, "cluster")
        if named.count(name) == 1:
            close = suggest(name, [other for other in dict.fromkeys(named) if other != name])
            remedy = (
                close
                if close.startswith("did you")
                else "name it in another claim too, or leave it out"
            )
            problems.append(
                Diagnostic(
                    *place,
                    f"cluster '{name}' has one claim only, and a cluster joins two or more; "
                    f"{remedy}",
                )
            )
        if {"input", "target"} <= {claim.use for claim in claims}:
            problems.append(
                Diagnostic(
                    *place,
                    f"cluster '{name}' is used both as input and as target; "
                    "one fact serves as one of them",
                )
            )
    return problems


def _check_institution_names(evidence: Evidence, trail: Trail) -> list[Diagnostic]:
    """Organisations named in claims that institutions.yaml does not describe."""
    known = list(dict.fromkeys(key[1] for key in trail if key[0] == "institution"))
    return [
        Diagnostic(
            *evidence.place(claim.id, "institution"),
            f"unknown institution '{claim.institution}'; "
            f"{suggest(claim.institution, known, listed=20)}",
        )
        for claim in evidence.claims
        if claim.institution is not None and claim.institution not in known
    ]


def used_claims(evidence: Evidence, trail: Trail) -> set[str]:
    """Input claims behind a coded value, an institution or an event of the history."""
    used = {
        identifier for coded in trail.values() for value in coded for identifier in value.claims
    }
    used |= {claim.id for claim in evidence.inputs("event") if begins_in_history(claim)}
    dated = [evidence.claim(name) for name in used]
    matters = {claim.id for claim in dated if claim.is_dated} | {
        claim.cluster for claim in dated if claim.is_dated
    }
    return used | {date.id for date in evidence.inputs("date") if matters.issuperset(date.of)}


def _check_unused(parsed: ParsedClaims, trail: Trail) -> list[Diagnostic]:
    """Input claims that nothing uses; a shipped claim that a user's own outranks is fine."""
    used = used_claims(parsed.evidence, trail)
    judged = [claim for claim in parsed.evidence.claims if not parsed.own or claim.id in parsed.own]
    return [
        Diagnostic(*parsed.evidence.place(claim.id, "use"), _why_unused(claim))
        for claim in judged
        if claim.use == "input" and claim.id not in used
    ]


def _why_unused(claim: Claim) -> str:
    if claim.kind == "date":
        names = join_words([f"'{name}'" for name in claim.of])
        return f"no dated input is called {names}, or is on that matter; name the claims it dates"
    if claim.kind == "event":
        return (
            f"no event of the history is based on '{claim.id}': it begins outside 2000 to 2019; "
            "make it context and say so"
        )
    return (
        f"no coded value is based on '{claim.id}': a particular or later claim on the same matter "
        "replaces it, or its period lies outside 2000 to 2019; make it context and say so"
    )


def _check_document_names(evidence: Evidence, documents: Documents) -> list[Diagnostic]:
    files = {
        evidence.document_of[claim.id]: evidence.sources[claim.id][0] for claim in evidence.claims
    }
    return [
        source.diagnostic(
            ("document",),
            f"unknown document '{name}'; {suggest(name, list(documents.by_id))}"
            " (one of your own is recorded in documents.yaml beside its claims)",
        )
        for name, source in files.items()
        if name not in documents.by_id
    ]


def _read_texts(
    documents: Documents, folders: Sequence[Path], evidence_folder: Path | None
) -> tuple[dict[str, list[str]], list[Diagnostic]]:
    """Lines of every document whose text is found, and what is wrong with the others."""
    searched = [*folders, *([evidence_folder] if evidence_folder is not None else [])]
    lines_of: dict[str, list[str]] = {}
    problems: list[Diagnostic] = []
    for name, document in documents.by_id.items():
        path = find_text(document, searched)
        if document.file is None:
            continue
        if path is not None:
            lines_of[name], found = read_lines(path, document, documents.place(name, "sha256"))
            problems += found
        elif folders and (evidence_folder is None or name in documents.own):
            where = join_words([*map(str, searched)], "or")
            problems.append(
                Diagnostic(
                    *documents.place(name, "file"),
                    f"no file {document.file} in {where}; give its folder with --documents",
                )
            )
    return lines_of, problems


def _compare_claim(
    claim: Claim, span: tuple[int, int], lines: list[str], evidence: Evidence
) -> list[Diagnostic]:
    first, last = span
    place = evidence.place(claim.id, "lines")
    if last > len(lines):
        return [
            Diagnostic(
                *place,
                f"{format_lines(span)}, but the document has {len(lines)}; "
                f"give lines from 1 to {len(lines)}",
            )
        ]
    passage = lines[first - 1 : last]
    if not normalize_whitespace(passage):
        return [
            Diagnostic(
                *place, f"no text in {format_lines(span)}; give the lines that carry the claim"
            )
        ]
    problems = []
    found = hash_lines(passage)
    if claim.hash is None:
        problems.append(
            Diagnostic(
                *place,
                f"claim '{claim.id}' has no hash; write hash: {found}, or let --refresh do it",
            )
        )
    elif claim.hash != found:
        problems.append(
            Diagnostic(
                *evidence.place(claim.id, "hash"),
                f"the lines of '{claim.id}' are not those that were coded: their hash is {found}, "
                f"the claim's is {claim.hash}; read them again, then use --refresh",
            )
        )
    text = normalize_whitespace(passage).casefold()
    quantifier = claim.expect.quantifier if claim.expect else None
    if quantifier is not None and quantifier.casefold() not in text:
        problems.append(
            Diagnostic(
                *evidence.place(claim.id, "expect"),
                f"the quantifier '{quantifier}' does not occur in {format_lines(span)}; without "
                "such a word the statement is read as a mean (rule 8)",
            )
        )
    if claim.figure is not None:
        problems += _compare_figure(claim, claim.figure, text, format_lines(span), evidence)
    return problems


def _compare_figure(
    claim: Claim, figure: Figure, passage: str, where: str, evidence: Evidence
) -> list[Diagnostic]:
    token = normalize_whitespace([figure.as_])
    place = evidence.place(claim.id, "figure")
    if token.casefold() not in passage:
        message = f"the figure '{token}' does not occur in {where}; spell it as there"
        return [Diagnostic(*place, message)]
    number = _NUMBER.search(token)
    if number is None:
        return []
    value = float(re.sub(r"[^\d.]", "", number[0]))
    if value in (figure.value, figure.value / 1e3, figure.value / 1e6, figure.value / 1e9):
        return []
    message = (
        f"the value of the figure is {figure.value:g}, but '{token}' reads {value:g}; "
        "make them agree"
    )
    return [Diagnostic(*place, message)]


def refresh_hashes(folders: Sequence[Path], evidence_folder: Path | None = None) -> int:
    """Write into each claim the hash of its lines as they stand; return how many changed.

    With a user's own folder only the claims in it are touched; files whose text is in none
    of the folders stay as they are.

    Raises
    ------
    DiagnosticsError
        If the record of documents has mistakes.
    """
    documents = load_documents(evidence_folder)
    searched = [*folders, *([evidence_folder] if evidence_folder is not None else [])]
    changed = 0
    for path, _ in claim_files(evidence_folder):
        if evidence_folder is None or path.parent == evidence_folder:
            changed += _refresh_file(path, documents, searched)
    return changed


def _refresh_file(path: Path, documents: Documents, folders: Sequence[Path]) -> int:
    text = read_text(path)
    named = re.search(r"(?m)^document: *(\S+)", text)
    document = documents.by_id.get(named[1]) if named else None
    if document is None:
        return 0
    where = find_text(document, folders)
    if where is None:
        return 0
    lines, _ = read_lines(where, document, ("", 0, 0))
    changed = 0

    def with_hash(match: re.Match[str]) -> str:
        nonlocal changed
        first, last = int(match["first"]), int(match["last"])
        if not 1 <= first <= last <= len(lines):
            return str(match[0])
        found = hash_lines(lines[first - 1 : last])
        changed += match["hash"] != found
        return f"{match['indent']}lines: [{first}, {last}]\n{match['indent']}hash: {found}\n"

    write_text_atomically(path, _LINES_OF_CLAIM.sub(with_hash, text))
    return changed
