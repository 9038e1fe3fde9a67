"""The second stage of loading a scenario: the values of its levers, and its cast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import describe_foreign_letter, suggest
from steppe.model.core.type_errors import describe_errors
from steppe.model.core.yaml_source import Source

from .cast_schema import MAX_ADDED, add_actor, new_actor_messages
from .merge import MergedFile
from .schema import MAX_LEVERS, Lever


@dataclass(frozen=True)
class Overrides:
    """Values from outside a file that replace those of its levers and parameters.

    option : the option of the command line that gives the levers, if one does.
    """

    levers: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)
    option: str = ""


@dataclass(frozen=True)
class Levers:
    """Declared levers and their values; `broken` ones are declared with a mistake."""

    declared: dict[str, Lever] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ResolvedFile:
    """A merged file with the cast and the lever values by which the rest of it is read."""

    merged: MergedFile
    source: Source
    cast: Cast
    levers: Levers
    diagnostics: tuple[Diagnostic, ...]


def resolve_file(merged: MergedFile, overrides: Overrides, base_cast: Cast) -> ResolvedFile:
    """Apply overrides, evaluate the levers, and add the scenario's own actors to the cast."""
    problems = list(merged.diagnostics)
    source = _override_parameters(merged, overrides.parameters)
    levers = _read_levers(source, problems)
    for name, value in overrides.levers.items():
        message = _override_message(name, value, levers)
        if message is None:
            levers.values[name] = value
        elif message:
            problems.append(_override_diagnostic(message, name, merged, levers, overrides))
    cast = _extend_cast(source, base_cast, problems)
    return ResolvedFile(merged, source, cast, levers, tuple(problems))


def _override_parameters(merged: MergedFile, parameters: Mapping[str, float]) -> Source:
    """Copy the merged source, with its title filled in and these parameters set."""
    data = {**merged.source.data}
    data.setdefault("title", Path(merged.own.file).stem)
    if parameters and isinstance(data.get("parameters", {}), dict):
        data["parameters"] = {**data.get("parameters", {}), **parameters}
    return replace(merged.source, data=data)


def _read_levers(source: Source, problems: list[Diagnostic]) -> Levers:
    """Read the declared levers, each at its default; add mistakes to `problems`."""
    levers = Levers()
    rows = source.data.get("levers")
    if not isinstance(rows, dict):
        return levers  # validation reports anything that is not a mapping
    if len(rows) > MAX_LEVERS:
        message = f"{len(rows):,} levers; at most {MAX_LEVERS}"
        problems.append(source.diagnostic(("levers",), message, of_key=True))
        return levers
    for name, data in rows.items():
        path = ("levers", name)
        if not (name.isidentifier() and name.isascii()):
            hint = describe_foreign_letter(name) or "use letters, digits and _"
            message = f"'{name}' is not a valid name for a lever; {hint}"
            problems.append(source.diagnostic(path, message, of_key=True))
            levers.broken.add(name)
        if isinstance(data, (int, float)) and not isinstance(data, bool):
            message = (
                f"a lever says what it means and how far it goes; write {name}: "
                f"{{meaning: what it stands for, default: {data:g}, range: [0, {max(data, 1):g}]}}"
            )
            problems.append(source.diagnostic(path, message))
            levers.broken.add(name)
            levers.values[name] = float(data)
            continue
        try:
            levers.declared[name] = Lever.model_validate(data)
            levers.values[name] = levers.declared[name].default
        except ValidationError as error:
            problems.extend(describe_errors(error, source, Lever, path))
            levers.broken.add(name)
            levers.values[name] = _placeholder_value(data)
    return levers


def _placeholder_value(data: Any) -> float:
    """Return a value for a broken lever, so that the rest of the file can still be checked."""
    default = data.get("default") if isinstance(data, dict) else None
    if isinstance(default, (int, float)) and not isinstance(default, bool) and abs(default) < 1e9:
        return float(default)
    return 1.0


def _override_message(name: str, value: float, levers: Levers) -> str | None:
    """Say why a lever cannot have a value; None if it can, empty if the lever is broken."""
    if name in levers.broken:
        return ""
    if name not in levers.declared:
        known = list(levers.declared)
        hint = suggest(name, known) if known else "this scenario has none"
        return f"unknown lever '{name}'; {hint}"
    low, high = levers.declared[name].range
    if low <= value <= high:
        return None
    return f"lever '{name}' is {value:g}; its range is {low:g} to {high:g}"


def _override_diagnostic(
    message: str, name: str, merged: MergedFile, levers: Levers, overrides: Overrides
) -> Diagnostic:
    """Place a message about an override at the option, the name or the file that gives it."""
    if overrides.option and name in levers.declared and name not in merged.settings:
        low, high = levers.declared[name].range
        place = f"{overrides.option} {name}={overrides.levers[name]:g}"
        scenario = Path(merged.own.file).stem
        message = f"out of range; in {scenario} '{name}' runs from {low:g} to {high:g}"
        return Diagnostic(place, 0, 0, message)
    place = merged.requested if merged.settings else merged.source.file
    return Diagnostic(place, 0, 0, message)


def _extend_cast(source: Source, cast: Cast, problems: list[Diagnostic]) -> Cast:
    """Return the cast with the scenario's own actors at its end; add mistakes to `problems`."""
    rows = source.data.get("cast")
    if not isinstance(rows, dict):
        return cast
    if len(rows) > MAX_ADDED:
        message = f"adds {len(rows)} actors; at most {MAX_ADDED}"
        problems.append(source.diagnostic(("cast",), message, of_key=True))
        return cast
    for name, data in rows.items():
        messages = new_actor_messages(name, data, cast)
        problems += [source.diagnostic(("cast", name), text, of_key=True) for text in messages]
        if not messages and isinstance(data, dict) and data.get("kind") in ("power", "republic"):
            cast = add_actor(cast, name, data, len(cast.powers) + len(cast.republics))
    return cast
