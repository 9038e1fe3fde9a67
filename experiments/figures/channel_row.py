"""Panels of shares over time, one column per channel: one large row, or a row per republic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from steppe.experiments.results.findings import name_reference
from steppe.model.core.array_types import Array

from .bands import (
    band_legend,
    compared_medians,
    draw_panel,
    holder_legend,
    recorded_years,
    share_axis_top,
    until_last_time,
)
from .captions import (
    BAND_SENTENCE,
    UNIT_SENTENCE,
    provenance_sentence,
    scenario_title,
    shown_title,
    title_of,
    years_phrase,
)
from .events import (
    HISTORY_ENDS,
    list_events,
    marks_height,
    number_marks,
    place_marks,
    scenario_events,
)
from .headline import banded_holders, end_of, find_difference, headline
from .language import translate, translate_names
from .line_labels import label_width, labels_fit
from .page_layout import PageLayout, find_edges, iterate_panels, panel_width
from .style import TEXT_SIZE
from .text_layout import truncate_middle

COMPARED_WIDTH = 180  # points of the title of a scenario in a legend


def draw_channel_row(dataset: xr.Dataset, statistic: str, axes: Array) -> Array:
    """Draw one panel per channel with every holder's median and bands."""
    draw_share_panels(dataset, statistic, axes[np.newaxis])
    axes[0].set_ylabel(translate("share"))
    return axes


def draw_share_panels(dataset: xr.Dataset, statistic: str, axes: Array) -> None:
    """Draw every holder's median and bands, one column per channel; events stand above the top row.

    Parameters
    ----------
    axes : (rows, channels) of Axes; the statistic has a dimension of rows, or none for one row.
    """
    dataset = until_last_time(dataset, statistic)
    years, holders = recorded_years(dataset), list(dataset["holder"].values)
    values = dataset[statistic].transpose(..., "channel", "quantile", "time", "holder").values
    values = values.reshape(*axes.shape, *values.shape[-3:])
    marks = place_marks(scenario_events(dataset), years, panel_width(axes[0, 0]))
    top, banded = share_axis_top(values), banded_holders(dataset)
    compared = compared_medians(dataset, statistic, banded)
    before = compared.transpose(..., "channel", "time", "holder").values
    before = before.reshape(*axes.shape, *before.shape[-2:])
    names = translate_names(dataset, "channel")
    for row, column, ax in iterate_panels(axes):
        left, bottom = find_edges(ax, axes)
        draw_panel(
            ax,
            years,
            values[row, column],
            holders,
            marks,
            top,
            banded=banded,
            compared=before[row, column],
            left=left,
            bottom=bottom,
        )
        if row == 0:
            number_marks(ax, marks)
            ax.set_title(names[column], pad=4 + 72 * marks_height(marks))


def compared_title(dataset: xr.Dataset, statistics: Sequence[str], banded: Sequence[str]) -> str:
    """Return what the dotted lines of a page show; empty if it has none."""
    drawn = any(compared_medians(dataset, name, banded).notnull().any() for name in statistics)
    other = end_of(dataset).compared
    if not drawn or not other:
        return ""
    name = name_reference(title_of(dataset, other), scenario_title(dataset))
    return truncate_middle(translate(name), COMPARED_WIDTH, TEXT_SIZE)


def make_channel_row_page(
    dataset: xr.Dataset, statistic: str, title: str, region: str, note: str
) -> Figure:
    """Return a page with such a row; `region` and `note` are for the subtitle and the caption."""
    layout = lay_out_shares(dataset, statistic, 1, (title, region, note), 2.9, left=0.55)
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
    return lay_out_over_time(
        dataset,
        statistic,
        (rows, dataset.sizes["channel"]),
        title,
        translate("Shares of influence capacity, {years}, {where}").format(
            years=years_phrase(years), where=region
        ),
        (translate(BAND_SENTENCE), note, translate(UNIT_SENTENCE)),
        panel=(2.9, height),
        left=left,
    )


def lay_out_over_time(
    dataset: xr.Dataset,
    statistic: str,
    shape: tuple[int, int],
    title: str,
    subtitle: str,
    notes: Sequence[str],
    *,
    panel: tuple[float, float],
    left: float,
    observed: str = "",
    beside_it: Sequence[str] = (),
) -> PageLayout:
    """Return the layout of a page of bands over time, with its events and legends.

    Parameters
    ----------
    shape : rows and columns of panels. notes : sentences of the caption; empty ones are left out.
    panel, left : size of a panel and the margin beside it, in inches. observed : an observable
    that the title speaks of, in place of influence. beside_it : further statistics shown.
    """
    years = recorded_years(until_last_time(dataset, statistic))
    events = scenario_events(dataset)
    holders, banded = (
        [str(name) for name in dataset["holder"].values],
        banded_holders(dataset, observed),
    )
    text = headline(
        dataset,
        find_difference(dataset, observed=observed),
        f"{shown_title(dataset)}: {title}. {subtitle}",
        " ".join(filter(None, (*notes, provenance_sentence(dataset)))),
    )
    labelled = labels_fit(holders, panel[1])
    beside = label_width(holders) if labelled else 0.2
    lines = band_legend(
        events=bool(events),
        boundary=years[0] < HISTORY_ENDS < years[-1],
        banded=banded if len(banded) < len(holders) else (),
        compared=compared_title(dataset, (statistic, *beside_it), banded),
    )
    layout = PageLayout(
        *shape,
        *text,
        panel=panel,
        left=left,
        right=beside + 0.05,
        gap=beside + 0.15,
        key=list_events(dataset),
        legends=(lines,) if labelled else (holder_legend(holders), lines),
    )
    for _ in range(2):  # as marks may make the page so tall that its panels get another width
        layout.top = 0.3 + marks_height(place_marks(events, years, layout.panel_width()))
    if labelled and not labels_fit(holders, layout.panel_height()):
        layout.legends = (holder_legend(holders), lines)
    return layout
