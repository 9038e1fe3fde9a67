"""References of scenarios that add powers or republics: the same cast, without their events.

An added actor changes every share, so that a comparison with a baseline that lacks it mixes the
newcomer with what it does. A reference is the file that its author would have to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from steppe.model.core.errors import RequestError
from steppe.model.core.yaml_source import Source, parse_yaml
from steppe.model.scenario.load import Scenario, complete_scenario
from steppe.model.scenario.merge import MergedFile, merge_chain
from steppe.model.scenario.resolve import Overrides
from steppe.model.scenario.shown_values import name_with_values
from steppe.model.scenario.validate import find_used_levers

WITHOUT = "-without-events"
GROUND = ("baseline", "history")  # what a reference keeps of what a scenario extends
References = Mapping[str, str]  # by the name of a scenario, the name of its reference


def add_references(
    scenarios: Sequence[Scenario], adapt: Callable[[MergedFile], MergedFile] = lambda file: file
) -> tuple[list[Scenario], References]:
    """Put the reference of each scenario that adds actors before it, once for a family.

    Parameters
    ----------
    adapt : what is done to every file of the run, such as to set parameters.

    Raises
    ------
    RequestError
        If a scenario has the name of a reference already.
    """
    found: dict[str, tuple[MergedFile, dict[str, float]]] = {}
    references: dict[str, str] = {}
    made: list[Scenario] = []
    for scenario in scenarios:
        if scenario.added and scenario.files:
            file, levers = _reference_file(scenario)
            name = f"{scenario.chain[-1]}{WITHOUT}"
            if found.get(name, (file, levers))[1] != levers:
                name = name_with_values(name, levers)
            if name not in found:
                _require_free(name, scenarios)
                found[name] = file, levers
                reference = complete_scenario(adapt(file), Overrides(levers))
                made.append(_named(reference, name, levers))
            references[scenario.name] = name
        made.append(scenario)
    return made, references


def _require_free(name: str, scenarios: Sequence[Scenario]) -> None:
    if any(scenario.name == name for scenario in scenarios):
        raise RequestError(
            f"'{name}' is the name of a scenario that the run makes itself, to compare with; "
            "rename the file of that name"
        )


def _named(reference: Scenario, name: str, levers: Mapping[str, float]) -> Scenario:
    shown = "".join(
        f", {lever} {value:g}"
        for lever, value in levers.items()
        if value != reference.levers[lever].default
    )
    return replace(reference, name=name, title=f"{reference.title}{shown}")


def _reference_file(scenario: Scenario) -> tuple[MergedFile, dict[str, float]]:
    """The file of a reference over what it extends, and the values of its levers."""
    own = {name: _kept(scenario, name) for name in ("version", "from", "to", "parameters", "cast")}
    data: dict[str, Any] = {key: value for key, value in own.items() if value}
    used = find_used_levers(Source("", data)) & set(scenario.levers)
    if used:
        data["levers"] = {name: scenario.source.data["levers"][name] for name in sorted(used)}
    ground = [position for position, name in enumerate(scenario.chain[:-1]) if name in GROUND]
    chain = scenario.files[: ground[-1] + 1] if ground else ()
    title = scenario.files[-1].data.get("title", scenario.chain[-1])
    head: dict[str, Any] = {"title": f"{title}, without its events"}
    if ground:
        head["extends"] = scenario.chain[ground[-1]]
    file = f"{scenario.chain[-1]}{WITHOUT}.yaml"
    text = yaml.safe_dump(head | data, sort_keys=False, allow_unicode=True)
    values = {name: scenario.lever_values[name] for name in sorted(used)}
    return merge_chain((*chain, parse_yaml(text, file))), values


def _kept(scenario: Scenario, key: str) -> Any:
    """What a reference keeps of a key of the merged file: of parameters, those of added actors."""
    value = scenario.source.data.get(key)
    if key != "parameters" or not isinstance(value, dict):
        return value
    return {
        label: change
        for label, change in value.items()
        if any(label.endswith(f"[{name}]") for name in scenario.added)
    }
