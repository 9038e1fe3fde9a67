"""Events that hang on others: their order, circles among them, and the first quarter of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest
from steppe.model.core.word_lists import join_words
from steppe.model.core.yaml_source import Source

from .event_schema import Event
from .value_types import later_than_event


def order_events(events: Mapping[str, Event]) -> list[str]:
    """Return the names of events, each after the one that it hangs on; circles are left out."""
    ordered: dict[str, None] = {}
    for name in events:
        ordered.update(dict.fromkeys(reversed(_ancestry(name, events, ordered))))
    return list(ordered)


def _ancestry(name: str, events: Mapping[str, Event], known: Mapping[str, None]) -> list[str]:
    """Return the event and those that it hangs on, up to one that is known; none in a circle."""
    line: dict[str, None] = {}
    while name not in known:
        if name in line or name not in events:
            return []
        line[name] = None
        after = events[name].after
        if after is None:
            break
        name = after.event
    return list(line)


def first_quarters(events: Mapping[str, Event]) -> dict[str, int]:
    """Return the first quarter in which each event can begin, by name."""
    first: dict[str, int] = {}
    for name in order_events(events):
        event = events[name]
        if event.after is not None:
            first[name] = _first_after(event, events, first)
        elif event.if_ is not None:
            first[name] = window_of(event)[0]
        else:
            first[name] = min(event.dates())
    return first


def _first_after(event: Event, events: Mapping[str, Event], first: Mapping[str, int]) -> int:
    if event.after is None:
        raise ValueError("the event hangs on no other")
    other = events[event.after.event]
    start = first[event.after.event]
    if event.after.end and other.for_ is not None:
        start += other.for_
    elif event.after.end and other.until is not None:
        start = max(start, other.until)
    return start + event.after.delay


def possible_dates(name: str, events: Mapping[str, Event]) -> tuple[int, ...]:
    """Return the quarters when an event can begin, as `Event.dates` does for one with a date.

    What hangs on another event follows its dates; there are none where a condition decides.
    """
    event = events[name]
    if event.after is None or event.if_ is not None or name not in order_events(events):
        return event.dates()
    other = events[event.after.event]
    dates = possible_dates(event.after.event, events)
    if event.after.end and other.for_ is not None:
        dates = tuple(date + other.for_ for date in dates)
    elif event.after.end and other.until is not None:
        dates = (other.until,) if dates else ()
    return tuple(date + event.after.delay for date in dates)


def window_of(event: Event) -> tuple[int, int | None]:
    """Return the quarters in which a condition counts; None if there is no last.

    Where the window begins after another event, this is the run's first quarter.
    """
    if event.between is not None:
        return event.between
    return (event.when or 0, None)


def check_event_order(events: Mapping[str, Event], source: Source) -> Iterator[Diagnostic]:
    """Report events that hang on none, on one without an end, or on each other in a circle."""
    for name, event in events.items():
        if event.after is None:
            continue
        path, other = ("events", name, "after"), event.after.event
        if other not in source.data["events"]:
            known = [key for key in source.data["events"] if key != name]
            later = later_than_event(other, known)
            hint = f"write {later}" if later else suggest(other, known)
            yield source.diagnostic(path, f"unknown event '{other}'; {hint}")
        elif other in events and event.after.end and not events[other].lasts:
            yield source.diagnostic(
                path, f"'{other}' has no end; give it one with 'for' or 'until', or take 'end' out"
            )
    ordered = set(order_events(events))
    for name, event in events.items():
        if event.after is not None and name not in ordered:
            circle = _circle(name, events)
            if circle and circle[0] == name:
                yield source.diagnostic(("events", name, "after"), _circle_message(circle))


def _circle_message(circle: list[str]) -> str:
    if len(circle) == 1:
        return f"'{circle[0]}' waits for itself; give it a date, or another event"
    names = join_words([f"'{name}'" for name in circle])
    return f"{names} wait for each other; give one of them a date"


def _circle(name: str, events: Mapping[str, Event]) -> list[str]:
    """Return the events of the circle that an event is in, from the first in the file."""
    line = [name]
    while True:
        after = events[line[-1]].after
        if after is None or after.event not in events:
            return []
        if after.event == name:
            places = list(events)
            start = line.index(min(line, key=places.index))
            return line[start:] + line[:start]
        if after.event in line:
            return []
        line.append(after.event)


def check_ends(events: Mapping[str, Event], source: Source) -> Iterator[Diagnostic]:
    """Report events that end before they can begin, and windows that never open."""
    first = first_quarters(events)
    for name, event in events.items():
        begins = first.get(name)
        if begins is None or event.until is None or (event.if_ is None and event.after is None):
            continue
        if event.until <= begins:
            yield source.diagnostic(
                ("events", name, "until"),
                f"it ends ({format_quarter(event.until)}) before it can begin "
                f"({format_quarter(begins)}); give a later 'until'",
            )
