"""A hash of everything that the evidence puts into the model."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from steppe.model.core.disk_cache import load_or_make
from steppe.model.core.text_files import read_text

from .claims import Evidence, load_evidence, shipped_evidence_files
from .documents import FOLDER

_WORDING = {"says", "reason", "hash", "lines", "figure", "references", "want"}


def fingerprint(evidence: Evidence) -> str:
    """A hash of claims, ends of documents, institutions and sizes; wording does not count."""
    digest = sha256()
    for claim in sorted(evidence.claims, key=lambda claim: claim.id):
        data = claim.model_dump(mode="json", exclude=_WORDING)
        digest.update(json.dumps(data, sort_keys=True).encode())
    used = set(evidence.document_of.values())
    stops = {name: last for name, last in evidence.last_quarters.items() if name in used}
    digest.update(json.dumps(stops, sort_keys=True).encode())
    for name in ("economies.yaml", "institutions.yaml"):
        path = FOLDER / name
        digest.update(read_text(path).encode() if path.exists() else b"")
    return digest.hexdigest()[:16]


@cache
def shipped_evidence_fingerprint() -> str:
    """The fingerprint of the shipped evidence; kept on disk."""
    return load_or_make("evidence", shipped_evidence_files(), lambda: fingerprint(load_evidence()))
