"""A comparison as a picture: every holder in every cell, with median and 90% interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.comparison import Comparison
from steppe.experiments.results.differences import SIGN_AGREEMENT, Difference
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_change, format_percent

from .bands import holder_legend
from .captions import UNIT_SENTENCE
from .page_layout import PageLayout
from .style import (
    SMALL_SIZE,
    grid_colour,
    holder_colour,
    line_style,
    register_colours,
    text_colour,
    use_theme,
)
from .text_layout import text_width

FORMATS = (".png", ".svg", ".pdf")
ROW_HEIGHT = 0.17  # inches


def draw_comparison(comparison: Comparison, path: Path) -> Path:
    """Write the picture of a comparison and return its path.

    Raises
    ------
    RequestError
        If the file name does not end in a known format, or it cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise RequestError(
            f"{path}: unknown format '{path.suffix}'; end the file's name in {', '.join(FORMATS)}"
        )
    register_colours(comparison.colours)
    with use_theme():
        figure = make_page(comparison)
        with replace_requested_file(path) as draft:
            figure.savefig(draft, format=path.suffix.lower()[1:])
    return path


def make_page(comparison: Comparison) -> Figure:
    """Return the whole page: a panel per channel, in it every republic, and its holders."""
    items = comparison.cells or comparison.differences
    republics, channels, holders = (
        list(dict.fromkeys(getattr(item, name) for item in items))
        for name in ("republic", "channel", "holder")
    )
    marker: dict[str, Any] = {"color": text_colour(), "marker": "o", "markersize": 4.5}
    agreeing = format_percent(SIGN_AGREEMENT)
    legend = [
        (Line2D([], [], **marker), f"{agreeing} of members agree on the sign"),
        (Line2D([], [], markerfacecolor="none", **marker), "fewer agree"),
    ]
    note = f" {comparison.note.capitalize()}." if comparison.note else ""
    figure, axes = PageLayout(
        1,
        len(channels),
        f"{comparison.scenario} minus {comparison.against}, end of {comparison.year}",
        "Difference of shares in each republic and channel, taken in each member",
        f"Dot: median over {comparison.members:,} members; line: the middle 90% of them. "
        f"{UNIT_SENTENCE}{note}",
        panel=(2.5, ROW_HEIGHT * len(republics) * (len(holders) + 1)),
        left=max(text_width(name, SMALL_SIZE) for name in republics) / 72 + 0.3,
        gap=0.2,
        top=0.3,
        legends=(holder_legend(holders), legend),
    ).make()
    limit = 1.08 * max(max(abs(item.low), abs(item.high), 0.001) for item in items)
    for ax, channel in zip(axes[0], channels, strict=True):
        here = {(item.republic, item.holder): item for item in items if item.channel == channel}
        draw_differences(here, republics, holders, ax)
        ax.set_xlim(-limit, limit)
        ax.set_title(channel, pad=5)
        if channel != channels[0]:
            ax.tick_params(axis="y", labelleft=False)
    return figure


def draw_differences(
    items: Mapping[tuple[str, str], Difference],
    republics: Sequence[str],
    holders: Sequence[str],
    ax: Axes,
) -> Axes:
    """Draw a group of rows per republic, one row for each holder that has a difference there."""
    size = len(holders) + 1
    for (republic, holder), item in items.items():
        row = republics.index(republic) * size + holders.index(holder)
        colour = holder_colour(holder)
        ax.plot(
            [item.low, item.high],
            [row, row],
            color=colour,
            linestyle=line_style(holder),
            linewidth=1.6,
            gid="90",
        )
        sure = item.same_sign >= SIGN_AGREEMENT
        ax.plot(
            item.median,
            row,
            "o",
            color=colour,
            markersize=4.5,
            markerfacecolor=colour if sure else ax.get_facecolor(),
            gid=f"median:{holder}",
        )
    groups = np.arange(len(republics)) * size
    for edge in groups[1:]:
        ax.axhline(edge - 1, color=grid_colour(), linewidth=0.6, zorder=0.5)
    ax.axvline(0, color=text_colour(), linewidth=0.7, zorder=1)
    ax.set_yticks(groups + (len(holders) - 1) / 2, republics)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(republics) * size - 1, -1)
    ax.locator_params(axis="x", nbins=7)
    ax.xaxis.set_major_formatter(lambda value, _: format_change(value))
    ax.grid(axis="y", visible=False)
    return ax
