"""Lines with bands over time, as trajectories, republic, region and difference draw them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.results.statistics import compared_name
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import decimal_year, parse_quarter

from .captions import list_words
from .events import Mark, draw_boundary, draw_marks
from .language import translate
from .line_labels import label_lines, labels_fit
from .style import (
    BAND_50_OPACITY,
    BAND_90_OPACITY,
    BAND_EDGE_OPACITY,
    DASHED,
    DOTTED,
    grid_colour,
    holder_colour,
    line_style,
    muted_colour,
    text_colour,
)

LEAST_SEEN = 0.002  # medians that differ less lie on each other
LegendEntry = tuple[Artist, str]


def recorded_years(dataset: xr.Dataset) -> Array:
    """Return the recorded quarters as decimal years."""
    return np.array([decimal_year(parse_quarter(str(name))) for name in dataset["quarter"].values])


def until_last_time(dataset: xr.Dataset, statistic: str) -> xr.Dataset:
    """Return the dataset up to the last time that its scenario reaches."""
    values = dataset[statistic]
    present = values.notnull().any([name for name in values.dims if name != "time"])
    return dataset.isel(time=np.flatnonzero(present.values))


def last_year(dataset: xr.Dataset, statistic: str) -> str:
    """Return the year of the last time that any of its scenarios reaches."""
    return str(until_last_time(dataset, statistic)["quarter"].values[-1])[:4]


def compared_medians(dataset: xr.Dataset, statistic: str, banded: Collection[str]) -> xr.DataArray:
    """Return the medians of the scenario that a page's finding compares with, as far as drawn.

    Missing for holders without bands, and until anything differs; all are where nothing does.
    """
    own = dataset[statistic].sel(quantile=0.5, drop=True)
    other = dataset.get(compared_name(statistic))
    names = next(name for name in ("holder", "power") if name in own.dims)
    if other is None:
        return xr.full_like(own, np.nan)
    shown = other.where(own[names].isin(list(banded)))
    apart = (shown - own).transpose("time", ...).values.reshape(own.sizes["time"], -1)
    differs = (np.abs(apart) >= LEAST_SEEN).any(axis=1)
    first = int(np.argmax(differs)) if differs.any() else len(differs)
    return shown.where(xr.DataArray(np.arange(len(differs)) >= first - 1, dims="time"))


def draw_shares(
    ax: Axes, years: Array, values: Array, holders: list[str], banded: Collection[str]
) -> Axes:
    """Draw every holder's median, and the bands of some; values are (quantile, time, holder)."""
    for index, holder in enumerate(holders):
        if holder in banded:
            _draw_bands(ax, years, values[:, :, index], holder)
        width, order = (1.8, 3.2) if holder in banded else (1.1, 3)
        style = {"linestyle": line_style(holder), "linewidth": width, "zorder": order}
        draw_line(ax, years, values[2, :, index], holder, "median", label=holder, **style)
    return ax


def draw_line(ax: Axes, years: Array, medians: Array, holder: str, mark: str, **style: Any) -> None:
    """Draw a line of a holder, a point for a single time; its gid is `mark:holder`."""
    colour, gid = holder_colour(holder), f"{mark}:{holder}"
    point = "o" if len(years) == 1 else None
    ax.plot(years, medians, color=colour, gid=gid, marker=point, markersize=3, **style)


def _draw_bands(ax: Axes, years: Array, values: Array, holder: str) -> None:
    """Draw the middle 90% and the middle 50% of one holder; values are (quantile, time)."""
    colour = holder_colour(holder)
    ax.fill_between(
        years,
        values[0],
        values[4],
        facecolor=(colour, BAND_90_OPACITY),
        edgecolor=(colour, BAND_EDGE_OPACITY),
        linewidth=0.5,
        gid=f"90:{holder}",
    )
    ax.fill_between(
        years,
        values[1],
        values[3],
        facecolor=(colour, BAND_50_OPACITY),
        linewidth=0,
        gid=f"50:{holder}",
    )


