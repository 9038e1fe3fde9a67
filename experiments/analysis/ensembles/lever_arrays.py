"""One scenario for futures that each have levers of their own.

A lever is turned when a scenario is read, so futures with other levers have other numbers
in their events. Where these numbers are such as the model multiplies, adds or compares,
they are put into one scenario as arrays over the futures, and all are simulated together.
How long a change takes, what a scenario's own actors bring, the chance of an event with
disputed dates and the normal distribution of a parameter cannot differ within one
simulation: a lever that sets one of these is stepped, and futures are simulated by its steps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from steppe.experiments.errors import RequestError
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.forcing.forcing import occurrence
from steppe.model.scenario.file_models import Change, Event, ScenarioFile
from steppe.model.scenario.lever_arithmetic import lever_names
from steppe.model.scenario.load import Scenario, load_scenario

LEVER_STEPS = 20  # values that a stepped lever takes
NEVER = 10**6  # a quarter beyond every run
COMBINATIONS_CHECKED = 12  # futures for which a scenario is read as a whole before any is simulated

Levers = Mapping[str, np.ndarray]  # lever to (m,) values


def stepped_levers(scenario: Scenario) -> set[str]:
    """Levers that set something which all futures of one simulation must share."""
    found: set[str] = set()
    for event in _mappings(scenario.source.data.get("events")):
        found |= _names_used(event.get("probability")) if "either" in event else set()
        for effect in event.get("effects") or ():
            found |= _names_used(effect.get("over"))
    for change in _mappings(scenario.source.data.get("parameters")):
        found |= _names_used(change.get("normal"))
    return (found | _names_used(scenario.source.data.get("cast"))) & set(scenario.levers)


def _mappings(section: Any) -> list[dict]:
    return [value for value in (section or {}).values() if isinstance(value, dict)]


def _names_used(data: Any) -> set[str]:
    """Names in the arithmetic of anything that a file holds."""
    if isinstance(data, dict):
        return set().union(*map(_names_used, data.values()))
    if isinstance(data, list):
        return set().union(*map(_names_used, data))
    return lever_names(data)


def levers_change_parameters(scenario: Scenario) -> bool:
    """Whether a lever is among what the scenario makes of the parameters."""
    return bool(_names_used(scenario.source.data.get("parameters")) & set(scenario.levers))


def check_lever_combinations(word: str, levers: Levers, most: int = COMBINATIONS_CHECKED) -> None:
    """See that a scenario allows its levers to be turned together, in the lowest, the highest and some in between.

    Raises
    ------
    RequestError
        If it does not, with its mistakes.
    """
    rows = np.stack(list(levers.values()), axis=1)
    for row in (rows.min(axis=0), rows.max(axis=0), *rows[:most]):
        _load_at(word, dict(zip(levers, map(float, row), strict=True)))


def scenario_with_lever_arrays(
    word: str, levers: Levers, numbers: np.ndarray, seed: int
) -> Scenario:
    """The scenario of futures (m,) with these levers; numbers that differ between them are arrays (m,).

    Only events and parameters that name a lever are read again for every future.

    Parameters
    ----------
    word : its name or file.
    numbers : (m,), by which futures draw whether an event happens.

    Raises
    ------
    RequestError
        If the scenario does not allow the levers of a future, with its mistakes.
    """
    rows = [
        dict(zip(levers, map(float, row), strict=True))
        for row in zip(*levers.values(), strict=True)
    ]
    first = _load_at(word, rows[0])
    contexts = [{"cast": first.cast, "levers": {**first.lever_values, **row}} for row in rows]
    written, events = first.source.data, dict(first.events)
    try:
        for name, data in written["events"].items():
            if _identifiers(data) & set(levers):
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
            _load_at(word, row)  # says what is wrong, and where
        raise
    return replace(first, events=events, parameters=parameters)


def _identifiers(data: Any) -> set[str]:
    """Words in what an event holds; its levers are among them."""
    return set(re.findall(r"[A-Za-z_]\w*", json.dumps(data, default=str)))


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
    written: dict[str, Any], contexts: Sequence[dict]
) -> dict[str, float | Change]:
    each = [
        ScenarioFile.model_validate(
            {"title": "-", "parameters": written}, context=context
        ).parameters
        for context in contexts
    ]
    return {label: _merge_changes([row[label] for row in each]) for label in each[0]}


def _merge_events(variants: Sequence[Event], name: str, numbers: np.ndarray, seed: int) -> Event:
    """One event in place of as many as there are futures."""
    first = variants[0]
    effects = tuple(
        _merge_models([event.effects[place] for event in variants])
        for place in range(len(first.effects))
    )
    if first.if_ is not None:
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


def _occurrence(variants: Sequence[Event], name: str, numbers: np.ndarray, seed: int) -> np.ndarray:
    """Futures in which an event happens at all: each has a chance of its own."""
    chances = _floats([event.probability for event in variants])
    return occurrence(
        name, variants[0].model_copy(update={"probability": chances}), seed, numbers
    ) | (chances >= 1.0)


def _merge_models(variants: Sequence[BaseModel]) -> BaseModel:
    """An effect whose numbers are arrays where they differ."""
    differing: dict[str, Any] = {}
    for name, values in _field_values(variants):
        if isinstance(values[0], float) and len(set(values)) > 1:
            differing[name] = _floats(values)
        elif isinstance(values[0], BaseModel):
            differing[name] = _merge_models(values)
    return variants[0].model_copy(update=differing)


def _field_values(variants: Sequence[BaseModel]) -> Iterator[tuple[str, list]]:
    for name in type(variants[0]).model_fields:
        yield name, [getattr(variant, name) for variant in variants]


def _merge_changes(variants: Sequence[float | Change]) -> float | Change:
    """What is made of a parameter in each future; a plain value is a distribution of no width."""
    first = variants[0]
    if all(variant == first for variant in variants):
        return first
    if isinstance(first, float):
        return Change.model_construct(uniform=(_floats(variants), _floats(variants)))
    if first.times is not None:
        return Change.model_construct(times=_floats([variant.times for variant in variants]))
    return Change.model_construct(
        uniform=tuple(np.array([variant.uniform for variant in variants]).T)
    )


def _floats(values: Sequence[float]) -> np.ndarray:
    return np.array(values, dtype=float)
