"""What is allowed in a scenario but changes nothing, or may not be what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import format_quarter, is_year_end
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.field_types import StrictModel
from steppe.model.core.yaml_source import KeyPath
from steppe.model.evidence.claim_schema import TOP_LEVEL

from .composed_effects import Blockade, Quarrel, Succession
from .effect_schema import SHOCK_CELLS, Budget, Interest, Need, Relation, Shock, Tolerance
from .event_schema import Event
from .lint_cast import lint_cast
from .lint_history import lint_history, lint_version
from .lint_opposites import lint_opposites
from .load import Scenario
from .merge import NOT_INHERITED, REMOVABLE
from .schema import Change
from .validate import find_used_levers

if TYPE_CHECKING:
    from steppe.model.evidence.coded_inputs import Inputs

NOTHING = 1e-8  # coded values have nine digits
_Effect = TypeVar("_Effect", bound=StrictModel)


def lint_scenario(scenario: Scenario, inputs: Inputs) -> list[Diagnostic]:
    """Return warnings about what the scenario's own file says, each at its place."""
    found = [
        *_lint_repetitions(scenario),
        *_lint_dates(scenario),
        *_lint_levers(scenario),
        *_lint_parameters(scenario),
        *_lint_effects(scenario, inputs),
        *lint_history(scenario),
        *lint_version(scenario),
        *lint_opposites(scenario),
        *lint_cast(scenario),
    ]
    own_file = scenario.files[-1].file
    return sorted({diagnostic for diagnostic in found if diagnostic.file == own_file})


def _lint_repetitions(scenario: Scenario) -> Iterator[Diagnostic]:
    """Report keys whose value is the one inherited anyway."""
    parent, own = scenario.parent, scenario.files[-1]
    if parent is None:
        return
    for path, value in _find_equal(own.data, parent.data, ()):
        label = f": {value}" if not isinstance(value, (dict, list)) else ""
        file, line, _ = parent.place(path)
        yield own.diagnostic(
            path,
            f"'{path[-1]}'{label} is what {file}:{line} says already; it changes nothing",
            of_key=True,
        )


def _find_equal(
    own: Mapping[str, Any], parent: Mapping[str, Any], at: KeyPath
) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in own.items():
        inherited = parent.get(key)
        removes = value is None and len(at) == 1 and at[0] in REMOVABLE
        if key not in parent or removes or (not at and key in NOT_INHERITED):
            continue
        if value == inherited and type(value) is type(inherited):
            yield (*at, key), value
        elif isinstance(value, dict) and isinstance(inherited, dict):
            yield from _find_equal(value, inherited, (*at, key))


def _lint_dates(scenario: Scenario) -> Iterator[Diagnostic]:
    """Report an end within a year, events after the end, and events that never happen."""
    end = format_quarter(scenario.last)
    if not is_year_end(scenario.last):
        yield scenario.source.diagnostic(
            ("to",),
            f"the run ends within a year ({end}); what follows the last end of a year is stored "
            "only with --frequency quarter",
        )
    for name in scenario.own_events:
        event = scenario.events[name]
        dates = event.dates()
        path = ("events", name, event.dated_by)
        if dates and min(dates) > scenario.last:
            first = format_quarter(min(dates))
            yield scenario.source.diagnostic(
                path, f"{first} is after the run ends ({end}); the event never happens"
            )
        elif dates and max(dates) > scenario.last:
            yield scenario.source.diagnostic(
                path, f"can fall after the run ends ({end}); in some members it never happens"
            )
        if event.probability == 0:
            yield scenario.source.diagnostic(
                ("events", name, "probability"), "a probability of 0: this never happens"
            )


def _lint_levers(scenario: Scenario) -> Iterator[Diagnostic]:
    """Report inherited levers that nothing refers to; for the file's own this is a mistake."""
    used = find_used_levers(scenario.source)
    for name in scenario.levers:
        if name not in used:
            yield scenario.files[-1].diagnostic(
                ("extends",),
                f"the inherited lever '{name}' no longer has an effect; "
                f"remove it with levers: {{{name}: null}}",
            )


def _lint_parameters(scenario: Scenario) -> Iterator[Diagnostic]:
    for label, change in scenario.parameters.items():
        if isinstance(change, Change) and change.times == 1:
            yield scenario.source.diagnostic(
                ("parameters", label), f"{label} times 1 changes nothing"
            )


def _lint_effects(scenario: Scenario, inputs: Inputs) -> Iterator[Diagnostic]:
    """Report effects that change nothing, judged by coded inputs and this scenario's dates."""
    for name in scenario.own_events:
        event = scenario.events[name]
        for number, effect in enumerate(event.effects):
            check = _CHECKS.get(type(effect))
            message = check(effect, event, scenario, inputs) if check else None
            if message:
                yield scenario.source.diagnostic(("events", name, "effects", number), message)


def _check_shock(effect: Shock, event: Event, scenario: Scenario, inputs: Inputs) -> str | None:
    if effect.intensity == 0:
        return "an intensity of 0: it changes nothing"
    if effect.shock == "effort":
        return None
    cells = _shocked_cells(effect, min(event.dates(), default=0), inputs)
    if effect.intensity > 0 and (cells >= 1 - NOTHING).all():
        bound, reverse = "upper bound", -1
    elif effect.intensity < 0 and (cells <= NOTHING).all():
        bound, reverse = "lower bound, zero,", 1
    else:
        return None
    if any(other.intensity * reverse > 0 for other in _shocks_on(effect, effect.shock, scenario)):
        return None
    return f"the {effect.shock} named are at their {bound} already; it changes nothing"


