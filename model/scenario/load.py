"""Scenarios, complete and checked, from the files that hold them.

A file is read with everything it extends, merged, resolved (levers and cast), parsed and
validated, each stage a function from one value to the next. `lint`, which needs coded
inputs, and `parameter_guards`, which needs members, are for the commands that have them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from steppe.model.core.arguments import check_mapping, check_number
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import parse_number
from steppe.model.core.yaml_source import Source, parse_yaml
from steppe.model.parameters.table import BY_ID

from .cast_schema import Added
from .event_schema import Event
from .find_files import find_file, read_chain
from .memberships import shipped_institutions
from .merge import MergedFile, merge_chain
from .parse import ParsedFile, parse_file
from .resolve import Overrides, resolve_file
from .schema import Change, Expectation, Lever, Vary
from .shown_values import DIGITS, MAX_DIGITS, Setting, name_with_values, text_of_values
from .validate import validate_file

ADDED_KEYS = ("chances", "version")  # count only where a file has them: old files keep theirs
_REQUEST_WITH_VALUES = re.compile(r"(?P<name>[^\[\]]+)\[(?P<values>.*=.*)\]")


@dataclass(frozen=True)
class Scenario:
    """A future, complete: everything it extends is merged in, and levers have their values.

    values : levers and parameters set from outside the file; the name shows them, rounded.
    settings : those that a run sets beside the file; the title shows them. A parameter that
        differs from member to member has its range.
    first, last : quarters (2000Q1 is 0).
    own_events : events that the file itself writes, rather than what it extends.
    cast : all actors, including those `added` by the scenario.
    source : the merged data, with places.
    own, parent : the file itself, and the merged data of what it extends, if anything.
    chain : names of the files, from the outermost ancestor to the file itself.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    chain: tuple[str, ...]
    first: int
    last: int
    values: Mapping[str, float]
    levers: Mapping[str, Lever]
    lever_values: Mapping[str, float]
    parameters: Mapping[str, float | Change]
    events: Mapping[str, Event]
    own_events: tuple[str, ...]
    cast: Cast = field(repr=False)
    added: Mapping[str, Added] = field(repr=False)
    expects: tuple[Expectation, ...] = field(repr=False)
    vary: Vary | None = field(repr=False)
    source: Source = field(repr=False)
    files: tuple[Source, ...] = field(repr=False)
    parent: Source | None = field(repr=False)
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the files that it was merged from, which a worker does not need."""
        return {**self.__dict__, "files": (), "parent": None}

    @property
    def quarters(self) -> int:
        """Number of quarters simulated."""
        return self.last - self.first + 1

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything that can change a result."""
        data = {
            key: self.source.data.get(key)
            for key in ("from", "to", "parameters", "events", "levers", "cast")
        }
        data |= {key: self.source.data[key] for key in ADDED_KEYS if key in self.source.data}
        windows = {name: event.when for name, event in self.events.items() if event.if_}
        if windows:  # which the version of the language decides
            data["windows"] = windows
        data["lever_values"] = dict(self.lever_values)
        return sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]


