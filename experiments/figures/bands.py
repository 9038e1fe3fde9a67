"""Lines with bands over time, as trajectories, republic, region and difference draw them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.model.core.array_types import Array
from steppe.model.core.calendar import decimal_year, parse_quarter

from .events import Mark, draw_boundary, draw_marks
from .style import (
    BAND_50_OPACITY,
    BAND_90_OPACITY,
    BAND_EDGE_OPACITY,
    DASHED,
    grid_colour,
    holder_colour,
    line_style,
    muted_colour,
    text_colour,
)

LegendEntry = tuple[Artist, str]


def recorded_years(dataset: xr.Dataset) -> Array:
    """Return the recorded quarters as decimal years."""
    return np.array([decimal_year(parse_quarter(str(name))) for name in dataset["quarter"].values])


def until_last_time(dataset: xr.Dataset, statistic: str) -> xr.Dataset:
    """Return the dataset up to the last time that its scenario reaches."""
    values = dataset[statistic]
    present = values.notnull().any([name for name in values.dims if name != "time"])
    return dataset.isel(time=np.flatnonzero(present.values))


def draw_shares(ax: Axes, years: Array, values: Array, holders: list[str]) -> Axes:
    """Draw the median and bands of every holder; values are (quantile, time, holder)."""
    for index, holder in enumerate(holders):
        low, lower_quartile, median, upper_quartile, high = values[:, :, index]
        colour = holder_colour(holder)
        ax.fill_between(
            years,
            low,
            high,
            facecolor=(colour, BAND_90_OPACITY),
            edgecolor=(colour, BAND_EDGE_OPACITY),
            linewidth=0.5,
            gid=f"90:{holder}",
        )
        ax.fill_between(
            years,
            lower_quartile,
            upper_quartile,
            facecolor=(colour, BAND_50_OPACITY),
            linewidth=0,
            gid=f"50:{holder}",
        )
        ax.plot(
            years,
            median,
            color=colour,
            linestyle=line_style(holder),
            zorder=3,
            gid=f"median:{holder}",
            marker="o" if len(years) == 1 else None,
            markersize=3,
        )
    return ax


def draw_panel(
    ax: Axes,
    years: Array,
    values: Array,
    holders: list[str],
    marks: list[Mark],
    top: float,
    *,
    left: bool = True,
    bottom: bool = True,
) -> Axes:
    """Draw one panel of shares over time, with events and the end of history.

    `top` is the upper end of the share axis; `left` and `bottom` say whether the panel lies at
    that edge of the page and has tick labels there.
    """
    set_up_axes(ax, years, np.arange(0, top + 1e-9, 0.2), (0, top), left=left, bottom=bottom)
    draw_boundary(ax, ax.get_xlim()[1])
    draw_marks(ax, marks)
    return draw_shares(ax, years, values, holders)


def set_up_axes(
    ax: Axes,
    years: Array,
    y_ticks: Array,
    y_limits: tuple[float, float],
    *,
    left: bool,
    bottom: bool,
) -> None:
    """Set limits, grid and ticks; inner panels have no ticks, which are slow to draw."""
    x_ticks = year_ticks(years)
    ax.set_xlim(np.floor(years[0]), np.ceil(years[-1] + 1e-9))
    ax.set_ylim(*y_limits)
    ax.grid(False)
    ax.vlines(
        x_ticks,
        0,
        1,
        transform=ax.get_xaxis_transform(),
        color=grid_colour(),
        linewidth=0.5,
        zorder=0.6,
    )
    ax.hlines(
        y_ticks,
        0,
        1,
        transform=ax.get_yaxis_transform(),
        color=grid_colour(),
        linewidth=0.5,
        zorder=0.6,
    )
    ax.set_xticks(x_ticks if bottom else [])
    ax.set_yticks(y_ticks if left else [])


def year_ticks(years: Array) -> Array:
    """Return round years within the span: every ten, five, two or one, depending on its length."""
    first, last = int(np.floor(years[0])), int(np.ceil(years[-1]))
    step = next((step for step, most in ((1, 5), (2, 8), (5, 25)) if last - first <= most), 10)
    return np.arange(-(-first // step) * step, last + 1, step)


def year_span(years: Array) -> float:
    """Return the length of the time axis in years."""
    return float(np.ceil(years[-1]) - np.floor(years[0]))


def share_axis_top(values: Array) -> float:
    """Return the upper end of the share axis, the same for all panels to make them comparable."""
    return float(min(1.0, np.ceil(np.nanmax(values) * 20 + 0.2) / 20))


def holder_legend(holders: list[str]) -> list[LegendEntry]:
    """Return the legend entries of holders."""
    return [
        (
            Line2D([], [], color=holder_colour(name), linestyle=line_style(name), linewidth=2),
            name,
        )
        for name in holders
    ]


def band_legend(*, events: bool, boundary: bool) -> list[LegendEntry]:
    """Return the legend entries of lines and bands."""
    entries: list[LegendEntry] = [
        (Line2D([], [], color=text_colour()), "median"),
        (Patch(color=text_colour(), alpha=0.45, linewidth=0), "50% of members"),
        (Patch(color=text_colour(), alpha=0.17, linewidth=0), "90% of members"),
    ]
    if events:
        dashed = Line2D([], [], color=muted_colour(), linewidth=0.9, linestyle=DASHED)
        entries.append((dashed, "event, numbered as below"))
    if boundary:
        solid = Line2D([], [], color=muted_colour(), linewidth=0.9)
        entries.append((solid, "end of 2019: history before, future after"))
    return entries
