"""The figure of a tipping point: the response to a lever, its band, and the threshold with its interval."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.analysis.expressions.evaluate import evaluate_over_members
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import muted_colour, text_colour
from steppe.experiments.figures.text_layout import truncate

from .analysis import (
    TippingRequest,
    TippingResult,
    comparison_sides,
    response_rows,
    threshold_interval,
)

RESPONSE, MARK = "#0072B2", "#D55E00"


def tipping_page(found: TippingResult, request: TippingRequest) -> Figure:
    """The whole page."""
    pair = comparison_sides(request.expression)
    marked = found.threshold is not None
    legend = [
        (Line2D([], [], color=RESPONSE, marker="o", markersize=4), "response"),
        (Patch(facecolor=RESPONSE, alpha=0.25), "90 % bootstrap interval over members"),
    ]
    legend += (
        [(Line2D([], [], color=text_colour(), linestyle=(0, (4, 2))), "bound")] if pair else []
    )
    legend += (
        [
            (Line2D([], [], color=MARK), "threshold"),
            (Patch(facecolor=MARK, alpha=0.18), "its 90 % interval"),
        ]
        if marked
        else []
    )
    verdict = f"threshold at {found.threshold:.3g}" if marked else "no threshold within the range"
    figure, axes = PageLayout(
        1,
        1,
        f"Tipping point: {verdict}",
        f"{request.expression.text}, as {request.lever} is turned",
        f"{request.scenario.title}; {request.members} members, the same at every value; weights: {request.parameter_source.label}; seed {request.seed}. "
        f"{request.lever}: {request.scenario.levers[request.lever].meaning}.",
        panel=(7.2, 3.2),
        left=0.8,
        foot=0.35,
        legends=(legend,),
    ).make()
    _draw(axes[0, 0], found, request, pair)
    return figure


def _draw(ax, found: TippingResult, request: TippingRequest, pair) -> None:
    rows = response_rows(found, request)
    values, line, low, high = (
        np.array([row[key] for row in rows]) for key in ("value", "response", "low", "high")
    )
    ax.fill_between(values, low, high, color=RESPONSE, alpha=0.25, linewidth=0)
    ax.plot(values, line, color=RESPONSE, marker="o", markersize=3.6, gid="response")
    if pair:
        bound = [
            evaluate_over_members(pair[1], request.expression, found.at[value])
            for value in found.values
        ]
        ax.plot(
            values, bound, color=text_colour(), linestyle=(0, (4, 2)), linewidth=1.0, gid="bound"
        )
    if found.threshold is not None:
        start, end = threshold_interval(found.draws)
        ax.axvspan(
            max(start, request.low),
            min(end, request.high),
            color=MARK,
            alpha=0.18,
            linewidth=0,
            gid="interval",
        )
        ax.axvline(found.threshold, color=MARK, linewidth=1.4, gid="threshold")
    ax.set_xlim(request.low, request.high)
    text = request.expression.text
    label = (
        text[: text.find(request.expression.root.operator)].strip() if pair else "condition holds"
    )
    ax.set_ylabel(
        truncate(label if label.count("(") == label.count(")") else "response", 220, 8),
        color=muted_colour(),
    )
    ax.set_xlabel(request.lever, color=muted_colour(), labelpad=3)
    if request.expression.text.startswith("P("):
        ax.set_ylim(-0.03, 1.03)
