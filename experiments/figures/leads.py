"""The probability that each power leads, that is, holds the largest share, over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array

from .bands import recorded_years, set_up_axes, until_last_time
from .captions import provenance_sentence, shown_title, years_phrase
from .events import (
    HISTORY_ENDS,
    draw_boundary,
    draw_marks,
    list_events,
    marks_height,
    number_marks,
    place_marks,
    scenario_events,
)
from .headline import headline_of_leads
from .language import translate, translate_names
from .page_layout import PageLayout, find_edges, iterate_panels, name_row, panel_width
from .style import background, holder_colour

STATISTICS = ("rank", FINDINGS)


def draw_leads(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the probabilities of leading, stacked, in every cell.

    Parameters
    ----------
    dataset : statistics of one scenario, with `rank`.
    axes : (republics, channels) of Axes.
    """
    dataset = until_last_time(dataset, "rank")
    years, powers = recorded_years(dataset), list(dataset["power"].values)
    values = dataset["rank"].sel(place=1).transpose("republic", "channel", "power", "time").values
    marks = place_marks(scenario_events(dataset), years, panel_width(axes[0, 0]))
    for row, column, ax in iterate_panels(axes):
        left, bottom = find_edges(ax, axes)
        set_up_axes(ax, years, np.array([0, 0.5, 1]), (0, 1), left=left, bottom=bottom)
        draw_boundary(ax, ax.get_xlim()[1], background())
        _stack(ax, years, values[row, column], powers)
        draw_marks(ax, marks, background())
        if row == 0:
            number_marks(ax, marks)
            ax.set_title(
                translate_names(dataset, "channel")[column], pad=4 + 72 * marks_height(marks)
            )
        if column == 0:
            name_row(ax, translate_names(dataset, "republic")[row])
    return axes


def _stack(ax: Axes, years: Array, values: Array, powers: list[str]) -> None:
    """Stack the probabilities (power, time) of all powers; a single time gives bars."""
    below = np.zeros(len(years))
    for power, probability in zip(powers, values, strict=True):
        colour, gid = holder_colour(power), f"leads:{power}"
        if len(years) == 1:
            ax.bar(years, probability, bottom=below, width=0.5, color=colour, gid=gid)
        else:
            look: dict[str, Any] = {
                "facecolor": colour,
                "edgecolor": background(),
                "linewidth": 0.4,
            }
            ax.fill_between(years, below, below + probability, zorder=1.2, gid=gid, **look)
        below = below + probability


def _line_sentence(*, events: bool, boundary: bool) -> str:
    """Return what the lines across the panels mean; empty if there are none."""
    sentences = [
        translate("Dashed lines: events, numbered as below. ") if events else "",
        translate("Solid line: end of 2019. ") if boundary else "",
    ]
    return "".join(sentences)


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    years, events = recorded_years(until_last_time(dataset, "rank")), scenario_events(dataset)
    lines = _line_sentence(events=bool(events), boundary=years[-1] > HISTORY_ENDS)
    text = headline_of_leads(
        dataset,
        translate(
            "{title}: who leads. Probability of holding the largest share among the powers, {years}"
        ).format(title=shown_title(dataset), years=years_phrase(years)),
        translate(
            "Height of a colour: the part of the members in which that power has the largest "
            "share, whether or not autonomy is larger. "
        )
        + f"{lines}{provenance_sentence(dataset)}",
    )
    layout = PageLayout(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        *text,
        panel=(3.6, 1.05),
        gap=0.3,
        key=list_events(dataset),
        legends=(
            [
                (Patch(color=holder_colour(power), linewidth=0), translate(power))
                for power in map(str, dataset["power"].values)
            ],
        ),
    )
    layout.top = 0.3 + marks_height(place_marks(events, years, layout.panel_width()))
    figure, axes = layout.make()
    draw_leads(dataset, axes)
    return figure
