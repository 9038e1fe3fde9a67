"""One scenario for futures that each have their own lever values.

Levers are substituted when a scenario is loaded, so futures with different levers have
different numbers in their events. Where the model only multiplies, adds or compares these
numbers, they are arrays over the futures in one scenario, so that all are simulated together.
How long a change takes, inputs of added actors, the chance of an event with uncertain dates and
the normal distribution of a parameter cannot differ within a simulation: a lever that sets one of
these takes only a few values (it is "stepped"), and each value is simulated separately.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.forcing.dates import occurrence
from steppe.model.scenario.event_schema import Event
from steppe.model.scenario.lever_arithmetic import lever_names
from steppe.model.scenario.load import Scenario, load_scenario
from steppe.model.scenario.parse import reading_context
from steppe.model.scenario.schema import Change, ScenarioFile

LEVER_STEPS = 20  # values of a stepped lever
NEVER = 10**6  # a quarter after the end of any run
COMBINATIONS_CHECKED = 12  # futures whose scenario is loaded and checked in full

Levers = Mapping[str, FloatArray]  # lever to (m,) values


def stepped_levers(scenario: Scenario) -> set[str]:
    """Levers that set something that all futures of a simulation must share."""
    found: set[str] = set()
    for event in _mappings(scenario.source.data.get("events")):
        found |= _names_used(event.get("probability")) if "either" in event else set()
        for effect in event.get("effects") or ():
            found |= _names_used(effect.get("over"))
    for change in _mappings(scenario.source.data.get("parameters")):
        found |= _names_used(change.get("normal"))
    return (found | _names_used(scenario.source.data.get("cast"))) & set(scenario.levers)


def _mappings(section: Any) -> list[dict[str, Any]]:
    return [value for value in (section or {}).values() if isinstance(value, dict)]


def _names_used(data: Any) -> set[str]:
    """Names in the arithmetic of any part of a file."""
    if isinstance(data, dict | list):
        parts = data.values() if isinstance(data, dict) else data
        return {name for part in parts for name in _names_used(part)}
    return set(lever_names(data))


def levers_change_parameters(scenario: Scenario) -> bool:
    """True if the changes of parameters in a scenario use a lever."""
    return bool(_names_used(scenario.source.data.get("parameters")) & set(scenario.levers))


def check_lever_combinations(word: str, levers: Levers, most: int = COMBINATIONS_CHECKED) -> None:
    """Load the scenario at the lowest, the highest and some other values of its levers.

    Raises
    ------
    RequestError
        If it is not valid there; the message lists the mistakes.
    """
    rows = np.stack(list(levers.values()), axis=1)
    for row in (rows.min(axis=0), rows.max(axis=0), *rows[:most]):
        _load_at(word, dict(zip(levers, map(float, row), strict=True)))


def scenario_with_lever_arrays(word: str, levers: Levers, numbers: IntArray, seed: int) -> Scenario:
    """The scenario of futures (m,) with these levers, with arrays (m,) where they differ.

    Only events and parameters that use a lever are parsed again for each future.

    Parameters
    ----------
    word : name or file of the scenario.
    numbers : (m,) numbers of the futures, which decide whether an event occurs.

    Raises
    ------
    RequestError
        If the scenario is not valid with the levers of a future; the message lists the mistakes.
    """
    rows = [
        dict(zip(levers, map(float, row), strict=True))
        for row in zip(*levers.values(), strict=True)
    ]
    first = _load_at(word, rows[0])
    written, events = first.source.data, dict(first.events)
    contexts = [reading_context(first.cast, {**first.lever_values, **row}, written) for row in rows]
    try:
        for name, data in written["events"].items():
            if _identifiers([data, _chance_of(data, written)]) & set(levers):
                events[name] = _merge_events(
                    [Event.model_validate(data, context=context) for context in contexts],
                    name,
                    numbers,
                    seed,
                )
        parameters = (
            _merge_parameters(written.get("parameters") or {}, contexts)
            if levers_change_parameters(first)
            else first.parameters
        )
    except ValidationError:
        for row in rows:
            _load_at(word, row)  # raises with the mistakes and where they are
        raise
    return replace(first, events=events, parameters=parameters)


def _identifiers(data: Any) -> set[str]:
    """Words in an event, among them its levers."""
    return set(re.findall(r"[A-Za-z_]\w*", json.dumps(data, default=str)))


def _chance_of(event: Mapping[str, Any], written: Mapping[str, Any]) -> Any:
    """The chance that an event shares with others, as written; None if it shares none."""
    return (written.get("chances") or {}).get(event.get("chance"))


def _load_at(word: str, levers: dict[str, float]) -> Scenario:
    try:
        return load_scenario(word, levers=levers)
    except DiagnosticsError as found:
        at = ", ".join(f"{name} {value:g}" for name, value in levers.items())
        raise RequestError(
            f"{word} cannot be run at {at}, which is within the ranges of its levers:\n"
            + "\n".join(map(str, found.diagnostics))
        ) from None


def _merge_parameters(
    written: dict[str, Any], contexts: Sequence[dict[str, Any]]
) -> dict[str, float | Change]:
    each = [
        ScenarioFile.model_validate(
            {"title": "-", "parameters": written}, context=context
        ).parameters
        for context in contexts
    ]
    return {label: _merge_changes([row[label] for row in each]) for label in each[0]}


def _merge_events(variants: Sequence[Event], name: str, numbers: IntArray, seed: int) -> Event:
    """Merge the events of all futures into one."""
    first = variants[0]
    effects = tuple(
        _merge_models([event.effects[place] for event in variants])
        for place in range(len(first.effects))
    )
    first = first.model_copy(update=_differing_times(variants))
    if first.if_ is not None or first.after is not None:
        return first.model_copy(
            update={
                "effects": effects,
                "probability": _floats([event.probability for event in variants]),
            }
        )
    if first.either is not None:
        return first.model_copy(update={"effects": effects})
    spans = np.array(
        [
            (event.when, event.when) if event.when is not None else event.between
            for event in variants
        ]
    )
    spans[~_occurrence(variants, name, numbers, seed)] = NEVER
    return first.model_copy(
        update={"effects": effects, "when": None, "between": tuple(spans.T), "probability": 1.0}
    )


def _differing_times(variants: Sequence[Event]) -> dict[str, Any]:
    """Durations, ends, delays and windows that a lever moves, as arrays (m,)."""
    first, times = variants[0], dict[str, Any]()
    for key in ("for_", "until", *(("when",) if first.if_ is not None else ())):
        values = [getattr(event, key) for event in variants]
        if len(set(values)) > 1:
            times[key] = np.array(values)
    windows = {event.between for event in variants}
    if first.if_ is not None and len(windows) > 1:
        times["between"] = tuple(np.array([event.between for event in variants]).T)
    delays = [event.after.delay for event in variants if event.after is not None]
    if first.after is not None and len(set(delays)) > 1:
        times["after"] = first.after.model_copy(update={"delay": np.array(delays)})
    return times


def _occurrence(variants: Sequence[Event], name: str, numbers: IntArray, seed: int) -> BoolArray:
    """Futures in which an event occurs, each with its own chance."""
    chances = _floats([event.probability for event in variants])
    return occurrence(
        name, variants[0].model_copy(update={"probability": chances}), seed, numbers
    ) | (chances >= 1.0)


def _merge_models(variants: Sequence[BaseModel]) -> BaseModel:
    """Merge effects into one, with arrays where their numbers differ."""
    differing: dict[str, Any] = {}
    for name, values in _field_values(variants):
        if isinstance(values[0], float) and len(set(values)) > 1:
            differing[name] = _floats(values)
        elif isinstance(values[0], BaseModel):
            differing[name] = _merge_models(values)
    return variants[0].model_copy(update=differing)


def _field_values(variants: Sequence[BaseModel]) -> Iterator[tuple[str, list[Any]]]:
    for name in type(variants[0]).model_fields:
        yield name, [getattr(variant, name) for variant in variants]


def _merge_changes(variants: Sequence[float | Change]) -> float | Change:
    """Merge changes of a parameter; a plain value is a distribution without width."""
    first = variants[0]
    if all(variant == first for variant in variants):
        return first
    fields: dict[str, Any]
    if isinstance(first, float):
        fields = {"uniform": (_floats(variants), _floats(variants))}
    else:
        changes = [variant for variant in variants if isinstance(variant, Change)]
        if first.times is not None:
            fields = {"times": _floats([change.times for change in changes])}
        else:
            fields = {"uniform": tuple(np.array([change.uniform for change in changes]).T)}
    return Change.model_construct(**fields)


def _floats(values: Sequence[Any]) -> FloatArray:
    return np.array(values, dtype=float)
