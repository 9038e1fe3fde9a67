"""Each document left out in turn, and its targets forecast from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from steppe.experiments.calibration.calibration_plan import CalibrationPlan, plan_without_document
from steppe.experiments.calibration.importance_weights import weigh_draws
from steppe.experiments.calibration.likelihood import draw_trade_offsets
from steppe.experiments.calibration.prior_draws import (
    SimulatedDraws,
    Simulator,
)
from steppe.experiments.calibration.targets import Target
from steppe.model.core.array_types import FloatArray

from .forecast_scores import band_hits, coin_scores, log_scores, ordinal_hits


@dataclass(frozen=True)
class Forecast:
    """Margins of the targets left out, (targets, m), and weights of the members, (m,)."""

    name: str
    margin: FloatArray
    weight: FloatArray
    effective_draws: float


def leave_out_documents(
    plan: CalibrationPlan, simulator: Simulator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out each document, with the inputs and events taken from it, and score its targets.

    Returns
    -------
    A row per document and forecast, and a row per target.
    """
    forecast_rows: list[dict[str, Any]] = []
    target_rows: list[dict[str, Any]] = []
    for document in dict.fromkeys(target.document for target in plan.targets):
        reduced_plan = plan_without_document(plan, document, simulator.folder)
        scores, details = _score_document(document, reduced_plan, simulator)
        forecast_rows += scores
        target_rows += details
    return pd.DataFrame(forecast_rows), pd.DataFrame(target_rows)


def _score_document(
    document: str,
    plan: CalibrationPlan,
    simulator: Simulator,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of forecasts and of targets for one document left out of the plan."""
    held_out = plan.unweighted_targets
    draws = simulator.simulate(plan, f"without {document}")
    offsets = draw_trade_offsets(plan.seed, held_out, draws.size)
    forecasts = _forecasts(plan, draws)
    rows, scores = [], {}
    for forecast in forecasts:
        score = log_scores(held_out, forecast.margin, offsets, forecast.weight)
        scores[forecast.name] = score
        rows.append(_forecast_row(document, held_out, forecast, offsets, score))
    rows.append(_coin_row(document, held_out))
    return rows, _target_rows(held_out, forecasts[0], scores)


def _forecasts(plan: CalibrationPlan, draws: SimulatedDraws) -> list[Forecast]:
    """The posterior and its rivals that are made of members."""
    weights = weigh_draws(plan, draws)
    first = len(plan.targets)
    margin, unchanged = draws.margin[first:], draws.persistence[first:]
    return [
        Forecast("posterior", margin, weights.weight, weights.ess),
        Forecast("prior", margin, draws.uniform_weight, draws.size),
        Forecast("persistence", unchanged, weights.weight, draws.size),
    ]


def _forecast_row(
    document: str,
    targets: Sequence[Target],
    forecast: Forecast,
    offsets: FloatArray,
    scores: FloatArray,
) -> dict[str, Any]:
    margin, weight = forecast.margin, forecast.weight
    return {
        "document left out": document,
        "forecast": forecast.name,
        "targets": len(targets),
        "log score": scores.mean(),
        "ordinal claims right": _mean(ordinal_hits(targets, margin, weight)),
        "covered by 50 %": _mean(band_hits(targets, margin, offsets, weight, 0.5)),
        "covered by 90 %": _mean(band_hits(targets, margin, offsets, weight, 0.9)),
        "effective draws": forecast.effective_draws,
    }


def _coin_row(document: str, targets: Sequence[Target]) -> dict[str, Any]:
    return {
        "document left out": document,
        "forecast": "coin",
        "targets": len(targets),
        "log score": coin_scores(targets).mean(),
        "ordinal claims right": 0.5,
        "covered by 50 %": np.nan,
        "covered by 90 %": np.nan,
        "effective draws": np.nan,
    }


def _mean(values: FloatArray) -> float:
    """The mean without nan; nan if nothing is left."""
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")


def _target_rows(
    targets: Sequence[Target], posterior: Forecast, scores: dict[str, FloatArray]
) -> list[dict[str, Any]]:
    return [
        {
            "target": target.id,
            "document left out": target.document,
            "says": target.says,
            "probability": float((posterior.margin[row] > 0) @ posterior.weight),
            **{f"log score, {name}": float(score[row]) for name, score in scores.items()},
        }
        for row, target in enumerate(targets)
    ]
