"""What the user asked for, checked as a whole before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from steppe.experiments.errors import RequestError
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import suggest
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_family, load_scenario


def load_requested(
    words: Sequence[str], levers: Mapping[str, float]
) -> tuple[list[Scenario], list[Diagnostic]]:
    """Every scenario asked for that is sound, families unfolded, and all the mistakes in the others.

    A lever is set in the scenarios that have it; one that none of them has is a mistake.
    """
    scenarios: list[Scenario] = []
    problems: list[Diagnostic] = []
    declared: set[str] = set()
    for word in words or shipped_names():
        try:
            plain = load_scenario(word)
            declared |= set(plain.levers)
            own = levers_of(plain, levers)
            scenarios += load_family(word, levers=own) if own or plain.vary else [plain]
        except DiagnosticsError as found:
            problems += [
                diagnostic for diagnostic in found.diagnostics if diagnostic not in problems
            ]
    for name in levers:
        if name not in declared and not problems:
            hint = (
                suggest(name, sorted(declared)) if declared else "the scenarios asked for have none"
            )
            problems.append(Diagnostic("--set", 0, 0, f"unknown lever '{name}'; {hint}"))
    return scenarios, sorted(problems)


def levers_of(plain: Scenario, levers: Mapping[str, float]) -> dict[str, float]:
    """Those of the levers that a scenario has.

    Raises
    ------
    DiagnosticsError
        If a value is out of its lever's range: the mistake is in the option, not in a file.
    """
    own = {name: value for name, value in levers.items() if name in plain.levers}
    outside = [
        name
        for name, value in own.items()
        if not plain.levers[name].range[0] <= value <= plain.levers[name].range[1]
    ]
    if outside:
        raise DiagnosticsError(
            [
                Diagnostic(
                    f"--set {name}={own[name]:g}",
                    0,
                    0,
                    f"out of range; in {plain.name} '{name}' runs from "
                    f"{plain.levers[name].range[0]:g} to {plain.levers[name].range[1]:g}",
                )
                for name in outside
            ]
        )
    return own


def requested_scenarios(words: Sequence[str], settings: Sequence[str]) -> list[Scenario]:
    """The scenarios to run, or RequestError with every mistake in any of them."""
    scenarios, problems = load_requested(words, parse_settings(settings))
    if problems:
        raise RequestError("\n".join(map(str, problems)))
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RequestError(f"two scenarios are called '{twice[0]}'; rename one of the files")
    return scenarios


def parse_settings(settings: Sequence[str]) -> dict[str, float]:
    """Levers from texts such as `depth=0.8`."""
    levers = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        try:
            levers[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise RequestError(f"--set {setting}: write a lever and a number, such as depth=0.8")
    return levers