def load_scenario(
    name_or_path: str | Path,
    *,
    levers: Mapping[str, float] | None = None,
    cast: Cast | None = None,
    institutions: Mapping[str, tuple[str, ...]] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Scenario:
    """Load a scenario by the name of a shipped one, or by the path of a file.

    A request such as `russian-retreat[depth=0.3]` sets levers or parameters. A file with
    `vary` gives the scenario it would be without; `load_family` unfolds it.

    Parameters
    ----------
    name_or_path : such as `russian-retreat`, `russian-retreat[depth=0.3]` or `mine.yaml`.
    levers : values that replace the defaults of levers.
    cast : the cast that the scenario builds on, by default the one that ships.
    institutions : founding members by name of the organisations there are; where a cast
        is given and this is not, their names are not checked.
    parameters : values that replace or join those of the file.

    Raises
    ------
    RequestError
        With every mistake in the file and in those it extends, each at its place.

    Examples
    --------
    >>> from steppe import load_scenario
    >>> scenario = load_scenario("russian-retreat", levers={"depth": 0.8})
    >>> scenario.lever_values["depth"], scenario.quarters
    (0.8, 164)
    """
    overrides = Overrides(check_levers(levers), parameters or {})
    return complete_scenario(read_scenario(name_or_path), overrides, cast, institutions)


def find_scenario(scenario: Scenario | str | Path, levers: Any = None) -> Scenario:
    """The scenario by its name or path, with levers set; or one that is loaded, as it is."""
    levers = check_levers(levers)
    if not isinstance(scenario, (Scenario, str, Path)):
        raise RequestError(f"scenario is {scenario!r}; give the name or the path of one")
    if not isinstance(scenario, Scenario):
        return load_scenario(scenario, levers=levers)
    if levers:
        raise RequestError(
            f"levers: '{scenario.name}' is loaded already; "
            "give its name, or load it with steppe.load_scenario(..., levers=...)"
        )
    return scenario


def parse_scenario(
    text: str, name: str = "scenario", *, levers: Mapping[str, float] | None = None
) -> Scenario:
    """Read a scenario from the text of a file, such as one that a program writes.

    Parameters
    ----------
    text : YAML, as in a scenario file. What it extends is a scenario that ships, or a file in the
        working folder.
    name : of the scenario, and of the file in messages.
    levers : values that replace the defaults of levers.

    Raises
    ------
    RequestError
        With every mistake in the text, at its line and column.

    Examples
    --------
    >>> from steppe import parse_scenario
    >>> deeper = parse_scenario("{title: Deeper, extends: russian-retreat}", "deeper")
    >>> deeper.name, deeper.lever_values["depth"]
    ('deeper', 0.6)
    """
    for argument, value in (("text", text), ("name", name)):
        if not isinstance(value, str):
            raise RequestError(f"{argument} is {value!r}; give text")
    path = Path(name if name.endswith(".yaml") else f"{name}.yaml")
    merged = merge_chain(read_chain(path, own=parse_yaml(text, path.name)))
    return complete_scenario(merged, Overrides(check_levers(levers)))


def check_levers(levers: Any) -> dict[str, float]:
    """The levers that a caller in Python gives, as numbers by name; or RequestError."""
    return {
        name: check_number(f"lever '{name}'", value)
        for name, value in check_mapping("levers", levers, "{'depth': 0.8}").items()
    }


def load_family(
    name_or_path: str | Path, *, levers: Mapping[str, float] | None = None
) -> list[Scenario]:
    """Load the scenarios that a file unfolds into: one, or as many as its `vary` says.

    Raises
    ------
    DiagnosticsError
        As `load_scenario` does, and if `levers` sets what the file varies.
    """
    return complete_family(read_scenario(name_or_path), Overrides(levers or {}))


def read_scenario(name_or_path: str | Path, history: Source | None = None) -> MergedFile:
    """Read a scenario's file and those it extends, once, and merge them.

    `history` takes the place of the shipped history.

    Raises
    ------
    DiagnosticsError
        If there is no such scenario, or one of the files cannot be read.
    """
    name, settings = _split_values(str(name_or_path))
    merged = merge_chain(read_chain(find_file(name), history))
    return replace(merged, requested=str(name_or_path), settings=settings)


def complete_scenario(
    merged: MergedFile,
    overrides: Overrides | None = None,
    cast: Cast | None = None,
    institutions: Mapping[str, tuple[str, ...]] | None = None,
) -> Scenario:
    """Resolve, parse and validate a merged file; parameters as for `load_scenario`."""
    if institutions is None and cast is None:
        institutions = shipped_institutions()
    overrides = _with_settings(merged, overrides or Overrides())
    resolved = resolve_file(merged, overrides, cast or default_cast())
    parsed = parse_file(resolved)
    diagnostics = validate_file(parsed, institutions)
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    return _build_scenario(parsed)


def complete_family(merged: MergedFile, overrides: Overrides) -> list[Scenario]:
    """Complete a merged file, once per set of values if it has `vary`.

    Values that the request itself sets, as in `file.yaml[depth=0.3]`, are not varied.
    """
    scenario = complete_scenario(merged, overrides)
    rows = _combine_values(scenario.vary, merged.settings) if scenario.vary else []
    if not rows or scenario.vary is None:
        return [scenario]
    twice = sorted(scenario.vary.rows.keys() & overrides.levers.keys())
    if twice:
        message = f"lever '{twice[0]}' is varied by the file; take it out of --set, or out of vary"
        raise DiagnosticsError([Diagnostic(scenario.source.file, 0, 0, message)])
    family: list[Scenario] = []
    problems: list[Diagnostic] = []
    for values in rows:
        try:
            family.append(_complete_member(merged, scenario, values, overrides))
        except DiagnosticsError as error:
            name = name_with_values(scenario.chain[-1], {**merged.settings, **values})
            problems += [
                replace(problem, message=f"{problem.message} (in {name})")
                for problem in error.diagnostics
            ]
    if problems:
        raise DiagnosticsError(problems)
    return tell_apart(family)


def _complete_member(
    merged: MergedFile, plain: Scenario, values: Mapping[str, float], overrides: Overrides
) -> Scenario:
    """Complete one member of a family, named after its values."""
    levers = {name: value for name, value in values.items() if name in plain.levers}
    parameters = {name: value for name, value in values.items() if name not in plain.levers}
    member = complete_scenario(
        merged,
        replace(overrides, levers={**overrides.levers, **levers}, parameters=parameters),
    )
    return _show_values(replace(member, values={**merged.settings, **values}, vary=None))


def _combine_values(vary: Vary, settings: Mapping[str, float]) -> list[dict[str, float]]:
    """Return each member's values: all combinations of a grid, or the rows of paired lists."""
    columns = {name: values for name, values in vary.rows.items() if name not in settings}
    if not columns:
        return []
    rows = product(*columns.values()) if vary.grid else zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in dict.fromkeys(rows)]


