"""The final year: every share, with its 90 % interval, one panel per holder."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .bands import reached
from .captions import UNIT, provenance, title_of
from .page_layout import Page
from .style import SMALL, ground, name_columns, readable_on, tints
from .text_layout import cut, names_within

MEASURES = ("share",)
NAMES = 130  # points that names of republics take at most


def heatmap(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Median shares at the end of the run, as tint and as number.

    Parameters
    ----------
    dataset : measures of one scenario, with `share`.
    axes : (holders,) of Axes.
    """
    final = reached(dataset, "share").isel(time=-1)
    values = final["share"].transpose("holder", "quantile", "republic", "channel").values
    top = float(values[:, 2].max())
    for place, holder in enumerate(final["holder"].values):
        ax = axes[place]
        _cells(ax, values[place], tints(holder), top)
        ax.set_title(cut(holder, 105, 9), pad=5)
        name_columns(ax, [cut(name, 46, SMALL) for name in final["channel"].values])
        names, _ = names_within(final["republic"].values, NAMES, SMALL)
        ax.set_yticks(range(final.sizes["republic"]), names if place == 0 else [""] * len(names))
    return axes


def _cells(ax: Axes, values: np.ndarray, tint, top: float) -> None:
    """Cells of one holder; values are (quantile, republic, channel)."""
    low, median, high = values[0], values[2], values[4]
    edges = [np.arange(size + 1) - 0.5 for size in median.shape]
    ax.pcolormesh(
        edges[1], edges[0], median, cmap=tint, vmin=0, vmax=top, edgecolor=ground(), linewidth=1.5
    )
    rows, columns = median.shape
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.grid(visible=False)
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    for row, column in np.ndindex(rows, columns):
        ink = readable_on(tint(median[row, column] / top)[:3])
        ax.text(
            column,
            row - 0.13,
            f"{median[row, column]:.2f}",
            ha="center",
            va="center",
            size=8,
            color=ink,
            gid="median",
        )
        interval = f"{low[row, column]:.2f}\N{EN DASH}{high[row, column]:.2f}"
        ax.text(
            column,
            row + 0.22,
            interval,
            ha="center",
            va="center",
            size=6,
            color=ink,
            gid="interval",
        )


def page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    end = str(reached(dataset, "share")["quarter"].values[-1])
    figure, axes = Page(
        1,
        dataset.sizes["holder"],
        f"{title_of(dataset)}: shares at the end of {end[:4]}",
        "Median over members, and below it the interval that holds 90 % of them",
        f"The stronger the tint, the larger the median share, on one scale for all. {UNIT} {provenance(dataset)}",
        panel=(2.0, 0.46 * dataset.sizes["republic"]),
        left=names_within(dataset["republic"].values, NAMES, SMALL)[1] + 0.3,
        gap=0.14,
        top=0.3,
    ).make()
    heatmap(dataset, axes[0])
    return figure
