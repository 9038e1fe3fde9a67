"""Figures of a backtest: errors by horizon, and data as points over the bands of forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import muted_colour, text_colour
from steppe.model.core.cast import Cast
from steppe.model.evidence.series import Series

from .findings import rows_by
from .forecasts import DOCUMENTS, MODEL
from .scores import Forecast

COLOURS = {
    MODEL: "#0072B2",
    DOCUMENTS: "#56B4E9",
    "persistence": "#000000",
    "damped drift, each cell": "#E69F00",
    "damped drift, each power": "#D55E00",
    "Holt, damped": "#CC79A7",
}
MARKERS = dict(zip(COLOURS, "os^vDx", strict=True))


def error_page(scores: Sequence[Mapping[str, Any]], series: Series, quick: bool) -> Figure:
    """Mean error and CRPS by horizon, of the model and its rivals."""
    rows = rows_by(scores, "horizon")
    horizons = sorted({value for value, _ in rows})
    figure, axes = PageLayout(
        1,
        2,
        f"Forecasts of {series.observable} against what was counted",
        "Mean error and CRPS of shares, by years ahead; lower is better",
        f"{series.record.source}, {series.record.release}; {series.describe()}. CRPS scores the "
        f"whole band.{' Few particles.' if quick else ''}",
        panel=(3.9, 2.6),
        left=0.7,
        gap=0.6,
        foot=0.35,
        legends=([_legend_entry(method) for method in COLOURS],),
    ).make()
    for ax, score, label in zip(axes[0], ("mae", "crps"), ("mean error", "CRPS"), strict=True):
        for method in COLOURS:
            points = [(h, rows[h, method][score]) for h in horizons if (h, method) in rows]
            if points:
                ax.plot(
                    *zip(*points, strict=True),
                    color=_colour(method),
                    marker=MARKERS[method],
                    markersize=4,
                    linewidth=2.0 if method == MODEL else 1.0,
                    gid=method,
                )
        ax.set_ylim(bottom=0)
        ax.set_xticks(horizons)
        ax.set_ylabel(label, color=muted_colour())
        ax.set_xlabel("years ahead", color=muted_colour(), labelpad=3)
    return figure


def _colour(method: str) -> Any:
    return text_colour() if method == "persistence" else COLOURS[method]


def _legend_entry(method: str) -> tuple[Line2D, str]:
    line = Line2D([], [], color=_colour(method), marker=MARKERS[method], markersize=4)
    return line, method


def data_page(forecasts: Sequence[Forecast], series: Series, cast: Cast) -> Figure:
    """What was counted, over the model's bands from the first origin, in every cell."""
    first = min(row.origin for row in forecasts)
    of_first = {row.method: row for row in forecasts if row.origin == first}
    figure, axes = PageLayout(
        len(cast.republics),
        len(cast.powers),
        f"{series.observable.capitalize()}: forecast at the end of {first}, and what was counted",
        f"{series.record.source}, {series.record.release}; share of the four powers, 0 to 1",
        "Points: counted; filled up to the origin, open after it. Bands: 50% and 90% of the model "
        "with both layers, discrepancy and noise included. Dashes: persistence.",
        panel=(2.0, 1.15),
        left=0.95,
        gap=0.3,
        head=0.08,
        foot=0.16,
        legends=(_data_legend(),),
    ).make()
    for row, republic in enumerate(cast.republics):
        for column, power in enumerate(cast.powers):
            _draw_cell(axes[row, column], of_first, series, column, row, power.colour)
            if row == 0:
                axes[row, column].set_title(power.name, fontsize=8)
            if column == 0:
                axes[row, column].set_ylabel(republic.name, color=muted_colour())
    return figure


def _data_legend() -> list[tuple[Any, str]]:
    return [
        (Line2D([], [], color=text_colour(), marker="o", markersize=3, linestyle=""), "counted"),
        (Patch(facecolor=muted_colour(), alpha=0.5), "50% band"),
        (Patch(facecolor=muted_colour(), alpha=0.25), "90% band"),
        (Line2D([], [], color=text_colour(), linestyle=(0, (4, 2))), "persistence"),
    ]


def _draw_cell(
    ax: Any,
    of_first: Mapping[str, Forecast],
    series: Series,
    power: int,
    republic: int,
    colour: str,
) -> None:
    model = of_first[MODEL]
    years, draws = np.array(model.years), model.draws[:, power, republic]
    for low, high, opacity in ((0.05, 0.95, 0.22), (0.25, 0.75, 0.4)):
        band = np.quantile(draws, [low, high], axis=-1)
        ax.fill_between(years, *band, color=colour, alpha=opacity, linewidth=0)
    ax.plot(years, model.point[:, power, republic], color=colour, linewidth=1.4)
    stays = of_first["persistence"].point[:, power, republic]
    ax.plot(years, stays, color=text_colour(), linestyle=(0, (4, 2)), linewidth=0.8)
    counted = series.value[:, power, republic]
    known = np.array(series.years) <= model.origin
    for shown, fill in ((known, text_colour()), (~known, "none")):
        ax.plot(
            np.array(series.years)[shown],
            counted[shown],
            "o",
            markersize=2.6,
            markerfacecolor=fill,
            markeredgecolor=text_colour(),
            markeredgewidth=0.7,
        )
    ax.set_ylim(0, None)
    ax.set_xticks([series.years[0], model.origin, series.years[-1]])
