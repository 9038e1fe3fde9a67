"""The fourth stage of loading a scenario: checks that need all of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import UnknownNameError, describe_foreign_letter, suggest
from steppe.model.core.yaml_source import Source
from steppe.model.parameters.table import BY_ID, find_parameter

from .event_order import check_ends, check_event_order, window_of
from .memberships import check_memberships
from .parse import ParsedFile
from .schema import Change

_NAME = re.compile(r"[A-Za-z_]\w*")


def validate_file(
    parsed: ParsedFile, institutions: Mapping[str, tuple[str, ...]] | None
) -> tuple[Diagnostic, ...]:
    """Return every mistake of a file, those of earlier stages included.

    institutions : founding members by organisation; None if their names are not checked.
    """
    problems = [
        *parsed.diagnostics,
        *_check_span(parsed),
        *_check_event_dates(parsed),
        *check_event_order(parsed.content.events, parsed.resolved.source),
        *check_ends(parsed.content.events, parsed.resolved.source),
        *_check_chances(parsed),
        *_check_parameters(parsed),
        *_check_unused_levers(parsed),
        *_check_alphabets(parsed.resolved.merged.own),
        *_check_expectation_dates(parsed),
        *_check_variation(parsed),
    ]
    if institutions is not None:
        resolved = parsed.resolved
        problems += check_memberships(
            parsed.content.events, resolved.source, resolved.cast, institutions
        )
    return tuple(problems)


def _check_span(parsed: ParsedFile) -> Iterator[Diagnostic]:
    source, first, last = parsed.resolved.source, parsed.content.from_, parsed.content.to
    for key, value, example in (("from", first, "2000Q1"), ("to", last, "2040Q4")):
        if value is None and key not in parsed.incomplete:
            yield source.diagnostic(
                (),
                f"the key '{key}' is missing, here and in what this extends; "
                f"add {key}: {example}, or extends: baseline",
            )
    if first is None or last is None:
        return
    if first != 0:
        yield source.diagnostic(
            ("from",), f"runs start at 2000Q1, not {format_quarter(first)}; leave 'from' out"
        )
    if last < max(first, 0):
        yield source.diagnostic(
            ("to",),
            f"the run ends ({format_quarter(last)}) before it begins ({format_quarter(first)})",
        )


def _check_event_dates(parsed: ParsedFile) -> Iterator[Diagnostic]:
    if parsed.content.from_ is None or parsed.content.to is None:
        return
    for name, event in parsed.content.events.items():
        first = min(event.dates(), default=window_of(event)[0])
        if first < 0:
            yield parsed.resolved.source.diagnostic(
                ("events", name, event.dated_by),
                f"{format_quarter(first)} is before the run begins (2000Q1); give a later date",
            )


def _check_chances(parsed: ParsedFile) -> Iterator[Diagnostic]:
    """Check that shared chances are declared, and shared by two events or more."""
    source, declared = parsed.resolved.source, parsed.content.chances
    sharing: dict[str, list[str]] = {name: [] for name in declared}
    for name, event in parsed.content.events.items():
        if event.chance in sharing:
            sharing[event.chance].append(name)
        elif event.chance is not None and "chances" not in parsed.incomplete:
            hint = suggest(event.chance, list(declared)) if declared else "none is declared"
            yield source.diagnostic(
                ("events", name, "chance"),
                f"unknown chance '{event.chance}'; {hint}; declare it once, "
                f"as in chances: {{{event.chance}: 0.5}}",
            )
    if parsed.diagnostics:
        return  # an event that could not be read may share it
    for chance, names in sharing.items():
        path = ("chances", chance)
        if len(names) == 1:
            yield source.diagnostic(
                path,
                f"only '{names[0]}' has the chance '{chance}', so nothing is shared; write "
                f"probability: {declared[chance]:g} in that event, or let others share it",
                of_key=True,
            )
        elif not names:
            yield source.diagnostic(
                path, f"no event has the chance '{chance}'; remove it, or use it", of_key=True
            )


def _check_parameters(parsed: ParsedFile) -> Iterator[Diagnostic]:
    """Check the names of changed parameters, and that values are within their bounds."""
    source, cast = parsed.resolved.source, parsed.resolved.cast
    for label, change in parsed.content.parameters.items():
        path = ("parameters", label)
        try:
            row, _ = find_parameter(label, cast)
        except UnknownNameError as error:
            yield source.diagnostic(path, str(error), of_key=True)
            continue
        low, high = row.bounds
        values = _bounded_values(change)
        if any(not low <= value <= high for value in values):
            yield source.diagnostic(
                path,
                f"{label} is bounded by {low:g} and {high:g} ({row.unit}), "
                f"not {', '.join(f'{value:g}' for value in values)}",
            )


def _bounded_values(change: float | Change) -> tuple[float, ...]:
    """Return the values of a change that must lie within the parameter's bounds."""
    if isinstance(change, float):
        return (change,)
    if change.uniform:
        return change.uniform
    return (change.normal[0],) if change.normal else ()