def _shocked_cells(effect: Shock, quarter: int, inputs: Inputs) -> FloatArray:
    """Return the coded values that a shock moves."""
    if effect.shock == "ties":
        return inputs.at("ties", quarter)[np.ix_(effect.power, effect.republic, effect.channel)]
    if effect.shock == "supply":
        return inputs.at("supply", quarter)[np.ix_(effect.power, effect.channel)]
    return inputs.at("threat", quarter)[list(effect.republic)]


def _check_budget(effect: Budget, event: Event, scenario: Scenario, inputs: Inputs) -> str | None:
    return "resources times 1: it changes nothing" if effect.scale == 1 else None


def _check_tolerance(
    effect: Tolerance, event: Event, scenario: Scenario, inputs: Inputs
) -> str | None:
    return "a tolerance of 0 more: it changes nothing" if effect.tolerance == 0 else None


def _check_relation(
    effect: Relation, event: Event, scenario: Scenario, inputs: Inputs
) -> str | None:
    if event.if_ is not None or len(_effects_of(Relation, scenario)) > 1:
        return None
    one, other = effect.relation
    pairs = [(one, other), (other, one)] if effect.mutual else [(one, other)]
    now = inputs.at("relations", min(event.dates(), default=0))
    if all(abs(now[pair] - effect.becomes / TOP_LEVEL) < NOTHING for pair in pairs):
        return f"they regard each other so already ({effect.becomes:g}); it changes nothing"
    return None


def _check_interest(
    effect: Interest, event: Event, scenario: Scenario, inputs: Inputs
) -> str | None:
    if len(_effects_of(Interest, scenario)) > 1:
        return None
    interests = inputs.at("interests", min(event.dates(), default=0))
    cells = interests[np.ix_(effect.power, effect.republic, effect.channel)]
    return _message_if_all_at(cells, effect.interest, "the interest")


def _check_need(effect: Need, event: Event, scenario: Scenario, inputs: Inputs) -> str | None:
    if len(_effects_of(Need, scenario)) > 1:
        return None
    needs = inputs.at("needs", min(event.dates(), default=0))
    cells = needs[:, effect.republic][:, :, effect.channel]
    return _message_if_all_at(cells, effect.need, "the need")


def _message_if_all_at(cells: FloatArray, level: float, what: str) -> str | None:
    if np.allclose(cells, level / TOP_LEVEL, atol=NOTHING):
        return f"{what} is {level:g} there already; it changes nothing"
    return None


def _check_quarrel(effect: Quarrel, event: Event, scenario: Scenario, inputs: Inputs) -> str | None:
    power, republic = effect.quarrel
    ties = inputs.at("ties", min(event.dates(), default=0))[power, republic, list(effect.channel)]
    if effect.levels == 0:
        return "an intensity of 0: it changes nothing"
    cells = effect.model_copy(update={"power": (power,), "republic": (republic,)})
    if (ties <= NOTHING).all() and not _shocks_on(cells, "ties", scenario):
        return "the two have no ties to lose; it moves the republic's stance alone"
    return _percent_message(effect)


def _check_blockade(
    effect: Blockade, event: Event, scenario: Scenario, inputs: Inputs
) -> str | None:
    if effect.levels == 0:
        return "an intensity of 0: it changes nothing"
    cells = effect.model_copy(update={"power": effect.blockade})
    if _effects_of(Need, scenario) or _shocks_on(cells, "supply", scenario):
        return _percent_message(effect)
    quarter = min(event.dates(), default=0)
    powers, channels = list(effect.blockade), list(effect.channel)
    supply = inputs.at("supply", quarter)[np.ix_(powers, channels)][:, None]
    needs = inputs.at("needs", quarter)[np.ix_(powers, effect.republic, channels)]
    if (supply * needs <= NOTHING).all():
        return "nothing that it supplies is needed there; it changes nothing"
    return _percent_message(effect)


def _percent_message(effect: Quarrel | Blockade | Succession) -> str | None:
    """Say that a percentage below one is one, and not a share."""
    percent = effect.percent
    if percent is None or not 0 < percent < 1:
        return None
    return f"this is {percent:g} per cent; for {100 * percent:g} per cent write {100 * percent:g}"


def _check_succession(
    effect: Succession, event: Event, scenario: Scenario, inputs: Inputs
) -> str | None:
    if effect.levels == 0 and effect.stance == 0:
        return "an intensity and a stance of 0: it changes nothing"
    return _percent_message(effect)


def _shocks_on(effect: Any, kind: str, scenario: Scenario) -> list[Shock]:
    """Return the shocks of a kind that move one of the cells that an effect names."""
    axes = SHOCK_CELLS[kind]
    return [
        shock
        for shock in _effects_of(Shock, scenario)
        if shock.shock == kind
        and all({*getattr(shock, axis)} & {*getattr(effect, axis)} for axis in axes)
    ]


def _effects_of(kind: type[_Effect], scenario: Scenario) -> list[_Effect]:
    """Return all effects of a kind; where there are several, coded inputs may not apply."""
    return [
        effect
        for event in scenario.events.values()
        for effect in event.effects
        if isinstance(effect, kind)
    ]


_CHECKS: dict[type[StrictModel], Callable[[Any, Event, Scenario, Inputs], str | None]] = {
    Shock: _check_shock,
    Budget: _check_budget,
    Tolerance: _check_tolerance,
    Relation: _check_relation,
    Interest: _check_interest,
    Need: _check_need,
    Quarrel: _check_quarrel,
    Blockade: _check_blockade,
    Succession: _check_succession,
}
