"""Figures of a calibration, each about as wide as a phone, to embed in a page."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.experiments.figures.style import (
    SMALL_SIZE,
    TEXT_SIZE,
    grid_colour,
    muted_colour,
    text_colour,
)
from steppe.experiments.figures.text_layout import truncate, wrap
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.number_text import format_percent

from .calibration_plan import CalibrationPlan
from .fit import Fit
from .likelihood import targets_met
from .simulated_draws import SimulatedDraws

ACCENT = "#1F6FB2"
BINS = 24
PAGE_WIDTH, PANEL_WIDTH = 4.3, 1.75  # inches
LINE_HEIGHT = 0.15  # inches
LABEL_ROOM = 0.3  # right of the bands, in parts of their scale


def svg_data_uri(figure: Figure) -> str:
    """A figure as a data URI for an image; the same figure gives the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()


def parameter_panel(label: str, fit: Fit, *, learned: bool) -> Figure:
    """Prior in grey and posterior in blue, as densities over the prior's range."""
    figure, ax = _single_axes(PANEL_WIDTH, 1.15, left=0.05, right=0.95, bottom=0.17, top=0.82)
    values = fit.prior.table[label]
    edges = np.linspace(values.min(), values.max(), BINS + 1)
    prior, _ = np.histogram(values, edges, density=True)
    posterior, _ = np.histogram(fit.posterior.table[label], edges, density=True)
    ax.stairs(prior, edges, fill=True, color=grid_colour(), gid="prior")
    ax.stairs(
        posterior,
        edges,
        color=ACCENT if learned else muted_colour(),
        linewidth=1.3,
        gid="posterior",
    )
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.1 * max(prior.max(), posterior.max()))
    _tick_ends(ax, edges)
    ax.set_title(
        truncate(label, PANEL_WIDTH * 68, TEXT_SIZE),
        size=TEXT_SIZE,
        loc="left",
        pad=3,
        fontweight="bold" if learned else "normal",
    )
    return figure


def pair_panel(pair: pd.Series, fit: Fit) -> Figure:
    """Posterior density over two parameters: the darker, the more draws."""
    size = PANEL_WIDTH * 1.25
    figure, ax = _single_axes(size, size, left=0.24, right=0.97, bottom=0.22, top=0.97)
    first, second = (fit.posterior.table[pair[name]] for name in ("first", "second"))
    density, x_edges, y_edges = np.histogram2d(first, second, bins=BINS)
    ax.pcolormesh(x_edges, y_edges, density.T, cmap="Blues", rasterized=True)
    ax.grid(visible=False)
    _tick_ends(ax, x_edges)
    ax.set_yticks([y_edges[0], y_edges[-1]], _end_labels(y_edges))
    ax.set_xlabel(pair["first"], size=SMALL_SIZE)
    ax.set_ylabel(pair["second"], size=SMALL_SIZE)
    return figure


def margin_range(targets: pd.DataFrame) -> tuple[float, float]:
    """The range of the margins in all bands, so that all figures share one scale."""
    return float(targets[["prior 5 %", "posterior 5 %"]].min(axis=None)), float(
        targets[["prior 95 %", "posterior 95 %"]].max(axis=None)
    )


def targets_figure(rows: pd.DataFrame, limits: tuple[float, float]) -> Figure:
    """Margins of targets under prior (grey) and posterior (blue): 5 to 95% with the median.

    Parameters
    ----------
    rows : of `FitDiagnostics.targets`. limits : from `margin_range`.
    """
    texts = [wrap(says, (PAGE_WIDTH - 0.3) * 72, SMALL_SIZE)[:2] for says in rows["says"]]
    heights = [LINE_HEIGHT * len(lines) + 0.42 for lines in texts]
    total = sum(heights) + 0.45
    figure = Figure(figsize=(PAGE_WIDTH, total))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.035, 0.33 / total, 0.93, 1 - 0.38 / total))
    top = 0.0
    for lines, height, (_, row) in zip(texts, heights, rows.iterrows(), strict=True):
        _draw_target(ax, top, lines, row)
        top -= height
    ax.set_ylim(top, 0.02)
    low, high = min(limits[0], -0.1), max(limits[1], 0.1)
    ax.set_xlim(low - 0.02, high + LABEL_ROOM * (high - low))
    ax.set_xticks(np.arange(np.ceil(low), high + 1e-9, 1.0))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return figure


