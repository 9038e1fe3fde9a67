"""What the user asked for, checked as a whole before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.faults import Fault, FaultsFound
from ..model.scenario.library import Scenario, load_scenario, shipped_names
from .problems import Refused


def load_all(words: Sequence[str], levers: Mapping[str, float]) -> tuple[list[Scenario], list[Fault]]:
    """Every scenario asked for that is sound, and all the mistakes in the others."""
    scenarios: list[Scenario] = []
    faults: list[Fault] = []
    for word in words or shipped_names():
        try:
            scenarios.append(load_scenario(word, levers=levers))
        except FaultsFound as found:
            faults += [fault for fault in found.faults if fault not in faults]
    return scenarios, sorted(faults)


def requested_scenarios(words: Sequence[str], settings: Sequence[str]) -> list[Scenario]:
    """The scenarios to run, or Refused with every mistake in any of them."""
    scenarios, faults = load_all(words, parse_settings(settings))
    if faults:
        raise Refused("\n".join(map(str, faults)))
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"two scenarios are called '{twice[0]}'; rename one of the files")
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
            raise Refused(f"--set {setting}: write a lever and a number, such as depth=0.8")
    return levers
