"""Pair plots of a box: futures in which the outcome came about, those in which it did not, and the box's limits."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import grid_colour, muted_colour, text_colour

from .analysis import DiscoveryResult
from .design import DiscoveryRequest

CASE, OTHER = "#D55E00", "#56B4E9"
MOST = 4  # factors in a plot
DOTS = 1500
BINS = 16


def pairs_page(found: DiscoveryResult, number: int, request: DiscoveryRequest) -> Figure:
    """The whole page of one box; the first is number 1."""
    box = found.boxes[number - 1]
    names = _most_limited(found, number)
    alone = len(names) == 1  # no pair to be plotted, so no dots
    dots = (
        []
        if alone
        else [
            (Line2D([], [], color=CASE, marker="o", linestyle=""), "outcome"),
            (Line2D([], [], color=OTHER, marker="o", linestyle=""), "no outcome"),
        ]
    )
    frame = (
        Patch(facecolor=grid_colour(), alpha=0.7)
        if alone
        else Patch(facecolor="none", edgecolor=text_colour())
    )
    legend = [
        *dots,
        (frame, "the box"),
        (Line2D([], [], color=CASE), "share of futures with the outcome, along one factor"),
    ]
    drawn = "" if alone else f"; {min(DOTS, len(found.sampled.cases))} drawn as dots"
    figure, axes = PageLayout(
        len(names),
        len(names),
        f"Conditions: box {number}, density {box.density:.2f}, coverage {box.coverage:.2f}",
        f"{request.expression.text}; {box.label()}",
        f"{request.scenario.title}; {len(found.sampled.cases)} futures, spread evenly, in which boxes were looked for{drawn}; weights: {request.parameter_source.label}; seed {request.seed}."
        + (
            f" The {MOST} factors limited most of {len(box.limits)}."
            if len(box.limits) > MOST
            else ""
        ),
        panel=(2.0, 1.6) if len(names) > 2 else (3.2, 2.4),
        left=0.75,
        gap=0.25,
        head=0.05,
        foot=0.15,
        bottom=0.45,
        legends=(legend,),
    ).make()
    for row, column in np.ndindex(axes.shape):
        _panel(
            axes[row, column],
            found,
            number,
            names[row],
            names[column],
            row == len(names) - 1,
            column == 0,
        )
    if alone:
        axes[0, 0].tick_params(labelleft=True)
        axes[0, 0].set_ylabel("share of futures", color=muted_colour())
        axes[0, 0].texts[0].remove()  # the axis has numbers now
    return figure


def _most_limited(found: DiscoveryResult, number: int) -> list[str]:
    """The factors of which the box leaves the smallest part."""
    box, columns = found.boxes[number - 1], found.sampled.columns
    left = {name: (high - low) / np.ptp(columns[name]) for name, (low, high) in box.limits.items()}
    return sorted(left, key=left.get)[:MOST]


def _panel(
    ax, found: DiscoveryResult, number: int, up: str, across: str, last: bool, first: bool
) -> None:
    columns, cases, box = found.sampled.columns, found.sampled.cases, found.boxes[number - 1]
    low, high = box.limits[across]
    if up == across:
        _along(ax, columns[across], cases, (low, high))
    else:
        chosen = np.random.default_rng(0).permutation(len(cases))[:DOTS]
        tints = np.where(cases[chosen], CASE, OTHER)
        ax.scatter(
            columns[across][chosen],
            columns[up][chosen],
            c=tints,
            s=3.5,
            alpha=0.55,
            linewidth=0,
            rasterized=True,
        )
        bottom, top = box.limits[up]
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
        ax.set_ylim(*_padded(columns[up]))
    ax.set_xlim(*_padded(columns[across]))
    ax.tick_params(labelbottom=last, labelleft=first and up != across)
    if last:
        ax.set_xlabel(across, color=muted_colour(), labelpad=3)
    if first:
        ax.set_ylabel(up, color=muted_colour())


def _padded(column: np.ndarray) -> tuple[float, float]:
    spread = 0.03 * np.ptp(column)
    return float(column.min() - spread), float(column.max() + spread)


def _along(ax, column: np.ndarray, cases: np.ndarray, limits: tuple[float, float]) -> None:
    """Share of futures with the outcome along one factor, from 0 to 1."""
    edges = np.linspace(column.min(), column.max(), BINS + 1)
    place = np.clip(np.digitize(column, edges) - 1, 0, BINS - 1)
    count = np.bincount(place, minlength=BINS)
    share = np.bincount(place, weights=cases, minlength=BINS) / np.maximum(count, 1)
    seen = count > 0
    ax.axvspan(*limits, color=grid_colour(), alpha=0.7, linewidth=0)
    ax.plot(((edges[:-1] + edges[1:]) / 2)[seen], share[seen], color=CASE, gid="share")
    ax.set_ylim(0, 1)
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
