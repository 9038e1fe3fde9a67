"""Lines with bands over time: what trajectories, one republic, the region and differences have in common."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.model.core.calendar import decimal_year, parse_quarter

from .events import Mark, draw_boundary, draw_marks
from .style import (
    BAND_50_OPACITY,
    BAND_90_OPACITY,
    BAND_EDGE_OPACITY,
    grid_colour,
    holder_colour,
    line_style,
    muted_colour,
    text_colour,
)


def recorded_years(dataset: xr.Dataset) -> np.ndarray:
    """The recorded quarters as decimal years."""
    return np.array([decimal_year(parse_quarter(str(name))) for name in dataset["quarter"].values])


def until_last_time(dataset: xr.Dataset, measure: str) -> xr.Dataset:
    """The dataset up to the last time that its scenario reaches."""
    values = dataset[measure]
    there = values.notnull().any([name for name in values.dims if name != "time"])
    return dataset.isel(time=np.flatnonzero(there.values))


def draw_shares(ax: Axes, years: np.ndarray, values: np.ndarray, holders: list[str]) -> Axes:
    """Median and bands of every holder; values are (quantile, time, holder)."""
    for place, holder in enumerate(holders):
        low, quarter, median, three_quarters, high = values[:, :, place]
        tint = holder_colour(holder)
        ax.fill_between(
            years,
            low,
            high,
            facecolor=(tint, BAND_90_OPACITY),
            edgecolor=(tint, BAND_EDGE_OPACITY),
            linewidth=0.5,
            gid=f"90:{holder}",
        )
        ax.fill_between(
            years,
            quarter,
            three_quarters,
            facecolor=(tint, BAND_50_OPACITY),
            linewidth=0,
            gid=f"50:{holder}",
        )
        ax.plot(
            years,
            median,
            color=tint,
            linestyle=line_style(holder),
            zorder=3,
            gid=f"median:{holder}",
            marker="o" if len(years) == 1 else None,
            markersize=3,
        )
    return ax


def draw_panel(
    ax: Axes,
    years: np.ndarray,
    values: np.ndarray,
    holders: list[str],
    marks: list[Mark],
    top: float,
    *,
    left: bool = True,
    bottom: bool = True,
) -> Axes:
    """One panel of shares over time, with events and the end of history.

    `left` and `bottom` say whether the panel stands at that edge of the page and writes its ticks.
    """
    set_up_axes(ax, years, np.arange(0, top + 1e-9, 0.2), (0, top), left=left, bottom=bottom)
    draw_boundary(ax, ax.get_xlim()[1])
    draw_marks(ax, marks)
    return draw_shares(ax, years, values, holders)


def set_up_axes(
    ax: Axes,
    years: np.ndarray,
    up: np.ndarray,
    limits: tuple[float, float],
    *,
    left: bool,
    bottom: bool,
) -> None:
    """Limits, grid and ticks; inner panels have a grid alone, since ticks are most of what drawing a page costs."""
    across = year_ticks(years)
    ax.set_xlim(np.floor(years[0]), np.ceil(years[-1] + 1e-9))
    ax.set_ylim(*limits)
    ax.grid(False)
    ax.vlines(
        across,
        0,
        1,
        transform=ax.get_xaxis_transform(),
        color=grid_colour(),
        linewidth=0.5,
        zorder=0.6,
    )
    ax.hlines(
        up, 0, 1, transform=ax.get_yaxis_transform(), color=grid_colour(), linewidth=0.5, zorder=0.6
    )
    ax.set_xticks(across if bottom else [])
    ax.set_yticks(up if left else [])


def year_ticks(years: np.ndarray) -> np.ndarray:
    """The round years within the span: every ten, five, two or one of them, by how long it is."""
    first, last = int(np.floor(years[0])), int(np.ceil(years[-1]))
    step = next((step for step, most in ((1, 5), (2, 8), (5, 25)) if last - first <= most), 10)
    return np.arange(-(-first // step) * step, last + 1, step)


def year_span(years: np.ndarray) -> float:
    return float(np.ceil(years[-1]) - np.floor(years[0]))


def share_axis_top(values: np.ndarray) -> float:
    """One upper end of the share axis for all panels, so that they can be compared."""
    return float(min(1.0, np.ceil(np.nanmax(values) * 20 + 0.2) / 20))


def holder_legend(holders: list[str]) -> list[tuple[object, str]]:
    return [
        (
            Line2D([], [], color=holder_colour(holder), linestyle=line_style(holder), linewidth=2),
            holder,
        )
        for holder in holders
    ]


def band_legend(*, events: bool, boundary: bool) -> list[tuple[object, str]]:
    """What lines and bands mean."""
    entries = [
        (Line2D([], [], color=text_colour()), "median"),
        (Patch(color=text_colour(), alpha=0.45, linewidth=0), "50 % of members"),
        (Patch(color=text_colour(), alpha=0.17, linewidth=0), "90 % of members"),
    ]
    if events:
        entries.append(
            (
                Line2D([], [], color=muted_colour(), linewidth=0.9, linestyle=(0, (3, 2))),
                "event, numbered as below",
            )
        )
    if boundary:
        entries.append(
            (
                Line2D([], [], color=muted_colour(), linewidth=0.9),
                "end of 2019: history before, future after",
            )
        )
    return entries
