"""The difference from the baseline, member by member: one row of panels per scenario.

Every member has the same parameters and noise in all scenarios, so that differences come from
the scenario alone. They are taken in each member, of the mean over republics, before
summarising over members.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.differences import BASELINE, SIGN_AGREEMENT
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_change, format_percent, format_signed

from .bands import (
    LegendEntry,
    band_legend,
    draw_shares,
    holder_legend,
    recorded_years,
    set_up_axes,
    until_last_time,
    year_ticks,
)
from .captions import BAND_SENTENCE, provenance_sentence, region_label
from .events import HISTORY_ENDS
from .page_layout import PageLayout, iterate_panels
from .style import TEXT_SIZE, background, holder_colour, muted_colour, text_colour
from .text_layout import fit_lines

STATISTICS = ("change",)
MARGIN = 0.24  # part of a panel's width for the intervals at the end
MIN_LIMIT = 0.005  # smallest upper end of the axis, for scenarios that change hardly anything
MIN_CHANGE = 0.001  # smaller changes are written as none


def compared_scenarios(dataset: xr.Dataset) -> list[str]:
    """Return the scenarios to compare: all but the baseline and history, which has no future."""
    names = [str(name) for name in dataset["scenario"].values]
    if BASELINE not in names:
        return []
    return [name for name in names if name not in (BASELINE, "history")]


def draw_difference(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw paired differences of the mean over republics, with the intervals at the end beside.

    Parameters
    ----------
    dataset : statistics of all scenarios, with `change`, `lower` and `higher`.
    axes : (scenarios compared, channels) of Axes.
    """
    names = compared_scenarios(dataset)
    shown = _from_first_difference(dataset.sel(scenario=names))
    years, holders = recorded_years(shown), list(shown["holder"].values)
    values = shown["change"].transpose("scenario", "channel", "quantile", "time", "holder").values
    order = ("scenario", "channel", "time", "holder")
    agree = np.fmax(*(shown[name].transpose(*order).values for name in ("lower", "higher")))
    limit = max(float(np.nanmax(np.abs(values))) * 1.05, MIN_LIMIT)
    for row, column, ax in iterate_panels(axes):
        _set_up_axes(ax, years, limit, left=column == 0, bottom=row == len(axes) - 1)
        reached = ~np.isnan(values[row, column, 2]).all(axis=1)
        last = int(np.flatnonzero(reached).max(initial=-1)) + 1
        draw_shares(ax, years[:last], values[row, column, :, :last], holders)
        end = values[row, column, :, last - 1], agree[row, column, last - 1]
        _draw_end(ax, *end, holders)
        _write_largest(ax, *end, holders)
        if row == 0:
            ax.set_title(str(shown["channel"].values[column]), pad=6)
        if column == 0:
            ax.set_ylabel(
                fit_lines(_title(dataset, names[row]), 95, TEXT_SIZE, lines=5),
                rotation=0,
                ha="right",
                va="center",
                labelpad=6,
            )
    return axes


def _title(dataset: xr.Dataset, name: str) -> str:
    return str(dataset.attrs["request"]["titles"].get(name, name))


def _from_first_difference(dataset: xr.Dataset) -> xr.Dataset:
    """Select times from one before anything differs; earlier differences are zero by design."""
    dataset = until_last_time(dataset, "change")
    change = dataset["change"].transpose("time", ...).values
    moved = (np.abs(np.nan_to_num(change)) > 1e-9).any(axis=tuple(range(1, change.ndim)))
    first = (
        int(np.argmax(moved))
        if moved.any()
        else int(np.searchsorted(recorded_years(dataset), 2020))
    )
    return dataset.isel(time=slice(max(min(first - 1, dataset.sizes["time"] - 2), 0), None))


