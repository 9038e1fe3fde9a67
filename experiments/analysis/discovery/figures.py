"""Pair plots of a box: futures with and without the outcome, and the limits of the box."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from steppe.experiments.analysis.expressions.plain_names import (
    as_heading,
    describe_expression,
    name_factor,
)
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import TEXT_SIZE, grid_colour, muted_colour, text_colour
from steppe.experiments.figures.text_layout import fit_lines
from steppe.model.core.array_types import BoolArray, FloatArray
from steppe.model.core.number_text import format_percent

from .analysis import DiscoveryResult
from .design import DiscoveryRequest

CASE, OTHER = "#D55E00", "#56B4E9"
MAX_FACTORS = 4
MAX_DOTS = 1500
BINS = 16


def pairs_page(result: DiscoveryResult, number: int, request: DiscoveryRequest) -> Figure:
    """The figure of one box; the first is number 1."""
    box = result.boxes[number - 1]
    names = _most_limited(result, number)
    single = len(names) == 1
    plain_names = [_short(name, request) for name in names]
    plain = describe_expression(request.expression.root, request.scenario.cast)
    figure, axes = PageLayout(
        len(names),
        len(names),
        f"{as_heading(plain)} in {format_percent(box.density)} of the futures of box {number}, "
        f"which holds {format_percent(box.coverage)} of all such futures",
        f"Box {number} of {request.expression.text}: {box.label()}",
        _caption(result, number, request, single),
        panel=(2.0, 1.6) if len(names) > 2 else (3.2, 2.4),
        left=0.9,
        gap=0.25,
        head=0.05,
        foot=0.15,
        bottom=0.6,
        legends=(_legend(single),),
    ).make()
    for row, column in np.ndindex(axes.shape):
        ax: Any = axes[row, column]
        if row == column:
            _draw_share(ax, result, number, names[row])
        else:
            _draw_pair(ax, result, number, names[row], names[column])
        ax.set_xlim(*_padded_range(result.sampled.columns[names[column]]))
        ax.tick_params(labelbottom=row == len(names) - 1, labelleft=column == 0 and row != column)
        if row == len(names) - 1:
            ax.set_xlabel(plain_names[column], color=muted_colour(), labelpad=3)
        if column == 0:
            ax.set_ylabel(plain_names[row], color=muted_colour())
    if single:
        axes[0, 0].tick_params(labelleft=True)
        axes[0, 0].set_ylabel("share of futures", color=muted_colour())
    return figure


def _short(name: str, request: DiscoveryRequest) -> str:
    """A factor's plain name, in at most two lines that fit along a panel."""
    return fit_lines(name_factor(name, request.scenario.cast), 112, TEXT_SIZE)


def _legend(single: bool) -> list[tuple[Any, str]]:
    share = (Line2D([], [], color=CASE), "share of futures with the outcome, along one factor")
    if single:
        return [(Patch(facecolor=grid_colour(), alpha=0.7), "the box"), share]
    return [
        (Line2D([], [], color=CASE, marker="o", linestyle=""), "outcome"),
        (Line2D([], [], color=OTHER, marker="o", linestyle=""), "no outcome"),
        (Patch(facecolor="none", edgecolor=text_colour()), "the box"),
        share,
    ]


def _caption(result: DiscoveryResult, number: int, request: DiscoveryRequest, single: bool) -> str:
    size, limits = len(result.sampled.cases), len(result.boxes[number - 1].limits)
    dots = "" if single else f"; {min(MAX_DOTS, size)} shown as dots"
    caption = (
        f"{request.scenario.title}; {size} futures, spread evenly, in which boxes were searched "
        f"for{dots}; parameters: {request.parameter_source.label}; seed {request.seed}."
    )
    if limits > MAX_FACTORS:
        caption += f" The {MAX_FACTORS} most limited factors of {limits}."
    return caption


def _most_limited(result: DiscoveryResult, number: int) -> list[str]:
    """The factors of which the box leaves the smallest part."""
    columns = result.sampled.columns
    left = {
        name: float((high - low) / np.ptp(columns[name]))
        for name, (low, high) in result.boxes[number - 1].limits.items()
    }
    return sorted(left, key=lambda name: left[name])[:MAX_FACTORS]


def _draw_pair(ax: Axes, result: DiscoveryResult, number: int, up: str, across: str) -> None:
    """Futures by two factors, and the limits of the box."""
    columns, cases = result.sampled.columns, result.sampled.cases
    chosen = np.random.default_rng(0).permutation(len(cases))[:MAX_DOTS]
    ax.scatter(
        columns[across][chosen],
        columns[up][chosen],
        c=np.where(cases[chosen], CASE, OTHER),
        s=3.5,
        alpha=0.55,
        linewidth=0,
        rasterized=True,
    )
    limits = result.boxes[number - 1].limits
    (low, high), (bottom, top) = limits[across], limits[up]
    ax.add_patch(
        Rectangle(
            (low, bottom),
            high - low,
            top - bottom,
            fill=False,
            edgecolor=text_colour(),
            linewidth=1.3,
            gid="box",
        )
    )
    ax.set_ylim(*_padded_range(columns[up]))


def _draw_share(ax: Axes, result: DiscoveryResult, number: int, name: str) -> None:
    """Share of futures with the outcome along one factor, from 0 to 1."""
    column, cases = result.sampled.columns[name], result.sampled.cases
    ax.axvspan(*result.boxes[number - 1].limits[name], color=grid_colour(), alpha=0.7, linewidth=0)
    middles, share = _share_by_bin(column, cases)
    ax.plot(middles, share, color=CASE, gid="share")
    ax.set_ylim(0, 1)
    if len(result.boxes[number - 1].limits) > 1:  # a single panel has numbers on its axis
        ax.text(
            0.97,
            0.95,
            "0 to 1",
            transform=ax.transAxes,
            ha="right",
            va="top",
            size=6,
            color=muted_colour(),
        )


def _share_by_bin(column: FloatArray, cases: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Middles of bins that hold futures, and the share of these with the outcome."""
    edges = np.linspace(column.min(), column.max(), BINS + 1)
    index = np.clip(np.digitize(column, edges) - 1, 0, BINS - 1)
    count = np.bincount(index, minlength=BINS)
    share = np.bincount(index, weights=cases, minlength=BINS) / np.maximum(count, 1)
    seen = count > 0
    return ((edges[:-1] + edges[1:]) / 2)[seen], share[seen]


def _padded_range(column: FloatArray) -> tuple[float, float]:
    spread = 0.03 * np.ptp(column)
    return float(column.min() - spread), float(column.max() + spread)
