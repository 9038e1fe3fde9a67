"""The conclusions under the full model and under structural variants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from steppe.experiments.calibration.conclusions import CONCLUSIONS
from steppe.experiments.calibration.fit import Fit, Sampler
from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.simulated_draws import (
    SimulatedDraws,
    channel_average,
    simulate_years,
)
from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.array_types import FloatArray


def evaluate_conclusions(fit: Fit, sampler: Sampler) -> pd.DataFrame:
    """Probability of each conclusion under the model, its prior, and each variant, recalibrated."""
    plan = fit.plan
    table: dict[str, Any] = {
        "conclusion": [conclusion.name for conclusion in CONCLUSIONS],
        "says": [conclusion.says for conclusion in CONCLUSIONS],
        "full model": _probabilities(fit, fit.posterior),
        "prior": _probabilities(fit, fit.prior),
    }
    for variant in VARIANTS:
        history = (
            plan.history if variant.events else replace(plan.history, events={}, own_events=())
        )
        changed = sampler.fit(replace(plan, history=history, variant=variant), variant.name)
        table[variant.name] = _probabilities(changed, changed.posterior)
    return pd.DataFrame(table)


def _probabilities(fit: Fit, draws: SimulatedDraws) -> FloatArray:
    """Part of the draws in which each unweighted target holds, (targets,).

    With noise, as in runs: what must hold in every republic seldom does in all at once.
    """
    plan = fit.plan
    means = simulate_years(plan, draws.table, draws.dates, noise=True)
    margin = target_margins(plan.unweighted_targets, means, plan.inputs.cast, channel_average(plan))
    probability: FloatArray = (margin > 0).mean(axis=1)
    return probability
