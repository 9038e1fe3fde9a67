"""Shares at the end of all scenarios, with intervals, for the region or one republic."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import year_of

from .bands import LegendEntry
from .captions import UNIT_SENTENCE, list_words, provenance_sentence, region_label, shown_title
from .events import list_levers
from .headline import headline, largest_finding
from .language import translate, translate_names
from .page_layout import PageLayout, iterate_panels, panel_width
from .style import (
    DASHED,
    SMALL_SIZE,
    TEXT_SIZE,
    holder_colour,
    muted_colour,
    size_that_fits,
    text_colour,
    title_panel,
)
from .text_layout import text_width, truncate_middle

STATISTICS = ("share", "region", FINDINGS)
LEAST_SHOWN = 0.01  # scenarios whose medians differ less from the baseline have no row
MOST_ROWS = 12  # of a channel, beside the baseline
NAME_WIDTH = 190  # points of the longest title of a scenario


def draw_forest(dataset: xr.Dataset, axes: Array, place: str = "region") -> Array:
    """Draw the median and intervals of every holder at the end of scenarios.

    A channel has rows for the scenarios that differ from the baseline in it, the largest
    difference first; for all scenarios where none does.

    Parameters
    ----------
    dataset : statistics of all scenarios, with `share` and `region`.
    axes : (channels, holders) of Axes.
    place : a republic, or "region" for the mean of those in the dataset.
    """
    names = _row_labels(dataset)
    ends = _final_values(_shares(dataset, place))
    limit = float(np.ceil(np.nanmax(ends) * 20 + 0.2) / 20)
    scenarios = list(dataset["scenario"].values)
    base = scenarios.index(BASELINE) if BASELINE in scenarios else None
    shown = shown_rows(dataset, place)
    for row, column, ax in iterate_panels(axes):
        holder, rows = str(dataset["holder"].values[column]), shown[row]
        _draw_intervals(ax, ends[rows, :, row, column], holder_colour(holder))
        if base is not None:
            ax.axvline(
                ends[base, 2, row, column],
                color=muted_colour(),
                linewidth=0.7,
                linestyle=DASHED,
                zorder=0.8,
                gid="baseline",
            )
        ax.set_xlim(0, limit)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        labels = [names[index] if column == 0 else "" for index in rows]
        ax.set_yticks(range(len(rows)), labels)
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelbottom=row == len(axes) - 1)
        narrow = panel_width(ax) < 1.4  # the last label would touch the first of the next panel
        most = 2 if panel_width(ax) < 0.9 else 4 if narrow else 5
        ax.locator_params(axis="x", nbins=most, prune="upper" if narrow else None)
        if row == 0:
            title_panel(ax, translate(holder))
        if column == axes.shape[1] - 1:
            ax.yaxis.set_label_position("right")
            _name_row(ax, translate_names(dataset, "channel")[row])
    return axes


def _name_row(ax: Axes, channel: str) -> None:
    """Write a channel beside its row, smaller where that is low."""
    height = float(ax.get_window_extent().height / ax.figure.dpi * 72)
    size = size_that_fits(channel, height, TEXT_SIZE)
    ax.set_ylabel(channel, rotation=270, labelpad=11, size=size)


def _shares(dataset: xr.Dataset, place: str) -> xr.DataArray:
    return dataset["region"] if place == "region" else dataset["share"].sel(republic=place)


def shown_rows(dataset: xr.Dataset, place: str) -> list[list[int]]:
    """Return the indices of the scenarios that each channel has rows for, the baseline first.

    Without the baseline, or where nothing differs, these are all. History, which has no future,
    has no row beside the baseline.
    """
    names = [str(name) for name in dataset["scenario"].values]
    channels = range(dataset.sizes["channel"])
    if BASELINE not in names:
        return [list(range(len(names))) for _ in channels]
    medians, base = _final_values(_shares(dataset, place))[:, 2], names.index(BASELINE)
    moved = np.nan_to_num(np.abs(medians - medians[base])).max(axis=2)
    found = []
    for channel in channels:
        order = np.argsort(-moved[:, channel], kind="stable")
        rows = [
            int(index)
            for index in order
            if names[index] not in (BASELINE, "history") and moved[index, channel] >= LEAST_SHOWN
        ][:MOST_ROWS]
        found.append([base, *rows] if rows else list(range(len(names)))[: MOST_ROWS + 1])
    return found


def _row_labels(dataset: xr.Dataset) -> list[str]:
    """Return the titles of the scenarios, with the year in which each ends."""
    request, rows = dataset.attrs["request"], []
    for name in map(str, dataset["scenario"].values):
        title = truncate_middle(shown_title(dataset, name), NAME_WIDTH, SMALL_SIZE)
        rows.append(f"{title}, {year_of(request['spans'][name][1])}")
    return rows


def _final_values(shares: xr.DataArray) -> Array:
    """Return values (scenario, quantile, channel, holder) at the end of each scenario."""
    values = shares.transpose("scenario", "time", "quantile", "channel", "holder").values
    reached = ~np.isnan(values).all(axis=(2, 3, 4))
    last = [int(np.flatnonzero(one).max(initial=0)) for one in reached]
    return np.stack([one[time] for one, time in zip(values, last, strict=True)])


def _draw_intervals(ax: Axes, values: Array, colour: str) -> None:
    """Draw the intervals of one holder; values are (scenario, quantile)."""
    rows = np.arange(len(values))
    ax.hlines(rows, values[:, 0], values[:, 4], color=colour, linewidth=1.1, gid="90")
    ax.hlines(rows, values[:, 1], values[:, 3], color=colour, linewidth=3.6, gid="50")
    (dots,) = ax.plot(values[:, 2], rows, "o", color=colour, markersize=4.2, gid="median")
    dots.set(markeredgecolor=ax.get_facecolor(), markeredgewidth=0.6)


def _remark(dataset: xr.Dataset, shown: list[list[int]]) -> str:
    """Return a sentence on the scenarios that no panel has a row for; empty if there are none."""
    drawn = {index for rows in shown for index in rows}
    names = [str(name) for name in dataset["scenario"].values]
    left_out = [
        shown_title(dataset, name)
        for index, name in enumerate(names)
        if index not in drawn and name != "history"
    ]
    if not left_out:
        return ""
    return translate(
        "Not drawn, since less than others or less than {least} from the baseline's median: "
        "{scenarios}."
    ).format(least=LEAST_SHOWN, scenarios=list_words(left_out))


def _legend(dataset: xr.Dataset) -> list[LegendEntry]:
    legend: list[LegendEntry] = [
        (
            Line2D([], [], color=text_colour(), marker="o", linestyle="", markersize=4.2),
            translate("median"),
        ),
        (Line2D([], [], color=text_colour(), linewidth=3.6), translate("50% of members")),
        (Line2D([], [], color=text_colour(), linewidth=1.1), translate("90% of members")),
    ]
    if BASELINE in dataset["scenario"].values:
        legend.append(
            (
                Line2D([], [], color=muted_colour(), linewidth=0.7, linestyle=DASHED),
                translate("median of the baseline"),
            )
        )
    return legend


def make_page(dataset: xr.Dataset, place: str = "region") -> Figure:
    """Return the whole page; a scenario without the republic has no row."""
    if place != "region":
        shares = dataset["share"].sel(republic=place)
        there = shares.notnull().any([name for name in shares.dims if name != "scenario"])
        dataset = dataset.isel(scenario=np.flatnonzero(there.values))
    shown = shown_rows(dataset, place)
    mean = translate("The mean over republics is taken in each member first. ")
    label = region_label(dataset) if place == "region" else translate(place)
    here = dataset if place == "region" else dataset.sel(republic=[place])
    references = {BASELINE, "history", *dataset.attrs["request"].get("references", {}).values()}
    futures = [name for name in map(str, here["scenario"].values) if name not in references]
    text = headline(
        dataset,
        largest_finding(here, futures),
        translate(
            "Shares at the end of each run, {where}, by channel and holder, in the scenarios that "
            "differ; the year is that in which the scenario ends"
        ).format(where=label),
        f"{mean if place == 'region' else ''}{translate(UNIT_SENTENCE)} "
        f"{provenance_sentence(dataset)}",
    )
    figure, axes = PageLayout(
        dataset.sizes["channel"],
        dataset.sizes["holder"],
        *text,
        remark=_remark(dataset, shown),
        heights=[max(0.2 * len(rows), 0.6) for rows in shown],
        panel=(2.0, 0.6),
        left=max(text_width(name, SMALL_SIZE) for name in _row_labels(dataset)) / 72 + 0.3,
        right=0.42,
        gap=0.24,
        head=0.06,
        foot=0.08,
        top=0.3,
        key=list_levers(dataset.sel(scenario=futures)),
        legends=(_legend(dataset),),
    ).make()
    draw_forest(dataset, axes, place)
    return figure
