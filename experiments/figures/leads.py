"""Who leads: the probability that each power holds the largest share, over time."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .bands import frame, reached, span_of, years_of
from .captions import provenance, title_of
from .events import (
    HISTORY_ENDS,
    draw_boundary,
    draw_marks,
    head_room,
    marks_of,
    own_events,
    write_numbers,
)
from .page_layout import Page
from .style import PLAIN, colour, ground
from .text_layout import block

MEASURES = ("rank",)


def leads(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Probabilities of leading, stacked, in every cell.

    Parameters
    ----------
    dataset : measures of one scenario, with `rank`.
    axes : (republics, channels) of Axes.
    """
    dataset = reached(dataset, "rank")
    years, powers = years_of(dataset), list(dataset["power"].values)
    values = dataset["rank"].sel(place=1).transpose("republic", "channel", "power", "time").values
    marks = marks_of(
        own_events(dataset),
        span_of(years),
        axes[0, 0].get_window_extent().width / axes[0, 0].figure.dpi,
    )
    for row, column in np.ndindex(axes.shape):
        ax = axes[row, column]
        frame(
            ax, years, np.array([0, 0.5, 1]), (0, 1), left=column == 0, bottom=row == len(axes) - 1
        )
        draw_boundary(ax, ax.get_xlim()[1], ground())
        _stack(ax, years, values[row, column], powers)
        draw_marks(ax, marks, ground())
        if row == 0:
            write_numbers(ax, marks)
            ax.set_title(dataset["channel"].values[column], pad=4 + 72 * head_room(marks))
        if column == 0:
            ax.set_ylabel(block(dataset["republic"].values[row], 70, PLAIN), labelpad=4)
    return axes


def _stack(ax, years: np.ndarray, values: np.ndarray, powers: list[str]) -> None:
    """Each power on top of the ones before; a single time as a bar."""
    below = np.zeros(len(years))
    for power, probability in zip(powers, values, strict=True):
        if len(years) == 1:
            ax.bar(
                years,
                probability,
                bottom=below,
                width=0.5,
                color=colour(power),
                gid=f"leads:{power}",
            )
        else:
            ax.fill_between(
                years,
                below,
                below + probability,
                facecolor=colour(power),
                edgecolor=ground(),
                linewidth=0.4,
                gid=f"leads:{power}",
                zorder=1.2,
            )
        below = below + probability


def _lines_in_words(*, events: bool, boundary: bool) -> str:
    """What the lines across the panels are, as far as there are any."""
    said = [
        words
        for words, there in (
            ("dashed lines: events, numbered as below", events),
            ("solid line: end of 2019", boundary),
        )
        if there
    ]
    return f"{'; '.join(said).capitalize()}. " if said else ""


def page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    years, events = years_of(reached(dataset, "rank")), own_events(dataset)
    sheet = Page(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        f"{title_of(dataset)}: who leads",
        f"Probability of holding the largest share of the powers, {int(years[0])} to {int(years[-1])}",
        "Height of a colour: the part of the members in which that power has the largest share, whatever autonomy is. "
        f"{_lines_in_words(events=bool(events), boundary=years[-1] > HISTORY_ENDS)}{provenance(dataset)}",
        panel=(3.6, 1.05),
        gap=0.3,
        key=[event.in_words() for event in events],
        legends=(
            [(Patch(color=colour(power), linewidth=0), power) for power in dataset["power"].values],
        ),
    )
    sheet.top = 0.3 + head_room(marks_of(events, span_of(years), sheet.panel_width()))
    figure, axes = sheet.make()
    leads(dataset, axes)
    return figure
