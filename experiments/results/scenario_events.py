"""Events of a scenario as figures, reports and comparisons tell them: when, and how often.

Events of the shared history are too many to tell in every scenario, and left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.core.number_text import format_percent
from steppe.model.core.word_lists import join_words

HISTORY = "history"


@dataclass(frozen=True)
class ScenarioEvent:
    """An event of a scenario's file, or of one that it extends.

    dates : quarters when it can begin, the first and the last if the date is drawn; for one whose
        date the run decides, the median; none if it never happened.
    share, median : of members in which it began, and when, if that was not certain beforehand.
    """

    name: str
    what: str
    dates: tuple[int, ...]
    share: float | None = None
    median: int | None = None
    dated: bool = True

    @property
    def when(self) -> str:
        """When it begins: `2027Q1`, `2027Q1 to 2029Q4`, or `2031Q2 (median)`."""
        if not self.dates:
            return "never" if self.share == 0 else "when its condition holds"
        first, last = format_quarter(self.dates[0]), format_quarter(self.dates[-1])
        if not self.dated:
            return f"{first} (median)"
        return first if first == last else f"{first} to {last}"

    @property
    def how_often(self) -> str:
        """In how many members it began, and the median date, unless `when` says all of it."""
        if self.share is None or (self.share == 0 and not self.dates):
            return ""
        told = self.median is None or not self.dated or len(self.dates) < 2
        median = "" if told else f"median {format_quarter(self.median or 0)}"
        if self.share == 1 and median:
            return median
        often = "all" if self.share == 1 else f"{format_percent(self.share)} of"
        return f"in {often} members" + (f", {median}" if median else "")

    @property
    def text(self) -> str:
        """What happens, and in how many members."""
        return f"{self.what} ({self.how_often})" if self.how_often else self.what


def scenario_events(request: Mapping[str, Any], scenario: str) -> list[ScenarioEvent]:
    """Return the events of a scenario up to its end, in order of date; undated ones last."""
    last = request.get("spans", {}).get(scenario, (0, 10**9))[1]
    starts = request.get("starts", {}).get(scenario, {})
    rows = request.get("events", {}).get(scenario, [])
    titles = request.get("titles", {})
    events = [
        _event(row, starts.get(row["name"]), titles)
        for row in rows
        if row["own"] or row.get("file", HISTORY) != HISTORY
    ]
    within = [event for event in events if not event.dates or event.dates[0] <= last]
    return sorted(within, key=lambda event: event.dates[:1] or (10**9,))


def _event(
    row: Mapping[str, Any], started: tuple[float, int | None] | None, titles: Mapping[str, str]
) -> ScenarioEvent:
    share, median = started or (None, None)
    what = row["what"]
    if not row["own"]:
        what += f", as in {titles.get(row['file'], row['file'])}"
    dates = tuple(sorted(row["dates"]))
    if dates or median is None:
        return ScenarioEvent(row["name"], what, dates, share, median)
    return ScenarioEvent(row["name"], what, (median,), share, median, dated=False)


def history_sentence(
    request: Mapping[str, Any], scenario: str, *, title: str = "", of_difference: bool = False
) -> str:
    """Say what in a scenario changes the years before 2020; empty if nothing does.

    Added actors change no difference from a reference that has them as well.
    """
    changes = request.get("changes_history", {}).get(scenario, [])
    if of_difference and scenario in request.get("references", {}):
        changes = [change for change in changes if change[0] != "actor"]
    if not changes:
        return ""
    words = {"event": "the event", "parameter": "the parameter", "actor": "the added actor"}
    named = join_words([f"{words[kind]} '{name}'" for kind, name in changes])
    return f"Because of {named}, the years before 2020 differ as well in {title or scenario}"
