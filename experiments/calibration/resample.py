"""Resampling: the posterior sample from weighted draws."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.number_text import format_fixed
from steppe.model.core.version import MODEL_VERSION
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.random_streams import uniforms

from .calibration_plan import CalibrationPlan
from .importance_weights import ImportanceWeights
from .prior_draws import SimulatedDraws

MEMBERS = 1000


def resample_posterior(
    plan: CalibrationPlan,
    draws: SimulatedDraws,
    weights: ImportanceWeights,
    members: int,
    *,
    quick: bool,
) -> PosteriorSample:
    """Draw members from the weighted draws by systematic resampling, in shuffled order."""
    start = float(uniforms(plan.seed, "resampling", ("start",), np.array([0]))[0])
    rows = resample_systematically(weights.weight, members, start)
    shuffle = uniforms(plan.seed, "resampling", ("order",), np.arange(members))
    rows = rows[np.argsort(shuffle, kind="stable")]
    header = {
        "evidence": plan.shipped_evidence_fingerprint,
        "model": MODEL_VERSION,
        "seed": str(plan.seed),
        "prior_draws": str(draws.size),
        "ess": format_fixed(weights.ess, 0),
        "k_hat": format_fixed(weights.k_hat),
        "mode": "quick" if quick else "full",
    }
    return PosteriorSample(
        {label: values[rows] for label, values in draws.table.items()},
        {name: values[rows] for name, values in draws.dates.items()},
        {
            target.id: offsets[rows]
            for target, offsets in zip(plan.targets, weights.offsets, strict=True)
            if target.is_numeric and target.is_linked
        },
        header,
    )


def resample_systematically(weight: FloatArray, count: int, start: float) -> IntArray:
    """Positions drawn in proportion to weight (Kitagawa 1996), (count,).

    Parameters
    ----------
    weight : (n,). start : one uniform number in [0, 1).
    """
    points = (np.arange(count) + start) / count
    rows: IntArray = np.searchsorted(np.cumsum(weight), points * weight.sum(), side="right")
    return rows.clip(max=len(weight) - 1)
