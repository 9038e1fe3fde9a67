"""A row of large panels, one per channel, as region and republic draw them."""

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
from .page_layout import PageLayout, panel_width


def draw_channel_row(dataset: xr.Dataset, statistic: str, axes: Array) -> Array:
    """Draw one panel per channel with every holder's median and bands."""
    dataset = until_last_time(dataset, statistic)
    years, holders = recorded_years(dataset), list(dataset["holder"].values)
    values = dataset[statistic].transpose("channel", "quantile", "time", "holder").values
    marks = place_marks(scenario_events(dataset), year_span(years), panel_width(axes[0]))
    top = share_axis_top(values)
    for column, ax in enumerate(axes):
        draw_panel(ax, years, values[column], holders, marks, top, left=column == 0)
        number_marks(ax, marks)
        ax.set_title(dataset["channel"].values[column], pad=4 + 72 * marks_height(marks))
    axes[0].set_ylabel("share")
    return axes


def make_channel_row_page(
    dataset: xr.Dataset, statistic: str, title: str, region: str, note: str
) -> Figure:
    """Return a page with such a row; `region` and `note` are for the subtitle and the caption."""
    layout = lay_out_shares(dataset, statistic, 1, (title, region, note), 3.0, left=0.7)
    figure, axes = layout.make()
    draw_channel_row(dataset, statistic, axes[0])
    return figure


def lay_out_shares(
    dataset: xr.Dataset,
    statistic: str,
    rows: int,
    texts: tuple[str, str, str],
    height: float,
    left: float = 0.95,
) -> PageLayout:
    """Return the layout of a page of shares over time: rows of panels, one column per channel.

    Parameters
    ----------
    texts : the title, the end of the subtitle, and a note for the caption.
    height, left : of a panel and of the margin beside it, in inches.
    """
    title, region, note = texts
    years = recorded_years(until_last_time(dataset, statistic))
    events = scenario_events(dataset)
    notes = (BAND_SENTENCE, note, UNIT_SENTENCE, provenance_sentence(dataset))
    layout = PageLayout(
        rows,
        dataset.sizes["channel"],
        f"{scenario_title(dataset)}: {title}",
        f"Shares of influence capacity, {int(years[0])} to {int(years[-1])}, {region}",
        " ".join(filter(None, notes)),
        panel=(3.6, height),
        left=left,
        gap=0.3,
        key=[event.label() for event in events],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=bool(events), boundary=years[-1] > HISTORY_ENDS),
        ),
    )
    layout.top = 0.3 + marks_height(place_marks(events, year_span(years), layout.panel_width()))
    return layout
