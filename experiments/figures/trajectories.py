"""Trajectories: every share of one scenario over time, republics by channels."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.model.core.array_types import Array

from .bands import (
    draw_panel,
    recorded_years,
    share_axis_top,
    until_last_time,
    year_span,
)
from .channel_row import lay_out_shares
from .events import marks_height, number_marks, place_marks, scenario_events
from .page_layout import iterate_panels, panel_width
from .style import TEXT_SIZE
from .text_layout import fit_lines

STATISTICS = ("share",)


def draw_trajectories(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the median and bands of every holder in every cell.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (republics, channels) of Axes.
    """
    dataset = until_last_time(dataset, "share")
    years = recorded_years(dataset)
    values = dataset["share"].transpose("republic", "channel", "quantile", "time", "holder").values
    holders = list(dataset["holder"].values)
    marks = place_marks(scenario_events(dataset), year_span(years), panel_width(axes[0, 0]))
    top = share_axis_top(values)
    for row, column, ax in iterate_panels(axes):
        draw_panel(
            ax,
            years,
            values[row, column],
            holders,
            marks,
            top,
            left=column == 0,
            bottom=row == len(axes) - 1,
        )
        if row == 0:
            number_marks(ax, marks)
            ax.set_title(str(dataset["channel"].values[column]), pad=4 + 72 * marks_height(marks))
        if column == 0:
            ax.set_ylabel(fit_lines(dataset["republic"].values[row], 85, TEXT_SIZE), labelpad=4)
    return axes


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    texts = "trajectories", "by republic and channel", ""
    layout = lay_out_shares(dataset, "share", dataset.sizes["republic"], texts, 1.35)
    figure, axes = layout.make()
    draw_trajectories(dataset, axes)
    return figure