def _draw_target(ax: Axes, top: float, lines: list[str], row: pd.Series) -> None:
    """What a target says, its two bands below, and how often it is met at the right."""
    bar = top - LINE_HEIGHT * len(lines) - 0.12
    across = ax.get_yaxis_transform()
    ax.text(
        0,
        top - 0.03,
        "\n".join(lines),
        transform=across,
        va="top",
        size=SMALL_SIZE,
        color=text_colour(),
    )
    _draw_band(ax, bar, row, "prior", muted_colour(), 0.30)
    _draw_band(ax, bar - 0.11, row, "posterior", ACCENT, 0.45)
    ax.plot(
        [row["expected"]] * 2,
        [bar + 0.06, bar - 0.17],
        color=text_colour(),
        linewidth=0.9,
        zorder=3,
    )
    ax.text(
        1,
        bar - 0.055,
        " to ".join(format_percent(row[f"met under the {one}"]) for one in ("prior", "posterior")),
        ha="right",
        va="center",
        transform=across,
        size=SMALL_SIZE,
        fontweight="normal" if row["met"] else "bold",
    )


def _draw_band(
    ax: Axes, height: float, row: pd.Series, which: str, colour: str, opacity: float
) -> None:
    low, middle, high = (row[f"{which} {part}"] for part in ("5 %", "median", "95 %"))
    ax.plot(
        [low, high],
        [height, height],
        color=colour,
        linewidth=4.5,
        alpha=opacity,
        solid_capstyle="butt",
        gid=which,
    )
    ax.plot([middle], [height], "o", color=colour, markersize=3.4)


def targets_met_figure(fit: Fit) -> Figure:
    """How many targets a draw meets: the prior predictive in grey, the posterior in blue."""
    figure, ax = _single_axes(PAGE_WIDTH, 1.9, left=0.04, right=0.97, bottom=0.25, top=0.97)
    plan = fit.plan
    edges = np.arange(len(plan.targets) + 2) - 0.5
    prior, posterior = (
        np.histogram(count_targets_met(plan, draws), edges, density=True)[0]
        for draws in (fit.prior, fit.posterior)
    )
    ax.stairs(prior, edges, fill=True, color=grid_colour(), label="prior")
    ax.stairs(posterior, edges, color=ACCENT, linewidth=1.4, label="posterior")
    occupied = np.flatnonzero(prior + posterior)
    ax.set_xlim(occupied[0] - 1.5, occupied[-1] + 1.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(f"targets met, of {len(plan.targets)}")
    ax.legend(loc="upper left")
    return figure


def count_targets_met(plan: CalibrationPlan, draws: SimulatedDraws) -> IntArray:
    """How many targets each draw meets, (n,)."""
    met = targets_met(plan.targets, draws.margin[: len(plan.targets)])
    count: IntArray = met.sum(axis=0).astype(np.int64)
    return count


def _single_axes(width: float, height: float, **edges: float) -> tuple[Figure, Axes]:
    """A figure with one plot; without a y axis if it leaves no room for one."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    figure.subplots_adjust(**edges)
    if edges["left"] < 0.1:
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    return figure, ax


def _end_labels(edges: FloatArray) -> list[str]:
    """The first and last edge, with the digits that the range between them needs."""
    digits = max(0, 1 - int(np.floor(np.log10(edges[-1] - edges[0]))))
    return [f"{round(edge, digits) + 0.0:g}" for edge in (edges[0], edges[-1])]


def _tick_ends(ax: Axes, edges: FloatArray) -> None:
    """Ticks at the two ends only, which always fit."""
    ax.set_xticks([edges[0], edges[-1]], _end_labels(edges), size=SMALL_SIZE)
    left, right = ax.get_xticklabels()
    left.set_horizontalalignment("left")
    right.set_horizontalalignment("right")
