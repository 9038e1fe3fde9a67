"""Effects that undo each other in one quarter."""

from __future__ import annotations

from collections.abc import Iterator

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.field_types import StrictModel

from .effect_schema import Base, Budget, Membership, Shock
from .load import Scenario

DIGITS = 9  # to which two factors are compared


def lint_opposites(scenario: Scenario) -> Iterator[Diagnostic]:
    """Report effects of the file's own events that undo another of the same quarter."""
    seen: dict[tuple[int, StrictModel], str] = {}
    for name, event in scenario.events.items():
        if event.when is None or event.if_ is not None or event.probability < 1:
            continue
        for number, effect in enumerate(event.effects):
            opposite = _opposite(effect)
            if opposite is None:
                continue
            undone = seen.get((event.when, opposite))
            if undone is not None and name in scenario.own_events:
                yield scenario.source.diagnostic(
                    ("events", name, "effects", number),
                    f"this undoes what '{undone}' does in the same quarter, "
                    f"{format_quarter(event.when)}; together they change nothing: date one of "
                    "them later, or take both out",
                )
            seen[event.when, _rounded(effect)] = name


def _opposite(effect: StrictModel) -> StrictModel | None:
    """Return the effect that would undo this one; None if none would, or it changes nothing."""
    if isinstance(effect, Shock) and effect.intensity != 0:
        return effect.model_copy(update={"intensity": -effect.intensity})
    if isinstance(effect, Base):
        other = "closed" if effect.base == "opened" else "opened"
        return effect.model_copy(update={"base": other})
    if isinstance(effect, Budget) and effect.scale != 1:
        return _rounded(effect.model_copy(update={"scale": 1 / effect.scale}))
    if isinstance(effect, Membership) and not (effect.found or effect.dissolve):
        return effect.model_copy(update={"join": effect.leave, "leave": effect.join})
    return None


def _rounded(effect: StrictModel) -> StrictModel:
    if isinstance(effect, Budget):
        return effect.model_copy(update={"scale": round(effect.scale, DIGITS)})
    return effect
