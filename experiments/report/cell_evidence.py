"""What the drawer of a report shows: for every cell the coded values and claims behind it, each kept once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steppe.experiments.errors import RequestError
from steppe.experiments.provenance.explain import cell_explanation
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.documents import load_documents
from steppe.model.evidence.fingerprint import fingerprint


class _Once:
    """A list in which equal things stand once."""

    def __init__(self):
        self.items: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, item: Any) -> int:
        key = repr(item)
        if key not in self._places:
            self._places[key] = len(self.items)
            self.items.append(item)
        return self._places[key]


def evidence_of_cells(
    republics: Sequence[str],
    channels: Sequence[str],
    holders: Sequence[str],
    evidence_folder: Path | None = None,
) -> dict[str, Any]:
    """Claims, values and cells; cells name values by number, values name claims by number.

    A holder or a republic that a scenario brought along has no cell here.

    Raises
    ------
    RequestError
        If a user's own claims have mistakes.
    """
    cast = default_cast()
    try:
        evidence = load_evidence(evidence_folder)
    except DiagnosticsError as found:
        raise RequestError(str(found)) from None
    inputs = code_inputs(evidence, cast)
    claims, values, cells = _Once(), _Once(), {}
    for power in (name for name in holders if name in cast.power_names):
        for republic in (name for name in republics if name in cast.republic_names):
            for channel in (name for name in channels if name in cast.channel_names):
                found = cell_explanation(power, republic, channel, inputs, evidence)
                cells["|".join((power, republic, channel))] = _compact(found, claims, values)
    documents = {
        name: document.title for name, document in load_documents(evidence_folder).by_id.items()
    }
    return {
        "fingerprint": fingerprint(evidence),
        "documents": documents,
        "claims": claims.items,
        "values": values.items,
        "cells": cells,
    }


def _compact(found: dict[str, Any], claims: _Once, values: _Once) -> dict[str, Any]:
    rows = [
        values.place(
            {
                **{key: value[key] for key in ("what", "over_time", "status", "how")},
                "claims": [claims.place(_claim(claim)) for claim in value["claims"]],
            }
        )
        for value in found["values"]
    ]
    events = [{key: event[key] for key in ("what", "when")} for event in found["events"]]
    return {
        "values": rows,
        "events": events,
        "contradictions": found["contradictions"],
        "targets": [claims.place(_claim(claim)) for claim in found["targets"]],
    }


def _claim(claim: dict[str, Any]) -> dict[str, Any]:
    return {
        key: claim[key]
        for key in ("id", "says", "document", "lines", "confidence", "level", "second_level")
    }
