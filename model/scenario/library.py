"""Finding scenario files, merging what they extend, and checking the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from ..calendar import format_quarter
from ..cast import Cast, UnknownName, default_cast, nearest
from ..faults import Fault, FaultsFound
from ..parameters import find
from ..yaml_source import Source, faults_of, read_yaml
from .amounts import names_in
from .language import Change, Event, Lever, ScenarioFile
from .merging import overlay

SHIPPED = Path(__file__).resolve().parent.parent.parent / "scenarios"
MAX_PARENTS = 20


@dataclass(frozen=True)
class Scenario:
    """A future, complete: everything it extends is merged in, and levers have their values.

    `first` and `last` are quarters (2000Q1 is 0). `own_events` are those that the file
    itself writes, rather than what it extends.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    chain: tuple[str, ...]
    first: int
    last: int
    levers: Mapping[str, Lever]
    lever_values: Mapping[str, float]
    parameters: Mapping[str, float | Change]
    events: Mapping[str, Event]
    own_events: tuple[str, ...]
    source: Source = field(repr=False)

    @property
    def quarters(self) -> int:
        """Number of quarters simulated."""
        return self.last - self.first + 1

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything that can change a result."""
        data = {key: self.source.data.get(key) for key in ("from", "to", "parameters", "events", "levers", "cast")}
        data["lever_values"] = dict(self.lever_values)
        return sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]


def shipped_names(folder: Path = SHIPPED) -> tuple[str, ...]:
    """Names of the scenarios that ship, history and baseline first."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return tuple(sorted(names, key=lambda name: (("history", "baseline").index(name) if name in ("history", "baseline") else 2, name)))


def load_scenario(name_or_path: str | Path, *, levers: Mapping[str, float] | None = None, cast: Cast | None = None) -> Scenario:
    """A scenario by the name of a shipped one, or by the path of a file.

    Parameters
    ----------
    levers : values that replace the defaults of levers.

    Raises
    ------
    FaultsFound
        With every mistake in the file and in those it extends, each at its place.
    """
    cast = cast or default_cast()
    chain = _read_chain(find_file(str(name_or_path)))
    merged = chain[0]
    for source in chain[1:]:
        merged = overlay(merged, source)
    return _checked(merged, chain, cast, dict(levers or {}))


def find_file(word: str) -> Path:
    """The file that a word means: a path if it looks like one or exists, otherwise a shipped scenario.

    Raises
    ------
    FaultsFound
        If there is none, with the nearest name.
    """
    path = Path(word)
    if path.suffix in (".yaml", ".yml") or "/" in word or path.exists():
        return path
    if word in shipped_names():
        return SHIPPED / f"{word}.yaml"
    raise FaultsFound([Fault(word, 0, 0, f"unknown scenario '{word}'; {nearest(word, list(shipped_names()), listed=20)}")])


def _read_chain(path: Path) -> list[Source]:
    """The sources from the outermost ancestor to the file itself."""
    chain: list[Source] = []
    seen: list[Path] = []
    while True:
        source = read_yaml(path, shown(path))
        if not isinstance(source.data, dict):
            raise FaultsFound([Fault(*source.place(()), "a scenario is a mapping of keys such as title, extends and events")])
        chain.insert(0, source)
        seen.append(path.resolve())
        parent = source.data.get("extends")
        if parent is None:
            return chain
        path = _parent_file(parent, path, source)
        if path.resolve() in seen or len(seen) > MAX_PARENTS:
            names = " -> ".join([item.stem for item in seen] + [path.stem])
            raise FaultsFound([source.fault(("extends",), f"scenarios extend each other in a circle: {names}")])


def _parent_file(parent: object, child: Path, source: Source) -> Path:
    if not isinstance(parent, str):
        raise FaultsFound([source.fault(("extends",), f"'extends' must be the name of a scenario, not {parent!r}")])
    stem = parent.removesuffix(".yaml")
    if not stem or Path(stem).name != stem or stem.startswith("."):
        raise FaultsFound([source.fault(("extends",), f"'{parent}' is no plain name; extend a shipped scenario or a file in the same folder")])
    beside = child.parent / f"{stem}.yaml"
    if beside.is_file() and beside.resolve() != child.resolve():
        return beside
    if stem in shipped_names():
        return SHIPPED / f"{stem}.yaml"
    known = sorted({*shipped_names(), *(path.stem for path in child.parent.glob("*.yaml"))} - {child.stem})
    raise FaultsFound([source.fault(("extends",), f"unknown scenario '{parent}'; {nearest(stem, known, listed=20)}")])


