"""Events of a scenario on the time axis: a line at each date, a number above it, and a key."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr
from matplotlib.axes import Axes

from steppe.model.core.calendar import decimal_year, format_quarter

from .style import DASHED, muted_colour, text_colour
from .text_layout import text_width

LABEL_SIZE = 6.0
LANE_HEIGHT = 8.5  # points between two lanes of numbers
HISTORY_ENDS = 2020.0  # decimal year in which coded history ends and the future begins


@dataclass(frozen=True)
class Event:
    """One event of a scenario file, numbered by its first date.

    `dates` are quarters; there are two, the first and the last, if the date is drawn.
    """

    number: int
    what: str
    dates: tuple[int, ...]

    def label(self) -> str:
        """Return number, date and description, for the key below the panels."""
        when = format_quarter(self.dates[0])
        if len(self.dates) > 1:
            when += f" to {format_quarter(self.dates[-1])}"
        return f"{self.number}. {when}: {self.what}"


@dataclass(frozen=True)
class Mark:
    """The mark of all events of one date: position, label and lane of the label."""

    year: float
    label: str
    lane: int


def scenario_events(dataset: xr.Dataset) -> list[Event]:
    """Return the events of the scenario's own file up to its end, in order of date."""
    scenario = str(dataset["scenario"].values)
    request = dataset.attrs["request"]
    last = request["spans"][scenario][1]
    rows = [
        (sorted(row["dates"]), row["what"])
        for row in request["events"].get(scenario, [])
        if row["own"] and row["dates"]
    ]
    within = sorted((row for row in rows if row[0][0] <= last), key=lambda row: row[0][0])
    return [
        Event(number, what, tuple(dates)) for number, (dates, what) in enumerate(within, start=1)
    ]


def place_marks(events: list[Event], years: float, inches: float) -> list[Mark]:
    """Return one mark per date, in the lowest lane where its number touches no other.

    `years` is the length of the time axis, `inches` the width of the panel.
    """
    numbers: dict[int, list[int]] = {}
    for event in events:
        numbers.setdefault(event.dates[0], []).append(event.number)
    ends: list[float] = []  # right end of the last label in each lane, in points
    marks = []
    for quarter, group in numbers.items():
        label = str(group[0]) if len(group) == 1 else f"{group[0]}\N{EN DASH}{group[-1]}"
        year = decimal_year(quarter)
        middle = (year - 2000) / years * inches * 72
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
        lines = ax.vlines(
            [mark.year for mark in marks],
            0,
            1,
            transform=ax.get_xaxis_transform(),
            color=colour or muted_colour(),
            alpha=0.75,
            linewidth=0.5,
            linestyle=DASHED,
            zorder=1.5,
        )
        lines.set_gid("events")


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
    if last > HISTORY_ENDS:
        ax.axvspan(
            HISTORY_ENDS,
            last,
            color=muted_colour(),
            alpha=0.07,
            linewidth=0,
            zorder=0.5,
            gid="future",
        )
        ax.axvline(
            HISTORY_ENDS, color=colour or muted_colour(), linewidth=0.9, zorder=1.6, gid="boundary"
        )
