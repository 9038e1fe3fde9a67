"""How figures look: two themes, one font that travels with matplotlib, and colours from the cast.

Nothing here touches pyplot: figures are plain objects on the Agg canvas, so no state is
shared between them, none needs closing, and none needs a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from steppe.model.core.cast import AUTONOMY, default_cast

from .themes import THEMES

DPI = 130
BAND_90_OPACITY, BAND_50_OPACITY, BAND_EDGE_OPACITY = (
    0.11,
    0.26,
    0.45,
)  # opacity of the 90 and 50 % bands, the inner on the outer, and of the outer rim
SMALL_SIZE, TEXT_SIZE, TITLE_SIZE = 7.0, 8.0, 12.5  # points


@contextmanager
def use_theme(style: str = "light") -> Iterator[None]:
    """Settings of one theme while a figure is made and saved."""
    with mpl.rc_context(_settings(THEMES[style])):
        yield


def _settings(theme: dict[str, str]) -> dict[str, object]:
    return {
        "font.family": ["DejaVu Sans"],
        "font.size": TEXT_SIZE,
        "text.parse_math": False,
        "text.hinting": "none",
        # Letters as outlines in SVG, so that it looks the same where the font is missing; embedded TrueType in PDF.
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
    """The colour of text in the theme at work."""
    return mpl.rcParams["text.color"]


def muted_colour() -> str:
    return mpl.rcParams["xtick.color"]


def grid_colour() -> str:
    return mpl.rcParams["grid.color"]


def background() -> str:
    return mpl.rcParams["axes.facecolor"]


_brought: dict[str, str] = {}


def register_colours(colours: Mapping[str, str]) -> None:
    """Make known the colours of powers that scenarios of a batch added to the cast."""
    _brought.update(colours)


def holder_colour(holder: str) -> str:
    """The one colour of a power, or of autonomy."""
    return _brought.get(holder) or default_cast().colour(holder)


def line_style(holder: str) -> str:
    """Autonomy is no power, and its line shows that without colour too."""
    return (0, (4, 1.6)) if holder == AUTONOMY else "-"


def label_columns(ax, names: list[str]) -> None:
    """Names under the columns of a table, all on one line whatever letters they have."""
    ax.set_xticks(range(len(names)), names, va="baseline")
    ax.tick_params(axis="x", length=0, pad=9)


def colour_map(holder: str) -> LinearSegmentedColormap:
    """From the ground to a holder's colour."""
    return LinearSegmentedColormap.from_list(
        f"tints of {holder}", [background(), holder_colour(holder)]
    )


def text_colour_on(background) -> str:
    """Black or white, whichever stands out more against a colour (WCAG's relative luminance)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(background)
    ]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000000" if luminance > 0.179 else "#FFFFFF"
