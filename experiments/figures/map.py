"""A map for every holder and channel: the median share in each republic at the end of the run."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.cast import default_cast
from steppe.model.core.number_text import format_fixed

from .bands import last_year, until_last_time
from .borders import borders
from .captions import UNIT_SENTENCE, list_words, provenance_sentence, shown_title
from .events import list_events
from .headline import headline_of_leads
from .language import translate, translate_count, translate_names
from .page_layout import PageLayout, iterate_panels, panel_height
from .style import LEAST_SIZE, colour_map, muted_colour, text_colour_on
from .text_layout import truncate

STATISTICS = ("share", FINDINGS)
LEAST_HEIGHT = 1.5  # inches of a map that has room for codes of republics beside shares
LATITUDE = 45.0  # degrees; where a degree of longitude has its true length


def draw_map(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw republics coloured by the median share of a holder in a channel, with the share.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (holders, channels) of Axes.
    """
    final = until_last_time(dataset, "share").isel(time=-1)
    values = final["share"].sel(quantile=0.5).transpose("holder", "channel", "republic").values
    for row, column, ax in iterate_panels(axes):
        holder = str(final["holder"].values[row])
        _draw_one_map(ax, values[row, column], list(final["republic"].values), colour_map(holder))
        if row == 0:
            ax.set_title(translate_names(final, "channel")[column], pad=5)
        if column == 0:
            ax.text(
                -0.03,
                0.5,
                truncate(translate(holder), 110, 8),
                transform=ax.transAxes,
                rotation=90,
                ha="right",
                va="center",
                gid="holder",
            )
    return axes


def _draw_one_map(ax: Axes, values: Array, republics: list[str], colours: Colormap) -> None:
    """Draw one map on its own scale of tints; republics that are filtered out stay blank."""
    cast = default_cast()  # all that have an outline
    tints, low = _tints(values), panel_height(ax) < LEAST_HEIGHT
    for name, (outline, label) in borders().items():
        known = name in republics
        share = values[republics.index(name)] if known else 0.0
        fill = colours(tints[republics.index(name)] if known else 0.0)
        ax.add_patch(
            Polygon(
                outline,
                facecolor=fill if known else "none",
                edgecolor=muted_colour(),
                linewidth=0.6,
                gid=f"republic:{name}",
            )
        )
        if known:
            code = cast.republics[cast.index("republic", name)].code
            ax.text(
                *label,
                format_fixed(share) if low else f"{code}\n{format_fixed(share)}",
                ha="center",
                va="center",
                size=LEAST_SIZE if low else 6,
                linespacing=1.05,
                color=text_colour_on(fill[:3]),
                gid="share",
            )
    points = np.concatenate([outline for outline, _ in borders().values()])
    ax.set_xlim(points[:, 0].min() - 0.5, points[:, 0].max() + 0.5)
    ax.set_ylim(points[:, 1].min() - 0.5, points[:, 1].max() + 0.5)
    ax.set_aspect(1 / np.cos(np.radians(LATITUDE)))
    ax.set_axis_off()


def _tints(values: Array) -> Array:
    """Return tints from 0.15 for the smallest share of a map to 0.9 for the largest.

    Shares that lie closer than 0.05 use a smaller part of the range, around its middle.
    """
    middle, spread = (values.max() + values.min()) / 2, max(float(np.ptp(values)), 0.05)
    tints: Array = 0.525 + 0.75 * (values - middle) / spread
    return tints


def _without_outline(dataset: xr.Dataset) -> str:
    """Return a sentence on the republics that are not on the map; empty if all are."""
    missing = [name for name in map(str, dataset["republic"].values) if name not in borders()]
    text = translate_count(
        " Without an outline, {republics} is not on the map.",
        " Without an outline, {republics} are not on the map.",
        len(missing),
    )
    return text.format(republics=list_words(missing)) if missing else ""


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    text = headline_of_leads(
        dataset,
        translate(
            "{title}: the region at the end of {year}. Median share of each holder in each "
            "republic, by channel"
        ).format(title=shown_title(dataset), year=last_year(dataset, "share")),
        translate(
            "Every map has a scale of its own, from its smallest share (pale) to its largest "
            "(strong): compare republics within a map, and numbers between maps. Intervals are in "
            "the heat map. "
        )
        + f"{translate(UNIT_SENTENCE)} {provenance_sentence(dataset)} "
        + translate("Borders are simplified by hand and take no side in any dispute.")
        + _without_outline(dataset),
    )
    figure, axes = PageLayout(
        dataset.sizes["holder"],
        dataset.sizes["channel"],
        *text,
        panel=(3.6, 2.42),
        left=0.5,
        gap=0.1,
        head=0.04,
        foot=0.04,
        bottom=0.12,
        key=list_events(dataset, titled=True),
    ).make()
    draw_map(dataset, axes)
    return figure
