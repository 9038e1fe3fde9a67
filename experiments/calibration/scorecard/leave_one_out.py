"""Each document left out in turn, and its targets forecast from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from steppe.experiments.calibration.calibration_plan import CalibrationPlan, plan_without_document
from steppe.experiments.calibration.fit import Fit, Sampler
from steppe.experiments.calibration.likelihood import targets_met
from steppe.experiments.calibration.targets import Target
from steppe.model.core.array_types import FloatArray

from .forecast_scores import band_hits, coin_scores, log_scores, ordinal_hits

SCORES = {"log score": False, "banded score": True}  # whether bands end


@dataclass(frozen=True)
class Forecast:
    """A forecast of the targets left out: margins without slants and with them, (targets, m)."""

    name: str
    margin: FloatArray
    slanted: FloatArray
    effective_draws: float


def leave_out_documents(
    plan: CalibrationPlan, sampler: Sampler
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out each document, with the inputs and events taken from it, and score its targets.

    Returns
    -------
    A row per document and forecast, and a row per target.
    """
    forecast_rows: list[dict[str, Any]] = []
    target_rows: list[dict[str, Any]] = []
    for document in dict.fromkeys(target.document for target in plan.targets):
        reduced_plan = plan_without_document(plan, document, sampler.folder)
        fit = sampler.fit(reduced_plan, f"without {document}")
        scores, details = _score_document(document, fit)
        forecast_rows += scores
        target_rows += details
    return pd.DataFrame(forecast_rows), pd.DataFrame(target_rows)


def _score_document(document: str, fit: Fit) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of forecasts and of targets for one document left out of a fit."""
    held_out = fit.plan.unweighted_targets
    forecasts = _forecasts(fit)
    coin = coin_scores(held_out)
    scores = {
        name: {
            **{
                forecast.name: log_scores(held_out, forecast.slanted, banded=banded)
                for forecast in forecasts
            },
            "coin": coin,
        }
        for name, banded in SCORES.items()
    }
    rows = [_forecast_row(document, held_out, forecast, scores) for forecast in forecasts]
    rows.append(_coin_row(document, held_out))
    return rows, _target_rows(held_out, forecasts[0], scores)


def _forecasts(fit: Fit) -> list[Forecast]:
    """The posterior and its rivals that are made of draws."""
    first = len(fit.plan.targets)
    posterior, prior = fit.posterior, fit.prior
    return [
        Forecast(name, margin[first:], (margin + tilt)[first:], effective)
        for name, margin, tilt, effective in (
            ("posterior", posterior.margin, posterior.tilt, fit.effective_size),
            ("prior", prior.margin, prior.tilt, prior.size),
            ("persistence", posterior.persistence, posterior.tilt, fit.effective_size),
        )
    ]


def _forecast_row(
    document: str,
    targets: Sequence[Target],
    forecast: Forecast,
    scores: dict[str, dict[str, FloatArray]],
) -> dict[str, Any]:
    margin = forecast.margin
    return {
        "document left out": document,
        "forecast": forecast.name,
        "targets": len(targets),
        **{name: of_forecast[forecast.name].mean() for name, of_forecast in scores.items()},
        "ordinal claims right": _mean(ordinal_hits(targets, margin)),
        "covered by 50 %": _mean(band_hits(targets, margin, 0.5)),
        "covered by 90 %": _mean(band_hits(targets, margin, 0.9)),
        "effective draws": forecast.effective_draws,
    }


def _coin_row(document: str, targets: Sequence[Target]) -> dict[str, Any]:
    return {
        "document left out": document,
        "forecast": "coin",
        "targets": len(targets),
        **dict.fromkeys(SCORES, coin_scores(targets).mean()),
        "ordinal claims right": 0.5,
        "covered by 50 %": np.nan,
        "covered by 90 %": np.nan,
        "effective draws": np.nan,
    }


def _mean(values: FloatArray) -> float:
    """The mean without nan; nan if nothing is left."""
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")


def _target_rows(
    targets: Sequence[Target], posterior: Forecast, scores: dict[str, dict[str, FloatArray]]
) -> list[dict[str, Any]]:
    met = targets_met(targets, posterior.margin).mean(axis=1)
    return [
        {
            "target": target.id,
            "document left out": target.document,
            "says": target.says,
            "read on": target.read_on,
            "probability": float(met[row]),
            **{
                f"{name}, {forecast}": float(score[row])
                for name, of_forecast in scores.items()
                for forecast, score in of_forecast.items()
            },
        }
        for row, target in enumerate(targets)
    ]
