"""The posterior sample that is written: some draws of a fit, in random order."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import IntArray
from steppe.model.core.number_text import format_fixed
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.series import series_fingerprint
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.random_streams import uniforms

from .fit import Fit

MEMBERS = 1000


def resample_posterior(fit: Fit, members: int, *, quick: bool) -> PosteriorSample:
    """Draw members from the last states of all runs, none twice while there are enough."""
    plan, draws = fit.plan, fit.posterior
    last = _last_states(fit)
    order = np.argsort(uniforms(plan.seed, "resampling", ("order",), np.arange(len(last))))
    rows = last[np.resize(order, members)]
    header = {
        "evidence": plan.shipped_evidence_fingerprint,
        "model": MODEL_VERSION,
        "seed": str(plan.seed),
        "particles": str(plan.particles),
        "runs": str(len(fit.samples)),
        "effective_size": format_fixed(fit.effective_size, 0),
        "disagreement": format_fixed(float(fit.disagreement.max()), 3),
        "correlation": format_fixed(fit.correlation, 3),
        "mode": "quick" if quick else "full",
    }
    if plan.series:
        header["series"] = series_fingerprint(plan.series)
    return PosteriorSample(
        {label: values[rows] for label, values in draws.table.items()},
        {name: values[rows] for name, values in draws.dates.items()},
        header,
        {label: values[rows] for label, values in draws.cells.items()},
    )


def _last_states(fit: Fit) -> IntArray:
    """Positions of the draws of the last state of each run."""
    particles = fit.plan.particles
    states = fit.posterior.size // (particles * len(fit.samples))
    runs = np.arange(len(fit.samples))[:, None]
    first = (runs * states + states - 1) * particles
    rows: IntArray = (first + np.arange(particles)).ravel()
    return rows