def tell_apart(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Show more digits of the values of scenarios that would have the same name."""
    told = list(scenarios)
    for digits in range(DIGITS, MAX_DIGITS + 1):
        count = Counter(scenario.name for scenario in told)
        told = [
            _show_values(scenario, digits)
            if scenario.values and count[scenario.name] > 1
            else scenario
            for scenario in told
        ]
    return told


def _show_values(scenario: Scenario, digits: int = DIGITS) -> Scenario:
    """Name a scenario after its file and its values, in so many digits."""
    title = f"{scenario.source.data['title']}{text_of_values(scenario.values, digits)}"
    return replace(
        scenario,
        name=name_with_values(scenario.chain[-1], scenario.values, digits),
        title=f"{title}{text_of_values(scenario.settings, digits)}",
    )


def show_settings(scenario: Scenario, settings: Mapping[str, Setting]) -> Scenario:
    """Show in the title of a scenario what a run sets beside its file: `, depth 0.3`."""
    return replace(scenario, settings=settings, title=f"{scenario.title}{text_of_values(settings)}")


def _split_values(text: str) -> tuple[str, dict[str, float]]:
    """Return the name and the values of a request such as `russian-retreat[depth=0.3]`."""
    match = _REQUEST_WITH_VALUES.fullmatch(text)
    if not match or Path(text).exists():
        return text, {}
    values: dict[str, float] = {}
    for part in match["values"].split(","):
        name, _, number = part.partition("=")
        lever = name.strip()
        if lever in values:
            raise DiagnosticsError([Diagnostic(text, 0, 0, f"'{lever}' is set twice; set it once")])
        try:
            values[lever] = parse_number(number)
        except ValueError:
            message = f"'{part}' sets no lever; write a lever and a number, such as [depth=0.8]"
            raise DiagnosticsError([Diagnostic(text, 0, 0, message)]) from None
    return match["name"], values


def _with_settings(merged: MergedFile, overrides: Overrides) -> Overrides:
    """Join to the overrides the values that the scenario's name sets."""
    if not merged.settings:
        return overrides
    levers, parameters = dict(overrides.levers), dict(overrides.parameters)
    for name, value in merged.settings.items():
        is_parameter = name.partition("[")[0] in BY_ID
        values = parameters if is_parameter and name not in merged.lever_names else levers
        if overrides.option and values.get(name, value) != value:
            message = f"'{name}' is set in the name and by {overrides.option}; set it once"
            raise DiagnosticsError([Diagnostic(merged.own.file, 0, 0, message)])
        values[name] = value
    return replace(overrides, levers=levers, parameters=parameters)


def _build_scenario(parsed: ParsedFile) -> Scenario:
    content, resolved, merged = parsed.content, parsed.resolved, parsed.resolved.merged
    if content.from_ is None or content.to is None:
        raise ValueError("a validated file has its first and its last quarter")
    scenario = Scenario(
        name=Path(merged.own.file).stem,
        title=content.title,
        narrative=content.narrative.strip(),
        sources=content.sources,
        tags=content.tags,
        chain=tuple(Path(source.file).stem for source in merged.chain),
        values=merged.settings,
        first=content.from_,
        last=content.to,
        levers=resolved.levers.declared,
        lever_values=resolved.levers.values,
        parameters=content.parameters,
        events=content.events,
        own_events=tuple(
            name for name in merged.own.data.get("events") or {} if name in content.events
        ),
        cast=resolved.cast,
        added=content.cast,
        expects=content.expects,
        vary=content.vary,
        source=resolved.source,
        files=merged.chain,
        parent=merged.parent,
    )
    return _show_values(scenario) if scenario.values else scenario
