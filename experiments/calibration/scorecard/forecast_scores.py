"""Scores of forecasts of targets, by draws or by a coin, and how sure a difference of scores is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t

from steppe.experiments.calibration.likelihood import log_likelihoods, targets_met
from steppe.experiments.calibration.targets import Target
from steppe.model.core.array_types import FloatArray

COIN = 0.5
INTERVAL = 0.9  # probability of an interval


def log_scores(
    targets: Sequence[Target], margin: FloatArray, *, banded: bool = False
) -> FloatArray:
    """ln of the probability (or density) that draws give each target, (targets,), in nats.

    Parameters
    ----------
    margin : (targets, m), with slants. banded : true to let bands end, so that overshoot costs.
    """
    likelihood = np.exp(log_likelihoods(targets, margin, banded=banded))
    scores: FloatArray = np.log(likelihood.mean(axis=1))
    return scores


def coin_scores(targets: Sequence[Target]) -> FloatArray:
    """The same for a coin on ordinal targets and a uniform level on numeric ones."""
    return np.array([0.0 if target.is_numeric else np.log(COIN) for target in targets])


def paired_interval(differences: FloatArray) -> tuple[float, float]:
    """90% interval of the mean of paired differences (targets,); nan for fewer than two."""
    count = len(differences)
    if count < 2:
        return float("nan"), float("nan")
    error = differences.std(ddof=1) / np.sqrt(count)
    reach = float(student_t.ppf((1 + INTERVAL) / 2, count - 1) * error)
    mean = float(differences.mean())
    return mean - reach, mean + reach


def ordinal_hits(targets: Sequence[Target], margin: FloatArray) -> FloatArray:
    """1 for each ordinal target more likely met than not, else 0; nan for numeric ones."""
    met = targets_met(targets, margin).mean(axis=1) > 0.5
    return np.array(
        [
            np.nan if target.is_numeric else float(hit)
            for target, hit in zip(targets, met, strict=True)
        ]
    )


def band_hits(targets: Sequence[Target], margin: FloatArray, probability: float) -> FloatArray:
    """1 for each numeric target whose figure the central band contains, else 0; nan for ordinal.

    Parameters
    ----------
    probability : of the band, in (0, 1).
    """
    tails = ((1 - probability) / 2, (1 + probability) / 2)
    hits = []
    for target, level in zip(targets, margin, strict=True):
        if not target.is_numeric:
            hits.append(np.nan)
            continue
        low, high = np.quantile(level, tails)
        hits.append(float(low <= target.figure <= high))
    return np.array(hits)
