"""The difference from the baseline, member by member: one row of panels per scenario.

Every member has the same parameters and noise in all scenarios, so that differences come from
the scenario alone. They are taken in each member, of the mean over republics, before
summarising over members.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.differences import MIN_CHANGE as LEAST_DRAWN
from steppe.experiments.results.differences import SIGN_AGREEMENT, compared_pairs
from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_change, format_fixed, format_percent, format_signed

from .bands import (
    LegendEntry,
    band_legend,
    draw_shares,
    holder_legend,
    last_year,
    recorded_years,
    set_up_axes,
    until_last_time,
    year_ticks,
)
from .captions import (
    BAND_SENTENCE,
    difference_title,
    list_words,
    provenance_sentence,
    references_phrase,
    region_label,
    shown_title,
)
from .events import HISTORY_ENDS, list_levers
from .headline import MOST_BANDS, headline, largest_finding
from .language import translate, translate_names
from .page_layout import PageLayout, find_edges, iterate_panels, panel_width
from .page_sizes import current_size
from .style import TEXT_SIZE, holder_colour, muted_colour, text_colour
from .text_layout import fit_lines

STATISTICS = ("change", FINDINGS)
MOST_ROWS = 10  # scenarios drawn; the others are named with their largest difference
MOST_IN_COLUMN = 5  # on a page that may not be as tall
LARGEST_SIZE, LARGEST_HEIGHT = 6.5, 10.0  # points of the text above a panel, and of its line
MARGIN = 0.24  # part of a panel's width for the intervals at the end
MIN_LIMIT = 0.005  # smallest upper end of the axis, for scenarios that change hardly anything
MIN_CHANGE = 0.001  # smaller changes are written as none


def compared_scenarios(dataset: xr.Dataset) -> list[str]:
    """Return the scenarios that have something to be compared with."""
    return list(compared_pairs(dataset))


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
        left, bottom = find_edges(ax, axes)
        _set_up_axes(ax, years, limit, left=left, bottom=bottom)
        reached = ~np.isnan(values[row, column, 2]).all(axis=1)
        last = int(np.flatnonzero(reached).max(initial=-1)) + 1
        final = values[row, column, 2, last - 1]
        banded = [
            holders[index] for index in np.argsort(-np.abs(np.nan_to_num(final)))[:MOST_BANDS]
        ]
        draw_shares(ax, years[:last], values[row, column, :, :last], holders, banded)
        end = values[row, column, :, last - 1], agree[row, column, last - 1]
        _draw_end(ax, *end, holders)
        _write_largest(ax, *end, holders)
        if row == 0:
            ax.set_title(translate_names(shown, "channel")[column], pad=6 + LARGEST_HEIGHT)
        if column == 0:
            ax.set_ylabel(
                fit_lines(difference_title(dataset, names[row]), 95, TEXT_SIZE, lines=5),
                rotation=0,
                ha="right",
                va="center",
                labelpad=6,
            )
    return axes


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
    """Set up a panel with room beside the differences for the intervals at the end."""
    set_up_signed_axes(ax, years, limit, left=left, bottom=bottom)
    first, last = ax.get_xlim()
    ax.set_xlim(first, last + (last - first) * MARGIN)
    if bottom:
        ticks = [year for year in year_ticks(years) if len(years) > 1 or year < last]
        end = translate("at the end") if panel_width(ax) > 2.7 else translate("end")
        places = [*ticks, last + (last - first) * MARGIN / 2]
        ax.set_xticks(places, [*map(str, ticks), end])


def set_up_signed_axes(ax: Axes, years: Array, limit: float, *, left: bool, bottom: bool) -> None:
    """Set up a panel of differences, from -limit to limit, with a line at nought."""
    step = _round_step(limit)
    ticks = np.arange(-int(limit / step), int(limit / step) + 1) * step
    set_up_axes(ax, years, ticks, (-limit, limit), left=left, bottom=bottom)
    first, last = ax.get_xlim()
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
        fill = colours[index] if agree[index] >= SIGN_AGREEMENT else ax.get_facecolor()
        look: dict[str, Any] = {"color": colours[index], "markersize": 4.5, "markerfacecolor": fill}
        ax.plot(across[index], values[2, index], "o", zorder=4, gid=f"end:{holder}", **look)


def _write_largest(ax: Axes, values: Array, agree: Array, holders: list[str]) -> None:
    """Write the largest change at the end as text, above the panel."""
    largest = int(np.argmax(np.abs(np.nan_to_num(values[2]))))
    low, median, high = (format_change(values[row, largest]) for row in (0, 2, 4))
    agreeing = format_percent(agree[largest])
    text = translate("{holder} {median} (90%: {low} to {high}), {agreeing} agree").format(
        holder=translate(holders[largest]), median=median, low=low, high=high, agreeing=agreeing
    )
    if values[0, largest] == values[4, largest]:  # one member, or all alike
        text = f"{translate(holders[largest])} {median}"
    if abs(values[2, largest]) < MIN_CHANGE:
        text = translate("no difference reaches 0.001")
    ax.annotate(
        fit_lines(text, 72 * panel_width(ax), LARGEST_SIZE, lines=1),
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 2),
        textcoords="offset points",
        size=LARGEST_SIZE,
        va="bottom",
        gid="largest",
    )


def _median_legend() -> list[LegendEntry]:
    """Return the legend entries of bands, and of filled and open dots."""
    colour = text_colour()
    filled = Line2D([], [], color=colour, marker="o", markersize=4.5)
    unfilled = Line2D([], [], color=colour, marker="o", markersize=4.5, markerfacecolor="none")
    return [
        *band_legend(events=False, boundary=False),
        (filled, translate("end of run: at least 90% of members agree on the sign")),
        (unfilled, translate("fewer agree")),
    ]


def sizes_at_end(dataset: xr.Dataset) -> dict[str, float]:
    """Return the largest median difference of each scenario at its end, the largest first."""
    found = {}
    for name in compared_scenarios(dataset):
        median = dataset["change"].sel(scenario=name, quantile=0.5)
        reached = median.transpose("time", "channel", "holder").values
        reached = reached[~np.isnan(reached).all(axis=(1, 2))]
        found[name] = float(np.nanmax(np.abs(reached[-1]))) if len(reached) else 0.0
    return dict(sorted(found.items(), key=lambda row: -row[1]))


def _fold(dataset: xr.Dataset, sizes: dict[str, float]) -> tuple[list[str], str]:
    """Return the scenarios to draw, and a sentence on the others."""
    most = MOST_IN_COLUMN if current_size().tallest else MOST_ROWS
    drawn = [name for name, size in sizes.items() if size >= LEAST_DRAWN][:most]
    drawn = drawn or list(sizes)[:1]
    smaller = [name for name in sizes if name not in drawn]
    named = [f"{shown_title(dataset, name)} ({format_fixed(sizes[name])})" for name in smaller]
    line = translate("Not drawn, with their largest difference at the end: {scenarios}.")
    return drawn, line.format(scenarios=list_words(named)) if named else ""


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page: the scenarios that differ most, in order of size."""
    sizes = sizes_at_end(dataset)
    names, folded = _fold(dataset, sizes)
    finding = largest_finding(dataset, list(sizes))
    pairs = compared_pairs(dataset)
    against = references_phrase({name: pairs[name] for name in names})
    others = dict.fromkeys(pairs[name] for name in names)
    dataset = dataset.sel(scenario=[*others, *names])
    rows = len(names)
    text = headline(
        dataset,
        finding,
        translate(
            "Each scenario minus {other}, member by member, {where}, over time and at the end of "
            "the run ({year}); the largest first"
        ).format(
            other=against,
            where=region_label(dataset),
            year=last_year(dataset.sel(scenario=names), "change"),
        ),
        translate(
            "Each member has the same parameters and noise in every scenario; the difference is "
            "taken in each member, and the line and bands are over members. "
        )
        + f"{translate(BAND_SENTENCE)} "
        + translate(
            "Bands are drawn for the two largest differences of a panel; beside them the same for "
            "the end of the run. In words: the largest shift at the end, its 90% interval, and how "
            "many members agree on its sign. "
        )
        + provenance_sentence(dataset),
    )
    figure, axes = PageLayout(
        rows,
        dataset.sizes["channel"],
        *text,
        panel=(3.6, 1.5 if rows <= 6 else 1.0),
        left=1.9,
        gap=0.2,
        head=0.06 + LARGEST_HEIGHT / 72,
        foot=0.06,
        remark=folded,
        key=list_levers(dataset.sel(scenario=names)),
        legends=(holder_legend(list(dataset["holder"].values)), _median_legend()),
    ).make()
    draw_difference(dataset, axes)
    return figure
