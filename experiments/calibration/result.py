"""What a calibration came to."""

from __future__ import annotations

from dataclasses import dataclass

from steppe.model.parameters.posterior import PosteriorSample

from .fit_diagnostics import Diagnostics
from .importance_weights import Fit
from .prior_draws import Draws, Plan


@dataclass(frozen=True)
class Calibration:
    plan: Plan
    draws: Draws
    fit: Fit
    diagnostics: Diagnostics
    posterior: PosteriorSample
