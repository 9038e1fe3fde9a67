"""The differences of a comparison as a picture: a row each, with median and 90% interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.experiments.results.comparison import Comparison
from steppe.experiments.results.differences import SIGN_AGREEMENT, Difference
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_percent, format_signed

from .style import holder_colour, muted_colour, text_colour, use_theme

FORMATS = (".png", ".svg", ".pdf")
ROW_HEIGHT, HEAD, FOOT, WIDTH = 0.27, 0.5, 0.95, 7.2  # inches


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
    with use_theme():
        figure = make_page(comparison)
        try:
            figure.savefig(path)
        except OSError as error:
            raise RequestError(f"{path}: cannot be written ({error.strerror or error})") from None
    return path


def make_page(comparison: Comparison) -> Figure:
    """Return the whole page."""
    height = HEAD + FOOT + ROW_HEIGHT * len(comparison.differences)
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    height = figure.get_figheight()
    ax = figure.add_axes((0.47, FOOT / height, 0.49, 1 - (HEAD + FOOT) / height))
    draw_differences(comparison.differences, ax)
    title = f"{comparison.scenario} minus {comparison.against}, {comparison.year}"
    figure.text(0.02, 1 - 0.14 / height, title, va="top", fontsize=12)
    note = f" {comparison.note.capitalize()}." if comparison.note else ""
    figure.text(
        0.02,
        0.1 / height,
        f"Dot: median over {comparison.members} members, paired; "
        "line: the middle 90% of them.\n"
        f"Filled where {format_percent(SIGN_AGREEMENT)} of members agree on the sign.{note}",
        color=muted_colour(),
        va="bottom",
        fontsize=7,
    )
    return figure


def draw_differences(items: Sequence[Difference], ax: Axes) -> Axes:
    """Draw one row per difference, the first on top."""
    for row, item in enumerate(items):
        colour = holder_colour(item.holder)
        ax.plot(
            [item.low, item.high], [row, row], color=colour, linewidth=2, solid_capstyle="round"
        )
        ax.plot(
            item.median,
            row,
            "o",
            color=colour,
            markersize=6,
            markerfacecolor=colour if item.same_sign >= SIGN_AGREEMENT else ax.get_facecolor(),
        )
    ax.axvline(0, color=text_colour(), linewidth=0.8, zorder=1)
    labels = [f"{item.holder}  ({item.republic}, {item.channel})" for item in items]
    ax.set_yticks(range(len(items)), labels)
    ax.set_ylim(len(items) - 0.4, -0.6)
    ax.set_xlabel("difference of share")
    ax.xaxis.set_major_formatter(lambda x, _: format_signed(x))
    ax.grid(axis="y", visible=False)
    return ax
