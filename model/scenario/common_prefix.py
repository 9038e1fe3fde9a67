"""How much history two scenarios share."""

from __future__ import annotations

from .event_order import first_quarters
from .load import Scenario


def count_shared_quarters(first: Scenario, second: Scenario) -> int:
    """Return the number of quarters from 2000Q1 in which two scenarios are identical, bit for bit.

    It is 0 if their parameters or casts differ. An event that differs counts from the first
    quarter in which it can begin.
    """
    if first.parameters != second.parameters or dict(first.added) != dict(second.added):
        return 0
    shared = min(first.last, second.last) + 1
    for one, other in ((first, second), (second, first)):
        first_quarter = first_quarters(one.events)
        for name, event in one.events.items():
            if other.events.get(name) != event:
                shared = min(shared, first_quarter.get(name, shared))
    return max(shared, 0)
