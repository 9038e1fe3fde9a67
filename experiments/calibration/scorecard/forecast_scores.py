"""How forecasts score: the model's posterior and prior, persistence, and a coin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steppe.experiments.calibration.likelihood import linked, log_likelihoods
from steppe.experiments.calibration.targets import Target

COIN = 0.5


def log_score(
    targets: Sequence[Target], margin: np.ndarray, offsets: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """ln of the probability (or density) that weighted members give to each target, (targets,), in nats.

    Parameters
    ----------
    margin, offsets : (targets, m). weight : (m,), sums to 1.
    """
    likelihood = np.exp(log_likelihoods(targets, margin, offsets))
    return np.log(likelihood @ weight)


def coin_score(targets: Sequence[Target]) -> np.ndarray:
    """The same for a coin on ordinal targets, and for any level being equally likely on numeric ones."""
    return np.array([0.0 if target.numeric else np.log(COIN) for target in targets])


def right(targets: Sequence[Target], margin: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Whether each ordinal target is more likely met than not; numeric ones are not counted (nan)."""
    met = (margin > 0) @ weight > 0.5
    return np.array(
        [np.nan if target.numeric else float(hit) for target, hit in zip(targets, met, strict=True)]
    )


def covered(
    targets: Sequence[Target],
    margin: np.ndarray,
    offsets: np.ndarray,
    weight: np.ndarray,
    probability: float,
) -> np.ndarray:
    """Whether the central band of so much probability holds the figure of each numeric target; ordinal ones are nan."""
    from steppe.experiments.calibration.fit_diagnostics import weighted_quantiles

    tails = ((1 - probability) / 2, (1 + probability) / 2)
    rows = []
    for target, level, offset in zip(targets, margin, offsets, strict=True):
        if not target.numeric:
            rows.append(np.nan)
            continue
        low, high = weighted_quantiles(
            linked(level, offset) if target.traded else level, weight, tails
        )
        rows.append(float(low <= target.expect.figure <= high))
    return np.array(rows)
