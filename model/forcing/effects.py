"""What each kind of effect does to the forcing, for the members in which it acts this quarter.

Every function takes the forcing, the effect, `now` (1 or m,), the members in which it
acts, and `age` (1 or m,), quarters since its event began. Numbers of an effect may be
arrays (m,), one for each member, all but `over`; so may the bounds of a `between`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steppe.model.evidence.coded_inputs import Institution
from steppe.model.scenario import effect_models
from steppe.model.scenario.file_models import Event

from .shocks import add_at, broadcast_copy

LEVELS = 3.0  # a coded level is a third of the unit scale
BASE_STEP = 2.0  # levels of security tie that a base is worth


def _set(array: np.ndarray, cells: tuple, value: float, now: np.ndarray) -> np.ndarray:
    """A copy of `array` with `value` put at these positions where `now`."""
    result = broadcast_copy(array, now.size)
    places = np.ix_(*cells)
    result[places] = np.where(now, value, result[places])
    return result


def shock(forcing, effect: effect_models.Shock, now, age) -> None:
    """delta g on an effort logit; delta g / 3 on ties, supply and threat, whose levels are thirds."""
    step = effect.intensity * now / (1.0 if effect.shock == "effort" else LEVELS)
    cells = {
        "effort": (effect.power, effect.republic, effect.channel),
        "ties": (effect.power, effect.republic, effect.channel),
        "supply": (effect.power, effect.channel),
        "threat": (effect.republic,),
    }[effect.shock]
    forcing.shocked[effect.shock].add(cells, step, effect.permanent)


def base(forcing, effect: effect_models.Base, now, age) -> None:
    """A base is a lasting shock of two levels on the security tie."""
    channel = _security(forcing)
    step = (BASE_STEP if effect.base == "opened" else -BASE_STEP) * now / LEVELS
    forcing.shocked["ties"].add((effect.power, effect.republic, channel), step, lasting=True)


def _security(forcing) -> tuple[int, ...]:
    return forcing.inputs.cast.indices("channel", "security")


def budget(forcing, effect: effect_models.Budget, now, age) -> None:
    """ln(scale) / over in each of `over` quarters."""
    forcing.means_shift = add_at(
        forcing.means_shift, (effect.budget,), np.log(effect.scale) / effect.over * now
    )


@dataclass
class Route:
    """A rerouting of effort: whose, out of and into which cells (r, c, 1), and how much so far, (1 or m,)."""

    effect: effect_models.Reroute
    powers: tuple[int, ...]
    out_of: np.ndarray
    into: np.ndarray
    share: np.ndarray


def routes_of(events: Mapping[str, Event], shape: tuple[int, int, int]) -> list[Route]:
    """Every rerouting that may happen, none of it done yet, in the order of the file.

    Reroutes do not commute, so their order must not depend on which member begins first.
    """
    effects = [
        effect
        for event in events.values()
        for effect in event.effects
        if isinstance(effect, effect_models.Reroute)
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


def _mask(place: effect_models.Place, shape: tuple[int, int, int]) -> np.ndarray:
    _, republics, channels = shape
    mask = np.zeros((republics, channels, 1))
    rows = range(republics) if place.republic is None else place.republic
    mask[np.ix_(rows, range(channels) if place.channel is None else place.channel)] = 1.0
    return mask


def reroute(forcing, effect: effect_models.Reroute, now, age) -> None:
    """A share of the effort in some cells goes to others, growing evenly over `over` quarters."""
    for route in forcing.routes:
        if route.effect is effect:
            route.share = route.share + effect.share / effect.over * now


def foundings_of(
    events: Mapping[str, Event], shape: tuple[int, int, int]
) -> dict[str, Institution]:
    """Institutions that an event may found, by name."""
    powers, republics, _ = shape
    founded = {}
    for event in events.values():
        for effect in event.effects:
            if isinstance(effect, effect_models.Membership) and effect.found is not None:
                sponsors = np.zeros(powers)
                sponsors[list(effect.found.sponsors)] = 1.0
                founded.setdefault(
                    effect.institution,
                    Institution(
                        effect.institution,
                        sponsors,
                        effect.found.channels,
                        np.zeros(republics),
                        effect.found.weight,
                    ),
                )
    return founded


def membership(forcing, effect: effect_models.Membership, now, age) -> None:
    """Joining and leaving set rows to 1 and 0; nobody joins what has not been founded in that member."""
    name, republics = effect.institution, range(len(forcing.inputs.cast.republics))
    if effect.found is not None:
        forcing.founded[name] = _set(forcing.founded[name][None], ((0,),), True, now)[0]
    forcing.members = dict(forcing.members)
    rows = forcing.members[name]
    if effect.join is not None:
        rows = _set(rows, (effect.join,), 1.0, now & forcing.founded[name])
    if effect.leave is not None:
        rows = _set(rows, (effect.leave,), 0.0, now)
    if effect.dissolve:
        rows = _set(rows, (republics,), 0.0, now)
    forcing.members[name] = rows


def relation(forcing, effect: effect_models.Relation, now, age) -> None:
    """Moves the relation evenly to its new value; it arrives when `over` quarters have passed."""
    first, second = effect.relation
    remaining = np.maximum(effect.over - age, 1)
    for pair in ((first, second), (second, first)) if effect.mutual else ((first, second),):
        gap = effect.becomes / LEVELS - forcing.relation_now(*pair)
        forcing.relation_shift = add_at(
            forcing.relation_shift, ((pair[0],), (pair[1],)), gap / remaining * now
        )


def interest(forcing, effect: effect_models.Interest, now, age) -> None:
    cells = (effect.power, effect.republic, effect.channel)
    forcing.interests = _set(forcing.interests, cells, effect.interest / LEVELS, now)


def need(forcing, effect: effect_models.Need, now, age) -> None:
    forcing.needs = _set(
        forcing.needs, (effect.republic, effect.channel), effect.need / LEVELS, now
    )


def tolerance(forcing, effect: effect_models.Tolerance, now, age) -> None:
    forcing.tolerance = add_at(forcing.tolerance, (effect.republic,), effect.tolerance * now)


APPLY = {
    effect_models.Shock: shock,
    effect_models.Base: base,
    effect_models.Budget: budget,
    effect_models.Reroute: reroute,
    effect_models.Membership: membership,
    effect_models.Relation: relation,
    effect_models.Interest: interest,
    effect_models.Need: need,
    effect_models.Tolerance: tolerance,
}
