"""The scenarios that a command names, checked together before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import parse_number
from steppe.model.core.suggestions import suggest
from steppe.model.parameters.table import BY_ID
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import (
    Scenario,
    complete_family,
    complete_scenario,
    read_scenario,
    show_settings,
    tell_apart,
)
from steppe.model.scenario.load_history import history_source
from steppe.model.scenario.merge import MergedFile
from steppe.model.scenario.resolve import Overrides
from steppe.model.scenario.shown_values import Setting

from .references import References, add_references

if TYPE_CHECKING:
    from steppe.model.parameters.posterior import PosteriorSample

    from .parameter_source import ParameterSource

Parameters = Mapping[str, float | FloatArray]  # by label, as `check_parameters` returns them

PRIOR_MEMBERS = 256  # members that `steppe check` tries where there is no posterior
MOST_PRIOR_MEMBERS = 4096  # the most that a run tries; the model itself checks the others


def load_requested(
    names: Sequence[str | Path | Scenario],
    levers: Mapping[str, float],
    *,
    unfold: bool = True,
    evidence_folder: Path | None = None,
    parameters: Parameters | None = None,
) -> tuple[list[Scenario], list[Diagnostic]]:
    """Load the scenarios named, or all that ship, and collect the mistakes in them.

    Families are unfolded unless `unfold` is false. A lever is set in the scenarios that have it;
    one that none of them has is a mistake. Scenarios with mistakes are left out. `parameters`
    replace those that a scenario sets. A scenario that is loaded keeps its name and levers.
    """
    scenarios: list[Scenario] = []
    problems: list[Diagnostic] = []
    declared: set[str] = set()
    for name in names or shipped_names():
        try:
            merged = _merged_file(name, evidence_folder)
            own = {lever: levers[lever] for lever in levers if lever in merged.lever_names}
            overrides = Overrides(own, option="--set")
            if parameters:
                merged = _set_parameters(merged, parameters)
            if isinstance(name, Scenario):
                found = [_complete_again(name, merged, overrides)]
            elif unfold:
                found = complete_family(merged, overrides)
            else:
                found = [complete_scenario(merged, overrides)]
            settings = {**own, **_shown_settings(parameters or {})}
            scenarios += [show_settings(one, settings) for one in found]
            declared |= merged.lever_names
        except DiagnosticsError as error:
            problems += [problem for problem in error.diagnostics if problem not in problems]
    for lever in levers:
        if lever not in declared and not problems:
            hint = (
                suggest(lever, sorted(declared))
                if declared
                else "the scenarios asked for have none"
            )
            problems.append(Diagnostic("--set", 0, 0, f"unknown lever '{lever}'; {hint}"))
    return tell_apart(scenarios), sorted(problems)


def _shown_settings(parameters: Parameters) -> dict[str, Setting]:
    """Parameters as titles show them: one number, or the range of an array over members."""
    ends = {
        label: (float(np.min(value)), float(np.max(value))) for label, value in parameters.items()
    }
    return {label: low if low == high else [low, high] for label, (low, high) in ends.items()}


def _merged_file(name: str | Path | Scenario, evidence_folder: Path | None) -> MergedFile:
    if isinstance(name, Scenario):
        return MergedFile(name.source, name.files, name.parent)
    return read_scenario(name, history_source(evidence_folder))


def _complete_again(scenario: Scenario, merged: MergedFile, overrides: Overrides) -> Scenario:
    """A loaded scenario with other levers or parameters, under its own name."""
    levers = {**scenario.lever_values, **overrides.levers}
    again = complete_scenario(merged, replace(overrides, levers=levers))
    return replace(again, name=scenario.name, title=scenario.title, values=scenario.values)


def _set_parameters(merged: MergedFile, values: Parameters) -> MergedFile:
    """The merged file with these values in place of all that it sets for the same parameters.

    A number is set in the file; the values of an array come with the draws.
    """
    own = merged.source.data.get("parameters")
    if own is not None and not isinstance(own, dict):
        return merged  # which is a mistake, and reported as one
    kept: dict[str, Any] = {}
    for label, value in (own or {}).items():
        row = BY_ID.get(label)
        singles = row.labels(default_cast()) if row and row.id not in values else (label,)
        parts = singles if any(single in values for single in singles) else (label,)
        kept |= {part: value for part in parts if part not in values}
    kept = {label: value for label, value in kept.items() if label.partition("[")[0] not in values}
    numbers = {label: value for label, value in values.items() if isinstance(value, float)}
    data = {**merged.source.data, "parameters": {**kept, **numbers}}
    return replace(merged, source=replace(merged.source, data=data))


def check_requested(
    names: Sequence[str], levers: Mapping[str, float]
) -> tuple[list[Scenario], list[Diagnostic]]:
    """Load the scenarios named as `load_requested` does, and check the guards of the model too.

    The shipped posterior is read only if a scenario changes a parameter that guards depend on.
    """
    from steppe.model.scenario.parameter_guards import check_guards, guarded_changes

    scenarios, problems = load_requested(names, levers)
    changed = [scenario for scenario in scenarios if guarded_changes(scenario)]
    posterior = _read_shipped_posterior() if changed else None
    for scenario in changed:
        members = posterior.size if posterior else PRIOR_MEMBERS
        found = check_guards(scenario, posterior, seed=1, members=members)
        if found:
            scenarios.remove(scenario)
            problems += [problem for problem in found if problem not in problems]
    return scenarios, sorted(problems)


def _read_shipped_posterior() -> PosteriorSample | None:
    """Return the sample that runs take by default; None if it cannot be read."""
    from steppe.model.core.cast import default_cast
    from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
    from steppe.model.parameters.posterior import PosteriorError, read_posterior
    from steppe.model.parameters.table import all_labels

    try:
        return read_posterior(SHIPPED_POSTERIOR, all_labels(default_cast()))
    except PosteriorError:
        return None


def require_scenarios(
    names: Sequence[str | Path | Scenario],
    levers: Mapping[str, float],
    evidence_folder: Path | None = None,
    parameters: Parameters | None = None,
) -> list[Scenario]:
    """Load the scenarios to run, after the history that goes with the evidence.

    Raises
    ------
    RequestError
        With every mistake in any of them, or if two have the same name.
    """
    scenarios, problems = load_requested(
        names, levers, evidence_folder=evidence_folder, parameters=parameters
    )
    if problems:
        raise RequestError("\n".join(map(str, problems)))
    return require_names(scenarios)


def require_names(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios, each with a name of its own, as results are stored under names.

    Raises
    ------
    RequestError
        If two have the same name, whatever digits of their values it shows.
    """
    told = tell_apart(scenarios)
    loaded = [scenario.name for scenario in told]
    twice = sorted({name for name in loaded if loaded.count(name) > 1})
    if twice:
        raise RequestError(f"two scenarios are called '{twice[0]}'; rename one of the files")
    return told


