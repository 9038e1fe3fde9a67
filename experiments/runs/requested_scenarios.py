"""The scenarios that a command names, checked together before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import parse_number
from steppe.model.core.suggestions import suggest
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import (
    Scenario,
    complete_family,
    complete_scenario,
    read_scenario,
    tell_apart,
)
from steppe.model.scenario.load_history import history_source
from steppe.model.scenario.resolve import Overrides

if TYPE_CHECKING:
    from steppe.model.parameters.posterior import PosteriorSample

    from .parameter_source import ParameterSource

PRIOR_MEMBERS = 256  # members that `steppe check` tries where there is no posterior
MOST_PRIOR_MEMBERS = 4096  # the most that a run tries; the model itself checks the others


def load_requested(
    names: Sequence[str],
    levers: Mapping[str, float],
    *,
    unfold: bool = True,
    evidence_folder: Path | None = None,
) -> tuple[list[Scenario], list[Diagnostic]]:
    """Load the scenarios named, or all that ship, and collect the mistakes in them.

    Families are unfolded unless `unfold` is false. A lever is set in the scenarios that have it;
    one that none of them has is a mistake. Scenarios with mistakes are left out.
    """
    scenarios: list[Scenario] = []
    problems: list[Diagnostic] = []
    declared: set[str] = set()
    for name in names or shipped_names():
        try:
            merged = read_scenario(name, history_source(evidence_folder))
            own = {lever: levers[lever] for lever in levers if lever in merged.lever_names}
            overrides = Overrides(own, option="--set")
            if unfold:
                scenarios += complete_family(merged, overrides)
            else:
                scenarios.append(complete_scenario(merged, overrides))
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
        found = check_guards(scenario, posterior, seed=1, members=PRIOR_MEMBERS)
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
    names: Sequence[str], settings: Sequence[str], evidence_folder: Path | None = None
) -> list[Scenario]:
    """Load the scenarios to run, after the history that goes with the evidence.

    Raises
    ------
    RequestError
        With every mistake in any of them, or if two have the same name.
    """
    scenarios, problems = load_requested(
        names, parse_settings(settings), evidence_folder=evidence_folder
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

    problems = [
        problem
        for scenario in scenarios
        for problem in check_guards(
            scenario, source.posterior, seed, min(members, MOST_PRIOR_MEMBERS)
        )
    ]
    if problems:
        raise RequestError("\n".join(map(str, sorted(set(problems)))))


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
