"""Observables against what was counted: scores of forecasts, and every cell under the pointer."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from steppe.experiments.analysis.page import AnalysisSummary
from steppe.experiments.figures.html_page import table
from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.observed import stored_observables
from steppe.experiments.results.summary import quantiles
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_fixed, format_percent
from steppe.model.evidence.choice import WITH_SERIES

if TYPE_CHECKING:
    import xarray as xr

MODEL = WITH_SERIES
LEVELS = [0.05, 0.5, 0.95]
THIS_RUN = "this batch"
Cells = dict[str, list[list[float] | None]]  # by `power|republic`, a row of numbers for each year
NOTE = (
    "Points: what was counted; filled where the forecast knew it. Line and band: median and middle "
    "90%. Dashed, with the numbers of the table: its rivals. The table has the year under the "
    "pointer; the arrow keys move it."
)
NO_BACKTEST = (
    "This batch has learnt from what was counted, so that its bands pass near it up to {last}; how "
    "well it forecasts shows only where it had not: <code>steppe backtest --out {out}</code>, then "
    "<code>steppe report</code> again, adds scores and the rivals."
)


def data_entry(found: Mapping[str, Any]) -> str:
    """The section's line in the list of contents; empty if there is no section."""
    return '<li><a href="#counted-title">Against what was counted</a></li>' if found else ""


def data_to_show(
    dataset: xr.Dataset, request: Mapping[str, Any], analyses: Sequence[AnalysisSummary]
) -> dict[str, Any]:
    """What the chart of a cell reads; empty if nothing was counted.

    Parameters
    ----------
    dataset : from `year_ends`. analyses : of which the last finished backtest is shown.
    """
    series = request.get("series", {})
    backtest = next((one for one in reversed(analyses) if _is_backtest(one)), None)
    scores: dict[str, Any] = {}
    if backtest is not None:
        scores = json.loads((backtest.folder / "scores.json").read_bytes())
    counted = scores.get("counted") or next(
        ({"observable": name, **row} for name, row in series.items()), None
    )
    if counted is None:
        return {}
    forecasts = _read_forecasts(backtest) if backtest is not None else []
    observable = counted["observable"]
    if observable in series:
        forecasts.append(_of_batch(dataset, request, observable))
    return {
        **counted,
        "cells": {
            f"{power}|{republic}": shares
            for power, of_power in counted["shares"].items()
            for republic, shares in of_power.items()
        },
        "powers": list(counted["shares"]),
        "republics": list(next(iter(counted["shares"].values()))),
        "colours": {power: batch_cast(dataset).colour(power) for power in counted["shares"]},
        "model": MODEL,
        "forecasts": forecasts,
        "scores": scores.get("scores", []),
        "sentences": list(backtest.sentences) if backtest is not None else [],
    }


def _is_backtest(analysis: AnalysisSummary) -> bool:
    files = ("scores.json", "cells.csv")
    return (
        analysis.verb == "backtest"
        and analysis.finished
        and all((analysis.folder / name).is_file() for name in files)
    )


