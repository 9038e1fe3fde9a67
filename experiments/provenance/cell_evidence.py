"""Evidence behind every cell: coded values and claims, each stored once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import code_inputs, default_inputs
from steppe.model.evidence.documents import load_documents
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.scenario.load import Scenario

from .cell_events import Sources
from .cell_explanation import explain_cell
from .explanation_text import format_over_time, format_source


class _UniqueList:
    """A list that stores equal items once."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._positions: dict[str, int] = {}

    def add(self, item: Any) -> int:
        """The position of the item, which is appended if it is new."""
        key = repr(item)
        if key not in self._positions:
            self._positions[key] = len(self.items)
            self.items.append(item)
        return self._positions[key]


def evidence_of_cells(
    republics: Sequence[str],
    channels: Sequence[str],
    holders: Sequence[str],
    evidence_folder: Path | None,
    history: Scenario,
) -> dict[str, Any]:
    """Claims, values and cells; cells refer to values, and values to claims, by position.

    Events are those of `history`.

    Powers and republics that a scenario added have no cell.

    Raises
    ------
    RequestError
        If a user's own claims have mistakes.
    """
    cast, evidence = default_cast(), load_evidence(evidence_folder)
    inputs = default_inputs() if evidence_folder is None else code_inputs(evidence, cast)
    sources = Sources(inputs, evidence, history)
    claims, values = _UniqueList(), _UniqueList()
    cells = {}
    for power, republic, channel in product(holders, republics, channels):
        known = (
            power in cast.power_names
            and republic in cast.republic_names
            and channel in cast.channel_names
        )
        if known:
            explanation = explain_cell((power, republic, channel), sources)
            cells[f"{power}|{republic}|{channel}"] = _compact(explanation, claims, values)
    documents = load_documents(evidence_folder).by_id
    return {
        "fingerprint": fingerprint(evidence),
        "documents": {name: document.title for name, document in documents.items()},
        "claims": claims.items,
        "values": values.items,
        "cells": cells,
    }


def _compact(
    explanation: dict[str, Any], claims: _UniqueList, values: _UniqueList
) -> dict[str, Any]:
    """A cell with its claims and values replaced by their positions in the lists."""
    value_positions = [
        values.add(
            {
                **{key: value[key] for key in ("what", "status", "how")},
                "over_time": format_over_time(value),
                "claims": [claims.add(_claim(claim)) for claim in value["claims"]],
            }
        )
        for value in explanation["values"]
    ]
    return {
        "values": value_positions,
        "events": [
            {key: event[key] for key in ("what", "when")} for event in explanation["events"]
        ],
        "contradictions": explanation["contradictions"],
        "targets": [claims.add(_claim(claim)) for claim in explanation["targets"]],
    }


def _claim(claim: dict[str, Any]) -> dict[str, Any]:
    keys = ("id", "says", "document", "confidence", "level", "codings")
    return {**{key: claim[key] for key in keys}, "where": format_source(claim)}
