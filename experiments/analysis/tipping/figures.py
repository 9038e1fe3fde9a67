"""The figure of a tipping point: the response to a lever and the threshold, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.analysis.expressions.evaluate import evaluate_over_members
from steppe.experiments.analysis.expressions.plain_names import as_heading, describe_expression
from steppe.experiments.analysis.expressions.syntax_tree import Node, Operation
from steppe.experiments.analysis.folder import Row
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import muted_colour, text_colour
from steppe.experiments.figures.text_layout import fit_lines
from steppe.model.core.number_text import format_general

from .analysis import TippingRequest, TippingResult, comparison_sides, threshold_interval

RESPONSE, MARK = "#0072B2", "#D55E00"
DASHED = (0, (4, 2))


def tipping_page(result: TippingResult, request: TippingRequest, rows: list[Row]) -> Figure:
    """The response to the lever; `rows` are those of the response table."""
    sides = comparison_sides(request.expression)
    threshold = result.threshold
    low, high = threshold_interval(result.draws) if threshold is not None else (0.0, 0.0)
    name = request.lever.rpartition(".")[2]
    at, band = format_general(threshold or 0.0, 3), f"{format_general(low, 3)} to "
    verdict = (
        "no threshold within the range"
        if threshold is None
        else f"threshold at {name} {at} (90%: {band}{format_general(high, 3)})"
    )
    plain = describe_expression(request.expression.root, request.scenario.cast)
    figure, axes = PageLayout(
        1,
        1,
        f"{as_heading(plain)}: {verdict}",
        f"Tipping point of {request.expression.text}, by {request.lever}",
        f"{request.scenario.title}; {request.members} members, the same at every value; "
        f"parameters: {request.parameter_source.label}; seed {request.seed}. "
        f"{request.lever}: {request.scenario.levers[request.lever].meaning}.",
        panel=(7.2, 3.2),
        left=0.9,
        foot=0.35,
        legends=(_legend(sides is not None, threshold is not None),),
    ).make()
    ax = axes[0, 0]
    _draw_response(ax, rows)
    if sides:
        _draw_bound(ax, result, request, sides[1])
    if threshold is not None:
        _draw_threshold(ax, result, request, threshold)
    _label_axes(ax, request)
    return figure


def _legend(has_bound: bool, has_threshold: bool) -> list[tuple[Any, str]]:
    legend: list[tuple[Any, str]] = [
        (Line2D([], [], color=RESPONSE, marker="o", markersize=4), "response"),
        (Patch(facecolor=RESPONSE, alpha=0.25), "90% bootstrap interval over members"),
    ]
    if has_bound:
        legend.append((Line2D([], [], color=text_colour(), linestyle=DASHED), "bound"))
    if has_threshold:
        legend.append((Line2D([], [], color=MARK), "threshold"))
        legend.append((Patch(facecolor=MARK, alpha=0.18), "its 90% interval"))
    return legend


def _draw_response(ax: Axes, rows: list[Row]) -> None:
    values, line, low, high = (
        np.array([row[key] for row in rows]) for key in ("value", "response", "low", "high")
    )
    ax.fill_between(values, low, high, color=RESPONSE, alpha=0.25, linewidth=0)
    ax.plot(values, line, color=RESPONSE, marker="o", markersize=3.6, gid="response")


def _draw_bound(ax: Axes, result: TippingResult, request: TippingRequest, side: Node) -> None:
    values = result.values
    bound = [evaluate_over_members(side, request.expression, result.at[value]) for value in values]
    ax.plot(values, bound, color=text_colour(), linestyle=DASHED, linewidth=1.0, gid="bound")


def _draw_threshold(
    ax: Axes, result: TippingResult, request: TippingRequest, threshold: float
) -> None:
    start, end = threshold_interval(result.draws)
    ax.axvspan(
        max(start, request.low),
        min(end, request.high),
        color=MARK,
        alpha=0.18,
        linewidth=0,
        gid="interval",
    )
    ax.axvline(threshold, color=MARK, linewidth=1.4, gid="threshold")


def _label_axes(ax: Axes, request: TippingRequest) -> None:
    ax.set_xlim(request.low, request.high)
    text, root = request.expression.text, request.expression.root
    label = "condition holds"
    if comparison_sides(request.expression) and isinstance(root, Operation):
        label = describe_expression(root.parts[0], request.scenario.cast)
    ax.set_ylabel(fit_lines(label, 220, 8), color=muted_colour())
    ax.set_xlabel(request.lever, color=muted_colour(), labelpad=3)
    if text.startswith("P("):
        ax.set_ylim(-0.03, 1.03)
