"""Likelihood of series.

With f = ln(share) + offsets + trends, a series y of a power in a republic and year is

    ln y = f + k + d + e,

where k is whatever all powers of a republic and year share (y adds up to 1, so only ratios between
powers tell), d an autoregression over the years, the discrepancy of the model, and e noise. The
variance of d and e in a cell has a factor of its own, inverse gamma, so that over the years of a
cell they are a multivariate t. k has a flat prior and drops out exactly.
"""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.evidence.series import Series
from steppe.model.parameters.discrepancy import counted_covariance, departure_from, spells


def log_likelihood_of_series(series: Series, expected: FloatArray, scale: FloatArray) -> FloatArray:
    """ln of the density of the ratios between powers, (n,).

    Parameters
    ----------
    expected : f, (years of the series, p, r, n). scale : (p, r, n).
    """
    total: FloatArray = np.zeros(expected.shape[-1])
    for spell in spells(series):
        years = np.array(series.years)[spell.rows]
        lower = np.linalg.cholesky(counted_covariance(years))
        departure = departure_from(series, spell, expected)
        white = np.einsum("st,tprn->sprn", np.linalg.inv(lower), departure)
        total += _density_of_ratios(white, scale[:, spell.republics])
        ratios = (expected.shape[1] - 1) * len(spell.republics)
        total -= ratios * (np.log(np.diag(lower)).sum() + 0.5 * len(years) * np.log(2 * np.pi))
    return total


def _density_of_ratios(white: FloatArray, scale: FloatArray) -> FloatArray:
    """ln density of ratios between powers, without constants, (n,).

    What is left of independent normals of variance `scale` once their common part is unknown.

    Parameters
    ----------
    white : (years, p, r, n), independent over years. scale : (p, r, n).
    """
    years, powers = white.shape[:2]
    weight = 1.0 / scale
    together = weight.sum(axis=0)
    common = (weight * white).sum(axis=1) / together
    square = (weight * (white - common[:, None]) ** 2).sum(axis=(0, 1))
    spread = np.log(scale).sum(axis=0) + np.log(together) - np.log(powers)
    density: FloatArray = -0.5 * (square + years * spread).sum(axis=0)
    return density
