"""How figures look: themes, fonts and sizes, and the colours of powers from the cast.

Figures do not use pyplot but are plain objects on the Agg canvas, so that they share no state
and need neither closing nor a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from steppe.model.core.cast import AUTONOMY, default_cast

from .text_layout import text_width, truncate
from .themes import DPI, THEMES

# the 50% band is drawn on top of the 90% band, which has an edge
BAND_90_OPACITY, BAND_50_OPACITY, BAND_EDGE_OPACITY = 0.11, 0.26, 0.45
LEAST_CONTRAST = 4.5  # of small letters with what is behind them (WCAG 2.2)
LEAST_SIZE, SMALL_SIZE, TEXT_SIZE = 5.0, 7.0, 8.0  # points


Colour = str | tuple[float, float, float] | tuple[float, float, float, float]


@contextmanager
def use_theme(style: str = "light") -> Iterator[None]:
    """Apply the settings of a theme, and none of the user's, while a figure is made and saved."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_settings(THEMES[style]))  # type: ignore[arg-type]
        yield


def _settings(theme: dict[str, str]) -> dict[str, Any]:
    return {
        "font.family": ["DejaVu Sans", "sans-serif"],
        "font.size": TEXT_SIZE,
        "text.parse_math": False,
        "text.hinting": "none",
        # letters as text in SVG, to search, edit and read aloud; embedded TrueType in PDF
        "svg.fonttype": "none",
        "svg.hashsalt": "steppe",
        "pdf.fonttype": 42,
        "figure.facecolor": theme["ground"],
        "savefig.facecolor": theme["ground"],
        "axes.facecolor": theme["ground"],
        "text.color": theme["ink"],
        "axes.labelcolor": theme["ink"],
        "axes.titlecolor": theme["ink"],
        "xtick.color": theme["muted"],
        "ytick.color": theme["muted"],
        "axes.edgecolor": theme["muted"],
        "grid.color": theme["faint"],
        "grid.linewidth": 0.5,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 9.0,
        "axes.labelsize": TEXT_SIZE,
        "xtick.labelsize": SMALL_SIZE,
        "ytick.labelsize": SMALL_SIZE,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "lines.linewidth": 1.4,
        "hatch.linewidth": 0.5,
        "legend.frameon": False,
        "legend.fontsize": TEXT_SIZE,
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
    }


def text_colour() -> str:
    """Return the colour of text in the current theme."""
    return str(mpl.rcParams["text.color"])


def muted_colour() -> str:
    """Return the colour of secondary text and lines in the current theme."""
    return str(mpl.rcParams["xtick.color"])


def grid_colour() -> str:
    """Return the colour of grid lines in the current theme."""
    return str(mpl.rcParams["grid.color"])


def background() -> str:
    """Return the background colour of the current theme."""
    return str(mpl.rcParams["axes.facecolor"])


_added_colours: dict[str, str] = {}


def register_colours(colours: Mapping[str, str]) -> None:
    """Set the colours of added powers, and of those that a user gives others, and of no more."""
    _added_colours.clear()
    _added_colours.update(colours)


def holder_colour(holder: str) -> str:
    """Return the colour of a power, or of autonomy."""
    return _added_colours.get(holder) or default_cast().colour(holder)


LineStyle = Literal["-"] | tuple[float, tuple[float, ...]]
DASHED: LineStyle = (0, (3, 2))
DOTTED: LineStyle = (0, (1, 1.1))


def line_style(holder: str) -> LineStyle:
    """Return a dashed line for autonomy, a solid one for powers."""
    return (0, (4, 1.6)) if holder == AUTONOMY else "-"


def label_columns(ax: Axes, names: list[str]) -> None:
    """Write names under the columns of a table, on a common baseline, each within its column.

    Where one is too wide, all are smaller, down to `LEAST_SIZE`; then they are cut.
    """
    room = _points_across(ax) / max(len(names), 1) - 2
    size = min((size_that_fits(name, room, SMALL_SIZE) for name in names), default=SMALL_SIZE)
    short = [truncate(name, room, size) for name in names]
    ax.set_xticks(range(len(names)), short, va="baseline", size=size)
    ax.tick_params(axis="x", length=0, pad=9)


def title_panel(ax: Axes, name: str, size: float = 9.0, *, pad: float = 5) -> None:
    """Write a name over a panel that has others beside it, smaller where it is too wide."""
    room = _points_across(ax) + 4
    size = size_that_fits(name, room, size)
    ax.set_title(truncate(name, room, size), pad=pad, size=size)


def size_that_fits(text: str, room: float, size: float) -> float:
    """Return the size of letters at which text is at most so many points wide, or the least."""
    return max(min(size, 0.99 * size * room / max(text_width(text, size), 1.0)), LEAST_SIZE)


def _points_across(ax: Axes) -> float:
    return float(ax.get_window_extent().width * 72 / ax.figure.dpi)


def colour_map(holder: str) -> LinearSegmentedColormap:
    """Return a colour map from the background to a holder's colour."""
    return LinearSegmentedColormap.from_list(
        f"tints of {holder}", [background(), holder_colour(holder)]
    )


def text_colour_on(colour: Colour) -> str:
    """Return black or white, whichever contrasts more with a colour."""
    return "#000000" if _luminance(colour) > 0.179 else "#FFFFFF"


def legible(colour: str) -> tuple[float, float, float]:
    """Return a colour as text: mixed with that of text until the contrast is `LEAST_CONTRAST`."""
    ink, ground = to_rgb(text_colour()), _luminance(background())
    for part in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        red, green, blue = (a + part * (b - a) for a, b in zip(to_rgb(colour), ink, strict=True))
        darker, lighter = sorted((_luminance((red, green, blue)), ground))
        if (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST:
            return red, green, blue
    return ink


def _luminance(colour: Colour) -> float:
    """Return the relative luminance of WCAG, 0 (black) to 1 (white)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
