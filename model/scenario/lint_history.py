"""What in a scenario changes the years up to 2019, which every scenario shares with history."""

from __future__ import annotations

from collections.abc import Iterator

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.evidence.coding import HISTORY_QUARTERS

from .cast_schema import Added, AddedPower
from .event_order import first_quarters
from .event_schema import WINDOWS
from .load import Scenario
from .schema import Change

HISTORY = "history"
FIRST_FUTURE = format_quarter(HISTORY_QUARTERS)


def history_changes(scenario: Scenario) -> list[tuple[str, str]]:
    """Return what changes the years before 2020: `event`, `parameter` or `actor`, and its name.

    Nothing does in a scenario that does not build on history, and what history itself holds is
    no change.
    """
    if HISTORY not in scenario.chain[:-1]:
        return []
    recorded = scenario.files[0].data.get("events") if scenario.files else None
    first = first_quarters(scenario.events)
    events = [
        name
        for name in scenario.events
        if first.get(name, HISTORY_QUARTERS) < HISTORY_QUARTERS and name not in (recorded or {})
    ]
    return [
        *(("event", name) for name in events),
        *(
            ("parameter", name)
            for name, change in scenario.parameters.items()
            if not (isinstance(change, Change) and change.times == 1)
        ),
        *(("actor", name) for name, row in scenario.added.items() if _is_in_history(row)),
    ]


def _is_in_history(row: Added) -> bool:
    """Whether an added actor takes part before 2020."""
    joins = row.joins if isinstance(row, AddedPower) else -1
    return joins is not None and joins < HISTORY_QUARTERS


def lint_history(scenario: Scenario) -> Iterator[Diagnostic]:
    """Report what the scenario's own file changes in history."""
    section = {"event": "events", "parameter": "parameters", "actor": "cast"}
    for kind, name in history_changes(scenario):
        yield scenario.source.diagnostic(
            (section[kind], name), _message(kind, name, scenario), of_key=True
        )


def _message(kind: str, name: str, scenario: Scenario) -> str:
    if kind == "event":
        first = format_quarter(first_quarters(scenario.events)[name])
        return (
            f"'{name}' can begin in {first} and so changes history, which ends before "
            f"{FIRST_FUTURE}; give it a later date, unless that is meant"
        )
    if kind == "parameter":
        return f"a parameter holds from 2000 on, so '{name}' changes history as well"
    return (
        f"'{name}' takes part before {FIRST_FUTURE} and so changes history; an added power can "
        "appear later, with 'from'"
    )


def lint_version(scenario: Scenario) -> Iterator[Diagnostic]:
    """Tell who wrote a condition without a window what it means now."""
    if "version" in scenario.source.data:
        return
    for name in scenario.own_events:
        written = scenario.source.data["events"][name]
        if scenario.events[name].if_ is None or any(key in written for key in WINDOWS):
            continue
        yield scenario.source.diagnostic(
            ("events", name, "if"),
            f"this condition counts from {FIRST_FUTURE} on; before version 2 of the language it "
            "counted from 2000Q1: write 'version: 2' at the top if that is right, or "
            "'when: 2000' beside 'if'",
        )