def _read_forecasts(backtest: AnalysisSummary) -> list[dict[str, Any]]:
    """The forecasts from each origin: by method, low, point and high of every year and cell."""
    with (backtest.folder / "cells.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    years: dict[str, list[int]] = {}
    for origin, year in sorted({(row["origin"], int(row["year"])) for row in rows}):
        years.setdefault(origin, []).append(year)
    found: dict[str, dict[str, Any]] = {
        origin: {"label": origin, "known": int(origin), "years": then, "methods": {}}
        for origin, then in years.items()
    }
    for row in rows:
        then = years[row["origin"]]
        cells: Cells = found[row["origin"]]["methods"].setdefault(row["method"], {})
        values = cells.setdefault(f"{row['power']}|{row['republic']}", [None] * len(then))
        band = (row["low90"], row["point"], row["high90"])
        values[then.index(int(row["year"]))] = [round(float(number), 4) for number in band]
    return list(found.values())


def _of_batch(dataset: xr.Dataset, request: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The observable in the batch itself, which knew all of its own series."""
    names = [str(one) for one in dataset["scenario"].values]
    scenario = BASELINE if BASELINE in names else names[0]
    row = next(one for one in stored_observables(dataset) if one.name == name)
    found = quantiles(dataset.sel(scenario=[scenario]), row).squeeze("scenario", drop=True)
    bands = found.sel(quantile=LEVELS).transpose("power", "republic", "time", "quantile")
    cells = {
        f"{power}|{republic}": _rounded(bands.sel(power=power, republic=republic).values)
        for power in bands["power"].values
        for republic in bands["republic"].values
    }
    return {
        "label": f"{THIS_RUN}, {request['titles'].get(scenario, scenario)}",
        "known": request["series"][name]["years"][-1],
        "years": [int(year) for year in dataset["time"].dt.year.values],
        "methods": {MODEL: cells},
    }


def _rounded(values: Array) -> list[list[float] | None]:
    return [
        None if row[0] != row[0] else [round(float(number), 4) for number in row] for row in values
    ]


def data_section(found: Mapping[str, Any], out: str) -> str:
    """The section: scores, losses as plain as wins, and a chart of one cell; or nothing."""
    if not found:
        return ""
    name, years = escape(found["observable"]), found["years"]
    about = (
        "".join(f"<li>{escape(sentence)}</li>" for sentence in found["sentences"])
        if found["scores"]
        else f"<li>{NO_BACKTEST.format(last=years[-1], out=escape(out))}</li>"
    )
    return (
        '<section aria-labelledby="counted-title">'
        f'<h2 id="counted-title" tabindex="-1">{name.capitalize()} against what was counted</h2>'
        f"<p>{years[0]} to {years[-1]}, {escape(found['source'])}.</p><ul>{about}</ul>"
        f"{_score_table(found['scores'])}"
        '<form class="pickers" autocomplete="off">'
        '<label>Power <select id="counted-power"></select></label>'
        '<label>Republic <select id="counted-republic"></select></label>'
        '<label>Forecast from the end of <select id="counted-origin"></select></label></form>'
        '<figure class="chart" id="counted-chart" role="img" tabindex="0"></figure>'
        f'<p class="note">{NOTE}</p><div id="counted-values" class="wide"></div></section>'
    )


def _score_table(scores: Sequence[Mapping[str, Any]]) -> str:
    """Each forecast over all cells, and its error by horizon; marked where it beats the model."""
    if not scores:
        return ""
    rows: dict[tuple[str, str], Mapping[str, Any]] = {
        (str(row["value"]), row["method"]): row for row in scores if row["by"] in ("all", "horizon")
    }
    methods = list(dict.fromkeys(method for _, method in rows))
    horizons = list(dict.fromkeys(value for value, _ in rows if value != "all"))
    own = rows["all", MODEL]
    cells = [
        [
            method,
            format_fixed(rows["all", method]["mae"], 4),
            _against(rows["all", method]["mae"], own["mae"], method),
            format_fixed(rows["all", method]["crps"], 4),
            _against(rows["all", method]["crps"], own["crps"], method),
            format_percent(rows["all", method]["cover50"]),
            format_percent(rows["all", method]["cover90"]),
            *(format_fixed(rows[horizon, method]["mae"], 4) for horizon in horizons),
        ]
        for method in methods
    ]
    ahead = [f"Error, {horizon} year{'s' * (horizon != '1')} ahead" for horizon in horizons]
    columns = ["Forecast", "Mean error", "The model, by error", "CRPS", "The model, by CRPS"]
    return table(
        "Forecasts of every cell from every origin, in shares; lower is better but for the bands, "
        "which should hold 50% and 90%",
        [*columns, "In 50% band", "In 90% band", *ahead],
        cells,
        lambda column, text: "lost" if text.startswith("loses") else "",
    )


def _against(rival: float, own: float, method: str) -> str:
    """Whether the model wins against a rival, and by how much."""
    if method == MODEL:
        return "–"
    change = own / rival - 1
    if round(abs(change), 3) == 0:
        return "level"
    return f"{'wins' if change < 0 else 'loses'} by {format_percent(abs(change))}"
