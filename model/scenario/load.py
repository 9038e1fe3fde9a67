"""Scenarios, complete and checked, from the files that hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.yaml_source import Source
from steppe.model.parameters.table import BY_ID

from .cast_models import Added
from .file_models import Change, Event, Expectation, Lever, ScenarioFile, Vary
from .find_files import find_file, read_chain
from .memberships import shipped_institutions
from .merge import merge_chain
from .validate import faults_of_whole, parsed_file, read_cast, read_levers

_OF_A_FAMILY = re.compile(r"(?P<word>[^\[\]]+)\[(?P<values>.*=.*)\]")


@dataclass(frozen=True)
class Scenario:
    """A future, complete: everything it extends is merged in, and levers have their values.

    `first` and `last` are quarters (2000Q1 is 0). `own_events` are those that the file
    itself writes, rather than what it extends. `cast` includes `added`, the powers and
    republics that the scenario brings along. `files` are the sources from the outermost
    ancestor to the file itself.
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
    cast: Cast = field(repr=False)
    added: Mapping[str, Added] = field(repr=False)
    expects: tuple[Expectation, ...] = field(repr=False)
    vary: Vary | None = field(repr=False)
    source: Source = field(repr=False)
    files: tuple[Source, ...] = field(repr=False)

    def __getstate__(self) -> dict:
        """What a worker needs, which the files it was merged from are not."""
        return {**self.__dict__, "files": ()}

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
        data["lever_values"] = dict(self.lever_values)
        return sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Asked:
    """Values of levers and parameters that are asked of a scenario from outside its file, and where they are asked."""

    levers: Mapping[str, float]
    parameters: Mapping[str, float]
    at: str


