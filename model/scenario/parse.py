"""The third stage of loading a scenario: its data as typed objects, or every mistake in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.type_errors import describe_error, keys_of
from steppe.model.core.yaml_source import MAX_DIAGNOSTICS, KeyPath, Source

from .effect_schema import shock_cell_messages
from .event_schema import DATES, INDENTED, MAX_EFFECTS, Event, conflicting_dates_message
from .lever_arithmetic import evaluate_arithmetic, lever_names
from .resolve import Levers, ResolvedFile
from .schema import LANGUAGE_VERSION, MAX_EVENTS, ScenarioFile

SECTIONS = ("events", "parameters", "levers", "cast", "chances")


@dataclass(frozen=True)
class ParsedFile:
    """A resolved file as typed content.

    Parts with mistakes are left out of `content`; `incomplete` names the keys that
    therefore lack something.
    """

    resolved: ResolvedFile
    content: ScenarioFile
    incomplete: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def parse_file(resolved: ResolvedFile) -> ParsedFile:
    """Turn the data into typed content.

    Raises
    ------
    DiagnosticsError
        If so little can be read that nothing more can be said.
    """
    problems = list(resolved.diagnostics)
    data = resolved.source.data
    events = data.get("events")
    one_by_one = isinstance(events, dict) and len(events) <= MAX_EVENTS
    rest = {key: value for key, value in data.items() if key != "events" or not one_by_one}
    content, left_out = _parse_content(resolved, rest, problems)
    if one_by_one:
        content = content.model_copy(update={"events": _parse_events(resolved, problems)})
    incomplete = frozenset(str(path[0]) for path in left_out)
    return ParsedFile(resolved, content, incomplete, tuple(problems))


def _context(resolved: ResolvedFile) -> dict[str, Any]:
    return reading_context(resolved.cast, resolved.levers.values, resolved.source.data)


def reading_context(
    cast: Cast, levers: Mapping[str, float], data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what fields need to know to be read: actors, lever values and shared chances."""
    chances = {}
    declared = data.get("chances")
    for name, value in (declared if isinstance(declared, dict) else {}).items():
        try:
            chances[name] = evaluate_arithmetic(value, levers)
        except ValueError:
            continue  # reported where the chance is declared
    events = data.get("events")
    names = tuple(events) if isinstance(events, dict) else ()
    return {
        "cast": cast,
        "levers": levers,
        "chances": chances,
        "event_names": names,
        "version": data.get("version", LANGUAGE_VERSION),
    }


def _parse_content(
    resolved: ResolvedFile, data: dict[str, Any], problems: list[Diagnostic]
) -> tuple[ScenarioFile, set[KeyPath]]:
    """Parse all but the events; a second time without the faulty parts if there are any."""
    context = _context(resolved)
    try:
        return ScenarioFile.model_validate(data, context=context), set()
    except ValidationError as error:
        problems += _describe_errors(error, ScenarioFile, (), resolved)
        locations = [item["loc"] for item in error.errors(include_url=False)]
    left_out: set[KeyPath] = {
        tuple(location[: 2 if location[0] in SECTIONS else 1]) for location in locations
    }
    try:
        remaining = _without(data, left_out)
        return ScenarioFile.model_validate(remaining, context=context), left_out
    except ValidationError:
        raise DiagnosticsError(problems) from None


def _without(data: dict[str, Any], left_out: set[KeyPath]) -> dict[str, Any]:
    result = dict(data)
    for path in left_out:
        key = str(path[0])
        if len(path) == 2 and isinstance(result.get(key), dict):
            result[key] = {name: value for name, value in result[key].items() if name != path[1]}
        else:
            result.pop(key, None)
    result.setdefault("title", "untitled")
    return result


def _parse_events(resolved: ResolvedFile, problems: list[Diagnostic]) -> dict[str, Event]:
    """Parse events one by one, leaving out faulty ones; stop after many mistakes."""
    source, context = resolved.source, _context(resolved)
    event_keys = frozenset(keys_of(Event))
    events: dict[str, Event] = {}
    found: list[Diagnostic] = []
    for name, data in source.data["events"].items():
        path = ("events", name)
        if name in event_keys and not isinstance(data, dict):
            message = (
                f"'{name}' stands among the names of events; it belongs inside an event: {INDENTED}"
            )
            found.append(source.diagnostic(path, message, of_key=True))
            continue
        try:
            events[name] = Event.model_validate(data, context=context)
        except ValidationError as error:
            found += _describe_errors(error, Event, path, resolved)
            found += _check_across_keys(source, name)
        if len(found) >= MAX_DIAGNOSTICS:
            message = f"more than {MAX_DIAGNOSTICS} mistakes; mend these first"
            found.append(Diagnostic(source.file, 0, 0, message))
            break
    problems += found
    return events


def _describe_errors(
    error: ValidationError, model: type[BaseModel], at: KeyPath, resolved: ResolvedFile
) -> list[Diagnostic]:
    """Report mistakes, except in arithmetic over a lever that is itself reported."""
    items = error.errors(include_url=False)
    source, levers = resolved.source, resolved.levers
    own = [item for item in items if not _uses_broken_lever(source, (*at, *item["loc"]), levers)]
    return [describe_error(item, source, model, at) for item in own[:MAX_DIAGNOSTICS]]


def _uses_broken_lever(source: Source, path: KeyPath, levers: Levers) -> bool:
    return bool(levers.broken and lever_names(_raw_value(source.data, path)) & levers.broken)


def _raw_value(data: Any, path: KeyPath) -> Any:
    """Return what the file holds at a path, skipping the names of union branches."""
    for step in path:
        in_mapping = isinstance(data, dict) and step in data
        in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if in_mapping or in_list:
            data = data[step]
    return data


def _check_across_keys(source: Source, name: str) -> list[Diagnostic]:
    """Check what pydantic leaves unchecked while single keys of an event are wrong."""
    event, path = source.data["events"][name], ("events", name)
    if not isinstance(event, dict):
        return []
    message = conflicting_dates_message([key for key in DATES if event.get(key) is not None])
    problems = [source.diagnostic(path, message)] if message else []
    effects = event.get("effects")
    for number, effect in enumerate(effects[:MAX_EFFECTS] if isinstance(effects, list) else ()):
        if isinstance(effect, dict) and "shock" in effect:
            given = {key for key in ("power", "republic", "channel") if effect.get(key) is not None}
            problems += [
                source.diagnostic((*path, "effects", number), text)
                for text in shock_cell_messages(effect["shock"], given)
            ]
    return problems