def shown(path: Path) -> str:
    """How a file is named in messages: shipped ones by their place in the project."""
    return f"scenarios/{path.name}" if path.resolve().parent == SHIPPED else str(path)


def _checked(merged: Source, chain: list[Source], cast: Cast, overrides: dict[str, float]) -> Scenario:
    own = chain[-1]
    faults: list[Fault] = []
    levers, values = _levers(merged, overrides, faults)
    merged.data.setdefault("title", Path(own.file).stem)
    try:
        parsed = ScenarioFile.model_validate(merged.data, context={"cast": cast, "levers": values})
    except ValidationError as error:
        raise FaultsFound([*faults, *faults_of(error, merged, ScenarioFile)]) from None
    faults += _dates_outside(parsed, merged) + _unknown_parameters(parsed, merged, cast) + _unused_levers(merged, levers)
    if faults:
        raise FaultsFound(faults)
    return Scenario(
        name=Path(own.file).stem, title=parsed.title, narrative=parsed.narrative.strip(),
        sources=(parsed.sources,) if isinstance(parsed.sources, str) else parsed.sources, tags=parsed.tags,
        chain=tuple(Path(source.file).stem for source in chain), first=parsed.from_, last=parsed.to,
        levers=levers, lever_values=values, parameters=parsed.parameters, events=parsed.events,
        own_events=tuple(name for name in own.data.get("events") or {} if name in parsed.events), source=merged,
    )


def _levers(merged: Source, overrides: dict[str, float], faults: list[Fault]) -> tuple[dict[str, Lever], dict[str, float]]:
    """The levers declared, and the value of each; mistakes are added to `faults`."""
    levers: dict[str, Lever] = {}
    declared = merged.data.get("levers") or {}
    for name, data in declared.items() if isinstance(declared, dict) else ():
        if not str(name).isidentifier():
            faults.append(merged.fault(("levers", name), f"'{name}' is no name for a lever; use letters, digits and _", of_key=True))
            continue
        try:
            levers[name] = Lever.model_validate(data)
        except ValidationError as error:
            faults.extend(faults_of(error, merged, Lever, ("levers", name)))
    values = {name: lever.default for name, lever in levers.items()}
    for name, value in overrides.items():
        if name not in levers:
            message = f"unknown lever '{name}'; {nearest(name, list(levers))}" if levers else f"unknown lever '{name}'; this scenario has none"
            faults.append(Fault(merged.file, 0, 0, message))
        elif not levers[name].range[0] <= value <= levers[name].range[1]:
            low, high = levers[name].range
            faults.append(Fault(merged.file, 0, 0, f"lever '{name}' is {value:g}; its range is {low:g} to {high:g}"))
        else:
            values[name] = value
    if faults:
        raise FaultsFound(faults)
    return levers, values


def _dates_outside(parsed: ScenarioFile, merged: Source) -> list[Fault]:
    faults = []
    for key, value in (("from", parsed.from_), ("to", parsed.to)):
        if value is None:
            faults.append(merged.fault((), f"the key '{key}' is missing, here and in what this extends"))
    if faults:
        return faults
    if parsed.from_ != 0:
        faults.append(merged.fault(("from",), f"runs start at 2000Q1, not {format_quarter(parsed.from_)}"))
    if parsed.to < parsed.from_:
        faults.append(merged.fault(("to",), f"the run ends ({format_quarter(parsed.to)}) before it begins ({format_quarter(parsed.from_)})"))
        return faults
    for name, event in parsed.events.items():
        for date in event.dates():
            if date < parsed.from_:
                key = next(key for key in ("when", "between", "either") if getattr(event, key))  if event.when != 0 else "when"
                faults.append(merged.fault(("events", name, key), f"{format_quarter(date)} is before the run begins ({format_quarter(parsed.from_)})"))
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
        ends = (change,) if isinstance(change, float) else change.uniform or ()
        if any(not low <= end <= high for end in ends):
            faults.append(merged.fault(at, f"{label} is bounded by {low:g} and {high:g} ({row.unit}), not {', '.join(f'{end:g}' for end in ends)}"))
    return faults


def _unused_levers(merged: Source, levers: Mapping[str, Lever]) -> list[Fault]:
    used = set()
    waiting = [merged.data.get("events"), merged.data.get("parameters")]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        else:
            used |= names_in(item) & set(levers)
    return [merged.fault(("levers", name), f"lever '{name}' turns nothing: no event or parameter refers to it", of_key=True)
            for name in levers if name not in used]
