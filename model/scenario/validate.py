"""What is wrong with a scenario as a whole: every mistake in one pass, each at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import UnknownNameError, describe_foreign_letter, suggest
from steppe.model.core.type_errors import describe_error, describe_errors, keys_of
from steppe.model.core.yaml_source import MAX_DIAGNOSTICS, KeyPath, Source
from steppe.model.parameters.table import BY_ID, find_parameter

from .cast_models import MAX_ADDED, add_actor, new_actor_messages
from .effect_models import shock_cell_messages
from .file_models import (
    DATES,
    INDENTED,
    MAX_EFFECTS,
    MAX_EVENTS,
    MAX_LEVERS,
    Event,
    Lever,
    ScenarioFile,
    conflicting_dates_message,
)
from .lever_arithmetic import lever_names
from .memberships import check_memberships
from .parameter_guards import check_guards

_NAME = re.compile(r"[A-Za-z_]\w*")
SECTIONS = ("events", "parameters", "levers", "cast")


@dataclass
class Levers:
    """Levers declared, the value of each, and those whose declaration is faulty, with a stand-in value."""

    declared: dict[str, Lever] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_levers(
    merged: Source, overrides: Mapping[str, float], problems: list[Diagnostic], asked_at: str
) -> Levers:
    """The levers; mistakes in them, or in the values asked for (at the place `asked_at`), are added to `problems`."""
    levers = Levers()
    rows = merged.data.get("levers")
    rows = rows if isinstance(rows, dict) else {}  # the types say what is wrong with anything else
    if len(rows) > MAX_LEVERS:
        problems.append(
            merged.diagnostic(
                ("levers",), f"{len(rows):,} levers; at most {MAX_LEVERS}", of_key=True
            )
        )
        return levers
    for name, data in rows.items():
        if not (name.isidentifier() and name.isascii()):
            hint = describe_foreign_letter(name) or "use letters, digits and _"
            problems.append(
                merged.diagnostic(
                    ("levers", name), f"'{name}' is no name for a lever; {hint}", of_key=True
                )
            )
            levers.broken.add(name)
        try:
            levers.declared[name] = Lever.model_validate(data)
            levers.values[name] = levers.declared[name].default
        except ValidationError as error:
            problems.extend(describe_errors(error, merged, Lever, ("levers", name)))
            levers.broken.add(name)
            levers.values[name] = _stand_in(data)
    for name, value in overrides.items():
        message = _override_message(name, value, levers)
        if message:
            problems.append(Diagnostic(asked_at, 0, 0, message))
        else:
            levers.values[name] = value
    return levers


def _stand_in(data: Any) -> float:
    default = data.get("default") if isinstance(data, dict) else None
    usable = (
        isinstance(default, (int, float)) and not isinstance(default, bool) and abs(default) < 1e9
    )
    return float(default) if usable else 1.0


def _override_message(name: str, value: float, levers: Levers) -> str | None:
    if name in levers.broken:
        return None
    if name not in levers.declared:
        return f"unknown lever '{name}'; " + (
            suggest(name, list(levers.declared)) if levers.declared else "this scenario has none"
        )
    low, high = levers.declared[name].range
    return (
        None
        if low <= value <= high
        else f"lever '{name}' is {value:g}; its range is {low:g} to {high:g}"
    )


def read_cast(merged: Source, cast: Cast, problems: list[Diagnostic]) -> Cast:
    """The cast with the scenario's own actors at its end."""
    rows = merged.data.get("cast")
    if not isinstance(rows, dict):
        return cast
    if len(rows) > MAX_ADDED:
        problems.append(
            merged.diagnostic(
                ("cast",), f"adds {len(rows)} actors; at most {MAX_ADDED}", of_key=True
            )
        )
        return cast
    for name, data in rows.items():
        wrong = new_actor_messages(name, data, cast)
        problems += [merged.diagnostic(("cast", name), message, of_key=True) for message in wrong]
        if not wrong and isinstance(data, dict) and data.get("kind") in ("power", "republic"):
            cast = add_actor(cast, name, data, len(cast.powers) + len(cast.republics))
    return cast


def parsed_file(
    merged: Source, cast: Cast, levers: Levers, problems: list[Diagnostic]
) -> tuple[ScenarioFile | None, set[str]]:
    """The file as typed; where parts are faulty, the rest of it, and the keys that lack something."""
    context = {"cast": cast, "levers": levers.values}
    head = {
        key: value
        for key, value in merged.data.items()
        if key != "events" or not isinstance(value, dict) or len(value) > MAX_EVENTS
    }
    left_out: set[KeyPath] = set()
    try:
        parsed = ScenarioFile.model_validate(head, context=context)
    except ValidationError as error:
        items = error.errors(include_url=False)
        problems += _faults_but_of_broken_levers(items, merged, ScenarioFile, (), levers)
        left_out = {tuple(item["loc"][: 2 if item["loc"][0] in SECTIONS else 1]) for item in items}
        try:
            parsed = ScenarioFile.model_validate(_without(head, left_out), context=context)
        except ValidationError:
            return None, set()
    if "events" not in merged.data or "events" in head:
        return parsed, {steps[0] for steps in left_out}
    events = _parsed_events(merged, context, levers, problems)
    return parsed.model_copy(update={"events": events}), {steps[0] for steps in left_out}


