"""What each of the codebook's seven rules does to the results: each taken out in turn.

Run `python -m steppe.experiments.calibration.rules_in_turn --draws 8192`. The same
prior draws are weighted by each variant's likelihood, so that differences are of rules, not of
draws. It is a report on rules that are in, not a way to choose them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.number_text import format_fixed, format_percent, format_signed
from steppe.model.evidence.claim_schema import TOP_LEVEL, Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs_with
from steppe.model.evidence.coding import (
    HISTORY_QUARTERS,
    CodedValue,
    Coder,
    events_on_ties,
)
from steppe.model.scenario.effect_schema import Shock
from steppe.model.scenario.load import Scenario

from .calibration_plan import CalibrationPlan, make_plan
from .conclusions import CONCLUSIONS
from .simulated_draws import log_likelihood_of, simulate_draws
from .unknowns import unknowns_of
from .variants import Variant

AT_ONCE = 1024  # draws simulated together
MEAN_DELTA = 0.3  # of its prior
NAMED_AT_MOST = 2  # republics, under the rule that the particular outranks the general
NAMED_CONCLUSIONS = 2  # in the table
LEAST_MOVE = 0.01  # of a conclusion that the table names
HEAD = """\
| rule taken out | mean change of a share | largest | conclusions most moved |
|---|---|---|---|"""
Cell = tuple[str, str, str]  # power, republic and channel


def _events_in_steps(history: Scenario) -> Scenario:
    """Without rule 1: events on ties add their whole level, in steps of delta, at its mean."""
    level = {claim.event_name: claim.level for claim in events_on_ties(load_evidence())}
    events = {}
    for name, event in history.events.items():
        effects = tuple(_in_steps(effect, level.get(name)) for effect in event.effects)
        events[name] = event.model_copy(update={"effects": effects})
    return replace(history, events=events)


def _in_steps(effect: Any, level: float | None) -> Any:
    if not isinstance(effect, Shock) or effect.shock != "ties" or level is None:
        return effect
    return effect.model_copy(update={"intensity": MEAN_DELTA * level})


class UndatedCoder(Coder):
    """Without rule 2: ties, needs, interests and institutions hold over the whole history."""

    def over_time(
        self, kind: str, until: int = HISTORY_QUARTERS, /, **names: str
    ) -> list[CodedValue]:
        if kind not in ("tie", "need", "interest", "institution"):
            return super().over_time(kind, until, **names)
        coded = self.ordinal(kind, **names)
        return [] if coded is None else [coded]


class LargestCoder(Coder):
    """Without rule 3: the largest matter is the value of a tie, need, interest or supply."""

    def average(self, matters: Mapping[str, Sequence[Claim]], since: int = 0) -> CodedValue | None:
        claims = [claim for group in matters.values() for claim in group]
        if not claims or claims[0].kind in ("relation", "stance"):
            return super().average(matters, since)
        groups = {name: group for name, group in matters.items() if group}
        best = max(groups, key=lambda name: self.matter_level(groups[name], since))
        return super().average({best: matters[best]}, since)


class ParticularCoder(Coder):
    """Without rule 4: claims that name at most two republics outrank all others."""

    def average(self, matters: Mapping[str, Sequence[Claim]], since: int = 0) -> CodedValue | None:
        few = {
            name: [claim for claim in group if 0 < len(claim.republics) <= NAMED_AT_MOST]
            for name, group in matters.items()
        }
        return super().average(few if any(few.values()) else matters, since)


class BodiesApartCoder(Coder):
    """Without rule 5: every matter of an institution binds as a body of its own."""

    def average(self, matters: Mapping[str, Sequence[Claim]], since: int = 0) -> CodedValue | None:
        coded = super().average(matters, since)
        if coded is None or not any(
            claim.kind == "institution" for group in matters.values() for claim in group
        ):
            return coded
        levels = [self.matter_level(group, since) for group in matters.values() if group]
        unbound = np.prod([1.0 - level / TOP_LEVEL for level in levels])
        return replace(coded, value=round(float(1.0 - unbound), 9))


@dataclass(frozen=True)
class Rule:
    """A rule of the codebook, and how the model is without it."""

    number: int
    says: str
    coder: type[Coder] = Coder
    change_history: Callable[[Scenario], Scenario] = lambda history: history
    change: Callable[[Evidence], Evidence] = lambda evidence: evidence
    adjust: Callable[[Inputs], Inputs] = lambda inputs: inputs


def _wants_as_needs(evidence: Evidence) -> Evidence:
    """Without rule 6: wants of named powers are needs that any power may meet."""
    claims = tuple(
        claim.model_copy(update={"kind": "need", "powers": (), "want": None})
        if claim.want is not None and claim.use == "input"
        else claim
        for claim in evidence.claims
    )
    return replace(evidence, claims=claims)


def _supply_of_rivals(inputs: Inputs) -> Inputs:
    """Without rule 7: an unknown supply is the mean of what the other powers offer."""
    cast, supply = inputs.cast, inputs.supply.copy()
    unknown = np.array(
        [
            [
                inputs.trail["supply", power, channel][-1].status == "assumption"
                for channel in cast.channel_names
            ]
            for power in cast.power_names
        ]
    )
    for power, channel in np.argwhere(unknown):
        known = ~unknown[:, channel]
        if known.any():
            supply[power, channel] = inputs.supply[known, channel].mean(axis=0)
    return replace(inputs, supply=supply)


RULES = (
    Rule(1, "one scale for a tie", change_history=_events_in_steps),
    Rule(2, "claims hold from their date", UndatedCoder),
    Rule(3, "matters are averaged", LargestCoder),
    Rule(4, "particular beside general", ParticularCoder),
    Rule(5, "one body", BodiesApartCoder),
    Rule(6, "a want of a named power is a tie", change=_wants_as_needs),
    Rule(7, "silence in supply", adjust=_supply_of_rivals),
)


@dataclass(frozen=True)
class RuleEffect:
    """What taking out a rule does to the posterior.

    cells : change of a power's mean share in 2019, by power, republic and channel.
    conclusions : probability with all rules and without this one, by name.
    """

    rule: Rule
    cells: dict[Cell, float]
    conclusions: dict[str, tuple[float, float]]


def compare_rules(draws: int, seed: int) -> list[RuleEffect]:
    """Weigh prior draws without each rule in turn, the same draws each time, and compare."""
    cast = default_cast()
    plan = make_plan(None, seed, draws)
    full = _posterior_means(plan, draws)
    return [
        _effect(rule, full, _posterior_means(plan_without(rule, plan, cast), draws), cast)
        for rule in RULES
    ]


def plan_without(rule: Rule, plan: CalibrationPlan, cast: Cast) -> CalibrationPlan:
    """The plan without a rule."""
    return replace(
        plan,
        history=rule.change_history(plan.history),
        inputs=rule.adjust(code_inputs_with(rule.coder(rule.change(load_evidence())), cast)),
        variant=Variant(f"without-rule-{rule.number}", rule.says),
    )


def _posterior_means(plan: CalibrationPlan, draws: int) -> FloatArray:
    """The probability of each conclusion, then the mean share of 2019 in each cell, (rows,)."""
    unknowns = unknowns_of(plan)
    normals = np.random.default_rng(plan.seed).standard_normal((unknowns.size, draws))
    normals = normals[:, unknowns.admissible(unknowns.table(normals))]
    parts = [
        _weighted_sums(plan, normals[:, first : first + AT_ONCE])
        for first in range(0, normals.shape[1], AT_ONCE)
    ]
    sums = np.sum(parts, axis=0)
    means: FloatArray = sums[1:] / sums[0]
    return means


def _weighted_sums(plan: CalibrationPlan, normals: FloatArray) -> FloatArray:
    """The sum of the likelihoods of draws, then that of each row with them as weights."""
    draws, count = simulate_draws(plan, normals), len(plan.targets)
    weight = np.exp(log_likelihood_of(plan, (draws.margin + draws.tilt)[:count]))
    shares = draws.last_share.reshape(-1, draws.size)
    sums: FloatArray = np.r_[weight.sum(), (draws.margin[count:] > 0) @ weight, shares @ weight]
    return sums


def _effect(rule: Rule, full: FloatArray, found: FloatArray, cast: Cast) -> RuleEffect:
    count = len(CONCLUSIONS)
    names = [conclusion.name for conclusion in CONCLUSIONS]
    cells = product(cast.power_names, cast.republic_names, cast.channel_names)
    changes = (found - full)[count:].tolist()
    pairs = zip(full[:count].tolist(), found[:count].tolist(), strict=True)
    return RuleEffect(
        rule, dict(zip(cells, changes, strict=True)), dict(zip(names, pairs, strict=True))
    )


def format_row(effect: RuleEffect) -> str:
    """An effect as a row of the table in MODEL.md."""
    cell, change = max(effect.cells.items(), key=lambda item: abs(item[1]))
    pairs = sorted(effect.conclusions.items(), key=lambda item: -abs(item[1][1] - item[1][0]))
    moved = [
        f"{name} {format_percent(before)} to {format_percent(after)}"
        for name, (before, after) in pairs[:NAMED_CONCLUSIONS]
        if abs(after - before) >= LEAST_MOVE
    ]
    texts = (
        f"{effect.rule.number}. {effect.rule.says}",
        format_fixed(float(np.mean(np.abs(list(effect.cells.values())))), 3),
        f"{', '.join(cell)} {format_signed(change, 3)}",
        "; ".join(moved) or f"none by {format_percent(LEAST_MOVE)}",
    )
    return f"| {' | '.join(texts)} |"


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8192)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    effects = compare_rules(chosen.draws, chosen.seed)
    print(HEAD, *map(format_row, effects), sep="\n")


if __name__ == "__main__":
    main()
