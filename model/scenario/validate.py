"""What is wrong with a scenario as a whole: every mistake in one pass, each at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast, UnknownName, foreign_letter, nearest
from steppe.model.core.diagnostics import Fault
from steppe.model.core.type_errors import fault_of, faults_of, keys_of
from steppe.model.core.yaml_source import MAX_FAULTS, Source, Steps
from steppe.model.parameters.table import BY_ID, find

from .cast_models import MAX_ADDED, actor_faults, with_actor
from .effect_models import shock_faults
from .file_models import (
    DATES,
    INDENTED,
    MAX_EFFECTS,
    MAX_EVENTS,
    MAX_LEVERS,
    Event,
    Lever,
    ScenarioFile,
    date_fault,
)
from .lever_arithmetic import names_in
from .memberships import membership_faults
from .parameter_guards import guard_faults

_NAME = re.compile(r"[A-Za-z_]\w*")
SECTIONS = ("events", "parameters", "levers", "cast")


@dataclass
class Levers:
    """Levers declared, the value of each, and those whose declaration is faulty, with a stand-in value."""

    declared: dict[str, Lever] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_levers(
    merged: Source, overrides: Mapping[str, float], faults: list[Fault], asked_at: str
) -> Levers:
    """The levers; mistakes in them, or in the values asked for (at the place `asked_at`), are added to `faults`."""
    levers = Levers()
    rows = merged.data.get("levers")
    rows = rows if isinstance(rows, dict) else {}  # the types say what is wrong with anything else
    if len(rows) > MAX_LEVERS:
        faults.append(
            merged.fault(("levers",), f"{len(rows):,} levers; at most {MAX_LEVERS}", of_key=True)
        )
        return levers
    for name, data in rows.items():
        if not (name.isidentifier() and name.isascii()):
            hint = foreign_letter(name) or "use letters, digits and _"
            faults.append(
                merged.fault(
                    ("levers", name), f"'{name}' is no name for a lever; {hint}", of_key=True
                )
            )
            levers.broken.add(name)
        try:
            levers.declared[name] = Lever.model_validate(data)
            levers.values[name] = levers.declared[name].default
        except ValidationError as error:
            faults.extend(faults_of(error, merged, Lever, ("levers", name)))
            levers.broken.add(name)
            levers.values[name] = _stand_in(data)
    for name, value in overrides.items():
        message = _override_fault(name, value, levers)
        if message:
            faults.append(Fault(asked_at, 0, 0, message))
        else:
            levers.values[name] = value
    return levers


def _stand_in(data: Any) -> float:
    default = data.get("default") if isinstance(data, dict) else None
    usable = (
        isinstance(default, (int, float)) and not isinstance(default, bool) and abs(default) < 1e9
    )
    return float(default) if usable else 1.0


def _override_fault(name: str, value: float, levers: Levers) -> str | None:
    if name in levers.broken:
        return None
    if name not in levers.declared:
        return f"unknown lever '{name}'; " + (
            nearest(name, list(levers.declared)) if levers.declared else "this scenario has none"
        )
    low, high = levers.declared[name].range
    return (
        None
        if low <= value <= high
        else f"lever '{name}' is {value:g}; its range is {low:g} to {high:g}"
    )


def read_cast(merged: Source, cast: Cast, faults: list[Fault]) -> Cast:
    """The cast with the scenario's own actors at its end."""
    rows = merged.data.get("cast")
    if not isinstance(rows, dict):
        return cast
    if len(rows) > MAX_ADDED:
        faults.append(
            merged.fault(("cast",), f"adds {len(rows)} actors; at most {MAX_ADDED}", of_key=True)
        )
        return cast
    for name, data in rows.items():
        wrong = actor_faults(name, data, cast)
        faults += [merged.fault(("cast", name), message, of_key=True) for message in wrong]
        if not wrong and isinstance(data, dict) and data.get("kind") in ("power", "republic"):
            cast = with_actor(cast, name, data, len(cast.powers) + len(cast.republics))
    return cast


