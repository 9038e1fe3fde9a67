"""How much history two scenarios share."""

from __future__ import annotations

from .load import Scenario


def count_shared_quarters(first: Scenario, second: Scenario) -> int:
    """Return the number of quarters from 2000Q1 in which two scenarios are identical, bit for bit.

    It is 0 if their parameters or casts differ, or an event that differs depends on a condition.
    """
    if first.parameters != second.parameters or first.source.data.get(
        "cast"
    ) != second.source.data.get("cast"):
        return 0
    shared = min(first.last, second.last) + 1
    for one, other in ((first, second), (second, first)):
        for name, event in one.events.items():
            if other.events.get(name) != event:
                shared = min([shared, *event.dates()]) if event.dates() else 0
    return max(shared, 0)
