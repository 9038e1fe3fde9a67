"""The result of a calibration."""

from __future__ import annotations

from dataclasses import dataclass

from steppe.model.parameters.posterior import PosteriorSample

from .fit import Fit
from .fit_diagnostics import FitDiagnostics


@dataclass(frozen=True)
class CalibrationResult:
    """Everything that the steps of a calibration gave, in their order.

    failed : the gates that the fit does not pass, and why.
    """

    fit: Fit
    failed: list[str]
    diagnostics: FitDiagnostics
    posterior: PosteriorSample
