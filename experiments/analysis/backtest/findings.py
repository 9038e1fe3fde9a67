"""Sentences and the table that a page shows of a backtest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from steppe.experiments.analysis.folder import Row
from steppe.model.core.number_text import format_fixed, format_percent, format_signed

from .baselines import METHODS
from .forecasts import MODEL

LIMITS = (
    "Shares of one year of one source; cells of a republic add up to 1 and go up and down "
    "together, so that few republics count as few observations. The widths of the layer were set "
    "on the years to 2006 of the shipped series, and the documents, of 2010 to 2023, know what "
    "came after an origin: what is known at an origin is not all that the model has seen. Only "
    "figures that nobody had when it was made are a clean test."
)
COLUMNS = {
    "mae": "mean error",
    "log_error": "log-ratio error",
    "order": "order of changes",
    "cover50": "in 50% band",
    "cover90": "in 90% band",
    "crps": "CRPS",
}


def rows_by(scores: Sequence[Mapping[str, Any]], by: str) -> dict[tuple[Any, str], Any]:
    """Rows of the table of scores for one way of dividing cells, by value and method."""
    return {(row["value"], row["method"]): row for row in scores if row["by"] == by}


def table_rows(scores: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Over all cells, then by horizon: what the page shows."""
    rows = []
    for by in ("all", "horizon"):
        for (value, method), row in rows_by(scores, by).items():
            group = "all" if by == "all" else f"{value} {'year' if value == 1 else 'years'} ahead"
            shown = {COLUMNS[name]: _format(name, row[name]) for name in COLUMNS}
            rows.append({"cells": group, "forecast": method, **shown})
    return rows


def _format(name: str, value: float) -> str:
    if math.isnan(value):
        return "none"
    if name.startswith("cover"):
        return format_percent(value)
    return format_signed(value) if name == "order" else format_fixed(value, 4)


def without_nan(value: Any) -> Any:
    """The same with None for what is not a number, which JSON does not know."""
    if isinstance(value, Mapping):
        return {key: without_nan(own) for key, own in value.items()}
    if isinstance(value, list):
        return [without_nan(own) for own in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def sentences(
    scores: Sequence[Mapping[str, Any]], paired: Sequence[Mapping[str, Any]], quick: bool
) -> list[str]:
    """What was found, losses as plain as wins."""
    of_all = {method: row for (_, method), row in rows_by(scores, "all").items()}
    model = of_all[MODEL]
    best = min(METHODS, key=lambda name: of_all[name]["mae"])
    best_crps = min(METHODS, key=lambda name: of_all[name]["crps"])
    found = [
        f"Mean error {format_fixed(model['mae'], 4)} over {round(model['cells'])} cells: "
        f"{_compare(model['mae'], of_all['persistence']['mae'])} persistence "
        f"({format_fixed(of_all['persistence']['mae'], 4)}), and "
        f"{_compare(model['mae'], of_all[best]['mae'])} the best baseline, {best} "
        f"({format_fixed(of_all[best]['mae'], 4)}).",
        f"CRPS {format_fixed(model['crps'], 4)}: "
        f"{_compare(model['crps'], of_all[best_crps]['crps'])} the best baseline, {best_crps} "
        f"({format_fixed(of_all[best_crps]['crps'], 4)}).",
        f"Its 90% bands hold {format_percent(model['cover90'])} of what was counted, its 50% bands "
        f"{format_percent(model['cover50'])}.",
    ]
    found += [_paired_sentence(row) for row in paired if row["score"] == "mae"]
    if quick:
        found.append("Few particles (--quick): a first look.")
    return found


def _compare(own: float, other: float) -> str:
    change = own / other - 1
    if round(abs(change), 3) == 0:
        return "level with"
    return f"{format_fixed(100 * abs(change), 1)}% {'below' if change < 0 else 'above'}"


def _paired_sentence(row: Mapping[str, Any]) -> str:
    where = f"in {row['republics_better']} of {row['republics']} republics"
    interval = (
        ""
        if math.isnan(row["low"])
        else f" (90%: {format_signed(row['low'], 4)} to {format_signed(row['high'], 4)})"
    )
    return (
        f"Mean error less that of {row['rival']}: {format_signed(row['difference'], 4)}{interval}; "
        f"lower {where}."
    )
