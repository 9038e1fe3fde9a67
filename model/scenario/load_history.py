"""The history that goes with a choice of evidence."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from steppe.model.core.cast import default_cast
from steppe.model.core.yaml_source import Source, parse_yaml
from steppe.model.evidence.claims import DOCUMENTS_ONLY, load_evidence
from steppe.model.evidence.history import render_history

from .find_files import SHIPPED_HISTORY
from .load import Scenario, complete_scenario, load_scenario
from .merge import merge_chain

HISTORY = SHIPPED_HISTORY.stem
WITHOUT_RECORD = "history-documents-only.yaml"  # made from the claims; no such file exists


def load_history(evidence_folder: Path | None = None) -> Scenario:
    """The shipped history, or with `DOCUMENTS_ONLY` the one without the public record."""
    source = history_source(evidence_folder)
    if source is None:
        return load_scenario(HISTORY)
    return replace(complete_scenario(merge_chain([source])), name=HISTORY)


def history_source(evidence_folder: Path | None) -> Source | None:
    """What takes the place of the shipped history under a choice of evidence, if anything."""
    return history_without_record() if evidence_folder == DOCUMENTS_ONLY else None


@cache
def history_without_record() -> Source:
    """The history that the claims of the documents alone give."""
    text = render_history(load_evidence(DOCUMENTS_ONLY), default_cast())
    return parse_yaml(text, WITHOUT_RECORD)
