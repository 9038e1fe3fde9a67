"""All claims: what the documents say, where, and what it is used for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.type_errors import describe_errors
from steppe.model.core.word_lists import join_words
from steppe.model.core.yaml_source import KeyPath, Place, Source, read_yaml

from .claim_schema import Claim
from .documents import FOLDER, Documents, load_documents

PUBLIC_RECORD = "public-record"  # the source of dated public facts that no document gives
SERIES_SUFFIX = ".series.yaml"  # of records of series, which lie beside claims
READ_SERIES = ("run", "calibrate", "explain", "backtest", "evidence check")  # commands
DOCUMENTS_ONLY = Path("documents-only")  # in place of a folder: without the public record


@dataclass(frozen=True)
class Evidence:
    """All claims in use, and where each is written.

    `document_of` maps a claim to its document; `sources` to its file and the path to it there.
    `sizes` of the economies come with the public record. `last_quarters` are those that each
    document can speak of.
    """

    claims: tuple[Claim, ...]
    document_of: dict[str, str]
    sources: dict[str, tuple[Source, KeyPath]]
    sizes: Mapping[str, float] | None = None
    last_quarters: Mapping[str, int] = field(default_factory=dict)

    def place(self, identifier: str, key: str = "id") -> Place:
        """File, line and column of a key of a claim."""
        source, at = self.sources[identifier]
        return source.place((*at, key))

    def by_id(self, identifier: str) -> Claim | None:
        """The claim of this id, None if there is none."""
        return self._index.get(identifier)

    def claim(self, identifier: str) -> Claim:
        """The claim of this id, which exists."""
        return self._index[identifier]

    @cached_property
    def _index(self) -> dict[str, Claim]:
        return {claim.id: claim for claim in self.claims}

    def inputs(self, kind: str) -> list[Claim]:
        """Input claims of one kind, with the dates of the public record where it has any."""
        return self._inputs.get(kind, [])

    @cached_property
    def _inputs(self) -> dict[str, list[Claim]]:
        found: dict[str, list[Claim]] = {}
        for claim in self.claims:
            if claim.use == "input":
                found.setdefault(claim.kind, []).append(self._dated(claim))
        return found

    def date_of(self, claim: Claim) -> Claim | None:
        """The claim of kind date that gives the date of another, if there is one."""
        if not claim.is_dated:
            return None
        return self._dates.get(claim.id) or self._dates.get(claim.cluster or "")

    @cached_property
    def _dates(self) -> dict[str, Claim]:
        dates = (claim for claim in self.claims if claim.kind == "date" and claim.use == "input")
        return {name: claim for claim in dates for name in claim.of}

    def _dated(self, claim: Claim) -> Claim:
        """A claim that begins, or an event that happens, when the public record says."""
        date = self.date_of(claim)
        if date is None or date.period is None or claim.period is None:
            return claim
        period = date.period if claim.kind == "event" else (date.period[0], claim.period[1])
        return claim.model_copy(update={"period": period})

    def document_stops(self, claim: Claim) -> int:
        """The last quarter that the document of a claim can speak of.

        A claim that ends before is ended by its text, unless an event ends its matter.
        """
        last = claim.quarters()[1]
        if claim.matter in self._ended:
            return last
        return self.last_quarters.get(self.document_of[claim.id], last)

    @cached_property
    def _ended(self) -> set[str]:
        return {claim.ends for claim in self.inputs("event") if claim.ends}

    def targets(self) -> list[Claim]:
        """Claims that the calibration holds the model against."""
        return [claim for claim in self.claims if claim.use == "target"]

    def without(self, *identifiers: str) -> Evidence:
        """The evidence with some claims taken out."""
        kept = tuple(claim for claim in self.claims if claim.id not in identifiers)
        return replace(self, claims=kept)

    def without_document(self, document: str) -> Evidence:
        """The evidence with every claim of one document taken out."""
        left = self.without(
            *(claim.id for claim in self.claims if self.document_of[claim.id] == document)
        )
        return replace(left, sizes=None) if document == PUBLIC_RECORD else left


def load_evidence(evidence_folder: Path | None = None, cast: Cast | None = None) -> Evidence:
    """Load the shipped claims, and those in a folder of the user's own.

    `DOCUMENTS_ONLY` in place of a folder leaves out the public record.

    Raises
    ------
    DiagnosticsError
        With every mistake in every file.
    """
    if evidence_folder == DOCUMENTS_ONLY:
        return load_evidence(None, cast).without_document(PUBLIC_RECORD)
    if evidence_folder is None and cast is None:
        return _shipped_evidence()
    return _load(evidence_folder, cast or default_cast())


@cache
def _shipped_evidence() -> Evidence:
    return _load(None, default_cast())


def claim_files(evidence_folder: Path | None = None) -> list[tuple[Path, str]]:
    """Every file of claims, and the name by which to show it.

    Raises
    ------
    DiagnosticsError
        If the user's own folder does not exist or holds no claims.
    """
    files = [
        (path, f"model/evidence/claims/{path.name}")
        for path in sorted((FOLDER / "claims").glob("*.yaml"))
    ]
    if evidence_folder is not None and evidence_folder != DOCUMENTS_ONLY:
        files += [(path, str(path)) for path in _own_claim_files(evidence_folder)]
    return files


def shipped_evidence_files() -> list[bytes]:
    """The contents of all files that the shipped evidence is read from."""
    return [path.read_bytes() for path in sorted(FOLDER.glob("**/*.yaml"))]


def _own_claim_files(folder: Path) -> list[Path]:
    if folder == Path("measured") or (folder.is_dir() and any(folder.glob(f"*{SERIES_SUFFIX}"))):
        hint = f"; series are read by {join_words([f'`steppe {verb}`' for verb in READ_SERIES])}"
    else:
        hint = ""
    if not folder.is_dir():
        raise _folder_error(
            folder,
            "is not a folder; --evidence takes a folder with documents.yaml and files of claims"
            + hint,
        )
    files = sorted(
        path
        for path in folder.glob("*.yaml")
        if path.name != "documents.yaml" and not path.name.endswith(SERIES_SUFFIX)
    )
    if not files:
        raise _folder_error(
            folder,
            "holds no file of claims; put one beside documents.yaml, such as my-document.yaml"
            + hint,
        )
    return files


def _folder_error(folder: Path, message: str) -> DiagnosticsError:
    return DiagnosticsError([Diagnostic(str(folder), 0, 0, message)])


@dataclass(frozen=True)
class ParsedClaims:
    """Files of claims as far as they can be parsed, and what is wrong with the rest.

    `raw` holds every claim as it is written; `own` the ids of the claims in a user's own folder.
    """

    evidence: Evidence
    documents: Documents
    diagnostics: tuple[Diagnostic, ...]
    raw: tuple[dict[str, Any], ...]
    own: frozenset[str]


class _Parser:
    """Collects claims and diagnostics over files; a mistake in one hides none in another."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.problems: list[Diagnostic] = []
        self.raw: list[dict[str, Any]] = []
        self.claims: list[Claim] = []
        self.document_of: dict[str, str] = {}
        self.sources: dict[str, tuple[Source, KeyPath]] = {}

    def read_file(self, path: Path, shown_as: str) -> list[str]:
        """Add the claims of a file; return their ids."""
        try:
            source = read_yaml(path, shown_as)
        except DiagnosticsError as error:
            self.problems += error.diagnostics
            return []
        if not self._is_claim_file(source):
            return []
        self.raw += [raw for raw in source.data["claims"] if isinstance(raw, dict)]
        return [
            claim.id for claim, at in self._valid_claims(source) if self._add(claim, source, at)
        ]

    def read_documents(self, evidence_folder: Path | None) -> Documents:
        """What is recorded of the documents; none if a record has mistakes."""
        try:
            return load_documents(evidence_folder)
        except DiagnosticsError as error:
            self.problems += error.diagnostics
            return Documents({}, {}, frozenset())

    def _add(self, claim: Claim, source: Source, at: KeyPath) -> bool:
        """Add a claim if its id is new, otherwise report it; return whether it was added."""
        if claim.id in self.sources:
            file, line, _ = _id_place(*self.sources[claim.id])
            self.problems.append(
                Diagnostic(
                    *_id_place(source, at),
                    f"two claims are called '{claim.id}', the first at {file}:{line}; "
                    "give this one another id",
                )
            )
            return False
        self.claims.append(claim)
        self.document_of[claim.id] = source.data["document"]
        self.sources[claim.id] = (source, at)
        return True

    def _is_claim_file(self, source: Source) -> bool:
        """Whether a file has the form of a file of claims; unknown keys are reported."""
        data = source.data
        if (
            not isinstance(data, dict)
            or not isinstance(data.get("claims"), list)
            or not isinstance(data.get("document"), str)
        ):
            message = "a file of claims has the keys 'document' (a name) and 'claims' (a list)"
            self.problems.append(Diagnostic(source.file, 1, 1, message))
            return False
        self.problems += [
            source.diagnostic(
                (key,),
                f"unknown key '{key}'; a file of claims has 'document' and 'claims'",
                of_key=True,
            )
            for key in data
            if key not in ("document", "claims")
        ]
        return True

    def _valid_claims(self, source: Source) -> Iterator[tuple[Claim, KeyPath]]:
        """The valid claims of a file, each with the path to it; the others are reported."""
        for number, raw in enumerate(source.data["claims"]):
            at = ("claims", number)
            try:
                yield Claim.model_validate(raw, context={"cast": self.cast}), at
            except ValidationError as error:
                self.problems += describe_errors(error, source, Claim, at)


