"""Shares at the end of all scenarios, with intervals, for the region or one republic."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.differences import BASELINE
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import year_of

from .captions import UNIT_SENTENCE, provenance_sentence, region_label
from .page_layout import PageLayout, iterate_panels
from .style import DASHED, SMALL_SIZE, holder_colour, muted_colour, text_colour
from .text_layout import text_width, truncate, truncate_middle

STATISTICS = ("share", "region")
NAME_WIDTH = 190  # points of the longest title of a scenario


def draw_forest(dataset: xr.Dataset, axes: Array, place: str = "region") -> Array:
    """Draw the median and intervals of every holder at the end of every scenario.

    Parameters
    ----------
    dataset : statistics of all scenarios, with `share` and `region`.
    axes : (channels, holders) of Axes.
    place : a republic, or "region" for the mean of those in the dataset.
    """
    shares = dataset["region"] if place == "region" else dataset["share"].sel(republic=place)
    names = _row_labels(dataset)
    ends = _final_values(shares)
    limit = float(np.ceil(np.nanmax(ends) * 20 + 0.2) / 20)
    scenarios = list(dataset["scenario"].values)
    base = scenarios.index(BASELINE) if BASELINE in scenarios else None
    for row, column, ax in iterate_panels(axes):
        holder = str(dataset["holder"].values[column])
        _draw_intervals(ax, ends[:, :, row, column], holder_colour(holder))
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
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_yticks(range(len(names)), names if column == 0 else [""] * len(names))
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelbottom=row == len(axes) - 1)
        if row == 0:
            ax.set_title(truncate(holder, 120, 9), pad=5)
        if column == axes.shape[1] - 1:
            ax.yaxis.set_label_position("right")
            ax.set_ylabel(str(dataset["channel"].values[row]), rotation=270, labelpad=11)
    return axes


def _row_labels(dataset: xr.Dataset) -> list[str]:
    """Return the titles of the scenarios, with the year in which each ends."""
    request, rows = dataset.attrs["request"], []
    for name in map(str, dataset["scenario"].values):
        title = truncate_middle(request["titles"].get(name, name), NAME_WIDTH, SMALL_SIZE)
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
    ax.plot(
        values[:, 2],
        rows,
        "o",
        color=colour,
        markersize=4.2,
        markeredgecolor=ax.get_facecolor(),
        markeredgewidth=0.6,
        gid="median",
        linestyle="",
    )


def make_page(dataset: xr.Dataset, place: str = "region") -> Figure:
    """Return the whole page; a scenario without the republic has no row."""
    if place != "region":
        here = dataset["share"].sel(republic=place)
        there = here.notnull().any([name for name in here.dims if name != "scenario"])
        dataset = dataset.isel(scenario=np.flatnonzero(there.values))
    rows = dataset.sizes["scenario"]
    mean = "The mean over republics is taken in each member first. " if place == "region" else ""
    label = region_label(dataset) if place == "region" else place
    legend = [
        (Line2D([], [], color=text_colour(), marker="o", linestyle="", markersize=4.2), "median"),
        (Line2D([], [], color=text_colour(), linewidth=3.6), "50% of members"),
        (Line2D([], [], color=text_colour(), linewidth=1.1), "90% of members"),
    ]
    if BASELINE in dataset["scenario"].values:
        legend.append(
            (
                Line2D([], [], color=muted_colour(), linewidth=0.7, linestyle=DASHED),
                "median of the baseline",
            )
        )
    figure, axes = PageLayout(
        dataset.sizes["channel"],
        dataset.sizes["holder"],
        f"Shares at the end of each run: {label}",
        "Every scenario, by channel and holder; the year is that in which the scenario ends",
        f"{mean}{UNIT_SENTENCE} {provenance_sentence(dataset)}",
        panel=(2.0, max(0.2 * rows, 0.6)),
        left=max(text_width(name, SMALL_SIZE) for name in _row_labels(dataset)) / 72 + 0.3,
        right=0.42,
        gap=0.16,
        head=0.06,
        foot=0.08,
        top=0.3,
        legends=(legend,),
    ).make()
    draw_forest(dataset, axes, place)
    return figure