def require_references(
    scenarios: Sequence[Scenario], parameters: Parameters | None = None
) -> tuple[list[Scenario], References]:
    """The scenarios with the references that they are compared with; see `add_references`."""
    if not parameters:
        return add_references(scenarios)
    made, references = add_references(scenarios, lambda file: _set_parameters(file, parameters))
    new, settings = {*references.values()}, _shown_settings(parameters)
    return [show_settings(one, settings) if one.name in new else one for one in made], references


def require_guards(
    scenarios: Iterable[Scenario], source: ParameterSource, seed: int, members: int
) -> None:
    """Refuse scenarios whose parameters take members past a guard of the model.

    Raises
    ------
    RequestError
        With every such scenario.
    """
    from steppe.model.scenario.parameter_guards import check_guards

    most = members if source.posterior else min(members, MOST_PRIOR_MEMBERS)
    problems = [
        problem
        for scenario in scenarios
        for problem in check_guards(scenario, source.posterior, seed, most)
    ]
    if problems:
        raise RequestError("\n".join(map(str, sorted(set(problems)))))


def require_guards_of_given(
    scenarios: Iterable[Scenario], source: ParameterSource, seed: int, members: int
) -> None:
    """Refuse numbers and arrays given from Python that take a member past a guard.

    Raises
    ------
    GuardError
        With the first such member and what to change.
    """
    from steppe.model.scenario.parameter_guards import require_guards_of_members

    most = members if source.posterior else min(members, MOST_PRIOR_MEMBERS)
    for scenario in scenarios:
        require_guards_of_members(scenario, source.posterior, seed, most)


def parse_settings(settings: Sequence[str]) -> dict[str, float]:
    """Return the levers of texts such as `depth=0.8`."""
    levers: dict[str, float] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        lever = name.strip()
        try:
            number = parse_number(value)
        except ValueError:
            raise RequestError(
                f"--set {setting}: write a lever and a number, such as depth=0.8"
            ) from None
        if lever in levers:
            raise RequestError(f"--set {setting}: {lever} is set twice; set it once")
        levers[lever] = number
    return levers
