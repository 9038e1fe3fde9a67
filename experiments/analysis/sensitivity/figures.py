"""Figures of a sensitivity analysis: effects, shares of variance, and rules switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.analysis.ensembles.sampling import SensitivityIndex
from steppe.experiments.analysis.expressions.plain_names import (
    as_heading,
    describe_expression,
    name_factor,
)
from steppe.experiments.analysis.folder import Row
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour, text_colour
from steppe.experiments.figures.text_layout import text_width, truncate
from steppe.model.core.number_text import format_band, format_fixed

from .analysis import SensitivityRequest, SensitivityResult

FIRST, TOTAL = "#0072B2", "#E69F00"  # of the colour-blind safe Okabe and Ito palette
GROUPS = {"parameter": "#0072B2", "coding": "#009E73", "event": "#D55E00"}
MAX_ROWS = 20

Legend = list[tuple[Any, str]]


def sensitivity_figures(
    result: SensitivityResult, request: SensitivityRequest, switches: list[Row]
) -> dict[str, Figure]:
    """Figures by name; `switches` are the rows of the table of switches."""
    figures = {"morris": _morris_page(result, request)}
    if result.sobol:
        figures["sobol"] = _sobol_page(result, request)
    figures["switches"] = _switches_page(switches, request)
    return figures


def _plain_names(rows: Sequence[SensitivityIndex], request: SensitivityRequest) -> list[str]:
    return [name_factor(row.factor, request.scenario.cast) for row in rows]


def _plain_output(request: SensitivityRequest) -> str:
    return describe_expression(request.expression.root, request.scenario.cast)


def _output(request: SensitivityRequest) -> str:
    """The output in words, with the expression as it was asked for."""
    expression = request.expression
    return f"{_plain_output(request)} [{truncate(expression.text, 300, SMALL_SIZE)}]"


def _caption(request: SensitivityRequest) -> str:
    return (
        f"{request.scenario.title}; parameters: {request.parameter_source.label}; "
        f"seed {request.seed}. Bars: estimates; lines: 90% bootstrap intervals; "
        "hollow: not converged. Without process noise; independent factors."
    )


def _make_page(
    count: int, names: list[str], title: str, subtitle: str, caption: str, legend: Legend
) -> tuple[Figure, Axes]:
    """A page with one panel that has room for `count` rows with names on the left."""
    left = max(text_width(name, SMALL_SIZE) for name in names) / 72 + 0.35
    figure, axes = PageLayout(
        1,
        1,
        title,
        subtitle,
        caption,
        panel=(8.6 - left, max(0.19 * count, 1.2)),
        left=left,
        right=0.3,
        foot=0.3,
        legends=(legend,),
    ).make()
    return figure, axes[0, 0]


def _draw_index(ax: Axes, row: SensitivityIndex, y: float, colour: str, height: float) -> None:
    """An index with its interval, hollow if it has not converged."""
    ax.barh(
        y,
        row.value,
        height=height,
        color=colour if row.converged else "none",
        edgecolor=colour,
        linewidth=1.0,
        gid="index",
    )
    ax.hlines(
        y,
        row.value - row.half_width,
        row.value + row.half_width,
        color=text_colour(),
        linewidth=0.9,
        gid="interval",
    )


def _label_rows(ax: Axes, names: list[str], label: str) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label, color=muted_colour(), labelpad=3)


def _morris_page(result: SensitivityResult, request: SensitivityRequest) -> Figure:
    ranked = result.ranked()
    rows = ranked[:MAX_ROWS]
    groups = {factor.name: factor.group for factor in request.factor_space().factors}
    legend: Legend = [
        (Patch(facecolor=colour), group)
        for group, colour in GROUPS.items()
        if group in groups.values()
    ]
    names = _plain_names(rows, request)
    figure, ax = _make_page(
        len(rows),
        names,
        f"{as_heading(_plain_output(request))} changes most with {names[0]}",
        f"What matters, screened; Morris: mean absolute effect on {_output(request)}, "
        f"the {len(rows)} largest of {len(ranked)}",
        _caption(request),
        legend,
    )
    for y, row in enumerate(rows):
        _draw_index(ax, row, y, GROUPS[groups[row.factor]], 0.62)
    _label_rows(
        ax,
        names,
        "change of the output per full step from the 5th to the 95th percentile of the factor",
    )
    ax.set_xlim(left=0)
    return figure


def _sobol_page(result: SensitivityResult, request: SensitivityRequest) -> Figure:
    rows = result.ranked("ST")
    first = {row.factor: row for row in result.ranked("S1")}
    legend: Legend = [
        (Patch(facecolor=FIRST), "alone (S1)"),
        (Patch(facecolor=TOTAL), "with interactions (ST)"),
    ]
    names = _plain_names(rows, request)
    largest = rows[0]
    low, high = largest.value - largest.half_width, largest.value + largest.half_width
    figure, ax = _make_page(
        2 * len(rows),
        names,
        f"{as_heading(_plain_output(request))} depends most on {names[0]}: "
        f"{format_fixed(largest.value)} of its variance ({format_band(low, high)})",
        f"Shares of variance: Sobol indices of {_output(request)}, N = {request.size}",
        _caption(request),
        legend,
    )
    for y, row in enumerate(rows):
        _draw_index(ax, first[row.factor], y - 0.19, FIRST, 0.34)
        _draw_index(ax, row, y + 0.19, TOTAL, 0.34)
    _label_rows(ax, names, "share of the variance of the output")
    ax.axvline(0, color=muted_colour(), linewidth=0.6)
    return figure


def _switches_page(rows: list[Row], request: SensitivityRequest) -> Figure:
    names = [row["rules"] for row in rows]
    legend: Legend = [
        (Line2D([], [], color=FIRST, marker="o", linestyle=""), "mean over members"),
        (Line2D([], [], color=FIRST, linewidth=2.4), "middle 90% of members"),
    ]
    figure, ax = _make_page(
        len(rows) + 1,
        names,
        "Rules switched off",
        f"{_output(request)}, the same members throughout",
        f"{request.scenario.title}; parameters: {request.parameter_source.label}; "
        f"{request.members} members; seed {request.seed}. Dashed: mean as it is.",
        legend,
    )
    for y, row in enumerate(rows):
        ax.hlines(y, row["low_5"], row["high_95"], color=FIRST, linewidth=2.4, alpha=0.6)
        ax.plot(row["mean"], y, "o", color=FIRST, markersize=5)
    ax.axvline(
        rows[0]["mean"], color=grid_colour(), linestyle=(0, (4, 2)), linewidth=1.2, zorder=0.8
    )
    _label_rows(ax, names, "output")
    return figure
