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

from .themes import THEMES

DPI = 130
# the 50% band is drawn on top of the 90% band, which has an edge
BAND_90_OPACITY, BAND_50_OPACITY, BAND_EDGE_OPACITY = 0.11, 0.26, 0.45
SMALL_SIZE, TEXT_SIZE, TITLE_SIZE = 7.0, 8.0, 12.5  # points


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
        "font.family": ["DejaVu Sans"],
        "font.size": TEXT_SIZE,
        "text.parse_math": False,
        "text.hinting": "none",
        # letters as outlines in SVG, which then needs no font; embedded TrueType in PDF
        "svg.fonttype": "path",
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
    """Set the colours of powers that the scenarios of a batch add to the cast."""
    _added_colours.update(colours)


def holder_colour(holder: str) -> str:
    """Return the colour of a power, or of autonomy."""
    return _added_colours.get(holder) or default_cast().colour(holder)


LineStyle = Literal["-"] | tuple[float, tuple[float, float]]
DASHED: LineStyle = (0, (3, 2))


def line_style(holder: str) -> LineStyle:
    """Return a dashed line for autonomy, a solid one for powers."""
    return (0, (4, 1.6)) if holder == AUTONOMY else "-"


def label_columns(ax: Axes, names: list[str]) -> None:
    """Write names under the columns of a table, on a common baseline."""
    ax.set_xticks(range(len(names)), names, va="baseline")
    ax.tick_params(axis="x", length=0, pad=9)


def colour_map(holder: str) -> LinearSegmentedColormap:
    """Return a colour map from the background to a holder's colour."""
    return LinearSegmentedColormap.from_list(
        f"tints of {holder}", [background(), holder_colour(holder)]
    )


def text_colour_on(colour: Colour) -> str:
    """Return black or white, whichever contrasts more with a colour (WCAG relative luminance)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000000" if luminance > 0.179 else "#FFFFFF"