def parsed_file(
    merged: Source, cast: Cast, levers: Levers, faults: list[Fault]
) -> tuple[ScenarioFile | None, set[str]]:
    """The file as typed; where parts are faulty, the rest of it, and the keys that lack something."""
    context = {"cast": cast, "levers": levers.values}
    head = {
        key: value
        for key, value in merged.data.items()
        if key != "events" or not isinstance(value, dict) or len(value) > MAX_EVENTS
    }
    left_out: set[Steps] = set()
    try:
        parsed = ScenarioFile.model_validate(head, context=context)
    except ValidationError as error:
        items = error.errors(include_url=False)
        faults += _faults_but_of_broken_levers(items, merged, ScenarioFile, (), levers)
        left_out = {tuple(item["loc"][: 2 if item["loc"][0] in SECTIONS else 1]) for item in items}
        try:
            parsed = ScenarioFile.model_validate(_without(head, left_out), context=context)
        except ValidationError:
            return None, set()
    if "events" not in merged.data or "events" in head:
        return parsed, {steps[0] for steps in left_out}
    events = _parsed_events(merged, context, levers, faults)
    return parsed.model_copy(update={"events": events}), {steps[0] for steps in left_out}


def _parsed_events(
    merged: Source, context: dict, levers: Levers, faults: list[Fault]
) -> dict[str, Event]:
    """Events one by one, those with mistakes left out; after many mistakes the rest is not looked at."""
    events = {}
    found: list[Fault] = []
    for name, data in merged.data["events"].items():
        if name in keys_of(Event) and not isinstance(data, dict):
            message = (
                f"'{name}' stands among the names of events; it belongs inside an event: {INDENTED}"
            )
            found.append(merged.fault(("events", name), message, of_key=True))
            continue
        try:
            events[name] = Event.model_validate(data, context=context)
        except ValidationError as error:
            found += _faults_but_of_broken_levers(
                error.errors(include_url=False), merged, Event, ("events", name), levers
            )
            found += _hidden_faults(merged, name)
        if len(found) >= MAX_FAULTS:
            found.append(
                Fault(merged.file, 0, 0, f"more than {MAX_FAULTS} mistakes; mend these first")
            )
            break
    faults += found
    return events


def _faults_but_of_broken_levers(
    items: list, merged: Source, model: type, at: Steps, levers: Levers
) -> list[Fault]:
    """Mistakes in our words; none for arithmetic over a lever that is itself mistaken."""
    own = [
        item
        for item in items
        if not names_in(_written(merged.data, (*at, *item["loc"]))) & levers.broken
    ]
    return [fault_of(item, merged, model, at) for item in own[:MAX_FAULTS]]


def _written(data: Any, steps: Steps) -> Any:
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


def _without(data: dict[str, Any], left_out: set[Steps]) -> dict[str, Any]:
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


def _hidden_faults(merged: Source, name: str) -> list[Fault]:
    """Mistakes across keys of an event, which its types do not report while a single key is wrong."""
    event, at = merged.data["events"][name], ("events", name)
    if not isinstance(event, dict):
        return []
    message = date_fault([key for key in DATES if event.get(key) is not None])
    faults = [merged.fault(at, message)] if message else []
    effects = event.get("effects")
    for number, effect in enumerate(effects[:MAX_EFFECTS] if isinstance(effects, list) else ()):
        if isinstance(effect, dict) and "shock" in effect:
            given = {key for key in ("power", "republic", "channel") if effect.get(key) is not None}
            faults += [
                merged.fault((*at, "effects", number), text)
                for text in shock_faults(effect["shock"], given)
            ]
    return faults


def faults_of_whole(
    parsed: ScenarioFile,
    left_out: set[str],
    own: Source,
    merged: Source,
    cast: Cast,
    levers: Levers,
    institutions: Mapping[str, tuple[str, ...]] | None,
) -> list[Fault]:
    """Mistakes that show only when the parts are seen together."""
    faults = _dates_outside(parsed, left_out, merged) + _unknown_parameters(parsed, merged, cast)
    faults += _unused_levers(own, merged, levers) + _mixed_letters(own)
    faults += _expected_outside(parsed, merged) + _varied(parsed, merged, cast, levers)
    faults += guard_faults(parsed, merged, cast) if not faults else []
    if institutions is not None:
        faults += membership_faults(parsed.events, merged, cast, institutions)
    return faults


