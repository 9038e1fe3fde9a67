"""The model with coded inputs and event magnitudes that differ between members.

Coding uncertainty is a simple assumption made here: each kind of input has one number per
member, from 0 for the first coding of the claims to 1 for the second, with the value of the
model at one half; cells without a claim are multiplied by one number per kind. The strength of
an event multiplies its shocks, bases, means, reroutes and tolerances; memberships, relations,
interests and needs change or do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray
from steppe.model.core.cast import default_cast
from steppe.model.evidence import codings as blind_codings
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import DATED, Inputs, code_inputs
from steppe.model.forcing.compositions import StanceTowards
from steppe.model.forcing.forcing import Forcing, binding_changes, spell_start
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.composed_effects import Blockade
from steppe.model.scenario.effect_schema import Base, Budget, Reroute, Shock, Tolerance
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
SCALED_EFFECTS = (Shock, Base, Budget, Reroute, Tolerance, Blockade, StanceTowards)
NEUTRAL = 0.5


@dataclass(frozen=True)
class Codings:
    """Inputs from the first and from the second coding alone.

    `twice` of the `claims` with a level have one from each coder.
    """

    first: Inputs
    second: Inputs
    twice: int
    claims: int

    def extended_to(self, scenario: Scenario) -> Codings:
        """The same with the added actors of a scenario."""
        return replace(
            self,
            first=extend_inputs(scenario, self.first),
            second=extend_inputs(scenario, self.second),
        )


@lru_cache(maxsize=4)
def load_codings(folder: Path | None = None) -> Codings:
    """Load both codings of the shipped claims and a user's own.

    A claim of whose kind only one coder spoke, or none, has its level in use in both.
    """
    evidence = load_evidence(folder)
    codings = blind_codings.load_codings()
    levels = {claim.id: codings.levels(claim) for claim in evidence.claims}
    first_inputs, second_inputs = (
        code_inputs(
            replace(
                evidence,
                claims=tuple(
                    claim.model_copy(update={"level": levels[claim.id][which]})
                    if None not in levels[claim.id]
                    else claim
                    for claim in evidence.claims
                ),
            ),
            default_cast(),
        )
        for which in (0, 1)
    )
    return Codings(
        first_inputs,
        second_inputs,
        sum(None not in pair for pair in levels.values()),
        sum(claim.level is not None for claim in evidence.claims),
    )


@dataclass(frozen=True)
class Variation:
    """Numbers per member, (m,): `coding` and `assumed` by kind of input, `strength` by event.

    `coding` interpolates between `codings`, which it requires.
    """

    coding: Mapping[str, FloatArray] = field(default_factory=dict)
    assumed: Mapping[str, FloatArray] = field(default_factory=dict)
    strength: Mapping[str, FloatArray] = field(default_factory=dict)
    codings: Codings | None = None

    @property
    def is_active(self) -> bool:
        """True if anything is varied."""
        return bool(self.coding or self.assumed or self.strength)


class VariedForcing(Forcing):
    """Forcing whose coded inputs and strengths of events differ between members."""

    def __init__(self, variation: Variation, *arguments: Any) -> None:
        self._variation = variation
        # by name, each with the quarter since which it holds
        self._latest: dict[str, tuple[int, FloatArray]] = {}
        self._varied_bindings: dict[int, Mapping[str, FloatArray]] = {}
        super().__init__(*arguments)

    def coded(self, name: str, quarter: int) -> FloatArray:
        since = self.spell_start(name, quarter)
        if self._latest.get(name, (-1,))[0] != since:
            self._latest[name] = (since, self._varied(name, quarter))
        return self._latest[name][1]

    def spell_start(self, name: str, quarter: int) -> int:
        """The quarter since which neither the input nor one of its codings has changed."""
        since = super().spell_start(name, quarter)
        if KIND_OF_INPUT.get(name) not in self._variation.coding:
            return since
        return max(since, *(spell_start(coding, name, quarter) for coding in self._codings()))

    def _varied(self, name: str, quarter: int) -> FloatArray:
        """A coded input between its two codings; the last axis is members."""
        value: FloatArray = super().coded(name, quarter)
        kind = KIND_OF_INPUT.get(name, "")
        low, high = BOUNDS.get(kind, (0.0, 1.0))
        towards, factor = self._variation.coding.get(kind), self._variation.assumed.get(kind)
        if towards is not None:
            first, second = (_input_at(coding, name, quarter) for coding in self._codings())
            value = np.clip(value + (second - first) * (towards - NEUTRAL), low, high)
        if factor is not None:
            value = np.clip(
                np.where(_assumed_cells(self.inputs, kind)[..., None], value * factor, value),
                low,
                high,
            )
        return value

    def _codings(self) -> tuple[Inputs, Inputs]:
        codings = self._variation.codings
        if codings is None:
            raise ValueError("a variation of codings needs the codings")
        return codings.first, codings.second

    def _create_institutions(self) -> None:
        super()._create_institutions()
        if "institution" in self._variation.coding:
            for coding in self._codings():
                self._binding_changes |= binding_changes(coding.institutions)

    def bindings(self, quarter: int) -> Mapping[str, FloatArray]:
        coded = super().bindings(quarter)
        towards = self._variation.coding.get("institution")
        if towards is None:
            return coded
        since = self.bindings_since(quarter)
        if since not in self._varied_bindings:
            first, second = (
                {row.name: row.weight_at(since)[:, None] for row in coding.institutions}
                for coding in self._codings()
            )
            self._varied_bindings[since] = {
                name: np.clip(
                    value + (second.get(name, 0.0) - first.get(name, 0.0)) * (towards - NEUTRAL),
                    0.0,
                    1.0,
                )
                for name, value in coded.items()
            }
        return self._varied_bindings[since]

    def strength(self, name: str, effect: Any, now: BoolArray) -> BoolArray | FloatArray:
        """Scale the strength of an effect; at most all of the effort can be rerouted."""
        strength = self._variation.strength.get(name)
        if strength is None or not isinstance(effect, SCALED_EFFECTS):
            return now
        most = 1.0 / max(effect.share, 1e-9) if isinstance(effect, Reroute) else np.inf
        return np.asarray(now * np.minimum(strength, most))


def _input_at(inputs: Inputs, name: str, quarter: int) -> FloatArray:
    """An input in a quarter, with a last axis for members."""
    value = inputs.at(name, quarter) if name in DATED else getattr(inputs, name)
    return np.asarray(value[..., None])


def _assumed_cells(inputs: Inputs, kind: str) -> BoolArray:
    """Cells of a kind of input, (p, r, c), of which no claim ever speaks."""
    mask = np.zeros(inputs.cast.shape, dtype=bool)
    kinds = ("power", "republic", "channel")
    for (found, *names), coded in inputs.trail.items():
        if found == kind and coded[-1].status == "assumption":
            mask[
                tuple(
                    inputs.cast.index(axis, name) for axis, name in zip(kinds, names, strict=True)
                )
            ] = True
    return mask


def varied_forcing(variation: Variation, scenario: Scenario) -> Callable[..., Forcing]:
    """The argument `forcing` of an InfluenceModel of the scenario."""
    if not variation.is_active:
        return Forcing
    if variation.codings is not None:
        variation = replace(variation, codings=variation.codings.extended_to(scenario))
    return partial(VariedForcing, variation)
