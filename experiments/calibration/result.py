"""What a calibration came to."""

from __future__ import annotations

from dataclasses import dataclass

from steppe.model.parameters.posterior import PosteriorSample

from .diagnostics import Diagnostics
from .posterior import Fit
from .simulate import Draws, Plan


@dataclass(frozen=True)
class Calibration:
    plan: Plan
    draws: Draws
    fit: Fit
    diagnostics: Diagnostics
    posterior: PosteriorSample
