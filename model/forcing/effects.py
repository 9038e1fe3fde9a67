"""What each kind of effect does to the forcing, for the members in which it acts this quarter.

Every function takes the forcing, the effect, `now` (1 or m,), the members in which it acts
times its strength, and `age` (1 or m,), quarters since its event started. Numbers of an
effect other than `over` may be arrays (m,), one for each member.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from steppe.model.core.array_types import Array, BoolArray, FloatArray, IntArray
from steppe.model.core.field_types import StrictModel
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.evidence.institutions import Institution
from steppe.model.scenario import composed_effects, effect_schema
from steppe.model.scenario.event_schema import Event

from .compositions import WARINESS_OF_STANCE, StanceTowards
from .shocks import SCALED_BY_DELTA, Cells, add_at, broadcast_copy

LEVELS = 3.0  # a coded level is a third of the unit scale
BASE_STEP = 2.0  # levels of security tie that a base is worth


class ForcingState(Protocol):
    """What effects read and change of a `Forcing`; see there for shapes."""

    inputs: Inputs
    routes: list[Route]
    members: dict[str, FloatArray]
    founded: dict[str, BoolArray]
    set_interests: FloatArray
    set_needs: FloatArray
    tolerance: FloatArray
    wariness: FloatArray
    cut_off: FloatArray
    relation_shift: FloatArray
    means_shift: FloatArray
    relation_moves: dict[int, dict[tuple[int, int], FloatArray]]
    levels_before: dict[int, FloatArray]
    given: dict[int, FloatArray]

    def relation_now(self, power: int, other: int) -> FloatArray: ...

    def add_shock(self, name: str, cells: Cells, step: FloatArray, lasting: bool) -> FloatArray: ...


def put_at(array: Array, cells: Cells, value: float | FloatArray, now: Array) -> Array:
    """A copy of `array` with `value` put at these positions where `now`."""
    result = broadcast_copy(array, now.size)
    positions = np.ix_(*cells)
    result[positions] = np.where(now, value, result[positions])
    return result


def shock(forcing: ForcingState, effect: effect_schema.Shock, now: Array, age: IntArray) -> None:
    """Add g to an effort logit, in units of delta, or g / 3 to ties, supply or threat.

    A shock over several quarters adds an equal part in each.
    """
    step = effect.intensity / effect.over * now / shock_scale(effect)
    moved = forcing.add_shock(effect.shock, shock_cells(effect), step, effect.permanent)
    _keep_given(forcing, effect, moved)


def _keep_given(forcing: ForcingState, effect: StrictModel, moved: FloatArray) -> None:
    """Add to what an effect that ends has given so far, which its end takes back."""
    if id(effect) in forcing.given:
        forcing.given[id(effect)] = forcing.given[id(effect)] + moved


def shock_scale(effect: effect_schema.Shock) -> float:
    """What an intensity is divided by: 1 on effort, in steps of delta; else levels."""
    return 1.0 if effect.shock in SCALED_BY_DELTA else LEVELS


def shock_cells(effect: effect_schema.Shock) -> Cells:
    """The positions of the cells that a shock moves."""
    cells: dict[str, Cells] = {
        "effort": (effect.power, effect.republic, effect.channel),
        "ties": (effect.power, effect.republic, effect.channel),
        "supply": (effect.power, effect.channel),
        "threat": (effect.republic,),
    }
    return cells[effect.shock]


def base(forcing: ForcingState, effect: effect_schema.Base, now: Array, age: IntArray) -> None:
    """Add two levels to the security tie, or take them away, for good."""
    channel = security_channel(forcing)
    step = (BASE_STEP if effect.base == "opened" else -BASE_STEP) * now / LEVELS
    cells = (effect.power, effect.republic, channel)
    _keep_given(forcing, effect, forcing.add_shock("ties", cells, step, lasting=True))


def security_channel(forcing: ForcingState) -> tuple[int, ...]:
    """The position of the channel in which bases count."""
    indices: tuple[int, ...] = forcing.inputs.cast.indices("channel", "security")
    return indices


def budget(forcing: ForcingState, effect: effect_schema.Budget, now: Array, age: IntArray) -> None:
    """Add ln(scale) / over to the log of means in each of `over` quarters."""
    forcing.means_shift = add_at(
        forcing.means_shift, (effect.budget,), np.log(effect.scale) / effect.over * now
    )


@dataclass
class Route:
    """A rerouting of effort.

    out_of, into : (r, c, 1), 1 in the cells meant. share : (1 or m,), rerouted so far.
    """

    effect: effect_schema.Reroute
    powers: tuple[int, ...]
    out_of: FloatArray
    into: FloatArray
    share: FloatArray


def routes_of(events: Mapping[str, Event], shape: tuple[int, int, int]) -> list[Route]:
    """Every rerouting that may happen, with a share of zero, in the order of the file.

    Reroutes do not commute, so their order must not depend on which member starts first.
    """
    effects = [
        effect
        for event in events.values()
        for effect in event.effects
        if isinstance(effect, effect_schema.Reroute)
    ]
    return [
        Route(
            effect,
            effect.reroute,
            _mask(effect.out_of, shape),
            _mask(effect.into, shape),
            np.zeros(1),
        )
        for effect in effects
    ]


def _mask(cells: effect_schema.Place, shape: tuple[int, int, int]) -> FloatArray:
    _, republics, channels = shape
    mask = np.zeros((republics, channels, 1))
    rows = range(republics) if cells.republic is None else cells.republic
    mask[np.ix_(rows, range(channels) if cells.channel is None else cells.channel)] = 1.0
    return mask


def reroute(
    forcing: ForcingState, effect: effect_schema.Reroute, now: Array, age: IntArray
) -> None:
    """Reroute a share of the effort in some cells, growing evenly over `over` quarters."""
    for route in forcing.routes:
        if route.effect is effect:
            route.share = route.share + effect.share / effect.over * now


def foundings_of(events: Mapping[str, Event]) -> dict[str, effect_schema.Founding]:
    """The first founding of each institution that an event may found, by name."""
    foundings: dict[str, effect_schema.Founding] = {}
    for event in events.values():
        for effect in event.effects:
            if isinstance(effect, effect_schema.Membership) and effect.found is not None:
                foundings.setdefault(effect.institution, effect.found)
    return foundings


def founded_institution(
    name: str, founding: effect_schema.Founding, shape: tuple[int, int, int]
) -> Institution:
    """An institution that an event may found; how much it binds is in `founded_binding`."""
    powers, republics, channels = shape
    sponsors = np.zeros(powers)
    sponsors[list(founding.sponsors)] = 1.0
    nothing = np.zeros((channels, 1))
    return Institution(name, sponsors, founding.channels, np.zeros(republics), nothing, name)


def founded_binding(founding: effect_schema.Founding, channels: int) -> FloatArray:
    """How much a founded institution binds in each channel, (c, 1 or m)."""
    binding = np.zeros((channels, np.size(founding.weight)))
    binding[list(founding.channels)] = founding.weight
    return binding


def membership(
    forcing: ForcingState, effect: effect_schema.Membership, now: Array, age: IntArray
) -> None:
    """Set rows of joining and leaving republics to 1 and 0.

    Nobody joins an institution that has not been founded in that member.
    """
    name, republics = effect.institution, range(len(forcing.inputs.cast.republics))
    if effect.found is not None:
        forcing.founded[name] = put_at(forcing.founded[name][None], ((0,),), True, now)[0]
    forcing.members = dict(forcing.members)
    rows = before = forcing.members[name]
    if effect.join is not None:
        rows = put_at(rows, (effect.join,), 1.0, now & forcing.founded[name])
    if effect.leave is not None:
        rows = put_at(rows, (effect.leave,), 0.0, now)
    if effect.dissolve:
        rows = put_at(rows, (republics,), 0.0, now)
    forcing.members[name] = rows
    _keep_given(forcing, effect, rows - before)


def relation(
    forcing: ForcingState, effect: effect_schema.Relation, now: Array, age: IntArray
) -> None:
    """Move a relation evenly to its new value, reached after `over` quarters."""
    first, second = effect.relation
    remaining = np.maximum(effect.over - age, 1)
    for pair in ((first, second), (second, first)) if effect.mutual else ((first, second),):
        gap = effect.becomes / LEVELS - forcing.relation_now(*pair)
        step = gap / remaining * now
        forcing.relation_shift = add_at(forcing.relation_shift, ((pair[0],), (pair[1],)), step)
        moves = forcing.relation_moves.setdefault(id(effect), {})
        moves[pair] = moves.get(pair, 0.0) + step


def _keep_levels(
    forcing: ForcingState,
    effect: effect_schema.Interest | effect_schema.Need,
    levels: FloatArray,
    cells: Cells,
    now: Array,
) -> None:
    """Remember the levels, NaN as coded, from before an effect sets others."""
    present = levels[np.ix_(*cells)]
    before = forcing.levels_before.get(id(effect), present)
    forcing.levels_before[id(effect)] = np.where(now, present, before)


def interest(
    forcing: ForcingState, effect: effect_schema.Interest, now: Array, age: IntArray
) -> None:
    """Set interests to a level, whatever is coded."""
    cells = (effect.power, effect.republic, effect.channel)
    _keep_levels(forcing, effect, forcing.set_interests, cells, now)
    forcing.set_interests = put_at(forcing.set_interests, cells, effect.interest / LEVELS, now)


def need(forcing: ForcingState, effect: effect_schema.Need, now: Array, age: IntArray) -> None:
    """Set needs to a level, whoever may meet them and whatever is coded."""
    cells = (range(len(forcing.inputs.cast.powers)), effect.republic, effect.channel)
    _keep_levels(forcing, effect, forcing.set_needs, cells, now)
    forcing.set_needs = put_at(forcing.set_needs, cells, effect.need / LEVELS, now)


def tolerance(
    forcing: ForcingState, effect: effect_schema.Tolerance, now: Array, age: IntArray
) -> None:
    """Add to tolerances."""
    forcing.tolerance = add_at(forcing.tolerance, (effect.republic,), effect.tolerance * now)


def stance_towards(forcing: ForcingState, effect: StanceTowards, now: Array, age: IntArray) -> None:
    """Add to the wariness of one power."""
    cells = ((effect.power,), (effect.republic,))
    forcing.wariness = add_at(forcing.wariness, cells, WARINESS_OF_STANCE * effect.levels * now)


def blockade(
    forcing: ForcingState, effect: composed_effects.Blockade, now: Array, age: IntArray
) -> None:
    """Cut off a part of what powers supply from republics."""
    cells = (effect.blockade, effect.republic, effect.channel)
    forcing.cut_off = add_at(forcing.cut_off, cells, effect.levels / LEVELS * now)


APPLY: dict[type, Callable[[ForcingState, Any, Array, IntArray], None]] = {
    effect_schema.Shock: shock,
    effect_schema.Base: base,
    effect_schema.Budget: budget,
    effect_schema.Reroute: reroute,
    effect_schema.Membership: membership,
    effect_schema.Relation: relation,
    effect_schema.Interest: interest,
    effect_schema.Need: need,
    effect_schema.Tolerance: tolerance,
    StanceTowards: stance_towards,
    composed_effects.Blockade: blockade,
}
