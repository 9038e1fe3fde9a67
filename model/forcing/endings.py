"""How effects end with their event: what they gave is taken back, in the quarter of the end.

Every function takes the forcing, the effect, `now` (1 or m,), the members in which the event ends
this quarter times the strength of the effect there, and `length` (1 or m,), the quarters that it
has lasted. What an effect had set is put back to what it was when the event began.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.scenario import composed_effects, effect_schema

from .compositions import StanceTowards
from .effects import (
    LEVELS,
    ForcingState,
    put_at,
    security_channel,
    shock_cells,
    stance_towards,
)
from .shocks import add_at


def part_done(over: int, length: IntArray) -> FloatArray:
    """The part of a change in equal parts over `over` quarters that is done after `length`."""
    return np.minimum(over, length) / over


def end_shock(
    forcing: ForcingState, effect: effect_schema.Shock, now: Array, length: IntArray
) -> None:
    """Take back what a shock has given, or what is left of it if it fades."""
    step = np.where(now, -forcing.given[id(effect)], 0.0)
    forcing.add_shock(effect.shock, shock_cells(effect), step, effect.permanent)


def end_base(
    forcing: ForcingState, effect: effect_schema.Base, now: Array, length: IntArray
) -> None:
    """Take back what a base that was opened has given, or give back what one closed took."""
    cells = (effect.power, effect.republic, security_channel(forcing))
    step = np.where(now, -forcing.given[id(effect)], 0.0)
    forcing.add_shock("ties", cells, step, lasting=True)


def end_budget(
    forcing: ForcingState, effect: effect_schema.Budget, now: Array, length: IntArray
) -> None:
    """Bring resources back by the same factor."""
    step = -np.log(effect.scale) * part_done(effect.over, length) * now
    forcing.means_shift = add_at(forcing.means_shift, (effect.budget,), step)


def end_reroute(
    forcing: ForcingState, effect: effect_schema.Reroute, now: Array, length: IntArray
) -> None:
    """Bring the rerouted share of the effort back."""
    for route in forcing.routes:
        if route.effect is effect:
            route.share = route.share - effect.share * part_done(effect.over, length) * now


def end_membership(
    forcing: ForcingState, effect: effect_schema.Membership, now: Array, length: IntArray
) -> None:
    """Let who joined leave, and who left join again; what was founded is dissolved.

    Who was a member before, or none, stays so.
    """
    name, republics = effect.institution, range(len(forcing.inputs.cast.republics))
    forcing.members = dict(forcing.members)
    back = np.where(now & forcing.founded[name], -forcing.given[id(effect)], 0.0)
    rows = np.clip(forcing.members[name] + back, 0.0, 1.0)
    if effect.found is not None:
        rows = put_at(rows, (republics,), 0.0, now)
        forcing.founded[name] = put_at(forcing.founded[name][None], ((0,),), False, now)[0]
    forcing.members[name] = rows


def end_relation(
    forcing: ForcingState, effect: effect_schema.Relation, now: Array, length: IntArray
) -> None:
    """Take back by how much the event has moved a relation."""
    for pair, moved in forcing.relation_moves.get(id(effect), {}).items():
        cells = ((pair[0],), (pair[1],))
        forcing.relation_shift = add_at(forcing.relation_shift, cells, np.where(now, -moved, 0.0))


def end_interest(
    forcing: ForcingState, effect: effect_schema.Interest, now: Array, length: IntArray
) -> None:
    """Put interests back to what they were."""
    cells = (effect.power, effect.republic, effect.channel)
    before = forcing.levels_before[id(effect)]
    forcing.set_interests = put_at(forcing.set_interests, cells, before, now)


def end_need(
    forcing: ForcingState, effect: effect_schema.Need, now: Array, length: IntArray
) -> None:
    """Put needs back to what they were."""
    cells = (range(len(forcing.inputs.cast.powers)), effect.republic, effect.channel)
    before = forcing.levels_before[id(effect)]
    forcing.set_needs = put_at(forcing.set_needs, cells, before, now)


def end_tolerance(
    forcing: ForcingState, effect: effect_schema.Tolerance, now: Array, length: IntArray
) -> None:
    """Take back what was added to tolerances."""
    forcing.tolerance = add_at(forcing.tolerance, (effect.republic,), -effect.tolerance * now)


def end_stance_towards(
    forcing: ForcingState, effect: StanceTowards, now: Array, length: IntArray
) -> None:
    """Take back what was added to the wariness of one power."""
    stance_towards(forcing, replace(effect, levels=-effect.levels), now, length)


def end_blockade(
    forcing: ForcingState, effect: composed_effects.Blockade, now: Array, length: IntArray
) -> None:
    """Let through again what was cut off."""
    cells = (effect.blockade, effect.republic, effect.channel)
    forcing.cut_off = add_at(forcing.cut_off, cells, -effect.levels / LEVELS * now)


END: dict[type, Callable[[ForcingState, Any, Array, IntArray], None]] = {
    effect_schema.Shock: end_shock,
    effect_schema.Base: end_base,
    effect_schema.Budget: end_budget,
    effect_schema.Reroute: end_reroute,
    effect_schema.Membership: end_membership,
    effect_schema.Relation: end_relation,
    effect_schema.Interest: end_interest,
    effect_schema.Need: end_need,
    effect_schema.Tolerance: end_tolerance,
    StanceTowards: end_stance_towards,
    composed_effects.Blockade: end_blockade,
}
