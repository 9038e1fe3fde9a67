"""Slants: how each document sees each power larger or smaller than it is.

A document has one slant per power for levels and one for changes, in logarithms. They move the
margins of its claims together, so that many claims of one voice count for little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.evidence.expectations import Quantity

from .targets import NO_DOCUMENT, Target

SLANT_SCALE = 0.3  # standard deviation of a slant, in logarithms of shares; an assumption
KINDS = ("levels", "changes")


@dataclass(frozen=True)
class Slant:
    """What one document makes of one power, in levels or in changes."""

    document: str
    power: str
    kind: str

    @property
    def label(self) -> str:
        """The slant in tables: `eprs-2016: Russia, levels`."""
        return f"{self.document}: {self.power}, {self.kind}"


def slants_of(targets: Sequence[Target], cast: Cast) -> tuple[Slant, ...]:
    """The slants that move a margin of these targets, in the order of the targets."""
    found: dict[Slant, None] = {}
    for target in targets:
        found.update(dict.fromkeys(_effects(target, cast)))
    return tuple(found)


def slant_effects(targets: Sequence[Target], slants: Sequence[Slant], cast: Cast) -> FloatArray:
    """How far each slant moves the margin of each target, (targets, slants)."""
    effects = np.zeros((len(targets), len(slants)))
    column = {slant: place for place, slant in enumerate(slants)}
    for row, target in enumerate(targets):
        for slant, effect in _effects(target, cast).items():
            effects[row, column[slant]] = effect
    return effects


def _effects(target: Target, cast: Cast) -> dict[Slant, float]:
    """Slants that move a target's margin, and how far; none for figures or within one power."""
    expect = target.expect
    more, less = expect.more, expect.less
    if more is None or less is None or target.document == NO_DOCUMENT:
        return {}
    if expect.is_move:
        return _of_powers(target, "changes", _powers(more, None, cast), more.against or ())
    if less.powers in (None, more.powers):
        return {}
    return _of_powers(target, "levels", _powers(more, None, cast), _powers(less, more, cast))


def _of_powers(
    target: Target, kind: str, up: Sequence[str], down: Sequence[str]
) -> dict[Slant, float]:
    effects: dict[Slant, float] = {}
    for powers, sign in ((up, 1.0), (down, -1.0)):
        for power in powers:
            slant = Slant(target.document, power, kind)
            effects[slant] = effects.get(slant, 0.0) + sign / len(powers)
    return {slant: effect for slant, effect in effects.items() if effect}


def _powers(quantity: Quantity, against: Quantity | None, cast: Cast) -> tuple[str, ...]:
    """The powers of a quantity by name; none for autonomy."""
    if quantity.powers == "autonomy":
        return ()
    if quantity.powers == "others":
        named = against.powers if against is not None else ()
        return tuple(name for name in cast.power_names if name not in named)
    return tuple(quantity.powers)
