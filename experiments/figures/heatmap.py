"""Every share in the final year, with its 90% interval; one panel per holder."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_fixed

from .bands import last_year, until_last_time
from .captions import UNIT_SENTENCE, provenance_sentence, shown_title
from .events import list_events
from .headline import headline_of_leads
from .language import translate, translate_names
from .page_layout import PageLayout, find_edges
from .style import SMALL_SIZE, background, colour_map, label_columns, text_colour_on, title_panel
from .text_layout import fit_names

STATISTICS = ("share", FINDINGS)
NAME_WIDTH = 130  # points of the longest name of a republic


def draw_heatmap(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw median shares at the end of the run, as colours and as numbers.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (holders,) of Axes.
    """
    final = until_last_time(dataset, "share").isel(time=-1)
    values = final["share"].transpose("holder", "quantile", "republic", "channel").values
    top = float(values[:, 2].max())
    for index, holder in enumerate(final["holder"].values):
        ax = axes[index]
        _draw_cells(ax, values[index], colour_map(holder), top)
        title_panel(ax, translate(holder))
        label_columns(ax, translate_names(final, "channel"))
        names, _ = fit_names(translate_names(final, "republic"), NAME_WIDTH, SMALL_SIZE)
        ax.set_yticks(
            range(final.sizes["republic"]), names if find_edges(ax, axes)[0] else [""] * len(names)
        )
    return axes


def _draw_cells(ax: Axes, values: Array, colours: Colormap, top: float) -> None:
    """Draw the cells of one holder; values are (quantile, republic, channel)."""
    low, median, high = values[0], values[2], values[4]
    edges = [np.arange(size + 1) - 0.5 for size in median.shape]
    ax.pcolormesh(
        edges[1],
        edges[0],
        median,
        cmap=colours,
        vmin=0,
        vmax=top,
        edgecolor=background(),
        linewidth=1.5,
    )
    rows, columns = median.shape
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.grid(visible=False)
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    for row, column in np.ndindex(rows, columns):
        colour = text_colour_on(colours(median[row, column] / top)[:3])
        interval = f"{format_fixed(low[row, column])}\N{EN DASH}{format_fixed(high[row, column])}"
        middle: dict[str, Any] = {"ha": "center", "va": "center", "color": colour}
        share = format_fixed(median[row, column])
        ax.text(column, row - 0.13, share, size=8, gid="median", **middle)
        ax.text(column, row + 0.22, interval, size=6, gid="interval", **middle)


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    text = headline_of_leads(
        dataset,
        translate(
            "{title}: shares at the end of {year}. Median over members, and below it the interval "
            "that holds 90% of them"
        ).format(title=shown_title(dataset), year=last_year(dataset, "share")),
        translate("The stronger the tint, the larger the median share, on one scale for all. ")
        + f"{translate(UNIT_SENTENCE)} {provenance_sentence(dataset)}",
    )
    figure, axes = PageLayout(
        1,
        dataset.sizes["holder"],
        *text,
        panel=(2.0, 0.46 * dataset.sizes["republic"]),
        left=fit_names(translate_names(dataset, "republic"), NAME_WIDTH, SMALL_SIZE)[1] + 0.3,
        gap=0.14,
        key=list_events(dataset, titled=True),
        top=0.3,
    ).make()
    draw_heatmap(dataset, axes[0])
    return figure
