"""What each of the codebook's seven rules does to the results: each taken out in turn.

Run `python -m steppe.experiments.calibration.rules_in_turn --draws 20480`. Every variant is
calibrated anew. It is a report on rules that are in, not a way to choose them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from steppe.experiments.runs.executors import default_jobs
from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.number_text import format_fixed, format_percent, format_signed
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs_with
from steppe.model.evidence.coding import HISTORY_QUARTERS, TOP_LEVEL, CodedValue, Coder
from steppe.model.evidence.expectations import Expectation, Quantity
from steppe.model.scenario.effect_schema import Shock
from steppe.model.scenario.load import Scenario

from .calibration_plan import CalibrationPlan, make_plan
from .conclusions import CONCLUSIONS
from .importance_weights import weigh_draws
from .prior_draws import open_simulator
from .targets import Target
from .variants import Variant

LAST_YEAR = 2019
MEAN_DELTA = 0.3  # of its prior
NAMED_AT_MOST = 2  # republics, under the rule that the particular outranks the general


def _events_in_steps(history: Scenario) -> Scenario:
    """Without rule 1: events on ties, supply and threat count in steps of delta, at its mean."""
    events = {
        name: event.model_copy(update={"effects": tuple(map(_in_steps, event.effects))})
        for name, event in history.events.items()
    }
    return replace(history, events=events)


def _in_steps(effect: Any) -> Any:
    if not isinstance(effect, Shock) or effect.shock == "effort":
        return effect
    return effect.model_copy(update={"intensity": MEAN_DELTA * effect.intensity})


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
        best = max(groups, key=lambda name: self.matter_level(groups[name]))
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
        levels = [self.matter_level(group) for group in matters.values() if group]
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


def cell_targets(cast: Cast) -> tuple[Target, ...]:
    """The share of every power in every cell in 2019, as figures that are not weighted."""
    targets = []
    for power, republic, channel in product(
        cast.power_names, cast.republic_names, cast.channel_names
    ):
        share = Quantity.model_construct(
            powers=(power,),
            republics=(republic,),
            channels=(channel,),
            when=LAST_YEAR,
            take=None,
            against=None,
            among=None,
        )
        expect = Expectation.model_construct(
            reading="figure",
            share=share,
            figure=0.5,
            more=None,
            less=None,
            across="mean",
            quantifier=None,
            link=None,
        )
        targets.append(Target(f"{power} {republic} {channel}", "cells", power, 0.5, expect, ""))
    return tuple(targets)


def plan_without(rule: Rule | None, plan: CalibrationPlan, cast: Cast) -> CalibrationPlan:
    """The plan without a rule, None for the plan with all of them; cells are evaluated too."""
    cells = (*plan.unweighted_targets, *cell_targets(cast))
    if rule is None:
        return replace(plan, unweighted_targets=cells)
    evidence = rule.change(load_evidence())
    inputs = rule.adjust(code_inputs_with(rule.coder(evidence), cast))
    variant = Variant(f"without-rule-{rule.number}", rule.says)
    history = rule.change_history(plan.history)
    return replace(plan, history=history, inputs=inputs, unweighted_targets=cells, variant=variant)


def compare_rules(draws: int, seed: int, jobs: int, folder: Path) -> list[tuple[str, ...]]:
    """A row per rule: mean and largest change of a cell in 2019, and conclusions that change."""
    cast = default_cast()
    plan = make_plan(None, seed, draws)
    count = len(CONCLUSIONS)
    rows, full = [], np.zeros(0)
    with open_simulator(folder, jobs, lambda part, number: None) as simulator:
        for rule in (None, *RULES):
            own = plan_without(rule, plan, cast)
            simulated = simulator.simulate(own, own.variant.name if own.variant else "all rules")
            weight = weigh_draws(own, simulated).weight
            margins = simulated.margin[len(own.targets) :]
            found = np.r_[(margins[:count] > 0) @ weight, margins[count:] @ weight]
            if rule is None:
                full = found
            else:
                rows.append(_row(rule, full, found, count, cast))
    return rows


def _row(
    rule: Rule, full: FloatArray, found: FloatArray, count: int, cast: Cast
) -> tuple[str, ...]:
    change = found - full
    cells, conclusions = change[count:], change[:count]
    largest = int(np.abs(cells).argmax())
    cell = cell_targets(cast)[largest].id
    moved = sorted(range(count), key=lambda row: -abs(conclusions[row]))[:2]
    named = "; ".join(
        f"{CONCLUSIONS[row].name} {format_percent(full[row])} to {format_percent(found[row])}"
        for row in moved
    )
    return (
        f"{rule.number}. {rule.says}",
        format_fixed(float(np.abs(cells).mean()), 3),
        f"{cell} {format_signed(float(cells[largest]), 3)}",
        named,
    )


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20480)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        rows = compare_rules(chosen.draws, chosen.seed, default_jobs(), Path(folder))
    head = ("rule taken out", "mean change of a share in 2019", "largest", "conclusions most moved")
    for cells in (head, ("---",) * len(head), *rows):
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
