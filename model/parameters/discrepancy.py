"""The discrepancy: what the model does not explain of what statistics count, carried on in time.

An autoregression over the years in each cell. Given a series, it is known up to noise in the
years of the series, and the less the further another year lies from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.evidence.series import Series

# Assumptions, set on the years to 2006 and then fixed.
PERSISTENCE = 0.97  # of the discrepancy, from one year to the next
DISCREPANCY = 0.6  # its standard deviation, in logarithms
NOISE = 0.08  # of what is counted in a year
TINY = 1e-12  # keeps what is known without noise from a variance below nought
HYPERPARAMETERS = (PERSISTENCE, DISCREPANCY, NOISE)


@dataclass(frozen=True)
class Spell:
    """The republics that are known in the same years.

    republics : positions. rows : places of their years in the series.
    """

    republics: IntArray
    rows: IntArray


def spells(series: Series) -> Iterator[Spell]:
    """Yield republics with values, those known in the same years together."""
    known = series.known
    for pattern in sorted({tuple(column) for column in known.T.tolist()}):
        if any(pattern):
            same = (known == np.array(pattern)[:, None]).all(axis=0)
            yield Spell(np.flatnonzero(same), np.flatnonzero(pattern))


def discrepancy_covariance(first: IntArray, second: IntArray) -> Array:
    """Covariance of the discrepancy between years, (first, second)."""
    apart = np.abs(np.subtract.outer(first, second))
    covariance: Array = DISCREPANCY**2 * PERSISTENCE**apart
    return covariance


def counted_covariance(years: IntArray) -> Array:
    """Covariance of discrepancy and noise together in the years of a series, (years, years)."""
    covariance: Array = discrepancy_covariance(years, years) + NOISE**2 * np.eye(len(years))
    return covariance


def departure_from(series: Series, spell: Spell, expected: FloatArray) -> FloatArray:
    """ln y - f in the years of a spell, (years, p, republics, n)."""
    value = series.value[spell.rows][:, :, spell.republics]
    departure: FloatArray = np.log(value)[..., None] - expected[spell.rows][:, :, spell.republics]
    return departure


def forecast(
    series: Series,
    expected: FloatArray,
    years: Sequence[int],
    expected_then: FloatArray,
    scale: FloatArray,
    random: np.random.Generator,
    *,
    noise: bool = True,
) -> FloatArray:
    """Draws of what is counted in other years, given the series: (years, p, r, n), shares.

    Parameters
    ----------
    expected : f in the years of the series, (t, p, r, n). expected_then : f in the years of the
    forecast. noise : as in `carry_discrepancy`.
    """
    drawn = random.standard_normal(expected_then.shape)
    carried = carry_discrepancy(series, expected, years, drawn, scale, noise=noise)
    return softmax(expected_then + carried)


def carry_discrepancy(
    series: Series,
    expected: FloatArray,
    years: Sequence[int],
    drawn: FloatArray,
    scale: FloatArray,
    *,
    noise: bool = True,
) -> FloatArray:
    """The discrepancy in these years, given the series: (years, p, r, n), in logarithms.

    Kriged from what is left of it in the years of the series, with draws of what that leaves
    unknown. Republics without values have the whole of it. What is drawn for a year does not
    depend on later ones, and a draw not on the others beside it.

    Parameters
    ----------
    expected : f in the years of the series, (t, p, r, n). drawn : standard normals, (years, p, r,
    n). noise : whether to add the noise of a single year, as in what is counted.
    """
    then = np.array(years)
    result: FloatArray = np.empty(drawn.shape)
    unknown = Spell(np.flatnonzero(~series.known.any(axis=0)), np.zeros(0, dtype=np.int64))
    for spell in (*spells(series), unknown):
        known = np.array(series.years)[spell.rows]
        gain, lower = _conditional(known, then, NOISE if noise else 0.0)
        departure = departure_from(series, spell, expected)
        spread, normals = np.sqrt(scale[:, spell.republics]), drawn[:, :, spell.republics]
        for row in range(len(then)):
            kriged = _weighted_sum(gain[row], departure)
            left = _weighted_sum(lower[row, : row + 1], normals)
            result[row][:, spell.republics] = kriged + spread * left
    return result


def _conditional(known: IntArray, then: IntArray, noise: float) -> tuple[Array, Array]:
    """Weights of what is known, and a root of the covariance that it leaves: (then, known), lower.

    By rows, so that the bits of a year do not depend on how many follow it.
    """
    between, whole = discrepancy_covariance(then, known), discrepancy_covariance(then, then)
    inverse = np.linalg.inv(counted_covariance(known))
    gain = np.array([inverse @ row for row in between]).reshape(between.shape)
    lower = np.zeros(whole.shape)
    for row in range(len(then)):
        for other in range(row + 1):
            left = whole[row, other] - gain[row] @ between[other]
            left -= lower[row, :other] @ lower[other, :other]
            if other == row:
                lower[row, row] = np.sqrt(left + noise**2 + TINY)
            else:
                lower[row, other] = left / lower[other, other]
    return gain, lower


def _weighted_sum(weights: Array, values: FloatArray) -> FloatArray:
    """Of values (k, ...), in one order whatever lies beside an element."""
    summed: FloatArray = np.zeros(values.shape[1:])
    for weight, value in zip(weights, values, strict=False):
        summed += weight * value
    return summed


def softmax(logs: FloatArray) -> FloatArray:
    """Shares from logarithms, (years, p, ...), adding up to 1 over the powers."""
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares: FloatArray = weight / weight.sum(axis=1, keepdims=True)
    return shares
