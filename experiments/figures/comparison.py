"""The statements of a comparison as a picture: one row each, the median and the 90 % band."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.experiments.errors import RequestError
from steppe.experiments.results.comparison import Comparison
from steppe.experiments.results.differences import SIGN_AGREEMENT, Difference

from .style import holder_colour, muted_colour, text_colour, use_theme

FORMATS = (".png", ".svg", ".pdf")
ROW, HEAD, FOOT, WIDTH = 0.27, 0.5, 0.95, 7.2  # inches


def draw_comparison(found: Comparison, path: Path) -> Path:
    """Write the picture of a comparison.

    Raises
    ------
    RequestError
        If the ending of the file is none of the formats, or it cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise RequestError(
            f"{path}: unknown format '{path.suffix}'; end the file's name in {', '.join(FORMATS)}"
        )
    with use_theme():
        figure = Figure(figsize=(WIDTH, HEAD + FOOT + ROW * len(found.differences)))
        FigureCanvasAgg(figure)
        height = figure.get_figheight()
        ax = figure.add_axes((0.47, FOOT / height, 0.49, 1 - (HEAD + FOOT) / height))
        forest(found.differences, ax)
        figure.text(
            0.02,
            1 - 0.14 / height,
            f"{found.scenario} minus {found.against}, {found.year}",
            va="top",
            fontsize=12,
        )
        figure.text(
            0.02,
            0.1 / height,
            f"Dot: median over {found.members} members, paired; line: the middle 90 % of them.\n"
            f"Filled where {100 * SIGN_AGREEMENT:.0f} % of members agree on the sign."
            + (f" {found.note.capitalize()}." if found.note else ""),
            color=muted_colour(),
            va="bottom",
            fontsize=7,
        )
        try:
            figure.savefig(path)
        except OSError as error:
            raise RequestError(f"{path}: cannot be written ({error.strerror or error})") from None
    return path


def forest(items: tuple[Difference, ...], ax):
    """One row per difference, the first on top."""
    for row, item in enumerate(items):
        tint = holder_colour(item.holder)
        ax.plot([item.low, item.high], [row, row], color=tint, linewidth=2, solid_capstyle="round")
        ax.plot(
            item.median,
            row,
            "o",
            color=tint,
            markersize=6,
            markerfacecolor=tint if item.same_sign >= SIGN_AGREEMENT else ax.get_facecolor(),
        )
    ax.axvline(0, color=text_colour(), linewidth=0.8, zorder=1)
    ax.set_yticks(
        range(len(items)), [f"{item.holder}  ({item.republic}, {item.channel})" for item in items]
    )
    ax.set_ylim(len(items) - 0.4, -0.6)
    ax.set_xlabel("difference of share")
    ax.xaxis.set_major_formatter("{x:+.2f}")
    ax.grid(axis="y", visible=False)
    return ax
