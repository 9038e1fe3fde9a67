"""The result of a calibration."""

from __future__ import annotations

from dataclasses import dataclass

from steppe.model.parameters.posterior import PosteriorSample

from .calibration_plan import CalibrationPlan
from .fit_diagnostics import FitDiagnostics
from .importance_weights import ImportanceWeights
from .prior_draws import SimulatedDraws


@dataclass(frozen=True)
class CalibrationResult:
    """Everything that the steps of a calibration gave, in their order."""

    plan: CalibrationPlan
    draws: SimulatedDraws
    weights: ImportanceWeights
    diagnostics: FitDiagnostics
    posterior: PosteriorSample
