"""Scenarios in one panel, and below it their paired difference from one of them.

The last scenario of the dataset is the one that the others are compared with.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.findings import name_reference
from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array

from .bands import (
    LegendEntry,
    draw_line,
    draw_shares,
    recorded_years,
    set_up_axes,
    share_axis_top,
    until_last_time,
)
from .captions import (
    UNIT_SENTENCE,
    provenance_sentence,
    region_label,
    shown_title,
    title_of,
    years_phrase,
)
from .difference import MIN_LIMIT, set_up_signed_axes
from .events import draw_boundary, list_events
from .headline import banded_holders, find_difference, headline
from .language import translate, translate_names
from .line_labels import label_lines, label_width
from .page_layout import PageLayout
from .style import TEXT_SIZE, LineStyle, text_colour
from .text_layout import truncate_middle

STATISTICS = ("region", "change", FINDINGS)
STYLES: tuple[LineStyle, ...] = ("-", (0, (1, 1)), (0, (5, 1.2, 1, 1.2)), (0, (3.5, 1.6)))
MOST_SCENARIOS = len(STYLES)


def shown_holders(dataset: xr.Dataset) -> list[str]:
    """Return the holders that are drawn: those that the title speaks of, at most two."""
    return list(banded_holders(dataset.isel(scenario=0)))


def draw_overlay(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the medians of all scenarios, and below them the differences with bands.

    Parameters
    ----------
    dataset : statistics of two to four scenarios, with `region`, and `change` from the last.
    axes : (2, channels) of Axes.
    """
    holders = shown_holders(dataset)
    dataset = until_last_time(dataset, "region").sel(holder=holders)
    years = recorded_years(dataset)
    order = ("scenario", "channel", "quantile", "time", "holder")
    levels = dataset["region"].transpose(*order).values
    change = dataset["change"].transpose(*order).values[:-1]
    top = share_axis_top(levels[:, :, 2])
    limit = max(float(np.nanmax(np.abs(np.nan_to_num(change)))) * 1.05, MIN_LIMIT)
    for column in range(axes.shape[1]):
        upper, lower = axes[:, column]
        ticks = np.arange(0, top + 1e-9, 0.2 if top > 0.4 else 0.1)
        set_up_axes(upper, years, ticks, (0, top), left=column == 0, bottom=False)
        draw_boundary(upper, upper.get_xlim()[1])
        for number, values in enumerate(levels[:, column, 2]):
            _draw_lines(upper, years, values, holders, _style(number, len(levels)))
        label_lines(upper, _last(levels[0, column, 2]), holders)
        upper.set_title(translate_names(dataset, "channel")[column], pad=5)
        set_up_signed_axes(lower, years, limit, left=column == 0, bottom=True)
        for number, values in enumerate(change[:, column]):
            if number == 0:
                draw_shares(lower, years, values, holders, holders)
            else:
                _draw_lines(lower, years, values[2], holders, _style(number, len(levels)))
        label_lines(lower, _last(change[0, column, 2]), holders)
    axes[0, 0].set_ylabel(translate("share"))
    axes[1, 0].set_ylabel(translate("difference"))
    return axes


def _style(number: int, count: int) -> LineStyle:
    """Return the line of a scenario; the last, which others are compared with, is dashed."""
    return STYLES[-1] if number == count - 1 else STYLES[number]


def _draw_lines(
    ax: Axes, years: Array, medians: Array, holders: list[str], style: LineStyle
) -> None:
    for index, holder in enumerate(holders):
        draw_line(ax, years, medians[:, index], holder, "line", linestyle=style)


def _last(medians: Array) -> list[float]:
    """Return the last value of each holder that is there; medians are (time, holder)."""
    reached = np.flatnonzero(~np.isnan(medians).all(axis=1))
    return list(map(float, medians[reached[-1]])) if reached.size else [np.nan] * medians.shape[1]


def _legend(dataset: xr.Dataset) -> list[LegendEntry]:
    names = [str(name) for name in dataset["scenario"].values]
    return [
        (
            Line2D([], [], color=text_colour(), linestyle=_style(number, len(names))),
            truncate_middle(shown_title(dataset, name), 220, TEXT_SIZE),
        )
        for number, name in enumerate(names)
    ]


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    *names, last = [str(name) for name in dataset["scenario"].values]
    other = translate(name_reference(title_of(dataset, last)))
    more = translate("; the other scenarios as medians") if len(names) > 1 else ""
    holders = shown_holders(dataset)
    first = dataset.isel(scenario=0)
    years = recorded_years(until_last_time(dataset, "region"))
    text = headline(
        dataset,
        find_difference(first),
        translate(
            "Shares of influence capacity, {where}, {years}; below, the difference from {other}, "
            "member by member"
        ).format(where=region_label(first), years=years_phrase(years), other=other),
        translate(
            "Upper panels: medians. Lower panels: {name} minus {other}, median with the middle 50% "
            "and 90% of members{more}. "
        ).format(name=shown_title(dataset, names[0]), other=other, more=more)
        + f"{translate(UNIT_SENTENCE)} {provenance_sentence(dataset)}",
    )
    beside = label_width(holders)
    figure, axes = PageLayout(
        2,
        dataset.sizes["channel"],
        *text,
        panel=(2.9, 1.9),
        heights=(2.1, 1.5),
        left=0.6,
        right=beside + 0.05,
        gap=beside + 0.15,
        head=0.12,
        key=list_events(first, titled=True),
        legends=(_legend(dataset),),
    ).make()
    draw_overlay(dataset, axes)
    return figure