def _set_up_axes(ax: Axes, years: Array, limit: float, *, left: bool, bottom: bool) -> None:
    step = _round_step(limit)
    ticks = np.arange(-int(limit / step), int(limit / step) + 1) * step
    set_up_axes(ax, years, ticks, (-limit, limit), left=left, bottom=bottom)
    first, last = ax.get_xlim()
    ax.set_xlim(first, last + (last - first) * MARGIN)
    if bottom:
        ax.set_xticks(
            [*year_ticks(years), last + (last - first) * MARGIN / 2],
            [*map(str, year_ticks(years)), "at the end"],
        )
    ax.axhline(0, color=text_colour(), linewidth=0.7, zorder=1.5)
    if first < HISTORY_ENDS < last:
        ax.axvline(HISTORY_ENDS, color=muted_colour(), linewidth=0.9, zorder=1.6, gid="boundary")
    if left:
        digits = 2 if step < 0.1 else 1
        ax.set_yticks(ticks, [format_signed(tick, digits) for tick in ticks])


def _round_step(limit: float) -> float:
    """Return 1, 2 or 5 times a power of ten that gives two or three grid lines on each side."""
    power = 10.0 ** np.floor(np.log10(limit))
    steps = (power * factor for factor in (0.1, 0.2, 0.5, 1))
    return float(next((step for step in steps if limit / step <= 3), power))


def _draw_end(ax: Axes, values: Array, agree: Array, holders: list[str]) -> None:
    """Draw the intervals at the end; dots are filled where 90% of members agree on the sign."""
    start, stop = ax.get_xlim()
    width = (stop - start) * MARGIN / (1 + MARGIN)
    across = stop - width + width * np.arange(1, len(holders) + 1) / (len(holders) + 1)
    colours = [holder_colour(holder) for holder in holders]
    ax.vlines(across, values[0], values[4], color=colours, linewidth=1.0, gid="end 90")
    ax.vlines(across, values[1], values[3], color=colours, linewidth=3.0, gid="end 50")
    for index, holder in enumerate(holders):
        ax.plot(
            across[index],
            values[2, index],
            "o",
            color=colours[index],
            markersize=4.5,
            zorder=4,
            gid=f"end:{holder}",
            markerfacecolor=colours[index]
            if agree[index] >= SIGN_AGREEMENT
            else ax.get_facecolor(),
        )


def _write_largest(ax: Axes, values: Array, agree: Array, holders: list[str]) -> None:
    """Write the largest change at the end as text, where all differences are still small."""
    largest = int(np.argmax(np.abs(np.nan_to_num(values[2]))))
    low, median, high = (format_change(values[row, largest]) for row in (0, 2, 4))
    agreeing = format_percent(agree[largest])
    text = f"{holders[largest]} {median} (90%: {low} to {high}), {agreeing} agree"
    if abs(values[2, largest]) < MIN_CHANGE:
        text = "no difference reaches 0.001"
    ax.text(
        0.015,
        0.97,
        text,
        transform=ax.transAxes,
        size=6.5,
        va="top",
        gid="largest",
        bbox={"facecolor": background(), "edgecolor": "none", "pad": 0.5},
        zorder=1,
    )


def _median_legend() -> list[LegendEntry]:
    """Return the legend entries of bands, and of filled and open dots."""
    colour = text_colour()
    filled = Line2D([], [], color=colour, marker="o", markersize=4.5)
    unfilled = Line2D([], [], color=colour, marker="o", markersize=4.5, markerfacecolor="none")
    return [
        *band_legend(events=False, boundary=False),
        (filled, "end of run: 90% of members agree on the sign"),
        (unfilled, "fewer agree"),
    ]


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    names = compared_scenarios(dataset)
    rows = len(names)
    end = str(until_last_time(dataset.sel(scenario=names), "change")["quarter"].values[-1])
    figure, axes = PageLayout(
        rows,
        dataset.sizes["channel"],
        "Difference from the baseline, member by member",
        f"Each scenario minus the baseline, {region_label(dataset)}, "
        f"over time and at the end of the run ({end[:4]})",
        "Each member has the same parameters and noise in every scenario; the difference is taken "
        "in each member, and the line and bands are over members. "
        f"{BAND_SENTENCE} Beside them the same for the end of the run. "
        "In words: the largest shift at the end, its 90% interval, and how many members agree on "
        f"its sign. {provenance_sentence(dataset.sel(scenario=[BASELINE, *names]))}",
        panel=(3.9, 1.5 if rows <= 6 else 1.0),
        left=2.0,
        gap=0.2,
        head=0.06,
        foot=0.06,
        legends=(holder_legend(list(dataset["holder"].values)), _median_legend()),
    ).make()
    draw_difference(dataset, axes)
    return figure
