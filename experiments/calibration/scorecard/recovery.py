"""Recovery: does calibration on simulated documents find the parameters that produced them?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.likelihood import ordinal_likelihood
from steppe.experiments.calibration.prior_draws import SimulatedDraws
from steppe.model.core.array_types import BoolArray, FloatArray

RANK_BINS = 10


def check_recovery(
    plan: CalibrationPlan, draws: SimulatedDraws, truths: int, seed: int
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """Calibrate on simulated documents, each made from one draw, which is left out.

    A simulated document says of each ordinal target that it holds or that the opposite
    holds, with the probabilities that the likelihood gives them. Statements are not
    tempered, unlike those of the real documents, so that ranks are uniform if the scheme is
    right, as in simulation-based calibration (Talts et al. 2018).

    Returns
    -------
    A row per parameter and unweighted target: coverage of the 50% and 90% bands and
    correlation of the posterior mean with the truth; and the ranks, (truths,), by name.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, truths]))
    chosen = rng.choice(draws.size, size=truths, replace=False)
    rows = [row for row, target in enumerate(plan.targets) if not target.is_numeric]
    confidence = np.array([plan.targets[row].confidence for row in rows])[:, None]
    says_so = ordinal_likelihood(draws.margin[rows], confidence)
    quantities = _quantities(plan, draws)
    ranks = {name: np.empty(truths) for name in quantities}
    means = {name: np.empty(truths) for name in quantities}
    for number, truth in enumerate(chosen):
        statements = rng.random(len(rows)) < says_so[:, truth]
        weight = _weights_without(truth, statements, says_so)
        for name, values in quantities.items():
            ranks[name][number] = weight @ (values < values[truth])
            means[name][number] = weight @ values
    table = [
        _recovery_row(name, ranks[name], means[name], values[chosen])
        for name, values in quantities.items()
    ]
    return pd.DataFrame(table), ranks


def _quantities(plan: CalibrationPlan, draws: SimulatedDraws) -> dict[str, FloatArray]:
    """What is to be recovered: parameters and margins of unweighted targets, name to (n,)."""
    margins = draws.margin[len(plan.targets) :]
    return draws.table | {
        target.id: margin for target, margin in zip(plan.unweighted_targets, margins, strict=True)
    }


def _weights_without(truth: int, statements: BoolArray, says_so: FloatArray) -> FloatArray:
    """Weights of the draws given statements that one of them made, (n,); 0 for that one."""
    likelihood = np.log(np.where(statements[:, None], says_so, 1.0 - says_so)).sum(axis=0)
    likelihood[truth] = -np.inf
    weight: FloatArray = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    return weight


def _recovery_row(
    name: str, rank: FloatArray, mean: FloatArray, truth: FloatArray
) -> dict[str, Any]:
    histogram, _ = np.histogram(rank, bins=RANK_BINS, range=(0, 1))
    expected = len(rank) / RANK_BINS
    return {
        "quantity": name,
        "covered by 50 %": float((np.abs(rank - 0.5) < 0.25).mean()),
        "covered by 90 %": float((np.abs(rank - 0.5) < 0.45).mean()),
        "correlation with truth": float(np.corrcoef(mean, truth)[0, 1]),
        "uneven ranks (chi-squared over 9)": float(
            ((histogram - expected) ** 2 / expected).sum() / (RANK_BINS - 1)
        ),
    }