def _parsed_events(
    merged: Source, context: dict, levers: Levers, problems: list[Diagnostic]
) -> dict[str, Event]:
    """Events one by one, those with mistakes left out; after many mistakes the rest is not looked at."""
    events = {}
    found: list[Diagnostic] = []
    for name, data in merged.data["events"].items():
        if name in keys_of(Event) and not isinstance(data, dict):
            message = (
                f"'{name}' stands among the names of events; it belongs inside an event: {INDENTED}"
            )
            found.append(merged.diagnostic(("events", name), message, of_key=True))
            continue
        try:
            events[name] = Event.model_validate(data, context=context)
        except ValidationError as error:
            found += _faults_but_of_broken_levers(
                error.errors(include_url=False), merged, Event, ("events", name), levers
            )
            found += _event_problems(merged, name)
        if len(found) >= MAX_DIAGNOSTICS:
            found.append(
                Diagnostic(
                    merged.file, 0, 0, f"more than {MAX_DIAGNOSTICS} mistakes; mend these first"
                )
            )
            break
    problems += found
    return events


def _faults_but_of_broken_levers(
    items: list, merged: Source, model: type, at: KeyPath, levers: Levers
) -> list[Diagnostic]:
    """Mistakes in our words; none for arithmetic over a lever that is itself mistaken."""
    own = [
        item
        for item in items
        if not lever_names(_written(merged.data, (*at, *item["loc"]))) & levers.broken
    ]
    return [describe_error(item, merged, model, at) for item in own[:MAX_DIAGNOSTICS]]


def _written(data: Any, steps: KeyPath) -> Any:
    """What the file holds at a place, before any arithmetic; names of union branches are passed over."""
    for step in steps:
        if (
            isinstance(data, dict)
            and step in data
            or isinstance(data, list)
            and isinstance(step, int)
            and step < len(data)
        ):
            data = data[step]
    return data


def _without(data: dict[str, Any], left_out: set[KeyPath]) -> dict[str, Any]:
    result = dict(data)
    for steps in left_out:
        if len(steps) == 2 and isinstance(result.get(steps[0]), dict):
            result[steps[0]] = {
                key: value for key, value in result[steps[0]].items() if key != steps[1]
            }
        else:
            result.pop(steps[0], None)
    result.setdefault("title", "untitled")
    return result


def _event_problems(merged: Source, name: str) -> list[Diagnostic]:
    """Mistakes across keys of an event, which its types do not report while a single key is wrong."""
    event, at = merged.data["events"][name], ("events", name)
    if not isinstance(event, dict):
        return []
    message = conflicting_dates_message([key for key in DATES if event.get(key) is not None])
    problems = [merged.diagnostic(at, message)] if message else []
    effects = event.get("effects")
    for number, effect in enumerate(effects[:MAX_EFFECTS] if isinstance(effects, list) else ()):
        if isinstance(effect, dict) and "shock" in effect:
            given = {key for key in ("power", "republic", "channel") if effect.get(key) is not None}
            problems += [
                merged.diagnostic((*at, "effects", number), text)
                for text in shock_cell_messages(effect["shock"], given)
            ]
    return problems


def faults_of_whole(
    parsed: ScenarioFile,
    left_out: set[str],
    own: Source,
    merged: Source,
    cast: Cast,
    levers: Levers,
    institutions: Mapping[str, tuple[str, ...]] | None,
) -> list[Diagnostic]:
    """Mistakes that show only when the parts are seen together."""
    problems = _dates_outside(parsed, left_out, merged) + _unknown_parameters(parsed, merged, cast)
    problems += _unused_levers(own, merged, levers) + _mixed_letters(own)
    problems += _expected_outside(parsed, merged) + _varied(parsed, merged, cast, levers)
    problems += check_guards(parsed, merged, cast) if not problems else []
    if institutions is not None:
        problems += check_memberships(parsed.events, merged, cast, institutions)
    return problems


