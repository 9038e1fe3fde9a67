"""Names of holders where their lines end, moved apart where they would touch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from steppe.model.core.array_types import Array

from .language import translate
from .style import SMALL_SIZE, holder_colour, legible
from .text_layout import text_width, truncate_middle

LINE = 8.6  # points from one label to the next
GAP = 4.0  # points between the panel and a label
MOST_WIDTH = 88.0  # points of the longest name


def label_width(holders: Sequence[str]) -> float:
    """Return the room beside a panel that labels need, in inches."""
    widths = [text_width(_shorten(name), SMALL_SIZE) for name in holders]
    return (max(widths, default=0.0) + 2 * GAP) / 72


def labels_fit(holders: Sequence[str], height: float) -> bool:
    """Whether as many labels stand above each other in a panel of so many inches."""
    return len(holders) * LINE <= height * 72


def label_lines(ax: Axes, values: Sequence[float], holders: Sequence[str]) -> None:
    """Write the holders to the right of a panel, at the height where their lines end."""
    low, high = ax.get_ylim()
    height = float(ax.get_window_extent().height / ax.figure.dpi * 72)
    shown = [(value, name) for value, name in zip(values, holders, strict=True) if value == value]
    at = np.array([(value - low) / (high - low) * height for value, _ in shown])
    for place, ideal, (_, name) in zip(spread_out(at, LINE, height), at, shown, strict=True):
        ax.annotate(
            _shorten(name),
            (1, ideal / height),
            xycoords="axes fraction",
            xytext=(GAP, place - ideal),
            textcoords="offset points",
            va="center",
            size=SMALL_SIZE,
            color=legible(holder_colour(name)),
            annotation_clip=False,
            gid=f"label:{name}",
        )


def spread_out(at: Array, least: float, height: float) -> Array:
    """Return positions at least so far apart, in the same order, near `at` and within the height.

    Labels that would touch form a block around the mean of where they belong.
    """
    order = np.argsort(at, kind="stable")
    blocks: list[list[float]] = []  # mean of the ideal first position, and how many labels
    for index, value in enumerate(at[order]):
        blocks.append([float(value) - least * index, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            before, number = blocks[-1]
            blocks[-1] = [(before * number + mean * count) / (number + count), number + count]
    top = max(height - least * (len(at) - 0.5), 0.0)
    firsts = np.repeat(
        [min(max(mean, min(least / 2, top)), top) for mean, _ in blocks],
        [int(count) for _, count in blocks],
    )
    placed = np.empty(len(at))
    placed[order] = firsts + least * np.arange(len(at))
    return placed


def _shorten(name: str) -> str:
    return truncate_middle(translate(name), MOST_WIDTH, SMALL_SIZE)
