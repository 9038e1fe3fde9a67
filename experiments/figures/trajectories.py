"""Trajectories: every share of one scenario over time, republics by channels."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.model.core.array_types import Array

from .bands import (
    band_legend,
    draw_panel,
    holder_legend,
    recorded_years,
    share_axis_top,
    until_last_time,
    year_span,
)
from .captions import BAND_SENTENCE, UNIT_SENTENCE, provenance_sentence, scenario_title
from .events import HISTORY_ENDS, marks_height, number_marks, place_marks, scenario_events
from .page_layout import PageLayout, iterate_panels, panel_width
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
    years = recorded_years(until_last_time(dataset, "share"))
    events = scenario_events(dataset)
    span = f"{int(years[0])} to {int(years[-1])}"
    layout = PageLayout(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        f"{scenario_title(dataset)}: trajectories",
        f"Shares of influence capacity, {span}, by republic and channel",
        f"{BAND_SENTENCE} {UNIT_SENTENCE} {provenance_sentence(dataset)}",
        panel=(3.6, 1.35),
        gap=0.3,
        key=[event.label() for event in events],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=bool(events), boundary=years[-1] > HISTORY_ENDS),
        ),
    )
    layout.top = 0.3 + marks_height(place_marks(events, year_span(years), layout.panel_width()))
    figure, axes = layout.make()
    draw_trajectories(dataset, axes)
    return figure
