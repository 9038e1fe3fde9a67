"""A scenario laid over the one it extends: mappings merge key by key, everything else replaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import KeyPath, Source

NOT_INHERITED = (
    "title",
    "narrative",
    "sources",
    "extends",
    "tags",
    "expects",
    "vary",
)  # said of one file, not handed on
REMOVABLE = ("events", "levers", "parameters", "cast")
# Within these, a new value of one key makes the others of the group give way: an event
# that is dated `between` in a child is no longer dated `when` as its parent says.
EXCLUSIVE = ("when", "between", "either", "if")
WHOLE = ("if", "either", "found", "out_of", "into")  # mappings that replace rather than merge


def merge_chain(chain: list[Source]) -> tuple[Source, list[Diagnostic]]:
    """All sources in one, the outermost ancestor first, and the removals that remove nothing."""
    problems: list[Diagnostic] = []
    first = chain[0]
    merged = Source(first.file, dict(first.data), dict(first.keys), dict(first.values))
    for child in chain[1:]:
        merged = overlay(merged, child, problems)
    return merged, problems


def overlay(parent: Source, child: Source, problems: list[Diagnostic] | None = None) -> Source:
    """The child's data over the parent's, each part keeping the place where it was written.

    An event, parameter, lever or added actor that the child sets to nothing is taken out.
    """
    data = {key: value for key, value in parent.data.items() if key not in NOT_INHERITED}
    merged = Source(child.file, data, dict(parent.keys), dict(parent.values))
    merged.keys.pop((), None), merged.values.pop((), None)
    if () in child.values:
        merged.values[()] = child.values[()]
    _merge(merged, merged.data, child, child.data, (), problems if problems is not None else [])
    return merged


def _merge(
    merged: Source,
    into: dict[str, Any],
    child: Source,
    data: dict[str, Any],
    at: KeyPath,
    problems: list[Diagnostic],
) -> None:
    for key, value in data.items():
        path = (*at, key)
        existing = into.get(key)
        if (
            isinstance(value, dict)
            and isinstance(existing, dict)
            and not (len(at) >= 2 and key in WHOLE)
        ):
            into[key] = dict(existing)
            _take_place(merged, child, path)
            _merge(merged, into[key], child, value, path, problems)
            continue
        if (
            key in EXCLUSIVE
            and len(at) == 2
            and at[0] == "events"
            and not any(other in data for other in EXCLUSIVE if other != key)
        ):
            for other in EXCLUSIVE:
                _remove(merged, into, (*at, other))
        if value is None and len(at) == 1 and at[0] in REMOVABLE:
            if key not in into:
                problems.append(
                    child.diagnostic(
                        path,
                        f"'{key}' is set to nothing, but what this extends has no such entry under {at[0]}; "
                        f"{suggest(key, list(into)) if into else 'there is none'}",
                        of_key=True,
                    )
                )
            _remove(merged, into, path)
            continue
        _remove(merged, into, path)
        into[key] = value
        _take_places(merged, child, path, value)


def _remove(merged: Source, into: dict[str, Any], path: KeyPath) -> None:
    """Take a key out, and the places of everything under it."""
    if path[-1] in into:
        for steps in paths_under(into.pop(path[-1]), path):
            merged.keys.pop(steps, None)
            merged.values.pop(steps, None)


def _take_place(merged: Source, child: Source, path: KeyPath) -> None:
    merged.keys[path], merged.values[path] = child.keys[path], child.values[path]


def _take_places(merged: Source, child: Source, path: KeyPath, value: Any) -> None:
    for steps in paths_under(value, path):
        if steps in child.keys:
            merged.keys[steps] = child.keys[steps]
        if steps in child.values:
            merged.values[steps] = child.values[steps]


def paths_under(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """The path of a value and of everything in it."""
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        yield from paths_under(item, (*path, key))
