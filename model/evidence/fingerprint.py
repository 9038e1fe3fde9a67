"""A hash of everything that the evidence puts into the model."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from steppe.model.core.text_files import read_text

from .claims import FOLDER, Evidence, load_evidence

_WORDING = {"says", "reason", "hash", "lines", "figure", "references", "want"}


def fingerprint(evidence: Evidence) -> str:
    """A hash of claims, institutions and sizes; wording and reasons do not count."""
    digest = sha256()
    for claim in sorted(evidence.claims, key=lambda claim: claim.id):
        data = claim.model_dump(mode="json", exclude=_WORDING)
        digest.update(json.dumps(data, sort_keys=True).encode())
    for name in ("economies.yaml", "institutions.yaml"):
        path = FOLDER / name
        digest.update(read_text(path).encode() if path.exists() else b"")
    return digest.hexdigest()[:16]


@cache
def shipped_evidence_fingerprint() -> str:
    """The fingerprint of the shipped evidence."""
    return fingerprint(load_evidence())