def find_used_levers(source: Source) -> set[str]:
    """Return the names in the arithmetic of events, parameters and cast.

    Words of other texts in these sections are among them.
    """
    used: set[str] = set()
    waiting: list[Any] = [
        source.data.get(section) for section in ("events", "parameters", "cast", "chances")
    ]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(value for key, value in item.items() if key not in ("what", "claims"))
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and len(item) <= 200:
            used.update(_NAME.findall(item))
    return used


def _check_unused_levers(parsed: ParsedFile) -> Iterator[Diagnostic]:
    source, levers = parsed.resolved.source, parsed.resolved.levers
    own = parsed.resolved.merged.own.data.get("levers")
    if not isinstance(own, dict) or not levers.declared:
        return
    used = find_used_levers(source)
    for name in levers.declared:
        if name not in used and name in own and name not in levers.broken:
            yield source.diagnostic(
                ("levers", name),
                f"lever '{name}' has no effect: no event or parameter refers to it; "
                "use it in one, or remove it",
                of_key=True,
            )


def _check_alphabets(own: Source) -> Iterator[Diagnostic]:
    """Report names that mix Latin letters with look-alikes; one foreign alphabet is welcome."""
    for section in ("events", "cast"):
        names = own.data.get(section)
        for name in names if isinstance(names, dict) else ():
            foreign = describe_foreign_letter(name)
            if foreign and any(letter.isascii() and letter.isalpha() for letter in name):
                yield own.diagnostic(
                    (section, name),
                    f"the name '{name}' mixes alphabets: it {foreign}; write it in one",
                    of_key=True,
                )


def _check_expectation_dates(parsed: ParsedFile) -> Iterator[Diagnostic]:
    source, last = parsed.resolved.source, parsed.content.to
    for number, row in enumerate(parsed.content.expects):
        for key, date in (("at", row.at), ("since", row.since)):
            if date is not None and last is not None and not 0 <= date <= last:
                yield source.diagnostic(
                    ("expects", number, key),
                    f"{format_quarter(date)} is outside the run, which ends {format_quarter(last)}",
                )
        if row.since is not None and row.since >= row.at:
            yield source.diagnostic(
                ("expects", number, "since"),
                f"'since' ({format_quarter(row.since)}) must come before "
                f"'at' ({format_quarter(row.at)})",
            )


def _check_variation(parsed: ParsedFile) -> Iterator[Diagnostic]:
    """Check that `vary` names levers and parameters, with values within their ranges."""
    vary = parsed.content.vary
    if vary is None:
        return
    source, levers = parsed.resolved.source, parsed.resolved.levers
    for name, values in vary.rows.items():
        path = ("vary", "grid" if vary.grid else "paired", name)
        try:
            low, high = _varied_range(name, parsed)
        except UnknownNameError:
            hint = suggest(name, [*levers.declared, *BY_ID])
            message = f"'{name}' is neither a lever nor a parameter; {hint}"
            yield source.diagnostic(path, message, of_key=True)
            continue
        label = f"lever '{name}'" if name in levers.declared else name
        for position, value in enumerate(values):
            if not low <= value <= high:
                yield source.diagnostic(
                    (*path, position), f"{label} is {value:g}; its range is {low:g} to {high:g}"
                )


def _varied_range(name: str, parsed: ParsedFile) -> tuple[float, float]:
    levers = parsed.resolved.levers.declared
    if name in levers:
        return levers[name].range
    row, _ = find_parameter(name, parsed.resolved.cast)
    return row.bounds
