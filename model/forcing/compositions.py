"""What composed effects are made of: a quarrel is ties and stance, a succession threat and stance.

Stance towards one power keeps that power out; towards all, it acts through the dependence that a
republic tolerates. Both are on the codebook's scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from steppe.model.evidence.claim_schema import TOP_LEVEL
from steppe.model.evidence.coding import STANCE_ALPHA, STANCE_TOLERANCE
from steppe.model.scenario.composed_effects import Quarrel, Succession
from steppe.model.scenario.effect_schema import LEFT_OUT, Shock, Tolerance
from steppe.model.scenario.event_schema import Event

TOLERANCE_OF_STANCE = -2 * STANCE_TOLERANCE / TOP_LEVEL  # of a level
WARINESS_OF_STANCE = (STANCE_ALPHA[1] - STANCE_ALPHA[0]) / TOP_LEVEL  # of a level, a log-ratio


@dataclass(frozen=True)
class StanceTowards:
    """So many levels by which a republic grows more guarded towards one power; both positions."""

    power: int
    republic: int
    levels: float


@singledispatch
def parts_of(effect: Any) -> tuple[Any, ...]:
    """The effects that one is made of; most are made of themselves."""
    return (effect,)


@parts_of.register
def _of_quarrel(effect: Quarrel) -> tuple[Any, ...]:
    power, republic = effect.quarrel
    ties = Shock.model_construct(
        shock="ties",
        power=(power,),
        republic=(republic,),
        channel=effect.channel,
        intensity=-effect.levels,
        permanent=True,
        over=1,
    )
    return ties, StanceTowards(power, republic, effect.levels)


@parts_of.register
def _of_succession(effect: Succession) -> tuple[Any, ...]:
    threat = Shock.model_construct(
        shock="threat",
        power=LEFT_OUT,
        republic=effect.succession,
        channel=LEFT_OUT,
        intensity=effect.levels,
        permanent=False,
        over=1,
    )
    return threat, _guarded(effect.succession, effect.stance)


def _guarded(republics: tuple[int, ...], levels: float) -> Tolerance:
    """What republics tolerate that become so many levels of stance more guarded."""
    return Tolerance.model_construct(tolerance=TOLERANCE_OF_STANCE * levels, republic=republics)


def take_apart(events: Mapping[str, Event]) -> dict[str, Event]:
    """Events with the parts of composed effects in their place."""
    return {name: _take_event_apart(event) for name, event in events.items()}


def _take_event_apart(event: Event) -> Event:
    parts = tuple(part for effect in event.effects for part in parts_of(effect))
    same = len(parts) == len(event.effects)
    return event if same else event.model_copy(update={"effects": parts})
