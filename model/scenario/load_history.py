"""The history that goes with a choice of evidence."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.history import render_history

from .load import Scenario, load_scenario


def load_history(evidence_folder: Path | None = None) -> Scenario:
    """The shipped history, or with `DOCUMENTS_ONLY` the one without the public record."""
    if evidence_folder != DOCUMENTS_ONLY:
        return load_scenario("history")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history-documents-only.yaml"
        text = render_history(load_evidence(DOCUMENTS_ONLY), default_cast())
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)
