"""A row of large panels, one per channel: the form of the region and of one republic."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from .bands import band_legend, draw_panel, headroom, holder_legend, reached, span_of, years_of
from .captions import BANDS, UNIT, provenance, title_of
from .events import head_room, marks_of, own_events, write_numbers
from .page_layout import Page


def draw_row(dataset: xr.Dataset, measure: str, axes: np.ndarray) -> np.ndarray:
    """One panel per channel with every holder's median and bands."""
    dataset = reached(dataset, measure)
    years, holders = years_of(dataset), list(dataset["holder"].values)
    values = dataset[measure].transpose("channel", "quantile", "time", "holder").values
    marks = marks_of(
        own_events(dataset), span_of(years), axes[0].get_window_extent().width / axes[0].figure.dpi
    )
    for column, ax in enumerate(axes):
        draw_panel(ax, years, values[column], holders, marks, headroom(values), left=column == 0)
        write_numbers(ax, marks)
        ax.set_title(dataset["channel"].values[column], pad=4 + 72 * head_room(marks))
    axes[0].set_ylabel("share")
    return axes


def page_of_row(dataset: xr.Dataset, measure: str, title: str, places: str, note: str) -> Figure:
    """The whole page around such a row."""
    years = years_of(reached(dataset, measure))
    events = own_events(dataset)
    sheet = Page(
        1,
        dataset.sizes["channel"],
        f"{title_of(dataset)}: {title}",
        f"Shares of influence capacity, {int(years[0])} to {int(years[-1])}, {places}",
        " ".join((BANDS, note, UNIT, provenance(dataset))),
        panel=(3.6, 3.0),
        left=0.7,
        gap=0.3,
        key=[event.in_words() for event in events],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=bool(events), boundary=years[-1] > 2020),
        ),
    )
    sheet.top = 0.3 + head_room(marks_of(events, span_of(years), sheet.panel_width()))
    figure, axes = sheet.make()
    draw_row(dataset, measure, axes[0])
    return figure
