"""Scores of forecasts: errors, bands, CRPS, order of changes, and differences with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr
from scipy.stats import t as student_t

from steppe.model.core.array_types import FloatArray

from .baselines import log_ratios

BANDS = {"cover50": (0.25, 0.75), "cover90": (0.05, 0.95)}
SCORES = ("mae", "log_error", "crps", *BANDS)
INTERVAL = 0.9


@dataclass(frozen=True)
class Forecast:
    """A forecast from one origin, of some years.

    point : (years, p, r) and draws : (years, p, r, n), shares.
    """

    method: str
    origin: int
    years: tuple[int, ...]
    point: FloatArray
    draws: FloatArray


@dataclass(frozen=True)
class Cell:
    """What became of one forecast of a power in a republic and year."""

    method: str
    origin: int
    year: int
    power: str
    republic: str
    counted: float
    change: float
    point: float
    forecast_change: float
    low90: float
    high90: float
    mae: float
    log_error: float
    crps: float
    cover50: float
    cover90: float

    @property
    def horizon(self) -> int:
        """Years from the origin."""
        return self.year - self.origin


def crps(draws: FloatArray, counted: FloatArray) -> FloatArray:
    """Continuous ranked probability score of draws (..., n); 0 is best, and a point's is |error|.

    E|X - y| - E|X - X'| / 2 over the draws (Gneiting and Raftery 2007), by sorting.
    """
    ordered, count = np.sort(draws, axis=-1), draws.shape[-1]
    weight = (2 * np.arange(1, count + 1) - count - 1) / count**2
    score: FloatArray = np.abs(draws - counted[..., None]).mean(axis=-1) - ordered @ weight
    return score


def score_cells(
    forecast: Forecast,
    counted: FloatArray,
    last: FloatArray,
    powers: Sequence[str],
    republics: Sequence[str],
) -> Iterable[Cell]:
    """Yield the scores of each cell that was counted.

    Parameters
    ----------
    counted : (years, p, r), NaN where nothing was. last : (p, r), counted last before.
    """
    quantile = {
        level: np.quantile(forecast.draws, level, axis=-1)
        for level in sorted({level for band in BANDS.values() for level in band})
    }
    ranked = crps(forecast.draws, counted)
    log_error = np.abs(log_ratios(forecast.point) - log_ratios(counted))
    for place in zip(*np.nonzero(np.isfinite(counted)), strict=True):
        year, power, republic = place
        true, point, before = counted[place], forecast.point[place], last[power, republic]
        covered = {
            name: float(quantile[low][place] <= true <= quantile[high][place])
            for name, (low, high) in BANDS.items()
        }
        yield Cell(
            forecast.method,
            forecast.origin,
            forecast.years[year],
            powers[power],
            republics[republic],
            float(true),
            float(true - before),
            float(point),
            float(point - before),
            float(quantile[0.05][place]),
            float(quantile[0.95][place]),
            float(abs(point - true)),
            float(log_error[place]),
            float(ranked[place]),
            **covered,
        )


def summarise(cells: Sequence[Cell]) -> dict[str, float]:
    """Mean scores of some cells of one method, and how well the order of changes was told."""
    means = {name: float(np.mean([getattr(cell, name) for cell in cells])) for name in SCORES}
    return {"cells": float(len(cells)), **means, "order": order_of_changes(cells)}


def order_of_changes(cells: Sequence[Cell]) -> float:
    """Spearman's correlation of changes forecast and counted, mean over origins and years.

    NaN for a method that foresees no change.
    """
    found = []
    for group in _groups(cells, lambda cell: (cell.origin, cell.year)).values():
        forecast = [cell.forecast_change for cell in group]
        if len(group) > 2 and np.ptp(forecast) > 1e-9:
            found.append(spearmanr(forecast, [cell.change for cell in group]).statistic)
    return float(np.mean(found)) if found else float("nan")


def _groups(cells: Iterable[Cell], key: Callable[[Cell], object]) -> Mapping[object, list[Cell]]:
    groups: dict[object, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append(cell)
    return groups


BY: Mapping[str, Callable[[Cell], object]] = {
    "all": lambda cell: "all",
    "horizon": lambda cell: cell.horizon,
    "power": lambda cell: cell.power,
    "republic": lambda cell: cell.republic,
    "origin": lambda cell: cell.origin,
}


def score_table(cells: Sequence[Cell]) -> list[dict[str, object]]:
    """Scores of each method over all cells, and by horizon, power, republic and origin."""
    rows: list[dict[str, object]] = []
    for by, key in BY.items():
        for value, group in _groups(cells, key).items():
            for method, own in _groups(group, lambda cell: cell.method).items():
                rows.append({"by": by, "value": value, "method": method, **summarise(own)})
    return rows


def paired_table(cells: Sequence[Cell], model: str) -> list[dict[str, object]]:
    """Differences of the model from each rival in error and CRPS, with a 90% interval.

    Cells of a republic go up and down together, so that a republic counts as one observation:
    the interval is Student's over their means.
    """
    methods = _groups(cells, lambda cell: cell.method)
    rows: list[dict[str, object]] = []
    for rival, theirs in methods.items():
        if rival == model:
            continue
        for score in ("mae", "crps"):
            own = _republic_means(methods[model], score)
            difference = own - _republic_means(theirs, score)
            low, high = student_interval(difference)
            rows.append(
                {
                    "rival": rival,
                    "score": score,
                    "difference": float(difference.mean()),
                    "low": low,
                    "high": high,
                    "republics_better": int((difference < 0).sum()),
                    "republics": len(difference),
                }
            )
    return rows


def _republic_means(cells: Sequence[Cell], score: str) -> FloatArray:
    groups = _groups(cells, lambda cell: cell.republic)
    return np.array([np.mean([getattr(cell, score) for cell in row]) for row in groups.values()])


def student_interval(values: FloatArray) -> tuple[float, float]:
    """The 90% interval of a mean; NaN for fewer than two values."""
    if len(values) < 2:
        return float("nan"), float("nan")
    half = student_t.ppf((1 + INTERVAL) / 2, len(values) - 1) * values.std(ddof=1)
    half /= np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)
