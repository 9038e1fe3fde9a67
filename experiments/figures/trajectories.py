"""Trajectories: every share of one scenario over time, republics by channels."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from .bands import band_legend, draw_panel, headroom, holder_legend, reached, span_of, years_of
from .captions import BANDS, UNIT, provenance, title_of
from .events import head_room, marks_of, own_events, write_numbers
from .page_layout import Page
from .style import PLAIN
from .text_layout import block

MEASURES = ("share",)


def trajectories(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Median and bands of every holder in every cell.

    Parameters
    ----------
    dataset : measures of one scenario, with `share`.
    axes : (republics, channels) of Axes.
    """
    dataset = reached(dataset, "share")
    years = years_of(dataset)
    values = dataset["share"].transpose("republic", "channel", "quantile", "time", "holder").values
    holders = list(dataset["holder"].values)
    marks = marks_of(
        own_events(dataset),
        span_of(years),
        axes[0, 0].get_window_extent().width / axes[0, 0].figure.dpi,
    )
    top = headroom(values)
    for row, column in np.ndindex(axes.shape):
        ax = draw_panel(
            axes[row, column],
            years,
            values[row, column],
            holders,
            marks,
            top,
            left=column == 0,
            bottom=row == len(axes) - 1,
        )
        if row == 0:
            write_numbers(ax, marks)
            ax.set_title(dataset["channel"].values[column], pad=4 + 72 * head_room(marks))
        if column == 0:
            ax.set_ylabel(block(dataset["republic"].values[row], 85, PLAIN), labelpad=4)
    return axes


def page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    years = years_of(reached(dataset, "share"))
    events = own_events(dataset)
    sheet = Page(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        f"{title_of(dataset)}: trajectories",
        f"Shares of influence capacity, {int(years[0])} to {int(years[-1])}, by republic and channel",
        f"{BANDS} {UNIT} {provenance(dataset)}",
        panel=(3.6, 1.35),
        gap=0.3,
        key=[event.in_words() for event in events],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=bool(events), boundary=years[-1] > 2020),
        ),
    )
    sheet.top = 0.3 + head_room(marks_of(events, span_of(years), sheet.panel_width()))
    figure, axes = sheet.make()
    trajectories(dataset, axes)
    return figure
