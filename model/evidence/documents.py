"""The documents: what is recorded about them, and their lines if a folder holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.field_types import StrictModel
from steppe.model.core.os_errors import describe_os_error
from steppe.model.core.text_files import decode_text, split_lines
from steppe.model.core.type_errors import parse_data
from steppe.model.core.yaml_source import Place, Source, read_yaml

FOLDER = Path(__file__).parent
RECORD = "model/evidence/documents.yaml"
HASH_LENGTH = 12


class Document(StrictModel):
    """What is recorded of one document."""

    file: str | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    title: str
    author: str
    publisher: str
    kind: Literal[
        "thesis", "essay", "briefing", "commentary", "letter", "report", "other", "record"
    ]
    date: tuple[int | str, int | str]
    date_reason: str
    coded_as_of: int | None = None
    standpoint: str

    @model_validator(mode="after")
    def _check_file(self) -> Document:
        if (self.file is None) != (self.kind == "record"):
            raise ValueError("a document has a 'file'; only a record, whose claims refer, has none")
        return self

    @property
    def last_quarter(self) -> int:
        """The last quarter that the document can speak of: of `coded_as_of`, or of its date."""
        year = self.coded_as_of or int(str(self.date[1])[:4])
        return parse_quarter(year, last=True)


class Record(StrictModel):
    """The file as a whole."""

    documents: dict[str, Document]


@dataclass(frozen=True)
class Documents:
    """Documents by id, and the file in which each is recorded; `own` are those of a user."""

    by_id: dict[str, Document]
    sources: dict[str, Source]
    own: frozenset[str]

    def place(self, identifier: str, key: str) -> Place:
        """File, line and column of a key of a document."""
        return self.sources[identifier].place(("documents", identifier, key))


def load_documents(evidence_folder: Path | None = None) -> Documents:
    """The shipped record, and `documents.yaml` of a user's own folder of evidence.

    Raises
    ------
    DiagnosticsError
        If a record has mistakes, or a user's document has the name of another.
    """
    shipped = read_yaml(FOLDER / "documents.yaml", RECORD)
    by_id = dict(parse_data(shipped, Record, {}).documents)
    sources = dict.fromkeys(by_id, shipped)
    if evidence_folder is None or not (evidence_folder / "documents.yaml").exists():
        return Documents(by_id, sources, frozenset())
    own = read_yaml(evidence_folder / "documents.yaml", str(evidence_folder / "documents.yaml"))
    recorded = parse_data(own, Record, {}).documents
    taken = [
        own.diagnostic(
            ("documents", name),
            f"document '{name}' is already recorded in {RECORD}; give yours another name",
            of_key=True,
        )
        for name in recorded
        if name in by_id
    ]
    if taken:
        raise DiagnosticsError(taken)
    return Documents(by_id | recorded, sources | dict.fromkeys(recorded, own), frozenset(recorded))


def find_text(document: Document, folders: Sequence[Path]) -> Path | None:
    """The file of a document in the first folder that holds it."""
    if document.file is None:
        return None
    return next(
        (folder / document.file for folder in folders if (folder / document.file).is_file()), None
    )


def read_lines(path: Path, document: Document, place: Place) -> tuple[list[str], list[Diagnostic]]:
    """The lines of a document, and what is wrong if it is not the text that was coded.

    A copy with other line ends, or with a byte-order mark, is the same text.
    """
    try:
        raw = path.read_bytes()
        text = decode_text(raw, str(path))
    except OSError as error:
        return [], [Diagnostic(*place, f"{path} {describe_os_error(error, 'read')}")]
    except DiagnosticsError as error:
        return [], list(error.diagnostics)
    lines, found = split_lines(text), _hash_bytes(text.encode())
    if document.sha256 is None:
        return lines, [Diagnostic(*place, f"the document has no 'sha256'; write sha256: {found}")]
    if document.sha256 not in (_hash_bytes(raw), *_hashes_of_copies(text)):
        return lines, [
            Diagnostic(
                *place,
                f"{path.name} is not the text that was coded: its SHA-256 is {found[:12]}..., "
                f"recorded is {document.sha256[:12]}...; restore the text, or code it again",
            )
        ]
    return lines, []


def _hash_bytes(raw: bytes) -> str:
    return sha256(raw).hexdigest()


def _hashes_of_copies(text: str) -> list[str]:
    """The hashes of a text with each kind of line end, with and without a byte-order mark."""
    return [
        _hash_bytes(text.replace("\n", end).encode(encoding))
        for end in ("\n", "\r\n", "\r")
        for encoding in ("utf-8", "utf-8-sig")
    ]


def format_lines(lines: tuple[int, int]) -> str:
    """Lines of a document, in words."""
    first, last = lines
    return f"line {first}" if first == last else f"lines {first} to {last}"


def normalize_whitespace(lines: list[str]) -> str:
    """Lines as one text, with runs of white space as one space."""
    return " ".join(" ".join(lines).split())


def hash_lines(lines: list[str]) -> str:
    """The hash of lines, whatever their white space."""
    return sha256(normalize_whitespace(lines).encode()).hexdigest()[:HASH_LENGTH]
