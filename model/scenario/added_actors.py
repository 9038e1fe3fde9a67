"""Coded inputs for a larger cast: rows that a scenario gives, and stated assumptions for the rest.

The assumptions are the codebook's own for cells of which no claim speaks: a tie of an
added power is 0.15, its interests and supplies one third, its relations indifferent, its
means those of the first power in 2000. An added republic has half of each power's mean
tie elsewhere, each power's mean interest, and the mean need and stance of the others. It
knows no threat until an event brings one, and belongs to no organisation until it joins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.evidence.coding import TOP_LEVEL, UNEVIDENCED, UNEVIDENCED_TIE, CodedValue

from .cast_models import AddedPower, AddedRepublic

if TYPE_CHECKING:
    from steppe.model.evidence.coded_inputs import Inputs

    from .load import Scenario


def extend_inputs(scenario: Scenario, inputs: Inputs) -> Inputs:
    """The inputs with a row for every actor that the scenario adds; the same object where it adds none."""
    missing = {name: row for name, row in scenario.added.items() if name not in _names(inputs, row)}
    if not missing:
        return inputs
    base = inputs.cast.shape
    cast = scenario.cast
    trail = dict(inputs.trail)
    larger = replace(
        inputs,
        cast=cast,
        trail=trail,
        ties=_grown(inputs.ties, cast.shape, UNEVIDENCED_TIE),
        interests=_grown(inputs.interests, cast.shape, UNEVIDENCED),
        needs=_grown(inputs.needs, cast.shape[1:], np.nan),
        stance=_grown(inputs.stance, cast.shape[1:2], float(inputs.stance.mean())),
        supply=_grown(inputs.supply, (cast.shape[0], cast.shape[2]), UNEVIDENCED),
        relations=_grown(inputs.relations, (cast.shape[0],) * 2, 0.0),
        ln_means=_grown(inputs.ln_means, cast.shape[:1], 0.0),
        threat=_grown(inputs.threat, cast.shape[1:2], 0.0),
        institutions=tuple(
            replace(
                row,
                sponsors=_grown(row.sponsors, cast.shape[:1], 0.0),
                members=_grown(row.members, cast.shape[1:2], 0.0),
            )
            for row in inputs.institutions
        ),
    )
    _assume_of_republics(larger, inputs, base)
    for name, row in missing.items():
        (_place_power if isinstance(row, AddedPower) else _place_republic)(larger, name, row)
    return larger


def _names(inputs: Inputs, row: Any) -> tuple[str, ...]:
    return inputs.cast.power_names if isinstance(row, AddedPower) else inputs.cast.republic_names


def _grown(array: np.ndarray, shape: tuple[int, ...], fill: float) -> np.ndarray:
    """The array in the corner of a larger one whose leading axes have this shape."""
    larger = np.full((*shape, *array.shape[len(shape) :]), fill)
    larger[tuple(slice(0, size) for size in array.shape)] = array
    return larger


def _assume_of_republics(larger: Inputs, inputs: Inputs, base: tuple[int, int, int]) -> None:
    """What is assumed of added republics, by the means over the others."""
    powers, republics, _ = base
    larger.ties[:powers, republics:] = inputs.ties.mean(axis=1, keepdims=True) / 2
    larger.interests[:powers, republics:] = inputs.interests.mean(axis=1, keepdims=True)
    larger.needs[republics:] = inputs.needs.mean(axis=0, keepdims=True)


def _place_power(larger: Inputs, name: str, row: AddedPower) -> None:
    power = larger.cast.index("power", name)
    for cell in row.ties:
        larger.ties[np.ix_([power], cell.republic, cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.interests:
        larger.interests[np.ix_([power], cell.republic, cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.supply:
        larger.supply[power, list(cell.channel)] = cell.level / TOP_LEVEL
    for regard in row.relations:
        others = [other for other in regard.power if other != power]
        larger.relations[power, others] = regard.level / TOP_LEVEL
        if regard.mutual:
            larger.relations[others, power] = regard.level / TOP_LEVEL
    larger.ln_means[power] = np.log(row.budget)
    cast = larger.cast
    _note(
        larger,
        "tie",
        (
            (name, republic, channel)
            for republic in cast.republic_names
            for channel in cast.channel_names
        ),
        row.ties,
    )
    _note(
        larger,
        "interest",
        (
            (name, republic, channel)
            for republic in cast.republic_names
            for channel in cast.channel_names
        ),
        row.interests,
    )
    _note(larger, "supply", ((name, channel) for channel in cast.channel_names), row.supply)
    _note(
        larger,
        "relation",
        (
            pair
            for other in cast.power_names
            if other != name
            for pair in ((name, other), (other, name))
        ),
        row.relations,
    )
    _note(larger, "budget", [(name,)], row.budget)


def _place_republic(larger: Inputs, name: str, row: AddedRepublic) -> None:
    republic = larger.cast.index("republic", name)
    for cell in row.ties:
        larger.ties[np.ix_(cell.power, [republic], cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.interests:
        larger.interests[np.ix_(cell.power, [republic], cell.channel)] = cell.level / TOP_LEVEL
    for cell in row.needs:
        larger.needs[republic, list(cell.channel)] = cell.level / TOP_LEVEL
    if row.stance is not None:
        larger.stance[republic] = row.stance / TOP_LEVEL
    cast = larger.cast
    _note(
        larger,
        "tie",
        ((power, name, channel) for power in cast.power_names for channel in cast.channel_names),
        row.ties,
    )
    _note(
        larger,
        "interest",
        ((power, name, channel) for power in cast.power_names for channel in cast.channel_names),
        row.interests,
    )
    _note(larger, "need", ((name, channel) for channel in cast.channel_names), row.needs)
    _note(larger, "stance", [(name,)], row.stance)
    _note(larger, "threat", [(name,)], None)


def _note(larger: Inputs, kind: str, cells: Iterable[tuple[str, ...]], given: Any) -> None:
    """Where each value comes from, as `Inputs.trail` tells it; all of it is somebody's assumption."""
    array = {
        "tie": larger.ties,
        "interest": larger.interests,
        "supply": larger.supply,
        "relation": larger.relations,
        "budget": larger.ln_means,
        "need": larger.needs,
        "stance": larger.stance,
        "threat": larger.threat,
    }[kind]
    axes = {
        "tie": "prc",
        "interest": "prc",
        "supply": "pc",
        "relation": "pp",
        "budget": "p",
        "need": "rc",
        "stance": "r",
        "threat": "r",
    }[kind]
    kinds = {"p": "power", "r": "republic", "c": "channel"}
    how = "the scenario's cast" if given else "the scenario's cast, assumed where it does not say"
    for names in cells:
        place = tuple(
            larger.cast.index(kinds[axis], word) for axis, word in zip(axes, names, strict=True)
        )
        value = array[place]
        larger.trail[kind, *names] = [
            CodedValue(float(value[-1] if np.ndim(value) else value), (), "assumption", how)
        ]