def read_claims(evidence_folder: Path | None, cast: Cast) -> ParsedClaims:
    """Read every file of claims, and report every mistake in them."""
    parser = _Parser(cast)
    own: set[str] = set()
    for path, shown_as in claim_files(evidence_folder):
        added = parser.read_file(path, shown_as)
        if path.parent == evidence_folder:
            own.update(added)
    documents = parser.read_documents(evidence_folder)
    evidence = Evidence(
        tuple(parser.claims),
        parser.document_of,
        parser.sources,
        _sizes_of_economies(),
        {name: document.last_quarter for name, document in documents.by_id.items()},
    )
    return ParsedClaims(
        evidence, documents, tuple(parser.problems), tuple(parser.raw), frozenset(own)
    )


def _load(evidence_folder: Path | None, cast: Cast) -> Evidence:
    parsed = read_claims(evidence_folder, cast)
    if parsed.diagnostics:
        raise DiagnosticsError(parsed.diagnostics)
    return parsed.evidence


def _id_place(source: Source, at: KeyPath) -> Place:
    return source.place((*at, "id"))


@cache
def _sizes_of_economies() -> dict[str, float]:
    """Billions of dollars by republic; see economies.yaml."""
    sizes: dict[str, float] = read_yaml(
        FOLDER / "economies.yaml", "model/evidence/economies.yaml"
    ).data["billion_dollars"]
    return sizes