def load_scenario(
    name_or_path: str | Path,
    *,
    levers: Mapping[str, float] | None = None,
    cast: Cast | None = None,
    institutions: Mapping[str, tuple[str, ...]] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> Scenario:
    """A scenario by the name of a shipped one, or by the path of a file.

    A name such as `russian-retreat[depth=0.3]` sets levers or parameters. A file with
    `vary` gives the scenario it would be without; `load_family` unfolds it.

    Parameters
    ----------
    levers : values that replace the defaults of levers.
    cast : the cast that the scenario builds on, by default the one that ships.
    institutions : founding members by name of the organisations there are; where a cast
        is given and this is not, their names are not checked.
    parameters : values that replace or join those of the file.

    Raises
    ------
    DiagnosticsError
        With every mistake in the file and in those it extends, each at its place.
    """
    word, settings = _word_and_settings(str(name_or_path))
    chain = read_chain(find_file(word))
    merged, problems = merge_chain(chain)
    if institutions is None and cast is None:
        institutions = shipped_institutions()
    own_levers = merged.data.get("levers") or {}
    turned = {
        name: value
        for name, value in settings.items()
        if name in own_levers or not _is_parameter(name)
    }
    changed = {name: value for name, value in settings.items() if name not in turned}
    asked = Asked(
        {**(levers or {}), **turned},
        {**(parameters or {}), **changed},
        str(name_or_path) if settings else merged.file,
    )
    scenario = _checked(merged, chain, cast or default_cast(), asked, institutions, problems)
    return (
        replace(scenario, name=name_with_values(scenario.name, settings)) if settings else scenario
    )


def _is_parameter(name: str) -> bool:
    return name.partition("[")[0] in BY_ID


def load_family(
    name_or_path: str | Path, *, levers: Mapping[str, float] | None = None
) -> list[Scenario]:
    """The scenarios that a file unfolds into: one, or as many as its `vary` says.

    Raises
    ------
    DiagnosticsError
        As `load_scenario` does, and if `levers` sets what the file varies.
    """
    scenario = load_scenario(name_or_path, levers=levers)
    if scenario.vary is None:
        return [scenario]
    family, problems = [], []
    for values in combinations(scenario.vary):
        twice = sorted(set(values) & set(levers or {}))
        if twice:
            raise DiagnosticsError(
                [
                    Diagnostic(
                        scenario.source.file,
                        0,
                        0,
                        f"lever '{twice[0]}' is varied by the file; take it out of --set, or out of vary",
                    )
                ]
            )
        set_levers = {name: value for name, value in values.items() if name in scenario.levers}
        others = {name: value for name, value in values.items() if name not in scenario.levers}
        try:
            member = load_scenario(
                name_or_path, levers={**(levers or {}), **set_levers}, parameters=others
            )
        except DiagnosticsError as found:
            problems += [
                replace(
                    diagnostic,
                    message=f"{diagnostic.message} (in {name_with_values(scenario.name, values)})",
                )
                for diagnostic in found.diagnostics
            ]
            continue
        family.append(
            replace(
                member,
                name=name_with_values(scenario.name, values),
                title=f"{scenario.title}, {_words_of(values)}",
                vary=None,
            )
        )
    if problems:
        raise DiagnosticsError(problems)
    return family


def combinations(vary: Vary) -> list[dict[str, float]]:
    """Each scenario's values: all combinations of a grid, or the rows of paired lists."""
    rows = vary.grid or vary.paired or {}
    together = product(*rows.values()) if vary.grid else zip(*rows.values(), strict=True)
    return [dict(zip(rows, values, strict=True)) for values in together]


def name_with_values(name: str, values: Mapping[str, float]) -> str:
    """`russian-retreat[depth=0.3,start=2024]`."""
    return f"{name}[{','.join(f'{key}={value:g}' for key, value in values.items())}]"


def _words_of(values: Mapping[str, float]) -> str:
    return ", ".join(f"{key} {value:g}" for key, value in values.items())


def _word_and_settings(word: str) -> tuple[str, dict[str, float]]:
    """The scenario and the values in `russian-retreat[depth=0.3]`; a plain word has none."""
    match = _OF_A_FAMILY.fullmatch(word)
    if not match or Path(word).exists():
        return word, {}
    settings = {}
    for part in match["values"].split(","):
        name, _, text = part.partition("=")
        try:
            settings[name.strip()] = float(text)
        except ValueError:
            raise DiagnosticsError(
                [
                    Diagnostic(
                        word,
                        0,
                        0,
                        f"'{part}' sets no lever; write a lever and a number, such as [depth=0.8]",
                    )
                ]
            ) from None
    return match["word"], settings


def _checked(
    merged: Source,
    chain: list[Source],
    base_cast: Cast,
    asked: Asked,
    institutions: Mapping[str, tuple[str, ...]] | None,
    problems: list[Diagnostic],
) -> Scenario:
    own = chain[-1]
    merged.data.setdefault("title", Path(own.file).stem)
    if asked.parameters and isinstance(merged.data.get("parameters", {}), dict):
        merged.data["parameters"] = {**merged.data.get("parameters", {}), **asked.parameters}
    levers = read_levers(merged, asked.levers, problems, asked.at)
    cast = read_cast(merged, base_cast, problems)
    parsed, left_out = parsed_file(merged, cast, levers, problems)
    if parsed is not None:
        problems += faults_of_whole(parsed, left_out, own, merged, cast, levers, institutions)
    if problems:
        raise DiagnosticsError(problems)
    return _scenario(parsed, merged, chain, cast, levers)


def _scenario(
    parsed: ScenarioFile, merged: Source, chain: list[Source], cast: Cast, levers
) -> Scenario:
    own = chain[-1]
    return Scenario(
        name=Path(own.file).stem,
        title=parsed.title,
        narrative=parsed.narrative.strip(),
        sources=parsed.sources,
        tags=parsed.tags,
        chain=tuple(Path(source.file).stem for source in chain),
        first=parsed.from_,
        last=parsed.to,
        levers=levers.declared,
        lever_values=levers.values,
        parameters=parsed.parameters,
        events=parsed.events,
        own_events=tuple(name for name in own.data.get("events") or {} if name in parsed.events),
        cast=cast,
        added=parsed.cast,
        expects=parsed.expects,
        vary=parsed.vary,
        source=merged,
        files=tuple(chain),
    )