def _dates_outside(parsed: ScenarioFile, left_out: set[str], merged: Source) -> list[Fault]:
    faults = [
        merged.fault(
            (),
            f"the key '{key}' is missing, here and in what this extends; add {key}: {example}, or extends: baseline",
        )
        for key, value, example in (("from", parsed.from_, "2000Q1"), ("to", parsed.to, "2040Q4"))
        if value is None and key not in left_out
    ]
    if parsed.from_ is None or parsed.to is None:
        return faults
    if parsed.from_ != 0:
        faults.append(
            merged.fault(
                ("from",),
                f"runs start at 2000Q1, not {format_quarter(parsed.from_)}; leave 'from' out",
            )
        )
    if parsed.to < max(parsed.from_, 0):
        faults.append(
            merged.fault(
                ("to",),
                f"the run ends ({format_quarter(parsed.to)}) before it begins ({format_quarter(parsed.from_)})",
            )
        )
    for name, event in parsed.events.items():
        if any(date < 0 for date in event.dates()):
            first = format_quarter(min(event.dates()))
            faults.append(
                merged.fault(
                    ("events", name, event.dated_by),
                    f"{first} is before the run begins (2000Q1); give a later date",
                )
            )
    return faults


def _unknown_parameters(parsed: ScenarioFile, merged: Source, cast: Cast) -> list[Fault]:
    faults = []
    for label, change in parsed.parameters.items():
        at = ("parameters", label)
        try:
            row, _ = find(label, cast)
        except UnknownName as error:
            faults.append(merged.fault(at, str(error), of_key=True))
            continue
        low, high = row.bounds
        ends = (
            (change,)
            if isinstance(change, float)
            else change.uniform or ((change.normal[0],) if change.normal else ())
        )
        if any(not low <= end <= high for end in ends):
            faults.append(
                merged.fault(
                    at,
                    f"{label} is bounded by {low:g} and {high:g} ({row.unit}), not {', '.join(f'{end:g}' for end in ends)}",
                )
            )
    return faults


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


def _unused_levers(own: Source, merged: Source, levers: Levers) -> list[Fault]:
    written = own.data.get("levers")
    if not isinstance(written, dict) or not levers.declared:
        return []
    used = used_levers(merged)
    return [
        merged.fault(
            ("levers", name),
            f"lever '{name}' turns nothing: no event or parameter refers to it; use it in one, or take it out",
            of_key=True,
        )
        for name in levers.declared
        if name not in used and name in written and name not in levers.broken
    ]


def _mixed_letters(own: Source) -> list[Fault]:
    """Names of events and actors that mix Latin letters with look-alikes; names wholly in another script are welcome."""
    faults = []
    for section in ("events", "cast"):
        names = own.data.get(section)
        for name in names if isinstance(names, dict) else ():
            strange = foreign_letter(name)
            if strange and any(letter.isascii() and letter.isalpha() for letter in name):
                faults.append(
                    own.fault(
                        (section, name),
                        f"the name '{name}' mixes alphabets: it {strange}; write it in one",
                        of_key=True,
                    )
                )
    return faults


def _expected_outside(parsed: ScenarioFile, merged: Source) -> list[Fault]:
    faults = []
    for number, row in enumerate(parsed.expects):
        for key, date in (("at", row.at), ("since", row.since)):
            if date is not None and parsed.to is not None and not 0 <= date <= parsed.to:
                faults.append(
                    merged.fault(
                        ("expects", number, key),
                        f"{format_quarter(date)} is outside the run, which ends {format_quarter(parsed.to)}",
                    )
                )
        if row.since is not None and row.since >= row.at:
            faults.append(
                merged.fault(
                    ("expects", number, "since"),
                    f"'since' ({format_quarter(row.since)}) must come before 'at' ({format_quarter(row.at)})",
                )
            )
    return faults


def _varied(parsed: ScenarioFile, merged: Source, cast: Cast, levers: Levers) -> list[Fault]:
    if parsed.vary is None:
        return []
    kind = "grid" if parsed.vary.grid else "paired"
    faults = []
    for name, values in (parsed.vary.grid or parsed.vary.paired).items():
        at = ("vary", kind, name)
        if name in levers.declared:
            low, high = levers.declared[name].range
            what = f"lever '{name}'"
        else:
            try:
                row, _ = find(name, cast)
            except UnknownName:
                known = [*levers.declared, *BY_ID]
                faults.append(
                    merged.fault(
                        at,
                        f"'{name}' is no lever and no parameter; {nearest(name, known)}",
                        of_key=True,
                    )
                )
                continue
            (low, high), what = row.bounds, name
        outside = [value for value in values if not low <= value <= high]
        faults += [
            merged.fault(
                (*at, values.index(value)), f"{what} is {value:g}; its range is {low:g} to {high:g}"
            )
            for value in outside
        ]
    return faults
