"""Scores of forecasts of targets, by weighted members or by a coin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steppe.experiments.calibration.importance_weights import weighted_quantiles
from steppe.experiments.calibration.likelihood import log_likelihoods, trade_share
from steppe.experiments.calibration.targets import Target
from steppe.model.core.array_types import FloatArray

COIN = 0.5


def log_scores(
    targets: Sequence[Target], margin: FloatArray, offsets: FloatArray, weight: FloatArray
) -> FloatArray:
    """ln of the probability (or density) that weighted members give each target, (targets,).

    Parameters
    ----------
    margin, offsets : (targets, m). weight : (m,), sums to 1.

    Returns
    -------
    (targets,), in nats.
    """
    likelihood = np.exp(log_likelihoods(targets, margin, offsets))
    scores: FloatArray = np.log(likelihood @ weight)
    return scores


def coin_scores(targets: Sequence[Target]) -> FloatArray:
    """The same for a coin on ordinal targets and a uniform level on numeric ones."""
    return np.array([0.0 if target.is_numeric else np.log(COIN) for target in targets])


def ordinal_hits(targets: Sequence[Target], margin: FloatArray, weight: FloatArray) -> FloatArray:
    """1 for each ordinal target more likely met than not, else 0; nan for numeric ones."""
    met = (margin > 0) @ weight > 0.5
    return np.array(
        [
            np.nan if target.is_numeric else float(hit)
            for target, hit in zip(targets, met, strict=True)
        ]
    )


def band_hits(
    targets: Sequence[Target],
    margin: FloatArray,
    offsets: FloatArray,
    weight: FloatArray,
    probability: float,
) -> FloatArray:
    """1 for each numeric target whose figure the central band contains, else 0; nan for ordinal.

    Parameters
    ----------
    probability : of the band, in (0, 1).
    """
    tails = ((1 - probability) / 2, (1 + probability) / 2)
    hits = []
    for target, level, offset in zip(targets, margin, offsets, strict=True):
        if not target.is_numeric:
            hits.append(np.nan)
            continue
        share = trade_share(level, offset) if target.is_linked else level
        low, high = weighted_quantiles(share, weight, tails)
        hits.append(float(low <= target.figure <= high))
    return np.array(hits)
