"""What `check` says of added actors: what is assumed of each, and effects before one appears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic

from .cast_schema import AddedPower
from .event_order import first_quarters
from .load import Scenario


def lint_cast(scenario: Scenario) -> Iterator[Diagnostic]:
    """List the defaults that added actors take, and effects on powers that are not there yet."""
    for name, row in scenario.added.items():
        written = scenario.source.data["cast"][name]
        assumed = [
            f"{info.alias or key}: {_assumption(info.description or '', row, key)}"
            for key, info in type(row).model_fields.items()
            if "assumed" in (info.description or "")
            and (info.alias or key) not in written
            and not (key == "enters_at" and "from" not in written)
        ]
        if assumed:
            message = f"assumed of {name}, since the file does not say: {'; '.join(assumed)}"
            yield scenario.source.diagnostic(("cast", name), message, of_key=True)
    yield from _lint_early_effects(scenario)


def _assumption(description: str, row: Any, key: str) -> str:
    """Return the part of a description that says what is assumed."""
    text = description.partition("assumed ")[2].partition(";")[0].removesuffix(" where left out")
    return "1, Russia's means of 2000" if key == "budget" else text.replace(" where left out", "")


def _lint_early_effects(scenario: Scenario) -> Iterator[Diagnostic]:
    late = {
        scenario.cast.index("power", name): (name, row.joins)
        for name, row in scenario.added.items()
        if isinstance(row, AddedPower) and row.joins != -1
    }
    first = first_quarters(scenario.events) if late else {}
    for event_name in scenario.own_events if late else ():
        for number, effect in enumerate(scenario.events[event_name].effects):
            for power in {*_powers_of(effect)} & set(late):
                name, joins = late[power]
                if joins is not None and first[event_name] >= joins:
                    continue
                when = (
                    "takes no part, having no means"
                    if joins is None
                    else (f"appears only in {format_quarter(joins)}")
                )
                yield scenario.source.diagnostic(
                    ("events", event_name, "effects", number),
                    f"{name} {when}, and this can come in {format_quarter(first[event_name])}; "
                    "date it later, or give an earlier 'from' or a 'budget'",
                )


def _powers_of(effect: Any) -> tuple[int, ...]:
    """Return the positions of the powers that an effect names."""
    found: list[int] = []
    for key in ("power", "budget", "reroute", "relation", "blockade"):
        value = getattr(effect, key, None)
        if isinstance(value, tuple):
            found += value
    quarrel = getattr(effect, "quarrel", None)
    found += quarrel[:1] if quarrel is not None else ()
    founding = getattr(effect, "found", None)
    return (*found, *(founding.sponsors if founding is not None else ()))
