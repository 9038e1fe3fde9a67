"""The conclusions under the full model and under structural variants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.conclusions import CONCLUSIONS
from steppe.experiments.calibration.importance_weights import ImportanceWeights, weigh_draws
from steppe.experiments.calibration.prior_draws import SimulatedDraws, Simulator
from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.array_types import FloatArray


def evaluate_conclusions(
    plan: CalibrationPlan,
    draws: SimulatedDraws,
    weights: ImportanceWeights,
    simulator: Simulator,
) -> pd.DataFrame:
    """Probability of each conclusion under the model, its prior, and each variant, recalibrated."""
    table: dict[str, Any] = {
        "conclusion": [conclusion.name for conclusion in CONCLUSIONS],
        "says": [conclusion.says for conclusion in CONCLUSIONS],
        "full model": _probabilities(plan, draws, weights.weight),
        "prior": _probabilities(plan, draws, draws.uniform_weight),
    }
    for variant in VARIANTS:
        history = (
            plan.history if variant.events else replace(plan.history, events={}, own_events=())
        )
        variant_plan = replace(plan, history=history, variant=variant)
        variant_draws = simulator.simulate(variant_plan, variant.name)
        weight = weigh_draws(variant_plan, variant_draws).weight
        table[variant.name] = _probabilities(variant_plan, variant_draws, weight)
    return pd.DataFrame(table)


def _probabilities(plan: CalibrationPlan, draws: SimulatedDraws, weight: FloatArray) -> FloatArray:
    """Weight of the draws in which each unweighted target holds, (targets,)."""
    probability: FloatArray = (draws.margin[len(plan.targets) :] > 0) @ weight
    return probability
