"""Figures of answers: what matters, and rules switched off."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.analysis.ensembles.factors import FactorSpace
from steppe.experiments.analysis.ensembles.sampling import SensitivityIndex
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour, text_colour
from steppe.experiments.figures.text_layout import text_width, truncate

from .analysis import SensitivityRequest, SensitivityResult

FIRST, TOTAL = "#0072B2", "#E69F00"  # of the Okabe and Ito palette, safe for colour-blind eyes
GROUPS = {"parameter": "#0072B2", "coding": "#009E73", "event": "#D55E00"}
SHOWN = 20


def sensitivity_figures(found: SensitivityResult, request: SensitivityRequest) -> dict[str, Figure]:
    """Figures by name."""
    figures = {"morris": _morris_page(found, request)}
    if found.sobol:
        figures["sobol"] = _sobol_page(found, request)
    figures["switches"] = _switches_page(found, request)
    return figures


def _caption(request: SensitivityRequest, found: SensitivityResult) -> str:
    return (
        f"{request.scenario.title}; weights: {request.parameter_source.label}; seed {request.seed}. Bars: estimates; lines: 90 % bootstrap intervals; "
        "hollow: not converged. Without process noise; factors independent of each other."
    )


def _rows_page(
    count: int,
    names: list[str],
    title: str,
    subtitle: str,
    caption: str,
    legend: list,
    columns: int = 1,
) -> tuple[Figure, np.ndarray]:
    left = max(text_width(name, SMALL_SIZE) for name in names) / 72 + 0.35
    return PageLayout(
        1,
        columns,
        title,
        subtitle,
        caption,
        panel=(8.6 - left, max(0.19 * count, 1.2)),
        left=left,
        right=0.3,
        foot=0.3,
        legends=(legend,) if legend else (),
    ).make()


def _bar(ax, row: SensitivityIndex, up: float, tint: str, height: float) -> None:
    """An index with its interval, hollow where it has not converged."""
    ax.barh(
        up,
        row.value,
        height=height,
        color=tint if row.converged else "none",
        edgecolor=tint,
        linewidth=1.0,
        gid="index",
    )
    ax.hlines(
        up,
        row.value - row.half_width,
        row.value + row.half_width,
        color=text_colour(),
        linewidth=0.9,
        gid="interval",
    )


def _name_rows(ax, names: list[str], label: str) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label, color=muted_colour(), labelpad=3)


def _morris_page(found: SensitivityResult, request: SensitivityRequest) -> Figure:
    rows = found.ranked()[:SHOWN]
    groups = _groups(request.factor_space())
    legend = [
        (Patch(facecolor=tint), group) for group, tint in GROUPS.items() if group in groups.values()
    ]
    figure, axes = _rows_page(
        len(rows),
        [row.factor for row in rows],
        "What matters, screened",
        f"Morris: mean absolute effect on {request.expression.text}, the {len(rows)} largest of {len(found.ranked())}",
        _caption(request, found),
        legend,
    )
    ax = axes[0, 0]
    for up, row in enumerate(rows):
        _bar(ax, row, up, GROUPS[groups[row.factor]], 0.62)
    _name_rows(
        ax,
        [row.factor for row in rows],
        "change of the output per full step from the 5th to the 95th percentile of the factor",
    )
    ax.set_xlim(left=0)
    return figure


def _sobol_page(found: SensitivityResult, request: SensitivityRequest) -> Figure:
    rows = found.ranked("ST")
    first = {row.factor: row for row in found.sobol if row.index == "S1"}
    legend = [
        (Patch(facecolor=FIRST), "alone (S1)"),
        (Patch(facecolor=TOTAL), "with interactions (ST)"),
    ]
    figure, axes = _rows_page(
        2 * len(rows),
        [row.factor for row in rows],
        "Shares of variance",
        f"Sobol indices of {request.expression.text}, N = {request.size}",
        _caption(request, found),
        legend,
    )
    ax = axes[0, 0]
    for up, row in enumerate(rows):
        _bar(ax, first[row.factor], up - 0.19, FIRST, 0.34)
        _bar(ax, row, up + 0.19, TOTAL, 0.34)
    _name_rows(ax, [row.factor for row in rows], "share of the variance of the output")
    ax.axvline(0, color=muted_colour(), linewidth=0.6)
    return figure


def _switches_page(found: SensitivityResult, request: SensitivityRequest) -> Figure:
    rows = found.switches
    names = [row["rules"] for row in rows]
    legend = [
        (Line2D([], [], color=FIRST, marker="o", linestyle=""), "mean over members"),
        (Line2D([], [], color=FIRST, linewidth=2.4), "middle 90 % of members"),
    ]
    figure, axes = _rows_page(
        len(rows) + 1,
        names,
        "Rules switched off",
        f"{truncate(request.expression.text, 420, 8)}, the same members throughout",
        f"{request.scenario.title}; weights: {request.parameter_source.label}; {request.members} members; seed {request.seed}. Dashed: mean as it is.",
        legend,
    )
    ax = axes[0, 0]
    for up, row in enumerate(rows):
        ax.hlines(up, row["low_5"], row["high_95"], color=FIRST, linewidth=2.4, alpha=0.6)
        ax.plot(row["mean"], up, "o", color=FIRST, markersize=5)
    ax.axvline(
        rows[0]["mean"], color=grid_colour(), linestyle=(0, (4, 2)), linewidth=1.2, zorder=0.8
    )
    _name_rows(ax, names, "output")
    return figure


def _groups(factor_space: FactorSpace) -> dict[str, str]:
    return {factor.name: factor.group for factor in factor_space.factors}
