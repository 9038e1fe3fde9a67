"""The scorecard in a report: how the model forecast documents left out, losses included."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from steppe.experiments.figures.html_page import table
from steppe.model.core.number_text import format_percent
from steppe.model.core.shipped_files import SHIPPED_SCORECARD

ABSENT = (
    '<p class="notice">There is no scorecard: these parameters have not been tested against '
    "documents left out. <code>steppe scorecard --ship</code> makes one.</p>"
)
UNREADABLE = (
    '<p class="notice">The scorecard cannot be read by this version; '
    "<code>steppe scorecard --ship</code> makes it again.</p>"
)


def scorecard_section(path: Path = SHIPPED_SCORECARD) -> str:
    """Tables of the shipped scorecard, or a sentence if there is none."""
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return ABSENT
    except (OSError, ValueError):
        return UNREADABLE
    try:
        return (
            _introduction(record)
            + _documents_table(record["left_out"])
            + _conclusions_table(record)
            + _missed_table(record["missed"])
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return UNREADABLE


def _introduction(record: dict[str, Any]) -> str:
    lost = sum("loses" in row["against"].values() for row in record["left_out"])
    quick = " This is a quick scorecard, of few draws." if record.get("mode") == "quick" else ""
    return (
        "<p>Each document was left out in turn, and what it says was predicted from the others. "
        "The model loses to at least one simple rival on "
        f"{lost} of {len(record['left_out'])} documents.{quick}</p>"
    )


def _documents_table(rows: list[dict[str, Any]]) -> str:
    rivals = list(rows[0]["against"]) if rows else []
    columns = ["Document left out", "Claims", "Right", *(f"Against {rival}" for rival in rivals)]
    cells = [
        [
            row["document"],
            str(row["targets"]),
            _percent(row["right"]["posterior"]),
            *(row["against"][rival] for rival in rivals),
        ]
        for row in rows
    ]
    return table("Prediction of documents that were left out", columns, cells, _class_of_losses)


def _conclusions_table(record: dict[str, Any]) -> str:
    cells = [
        [
            row["says"],
            _percent(row["full"]),
            row["verdict"],
            ", ".join(f"{name}: {verdict}" for name, verdict in row["otherwise"].items()) or "–",
        ]
        for row in record["conclusions"]
    ]
    variants = "; ".join(f"{name} ({says})" for name, says in record["variants"].items())
    return (
        table(
            "Conclusions of the documents, and whether the model reaches them",
            ["Conclusion", "Probability", "Holds", "Differs under"],
            cells,
            _class_of_losses,
        )
        + f'<p class="note">Yes: {_percent(record["likely"])} or more; no: '
        f"{_percent(1 - record['likely'])} or less; open: anything between. The last column names "
        "variants of the model, each calibrated anew, under which the verdict is another: "
        f"{escape(variants)}.</p>"
    )


def _missed_table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "<p>The full model misses no target.</p>"
    return table(
        "Claims that the model misses although it was calibrated with them",
        ["Claim", "Probability given"],
        [[row["says"], _percent(row["probability"])] for row in rows],
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else format_percent(value)


def _class_of_losses(column: str, text: str) -> str:
    return "lost" if text in ("loses", "no") else ""