def draw_panel(
    ax: Axes,
    years: Array,
    values: Array,
    holders: list[str],
    marks: list[Mark],
    top: float,
    *,
    banded: Collection[str],
    compared: Array | None = None,
    left: bool = True,
    bottom: bool = True,
) -> Axes:
    """Draw one panel of shares over time, with events, the end of history and names of lines.

    `top` is the upper end of the share axis; `banded` are the holders with bands; `compared` has
    medians (time, holder) of another scenario; `left` and `bottom` say whether the panel lies at
    that edge of the page and has tick labels there.
    """
    set_up_axes(ax, years, np.arange(0, top + 1e-9, 0.2), (0, top), left=left, bottom=bottom)
    draw_boundary(ax, ax.get_xlim()[1])
    draw_marks(ax, marks)
    draw_shares(ax, years, values, holders, banded)
    if compared is not None:
        _draw_compared(ax, years, compared, holders)
    if labels_fit(holders, ax.get_window_extent().height / ax.figure.dpi):
        label_lines(ax, values[2, -1], holders)
    return ax


def _draw_compared(ax: Axes, years: Array, medians: Array, holders: list[str]) -> None:
    """Draw the medians (time, holder) of another scenario, dotted."""
    for index, holder in enumerate(holders):
        if not np.isnan(medians[:, index]).all():
            style = {"linestyle": DOTTED, "linewidth": 1.3, "zorder": 3.1}
            draw_line(ax, years, medians[:, index], holder, "compared", **style)


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
    lines: dict[str, Any] = {"color": grid_colour(), "linewidth": 0.5, "zorder": 0.6}
    ax.vlines(x_ticks, 0, 1, transform=ax.get_xaxis_transform(), **lines)
    ax.hlines(y_ticks, 0, 1, transform=ax.get_yaxis_transform(), **lines)
    ax.set_xticks(x_ticks if bottom else [])
    ax.set_yticks(y_ticks if left else [])


def year_ticks(years: Array) -> Array:
    """Return round years within the span: every ten, five, two or one, depending on its length."""
    first, last = int(np.floor(years[0])), int(np.ceil(years[-1]))
    step = next((step for step, most in ((1, 5), (2, 8), (5, 25)) if last - first <= most), 10)
    return np.arange(-(-first // step) * step, last + 1, step)


def share_axis_top(values: Array) -> float:
    """Return the upper end of the share axis, the same for all panels to make them comparable."""
    return float(min(1.0, np.ceil(np.nanmax(values) * 20 + 0.2) / 20))


def holder_legend(holders: list[str]) -> list[LegendEntry]:
    """Return the legend entries of holders."""
    return [
        (
            Line2D([], [], color=holder_colour(name), linestyle=line_style(name), linewidth=2),
            translate(name),
        )
        for name in holders
    ]


def band_legend(
    *, events: bool, boundary: bool, banded: Sequence[str] = (), compared: str = ""
) -> list[LegendEntry]:
    """Return the legend entries of lines and bands.

    `banded` are the holders with bands, if few; `compared` is what dotted lines show.
    """
    whose = f", {list_words(banded)}" if banded else ""
    entries: list[LegendEntry] = [
        (Line2D([], [], color=text_colour()), translate("median")),
        (Patch(color=text_colour(), alpha=0.45, linewidth=0), translate("50% of members") + whose),
        (Patch(color=text_colour(), alpha=0.17, linewidth=0), translate("90% of members") + whose),
    ]
    if compared:
        dotted = Line2D([], [], color=text_colour(), linewidth=1.3, linestyle=DOTTED)
        entries.append((dotted, translate("median of {other}").format(other=compared)))
    if events:
        dashed = Line2D([], [], color=muted_colour(), linewidth=0.9, linestyle=DASHED)
        entries.append((dashed, translate("event, numbered as below")))
    if boundary:
        solid = Line2D([], [], color=muted_colour(), linewidth=0.9)
        entries.append((solid, translate("end of history (2019)")))
    return entries
