"""A scenario laid over the one it extends: mappings merge key by key, everything else replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import KeyPath, Source

NOT_INHERITED = ("title", "narrative", "sources", "extends", "tags", "expects", "vary")
REMOVABLE = ("events", "levers", "parameters", "cast", "chances")
# In an event, a child's date replaces its parent's even under another key: `between` in the
# child removes `when` of the parent. So do its end and its chance.
EXCLUSIVE = (
    ("when", "between", "either", "after", "if"),
    ("for", "until"),
    ("probability", "chance"),
)
REPLACED_WHOLE = ("if", "after", "either", "found", "out_of", "into")  # mappings that never merge


@dataclass(frozen=True)
class MergedFile:
    """A scenario file laid over everything that it extends.

    source : the merged data, each part with the place where it was written.
    chain : the files, from the outermost ancestor to the file itself.
    parent : the merged data of what the file extends; None if it extends nothing.
    requested : how the file was asked for.
    settings : values that this sets, as in `russian-retreat[depth=0.3]`.
    diagnostics : mistakes found so far.
    """

    source: Source
    chain: tuple[Source, ...]
    parent: Source | None = None
    requested: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def own(self) -> Source:
        """The file itself, without what it extends."""
        return self.chain[-1]

    @property
    def lever_names(self) -> frozenset[str]:
        """Levers that the file or its ancestors declare."""
        levers = self.source.data.get("levers")
        return frozenset(levers) if isinstance(levers, dict) else frozenset()


def merge_chain(chain: Sequence[Source]) -> MergedFile:
    """Merge files, the outermost ancestor first; removing what is not there is a mistake."""
    problems: list[Diagnostic] = []
    parent = None
    first = chain[0]
    merged = Source(first.file, dict(first.data), dict(first.keys), dict(first.values))
    for child in chain[1:]:
        parent, merged = merged, _overlay(merged, child, problems)
    return MergedFile(merged, tuple(chain), parent, diagnostics=tuple(problems))


def _overlay(parent: Source, child: Source, problems: list[Diagnostic]) -> Source:
    """Lay the child's data over the parent's, each part keeping its place.

    An event, parameter, lever or added actor that the child sets to null is removed.
    """
    data = {key: value for key, value in parent.data.items() if key not in NOT_INHERITED}
    merged = Source(child.file, data, dict(parent.keys), dict(parent.values))
    merged.keys.pop((), None)
    merged.values.pop((), None)
    if () in child.values:
        merged.values[()] = child.values[()]
    _Overlay(merged, child, problems).merge(data, child.data, ())
    return merged


@dataclass
class _Overlay:
    """One child in the course of being laid over its parent."""

    merged: Source
    child: Source
    problems: list[Diagnostic]

    def merge(self, into: dict[str, Any], data: Mapping[str, Any], at: KeyPath) -> None:
        for key, value in data.items():
            path = (*at, key)
            existing = into.get(key)
            if isinstance(existing, dict) and _is_merged(value, path):
                into[key] = dict(existing)
                self._copy_place(path)
                self.merge(into[key], value, path)
                continue
            for other in _replaced_keys(data, path):
                self._remove(into, (*at, other))
            if value is None and len(at) == 1 and at[0] in REMOVABLE:
                if key not in into:
                    self._report_missing(path, into)
                self._remove(into, path)
            else:
                self._remove(into, path)
                into[key] = value
                self._copy_places(path, value)

    def _report_missing(self, path: KeyPath, into: dict[str, Any]) -> None:
        section, key = path
        self.problems.append(
            self.child.diagnostic(
                path,
                f"'{key}' is set to nothing, but what this extends has no such entry under "
                f"{section}; {suggest(str(key), list(into)) if into else 'there is none'}",
                of_key=True,
            )
        )

    def _remove(self, into: dict[str, Any], path: KeyPath) -> None:
        """Remove a key, and the places of everything under it."""
        key = str(path[-1])
        if key in into:
            for inner in _paths_under(into.pop(key), path):
                self.merged.keys.pop(inner, None)
                self.merged.values.pop(inner, None)

    def _copy_place(self, path: KeyPath) -> None:
        self.merged.keys[path] = self.child.keys[path]
        self.merged.values[path] = self.child.values[path]

    def _copy_places(self, path: KeyPath, value: Any) -> None:
        for inner in _paths_under(value, path):
            if inner in self.child.keys:
                self.merged.keys[inner] = self.child.keys[inner]
            if inner in self.child.values:
                self.merged.values[inner] = self.child.values[inner]


def _is_merged(value: Any, path: KeyPath) -> bool:
    """Return whether a child's value is a mapping that merges with its parent's."""
    return isinstance(value, dict) and not (len(path) >= 3 and path[-1] in REPLACED_WHOLE)


def _replaced_keys(data: Mapping[str, Any], path: KeyPath) -> list[str]:
    """Return the keys of the parent's event that this one of the child's replaces."""
    if len(path) != 3 or path[0] != "events":
        return []
    return [
        other
        for group in EXCLUSIVE
        if path[-1] in group
        for other in group
        if other != path[-1] and other not in data
    ]


def _paths_under(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the path of a value and of everything in it."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths_under(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _paths_under(item, (*path, number))
