"""Coded inputs for a larger cast: the rows that a scenario gives, and assumptions for the rest.

The assumptions are those of the codebook for cells without claims: a tie of an added power is
0.15, its interests are one third, its supplies half the mean of those that the scenario gives or
0.15 if it gives none, its relations are indifferent, and its means are those of the first power
in 2000. It can meet the needs that anyone could meet. An added republic has half of each power's
mean tie elsewhere, each power's mean interest, and the mean need and stance of the others. It has
no threat until an event brings one, and belongs to no organisation until it joins. What a
scenario gives holds from 2000 on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.evidence.claim_schema import TOP_LEVEL
from steppe.model.evidence.coding import (
    UNEVIDENCED,
    UNEVIDENCED_SUPPLY,
    UNEVIDENCED_TIE,
    CodedValue,
)

from .cast_schema import AddedPower, AddedRepublic

if TYPE_CHECKING:
    from steppe.model.evidence.coded_inputs import Inputs

    from .load import Scenario


Trail = dict[tuple[str, ...], list[CodedValue]]


def extend_inputs(scenario: Scenario, inputs: Inputs) -> Inputs:
    """Return the inputs with a row for every actor that the scenario adds.

    Where it adds none that is missing, the same object is returned.
    """
    known = (*inputs.cast.power_names, *inputs.cast.republic_names)
    missing = {name: row for name, row in scenario.added.items() if name not in known}
    if not missing:
        return inputs
    trail: Trail = dict(inputs.trail)
    larger = _enlarge(inputs, scenario.cast, trail)
    _assume_from_others(larger, inputs)
    for name, row in missing.items():  # in the order of the file: later rows win
        if isinstance(row, AddedPower):
            _set_power(larger, name, row)
            _record_power(larger, trail, name, row)
        elif isinstance(row, AddedRepublic):
            _set_republic(larger, name, row)
            _record_republic(larger, trail, name, row)
    return larger


def _enlarge(inputs: Inputs, cast: Cast, trail: Trail) -> Inputs:
    """Return the inputs for a larger cast, with the assumptions about added powers."""
    powers, republics, channels = cast.shape
    return replace(
        inputs,
        cast=cast,
        trail=trail,
        ties=_pad(inputs.ties, cast.shape, UNEVIDENCED_TIE),
        interests=_pad(inputs.interests, cast.shape, UNEVIDENCED),
        needs=_pad(inputs.needs, cast.shape, np.nan),
        stance=_pad(inputs.stance, (powers, republics), float(inputs.stance.mean())),
        supply=_pad(inputs.supply, (powers, channels), UNEVIDENCED_SUPPLY),
        relations=_pad(inputs.relations, (powers, powers), 0.0),
        ln_means=_pad(inputs.ln_means, (powers,), 0.0),
        threat=_pad(inputs.threat, (republics,), 0.0),
        institutions=tuple(
            replace(
                row,
                sponsors=_pad(row.sponsors, (powers,), 0.0),
                members=_pad(row.members, (republics,), 0.0),
            )
            for row in inputs.institutions
        ),
    )


def _pad(array: FloatArray, shape: tuple[int, ...], fill: float) -> FloatArray:
    """Return the array in the corner of a larger one whose leading axes have this shape."""
    larger = np.full((*shape, *array.shape[len(shape) :]), fill)
    larger[tuple(slice(0, size) for size in array.shape)] = array
    return larger


def _assume_from_others(larger: Inputs, inputs: Inputs) -> None:
    """Set what is assumed of added actors, by the means over the others."""
    powers, republics, _ = inputs.cast.shape
    larger.ties[:powers, republics:] = inputs.ties.mean(axis=1, keepdims=True) / 2
    larger.interests[:powers, republics:] = inputs.interests.mean(axis=1, keepdims=True)
    anyone = inputs.needs.min(axis=0)  # what an added power can meet: needs that name no power
    larger.needs[powers:, :republics] = anyone
    larger.needs[:powers, republics:] = inputs.needs.mean(axis=1, keepdims=True)
    larger.needs[powers:, republics:] = anyone.mean(axis=0)
    larger.stance[powers:, :republics] = inputs.stance.mean(axis=0)  # as towards all others


def _set_power(larger: Inputs, name: str, row: AddedPower) -> None:
    """Set what the scenario gives for an added power."""
    power = larger.cast.index("power", name)
    for cell in row.ties:
        larger.ties[np.ix_([power], cell.republic, cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.interests:
        larger.interests[np.ix_([power], cell.republic, cell.channel)] = cell.level / TOP_LEVEL
    _set_supply(larger.supply[power], row)
    for regard in row.relations:
        others = [other for other in regard.power if other != power]
        larger.relations[power, others] = regard.level / TOP_LEVEL
        if regard.mutual:
            larger.relations[others, power] = regard.level / TOP_LEVEL
    larger.ln_means[power] = np.log(row.budget) if row.budget else 0.0  # without means, it is out


@dataclass(frozen=True)
class Entry:
    """When a power that is not there from the start takes part.

    quarter : the first, or None if it never does. log_ratio : to autonomy, in every cell, then.
    """

    quarter: int | None
    log_ratio: float

    def is_absent(self, quarter: int) -> bool:
        """Whether the power does not take part in this quarter, -1 before the run."""
        return self.quarter is None or quarter < self.quarter


def entries_of(scenario: Scenario, cast: Cast) -> dict[int, Entry]:
    """Return when added powers enter, by position; only those not there from the start."""
    return {
        cast.index("power", name): Entry(row.joins, row.enters_at)
        for name, row in scenario.added.items()
        if isinstance(row, AddedPower) and row.joins != -1
    }


def _set_supply(supply: FloatArray, row: AddedPower) -> None:
    """Set what an added power has to offer, (c, quarters)."""
    given = sorted({channel for offer in row.supply for channel in offer.channel})
    for offer in row.supply:
        supply[list(offer.channel)] = offer.level / TOP_LEVEL
    if given:
        silent = [channel for channel in range(len(supply)) if channel not in given]
        supply[silent] = supply[given].mean(axis=0) / 2


def _record_power(larger: Inputs, trail: Trail, name: str, row: AddedPower) -> None:
    cast = larger.cast
    cells = [(name, *cell) for cell in product(cast.republic_names, cast.channel_names)]
    _record(larger, trail, "tie", cells, row.ties)
    _record(larger, trail, "interest", cells, row.interests)
    supplies = [(name, channel) for channel in cast.channel_names]
    _record(larger, trail, "supply", supplies, row.supply)
    others = [other for other in cast.power_names if other != name]
    pairs = [pair for other in others for pair in ((name, other), (other, name))]
    _record(larger, trail, "relation", pairs, row.relations)
    _record(larger, trail, "budget", [(name,)], row.budget)


def _set_republic(larger: Inputs, name: str, row: AddedRepublic) -> None:
    """Set what the scenario gives for an added republic."""
    republic = larger.cast.index("republic", name)
    for cell in row.ties:
        larger.ties[np.ix_(cell.power, [republic], cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.interests:
        larger.interests[np.ix_(cell.power, [republic], cell.channel)] = cell.level / TOP_LEVEL
    for need in row.needs:
        larger.needs[:, republic, list(need.channel)] = need.level / TOP_LEVEL
    if row.stance is not None:
        larger.stance[:, republic] = row.stance / TOP_LEVEL


def _record_republic(larger: Inputs, trail: Trail, name: str, row: AddedRepublic) -> None:
    cast = larger.cast
    cells = [
        (power, name, channel) for power, channel in product(cast.power_names, cast.channel_names)
    ]
    _record(larger, trail, "tie", cells, row.ties)
    _record(larger, trail, "interest", cells, row.interests)
    _record(larger, trail, "need", cells, row.needs)
    stances = [(power, name) for power in cast.power_names]
    _record(larger, trail, "stance", stances, row.stance)
    _record(larger, trail, "threat", [(name,)], None)


_AXES = {
    "tie": ("ties", ("power", "republic", "channel")),
    "interest": ("interests", ("power", "republic", "channel")),
    "supply": ("supply", ("power", "channel")),
    "relation": ("relations", ("power", "power")),
    "budget": ("ln_means", ("power",)),
    "need": ("needs", ("power", "republic", "channel")),
    "stance": ("stance", ("power", "republic")),
    "threat": ("threat", ("republic",)),
}


def _record(
    larger: Inputs, trail: Trail, kind: str, cells: Iterable[tuple[str, ...]], given: Any
) -> None:
    """Record in the trail where each value comes from; all of them are assumptions."""
    field, axes = _AXES[kind]
    array: FloatArray = getattr(larger, field)
    how = "the scenario's cast" if given else "the scenario's cast, assumed where it does not say"
    for names in cells:
        place = tuple(larger.cast.index(axis, name) for axis, name in zip(axes, names, strict=True))
        value = array[place]
        coded = float(value[-1] if np.ndim(value) else value)
        trail[kind, *names] = [CodedValue(coded, (), "assumption", how)]
