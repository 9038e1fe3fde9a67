"""The documents themselves: what is recorded of them, and their lines where a folder holds them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ..faults import Fault, FaultsFound
from ..fields import Strict
from ..validation import validated
from ..yaml_source import Source, read_yaml
from .claims import FOLDER

RECORD = "model/evidence/documents.yaml"
HASH_LENGTH = 12


class Document(Strict):
    """What is recorded of one document."""

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    title: str
    author: str
    publisher: str
    kind: Literal["thesis", "essay", "briefing", "commentary", "letter", "report", "other"]
    date: tuple[int | str, int | str]
    date_reason: str
    standpoint: str


class Record(Strict):
    documents: dict[str, Document]


@dataclass(frozen=True)
class Documents:
    """Documents by identifier, and the file in which each is recorded."""

    by_id: dict[str, Document]
    sources: dict[str, Source]

    def place(self, identifier: str, key: str) -> tuple[str, int, int]:
        return self.sources[identifier].place(("documents", identifier, key))


def load_documents(extra: Path | None = None) -> Documents:
    """The shipped record, and `documents.yaml` of a user's own folder of evidence.

    Raises
    ------
    FaultsFound
        If a record has mistakes.
    """
    by_id: dict[str, Document] = {}
    sources: dict[str, Source] = {}
    files = [(FOLDER / "documents.yaml", RECORD)]
    if extra is not None and (extra / "documents.yaml").exists():
        files.append((extra / "documents.yaml", str(extra / "documents.yaml")))
    for path, shown in files:
        source = read_yaml(path, shown)
        for identifier, document in validated(source, Record, {}).documents.items():
            by_id[identifier] = document
            sources[identifier] = source
    return Documents(by_id, sources)


def read_lines(document: Document, folder: Path, place: tuple[str, int, int]) -> tuple[list[str], list[Fault]]:
    """The lines of a document, and faults if it is missing or not the one that was coded."""
    path = folder / document.file
    try:
        raw = path.read_bytes()
    except OSError as error:
        return [], [Fault(*place, f"{path} cannot be read ({error.strerror}); give the folder with --documents")]
    found = sha256(raw).hexdigest()
    faults = [] if found == document.sha256 else [
        Fault(*place, f"{path.name} is not the text that was coded: its SHA-256 is {found[:12]}..., recorded is {document.sha256[:12]}...")]
    return raw.decode("utf-8", errors="replace").splitlines(), faults


def folded(lines: list[str]) -> str:
    """Lines as one text, runs of white space as one space."""
    return " ".join(" ".join(lines).split())


def hash_of(lines: list[str]) -> str:
    """The hash of a line range, white space folded."""
    return sha256(folded(lines).encode()).hexdigest()[:HASH_LENGTH]
