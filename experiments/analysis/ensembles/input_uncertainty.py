"""The model with coded inputs and event magnitudes that differ between members.

Coding uncertainty is an assumption of this file, and a simple one: each kind of input has
one number per member, 0 for what the first coding of the claims gives, 1 for what the
second gives, one half for the model's own value; cells that rest on no claim are
multiplied by one number per kind. An event's strength multiplies its shocks, bases, means,
reroutes and tolerances; memberships, relations, interests and needs happen or do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import DATED, Inputs, code_inputs
from steppe.model.forcing.forcing import Forcing
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.effect_models import Base, Budget, Reroute, Shock, Tolerance
from steppe.model.scenario.load import Scenario

INPUT_OF_KIND = {
    "tie": "ties",
    "interest": "interests",
    "need": "needs",
    "supply": "supply",
    "relation": "relations",
    "stance": "tolerance_offset",
    "budget": "ln_means",
    "institution": "institutions",
}
KIND_OF_INPUT = {name: kind for kind, name in INPUT_OF_KIND.items()}
BOUNDS = {
    "relation": (-1.0, 1.0),
    "stance": (-1.0, 1.0),
    "budget": (-np.inf, np.inf),
}  # others lie between 0 and 1
KINDS_WITH_ASSUMPTIONS = ("tie", "interest", "need")
SCALED_EFFECTS = (Shock, Base, Budget, Reroute, Tolerance)
NEUTRAL = 0.5


@dataclass(frozen=True)
class Codings:
    """Inputs as the first coding alone gives them, and as the second does; how many of the claims were coded twice."""

    first: Inputs
    second: Inputs
    twice: int
    claims: int

    def extended_to(self, scenario: Scenario) -> Codings:
        """The same for a scenario that brings actors of its own."""
        return replace(
            self,
            first=extend_inputs(scenario, self.first),
            second=extend_inputs(scenario, self.second),
        )


@lru_cache(maxsize=4)
def load_codings(folder: Path | None = None) -> Codings:
    """The two codings of the shipped claims and of those in a user's folder; a claim coded once has that coding in both."""
    evidence = load_evidence(folder)
    second = tuple(
        claim.model_copy(update={"level": evidence.second_coding.get(claim.id, claim.level)})
        for claim in evidence.claims
    )
    inputs = (
        code_inputs(replace(evidence, claims=claims, second_coding={}), default_cast())
        for claims in (evidence.claims, second)
    )
    return Codings(
        *inputs,
        sum(claim.id in evidence.second_coding for claim in evidence.claims),
        len(evidence.claims),
    )


@dataclass(frozen=True)
class Variation:
    """Numbers per member, (m,): `coding` and `assumed` by kind of input, `strength` by event.

    `codings` are those between which `coding` moves; there must be some where it is not empty.
    """

    coding: Mapping[str, np.ndarray] = field(default_factory=dict)
    assumed: Mapping[str, np.ndarray] = field(default_factory=dict)
    strength: Mapping[str, np.ndarray] = field(default_factory=dict)
    codings: Codings | None = None

    @property
    def is_active(self) -> bool:
        """Whether anything is varied at all."""
        return bool(self.coding or self.assumed or self.strength)


class VariedForcing(Forcing):
    """Forcing whose coded values and events' strengths have a member axis."""

    def __init__(self, variation: Variation, *given):
        self._variation = variation
        self._lasting: dict[str, np.ndarray] = {}  # inputs without dates, which stay as they are
        super().__init__(*given)

    def coded(self, name: str, quarter: int) -> np.ndarray:
        if name in DATED:
            return self._varied(name, quarter)
        if name not in self._lasting:
            self._lasting[name] = self._varied(name, quarter)
        return self._lasting[name]

    def _varied(self, name: str, quarter: int) -> np.ndarray:
        """A coded input, its last axis being members, between what the two codings give."""
        value, kind = super().coded(name, quarter), KIND_OF_INPUT.get(name)
        low, high = BOUNDS.get(kind, (0.0, 1.0))
        towards, factor = self._variation.coding.get(kind), self._variation.assumed.get(kind)
        if towards is not None:
            first, second = (
                _input_at(coding, name, quarter)
                for coding in (self._variation.codings.first, self._variation.codings.second)
            )
            value = np.clip(value + (second - first) * (towards - NEUTRAL), low, high)
        if factor is not None:
            value = np.clip(
                np.where(_assumed_cells(self.inputs, kind)[..., None], value * factor, value),
                low,
                high,
            )
        return value

    def binding(self, institution: str) -> float | np.ndarray:
        towards, value = self._variation.coding.get("institution"), super().binding(institution)
        if towards is None:
            return value
        first, second = (
            {row.name: row.weight for row in coding.institutions}.get(institution, 0.0)
            for coding in (self._variation.codings.first, self._variation.codings.second)
        )
        return np.clip(value + (second - first) * (towards - NEUTRAL), 0.0, 1.0)

    def strength(self, name: str, effect, now: np.ndarray) -> np.ndarray:
        """Where an effect acts, and how strongly; more than the whole effort cannot be rerouted."""
        strength = self._variation.strength.get(name)
        if strength is None or not isinstance(effect, SCALED_EFFECTS):
            return now
        most = 1.0 / max(effect.share, 1e-9) if isinstance(effect, Reroute) else np.inf
        return now * np.minimum(strength, most)


def _input_at(inputs: Inputs, name: str, quarter: int) -> np.ndarray:
    return (inputs.at(name, quarter) if name in DATED else getattr(inputs, name))[..., None]


def _assumed_cells(inputs: Inputs, kind: str) -> np.ndarray:
    """Cells of a kind that rest on no claim."""
    mask = np.zeros(getattr(inputs, INPUT_OF_KIND[kind]).shape, dtype=bool)
    kinds = ("power", "republic", "channel")[-mask.ndim :]
    for (found, *names), coded in inputs.trail.items():
        if found == kind and coded[0].status == "assumption":
            mask[
                tuple(
                    inputs.cast.index(axis, name) for axis, name in zip(kinds, names, strict=True)
                )
            ] = True
    return mask


def varied_forcing(variation: Variation, scenario: Scenario) -> Callable[..., Forcing]:
    """What an InfluenceModel of the scenario is to be given as its `forcing`; the plain one where nothing is varied."""
    if not variation.is_active:
        return Forcing
    codings = variation.codings and variation.codings.extended_to(scenario)
    return partial(VariedForcing, replace(variation, codings=codings))
