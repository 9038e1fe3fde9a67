"""The scorecard in a report: how the model fared on documents it had not seen, losses included."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parents[2] / "model" / "parameters" / "scorecard.json"
ABSENT = (
    '<p class="notice">There is no scorecard: nobody has yet tested these weights against documents that were left out. '
    "<code>steppe scorecard --ship</code> makes one.</p>"
)
UNREADABLE = '<p class="notice">The scorecard that is there cannot be read by this version; <code>steppe scorecard --ship</code> makes it anew.</p>'


def scorecard_section(path: Path = SHIPPED) -> str:
    """Tables of the shipped scorecard, or a plain sentence where there is none."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ABSENT
    except (OSError, ValueError):
        return UNREADABLE
    try:
        return (
            _head(record)
            + _documents(record["left_out"])
            + _conclusions(record["conclusions"])
            + _missed(record["missed"])
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return UNREADABLE


def _head(record: dict[str, Any]) -> str:
    lost = sum("loses" in row["against"].values() for row in record["left_out"])
    quick = " This is a quick scorecard, of few draws." if record.get("mode") == "quick" else ""
    return (
        f"<p>Each document was left out in turn, and what it says was predicted from the others. The model loses to at least one simple rival on "
        f"{lost} of {len(record['left_out'])} documents.{quick}</p>"
    )


def _documents(rows: list[dict[str, Any]]) -> str:
    rivals = list(rows[0]["against"]) if rows else []
    head = ["Document left out", "Claims", "Right", *(f"Against {rival}" for rival in rivals)]
    body = [
        [
            row["document"],
            row["targets"],
            _part(row["right"]["posterior"]),
            *(row["against"][rival] for rival in rivals),
        ]
        for row in rows
    ]
    return _table("Prediction of documents that were left out", head, body)


def _conclusions(rows: list[dict[str, Any]]) -> str:
    body = [
        [
            row["says"],
            _part(row["full"]),
            "yes" if row["holds"] else "no",
            ", ".join(row["flips"]) or "none",
        ]
        for row in rows
    ]
    return _table(
        "Conclusions of the documents, and whether the model reaches them",
        ["Conclusion", "Probability", "Holds", "Turned round by leaving out"],
        body,
    )


def _missed(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "<p>No claim that is a target is missed by the full model.</p>"
    return _table(
        "Claims that the model misses, though it has seen them",
        ["Claim", "Probability given"],
        [[row["says"], _part(row["probability"])] for row in rows],
    )


def _part(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _table(caption: str, head: list[str], body: list[list[Any]]) -> str:
    columns = "".join(f'<th scope="col">{escape(str(word))}</th>' for word in head)
    rows = "".join(
        "<tr>" + "".join(_cell(column, value) for column, value in enumerate(row)) + "</tr>"
        for row in body
    )
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption, quote=True)}" tabindex="0"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(column: int, value: Any) -> str:
    text = escape(str(value))
    if column == 0:
        return f'<th scope="row">{text}</th>'
    return f'<td class="lost">{text}</td>' if value in ("loses", "no") else f"<td>{text}</td>"
