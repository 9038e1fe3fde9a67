"""What events on ties do to each cell: they change the level of one matter among the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from .claim_schema import AXES, TOP_LEVEL, Claim
from .claims import Evidence
from .coding import (
    Coder,
    confidence,
    events_on_ties,
    level_in_use,
    mean_over_claims,
    mean_over_matters,
)
from .falls import takes_a_part

Cell = tuple[str, str, str]  # power, republic, channel
LEAST_CHANGE = 5e-4  # levels; below it an event changes nothing


@dataclass(frozen=True)
class TieChange:
    """What an event does to the tie of one cell.

    before, after : level of its matter, from 0 to 3. share : the weight of that matter among those
    of the cell, in [0, 1]. matters : how many these are.
    """

    matter: str
    before: float
    after: float
    share: float
    matters: int

    @property
    def of_cell(self) -> float:
        """By how much the level of the cell changes."""
        return (self.after - self.before) * self.share


TieChanges = dict[str, dict[Cell, TieChange]]
"""What each event on ties changes, by its name and by cell."""


def changes_of_ties(evidence: Evidence) -> TieChanges:
    """What each event on ties changes, by its name and by cell; cells left alone are left out.

    A permanent change is where the next event on the same matter begins; what fades is not.
    """
    coder = Coder(evidence)
    kept: dict[tuple[str, Cell], float] = defaultdict(float)  # permanent changes so far
    found: TieChanges = {}
    for name, claims in _in_order(evidence).items():
        found[name] = {}
        quarter, matter = min(claim.quarters()[0] for claim in claims), claims[0].matter
        powers, republics, channels = (_union(claims, axis) for axis in AXES)
        for cell in product(powers, republics, channels):
            change = _change(claims, coder, cell, quarter, kept[matter, cell])
            if change is not None and abs(change.of_cell) >= LEAST_CHANGE:
                found[name][cell] = change
                if is_lasting(claims):
                    kept[matter, cell] += change.after - change.before
    return found


def is_lasting(claims: Sequence[Claim]) -> bool:
    """Whether what an event changes stays changed."""
    return claims[0].permanent or any(claim.ends for claim in claims)


def _step(claims: Sequence[Claim], before: float) -> float:
    """By how much the level of a matter changes; by a part of it where the text gives the part."""
    if any(claim.ends for claim in claims):
        return -before
    step = mean_over_claims(claims, level_in_use)
    parts = [claim.part_lost for claim in claims if claim.part_lost is not None]
    return max(step, -before * max(parts)) if parts else step


def _in_order(evidence: Evidence) -> dict[str, list[Claim]]:
    events: dict[str, list[Claim]] = defaultdict(list)
    for claim in events_on_ties(evidence):
        events[claim.event_name].append(claim)
    return events


def _union(claims: Sequence[Claim], axis: str) -> list[str]:
    return list(dict.fromkeys(name for claim in claims for name in getattr(claim, axis)))


def _change(
    claims: Sequence[Claim], coder: Coder, cell: Cell, quarter: int, kept: float
) -> TieChange | None:
    """The change of one cell, where earlier events have changed the matter by `kept`.

    None if no claim speaks of the matter there.
    """
    matters = coder.in_force("tie", quarter, dict(zip(AXES, cell, strict=True)))
    group, level = _matter(claims, coder, matters, quarter)
    if not group:
        return None
    before = level + kept
    fall = coder.told_fall(group, claims[0])
    step = _step(claims, before) if fall is None else -fall
    after = float(np.clip(before + step, 0.0, TOP_LEVEL))
    matters = matters | {claims[0].matter: group}
    share = confidence(group) / sum(map(confidence, matters.values()))
    return TieChange(claims[0].matter, before, after, share, len(matters))


def _matter(
    claims: Sequence[Claim], coder: Coder, matters: dict[str, list[Claim]], quarter: int
) -> tuple[list[Claim], float]:
    """The claims on the matter of an event and its level; no claims if nothing can change.

    A part is lost of what the other matters come to, where no claim tells of what it is a part.
    """
    group = matters.get(claims[0].matter)
    if group is not None:
        return group, coder.matter_level(group, quarter)
    if not matters or not any(map(takes_a_part, claims)):
        return [], 0.0
    return list(claims), mean_over_matters(matters.values(), partial(coder.level, quarter=quarter))
