"""Events of a scenario on the time axis: a line at each date, a number above it, and a key."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from steppe.experiments.results import scenario_events as told
from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import decimal_year, parse_quarter

from .captions import lever_changes, shown_title, varied_levers
from .language import translate
from .style import DASHED, muted_colour, text_colour
from .text_layout import text_width

LABEL_SIZE = 6.0
LANE_HEIGHT = 8.5  # points between two lanes of numbers
QUARTERS = 4  # of a year
HISTORY_ENDS = 2020.0  # decimal year in which coded history ends and the future begins


@dataclass(frozen=True)
class Event:
    """One event of a scenario file, numbered by its first date; without dates if it never came."""

    number: int
    event: told.ScenarioEvent

    @property
    def dates(self) -> tuple[int, ...]:
        """Return the quarters; two, the first and the last, if the date is drawn."""
        return self.event.dates

    def label(self) -> str:
        """Return number, date and description, for the key below the panels."""
        return f"{self.number}. {self.event.when}: {self.event.text}"


def list_levers(dataset: xr.Dataset) -> list[str]:
    """Return the levers that scenarios set otherwise than what they extend, each line once."""
    ends = dataset.attrs.get(FINDINGS, {})
    lines: list[str] = []
    names = [str(name) for name in np.atleast_1d(dataset["scenario"].values)]
    for name in names:
        changes = lever_changes(dataset, name, ends[name].compared) if name in ends else []
        whose = f"{shown_title(dataset, name)}: " if names[1:] else ""
        lines += [f"{whose}{change}" for change in changes]
        lines += varied_levers(dataset, name)
    return list(dict.fromkeys(lines))


def list_events(dataset: xr.Dataset, *, titled: bool = False) -> list[str]:
    """Return the levers that a scenario sets otherwise and its events, for the key of a page.

    `titled` puts the scenario's title first, for pages without a time axis.
    """
    labels = list_levers(dataset)
    labels += [event.label() for event in scenario_events(dataset)]
    if not titled or not labels:
        return labels
    return [translate("What happens in {title}:").format(title=shown_title(dataset)), *labels]


@dataclass(frozen=True)
class Mark:
    """The mark of all events of one date: position, label and lane of the label."""

    year: float
    label: str
    lane: int


def scenario_events(dataset: xr.Dataset) -> list[Event]:
    """Return the events of the scenario's file and of those it extends, but for history's.

    They are in order of date, within the years of the dataset and up to the scenario's end; one
    that never came is the last.
    """
    start, last = (parse_quarter(str(dataset["quarter"].values[end])) for end in (0, -1))
    start -= start % QUARTERS  # the year's first quarter, whichever is recorded
    events = told.scenario_events(dataset.attrs["request"], str(dataset["scenario"].values))
    shown = [
        event
        for event in events
        if (start <= event.dates[0] <= last if event.dates else event.share is not None)
    ]
    return [Event(number, event) for number, event in enumerate(shown, start=1)]


def place_marks(events: list[Event], years: Array, inches: float) -> list[Mark]:
    """Return one mark per date, in the lowest lane where its number touches no other.

    `years` are those on the time axis, `inches` is the width of the panel.
    """
    first, span = np.floor(years[0]), np.ceil(years[-1]) - np.floor(years[0])
    numbers: dict[int, list[int]] = {}
    for event in (one for one in events if one.dates):
        numbers.setdefault(event.dates[0], []).append(event.number)
    ends: list[float] = []  # right end of the last label in each lane, in points
    marks = []
    for quarter, group in numbers.items():
        label = str(group[0]) if len(group) == 1 else f"{group[0]}\N{EN DASH}{group[-1]}"
        year = decimal_year(quarter)
        middle = (year - first) / max(span, 1.0) * inches * 72
        half = text_width(label, LABEL_SIZE) / 2 + 1.5
        lane = next((place for place, end in enumerate(ends) if end <= middle - half), len(ends))
        ends[lane : lane + 1] = [middle + half]
        marks.append(Mark(year, label, lane))
    return marks


def marks_height(marks: list[Mark]) -> float:
    """Return the height of the lanes of numbers above a panel, in inches."""
    return (1 + max(mark.lane for mark in marks)) * LANE_HEIGHT / 72 + 0.03 if marks else 0.0


def draw_marks(ax: Axes, marks: list[Mark], colour: str | None = None) -> None:
    """Draw a thin line through the panel at every date."""
    if marks:
        years, whole = [mark.year for mark in marks], ax.get_xaxis_transform()
        lines = ax.vlines(years, 0, 1, transform=whole, color=colour or muted_colour(), alpha=0.75)
        lines.set(linewidth=0.5, linestyle=DASHED, zorder=1.5, gid="events")


def number_marks(ax: Axes, marks: list[Mark]) -> None:
    """Write the numbers above a panel."""
    for mark in marks:
        ax.annotate(
            mark.label,
            (mark.year, 1),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 2 + mark.lane * LANE_HEIGHT),
            textcoords="offset points",
            ha="center",
            va="bottom",
            size=LABEL_SIZE,
            color=text_colour(),
            annotation_clip=False,
            gid="event number",
        )


def draw_boundary(ax: Axes, last: float, colour: str | None = None) -> None:
    """Mark the end of history, if the scenario goes beyond it."""
    first = ax.get_xlim()[0]
    if last > HISTORY_ENDS:
        span = max(HISTORY_ENDS, first), last
        ax.axvspan(*span, color=muted_colour(), alpha=0.07, linewidth=0, zorder=0.5, gid="future")
    if first < HISTORY_ENDS < last:
        ax.axvline(
            HISTORY_ENDS, color=colour or muted_colour(), linewidth=0.9, zorder=1.6, gid="boundary"
        )
