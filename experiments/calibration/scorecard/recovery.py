"""Pseudo-truths: does a calibration on made-up documents find the parameters that made them?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steppe.experiments.calibration.likelihood import ordinal
from steppe.experiments.calibration.prior_draws import Draws, Plan

RANK_BINS = 10


def recover(
    plan: Plan, draws: Draws, truths: int, seed: int
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Calibrate on what made-up documents would say of some draws, leaving each such draw out.

    A made-up document says of each ordinal target that it holds or that the opposite holds,
    with the probability that the likelihood gives to either. Each statement is its own voice
    with full weight where the real documents' would be tempered, so that ranks are uniform if
    the scheme is right.

    Returns
    -------
    A row per parameter and per watched question: coverage of the 50 and 90 % bands and the
    correlation of the posterior mean with the truth; and the ranks, (truths,), by name.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, truths]))
    chosen = rng.choice(draws.size, size=truths, replace=False)
    rows = [row for row, target in enumerate(plan.targets) if not target.numeric]
    confidence = np.array([plan.targets[row].confidence for row in rows])[:, None]
    says_so = ordinal(draws.margin[rows], confidence)
    quantities = draws.table | {
        target.id: draws.margin[len(plan.targets) + row] for row, target in enumerate(plan.watched)
    }
    ranks = {name: np.empty(truths) for name in quantities}
    means = {name: np.empty(truths) for name in quantities}
    for number, truth in enumerate(chosen):
        statement = rng.random(len(rows)) < says_so[:, truth]
        likelihood = np.log(np.where(statement[:, None], says_so, 1.0 - says_so)).sum(axis=0)
        likelihood[truth] = -np.inf
        weight = np.exp(likelihood - likelihood.max())
        weight /= weight.sum()
        for name, values in quantities.items():
            ranks[name][number] = weight @ (values < values[truth])
            means[name][number] = weight @ values
    table = [
        _row(name, ranks[name], means[name], values[chosen]) for name, values in quantities.items()
    ]
    return pd.DataFrame(table), ranks


def _row(name: str, rank: np.ndarray, mean: np.ndarray, truth: np.ndarray) -> dict:
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
