"""A scenario laid over the one it extends: mappings merge key by key, everything else replaces."""

from __future__ import annotations

from typing import Any

from ..yaml_source import Source, Steps


def overlay(parent: Source, child: Source) -> Source:
    """The child's data over the parent's, each part keeping the place where it was written.

    An event, parameter or lever that the child sets to nothing is taken out.
    """
    merged = Source(child.file, dict(parent.data), dict(parent.keys), dict(parent.values))
    _merge(merged, merged.data, child, child.data, ())
    return merged


def _merge(merged: Source, into: dict[str, Any], child: Source, data: dict[str, Any], at: Steps) -> None:
    for key, value in data.items():
        path = (*at, key)
        existing = into.get(key)
        if isinstance(value, dict) and isinstance(existing, dict):
            into[key] = dict(existing)
            _take_place(merged, child, path)
            _merge(merged, into[key], child, value, path)
            continue
        _drop_places(merged, path)
        if value is None and at:
            into.pop(key, None)
            continue
        into[key] = value
        _take_places(merged, child, path)


def _take_place(merged: Source, child: Source, path: Steps) -> None:
    merged.keys[path], merged.values[path] = child.keys[path], child.values[path]


def _take_places(merged: Source, child: Source, path: Steps) -> None:
    length = len(path)
    for table, origin in ((merged.keys, child.keys), (merged.values, child.values)):
        table.update({steps: place for steps, place in origin.items() if steps[:length] == path})


def _drop_places(merged: Source, path: Steps) -> None:
    length = len(path)
    for table in (merged.keys, merged.values):
        for steps in [steps for steps in table if steps[:length] == path]:
            del table[steps]