def _dates_outside(parsed: ScenarioFile, left_out: set[str], merged: Source) -> list[Diagnostic]:
    problems = [
        merged.diagnostic(
            (),
            f"the key '{key}' is missing, here and in what this extends; add {key}: {example}, or extends: baseline",
        )
        for key, value, example in (("from", parsed.from_, "2000Q1"), ("to", parsed.to, "2040Q4"))
        if value is None and key not in left_out
    ]
    if parsed.from_ is None or parsed.to is None:
        return problems
    if parsed.from_ != 0:
        problems.append(
            merged.diagnostic(
                ("from",),
                f"runs start at 2000Q1, not {format_quarter(parsed.from_)}; leave 'from' out",
            )
        )
    if parsed.to < max(parsed.from_, 0):
        problems.append(
            merged.diagnostic(
                ("to",),
                f"the run ends ({format_quarter(parsed.to)}) before it begins ({format_quarter(parsed.from_)})",
            )
        )
    for name, event in parsed.events.items():
        if any(date < 0 for date in event.dates()):
            first = format_quarter(min(event.dates()))
            problems.append(
                merged.diagnostic(
                    ("events", name, event.dated_by),
                    f"{first} is before the run begins (2000Q1); give a later date",
                )
            )
    return problems


def _unknown_parameters(parsed: ScenarioFile, merged: Source, cast: Cast) -> list[Diagnostic]:
    problems = []
    for label, change in parsed.parameters.items():
        at = ("parameters", label)
        try:
            row, _ = find_parameter(label, cast)
        except UnknownNameError as error:
            problems.append(merged.diagnostic(at, str(error), of_key=True))
            continue
        low, high = row.bounds
        ends = (
            (change,)
            if isinstance(change, float)
            else change.uniform or ((change.normal[0],) if change.normal else ())
        )
        if any(not low <= end <= high for end in ends):
            problems.append(
                merged.diagnostic(
                    at,
                    f"{label} is bounded by {low:g} and {high:g} ({row.unit}), not {', '.join(f'{end:g}' for end in ends)}",
                )
            )
    return problems


def used_levers(merged: Source) -> set[str]:
    """Names in the arithmetic of events, parameters and cast; words of other texts are among them."""
    used: set[str] = set()
    waiting = [merged.data.get("events"), merged.data.get("parameters"), merged.data.get("cast")]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(value for key, value in item.items() if key not in ("what", "claims"))
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and len(item) <= 200:
            used.update(_NAME.findall(item))
    return used


def _unused_levers(own: Source, merged: Source, levers: Levers) -> list[Diagnostic]:
    written = own.data.get("levers")
    if not isinstance(written, dict) or not levers.declared:
        return []
    used = used_levers(merged)
    return [
        merged.diagnostic(
            ("levers", name),
            f"lever '{name}' turns nothing: no event or parameter refers to it; use it in one, or take it out",
            of_key=True,
        )
        for name in levers.declared
        if name not in used and name in written and name not in levers.broken
    ]


def _mixed_letters(own: Source) -> list[Diagnostic]:
    """Names of events and actors that mix Latin letters with look-alikes; names wholly in another script are welcome."""
    problems = []
    for section in ("events", "cast"):
        names = own.data.get(section)
        for name in names if isinstance(names, dict) else ():
            strange = describe_foreign_letter(name)
            if strange and any(letter.isascii() and letter.isalpha() for letter in name):
                problems.append(
                    own.diagnostic(
                        (section, name),
                        f"the name '{name}' mixes alphabets: it {strange}; write it in one",
                        of_key=True,
                    )
                )
    return problems


def _expected_outside(parsed: ScenarioFile, merged: Source) -> list[Diagnostic]:
    problems = []
    for number, row in enumerate(parsed.expects):
        for key, date in (("at", row.at), ("since", row.since)):
            if date is not None and parsed.to is not None and not 0 <= date <= parsed.to:
                problems.append(
                    merged.diagnostic(
                        ("expects", number, key),
                        f"{format_quarter(date)} is outside the run, which ends {format_quarter(parsed.to)}",
                    )
                )
        if row.since is not None and row.since >= row.at:
            problems.append(
                merged.diagnostic(
                    ("expects", number, "since"),
                    f"'since' ({format_quarter(row.since)}) must come before 'at' ({format_quarter(row.at)})",
                )
            )
    return problems


def _varied(parsed: ScenarioFile, merged: Source, cast: Cast, levers: Levers) -> list[Diagnostic]:
    if parsed.vary is None:
        return []
    kind = "grid" if parsed.vary.grid else "paired"
    problems = []
    for name, values in (parsed.vary.grid or parsed.vary.paired).items():
        at = ("vary", kind, name)
        if name in levers.declared:
            low, high = levers.declared[name].range
            what = f"lever '{name}'"
        else:
            try:
                row, _ = find_parameter(name, cast)
            except UnknownNameError:
                known = [*levers.declared, *BY_ID]
                problems.append(
                    merged.diagnostic(
                        at,
                        f"'{name}' is no lever and no parameter; {suggest(name, known)}",
                        of_key=True,
                    )
                )
                continue
            (low, high), what = row.bounds, name
        outside = [value for value in values if not low <= value <= high]
        problems += [
            merged.diagnostic(
                (*at, values.index(value)), f"{what} is {value:g}; its range is {low:g} to {high:g}"
            )
            for value in outside
        ]
    return problems
