"""The model with coded inputs and event magnitudes that differ between members.

Coding uncertainty is an assumption of this file, and a simple one: each kind of input has
one number per member, 0 for what the first coding of the claims gives, 1 for what the
second gives, one half for the model's own value; cells that rest on no claim are
multiplied by one number per kind. An event's strength multiplies its shocks, bases, means,
reroutes and tolerances; memberships, relations, interests and needs happen or do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from ...model import InfluenceModel, Scenario, default_cast
from ...model.inputs import Inputs
from ...model.effects import APPLY
from ...model.evidence.claims import load_evidence
from ...model.forcing import Forcing
from ...model.inputs import code_inputs
from ...model.scenario.language import Base, Budget, Reroute, Shock, Tolerance
from ...model.weights import Weights

CODED = {"tie": "ties", "interest": "interests", "need": "needs", "supply": "supply", "relation": "relations",
         "stance": "stance", "budget": "ln_means", "institution": "institutions"}
POOLED = ("tie", "interest", "need")
SCALED = (Shock, Base, Budget, Reroute, Tolerance)
AS_CODED = 0.5


@dataclass(frozen=True)
class Variation:
    """Numbers per member, (m,): `coding` and `assumed` by kind of input, `strength` by event."""

    coding: Mapping[str, np.ndarray] = field(default_factory=dict)
    assumed: Mapping[str, np.ndarray] = field(default_factory=dict)
    strength: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything is varied at all."""
        return bool(self.coding or self.assumed or self.strength)


@cache
def codings() -> tuple[Inputs, Inputs]:
    """The inputs as the first coding alone gives them, and as the second does."""
    evidence = load_evidence()
    second = tuple(claim.model_copy(update={"level": evidence.second_coding.get(claim.id, claim.level)})
                   for claim in evidence.claims)
    return tuple(code_inputs(replace(evidence, claims=claims, second_coding={}), default_cast()) for claims in (evidence.claims, second))


class VariedForcing(Forcing):
    """Forcing whose coded values and events' strengths have a member axis."""

    def __init__(self, variation: Variation, inputs: Inputs, *given):
        self._variation = variation
        self._first, self._second = codings() if variation.coding else (inputs, inputs)
        super().__init__(inputs, *given)
        self.interests = self._coded("interest", inputs.interests[..., None], self._first.interests, self._second.interests)
        self.needs = self._coded("need", inputs.needs[..., None], self._first.needs, self._second.needs)
        self.tolerance = self._coded("stance", inputs.tolerance_offset[:, None], self._first.tolerance_offset,
                                     self._second.tolerance_offset, low=-1.0)

    def _coded(self, kind: str, value: np.ndarray, first: np.ndarray, second: np.ndarray, low=0.0, high=1.0) -> np.ndarray:
        """A coded array, its last axis being members, between what the two codings give."""
        towards = self._variation.coding.get(kind)
        if towards is not None:
            value = np.clip(value + (second - first)[..., None] * (towards - AS_CODED), low, high)
        factor = self._variation.assumed.get(kind)
        if factor is not None:
            value = np.clip(np.where(_pooled(self.inputs, kind)[..., None], value * factor, value), low, high)
        return value.copy()

    def _at(self, kind: str, quarter: int, low=0.0, high=1.0) -> np.ndarray:
        name = CODED[kind]
        return self._coded(kind, self.inputs.at(name, quarter)[..., None], self._first.at(name, quarter),
                           self._second.at(name, quarter), low, high)

    def _shocked(self, name: str, coded: np.ndarray) -> np.ndarray:
        if name == "ties":
            coded = self._coded("tie", coded[..., None], self._first.ties, self._second.ties)
        elif name == "supply":
            coded = self._at("supply", self._now)
        else:
            return super()._shocked(name, coded)
        return np.clip(coded + self.delta * (self.fading[name] + self.lasting[name]), 0.0, 1.0)

    def _set_quarter(self, quarter: int) -> None:
        self._now = quarter
        super()._set_quarter(quarter)
        self.relations = np.clip(self._at("relation", quarter, -1.0) + self.relation_shift, -1.0, 1.0)
        self.ln_means = self._at("budget", quarter, -np.inf, np.inf) + self.means_shift

    def relation_now(self, power: int, other: int) -> np.ndarray:
        return self._at("relation", self.quarter, -1.0)[power, other] + self.relation_shift[power, other]

    def _membership(self) -> np.ndarray:
        towards = self._variation.coding.get("institution")
        if towards is None:
            return super()._membership()
        weights = [{row.name: row.weight for row in coded.institutions} for coded in (self._first, self._second)]
        outside = np.ones((*self.inputs.cast.shape, len(towards)))
        for name, row in self.institutions.items():
            apart = weights[1].get(name, 0.0) - weights[0].get(name, 0.0)
            weight = np.clip(row.weight + apart * (towards - AS_CODED), 0.0, 1.0)
            for channel in row.channels:
                outside[:, :, channel] *= 1.0 - weight * row.sponsors[:, None, None] * self.members[name]
        return 1.0 - outside

    def _apply(self, name: str, quarter: int) -> None:
        strength = self._variation.strength.get(name)
        if strength is None:
            super()._apply(name, quarter)
            return
        age = quarter - self.starts[name]
        for effect in self.events[name].effects:
            now = (age >= 0) & (age < getattr(effect, "over", 1))
            if now.any():
                APPLY[type(effect)](self, effect, _scaled(effect, now, strength), age)


def _scaled(effect, now: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Where an effect acts, and how strongly; more than the whole effort cannot be rerouted."""
    if not isinstance(effect, SCALED):
        return now
    most = 1.0 / max(effect.share, 1e-9) if isinstance(effect, Reroute) else np.inf
    return now * np.minimum(strength, most)


def _pooled(inputs: Inputs, kind: str) -> np.ndarray:
    """Cells of a kind that rest on no claim."""
    mask = np.zeros(getattr(inputs, CODED[kind]).shape, dtype=bool)
    kinds = ("power", "republic", "channel")[-mask.ndim:]
    for (found, *names), coded in inputs.trail.items():
        if found == kind and coded[0].status == "assumption":
            mask[tuple(inputs.cast.index(axis, name) for axis, name in zip(kinds, names, strict=True))] = True
    return mask


class VariedModel(InfluenceModel):
    """An InfluenceModel whose forcing varies between members; the start is made with it too."""

    def __init__(self, variation: Variation, scenario: Scenario, members: np.ndarray, seed: int, *,
                 weights: Weights | None = None, **keys):
        self._variation, self._dated_by, self._drawn_from = variation, weights, seed
        super().__init__(scenario, members, seed, weights=weights, **keys)

    def _inherit(self) -> None:
        variation = self._variation
        if variation.any:
            dates = self._dated_by.dates_of(self.member_numbers) if self._dated_by else None
            self.forcing = VariedForcing(variation, self.inputs, self.scenario.events, self.parameters.delta,
                                         self._drawn_from, self.member_numbers, dates)
        super()._inherit()
