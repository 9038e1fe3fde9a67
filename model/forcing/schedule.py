"""When events start and end in each member: dated ones at once, others as the run goes on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.scenario.event_order import order_events
from steppe.model.scenario.event_schema import Event

from .dates import NEVER, condition_met, occurrence, start_quarters


class Schedule:
    """The quarters in which events start and end, by name.

    `starts` and `ends`, (1 or m,), are NEVER where an event does not happen (yet) or has no end.
    An event is `open` while its start depends on shares: it has a condition, or hangs on an event
    that has one. What never happened starts nothing that hangs on it.

    Parameters
    ----------
    events : by name, in any order.
    seed, members : for dates and occurrences that are drawn per member.
    dates : (m,) quarters, already settled, of events whose date is drawn, by event name.
    """

    def __init__(
        self,
        events: Mapping[str, Event],
        seed: int,
        members: IntArray,
        dates: Mapping[str, IntArray],
    ):
        self.events, self.size = events, len(members)
        self.starts: dict[str, IntArray] = {}
        self.ends: dict[str, IntArray] = {}
        self.open: list[str] = []
        self._occurs: dict[str, BoolArray] = {}
        for name in events:  # what hangs on an event that is not there never happens
            self.starts[name] = self.ends[name] = np.full(1, NEVER)
        for name in order_events(events):
            event = events[name]
            if event.after is not None or event.if_ is not None:
                self._occurs[name] = occurrence(name, event, seed, members)
            if event.if_ is not None or (event.after and event.after.event in self.open):
                self.open.append(name)
            if event.if_ is not None:
                self.starts[name] = np.full(len(members), NEVER)
            elif event.after is not None:
                self.starts[name] = self._start_after(name)
            else:
                self.starts[name] = start_quarters(name, event, seed, members, dates.get(name))
            self._settle_end(name)

    @property
    def conditional(self) -> list[str]:
        """Events that have a condition."""
        return [name for name in self.open if self.events[name].if_ is not None]

    def first_start(self, name: str) -> int:
        """The first quarter in which the event starts in a member."""
        return int(self.starts[name].min())

    def meet_conditions(self, quarter: int, share: FloatArray) -> list[str]:
        """Start events whose condition holds by `share` (p, r, c, m), and what hangs on them.

        Returns
        -------
        Names of the events that got a start in a member.
        """
        begun: list[str] = []
        for name in self.open:
            event = self.events[name]
            if event.if_ is not None:
                waiting = (self.starts[name] == NEVER) & self._counts(name, quarter)
                now = condition_met(event.if_, share) & waiting if waiting.any() else waiting
                if now.any():
                    self.starts[name][now] = quarter
                    begun.append(name)
            elif event.after is not None and event.after.event in begun:
                self.starts[name] = self._start_after(name)
                begun.append(name)
            if begun and begun[-1] == name:
                self._settle_end(name)
        return begun

    def replay(self, starts: Mapping[str, IntArray]) -> None:
        """Take over when the conditions of events were met, (m,) by name."""
        for name in self.open:
            if self.events[name].if_ is None:
                self.starts[name] = self._start_after(name)
            elif name in starts:
                self.starts[name] = starts[name].copy()
            self._settle_end(name)

    def lasted(self, name: str) -> IntArray:
        """How many quarters an event with an end lasts, (1 or m,)."""
        length = self.events[name].for_
        return self.ends[name] - self.starts[name] if length is None else np.atleast_1d(length)

    def _counts(self, name: str, quarter: int) -> BoolArray:
        """Members in which the event can happen and its condition counts in this quarter, (m,)."""
        event = self.events[name]
        counts = self._occurs[name]
        if event.after is not None:
            counts = counts & (quarter >= self._moment_after(name))
        elif event.between is not None:
            counts = counts & (quarter >= event.between[0]) & (quarter <= event.between[1])
        elif event.when is not None:
            counts = counts & (quarter >= event.when)
        return counts if event.until is None else counts & (quarter < event.until)

    def _moment_after(self, name: str) -> IntArray:
        """The start or end of the event that this one hangs on, plus the delay; or NEVER."""
        after = self.events[name].after
        if after is None:
            raise ValueError(f"{name} hangs on no event")
        moment = (self.ends if after.end else self.starts)[after.event]
        return np.where(moment < NEVER, moment + after.delay, NEVER)

    def _start_after(self, name: str) -> IntArray:
        """Where the event that this one hangs on has begun or ended, and this one occurs."""
        return np.where(self._occurs[name], self._moment_after(name), NEVER)

    def _settle_end(self, name: str) -> None:
        """Set the end of an event; one that would end before it starts does not happen."""
        event, starts = self.events[name], self.starts[name]
        if event.until is not None:
            starts = np.where(starts < event.until, starts, NEVER)
            self.starts[name] = starts
            self.ends[name] = np.where(starts < NEVER, event.until, NEVER)
        elif event.for_ is not None:
            self.ends[name] = np.where(starts < NEVER, starts + event.for_, NEVER)
        else:
            self.ends[name] = np.full(1, NEVER)
