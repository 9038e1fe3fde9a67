"""What a statistician would forecast: persistence, damped drifts and Holt's method.

All work on centred log-ratios between powers, and have the bands of a random walk whose yearly
steps spread, power by power, as those that the method missed in the years that it saw.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.optional_packages import import_package
from steppe.model.evidence.series import Series
from steppe.model.parameters.discrepancy import softmax

DAMPING = 0.8  # of a drift, from one year to the next
LEAST_YEARS = 4  # that a method needs to see
EXTRA, PACKAGE = "backtest", "statsmodels"

"""From years (t,) and log-ratios (t, p, r) to a function of horizons: forecasts, yearly misses."""


def log_ratios(shares: FloatArray) -> FloatArray:
    """Centred log-ratios between powers, of shares (years, p, ...)."""
    logs = np.log(shares)
    ratios: FloatArray = logs - logs.mean(axis=1, keepdims=True)
    return ratios


def damped_years(horizons: FloatArray) -> FloatArray:
    """How many years of drift there are up to each horizon: 0.8, 0.8 + 0.64, ..."""
    years: FloatArray = DAMPING * (1 - DAMPING**horizons) / (1 - DAMPING)
    return years


def slopes(known: FloatArray) -> FloatArray:
    """The yearly drift of each cell by least squares, (p, r), from log-ratios (t, p, r)."""
    passed = np.arange(len(known)) - (len(known) - 1) / 2
    slope: FloatArray = np.einsum("t,tpr->pr", passed, known) / (passed**2).sum()
    return slope


def persistence(known: FloatArray, horizons: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The last year stays."""
    return np.repeat(known[-1:], len(horizons), axis=0), np.diff(known, axis=0)


def damped_drift(known: FloatArray, horizons: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each cell drifts on from the last year, less every year."""
    slope = slopes(known)
    ahead = known[-1] + damped_years(horizons)[:, None, None] * slope
    return ahead, np.diff(known, axis=0) - slope


def pooled_drift(known: FloatArray, horizons: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All cells of a power drift on alike from the last year, less every year."""
    slope = np.broadcast_to(slopes(known).mean(axis=1, keepdims=True), known.shape[1:])
    ahead = known[-1] + damped_years(horizons)[:, None, None] * slope
    return ahead, np.diff(known, axis=0) - slope


def holt(known: FloatArray, horizons: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Holt's method with a damped trend, fitted to each cell by statsmodels."""
    models = import_package(EXTRA, "statsmodels.tsa.api")
    ahead = np.empty((len(horizons), *known.shape[1:]))
    missed = np.empty_like(known)
    for cell in np.ndindex(*known.shape[1:]):
        values = np.ascontiguousarray(known[(slice(None), *cell)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # short series often end at a bound
            fitted = models.Holt(values, damped_trend=True, initialization_method="estimated").fit()
        path = np.asarray(fitted.forecast(int(horizons.max())))
        ahead[(slice(None), *cell)] = path[horizons.astype(int) - 1]
        missed[(slice(None), *cell)] = values - np.asarray(fitted.fittedvalues)
    return ahead, missed[1:]


METHODS = {
    "persistence": persistence,
    "damped drift, each cell": damped_drift,
    "damped drift, each power": pooled_drift,
    "Holt, damped": holt,
}


def forecast_with(
    name: str, series: Series, years: Sequence[int], draws: int, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """A forecast of a series by one of `METHODS`.

    Years that some republic lacks count as the last that it has.

    Returns
    -------
    Points (years, p, r) and draws (years, p, r, n), shares.
    """
    horizons = np.array(years, dtype=float) - series.years[-1]
    point, missed = METHODS[name](_filled(log_ratios(series.value)), horizons)
    spread = np.sqrt((missed**2).mean(axis=(0, 2)))  # (p,)
    walk = np.sqrt(horizons)[:, None, None, None] * random.standard_normal((*point.shape, draws))
    return softmax(point), softmax(point[..., None] + spread[:, None, None] * walk)


def _filled(ratios: FloatArray) -> FloatArray:
    """Ratios with those of missing years taken from the year before, or else the year after."""
    filled = ratios.copy()
    for order in (range(1, len(filled)), range(len(filled) - 2, -1, -1)):
        step = 1 if order.step == 1 else -1
        for row in order:
            missing = np.isnan(filled[row])
            filled[row][missing] = filled[row - step][missing]
    return filled
