"""What is allowed in a scenario but changes nothing, or may not be what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.yaml_source import KeyPath
from steppe.model.evidence.coding import TOP_LEVEL

from .effect_models import Budget, Interest, Need, Relation, Shock, Tolerance
from .file_models import Change, Event
from .load import Scenario
from .merge import NOT_INHERITED, REMOVABLE, merge_chain
from .validate import used_levers

if TYPE_CHECKING:
    from steppe.model.evidence.coded_inputs import Inputs

NOTHING = 1e-12


def lint_scenario(scenario: Scenario, inputs: Inputs) -> list[Diagnostic]:
    """Warnings about what the scenario's own file writes, each at its place."""
    own = scenario.files[-1]
    found = [
        *_equal_overrides(scenario),
        *_after_the_end(scenario),
        *_idle_levers(scenario),
        *_idle_parameters(scenario),
    ]
    for name in scenario.own_events:
        event = scenario.events[name]
        if event.probability == 0:
            found.append(
                scenario.source.diagnostic(
                    ("events", name, "probability"), "a probability of 0: this never happens"
                )
            )
        for number, effect in enumerate(event.effects):
            message = _without_effect(effect, event, scenario, inputs)
            if message:
                found.append(
                    scenario.source.diagnostic(("events", name, "effects", number), message)
                )
    return sorted({diagnostic for diagnostic in found if diagnostic.file == own.file})


def _equal_overrides(scenario: Scenario) -> Iterator[Diagnostic]:
    """Keys whose value is what the parent already says."""
    if len(scenario.files) < 2:
        return
    parent, _ = merge_chain(list(scenario.files[:-1]))
    own = scenario.files[-1]
    for path, value in _same(own.data, parent.data, ()):
        shown = f": {value}" if not isinstance(value, (dict, list)) else ""
        where = parent.place(path)
        yield own.diagnostic(
            path,
            f"'{path[-1]}'{shown} is what {where[0]}:{where[1]} says already; it changes nothing",
            of_key=True,
        )


def _same(own: dict, parent: dict, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in own.items():
        if (
            (not at and key in NOT_INHERITED)
            or key not in parent
            or value is None
            and len(at) == 1
            and at[0] in REMOVABLE
        ):
            continue
        if value == parent[key] and type(value) is type(parent[key]):
            yield (*at, key), value
        elif isinstance(value, dict) and isinstance(parent[key], dict):
            yield from _same(value, parent[key], (*at, key))


def _after_the_end(scenario: Scenario) -> Iterator[Diagnostic]:
    end = format_quarter(scenario.last)
    for name in scenario.own_events:
        event = scenario.events[name]
        dates = event.dates()
        place = ("events", name, event.dated_by)
        if dates and min(dates) > scenario.last:
            yield scenario.source.diagnostic(
                place,
                f"{format_quarter(min(dates))} is after the run ends ({end}); the event never happens",
            )
        elif dates and max(dates) > scenario.last:
            yield scenario.source.diagnostic(
                place,
                f"can fall after the run ends ({end}); in some members the event never happens",
            )


def _idle_levers(scenario: Scenario) -> Iterator[Diagnostic]:
    """Inherited levers that nothing refers to any more (of its own ones that is a mistake)."""
    used = used_levers(scenario.source)
    own = scenario.files[-1]
    for name in scenario.levers:
        if name not in used:
            yield Diagnostic(
                *own.place(("extends",)),
                f"the inherited lever '{name}' turns nothing any more; take it out with levers: {{{name}: null}}",
            )


def _idle_parameters(scenario: Scenario) -> Iterator[Diagnostic]:
    for label, change in scenario.parameters.items():
        if isinstance(change, Change) and change.times == 1:
            yield scenario.source.diagnostic(
                ("parameters", label), f"{label} times 1 changes nothing"
            )


def _without_effect(effect: Any, event: Event, scenario: Scenario, inputs: Inputs) -> str | None:
    """Why an effect moves nothing, judged by coded inputs and this scenario's dates alone."""
    quarter = min(event.dates(), default=0)
    if isinstance(effect, Shock):
        return _idle_shock(effect, quarter, scenario, inputs)
    if isinstance(effect, Budget) and effect.scale == 1:
        return "means times 1: it changes nothing"
    if isinstance(effect, Tolerance) and effect.tolerance == 0:
        return "a tolerance of 0 more: it changes nothing"
    if isinstance(effect, Relation) and event.if_ is None:
        one, other = effect.relation
        pairs = [(one, other), (other, one)] if effect.mutual else [(one, other)]
        now = inputs.at("relations", quarter)
        if all(
            abs(now[pair] - effect.becomes / TOP_LEVEL) < NOTHING for pair in pairs
        ) and not _moved_before(scenario, Relation):
            return f"they regard each other so already ({effect.becomes:g}); it changes nothing"
    if isinstance(effect, Interest) and not _moved_before(scenario, Interest):
        cells = inputs.interests[np.ix_(effect.power, effect.republic, effect.channel)]
        return _if_all(cells, effect.interest, "the interest")
    if isinstance(effect, Need) and not _moved_before(scenario, Need):
        return _if_all(
            inputs.needs[np.ix_(effect.republic, effect.channel)], effect.need, "the need"
        )
    return None


def _if_all(cells: np.ndarray, level: float, what: str) -> str | None:
    return (
        f"{what} is {level:g} there already; it changes nothing"
        if np.allclose(cells, level / TOP_LEVEL, atol=NOTHING)
        else None
    )


def _moved_before(scenario: Scenario, kind: type) -> bool:
    """Whether more than one effect of this kind exists, in which case coded inputs do not tell what it finds."""
    return (
        sum(
            isinstance(effect, kind)
            for event in scenario.events.values()
            for effect in event.effects
        )
        > 1
    )


def _idle_shock(effect: Shock, quarter: int, scenario: Scenario, inputs: Inputs) -> str | None:
    if effect.intensity == 0:
        return "an intensity of 0: it changes nothing"
    if effect.shock == "effort":
        return None
    cells = {
        "ties": lambda: inputs.ties[np.ix_(effect.power, effect.republic, effect.channel)],
        "supply": lambda: inputs.at("supply", quarter)[np.ix_(effect.power, effect.channel)],
        "threat": lambda: inputs.at("threat", quarter)[list(effect.republic)],
    }[effect.shock]()
    if (
        effect.intensity > 0
        and (cells >= 1 - NOTHING).all()
        and not _lowered(effect.shock, scenario.events)
    ):
        return f"the {effect.shock} named are at their upper bound already; it changes nothing"
    if (
        effect.intensity < 0
        and (cells <= NOTHING).all()
        and not _raised(effect.shock, scenario.events)
    ):
        return (
            f"the {effect.shock} named are at their lower bound, zero, already; it changes nothing"
        )
    return None


def _lowered(what: str, events: Mapping[str, Event]) -> bool:
    return any(shock.intensity < 0 for shock in _shocks(what, events))


def _raised(what: str, events: Mapping[str, Event]) -> bool:
    return any(shock.intensity > 0 for shock in _shocks(what, events))


def _shocks(what: str, events: Mapping[str, Event]) -> Iterator[Shock]:
    for event in events.values():
        for effect in event.effects:
            if isinstance(effect, Shock) and effect.shock == what:
                yield effect
